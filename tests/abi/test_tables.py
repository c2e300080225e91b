#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the tables in abi/ promise is in the kernel: a function for every call, the errors that a
call lists and no others, the records it reserves, and somebody who emits each kind of witness.

The kernel's sources are read as text: a function that answers a status passes on what the functions
answer whose results it returns or keeps in `status`.
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))

import abi_gen  # noqa: E402

# The reference page says once for all calls that handles can be refused so.
OF_HANDLES = {'INVALID_HANDLE', 'STALE', 'WRONG_TYPE', 'NO_RIGHT'}
# Written into the registers of a task that waits, by whatever ends its waiting.
OF_WAITING = {'TIMED_OUT'}

_COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
_FUNCTION = re.compile(r'^(?:[\w ]+ |__attribute__\(\(.*?\)\) )*?enum rvx_status\s+(\w+)'
                       r'\([^{;]*\)\n\{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_ANSWER = re.compile(r'(?:\breturn|\bstatus =)\s*([^;]*);')
_NAME = re.compile(r'\bRVX_(\w+)\b')
_RESERVE = re.compile(r'\bwitness_reserve\(caller, ([^;]*)\);')
_RECORD = re.compile(r'\b(?:witness_)?record\(\s*caller,\s')


class Kernel:
    """The functions of the kernel that answer a status."""

    def __init__(self, root, calls, witness):
        self.text = ''
        self.bodies = {}
        names = [call['name'] for call in calls]
        sources = {path: path.read_text(encoding='utf-8')
                   for path in sorted(root.glob('kernel/**/*.c'))}
        sources |= abi_gen.entries(calls, witness, 'all', names, [])
        for path, text in sources.items():
            text = _COMMENT.sub('', text)
            self.text += text
            for name, body in _FUNCTION.findall(text):
                self.bodies.setdefault(name, {})[path] = body

    def reached(self, name, path=None):
        """The bodies whose answers `name` passes on, its own first. A file's own functions go
        before others of the same name."""
        found, todo = {}, [(name, path)]
        while todo:
            name, path = todo.pop()
            places = self.bodies.get(name, {})
            for place in [path] if path in places else list(places):
                if (name, place) in found:
                    continue
                body = found[name, place] = places[place]
                for answer in _ANSWER.findall(body):
                    called = re.match(r'(\w+)\(', answer)
                    if called:
                        todo.append((called.group(1), place))
        return list(found.values())


class TablesTest(unittest.TestCase):
    """The tables against the kernel."""

    @classmethod
    def setUpClass(cls):
        cls.calls, cls.witness = abi_gen.load(ROOT)
        cls.kernel = Kernel(ROOT, cls.calls, cls.witness)
        header = (ROOT / 'abi/ruvix/status.h').read_text(encoding='utf-8')
        cls.statuses = set(re.findall(r'X\((\w+), -?\d+, ', header))

    def each_call(self):
        for call in self.calls:
            with self.subTest(call=call['name']):
                yield call

    def test_every_call_has_its_function_and_every_function_its_call(self):
        functions = {name.removeprefix('sys_') for name in self.kernel.bodies
                     if name.startswith('sys_')}
        self.assertEqual(functions, {call['name'] for call in self.calls})

    def test_every_error_is_a_status_and_listed_once(self):
        for call in self.each_call():
            self.assertLessEqual(set(call['errors']), self.statuses - {'OK'})
            self.assertEqual(len(call['errors']), len(set(call['errors'])))

    def test_every_right_is_one_and_names_what_the_call_takes(self):
        types = (ROOT / 'abi/ruvix/types.h').read_text(encoding='utf-8')
        rights = set(re.findall(r'#define RVX_RIGHT_(\w+) ', types))
        for call in self.each_call():
            for text in call.get('rights', []):
                name, _, wanted = text.partition(': ')
                self.assertIn(name, call['args'] + call.get('extended', []))
                self.assertLessEqual(set(re.findall(r'\b[A-Z_]{4,}\b', wanted)), rights)

    def test_the_kernel_answers_the_errors_that_are_listed_and_no_others(self):
        for call in self.each_call():
            found = {name for body in self.kernel.reached(f"enter_{call['name']}")
                     for answer in _ANSWER.findall(body) for name in _NAME.findall(answer)}
            found &= self.statuses - {'OK'}
            listed = set(call['errors'])
            silent = OF_HANDLES
            waiting = OF_WAITING if 'deadline' in call.get('extended', []) else set()
            self.assertEqual(sorted(found - listed - silent), [], 'answered, but not listed')
            self.assertEqual(sorted(listed - found - waiting), [], 'listed, but never answered')

    def test_every_call_reserves_the_records_that_are_listed(self):
        for call in self.each_call():
            counts = [int(number) for body in self.kernel.reached(f"enter_{call['name']}")
                      for expression in _RESERVE.findall(body)
                      for number in re.findall(r'\b\d+\b', expression)]
            counts += [1 for body in self.kernel.reached(f"enter_{call['name']}")
                       if _RECORD.search(body)]
            self.assertEqual(max(counts, default=0), call['records'])

    def test_every_kind_is_emitted_by_the_kernel_or_may_be_by_servers(self):
        emitted = set(re.findall(r'\bRVX_WITNESS_(\w+)\b', self.kernel.text))
        for kind in self.witness['kinds']:
            with self.subTest(kind=kind['name']):
                self.assertTrue(kind.get('user') or abi_gen.upper(kind['name']) in emitted)

    def test_the_reader_of_the_kernel_sees_what_is_passed_on(self):
        self.assertGreater(len(self.kernel.bodies), 60)
        for name, error in (('enter_cap_copy', 'RVX_DEPTH_EXCEEDED'), ('enter_edge_call', 'RVX_BUSY'),
                            ('enter_region_map', 'RVX_NO_TABLES'), ('enter_log_emit', 'RVX_NO_CREDIT')):
            self.assertIn(error, ''.join(self.kernel.reached(name)))
        # The receiver's slot is looked at, but what is wrong with it is not the sender's to know.
        self.assertNotIn('RVX_OCCUPIED', ''.join(self.kernel.reached('enter_edge_call_extended')))


if __name__ == '__main__':
    unittest.main()
