#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Proves that each lint rule can fail: a clean tree passes, and with one violation it does not.

Trees are made in a temporary folder, without git and with it.
"""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import c_rules
import lint
from tree import Tree

LICENCE = 'SPDX-License-' + 'Identifier: Apache-2.0 OR MIT'
C = f'/* {LICENCE} */\n/* A file. */\n'
SH = f'#!/bin/sh\n# {LICENCE}\n# A script.\n'
PYTHON = f'#!/usr/bin/python3\n# {LICENCE}\n"""A script."""\n'
WRAP = f'''# {LICENCE}
# Sources.
[wrap-file]
directory = x-1
source_url = https://example.org/x-1.tar.gz
source_filename = x_1.orig.tar.gz
source_hash = {"0123456789abcdef" * 4}
patch_directory = x
'''

CLEAN = {
    '.clang-format': (lint.SOURCE / '.clang-format').read_text(encoding='utf-8'),
    'abi/ruvix/types.h': C + '#include <stdint.h>\n\n#ifdef __cplusplus\n'
    '#define RVX_STATIC_ASSERT static_assert\n#else\n'
    '#define RVX_STATIC_ASSERT _Static_assert\n#endif\n',
    'abi/ruvix/status.h': C + '#include <ruvix/types.h>\n',
    'lib/bits.h': C + '#include <ruvix/types.h>\n#include <stddef.h>\n',
    'lib/bits.c': C + '#include "lib/bits.h"\n\n/* not nullptr, not __int128 */\n'
    'const char *bits(void)\n{\n\treturn "[[ __int128 asm(";\n}\n',
    'kernel/edge.h': C + '#include "lib/bits.h"\n\n#include <string.h>\n',
    'kernel/edge.c': C + '#include "kernel/edge.h"\n#include "kernel/syscall_table.h"\n',
    'kernel/hash.c': C + '#include <sodium/utils.h>\n',
    'kernel/arch/cpu.h': C,
    'kernel/arch/aarch64/cpu.h': C + '#ifdef __aarch64__\n#endif\n',
    'kernel/arch/aarch64/cpu.c': C + '#include "kernel/arch/aarch64/cpu.h"\n\n'
    'void halt(void)\n{\n\t__asm__ volatile("wfi");\n}\n',
    'kernel/arch/host/cpu.c': C + '#include <stdio.h>\n#include "kernel/arch/aarch64/cpu.h"\n' +
    'extern int x;\n' * c_rules.C_LINES_MAX,
    'kernel/arch/aarch64/start.S': C + 'start:\n\tb\tstart // for ever\n',
    'libruvix/ruvix.h': C + '#include "calls.h"\n#include "lib/bits.h"\n',
    'servers/one/main.c': C + '#include "libruvix/ruvix.h"\n#include "one.h"\n'
    '#include <sodium/utils.h>\n',
    'servers/one/one.h': C,
    'servers/two/two.h': C,
    'tools/look/look.c': C + '#include <stdio.h>\n#include "lib/bits.h"\n',
    'tests/lib/test_bits.c': C + '#include <cmocka.h>\n#include "kernel/edge.h"\n',
    'scripts/setup': SH + 'fetch_source x x\n',
    'scripts/tool': PYTHON,
    'scripts/module.py': f'# {LICENCE}\n"""A module: issue a token, one a gdb session."""\n',
    'subprojects/x.wrap': WRAP,
    'subprojects/packagefiles/x/meson.build': f'# {LICENCE}\n# Builds x.\n',
    'docs/page.md': f'<!-- {LICENCE} -->\n# A page\n',
}

# Whether a text is added to a file, or is the whole of it.
ADD, NEW = '+', '='

# Where what is counted over many files is told.
PLACES = ('kernel', 'kernel/arch/riscv64')

# rule: file, how, text, part of the message
VIOLATIONS = {
    'includes': [
        ('abi/ruvix/status.h', ADD, '#include "lib/bits.h"\n', 'abi/ may not include lib/'),
        ('abi/ruvix/status.h', ADD, '#include <string.h>\n', 'no header of freestanding C'),
        ('lib/bits.c', ADD, '#include "kernel/edge.h"\n', 'lib/ may not include kernel/'),
        ('lib/bits.c', ADD, '#include "../kernel/edge.h"\n', 'lib/ may not include kernel/'),
        ('lib/bits.c', ADD, '#include <stdio.h>\n', 'no header of freestanding C'),
        ('lib/bits.c', ADD, '# include <assert.h>\n', 'no header of freestanding C'),
        ('kernel/edge.c', ADD, '#include "libruvix/ruvix.h"\n', 'may not include libruvix/'),
        ('kernel/edge.c', ADD, '#include "servers/one/one.h"\n', 'may not include servers/'),
        ('kernel/edge.c', ADD, '#include "tests/lib/x.h"\n', 'may not include tests/'),
        ('kernel/edge.c', ADD, '#include <sodium/utils.h>\n', 'may use libsodium'),
        ('kernel/edge.c', ADD, '#include <sodium.h>\n', 'may use libsodium'),
        ('kernel/edge.c', ADD, '#include "kernel/arch/aarch64/cpu.h"\n',
         'only kernel/arch/aarch64/ may know'),
        ('kernel/arch/cpu.h', ADD, '#include "kernel/arch/aarch64/cpu.h"\n',
         'only kernel/arch/aarch64/ may know'),
        ('kernel/arch/aarch64/cpu.c', ADD, '#include <stdio.h>\n', 'no header of freestanding C'),
        ('kernel/arch/aarch64/cpu.c', ADD, '#include "kernel/arch/host/host.h"\n',
         'only kernel/arch/host/ may know'),
        ('kernel/arch/host/cpu.c', ADD, '#include "libruvix/ruvix.h"\n',
         'may not include libruvix/'),
        ('libruvix/ruvix.h', ADD, '#include "kernel/edge.h"\n', 'may not include kernel/'),
        ('libruvix/ruvix.h', ADD, '#include <sodium/utils.h>\n', 'may not include sodium/'),
        ('servers/one/main.c', ADD, '#include "kernel/edge.h"\n', 'may not include kernel/'),
        ('servers/one/main.c', ADD, '#include "servers/two/two.h"\n', 'servers share no code'),
        ('servers/one/main.c', ADD, '#include <stdio.h>\n', 'no header of freestanding C'),
        ('tools/look/look.c', ADD, '#include "kernel/edge.h"\n', 'may not include kernel/'),
        ('kernel/arch/aarch64/start.S', ADD, '#include "libruvix/ruvix.h"\n',
         'may not include libruvix/'),
    ],
    'formatting': [
        ('lib/bits.h', ADD, 'int  two_spaces;\n', 'not formatted'),
        ('lib/bits.h', ADD, 'int *a(void) { return 0; }\n', 'not formatted'),
        ('tests/lib/test_bits.c', ADD, 'int *a(void) {\n  return 0;\n}\n', 'not formatted'),
        ('subprojects/packagefiles/x/x.c', NEW, C + 'int* a;\n', 'not formatted'),
        ('.clang-format', NEW, 'NoSuchOption: true\n', 'unknown key'),
    ],
    'analysable': [
        ('kernel/edge.c', ADD, 'enum kind : unsigned char { A };\n', 'an enum with a type'),
        ('kernel/edge.c', ADD, 'enum : int { A };\n', 'an enum with a type'),
        ('lib/bits.h', ADD, 'static_assert(1, "");\n', '_Static_assert'),
        ('abi/ruvix/status.h', ADD, '[[nodiscard]] int f(void);\n', 'attribute'),
        ('abi/ruvix/types.h', ADD, 'static_assert(1, "");\n', '_Static_assert'),
        ('kernel/edge.h', ADD, 'char *p = nullptr;\n', 'nullptr'),
        ('kernel/edge.h', ADD, 'constexpr int x = 1;\n', 'constexpr'),
        ('kernel/edge.h', ADD, '_Alignas(64) int x;\n', '_Alignas'),
        ('kernel/edge.h', ADD, '#define f(x) _Generic((x), int: 1)\n', '_Generic'),
        ('lib/bits.c', ADD, 'unsigned __int128 x;\n', '__int128'),
        ('lib/bits.c', ADD, '_Atomic int x;\n', '_Atomic'),
        ('lib/bits.c', ADD, '#include <stdatomic.h>\n', '_Atomic'),
        ('kernel/arch/cpu.h', ADD, 'int *p = nullptr;\n', 'nullptr'),
    ],
    'portable': [
        ('kernel/edge.c', ADD, '#ifdef __aarch64__\n#endif\n', 'a test for an architecture'),
        ('kernel/arch/cpu.h', ADD, '#if defined(__riscv)\n#endif\n', 'a test for an arch'),
        ('lib/bits.h', ADD, '#  if defined(X) || __x86_64__\n#endif\n', 'a test for an arch'),
        ('servers/one/main.c', ADD, '#ifndef __aarch64__\n#endif\n', 'a test for an arch'),
        ('kernel/edge.c', ADD, 'void f(void)\n{\n\tasm("nop");\n}\n', 'inline assembly'),
        ('lib/bits.h', ADD, '#define f() __asm__ volatile("nop")\n', 'inline assembly'),
        ('kernel/fast.S', NEW, C, 'assembly outside'),
    ],
    'size': [
        ('kernel/long.c', NEW, C + 'int x;\n' * (c_rules.C_LINES_MAX + 1), 'lines of C'),
        ('lib/long.h', NEW, C + 'int x;\n' * (c_rules.C_LINES_MAX + 1), 'lines of C'),
        ('kernel/arch/riscv64/start.S', NEW, C + '\tnop\n' * (c_rules.ASSEMBLY_LINES_MAX + 1),
         'lines of assembly'),
    ],
    'licence': [
        ('lib/bits.c', NEW, '/* A file. */\n', 'does not start with'),
        ('lib/bits.c', NEW, C.replace('OR MIT', ''), 'does not start with'),
        ('lib/bits.c', NEW, f'/* {LICENCE} */\n#include "lib/bits.h"\n', 'what it is'),
        ('scripts/tool', NEW, '#!/bin/sh\nexit\n', 'does not start with'),
        ('scripts/tool', NEW, f'#!/usr/bin/python3\n# {LICENCE}\nimport sys\n', 'what it is'),
        ('subprojects/packagefiles/x/meson.build', NEW, 'project()\n', 'does not start with'),
        ('docs/page.md', NEW, '# A page\n', 'does not start with'),
        ('abi/calls.toml', NEW, '[call]\n', 'does not start with'),
    ],
    'machine': [
        ('docs/page.md', ADD, 'see /' + 'home/someone/file\n', 'a path of one machine'),
        ('scripts/tool', ADD, 'open("/' + 'root/file")\n', 'a path of one machine'),
        ('lib/bits.c', ADD, '/* /' + 'work/x */\n', 'a path of one machine'),
    ],
    'words': [
        ('docs/page.md', ADD, 'as asked for in iss' + 'ue 2\n', 'speaks of an issue'),
        ('lib/bits.c', ADD, '/* Iss' + 'ue #12 */\n', 'speaks of an issue'),
        ('scripts/tool', ADD, '# the last ses' + 'sion wrote this\n', 'speaks of how it is made'),
        ('docs/page.md', ADD, 'see sha' + 'red/design.md\n', 'speaks of a folder'),
        ('scripts/setup', ADD, 'curl https://deb.debian' + '.org/x\n', 'speaks of the host'),
    ],
    'wraps': [
        ('subprojects/x.wrap', NEW, WRAP.replace('0123', ''), 'source_hash is not a SHA-256'),
        ('subprojects/x.wrap', NEW, WRAP.replace('source_hash', 'hash'), 'source_hash is not'),
        ('subprojects/x.wrap', NEW, WRAP.replace('wrap-file', 'wrap-git'), 'not a [wrap-file]'),
        ('subprojects/x.wrap', NEW, 'nonsense\n', 'not a [wrap-file]'),
        ('subprojects/x.wrap', NEW, WRAP.replace('source_filename', 'name'), 'source_filename'),
        ('subprojects/x.wrap', ADD, 'patch_url = https://example.org/p\n', 'patch_hash is not'),
        ('subprojects/x.wrap', NEW, WRAP.replace('= x\n', '= y\n'), 'packagefiles/y'),
        ('subprojects/y.wrap', NEW, WRAP, 'does not fetch y'),
    ],
    'scripts': [
        ('scripts/tool', NEW, PYTHON.replace('/usr/bin/python3', '/usr/bin/env python3'),
         'another Python'),
        ('scripts/tool', NEW, PYTHON + 'def\n', 'is not Python'),
        ('scripts/module.py', NEW, 'def\n', 'is not Python'),
        ('scripts/setup', ADD, 'if true\n', 'is not a shell script'),
    ],
}


class LintTest(unittest.TestCase):
    """Each case has a tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')
        if text.startswith('#!'):
            path.chmod(0o755)

    def faults(self, rule):
        return list(lint.RULES[rule](Tree(self.root)))

    def test_a_clean_tree_passes_every_rule(self):
        for rule in lint.RULES:
            with self.subTest(rule=rule):
                self.assertEqual([str(fault) for fault in self.faults(rule)], [])

    def test_each_violation_is_the_one_fault_found(self):
        self.assertEqual(set(VIOLATIONS), set(lint.RULES))
        for rule, violations in VIOLATIONS.items():
            for name, how, text, message in violations:
                with self.subTest(rule=rule, text=text[-60:]):
                    before = CLEAN.get(name)
                    self.write(name, before + text if how == ADD else text)
                    faults = self.faults(rule)
                    if before is None:
                        (self.root / name).unlink()
                    else:
                        self.write(name, before)
                    self.assertEqual(len(faults), 1, [str(fault) for fault in faults])
                    self.assertIn(message, faults[0].what)
                    self.assertIn(faults[0].path, (name, name.split('/')[0], *PLACES))

    def test_a_script_that_cannot_be_started_is_found(self):
        (self.root / 'scripts/tool').chmod(0o644)
        self.assertEqual([str(fault) for fault in self.faults('scripts')],
                         ['scripts/tool: is a script, but not executable'])

    def test_faults_name_the_line(self):
        self.write('lib/bits.c', C + '\n/*\n * comment\n */\nint *p = nullptr;\n')
        self.assertEqual([fault.line for fault in self.faults('analysable')], [7])

    def test_comments_and_blank_lines_are_no_code(self):
        self.write('lib/lines.c', '/* a\n   b */\n\nint x; // c\n/* d */ int y;\n'
                   'char *s = "// e";\n#define A \\\n\t1\n// f \\\n   g\n')
        self.assertEqual(Tree(self.root).code_lines(['lib/lines.c']), 5)

    def test_what_git_ignores_is_not_looked_at(self):
        if shutil.which('git') is None:
            self.fail('git is missing')
        bad = '/* no licence */\n'
        self.write('build/made.c', bad)
        self.write('subprojects/libsodium-1/x.c', bad)
        self.assertEqual(self.faults('licence'), [])

        subprocess.run(['git', 'init', '-q', self.root], check=True)
        self.assertEqual({fault.path for fault in self.faults('licence')},
                         {'build/made.c', 'subprojects/libsodium-1/x.c'})
        self.write('.gitignore', f'# {LICENCE}\n# Builds.\n/build/\n/subprojects/libsodium-*/\n')
        self.assertEqual(self.faults('licence'), [])
        self.write('lib/new.c', bad)
        self.assertEqual([fault.path for fault in self.faults('licence')], ['lib/new.c'])

    def test_the_command_exits_with_1_and_tells_the_place(self):
        command = [lint.SOURCE / 'tests/lint/lint.py', 'all', self.root]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        self.write('lib/bits.h', '/* no licence */\n')
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'lib/bits.h:1: does not start with', done.stdout)
        for wrong in ([], ['nosuch'], ['all', self.root / 'nosuch']):
            done = subprocess.run([command[0], *wrong], stderr=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, 2)


if __name__ == '__main__':
    unittest.main()
