# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix doctor`: looks for every tool that building and testing need, and tells all that is
missing or too old at once, with the Debian package that has it."""

import os
import platform
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

from . import exits, options

PROBE_SECONDS_MAX = 20
VERSION = re.compile(r'(\d+)\.(\d+)(?:\.(\d+))?')


class Need(NamedTuple):
    """A command that prints a version, or a file."""

    what: str
    package: str
    command: tuple = ()
    least: tuple = ()
    file: str = None


NEEDS = (
    Need('clang-19', 'clang-19', ('clang-19', '--version'), (19,)),
    Need('ld.lld-19', 'lld-19', ('ld.lld-19', '--version'), (19,)),
    Need('llvm-ar-19', 'llvm-19', ('llvm-ar-19', '--version'), (19,)),
    Need('llvm-objcopy-19', 'llvm-19', ('llvm-objcopy-19', '--version'), (19,)),
    Need('clang runtime', 'libclang-rt-19-dev', file='/usr/lib/llvm-19/lib/clang/19/lib/linux/'
         f'libclang_rt.asan-{platform.machine()}.a'),
    Need('clang-format-19', 'clang-format-19', ('clang-format-19', '--version'), (19,)),
    Need('meson', 'meson', ('/usr/bin/meson', '--version'), (1, 0)),
    Need('ninja', 'ninja-build', ('ninja', '--version'), (1, 10)),
    Need('pkg-config', 'pkgconf', ('pkg-config', '--version'), (0, 29)),
    Need('gcc (its start files)', 'gcc', ('gcc', '-dumpfullversion'), (10,)),
    Need('the C library', 'libc6-dev', file='/usr/include/stdio.h'),
    Need('cmocka', 'libcmocka-dev', ('pkg-config', '--modversion', 'cmocka'), (1, 1)),
    Need('spin', 'spin', ('spin', '-V'), (6, 5)),
    Need('qemu-system-aarch64', 'qemu-system-arm', ('qemu-system-aarch64', '--version'), (7, 2)),
    Need('dtc', 'device-tree-compiler', ('dtc', '--version'), (1, 5)),
    Need('gdb-multiarch', 'gdb-multiarch', ('gdb-multiarch', '--version'), (10,)),
    Need('git', 'git', ('git', '--version'), (2,)),
    Need('certificates', 'ca-certificates', file='/etc/ssl/certs/ca-certificates.crt'),
    Need('python3', 'python3', ('/usr/bin/python3', '--version'), (3, 11)),
    Need('pyelftools', 'python3-pyelftools',
         ('/usr/bin/python3', '-c', 'import elftools; print(elftools.__version__)'), (0, 27)),
)


def _version(text):
    match = VERSION.search(text)
    return tuple(int(part) for part in match.groups() if part is not None) if match else None


def _dotted(version):
    return '.'.join(map(str, version))


def look(need):
    """(is it well?, what was found)"""
    if need.file is not None:
        found = os.path.exists(need.file)
        return found, need.file if found else f'{need.file} is missing'
    if shutil.which(need.command[0]) is None:
        return False, 'not found'
    try:
        done = subprocess.run(need.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PROBE_SECONDS_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f'cannot be run: {error}'
    version = _version(done.stdout.decode('utf-8', 'replace'))
    if done.returncode != 0 or version is None:
        return False, 'not found'
    if version < need.least:
        return False, f'{_dotted(version)} is too old, {_dotted(need.least)} is needed'
    return True, _dotted(version)


def main(argv):
    parser = options.parser('doctor', 'Look for every tool that is needed.')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    if args.dry_run:
        for need in NEEDS:
            print(f"{need.what:<24} {' '.join(need.command) or need.file}")
        return exits.OK
    packages = []
    for need in NEEDS:
        is_well, found = look(need)
        print(f"{'ok     ' if is_well else 'MISSING'} {need.what:<24} {found}")
        if not is_well and need.package not in packages:
            packages.append(need.package)
    if not packages:
        return exits.OK
    print('\ncure: scripts/setup, or as root:\n'
          '  apt-get install --no-install-recommends ' + ' '.join(packages), file=sys.stderr)
    return exits.MISSING
