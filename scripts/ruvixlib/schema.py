# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Tables of keys with typed values, and the check of a TOML table against them.

A kind of value is an object with `describe`, a phrase for messages, and `accept(value)`, which
returns what is wrong as a phrase, or None. A kind made of parts also has `parts`.
"""

import difflib
import functools
import re
from typing import NamedTuple

from .problems import quote

_NAME = re.compile(r'[a-z][a-z0-9_]*')
_FILE_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.+-]*')
_SUGGESTED_LENGTH_MAX = 64
SUGGESTIONS_MAX = 200
_LISTED_MAX = 20

PAGE_SIZE = 4096


@functools.lru_cache(maxsize=1024)
def _nearest(name, known):
    return difflib.get_close_matches(name, known, n=1)


def nearest(name, known):
    """A list of the known name that looks most like `name`; empty if none does."""
    if not isinstance(name, str) or len(name) > _SUGGESTED_LENGTH_MAX:
        return []
    return _nearest(name, tuple(known))


def closest(name, known):
    """A phrase that proposes the known name that looks most like `name`, or lists them all."""
    near = nearest(name, known)
    if near:
        return f"did you mean '{near[0]}'?"
    if not known:
        return 'there is none'
    return 'known: ' + ', '.join(sorted(known)[:_LISTED_MAX]) + \
        (', ...' if len(known) > _LISTED_MAX else '')


class Boolean:
    """true or false"""
    describe = 'true or false'

    def accept(self, value):
        return None if isinstance(value, bool) else 'is not a boolean'


class Number:
    """A whole number within bounds, with a unit for messages."""

    def __init__(self, lowest, highest, unit=''):
        self.lowest, self.highest = lowest, highest
        self.describe = f'a whole number from {lowest} to {highest}' + (f' {unit}' if unit else '')

    def accept(self, value):
        if isinstance(value, bool) or not isinstance(value, int):
            return 'is not a whole number'
        if value < self.lowest:
            return f'is below {self.lowest}'
        if value > self.highest:
            return f'is above {self.highest}'
        return None


class Size(Number):
    """Bytes, whole pages of them."""

    def __init__(self, highest):
        super().__init__(PAGE_SIZE, highest, 'bytes')
        self.describe = f'a multiple of {PAGE_SIZE} up to {highest}'

    def accept(self, value):
        wrong = super().accept(value)
        if wrong is None and value % PAGE_SIZE != 0:
            return f'is not a multiple of the page size {PAGE_SIZE}'
        return wrong


class PowerOfTwo(Number):
    """A power of two within bounds."""

    def __init__(self, lowest, highest, unit=''):
        super().__init__(lowest, highest, unit)
        self.describe = f'a power of two from {lowest} to {highest}'

    def accept(self, value):
        wrong = super().accept(value)
        if wrong is None and value & (value - 1) != 0:
            return 'is not a power of two'
        return wrong


class Name:
    """What partitions, edges and regions are called."""
    length_max = 31
    describe = f'a name of up to {length_max} of a-z, 0-9 and _ that starts with a letter'

    def accept(self, value):
        if not isinstance(value, str):
            return 'is not a string'
        if len(value) > self.length_max:
            return f'is longer than {self.length_max} characters'
        return None if _NAME.fullmatch(value) else 'is not a name'


class FileName:
    """The name of a program's file, without a folder."""
    length_max = 63
    describe = f'a file name of up to {length_max} of A-Z, a-z, 0-9 and _.+-'

    def accept(self, value):
        if not isinstance(value, str):
            return 'is not a string'
        if '/' in value:
            return 'has a folder in it (folders are given with --search)'
        if len(value) > self.length_max:
            return f'is longer than {self.length_max} characters'
        return None if _FILE_NAME.fullmatch(value) else 'is not a file name'


class Title:
    """Free text for people."""
    length_max = 63
    describe = f'1 to {length_max} printable ASCII characters'

    def accept(self, value):
        if not isinstance(value, str):
            return 'is not a string'
        if not 0 < len(value) <= self.length_max:
            return 'is empty' if not value else f'is longer than {self.length_max} characters'
        if not value.isascii() or not value.isprintable():
            return 'has characters that are not printable ASCII'
        return None


class Choice:
    """One of a few words."""

    def __init__(self, *words):
        self.words = words
        self.describe = ' or '.join(f"'{word}'" for word in words)

    def accept(self, value):
        if not isinstance(value, str):
            return 'is not a string'
        return None if value in self.words else 'is not a known word'


