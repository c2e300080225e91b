#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_trace.py BUILD [UNITTEST-ARGUMENT...]

`ruvix trace`: the timeline of the shipped system on four cores agrees with the log and the state
of the same run, while it runs and afterwards; and whatever is done to the RAM file, the reader says
what is wrong.
"""

import json
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import unittest

import test_ruvix
from test_ruvix import Case, RUVIX, SOURCE, ruvix
from ruvixlib import exits, guest, judge, qemu, tracering
from ruvixlib.ram import Ram, Symbols

RECORD_BYTES = 16
CORES = 4
TRIALS = 300
SEED = 20
FLAVOUR = 'release'


class TraceCase(Case):
    """One run for all cases; who changes the RAM file changes a copy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build = test_ruvix.BUILD
        cls.run_folder = cls.build / 'tests' / 'harness' / 'trace-run'
        shutil.rmtree(cls.run_folder, ignore_errors=True)
        status, out, err = ruvix('run', '--build', cls.build, '--state', cls.run_folder, '--icount',
                                 '--smp', CORES)
        assert status == 0, out[-2000:] + err[-2000:]
        cls.kernel = Symbols(cls.build / 'kernel' / f'ruvix-{FLAVOUR}.elf')

    def trace(self, *more, state=None, **options):
        """(status, what the JSON says, standard error)"""
        status, out, err = ruvix('trace', '--build', self.build, '--state',
                                 state or self.run_folder, '--json', *more, **options)
        self.assertNotIn('Traceback', err)
        return status, json.loads(out) if out else None, err

    def copy(self):
        """A copy of the RAM file, holes and all."""
        path = self.folder / 'ram.bin'
        subprocess.run(['cp', '--sparse=always', self.run_folder / 'ram.bin', path], check=True)
        return path

    def view(self, path):
        with Ram(path) as ram:
            return tracering._view(ram, self.kernel)

    def poke(self, path, address, data):
        with open(path, 'r+b') as file:
            file.seek(address - qemu.RAM_BASE)
            file.write(data)

    def count_at(self, view, core):
        return view['counter'] + core * view['counter_stride']

    def ring_at(self, view, core):
        return view['rings'] + core * view['records'] * RECORD_BYTES


