#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The auditor as its users see it: command line, messages, exit status, text and JSON.

  test_audit.py AUDIT
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import history
import logs
import sample

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
AUDIT = None
SANITIZER = re.compile(r"Sanitizer|runtime error")


class AuditTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = sample.make()

    def run_audit(self, *arguments):
        done = subprocess.run([AUDIT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        self.assertNotRegex(done.stderr, SANITIZER)
        self.assertIn(done.returncode, (0, 1, 2))
        return done

    def audit(self, log, *more):
        return self.run_audit(*log.write(self.folder), *more)

    def audit_json(self, log, *more):
        return json.loads(self.audit(log, "--json", *more).stdout)

    def check_usage(self, arguments, message):
        done = self.run_audit(*arguments)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertIn(message, done.stderr)

    # What is wrong with the command line or a file is said, and nothing is judged.

    def test_help_names_every_option(self):
        done = self.run_audit("--help")
        self.assertEqual(done.returncode, 0)
        for option in ("secret", "log-id", "boot", "nonce", "log", "tail", "state", "frequency",
                       "next", "query", "print-state", "json"):
            self.assertIn(f"--{option}", done.stdout)

    def test_what_is_missing_is_named(self):
        arguments = self.log.write(self.folder)
        self.check_usage([], "--secret is missing")
        for name in ("secret", "log-id", "boot", "nonce"):
            at = arguments.index(f"--{name}")
            self.check_usage(arguments[:at] + arguments[at + 2:], f"--{name} is missing")
        rest = [a for a in self.log.but(segments=[], records=[]).write(self.folder)]
        at = rest.index("--log")
        del rest[at:at + 2]
        at = rest.index("--tail")
        del rest[at:at + 2]
        self.check_usage(rest, "--log or --tail is missing")

    def test_wrong_arguments_are_named(self):
        arguments = self.log.write(self.folder)
        self.check_usage([*arguments, "--boot", "seven"], "--boot seven: this is no number")
        self.check_usage([*arguments, "--next", "-1"], "--next -1: this is no number")
        self.check_usage([*arguments, "--frequency", "0"], "--frequency 0: it is not 0")
        self.check_usage([*arguments, "--query", "from=1,kind=Nothing"],
                         "--query kind=Nothing: expected partition=N")
        self.check_usage([*arguments, "more"], "more: unexpected argument")
        self.check_usage([*arguments, "--nothing"], "--nothing")
        self.check_usage([*arguments, "--log"], "--log")

    def test_files_that_cannot_be_used_are_named(self):
        arguments = self.log.write(self.folder)
        missing = self.folder / "missing"
        for name in ("secret", "log-id", "nonce", "log", "tail", "state"):
            self.check_usage([*arguments, f"--{name}", missing],
                             f"{missing}: cannot read the ")
            self.check_usage([*arguments, f"--{name}", self.folder], f"{self.folder}: cannot read")
        short = self.folder / "short"
        short.write_bytes(bytes(31))
        self.check_usage([*arguments, "--secret", short],
                         f"{short}: the secret is 31 bytes long, expected 32")
        self.check_usage([*arguments, "--log-id", short], "expected 16")
        self.check_usage([*arguments, "--nonce", short], "expected 16")

    def test_two_empty_files_are_nothing_to_audit(self):
        arguments = self.log.but(segments=[], records=[]).write(self.folder)
        self.check_usage(arguments, "log and tail are both empty")

    # Verdicts

    def test_a_good_log_passes(self):
        done = self.audit(self.log)
        self.assertEqual(done.returncode, 0, done.stdout)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "verdict: valid")
        self.assertTrue(any(line.startswith("replay: consistent, ") for line in lines))
        self.assertTrue(any(line.startswith("state: equal, ") for line in lines))
        self.assertIn("note: without an anchor or --next, records cut off at the end cannot be "
                      "seen", lines)

    def test_a_defect_is_named_with_file_and_offset(self):
        records = list(self.log.records)
        records[7] = records[7][:-1] + bytes([records[7][-1] ^ 1])
        done = self.audit(self.log.but(records=records))
        self.assertEqual(done.returncode, 1)
        sequence = struct.unpack_from("<Q", records[7])[0]
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], f"verdict: tampered at {sequence}")
        self.assertEqual(lines[1], f"reason: {self.folder}/tail: offset {7 * 64}: the record's mac "
                         "does not follow from those before it")
        self.assertIn("state: not compared", lines)

    def test_every_verdict_has_its_name_and_status(self):
        def judge(**changes):
            done = self.audit(self.log.but(**changes))
            return done.stdout.splitlines()[0], done.returncode

        log, tail, count = self.log.log, self.log.records, len(sample.make().records)
        self.assertEqual(judge(segments=[log[:-1]], records=[])[0], "verdict: torn tail")
        self.assertRegex(judge(records=tail[6:])[0], r"^verdict: gap at \d+$")
        self.assertEqual(judge(boot=8), ("verdict: tampered at 0", 1))
        first = struct.unpack_from("<Q", tail[0])[0]
        self.assertEqual(judge(records=tail[:-1], next_=first + count),
                         (f"verdict: gap at {first + count - 1}", 1))
        self.assertEqual(judge(next_=first + count), ("verdict: valid", 0))

    def test_the_log_or_the_tail_alone_will_do(self):
        kernel = history.Kernel(3).run(90)
        for drained in (0, 90):
            done = self.audit(logs.make(kernel, drained=drained).but(state=None))
            self.assertEqual(done.returncode, 0)

    def test_a_state_that_differs_is_shown_from_both_sides(self):
        state = bytearray(self.log.state)
        state[0] ^= 1
        done = self.audit(self.log.but(state=bytes(state)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("state: differs in 1 places", done.stdout)
        self.assertRegex(done.stdout, r"\n  table \d+ slot \d+\n    by the log:    \w+ 0x.*"
                         r"\n    by the kernel: \w+ 0x")
        done = self.audit(self.log.but(state=bytes(state[:-1])))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"state: differs: {self.folder}/state: offset {len(state) - 64}: the last "
                      "entry is cut off", done.stdout)
        self.assertEqual(self.audit(self.log.but(state=b"")).returncode, 1)

    def test_an_impossible_history_is_shown(self):
        kernel = history.Kernel(3).run(90)
        records = [record for record in kernel.records
                   if record[1] != history.kind_numbers()["PartitionStart"]]
        done = self.audit(logs.make(kernel, history.seal(kernel, records)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("verdict: valid", done.stdout)
        self.assertRegex(done.stdout, r"replay: inconsistent at \d+: the actor, partition 1.1, is "
                         "created")

    # Queries and JSON

    def query(self, text):
        lines = self.audit(self.log, "--query", text).stdout.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("sequence"))
        return lines[start + 1:]

    def test_queries_print_records_with_names(self):
        everything = self.query("")
        self.assertEqual(len(everything), self.audit_json(self.log)["records_proved"])
        self.assertRegex(self.query("kind=BootAttestation")[0],
                         r"^ +0 +[\d.]+s +BootAttestation +allowed kernel +0x0000000000000007")
        maps = self.query("kind=RegionMap,partition=1")
        self.assertTrue(maps)
        for line in maps:
            self.assertRegex(line, r" RegionMap +allowed 1\.1 +0x\w+ +by table \d+ slot \d+, in "
                             r"partition \d+ at 0x\w+ rights R")
        number = history.kind_numbers()["RegionMap"]
        self.assertEqual(self.query(f"kind={number:#x},partition=1"), maps)
        self.assertEqual(self.query("from=1000000000"), [])

    def test_times_of_a_query_include_their_ends(self):
        records = self.audit_json(self.log, "--query", "")["records"]
        times = [record["time"] for record in records]
        start, end = times[20], times[40]
        found = self.audit_json(self.log, "--query", f"from={start},to={end}")["records"]
        self.assertEqual([record["time"] for record in found],
                         [time for time in times if start <= time <= end])

    def test_json_says_all(self):
        told = self.audit_json(self.log, "--query", "", "--print-state")
        self.assertEqual(told["verdict"], "valid")
        self.assertIsNone(told["at"])
        self.assertTrue(told["passed"])
        self.assertFalse(told["anchored"])
        self.assertTrue(told["replay"]["consistent"])
        self.assertTrue(told["state"]["equal"])
        self.assertEqual(len(told["capabilities"]), len(self.log.state) // 64)
        self.assertEqual(sum(told["kinds"].values()), told["records_proved"])
        self.assertEqual(told["records_proved"], len(told["records"]))
        denied = [record for record in told["records"] if record["kind"] == "ProofRejected"]
        self.assertEqual(sum(entry["count"] for entry in told["refused"]),
                         sum(int(record["p1"], 0) for record in denied))
        faults = [record for record in told["records"] if record["kind"] == "TaskFault"]
        self.assertEqual(sum(entry["count"] for entry in told["faults"]),
                         sum(int(record["p0"], 0) & 0xffffffff for record in faults))

    def test_json_is_json_whatever_is_wrong(self):
        for changes in ({"boot": 9}, {"records": self.log.records[6:]}, {"state": b"x"},
                        {"state": self.log.state[64:]}, {"segments": [b"\xff" * 9000]}):
            told = self.audit_json(self.log.but(**changes), "--query", "", "--print-state")
            self.assertFalse(told["passed"])
        odd = self.folder / 'a "strange"\n\\ n\xe4me'
        odd.write_bytes(b"\xff" * 5000)
        arguments = self.log.write(self.folder)
        told = json.loads(self.run_audit(*arguments, "--json", "--log", odd).stdout)
        self.assertEqual(told["verdict"], "gap")
        told = json.loads(self.run_audit(*arguments, "--json", "--tail", odd).stdout)
        self.assertEqual((told["verdict"], told["offset"]), ("tampered", 0))
        self.assertIn('a "strange"\n\\ n', told["file"])

    def test_the_second_verifier_says_the_same(self):
        arguments = self.log.but(state=None).write(self.folder)
        done = subprocess.run([HERE / "verify.py", *arguments], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "verdict: valid\n"))
        done = subprocess.run([HERE / "verify.py", *arguments, "--next", "3"],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "verdict: tampered at 3\n"))

    # The page that describes it

    def test_the_commands_of_the_page_work(self):
        page = (ROOT / "docs/witness.md").read_text()
        (self.folder / "build/tools").mkdir(parents=True)
        (self.folder / "build/tools/audit").symlink_to(pathlib.Path(AUDIT).resolve())
        (self.folder / "tests").symlink_to(ROOT / "tests")
        blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        # Those of scripts/ need a machine that has run.
        blocks = [block for block in blocks if "scripts/" not in block]
        self.assertTrue(blocks)
        for block in blocks:
            done = subprocess.run(["sh", "-e", "-c", block], cwd=self.folder, capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{block}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    AUDIT = sys.argv.pop(1)
    unittest.main(verbosity=1)
