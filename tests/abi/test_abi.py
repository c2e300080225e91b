#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The ABI's headers compile alone as strict C11 and as C++17; the reference page is what the tables
say; every call has its function and every error it lists exists."""

import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest

ROOT, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
COMPILER = 'clang-19'
STRICT = ['-pedantic-errors', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fsyntax-only']
LANGUAGES = {'c': '-std=c11', 'c++': '-std=c++17'}


def headers():
    return sorted((ROOT / 'abi/ruvix').glob('*.h')) + sorted((BUILD / 'abi/ruvix').glob('*.h'))


def compiles(text, language):
    """What the compiler says against a file that includes headers; empty: nothing."""
    done = subprocess.run(
        [COMPILER, LANGUAGES[language], *STRICT, f'-I{ROOT / "abi"}', f'-I{BUILD / "abi"}', '-x',
         language, '-'], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr if done.returncode else ''


def calls():
    with open(ROOT / 'abi/syscalls.toml', 'rb') as file:
        return tomllib.load(file)['call']


class Abi(unittest.TestCase):
    """One test a promise."""

    def test_headers_compile_alone(self):
        self.assertGreater(len(headers()), 6)
        for header in headers():
            for language in LANGUAGES:
                with self.subTest(header=header.name, language=language):
                    text = f'#include <ruvix/{header.name}>\nint unit_is_not_empty(void);\n'
                    self.assertEqual(compiles(text, language), '')

    def test_this_compiler_call_can_fail(self):
        for language in LANGUAGES:
            self.assertNotEqual(compiles('#include <ruvix/none.h>\n', language), '')
            self.assertNotEqual(compiles('int f(void) { return ({ 1; }); }\n', language), '')

    def test_reference_page_is_what_the_tables_say(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([ROOT / 'scripts/abi_gen.py', 'reference', '--output', folder],
                           check=True, timeout=60)
            made = (pathlib.Path(folder) / 'abi.md').read_text()
        self.assertEqual(made, (ROOT / 'docs/abi.md').read_text(),
                         'renew it: scripts/abi_gen.py reference --output docs')

    def test_every_call_has_its_function(self):
        kernel = ''.join(path.read_text() for path in (ROOT / 'kernel').glob('*.c'))
        for call in calls():
            with self.subTest(call=call['name']):
                self.assertRegex(kernel, rf"\bsys_{call['name']}\(struct task \*caller")

    def test_every_error_exists(self):
        names = set(re.findall(r'X\((\w+), -?\d+,', (ROOT / 'abi/ruvix/status.h').read_text()))
        for call in calls():
            with self.subTest(call=call['name']):
                self.assertEqual(set(call['errors']) - names, set())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
