/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The blob, from low to high offsets, though only the header's place is fixed:
 *
 *	header | reservation map: (address, size)... (0, 0) | structure block | strings block
 *
 * The structure block is a sequence of 4-byte aligned tokens:
 *
 *	BEGIN_NODE name NUL padding | PROP size name-offset value padding | END_NODE | NOP | END
 *
 * Two checks of fdt_init keep the rest simple: offsets and sizes fit the blob, so that no sum of
 * two of them overflows 32 bits; and the strings block ends in a NUL, so that every offset
 * into it is the start of a string that ends. Every token moves the offset on, so loops end.
 */
#include "lib/fdt.h"

#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/text.h"

#define FDT_MAGIC 0xd00dfeedu
#define FDT_VERSION 17
#define FDT_OLDEST_COMPATIBLE 16
#define FDT_BLOB_ALIGNMENT 8
#define FDT_RESERVATION_SIZE 16
#define FDT_TOKEN_SIZE 4

/* Larger blobs are refused, so that 32-bit offsets have room for any sum of two. */
#define FDT_TOTAL_SIZE_MAX 0x40000000u

/* By the specification, where a node does not say. */
#define FDT_ADDRESS_CELLS_DEFAULT 2
#define FDT_SIZE_CELLS_DEFAULT 1

/* More than any `reg` has; what fdt_item_reg can return needs at most 2. */
#define FDT_CELLS_MAX 4

enum fdt_header {
	HEADER_MAGIC = 0,
	HEADER_TOTAL_SIZE = 4,
	HEADER_STRUCTURE_OFFSET = 8,
	HEADER_STRINGS_OFFSET = 12,
	HEADER_RESERVATIONS_OFFSET = 16,
	HEADER_VERSION = 20,
	HEADER_LAST_COMPATIBLE = 24,
	HEADER_STRINGS_SIZE = 32,
	HEADER_STRUCTURE_SIZE = 36,
	HEADER_SIZE = 40
};

enum fdt_token {
	TOKEN_BEGIN_NODE = 1,
	TOKEN_END_NODE = 2,
	TOKEN_PROPERTY = 3,
	TOKEN_NOP = 4,
	TOKEN_END = 9
};

static uint32_t word_at(const struct fdt *fdt, uint32_t offset)
{
	return load_be32_aligned(fdt->blob + offset);
}

static enum fdt_status fail(struct fdt *fdt, enum fdt_status status, uint32_t offset)
{
	fdt->error_offset = offset;
	return status;
}

/* Count the reservations, which end with a pair of zeros. */
static enum fdt_status init_reservations(struct fdt *fdt)
{
	const uint32_t start = word_at(fdt, HEADER_RESERVATIONS_OFFSET);
	uint32_t at = start;

	if (start < HEADER_SIZE || !is_aligned(start, FDT_BLOB_ALIGNMENT))
		return fail(fdt, FDT_BAD_RESERVATION, HEADER_RESERVATIONS_OFFSET);

	for (; range_fits(at, FDT_RESERVATION_SIZE, fdt->total_size); at += FDT_RESERVATION_SIZE) {
		if (load_be64(fdt->blob + at) == 0 && load_be64(fdt->blob + at + 8) == 0) {
			fdt->reservations_offset = start;
			fdt->reservation_count = (at - start) / FDT_RESERVATION_SIZE;
			return FDT_OK;
		}
	}
	return fail(fdt, FDT_BAD_RESERVATION, at);
}

static enum fdt_status init_blocks(struct fdt *fdt)
{
	const uint32_t structure = word_at(fdt, HEADER_STRUCTURE_OFFSET);
	const uint32_t structure_size = word_at(fdt, HEADER_STRUCTURE_SIZE);
	const uint32_t strings = word_at(fdt, HEADER_STRINGS_OFFSET);
	const uint32_t strings_size = word_at(fdt, HEADER_STRINGS_SIZE);

