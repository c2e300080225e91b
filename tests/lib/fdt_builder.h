/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Builds flattened device trees token by token, well-formed ones and others. build_finish puts
 * the blocks together into a heap buffer of exactly the blob's size.
 */
#ifndef TESTS_LIB_FDT_BUILDER_H
#define TESTS_LIB_FDT_BUILDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_SIZE_MAX 16384

/* Offsets of header fields, to read and to damage. */
enum build_field {
	FIELD_MAGIC = 0,
	FIELD_TOTAL_SIZE = 4,
	FIELD_STRUCTURE_OFFSET = 8,
	FIELD_STRINGS_OFFSET = 12,
	FIELD_RESERVATIONS_OFFSET = 16,
	FIELD_VERSION = 20,
	FIELD_LAST_COMPATIBLE = 24,
	FIELD_STRINGS_SIZE = 32,
	FIELD_STRUCTURE_SIZE = 36,
	FIELDS_SIZE = 40
};

struct build {
	uint8_t structure[BUILD_SIZE_MAX];
	uint32_t structure_size;
	uint8_t strings[BUILD_SIZE_MAX];
	uint32_t strings_size;
	uint64_t reservations[8];
	uint32_t reservation_count;
};

static inline void put_be32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 24);
	to[1] = (uint8_t)(value >> 16);
	to[2] = (uint8_t)(value >> 8);
	to[3] = (uint8_t)value;
}

static inline uint32_t get_be32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline void put_be64(uint8_t *to, uint64_t value)
{
	put_be32(to, (uint32_t)(value >> 32));
	put_be32(to + 4, (uint32_t)value);
}

static inline void build_token(struct build *build, uint32_t token)
{
	put_be32(build->structure + build->structure_size, token);
	build->structure_size += 4;
}

static inline void build_bytes(struct build *build, const void *bytes, uint32_t size)
{
	if (size > 0)
		memcpy(build->structure + build->structure_size, bytes, size);
	build->structure_size += size;
	while (build->structure_size % 4 != 0)
		build->structure[build->structure_size++] = 0;
}

static inline void build_begin(struct build *build, const char *name)
{
	build_token(build, 1);
	build_bytes(build, name, (uint32_t)strlen(name) + 1);
}

static inline void build_end(struct build *build)
{
	build_token(build, 2);
}

static inline void build_property(struct build *build, const char *name, const void *value,
				  uint32_t size)
{
	build_token(build, 3);
	build_token(build, size);
	build_token(build, build->strings_size);
	build_bytes(build, value, size);
	memcpy(build->strings + build->strings_size, name, strlen(name) + 1);
	build->strings_size += (uint32_t)strlen(name) + 1;
}

static inline void build_cells(struct build *build, const char *name, const uint32_t *cells,
			       uint32_t count)
{
	uint8_t value[256];
	uint32_t i;

	for (i = 0; i < count; i++)
		put_be32(value + (size_t)i * 4, cells[i]);
	build_property(build, name, value, 4 * count);
}

static inline void build_numbers(struct build *build, const char *name, const uint64_t *numbers,
				 uint32_t count)
{
	uint8_t value[256];
	uint32_t i;

	for (i = 0; i < count; i++)
		put_be64(value + (size_t)i * 8, numbers[i]);
	build_property(build, name, value, 8 * count);
}

static inline void build_number(struct build *build, const char *name, uint64_t number)
{
	build_numbers(build, name, &number, 1);
}

static inline void build_string(struct build *build, const char *name, const char *value)
{
	build_property(build, name, value, (uint32_t)strlen(value) + 1);
}

/* The blob, to be freed. Does not add the END token. */
static inline uint8_t *build_finish(const struct build *build, size_t *size)
{
	const uint32_t reservations = FIELDS_SIZE;
	const uint32_t structure = reservations + 16 * (build->reservation_count + 1);
	const uint32_t strings = structure + build->structure_size;
	uint8_t *blob;
	uint32_t i;

	*size = strings + build->strings_size;
	blob = calloc(1, *size);
	put_be32(blob + FIELD_MAGIC, 0xd00dfeed);
	put_be32(blob + FIELD_TOTAL_SIZE, (uint32_t)*size);
	put_be32(blob + FIELD_STRUCTURE_OFFSET, structure);
	put_be32(blob + FIELD_STRINGS_OFFSET, strings);
	put_be32(blob + FIELD_RESERVATIONS_OFFSET, reservations);
	put_be32(blob + FIELD_VERSION, 17);
	put_be32(blob + FIELD_LAST_COMPATIBLE, 16);
	put_be32(blob + FIELD_STRINGS_SIZE, build->strings_size);
	put_be32(blob + FIELD_STRUCTURE_SIZE, build->structure_size);
	for (i = 0; i < 2 * build->reservation_count; i++)
		put_be64(blob + reservations + (size_t)i * 8, build->reservations[i]);
	memcpy(blob + structure, build->structure, build->structure_size);
	if (build->strings_size > 0)
		memcpy(blob + strings, build->strings, build->strings_size);
	return blob;
}

#endif
