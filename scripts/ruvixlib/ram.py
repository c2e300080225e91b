# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Reads kernel and root task data out of a guest's RAM file, by the symbols of their ELF files.

The file's first byte is the RAM's first physical address. The kernel is mapped where it lies, so
its symbols are physical; the root task's are relative to its window, and the kernel's view says
where the window's segments lie in RAM. Everything read here was written by a guest: it is checked
against the file's size, and magic numbers against what is expected.
"""

import bisect
import struct

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from . import exits, qemu


class Symbols:
    """The symbols of one ELF file."""

    def __init__(self, path):
        self.path = path
        self._objects = {}
        self._functions = []
        try:
            with open(path, 'rb') as file:
                table = ELFFile(file).get_section_by_name('.symtab')
                for symbol in table.iter_symbols() if table else ():
                    kind = symbol['st_info']['type']
                    if kind == 'STT_OBJECT':
                        self._objects[symbol.name] = (symbol['st_value'], symbol['st_size'])
                    elif kind == 'STT_FUNC':
                        self._functions.append((symbol['st_value'], symbol['st_size'],
                                                symbol.name))
        except (ELFError, ValueError, UnicodeDecodeError) as error:
            raise exits.Stop(exits.USAGE, f'{path}: not a usable ELF file: {error}') from None
        self._functions.sort()

    def find(self, name, size):
        """The address of a variable, which must be `size` bytes long."""
        address, found = self._objects.get(name, (None, None))
        if address is None:
            raise exits.Stop(exits.USAGE, f'{self.path} has no variable {name}',
                             'build kernel, programs and this tool from the same sources')
        if found != size:
            raise exits.Stop(exits.USAGE, f'{self.path}: {name} is {found} bytes long, where this '
                             f'tool knows {size}',
                             'build kernel, programs and this tool from the same sources')
        return address

    def variable_at(self, address):
        """(name, offset) of the variable that an address lies in, or None."""
        for name, (start, size) in self._objects.items():
            if start <= address < start + size:
                return name, address - start
        return None

    def describe(self, address):
        """An address as function and offset, for people."""
        index = bisect.bisect_right(self._functions, (address, float('inf'), '')) - 1
        if index >= 0:
            start, size, name = self._functions[index]
            if start <= address <= start + size:
                return f'{name}+{address - start:#x}'
        return f'{address:#x}'


class Ram:
    """The RAM of a guest."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, 'rb')  # pylint: disable=consider-using-with
        self.size = self._file.seek(0, 2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def read(self, address, size):
        """`size` bytes at a physical address."""
        offset = address - qemu.RAM_BASE
        if offset < 0 or size < 0 or offset + size > self.size:
            raise exits.Stop(exits.FAILED, f'{self.path}: {size} bytes at {address:#x} do not lie '
                             f'in the RAM of {self.size} bytes')
        self._file.seek(offset)
        return self._file.read(size)


class Layout:
    """A C structure as the guest has it: names and formats in order, little endian."""

    def __init__(self, *fields):
        self._names = [name for name, _ in fields]
        self._struct = struct.Struct('<' + ''.join(code for _, code in fields))
        self.size = self._struct.size

    def unpack(self, data):
        return dict(zip(self._names, self._struct.unpack(data)))
