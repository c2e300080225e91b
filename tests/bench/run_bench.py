#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Boots the benchmark images under an instruction clock and writes bench.json.

Rows are objects with `name`, `value`, `unit` and `includes` (what the figure covers). Every figure
is an exact count: one instruction is one nanosecond of the guest's time.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))

from ruvixlib import guest, qemu  # noqa: E402
from ruvixlib.ram import Ram, Symbols  # noqa: E402
from ruvixlib.state import State  # noqa: E402

from elftools.elf.elffile import ELFFile  # noqa: E402

DEADLINE_SECONDS = 120
OUTPUT_BYTES_MAX = 1 << 20
TICK_INSNS = 16  # CNTVCT at 62.5 MHz under shift=0
STRETCH = struct.Struct('<QQQQ')
CORES_MAX = 8
ENTRY_AND_EXIT_INSNS = 60
KIND_BOOT_STAGE = 0x82
KIND_TASK_START = 0x69
RECORD = struct.Struct('<QQHBBIQQQ16s')

ONE_CALL = 'svc to the next instruction of the caller'
INCLUDES = {
    'null_syscall': ONE_CALL + '; answered in the entry code, before the dispatcher',
    'witness_record': 'log_emit less log_status: one record, chained, key evolved',
    'call': 'svc to the first instruction of a passive server in another partition; 8 words, lock, '
            'checks, serial, counter, scrubbing',
    'sched_charge': 'call_active less call: clock, wake-up rule, comparison with the queue, charge, '
                    'timer',
    'sched_pick_64': 'yield among 64 ready tasks less yield_switch, between two: putting one at the '
                     'end and picking the next',
    'call_active': 'the same to a server with a context of its own: deadline, charge, timer',
    'call_cross_core': 'svc to the first instruction of a waiting server on another core, which '
                       'slept; mean of 128, what both cores do until then counted one after the '
                       'other',
    'reply_recv': "svc of the server to the caller's next instruction, as call",
    'round_trip': 'call and reply_recv, two svc',
    'round_trip_intra': 'round_trip within one partition',
    'yield_switch': 'svc to the first instruction of a task in another partition',
    'switch_vmid_recycled': 'call to a partition whose VMID was taken, every VMID reclaimed',
    'signal_wake': 'svc to the first instruction of the waiting task, in another partition',
    'signal_nobody': ONE_CALL + '; the bits wait in the inbox',
    'fault_round_trip': 'fault, to the handler, its resume and recv (two svc), to the next fault',
    'restart_task': 'svc of task_restart on a faulted task to its first instruction, in another '
                    'partition; one witness record',
    'partition_create_destroy': 'untyped_retype of the smallest partition from clean memory, and '
                                'cap_delete of it: two svc, three witness records',
    'lease_grant': ONE_CALL + '; one witness record, that of the end reserved',
    'irq_to_holder': 'interrupt of a leased device to the first instruction of the waiting holder, '
                     'in another partition; masked on the way',
    'map_page': ONE_CALL + '; one witness record; page tables exist',
    'map_page_of_batch': 'a further page of a region of 64',
    'map_2m_block': ONE_CALL + '; one witness record',
    'retype_clean': ONE_CALL + '; a region of 4 KiB from clean memory; one witness record',
    'retype_zeroed': 'the same, zeroing included',
    'cap_copy': ONE_CALL + '; one witness record',
    'cap_mint': ONE_CALL + '; one witness record',
    'cap_delete': ONE_CALL + '; one witness record',
    'revoke_1': ONE_CALL + '; begin and end records',
    'revoke_16': 'as revoke_1 with 16 children',
    'revoke_100': 'as revoke_1 with 100 children',
    'revoke_10000': 'as revoke_1 with 10 000 children',
    'revoke_1_among_10000': 'revoke_1 while 10 000 other capabilities exist',
}


class Failure(Exception):
    """A benchmark that did not come to its end."""


def boot(kernel, image, folder, append=None, smp=1):
    """Run a guest; its output, and its RAM file for who wants it."""
    state = State(folder)
    state.make_keys()
    state.next_boot()
    qemu.new_ram(state.ram)
    machine = qemu.Machine(kernel=kernel, initrd=image, icount=True, ram=str(state.ram),
                           append=append, fw_cfg=state.items(), semihosting=True, smp=smp)
    outcome = qemu.run_bounded(machine.command(), DEADLINE_SECONDS, OUTPUT_BYTES_MAX,
                               last_words=b'kpanic:')
    text = outcome.output.decode('utf-8', 'replace')
    if outcome.status != 0:
        raise Failure(f'{kernel}: exit {outcome.status}\n{text[-2000:]}\n{outcome.errors!r}')
    return text, state.ram


