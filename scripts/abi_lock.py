#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Holds the binary interface to its version.

  abi_lock.py            compare the interface with abi/abi.lock; exit status 1: they differ
  abi_lock.py --update   write abi/abi.lock, if the version in abi/ruvix/version.h allows it

abi/abi.lock has one fact a line, `NAME = VALUE`, sorted: calls, statuses, types, constants, the
size and every offset of each structure, kinds of witness records. Facts come from the two tables
in abi/ and from the headers as the compiler for the target sees them.

What may change under which version: a new fact needs a higher minor number, a changed or removed
one a higher major number. While the major number is 0, a higher minor number does for all.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from elftools.elf.elffile import ELFFile

import abi_gen

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = 'abi/abi.lock'
VERSION_HEADER = 'abi/ruvix/version.h'
# Beside abi/: where a builder puts what a program finds, agreed on by programs built apart.
SLOTS_HEADER = 'libruvix/ruvix_slots.h'
COMPILER = ('clang-19', '--target=aarch64-none-elf', '-std=c11', '-ffreestanding')
COMPILE_SECONDS_MAX = 60

SPDX = '# SPDX-License-Identifier: Apache-2.0 OR MIT\n'
PURPOSE = ('# The binary interface, one fact a line. Made by scripts/abi_lock.py --update: do not '
           'edit.\n')
VERSION = 'version'
SHOWN_MAX = 40

_DEFINE = re.compile(r'#define (RVX_\w+)(\([^)]*\))? ?(.*)')
_NUMBER = re.compile(r'(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*')
# Lists for the preprocessor and counts of what is told one by one follow from other facts.
_NO_FACT = re.compile(r'RVX_\w+_LIST|RVX_STATIC_ASSERT|RVX_ABI_M(AJ|IN)OR|'
                      r'RVX_(SYS|STAGE|OBJECT_TYPE)_COUNT')


class LockError(Exception):
    """The facts cannot be told."""


def _compile(root, folder, *options):
    headers = sorted(path.relative_to(base).as_posix()
                     for base in (root / 'abi', folder) for path in base.glob('ruvix/*.h'))
    source = folder / 'all.c'
    source.write_text(''.join(f'#include <{name}>\n' for name in headers) +
                      f'#include <{SLOTS_HEADER}>\n', encoding='utf-8')
    command = [*COMPILER, '-I', root / 'abi', '-I', folder, '-I', root, *options, source]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=COMPILE_SECONDS_MAX, check=False)
    except FileNotFoundError:
        raise LockError(f'{COMPILER[0]} is not installed') from None
    if done.returncode != 0:
        raise LockError(f'the headers do not compile:\n{done.stderr}')
    return done.stdout


def _tables(root):
    """Facts of the two tables."""
    calls, witness = abi_gen.load(root)
    for call in calls:
        name = f"call {call['name']}"
        yield f'{name} number', call['number']
        yield f'{name} class', call['class']
        yield f'{name} lock', call['lock']
        yield f'{name} records', call['records']
        for what in ('args', 'extended', 'results', 'rights'):
            for index, value in enumerate(call.get(what, [])):
                yield f"{name} {what.removesuffix('s')} {index}", value
        for argument, types in call['handles'].items():
            yield f'{name} handle {argument}', '|'.join(types) or 'any'
        for error in call['errors']:
            yield f'{name} error {error}', 'listed'
    for kind in witness['kinds']:
        name = f"kind {kind['name']}"
        yield f'{name} number', f"{kind['number']:#04x}"
        yield f'{name} emitter', 'servers' if kind.get('user') else 'the kernel'
        yield f'{name} object', kind.get('object_text', 'id')
        yield f'{name} p0', kind['p0']
        yield f'{name} p1', kind['p1']


