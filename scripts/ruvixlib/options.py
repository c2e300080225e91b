# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Options that several commands share, and the files they stand for."""

import argparse
import pathlib
import re

from . import exits, qemu

SOURCE = pathlib.Path(__file__).resolve().parents[2]
KERNEL_DEFAULT = 'release'
SYSTEMS = ('system.img', 'examples/system.img')
SMP_MAX = 8


def parser(command, text):
    return argparse.ArgumentParser(prog=f'ruvix {command}', description=text,
                                   epilog=exits.table_text(),
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


def add_dry_run(to):
    to.add_argument('--dry-run', action='store_true',
                    help='tell what would be done, and do nothing')


def add_build(to):
    to.add_argument('--build', type=pathlib.Path, default=SOURCE / 'build', metavar='DIR',
                    help='the build folder (default: build)')


def add_state(to):
    if not any(action.dest == 'build' for action in to._actions):
        add_build(to)
    to.add_argument('--state', type=pathlib.Path, metavar='DIR',
                    help='keys, boot counter and what the last run left '
                    '(default: run in the build folder)')


def add_machine(to):
    """What to boot, and on what."""
    add_kernel(to)
    to.add_argument('--system', type=pathlib.Path, metavar='FILE',
                    help='system image (default: system.img in the build folder)')
    to.add_argument('--cpu', default=qemu.CPUS[0], choices=qemu.CPUS)
    to.add_argument('--smp', type=_cores, default=1, metavar='N', help='cores (default: 1)')
    to.add_argument('--ram', type=pathlib.Path, metavar='FILE',
                    help='the RAM file, made anew (default: ram.bin in the state folder)')
    to.add_argument('--icount', action='store_true',
                    help='count time in instructions: one is one nanosecond')
    to.add_argument('--append', metavar='TEXT', help='the command line of the system')


def add_kernel(to):
    to.add_argument('--kernel', type=_kernel, default=KERNEL_DEFAULT, metavar='NAME',
                    help='release, debug, test or another one of the build (default: release)')


def _kernel(text):
    if not re.fullmatch(r'[a-z0-9-]+', text):
        raise argparse.ArgumentTypeError(f"'{text}': expected the name of a kernel, not a file")
    return text


def _cores(text):
    if not text.isdecimal() or not 1 <= int(text) <= SMP_MAX:
        raise argparse.ArgumentTypeError(f"'{text}': expected a number from 1 to {SMP_MAX}")
    return int(text)


def state_folder(args):
    return args.state or args.build / 'run'


def require_file(path, cure='scripts/run builds it, or: ninja -C build'):
    if not path.is_file():
        raise exits.Stop(exits.MISSING, f'{path}: there is no such file', cure)
    return path


def kernel_elf(args):
    """The kernel with its symbols."""
    path = args.build / 'kernel' / f'ruvix-{args.kernel}.elf'
    if not path.is_file():
        names = sorted(found.stem[len('ruvix-'):] for found in path.parent.glob('ruvix-*.elf'))
        if names:
            raise exits.Stop(exits.USAGE, f"there is no kernel '{args.kernel}' in {path.parent}",
                             'use one of: ' + ', '.join(names))
    return require_file(path)


def kernel_image(args):
    """The kernel as QEMU loads it."""
    kernel_elf(args)
    name = 'ruvix.img' if args.kernel == KERNEL_DEFAULT else f'ruvix-{args.kernel}.img'
    return require_file(args.build / 'kernel' / name)


def root_elf(args):
    """The root task with its symbols."""
    return require_file(args.build / 'servers' / 'controld' / 'controld.elf')


def system_image(args):
    if args.system is not None:
        return require_file(args.system, 'scripts/ruvix image makes one from a manifest')
    for name in SYSTEMS:
        if (args.build / name).is_file():
            return args.build / name
    return require_file(args.build / SYSTEMS[0])


def machine(args, state):
    """The guest that the options describe."""
    return qemu.Machine(kernel=kernel_image(args), initrd=system_image(args), cpu=args.cpu,
                        smp=args.smp, icount=args.icount, ram=args.ram or state.ram,
                        append=args.append, fw_cfg=state.items(), serial_log=state.serial,
                        # It gives the guest the host's files: only to kernels for testing.
                        semihosting=args.kernel != KERNEL_DEFAULT)
