# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The virtual machine: its QEMU command line, and running it with bounds on time and output.

Everybody who starts a guest (run, debug, the test runner) builds the line here, so that there is
one machine.
"""

import ctypes
import dataclasses
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time

from . import exits

PROGRAM = 'qemu-system-aarch64'
CPUS = ('cortex-a72', 'max')
MEMORY_MIB = 256
RAM_BASE = 0x40000000
RAM_SIZE = MEMORY_MIB << 20

_PR_SET_PDEATHSIG = 1
_READ_BYTES = 65536


def _quoted(path):
    """A path as the value of a QEMU option, where a comma separates."""
    return str(path).replace(',', ',,')


@dataclasses.dataclass
class Machine:
    """One guest. Paths that are None leave their option out."""

    kernel: str
    initrd: str = None
    cpu: str = 'cortex-a72'
    smp: int = 1
    icount: bool = False
    ram: str = None
    append: str = None
    fw_cfg: dict = dataclasses.field(default_factory=dict)  # item name: file
    semihosting: bool = False
    serial_log: str = None
    interactive: bool = False
    is_silent: bool = False  # serial output to the file only
    gdb_port: int = None

    def command(self):
        """The whole QEMU line as a list."""
        machine = 'virt,virtualization=on,gic-version=3,dtb-randomness=off'
        if self.ram is not None:
            machine += ',memory-backend=ram0'
        line = [PROGRAM, '-machine', machine]
        if self.ram is not None:
            line += ['-object', f'memory-backend-file,id=ram0,size={MEMORY_MIB}M,'
                     f'mem-path={_quoted(self.ram)},share=on']
        line += ['-cpu', self.cpu, '-smp', str(self.smp), '-m', f'{MEMORY_MIB}M', '-nodefaults',
                 '-display', 'none', '-no-reboot', *self._serial()]
        if self.icount:
            line += ['-icount', 'shift=0,sleep=off']
        if self.semihosting:
            line += ['-semihosting-config', 'enable=on,target=native']
        line += ['-kernel', str(self.kernel)]
        if self.initrd is not None:
            line += ['-initrd', str(self.initrd)]
        if self.append is not None:
            line += ['-append', self.append]
        for name, file in self.fw_cfg.items():
            line += ['-fw_cfg', f'name={name},file={_quoted(file)}']
        if self.gdb_port is not None:
            line += ['-S', '-gdb', f'tcp:127.0.0.1:{self.gdb_port}']
        return line

    def _serial(self):
        if self.is_silent:
            return ['-serial', f'file:{self.serial_log}']
        if not self.interactive and self.serial_log is None:
            return ['-serial', 'stdio']
        # What `-serial mon:stdio` is short for, and a copy of the output.
        device = 'stdio,id=serial0'
        if self.interactive:
            device += ',mux=on,signal=off'
        if self.serial_log is not None:
            device += f',logfile={_quoted(self.serial_log)},logappend=off'
        line = ['-chardev', device, '-serial', 'chardev:serial0']
        if self.interactive:
            line += ['-mon', 'chardev=serial0']
        return line

    def shown(self):
        """The line for people, ready to be pasted into a shell."""
        return shlex.join(self.command())


def require():
    """QEMU is there."""
    if shutil.which(PROGRAM) is None:
        raise exits.Stop(exits.MISSING, f'{PROGRAM} is not installed',
                         'scripts/setup, or install the package qemu-system-arm')


def new_ram(path):
    """A RAM file of the machine's size, all zero."""
    with open(path, 'wb') as file:
        file.truncate(RAM_SIZE)


def _die_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclasses.dataclass
class Outcome:
    """How a run ended."""

    output: bytes
    errors: bytes
    status: int = None  # QEMU's, None: it was killed for one of the reasons below
    is_late: bool = False
    is_too_long: bool = False
    has_last_words: bool = False
    seconds: float = 0.0


def run_bounded(command, deadline, bytes_max, show=None, last_words=None, grace=1.0):
    """Run a guest without a terminal until it ends, or its time or its output is used up.

    `show(chunk)` sees the output as it comes. Once the output has `last_words`, the guest gets
    `grace` more seconds to end by itself: after a panic nothing better is to come.
    """
    start = time.monotonic()
    end = start + deadline
    outcome = Outcome(b'', b'')
    chunks = {'out': bytearray(), 'err': bytearray()}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=_die_with_parent) as process, \
            selectors.DefaultSelector() as selector:
        try:
            selector.register(process.stdout, selectors.EVENT_READ, 'out')
            selector.register(process.stderr, selectors.EVENT_READ, 'err')
            while selector.get_map():
                left = end - time.monotonic()
                if left <= 0:
                    outcome.is_late = True
                    break
                for key, _ in selector.select(left):
                    chunk = os.read(key.fd, _READ_BYTES)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        continue
                    chunks[key.data] += chunk
                    if key.data != 'out':
                        continue
                    if show is not None:
                        show(chunk)
                    if last_words is not None and not outcome.has_last_words:
                        start_at = max(0, len(chunks['out']) - len(chunk) - len(last_words))
                        if chunks['out'].find(last_words, start_at) >= 0:
                            outcome.has_last_words = True
                            end = min(end, time.monotonic() + grace)
                if len(chunks['out']) + len(chunks['err']) > bytes_max:
                    outcome.is_too_long = True
                    break
            else:
                # Both pipes are closed: it has ended, or will in a moment.
                try:
                    outcome.status = process.wait(max(1.0, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    outcome.is_late = True
        finally:
            if process.poll() is None:
                process.kill()
    outcome.output = bytes(chunks['out'][:bytes_max])
    outcome.errors = bytes(chunks['err'][:bytes_max])
    outcome.seconds = time.monotonic() - start
    return outcome