class Rights:
    """Rights as letters, each at most once."""

    def __init__(self, letters, needed):
        self.letters, self.needed = letters, needed
        self.describe = f"some of the letters '{letters}'"

    def accept(self, value):
        if not isinstance(value, str):
            return 'is not a string'
        for letter in value:
            if letter not in self.letters:
                return f'has the letter {quote(letter)}, which is no right here'
        if len(set(value)) != len(value):
            return 'has a letter twice'
        if not set(value) & set(self.needed):
            return 'gives no right: it needs ' + ' or '.join(f"'{c}'" for c in self.needed)
        return None


class List:
    """Several values of one kind, a fixed number of them or within bounds."""

    def __init__(self, kind, lowest, highest):
        self.kind, self.lowest, self.highest = kind, lowest, highest
        count = lowest if lowest == highest else f'{lowest} to {highest}'
        self.describe = f'a list of {count}, each {kind.describe}'

    def accept(self, value):
        if not isinstance(value, list):
            return 'is not a list'
        if not self.lowest <= len(value) <= self.highest:
            return f'has {len(value)} ' + ('entry' if len(value) == 1 else 'entries')
        return None

    def parts(self, value):
        """The (index, kind, value) of every entry."""
        return [(index, self.kind, entry) for index, entry in enumerate(value)]


class SubTable:
    """A table within a table: [partition.schedule]."""

    def __init__(self, title, keys):
        self.title, self.keys = title, keys
        self.describe = f'a table {title}'

    def accept(self, value):
        return None if isinstance(value, dict) else 'is not a table'


class SubTables:
    """A list of tables within a table: [[partition.region]]."""

    def __init__(self, title, keys, highest):
        self.title, self.keys, self.highest = title, keys, highest
        self.describe = f'tables {title}'

    def accept(self, value):
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            return 'is not a list of tables'
        return None if len(value) <= self.highest else f'has more than {self.highest} entries'


class Key(NamedTuple):
    """A key of a table. Without a default it is required, unless it is optional."""

    kind: object
    default: object = None
    optional: bool = False


class Checker:
    """Checks tables of one document and notes what is wrong in `problems`."""

    def __init__(self, places, problems):
        self.places, self.problems = places, problems

    def table(self, path, title, keys, table):
        """
        Check the table at `path`. Returns its values by key: defaults where there are none, and
        None where a value is wrong, missing or probably meant by a misspelt key, so that the
        check can go on.
        """
        misspelt = set()
        for name in table:
            if name not in keys:
                self.problems.add(self.places.key(path + (name,)),
                                  f'unknown key {quote(name)} in {title}',
                                  self.suggestion(name, keys))
                misspelt.update(nearest(name, keys))
        return {name: self._value(path, title, name, key, table, name in misspelt)
                for name, key in keys.items()}

    def suggestion(self, name, known):
        """A cure for a name that is not known. Finding one takes time, so only the first get it."""
        return closest(name, known) if len(self.problems) < SUGGESTIONS_MAX else 'mend it'

    def _value(self, path, title, name, key, table, is_misspelt):
        if name in table:
            return self._given(path + (name,), f"'{name}'", key.kind, table[name])
        if isinstance(key.kind, SubTables):
            return []
        if is_misspelt:
            return None
        if isinstance(key.kind, SubTable) and key.optional:
            return self.table(path + (name,), key.kind.title, key.kind.keys, {})
        if key.default is None and not key.optional:
            self.problems.add(self.places.key(path), f"{title} has no '{name}'",
                              f'give it {key.kind.describe}')
        return key.default

    def _given(self, path, what, kind, value):
        wrong = kind.accept(value)
        if wrong is not None:
            self.problems.add(self.places.value(path), f'{what} {wrong}',
                              f'it must be {kind.describe}{self._near(kind, value)}')
            return [] if isinstance(kind, SubTables) else None
        if isinstance(kind, SubTable):
            return self.table(path, kind.title, kind.keys, value)
        if isinstance(kind, SubTables):
            return [self.table(path + (index,), kind.title, kind.keys, entry)
                    for index, entry in enumerate(value)]
        if isinstance(kind, List):
            entries = [self._given(path + (index,), f'entry {index + 1} of {what}', part, entry)
                       for index, part, entry in kind.parts(value)]
            return None if None in entries else entries
        return value

    @staticmethod
    def _near(kind, value):
        near = nearest(value, kind.words) if isinstance(kind, Choice) else []
        return f"; did you mean '{near[0]}'?" if near else ''
