#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Wrong programs: each is named with the line that names it, what is wrong and the cure.

A case is a title, the bytes of agent_b (or what makes the file otherwise), and the messages
without the place, which is always that of agent_b's `image`.
"""

import unittest

import elfbuilder as b
from imagetest import ABI, ImageCase

PLACE = 'system.toml:22:9: error: '

GOOD = b.Elf(abi=ABI)


def elf(*changes):
    """A good program with changes."""
    return GOOD.build(*changes)


def header(index, field, form, value):
    """A change to a program header."""
    return (b.header_at(index, field), form, value)


def note(abi):
    """A good program of another ABI."""
    return b.Elf(abi=abi).build()


def relocated(place, kind):
    """A good program with another relocation."""
    return b.Elf(abi=ABI, relocations=[(GOOD.data, b.RELATIVE), (place, kind)]).build()


def tagged(index, tag, value):
    """A good program with another entry in its dynamic section."""
    at = GOOD.dynamic_at + 16 * index
    return elf((at, 'Q', tag), (at + 8, 'Q', value))


def directory(path):
    """A folder where the program should be."""
    path.unlink()
    path.mkdir()


def dangling(path):
    """A link to nowhere."""
    path.unlink()
    path.symlink_to('nowhere')


def huge(path):
    """A file of more than a window, of which nothing is stored."""
    with path.open('r+b') as file:
        file.truncate((64 << 20) + 1)


CASES = [
    # Files.
    ('a folder', directory,
     ["there is no file 'agent_b' or 'agent_b.elf' in '.'; build the program or name its folder "
      "with --search"]),
    ('a link to nowhere', dangling,
     ["there is no file 'agent_b' or 'agent_b.elf' in '.'; build the program or name its folder "
      "with --search"]),
    ('a file larger than the window', huge,
     ["'agent_b': it is larger than 67108864 bytes; link it without debug information"]),
    ('an empty file', b'',
     ["'agent_b': it is not an ELF file; build it as a program for AArch64 and link it with "
      "libruvix"]),
    ('a script', b'#!/bin/sh\n',
     ["'agent_b': it is not an ELF file; build it as a program for AArch64 and link it with "
      "libruvix"]),
    ('half a header', elf()[:40],
     ["'agent_b': it ends within the ELF header; the file is damaged: build it again"]),

    # Headers.
    ('an object', elf((16, 'H', 1)),
     ["'agent_b': it is a relocatable object, not a static PIE; link it with -pie "
      "--no-dynamic-linker -z max-page-size=4096"]),
    ('a program at a fixed address', elf((16, 'H', 2)),
     ["'agent_b': it is linked for a fixed address, not a static PIE; link it with -pie "
      "--no-dynamic-linker -z max-page-size=4096"]),
    ('a core dump', elf((16, 'H', 4)),
     ["'agent_b': it is a core dump, not a static PIE; link it with -pie --no-dynamic-linker -z "
      "max-page-size=4096"]),
    ('a file of no known type', elf((16, 'H', 77)),
     ["'agent_b': it is of type 77, not a static PIE; link it with -pie --no-dynamic-linker -z "
      "max-page-size=4096"]),
    ('a program for this machine', elf((18, 'H', 62)),
     ["'agent_b': it is built for x86-64, not for AArch64; compile it with "
      "--target=aarch64-none-elf"]),
    ('a program for 32-bit ARM', elf((18, 'H', 40)),
     ["'agent_b': it is built for 32-bit ARM, not for AArch64; compile it with "
      "--target=aarch64-none-elf"]),
    ('a program for RISC-V', elf((18, 'H', 243)),
     ["'agent_b': it is built for RISC-V, not for AArch64; compile it with "
      "--target=aarch64-none-elf"]),
    ('a program for an unknown machine', elf((18, 'H', 999)),
     ["'agent_b': it is built for machine 999, not for AArch64; compile it with "
      "--target=aarch64-none-elf"]),
    ('a 32-bit program', elf((4, 'B', 1)),
     ["'agent_b': it is not a 64-bit ELF file; build it as a program for AArch64 and link it "
      "with libruvix"]),
    ('a big-endian program', elf((5, 'B', 2)),
     ["'agent_b': it is not a little-endian ELF file; build it as a program for AArch64 and link "
      "it with libruvix"]),
    ('another version of ELF', elf((20, 'I', 2)),
     ["'agent_b': its ELF version is unknown; the file is damaged: build it again"]),
    ('program headers outside the file', elf((32, 'Q', 1 << 20)),
     ["'agent_b': its program headers are misplaced or too many; the file is damaged: build it "
      "again"]),
    ('too many program headers', elf((56, 'H', 65)),
     ["'agent_b': its program headers are misplaced or too many; the file is damaged: build it "
      "again"]),
    ('program headers of another size', elf((54, 'H', 32)),
     ["'agent_b': its program headers are misplaced or too many; the file is damaged: build it "
      "again"]),

    # Segments.
    ('no segments', elf((56, 'H', 0)),
     ["'agent_b': it has no loadable segment; mend its linker script"]),
    ('a file that was cut', elf()[:-1],
     ["'agent_b': its segment 2 at 0x21f0 ends outside the file; the file is damaged: build it "
      "again"]),
    ('a segment that starts outside the file',
     elf(header(b.EXECUTABLE, b.OFFSET, 'Q', 1 << 63)),
     ["'agent_b': its segment 1 at 0x11e0 ends outside the file; the file is damaged: build it "
      "again"]),
    ('a segment of no size', elf(header(b.EXECUTABLE, b.FILE_SIZE, 'Q', 0),
                                 header(b.EXECUTABLE, b.MEMORY_SIZE, 'Q', 0)),
     ["'agent_b': its segment 1 at 0x11e0 is empty or larger in the file than in memory; mend "
      "its linker script"]),
    ('a segment larger in the file', elf(header(b.EXECUTABLE, b.MEMORY_SIZE, 'Q', 4)),
     ["'agent_b': its segment 1 at 0x11e0 is empty or larger in the file than in memory; mend "
      "its linker script"]),
    ('a segment that cannot be mapped', elf(header(b.EXECUTABLE, b.ADDRESS, 'Q', 0x1000)),
     ["'agent_b': its segment 1 at 0x1000 lies at file offset 0x1e0, which differs within the "
      "page; link it with -pie --no-dynamic-linker -z max-page-size=4096"]),
    ('a segment nobody may read', elf(header(b.EXECUTABLE, b.FLAGS, 'I', 1)),
     ["'agent_b': its segment 1 at 0x11e0 is not readable; mend its linker script"]),
    ('writable code', elf(header(b.EXECUTABLE, b.FLAGS, 'I', 7)),
     ["'agent_b': its segment 1 at 0x11e0 is both writable and executable; separate code from "
      "data in its linker script"]),
    ('executable data', elf(header(b.WRITABLE, b.FLAGS, 'I', 7)),
     ["'agent_b': its segment 2 at 0x21f0 is both writable and executable; separate code from "
      "data in its linker script"]),
    ('a program larger than the window',
     elf(header(b.WRITABLE, b.MEMORY_SIZE, 'Q', 64 << 20)),
     ["'agent_b': its segment 2 at 0x21f0 ends outside the window of 64 MiB; link it for address "
      "0 or make it smaller"]),
    ('a segment at the end of the address space',
     elf(header(b.WRITABLE, b.ADDRESS, 'Q', (1 << 64) - 0x1000 + GOOD.dynamic_at)),
     ["'agent_b': its segment 2 at 0xfffffffffffff1f0 ends outside the window of 64 MiB; link it "
      "for address 0 or make it smaller"]),
    ('two segments on a page', elf(header(b.EXECUTABLE, b.ADDRESS, 'Q', GOOD.text_at)),
     ["'agent_b': its segment 1 at 0x1e0 is out of order or shares a page with the one before "
      "it; link it with -pie --no-dynamic-linker -z max-page-size=4096"]),
    ('segments out of order', elf(header(b.READ_ONLY, b.ADDRESS, 'Q', 0x10000)),
     ["'agent_b': its segment 1 at 0x11e0 is out of order or shares a page with the one before "
      "it; link it with -pie --no-dynamic-linker -z max-page-size=4096"]),
    ('an entry point in the data', elf((24, 'Q', GOOD.data)),
     ["'agent_b': its entry point 0x2250 is not in an executable segment; name its start-up "
      "function with -e"]),
    ('an entry point between instructions', elf((24, 'Q', GOOD.text + 2)),
     ["'agent_b': its entry point 0x11e2 is not in an executable segment; name its start-up "
      "function with -e"]),
    ('an entry point of 0', elf((24, 'Q', 0)),
     ["'agent_b': its entry point 0x0 is not in an executable segment; name its start-up "
      "function with -e"]),

    # What is asked of a loader.
    ('a dynamic linker', elf(header(b.STACK_HEADER, b.TYPE, 'I', b.INTERPRETER)),
     ["'agent_b': it needs a dynamic linker; link it with -pie --no-dynamic-linker -z "
      "max-page-size=4096"]),
    ('thread-local storage', elf(header(b.STACK_HEADER, b.TYPE, 'I', b.THREAD_STORAGE)),
     ["'agent_b': it has thread-local storage; make its __thread variables ordinary ones"]),
    ('an executable stack', elf(header(b.STACK_HEADER, b.FLAGS, 'I', 7)),
     ["'agent_b': it asks for an executable stack; link it with -z noexecstack"]),
    ('a shared library', tagged(4, 1, 0),
     ["'agent_b': it needs a shared library; link it with -static"]),

    # The ABI.
    ('no note', b.Elf(note=False).build(),
     ["'agent_b': it has no RuVix ABI note; link it with libruvix"]),
    ('a note of another owner', elf((GOOD.note_at + 12, '8s', b'Linux')),
     ["'agent_b': it has no RuVix ABI note; link it with libruvix"]),
    ('a note that is too short', elf((GOOD.note_at + 4, 'I', 4)),
     ["'agent_b': its RuVix ABI note is malformed; build it as a program for AArch64 and link it "
      "with libruvix"]),
    ('a note that leaves its segment', elf((GOOD.note_at + 4, 'I', 0xfffffff0)),
     ["'agent_b': its notes are malformed; the file is damaged: build it again"]),
    ('notes outside the file', elf(header(b.NOTE_HEADER, b.OFFSET, 'Q', 1 << 40)),
     ["'agent_b': its notes are misplaced; the file is damaged: build it again"]),
    ('an older ABI', note((ABI[0] - 1, ABI[1])),
     ["'agent_b': it is built for ABI 2.5, this system has ABI 3.5; build it against the headers "
      "in abi/"]),
    ('a newer ABI', note((ABI[0] + 1, 0)),
     ["'agent_b': it is built for ABI 4.0, this system has ABI 3.5; build it against the headers "
      "in abi/"]),
    ('a newer minor ABI', note((ABI[0], ABI[1] + 1)),
     ["'agent_b': it is built for ABI 3.6, this system has only ABI 3.5; build it against the "
      "headers in abi/ or use a newer kernel"]),

    # Relocations.
    ('an absolute relocation', relocated(GOOD.data, 257),
     ["'agent_b': it has a relocation R_AARCH64_ABS64 at 0x2250, not only R_AARCH64_RELATIVE; "
      "define every symbol it uses and compile with -fPIE -fvisibility=hidden"]),
    ('a relocation of a symbol', relocated(GOOD.data, 5 << 32 | 257),
     ["'agent_b': it has a relocation R_AARCH64_ABS64 at 0x2250, not only R_AARCH64_RELATIVE; "
      "define every symbol it uses and compile with -fPIE -fvisibility=hidden"]),
    ('a relocation through a table', relocated(GOOD.data, 1025),
     ["'agent_b': it has a relocation R_AARCH64_GLOB_DAT at 0x2250, not only R_AARCH64_RELATIVE; "
      "define every symbol it uses and compile with -fPIE -fvisibility=hidden"]),
    ('a relocation of no known type', relocated(GOOD.data, 4242),
     ["'agent_b': it has a relocation type 4242 at 0x2250, not only R_AARCH64_RELATIVE; define "
      "every symbol it uses and compile with -fPIE -fvisibility=hidden"]),
    ('a relocation of code', relocated(GOOD.text, b.RELATIVE),
     ["'agent_b': it relocates 0x11e0, which is not an aligned word of writable memory; keep "
      "pointers in sections that are writable at start"]),
    ('a relocation of constants', relocated(8, b.RELATIVE),
     ["'agent_b': it relocates 0x8, which is not an aligned word of writable memory; keep "
      "pointers in sections that are writable at start"]),
    ('a relocation outside the program', relocated(0x8000000, b.RELATIVE),
     ["'agent_b': it relocates 0x8000000, which is not an aligned word of writable memory; keep "
      "pointers in sections that are writable at start"]),
    ('a relocation of half a word', relocated(GOOD.data + 4, b.RELATIVE),
     ["'agent_b': it relocates 0x2254, which is not an aligned word of writable memory; keep "
      "pointers in sections that are writable at start"]),
    ('a dynamic section outside the file',
     elf(header(b.DYNAMIC_HEADER, b.ADDRESS, 'Q', GOOD.data + 0x1000)),
     ["'agent_b': its dynamic section is misplaced; the file is damaged: build it again"]),
    ('a dynamic section without end', elf(header(b.DYNAMIC_HEADER, b.FILE_SIZE, 'Q', 80)),
     ["'agent_b': its dynamic section does not end; the file is damaged: build it again"]),
    ('a relocation table outside the file', tagged(1, 7, 0x3000000),
     ["'agent_b': its relocation table is misplaced; the file is damaged: build it again"]),
    ('a relocation table of half entries', tagged(2, 8, 25),
     ["'agent_b': its relocation table is misplaced; the file is damaged: build it again"]),
    ('relocations without addends', tagged(4, 17, 0),
     ["'agent_b': it has a relocation table of another kind (REL); link it with -z text and "
      "without packed relocations"]),
    ('packed relocations', tagged(4, 36, 0),
     ["'agent_b': it has a relocation table of another kind (RELR); link it with -z text and "
      "without packed relocations"]),
    ('relocations of the text', tagged(4, 22, 0),
     ["'agent_b': it has a relocation table of another kind (text); link it with -z text and "
      "without packed relocations"]),
]


def actual(case, change):
    """The messages about a changed program."""
    _, program, _ = change
    path = case.folder.path / 'agent_b'
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_bytes(program if isinstance(program, bytes) else elf())
    if not isinstance(program, bytes):
        program(path)
    messages = case.refused()
    for message in messages:
        case.assertTrue(message.startswith(PLACE), message)
    return [message[len(PLACE):] for message in messages]


class WrongPrograms(ImageCase):
    maxDiff = None

    def test_each_is_answered_with_its_cure(self):
        for case in CASES:
            with self.subTest(case[0]):
                self.assertEqual(actual(self, case), case[2])


if __name__ == '__main__':
    unittest.main()
