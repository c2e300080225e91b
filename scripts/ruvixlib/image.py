# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix image`: makes system.img from a manifest and the programs it names.

Nothing is written unless everything is right; otherwise every problem is told and the exit
status is 2. Equal manifests and programs give equal images.
"""

import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from . import cpio, exits, manifest, manifestblob, program
from .abiheaders import DIRECTORY as ABI_DIRECTORY
from .abiheaders import Abi, AbiError
from .problems import Place, Problems, reason

# The kernel hashes the root task's program at boot: its size is boot time.
ROOT_SIZE_MAX = 48 << 10
PROGRAM_SIZE_MAX = program.WINDOW_SIZE
STRIP_SECONDS_MAX = 60


def _arguments(argv):
    parser = argparse.ArgumentParser(
        prog='ruvix image', description='Make system.img from a manifest and its programs.')
    parser.add_argument('--manifest', required=True, metavar='FILE',
                        help='the system description, in TOML')
    parser.add_argument('--output', required=True, metavar='FILE', help='the image to write')
    parser.add_argument('--search', action='append', default=[], metavar='DIR',
                        help='where to look for programs; may be given several times '
                        "(default: the manifest's folder)")
    parser.add_argument('--strip', metavar='TOOL',
                        help='strip programs with this tool, such as llvm-strip-19 '
                        '(default: cut off what is not loaded)')
    parser.add_argument('--abi', default=str(ABI_DIRECTORY), metavar='DIR',
                        help='the ABI headers to check programs against')
    parser.add_argument('--dry-run', action='store_true',
                        help='check everything and list the entries, but write nothing')
    return parser.parse_args(argv)


def _find(name, folders):
    for folder in folders:
        for candidate in (name, f'{name}.elf'):
            path = pathlib.Path(folder) / candidate
            try:
                if path.is_file():
                    return path
            except OSError:
                # A folder that cannot be searched holds nothing for us.
                continue
    return None


def _strip(path, data, tool, place, problems):
    """The stripped program, or None."""
    if tool is None:
        return program.strip(data)
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, 'stripped')
        command = shlex.split(tool) + ['-o', output, str(path)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=STRIP_SECONDS_MAX, check=False)
            if done.returncode == 0:
                with open(output, 'rb') as file:
                    return file.read()
            said = done.stderr.decode('utf-8', 'replace').strip().split('\n')[-1]
            what = said or f'it exits with {done.returncode}'
        except (OSError, IndexError) as error:
            what = reason(error)
        except subprocess.TimeoutExpired:
            what = f'it does not end within {STRIP_SECONDS_MAX} s'
    problems.add(place, f"cannot strip '{path}' with '{tool}': {ascii(what)[1:-1]}",
                 'name a tool that works after --strip or leave it out')
    return None


def _load(image, folders, tool, abi, problems):
    """Find, check and strip one program; fills in the image."""
    path = _find(image.name, folders)
    if path is None:
        problems.add(image.place, f"there is no file '{image.name}' or '{image.name}.elf' in "
                     + ', '.join(f"'{folder}'" for folder in folders),
                     'build the program or name its folder with --search')
        return
    try:
        if path.stat().st_size > PROGRAM_SIZE_MAX:
            raise program.ProgramError(f'it is larger than {PROGRAM_SIZE_MAX} bytes',
                                       'link it without debug information')
        data = path.read_bytes()
        image.program = program.check(data)
        program.check_version(image.program, abi.version())
        stripped = _strip(path, data, tool, image.place, problems)
        if stripped is not None:
            program.check(stripped)
            image.data = stripped
    except program.ProgramError as error:
        problems.add(image.place, f"'{path}': {error.what}", error.cure)
    except OSError as error:
        problems.add(image.place, f"cannot read '{path}': {reason(error)}",
                     'check its permissions')


def _check_root(root, abi, problems):
    image = root.image
    if image is None or image.data is None:
        return
    if len(image.data) > ROOT_SIZE_MAX:
        problems.add(image.place, f'the root program has {len(image.data)} bytes when stripped, '
                     f'more than {ROOT_SIZE_MAX}', 'move something out of it')
    limit = abi['BOOT_SEGMENTS_MAX']
    if len(image.program.segments) > limit:
        problems.add(image.place, f'the root program has {len(image.program.segments)} loadable '
                     f'segments, more than {limit}', 'merge sections in its linker script')


def _write(path, data, problems):
    """Put the image in place at once, so that nobody sees half of it."""
    temporary = None
    try:
        folder = os.path.dirname(path) or '.'
        with tempfile.NamedTemporaryFile(dir=folder, prefix='.system.img.', delete=False) as file:
            temporary = file.name
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except (OSError, ValueError) as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        problems.add(Place(path), f'cannot write the image: {reason(error)}',
                     'name another file after --output')


def build(arguments, problems):
    """The entries of the image; only meaningful without problems."""
    abi = Abi(arguments.abi)
    folders = arguments.search or [os.path.dirname(arguments.manifest) or '.']
    system = manifest.read(arguments.manifest, abi, problems)
    for image in system.images():
        _load(image, folders, arguments.strip, abi, problems)
    # Partitions that run one program share what was loaded of it.
    loaded = {image.name: image for image in system.images()}
    for partition in system.partitions:
        if partition.image is not None:
            partition.image.data = loaded[partition.image.name].data
            partition.image.program = loaded[partition.image.name].program
    if not system.partitions:
        return []
    _check_root(system.partitions[0], abi, problems)
    manifest.check_sizes(system, problems, abi)
    if problems:
        return []

    root = system.partitions[0].image
    used = {partition.image.name for partition in system.partitions[1:]}
    entries = [(manifest.ROOT_NAME, root.data),
               (manifest.MANIFEST_NAME, manifestblob.compile_blob(system, abi))]
    entries += [(image.name, image.data) for image in system.images()
                if image.name in used and image.name != manifest.ROOT_NAME]
    return entries


def main(argv):
    """Run the command. Returns its exit status."""
    try:
        arguments = _arguments(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else exits.USAGE
    # File names may be no text at all.
    sys.stdout.reconfigure(errors='backslashreplace')
    problems = Problems()
    try:
        entries = build(arguments, problems)
    except AbiError as error:
        problems.add(Place(arguments.abi), str(error), 'name the folder of the headers with --abi')
        entries = []

    archive = b''
    if not problems:
        archive = cpio.write(entries)
        if not arguments.dry_run:
            _write(arguments.output, archive, problems)
    if problems:
        print('\n'.join(problems.lines()), file=sys.stderr)
        return exits.USAGE

    for name, start, data in cpio.read(archive):
        print(f'{start:#10x} {len(data):9d}  {name}')
    print(f'{arguments.output}: {len(archive)} bytes' +
          (', not written' if arguments.dry_run else ''))
    return exits.OK


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