def figures(text):
    """The "bench NAME VALUE" lines."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == 'bench':
            found[words[1]] = int(words[2])
    return found


def boot_times(ram_path, elf):
    """Instructions from reset entry to the first record and to the start of the root task."""
    with Ram(ram_path) as ram:
        view = guest.view(ram, Symbols(elf))
        records = [RECORD.unpack(ram.read(view['ring'] + 64 * i, 64))
                   for i in range(min(view['next_sequence'], view['ring_records']))]
    reset = next(r[8] for r in records if r[2] == KIND_BOOT_STAGE and r[7] == 0)
    start = next(r[1] for r in records if r[2] == KIND_TASK_START and r[5] == 0)
    return (records[0][1] - reset) * TICK_INSNS, (start - reset) * TICK_INSNS


def longest_stretch(ram_path, elf):
    with Ram(ram_path) as ram:
        size = STRETCH.size * CORES_MAX
        data = ram.read(Symbols(elf).find('kernel_stretch', size), size)
    longest, number = max(stretch[2:] for stretch in STRETCH.iter_unpack(data))
    return longest + ENTRY_AND_EXIT_INSNS, number


def text_bytes(elf):
    with open(elf, 'rb') as file:
        return ELFFile(file).get_section_by_name('.text')['sh_size']


def code_lines():
    """What the lint suite counts: non-blank, non-comment lines."""
    done = subprocess.run([sys.executable, ROOT / 'tests/lint/lint.py', 'lines'],
                          capture_output=True, text=True, check=True, timeout=60)
    return {words[0]: int(words[1]) for words in map(str.split, done.stdout.splitlines())}


def measure(kernels, bench_image, system_image):
    rows = []

    def row(name, value, unit, includes):
        rows.append({'name': name, 'value': value, 'unit': unit, 'includes': includes})

    with tempfile.TemporaryDirectory() as folder:
        text, _ = boot(kernels['bench'][0], bench_image, folder)
        found = figures(text)
        text, _ = boot(kernels['bench-vmids'][0], bench_image, folder, append='v')
        found |= figures(text)
        text, _ = boot(kernels['bench'][0], bench_image, folder, append='x', smp=2)
        found |= figures(text)
        missing = sorted(INCLUDES.keys() - found.keys())
        if missing:
            raise Failure('no figure for ' + ', '.join(missing))
        for name, includes in INCLUDES.items():
            row(name, found[name], 'insns', includes)
        text, _ = boot(kernels['untraced'][0], bench_image, folder)
        row('trace_record', found['yield_switch'] - figures(text)['yield_switch'], 'insns',
            'yield_switch less the same of a kernel without its trace')
        _, ram = boot(kernels['stretch'][0], bench_image, folder)
        longest, number = longest_stretch(ram, kernels['stretch'][1])
        row('longest_irq_off', longest, 'insns',
            f'longest entry of the benchmark run, system call {number}; entry and exit counted '
            f'as {ENTRY_AND_EXIT_INSNS}')
        _, ram = boot(kernels['release'][0], system_image, folder)
        first, start = boot_times(ram, kernels['release'][1])
        row('entry_to_first_witness', first, 'insns', 'reset entry to the time of record 0')
        row('entry_to_root_task', start, 'insns',
            'reset entry to the record of the root task\'s start, shipped system, root and '
            'manifest hashed; about 300 before its first instruction')
    row('kernel_text_bytes', text_bytes(kernels['release'][1]), 'bytes',
        'section .text of the release kernel, libraries included')
    for name, value in code_lines().items():
        row(name, value, 'lines', 'non-blank, non-comment')
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--kernel', nargs=3, action='append', metavar=('FLAVOUR', 'IMAGE', 'ELF'))
    parser.add_argument('--bench-image', required=True)
    parser.add_argument('--system-image', required=True)
    parser.add_argument('--output', required=True, type=pathlib.Path)
    options = parser.parse_args()
    kernels = {flavour: (image, elf) for flavour, image, elf in options.kernel}
    try:
        rows = measure(kernels, options.bench_image, options.system_image)
    except Failure as failure:
        print(f'bench: {failure}', file=sys.stderr)
        return 1
    options.output.write_text(json.dumps(rows, indent=1) + '\n')
    for row in rows:
        print(f"{row['name']:<24}{row['value']:>12} {row['unit']}")
    return 0


if __name__ == '__main__':
    sys.exit(main())
