#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The places of keys and values in TOML, on documents that say themselves where things stand.

In TEMPLATE every ~ becomes a key and every @ a value that spells its own line and column, in
whatever way keys and values can be written. Places must find each where it says it is.
"""

import random
import tomllib
import unittest

import imagetest  # noqa: F401  (finds ruvixlib)
from ruvixlib.tomlplaces import Places

SEED = 7

TEMPLATE = '''\
# a comment with = and [brackets] and "quotes
~=@
~ = @ # another
\t~  =\t@
"~" = @
'~'= @
~ = "@"
~ = '@'
~ = """
@ and "quotes" and \\""" and a # that is none"""
~ = \'\'\'@ ends in quotes\'\'\'\'\'
~ = "\\"@\\\\"
~ = """one " [ = { here"""
~ = @
~ = """
[x]
~ = " '
"""
~ = @
~ = \'\'\'it's = [ here\'\'\'
~ = @
~ = \'\'\'
"\\
[x]
' = \'\'\'
~ = @
~ = """"""
~ = @
~ = \'\'\'\'\'\'
~ = @
~ = ""
~ = @
~ = [@, @,@]
~ = [ # a comment, with ] and "
    @,   # another
    [@, [], [@]],
    "]", '"', "\\"]",
    @
]
~ = []
~ = {~ = @, "~"=@, ~ = [@, {~ = @}], ~ = { ~ = "@" } }
~ = {~=@,~=[@],~="@"}
~ = {}
~ . ~ = @
~."~".'~' = @
~ = 1979-05-27 07:32:00Z
~ = 0x@
[~]
~ = @
[ "~" . ~ ]
~ = @
[[~]]
~ = @
'''


class Document:
    """A text made of TEMPLATE, and where its keys and values stand."""

    def __init__(self, template):
        self.text = ''
        line, column = 1, 1
        for character in template:
            if character == '~':
                piece = f'k{line:03}{column:03}'
            elif character == '@':
                piece = f'{1000000 + line * 1000 + column}'
            else:
                piece = character
            self.text += piece
            line, column = (line + 1, 1) if piece == '\n' else (line, column + len(piece))


def leaves(value, path=()):
    """Every (path, value) of a document, tables and lists too."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield path + (key,), part
            yield from leaves(part, path + (key,))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield path + (index,), part
            yield from leaves(part, path + (index,))


class PlacesCase(unittest.TestCase):
    def check(self, text):
        """Compare what the document says with what Places says. Returns how much that was."""
        places = Places('file', text)
        lines = text.split('\n')
        seen = 0
        for path, value in leaves(tomllib.loads(text)):
            if isinstance(path[-1], str) and path[-1][:1] == 'k' and path[-1][1:].isdigit():
                place = places.key(path)
                at = lines[place.line - 1].index(path[-1]) + 1
                self.assertEqual(place.line, int(path[-1][1:4]), path)
                # A quote may stand before a key, and a header for the keys in it.
                self.assertLessEqual(place.column, at, path)
                if not lines[place.line - 1].startswith('['):
                    self.assertIn(int(path[-1][4:7]) - place.column, (0, 1), path)
                seen += 1
            if isinstance(value, int):
                place = places.value(path)
                column = place.column + 2 * lines[place.line - 1].startswith('0x', place.column - 1)
                number = int(f'{value:x}') if value > 9000000 else value
                self.assertEqual(1000000 + place.line * 1000 + column, number, path)
                seen += 1
            if isinstance(value, str) and '@' not in value and value[-7:].isdigit():
                place = places.value(path)
                self.assertEqual(1000000 + place.line * 1000 + place.column + 1, int(value[-7:]))
                seen += 1
        return seen

    def test_every_key_and_value_is_where_it_says(self):
        document = Document(TEMPLATE)
        self.assertGreater(self.check(document.text), 50)

    def test_lines_in_any_order(self):
        numbers = random.Random(SEED)
        single = [line for line in TEMPLATE.split('\n')
                  if line.count('"""') % 2 == 0 and line.count("'''") % 2 == 0
                  and line[:1] not in (' ', ']', '@', '"', "'") and not line.startswith('[x]')
                  and line not in ('~ = [ # a comment, with ] and "', '~ = " \'')]
        for number in range(300):
            with self.subTest(seed=SEED, number=number):
                document = Document('\n'.join(numbers.choices(single, k=40)) + '\n')
                self.check(document.text)

    def test_tables_are_counted_and_tables_in_tables_belong_to_the_last(self):
        text = '[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n[a.c]\nx = 3\n[[a]]\n[[a.b]]\nx = 4\n' \
            '[a.c.d]\nx = 5\n'
        places = Places('file', text)
        for path, line in ((('a', 0), 1), (('a', 0, 'b', 0), 2), (('a', 0, 'b', 0, 'x'), 3),
                           (('a', 0, 'b', 1), 4), (('a', 0, 'b', 1, 'x'), 5), (('a', 0, 'c'), 6),
                           (('a', 0, 'c', 'x'), 7), (('a', 1), 8), (('a', 1, 'b', 0), 9),
                           (('a', 1, 'b', 0, 'x'), 10), (('a', 1, 'c', 'd'), 11),
                           (('a', 1, 'c', 'd', 'x'), 12)):
            self.assertEqual(places.key(path).line, line, path)

    def test_what_is_not_there_is_placed_at_what_is_around_it(self):
        places = Places('file', '\n[a]\nx = [1]\n')
        self.assertEqual(places.key(('a', 'y'))[1:], (2, 1))
        self.assertEqual(places.value(('a', 'x', 7))[1:], (3, 5))
        self.assertEqual(places.key(('b', 'c'))[1:], (1, 1))


if __name__ == '__main__':
    unittest.main()
