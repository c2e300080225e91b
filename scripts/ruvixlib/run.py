# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix run`: boots a system in QEMU, and audits what it did when the power is off.

With a terminal one talks to the guest; without one it has a bounded time, and the exit status
says whether all that was judged held.
"""

import subprocess
import sys
import termios

from . import audit, exits, guest, judge, options, qemu, state
from .ram import Ram, Symbols

SECONDS_WITHOUT_TERMINAL = 120
OUTPUT_BYTES_MAX = 4 << 20


def _arguments(argv):
    parser = options.parser('run', 'Boot a system in QEMU, then audit what it did.')
    options.add_build(parser)
    options.add_machine(parser)
    options.add_state(parser)
    parser.add_argument('--timeout', type=float, metavar='SECONDS',
                        help='end the run then (default: never with a terminal, '
                        f'{SECONDS_WITHOUT_TERMINAL} without)')
    parser.add_argument('--max-bytes', type=int, default=OUTPUT_BYTES_MAX, metavar='N',
                        help='without a terminal, end a run that writes more (default: '
                        '%(default)s)')
    parser.add_argument('--no-audit', action='store_true', help='do not audit')
    parser.add_argument('--judge', type=options.pathlib.Path, metavar='FILE',
                        help='what must hold besides, as examples/first-light.judge.toml')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    if args.timeout is not None and args.timeout <= 0:
        parser.error(f'--timeout {args.timeout:g}: expected more than 0')
    return args


def _show(chunk):
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _run_with_terminal(machine, timeout):
    """QEMU's exit status."""
    print('To leave QEMU: Ctrl-A, then X.', flush=True)
    terminal = termios.tcgetattr(sys.stdin)
    with subprocess.Popen(machine.command()) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise exits.Stop(exits.TIMEOUT, f'the guest did not end within {timeout:g} s') from None
        finally:
            if process.poll() is None:
                process.kill()
                # QEMU has made the terminal raw.
                termios.tcsetattr(sys.stdin, termios.TCSANOW, terminal)


def _run_without_terminal(machine, timeout, bytes_max):
    """QEMU's exit status."""
    timeout = timeout or SECONDS_WITHOUT_TERMINAL
    outcome = qemu.run_bounded(machine.command(), timeout, bytes_max, show=_show)
    sys.stderr.write(outcome.errors.decode('utf-8', 'replace'))
    if outcome.is_too_long:
        raise exits.Stop(exits.DIED, f'the guest wrote more than {bytes_max} bytes',
                         f'look at the first of them in {machine.serial_log}')
    if outcome.is_late:
        raise exits.Stop(exits.TIMEOUT, f'the guest did not end within {timeout:g} s',
                         f'look at its output in {machine.serial_log}, or give more --timeout')
    return outcome.status


def _has_panicked(machine, kernel_path):
    """Whether the kernel is dead, and then tells what it left."""
    with Ram(machine.ram) as ram:
        epitaph = guest.epitaph(ram, Symbols(kernel_path))
    if epitaph:
        print('\n'.join(epitaph), flush=True)
    return bool(epitaph)


def main(argv):
    args = _arguments(argv)
    keys = state.State(options.state_folder(args))
    machine = options.machine(args, keys)
    machine.interactive = sys.stdin.isatty() and sys.stdout.isatty()
    kernel_path = options.kernel_elf(args)
    if not args.no_audit:
        audit.auditor(args.build)
        options.root_elf(args)
    if args.dry_run:
        print(machine.shown())
        return exits.OK

    qemu.require()
    if not keys.has_keys():
        keys.make_keys()
        print(f'new keys in {keys.folder}')
    keys.next_boot()
    qemu.new_ram(machine.ram)
    print(machine.shown(), flush=True)
    if machine.interactive:
        status = _run_with_terminal(machine, args.timeout)
    else:
        status = _run_without_terminal(machine, args.timeout, args.max_bytes)
    print(f'serial output: {machine.serial_log}\nRAM: {machine.ram}\nsymbols: {kernel_path}',
          flush=True)
    if status != 0:
        _has_panicked(machine, kernel_path)
        raise exits.Stop(exits.DIED, f'QEMU ended with {status}', 'see its output above')
    if args.no_audit:
        return exits.DIED if _has_panicked(machine, kernel_path) else exits.OK
    status = audit.audit(args.build, machine.ram, kernel_path, options.root_elf(args), keys,
                       to_end=not machine.interactive)
    if status != exits.OK or args.judge is None or machine.interactive:
        return status
    return judge.judge(args.judge, args.build, keys, options.system_image(args))
