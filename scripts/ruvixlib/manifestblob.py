# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The compiled manifest: the device-tree blob in system.img.

docs/manifest.md describes its nodes and properties; libruvix/manifest.c reads it.
"""

import hashlib

from .fdtblob import FdtBlob, cells, string
from .manifest import MODES, ON_FAULT

# `format` in the root node.
FORMAT = 1


def _rights(letters, abi):
    bits = {'r': abi['RIGHT_READ'], 'w': abi['RIGHT_WRITE'], 'g': abi['RIGHT_GRANT']}
    return sum(bits[letter] for letter in letters)


def _compile_partition(blob, partition):
    data = partition.image.data
    blob.begin(f'partition@{partition.index:x}')
    blob.property('label', string(partition.name))
    blob.property('image', string(partition.image.name if partition.index else partition.name))
    blob.property('window', cells(partition.window))
    if partition.index > 0:
        values, schedule = partition.values, partition.values['schedule']
        blob.property('image-size', cells(len(data)))
        if not values['replaceable']:
            blob.property('image-hash', hashlib.blake2b(data, digest_size=32).digest())
        blob.property('tables', cells(values['tables']))
        blob.property('credits', cells(values['credits']))
        blob.property('stack', cells(values['stack']))
        blob.property('slots', cells(values['slots']))
        if values['memory'] is not None:
            blob.property('memory', cells(values['memory']))
        blob.property('console', cells(values['console']))
        blob.property('core', cells(values['core']))
        blob.property('on-fault', cells(ON_FAULT.index(values['on_fault'])))
        blob.property('mode', cells(MODES.index(schedule['mode'])))
        for key in ('budget', 'period', 'deadline'):
            blob.property(f'{key}-ns', cells(schedule[f'{key}_us'] * 1000))
        blob.property('passive', cells(schedule['passive']))
        blob.property('hard', cells(schedule['hard']))
    blob.end()


def compile_blob(system, abi):
    """The compiled form of a System without problems whose programs are loaded."""
    blob = FdtBlob()
    blob.property('format', cells(FORMAT))
    blob.property('abi', cells(*abi.version()))
    blob.property('label', string(system.name))
    blob.property('partition-count', cells(len(system.partitions)))
    blob.property('region-count', cells(len(system.regions)))
    blob.property('edge-count', cells(len(system.edges)))
    for partition in system.partitions:
        _compile_partition(blob, partition)
    for index, region in enumerate(system.regions):
        blob.begin(f'region@{index:x}')
        blob.property('label', string(region.name))
        blob.property('size', cells(region.size))
        blob.property('holders', b''.join(cells(holder, _rights(letters, abi))
                                          for holder, letters in region.holders))
        blob.end()
    for index, edge in enumerate(system.edges):
        blob.begin(f'edge@{index:x}')
        blob.property('label', string(edge.name))
        blob.property('ends', cells(*edge.ends))
        blob.property('rights', cells(*(_rights(letters, abi) for letters in edge.rights)))
        blob.property('badges', cells(*edge.badges))
        blob.end()
    return blob.finish()