def _macros(text):
    """Facts of the constants and macros of the headers."""
    for line in text.splitlines():
        match = _DEFINE.fullmatch(line)
        if not match or _NO_FACT.fullmatch(match.group(1)):
            continue
        name, parameters, value = match.groups()
        if not value:
            continue  # a guard
        number = _NUMBER.fullmatch(value)
        if parameters is None and number:
            value = hex(int(number.group(1), 0))
        yield f"macro {name}{parameters or ''}", value


def _type(entry):
    """A type as C writes it, and the structure that its members are to be told of, or None."""
    if entry is None:
        return 'void', None
    tag = entry.tag
    name = entry.attributes['DW_AT_name'].value.decode() if 'DW_AT_name' in entry.attributes \
        else None
    below = entry.get_DIE_from_attribute('DW_AT_type') if 'DW_AT_type' in entry.attributes else None
    if tag == 'DW_TAG_array_type':
        inner, structure = _type(below)
        for range_ in entry.iter_children():
            count = range_.attributes.get('DW_AT_count')
            inner += f'[{count.value if count else ""}]'
        return inner, structure
    if tag == 'DW_TAG_pointer_type':
        return _type(below)[0] + ' *', None
    if tag in ('DW_TAG_const_type', 'DW_TAG_volatile_type'):
        return _type(below)
    word = {'DW_TAG_structure_type': 'struct', 'DW_TAG_union_type': 'union',
            'DW_TAG_enumeration_type': 'enum'}.get(tag)
    if word is None:
        return name, None
    return (f'{word} {name}', None) if name else (word, entry)


def _members(name, structure, base):
    for member in structure.iter_children():
        if member.tag != 'DW_TAG_member':
            continue
        label = f"{name}.{member.attributes['DW_AT_name'].value.decode()}" \
            if 'DW_AT_name' in member.attributes else name
        offset = base + member.attributes['DW_AT_data_member_location'].value
        text, nested = _type(member.get_DIE_from_attribute('DW_AT_type'))
        yield label, f'at {offset}, {text}'
        if nested is not None:
            yield f'{label} size', nested.attributes['DW_AT_byte_size'].value
            yield from _members(label, nested, offset)


def _types(path):
    """Facts of structures, enumerations and typedefs: what the compiler made of them."""
    with open(path, 'rb') as file:
        unit = next(ELFFile(file).get_dwarf_info().iter_CUs())
        for entry in unit.get_top_DIE().iter_children():
            named = entry.attributes.get('DW_AT_name')
            name = named.value.decode() if named else ''
            if not name.startswith('rvx_'):
                continue
            if entry.tag == 'DW_TAG_structure_type':
                yield f'struct {name} size', entry.attributes['DW_AT_byte_size'].value
                yield from _members(f'struct {name}', entry, 0)
            elif entry.tag == 'DW_TAG_enumeration_type':
                yield f'enum {name} size', entry.attributes['DW_AT_byte_size'].value
                for value in entry.iter_children():
                    label = value.attributes['DW_AT_name'].value.decode()
                    if not _NO_FACT.fullmatch(label):
                        yield f'enum {name} {label}', value.attributes['DW_AT_const_value'].value
            elif entry.tag == 'DW_TAG_typedef':
                yield f'type {name}', _type(entry.get_DIE_from_attribute('DW_AT_type'))[0]


def version_of(text):
    """(major, minor) of `0.1`."""
    match = re.fullmatch(r'(\d+)\.(\d+)', text)
    if not match:
        raise LockError(f"'{text}' is no version")
    return int(match.group(1)), int(match.group(2))


def _version(root):
    text = (root / VERSION_HEADER).read_text(encoding='utf-8')
    found = re.search(r'#define RVX_ABI_MAJOR (\d+)\n#define RVX_ABI_MINOR (\d+)\n', text)
    if not found:
        raise LockError(f'{VERSION_HEADER} defines no version')
    return f'{found.group(1)}.{found.group(2)}'


