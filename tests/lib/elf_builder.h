/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A small program that the ELF reader accepts, with the offsets of its parts, to be damaged:
 *
 *	file   0 header | 64 program headers | 400 note | 432 relocations | 480 text | 496 dynamic
 *	       | 592 data | 640 end
 *	memory 0x0000 r: [0, 480)   0x11e0 rx: [480, 496)   0x21f0 rw: [496, 640) and zeros
 */
#ifndef TESTS_LIB_ELF_BUILDER_H
#define TESTS_LIB_ELF_BUILDER_H

#include <stdint.h>
#include <string.h>

enum elf_image {
	IMAGE_HEADERS = 64,
	IMAGE_HEADER_SIZE = 56,
	IMAGE_HEADER_COUNT = 6,
	IMAGE_NOTE = 400,
	IMAGE_RELOCATIONS = 432,
	IMAGE_RELOCATION_SIZE = 24,
	IMAGE_TEXT = 480,
	IMAGE_DYNAMIC = 496,
	IMAGE_DATA = 592,
	IMAGE_SIZE = 640,

	IMAGE_TEXT_ADDRESS = 0x1000 + IMAGE_TEXT,
	IMAGE_DYNAMIC_ADDRESS = 0x2000 + IMAGE_DYNAMIC,
	IMAGE_DATA_ADDRESS = 0x2000 + IMAGE_DATA,
	IMAGE_ZEROS = 0x3000
};

/* Program headers by their index, and their fields. */
enum elf_image_header {
	IMAGE_READ_ONLY,
	IMAGE_EXECUTABLE,
	IMAGE_WRITABLE,
	IMAGE_DYNAMIC_HEADER,
	IMAGE_NOTE_HEADER,
	IMAGE_STACK_HEADER
};

enum elf_header_field {
	FIELD_TYPE = 0,
	FIELD_FLAGS = 4,
	FIELD_OFFSET = 8,
	FIELD_ADDRESS = 16,
	FIELD_FILE_SIZE = 32,
	FIELD_MEMORY_SIZE = 40
};

static inline uint32_t header_at(uint32_t index, uint32_t field)
{
	return IMAGE_HEADERS + index * IMAGE_HEADER_SIZE + field;
}

static inline void put16(uint8_t *image, uint32_t offset, uint16_t value)
{
	image[offset] = (uint8_t)value;
	image[offset + 1] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *image, uint32_t offset, uint32_t value)
{
	put16(image, offset, (uint16_t)value);
	put16(image, offset + 2, (uint16_t)(value >> 16));
}

static inline void put64(uint8_t *image, uint32_t offset, uint64_t value)
{
	put32(image, offset, (uint32_t)value);
	put32(image, offset + 4, (uint32_t)(value >> 32));
}

static inline void put_header(uint8_t *image, uint32_t index, uint32_t type, uint32_t flags,
			      uint64_t offset, uint64_t address, uint64_t file_size,
			      uint64_t memory_size)
{
	put32(image, header_at(index, FIELD_TYPE), type);
	put32(image, header_at(index, FIELD_FLAGS), flags);
	put64(image, header_at(index, FIELD_OFFSET), offset);
	put64(image, header_at(index, FIELD_ADDRESS), address);
	put64(image, header_at(index, FIELD_FILE_SIZE), file_size);
	put64(image, header_at(index, FIELD_MEMORY_SIZE), memory_size);
	put64(image, header_at(index, 48), 4096);
}

static inline void put_dynamic(uint8_t *image, uint32_t index, uint64_t tag, uint64_t value)
{
	put64(image, IMAGE_DYNAMIC + 16 * index, tag);
	put64(image, IMAGE_DYNAMIC + 16 * index + 8, value);
}

static inline void put_relocation(uint8_t *image, uint32_t index, uint64_t place, uint64_t info)
{
	put64(image, IMAGE_RELOCATIONS + IMAGE_RELOCATION_SIZE * index, place);
	put64(image, IMAGE_RELOCATIONS + IMAGE_RELOCATION_SIZE * index + 8, info);
	put64(image, IMAGE_RELOCATIONS + IMAGE_RELOCATION_SIZE * index + 16, IMAGE_DATA_ADDRESS);
}

/* Write the program to IMAGE_SIZE bytes. */
static inline void elf_image(uint8_t *image)
{
	memset(image, 0, IMAGE_SIZE);
	memcpy(image, "\177ELF\2\1\1", 7);
	put16(image, 16, 3);
	put16(image, 18, 183);
	put32(image, 20, 1);
	put64(image, 24, IMAGE_TEXT_ADDRESS);
	put64(image, 32, IMAGE_HEADERS);
	put16(image, 52, 64);
	put16(image, 54, IMAGE_HEADER_SIZE);
	put16(image, 56, IMAGE_HEADER_COUNT);
	put16(image, 58, 64);

	put_header(image, IMAGE_READ_ONLY, 1, 4, 0, 0, IMAGE_TEXT, IMAGE_TEXT);
	put_header(image, IMAGE_EXECUTABLE, 1, 5, IMAGE_TEXT, IMAGE_TEXT_ADDRESS, 16, 16);
	put_header(image, IMAGE_WRITABLE, 1, 6, IMAGE_DYNAMIC, IMAGE_DYNAMIC_ADDRESS,
		   IMAGE_SIZE - IMAGE_DYNAMIC, IMAGE_ZEROS);
	put_header(image, IMAGE_DYNAMIC_HEADER, 2, 6, IMAGE_DYNAMIC, IMAGE_DYNAMIC_ADDRESS, 96, 96);
	put_header(image, IMAGE_NOTE_HEADER, 4, 4, IMAGE_NOTE, IMAGE_NOTE, 28, 28);
	put_header(image, IMAGE_STACK_HEADER, 0x6474e551, 6, 0, 0, 0, 0);

	put32(image, IMAGE_NOTE, 6);
	put32(image, IMAGE_NOTE + 4, 8);
	put32(image, IMAGE_NOTE + 8, 1);
	memcpy(image + IMAGE_NOTE + 12, "RuVix", 6);
	put32(image, IMAGE_NOTE + 20, 3);
	put32(image, IMAGE_NOTE + 24, 14);

	put_relocation(image, 0, IMAGE_DATA_ADDRESS, 1027);
	put_relocation(image, 1, IMAGE_DATA_ADDRESS + IMAGE_ZEROS / 2, 1027);

	put_dynamic(image, 0, 0x6ffffffb, 0x8000000);
	put_dynamic(image, 1, 7, IMAGE_RELOCATIONS);
	put_dynamic(image, 2, 8, 2 * IMAGE_RELOCATION_SIZE);
	put_dynamic(image, 3, 9, IMAGE_RELOCATION_SIZE);
	put_dynamic(image, 4, 6, 0);
	put_dynamic(image, 5, 0, 0);
}

#endif
