# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Exit statuses of `ruvix` and its commands, and the exception that carries one to the top.

A command ends early by raising Stop: the message says what is wrong, the cure what to do.
"""

OK = 0
FAILED = 1
USAGE = 2
MISSING = 3
TIMEOUT = 4
DIED = 5
INTERRUPTED = 130

TABLE = (
    (OK, 'all is well'),
    (FAILED, 'what was judged did not hold: an audit, a test, a benchmark'),
    (USAGE, 'the command line or a file given to it is wrong'),
    (MISSING, 'a tool or a file is missing; the message names the cure'),
    (TIMEOUT, 'the guest did not end in its time'),
    (DIED, 'the guest or QEMU died: a kernel panic, or an exit status of its own'),
    (INTERRUPTED, 'interrupted from the keyboard'),
)


class Stop(Exception):
    """The command cannot go on."""

    def __init__(self, status, what, cure=None):
        super().__init__(what)
        self.status = status
        self.what = what
        self.cure = cure


def table_text():
    """The statuses for --help."""
    return 'exit statuses:\n' + '\n'.join(f'  {status:<4} {text}' for status, text in TABLE)
