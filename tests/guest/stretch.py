#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""stretch.py RAM ELF MAX

Reads the longest stretch with interrupts off that each core of a stretch kernel has noted. Exit
status 0: all are at most MAX instructions, and at least one core noted any.
"""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'scripts'))

from ruvixlib.ram import Ram, Symbols  # noqa: E402

CORES_MAX = 8
STRETCH = struct.Struct('<QQQQ')  # begin, number, longest, longest's number


def main(ram_path, elf, most):
    """Judges the RAM file."""
    size = CORES_MAX * STRETCH.size
    with Ram(ram_path) as ram:
        data = ram.read(Symbols(elf).find('kernel_stretch', size), size)
    longest = [(stretch[2], stretch[3]) for stretch in STRETCH.iter_unpack(data)]
    for core, (length, number) in enumerate(longest):
        if length != 0:
            print(f'# core {core}: {length} instructions, system call {number}')
    return 0 if 0 < max(longest)[0] <= int(most) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
