# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The source tree as the lint rules see it: its files, and C text without what is no code."""

import dataclasses
import functools
import os
import pathlib
import re
import subprocess

# Left out where there is no git to tell: what .gitignore names.
_IGNORED = re.compile(r'(build(-[^/]*)?|\.git|\.cache|__pycache__|subprojects/packagecache|'
                      r'subprojects/(libsodium|lz4)-[^/]*)')

_TOKEN = re.compile(r'''
    (?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
  | (?P<text> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
''', re.VERBOSE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Fault:
    """One place that breaks a rule. Line 0: the file as a whole."""

    path: str
    line: int
    what: str

    def __str__(self):
        place = f'{self.path}:{self.line}' if self.line else self.path
        return f'{place}: {self.what}'


class Tree:
    """The files of a source tree, tracked or new, but not ignored."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def files(self):
        """All paths, relative to the root, with slashes, sorted."""
        # Whoever owns the tree: nothing of it is run.
        git = ['git', '-c', 'safe.directory=*', '-C', str(self.root)]
        if (self.root / '.git').exists():
            told = subprocess.run([*git, 'ls-files', '-z', '-co', '--exclude-standard'],
                                  stdout=subprocess.PIPE, check=True)
            names = told.stdout.decode('utf-8', 'surrogateescape').split('\0')
            return sorted(name for name in set(names) if name and (self.root / name).is_file())
        found = []
        for folder, folders, names in os.walk(self.root):
            at = pathlib.Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders
                          if not _IGNORED.fullmatch((at / name).as_posix()) and
                          not _IGNORED.fullmatch(name)]
            found += [(at / name).as_posix() for name in names]
        return sorted(found)

    def select(self, *suffixes, below=('',)):
        """Files with one of the suffixes in one of the folders."""
        return [name for name in self.files
                if name.endswith(suffixes) and
                any(not folder or name.startswith(folder + '/') for folder in below)]

    @functools.lru_cache(maxsize=None)
    def text(self, name):
        """A file as text; None: it is none."""
        data = (self.root / name).read_bytes()
        if b'\0' in data:
            return None
        return data.decode('utf-8', 'replace')

    @functools.lru_cache(maxsize=None)
    def code(self, name):
        """The text of a C or assembly file with comments blanked, line by line."""
        return _blanked(self.text(name) or '', ('comment',))

    @functools.lru_cache(maxsize=None)
    def bare_code(self, name):
        """The same with strings and characters blanked too."""
        return _blanked(self.text(name) or '', ('comment', 'text'))

    def code_lines(self, names):
        """How many lines of code the files have: neither blank nor comment."""
        return sum(1 for name in names for line in self.code(name) if line.strip())


def _blanked(text, kinds):
    def blank(match):
        if match.lastgroup not in kinds:
            return match.group()
        return ''.join('\n' if c == '\n' else ' ' for c in match.group())
    return _TOKEN.sub(blank, text).split('\n')
