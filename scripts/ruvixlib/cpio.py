# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Writes and reads cpio archives in the "newc" format: the form of system.img.

The data of every file starts at a multiple of the page size from the archive's start. The room
before it is filled with NULs at the end of the name, which readers take for one:

    "070701" 13 numbers of 8 hexadecimal digits | name NUL NUL ... | file data
                                                                   ^ n * 4096

Times, owners and devices are 0, so equal files give equal bytes.
"""

PAGE_SIZE = 4096

_MAGIC = b'070701'
_HEADER_SIZE = 110
_TRAILER = 'TRAILER!!!'
_READ_ONLY_FILE = 0o100444


def _align(number, alignment):
    return -(-number // alignment) * alignment


def _header(inode, mode, links, size, name_size):
    numbers = (inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0)
    return _MAGIC + b''.join(b'%08x' % number for number in numbers)


def write(entries):
    """An archive of (name, data) pairs in the order given."""
    archive = bytearray()
    for inode, (name, data) in enumerate(entries, 1):
        name = name.encode('ascii') + b'\0'
        start = _align(len(archive) + _HEADER_SIZE + len(name), PAGE_SIZE)
        name_size = start - len(archive) - _HEADER_SIZE
        archive += _header(inode, _READ_ONLY_FILE, 1, len(data), name_size)
        archive += name.ljust(name_size, b'\0')
        archive += data + bytes(-len(data) % 4)
    trailer = _TRAILER.encode('ascii') + b'\0'
    archive += _header(0, 0, 1, 0, len(trailer)) + trailer
    return bytes(archive) + bytes(-len(archive) % PAGE_SIZE)


def read(archive):
    """The (name, offset of the data, data) triples of an archive; ValueError if it is not one."""
    entries = []
    at = 0
    while True:
        header = archive[at:at + _HEADER_SIZE]
        if len(header) < _HEADER_SIZE or header[:6] != _MAGIC:
            raise ValueError(f'no entry at offset {at}')
        numbers = [int(header[6 + 8 * i:14 + 8 * i], 16) for i in range(13)]
        name = archive[at + _HEADER_SIZE:at + _HEADER_SIZE + numbers[11]]
        name = name.split(b'\0', 1)[0].decode('ascii')
        if name == _TRAILER:
            return entries
        start = at + _align(_HEADER_SIZE + numbers[11], 4)
        end = start + numbers[6]
        if end > len(archive):
            raise ValueError(f'entry {len(entries)} ends outside the archive')
        entries.append((name, start, archive[start:end]))
        at = _align(end, 4)
