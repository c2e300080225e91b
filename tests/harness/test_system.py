#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_system.py BUILD [UNITTEST-ARGUMENT...]

`ruvix run`, `audit` and `debug` with the real system: what a whole run leaves passes its audit,
and what was changed afterwards does not.
"""

import json
import pathlib
import subprocess
import sys
import unittest

import test_ruvix
from test_ruvix import Case, RUVIX, ruvix, talk
from ruvixlib import exits, guest, qemu
from ruvixlib.ram import Ram, Symbols

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / 'examples'


class System(Case):
    """One run of the shipped system for all cases that only read what it left."""

    @classmethod
    def setUpClass(cls):
        cls.build = test_ruvix.BUILD
        cls.kernel = Symbols(cls.build / 'kernel' / 'ruvix-release.elf')
        cls.root = Symbols(cls.build / 'servers' / 'controld' / 'controld.elf')

    def run_system(self, *more):
        return ruvix('run', '--build', self.build, '--state', self.state, '--icount', *more)

    def audit(self, *more):
        """(status, verdict)"""
        status, out, err = ruvix('audit', '--build', self.build, '--state', self.state, '--json',
                                 *more)
        self.assertNotIn('Traceback', err)
        return status, json.loads(out) if out else None

    def test_a_run_passes_and_what_is_changed_afterwards_does_not(self):
        status, out, err = self.run_system()
        self.assertEqual(status, 0, out[-2000:] + err[-2000:])
        status, verdict = self.audit()
        self.assertEqual(status, 0)
        self.assertTrue(verdict['passed'] and verdict['state']['equal'])

        ram = self.state / 'ram.bin'
        with Ram(ram) as read:
            view = guest.view(read, self.kernel)
            address = self.root.find(
                'drained_log', guest._LOG.size + guest.SEGMENTS_MAX * guest.SEGMENT_BYTES)
            at = guest._root_physical(view, address + view['root_base'], 64) - qemu.RAM_BASE

        def change(offset, data):
            with open(ram, 'r+b') as file:
                file.seek(offset)
                before = file.read(len(data))
                file.seek(offset)
                file.write(data)
            return before

        # One bit of a record, of a header, of the count of segments.
        for offset in (at + 64 + 128 + 64 * 5 + 40, at + 64 + 4096 + 33, at + 8):
            before = change(offset, bytes(1))
            change(offset, bytes([before[0] ^ 1]))
            self.assertEqual(self.audit()[0], exits.FAILED, offset - at)
            change(offset, before)
            self.assertEqual(self.audit()[0], 0)

        for name in ('secret', 'nonce', 'log-id', 'boot'):
            path = self.state / name
            before = path.read_bytes()
            path.write_bytes(bytes([before[0] ^ 1]) + before[1:])
            self.assertEqual(self.audit()[0], exits.FAILED, name)
            path.write_bytes(before)
        self.assertEqual(self.audit()[0], 0)

    def image_with(self, *changes):
        """The shipped system's image with some text of its manifest replaced."""
        text = (EXAMPLES / 'first-light.toml').read_text()
        for old, new in changes:
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        return self.image_of(text)

    def image_of(self, text):
        manifest, image = self.folder / 'changed.toml', self.folder / 'changed.img'
        manifest.write_text(text)
        search = [self.build / 'servers' / 'controld', self.build / 'tests' / 'harness']
        search += [self.build / 'examples' / name for name in ('agent_a', 'agent_b', 'rogue')]
        status, _, err = ruvix('image', '--manifest', manifest, '--output', image,
                               *(word for path in search for word in ('--search', path)))
        self.assertEqual(status, 0, err)
        return image

    def test_tasks_run_on_the_cores_that_the_manifest_gives_them(self):
        image = self.image_with(('name = "agent_a"\n', 'name = "agent_a"\ncore = 1\n'),
                                ('name = "rogue"\n', 'name = "rogue"\ncore = 2\n'))
        status, out, err = self.run_system('--system', image, '--smp', '3', '--kernel', 'debug')
        self.assertEqual(status, 0, out[-2000:] + err[-2000:])
        status, out, err = ruvix('trace', '--build', self.build, '--state', self.state,
                                 '--kernel', 'debug')
        self.assertEqual(status, 0, err)
        for core, name in ((0, 'agent_b'), (1, 'agent_a'), (2, 'rogue')):
            self.assertRegex(out, rf'core {core}  switch +{name},')
            self.assertNotRegex(out, rf'core [^{core}]  switch +{name},')

        status, out, err = self.run_system('--system', image, '--smp', '2', '--kernel', 'debug')
        self.assertEqual(status, exits.DIED, out[-2000:] + err[-2000:])
        self.assertIn('controld: rogue: it is to run on core 2, which the machine lacks', out)

    def faulty(self, faults):
        """The output of a run with a program that faults in its first lives, and its status."""
        image = self.image_of(f'''[system]
name = "restarts"
root = "controld"

[[partition]]
name = "faulty"
image = "faulty{faults}"
on_fault = "restart"

[[edge]]
name = "report"
ends = ["faulty", "controld"]
rights = ["w", "r"]
''')
        status, out, err = self.run_system('--system', image)
        return status, out + err

    def test_a_program_that_faults_starts_again_until_it_does_so_too_often(self):
        status, out = self.faulty(2)
        self.assertEqual(status, 0, out)
        self.assertEqual(out.count(': to be restarted'), 2, out)
        self.assertIn('faulty: done in life 3', out)

        status, out = self.faulty(3)
        self.assertEqual(status, exits.FAILED, out)
        self.assertEqual(out.count(': to be restarted'), 2, out)
        self.assertRegex(out, r'! faulty: .*: stopped, it faulted too often')
        self.assertRegex(out, r'\n  faulty .* 3  stopped, it faulted too often')
        self.assertNotIn('done in life', out)

    def test_with_a_terminal_it_ends_and_is_audited_too(self):
        status, out = talk([RUVIX, 'run', '--build', self.build, '--state', self.state], b'', b'')
        self.assertEqual(status, 0, out[-2000:])
        self.assertIn(b'verdict: valid', out)
        self.assertGreater((self.state / 'serial.log').stat().st_size, 0)

    def test_a_run_that_is_cut_off_is_no_pass_and_its_log_is_valid_so_far(self):
        late = 0
        for timeout in ('0.3', '0.2', '0.15', '0.1', '0.07', '0.05', '0.02'):
            status, _, err = self.run_system('--timeout', timeout)
            self.assertIn(status, (0, exits.TIMEOUT), err)
            late += status == exits.TIMEOUT
            status, verdict = self.audit()
            # Too early for a kernel that is not up yet; else what there is holds.
            if verdict is None:
                self.assertIn(status, (exits.FAILED, exits.USAGE))
            else:
                self.assertIn(verdict['verdict'], ('valid', 'torn tail'))
        self.assertGreater(late, 0)

    def test_a_panic_is_status_5_and_is_decoded(self):
        system = self.folder / 'system.img'
        system.write_bytes(b'this is no system' * 100)
        for kernel in ('release', 'debug'):
            for more in ([], ['--no-audit']):
                self.expect(exits.DIED, 'run', '--build', self.build, '--state', self.state,
                            '--system', system, '--kernel', kernel, *more,
                            said='the kernel panicked: system image')

    def test_gdb_stops_in_the_kernel_with_its_symbols(self):
        commands = ('hbreak aarch64_boot\ncontinue\nprint/x $pc == &aarch64_boot\n'
                    'info address drained_log\nkill\nquit\n')
        done = subprocess.run([RUVIX, 'debug', '--build', self.build, '--state', self.state],
                              input=commands.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False)
        out = done.stdout.decode('utf-8', 'replace')
        self.assertEqual(done.returncode, 0, out)
        self.assertIn('Breakpoint 1, aarch64_boot', out)
        self.assertRegex(out, r'"drained_log" is static storage at address 0x4[0-9a-f]{6}\b')


if __name__ == '__main__':
    test_ruvix.BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
