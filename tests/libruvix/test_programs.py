#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""test_programs.py PROGRAM...: what libruvix's linker script and start-up code promise each other.

Runs over finished programs; prints what is wrong with which and exits with 1, or with 0.
"""
import sys

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

R_AARCH64_RELATIVE = 1027
PAGE_SIZE = 4096
SIZE_MAX = 48 << 10


def loaded(elf):
    return [segment for segment in elf.iter_segments() if segment['p_type'] == 'PT_LOAD']


def symbol(elf, name):
    found = elf.get_section_by_name('.symtab').get_symbol_by_name(name)
    return found[0]['st_value'] if found else None


def only_relative_relocations(elf):
    for section in elf.iter_sections():
        if isinstance(section, RelocationSection):
            for relocation in section.iter_relocations():
                if relocation['r_info_type'] != R_AARCH64_RELATIVE:
                    return f'relocation of type {relocation["r_info_type"]}'
    return None


def relocations_are_between_their_symbols(elf):
    section = elf.get_section_by_name('.rela.dyn')
    start, end = symbol(elf, 'relocations_start'), symbol(elf, 'relocations_end')
    if section is None:
        return None if start == end else 'no .rela.dyn, but room for one'
    if (start, end) != (section['sh_addr'], section['sh_addr'] + section['sh_size']):
        return f'.rela.dyn is not at {start:#x}..{end:#x}'
    return None


def pristine_copy_equals_data(elf):
    data, copy = elf.get_section_by_name('.data'), elf.get_section_by_name('.pristine')
    if data is None or copy is None:
        return 'no .data or no .pristine'
    if data.data() != copy.data():
        return '.pristine differs from .data'
    if symbol(elf, 'data_pristine') != copy['sh_addr']:
        return 'data_pristine is not where .pristine is'
    return None


def writable_memory_is_restored_or_zeroed_or_persistent(elf):
    """Between data_start and the end of the writable segment there is nothing else."""
    segment = loaded(elf)[-1]
    end = segment['p_vaddr'] + segment['p_memsz']
    places = [symbol(elf, 'data_start'), symbol(elf, 'data_end'),
              symbol(elf, 'bss_start'), symbol(elf, 'bss_end')]
    if places != sorted(places) or places[0] != segment['p_vaddr']:
        return f'parts in a wrong order: {places}'
    persistent = elf.get_section_by_name('.bss.persistent')
    size = persistent['sh_size'] if persistent else 0
    if not places[2] - places[1] - size < 2 * 64:
        return f'{places[2] - places[1]} bytes between .data and .bss'
    return None if end == places[3] else f'the segment ends at {end:#x}, .bss at {places[3]:#x}'


def three_segments_with_one_right_each(elf):
    flags = [segment['p_flags'] for segment in loaded(elf)]
    if flags != [4, 5, 6]:
        return f'segments with flags {flags}'
    pages = [(segment['p_vaddr'] // PAGE_SIZE,
              (segment['p_vaddr'] + segment['p_memsz'] - 1) // PAGE_SIZE)
             for segment in loaded(elf)]
    if any(after[0] <= before[1] for before, after in zip(pages, pages[1:])):
        return 'two segments on one page'
    return None


def file_is_small_and_without_padding(elf):
    ends = [segment['p_offset'] + segment['p_filesz'] for segment in loaded(elf)]
    starts = [segment['p_offset'] for segment in loaded(elf)]
    if any(start - end >= 64 for end, start in zip(ends, starts[1:])):
        return 'padding between segments'
    return None if ends[-1] <= SIZE_MAX else f'{ends[-1]} bytes are loaded'


CHECKS = [only_relative_relocations, relocations_are_between_their_symbols,
          pristine_copy_equals_data, writable_memory_is_restored_or_zeroed_or_persistent,
          three_segments_with_one_right_each, file_is_small_and_without_padding]


def main(paths):
    failures = 0
    for path in paths:
        with open(path, 'rb') as file:
            elf = ELFFile(file)
            for check in CHECKS:
                wrong = check(elf)
                if wrong is not None:
                    failures += 1
                    print(f'{path}: {check.__name__.replace("_", " ")}: {wrong}')
    print(f'{len(paths)} programs, {len(CHECKS)} checks, {failures} failures')
    return 1 if failures or not paths else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
