# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The trace of a kernel (abi/ruvix/trace.h), read out of the guest's RAM and checked.

It can be read while the guest writes it: the counter is read before a ring and after it, and what
may have been overwritten in between is left out.
"""

import dataclasses
import struct

from . import exits
from .ram import Layout

CORES_MAX = 8
RECORDS_MAX = 1 << 20
LINE_BYTES = 64

# In the order of enum rvx_trace_kind.
KINDS = ('signal', 'call', 'reply', 'switch', 'idle', 'interrupt', 'lock wait', 'park', 'unpark',
         'timeout', 'postpone')
MESSAGES = ('signal', 'call', 'reply')
INTERRUPTS = ('gone again', 'timer', 'from another core')

_MAGIC = int.from_bytes(b'RVXTRACE', 'little')
_VIEW = Layout(*((name, 'Q') for name in (
    'magic', 'frequency', 'cores', 'records', 'rings', 'counter', 'counter_stride', 'telemetry',
    'telemetry_edges')))
_RECORD = struct.Struct('<QQ')
_COUNTER = struct.Struct('<Q')


@dataclasses.dataclass
class Event:
    """One record. `detail` has what its kind tells, by name."""

    core: int
    sequence: int  # among the core's
    ticks: int
    kind: str
    detail: dict


@dataclasses.dataclass
class Names:
    """What the witness log calls things; empty without one."""

    partitions: dict = dataclasses.field(default_factory=dict)  # number: name
    tasks: dict = dataclasses.field(default_factory=dict)  # id: partition's number


class Trace:
    """Events of all cores by time, and for each core how many it has written."""

    def __init__(self, view, kernel):
        self.frequency = view['frequency']
        self.names = Names()
        self.cores = []   # (written, first that is kept)
        self.events = []
        self._view, self._kernel = view, kernel

    def use(self, names):
        """Tell tasks by the whole id where the log knows them."""
        self.names = names
        by_place = {}
        for task in names.tasks:
            by_place.setdefault(task & 0xffffffff, []).append(task)
        for event in self.events:
            detail, found = event.detail, []
            if 'place' in detail:
                found = [task for task in by_place.get(detail['place'], ())
                         if 'serial' not in detail or task >> 32 & 0xffff == detail['serial']]
            if len(found) == 1:
                detail['task'] = found[0]
                detail.setdefault('partition', names.tasks[found[0]])

    def decode(self, core, sequence, ticks, what):
        """The event of a record, which a guest wrote."""
        number, detail = what >> 60, {}

        def wrong(fault):
            raise exits.Stop(exits.FAILED, f'core {core}, trace record {sequence}: {fault}',
                             'the RAM file was changed, or is of another kernel')

        if number >= len(KINDS):
            wrong(f'there is no kind {number}')
        kind, low, high = KINDS[number], what & 0xffffffff, what >> 32 & 0xfffffff
        if kind in MESSAGES:
            line = (what & (1 << 60) - 1) - self._view['telemetry']
            if line % LINE_BYTES or not 0 <= line // LINE_BYTES < 2 * self._view['telemetry_edges']:
                wrong(f'no telemetry line is at {what & (1 << 60) - 1:#x}')
            detail = {'edge': line // LINE_BYTES // 2, 'end': line // LINE_BYTES % 2}
        elif kind == 'switch':
            detail = {'partition': what >> 48 & 0xfff, 'serial': what >> 32 & 0xffff, 'place': low}
        elif kind == 'interrupt':
            if high >= len(INTERRUPTS):
                wrong(f'there is no interrupt {high}')
            detail = {'interrupt': INTERRUPTS[high]}
            if low:
                detail['place'] = low
        elif kind == 'lock wait':
            detail = {'waited': what >> 36 & 0xffffff, 'lock': self._lock(what & (1 << 36) - 1)}
        elif kind == 'park':
            if low >= self._view['cores']:
                wrong(f'there is no core {low}')
            detail = {'asked_by': low}
        elif kind in ('timeout', 'postpone'):
            detail = {'place': low}
        return Event(core, sequence, ticks, kind, detail)

    def _lock(self, address):
        name, offset = self._kernel.variable_at(address) or (None, 0)
        if name == 'cores':
            return f"core {offset // self._view['counter_stride']}"
        return name or f'{address:#x}'

    def _task(self, detail):
        if 'place' not in detail:
            return 'nobody'
        if 'task' in detail:
            task = f"task {detail['task']:#x}"
        else:
            serial = f"{detail['serial']:#x}:" if 'serial' in detail else ''
            task = f"task {serial}{detail['place']:#010x}"
        number = detail.get('partition')
        if number is None:
            return task
        return f"{self.names.partitions.get(number, f'partition {number}')}, {task}"

    def told(self, event):
        """The detail of an event, for people."""
        detail = event.detail
        if event.kind in MESSAGES:
            return f"edge {detail['edge']} from end {detail['end']}"
        if event.kind == 'interrupt':
            return f"{detail['interrupt']}, of {self._task(detail)}"
        if event.kind == 'lock wait':
            return f"{detail['lock']}, {detail['waited']} ticks"
        if event.kind == 'park':
            return f"for core {detail['asked_by']}"
        return self._task(detail) if 'place' in detail else ''

    def line(self, event):
        return (f'{event.ticks / self.frequency:15.9f}s  core {event.core}  {event.kind:<9}  '
                f'{self.told(event)}').rstrip()

    def summary(self):
        """One dictionary for each core."""
        found = []
        for core, (written, first) in enumerate(self.cores):
            own = [event for event in self.events if event.core == core]
            counts = {kind: sum(event.kind == kind for event in own) for kind in KINDS}
            found.append({'core': core, 'written': written, 'overwritten': first,
                          'kept': len(own), **counts,
                          'messages': sum(counts[kind] for kind in MESSAGES),
                          'waited': sum(event.detail.get('waited', 0) for event in own)})
        return found


def _view(ram, kernel):
    view = _VIEW.unpack(ram.read(kernel.find('kernel_trace', _VIEW.size), _VIEW.size))

    def wrong(what):
        raise exits.Stop(exits.FAILED, f'{ram.path}: the trace is damaged: {what}',
                         'the RAM file was changed, or is of another kernel')

    if view['magic'] == 0:
        raise exits.Stop(exits.FAILED, f'{ram.path}: the kernel has not begun its trace')
    if view['magic'] != _MAGIC:
        wrong(f"its magic number is {view['magic']:#x}")
    if not 1 <= view['cores'] <= CORES_MAX:
        wrong(f"it is of {view['cores']} cores")
    if not 1 <= view['records'] <= RECORDS_MAX or view['records'] & (view['records'] - 1):
        wrong(f"a ring has {view['records']} records")
    if view['frequency'] == 0:
        wrong('its clock stands')
    if view['counter_stride'] < _COUNTER.size:
        wrong(f"counters are {view['counter_stride']} bytes apart")
    return view


def read(ram, kernel):
    """The trace in a guest's RAM; raises Stop if there is none that makes sense."""
    view = _view(ram, kernel)
    trace = Trace(view, kernel)
    places = view['records']
    size = places * _RECORD.size

    def counter(core):
        at = view['counter'] + core * view['counter_stride']
        return _COUNTER.unpack(ram.read(at, _COUNTER.size))[0]

    for core in range(view['cores']):
        end = counter(core)
        ring = ram.read(view['rings'] + core * size, size)
        later = counter(core)
        if later < end:
            raise exits.Stop(exits.FAILED, f'{ram.path}: the trace is damaged: the counter of '
                             f'core {core} went back')
        # The place after the newest record may be half written while the guest runs.
        first = max(0, later - places + (later != end))
        before = 0
        for sequence in range(first, end):
            ticks, what = _RECORD.unpack_from(ring, sequence % places * _RECORD.size)
            if ticks < before:
                raise exits.Stop(exits.FAILED, f'core {core}, trace record {sequence}: its time '
                                 'is before that of the one before',
                                 'the RAM file was changed, or is of another kernel')
            before = ticks
            trace.events.append(trace.decode(core, sequence, ticks, what))
        trace.cores.append((end, min(first, end)))
    trace.events.sort(key=lambda event: (event.ticks, event.core, event.sequence))
    return trace
