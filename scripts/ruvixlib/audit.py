# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix audit`: takes the witness log out of the RAM file and gives it to the auditor.

The keys, the boot number and the nonce are the host's own copies, not what the guest says they
were.
"""

import json
import shlex
import subprocess
import sys

from . import exits, guest, options, state
from .ram import Ram, Symbols

SECONDS_MAX = 120


def auditor(build):
    return options.require_file(build / 'tools' / 'audit',
                                'this build has no audit tool: ninja -C build tools/audit')


def extract(ram_path, kernel_path, root_path, keys):
    """Writes log.bin, tail.bin and state.bin into the state folder. Answers the auditor's
    arguments for them."""
    with Ram(ram_path) as ram:
        kernel = Symbols(kernel_path)
        found = guest.evidence(ram, kernel, Symbols(root_path))
        if found.view['panicked']:
            print('\n'.join(guest.epitaph(ram, kernel) or ['the kernel panicked']),
                  file=sys.stderr)
    arguments = ['--secret', keys.secret, '--log-id', keys.log_id, '--nonce', keys.nonce,
                 '--boot', keys.boot_number(), '--frequency', found.view['frequency'],
                 '--next', found.view['next_sequence']]
    for name, data in (('log', found.log), ('tail', found.tail), ('state', found.state)):
        path = keys.folder / f'{name}.bin'
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
            arguments += [f'--{name}', path]
    return [str(argument) for argument in arguments], found


def _call(command, **options_of_run):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=SECONDS_MAX,
                              check=False, **options_of_run)
    except subprocess.TimeoutExpired:
        raise exits.Stop(exits.TIMEOUT, f'{command[0]} did not end within '
                         f'{SECONDS_MAX} s') from None


def _unfinished(command, found):
    """Why the system did not come to a good end of its own, or None."""
    if found.state is None:
        return 'the root task wrote no state at the end'
    told = _call([*command, '--json', '--query', 'kind=MachineOff'], stdout=subprocess.PIPE)
    records = json.loads(told.stdout)['records']
    if not records:
        return 'the system did not power itself off'
    status = int(records[-1]['p0'], 0)
    return f'the system powered off with status {status}' if status else None


def audit(build, ram_path, kernel_path, root_path, keys, more=(), dry_run=False, to_end=False):
    """Audit one run, which with `to_end` must have ended by itself and well. Answers an exit
    status."""
    tool = auditor(build)
    if dry_run:
        print(f'would read {ram_path} by the symbols of {kernel_path} and {root_path},\n'
              f'write log.bin, tail.bin and state.bin into {keys.folder}, and run\n'
              f'{tool} --secret {keys.secret} ... {shlex.join(more)}'.rstrip())
        return exits.OK
    keys.check_keys()
    options.require_file(ram_path, 'scripts/run leaves one')
    arguments, found = extract(ram_path, kernel_path, root_path, keys)
    command = [str(tool), *arguments]
    # Standard output belongs to the auditor: it may be JSON.
    print(shlex.join([*command, *more]), file=sys.stderr, flush=True)
    status = _call([*command, *more]).returncode
    if found.view['panicked']:
        return exits.DIED
    if status not in (exits.OK, exits.FAILED):
        raise exits.Stop(exits.USAGE, f'{tool} ended with {status}', 'see its message above')
    unfinished = _unfinished(command, found) if to_end and status == exits.OK else None
    if unfinished:
        raise exits.Stop(exits.FAILED, unfinished)
    return status


def main(argv):
    parser = options.parser('audit', 'Verify and replay the witness log of the last run.')
    options.add_build(parser)
    options.add_kernel(parser)
    options.add_state(parser)
    parser.add_argument('--ram', type=options.pathlib.Path, metavar='FILE',
                        help='the RAM file (default: ram.bin in the state folder)')
    parser.add_argument('--query', metavar='Q',
                        help='print records: partition=N,kind=NAME,object=ID,from=TICKS,to=TICKS')
    parser.add_argument('--print-state', action='store_true',
                        help='print the state that the log leads to')
    parser.add_argument('--json', action='store_true', help='print everything as one JSON object')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    keys = state.State(options.state_folder(args))
    more = ['--query', args.query] if args.query is not None else []
    more += [f'--{name}' for name in ('print-state', 'json') if getattr(args, name.replace('-', '_'))]
    return audit(args.build, args.ram or keys.ram, options.kernel_elf(args),
                 options.root_elf(args), keys, more, args.dry_run)
