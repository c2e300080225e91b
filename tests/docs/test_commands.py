#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_commands.py BUILD HELLO

Runs the commands that pages show, in order, as somebody would who has just run scripts/run: each
page in a tree of its own, whose build folder leads to BUILD but keeps its own run. HELLO is the
program that docs/programs.md shows, built.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from pages import ROOT, pages

SECONDS_MAX = 60
GDB_SECONDS_MAX = 60
BUILD, HELLO = (pathlib.Path(name).resolve() for name in sys.argv[1:3])
COPIED = ('scripts', 'examples')
# Of the build folder; what else is there, somebody has put there.
BUILT = ('abi', 'kernel', 'libruvix', 'servers', 'tests', 'tools')
# What gdb says when a command did not work.
GDB_FAULTS = ('No symbol', 'not defined', 'Undefined command', 'Cannot access', 'syntax error',
              'No function', 'There is no member', 'No such file')


def shell(command, folder, **options):
    return subprocess.run(['/bin/bash', '-euc', command], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', timeout=SECONDS_MAX, check=False, **options)


def make_tree(folder):
    """A source tree with a build folder that is ready, and its own run."""
    for path in ROOT.iterdir():
        if path.name in COPIED:
            shutil.copytree(path, folder / path.name,
                            ignore=shutil.ignore_patterns('__pycache__'))
        elif not path.name.startswith(('.', 'build')):
            (folder / path.name).symlink_to(path)
    build = folder / 'build'
    (build / 'examples/hello').mkdir(parents=True)
    for name in BUILT:
        (build / name).symlink_to(BUILD / name)
    for path in (BUILD / 'examples').iterdir():
        if path.name != 'hello':
            (build / 'examples' / path.name).symlink_to(path)
    (build / 'examples/hello/hello.elf').symlink_to(HELLO)


class CommandsTest(unittest.TestCase):
    """One tree a page."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='docs-')
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        make_tree(self.root)
        done = shell('scripts/ruvix run --icount --judge examples/first-light.judge.toml',
                     self.root)
        self.assertEqual(done.returncode, 0, done.stdout)

    def run_shell(self, block):
        done = shell(block.text, self.root)
        self.assertEqual(done.returncode, 0, f'{block.text}\n{done.stdout}')
        self.assertTrue(done.stdout.strip(), 'it prints nothing')

    def run_gdb(self, block):
        """The commands in a system that is stopped at its first instruction."""
        # In a state of its own: the run of the page must stay what it is.
        state = self.root / 'build/gdb'
        if not state.exists():
            state.mkdir()
            for name in ('secret', 'log-id', 'boot', 'nonce'):
                shutil.copy(self.root / 'build/run' / name, state)
        told = shell('scripts/ruvix debug --kernel debug --state build/gdb '
                     '--program build/examples/rogue/rogue.elf@66 --dry-run', self.root)
        self.assertEqual(told.returncode, 0, told.stdout)
        qemu, gdb = told.stdout.strip().split('\n')
        script = self.root / 'commands.gdb'
        script.write_text(block.text, encoding='utf-8')
        with subprocess.Popen(['/bin/bash', '-c', f'exec {qemu}'], cwd=self.root,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as machine:
            try:
                # gdb tries to connect until QEMU is there.
                done = subprocess.run(['/bin/bash', '-c', f'{gdb} -batch -x {script}'],
                                      cwd=self.root, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      errors='replace', timeout=GDB_SECONDS_MAX, check=False)
            finally:
                machine.kill()
        self.assertEqual(done.returncode, 0, done.stdout)
        for fault in GDB_FAULTS:
            self.assertNotIn(fault, done.stdout)
        for command in block.text.split('\n'):
            if command.startswith(('break ', 'tbreak ')):
                self.assertIn('reakpoint ', done.stdout)

    def run_page(self, page):
        for block in page.blocks:
            if block.file is not None:
                path = self.root / block.file
                self.assertTrue(path.parent.is_relative_to(self.root / 'examples'))
                path.parent.mkdir(exist_ok=True)
                path.write_text(block.text, encoding='utf-8')
            elif block.is_run:
                with self.subTest(place=f'{page.name}:{block.line}'):
                    (self.run_gdb if block.language == 'gdb' else self.run_shell)(block)

    def test_the_build_rule_of_a_program_is_the_one_in_use(self):
        rules = [block for page in pages() for block in page.blocks
                 if block.file == 'examples/hello/meson.build']
        self.assertEqual(len(rules), 1)
        in_use = (ROOT / 'examples/agent_b/meson.build').read_text(encoding='utf-8')
        bodies = [[line for line in text.split('\n') if not line.startswith('#')]
                  for text in (rules[0].text, in_use.replace('agent_b', 'hello'))]
        self.assertEqual(bodies[0], bodies[1])

    def test_a_command_that_fails_is_found(self):
        block = pages()[0].blocks[0]
        block.text = 'true | false\nscripts/ruvix audit --nonsense\n'
        with self.assertRaises(AssertionError):
            self.run_shell(block)
        block.text = 'break nosuchfunction_\n'
        with self.assertRaises(AssertionError):
            self.run_gdb(block)


def add_pages():
    """One test for each page that has something to run."""
    for page in pages():
        if not any(block.is_run for block in page.blocks):
            continue
        name = 'test_' + page.name.replace('/', '_').replace('.', '_').replace('-', '_')
        setattr(CommandsTest, name, lambda self, page=page: self.run_page(page))


if __name__ == '__main__':
    add_pages()
    unittest.main(argv=sys.argv[:1])
