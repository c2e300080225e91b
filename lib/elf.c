/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * elf_init goes over the program headers twice: for the segments, which everything later is
 * checked against, and for the others: what no loader provides, notes and relocations. A program
 * without a dynamic section has nothing to relocate. Section headers are not looked at.
 *
 * File offsets, addresses and sizes are 64-bit numbers from outside: they are added only through
 * range_fits or after they are known to be small.
 */
#include "lib/elf.h"

#include <stdbool.h>

#include "lib/bits.h"
#include "lib/byteorder.h"

#define FILE_ALIGNMENT 8
#define FILE_HEADER_SIZE 64
#define PROGRAM_HEADER_SIZE 56
#define DYNAMIC_ENTRY_SIZE 16
#define RELOCATION_SIZE 24
#define NOTE_HEADER_SIZE 12
#define NOTE_ALIGNMENT 4

#define NOTE_OWNER "RuVix"
#define NOTE_OWNER_SIZE 6
#define NOTE_ABI_SIZE 8

/* The program header table has more than the loadable segments, but not many more. */
#define PROGRAM_HEADERS_MAX 64

enum file_header {
	HEADER_CLASS = 4,
	HEADER_DATA = 5,
	HEADER_IDENT_VERSION = 6,
	HEADER_TYPE = 16,
	HEADER_MACHINE = 18,
	HEADER_VERSION = 20,
	HEADER_ENTRY = 24,
	HEADER_PROGRAM_HEADERS = 32,
	HEADER_PROGRAM_HEADER_SIZE = 54,
	HEADER_PROGRAM_HEADER_COUNT = 56
};

enum file_header_value {
	CLASS_64_BIT = 2,
	DATA_LITTLE_ENDIAN = 1,
	VERSION_CURRENT = 1,
	TYPE_DYNAMIC = 3,
	MACHINE_AARCH64 = 183
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
	DYNAMIC_RELA_ENTRY = 9,
	DYNAMIC_REL = 17,
	DYNAMIC_TEXT_RELOCATIONS = 22,
	DYNAMIC_JUMP_RELOCATIONS = 23,
	DYNAMIC_RELR = 36,
	DYNAMIC_ANDROID_REL = 0x6000000f,
	DYNAMIC_ANDROID_RELA = 0x60000011,
	DYNAMIC_ANDROID_RELR = 0x6fffe000
};

/* Symbol 0 and type R_AARCH64_RELATIVE. */
#define RELOCATION_RELATIVE 1027

struct program_header {
	uint64_t place; /* The offset of the header itself, to report errors. */
	uint64_t offset;
	uint64_t address;
	uint64_t file_size;
	uint64_t memory_size;
	uint32_t type;
	uint32_t flags;
};

/* What the dynamic section says about the relocation table. */
struct relocations {
	uint64_t address;
	uint64_t size;
	uint64_t entry_size;
};

static enum elf_status fail(struct elf *elf, enum elf_status status, uint64_t offset)
{
	elf->error_offset = offset;
	return status;
}

static void program_header(const struct elf *elf, uint32_t index, struct program_header *header)
{
	const uint64_t place = elf->headers_offset + (uint64_t)index * PROGRAM_HEADER_SIZE;
	const uint8_t *at = elf->file + place;

	*header = (struct program_header){
		.place = place,
		.type = load_le32_aligned(at),
		.flags = load_le32_aligned(at + 4),
		.offset = load_le64_aligned(at + 8),
		.address = load_le64_aligned(at + 16),
		.file_size = load_le64_aligned(at + 32),
		.memory_size = load_le64_aligned(at + 40),
	};
}

static enum elf_status check_file_header(struct elf *elf)
{
	const uint8_t *file = elf->file;
	uint64_t headers;

