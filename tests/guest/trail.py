#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Reads the witness trail that a test left in its RAM file, and judges it.

All records of the boot must still be in the ring (acknowledged ones stay until they are written
over). The chain is verified twice, by tests/audit/verify.py and by tools/audit; the latter also
replays the records and compares what they lead to with the state that the test program wrote down
at its end. Then the trail must hold what --require names, such as

    TaskFault,p1=0x7000000      a record of that kind with that word
    ProofRejected,count>=3      together they count at least so many
    CapabilityGrant             at least one

Exit status 0: all of it holds.
"""
import argparse
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'scripts'), str(ROOT / 'tests' / 'audit')]

import verify  # noqa: E402
from ruvixlib import exits, guest, ram  # noqa: E402

RECORD = struct.Struct('<QQHBBIQQQ16s')
ENTRY_BYTES = 64
ENTRIES_MAX = 192
STATE = struct.Struct('<QQ')  # entries, whether that is all of them
AUDIT_SECONDS = 60
FIELDS = {'time': 1, 'class': 3, 'flags': 4, 'actor': 5, 'object': 6, 'p0': 7, 'p1': 8}
REQUIREMENT = re.compile(r'(\w+)(?:,(count>=|p0=|p1=|object=|actor=)(\w+))?')


class Wrong(Exception):
    """The trail is not what it must be."""


def read_ring(memory, view):
    if view['next_sequence'] > view['ring_records']:
        raise Wrong(f"the first of {view['next_sequence']} records are written over")
    return memory.read(view['ring'], view['next_sequence'] * RECORD.size)


def read_state(memory, view, program):
    """What the test program wrote down at its end."""
    size = STATE.size + ENTRIES_MAX * ENTRY_BYTES
    address = view['root_base'] + program.find('check_state', size)
    for index in range(guest.ROOT_SEGMENTS_MAX):
        start, physical, length = (view[f'{field}{index}']
                                   for field in ('address', 'physical', 'size'))
        if start <= address and address + size <= start + length:
            data = memory.read(physical + address - start, size)
            count, complete = STATE.unpack_from(data)
            if not complete:
                raise Wrong('the test program wrote no whole state down')
            return data[STATE.size:STATE.size + count * ENTRY_BYTES]
    raise Wrong('the state does not lie in the program')


def verify_in_python(options, view, tail):
    secret, log_id, nonce = (path.read_bytes()
                             for path in (options.secret, options.log_id, options.nonce))
    boot = int.from_bytes(options.boot.read_bytes(), 'little')
    verdict, proved = verify.verify(secret, log_id, boot, nonce, tail=tail,
                                    next_=view['next_sequence'])
    if verdict.name != 'valid':
        raise Wrong(f'verify.py: {verdict} ({verdict.why})')
    print(f'# verify.py: {len(proved)} records, valid')


def audit(options, view, tail, state, folder):
    (folder / 'tail').write_bytes(tail)
    (folder / 'state').write_bytes(state)
    boot = int.from_bytes(options.boot.read_bytes(), 'little')
    command = [options.audit, '--secret', options.secret, '--log-id', options.log_id, '--nonce',
               options.nonce, '--boot', boot, '--tail', folder / 'tail', '--state',
               folder / 'state', '--next', view['next_sequence'], '--frequency',
               view['frequency']]
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=AUDIT_SECONDS, check=False)
    for line in done.stdout.splitlines()[-20:]:
        print(f'# audit: {line}')
    if done.returncode != 0:
        raise Wrong(f'audit ends with {done.returncode}')


def require(text, records, kinds):
    match = REQUIREMENT.fullmatch(text)
    if not match or match.group(1) not in kinds:
        raise Wrong(f'--require {text}: not understood')
    kind, what, value = match.groups()
    found = [record for record in records if record[2] == kinds[kind]]
    if what == 'count>=':
        holds = sum(record[FIELDS['p1']] for record in found) >= int(value, 0)
    elif what is not None:
        holds = any(record[FIELDS[what[:-1]]] == int(value, 0) for record in found)
    else:
        holds = bool(found)
    if not holds:
        raise Wrong(f'the trail of {len(records)} records does not hold {text}')


def judge(options):
    with ram.Ram(options.ram) as memory, tempfile.TemporaryDirectory() as folder:
        view = guest.view(memory, ram.Symbols(options.kernel))
        tail = read_ring(memory, view)
        state = read_state(memory, view, ram.Symbols(options.program))
        verify_in_python(options, view, tail)
        audit(options, view, tail, state, pathlib.Path(folder))
    table = tomllib.loads((ROOT / 'abi' / 'witness.toml').read_text(encoding='utf-8'))
    kinds = {kind['name']: kind['number'] for kind in table['kinds']}
    records = list(RECORD.iter_unpack(tail))
    for text in options.require:
        require(text, records, kinds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('ram', 'kernel', 'program', 'audit', 'secret', 'log-id', 'boot', 'nonce'):
        parser.add_argument(f'--{name}', required=True, type=pathlib.Path)
    parser.add_argument('--require', action='append', default=[], metavar='WHAT')
    try:
        judge(parser.parse_args())
    except Wrong as wrong:
        sys.exit(f'trail.py: {wrong}')
    except exits.Stop as stop:
        sys.exit(f'trail.py: {stop.what}')


if __name__ == '__main__':
    main()
