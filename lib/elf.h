/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A reader of our programs: ELF, 64-bit little endian, AArch64, static PIE. elf_init checks
 * everything that a loader relies on, so what it accepts can be loaded without further checks:
 *
 *	for each segment: copy `file_size` bytes of `data` to window + address, zero up to
 *	`memory_size`, and map the pages it touches with its rights; start at window + entry.
 *
 * Programs relocate themselves when they start, so a loader does not. Segments are page by page
 * apart and lie within one window of the address space; the offset of a segment's data in the
 * file is congruent to its address modulo the page size, so it can also be mapped in place.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attributes.h"

#define ELF_PAGE_SIZE 4096u
#define ELF_WINDOW_SIZE 0x4000000u
#define ELF_SEGMENTS_MAX 16

/* Our note: owner "RuVix", this type, and two 32-bit numbers, ABI major and minor. */
#define ELF_ABI_NOTE_TYPE 1

enum elf_status {
	ELF_OK,
	ELF_UNALIGNED,
	ELF_TRUNCATED,
	ELF_NOT_ELF,
	ELF_NOT_64_BIT,
	ELF_NOT_LITTLE_ENDIAN,
	ELF_BAD_VERSION,
	ELF_WRONG_MACHINE,
	ELF_NOT_PIE,
	ELF_BAD_PROGRAM_HEADERS,
	ELF_NEEDS_INTERPRETER,
	ELF_HAS_THREAD_STORAGE,
	ELF_EXECUTABLE_STACK,
	ELF_NO_SEGMENTS,
	ELF_TOO_MANY_SEGMENTS,
	ELF_BAD_SEGMENT_SIZE,
	ELF_BAD_SEGMENT_ALIGNMENT,
	ELF_SEGMENT_UNREADABLE,
	ELF_SEGMENT_WRITABLE_AND_EXECUTABLE,
	ELF_SEGMENTS_OVERLAP,
	ELF_OUTSIDE_WINDOW,
	ELF_BAD_ENTRY,
	ELF_BAD_DYNAMIC,
	ELF_NEEDS_LIBRARY,
	ELF_BAD_RELOCATION_TABLE,
	ELF_BAD_RELOCATION_TYPE,
	ELF_BAD_RELOCATION_PLACE,
	ELF_BAD_NOTE,
	ELF_NO_ABI_NOTE,
	ELF_STATUS_COUNT
};

/* Bits of elf_segment.flags, as in the file. */
enum elf_segment_flag {
	ELF_EXECUTABLE = 1,
	ELF_WRITABLE = 2,
	ELF_READABLE = 4
};

struct elf_segment {
	uint64_t address; /* Relative to the window, not always page-aligned. */
	uint64_t memory_size;
	const uint8_t *data;
	uint64_t file_size;
	uint32_t flags;
};

struct elf {
	const uint8_t *file;
	uint64_t size;
	uint32_t headers_offset;
	uint32_t header_count;

	/* Results. */
	uint32_t segment_count;
	uint64_t entry; /* Relative to the window; in the file part of an executable segment. */
	uint64_t memory_size; /* From the window's start to the end of the last segment. */
	uint32_t abi_major;
	uint32_t abi_minor;

	/* Where in the file the last status other than ELF_OK arose. */
	uint64_t error_offset;
};

/*
 * Check a file of `size` bytes that starts at a multiple of 8. `elf` may be used only after
 * ELF_OK. The file must not change meanwhile.
 */
MUST_CHECK enum elf_status elf_init(struct elf *elf, const void *file, uint64_t size);

/* Loadable segment `index` < segment_count, by rising address. */
void elf_segment(const struct elf *elf, uint32_t index, struct elf_segment *segment);

/* A phrase such as "segment is both writable and executable"; never NULL. */
const char *elf_status_text(enum elf_status status);

#endif
