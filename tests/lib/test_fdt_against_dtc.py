#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The device-tree reader against dtc: trees made here, compiled by dtc, read by fdt_walk.

test_fdt_against_dtc.py FDT_WALK

What fdt_walk prints must be what the tree was made of. Trees of QEMU, for which there is no such
account, must read the same before and after dtc has taken them apart and put them together.
"""

import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

SEED = 4711
TREES = 60
DEPTH_MAX = 16

FDT_WALK = None


def run(command, expected=0, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False, **options)
    if done.returncode != expected:
        raise AssertionError(f'{command} exits with {done.returncode}: {done.stderr}')
    return done.stdout


class Tree:
    """A random tree: its source for dtc and the lines that fdt_walk prints of it."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.source = ['/dts-v1/;']
        self.lines = []
        for _ in range(numbers.choice((0, 0, 1, 3))):
            address, size = numbers.getrandbits(64), numbers.getrandbits(40) + 1
            self.source.append(f'/memreserve/ {address:#x} {size:#x};')
            self.lines.append(f'reserve {address:#x} {size:#x}')
        self._node('/', '', 1, (2, 1))

    def _name(self, length_max):
        length = self.numbers.randint(1, length_max)
        return 'n' + ''.join(self.numbers.choices('abcxyz0189,._+-', k=length - 1))

    def _node(self, head, name, depth, parent_cells):
        self.source.append(f'{head} {{')
        self.lines.append(f'begin {depth} {name}')
        cells = self._cells(depth)
        for index in range(self.numbers.randint(0, 6)):
            self._property(f'{self._name(20)}{index}', depth)
        if self.numbers.random() < 0.5:
            self._reg(depth, parent_cells if depth > 1 else (0, 0))
        children = self.numbers.randint(0, 3) if depth < DEPTH_MAX else 0
        # Every now and then as deep as it goes.
        if depth < DEPTH_MAX and self.numbers.random() < 0.15:
            children = max(children, 1)
        if depth > 4 and self.numbers.random() < 0.6:
            children = 0
        for index in range(children):
            child = f'{self._name(12)}{index}'
            if self.numbers.random() < 0.5:
                child += f'@{self.numbers.getrandbits(32):x}'
            self._node(child, child, depth + 1, cells)
        self.source.append('};')
        self.lines.append(f'end {depth}')

    def _put(self, name, source, value, depth):
        self.source.append(f'{name} = {source};' if source else f'{name};')
        self.lines.append(f'property {depth} {name} {value.hex()}')

    def _cells(self, depth):
        cells = [2, 1]
        for index, name in enumerate(('#address-cells', '#size-cells')):
            if self.numbers.random() < 0.5:
                cells[index] = self.numbers.randint(0, 4)
                self._put(name, f'<{cells[index]}>', cells[index].to_bytes(4, 'big'), depth)
        return tuple(cells)

    def _property(self, name, depth):
        kind = self.numbers.randint(0, 3)
        if kind == 0:
            self._put(name, '', b'', depth)
        elif kind == 1:
            value = self.numbers.randbytes(self.numbers.randint(1, 40))
            self._put(name, f'[{value.hex()}]', value, depth)
        elif kind == 2:
            strings = [self._name(15) for _ in range(self.numbers.randint(1, 4))]
            self._put(name, ', '.join(f'"{string}"' for string in strings),
                      b''.join(string.encode() + b'\0' for string in strings), depth)
        else:
            cells = [self.numbers.getrandbits(32) for _ in range(self.numbers.randint(1, 8))]
            self._put(name, '<' + ' '.join(f'{cell:#x}' for cell in cells) + '>',
                      b''.join(cell.to_bytes(4, 'big') for cell in cells), depth)

    def _reg(self, depth, parent_cells):
        address_cells, size_cells = parent_cells
        pairs = self.numbers.randint(1, 3)
        count = pairs * (address_cells + size_cells)
        if count == 0:
            return
        small = self.numbers.random() < 0.7
        cells = [self.numbers.getrandbits(32) if not small or index % 2 else 0
                 for index in range(count)]
        self._put('reg', '<' + ' '.join(map(str, cells)) + '>',
                  b''.join(cell.to_bytes(4, 'big') for cell in cells), depth)
        for pair in range(pairs):
            start = pair * (address_cells + size_cells)
            address = self._number(cells[start:start + address_cells])
            size = self._number(cells[start + address_cells:start + address_cells + size_cells])
            if address >= 1 << 64 or size >= 1 << 64:
                break
            self.lines.append(f'reg {depth} {self._hex(address)} {self._hex(size)}')

    @staticmethod
    def _number(cells):
        number = 0
        for cell in cells:
            number = number << 32 | cell
        return number

    @staticmethod
    def _hex(number):
        # C's %#lx prints zero without a prefix.
        return f'{number:#x}' if number else '0'


class AgainstDtc(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def walk(self, path):
        return run([FDT_WALK, path]).decode('ascii').splitlines()

    def test_random_trees_are_read_as_they_were_written(self):
        numbers = random.Random(SEED)
        deepest = 0
        for index in range(TREES):
            with self.subTest(seed=SEED, tree=index):
                tree = Tree(numbers)
                source, blob = self.folder / 'tree.dts', self.folder / 'tree.dtb'
                source.write_text('\n'.join(tree.source) + '\n')
                run(['dtc', '-q', '-f', '-I', 'dts', '-O', 'dtb', '-o', blob, source])
                self.assertEqual(self.walk(blob), tree.lines)
                deepest = max(deepest, *(int(line.split()[1]) for line in tree.lines
                                         if line.startswith('begin')))
        self.assertGreater(deepest, 6)

    def test_deeper_trees_than_the_reader_takes_are_refused(self):
        for depth, status in ((DEPTH_MAX, 0), (DEPTH_MAX + 1, 1)):
            source, blob = self.folder / 'deep.dts', self.folder / 'deep.dtb'
            source.write_text('/dts-v1/; / { ' + 'n { ' * (depth - 1) + '}; ' * depth)
            run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', blob, source])
            run([FDT_WALK, blob], expected=status)

    def test_trees_of_qemu_survive_dtc(self):
        options = [
            ['-cpu', 'cortex-a72', '-smp', '1', '-m', '128M'],
            ['-cpu', 'max', '-smp', '8', '-m', '1G'],
            ['-cpu', 'cortex-a72', '-smp', '4', '-m', '256M',
             '-object', 'memory-backend-ram,id=a,size=128M', '-numa', 'node,cpus=0-1,memdev=a',
             '-object', 'memory-backend-ram,id=b,size=128M', '-numa', 'node,cpus=2-3,memdev=b',
             '-numa', 'dist,src=0,dst=1,val=20'],
        ]
        for index, option in enumerate(options):
            with self.subTest(options=index):
                blob, again = self.folder / 'qemu.dtb', self.folder / 'again.dtb'
                run(['qemu-system-aarch64', '-machine',
                     'virt,virtualization=on,gic-version=3,dtb-randomness=off,'
                     f'dumpdtb={blob}', '-nodefaults', '-display', 'none'] + option)
                run(['dtc', '-q', '-I', 'dtb', '-O', 'dtb', '-o', again, blob])
                lines = self.walk(blob)
                self.assertEqual(lines, self.walk(again))
                self.assertIn('begin 2 memory@40000000', lines)
                self.assertGreater(len(lines), 300)


if __name__ == '__main__':
    FDT_WALK = sys.argv.pop(1)
    unittest.main()
