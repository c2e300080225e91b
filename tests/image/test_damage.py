#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Random damage to manifests and programs, from a seed.

test_damage.py IMAGE_FACTS MANIFESTS PROGRAMS

Whatever is done to a manifest, the tool ends, prints no traceback, and what it prints has the
form of a message with a place in the file. Whatever is done to a program, the check of the image
tool and the reader in lib/elf.c agree on whether it is one, and on what is in it.
"""

import random
import re
import struct
import subprocess
import sys
import time
import unittest

import elfbuilder
from imagetest import ABI, MANIFEST, ImageCase
from ruvixlib import program

SEED = 90210
SECONDS_MAX = 5

IMAGE_FACTS = None
MANIFESTS = 1500
PROGRAMS = 6000

MESSAGE = re.compile(r'^system\.toml:([0-9]+):([0-9]+): error: [ -~]+; [ -~]+$')

WORDS = ['[', ']', '[[', ']]', '{', '}', '=', '.', ',', '"', "'", '"""', "'''", '\\', '#', '\n',
         '\r\n', '\t', ' ', '\0', '\x7f', '\ud7ff', '\u00e9', '\U0001f600', '-', '+', '_', '0x',
         '1e9', 'inf', 'nan', 'true', '1979-05-27T07:32:00Z', '99999999999999999999999', '-1',
         '[[partition]]', '[system]', '[partition.schedule]', '[[edge]]', '[[region]]', 'name',
         '[partition]', 'window = 7', 'ends = ["agent_a", "agent_b"]', 'image = "agent_a"',
         '\\u0041', '\\ud800', 'a.b.c = 1', '[a.b.c]', '{a = {b = {}}}', '[' * 60, '{a=' * 60]


def damage(numbers, text):
    """The text with a few random changes."""
    for _ in range(numbers.choice((1, 1, 1, 2, 3, 8))):
        at = numbers.randrange(len(text) + 1)
        kind = numbers.randrange(7)
        if kind == 0:
            text = text[:at] + numbers.choice(WORDS) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + numbers.choice((1, 1, 2, 5, 40)):]
        elif kind == 2:
            text = text[:at] + chr(numbers.choice((numbers.randrange(32, 127),
                                                   numbers.randrange(1, 0xd800)))) + text[at + 1:]
        elif kind == 3:
            lines = text.split('\n')
            lines.insert(numbers.randrange(len(lines)), numbers.choice(lines))
            text = '\n'.join(lines)
        elif kind == 4:
            lines = text.split('\n')
            del lines[numbers.randrange(len(lines))]
            text = '\n'.join(lines) or '\n'
        elif kind == 5:
            lines = text.split('\n')
            numbers.shuffle(lines)
            text = '\n'.join(lines)
        else:
            values = re.findall(r'= (.*)', text) or ['1']
            keys = list(re.finditer(r'= (.*)', text))
            if keys:
                key = numbers.choice(keys)
                text = text[:key.start(1)] + numbers.choice(values) + text[key.end(1):]
    return text


