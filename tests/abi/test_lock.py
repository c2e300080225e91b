#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The lock of the binary interface can fail: changes are made to a copy of the tree, and each must
get its verdict."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))

import abi_lock  # noqa: E402

SECONDS_MAX = 60

CALLS = 'abi/syscalls.toml'
KINDS = 'abi/witness.toml'
BOOT = 'abi/ruvix/boot.h'
STATUS = 'abi/ruvix/status.h'
TYPES = 'abi/ruvix/types.h'
VERSION = 'abi/ruvix/version.h'
SLOTS = 'libruvix/ruvix_slots.h'

NEW_CALL = '''
[[call]]
name = "example_new"
number = 200
class = "method"
lock = "core"
records = 0
args = []
results = []
text = "Nothing."
errors = []
'''

# File, what is there, what becomes of it, what must be said. White space counts as any other white
# space; where nothing is to be there, the text is appended.
ADDITIONS = (
    (CALLS, '', NEW_CALL, 'added    call example_new number = 200'),
    (STATUS, 'X(NO_SLOT, -53, "the receiver has no free slot for the capability")',
     'X(NO_SLOT, -53, "the receiver has no free slot for the capability") \\\n'
     '\tX(NEW, -54, "new")',
     'added    enum rvx_status RVX_NEW = -54'),
    (KINDS, 'kinds = [', 'kinds = [\n  { number = 0xd0, name = "New", p0 = "0", p1 = "0" },',
     'added    kind New number = 0xd0'),
    (TYPES, '/* Limits. */', '/* Limits. */\n#define RVX_NEW_MAX 7u',
     'added    macro RVX_NEW_MAX = 0x7'),
)
CHANGES = (
    (CALLS, 'name = "cap_move"\nnumber = 20', 'name = "cap_move"\nnumber = 30',
     'changed  call cap_move number: 20 -> 30'),
    (CALLS, '"untyped", "type", "size"', '"untyped", "size", "type"',
     'changed  call untyped_retype arg 1: type -> size'),
    (CALLS, 'results = ["count"]', 'results = []', 'removed  call cap_revoke result 0 = count'),
    (CALLS, 'name = "cap_delete"\nnumber = 21\nclass = "method"\nlock = "all"',
     'name = "cap_delete"\nnumber = 21\nclass = "method"\nlock = "core"',
     'changed  call cap_delete lock: all -> core'),
    (CALLS, 'lock = "all"\nrecords = 2\nargs = ["table", "capability"]\nresults = []',
     'lock = "all"\nrecords = 3\nargs = ["table", "capability"]\nresults = []',
     'changed  call cap_delete records: 2 -> 3'),
    (STATUS, 'X(STALE, -2', 'X(STALE, -9', 'changed  enum rvx_status RVX_STALE: -2 -> -9'),
    (STATUS, 'X(STALE, -2', 'X(OLD, -2', 'removed  enum rvx_status RVX_STALE = -2'),
    (TYPES, 'RVX_OBJECT_TASK = 4', 'RVX_OBJECT_TASK = 6',
     'changed  enum rvx_object_type RVX_OBJECT_TASK: 4 -> 6'),
    (TYPES, '#define RVX_RIGHT_EXECUTE 0x10u', '#define RVX_RIGHT_EXECUTE 0x80u',
     'changed  macro RVX_RIGHT_EXECUTE: 0x10 -> 0x80'),
    (TYPES, '#define RVX_TASK_EDGES_MAX 64u', '#define RVX_TASK_EDGES_MAX 32u',
     'changed  macro RVX_TASK_EDGES_MAX: 0x40 -> 0x20'),
    (TYPES, 'uint64_t signals; uint64_t bulk_bytes;', 'uint64_t bulk_bytes; uint64_t signals;',
     'changed  struct rvx_telemetry_line.signals: at 8, uint64_t -> at 16, uint64_t'),
    (TYPES, '(rvx_handle_t)(generation) << 32', '(rvx_handle_t)(generation) << 31',
     'changed  macro RVX_HANDLE(slot,generation)'),
    (BOOT, 'uint64_t stack_top;', 'uint32_t stack_top; uint32_t reserved;',
     'changed  struct rvx_boot_info.stack_top: at 56, uint64_t -> at 56, uint32_t'),
    (BOOT, 'uint64_t physical; uint64_t size; } root_segment',
     'uint64_t size; uint64_t physical; } root_segment',
     'changed  struct rvx_kernel_view.root_segment.size: at 128, uint64_t -> at 120, uint64_t'),
    (KINDS, 'number = 0x27, name = "RegionMap"', 'number = 0x2a, name = "RegionMap"',
     'changed  kind RegionMap number: 0x27 -> 0x2a'),
    (KINDS, '"ConsoleReady", "MmuOn"', '"MmuOn", "ConsoleReady"',
     'changed  enum rvx_boot_stage RVX_STAGE_MMU_ON: 3 -> 2'),
    (SLOTS, '#define RVX_WINDOW_REGIONS 0x2000000u', '#define RVX_WINDOW_REGIONS 0x3000000u',
     'changed  macro RVX_WINDOW_REGIONS: 0x2000000 -> 0x3000000'),
)