	if (structure < HEADER_SIZE || !is_aligned(structure, FDT_TOKEN_SIZE))
		return fail(fdt, FDT_BAD_STRUCTURE_BLOCK, HEADER_STRUCTURE_OFFSET);
	if (!is_aligned(structure_size, FDT_TOKEN_SIZE) ||
	    !range_fits(structure, structure_size, fdt->total_size))
		return fail(fdt, FDT_BAD_STRUCTURE_BLOCK, HEADER_STRUCTURE_SIZE);
	if (strings < HEADER_SIZE)
		return fail(fdt, FDT_BAD_STRINGS_BLOCK, HEADER_STRINGS_OFFSET);
	if (!range_fits(strings, strings_size, fdt->total_size))
		return fail(fdt, FDT_BAD_STRINGS_BLOCK, HEADER_STRINGS_SIZE);
	if (strings_size > 0 && fdt->blob[strings + strings_size - 1] != '\0')
		return fail(fdt, FDT_BAD_STRINGS_BLOCK, strings + strings_size - 1);

	fdt->structure_offset = structure;
	fdt->structure_end = structure + structure_size;
	fdt->strings_offset = strings;
	fdt->strings_size = strings_size;
	return FDT_OK;
}

enum fdt_status fdt_init(struct fdt *fdt, const void *blob, size_t size)
{
	enum fdt_status status;

	*fdt = (struct fdt){ .blob = blob };
	if (!is_aligned((uintptr_t)blob, FDT_BLOB_ALIGNMENT))
		return fail(fdt, FDT_UNALIGNED, 0);
	if (size < HEADER_SIZE)
		return fail(fdt, FDT_TRUNCATED, (uint32_t)size);
	if (word_at(fdt, HEADER_MAGIC) != FDT_MAGIC)
		return fail(fdt, FDT_BAD_MAGIC, HEADER_MAGIC);
	if (word_at(fdt, HEADER_VERSION) < FDT_VERSION)
		return fail(fdt, FDT_BAD_VERSION, HEADER_VERSION);
	if (word_at(fdt, HEADER_LAST_COMPATIBLE) > FDT_VERSION ||
	    word_at(fdt, HEADER_LAST_COMPATIBLE) < FDT_OLDEST_COMPATIBLE)
		return fail(fdt, FDT_BAD_VERSION, HEADER_LAST_COMPATIBLE);

	fdt->total_size = word_at(fdt, HEADER_TOTAL_SIZE);
	if (fdt->total_size < HEADER_SIZE || fdt->total_size > size ||
	    fdt->total_size > FDT_TOTAL_SIZE_MAX)
		return fail(fdt, FDT_BAD_TOTAL_SIZE, HEADER_TOTAL_SIZE);
	status = init_blocks(fdt);
	if (status != FDT_OK)
		return status;
	status = init_reservations(fdt);
	if (status != FDT_OK)
		return status;

	fdt->offset = fdt->structure_offset;
	return FDT_OK;
}

void fdt_reservation(const struct fdt *fdt, uint32_t index, uint64_t *address, uint64_t *size)
{
	const uint8_t *pair =
		fdt->blob + fdt->reservations_offset + (size_t)index * FDT_RESERVATION_SIZE;

	*address = load_be64(pair);
	*size = load_be64(pair + 8);
}

/* The name lies at fdt->offset, behind the token. */
static enum fdt_status node_begin(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset;
	uint32_t end = start;

	if (fdt->root_ended)
		return fail(fdt, FDT_BAD_TOKEN, start - FDT_TOKEN_SIZE);
	if (fdt->depth == FDT_DEPTH_MAX)
		return fail(fdt, FDT_TOO_DEEP, start - FDT_TOKEN_SIZE);
	while (end < fdt->structure_end && fdt->blob[end] != '\0')
		end++;
	if (end == fdt->structure_end)
		return fail(fdt, FDT_TRUNCATED, end);
	/* The root has no name and is the only one that has none. */
	if ((end == start) != (fdt->depth == 0))
		return fail(fdt, FDT_BAD_NODE_NAME, start);

	fdt->offset = (uint32_t)align_up(end + 1, FDT_TOKEN_SIZE);
	fdt->depth++;
	fdt->properties_ended = false;
	fdt->address_cells[fdt->depth] = FDT_ADDRESS_CELLS_DEFAULT;
	fdt->size_cells[fdt->depth] = FDT_SIZE_CELLS_DEFAULT;
	*item = (struct fdt_item){
		.event = FDT_NODE_BEGIN,
		.depth = fdt->depth,
		.name = (const char *)fdt->blob + start,
	};
	return FDT_OK;
}

