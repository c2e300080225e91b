#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The image tool on good manifests, its options, and what can be wrong outside of the files.

test_image.py IMAGE_FACTS [STRIP]

IMAGE_FACTS reads images with the readers of kernel and servers; STRIP is a tool that strips.
"""

import hashlib
import os
import re
import subprocess
import sys
import unittest

import elfbuilder
from imagetest import ABI, MANIFEST, ROOT, ImageCase
from ruvixlib import cpio, program

IMAGE_FACTS = None
STRIP = None

PLACE = re.compile(r'^[^\n:]+:[0-9]+:[0-9]+: error: [^\n]+; [^\n]+$')


def facts(path):
    """What the C readers make of an image."""
    done = subprocess.run([IMAGE_FACTS, 'image', path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          check=False)
    text = done.stdout.decode('utf-8')
    if done.returncode != 0:
        raise AssertionError(f'image_facts exits with {done.returncode}: {text}')
    return text


class GoodImages(ImageCase):
    maxDiff = None

    def build(self, *arguments):
        """Call the tool, which must succeed. Returns the entries of the image by name."""
        status, output, errors = self.folder.run(*arguments)
        self.assertEqual((status, errors), (0, ''))
        self.output = output
        return {name: (start, data)
                for name, start, data in cpio.read(self.folder.read('system.img'))}

    def test_the_readers_of_the_kernel_find_everything_in_the_image(self):
        self.folder.write('system.toml', elfbuilder.MANIFESTS[1])
        self.folder.write('root', elfbuilder.Elf(abi=ABI).build())
        entries = self.build()
        size = len(entries['root'][1])
        first = hashlib.blake2b(entries['root'][1], digest_size=32).digest()[0]
        blob = len(entries['manifest.dtb'][1])
        one = f'ok abi 3.5 entry 0x11e0 memory 0x51f0 [0 480 0 480 4] [0x11e0 16 480 16 5] ' \
              f'[0x21f0 12288 496 144 6]'
        self.assertEqual(facts(self.folder.path / 'system.img'), f'''\
entry controld at 4096 size {size}
{one}
entry manifest.dtb at 8192 size {blob}
manifest two agents abi 3.5
partition 0 controld image controld window 1
partition 1 agent_a image root window 9
  size {size} hash {first} tables 16 credits 64 stack 16384
  slots 256 memory 0 console 1 core 0 on-fault 0
  mode 0 budget 1000000 period 10000000 deadline 10000000 passive 0 hard 0
partition 2 agent_b image root window 2
  size {size} hash -1 tables 16 credits 64 stack 16384
  slots 1024 memory 65536 console 0 core 3 on-fault 2
  mode 1 budget 100000 period 1000000 deadline 500000 passive 0 hard 1
region 0 ring size 8192 1:3 2:1
region 1 board size 4096 1:3 2:1 0:1
edge 0 a_to_b ends 1 2 rights 3 1 badges 1 1
edge 1 to_root ends 2 0 rights 7 5 badges 7 8
entry root at 12288 size {size}
{one}
end of the archive
''')

    def test_dtc_takes_the_manifest_apart(self):
        self.folder.write('system.toml', MANIFEST.replace('window = 7', 'window = 7 \nmemory = '
                                                          '1048576'))
        entries = self.build()
        data = entries['manifest.dtb'][1]
        done = subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts'], input=data, check=True,
                              stdout=subprocess.PIPE)
        source = done.stdout.decode('ascii')
        digest = hashlib.blake2b(entries['agent_a'][1], digest_size=32).digest()
        hash_cells = ' '.join(f'0x{digest[i:i + 4].hex()}' for i in range(0, 32, 4))
        # As dtc writes them: without zeros in front, but at least two digits.
        hash_cells = re.sub('0x0+([0-9a-f]{2})', r'0x\1', hash_cells)
        for part in ('format = <0x00 0x01>;', 'abi = <0x00 0x03 0x00 0x05>;',
                     'label = "first-light";', 'partition-count = <0x00 0x03>;',
                     'region-count = <0x00 0x02>;', 'edge-count = <0x00 0x01>;',
                     'partition@0 {\n\t\tlabel = "controld";\n\t\timage = "controld";\n'
                     '\t\twindow = <0x00 0x01>;\n\t};',
                     'partition@1 {\n\t\tlabel = "agent_a";\n\t\timage = "agent_a";\n'
                     '\t\twindow = <0x00 0x07>;\n\t\timage-size = <0x00 0x280>;\n'
                     f'\t\timage-hash = <{hash_cells}>;\n'
                     '\t\ttables = <0x00 0x10>;\n\t\tcredits = <0x00 0x40>;\n'
                     '\t\tstack = <0x00 0x2000>;\n\t\tslots = <0x00 0x100>;\n'
                     '\t\tmemory = <0x00 0x100000>;\n'
                     '\t\tconsole = <0x00 0x01>;\n\t\tcore = <0x00 0x00>;\n\t\ton-fault = <0x00 0x00>;\n'
                     '\t\tmode = <0x00 0x01>;\n'
                     '\t\tbudget-ns = <0x00 0x186a0>;\n\t\tperiod-ns = <0x00 0xf4240>;\n'
                     '\t\tdeadline-ns = <0x00 0xf4240>;\n\t\tpassive = <0x00 0x00>;\n'
                     '\t\thard = <0x00 0x00>;\n\t};',
                     'region@0 {\n\t\tlabel = "scratch";\n\t\tsize = <0x00 0x1000>;\n'
                     '\t\tholders = <0x00 0x01 0x00 0x03>;\n\t};',
                     'region@1 {\n\t\tlabel = "board";\n\t\tsize = <0x00 0x2000>;\n'
                     '\t\tholders = <0x00 0x01 0x00 0x03 0x00 0x02 0x00 0x01>;\n\t};',
                     'edge@0 {\n\t\tlabel = "a_to_b";\n\t\tends = <0x00 0x01 0x00 0x02>;\n'
                     '\t\trights = <0x00 0x03 0x00 0x01>;\n'
                     '\t\tbadges = <0x00 0x01 0x00 0x01>;\n\t};'):
            self.assertIn(part, source)

    def test_the_image_is_the_same_every_time(self):
        self.build()
        first = self.folder.read('system.img')
        os.utime(self.folder.path / 'agent_a', (1, 1))
        self.build()
        self.assertEqual(self.folder.read('system.img'), first)
        # In a process of its own, with another seed for hashes and in another folder.
        copy = self.folder.path / 'other' / 'copy'
        (self.folder.path / 'other').mkdir()
        done = subprocess.run(
            [sys.executable, '-B', '-m', 'ruvixlib.image', '--manifest', '../system.toml',
             '--output', 'copy', '--abi', '../abi', '--search', '..'],
            cwd=self.folder.path / 'other', stdout=subprocess.DEVNULL, check=True,
            env={'PYTHONPATH': str(ROOT / 'scripts'), 'PYTHONHASHSEED': '12345',
                 'TZ': 'Asia/Tokyo'})
        self.assertEqual(done.returncode, 0)
        self.assertEqual(copy.read_bytes(), first)

    def test_data_of_every_entry_starts_on_a_page(self):
        self.folder.write('agent_b', elfbuilder.Elf(abi=ABI, text_size=5000).build())
        entries = self.build()
        self.assertEqual(list(entries), ['controld', 'manifest.dtb', 'agent_a', 'agent_b'])
        for start, _ in entries.values():
            self.assertEqual(start % 4096, 0)
        self.assertEqual(len(self.folder.read('system.img')) % 4096, 0)

    def test_the_root_is_called_controld_in_the_image_whatever_its_file(self):
        self.folder.write('rootd.elf', elfbuilder.Elf(abi=ABI, text_size=32).build())
        self.folder.write('system.toml', MANIFEST.replace('root = "controld"', 'root = "rootd"'))
        entries = self.build()
        self.assertEqual(list(entries), ['controld', 'manifest.dtb', 'agent_a', 'agent_b'])
        self.assertEqual(entries['controld'][1], program.strip(self.folder.read('rootd.elf')))
        self.assertNotEqual(entries['controld'][1], entries['agent_a'][1])

    def test_a_program_of_several_partitions_is_there_once(self):
        self.folder.write('system.toml', MANIFEST.replace('image = "agent_b"', 'image = "agent_a"'))
        self.assertEqual(list(self.build()), ['controld', 'manifest.dtb', 'agent_a'])
        self.folder.write('system.toml', MANIFEST.replace('image = "agent_b"',
                                                          'image = "controld"'))
        self.assertEqual(list(self.build()), ['controld', 'manifest.dtb', 'agent_a'])

    def test_windows_left_out_are_the_next_free_ones(self):
        partitions = ''.join(
            f'[[partition]]\nname = "p{i}"\nimage = "agent_a"\n' + (f'window = {w}\n' if w else '')
            for i, w in enumerate((None, 3, None, None, 2, 4095)))
        system = MANIFEST.split('[[partition]]', maxsplit=1)[0]
        self.folder.write('system.toml', system + partitions)
        self.build()
        windows = re.findall('^partition [0-9]+ .* window ([0-9]+)$',
                             facts(self.folder.path / 'system.img'), re.MULTILINE)
        self.assertEqual(windows, ['1', '4', '3', '5', '6', '2', '4095'])

    def test_the_first_folder_that_has_the_program_wins(self):
        for number, name in ((104, 'one'), (200, 'two')):
            (self.folder.path / name).mkdir()
            self.folder.write(f'{name}/agent_a',
                              elfbuilder.Elf(abi=ABI, text_size=number).build())
        path = str(self.folder.path)
        for folders, size in ((['one', 'two', ''], 728), (['two', 'one', ''], 824),
                              (['', 'one'], 640), (['missing', '', 'one'], 640)):
            search = [part for name in folders for part in ('--search', f'{path}/{name}')]
            self.assertEqual(len(self.build(*search)['agent_a'][1]), size)

    def test_programs_are_stripped_of_what_is_not_loaded(self):
        good = elfbuilder.Elf(abi=ABI)
        fat = good.build((40, 'Q', 700), (58, 'H', 64), (60, 'H', 3), (62, 'H', 2))
        self.folder.write('agent_a', fat + b'symbols' * 5000)
        stripped = self.build()['agent_a'][1]
        self.assertEqual(len(stripped), good.size)
        self.assertEqual(stripped, good.build((58, 'H', 0)))
        self.assertEqual(program.check(stripped), program.check(fat))

    @unittest.skipUnless(len(sys.argv) > 2, 'no strip tool given')
    def test_a_strip_tool_leaves_what_is_loaded(self):
        own = self.build()['agent_a'][1]
        theirs = self.build('--strip', STRIP)['agent_a'][1]
        self.assertEqual(program.check(own), program.check(theirs))
        for segment in program.check(own).segments:
            # The first holds the file header, which differs.
            start = max(segment.offset, 64)
            end = segment.offset + segment.file_size
            self.assertEqual(own[start:end], theirs[start:end])

    def test_values_at_their_limits_are_accepted(self):
        system = MANIFEST.split('[[partition]]', maxsplit=1)[0]
        name, file_name = 'n' * 31, 'F' * 63
        self.folder.write(file_name, elfbuilder.Elf(abi=ABI).build())
        partition = '[[partition]]\nname = "{}"\nimage = "agent_a"\n'
        sixteen = [f'p{i}' for i in range(16)]
        for title, text in (
                ('a title', system.replace('first-light', 't' * 63)),
                ('names', system + partition.format(name).replace('agent_a', file_name)),
                ('window, tables, credits and stack', system + partition.format('a')
                 + 'window = 2\ntables = 512\ncredits = 6143\nstack = 1048576\n'
                 'slots = 65536\nmemory = 33554432\n'
                 + partition.format('b') + 'window = 4095\ntables = 1\ncredits = 1\n'
                 'slots = 256\nmemory = 4096\nstack = 4096\n'),
                ('a budget that is all of the period', system + partition.format('a')
                 + 'schedule = { budget_us = 3600000000, period_us = 3600000000 }\n'),
                ('the shortest schedule', system + partition.format('a')
                 + 'schedule = { budget_us = 1, period_us = 1, deadline_us = 1 }\n'),
                ('70 % in two parts', system + partition.format('a')
                 + 'schedule = { mode = "reflex", budget_us = 100, period_us = 1000 }\n'
                 + partition.format('b') + 'schedule = { mode = "reflex", budget_us = 300, '
                 'period_us = 10000, deadline_us = 500 }\n'),
                ('one holder', system + '[[region]]\nname = "r"\nsize = 33554432\n'
                 'between = ["controld"]\nrights = ["r"]\n'),
                ('16 holders', system + ''.join(map(partition.format, sixteen))
                 + '[[region]]\nname = "r"\nsize = 4096\nbetween = ["'
                 + '", "'.join(sixteen) + '"]\n'),
                ('the largest badge', MANIFEST + 'badges = [9223372036854775807, 1]\n'),
                ('a full window', MANIFEST.replace('size = 4096', 'size = 33554432').replace(
                    'size = 8192', f'size = {(32 << 20) - 0x6000 - 8192 - 8192}'))):
            with self.subTest(title):
                self.folder.write('system.toml', text)
                self.build()

    def test_programs_at_their_limits_are_accepted(self):
        good = elfbuilder.Elf(abi=ABI)
        size_at = elfbuilder.header_at(elfbuilder.WRITABLE, elfbuilder.MEMORY_SIZE)
        self.assertEqual(program.check(good.build((size_at, 'Q', (64 << 20) - good.dynamic)))
                         .memory_size, 64 << 20)
        # As many headers as may be, of which as many segments as may be, and the note at the end.
        data = bytearray(good.build((56, 'H', 64), (32, 'Q', good.size)))
        text = elfbuilder.header_at(elfbuilder.EXECUTABLE, 0)
        for index in range(16):
            at = len(data)
            data += data[text:text + elfbuilder.HEADER_SIZE]
            data[at + 16:at + 24] = (good.text + 0x1000 * index).to_bytes(8, 'little')
        note = elfbuilder.header_at(elfbuilder.NOTE_HEADER, 0)
        at = len(data)
        data += data[note:note + elfbuilder.HEADER_SIZE] + bytes(47 * elfbuilder.HEADER_SIZE)
        data[at + 8:at + 16] = len(data).to_bytes(8, 'little')
        data += data[good.note_at:good.note_at + 28]
        self.assertEqual(len(program.check(bytes(data)).segments), 16)
        self.assertEqual(program.check(program.strip(bytes(data))), program.check(bytes(data)))
        with self.assertRaisesRegex(program.ProgramError, 'misplaced'):
            program.check(bytes(data[:-1]))

    def test_headers_are_exactly_these(self):
        self.build()
        image = self.folder.read('system.img')
        self.assertEqual(image[:110 + 9], b'070701' b'00000001' b'00008124' b'00000000' b'00000000'
                         b'00000001' b'00000000' b'00000280' b'00000000' b'00000000' b'00000000'
                         b'00000000' b'00000f92' b'00000000' b'controld\0')
        self.assertEqual(image.rstrip(b'\0')[-120:], b'070701' b'00000000' b'00000000' b'00000000'
                         b'00000000' b'00000001' b'00000000' b'00000000' b'00000000' b'00000000'
                         b'00000000' b'00000000' b'0000000b' b'00000000' b'TRAILER!!!')
        blob = image[8192:]
        self.assertEqual(blob[:8].hex(), 'd00dfeed' + len(cpio.read(image)[1][2])
                         .to_bytes(4, 'big').hex())
        self.assertEqual(blob[16:32].hex(), '00000028' '00000011' '00000010' '00000000')

    def test_entries_are_aligned_whatever_their_names_and_sizes(self):
        for name_length in (1, 2, 100, 255):
            for size in (0, 1, 3979, 3980, 3984, 3985, 4095, 4096, 4097):
                for second in (1, 100, 255):
                    entries = [('a' * name_length, b'x' * size), ('b' * second, b'y')]
                    found = cpio.read(cpio.write(entries))
                    self.assertEqual([(name, data) for name, _, data in found], entries)
                    for _, start, _ in found:
                        self.assertEqual(start % 4096, 0)

    def test_a_dry_run_says_the_same_and_writes_nothing(self):
        status, output, errors = self.folder.run('--dry-run')
        self.assertEqual((status, errors), (0, ''))
        self.assertFalse((self.folder.path / 'system.img').exists())
        self.build()
        self.assertEqual(output, self.output.replace(' bytes\n', ' bytes, not written\n'))

    def test_a_root_alone_is_a_system(self):
        self.folder.write('system.toml', '[system]\nname = "x"\nroot = "controld"\n')
        self.assertEqual(list(self.build()), ['controld', 'manifest.dtb'])

    def test_the_headers_of_this_tree_are_understood(self):
        from ruvixlib.abiheaders import Abi
        version = Abi().version()
        for name in ('controld', 'agent_a', 'agent_b'):
            self.folder.write(name, elfbuilder.Elf(abi=version).build())
        status, _, errors = self.folder.run('--abi', str(ROOT / 'abi' / 'ruvix'))
        self.assertEqual((status, errors), (0, ''))


class RefusedSystems(ImageCase):
    maxDiff = None

    def messages(self, *arguments):
        status, output, errors = self.folder.run(*arguments)
        self.assertEqual((status, output), (2, ''), errors)
        return errors.splitlines()

    def test_the_root_has_at_most_48_kib(self):
        elf = elfbuilder.Elf(abi=ABI)
        room = (48 << 10) - elf.size + 16
        self.folder.write('controld', elfbuilder.Elf(abi=ABI, text_size=room).build())
        self.assertEqual(self.folder.run()[0], 0)
        self.folder.write('controld', elfbuilder.Elf(abi=ABI, text_size=room + 8).build())
        self.assertEqual(self.messages(), [
            'system.toml:3:8: error: the root program has 49160 bytes when stripped, more than '
            '49152; move something out of it'])

    def test_the_root_has_at_most_as_many_segments_as_the_kernel_describes(self):
        self.folder.write('abi/boot.h', '#define RVX_BOOT_SEGMENTS_MAX 2u\n'
                          '#define RVX_ROOT_WINDOW 1u\n')
        self.assertEqual(self.messages(), [
            'system.toml:3:8: error: the root program has 3 loadable segments, more than 2; '
            'merge sections in its linker script'])
        self.folder.write('abi/boot.h', '#define RVX_BOOT_SEGMENTS_MAX 3u\n'
                          '#define RVX_ROOT_WINDOW 1u\n')
        self.assertEqual(self.folder.run()[0], 0)

    def test_all_that_is_wrong_is_told_at_once_in_order(self):
        self.folder.write('agent_b', b'nothing')
        self.folder.write('system.toml', MANIFEST.replace('window = 7', 'widnow = 7')
                          .replace('"agent_b"]\nrights = ["rw", "r"]\n\n', '"agent_x"]\n\n')
                          .replace('root = "controld"', 'root = "rootd"'))
        self.assertEqual([line.split(';')[0] for line in self.messages()], [
            "system.toml:3:8: error: there is no file 'rootd' or 'rootd.elf' in '.'",
            "system.toml:8:1: error: unknown key 'widnow' in [[partition]]",
            "system.toml:22:9: error: 'agent_b': it is not an ELF file",
            "system.toml:27:23: error: there is no partition 'agent_x'"])

    def test_a_great_many_problems_are_counted(self):
        self.folder.write('system.toml', MANIFEST + '\n'.join(f'k{i} = 1' for i in range(300)))
        messages = self.messages()
        self.assertEqual(len(messages), 101)
        self.assertEqual(messages[-1].split(': ', 1)[1],
                         'error: 200 more errors are not shown; mend the ones above first')

    def test_a_task_has_at_most_64_edges(self):
        edges = ''.join(f'[[edge]]\nname = "e{i}"\nends = ["agent_a", "agent_b"]\n'
                        'rights = ["r", "r"]\n' for i in range(64))
        self.folder.write('system.toml', MANIFEST + edges)
        self.assertEqual(self.messages(), [
            f"system.toml:288:{column}: error: '{name}' has more than 64 edges; spread them over "
            'several partitions' for column, name in ((9, 'agent_a'), (20, 'agent_b'))])

    def test_a_manifest_that_cannot_be_read(self):
        (self.folder.path / 'system.toml').unlink()
        self.assertEqual(self.messages(), [
            'system.toml:1:1: error: cannot read the manifest: No such file or directory; check '
            'the name after --manifest'])
        (self.folder.path / 'system.toml').mkdir()
        self.assertEqual(self.messages(), [
            'system.toml:1:1: error: cannot read the manifest: Is a directory; check the name '
            'after --manifest'])

    def test_a_manifest_that_is_no_text(self):
        self.folder.write('system.toml', b'[system]\r\nname = "\xc3\xa4\xff"\r\n')
        self.assertEqual(self.messages(), [
            'system.toml:2:10: error: the byte 0xff is not UTF-8; save the file as UTF-8'])
        self.folder.write('system.toml', b'# comment\n' * 120000)
        self.assertEqual(self.messages(), [
            'system.toml:1:1: error: the manifest is larger than 1048576 bytes; check the name '
            'after --manifest'])

    def test_places_do_not_depend_on_the_kind_of_line_end(self):
        text = MANIFEST.replace('window = 7', 'widnow = 7')
        self.folder.write('system.toml', text)
        expected = self.messages()
        self.folder.write('system.toml', text.replace('\n', '\r\n'))
        self.assertEqual(self.messages(), expected)

    def test_an_image_that_cannot_be_written(self):
        output = self.folder.path / 'missing' / 'system.img'
        self.assertEqual(self.messages('--output', str(output)), [
            'missing/system.img:1:1: error: cannot write the image: No such file or directory; '
            'name another file after --output'])
        output.parent.mkdir()
        output.mkdir()
        self.assertEqual(self.messages('--output', str(output)), [
            'missing/system.img:1:1: error: cannot write the image: Is a directory; name another '
            'file after --output'])
        self.assertEqual(os.listdir(output.parent), ['system.img'])

    def test_a_refused_system_leaves_the_old_image_alone(self):
        self.folder.write('system.img', b'old')
        self.folder.write('agent_b', b'nothing')
        self.messages()
        self.assertEqual(self.folder.read('system.img'), b'old')

    def test_a_strip_tool_that_is_not_there_or_fails(self):
        self.assertEqual(self.messages('--strip', '/nonexistent/strip')[0],
                         "system.toml:3:8: error: cannot strip 'controld' with "
                         "'/nonexistent/strip': No such file or directory; name a tool that works "
                         'after --strip or leave it out')
        self.assertEqual(self.messages('--strip', 'false')[0],
                         "system.toml:3:8: error: cannot strip 'controld' with 'false': it exits "
                         'with 1; name a tool that works after --strip or leave it out')
        self.assertEqual(len(self.messages('--strip', '')), 3)
        # A tool that breaks the program is found out.
        self.assertEqual(len(self.messages('--strip', 'sh -c "echo broken > $2" strip')), 3)

    def test_headers_that_are_not_there_or_say_too_little(self):
        self.folder.write('abi/types.h', '#define RVX_WINDOW_COUNT 4096u\n')
        messages = self.messages()
        self.assertEqual(len(messages), 1)
        self.assertRegex(messages[0], r'^abi:1:1: error: the ABI headers in abi do not define '
                         r'RVX_\w+; name the folder of the headers with --abi$')
        (self.folder.path / 'abi' / 'version.h').unlink()
        self.assertEqual(self.messages(), [
            'abi:1:1: error: cannot read the ABI header abi/version.h: No such file or directory; '
            'name the folder of the headers with --abi'])

    def test_wrong_options_are_told_with_the_usage(self):
        for arguments in (['--colour'], ['--search'], ['stray']):
            status, _, errors = self.folder.run(*arguments)
            self.assertEqual(status, 2)
            self.assertIn('usage: ruvix image', errors)
        status, output, _ = self.folder.run('--help')
        self.assertEqual(status, 0)
        self.assertIn('--manifest', output)


if __name__ == '__main__':
    IMAGE_FACTS = sys.argv[1]
    STRIP = sys.argv[2] if len(sys.argv) > 2 else None
    unittest.main(argv=sys.argv[:1])
