#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Pages hang together: links lead somewhere, every page is reached from README, what is named as a
file of the tree is there, and tables of limits say what the headers say."""

import pathlib
import re
import unittest

import figures
from pages import ROOT, Page, pages

# Folders of the tree: what begins with one and is in backticks is a path.
FOLDERS = ('abi', 'docs', 'examples', 'kernel', 'lib', 'libruvix', 'scripts', 'servers',
           'subprojects', 'tests', 'tools')
PATH = re.compile(r'(?:' + '|'.join(FOLDERS) + r')/[\w./*-]*')
# A row of a table of limits.
CONSTANT = re.compile(r'`([A-Z][A-Z0-9_]+_MAX|RVX_[A-Z0-9_]+|CONFIG_[A-Z0-9_]+)` \| ([\d ]+) \|')
HEADERS = ('abi/ruvix/types.h', 'abi/ruvix/boot.h', 'kernel/config.h', 'servers/controld/child.h',
           'servers/controld/drain.h', 'libruvix/ruvix_slots.h')


def constants():
    """Numbers that headers define, by name."""
    found = {}
    for header in HEADERS:
        text = (ROOT / header).read_text(encoding='utf-8')
        for name, value in re.findall(r'^#define (\w+) \(?(0x[0-9a-f]+|\d+)u?(?!\w| <<)', text,
                                      re.MULTILINE):
            found[name] = int(value, 0)
    return found


class PagesTest(unittest.TestCase):
    """All pages."""

    @classmethod
    def setUpClass(cls):
        cls.pages = pages()

    def each(self, what):
        for page in self.pages:
            for line, text in what(page):
                with self.subTest(place=f'{page.name}:{line}', text=text):
                    yield page, text

    def test_links_lead_somewhere(self):
        for page, target in self.each(Page.links):
            if target.startswith(('http://', 'https://')):
                continue
            path, _, anchor = target.partition('#')
            found = (page.path.parent / path).resolve() if path else page.path
            self.assertTrue(found.exists())
            self.assertTrue(found.is_relative_to(ROOT))
            if anchor:
                self.assertIn(anchor, Page(found).anchors())

    def test_every_page_is_reached_from_readme(self):
        readme = next(page for page in self.pages if page.name == 'README.md')
        linked = {(ROOT / target.partition('#')[0]).resolve() for _, target in readme.links()
                  if '://' not in target}
        for page in self.pages:
            if page.name.startswith('docs/'):
                with self.subTest(page=page.name):
                    self.assertIn(page.path, linked)

    def test_paths_in_backticks_are_there(self):
        for page, text in self.each(Page.code):
            match = PATH.fullmatch(text)
            if match and any(block.file and block.file.startswith(text) for block in page.blocks):
                continue  # the page says how to write it
            if match:
                self.assertTrue(list(ROOT.glob(text.rstrip('/'))))

    def test_numbers_beside_names_of_constants_are_theirs(self):
        known, count = constants(), 0
        for page in self.pages:
            for name, value in CONSTANT.findall(page.text):
                with self.subTest(page=page.name, name=name):
                    self.assertEqual(int(value.replace(' ', '')), known[name])
                    count += 1
        self.assertGreater(count, 5)

    def test_blocks_say_what_they_are(self):
        for page in self.pages:
            for block in page.blocks:
                with self.subTest(place=f'{page.name}:{block.line}'):
                    self.assertTrue(block.text.strip())
                    if block.is_run:
                        self.assertIn(block.language, ('sh', 'gdb'))

    def test_wrong_figures_are_found_and_renewed(self):
        found = figures.figures()
        self.assertGreater(len(found), figures.LEAST)
        right = {name: number for _, name, number in found}
        self.assertEqual(list(figures.faults(right)), [])
        wrong = {name: number * 2 for name, number in right.items()}
        self.assertEqual(len(list(figures.faults(wrong))), len(found))
        self.assertEqual(len(list(figures.faults({}))), len(found))
        table = ('| x | benchmark | is |\n|---|---|---|\n| a | `call` | 10 000 | 7 |\n\n'
                 '| `call` | 1 |\n')
        self.assertEqual(figures.renewed(table, lambda name, number: 'N'),
                         table.replace('10 000', 'N'))

    def test_the_reader_sees_blocks_and_links(self):
        sample = pathlib.Path(ROOT / 'README.md')
        page = Page(sample)
        self.assertIn('sh', [block.language for block in page.blocks])
        self.assertGreater(len(page.links()), 10)
        self.assertGreater(sum(block.is_run for some in self.pages for block in some.blocks), 5)


if __name__ == '__main__':
    unittest.main()