static enum fdt_status node_end(struct fdt *fdt, struct fdt_item *item)
{
	if (fdt->depth == 0)
		return fail(fdt, FDT_BAD_TOKEN, fdt->offset - FDT_TOKEN_SIZE);

	*item = (struct fdt_item){ .event = FDT_NODE_END, .depth = fdt->depth };
	fdt->depth--;
	fdt->properties_ended = true;
	fdt->root_ended = fdt->depth == 0;
	return FDT_OK;
}

/* Read the property whose size, name offset and value lie at fdt->offset, behind the token. */
static enum fdt_status property_read(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset;
	const uint32_t value = start + 2 * FDT_TOKEN_SIZE;
	uint32_t size, name;

	if (value > fdt->structure_end)
		return fail(fdt, FDT_TRUNCATED, start);
	size = word_at(fdt, start);
	name = word_at(fdt, start + FDT_TOKEN_SIZE);
	if (size > fdt->structure_end - value)
		return fail(fdt, FDT_TRUNCATED, start);
	if (name >= fdt->strings_size || fdt->blob[fdt->strings_offset + name] == '\0')
		return fail(fdt, FDT_BAD_PROPERTY_NAME, start + FDT_TOKEN_SIZE);

	fdt->offset = (uint32_t)align_up(value + size, FDT_TOKEN_SIZE);
	*item = (struct fdt_item){
		.event = FDT_PROPERTY,
		.depth = fdt->depth,
		.name = (const char *)fdt->blob + fdt->strings_offset + name,
		.value = fdt->blob + value,
		.size = size,
	};
	return FDT_OK;
}

/* Remember the cell counts that the node gives to its children. */
static enum fdt_status cells_remember(struct fdt *fdt, const struct fdt_item *item, uint32_t offset)
{
	uint32_t cells;
	uint8_t *counts;

	if (item->name[0] != '#')
		return FDT_OK;
	if (text_is(item->name, "#address-cells"))
		counts = fdt->address_cells;
	else if (text_is(item->name, "#size-cells"))
		counts = fdt->size_cells;
	else
		return FDT_OK;

	if (item->size != FDT_TOKEN_SIZE || !fdt_item_u32(item, 0, &cells) || cells > FDT_CELLS_MAX)
		return fail(fdt, FDT_BAD_CELLS, offset);
	counts[fdt->depth] = (uint8_t)cells;
	return FDT_OK;
}

static enum fdt_status property(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t token = fdt->offset - FDT_TOKEN_SIZE;
	enum fdt_status status;

	if (fdt->depth == 0)
		return fail(fdt, FDT_PROPERTY_OUTSIDE_NODE, token);
	if (fdt->properties_ended)
		return fail(fdt, FDT_PROPERTY_AFTER_NODE, token);
	status = property_read(fdt, item);
	if (status != FDT_OK)
		return status;
	return cells_remember(fdt, item, token);
}

/* Step over NOPs and the token that follows them. */
static enum fdt_status token_next(struct fdt *fdt, uint32_t *token)
{
	do {
		if (fdt->offset >= fdt->structure_end)
			return fail(fdt, FDT_TRUNCATED, fdt->offset);
		*token = word_at(fdt, fdt->offset);
		fdt->offset += FDT_TOKEN_SIZE;
	} while (*token == TOKEN_NOP);
	return FDT_OK;
}

