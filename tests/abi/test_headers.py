#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_headers.py GENERATED...

Every header of abi/ruvix, written or generated, compiles alone and twice, without a warning, as
strict C11 and as C++17, for the target and for this machine. GENERATED are the generated ones.
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = 'clang-19'
STRICT = ('-pedantic-errors', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fsyntax-only')
LANGUAGES = {'C11': ('-x', 'c', '-std=c11'), 'C++17': ('-x', 'c++', '-std=c++17')}
TARGETS = {'target': ('--target=aarch64-none-elf',), 'this machine': ()}
SECONDS_MAX = 30

GENERATED = [pathlib.Path(name).resolve() for name in sys.argv[1:]]
WRITTEN = sorted((ROOT / 'abi/ruvix').glob('*.h'))


def complaint(source, language, target, *folders):
    """What the compiler says against a source; empty: nothing."""
    include = [word for folder in folders for word in ('-I', str(folder))]
    done = subprocess.run([COMPILER, *TARGETS[target], *STRICT, *include, *LANGUAGES[language],
                           '-'], input=source, text=True, capture_output=True,
                          timeout=SECONDS_MAX, check=False)
    return done.stderr if done.returncode != 0 or done.stderr else ''


class HeadersTest(unittest.TestCase):
    """The headers as a program includes them."""

    def test_there_are_headers_of_both_kinds(self):
        self.assertGreaterEqual({path.name for path in WRITTEN},
                                {'boot.h', 'console.h', 'status.h', 'trace.h', 'types.h', 'version.h',
                                 'witness.h'})
        self.assertEqual({path.name for path in GENERATED}, {'numbers.h', 'kinds.h'})

    def test_each_compiles_alone_and_twice(self):
        folders = {path.parent.parent for path in (*WRITTEN, *GENERATED)}
        for path in (*WRITTEN, *GENERATED):
            # A translation unit needs a declaration.
            source = f'#include <ruvix/{path.name}>\n' * 2 + 'extern int something;\n'
            for language in LANGUAGES:
                for target in TARGETS:
                    with self.subTest(header=path.name, language=language, target=target):
                        self.assertEqual(complaint(source, language, target, *folders), '')

    def test_a_header_that_is_not_strict_is_found(self):
        wrong = {
            'needs another header': 'struct s { uint64_t x; };\n',
            'is no standard C': 'struct s { int x; int : 0; int y[0]; };\n',
            'is no C++': 'enum e { A = 1 }; struct s { enum e x; }; enum e f(int new);\n',
            'has no guard': 'struct s { int x; };\n',
        }
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'wrong.h'
            for what, text in wrong.items():
                path.write_text(text, encoding='utf-8')
                source = '#include <wrong.h>\n' * 2
                said = [complaint(source, language, 'target', folder) for language in LANGUAGES]
                self.assertTrue(any(said), what)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
