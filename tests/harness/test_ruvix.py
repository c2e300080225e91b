#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_ruvix.py BUILD [UNITTEST-ARGUMENT...]

The host command `ruvix` and the runner of guests, in use: statuses and messages for whatever is
given to them, and that they never leave a guest behind. Guests stand in for the kernel where its
work is not what is looked at.
"""

import json
import os
import pathlib
import pty
import random
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
RUVIX = SOURCE / 'scripts' / 'ruvix'
QEMU_TEST = SOURCE / 'scripts' / 'qemu-test'
BUILD = None  # from the command line
SECONDS_MAX = 60

sys.path.insert(0, str(SOURCE / 'scripts'))

# pylint: disable=wrong-import-position
from ruvixlib import bench, doctor, exits, guest, qemu, tap, test  # noqa: E402
from ruvixlib.ram import Ram, Symbols  # noqa: E402


def ruvix(*arguments, **options):
    """(status, stdout, stderr)"""
    done = subprocess.run([RUVIX, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS_MAX,
                          check=False, **options)
    return done.returncode, *(text.decode('utf-8', 'replace')
                              for text in (done.stdout, done.stderr))


def guest_image(name):
    return BUILD / 'tests' / 'harness' / f'{name}.img'


class Case(unittest.TestCase):
    """Has a folder of its own and can be strict about what a command says."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.state = self.folder / 'state'

    def expect(self, status, *arguments, said='', **options):
        """The command ends with `status`, without a traceback; what it wrote holds `said`."""
        found, out, err = ruvix(*arguments, **options)
        self.assertNotIn('Traceback', err)
        self.assertEqual(found, status, f'{arguments}\n{out[-1500:]}\n{err[-1500:]}')
        self.assertIn(said, out + err)
        return out + err

    def fake_build(self, image):
        """A build folder in which a guest takes the place of the test kernel."""
        build = self.folder / 'build, with a comma'
        (build / 'kernel').mkdir(parents=True)
        (build / 'tools').mkdir()
        (build / 'servers' / 'controld').mkdir(parents=True)
        shutil.copy(guest_image(image), build / 'kernel' / 'ruvix-test.img')
        shutil.copy(BUILD / 'kernel' / 'ruvix-test.elf', build / 'kernel')
        shutil.copy(BUILD / 'tools' / 'audit', build / 'tools')
        shutil.copy(BUILD / 'servers' / 'controld' / 'controld.elf',
                    build / 'servers' / 'controld')
        (build / 'system.img').write_bytes(b'no system')
        return build


class CommandLine(Case):
    """What is wrong is told, and never by a traceback."""

    def test_help_has_the_exit_statuses(self):
        for command in ([], ['doctor'], ['run'], ['keygen'], ['audit'], ['trace'], ['bench'], ['debug'],
                        ['test']):
            out = self.expect(0, *command, '--help', said='exit statuses:')
            for status, text in exits.TABLE:
                self.assertIn(f'{status:<4} {text}', out)

    def test_wrong_usage_is_status_2(self):
        for arguments in ([], ['nosuch'], ['run', '--nosuch'], ['run', '--smp', '0'],
                          ['run', '--smp', 'x'], ['run', '--smp', '9'], ['run', '--cpu', 'z80'],
                          ['run', '--timeout', '0'], ['run', 'extra'],
                          ['debug', '--program', 'x'], ['debug', '--program', 'x@y'],
                          ['run', '--build', BUILD, '--kernel', 'nosuch'],
                          ['run', '--build', BUILD, '--kernel', '../../x'],
                          ['test', '--build', BUILD, 'no such test']):
            self.expect(exits.USAGE, *arguments)

    def test_a_missing_file_is_status_3_and_the_cure_is_told(self):
        nowhere = self.folder / 'nowhere'
        for command in ('run', 'audit', 'trace', 'debug'):
            self.expect(exits.MISSING, command, '--build', nowhere, said='cure: ')
        self.expect(exits.MISSING, 'bench', '--build', nowhere, '--no-run', said='cure: ')
        self.expect(exits.MISSING, 'run', '--build', BUILD, '--system', nowhere, said='cure: ')
        self.expect(exits.MISSING, 'audit', '--build', BUILD, '--state', nowhere, said='cure: ')
        self.expect(exits.MISSING, 'keygen', '--state', '/proc/nowhere')

    def test_a_dry_run_shows_the_line_and_does_nothing(self):
        for command in ('run', 'debug'):
            out = self.expect(0, command, '--dry-run', '--build', BUILD, '--state', self.state)
            for part in ('qemu-system-aarch64 -machine virt,virtualization=on,gic-version=3,'
                         'dtb-randomness=off,memory-backend=ram0 ', '-no-reboot',
                         f'-kernel {BUILD}/kernel/ruvix.img', 'name=opt/ruvix/secret,file=',
                         'name=opt/ruvix/log-id,file=', 'name=opt/ruvix/boot,file=',
                         'name=opt/ruvix/nonce,file='):
                self.assertIn(part, out)
            self.assertEqual('gdb-multiarch' in out, command == 'debug')
        for arguments in (['keygen', '--state', self.state], ['doctor'],
                          ['audit', '--build', BUILD, '--state', self.state],
                          ['bench', '--build', BUILD], ['test', '--build', BUILD, 'lint']):
            self.expect(0, *arguments, '--dry-run')
        self.assertFalse(self.state.exists())

    def test_only_kernels_for_testing_reach_the_host(self):
        out = self.expect(0, 'run', '--dry-run', '--build', BUILD, '--state', self.state)
        self.assertNotIn('semihosting', out)
        self.expect(0, 'run', '--dry-run', '--build', BUILD, '--state', self.state,
                    '--kernel', 'debug', said='-semihosting-config')


