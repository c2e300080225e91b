# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Checks that a file is a program RuVix can load, and strips it.

`check` accepts exactly what elf_init in lib/elf.c accepts (a test compares the two over damaged
files) and says more about what is wrong and how to mend it. Section headers are not looked at:
loaders do not, and stripping drops them.
"""

import struct
from typing import NamedTuple

PAGE_SIZE = 4096
WINDOW_SIZE = 64 << 20
SEGMENTS_MAX = 16

_PROGRAM_HEADERS_MAX = 64
_HEADER = struct.Struct('<16sHHIQQQIHHHHHH')
_PROGRAM_HEADER = struct.Struct('<IIQQQQQQ')
_RELOCATION = struct.Struct('<QQq')
_DYNAMIC = struct.Struct('<QQ')
_NOTE = struct.Struct('<III')

_MACHINE_AARCH64 = 183
_MACHINES = {3: 'x86', 8: 'MIPS', 20: 'PowerPC', 21: '64-bit PowerPC', 40: '32-bit ARM',
             62: 'x86-64', 243: 'RISC-V'}
_TYPE_DYNAMIC = 3
_TYPES = {1: 'a relocatable object', 2: 'linked for a fixed address', 4: 'a core dump'}

_LOAD, _DYNAMIC_TABLE, _INTERPRETER, _NOTES, _THREAD_STORAGE = 1, 2, 3, 4, 7
_STACK = 0x6474e551
_EXECUTABLE, _WRITABLE, _READABLE = 1, 2, 4

_TAG_END, _TAG_NEEDED, _TAG_RELA, _TAG_RELA_SIZE, _TAG_RELA_ENTRY = 0, 1, 7, 8, 9
_FOREIGN_TABLES = {17: 'REL', 22: 'text', 23: 'jump', 36: 'RELR', 0x6000000f: 'Android REL',
                   0x60000011: 'Android RELA', 0x6fffe000: 'Android RELR'}
_RELATIVE = 1027
_RELOCATIONS = {257: 'R_AARCH64_ABS64', 1024: 'R_AARCH64_COPY', 1025: 'R_AARCH64_GLOB_DAT',
                1026: 'R_AARCH64_JUMP_SLOT', 1028: 'R_AARCH64_TLS_DTPMOD64',
                1030: 'R_AARCH64_TLS_TPREL64', 1031: 'R_AARCH64_TLSDESC',
                1032: 'R_AARCH64_IRELATIVE'}

_BUILD_CURE = 'build it as a program for AArch64 and link it with libruvix'
_LINK_CURE = 'link it with -pie --no-dynamic-linker -z max-page-size=4096'
_REBUILD_CURE = 'the file is damaged: build it again'
_SCRIPT_CURE = 'mend its linker script'


class ProgramError(Exception):
    """Says what is wrong with a program and what would mend it."""

    def __init__(self, what, cure):
        super().__init__(f'{what}; {cure}')
        self.what = what
        self.cure = cure


class Segment(NamedTuple):
    """A loadable part of a program; the address is relative to its window."""

    number: int
    address: int
    memory_size: int
    offset: int
    file_size: int
    flags: int

    def holds(self, address, size):
        """Whether the bytes lie in the segment's memory."""
        return self.address <= address and address + size <= self.address + self.memory_size


class Program(NamedTuple):
    """What a loader knows of a program."""

    segments: list
    entry: int
    memory_size: int
    abi: tuple


class _ProgramHeader(NamedTuple):
    type: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    alignment: int


def _headers(data):
    """The entry point and the program headers."""
    if data[:4] != b'\x7fELF':
        raise ProgramError('it is not an ELF file', _BUILD_CURE)
    if len(data) < _HEADER.size:
        raise ProgramError('it ends within the ELF header', _REBUILD_CURE)
    (ident, kind, machine, version, entry, offset, _, _, _, size, count, _, _,
     _) = _HEADER.unpack_from(data)
    if ident[4] != 2:
        raise ProgramError('it is not a 64-bit ELF file', _BUILD_CURE)
    if ident[5] != 1:
        raise ProgramError('it is not a little-endian ELF file', _BUILD_CURE)
    if ident[6] != 1 or version != 1:
        raise ProgramError('its ELF version is unknown', _REBUILD_CURE)
    if machine != _MACHINE_AARCH64:
        name = _MACHINES.get(machine, f'machine {machine}')
        raise ProgramError(f'it is built for {name}, not for AArch64',
                           'compile it with --target=aarch64-none-elf')
    if kind != _TYPE_DYNAMIC:
        name = _TYPES.get(kind, f'of type {kind}')
        raise ProgramError(f'it is {name}, not a static PIE', _LINK_CURE)
    if size != _PROGRAM_HEADER.size or count > _PROGRAM_HEADERS_MAX or offset % 8 != 0 or \
            offset > 0xffffffff or offset + count * size > len(data):
        raise ProgramError('its program headers are misplaced or too many', _REBUILD_CURE)
    return entry, [_ProgramHeader(*_PROGRAM_HEADER.unpack_from(data, offset + i * size))
                   for i in range(count)]


