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

#include <stdbool.h>
#include <stdint.h>

#include "lib/attributes.h"
#include "lib/status.h"

#define ELF_PAGE_SIZE 4096u
#define ELF_WINDOW_SIZE 0x4000000u
#define ELF_SEGMENTS_MAX 16

/* Our note: owner "RuVix", this type, and two 32-bit numbers, ABI major and minor. */
#define ELF_ABI_NOTE_TYPE 1

/* X(name, text) */
#define ELF_STATUS_LIST(X) \
	X(ELF_OK, "no error") \
	X(ELF_UNALIGNED, "file is not 8-byte aligned in memory") \
	X(ELF_TRUNCATED, "file ends too early") \
	X(ELF_NOT_ELF, "not an ELF file") \
	X(ELF_NOT_64_BIT, "not a 64-bit file") \
	X(ELF_NOT_LITTLE_ENDIAN, "not a little-endian file") \
	X(ELF_BAD_VERSION, "unknown ELF version") \
	X(ELF_WRONG_MACHINE, "not a program for AArch64") \
	X(ELF_NOT_PIE, "not a position-independent executable") \
	X(ELF_BAD_PROGRAM_HEADERS, "program headers are misplaced or too many") \
	X(ELF_NEEDS_INTERPRETER, "program needs an interpreter") \
	X(ELF_HAS_THREAD_STORAGE, "program has thread-local storage") \
	X(ELF_EXECUTABLE_STACK, "program asks for an executable stack") \
	X(ELF_NO_SEGMENTS, "no loadable segment") \
	X(ELF_TOO_MANY_SEGMENTS, "too many loadable segments") \
	X(ELF_BAD_SEGMENT_SIZE, "segment is empty or larger in the file than in memory") \
	X(ELF_BAD_SEGMENT_ALIGNMENT, "segment's file offset and address differ within the page") \
	X(ELF_SEGMENT_UNREADABLE, "segment is not readable") \
	X(ELF_SEGMENT_WRITABLE_AND_EXECUTABLE, "segment is both writable and executable") \
	X(ELF_SEGMENTS_OVERLAP, "segments are not in order or share a page") \
	X(ELF_OUTSIDE_WINDOW, "segment ends outside the 64 MiB window") \
	X(ELF_BAD_ENTRY, "entry point is not in an executable segment") \
	X(ELF_BAD_DYNAMIC, "dynamic section is not loaded or does not end") \
	X(ELF_NEEDS_LIBRARY, "program needs a shared library") \
	X(ELF_BAD_RELOCATION_TABLE, "relocation table is misplaced or of an unknown kind") \
	X(ELF_BAD_RELOCATION_TYPE, "relocation is not R_AARCH64_RELATIVE") \
	X(ELF_BAD_RELOCATION_PLACE, \
	  "relocation of a place that is not an aligned word of writable memory") \
	X(ELF_BAD_NOTE, "notes are misplaced, malformed or contradict each other") \
	X(ELF_NO_ABI_NOTE, "no RuVix ABI note")

enum elf_status {
	ELF_STATUS_LIST(STATUS_NAME) ELF_STATUS_COUNT
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

	/* Results. Loadable segments stand by rising address. */
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	uint32_t segment_count;
	uint64_t entry; /* Relative to the window; in the file part of an executable segment. */
	uint64_t memory_size; /* From the window's start to the end of the last segment. */
	bool has_abi;
	uint32_t abi_major;
	uint32_t abi_minor;

	/* What elf_init found, and where in the file, if that is not ELF_OK. */
	enum elf_status status;
	uint64_t error_offset;
};

/*
 * Check a file of `size` bytes that starts at a multiple of 8. `elf` may be used only after
 * ELF_OK. The file must not change meanwhile.
 */
MUST_CHECK enum elf_status elf_init(struct elf *elf, const void *file, uint64_t size);

/* A phrase such as "segment is both writable and executable"; never NULL. */
const char *elf_status_text(enum elf_status status);

#endif