class Timeline(TraceCase):
    """A trace as it is."""

    def test_the_kinds_are_those_of_the_header(self):
        text = (SOURCE / 'abi' / 'ruvix' / 'trace.h').read_text()
        text = text[text.index('enum rvx_trace_kind'):text.index('RVX_TRACE_KIND_COUNT')]
        kinds = {int(number): name.lower().replace('_', ' ')
                 for name, number in re.findall(r'RVX_TRACE_([A-Z_]+) = (\d+)', text)}
        self.assertEqual(kinds, dict(enumerate(tracering.KINDS)))

    def test_time_runs_on_and_sums_are_equal(self):
        status, found, _ = self.trace()
        self.assertEqual(status, 0)
        self.assertEqual([core['core'] for core in found['cores']], list(range(CORES)))
        for core in found['cores']:
            own = [event for event in found['events'] if event['core'] == core['core']]
            self.assertGreater(len(own), 0)
            self.assertEqual([event['sequence'] for event in own], list(range(len(own))))
            self.assertEqual(sorted(event['ticks'] for event in own),
                             [event['ticks'] for event in own])
            self.assertEqual(core['written'], core['overwritten'] + len(own))
            self.assertEqual(sum(core[kind] for kind in tracering.KINDS), len(own))
        ticks = [event['ticks'] for event in found['events']]
        self.assertEqual(sorted(ticks), ticks)

    def test_every_task_is_one_of_the_state_and_in_the_partition_it_was_bound_to(self):
        _, found, _ = self.trace()
        state = (self.run_folder / 'state.bin').read_bytes()
        entries = [entry for entry in judge.STATE_ENTRY.iter_unpack(state) if entry[2] & 0x100]
        numbers = {entry[1]: entry[4] >> 16 for entry in entries if entry[4] >> 16 and not entry[3]}
        tasks = {entry[1]: entry[4] for entry in entries if entry[4] in numbers}
        switches = [event for event in found['events'] if event['kind'] == 'switch']
        self.assertGreater(len(switches), 100)
        for event in found['events']:
            if 'place' not in event:
                continue
            self.assertIn(event['task'], tasks)
            self.assertEqual(event['partition'], numbers[tasks[event['task']]])
        self.assertEqual({event['partition'] for event in switches}, {1, 2, 3, 4})
        self.assertEqual(found['partitions'],
                         {'1': 'controld', '2': 'agent_a', '3': 'agent_b', '4': 'rogue'})

    def test_signals_are_those_that_telemetry_counts(self):
        _, found, _ = self.trace()
        ram, counts = self.run_folder / 'ram.bin', {}
        view = self.view(ram)
        for event in found['events']:
            if event['kind'] == 'signal':
                line = 2 * event['edge'] + event['end']
                counts[line] = counts.get(line, 0) + 1
        self.assertGreater(len(counts), 2)
        with Ram(ram) as read:
            for line in range(2 * 16):
                told = struct.unpack('<QQ', read.read(view['telemetry'] + 64 * line, 16))[1]
                self.assertEqual(counts.get(line, 0), told, line)

    def test_for_people_it_has_a_line_an_event_and_a_summary_of_each_core(self):
        _, found, _ = self.trace()
        status, out, err = ruvix('trace', '--build', self.build, '--state', self.run_folder)
        self.assertEqual((status, err), (0, ''))
        timeline, summary = out.rstrip().split('\n\n')
        self.assertEqual(len(timeline.splitlines()), len(found['events']))
        self.assertEqual(summary.count('records written, 0 of them overwritten'), CORES)
        self.assertRegex(timeline, r'core 0  switch +agent_a, task 0x[0-9a-f]+\n')
        status, out, _ = ruvix('trace', '--build', self.build, '--state', self.run_folder,
                               '--last', 3)
        self.assertEqual(out.split('\n\n')[0].splitlines(), timeline.splitlines()[-3:])

    def test_without_a_log_there_are_numbers(self):
        path = self.copy()
        address = self.kernel.find('kernel_view', guest._VIEW.size)
        self.poke(path, address + 40, struct.pack('<Q', 1 << 40))  # acknowledged
        status, found, _ = self.trace('--ram', path)
        self.assertEqual((status, found['partitions']), (0, {}))
        self.assertFalse(any('task' in event for event in found['events']))

    def test_it_can_be_read_while_the_guest_runs(self):
        with subprocess.Popen([RUVIX, 'run', '--build', self.build, '--state', self.state,
                               '--smp', str(CORES)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
            written, reads = [], 0
            while run.poll() is None:
                if (self.state / 'ram.bin').exists():
                    status, found, err = self.trace(state=self.state)
                    self.assertIn(status, (0, exits.FAILED), err)
                    if status != 0:
                        self.assertTrue('begun' in err or 'not the RAM' in err, err)
                    else:
                        written.append(sum(core['written'] for core in found['cores']))
                    reads += 1
                time.sleep(0.01)
            run.stdout.read()
        self.assertEqual(run.returncode, 0)
        self.assertEqual(sorted(written), written)
        self.assertGreater(reads, 0)


class Damage(TraceCase):
    """A trace as it should not be."""

    def test_an_overwritten_ring_shows_its_newest_records_and_how_many_are_gone(self):
        path = self.copy()
        view = self.view(path)
        places, written = view['records'], 5 * view['records'] + 7
        ring = bytearray(places * RECORD_BYTES)
        for sequence in range(written - places, written):
            struct.pack_into('<QQ', ring, sequence % places * RECORD_BYTES, sequence,
                             tracering.KINDS.index('unpark') << 60)
        self.poke(path, self.ring_at(view, 2), ring)
        self.poke(path, self.count_at(view, 2), struct.pack('<Q', written))
        status, found, _ = self.trace('--ram', path)
        self.assertEqual(status, 0)
        core = found['cores'][2]
        self.assertEqual((core['written'], core['overwritten'], core['kept']),
                         (written, written - places, places))
        own = [event for event in found['events'] if event['core'] == 2]
        self.assertEqual([event['ticks'] for event in own], list(range(written - places, written)))

    def test_what_is_damaged_is_named(self):
        path = self.copy()
        view = self.view(path)
        start, ring = self.kernel.find('kernel_trace', 72), self.ring_at(view, 0)
        for address, data, said in (
                (start, bytes(8), 'has not begun its trace'),
                (start, b'NO TRACE', 'its magic number is'),
                (start + 8, bytes(8), 'its clock stands'),
                (start + 16, struct.pack('<Q', 9), 'it is of 9 cores'),
                (start + 24, struct.pack('<Q', 4095), 'a ring has 4095 records'),
                (start + 32, struct.pack('<Q', 1 << 40), 'do not lie in the RAM'),
                (start + 40, struct.pack('<Q', 8), 'do not lie in the RAM'),
                (start + 48, bytes(8), 'counters are 0 bytes apart'),
                (ring + 16, struct.pack('<QQ', 1 << 40, 4 << 60), 'record 2: its time is before'),
                (ring + 8, struct.pack('<Q', 15 << 60), 'record 0: there is no kind 15'),
                (ring + 8, struct.pack('<Q', 7 << 60 | 77), 'record 0: there is no core 77'),
                (ring + 8, struct.pack('<Q', 5 << 60 | 3 << 32), 'record 0: there is no interrupt 3'),
                (ring + 8, struct.pack('<Q', 1 << 60 | 64), 'record 0: no telemetry line is at')):
            with self.subTest(said=said):
                with Ram(path) as ram:
                    before = ram.read(address, len(data))
                self.poke(path, address, data)
                status, _, err = self.trace('--ram', path)
                self.assertEqual(status, exits.FAILED)
                self.assertIn(said, err)
                self.poke(path, address, before)
        self.assertEqual(self.trace('--ram', path)[0], 0)

    def test_random_changes_are_read_or_named(self):
        path, dice, stops = self.copy(), random.Random(SEED), 0
        view = self.view(path)
        start = self.kernel.find('kernel_trace', 72)
        places = [(start, 72), (self.ring_at(view, 0), 64 * RECORD_BYTES),
                  (self.count_at(view, 0), 8)]
        for _ in range(TRIALS):
            base, size = dice.choice(places)
            address = base + dice.randrange(size)
            with Ram(path) as ram:
                before = ram.read(address, 1)
            self.poke(path, address, bytes([dice.randrange(256)]))
            try:
                with Ram(path) as ram:
                    trace = tracering.read(ram, self.kernel)
                self.assertTrue(all(trace.line(event) for event in trace.events))
                trace.summary()
            except exits.Stop as stop:
                self.assertEqual(stop.status, exits.FAILED)
                stops += 1
            self.poke(path, address, before)
        self.assertGreater(stops, TRIALS // 20)

    def test_a_file_that_is_cut_off_is_named(self):
        path = self.copy()
        with open(path, 'r+b') as file:
            file.truncate(self.view(path)['rings'] - qemu.RAM_BASE + 100)
        status, _, err = self.trace('--ram', path)
        self.assertEqual(status, exits.FAILED)
        self.assertIn('do not lie in the RAM', err)
        self.expect(exits.MISSING, 'trace', '--build', self.build, '--state', self.state,
                    said='there is no such file')

    def test_an_epitaph_ends_with_the_last_events(self):
        path = self.copy()
        self.poke(path, self.kernel.find('kernel_epitaph', guest._EPITAPH.size),
                  b'REPITAPH' + b'made up'.ljust(192, b'\0'))
        with Ram(path) as ram:
            lines = guest.epitaph(ram, self.kernel)
        self.assertEqual(lines[0], 'the kernel panicked: made up')
        status, out, _ = ruvix('trace', '--build', self.build, '--state', self.run_folder)
        self.assertEqual(status, 0)
        told = [line for line in lines if '  core 0  ' in line]
        self.assertEqual(len(told), guest.EPITAPH_EVENTS)
        self.assertIn(told[-1].split()[0], out)
        self.assertTrue(all(any(f'  core {core}  ' in line for line in lines)
                            for core in range(CORES)))


if __name__ == '__main__':
    test_ruvix.BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
