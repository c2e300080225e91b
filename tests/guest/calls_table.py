#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""calls_table.py SYSCALLS.TOML OUTPUT

Makes a table of all system calls and of the handles they take, with the type and the rights that
each must have, so that a new call is tested for refusals as soon as it stands in the ABI.
"""
import pathlib
import re
import sys
import tomllib

TABLES = ('table', 'source_table')
NUMBERS = re.compile(r'(group|type|size|slot|receive_slot|bits|bulk_bytes|bytes|rights|badge|end|pc|'
                     r'sp|argument|budget|period|deadline|flags|address|pages|interrupt|duration|'
                     r'credits|kind|object|p[01]|sequence|restart|count|status|core|[rw]\d|unused)')
RIGHTS = re.compile(r'(\w+): (.*)')


def fail(what):
    sys.exit(f'calls_table.py: {what}')


def rights_of(call):
    """Name of the handle: C expression for the rights that are always needed."""
    found = {}
    for text in call.get('rights', []):
        name, words = RIGHTS.fullmatch(text).groups()
        words = words.split(',')[0]
        if ' or ' in words:
            found[name] = ('either', words.split(' or '))
        elif ' where ' in words or words == 'rights':
            continue
        else:
            found[name] = ('all', words.split('|'))
    return found


def type_of(types):
    """One type that is accepted. NONE: all are."""
    return 'NONE' if types == 'any' else types.split('|')[0]


def handles(call, types):
    arguments = call['args']
    rights = rights_of(call)
    for index, name in enumerate(arguments):
        if name not in types:
            if not NUMBERS.fullmatch(name):
                fail(f"call {call['name']}: is argument {name} a handle? Say so in the tables or "
                     'in this script')
            continue
        after = arguments[index + 1] if index + 1 < len(arguments) else None
        before = arguments[index - 1] if index > 0 else None
        # A table that something is named in can be left out: then it is the caller's own.
        optional = (name in TABLES and after is not None) or name in call.get('optional', [])
        inside = before in TABLES
        how, needed = rights.get(name, ('all', []))
        mask = ' | '.join(f'RVX_RIGHT_{right}' for right in needed) or '0'
        yield (f'{{ .argument = {index}, .type = RVX_OBJECT_{type_of(types[name])}, .rights = {mask}, '
               f'.any_right = {int(how == "either")}, .optional = {int(optional)}, '
               f'.in_table = {int(inside)} }},')


def main(source, output):
    tables = tomllib.loads(pathlib.Path(source).read_text(encoding='utf-8'))
    lines = ['/* SPDX-License-Identifier: Apache-2.0 OR MIT */',
             '/* Made by calls_table.py from abi/syscalls.toml: do not edit. */',
             'static const struct call calls[] = {']
    for call in tables['call']:
        found = list(handles(call, tables['handles']))
        lines += ['\t{', f'\t\t.number = {call["number"]},', f'\t\t.name = "{call["name"]}",',
                  f'\t\t.handle_count = {len(found)},']
        if found:
            lines += ['\t\t.handles = {', *(f'\t\t\t{line}' for line in found), '\t\t},']
        lines.append('\t},')
    lines += ['};', '']
    pathlib.Path(output).write_text('\n'.join(lines), encoding='utf-8')


if __name__ == '__main__':
    main(*sys.argv[1:])