class Keys(Case):
    """Secrets are made once and kept."""

    def keys(self):
        return [(self.state / name).read_bytes() for name in ('secret', 'log-id')]

    def test_keygen_makes_keys_that_only_the_owner_reads(self):
        self.expect(0, 'keygen', '--state', self.state)
        self.assertEqual([len(key) for key in self.keys()], [32, 16])
        mode = stat.S_IMODE((self.state / 'secret').stat().st_mode)
        self.assertEqual(mode, 0o600)

    def test_keygen_replaces_keys_only_by_force(self):
        self.expect(0, 'keygen', '--state', self.state)
        before = self.keys()
        self.expect(exits.USAGE, 'keygen', '--state', self.state, said='--force')
        self.assertEqual(self.keys(), before)
        self.expect(0, 'keygen', '--state', self.state, '--force')
        self.assertNotEqual(self.keys()[0], before[0])
        self.assertNotEqual(self.keys()[1], before[1])

    def test_each_run_has_a_new_number_and_nonce(self):
        build = self.fake_build('passes')
        nonces = set()
        for number in (1, 2, 3):
            self.expect(0, 'run', '--no-audit', '--kernel', 'test', '--build', build,
                        '--state', self.state)
            self.assertEqual((self.state / 'boot').read_bytes(), number.to_bytes(8, 'little'))
            nonces.add((self.state / 'nonce').read_bytes())
        self.assertEqual(len(nonces), 3)

    def test_damaged_keys_are_told_and_not_replaced(self):
        build = self.fake_build('passes')
        self.expect(0, 'keygen', '--state', self.state)
        (self.state / 'secret').write_bytes(b'short')
        self.expect(exits.MISSING, 'run', '--no-audit', '--kernel', 'test', '--build', build,
                    '--state', self.state, said='expected 32 bytes, found 5')
        self.assertEqual((self.state / 'secret').read_bytes(), b'short')


class Run(Case):
    """Ends of a run, by guests that are no kernel."""

    def run_guest(self, status, image, *arguments, said=''):
        return self.expect(status, 'run', '--kernel', 'test', '--build', self.fake_build(image),
                           '--state', self.state, *arguments, said=said)

    def test_a_guest_that_hangs_is_status_4(self):
        self.run_guest(exits.TIMEOUT, 'hangs_at_the_end', '--timeout', '2', said='within 2 s')
        self.assertIn(b'ok 2 - second', (self.state / 'serial.log').read_bytes())

    def test_a_guest_that_is_no_kernel_fails_the_audit(self):
        self.run_guest(exits.FAILED, 'passes', said='is not the RAM of a run')

    def test_a_guest_that_writes_for_ever_is_ended(self):
        self.run_guest(exits.DIED, 'endless_output', '--max-bytes', '50000',
                       said='wrote more than 50000 bytes')

    def test_an_exit_status_of_the_guest_is_status_5(self):
        self.run_guest(exits.DIED, 'bad_exit_code', said='QEMU ended with 3')

    def test_ctrl_a_x_leaves_a_guest_that_hangs(self):
        build = self.fake_build('hangs_at_the_end')
        status, out = talk([RUVIX, 'run', '--no-audit', '--kernel', 'test', '--build', build,
                            '--state', self.state], b'ok 2 - second', b'\x01x')
        self.assertEqual(status, 0, out)
        self.assertIn(b'To leave QEMU: Ctrl-A', out)
        self.assertIn(b'ok 2 - second', (self.state / 'serial.log').read_bytes())


