#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Two verifiers, many logs, one verdict.

Logs of random histories are changed in every way that somebody without the key could change
them; the C auditor and verify.py must agree on each, and no change may pass that the format
is there to show. Then histories are changed by somebody who *has* the key: those the replay
or the state must show.

  test_verdicts.py JUDGE [--seed N] [--rounds N]
"""
import argparse
import collections
import random
import struct
import sys

import history
import logs
import verify

HEADER_FIELDS = {"magic": (0, 8), "version": (8, 2), "count": (10, 2), "reserved": (12, 4),
                 "segment": (16, 8), "first_sequence": (24, 8), "boot": (32, 8),
                 "frequency": (40, 8), "log_id": (48, 16), "previous_hash": (64, 32),
                 "body_hash": (96, 32)}
RECORD_FIELDS = {"sequence": (0, 8), "time": (8, 8), "kind": (16, 2), "class": (18, 1),
                 "flags": (19, 1), "actor": (20, 4), "object": (24, 8), "p0": (32, 8),
                 "p1": (40, 8), "mac": (48, 16)}

# Names of changes begin so where a log may still be valid: without an anchor nobody sees that its
# end is gone; and nothing is lost where a record is there twice, or only once after all.
SHORTER = "shorter"
SAME = "same"


class Changes:
    """Yields (name, changed log)."""

    def __init__(self, numbers, base, sealed):
        self.numbers, self.base, self.sealed = numbers, base, sealed

    def flip(self, data, start, size):
        """One bit of `size` bytes from `start`."""
        changed = bytearray(data)
        changed[start + self.numbers.randrange(size)] ^= 1 << self.numbers.randrange(8)
        return bytes(changed)

    def with_segment(self, index, segment):
        segments = list(self.base.segments)
        segments[index] = segment
        return self.base.but(segments=segments)

    def with_record(self, index, record):
        records = list(self.base.records)
        records[index] = record
        return self.base.but(records=records)

    def pick(self, things):
        return self.numbers.randrange(len(things))

    def header_bits(self):
        for name, (start, size) in HEADER_FIELDS.items():
            i = self.pick(self.base.segments)
            yield f"header {name}", self.with_segment(
                i, self.flip(self.base.segments[i], start, size))

    def record_bits(self):
        for name, (start, size) in RECORD_FIELDS.items():
            i = self.pick(self.base.segments)
            count = struct.unpack_from("<H", self.base.segments[i], 10)[0]
            at = 128 + 64 * self.numbers.randrange(count) + start
            yield f"drained {name}", self.with_segment(
                i, self.flip(self.base.segments[i], at, size))
            i = self.pick(self.base.records)
            yield f"tail {name}", self.with_record(
                i, self.flip(self.base.records[i], start, size))

    def padding(self):
        for i, segment in enumerate(self.base.segments):
            used = 128 + 64 * struct.unpack_from("<H", segment, 10)[0]
            if used < 4096:
                yield f"{SAME} padding", self.with_segment(
                    i, self.flip(segment, used, 4096 - used))
                return

    def list_changes(self, name, things, put):
        """Deleted, duplicated, swapped, inserted: of segments as of records."""
        i, j = self.pick(things), self.pick(things)
        kind = f"{SHORTER} " if i == len(things) - 1 else f"{SAME} " if i == 0 else ""
        yield f"{kind}{name} deleted", put(things[:i] + things[i + 1:])
        yield f"{SAME} {name} duplicated", put(things[:i + 1] + things[i:])
        if i != j:
            swapped = list(things)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield f"{name} swapped", put(swapped)
            yield f"{name} inserted", put(things[:i] + [things[j]] + things[i:])
            yield f"{name} replaced", put(things[:i] + [things[j]] + things[i + 1:])

    def lists(self):
        yield from self.list_changes("segment", self.base.segments,
                                     lambda s: self.base.but(segments=s))
        yield from self.list_changes("tail record", self.base.records,
                                     lambda r: self.base.but(records=r))

    def truncations(self):
        log, tail = self.base.log, self.base.tail
        cut = self.numbers.randrange(1, len(log))
        yield f"{SHORTER} log cut, no tail", self.base.but(segments=[log[:cut]], records=[])
        yield "log cut before the tail", self.base.but(segments=[log[:cut]])
        cut = self.numbers.randrange(1, len(tail))
        yield f"{SHORTER} tail cut", self.base.but(records=[tail[:cut]])
        yield "cut log lengthened", self.base.but(segments=[log, bytes(4096)])
        cut = self.numbers.randrange(1, len(tail))
        yield f"{SAME} tail without its begin", self.base.but(records=[tail[cut:]])
        yield "log missing", self.base.but(segments=[])
        yield "end missing", self.base.but(records=self.base.records[:-1],
                                           next_=len(self.sealed))
        yield "end too long", self.base.but(next_=len(self.sealed) - 1)

    def garbage(self):
        size = self.numbers.randrange(1, 9000)
        yield "garbage log", self.base.but(segments=[self.numbers.randbytes(size)])
        yield "garbage tail", self.base.but(records=[self.numbers.randbytes(size)])
        i = self.pick(self.base.segments)
        yield "garbage segment", self.with_segment(i, self.numbers.randbytes(4096))
        yield "zero segment", self.with_segment(i, bytes(4096))
        sector = 512 * self.numbers.randrange(1 if len(self.base.segments) > 1 else 0, 8)
        segment = self.base.segments[i]
        used = 128 + 64 * struct.unpack_from("<H", segment, 10)[0]
        torn = segment[:sector] + bytes(512) + segment[sector + 512:]
        name = "sector lost" if sector < used else f"{SAME} sector lost"
        yield name, self.with_segment(i, torn)

    def identities(self):
        for field in ("secret", "log_id", "nonce"):
            value = getattr(self.base, field)
            yield f"other {field}", self.base.but(**{field: self.flip(value, 0, len(value))})
        yield "other boot", self.base.but(boot=self.base.boot ^ 1 << self.numbers.randrange(64))
        yield "other frequency", self.base.but(frequency=history.FREQUENCY + 1)

    def rebuilt(self, records, frequency=history.FREQUENCY):
        """Segments and tail anew, with all hashes right: no key is needed for those."""
        drained = self.numbers.randrange(1, max(2, len(records)))
        counts = logs.counts_for(self.numbers, drained)
        return self.base.but(segments=history.segments(self, records, counts, frequency),
                             records=records[max(0, drained - self.numbers.randrange(4)):])

    # What history.segments asks of a kernel.
    @property
    def boot_number(self):
        return self.base.boot

    @property
    def log_id(self):
        return self.base.log_id

    def forged_hashes(self):
        records = self.sealed
        i = self.pick(records)
        name, (start, size) = self.numbers.choice(list(RECORD_FIELDS.items()))
        changed = records[:i] + [self.flip(records[i], start, size)] + records[i + 1:]
        yield f"hashes forged over {name}", self.rebuilt(changed)
        yield from self.list_changes("forged record", records, self.rebuilt)
        renumbered = [struct.pack("<Q", n) + record[8:]
                      for n, record in enumerate(records[:i] + records[i + 1:])]
        name = "deleted and renumbered"
        yield (f"{SHORTER} {name}" if i == len(records) - 1 else name), self.rebuilt(renumbered)
        yield "other frequency in every segment", self.rebuilt(records, 7).but(
            frequency=history.FREQUENCY)

    def all(self):
        for changes in (self.header_bits, self.record_bits, self.padding, self.lists,
                        self.truncations, self.garbage, self.identities, self.forged_hashes):
            yield from changes()


def is_excused(name, log, proved, sealed):
    """A valid log that was changed: whether the format cannot show it (docs/witness.md)."""
    if name.startswith(SHORTER):
        return proved == sealed[:len(proved)]
    if name.startswith(SAME):
        return proved == sealed
    # The last header is bound by nothing that follows; with one only, its frequency is free.
    return name == "header frequency" and len(log.segments) == 1


class Tester:
    def __init__(self, judge, seed):
        self.judge = judge
        self.seed = seed
        self.numbers = random.Random(seed)
        self.failures = []
        self.counts = collections.Counter()

    def fail(self, what):
        self.failures.append(what)

    def compare(self, cases, sealed):
        """Both verifiers on (name, log) cases, made from a log with the records `sealed`."""
        answers = logs.judge(self.judge, [log for _, log in cases])
        if len(answers) != len(cases):
            self.fail(f"{len(cases)} logs, {len(answers)} verdicts")
        for (name, log), answer in zip(cases, answers):
            expected, proved = log.python_verdict()
            if answer.verdict != expected:
                self.fail(f"{name}: audit says {answer.verdict}, verify.py {expected}")
            if expected == "valid" and not is_excused(name, log, proved, sealed):
                self.fail(f"{name}: was not seen")
            self.counts[expected.split(" at")[0]] += 1

    def history(self, length):
        kernel = history.Kernel(self.numbers.randrange(1 << 32)).run(length)
        return kernel.finish_operations() if self.numbers.randrange(2) else kernel

    def logs_as_they_are(self, rounds):
        """Good logs are valid, consistent, and lead to the state that the model has."""
        made = []
        for _ in range(rounds):
            kernel = self.history(self.numbers.choice((60, 150, 400)))
            count = len(kernel.records)
            for drained, overlap in ((0, 0), (count, 0), (count // 2, 0), (count // 2, 9),
                                     (count, 7)):
                made.append(logs.make(kernel, drained=drained, overlap=overlap, next_=count,
                                      frequency=history.FREQUENCY, state=kernel.state()))
        for log, answer in zip(made, logs.judge(self.judge, made)):
            self.counts["good"] += 1
            if not answer.passed:
                self.fail(f"a good log: {answer}")
            verdict, _ = log.python_verdict()
            if verdict != "valid":
                self.fail(f"a good log: verify.py says {verdict}")

    def changed_logs(self, rounds):
        for _ in range(rounds):
            kernel = self.history(self.numbers.choice((45, 60, 90)))
            sealed = history.seal(kernel, kernel.records)
            base = logs.make(kernel, sealed, drained=len(sealed) * 2 // 3,
                             overlap=self.numbers.randrange(9))
            changes = [change for _ in range(3)
                       for change in Changes(self.numbers, base, sealed).all()]
            start = self.numbers.randrange(len(sealed))
            forged = history.seal(kernel, kernel.records, wrong_key_from=start)
            changes.append(("chained again with a wrong key", logs.make(
                kernel, forged, drained=len(sealed) // 2)))
            self.compare(changes, sealed)

    def another_boot(self, rounds):
        """Segments and records of an earlier boot of the same log, put in for those of this."""
        for _ in range(rounds):
            kernel = self.history(80)
            base = logs.make(kernel, drained=60)
            other = self.history(80)
            other.log_id, other.secret, other.nonce = kernel.log_id, kernel.secret, kernel.nonce
            old = logs.make(other, drained=60)
            i = self.numbers.randrange(min(len(base.segments), len(old.segments)))
            self.compare([
                ("old segment", base.but(segments=base.segments[:i] + [old.segments[i]]
                                         + base.segments[i + 1:])),
                ("old segments", base.but(segments=base.segments[:i] + old.segments[i:])),
                ("old log", base.but(segments=old.segments)),
                ("old tail", base.but(records=old.records)),
                ("old records after", base.but(records=base.records + old.records)),
            ], [])

    def any_one_record(self):
        """Every record of a log left out, in every way that needs no key."""
        kernel = self.history(70)
        sealed = history.seal(kernel, kernel.records)
        count = len(sealed)
        base = logs.make(kernel, sealed, drained=0, next_=count)
        cases = []
        for i in range(count):
            rest = sealed[:i] + sealed[i + 1:]
            again = [struct.pack("<Q", n) + record[8:] for n, record in enumerate(rest)]
            segments = history.segments(kernel, rest, logs.counts_for(self.numbers, count - 1))
            cases += [(f"record {i} of the tail missing", base.but(records=rest)),
                      (f"record {i} missing, renumbered", base.but(records=again)),
                      (f"record {i} drained no more", base.but(segments=segments, records=[]))]
        self.compare(cases, sealed)

    def by_the_key(self, rounds):
        """Left out by one who has the key and seals anew: the replay or the state shows it."""
        for _ in range(rounds):
            kernel = self.history(150).finish_operations()
            state, cases = kernel.state(), []
            for i in kernel.vital_records():
                records = kernel.records[:i] + kernel.records[i + 1:]
                cases.append((i, logs.make(kernel, history.seal(kernel, records), drained=0,
                                           state=state)))
            for (i, _), answer in zip(cases, logs.judge(self.judge, [log for _, log in cases])):
                self.counts["by the key"] += 1
                if answer.verdict != "valid":
                    self.fail(f"record {i} left out by the key: {answer}")
                if answer.passed:
                    self.fail(f"record {i} (kind {kernel.records[i][1]:#x}) left out: not seen")

    def rules_broken(self, rounds):
        """What the key makes authentic and the rules do not allow: the verdicts agree."""
        bits = (64, 16, 8, 8, 32, 64, 64, 64)  # of time, kind, class, flags, actor, object, p0, p1
        for _ in range(rounds):
            kernel = self.history(70)
            cases = []
            for _ in range(60):
                i = self.numbers.randrange(len(kernel.records))
                record = list(kernel.records[i])
                field = self.numbers.choice((0, 1, 2, 3, 4, 5, 6, 7))
                record[field] ^= 1 << self.numbers.randrange(bits[field])
                records = kernel.records[:i] + [tuple(record)] + kernel.records[i + 1:]
                if self.numbers.randrange(8) == 0:  # one more begin or end
                    records.insert(i, tuple(record))
                cases.append(logs.make(kernel, history.seal(kernel, records), drained=i))
            for log, answer in zip(cases, logs.judge(self.judge, cases)):
                expected, _ = log.python_verdict()
                self.counts[f"by the key: {expected.split(' at')[0]}"] += 1
                if answer.verdict != expected:
                    self.fail(f"sealed: audit says {answer.verdict}, verify.py {expected}")

    def changed_states(self, rounds):
        """One bit of what the kernel reports, or one entry more or less."""
        for _ in range(rounds):
            kernel = self.history(120).finish_operations()
            state = kernel.state()
            base = logs.make(kernel, drained=0)
            changed = []
            for _ in range(60):
                one = bytearray(state)
                one[self.numbers.randrange(len(one))] ^= 1 << self.numbers.randrange(8)
                changed.append(bytes(one))
            entry = self.numbers.randrange(len(state) // 64) * 64
            changed += [state[:entry] + state[entry + 64:], state + state[:64], state[:-1], b"",
                        state + bytes(64)]
            cases = [base.but(state=one) for one in changed]
            for answer in logs.judge(self.judge, cases):
                self.counts["states"] += 1
                if answer.state != "differs":
                    self.fail(f"a changed state: {answer}")
            again = logs.judge(self.judge, [base.but(state=state)])[0]
            if not again.passed:
                self.fail(f"an unchanged state: {again}")


def known_answers(fail):
    key = bytes(range(16))
    for size, expected in ((0, "a3817f04ba25a8e66df67214c7550293"),
                           (1, "da87c1d86b99af44347659119b22fc45"),
                           (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
                           (63, "5150d1772f50834a503e069a973fbd7c")):
        if verify.siphash128(key, bytes(range(size))).hex() != expected:
            fail(f"verify.py: SipHash-2-4-128 of {size} bytes")
    if verify.blake2b256(b"abc").hex() != (
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"):
        fail("verify.py: BLAKE2b-256")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("judge")
    parser.add_argument("--seed", type=int, default=20250118)
    parser.add_argument("--rounds", type=int, default=16)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    tester = Tester(options.judge, options.seed)
    known_answers(tester.fail)
    tester.logs_as_they_are(options.rounds)
    tester.changed_logs(2 * options.rounds)
    tester.another_boot(options.rounds)
    tester.any_one_record()
    tester.by_the_key(options.rounds)
    tester.rules_broken(options.rounds)
    tester.changed_states(options.rounds // 2)
    print(", ".join(f"{count} {name}" for name, count in sorted(tester.counts.items())))
    for failure in tester.failures[:20]:
        print(f"FAIL: {failure}")
    if tester.failures:
        print(f"{len(tester.failures)} failures, seed {options.seed}")
    sys.exit(1 if tester.failures else 0)


if __name__ == "__main__":
    main()
