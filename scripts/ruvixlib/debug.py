# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix debug`: boots a system in QEMU, stopped at its first instruction, with gdb attached.

Programs are position independent: gdb hears the address of each one's window. The serial output
goes to a file, for the terminal is gdb's.
"""

import pathlib
import shlex
import shutil
import signal
import socket
import subprocess

from . import exits, options, qemu, state
from .abiheaders import Abi, AbiError

GDB = 'gdb-multiarch'


def _program(text):
    """FILE@WINDOW"""
    path, _, window = text.rpartition('@')
    if not path or not window.isdecimal():
        raise options.argparse.ArgumentTypeError(f"'{text}': expected FILE@WINDOW, with the "
                                                 "window's number from the manifest")
    return pathlib.Path(path), int(window)


def _arguments(argv):
    parser = options.parser('debug', 'Boot a system in QEMU and stop at its first instruction, '
                            'in gdb.')
    options.add_build(parser)
    options.add_machine(parser)
    options.add_state(parser)
    parser.add_argument('--program', type=_program, action='append', default=[],
                        metavar='FILE@WINDOW',
                        help='symbols of another program, at the window that the manifest gives '
                        'it; the root task is always there')
    options.add_dry_run(parser)
    return parser.parse_args(argv)


def _free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def gdb_command(kernel_elf, port, programs):
    """The gdb line. Programs are ELF files with the addresses they lie at."""
    line = [GDB, '-q', '-ex', 'set pagination off', '-ex', 'set confirm off', '-ex',
            f'target remote 127.0.0.1:{port}']
    for path, address in programs:
        line += ['-ex', f'add-symbol-file {shlex.quote(str(path))} -o {address:#x}']
    return line + [str(kernel_elf)]


def _windows(args):
    try:
        abi = Abi()
        size, root = abi['WINDOW_SIZE'], abi['ROOT_WINDOW']
    except AbiError as error:
        raise exits.Stop(exits.MISSING, str(error), 'take the whole source tree') from None
    programs = [(options.root_elf(args), root)]
    programs += [(options.require_file(path), window) for path, window in args.program]
    return [(path, window * size) for path, window in programs]


def main(argv):
    args = _arguments(argv)
    keys = state.State(options.state_folder(args))
    machine = options.machine(args, keys)
    machine.is_silent = True
    machine.gdb_port = _free_port()
    gdb = gdb_command(options.kernel_elf(args), machine.gdb_port, _windows(args))
    print(machine.shown())
    print(shlex.join(gdb), flush=True)
    if args.dry_run:
        return exits.OK

    qemu.require()
    if shutil.which(GDB) is None:
        raise exits.Stop(exits.MISSING, f'{GDB} is not installed', 'scripts/setup')
    if not keys.has_keys():
        keys.make_keys()
    keys.next_boot()
    qemu.new_ram(machine.ram)
    print(f'serial output: {machine.serial_log}', flush=True)
    # Out of the terminal's reach: Ctrl-C is for gdb.
    with subprocess.Popen(machine.command(), stdin=subprocess.DEVNULL,
                          start_new_session=True) as process:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return exits.OK if subprocess.call(gdb, preexec_fn=_hear_interrupts) == 0 \
                else exits.FAILED
        finally:
            signal.signal(signal.SIGINT, before)
            if process.poll() is None:
                process.kill()


def _hear_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