class Copy(unittest.TestCase):
    """Each case has a copy of the interface of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ('abi', 'libruvix', 'scripts'):
            shutil.copytree(ROOT / name, self.root / name,
                            ignore=shutil.ignore_patterns('__pycache__', 'abi.lock'))

    def change(self, name, old, new):
        path = self.root / name
        text = path.read_text(encoding='utf-8')
        if not old:
            path.write_text(text + new, encoding='utf-8')
            return
        pattern = r'\s+'.join(re.escape(word) for word in old.split())
        changed, count = re.subn(pattern, new.replace('\\', r'\\'), text, count=1)
        self.assertEqual(count, 1, f'{name} has no {old!r}')
        path.write_text(changed, encoding='utf-8')

    def set_version(self, major, minor):
        self.change(VERSION, *self.version_lines(major, minor))

    def version_lines(self, major, minor):
        text = (self.root / VERSION).read_text(encoding='utf-8')
        old = re.search(r'#define RVX_ABI_MAJOR \d+\n#define RVX_ABI_MINOR \d+\n', text).group()
        return old, f'#define RVX_ABI_MAJOR {major}\n#define RVX_ABI_MINOR {minor}\n'


class FactsTest(Copy):
    """What changes in the sources is seen, and judged by the versions."""

    def fault(self, old, new, versions):
        before, now = versions.split()
        return abi_lock.judge(old | {'version': before}, new | {'version': now})[1]

    def wants(self, old, new, versions, wanted):
        fault = self.fault(old, new, versions)
        self.assertIsNotNone(fault, versions)
        self.assertIn(f'this needs version {wanted} or higher', fault)

    def changed(self, name, old, new, what):
        """(facts before, facts after) one change."""
        path = self.root / name
        original = path.read_bytes()
        before = abi_lock.facts_of(self.root)
        self.change(name, old, new)
        after = abi_lock.facts_of(self.root)
        path.write_bytes(original)
        self.assertTrue(any(line.startswith(what)
                            for line in abi_lock.judge(before, after)[0]), (what, name))
        return before, after

    def test_an_addition_needs_a_higher_minor_number(self):
        for case in ADDITIONS:
            with self.subTest(what=case[3]):
                old, new = self.changed(*case)
                self.assertEqual(abi_lock.difference(old, new)[1], [])
                self.wants(old, new, '3.1 3.1', '3.2')
                self.wants(old, new, '3.1 3.0', '3.2')
                self.assertIsNone(self.fault(old, new, '3.1 3.2'))
                self.assertIsNone(self.fault(old, new, '3.1 4.0'))
                self.wants(old, new, '0.5 0.5', '0.6')
                self.assertIsNone(self.fault(old, new, '0.5 0.6'))
                # Back again something is missing.
                self.wants(new, old, '3.1 3.2', '4.0')

    def test_a_change_needs_a_higher_major_number(self):
        for case in CHANGES:
            with self.subTest(what=case[3]):
                old, new = self.changed(*case)
                self.wants(old, new, '3.1 3.1', '4.0')
                self.wants(old, new, '3.1 3.2', '4.0')
                self.assertIsNone(self.fault(old, new, '3.1 4.0'))

    def test_while_the_major_number_is_0_a_change_needs_a_higher_minor_one(self):
        old, new = self.changed(*CHANGES[0])
        self.wants(old, new, '0.5 0.5', '0.6')
        self.wants(old, new, '0.5 0.4', '0.6')
        self.assertIsNone(self.fault(old, new, '0.5 0.6'))
        self.assertIsNone(self.fault(old, new, '0.5 1.0'))

    def test_a_version_never_falls(self):
        facts = abi_lock.facts_of(self.root)
        self.wants(facts, facts, '2.3 2.2', '2.3')
        self.wants(facts, facts, '2.3 1.9', '2.3')
        self.assertIsNone(self.fault(facts, facts, '2.3 2.3'))

    def test_comments_and_layout_of_the_source_are_no_facts(self):
        before = abi_lock.facts_of(self.root)
        self.change(TYPES, '/* Limits. */', '/* What is limited. */\n\n')
        self.change(TYPES, '#define RVX_EDGE_SIZE 256u', '#define RVX_EDGE_SIZE   0x100u')
        self.change(CALLS, 'text = "Does nothing', 'text = "Does nothing at all')
        self.assertEqual(abi_lock.facts_of(self.root), before)


class CommandTest(Copy):
    """The command keeps the lock file."""

    def setUp(self):
        super().setUp()
        self.set_version(3, 1)
        self.update()

    def lock(self, *arguments):
        """(exit status, what it says)"""
        done = subprocess.run([sys.executable, '-B', self.root / 'scripts/abi_lock.py', *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX, check=False)
        return done.returncode, done.stdout

    def update(self):
        status, said = self.lock('--update')
        self.assertEqual(status, 0, said)

    def refused(self, wanted):
        """Neither compared nor updated: the version is too low."""
        before = (self.root / 'abi/abi.lock').read_bytes()
        for arguments in ((), ('--update',)):
            status, said = self.lock(*arguments)
            self.assertEqual(status, 1, said)
            self.assertIn(f'this needs version {wanted} or higher', said)
            self.assertIn('cure: ', said)
        self.assertEqual((self.root / 'abi/abi.lock').read_bytes(), before)

    def allowed(self):
        """Only the lock file is behind."""
        status, said = self.lock()
        self.assertEqual(status, 1, said)
        self.assertIn('cure: scripts/abi_lock.py --update', said)
        self.update()
        self.assertEqual(self.lock()[0], 0)

    def test_the_same_interface_passes(self):
        status, said = self.lock()
        self.assertEqual(status, 0, said)
        self.assertIn('version 3.1, as locked', said)

    def test_the_file_has_one_fact_a_line_in_order(self):
        lines = (self.root / 'abi/abi.lock').read_text(encoding='utf-8').splitlines()
        facts = [line for line in lines if not line.startswith('#')]
        self.assertEqual(facts, sorted(facts))
        self.assertEqual({line for line in facts if ' = ' not in line}, set())

    def test_an_addition_is_locked_with_a_higher_minor_number(self):
        self.change(*ADDITIONS[0][:3])
        self.refused('3.2')
        self.set_version(3, 2)
        self.allowed()

    def test_a_change_is_locked_with_a_higher_major_number(self):
        self.change(*CHANGES[0][:3])
        self.refused('4.0')
        self.set_version(3, 2)
        self.refused('4.0')
        self.set_version(4, 0)
        self.allowed()

    def test_a_version_without_a_change_is_locked_too(self):
        self.set_version(3, 0)
        self.refused('3.1')
        self.set_version(3, 2)
        self.allowed()

    def test_what_cannot_be_compared_is_said(self):
        lock = self.root / 'abi/abi.lock'
        text = lock.read_text(encoding='utf-8')
        for wrong, message in ((text + 'nonsense\n', 'not one new fact'),
                               (text + 'version = 3.1\n', 'not one new fact'),
                               (text.replace('\nversion = ', '\nversion = x'), 'is no version'),
                               ('', 'has no version')):
            lock.write_text(wrong, encoding='utf-8')
            status, said = self.lock()
            self.assertEqual(status, 2, said)
            self.assertIn(message, said)
        lock.unlink()
        self.assertIn('is missing', self.lock()[1])
        self.change(TYPES, '/* Limits. */', '#error this does not compile')
        self.assertIn('do not compile', self.lock()[1])


if __name__ == '__main__':
    unittest.main()
