#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Holds the figures in README and docs/ to the benchmarks.

  figures.py --update [BENCH.JSON]       write the figures of build/bench.json into the pages
  figures.py --check -- RUN_BENCH ARG..  run the benchmarks and compare; exit status 1: they differ

A figure stands in a table that has a column called `benchmark`, behind the cell with its name. A
change of up to 5 % is left alone, so that not every change of the kernel is one of the pages.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from pages import ROOT, pages

FIGURE = re.compile(r'(\| *`(\w+)` *\| *)([\d ]*\d)( *\|)')
HEADER = re.compile(r'\| *benchmark *\|')
TOLERANCE = 0.05
SECONDS_MAX = 240
LEAST = 10


def renewed(text, change):
    """The text of a page with every figure as change(name, number) answers it."""
    lines, is_table = [], False
    for line in text.split('\n'):
        is_table = bool(HEADER.search(line)) or is_table and line.startswith('|')
        if is_table:
            line = FIGURE.sub(lambda match: match.group(1) + change(match.group(2), match.group(3))
                              + match.group(4), line)
        lines.append(line)
    return '\n'.join(lines)


def figures():
    """(page, name, number) of each figure."""
    found = []
    for page in pages():
        def note(name, number, page=page):
            found.append((page, name, int(number.replace(' ', ''))))
            return number

        renewed(page.text, note)
    return found


def written(number):
    """1071929 -> 1 071 929"""
    return f'{number:,}'.replace(',', ' ') if number >= 10000 else str(number)


def read(path):
    return {row['name']: row['value'] for row in json.loads(path.read_text(encoding='utf-8'))}


def faults(measured):
    """Figures that are not what was measured, in lines for people."""
    for page, name, number in figures():
        if name not in measured:
            yield f'{page.name}: {name}: no benchmark is called so'
        elif abs(measured[name] - number) > TOLERANCE * measured[name]:
            yield f'{page.name}: {name}: it says {number}, measured {measured[name]}'


def check(command):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'bench.json'
        done = subprocess.run([sys.executable, '-B', *command, '--output', path],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            return [f'the benchmarks ended with {done.returncode}']
        found = list(faults(read(path)))
    if len(figures()) < LEAST:
        found.append(f'fewer than {LEAST} figures are in the pages: are they read rightly?')
    return found


def update(path):
    measured = read(path)
    for page in pages():
        text = renewed(page.text, lambda name, number: written(measured[name])
                       if name in measured else number)
        if text != page.text:
            page.path.write_text(text, encoding='utf-8')
            print(f'{page.name}: renewed')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--update', nargs='?', type=pathlib.Path,
                        const=ROOT / 'build/bench.json', metavar='BENCH.JSON')
    parser.add_argument('--check', action='store_true')
    parser.add_argument('command', nargs='*')
    options = parser.parse_args()
    if options.update:
        update(options.update)
    found = check(options.command) if options.check else []
    if found:
        print('\n'.join(found))
        print('cure: scripts/ruvix bench, then tests/docs/figures.py --update')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
