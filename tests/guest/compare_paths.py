#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""compare_paths.py RUNNER INITRD KERNEL KERNEL [--seeds N]

Runs the traffic of test_paths.c on two kernels, once for each seed, and compares the digests that
it prints. Exit status 0: all are equal; 1: a run failed or digests differ, which are shown.
"""
import argparse
import subprocess
import sys

MARK = '# digest: '
DEADLINE_SECONDS = '30'


def digests(options, kernel, seed):
    """The lines that a run on this kernel tells, or the end of this program."""
    command = [options.runner, '--kernel', kernel, '--initrd', options.initrd,
               '--append', f'seed={seed}', '--deadline', DEADLINE_SECONDS]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         errors='replace', check=False)
    lines = [line.removeprefix(MARK) for line in run.stdout.splitlines() if line.startswith(MARK)]
    if run.returncode != 0 or not lines:
        sys.exit(f'{run.stdout}{run.stderr}compare_paths.py: seed {seed} on {kernel}: '
                 f'exit status {run.returncode}, {len(lines)} digests')
    return lines


def main():
    parser = argparse.ArgumentParser(prog='compare_paths.py', description='Compares two kernels.')
    parser.add_argument('runner')
    parser.add_argument('initrd')
    parser.add_argument('kernels', nargs=2, metavar='KERNEL')
    parser.add_argument('--seeds', type=int, default=3, metavar='N')
    options = parser.parse_args()

    for seed in range(1, options.seeds + 1):
        first, second = (digests(options, kernel, seed) for kernel in options.kernels)
        if first == second:
            print(f'seed {seed}: {len(first)} digests are equal')
            continue
        for one, other in zip(first, second):
            print(f'  {one}' if one == other else f'- {one}\n+ {other}')
        sys.exit(f'compare_paths.py: seed {seed}: the digests differ')


if __name__ == '__main__':
    main()
