#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""pages.py PAGE PATH OUTPUT: writes the block that PAGE gives as the file PATH.

Pages are read as far as tests need it: fenced blocks, links, headings. A block's first line says
what it is: ```sh test``` is run, ```gdb test``` is run in gdb, ```c file=examples/x/main.c``` is
that file.
"""

import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

_FENCE = re.compile(r'^ {0,3}(`{3,})\s*(.*?)\s*$')
_LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
_CODE = re.compile(r'`([^`\n]+)`')
_HEADING = re.compile(r'^#+ +(.*?) *$', re.MULTILINE)


@dataclasses.dataclass
class Block:
    """A fenced block; `line` is that of its fence."""

    page: str
    line: int
    words: list
    text: str

    @property
    def is_run(self):
        return 'test' in self.words[1:]

    @property
    def language(self):
        return self.words[0] if self.words else ''

    @property
    def file(self):
        return next((word.removeprefix('file=') for word in self.words
                     if word.startswith('file=')), None)


class Page:
    """One Markdown page."""

    def __init__(self, path):
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding='utf-8')
        self.blocks, self.prose = [], []
        self._read()

    def _read(self):
        block, fence = None, None
        for number, line in enumerate(self.text.split('\n'), 1):
            match = _FENCE.match(line)
            if block is None and match:
                fence = match.group(1)
                block = Block(self.name, number, match.group(2).split(), '')
            elif block is not None and line.strip() == fence:
                self.blocks.append(block)
                block = None
            elif block is not None:
                block.text += line + '\n'
            else:
                self.prose.append((number, line))
        if block is not None:
            raise ValueError(f'{self.name}:{block.line}: a block without an end')

    def links(self):
        """(line, target) of every link."""
        return [(number, target) for number, line in self.prose
                for target in _LINK.findall(_CODE.sub('', line))]

    def code(self):
        """(line, text) of everything in backticks."""
        return [(number, text) for number, line in self.prose for text in _CODE.findall(line)]

    def anchors(self):
        """What links can name after a #."""
        return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-')
                for title in _HEADING.findall('\n'.join(line for _, line in self.prose))}


def pages():
    """README, docs/ and the pages beside the examples."""
    return [Page(path) for path in (ROOT / 'README.md', *sorted(ROOT.glob('docs/*.md')),
                                    *sorted(ROOT.glob('examples/**/*.md')))]


def main(page, path, output):
    found = [block for block in Page(pathlib.Path(page).resolve()).blocks if block.file == path]
    if len(found) != 1:
        sys.exit(f'{page}: {len(found)} blocks for {path}')
    pathlib.Path(output).write_text(found[0].text, encoding='utf-8')


if __name__ == '__main__':
    main(*sys.argv[1:])
