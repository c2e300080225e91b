# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Reads a TOML file that people wrote: its text, what it says and where it says it.

Whatever is wrong with the file as a file or as TOML is noted in `problems`; tomllib's own
messages are turned into the form of all others.
"""

import re
import tomllib

from .problems import Place, quote, reason
from .tomlplaces import Places

# A manifest is written by people; what is larger is not a manifest.
SOURCE_SIZE_MAX = 1 << 20
LINE_LENGTH_MAX = 1000
NESTING_MAX = 20


def _text(path, problems):
    """The text of a file, or None."""
    place = Place(path)
    try:
        with open(path, 'rb') as file:
            data = file.read(SOURCE_SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        problems.add(place, f'cannot read the manifest: {reason(error)}',
                     'check the name after --manifest')
        return None
    if len(data) > SOURCE_SIZE_MAX:
        problems.add(place, f'the manifest is larger than {SOURCE_SIZE_MAX} bytes',
                     'check the name after --manifest')
        return None
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError as error:
        before = data[:error.start].decode('utf-8')
        line_start = before.rfind('\n') + 1
        problems.add(Place(path, before.count('\n') + 1, len(before) - line_start + 1),
                     f'the byte {data[error.start]:#04x} is not UTF-8', 'save the file as UTF-8')
        return None


def _parse(path, text, problems):
    for number, line in enumerate(text.split('\n'), 1):
        # tomllib takes time with the square of the length of a dotted key.
        if len(line) > LINE_LENGTH_MAX:
            problems.add(Place(path, number, LINE_LENGTH_MAX + 1),
                         f'the line is longer than {LINE_LENGTH_MAX} characters', 'break it')
            return None
    try:
        return tomllib.loads(text), Places(path, text)
    except tomllib.TOMLDecodeError as error:
        _add_syntax_error(path, text, str(error), problems)
    except RecursionError:
        _add_nesting(path, text, problems)
    except ValueError as error:
        # What Python itself refuses to convert, tomllib lets through.
        problems.add(Place(path), f'a value cannot be read: {error}', 'use a smaller one')
    return None


def _add_nesting(path, text, problems):
    """Tell where brackets stand within more others than any manifest needs."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in '[{') - (character in ']}')
        if depth > NESTING_MAX:
            break
    line_start = text.rfind('\n', 0, at) + 1
    problems.add(Place(path, text.count('\n', 0, at) + 1, at - line_start + 1),
                 'values are nested too deeply', 'a manifest needs three levels')


def _add_syntax_error(path, text, message, problems):
    what, _, where = message.rpartition(' (at ')
    line, column = 1, 1
    if where.startswith('line '):
        line, column = (int(word) for word in
                        where.rstrip(')').replace('line ', '').replace('column ', '').split(','))
    elif where:
        lines = text.replace('\r\n', '\n').split('\n')
        line, column = len(lines), len(lines[-1]) + 1
    # It names tables as Python writes tuples.
    what = re.sub(r"\('([^()]*)',?\)", lambda names: quote(names[1].replace("', '", '.')), what)
    # What tomllib says may quote the text: it must stay one printable line.
    what = (what or message).encode('ascii', 'backslashreplace').decode('ascii')
    what = ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in what)
    problems.add(Place(path, line, column), f'TOML syntax: {what[:1].lower()}{what[1:]}',
                 'mend the line or the one before it')


def read(path, problems):
    """The document and its Places, or None."""
    text = _text(path, problems)
    return None if text is None else _parse(path, text, problems)
