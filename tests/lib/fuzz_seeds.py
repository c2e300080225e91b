#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes the inputs that the fuzz targets start from, with the tools that make real ones.

fuzz_seeds.py KIND FOLDER STAMP -- COMPILER...

KIND is fdt, cpio, elf or manifest. FOLDER is emptied and filled; STAMP is written last, for the
build system. COMPILER is the command of the cross compiler.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))
sys.path.insert(0, str(ROOT / 'tests' / 'image'))

import elfbuilder  # noqa: E402
from ruvixlib import cpio  # noqa: E402

TREES = [
    '/ { };',
    '/ { a = "x"; b = <1 2>; c; child { d = [01 02 03]; }; };',
    '''/memreserve/ 0x1000 0x2000;
    / { #address-cells = <2>; #size-cells = <2>; compatible = "a,b", "c,d";
        memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };
        soc { #address-cells = <1>; #size-cells = <1>; ranges;
              intc: gic@8000000 { reg = <0x8000000 0x10000 0x80a0000 0x100000>;
                                  interrupt-controller; #interrupt-cells = <3>; }; };
        chosen { bootargs = "quiet"; linux,initrd-start = <0x48000000>; }; };''',
    '/ { ' + 'n { ' * 15 + '}; ' * 15 + '};',
    '/ { #address-cells = <0>; #size-cells = <3>; n { reg = <0 0 1 0 0 2>; }; };',
]

SOURCE = '''
__attribute__((section(".note.ruvix"), used)) static const struct {
	unsigned int owner_size, size, type;
	char owner[8];
	unsigned int major, minor;
} note = { 6, 8, 1, "RuVix", 0, 1 };
static int words[100];
int *table[COUNT] = { words, words + 1 };
void _start(void);
void _start(void) { for (;;) *table[0] += *table[COUNT - 1]; }
'''


def run(command, **options):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


def fdt_seeds(folder, _):
    for index, source in enumerate(TREES):
        text = folder / 'tree.dts'
        text.write_text(f'/dts-v1/;\n{source}\n')
        run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', folder / f'tree{index}.dtb', text])
        text.unlink()
    full = folder / 'full.dtb'
    run(['qemu-system-aarch64', '-machine',
         f'virt,virtualization=on,gic-version=3,dtb-randomness=off,dumpdtb={full}',
         '-cpu', 'cortex-a72', '-smp', '4', '-m', '256M', '-nodefaults', '-display', 'none'],
        stderr=subprocess.DEVNULL)
    # Without the megabyte of room that QEMU leaves.
    run(['dtc', '-q', '-I', 'dtb', '-O', 'dtb', '-o', folder / 'qemu.dtb', full])
    full.unlink()


def cpio_seeds(folder, _):
    (folder / 'empty').write_bytes(cpio.write([]))
    (folder / 'one').write_bytes(cpio.write([('controld', b'abc')]))
    (folder / 'three').write_bytes(
        cpio.write([('controld', bytes(100)), ('manifest.dtb', b''), ('agent_a', b'x' * 5000)]))
    # As other tools write it: without room for alignment.
    plain = b''.join(
        b'070701' + b'%08x' % 0 * 6 + b'%08x' % len(data) + b'%08x' % 0 * 4 +
        b'%08x' % len(name) + b'%08x' % 0 + name + bytes(-(110 + len(name)) % 4) +
        data + bytes(-len(data) % 4)
        for name, data in ((b'a\0', b'12345'), (b'dir/b\0', b''), (b'TRAILER!!!\0', b'')))
    (folder / 'plain').write_bytes(plain)


def elf_seeds(folder, compiler):
    (folder / 'built').write_bytes(elfbuilder.Elf().build())
    (folder / 'plain').write_bytes(elfbuilder.Elf(relocations=[]).build())
    source = folder / 'program.c'
    source.write_text(SOURCE)
    for name, count, options in (('small', 2, ['-O2']), ('large', 20, ['-O0', '-g'])):
        run(compiler + ['--target=aarch64-none-elf', '-ffreestanding', '-fPIE', '-nostdlib',
                        '-static', '-fuse-ld=lld', '-Wno-unused-command-line-argument',
                        '-Wl,-pie,--no-dynamic-linker,-z,max-page-size=4096',
                        f'-DCOUNT={count}', '-o', folder / name, source] + options)
    source.unlink()


def manifest_seeds(folder, _):
    from ruvixlib import image
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        (work / 'root').write_bytes(elfbuilder.Elf(abi=(0, 0)).build())
        for index, text in enumerate(elfbuilder.MANIFESTS):
            (work / 'system.toml').write_text(text)
            status = image.main(['--manifest', str(work / 'system.toml'),
                                 '--output', str(work / 'system.img')])
            if status != 0:
                sys.exit(f'manifest {index} is refused')
            for entry, _, data in cpio.read((work / 'system.img').read_bytes()):
                if entry == 'manifest.dtb':
                    (folder / f'manifest{index}').write_bytes(data)


SEEDS = {'fdt': fdt_seeds, 'cpio': cpio_seeds, 'elf': elf_seeds, 'manifest': manifest_seeds}


def main():
    kind, folder, stamp = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    SEEDS[kind](folder, sys.argv[5:])
    stamp.write_text(f'{len(list(folder.iterdir()))} seeds\n')


if __name__ == '__main__':
    main()
