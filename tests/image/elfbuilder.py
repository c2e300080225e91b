# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Builds small programs that RuVix accepts, and manifests that use them, for tests to damage.

    file    header | program headers | note | relocations | text | dynamic | data
    memory  [ read-only segment                         ]  [ rx ]  [ rw           zeros ]
"""

import struct

LOAD, DYNAMIC, INTERPRETER, NOTE, THREAD_STORAGE, STACK = 1, 2, 3, 4, 7, 0x6474e551
READ_ONLY, EXECUTABLE, WRITABLE, DYNAMIC_HEADER, NOTE_HEADER, STACK_HEADER = range(6)
RELATIVE = 1027
ZEROS_SIZE = 0x3000

HEADERS = 64
HEADER_SIZE = 56
HEADER_COUNT = 6

# Offsets within a program header.
TYPE, FLAGS, OFFSET, ADDRESS, FILE_SIZE, MEMORY_SIZE = 0, 4, 8, 16, 32, 40

# Programs that manifests of tests name lie in one folder with them.
MANIFESTS = [
    '''[system]
name = "smallest"
root = "root"
''',
    '''[system]
name = "two agents"
root = "root"

[[partition]]
name = "agent_a"
image = "root"
window = 9

[[partition.region]]
name = "ring"
size = 8192
shared_with = "agent_b"
shared_rights = "r"

[[partition]]
name = "agent_b"
image = "root"
replaceable = true
slots = 1024
memory = 65536
console = false
core = 3
on_fault = "restart"

[partition.schedule]
mode = "reflex"
budget_us = 100
period_us = 1000
deadline_us = 500
hard = true

[[region]]
name = "board"
size = 4096
between = ["agent_a", "agent_b", "controld"]
rights = ["rw", "r", "r"]

[[edge]]
name = "a_to_b"
ends = ["agent_a", "agent_b"]
rights = ["rw", "r"]

[[edge]]
name = "to_root"
ends = ["agent_b", "controld"]
rights = ["rwg", "rg"]
badges = [7, 8]
''',
]


def header_at(index, field):
    """The file offset of a field of a program header."""
    return HEADERS + HEADER_SIZE * index + field


class Elf:
    """
    A program. After build, the attributes note_at, relocations_at, text_at, dynamic_at and
    data_at are offsets of its parts in the file, and text, dynamic and data their addresses.
    """

    def __init__(self, abi=(0, 1), relocations=None, text_size=16, note=True):
        self.abi, self.relocations, self.text_size = abi, relocations, text_size
        self.note = note
        self._lay_out()

    def _lay_out(self):
        count = 2 if self.relocations is None else len(self.relocations)
        self.note_at = HEADERS + HEADER_SIZE * HEADER_COUNT
        self.relocations_at = self.note_at + 32
        self.text_at = self.relocations_at + 24 * count
        self.dynamic_at = self.text_at + self.text_size
        self.data_at = self.dynamic_at + 96
        self.size = self.data_at + 48
        self.text = 0x1000 + self.text_at
        self.dynamic = self.dynamic_at + 0x2000
        self.data = self.data_at + 0x2000
        if self.relocations is None:
            self.relocations = [(self.data, RELATIVE), (self.data + 0x1000, RELATIVE)]

    def build(self, *changes):
        """The file, with (offset, format, value) changes made to it."""
        image = bytearray(self.size)
        struct.pack_into('<4sBBB9xHHIQQQIHHHHHH', image, 0, b'\x7fELF', 2, 1, 1, 3, 183, 1,
                         self.text, HEADERS, 0, 0, 64, HEADER_SIZE, HEADER_COUNT, 64, 0, 0)
        data_size = self.size - self.dynamic_at
        headers = [
            (LOAD, 4, 0, 0, self.text_at, self.text_at),
            (LOAD, 5, self.text_at, self.text, self.text_size, self.text_size),
            (LOAD, 6, self.dynamic_at, self.dynamic, data_size, ZEROS_SIZE),
            (DYNAMIC, 6, self.dynamic_at, self.dynamic, 96, 96),
            (NOTE if self.note else 0, 4, self.note_at, self.note_at, 28, 28),
            (STACK, 6, 0, 0, 0, 0),
        ]
        for index, (kind, flags, offset, address, file_size, memory_size) in enumerate(headers):
            struct.pack_into('<IIQQQQQQ', image, header_at(index, 0), kind, flags, offset, address,
                             address, file_size, memory_size, 0x1000)
        struct.pack_into('<III8sII', image, self.note_at, 6, 8, 1, b'RuVix', *self.abi)
        for index, (place, kind) in enumerate(self.relocations):
            struct.pack_into('<QQQ', image, self.relocations_at + 24 * index, place, kind,
                             self.data)
        tags = [(0x6ffffffb, 0x8000000), (7, self.relocations_at),
                (8, 24 * len(self.relocations)), (9, 24), (6, 0), (0, 0)]
        for index, tag in enumerate(tags):
            struct.pack_into('<QQ', image, self.dynamic_at + 16 * index, *tag)
        for offset, form, value in changes:
            struct.pack_into(f'<{form}', image, offset, value)
        return bytes(image)