	if (elf->size < FILE_HEADER_SIZE)
		return fail(elf, elf->size < 4 ? ELF_NOT_ELF : ELF_TRUNCATED, elf->size);
	if (file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F')
		return fail(elf, ELF_NOT_ELF, 0);
	if (file[HEADER_CLASS] != CLASS_64_BIT)
		return fail(elf, ELF_NOT_64_BIT, HEADER_CLASS);
	if (file[HEADER_DATA] != DATA_LITTLE_ENDIAN)
		return fail(elf, ELF_NOT_LITTLE_ENDIAN, HEADER_DATA);
	if (file[HEADER_IDENT_VERSION] != VERSION_CURRENT)
		return fail(elf, ELF_BAD_VERSION, HEADER_IDENT_VERSION);
	if (load_le32(file + HEADER_VERSION) != VERSION_CURRENT)
		return fail(elf, ELF_BAD_VERSION, HEADER_VERSION);
	if (load_le16(file + HEADER_MACHINE) != MACHINE_AARCH64)
		return fail(elf, ELF_WRONG_MACHINE, HEADER_MACHINE);
	if (load_le16(file + HEADER_TYPE) != TYPE_DYNAMIC)
		return fail(elf, ELF_NOT_PIE, HEADER_TYPE);

	headers = load_le64(file + HEADER_PROGRAM_HEADERS);
	elf->header_count = load_le16(file + HEADER_PROGRAM_HEADER_COUNT);
	elf->entry = load_le64(file + HEADER_ENTRY);
	if (load_le16(file + HEADER_PROGRAM_HEADER_SIZE) != PROGRAM_HEADER_SIZE)
		return fail(elf, ELF_BAD_PROGRAM_HEADERS, HEADER_PROGRAM_HEADER_SIZE);
	if (elf->header_count > PROGRAM_HEADERS_MAX)
		return fail(elf, ELF_BAD_PROGRAM_HEADERS, HEADER_PROGRAM_HEADER_COUNT);
	if (headers > UINT32_MAX || !is_aligned(headers, FILE_ALIGNMENT) ||
	    !range_fits(headers, elf->header_count * (uint64_t)PROGRAM_HEADER_SIZE, elf->size))
		return fail(elf, ELF_BAD_PROGRAM_HEADERS, HEADER_PROGRAM_HEADERS);
	elf->headers_offset = (uint32_t)headers;
	return ELF_OK;
}

/* Check one loadable segment. `memory_size` is where the segments before it end. */
static enum elf_status check_segment(struct elf *elf, const struct program_header *header)
{
	const uint32_t both = ELF_WRITABLE | ELF_EXECUTABLE;

	if (elf->segment_count == ELF_SEGMENTS_MAX)
		return fail(elf, ELF_TOO_MANY_SEGMENTS, header->place);
	if (!range_fits(header->offset, header->file_size, elf->size))
		return fail(elf, ELF_TRUNCATED, header->place);
	if (header->memory_size == 0 || header->file_size > header->memory_size)
		return fail(elf, ELF_BAD_SEGMENT_SIZE, header->place);
	if (!is_aligned(header->address - header->offset, ELF_PAGE_SIZE))
		return fail(elf, ELF_BAD_SEGMENT_ALIGNMENT, header->place);
	if ((header->flags & ELF_READABLE) == 0)
		return fail(elf, ELF_SEGMENT_UNREADABLE, header->place);
	if ((header->flags & both) == both)
		return fail(elf, ELF_SEGMENT_WRITABLE_AND_EXECUTABLE, header->place);
	if (!range_fits(header->address, header->memory_size, ELF_WINDOW_SIZE))
		return fail(elf, ELF_OUTSIDE_WINDOW, header->place);
	/* Two segments on one page could not have rights of their own. */
	if (align_down(header->address, ELF_PAGE_SIZE) < align_up(elf->memory_size, ELF_PAGE_SIZE))
		return fail(elf, ELF_SEGMENTS_OVERLAP, header->place);

	elf->memory_size = header->address + header->memory_size;
	elf->segment_count++;
	return ELF_OK;
}

static enum elf_status check_segments(struct elf *elf)
{
	struct program_header header;
	enum elf_status status;
	bool entry_found = false;
	uint32_t i;

	for (i = 0; i < elf->header_count; i++) {
		program_header(elf, i, &header);
		if (header.type != SEGMENT_LOAD)
			continue;
		status = check_segment(elf, &header);
		if (status != ELF_OK)
			return status;
		if ((header.flags & ELF_EXECUTABLE) != 0 && elf->entry >= header.address &&
		    elf->entry - header.address < header.file_size)
			entry_found = true;
	}
	if (elf->segment_count == 0)
		return fail(elf, ELF_NO_SEGMENTS, HEADER_PROGRAM_HEADERS);
	if (!entry_found || !is_aligned(elf->entry, 4))
		return fail(elf, ELF_BAD_ENTRY, HEADER_ENTRY);
	return ELF_OK;
}

/* A note that is ours gives the ABI version; two of ours must agree. */
static enum elf_status take_note(struct elf *elf, uint64_t place, bool *found)
{
	const uint8_t *note = elf->file + place;
	const uint8_t *owner = note + NOTE_HEADER_SIZE;
	uint32_t major, minor, i;

