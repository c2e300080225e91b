# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix trace`: what each core did last, by time, out of the RAM file of a run that is under way
or over. Names come from the witness log in the same file, as far as it has been drained."""

import json
import struct

from . import exits, guest, judge, options, state, tracering
from .ram import Ram, Symbols


def log_names(ram, kernel, root, build):
    """What the log tells: partitions are called like the program that was loaded into them."""
    names, numbers, unnamed = tracering.Names(), {}, None
    found = guest.evidence(ram, kernel, root)
    for record in judge.read_records(found.log, found.tail, judge.kind_names(build)):
        if record.kind == 'PartitionCreate':
            unnamed = record.p0 & 0xffff
            numbers[record.object] = unnamed
        elif record.kind == 'ModuleHash' and unnamed is not None:
            label = record.object.to_bytes(8, 'little').rstrip(b'\0')
            names.partitions[unnamed] = label.decode('ascii', 'backslashreplace')
            unnamed = None
        elif record.kind == 'TaskBind' and record.p0 in numbers:
            names.tasks[record.object] = numbers[record.p0]
    return names


def _print(trace, last):
    events = trace.events if last is None else trace.events[len(trace.events) - last:]
    for event in events:
        print(trace.line(event))
    print()
    for core in trace.summary():
        waited = core['waited'] / trace.frequency
        print(f"core {core['core']}: {core['switch']} switches, {core['messages']} messages, "
              f"{core['interrupt']} interrupts, {core['idle']} times idle, {core['lock wait']} waits "
              f"for locks of {waited:.9f} s in all\n"
              f"        {core['written']} records written, {core['overwritten']} of them "
              'overwritten')


def main(argv):
    parser = options.parser('trace', 'Show what each core did last.')
    options.add_build(parser)
    options.add_kernel(parser)
    options.add_state(parser)
    parser.add_argument('--ram', type=options.pathlib.Path, metavar='FILE',
                        help='the RAM file (default: ram.bin in the state folder)')
    parser.add_argument('--last', type=int, metavar='N', help='only the last N events')
    parser.add_argument('--json', action='store_true', help='print everything as one JSON object')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    if args.last is not None and args.last < 0:
        parser.error(f'--last {args.last}: expected a number of events')
    path = args.ram or state.State(options.state_folder(args)).ram
    kernel = Symbols(options.kernel_elf(args))
    if args.dry_run:
        print(f'would read {path} by the symbols of {kernel.path}')
        return exits.OK
    options.require_file(path, 'scripts/run leaves one')
    with Ram(path) as ram:
        guest.view(ram, kernel)
        trace = tracering.read(ram, kernel)
        try:
            trace.use(log_names(ram, kernel, Symbols(options.root_elf(args)), args.build))
        except (exits.Stop, struct.error, OSError):
            pass  # there is no log yet, or it is being written: numbers will do
    last = None if args.last is None else min(args.last, len(trace.events))
    if args.json:
        events = trace.events if last is None else trace.events[len(trace.events) - last:]
        print(json.dumps({'frequency': trace.frequency, 'cores': trace.summary(),
                          'partitions': trace.names.partitions,
                          'events': [{'ticks': event.ticks, 'core': event.core,
                                      'sequence': event.sequence, 'kind': event.kind,
                                      **event.detail} for event in events]}))
    else:
        _print(trace, last)
    return exits.OK