def talk(command, wait_for, keys):
    """Run a command in a terminal and press keys when it has written something.
    (status, output)"""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], [str(word) for word in command])
    out, end, pressed = b'', time.monotonic() + SECONDS_MAX, False
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            out += chunk
            if not pressed and wait_for in out:
                os.write(terminal, keys)
                pressed = True
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), out


class Guests(Case):
    """Nobody leaves a guest behind."""

    def test_qemu_ends_with_its_runner(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            ram = self.folder / f'ram-{number}'
            with subprocess.Popen([QEMU_TEST, '--kernel', guest_image('hangs_silently'), '--ram',
                                   ram, '--deadline', '50'], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as runner:
                qemus = self.wait_for(lambda: self.processes_with(ram, runner.pid))
                self.assertEqual(len(qemus), 1)
                runner.send_signal(number)
                runner.wait(SECONDS_MAX)
                self.wait_for(lambda: not self.processes_with(ram, runner.pid))

    def wait_for(self, what):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        return self.fail('did not come to be')

    @staticmethod
    def processes_with(word, besides):
        """Running processes that have a word in their command line."""
        found = []
        for entry in pathlib.Path('/proc').iterdir():
            if not entry.name.isdecimal() or int(entry.name) == besides:
                continue
            try:
                line = (entry / 'cmdline').read_bytes()
            except OSError:
                continue
            if f'mem-path={word},'.encode() in line:
                found.append(int(entry.name))
        return found

    def test_wrong_usage_of_the_runner_is_status_2(self):
        image = guest_image('passes')
        for arguments in ([], ['--kernel', '/nowhere'], ['--kernel', image, '--initrd', '/nowhere'],
                          ['--kernel', image, '--fw-cfg', 'x'],
                          ['--kernel', image, '--expect-panic', '(']):
            done = subprocess.run([QEMU_TEST, *arguments], stderr=subprocess.PIPE, check=False,
                                  timeout=SECONDS_MAX)
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(b'Traceback', done.stderr)


class Evidence(Case):
    """Reading RAM that a guest, or anything else, has written."""

    def setUp(self):
        super().setUp()
        self.kernel = Symbols(BUILD / 'kernel' / 'ruvix-release.elf')
        self.root = Symbols(BUILD / 'servers' / 'controld' / 'controld.elf')
        self.at = self.kernel.find('kernel_view', guest._VIEW.size) - qemu.RAM_BASE

    def test_a_view_of_garbage_is_refused_or_bounded(self):
        generator = random.Random(1)
        path = self.folder / 'ram'
        qemu.new_ram(path)
        interesting = (0, 1, 2, 3, 4, 63, 64, 4096, 16384, 0x4000000, qemu.RAM_BASE,
                       qemu.RAM_BASE + qemu.RAM_SIZE - 64, qemu.RAM_BASE + qemu.RAM_SIZE,
                       (1 << 32) - 1, 1 << 63, (1 << 64) - 1)
        sane = [0] * ((guest._VIEW.size + 7) // 8)
        sane[0] = guest._VIEW_MAGIC
        sane[2:6] = qemu.RAM_BASE + 0x400000, 16384, 668, 667
        outcomes = {True: 0, False: 0}
        with open(path, 'r+b', buffering=0) as file, Ram(path) as ram:
            for _ in range(2000):
                view = sane.copy()
                for _ in range(generator.randrange(4)):
                    view[generator.randrange(1, len(view))] = generator.choice(interesting)
                file.seek(self.at)
                file.write(b''.join(word.to_bytes(8, 'little') for word in view))
                try:
                    found = guest.evidence(ram, self.kernel, self.root)
                    self.assertLessEqual(len(found.tail), qemu.RAM_SIZE)
                    outcomes[True] += 1
                except exits.Stop:
                    outcomes[False] += 1
        self.assertGreater(outcomes[True], 0)
        self.assertGreater(outcomes[False], 0)

    def test_files_that_are_no_ram_or_no_elf(self):
        self.expect(0, 'keygen', '--state', self.state)
        junk = self.folder / 'junk'
        for data in (b'', b'x' * 100, b'\x7fELF' + b'\xff' * 2000):
            junk.write_bytes(data)
            self.expect(exits.FAILED, 'audit', '--build', BUILD, '--state', self.state,
                        '--ram', junk)
            with self.assertRaises(exits.Stop):
                Symbols(junk).find('kernel_view', 1)

    def test_damaged_elf_files_are_told(self):
        generator = random.Random(2)
        whole = (BUILD / 'kernel' / 'ruvix-release.elf').read_bytes()
        path = self.folder / 'elf'
        for _ in range(60):
            data = bytearray(whole[:generator.choice((len(whole), 64, 4000, 100000))])
            for _ in range(generator.randrange(1, 40)):
                data[generator.randrange(min(len(data), 64))] = generator.randrange(256)
            path.write_bytes(data)
            try:
                Symbols(path).find('kernel_view', guest._VIEW.size)
            except exits.Stop:
                pass


class Figures(Case):
    """Judging and showing results."""

    def test_tap(self):
        for text, fault in (('1..1\nok 1\n', None), ('ok 1\n1..1\n', None),
                            ('1..1\n', '1 of 1 points missing: 1'),
                            ('1..1\nokay 1\n', '1 of 1 points missing: 1'),
                            ('1..9\nok 9\n', '8 of 9 points missing: 1, 2, 3, 4, 5, ...'),
                            ('1..2\nnot ok 1\nnot ok 2\n', 'not ok 1 (and 1 more)'),
                            ('1..1\nok 0\n', 'points beyond the plan 1..1: 0')):
            self.assertEqual(tap.fault(text.split('\n')), fault, text)

    def test_counting_tests(self):
        log = self.folder / 'log.json'
        self.assertIsNone(test.count(log))
        results = ('OK', 'EXPECTEDFAIL', 'FAIL', 'SKIP', 'TIMEOUT', 'ERROR', 'UNEXPECTEDPASS',
                   'INTERRUPT')
        log.write_text(''.join(json.dumps({'name': 'x', 'result': result}) + '\n'
                               for result in results), encoding='utf-8')
        self.assertEqual(test.count(log), (2, 6))

    def test_picking_tests(self):
        tests = [{'name': name, 'suite': [f'ruvix:{suite}']}
                 for name, suite in (('a b', 'unit'), ('a c', 'unit'), ('d', 'boot'))]
        self.assertEqual(test.pick(tests, ['unit']), ['a b', 'a c'])
        self.assertEqual(test.pick(tests, ['d', 'a c', 'boot']), ['d', 'a c'])
        self.assertEqual(test.pick(tests, ['a *']), ['a b', 'a c'])
        with self.assertRaises(exits.Stop):
            test.pick(tests, ['d', 'e'])

    def test_benchmarks_stand_beside_their_goals(self):
        rows = self.folder / 'bench.json'
        rows.write_text(json.dumps([
            {'name': 'call', 'value': 96, 'unit': 'insns', 'includes': 'lock'},
            {'name': 'map_page', 'value': 700, 'unit': 'insns', 'includes': None},
            {'name': 'witness_record', 'value': 500, 'unit': 'insns', 'includes': ''},
            {'name': 'something_new', 'value': 1, 'unit': 'B', 'includes': ''}]),
            encoding='utf-8')
        lines = self.expect(0, 'bench', '--no-run', '--build', self.folder).split('\n')
        self.assertEqual(lines[1].split(), ['call', '96', 'insns', '95', 'MISSED', 'lock'])
        self.assertEqual(lines[2].split(), ['map_page', '700', 'insns', '750', 'met'])
        self.assertEqual(lines[4].split(), ['something_new', '1', 'B'])
        self.assertEqual(bench.goal('map_page', None), None)
        for wrong in ('', '{', '3', '[3]', '[{}]', '[{"name": "x", "value": "y", "unit": ""}]'):
            rows.write_text(wrong, encoding='utf-8')
            self.expect(exits.USAGE, 'bench', '--no-run', '--build', self.folder)


class Doctor(Case):
    """Everything that is missing is told at once."""

    def test_this_machine_is_well(self):
        self.expect(0, 'doctor')

    def test_a_path_with_nothing_misses_everything_on_it(self):
        out = self.expect(exits.MISSING, 'doctor', env={'PATH': str(self.folder)})
        line = next(line for line in out.split('\n') if 'apt-get install' in line)
        for package in ('clang-19', 'lld-19', 'llvm-19', 'ninja-build', 'qemu-system-arm',
                        'gdb-multiarch'):
            self.assertIn(f' {package}', line)

    def test_an_old_tool_is_told(self):
        old = self.folder / 'qemu-system-aarch64'
        old.write_text('#!/bin/sh\necho QEMU emulator version 5.2.0\n', encoding='utf-8')
        old.chmod(0o755)
        path = f"{self.folder}:{os.environ['PATH']}"
        self.expect(exits.MISSING, 'doctor', env={**os.environ, 'PATH': path},
                    said='5.2.0 is too old, 7.2 is needed')

    def test_setup_installs_what_doctor_looks_for(self):
        setup = (SOURCE / 'scripts' / 'setup').read_text(encoding='utf-8')
        packages = set(setup.split('packages="', 1)[1].split('"', 1)[0].split())
        self.assertEqual({need.package for need in doctor.NEEDS}, packages)


if __name__ == '__main__':
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
