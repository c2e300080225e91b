# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Where the keys and values of a TOML document stand in its text.

tomllib tells positions only for syntax errors. This goes over a text that tomllib has accepted,
so it need not check anything: it only follows keys, brackets and the ends of strings. A path is
a tuple of keys and list indices, as one would use them on what tomllib returns:

    [[partition]]            ('partition', 0)
    window = 2               ('partition', 0, 'window')
    region = [{ size = 1 }]  ('partition', 0, 'region', 0, 'size')
"""

import tomllib

from .problems import Place

_BLANK = ' \t'
_END_OF_SCALAR = ',]}#\n'
_END_OF_BARE_KEY = ' \t.=]'


class Places:
    """The places of one document: `key` and `value` accept any path and always answer."""

    def __init__(self, file, text):
        self._file = file
        self._text = text.replace('\r\n', '\n')
        self._at = 0
        self._keys = {}
        self._values = {}
        self._table_counts = {}
        self._line_starts = [0]
        for index, character in enumerate(self._text):
            if character == '\n':
                self._line_starts.append(index + 1)
        self._document()

    def key(self, path):
        """The key or table header that `path` names, or the nearest thing around it."""
        return self._nearest(self._keys, path)

    def value(self, path):
        """The value at `path`, or the nearest thing around it."""
        return self._nearest(self._values, path)

    def _nearest(self, table, path):
        for length in range(len(path), 0, -1):
            for known in (table, self._keys, self._values):
                if path[:length] in known:
                    return self._place(known[path[:length]])
        return Place(self._file)

    def _place(self, offset):
        low, high = 0, len(self._line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._line_starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return Place(self._file, low + 1, offset - self._line_starts[low] + 1)

    def _here(self, length=1):
        return self._text[self._at:self._at + length]

    def _skip_blank(self):
        while self._here() and self._here() in _BLANK:
            self._at += 1

    def _skip_blank_lines(self):
        while self._here() and self._here() in _BLANK + '\n#':
            if self._here() == '#':
                self._skip_to_line_end()
            else:
                self._at += 1

    def _skip_to_line_end(self):
        end = self._text.find('\n', self._at)
        self._at = len(self._text) if end < 0 else end

    def _document(self):
        table = ()
        self._skip_blank_lines()
        while self._here():
            if self._here() == '[':
                table = self._header()
            else:
                self._pair(table)
            self._skip_to_line_end()
            self._skip_blank_lines()

    def _header(self):
        start = self._at
        is_list = self._here(2) == '[['
        self._at += 2 if is_list else 1
        path = ()
        keys = self._dotted_key()
        for index, (key, _) in enumerate(keys):
            path += (key,)
            if is_list and index == len(keys) - 1:
                self._table_counts[path] = self._table_counts.get(path, 0) + 1
            self._keys.setdefault(path, start)
            if path in self._table_counts:
                path += (self._table_counts[path] - 1,)
                self._keys.setdefault(path, start)
        return path

    def _dotted_key(self):
        """The parts of a key up to what follows it, each with its offset."""
        keys = []
        while True:
            self._skip_blank()
            start = self._at
            if self._here() in ('"', "'"):
                self._skip_string()
                # The quotes and escapes of a key are those of a value.
                key = tomllib.loads(f'key = {self._text[start:self._at]}')['key']
            else:
                while self._here() not in _END_OF_BARE_KEY:
                    self._at += 1
                key = self._text[start:self._at]
            keys.append((key, start))
            self._skip_blank()
            if self._here() != '.':
                return keys
            self._at += 1

    def _pair(self, table):
        path = table
        for key, start in self._dotted_key():
            path += (key,)
            self._keys.setdefault(path, start)
        self._at += 1  # =
        self._skip_blank()
        self._read_value(path)

    def _read_value(self, path):
        self._values[path] = self._at
        if self._here() == '[':
            self._read_list(path)
        elif self._here() == '{':
            self._read_inline_table(path)
        elif self._here() in ('"', "'"):
            self._skip_string()
        else:
            while self._here() and self._here() not in _END_OF_SCALAR:
                self._at += 1

    def _read_list(self, path):
        index = 0
        self._at += 1
        self._skip_blank_lines()
        while self._here() != ']':
            self._read_value(path + (index,))
            index += 1
            self._skip_blank_lines()
            if self._here() == ',':
                self._at += 1
                self._skip_blank_lines()
        self._at += 1

    def _read_inline_table(self, path):
        self._at += 1
        self._skip_blank()
        while self._here() != '}':
            self._pair(path)
            self._skip_blank()
            if self._here() == ',':
                self._at += 1
                self._skip_blank()
        self._at += 1

    def _skip_string(self):
        mark = self._here()
        if self._here(3) == mark * 3:
            self._at = self._find_end(mark * 3, self._at + 3)
            # Up to two more marks belong to the string.
            while self._here() == mark:
                self._at += 1
        else:
            self._at = self._find_end(mark, self._at + 1)

    def _find_end(self, mark, at):
        """The offset behind the first `mark` from `at` on that is not escaped."""
        while not self._text.startswith(mark, at):
            at += 2 if mark[0] == '"' and self._text[at] == '\\' else 1
        return at + len(mark)
