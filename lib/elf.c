/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * elf_init goes over the program headers twice: for the segments, which everything later is
 * checked against, and for the others: what no loader provides, notes and relocations. A program
 * without a dynamic section has nothing to relocate. Section headers are not looked at.
 *
 * What stands in the file is read in place through the structures below, once its place is known
 * to be in the file and aligned. File offsets, addresses and sizes are 64-bit numbers from outside:
 * they are added only through range_fits or after they are known to be small.
 *
 * A check returns false after `fail` has kept what is wrong and where.
 */
#include "lib/elf.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/memory.h"

#define FILE_ALIGNMENT 8
#define NOTE_ALIGNMENT 4
#define NOTE_HEADER_SIZE 12
#define NOTE_OWNER "RuVix"

/* The program header table has more than the loadable segments, but not many more. */
#define PROGRAM_HEADERS_MAX 64

/* Symbol 0 and type R_AARCH64_RELATIVE. */
#define RELOCATION_RELATIVE 1027

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are read in place");

struct file_header {
	uint8_t fixed[24];
	uint64_t entry, headers, sections;
	uint32_t flags;
	uint16_t header_sizes[2], header_count, section_numbers[3];
} __attribute__((may_alias));

struct program_header {
	uint32_t type, flags;
	uint64_t offset, address, physical_address, file_size, memory_size, alignment;
} __attribute__((may_alias));

struct dynamic_entry {
	uint64_t tag, value;
} __attribute__((may_alias));

struct relocation {
	uint64_t place, kind, addend;
} __attribute__((may_alias));

/* Owner and content are as large as the first two fields say; this is ours. */
struct note {
	uint32_t owner_size, size, type;
	char owner[8];
	uint32_t abi_major, abi_minor;
} __attribute__((may_alias));

_Static_assert(sizeof(struct file_header) == 64 && sizeof(struct program_header) == 56,
	       "as the format has them");

/* The bytes that are the same in the file headers of all our programs. */
static const struct {
	uint8_t offset;
	uint8_t size;
	uint8_t bytes[4];
	enum elf_status status;
} fixed_bytes[] = {
	{ 0, 4, { 0x7f, 'E', 'L', 'F' }, ELF_NOT_ELF },
	{ 4, 1, { 2 }, ELF_NOT_64_BIT },
	{ 5, 1, { 1 }, ELF_NOT_LITTLE_ENDIAN },
	{ 6, 1, { 1 }, ELF_BAD_VERSION },
	{ 20, 4, { 1 }, ELF_BAD_VERSION },
	{ 18, 2, { 183 }, ELF_WRONG_MACHINE },
	{ 16, 2, { 3 }, ELF_NOT_PIE },
	{ 54, 2, { sizeof(struct program_header) }, ELF_BAD_PROGRAM_HEADERS },
};

enum segment_type {
	SEGMENT_LOAD = 1,
	SEGMENT_DYNAMIC = 2,
	SEGMENT_INTERPRETER = 3,
	SEGMENT_NOTE = 4,
	SEGMENT_THREAD_STORAGE = 7,
	SEGMENT_STACK = 0x6474e551
};

enum dynamic_tag {
	DYNAMIC_END = 0,
	DYNAMIC_NEEDED = 1,
	DYNAMIC_RELA = 7,
	DYNAMIC_RELA_SIZE = 8,
	DYNAMIC_RELA_ENTRY = 9
};

/* Tables of other kinds: REL, text, jump, RELR, and Android's REL, RELA and RELR. */
static const uint64_t foreign_tables[] = { 17, 22, 23, 36, 0x6000000f, 0x60000011, 0x6fffe000 };

/* `at` is the place in the file that is to blame. */
static bool fail(struct elf *elf, enum elf_status status, const void *at)
{
	elf->status = status;
	elf->error_offset = (uint64_t)((const uint8_t *)at - elf->file);
	return false;
}

static bool check_file_header(struct elf *elf, const struct file_header *file)
{
	size_t i;

	if (!is_aligned((uintptr_t)file, FILE_ALIGNMENT))
		return fail(elf, ELF_UNALIGNED, file);
	if (elf->size < sizeof(*file))
		return fail(elf, elf->size < 4 ? ELF_NOT_ELF : ELF_TRUNCATED,
			    elf->file + elf->size);
	for (i = 0; i < sizeof(fixed_bytes) / sizeof(fixed_bytes[0]); i++) {
		const uint8_t *at = elf->file + fixed_bytes[i].offset;

		if (memcmp(at, fixed_bytes[i].bytes, fixed_bytes[i].size) != 0)
			return fail(elf, fixed_bytes[i].status, at);
	}
	if (file->header_count > PROGRAM_HEADERS_MAX)
		return fail(elf, ELF_BAD_PROGRAM_HEADERS, &file->header_count);
	if (!is_aligned(file->headers, FILE_ALIGNMENT) ||
	    !range_fits(file->headers, file->header_count * sizeof(struct program_header),
			elf->size))
		return fail(elf, ELF_BAD_PROGRAM_HEADERS, &file->headers);
	return true;
}