class DamagedManifests(ImageCase):
    def test_every_answer_is_an_image_or_messages_with_places(self):
        self.folder.write('root', elfbuilder.Elf(abi=ABI).build())
        numbers = random.Random(SEED)
        accepted = 0
        for number in range(MANIFESTS):
            text = damage(numbers, numbers.choice((MANIFEST, elfbuilder.MANIFESTS[1])))
            data = text.encode('utf-8', 'surrogatepass')
            if numbers.random() < 0.05:
                data = data.replace(b'a', bytes([numbers.randrange(256)]), 3)
            self.folder.write('system.toml', data)
            with self.subTest(seed=SEED, number=number):
                started = time.monotonic()
                status, output, errors = self.folder.run()
                self.assertLess(time.monotonic() - started, SECONDS_MAX)
                if status == 0:
                    self.assertEqual(errors, '')
                    accepted += 1
                else:
                    self.assertEqual((status, output), (2, ''))
                    self.assertNotEqual(errors, '')
                    self._check_messages(errors, data)
        # Changes that hit a comment, a number or a title are no damage.
        self.assertGreater(accepted, MANIFESTS // 50)
        self.assertLess(accepted, MANIFESTS // 2)

    def _check_messages(self, errors, data):
        lines = data.decode('utf-8', 'replace').replace('\r\n', '\n').split('\n')
        for message in errors.splitlines():
            match = MESSAGE.match(message)
            self.assertIsNotNone(match, message)
            line, column = int(match[1]), int(match[2])
            self.assertTrue(1 <= line <= len(lines), message)
            self.assertTrue(1 <= column <= len(lines[line - 1]) + 1, message)


class DamagedPrograms(unittest.TestCase):
    maxDiff = None

    def damaged(self):
        """Damaged programs without end."""
        numbers = random.Random(SEED)
        interesting = [0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 48, 183, 1027, 4095, 4096, 0x1000000,
                       1 << 26, (1 << 26) - 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32,
                       (1 << 63), (1 << 64) - 4096, (1 << 64) - 1]
        while True:
            elf = elfbuilder.Elf(abi=ABI, text_size=8 * numbers.randrange(1, 6))
            data = bytearray(elf.build())
            for _ in range(numbers.choice((0, 1, 1, 1, 2, 3))):
                # Mostly in the part that is structure.
                at = numbers.randrange(elf.text_at if numbers.random() < 0.7 else len(data))
                size = numbers.choice((1, 2, 4, 8))
                at = at // size * size
                value = numbers.choice(interesting) if numbers.random() < 0.7 else \
                    numbers.getrandbits(64)
                if numbers.random() < 0.4:
                    old = int.from_bytes(data[at:at + size], 'little')
                    value = old + numbers.choice((-8, -4, -1, 1, 4, 8, 4096, -4096))
                data[at:at + size] = (value % (1 << 8 * size)).to_bytes(size, 'little')
            if numbers.random() < 0.05:
                data = data[:numbers.randrange(len(data))]
            yield bytes(data)

    def line(self, data):
        """What image_facts must print of a program, or None if it must refuse it."""
        try:
            found = program.check(data)
        except program.ProgramError as error:
            self.assertTrue(error.what and error.cure)
            return None
        segments = ''.join(
            f' [{f"{s.address:#x}" if s.address else "0"} {s.memory_size} {s.offset} '
            f'{s.file_size} {s.flags}]' for s in found.segments)
        entry = f'{found.entry:#x}' if found.entry else '0'
        return f'ok abi {found.abi[0]}.{found.abi[1]} entry {entry} ' \
               f'memory {found.memory_size:#x}{segments}'

    def test_the_check_agrees_with_the_reader_of_the_kernel(self):
        source = self.damaged()
        programs = [next(source) for _ in range(PROGRAMS)]
        done = subprocess.run(
            [IMAGE_FACTS, 'programs'], check=True, stdout=subprocess.PIPE, timeout=3000,
            input=b''.join(struct.pack('<I', len(data)) + data for data in programs))
        answers = done.stdout.decode('ascii').splitlines()
        self.assertEqual(len(answers), len(programs))
        accepted, reasons = 0, set()
        for number, (data, answer) in enumerate(zip(programs, answers)):
            with self.subTest(seed=SEED, number=number):
                expected = self.line(data)
                if expected is None:
                    self.assertFalse(answer.startswith('ok '), answer)
                    reasons.add(answer.split(' at ')[0])
                else:
                    self.assertEqual(answer, expected)
                    accepted += 1
                    # What is accepted survives being stripped.
                    self.assertEqual(program.check(program.strip(data)), program.check(data))
        self.assertGreater(accepted, PROGRAMS // 10)
        self.assertGreater(len(reasons), min(15, PROGRAMS // 200))


if __name__ == '__main__':
    IMAGE_FACTS, MANIFESTS, PROGRAMS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    unittest.main(argv=sys.argv[:1])
