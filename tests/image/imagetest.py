# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What the tests of the image tool share: a folder with a manifest and programs, and a call of
the tool in this process that returns what it printed."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))

import elfbuilder  # noqa: E402
from ruvixlib import image  # noqa: E402

ABI = (3, 5)

# The lines are counted on: cases name them.
MANIFEST = '''\
[system]
name = "first-light"
root = "controld"

[[partition]]
name = "agent_a"
image = "agent_a"
window = 7
stack = 8192

[partition.schedule]
mode = "reflex"
budget_us = 100
period_us = 1000

[[partition.region]]
name = "scratch"
size = 4096

[[partition]]
name = "agent_b"
image = "agent_b"

[[region]]
name = "board"
size = 8192
between = ["agent_a", "agent_b"]
rights = ["rw", "r"]

[[edge]]
name = "a_to_b"
ends = ["agent_a", "agent_b"]
rights = ["rw", "r"]
'''

TYPES_H = '''\
#define RVX_RIGHT_READ 0x01u	   /* regions: read */
#define RVX_RIGHT_WRITE 0x02u
#define RVX_RIGHT_GRANT 0x04u
#define RVX_PARTITION_TABLES_MAX 512u
#define RVX_TASK_EDGES_MAX 64u
#define RVX_WINDOW_SIZE 0x4000000u /* one program, one window of 64 MiB */
#define RVX_WINDOW_COUNT 4096u
'''

BOOT_H = '''\
#define RVX_BOOT_SEGMENTS_MAX 4u
#define RVX_ROOT_WINDOW 1u
'''


class Folder:
    """A folder with headers of an ABI of its own, three programs and a manifest."""

    def __init__(self, case):
        holder = tempfile.TemporaryDirectory()
        case.addCleanup(holder.cleanup)
        self.path = pathlib.Path(holder.name)
        (self.path / 'abi').mkdir()
        self.write('abi/version.h', f'#define RVX_ABI_MAJOR {ABI[0]}\n'
                   f'#define RVX_ABI_MINOR {ABI[1]}\n')
        self.write('abi/types.h', TYPES_H)
        self.write('abi/boot.h', BOOT_H)
        for name in ('controld', 'agent_a', 'agent_b'):
            self.write(name, elfbuilder.Elf(abi=ABI).build())
        self.write('system.toml', MANIFEST)

    def write(self, name, content):
        """Write a file of the folder."""
        if isinstance(content, str):
            content = content.encode('utf-8')
        (self.path / name).write_bytes(content)

    def read(self, name):
        """The bytes of a file of the folder."""
        return (self.path / name).read_bytes()

    def run(self, *arguments):
        """Call the tool. Returns its exit status and what it printed, without the folder."""
        output, errors = io.TextIOWrapper(io.BytesIO(), 'utf-8'), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = image.main(['--manifest', str(self.path / 'system.toml'),
                                 '--output', str(self.path / 'system.img'),
                                 '--abi', str(self.path / 'abi'), *arguments])
        output.flush()
        text = output.buffer.getvalue().decode('utf-8')
        return status, text.replace(f'{self.path}/', ''), \
            errors.getvalue().replace(f'{self.path}/', '').replace(str(self.path), '.')


class ImageCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = Folder(self)

    def refused(self):
        """Call the tool, which must refuse. Returns its messages."""
        status, output, errors = self.folder.run()
        self.assertEqual((status, output), (2, ''), errors)
        self.assertFalse((self.folder.path / 'system.img').exists())
        return errors.splitlines()
