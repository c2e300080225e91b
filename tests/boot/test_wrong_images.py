#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Boots the kernel with system images and configuration items that are wrong, each in one way. It must
panic, naming what is wrong and where: never hang, never go on.

  test_wrong_images.py QEMU-TEST KERNEL-IMAGE PROGRAM.ELF
"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'scripts'))

from ruvixlib import cpio, program  # noqa: E402

RUNNER, KERNEL, PROGRAM = sys.argv[1:4]
SECONDS_MAX = 60
MANIFEST = ('manifest.dtb', b'only hashed here\n')
GOOD = program.strip(pathlib.Path(PROGRAM).read_bytes())

# Fields of the ELF header and of a program header, and what we change them to.
EI_CLASS, E_TYPE, E_MACHINE, E_PHOFF, E_PHENTSIZE, E_PHNUM = 4, 16, 18, 32, 54, 56
PT_LOAD, PF_X, PF_W = 1, 1, 2


def changed(offset, data):
    return GOOD[:offset] + data + GOOD[offset + len(data):]


def program_header(wanted):
    """Offset of the first loadable header with all of the flags."""
    start, = struct.unpack_from('<Q', GOOD, E_PHOFF)
    size, count = struct.unpack_from('<HH', GOOD, E_PHENTSIZE)
    for index in range(count):
        at = start + index * size
        kind, flags = struct.unpack_from('<II', GOOD, at)
        if kind == PT_LOAD and flags & wanted == wanted:
            return at
    raise AssertionError('the program has no such segment')


def image(root=GOOD, name='controld', manifest=MANIFEST):
    return cpio.write([(name, root)] + ([manifest] if manifest else []))


class WrongImages(unittest.TestCase):
    """One test a wrong thing."""

    def boot(self, data, expected, items=()):
        with tempfile.TemporaryDirectory() as folder:
            command = [RUNNER, '--kernel', KERNEL, '--deadline', '20', '--expect-panic', expected]
            if data is not None:
                path = pathlib.Path(folder) / 'system.img'
                path.write_bytes(data)
                command += ['--initrd', str(path)]
            for name, content in items:
                path = pathlib.Path(folder) / name
                path.write_bytes(content)
                command += ['--fw-cfg', f'{name}={path}']
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX,
                                  check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_panics(self, data, expected, items=()):
        status, text = self.boot(data, expected, items)
        self.assertEqual(status, 0, text)

    def test_a_good_image_does_not_panic(self):
        status, _ = self.boot(image(), '.')
        self.assertNotEqual(status, 0)

    def test_no_image(self):
        self.assert_panics(None, '/chosen names no system image')

    def test_no_archive(self):
        self.assert_panics(b'\0' * 8192, 'system image: entry 0 at byte 0: .*magic')

    def test_an_archive_that_ends_early(self):
        self.assert_panics(image()[:5000], 'system image: entry 0 at byte 0')

    def test_an_archive_whose_size_is_no_number(self):
        data = image()
        self.assert_panics(data[:54] + b'0000zz00' + data[62:], 'system image: entry 0 at byte 0')

    def test_no_root_task(self):
        self.assert_panics(image(name='control'), 'no entry called controld')

    def test_no_manifest(self):
        self.assert_panics(image(manifest=None), 'no entry called manifest.dtb')

    def test_no_elf(self):
        self.assert_panics(image(b'hello, world, this is no program at all' * 8), 'controld: .* at byte')

    def test_an_elf_of_32_bits(self):
        self.assert_panics(image(changed(EI_CLASS, b'\1')), 'controld: .*64')

    def test_an_elf_of_another_machine(self):
        self.assert_panics(image(changed(E_MACHINE, b'\x3e\0')), 'controld: .*AArch64')

    def test_an_elf_that_is_not_position_independent(self):
        self.assert_panics(image(changed(E_TYPE, b'\2\0')), 'controld: .*(position|PIE|relocatable)')

    def test_no_program_headers(self):
        self.assert_panics(image(changed(E_PHNUM, b'\0\0')), 'controld: ')

    def test_a_segment_that_is_writable_and_executable(self):
        at = program_header(PF_X)
        self.assert_panics(image(changed(at + 4, struct.pack('<I', 7))),
                           'controld: .*writable and executable')

    def test_a_segment_beyond_its_window(self):
        at = program_header(PF_W)
        self.assert_panics(image(changed(at + 40, struct.pack('<Q', 1 << 40))), 'controld: ')

    def test_another_abi(self):
        at = GOOD.index(b'RuVix\0\0\0') + 8
        self.assert_panics(image(changed(at, struct.pack('<I', 77))), r'ABI 77\.\d+, this kernel has')

    def test_a_configuration_item_of_another_size(self):
        for name, size in (('secret', 31), ('log-id', 17), ('boot', 4), ('nonce', 0)):
            with self.subTest(item=name):
                self.assert_panics(image(), f'opt/ruvix/{name} has {size} bytes',
                                   [(name, b'x' * size)])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
