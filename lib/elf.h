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

/* X(name, text) */
#define ELF_STATUS_LIST(X) \
	X(OK, "no error") \
	X(UNALIGNED, "file is not 8-byte aligned in memory") \
	X(TRUNCATED, "file ends too early") \
	X(NOT_ELF, "not an ELF file") \
	X(NOT_64_BIT, "not a 64-bit file") \
	X(NOT_LITTLE_ENDIAN, "not a little-endian file") \
	X(BAD_VERSION, "unknown ELF version") \
	X(WRONG_MACHINE, "not a program for AArch64") \
	X(NOT_PIE, "not a position-independent executable") \
	X(BAD_PROGRAM_HEADERS, "program headers are misplaced or too many") \
	X(NEEDS_INTERPRETER, "program needs an interpreter") \
	X(HAS_THREAD_STORAGE, "program has thread-local storage") \
	X(EXECUTABLE_STACK, "program asks for an executable stack") \
	X(NO_SEGMENTS, "no loadable segment") \
	X(TOO_MANY_SEGMENTS, "too many loadable segments") \
	X(BAD_SEGMENT_SIZE, "segment is empty or larger in the file than in memory") \
	X(BAD_SEGMENT_ALIGNMENT, "segment's file offset and address differ within the page") \
	X(SEGMENT_UNREADABLE, "segment is not readable") \
	X(SEGMENT_WRITABLE_AND_EXECUTABLE, "segment is both writable and executable") \
	X(SEGMENTS_OVERLAP, "segments are not in order or share a page") \
	X(OUTSIDE_WINDOW, "segment ends outside the 64 MiB window") \
	X(BAD_ENTRY, "entry point is not in an executable segment") \
	X(BAD_DYNAMIC, "dynamic section is not loaded or does not end") \
	X(NEEDS_LIBRARY, "program needs a shared library") \
	X(BAD_RELOCATION_TABLE, "relocation table is misplaced or of an unknown kind") \
	X(BAD_RELOCATION_TYPE, "relocation is not R_AARCH64_RELATIVE") \
	X(BAD_RELOCATION_PLACE, \
	  "relocation of a place that is not an aligned word of writable memory") \
	X(BAD_NOTE, "notes are misplaced, malformed or contradict each other") \
	X(NO_ABI_NOTE, "no RuVix ABI note")

enum elf_status {
#define ELF_STATUS_VALUE(name, text) ELF_##name,
	ELF_STATUS_LIST(ELF_STATUS_VALUE)
#undef ELF_STATUS_VALUE
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
