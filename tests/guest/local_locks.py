#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""local_locks.py RUNNER INITRD KERNEL ELF

Runs test_local.c twice on two cores, with a different number of messages, and reads from the RAM
file how many locks of other cores each core took. Exit status 0: the counts are the same and some
are not zero; 1: a run failed or they are not.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'scripts'))

from ruvixlib.ram import Ram, Symbols  # noqa: E402

COUNTS = struct.Struct('<8Q')
MESSAGES = (50, 400)


def foreign_locks(runner, initrd, kernel, elf, messages):
    """The counts after a run with so many messages."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / 'ram'
        subprocess.run([runner, '--kernel', kernel, '--initrd', initrd, '--smp', '2', '--ram', file,
                        '--append', f'messages={messages}', '--deadline', '60'], check=True)
        with Ram(file) as ram:
            address = Symbols(elf).find('core_foreign_locks', COUNTS.size)
            return COUNTS.unpack(ram.read(address, COUNTS.size))


def main(runner, initrd, kernel, elf):
    """Compares the two runs."""
    found = [foreign_locks(runner, initrd, kernel, elf, messages) for messages in MESSAGES]
    for messages, counts in zip(MESSAGES, found):
        print(f'{messages} messages: locks of others: {counts[:2]}')
    return 0 if found[0] == found[1] and any(found[0]) else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