enum fdt_status fdt_next(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset;
	enum fdt_status status;
	uint32_t token;

	status = token_next(fdt, &token);
	if (status == FDT_OK) {
		switch (token) {
		case TOKEN_BEGIN_NODE:
			status = node_begin(fdt, item);
			break;
		case TOKEN_END_NODE:
			status = node_end(fdt, item);
			break;
		case TOKEN_PROPERTY:
			status = property(fdt, item);
			break;
		case TOKEN_END:
			status = fail(fdt, fdt->root_ended ? FDT_END : FDT_BAD_TOKEN,
				      fdt->offset - FDT_TOKEN_SIZE);
			break;
		default:
			status = fail(fdt, FDT_BAD_TOKEN, fdt->offset - FDT_TOKEN_SIZE);
			break;
		}
	}
	/* Whoever asks again after the end or an error meets the same token again. */
	if (status != FDT_OK)
		fdt->offset = start;
	return status;
}

bool fdt_property_ahead(const struct fdt *fdt, const char *name, struct fdt_item *item)
{
	struct fdt ahead = *fdt;
	uint32_t token;

	if (ahead.depth == 0 || ahead.properties_ended)
		return false;
	while (token_next(&ahead, &token) == FDT_OK && token == TOKEN_PROPERTY) {
		if (property_read(&ahead, item) != FDT_OK)
			return false;
		if (text_is(item->name, name))
			return true;
	}
	return false;
}

bool fdt_item_is(const struct fdt_item *item, const char *name)
{
	const char *own = item->name;

	if (own == NULL)
		return false;
	for (; *name != '\0' && *own == *name; name++)
		own++;
	return *name == '\0' && (*own == '\0' || (*own == '@' && item->event == FDT_NODE_BEGIN));
}

bool fdt_item_u32(const struct fdt_item *item, uint32_t index, uint32_t *number)
{
	if (index >= item->size / 4)
		return false;
	*number = load_be32_aligned(item->value + (size_t)index * 4);
	return true;
}

bool fdt_item_u64(const struct fdt_item *item, uint32_t index, uint64_t *number)
{
	const uint8_t *at;

	if (index >= item->size / 8)
		return false;
	at = item->value + (size_t)index * 8;
	*number = (uint64_t)load_be32_aligned(at) << 32 | load_be32_aligned(at + 4);
	return true;
}

/* A number of `count` cells, at most two of which may be other than 0. */
static bool cells_load(const uint8_t *at, uint32_t count, uint64_t *number)
{
	*number = 0;
	for (; count > 0; count--, at += 4) {
		if (*number >> 32 != 0)
			return false;
		*number = *number << 32 | load_be32_aligned(at);
	}
	return true;
}

bool fdt_item_reg(const struct fdt *fdt, const struct fdt_item *item, uint32_t index,
		  uint64_t *address, uint64_t *size)
{
	/* The root has no parent: index 0 of the two arrays stays 0, which makes empty pairs. */
	const uint32_t address_cells = fdt->address_cells[item->depth - 1];
	const uint32_t size_cells = fdt->size_cells[item->depth - 1];
	const uint32_t pair = 4 * (address_cells + size_cells);
	const uint8_t *at;

	if (pair == 0 || item->size % pair != 0 || index >= item->size / pair)
		return false;
	at = item->value + (size_t)index * pair;
	return cells_load(at, address_cells, address) &&
	       cells_load(at + 4 * (size_t)address_cells, size_cells, size);
}

const char *fdt_item_string(const struct fdt_item *item)
{
	uint32_t length = 0;

	while (length < item->size && item->value[length] != '\0')
		length++;
	return length + 1 == item->size ? (const char *)item->value : NULL;
}

bool fdt_item_lists(const struct fdt_item *item, const char *string)
{
	const char *list = (const char *)item->value;
	uint32_t at;
	bool at_start = true;

	if (item->size == 0 || item->value[item->size - 1] != '\0')
		return false;
	for (at = 0; at < item->size; at++) {
		if (at_start && text_is(list + at, string))
			return true;
		at_start = list[at] == '\0';
	}
	return false;
}

const char *fdt_status_text(enum fdt_status status)
{
	switch (status) {
#define FDT_STATUS_CASE(name, text) \
	case FDT_##name: \
		return text;
		FDT_STATUS_LIST(FDT_STATUS_CASE)
#undef FDT_STATUS_CASE
	case FDT_STATUS_COUNT:
		break;
	}
	return "unknown status";
}
