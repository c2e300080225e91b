#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""finish_program.py OBJCOPY LINKED FINISHED

Fills the pristine copy of .data in a linked program (see program.ld). A linker cannot put one
section into the file twice, so its bytes are taken out and put into .pristine, which the linker
script has made just as long.
"""
import pathlib
import subprocess
import sys


def main(objcopy, linked, finished):
    data = pathlib.Path(finished + '.data')
    subprocess.run([objcopy, '-O', 'binary', '--only-section=.data', linked, data], check=True)
    subprocess.run([objcopy, '--update-section', f'.pristine={data}', linked, finished],
                   check=True)
    data.unlink()


if __name__ == '__main__':
    main(*sys.argv[1:])