def _segments(data, headers):
    segments = []
    end = 0
    for header in headers:
        if header.type != _LOAD:
            continue
        name = f'its segment {len(segments)} at {header.address:#x}'
        if len(segments) == SEGMENTS_MAX:
            raise ProgramError(f'it has more than {SEGMENTS_MAX} loadable segments', _SCRIPT_CURE)
        if header.offset + header.file_size > len(data):
            raise ProgramError(f'{name} ends outside the file', _REBUILD_CURE)
        if header.memory_size == 0 or header.file_size > header.memory_size:
            raise ProgramError(f'{name} is empty or larger in the file than in memory',
                               _SCRIPT_CURE)
        if (header.address - header.offset) % PAGE_SIZE != 0:
            raise ProgramError(f'{name} lies at file offset {header.offset:#x}, '
                               'which differs within the page', _LINK_CURE)
        if not header.flags & _READABLE:
            raise ProgramError(f'{name} is not readable', _SCRIPT_CURE)
        if header.flags & _WRITABLE and header.flags & _EXECUTABLE:
            raise ProgramError(f'{name} is both writable and executable',
                               'separate code from data in its linker script')
        if header.address + header.memory_size > WINDOW_SIZE:
            raise ProgramError(f'{name} ends outside the window of {WINDOW_SIZE >> 20} MiB',
                               'link it for address 0 or make it smaller')
        if header.address // PAGE_SIZE * PAGE_SIZE < -(-end // PAGE_SIZE) * PAGE_SIZE:
            raise ProgramError(f'{name} is out of order or shares a page with the one before it',
                               _LINK_CURE)
        end = header.address + header.memory_size
        segments.append(Segment(len(segments), header.address, header.memory_size, header.offset,
                                header.file_size, header.flags))
    if not segments:
        raise ProgramError('it has no loadable segment', _SCRIPT_CURE)
    return segments


def _check_entry(segments, entry):
    for segment in segments:
        if segment.flags & _EXECUTABLE and entry % 4 == 0 and \
                segment.address <= entry < segment.address + segment.file_size:
            return
    raise ProgramError(f'its entry point {entry:#x} is not in an executable segment',
                       'name its start-up function with -e')


def _notes(data, header):
    """The (owner, type, content) of every note."""
    at, end = header.offset, header.offset + header.file_size
    if end > len(data) or at % 4 != 0:
        raise ProgramError('its notes are misplaced', _REBUILD_CURE)
    while end - at >= _NOTE.size:
        owner_size, size, kind = _NOTE.unpack_from(data, at)
        content = at + _NOTE.size + owner_size + -owner_size % 4
        following = content + size + -size % 4
        if following > end:
            raise ProgramError('its notes are malformed', _REBUILD_CURE)
        yield data[at + _NOTE.size:at + _NOTE.size + owner_size], kind, data[content:content + size]
        at = following


def _check_other_headers(data, headers):
    """Refuse what no loader of ours provides. Returns the ABI version."""
    versions = set()
    for header in headers:
        if header.type == _INTERPRETER:
            raise ProgramError('it needs a dynamic linker', _LINK_CURE)
        if header.type == _THREAD_STORAGE:
            raise ProgramError('it has thread-local storage',
                               'make its __thread variables ordinary ones')
        if header.type == _STACK and header.flags & _EXECUTABLE:
            raise ProgramError('it asks for an executable stack', 'link it with -z noexecstack')
        if header.type == _NOTES:
            for owner, kind, content in _notes(data, header):
                if owner != b'RuVix\0' or kind != 1:
                    continue
                if len(content) != 8:
                    raise ProgramError('its RuVix ABI note is malformed', _BUILD_CURE)
                versions.add(struct.unpack('<II', content))
                if len(versions) > 1:
                    raise ProgramError('it has RuVix ABI notes that contradict each other',
                                       'build all parts of it against one ABI')
    if not versions:
        raise ProgramError('it has no RuVix ABI note', 'link it with libruvix')
    return versions.pop()


