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
 *
 * A step returns false after `fail` has kept what is wrong and where; what is wrong stays so.
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
#define FDT_CELL_SIZE 4

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

/* The tokens that are no events. */
#define TOKEN_NOP 4
#define TOKEN_END 9

static uint32_t word_at(const struct fdt *fdt, uint32_t offset)
{
	return load_be32_aligned(fdt->blob + offset);
}

static bool fail(struct fdt *fdt, enum fdt_status status, uint32_t offset)
{
	fdt->status = status;
	fdt->error_offset = offset;
	return false;
}

/* What each field of the header can be by itself. */
static const struct {
	enum fdt_header field;
	uint32_t min, max, alignment;
	enum fdt_status status;
} header_rules[] = {
	{ HEADER_MAGIC, FDT_MAGIC, FDT_MAGIC, 1, FDT_BAD_MAGIC },
	{ HEADER_VERSION, FDT_VERSION, UINT32_MAX, 1, FDT_BAD_VERSION },
	{ HEADER_LAST_COMPATIBLE, FDT_OLDEST_COMPATIBLE, FDT_VERSION, 1, FDT_BAD_VERSION },
	{ HEADER_TOTAL_SIZE, HEADER_SIZE, FDT_TOTAL_SIZE_MAX, 1, FDT_BAD_TOTAL_SIZE },
	{ HEADER_STRUCTURE_OFFSET, HEADER_SIZE, UINT32_MAX, 4, FDT_BAD_STRUCTURE_BLOCK },
	{ HEADER_STRUCTURE_SIZE, 0, UINT32_MAX, 4, FDT_BAD_STRUCTURE_BLOCK },
	{ HEADER_STRINGS_OFFSET, HEADER_SIZE, UINT32_MAX, 1, FDT_BAD_STRINGS_BLOCK },
	{ HEADER_RESERVATIONS_OFFSET, HEADER_SIZE, UINT32_MAX, 8, FDT_BAD_RESERVATION },
};

static bool check_header(struct fdt *fdt, size_t size)
{
	size_t i;

	if (!is_aligned((uintptr_t)fdt->blob, FDT_BLOB_ALIGNMENT))
		return fail(fdt, FDT_UNALIGNED, 0);
	if (size < HEADER_SIZE)
		return fail(fdt, FDT_TRUNCATED, (uint32_t)size);
	for (i = 0; i < sizeof(header_rules) / sizeof(header_rules[0]); i++) {
		const uint32_t field = header_rules[i].field, value = word_at(fdt, field);

		if (value < header_rules[i].min || value > header_rules[i].max ||
		    !is_aligned(value, header_rules[i].alignment))
			return fail(fdt, header_rules[i].status, field);
	}
	return true;
}

/* Whether the blocks lie in the blob, and the blob in its buffer of `size` bytes. */
static bool find_blocks(struct fdt *fdt, size_t size)
{
	const uint32_t structure_size = word_at(fdt, HEADER_STRUCTURE_SIZE);
	uint32_t end;

	fdt->total_size = word_at(fdt, HEADER_TOTAL_SIZE);
	fdt->offset = word_at(fdt, HEADER_STRUCTURE_OFFSET);
	fdt->strings_offset = word_at(fdt, HEADER_STRINGS_OFFSET);
	fdt->strings_size = word_at(fdt, HEADER_STRINGS_SIZE);
	if (fdt->total_size > size)
		return fail(fdt, FDT_BAD_TOTAL_SIZE, HEADER_TOTAL_SIZE);
	if (!range_fits(fdt->offset, structure_size, fdt->total_size))
		return fail(fdt, FDT_BAD_STRUCTURE_BLOCK, HEADER_STRUCTURE_SIZE);
	fdt->structure_end = fdt->offset + structure_size;

	if (!range_fits(fdt->strings_offset, fdt->strings_size, fdt->total_size))
		return fail(fdt, FDT_BAD_STRINGS_BLOCK, HEADER_STRINGS_SIZE);
	end = fdt->strings_offset + fdt->strings_size;
	if (fdt->strings_size > 0 && fdt->blob[end - 1] != '\0')
		return fail(fdt, FDT_BAD_STRINGS_BLOCK, end - 1);
	return true;
}

void fdt_reservation(const struct fdt *fdt, uint32_t index, uint64_t *address, uint64_t *size)
{
	const uint8_t *pair =
		fdt->blob + fdt->reservations_offset + (size_t)index * FDT_RESERVATION_SIZE;

	*address = load_be64(pair);
	*size = load_be64(pair + 8);
}

/* Count the reservations, which end with a pair of zeros. */
static bool count_reservations(struct fdt *fdt)
{
	uint64_t at, address, size;

	fdt->reservations_offset = word_at(fdt, HEADER_RESERVATIONS_OFFSET);
	for (at = fdt->reservations_offset; range_fits(at, FDT_RESERVATION_SIZE, fdt->total_size);
	     at += FDT_RESERVATION_SIZE) {
		fdt_reservation(fdt, fdt->reservation_count, &address, &size);
		if (address == 0 && size == 0)
			return true;
		fdt->reservation_count++;
	}
	return fail(fdt, FDT_BAD_RESERVATION, (uint32_t)at);
}

enum fdt_status fdt_init(struct fdt *fdt, const void *blob, size_t size)
{
	*fdt = (struct fdt){ .blob = blob };
	(void)(check_header(fdt, size) && find_blocks(fdt, size) && count_reservations(fdt));
	return fdt->status;
}

/* The name lies at fdt->offset, behind the token. */
static bool node_begin(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset;
	uint32_t end = start;

	if (fdt->depth == 0 && fdt->properties_ended)
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
	return true;
}

