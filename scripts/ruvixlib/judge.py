# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Judges a run by what the host finds: the audited log, the state the kernel reported, the serial
output and the system image. What must hold stands in a TOML file beside the system's manifest.

Who is who follows from the order of PartitionCreate: the root, then the manifest's order.
"""

import collections
import dataclasses
import hashlib
import re
import struct
import tomllib

from . import exits

RECORD = struct.Struct('<QQHBBIQQQ16s')
SEGMENT_BYTES, SEGMENT_HEADER_BYTES = 4096, 128
STATE_ENTRY = struct.Struct('<8Q')
CPIO_HEADER_BYTES = 110
RIGHT_WRITE, TYPE_REGION = 0x02, 5

KINDS = re.compile(r'X\((\w+), (0x[0-9a-f]+),')


@dataclasses.dataclass
class Record:
    """One witness record, by name."""

    kind: str
    actor: int
    object: int
    p0: int
    p1: int

    @property
    def partition(self):
        return self.actor >> 16


def kind_names(build):
    """Number to name, from the generated header."""
    path = build / 'abi' / 'ruvix' / 'kinds.h'
    return {int(number, 16): name for name, number in KINDS.findall(path.read_text())}


def read_records(log, tail, names):
    """All records of a log whose chain was verified."""
    pieces = []
    for start in range(0, len(log), SEGMENT_BYTES):
        count, = struct.unpack_from('<H', log, start + 10)
        first = start + SEGMENT_HEADER_BYTES
        pieces.append(log[first:first + count * RECORD.size])
    found = {}
    for record in RECORD.iter_unpack(b''.join(pieces) + tail):
        sequence, _, kind, _, _, actor, named, p0, p1, _ = record
        found[sequence] = Record(names.get(kind, hex(kind)), actor, named, p0, p1)
    return [found[sequence] for sequence in sorted(found)]


def cpio_entries(image):
    """Name to data of a newc archive that was just booted."""
    entries, offset = {}, 0
    while offset + CPIO_HEADER_BYTES <= len(image):
        fields = [int(image[offset + 6 + 8 * i:offset + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        name_at = offset + CPIO_HEADER_BYTES
        name = image[name_at:name_at + name_size].split(b'\0', 1)[0].decode('ascii')
        if name == 'TRAILER!!!':
            break
        data_at = (name_at + name_size + 3) & ~3
        entries[name] = image[data_at:data_at + size]
        offset = (data_at + size + 3) & ~3
    return entries


class Judge:
    """Collects what does not hold."""

    def __init__(self, criteria, records, state, console, image):
        self.criteria, self.records, self.console = criteria, records, console
        self.state = list(STATE_ENTRY.iter_unpack(state))
        self.modules = cpio_entries(image)
        created = [r for r in records if r.kind == 'PartitionCreate']
        names = ['controld'] + [p['name'] for p in criteria['partition']]
        self.numbers = {name: r.p0 & 0xffff for name, r in zip(names, created)}
        self.objects = {name: r.object for name, r in zip(names, created)}
        self.faults = []
        if len(created) != len(names):
            self.wrong(f'{len(created)} partitions were made, {len(names)} are expected')

    def wrong(self, what):
        self.faults.append(what)

    def within(self, who, what, count, bounds):
        if not bounds[0] <= count <= bounds[1]:
            self.wrong(f'{who}: {count} {what}, expected {bounds[0]} to {bounds[1]}')

    def log(self):
        wanted = self.criteria['log']
        last = self.records[-1]
        if last.kind != wanted['last'] or last.p0 != 0:
            self.wrong(f"the log ends with {last.kind} {last.p0}, not with {wanted['last']} 0")
        hashes = [r for r in self.records if r.kind == 'ModuleHash']
        recorded = {(a.object, a.p0, a.p1, b.p0, b.p1, b.object)
                    for a, b in zip(hashes[::2], hashes[1::2])}
        for name in wanted['modules']:
            data = self.modules.get(name)
            if data is None:
                self.wrong(f'the system image has no {name}')
                continue
            words = struct.unpack('<4Q', hashlib.blake2b(data, digest_size=32).digest())
            label = int.from_bytes(name.encode()[:8], 'little')
            if (label, *words, len(data)) not in recorded:
                self.wrong(f'the log does not have the hash of {name} as it lies in the image')

    def partition(self, wanted):
        name = wanted['name']
        number, identity = self.numbers.get(name), self.objects.get(name)
        own = [r for r in self.records if r.partition == number]
        self.within(name, 'refusals', sum(r.p1 for r in own if r.kind == 'ProofRejected'),
                    wanted['refusals'])
        self.within(name, 'faults',
                    sum(r.p0 & 0xffffffff for r in own if r.kind == 'TaskFault'), wanted['faults'])
        counts = collections.Counter(r.kind for r in self.records if r.object == identity)
        for kind, count in wanted['records'].items():
            self.within(name, f'records of {kind}', counts[kind], (count, count))

    def neighbours(self):
        """Nobody but the root can write what lies in another partition, except where the manifest
        gave both the region with that right."""
        tables = {}
        for r in self.records:
            if r.kind == 'TaskBind':
                partition = next((n for n, o in self.objects.items() if o == r.p0), None)
                tables[r.p1 >> 32] = partition
        given = {(r.p0 >> 32, r.object, bool(r.p0 & RIGHT_WRITE)) for r in self.records
                 if r.kind == 'CapabilityGrant' and r.partition == self.numbers['controld']}
        mapped = collections.defaultdict(set)
        for entry in self.state:
            if entry[3]:
                mapped[entry[1]].add(entry[3] >> 48)
        for place, named, kind, *_ in self.state:
            holder = tables.get(place >> 32)
            if holder in (None, 'controld') or kind & 0xff != TYPE_REGION or not place & RIGHT_WRITE:
                continue
            others = mapped[named] - {self.numbers[holder], self.numbers['controld']}
            if others and (place >> 32, named, True) not in given:
                self.wrong(f'{holder} can write object {named:#x}, which partition '
                           f'{min(others)} has mapped, and nobody gave it')

    def screen(self):
        for text in self.criteria['console']['never']:
            if text in self.console:
                self.wrong(f"the console shows '{text}'")
        for text in self.criteria['console']['must']:
            if text not in self.console:
                self.wrong(f"the console does not show '{text}'")

    def all(self):
        if not self.faults:
            self.log()
            for wanted in self.criteria['partition']:
                self.partition(wanted)
            self.neighbours()
            self.screen()
        return self.faults


def judge(path, build, keys, image_path):
    """Judge the run whose log lies, audited, in the state folder. Answers an exit status."""
    try:
        criteria = tomllib.loads(path.read_text(encoding='utf-8'))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise exits.Stop(exits.USAGE, f'{path}: {error}') from None
    log, tail, state = ((keys.folder / f'{name}.bin').read_bytes()
                        if (keys.folder / f'{name}.bin').exists() else b''
                        for name in ('log', 'tail', 'state'))
    console = keys.serial.read_text(encoding='utf-8', errors='replace')
    records = read_records(log, tail, kind_names(build))
    try:
        faults = Judge(criteria, records, state, console, image_path.read_bytes()).all()
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise exits.Stop(exits.USAGE, f'{path}: cannot be used: {error!r}') from None
    for fault in faults:
        print(f'judge: {fault}')
    print(f"judge: {'all that ' + path.name + ' asks for holds' if not faults else 'FAILED'}")
    return exits.FAILED if faults else exits.OK
