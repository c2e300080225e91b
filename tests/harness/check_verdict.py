#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""check_verdict.py STATUS REASON RUNNER ARGUMENT...

Runs the runner of guests and checks its verdict: the exit status, and the reason on stderr, a
regular expression for the whole of it. Passed guests give no reason: REASON is empty then, and
stderr must be too. Its TAP must be whole on stdout.
"""

import re
import subprocess
import sys

SECONDS_MAX = 50
PREFIX = 'qemu-test: FAILED: '


def main(status, reason, *command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False)
    out, err = (text.decode('utf-8', 'replace') for text in (done.stdout, done.stderr))
    problems = []
    if done.returncode != int(status):
        problems.append(f'exit status {done.returncode}, not {status}')
    first = err.split('\n', 1)[0]
    if not reason and err:
        problems.append('a reason, where none was due')
    if reason and not (first.startswith(PREFIX) and
                       re.fullmatch(reason, first[len(PREFIX):])):
        problems.append(f'another reason than {reason!r}')
    if 'Traceback' in err:
        problems.append('a traceback')
    if not out.startswith('# qemu-system-aarch64 '):
        problems.append('the QEMU line is not shown')
    for problem in problems:
        print(f'wrong verdict: {problem}')
    if problems:
        print(f'--- stdout\n{out[-2000:]}\n--- stderr\n{err[-4000:]}')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main(*sys.argv[1:])