static bool node_end(struct fdt *fdt, struct fdt_item *item)
{
	if (fdt->depth == 0)
		return fail(fdt, FDT_BAD_TOKEN, fdt->offset - FDT_TOKEN_SIZE);
	*item = (struct fdt_item){ .event = FDT_NODE_END, .depth = fdt->depth };
	fdt->depth--;
	fdt->properties_ended = true;
	return true;
}

/* Remember the cell counts that the node gives to its children. */
static bool cells_remember(struct fdt *fdt, const struct fdt_item *item, uint32_t token)
{
	uint8_t *counts = fdt->address_cells;
	uint64_t cells;

	if (text_is(item->name, "#size-cells"))
		counts = fdt->size_cells;
	else if (!text_is(item->name, "#address-cells"))
		return true;
	if (item->size != FDT_CELL_SIZE || !fdt_item_cells(item, 0, 1, &cells) ||
	    cells > FDT_CELLS_MAX)
		return fail(fdt, FDT_BAD_CELLS, token);
	counts[fdt->depth] = (uint8_t)cells;
	return true;
}

/* The value's size, the name's offset and the value lie at fdt->offset, behind the token. */
static bool property(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset, token = start - FDT_TOKEN_SIZE;
	const uint32_t value = start + 2 * FDT_TOKEN_SIZE;
	uint32_t size, name;

	if (fdt->depth == 0)
		return fail(fdt, FDT_PROPERTY_OUTSIDE_NODE, token);
	if (fdt->properties_ended)
		return fail(fdt, FDT_PROPERTY_AFTER_NODE, token);
	if (value > fdt->structure_end || word_at(fdt, start) > fdt->structure_end - value)
		return fail(fdt, FDT_TRUNCATED, start);
	size = word_at(fdt, start);
	name = word_at(fdt, start + FDT_TOKEN_SIZE);
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
	return item->name[0] != '#' || cells_remember(fdt, item, token);
}

/* Take the item that follows, NOPs before it included. */
static bool item_take(struct fdt *fdt, struct fdt_item *item)
{
	uint32_t token;

	/* What fdt_init has refused is not looked at, either. */
	if (fdt->status != FDT_OK)
		return false;
	do {
		if (fdt->offset == fdt->structure_end)
			return fail(fdt, FDT_TRUNCATED, fdt->offset);
		token = word_at(fdt, fdt->offset);
		fdt->offset += FDT_TOKEN_SIZE;
	} while (token == TOKEN_NOP);

	switch (token) {
	case FDT_NODE_BEGIN:
		return node_begin(fdt, item);
	case FDT_NODE_END:
		return node_end(fdt, item);
	case FDT_PROPERTY:
		return property(fdt, item);
	case TOKEN_END:
		if (fdt->depth == 0 && fdt->properties_ended)
			return fail(fdt, FDT_END, fdt->offset - FDT_TOKEN_SIZE);
	}
	return fail(fdt, FDT_BAD_TOKEN, fdt->offset - FDT_TOKEN_SIZE);
}

enum fdt_status fdt_next(struct fdt *fdt, struct fdt_item *item)
{
	const uint32_t start = fdt->offset;

	/* Who is told of the end or an error finds the reader before the token that is to blame. */
	if (!item_take(fdt, item))
		fdt->offset = start;
	return fdt->status;
}

bool fdt_property_ahead(const struct fdt *fdt, const char *name, struct fdt_item *item)
{
	struct fdt ahead = *fdt;

	while (item_take(&ahead, item) && item->event == FDT_PROPERTY)
		if (text_is(item->name, name))
			return true;
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

bool fdt_item_cells(const struct fdt_item *item, uint64_t first, uint32_t count, uint64_t *number)
{
	*number = 0;
	if (!range_fits(first, count, item->size / FDT_CELL_SIZE))
		return false;
	for (; count > 0; count--, first++) {
		if (*number >> 32 != 0)
			return false;
		*number = *number << 32 | load_be32_aligned(item->value + first * FDT_CELL_SIZE);
	}
	return true;
}

bool fdt_item_reg(const struct fdt *fdt, const struct fdt_item *item, uint32_t index,
		  uint64_t *address, uint64_t *size)
{
	/* The root has no parent: index 0 of the two arrays stays 0, which makes empty pairs. */
	const uint32_t address_cells = fdt->address_cells[item->depth - 1];
	const uint32_t size_cells = fdt->size_cells[item->depth - 1];
	const uint32_t pair = address_cells + size_cells;
	const uint64_t first = (uint64_t)index * pair;

	return pair != 0 && item->size % (pair * FDT_CELL_SIZE) == 0 &&
	       fdt_item_cells(item, first, address_cells, address) &&
	       fdt_item_cells(item, first + address_cells, size_cells, size);
}

static bool value_is_ended(const struct fdt_item *item)
{
	return item->size > 0 && item->value[item->size - 1] == '\0';
}

const char *fdt_item_string(const struct fdt_item *item)
{
	const char *text = (const char *)item->value;

	return value_is_ended(item) && text_length(text) + 1 == item->size ? text : NULL;
}

uint32_t fdt_item_finds(const struct fdt_item *item, const char *const *strings, uint32_t count)
{
	const char *list = (const char *)item->value;
	size_t at;
	uint32_t i;

	for (at = 0; at < item->size && value_is_ended(item); at += text_length(list + at) + 1)
		for (i = 0; i < count; i++)
			if (strings[i][0] == list[at] && text_is(list + at, strings[i]))
				return i;
	return count;
}

const char *fdt_status_text(enum fdt_status status)
{
	static const char *const texts[] = { FDT_STATUS_LIST(STATUS_TEXT) };

	return status < FDT_STATUS_COUNT ? texts[status] : "unknown status";
}
