#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes the inputs that the fuzz target of audit starts from, out of histories.

  fuzz_seeds.py FOLDER STAMP

FOLDER is emptied and filled; STAMP is written last, for the build system.
"""
import pathlib
import shutil
import struct
import sys

import history
import logs

SEEDS = 24


def identify(kernel):
    """The identity that fuzz_audit.c has."""
    kernel.secret, kernel.nonce = bytes([1]).ljust(32, b"\0"), bytes([3]).ljust(16, b"\0")
    kernel.log_id, kernel.boot_number = bytes([2]).ljust(16, b"\0"), 4
    time, kind, class_, flags, actor, *_ = kernel.records[0]
    kernel.records[0] = (time, kind, class_, flags, actor, 4, 2, 0)


def main():
    folder, stamp = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for seed in range(SEEDS):
        kernel = history.Kernel(seed).run(40 + 6 * seed)
        identify(kernel)
        sealed = history.seal(kernel, kernel.records)
        log = logs.make(kernel, sealed, drained=len(sealed) // 2, overlap=3)
        (folder / f"log-{seed}").write_bytes(b"l" + struct.pack("<I", len(log.log)) + log.log
                                             + log.tail)
        (folder / f"replay-{seed}").write_bytes(b"r" + struct.pack("<I", len(sealed))
                                                + b"".join(sealed) + kernel.state())
    stamp.write_text("")


if __name__ == "__main__":
    main()