def _loaded(data, segments, address, size):
    """The file's bytes that are loaded to an address, or None."""
    for segment in segments:
        if segment.holds(address, size):
            start = address - segment.address
            if start + size > segment.file_size:
                return None
            return data[segment.offset + start:segment.offset + start + size]
    return None


def _check_relocations(data, segments, address, size, entry_size):
    if size == 0:
        return
    table = _loaded(data, segments, address, size)
    if table is None or address % 8 != 0 or entry_size != _RELOCATION.size or \
            size % entry_size != 0:
        raise ProgramError('its relocation table is misplaced', _REBUILD_CURE)
    for place, kind, _ in _RELOCATION.iter_unpack(table):
        if kind != _RELATIVE:
            number = kind & 0xffffffff
            name = _RELOCATIONS.get(number, f'type {number}')
            raise ProgramError(
                f'it has a relocation {name} at {place:#x}, not only R_AARCH64_RELATIVE',
                'define every symbol it uses and compile with -fPIE -fvisibility=hidden')
        found = next((segment for segment in segments if segment.holds(place, 8)), None)
        if found is None or not found.flags & _WRITABLE or place % 8 != 0:
            raise ProgramError(
                f'it relocates {place:#x}, which is not an aligned word of writable memory',
                'keep pointers in sections that are writable at start')


def _check_dynamic(data, segments, header):
    table = _loaded(data, segments, header.address, header.file_size)
    if table is None or header.address % 8 != 0:
        raise ProgramError('its dynamic section is misplaced', _REBUILD_CURE)
    values = {}
    for at in range(0, len(table) - _DYNAMIC.size + 1, _DYNAMIC.size):
        tag, value = _DYNAMIC.unpack_from(table, at)
        if tag == _TAG_END:
            _check_relocations(data, segments, values.get(_TAG_RELA, 0),
                               values.get(_TAG_RELA_SIZE, 0), values.get(_TAG_RELA_ENTRY, 0))
            return
        if tag == _TAG_NEEDED:
            raise ProgramError('it needs a shared library', 'link it with -static')
        if tag in _FOREIGN_TABLES:
            raise ProgramError(f'it has a relocation table of another kind '
                               f'({_FOREIGN_TABLES[tag]})',
                               'link it with -z text and without packed relocations')
        values[tag] = value
    raise ProgramError('its dynamic section does not end', _REBUILD_CURE)


def check(data):
    """The Program in an ELF file, or ProgramError."""
    entry, headers = _headers(data)
    segments = _segments(data, headers)
    _check_entry(segments, entry)
    abi = _check_other_headers(data, headers)
    for header in headers:
        if header.type == _DYNAMIC_TABLE:
            _check_dynamic(data, segments, header)
    return Program(segments, entry, segments[-1].address + segments[-1].memory_size, abi)


def check_version(program, system):
    """Refuse a program for another ABI than the (major, minor) of the system."""
    wanted = f'{program.abi[0]}.{program.abi[1]}'
    present = f'{system[0]}.{system[1]}'
    if program.abi[0] != system[0]:
        raise ProgramError(f'it is built for ABI {wanted}, this system has ABI {present}',
                           'build it against the headers in abi/')
    if program.abi[1] > system[1]:
        raise ProgramError(f'it is built for ABI {wanted}, this system has only ABI {present}',
                           'build it against the headers in abi/ or use a newer kernel')


def strip(data):
    """What loaders look at of a program that `check` has accepted."""
    fields = list(_HEADER.unpack_from(data))
    headers_offset, size, count = fields[5], fields[9], fields[10]
    end = max(_HEADER.size, headers_offset + count * size)
    for i in range(count):
        header = _ProgramHeader(*_PROGRAM_HEADER.unpack_from(data, headers_offset + i * size))
        if header.type in (_LOAD, _NOTES):
            end = max(end, header.offset + header.file_size)
    # No section headers: their offset, size, count and the index of their names.
    fields[6] = fields[11] = fields[12] = fields[13] = 0
    return _HEADER.pack(*fields) + data[_HEADER.size:end]
