# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the kernel and the root task leave in RAM for the host (abi/ruvix/boot.h, kernel/panic.h,
servers/controld/drain.h), read and checked."""

import dataclasses

from . import exits, tracering
from .ram import Layout

SEGMENT_BYTES = 4096
SEGMENTS_MAX = 128
RECORD_BYTES = 64
STATE_ENTRY_BYTES = 64
STATE_ENTRIES_MAX = 2048
ROOT_SEGMENTS_MAX = 4
EPITAPH_EVENTS = 4  # of each core

_VIEW_MAGIC = int.from_bytes(b'RVIXVIEW', 'little')
_EPITAPH_MAGIC = int.from_bytes(b'REPITAPH', 'little')
_LOG_MAGIC = int.from_bytes(b'RUVIDLOG', 'little')
_STATE_MAGIC = int.from_bytes(b'RUVISTAT', 'little')

_SEGMENT_FIELDS = ('address', 'physical', 'size')

_VIEW = Layout(
    ('magic', 'Q'), ('abi_major', 'I'), ('abi_minor', 'I'), ('ring', 'Q'), ('ring_records', 'Q'),
    ('next_sequence', 'Q'), ('acknowledged', 'Q'), ('frequency', 'Q'), ('boot', 'Q'),
    ('log_id', '16s'), ('nonce', '16s'), ('root_base', 'Q'), ('root_segment_count', 'Q'),
    *((f'{field}{index}', 'Q') for index in range(ROOT_SEGMENTS_MAX)
      for field in _SEGMENT_FIELDS),
    ('panicked', 'Q'))

_EPITAPH = Layout(
    ('magic', 'Q'), ('text', '192s'), ('core', 'Q'), ('current', 'Q'), ('return_address', 'Q'),
    ('syndrome', 'Q'), ('exception_address', 'Q'), ('fault_address', 'Q'),
    ('next_sequence', 'Q'))

_LOG = Layout(
    ('magic', 'Q'), ('segment_count', 'I'), ('segments_max', 'I'), ('record_count', 'Q'),
    ('next_sequence', 'Q'), ('is_broken', 'I'), ('is_full', 'I'), ('reserved', '24s'))

_STATE = Layout(
    ('magic', 'Q'), ('entry_count', 'I'), ('is_complete', 'I'), ('changes', 'Q'),
    ('next_sequence', 'Q'), ('reserved', '32s'))


@dataclasses.dataclass
class Evidence:
    """What an audit looks at."""

    view: dict
    log: bytes    # whole segments that the root task drained
    tail: bytes   # records that are still in the kernel's ring
    state: bytes  # entries; None: none was written


def view(ram, kernel):
    """The kernel's view of itself."""
    found = _VIEW.unpack(ram.read(kernel.find('kernel_view', _VIEW.size), _VIEW.size))
    if found['magic'] != _VIEW_MAGIC:
        raise exits.Stop(exits.FAILED, f'{ram.path} is not the RAM of a run of {kernel.path}',
                         'run first, or name the kernel of that run with --kernel; a kernel that '
                         'was built anew since has other addresses')
    return found


def epitaph(ram, kernel):
    """What a panicked kernel left, in lines for people; empty if it did not panic."""
    found = _EPITAPH.unpack(ram.read(kernel.find('kernel_epitaph', _EPITAPH.size), _EPITAPH.size))
    if found['magic'] != _EPITAPH_MAGIC:
        return []
    text = found['text'].split(b'\0', 1)[0].decode('ascii', 'backslashreplace')
    lines = [f'the kernel panicked: {text}',
             # It returns to behind the call, which for a call that never returns may be the
             # next function.
             f"  on core {found['core']}, at {kernel.describe(found['return_address'] - 4)}, "
             f"next witness {found['next_sequence']}"]
    if found['syndrome']:
        lines.append(f"  exception {found['syndrome']:#x} at "
                     f"{kernel.describe(found['exception_address'])}, "
                     f"address {found['fault_address']:#x}")
    return lines + _last_events(ram, kernel)


def _last_events(ram, kernel):
    """What each core did last, for an epitaph: a kernel may have died before it had a trace."""
    try:
        trace = tracering.read(ram, kernel)
    except exits.Stop as stop:
        return [f'  no trace: {stop.what}']
    lines = [f'  the last of {len(trace.events)} events in the trace:']
    for core in range(len(trace.cores)):
        own = [event for event in trace.events if event.core == core]
        lines += ['  ' + trace.line(event) for event in own[-EPITAPH_EVENTS:]]
    return lines


def evidence(ram, kernel, root):
    """The log and the state, out of the kernel's ring and the root task's memory."""
    seen = view(ram, kernel)
    log, drained = b'', 0
    header = _root_header(ram, root, seen, 'drained_log', _LOG, SEGMENTS_MAX * SEGMENT_BYTES)
    if header is not None and header['magic'] == _LOG_MAGIC:
        drained = header['next_sequence']
        log = _root_read(ram, root, seen, 'drained_log', _LOG, SEGMENTS_MAX * SEGMENT_BYTES,
                         min(header['segment_count'], SEGMENTS_MAX) * SEGMENT_BYTES)
    state = None
    header = _root_header(ram, root, seen, 'drained_state', _STATE,
                          STATE_ENTRIES_MAX * STATE_ENTRY_BYTES)
    if header is not None and header['magic'] == _STATE_MAGIC and header['is_complete']:
        state = _root_read(ram, root, seen, 'drained_state', _STATE,
                           STATE_ENTRIES_MAX * STATE_ENTRY_BYTES,
                           min(header['entry_count'], STATE_ENTRIES_MAX) * STATE_ENTRY_BYTES)
    return Evidence(seen, log, _ring(ram, seen, drained), state)


def _ring(ram, seen, first):
    """The records of the ring from sequence `first` on."""
    places, end = seen['ring_records'], seen['next_sequence']
    first = max(first, seen['acknowledged'])
    if first > end or end - first > places or places == 0 or places & (places - 1):
        raise exits.Stop(exits.FAILED, f'{ram.path}: records {first} to {end} do not lie in a '
                         f'ring of {places}')
    records = []
    for sequence in range(first, end):
        place = sequence & (places - 1)
        records.append(ram.read(seen['ring'] + place * RECORD_BYTES, RECORD_BYTES))
    return b''.join(records)


def _root_physical(seen, address, size):
    """Where a piece of the root's window lies; None: it was not loaded."""
    for index in range(min(seen['root_segment_count'], ROOT_SEGMENTS_MAX)):
        start, physical, length = (seen[f'{field}{index}'] for field in _SEGMENT_FIELDS)
        if start <= address and address + size <= start + length:
            return physical + address - start
    return None


def _root_header(ram, root, seen, name, layout, body_size):
    """The structure before the body of a variable of the root; None: the root did not get up."""
    address = root.find(name, layout.size + body_size) + seen['root_base']
    physical = _root_physical(seen, address, layout.size)
    return None if physical is None else layout.unpack(ram.read(physical, layout.size))


def _root_read(ram, root, seen, name, layout, body_size, size):
    """The first `size` bytes of the body."""
    address = root.find(name, layout.size + body_size) + seen['root_base'] + layout.size
    physical = _root_physical(seen, address, size)
    if physical is None:
        raise exits.Stop(exits.FAILED, f'{ram.path}: {name} does not lie in the root task')
    return ram.read(physical, size)