	if (load_le32(note) != NOTE_OWNER_SIZE || load_le32(note + 8) != ELF_ABI_NOTE_TYPE)
		return ELF_OK;
	for (i = 0; i < NOTE_OWNER_SIZE; i++)
		if (owner[i] != NOTE_OWNER[i])
			return ELF_OK;
	if (load_le32(note + 4) != NOTE_ABI_SIZE)
		return fail(elf, ELF_BAD_NOTE, place);

	major = load_le32(owner + align_up(NOTE_OWNER_SIZE, NOTE_ALIGNMENT));
	minor = load_le32(owner + align_up(NOTE_OWNER_SIZE, NOTE_ALIGNMENT) + 4);
	if (*found && (major != elf->abi_major || minor != elf->abi_minor))
		return fail(elf, ELF_BAD_NOTE, place);
	elf->abi_major = major;
	elf->abi_minor = minor;
	*found = true;
	return ELF_OK;
}

static enum elf_status check_notes(struct elf *elf, const struct program_header *header,
				   bool *found)
{
	uint64_t at = header->offset;
	uint64_t left = header->file_size;
	enum elf_status status;

	if (!range_fits(at, left, elf->size) || !is_aligned(at, NOTE_ALIGNMENT))
		return fail(elf, ELF_BAD_NOTE, header->place);
	while (left >= NOTE_HEADER_SIZE) {
		const uint8_t *note = elf->file + at;
		const uint64_t size = NOTE_HEADER_SIZE + align_up(load_le32(note), NOTE_ALIGNMENT) +
				      align_up(load_le32(note + 4), NOTE_ALIGNMENT);

		if (size > left)
			return fail(elf, ELF_BAD_NOTE, at);
		status = take_note(elf, at, found);
		if (status != ELF_OK)
			return status;
		at += size;
		left -= size;
	}
	return ELF_OK;
}

static bool segment_holds(const struct elf_segment *segment, uint64_t address, uint64_t size)
{
	return address >= segment->address &&
	       range_fits(address - segment->address, size, segment->memory_size);
}

/* Find the segment that has [address, address + size) in its memory. */
static bool segment_find(const struct elf *elf, uint64_t address, uint64_t size,
			 struct elf_segment *segment)
{
	uint32_t i;

	for (i = 0; i < elf->segment_count; i++) {
		elf_segment(elf, i, segment);
		if (segment_holds(segment, address, size))
			return true;
	}
	return false;
}

/* Find the bytes of the file that are loaded to [address, address + size). */
static const uint8_t *loaded_bytes(const struct elf *elf, uint64_t address, uint64_t size)
{
	struct elf_segment segment;

	if (!segment_find(elf, address, size, &segment) ||
	    !range_fits(address - segment.address, size, segment.file_size))
		return NULL;
	return segment.data + (address - segment.address);
}

/* All that a program has to do to itself is add the window's address to words it may write. */
static enum elf_status check_relocation(struct elf *elf, const uint8_t *entry,
					struct elf_segment *target)
{
	const uint64_t place = load_le64_aligned(entry);

	if (load_le64_aligned(entry + 8) != RELOCATION_RELATIVE)
		return fail(elf, ELF_BAD_RELOCATION_TYPE, (uint64_t)(entry - elf->file));
	/* Neighbouring relocations mostly lie in the same segment. */
	if (!segment_holds(target, place, 8) && !segment_find(elf, place, 8, target))
		return fail(elf, ELF_BAD_RELOCATION_PLACE, (uint64_t)(entry - elf->file));
	if ((target->flags & ELF_WRITABLE) == 0 || !is_aligned(place, 8))
		return fail(elf, ELF_BAD_RELOCATION_PLACE, (uint64_t)(entry - elf->file));
	return ELF_OK;
}

static enum elf_status check_relocations(struct elf *elf, const struct relocations *relocations,
					 uint64_t dynamic_place)
{
	const uint8_t *entry = loaded_bytes(elf, relocations->address, relocations->size);
	struct elf_segment target = { .memory_size = 0 };
	enum elf_status status;
	uint64_t left;

	if (relocations->size == 0)
		return ELF_OK;
	if (entry == NULL || !is_aligned(relocations->address, FILE_ALIGNMENT) ||
	    relocations->entry_size != RELOCATION_SIZE || relocations->size % RELOCATION_SIZE != 0)
		return fail(elf, ELF_BAD_RELOCATION_TABLE, dynamic_place);

	for (left = relocations->size; left > 0; left -= RELOCATION_SIZE) {
		status = check_relocation(elf, entry, &target);
		if (status != ELF_OK)
			return status;
		entry += RELOCATION_SIZE;
	}
	return ELF_OK;
}

static enum elf_status check_dynamic_entry(struct elf *elf, const uint8_t *entry,
					   struct relocations *relocations)
{
	const uint64_t value = load_le64_aligned(entry + 8);
	const uint64_t place = (uint64_t)(entry - elf->file);

