# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix bench`: runs the benchmarks and shows bench.json beside the goals."""

import json
import shlex
import subprocess

from . import exits, options

SECONDS_MAX = 1800

# Most of these: instructions in the kernel. Goals of privileged operations come on top of their
# one witness record.
GOALS = {
    'null_syscall': 30, 'call': 95, 'call_active': 120, 'reply_recv': 95, 'round_trip': 185,
    'call_cross_core': 600, 'round_trip_intra': 180, 'yield_switch': 150, 'sched_charge': 60,
    'sched_pick_64': 60, 'switch_vmid_recycled': 400,
    'signal_wake': 200, 'signal_nobody': 90, 'fault_round_trip': 320, 'map_page_of_batch': 40,
    'witness_record': 650, 'trace_record': 20, 'entry_to_root_task': 1_000_000, 'longest_irq_off': 5_000,
    'kernel_text_bytes': 40 << 10, 'kernel_c_lines': 8_000, 'kernel_asm_lines': 500,
}
GOALS_BESIDE_WITNESS = {
    'map_page': 250, 'retype_clean': 400, 'retype_zeroed': 700, 'cap_copy': 250, 'cap_mint': 250,
    'cap_delete': 250, 'revoke_1': 300, 'revoke_16': 2_500,
}


def goal(name, witness):
    """The goal of a row, or None."""
    if name in GOALS_BESIDE_WITNESS and witness is not None:
        return GOALS_BESIDE_WITNESS[name] + witness
    return GOALS.get(name)


def read_rows(path):
    """The rows of bench.json."""
    options.require_file(path, 'the benchmarks write it: see the output above')
    try:
        rows = json.loads(path.read_text(encoding='utf-8'))
        return [(str(row['name']), row['value'] + 0, str(row['unit']), row.get('includes') or '')
                for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        raise exits.Stop(exits.USAGE, f'{path} is not a list of rows with name, value and unit: '
                         f'{error}') from None


def table(rows):
    """The rows as lines for people."""
    witness = next((value for name, value, *_ in rows if name == 'witness_record'), None)
    lines = [f"{'name':<24}{'value':>12}  {'unit':<8}{'goal':>10}  "]
    for name, value, unit, includes in rows:
        wanted = goal(name, witness)
        verdict = '' if wanted is None else 'met' if value <= wanted else 'MISSED'
        if not isinstance(includes, str):
            includes = json.dumps(includes)
        shown = '' if wanted is None else f'{wanted:,}'
        lines.append(f'{name:<24}{value:>12,}  {unit:<8}{shown:>10}  {verdict:<8}{includes}'.rstrip())
    return lines


def main(argv):
    parser = options.parser('bench', 'Run the benchmarks and show them beside their goals.')
    options.add_build(parser)
    parser.add_argument('--no-run', action='store_true', help='show the figures of the last run')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    # Not through the first `meson` on PATH, which may be one without Debian's Python.
    command = ['/usr/bin/meson', 'test', '-C', str(args.build), '--benchmark', '--print-errorlogs']
    if args.dry_run:
        print(shlex.join(command))
        return exits.OK
    status = exits.OK
    if not args.no_run:
        print(shlex.join(command), flush=True)
        try:
            if subprocess.run(command, timeout=SECONDS_MAX, check=False).returncode != 0:
                status = exits.FAILED
        except subprocess.TimeoutExpired:
            raise exits.Stop(exits.TIMEOUT, 'the benchmarks did not end within '
                             f'{SECONDS_MAX} s') from None
    print('\n'.join(table(read_rows(args.build / 'bench.json'))))
    return status
