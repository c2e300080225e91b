# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Writes flattened device trees (version 17): the compiled form of the manifest.

Nodes and properties are written in the order of the calls, and nothing else goes in, so equal
calls give equal bytes.
"""

import struct

_MAGIC = 0xd00dfeed
_VERSION = 17
_LAST_COMPATIBLE = 16
_HEADER = struct.Struct('>10I')
_BEGIN_NODE, _END_NODE, _PROPERTY, _END = 1, 2, 3, 9


def cells(*numbers):
    """A value made of 64-bit numbers."""
    return b''.join(struct.pack('>Q', number) for number in numbers)


def string(text):
    """A value that is one string."""
    return text.encode('ascii') + b'\0'


class FdtBlob:
    """A tree under construction. The root node is open from the start."""

    def __init__(self):
        self._structure = bytearray()
        self._strings = bytearray()
        self._offsets = {}
        self.begin('')

    def begin(self, name):
        """Open a node within the one that is open."""
        self._token(_BEGIN_NODE)
        self._padded(name.encode('ascii') + b'\0')

    def end(self):
        """Close the node that is open."""
        self._token(_END_NODE)

    def property(self, name, value):
        """Give the open node a property; its properties come before the nodes in it."""
        if name not in self._offsets:
            self._offsets[name] = len(self._strings)
            self._strings += string(name)
        self._token(_PROPERTY)
        self._structure += struct.pack('>II', len(value), self._offsets[name])
        self._padded(value)

    def finish(self):
        """Close the root and return the blob."""
        self.end()
        self._token(_END)
        reservations = _HEADER.size
        structure = reservations + 16
        strings = structure + len(self._structure)
        header = _HEADER.pack(_MAGIC, strings + len(self._strings), structure, strings,
                              reservations, _VERSION, _LAST_COMPATIBLE, 0,
                              len(self._strings), len(self._structure))
        return header + bytes(16) + bytes(self._structure) + bytes(self._strings)

    def _token(self, token):
        self._structure += struct.pack('>I', token)

    def _padded(self, data):
        self._structure += data + bytes(-len(data) % 4)