/* Find the segment that has [address, address + size) in its memory. */
static const struct elf_segment *segment_find(const struct elf *elf, uint64_t address,
					      uint64_t size)
{
	const struct elf_segment *segment = elf->segments;
	uint32_t i;

	for (i = 0; i < elf->segment_count; i++, segment++)
		if (address >= segment->address &&
		    range_fits(address - segment->address, size, segment->memory_size))
			return segment;
	return NULL;
}

/* Find the bytes of the file that are loaded to [address, address + size). */
static const void *loaded_bytes(const struct elf *elf, uint64_t address, uint64_t size)
{
	const struct elf_segment *segment = segment_find(elf, address, size);

	if (segment == NULL || !range_fits(address - segment->address, size, segment->file_size))
		return NULL;
	return segment->data + (address - segment->address);
}

/* Take a loadable segment. `memory_size` is where the segments before it end. */
static bool take_segment(struct elf *elf, const struct program_header *header)
{
	const uint32_t both = ELF_WRITABLE | ELF_EXECUTABLE;

	if (header->type != SEGMENT_LOAD)
		return true;
	if (elf->segment_count == ELF_SEGMENTS_MAX)
		return fail(elf, ELF_TOO_MANY_SEGMENTS, header);
	if (!range_fits(header->offset, header->file_size, elf->size))
		return fail(elf, ELF_TRUNCATED, header);
	if (header->memory_size == 0 || header->file_size > header->memory_size)
		return fail(elf, ELF_BAD_SEGMENT_SIZE, header);
	if (!is_aligned(header->address - header->offset, ELF_PAGE_SIZE))
		return fail(elf, ELF_BAD_SEGMENT_ALIGNMENT, header);
	if ((header->flags & ELF_READABLE) == 0)
		return fail(elf, ELF_SEGMENT_UNREADABLE, header);
	if ((header->flags & both) == both)
		return fail(elf, ELF_SEGMENT_WRITABLE_AND_EXECUTABLE, header);
	if (!range_fits(header->address, header->memory_size, ELF_WINDOW_SIZE))
		return fail(elf, ELF_OUTSIDE_WINDOW, header);
	/* Two segments on one page could not have rights of their own. */
	if (align_down(header->address, ELF_PAGE_SIZE) < align_up(elf->memory_size, ELF_PAGE_SIZE))
		return fail(elf, ELF_SEGMENTS_OVERLAP, header);

	elf->memory_size = header->address + header->memory_size;
	elf->segments[elf->segment_count++] = (struct elf_segment){
		.address = header->address,
		.memory_size = header->memory_size,
		.data = elf->file + header->offset,
		.file_size = header->file_size,
		.flags = header->flags,
	};
	return true;
}

static bool check_entry(struct elf *elf, const struct file_header *file)
{
	const struct elf_segment *segment = segment_find(elf, file->entry, 1);

	if (elf->segment_count == 0)
		return fail(elf, ELF_NO_SEGMENTS, &file->headers);
	if (segment == NULL || (segment->flags & ELF_EXECUTABLE) == 0 ||
	    file->entry - segment->address >= segment->file_size || !is_aligned(file->entry, 4))
		return fail(elf, ELF_BAD_ENTRY, &file->entry);
	elf->entry = file->entry;
	return true;
}

/* A note that is ours gives the ABI version. False: it is malformed or contradicts another. */
static bool take_note(struct elf *elf, const struct note *note)
{
	if (note->owner_size != sizeof(NOTE_OWNER) || note->type != ELF_ABI_NOTE_TYPE ||
	    memcmp(note->owner, NOTE_OWNER, sizeof(NOTE_OWNER)) != 0)
		return true;
	if (note->size != sizeof(note->abi_major) + sizeof(note->abi_minor))
		return false;
	if (elf->has_abi)
		return note->abi_major == elf->abi_major && note->abi_minor == elf->abi_minor;
	elf->has_abi = true;
	elf->abi_major = note->abi_major;
	elf->abi_minor = note->abi_minor;
	return true;
}