def facts_of(root):
    """The interface of a source tree: {name: value}, all text."""
    calls, witness = abi_gen.load(root)
    found = {VERSION: _version(root)}
    with tempfile.TemporaryDirectory(prefix='abi-lock-') as name:
        folder = pathlib.Path(name)
        (folder / 'ruvix').mkdir()
        for header, text in abi_gen.headers(calls, witness).items():
            (folder / 'ruvix' / header).write_text(text, encoding='utf-8')
        macros = _compile(root, folder, '-dM', '-E')
        made = folder / 'all.o'
        _compile(root, folder, '-g', '-fno-eliminate-unused-debug-types', '-c', '-o', made)
        for key, value in (*_tables(root), *_macros(macros), *_types(made)):
            found[key] = str(value)
    return found


def read(path):
    """The facts of a lock file."""
    found = {}
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        if line.startswith('#') or not line:
            continue
        key, sign, value = line.partition(' = ')
        if not sign or key in found:
            raise LockError(f'{path}:{number}: not one new fact: {line}')
        found[key] = value
    if VERSION not in found:
        raise LockError(f'{path}: it has no {VERSION}')
    return found


def write(path, facts):
    lines = [f'{key} = {value}\n' for key, value in sorted(facts.items())]
    path.write_text(SPDX + PURPOSE + ''.join(lines), encoding='utf-8')


def difference(old, new):
    """(added, changed or removed), in lines for people; the version itself is neither."""
    added = [f'added    {key} = {new[key]}' for key in sorted(new.keys() - old.keys())]
    other = [f'removed  {key} = {old[key]}' for key in sorted(old.keys() - new.keys())]
    other += [f'changed  {key}: {old[key]} -> {new[key]}'
              for key in sorted(old.keys() & new.keys())
              if old[key] != new[key] and key != VERSION]
    return added, other


def wanted_version(old, added, other):
    """The least version that the changes allow."""
    major, minor = old
    if not added and not other:
        return old
    if other and major > 0:
        return major + 1, 0
    return major, minor + 1


def judge(old, new):
    """(lines that say what changed, what is wrong with the version or None)."""
    added, other = difference(old, new)
    before, now = version_of(old[VERSION]), version_of(new[VERSION])
    wanted = wanted_version(before, added, other)
    lines = other + added
    if now >= wanted:
        return lines, None
    return lines, (f'this needs version {wanted[0]}.{wanted[1]} or higher, and '
                   f'{VERSION_HEADER} says {now[0]}.{now[1]}')


def _show(lines):
    for line in lines[:SHOWN_MAX]:
        print(f'  {line}')
    if len(lines) > SHOWN_MAX:
        print(f'  and {len(lines) - SHOWN_MAX} more')


def _run(update):
    lock = ROOT / LOCK
    new = facts_of(ROOT)
    if not lock.exists():
        if not update:
            raise LockError(f'{LOCK} is missing: scripts/abi_lock.py --update writes it')
        write(lock, new)
        print(f'{LOCK}: {len(new)} facts, version {new[VERSION]}')
        return 0
    old = read(lock)
    lines, fault = judge(old, new)
    if not lines and old[VERSION] == new[VERSION]:
        if update:
            write(lock, new)
        print(f'{LOCK}: {len(new)} facts, version {new[VERSION]}, as locked')
        return 0
    print(f'the binary interface is not the one locked as version {old[VERSION]}:')
    _show(lines)
    if fault:
        print(f'{fault}\ncure: if the change is meant, raise the version there, then run '
              'scripts/abi_lock.py --update; if it is not, undo it')
        return 1
    if not update:
        print(f'version {new[VERSION]} allows that\ncure: scripts/abi_lock.py --update, and keep '
              f'{LOCK} with the change')
        return 1
    write(lock, new)
    print(f'{LOCK}: {len(new)} facts, version {new[VERSION]}, was {old[VERSION]}')
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--update', action='store_true',
                        help=f'write {LOCK}, if the version allows it')
    options = parser.parse_args()
    try:
        return _run(options.update)
    except LockError as error:
        print(f'abi_lock: {error}', file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
