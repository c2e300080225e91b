# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Rules for all files: licence and purpose at the top, no trace of a machine, sources pinned."""

import ast
import configparser
import re
import subprocess

from tree import Fault

LICENCE = 'SPDX-License-Identifier: Apache-2.0 OR MIT'

# Files of these kinds start with the licence and then say what they are.
_WITH_LICENCE = ('.c', '.h', '.S', '.s', '.in', '.ld', '.py', '.sh', '.build', '.ini', '.wrap',
                 '.toml', '.md', '.txt', '.pml', '.clang-format', '.gitignore')
_LICENCE_LINES_MAX = 3
_C_LIKE = ('.c', '.h', '.S', '.s', '.in', '.ld', '.pml')
_C_COMMENT = re.compile(r'\s*(//|/?\*)')
_COMMENT = re.compile(r'\s*(#|""")')

_MACHINE_PATH = re.compile(r'(?<![A-Za-z0-9_.])/(?:work|farm|root|home)/')

# The project speaks of itself only: not of how and by whom it was made.
_FOREIGN_WORDS = (
    (re.compile(r'\bissue\s+(?:#\s*|no\.?\s*)?\d', re.IGNORECASE), 'an issue'),
    (re.compile(r'(?<!gdb )(?<!console )\bses{2}ions?\b', re.IGNORECASE), 'how it is made'),
    (re.compile(r'(?<![\w/.-])sha[r]ed/'), 'a folder that is not in the tree'),
    (re.compile(r'\b(?:deb|security|snapshot)\.debian\.org\b|\bregistry\.npmjs\.org\b|'
                r'\bpypi\.org\b|\bstatic\.crates\.io\b|\bproxy\.golang\.org\b'),
     'the host of a package registry'),
)

_HASH = re.compile(r'[0-9a-f]{64}')
_SOURCE_FETCHED = re.compile(r'^fetch_source\s+(\S+)', re.MULTILINE)
SHELL_SECONDS_MAX = 10


def _texts(tree):
    for name in tree.files:
        text = tree.text(name)
        if text is not None:
            yield name, text


def _is_script(text):
    return text.startswith('#!')


def licence(tree):
    """Every source starts with the licence, and then says what it is."""
    for name, text in _texts(tree):
        if not (name.endswith(_WITH_LICENCE) or _is_script(text)) or not text:
            continue
        lines = text.split('\n')
        at = next((index for index, line in enumerate(lines[:_LICENCE_LINES_MAX])
                   if LICENCE in line), None)
        if at is None:
            yield Fault(name, 1, f'does not start with {LICENCE}')
            continue
        after = [line for line in lines[at + 1:at + 4] if line.strip(' #*')]
        if name.endswith('.md'):
            continue
        comment = _C_COMMENT if name.endswith(_C_LIKE) else _COMMENT
        if not after or not comment.match(after[0]):
            yield Fault(name, at + 2, 'does not say what it is after the licence')


def machine(tree):
    """No path of one machine."""
    for name, text in _texts(tree):
        for number, line in enumerate(text.split('\n'), 1):
            if _MACHINE_PATH.search(line):
                yield Fault(name, number, 'a path of one machine')


def words(tree):
    """The project speaks of itself only."""
    for name, text in _texts(tree):
        for number, line in enumerate(text.split('\n'), 1):
            for pattern, what in _FOREIGN_WORDS:
                if pattern.search(line):
                    yield Fault(name, number, f'speaks of {what}')


def wraps(tree):
    """Third-party sources are archives pinned by hash, and scripts/setup fetches each."""
    setup = tree.text('scripts/setup') if 'scripts/setup' in tree.files else ''
    fetched = set(_SOURCE_FETCHED.findall(setup))
    for name in tree.select('.wrap', below=('subprojects',)):
        wrap = configparser.ConfigParser(interpolation=None)
        try:
            wrap.read_string(tree.text(name) or '')
            section = wrap['wrap-file']
        except (configparser.Error, KeyError):
            yield Fault(name, 0, 'is not a [wrap-file]')
            continue
        for key in ('directory', 'source_url', 'source_filename'):
            if not section.get(key):
                yield Fault(name, 0, f'has no {key}')
        for key in ('source_hash', *(('patch_hash',) if 'patch_url' in section else ())):
            if not _HASH.fullmatch(section.get(key, '')):
                yield Fault(name, 0, f'{key} is not a SHA-256')
        folder = section.get('patch_directory')
        if folder and not tree.select('meson.build',
                                      below=(f'subprojects/packagefiles/{folder}',)):
            yield Fault(name, 0, f'there is no subprojects/packagefiles/{folder}/meson.build')
        stem = name.rpartition('/')[2].removesuffix('.wrap')
        if stem not in fetched:
            yield Fault(name, 0, f'scripts/setup does not fetch {stem}')


def scripts(tree):
    """Scripts can be started and parsed; Python ones with Debian's Python."""
    for name, text in _texts(tree):
        first = text.split('\n', 1)[0]
        is_python = name.endswith('.py') or (_is_script(text) and 'python' in first)
        if _is_script(text) and not (tree.root / name).stat().st_mode & 0o100:
            yield Fault(name, 0, 'is a script, but not executable')
        if is_python:
            if _is_script(text) and first != '#!/usr/bin/python3':
                yield Fault(name, 1, 'starts another Python than /usr/bin/python3')
            try:
                ast.parse(text)
            except SyntaxError as error:
                yield Fault(name, error.lineno or 0, f'is not Python: {error.msg}')
        elif _is_script(text) and re.match(r'#!/bin/(ba)?sh\b', first):
            done = subprocess.run([first[2:].split()[0], '-n', tree.root / name],
                                  stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=SHELL_SECONDS_MAX, check=False)
            if done.returncode != 0:
                yield Fault(name, 0, 'is not a shell script: ' +
                            done.stderr.decode('utf-8', 'replace').strip())