static bool take_notes(struct elf *elf, const struct program_header *header)
{
	uint64_t at = header->offset, left = header->file_size, size;

	if (!range_fits(at, left, elf->size) || !is_aligned(at, NOTE_ALIGNMENT))
		return fail(elf, ELF_BAD_NOTE, header);
	for (; left >= NOTE_HEADER_SIZE; left -= size, at += size) {
		const struct note *note = (const void *)(elf->file + at);

		size = NOTE_HEADER_SIZE + align_up(note->owner_size, NOTE_ALIGNMENT) +
		       align_up(note->size, NOTE_ALIGNMENT);
		if (size > left || !take_note(elf, note))
			return fail(elf, ELF_BAD_NOTE, note);
	}
	return true;
}

/* All that a program has to do to itself is add the window's address to words it may write. */
static bool check_relocations(struct elf *elf, const struct relocation *entry, uint64_t count)
{
	for (; count > 0; count--, entry++) {
		const struct elf_segment *target = segment_find(elf, entry->place, 8);

		if (entry->kind != RELOCATION_RELATIVE)
			return fail(elf, ELF_BAD_RELOCATION_TYPE, entry);
		if (target == NULL || (target->flags & ELF_WRITABLE) == 0 ||
		    !is_aligned(entry->place, 8))
			return fail(elf, ELF_BAD_RELOCATION_PLACE, entry);
	}
	return true;
}

static bool is_foreign(uint64_t tag)
{
	size_t i;

	for (i = 0; i < sizeof(foreign_tables) / sizeof(foreign_tables[0]); i++)
		if (tag == foreign_tables[i])
			return true;
	return false;
}

static bool check_dynamic(struct elf *elf, const struct program_header *header)
{
	const struct dynamic_entry *entry = loaded_bytes(elf, header->address, header->file_size);
	uint64_t left = header->file_size / sizeof(*entry);
	uint64_t table = 0, size = 0, entry_size = 0;
	const void *relocations;

	if (entry == NULL || !is_aligned(header->address, FILE_ALIGNMENT))
		return fail(elf, ELF_BAD_DYNAMIC, header);
	for (; left > 0 && entry->tag != DYNAMIC_END; left--, entry++) {
		if (entry->tag == DYNAMIC_NEEDED)
			return fail(elf, ELF_NEEDS_LIBRARY, entry);
		if (is_foreign(entry->tag))
			return fail(elf, ELF_BAD_RELOCATION_TABLE, entry);
		if (entry->tag == DYNAMIC_RELA)
			table = entry->value;
		else if (entry->tag == DYNAMIC_RELA_SIZE)
			size = entry->value;
		else if (entry->tag == DYNAMIC_RELA_ENTRY)
			entry_size = entry->value;
	}
	if (left == 0)
		return fail(elf, ELF_BAD_DYNAMIC, header);

	if (size == 0)
		return true;
	relocations = loaded_bytes(elf, table, size);
	if (relocations == NULL || !is_aligned(table, FILE_ALIGNMENT) ||
	    entry_size != sizeof(struct relocation) || size % entry_size != 0)
		return fail(elf, ELF_BAD_RELOCATION_TABLE, header);
	return check_relocations(elf, relocations, size / entry_size);
}

static bool check_other(struct elf *elf, const struct program_header *header)
{
	switch (header->type) {
	case SEGMENT_INTERPRETER:
		return fail(elf, ELF_NEEDS_INTERPRETER, header);
	case SEGMENT_THREAD_STORAGE:
		return fail(elf, ELF_HAS_THREAD_STORAGE, header);
	case SEGMENT_STACK:
		return (header->flags & ELF_EXECUTABLE) == 0 ||
		       fail(elf, ELF_EXECUTABLE_STACK, header);
	case SEGMENT_NOTE:
		return take_notes(elf, header);
	case SEGMENT_DYNAMIC:
		return check_dynamic(elf, header);
	default:
		return true;
	}
}

static bool each_header(struct elf *elf, const struct file_header *file,
			bool (*check)(struct elf *elf, const struct program_header *header))
{
	const struct program_header *headers = (const void *)(elf->file + file->headers);
	uint32_t i;

	for (i = 0; i < file->header_count; i++)
		if (!check(elf, &headers[i]))
			return false;
	return true;
}

enum elf_status elf_init(struct elf *elf, const void *file, uint64_t size)
{
	*elf = (struct elf){ .file = file, .size = size };
	if (check_file_header(elf, file) && each_header(elf, file, take_segment) &&
	    check_entry(elf, file) && each_header(elf, file, check_other) && !elf->has_abi)
		(void)fail(elf, ELF_NO_ABI_NOTE, &((const struct file_header *)file)->headers);
	return elf->status;
}

const char *elf_status_text(enum elf_status status)
{
	static const char *const texts[] = { ELF_STATUS_LIST(STATUS_TEXT) };

	return status < ELF_STATUS_COUNT ? texts[status] : "unknown status";
}
