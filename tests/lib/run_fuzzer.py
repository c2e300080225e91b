#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Runs a fuzz target from its seeds without changing them.

run_fuzzer.py TARGET SEEDS OPTION...

New inputs go to a folder that is thrown away, so a run depends on seeds and options alone. An
input that the target fails on is kept beside the target and named.
"""

import pathlib
import subprocess
import sys
import tempfile

TAIL_LINES = 60


def main():
    target, seeds, options = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    if not any(seeds.iterdir()):
        sys.exit(f'{seeds} has no seeds')
    with tempfile.TemporaryDirectory() as found:
        done = subprocess.run(
            [target, *options, f'-artifact_prefix={target}-', '-print_final_stats=1', found, seeds],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = done.stdout.decode('utf-8', 'replace').splitlines()
    print('\n'.join(lines[-TAIL_LINES:]))
    sys.exit(0 if done.returncode == 0 else 1)


if __name__ == '__main__':
    main()
