#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""pack.py OUTPUT NAME=FILE...

Packs files into a system image. The kernel wants a manifest in it and hashes it; only controld
reads it, which a test program stands in for: so here it is one line of text.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'scripts'))

from ruvixlib import cpio, program  # noqa: E402

MANIFEST = ('manifest.dtb', b'no manifest: this is a test\n')


def main(output, *entries):
    """The program is cut to what is loaded of it, as in a real image."""
    files = []
    for entry in entries:
        name, _, file = entry.partition('=')
        data = pathlib.Path(file).read_bytes()
        files.append((name, program.strip(data) if file.endswith('.elf') else data))
    pathlib.Path(output).write_bytes(cpio.write([*files, MANIFEST]))


if __name__ == '__main__':
    main(*sys.argv[1:])
