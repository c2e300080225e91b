# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Logs as tests handle them: made from a history, changed, and judged by both verifiers."""
import dataclasses
import struct
import subprocess

import history
import verify

NO_NEXT = 0xFFFFFFFFFFFFFFFF
NO_STATE = 0xFFFFFFFFFFFFFFFF
CASE = struct.Struct("<6Q32s16s16s")


@dataclasses.dataclass
class Log:
    """What an auditor is given. `segments` and `records` are lists, so that tests can edit them."""
    secret: bytes
    log_id: bytes
    nonce: bytes
    boot: int
    segments: list
    records: list  # of the tail
    frequency: int = 0
    next_: int = None
    state: bytes = None

    @property
    def log(self):
        return b"".join(self.segments)

    @property
    def tail(self):
        return b"".join(self.records)

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def python_verdict(self):
        """As text, and the records that are proved."""
        verdict, proved = verify.verify(self.secret, self.log_id, self.boot, self.nonce, self.log,
                                        self.tail, self.frequency, self.next_)
        return str(verdict), proved

    def case(self):
        """For the judge."""
        header = CASE.pack(self.boot, self.frequency,
                           NO_NEXT if self.next_ is None else self.next_, len(self.log),
                           len(self.tail), NO_STATE if self.state is None else len(self.state),
                           self.secret, self.log_id, self.nonce)
        return header + self.log + self.tail + (self.state or b"")

    def write(self, folder):
        """The files and the arguments for the tool."""
        files = {"secret": self.secret, "log-id": self.log_id, "nonce": self.nonce,
                 "log": self.log, "tail": self.tail, "state": self.state}
        arguments = ["--boot", str(self.boot)]
        for name, data in files.items():
            if data is not None:
                (folder / name).write_bytes(data)
                arguments += [f"--{name}", str(folder / name)]
        if self.frequency:
            arguments += ["--frequency", str(self.frequency)]
        if self.next_ is not None:
            arguments += ["--next", str(self.next_)]
        return arguments


def counts_for(numbers, records):
    """Random sizes of segments for so many records."""
    counts = []
    while records:
        counts.append(min(records, numbers.choice((1, 2, 5, 62, numbers.randrange(1, 63)))))
        records -= counts[-1]
    return counts


def make(kernel, sealed=None, drained=None, overlap=0, **more):
    """The log of a history, of which so many records were drained into segments."""
    sealed = history.seal(kernel, kernel.records) if sealed is None else sealed
    drained = len(sealed) if drained is None else drained
    counts = counts_for(kernel.random, drained)
    return Log(kernel.secret, kernel.log_id, kernel.nonce, kernel.boot_number,
               history.segments(kernel, sealed, counts), sealed[max(0, drained - overlap):],
               **more)


@dataclasses.dataclass
class Judgement:
    verdict: str
    replay: str
    state: str

    @property
    def passed(self):
        return (self.verdict == "valid" and self.replay == "consistent"
                and self.state in ("equal", "-"))


def judge(program, logs):
    """What the C code says to each log."""
    done = subprocess.run([program], input=b"".join(log.case() for log in logs),
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"judge: exit {done.returncode}: {done.stderr.decode()}")
    return [Judgement(*line.split(";")) for line in done.stdout.decode().splitlines()]
