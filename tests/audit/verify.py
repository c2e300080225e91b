#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The second verifier of witness logs, from docs/witness.md and the SipHash paper alone.

It shares no code with tools/audit and must come to the same verdict on every log. It needs
nothing but Python's standard library. SipHash is Aumasson's and Bernstein's with c = 2, d = 4 and
the 128-bit output of its authors' reference.

  verify.py --secret FILE --log-id FILE --boot N --nonce FILE [--log FILE] [--tail FILE]
            [--frequency HZ] [--next N]

prints the verdict; exit status 0 valid, 1 anything else, 2 usage.
"""
import argparse
import functools
import hashlib
import pathlib
import struct
import sys
import tomllib

SEGMENT_BYTES = 4096
HEADER = struct.Struct("<QHHIQQQQ16s32s32s")
RECORD = struct.Struct("<QQHBBIQQQ16s")
RECORD_BYTES = RECORD.size
SIGNED_BYTES = 48
MAGIC = int.from_bytes(b"RUVIXSEG", "little")
ATTESTATION = 0x80
BEGIN, END, OUTCOME = 0x08, 0x0C, 0x0C
MASK = 0xFFFFFFFFFFFFFFFF
WITNESS_TABLE = pathlib.Path(__file__).resolve().parents[2] / "abi/witness.toml"


def _sip_round(v0, v1, v2, v3):
    v0 = (v0 + v1) & MASK
    v1 = (v1 << 13 & MASK | v1 >> 51) ^ v0
    v0 = v0 << 32 & MASK | v0 >> 32
    v2 = (v2 + v3) & MASK
    v3 = (v3 << 16 & MASK | v3 >> 48) ^ v2
    v0 = (v0 + v3) & MASK
    v3 = (v3 << 21 & MASK | v3 >> 43) ^ v0
    v2 = (v2 + v1) & MASK
    v1 = (v1 << 17 & MASK | v1 >> 47) ^ v2
    v2 = v2 << 32 & MASK | v2 >> 32
    return v0, v1, v2, v3


def _rounds(count, v):
    for _ in range(count):
        v = _sip_round(*v)
    return v


@functools.lru_cache(maxsize=1 << 18)
def siphash128(key, message):
    """SipHash-2-4 with 128 bits of output."""
    k0, k1 = struct.unpack("<QQ", key)
    v = (k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE,
         k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573)
    # The last block: what is left over, zeros, and the length in the top byte.
    padded = message + bytes(-(len(message) + 1) % 8) + bytes([len(message) & 0xFF])
    for (block,) in struct.iter_unpack("<Q", padded):
        v0, v1, v2, v3 = _rounds(2, (v[0], v[1], v[2], v[3] ^ block))
        v = (v0 ^ block, v1, v2, v3)
    v = _rounds(4, (v[0], v[1], v[2] ^ 0xEE, v[3]))
    low = v[0] ^ v[1] ^ v[2] ^ v[3]
    v = _rounds(4, (v[0], v[1] ^ 0xDD, v[2], v[3]))
    return struct.pack("<QQ", low, v[0] ^ v[1] ^ v[2] ^ v[3])


def blake2b256(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def first_key(secret, log_id, boot, nonce):
    return blake2b256(log_id + struct.pack("<Q", boot) + nonce, key=secret)[:16]


def next_key(key):
    return siphash128(key, b"RuVix-key-evolve")


@functools.cache
def kinds():
    """Number of each known kind: whether servers may emit it."""
    with open(WITNESS_TABLE, "rb") as table:
        return {kind["number"]: kind.get("user", False) for kind in tomllib.load(table)["kinds"]}


class Verdict(Exception):
    """Ends the walk. at None: the verdict names no record."""

    def __init__(self, name, at=None, why=""):
        super().__init__(name, at, why)
        self.name, self.at, self.why = name, at, why

    def __str__(self):
        return self.name if self.at is None else f"{self.name} at {self.at}"


def tampered(at, why):
    return Verdict("tampered", at, why)


class Chain:
    """Follows macs and rules over the records accepted so far."""

    def __init__(self, secret, log_id, boot, nonce):
        self.key = first_key(secret, log_id, boot, nonce)
        self.mac = bytes(16)
        self.log_id, self.boot = log_id, boot
        self.accepted = []
        self.time = 0
        self.open = set()

    def accept(self, record):
        at = len(self.accepted)
        if siphash128(self.key, self.mac + record[:SIGNED_BYTES]) != record[SIGNED_BYTES:]:
            raise tampered(at, "mac")
        self.check_rules(at, record)
        self.mac = record[SIGNED_BYTES:]
        self.key = next_key(self.key)
        self.accepted.append(record)

    def check_rules(self, at, record):
        _, time, kind, class_, flags, _, thing, p0, p1, _ = RECORD.unpack(record)
        known = kinds()
        if kind not in known or class_ & 0x80 or flags & ~1 or (flags & 1 and not known[kind]):
            raise tampered(at, "form")
        if (at == 0) != (kind == ATTESTATION):
            raise tampered(at, "attestation")
        if at == 0 and (thing != self.boot or struct.pack("<QQ", p0, p1) != self.log_id):
            raise tampered(at, "attestation of something else")
        if time < self.time:
            raise tampered(at, "time")
        self.time = time
        outcome, change = class_ & OUTCOME, (kind, thing)
        if outcome == BEGIN:
            if change in self.open:
                raise tampered(at, "begun twice")
            self.open.add(change)
        if outcome == END:
            if change not in self.open:
                raise tampered(at, "ended without a beginning")
            self.open.remove(change)


def sequence_of(record):
    return struct.unpack_from("<Q", record)[0]


def check_number(expected, records, index):
    """The record at `index` of one source must have the number that is expected there."""
    number = sequence_of(records[index])
    if number == expected:
        return
    if number > expected and (index + 1 == len(records)
                              or sequence_of(records[index + 1]) == (number + 1) & MASK):
        raise Verdict("gap", expected, "records are missing")
    raise tampered(expected, "number")


def split(data):
    return [data[i:i + RECORD_BYTES] for i in range(0, len(data) - RECORD_BYTES + 1, RECORD_BYTES)]


class Segment:
    def __init__(self, data):
        self.whole = len(data) == SEGMENT_BYTES
        self.header_bytes = data[:HEADER.size]
        (self.magic, self.version, self.count, self.reserved, self.number, self.first, self.boot,
         self.frequency, self.log_id, self.previous, self.body_hash) = HEADER.unpack(
             data[:HEADER.size].ljust(HEADER.size, b"\0"))
        self.body = data[HEADER.size:HEADER.size + self.count * RECORD_BYTES]

    def header_makes_sense(self):
        return (self.whole and self.magic == MAGIC and self.version == 1
                and 1 <= self.count <= 62 and self.reserved == 0)

    def is_sound(self):
        return self.header_makes_sense() and blake2b256(self.body) == self.body_hash


def accept_all(chain, records):
    for index, record in enumerate(records):
        check_number(len(chain.accepted), records, index)
        chain.accept(record)


def walk_segments(chain, data, frequency):
    """True: the log ends in a torn segment."""
    segments = [Segment(data[i:i + SEGMENT_BYTES]) for i in range(0, len(data), SEGMENT_BYTES)]
    previous = bytes(32)
    for index, segment in enumerate(segments):
        at = len(chain.accepted)
        if not segment.is_sound():
            if not any(later.is_sound() for later in segments[index + 1:]):
                return True
            if segment.header_makes_sense():
                try:
                    accept_all(chain, split(segment.body))
                except Verdict as verdict:
                    raise tampered(verdict.at, verdict.why) from None
            raise tampered(at, "a whole segment follows one that is not")
        if segment.log_id != chain.log_id or segment.boot != chain.boot:
            raise tampered(at, "segment of another log or boot")
        if segment.frequency == 0 or frequency not in (0, segment.frequency):
            raise tampered(at, "frequency")
        if segment.number > index and segment.first > at:
            raise Verdict("gap", at, "segments are missing")
        if segment.number != index or segment.first != at or segment.previous != previous:
            raise tampered(at, "segment does not follow")
        accept_all(chain, split(segment.body))
        previous, frequency = blake2b256(segment.header_bytes), segment.frequency
    return False


def walk_tail(chain, data):
    """True: the last record is torn."""
    records = split(data)
    expected = len(chain.accepted)
    if records:
        expected = min(expected, sequence_of(records[0]))
    for index, record in enumerate(records):
        check_number(expected, records, index)
        if expected < len(chain.accepted):
            if record != chain.accepted[expected]:
                raise tampered(expected, "tail and log differ")
        else:
            chain.accept(record)
        expected += 1
    return len(data) % RECORD_BYTES != 0


def verify(secret, log_id, boot, nonce, log=b"", tail=b"", frequency=0, next_=None):
    """The verdict on a log as a Verdict, and the records that were proved."""
    chain = Chain(secret, log_id, boot, nonce)
    try:
        torn = walk_segments(chain, log, frequency)
        torn = walk_tail(chain, tail) or torn
        count = len(chain.accepted)
        if next_ is not None and count < next_:
            raise Verdict("gap", count, "the end is missing")
        if next_ is not None and count > next_:
            raise tampered(next_, "records after the end")
    except Verdict as verdict:
        return verdict, chain.accepted
    return Verdict("torn tail" if torn else "valid"), chain.accepted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("secret", "log-id", "nonce"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--boot", required=True, type=lambda text: int(text, 0))
    parser.add_argument("--log", type=pathlib.Path)
    parser.add_argument("--tail", type=pathlib.Path)
    parser.add_argument("--frequency", type=lambda text: int(text, 0), default=0)
    parser.add_argument("--next", type=lambda text: int(text, 0))
    options = parser.parse_args()
    try:
        log, tail = (path.read_bytes() if path else b"" for path in (options.log, options.tail))
        secret, log_id, nonce = (
            path.read_bytes() for path in (options.secret, options.log_id, options.nonce))
    except OSError as error:
        parser.error(str(error))
    if not log and not tail:
        parser.error("log and tail are both empty")
    verdict, _ = verify(secret, log_id, options.boot, nonce, log, tail, options.frequency,
                        options.next)
    print(f"verdict: {verdict}")
    sys.exit(0 if verdict.name == "valid" else 1)


if __name__ == "__main__":
    main()
