#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes a log to try the auditor on, without a machine: sample.py FOLDER

The history in it is made up, the same each time. The folder holds the files that the auditor's
options are named after; the boot number is 7.
"""
import pathlib
import sys

import history
import logs

SEED = 11
RECORDS = 160


def make():
    kernel = history.Kernel(SEED, boot_number=7).run(RECORDS).finish_operations()
    count = len(kernel.records)
    return logs.make(kernel, drained=count * 3 // 4, overlap=5, state=kernel.state())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make().write(folder)


if __name__ == "__main__":
    main()