	switch (load_le64_aligned(entry)) {
	case DYNAMIC_RELA:
		relocations->address = value;
		return ELF_OK;
	case DYNAMIC_RELA_SIZE:
		relocations->size = value;
		return ELF_OK;
	case DYNAMIC_RELA_ENTRY:
		relocations->entry_size = value;
		return ELF_OK;
	case DYNAMIC_NEEDED:
		return fail(elf, ELF_NEEDS_LIBRARY, place);
	case DYNAMIC_REL:
	case DYNAMIC_RELR:
	case DYNAMIC_JUMP_RELOCATIONS:
	case DYNAMIC_TEXT_RELOCATIONS:
	case DYNAMIC_ANDROID_REL:
	case DYNAMIC_ANDROID_RELA:
	case DYNAMIC_ANDROID_RELR:
		return fail(elf, ELF_BAD_RELOCATION_TABLE, place);
	default:
		return ELF_OK;
	}
}

static enum elf_status check_dynamic(struct elf *elf, const struct program_header *header)
{
	const uint8_t *entry = loaded_bytes(elf, header->address, header->file_size);
	struct relocations relocations = { .address = 0 };
	enum elf_status status;
	uint64_t left;

	if (entry == NULL || !is_aligned(header->address, FILE_ALIGNMENT))
		return fail(elf, ELF_BAD_DYNAMIC, header->place);
	for (left = header->file_size; left >= DYNAMIC_ENTRY_SIZE; left -= DYNAMIC_ENTRY_SIZE) {
		if (load_le64_aligned(entry) == DYNAMIC_END)
			return check_relocations(elf, &relocations, header->place);
		status = check_dynamic_entry(elf, entry, &relocations);
		if (status != ELF_OK)
			return status;
		entry += DYNAMIC_ENTRY_SIZE;
	}
	return fail(elf, ELF_BAD_DYNAMIC, header->place);
}

static enum elf_status check_other_headers(struct elf *elf)
{
	enum elf_status status = ELF_OK;
	struct program_header header;
	bool note_found = false;
	uint32_t i;

	for (i = 0; i < elf->header_count; i++) {
		program_header(elf, i, &header);
		switch (header.type) {
		case SEGMENT_INTERPRETER:
			return fail(elf, ELF_NEEDS_INTERPRETER, header.place);
		case SEGMENT_THREAD_STORAGE:
			return fail(elf, ELF_HAS_THREAD_STORAGE, header.place);
		case SEGMENT_STACK:
			if ((header.flags & ELF_EXECUTABLE) != 0)
				return fail(elf, ELF_EXECUTABLE_STACK, header.place);
			break;
		case SEGMENT_NOTE:
			status = check_notes(elf, &header, &note_found);
			break;
		case SEGMENT_DYNAMIC:
			status = check_dynamic(elf, &header);
			break;
		default:
			break;
		}
		if (status != ELF_OK)
			return status;
	}
	return note_found ? ELF_OK : fail(elf, ELF_NO_ABI_NOTE, HEADER_PROGRAM_HEADERS);
}

enum elf_status elf_init(struct elf *elf, const void *file, uint64_t size)
{
	enum elf_status status;

	*elf = (struct elf){ .file = file, .size = size };
	if (!is_aligned((uintptr_t)file, FILE_ALIGNMENT))
		return fail(elf, ELF_UNALIGNED, 0);
	status = check_file_header(elf);
	if (status != ELF_OK)
		return status;
	status = check_segments(elf);
	if (status != ELF_OK)
		return status;
	return check_other_headers(elf);
}

void elf_segment(const struct elf *elf, uint32_t index, struct elf_segment *segment)
{
	struct program_header header;
	uint32_t i = 0;

	/* check_segments has counted the loadable headers: this ends within the table. */
	program_header(elf, i, &header);
	while (header.type != SEGMENT_LOAD || index-- > 0)
		program_header(elf, ++i, &header);

	*segment = (struct elf_segment){
		.address = header.address,
		.memory_size = header.memory_size,
		.data = elf->file + header.offset,
		.file_size = header.file_size,
		.flags = header.flags,
	};
}

const char *elf_status_text(enum elf_status status)
{
	switch (status) {
#define ELF_STATUS_CASE(name, text) \
	case ELF_##name: \
		return text;
		ELF_STATUS_LIST(ELF_STATUS_CASE)
#undef ELF_STATUS_CASE
	case ELF_STATUS_COUNT:
		break;
	}
	return "unknown status";
}
