# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Problems found in files that people write: collected, so that all are told at once.

Each is told as `file:line:column: error: what; cure`, in the order of the places. Text from
outside goes through `quote`, so that a message is always one printable line.
"""

from typing import NamedTuple

# More would hide the first, which is mostly the one to look at.
SHOWN_MAX = 100

QUOTE_LENGTH_MAX = 60


class Place(NamedTuple):
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1


def quote(value):
    """A value from outside as one short printable line."""
    text = ascii(value)
    return text if len(text) <= QUOTE_LENGTH_MAX else text[:QUOTE_LENGTH_MAX - 3] + '...'


def reason(error):
    """Why the operating system refused, without the file name that OSError repeats."""
    return getattr(error, 'strerror', None) or str(error)


class Problems:
    """The problems so far. `add` never raises."""

    def __init__(self):
        self._found = set()

    def add(self, place, what, cure):
        """Note that `what` is wrong at `place` and that doing `cure` would mend it."""
        self._found.add((place, f'{what}; {cure}'))

    def __len__(self):
        return len(self._found)

    def lines(self):
        """The messages, sorted by place."""
        found = sorted(self._found)
        lines = [f'{place.file}:{place.line}:{place.column}: error: {text}'
                 for place, text in found[:SHOWN_MAX]]
        if len(found) > SHOWN_MAX:
            place = found[SHOWN_MAX][0]
            lines.append(f'{place.file}:{place.line}:{place.column}: error: '
                         f'{len(found) - SHOWN_MAX} more errors are not shown; '
                         'mend the ones above first')
        return lines
