/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The device-tree reader: what it hands out of well-formed trees, and which status at which
 * offset it gives for each way in which a tree can be malformed.
 */
#include "tests/lib/check.h"

#include "lib/fdt.h"
#include "tests/lib/fdt_builder.h"

/* Where the structure block starts in a blob without reservations. */
#define STRUCTURE (FIELDS_SIZE + 16)

static bool lists(const struct fdt_item *item, const char *string)
{
	return fdt_item_finds(item, &string, 1) == 0;
}

static struct build build;

static void start(void)
{
	memset(&build, 0, sizeof(build));
}

/* Read a blob to its end or to the first mistake, which stays for whoever asks again or goes on. */
static enum fdt_status walk(const uint8_t *blob, size_t size, uint32_t *error_offset)
{
	struct fdt fdt;
	struct fdt_item item;
	enum fdt_status status = fdt_init(&fdt, blob, size);

	while (status == FDT_OK)
		status = fdt_next(&fdt, &item);
	assert_int_equal(fdt_next(&fdt, &item), status);
	*error_offset = fdt.error_offset;
	return status;
}

static void expect_walk(enum fdt_status expected, uint32_t expected_offset)
{
	uint32_t offset;
	size_t size;
	uint8_t *blob = build_finish(&build, &size);
	const enum fdt_status status = walk(blob, size, &offset);

	assert_string_equal(fdt_status_text(status), fdt_status_text(expected));
	assert_int_equal(offset, expected_offset);
	free(blob);
}

static void expect_item(struct fdt *fdt, struct fdt_item *item, enum fdt_event event,
			uint32_t depth, const char *name)
{
	assert_int_equal(fdt_next(fdt, item), FDT_OK);
	assert_int_equal(item->event, event);
	assert_int_equal(item->depth, depth);
	if (name == NULL)
		assert_null(item->name);
	else
		assert_string_equal(item->name, name);
}

static void nodes_and_properties_come_in_their_order_with_their_depth(void **state)
{
	static const uint32_t cells[] = { 1, 0xfffffffe, 3 };
	struct fdt fdt;
	struct fdt_item item;
	uint8_t *blob;
	size_t size;
	uint64_t number;

	(void)state;
	start();
	build_begin(&build, "");
	build_cells(&build, "cells", cells, 3);
	build_property(&build, "empty", NULL, 0);
	build_token(&build, 4);
	build_token(&build, 4);
	build_begin(&build, "child@10");
	build_string(&build, "text", "abc");
	build_end(&build);
	build_token(&build, 4);
	build_begin(&build, "other");
	build_end(&build);
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);

	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "cells");
	assert_int_equal(item.size, 12);
	assert_true(fdt_item_cells(&item, 1, 1, &number));
	assert_int_equal(number, 0xfffffffe);
	assert_false(fdt_item_cells(&item, 3, 1, &number));
	assert_true(fdt_item_cells(&item, 0, 2, &number));
	assert_int_equal(number, 0x1fffffffe);
	item.size = 16;
	assert_true(fdt_item_cells(&item, 2, 2, &number));
	assert_int_equal(number >> 32, 3);
	assert_false(fdt_item_cells(&item, 4, 2, &number));
	item.size = 15;
	assert_false(fdt_item_cells(&item, 2, 2, &number));
	item.size = 12;
	assert_false(fdt_item_cells(&item, 2, 2, &number));
	assert_false(fdt_item_cells(&item, UINT64_MAX, 2, &number));
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "empty");
	assert_int_equal(item.size, 0);
	assert_false(fdt_item_cells(&item, 0, 1, &number));
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 2, "child@10");
	expect_item(&fdt, &item, FDT_PROPERTY, 2, "text");
	assert_string_equal(fdt_item_string(&item), "abc");
	expect_item(&fdt, &item, FDT_NODE_END, 2, NULL);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 2, "other");
	expect_item(&fdt, &item, FDT_NODE_END, 2, NULL);
	expect_item(&fdt, &item, FDT_NODE_END, 1, NULL);
	assert_int_equal(fdt_next(&fdt, &item), FDT_END);
	assert_int_equal(fdt_next(&fdt, &item), FDT_END);
	free(blob);
}

static void a_copy_of_the_reader_keeps_its_own_position(void **state)
{
	struct fdt fdt, copy;
	struct fdt_item item;
	uint8_t *blob;
	size_t size;

	(void)state;
	start();
	build_begin(&build, "");
	build_string(&build, "a", "1");
	build_string(&build, "b", "2");
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);
	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	copy = fdt;
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "a");
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "b");
	expect_item(&copy, &item, FDT_PROPERTY, 1, "a");
	free(blob);
}

static void looking_ahead_finds_only_properties_of_the_node_that_are_to_come(void **state)
{
	struct fdt fdt;
	struct fdt_item item;
	uint8_t *blob;
	size_t size;

	(void)state;
	start();
	build_begin(&build, "");
	build_string(&build, "first", "1");
	build_token(&build, 4);
	build_string(&build, "second", "2");
	build_begin(&build, "child");
	build_string(&build, "inner", "3");
	build_end(&build);
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);

	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	assert_false(fdt_property_ahead(&fdt, "first", &item));
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	assert_true(fdt_property_ahead(&fdt, "second", &item));
	assert_string_equal(fdt_item_string(&item), "2");
	assert_true(fdt_property_ahead(&fdt, "first", &item));
	assert_false(fdt_property_ahead(&fdt, "inner", &item));
	assert_false(fdt_property_ahead(&fdt, "firs", &item));
	assert_false(fdt_property_ahead(&fdt, "firstly", &item));
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "first");
	assert_false(fdt_property_ahead(&fdt, "first", &item));
	assert_true(fdt_property_ahead(&fdt, "second", &item));
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "second");
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 2, "child");
	assert_true(fdt_property_ahead(&fdt, "inner", &item));
	expect_item(&fdt, &item, FDT_PROPERTY, 2, "inner");
	expect_item(&fdt, &item, FDT_NODE_END, 2, NULL);
	assert_false(fdt_property_ahead(&fdt, "inner", &item));
	free(blob);
}

static void looking_ahead_stops_at_malformed_properties(void **state)
{
	struct fdt fdt;
	struct fdt_item item;
	uint8_t *blob;
	size_t size;

	(void)state;
	start();
	build_begin(&build, "");
	build_string(&build, "good", "1");
	build_token(&build, 3);
	build_token(&build, 0x7fffffff);
	build_token(&build, 0);
	blob = build_finish(&build, &size);
	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	assert_true(fdt_property_ahead(&fdt, "good", &item));
	assert_false(fdt_property_ahead(&fdt, "bad", &item));
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "good");
	assert_false(fdt_property_ahead(&fdt, "good", &item));
	free(blob);

	/* What follows a child is no property of the node. */
	start();
	build_begin(&build, "");
	build_begin(&build, "child");
	build_end(&build);
	build_string(&build, "late", "1");
	blob = build_finish(&build, &size);
	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 2, "child");
	expect_item(&fdt, &item, FDT_NODE_END, 2, NULL);
	assert_false(fdt_property_ahead(&fdt, "late", &item));
	free(blob);
}

static void node_names_match_up_to_their_unit_address(void **state)
{
	struct fdt_item item = { .event = FDT_NODE_BEGIN, .name = "memory@40000000" };

	(void)state;
	assert_true(fdt_item_is(&item, "memory"));
	assert_true(fdt_item_is(&item, "memory@40000000"));
	assert_false(fdt_item_is(&item, "memo"));
	assert_false(fdt_item_is(&item, "memory@"));
	assert_false(fdt_item_is(&item, "memory@400000001"));
	assert_false(fdt_item_is(&item, ""));
	item.name = "memory";
	assert_true(fdt_item_is(&item, "memory"));
	item.event = FDT_PROPERTY;
	item.name = "reg@1";
	assert_false(fdt_item_is(&item, "reg"));
	assert_true(fdt_item_is(&item, "reg@1"));
	item = (struct fdt_item){ .event = FDT_NODE_END };
	assert_false(fdt_item_is(&item, ""));
}

static struct fdt_item value_item(const void *value, uint32_t size)
{
	return (struct fdt_item){ .event = FDT_PROPERTY, .value = value, .size = size };
}

static void lists_of_strings_are_searched_entry_by_entry(void **state)
{
	struct fdt_item item = value_item("arm,gic-v3\0arm,gic\0", 19);
	char *unended;

	(void)state;
	assert_true(lists(&item, "arm,gic-v3"));
	assert_true(lists(&item, "arm,gic"));
	assert_false(lists(&item, "gic"));
	assert_false(lists(&item, "arm,gic-v"));
	assert_false(lists(&item, ""));
	assert_null(fdt_item_string(&item));

	unended = malloc(3);
	memcpy(unended, "abc", 3);
	item = value_item(unended, 3);
	assert_false(lists(&item, "abc"));
	assert_null(fdt_item_string(&item));
	free(unended);
	item = value_item("abc", 4);
	assert_true(lists(&item, "abc"));
	assert_string_equal(fdt_item_string(&item), "abc");
	item = value_item("", 0);
	assert_false(lists(&item, ""));
	assert_null(fdt_item_string(&item));
	item = value_item("", 1);
	assert_true(lists(&item, ""));
	assert_string_equal(fdt_item_string(&item), "");
}

/* Build a parent with the given cell counts (more than 4: none) and a child with `reg`. */
static uint8_t *reg_blob(uint32_t address_cells, uint32_t size_cells, const uint32_t *reg,
			 uint32_t count, struct fdt *fdt, struct fdt_item *item)
{
	static const uint32_t other = 1;
	uint8_t *blob;
	size_t size;

	start();
	build_begin(&build, "");
	if (address_cells <= 4)
		build_cells(&build, "#address-cells", &address_cells, 1);
	if (size_cells <= 4)
		build_cells(&build, "#size-cells", &size_cells, 1);
	/* A sibling's own counts and a deeper node's are not the child's. */
	build_begin(&build, "sibling");
	build_cells(&build, "#address-cells", &other, 1);
	build_cells(&build, "#size-cells", &other, 1);
	build_begin(&build, "deeper");
	build_end(&build);
	build_end(&build);
	build_begin(&build, "child");
	build_cells(&build, "#address-cells", &other, 1);
	build_cells(&build, "reg", reg, count);
	build_end(&build);
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);

	assert_int_equal(fdt_init(fdt, blob, size), FDT_OK);
	do {
		assert_int_equal(fdt_next(fdt, item), FDT_OK);
	} while (!fdt_item_is(item, "reg"));
	return blob;
}

static void reg_is_read_with_the_cell_counts_of_the_parent(void **state)
{
	static const uint32_t reg[] = { 1, 2, 3, 4, 5, 6 };
	struct fdt fdt;
	struct fdt_item item;
	uint64_t address, size;
	uint8_t *blob;

	(void)state;
	blob = reg_blob(2, 1, reg, 6, &fdt, &item);
	assert_true(fdt_item_reg(&fdt, &item, 0, &address, &size));
	assert_int_equal(address, 0x100000002);
	assert_int_equal(size, 3);
	assert_true(fdt_item_reg(&fdt, &item, 1, &address, &size));
	assert_int_equal(address, 0x400000005);
	assert_int_equal(size, 6);
	assert_false(fdt_item_reg(&fdt, &item, 2, &address, &size));
	assert_false(fdt_item_reg(&fdt, &item, UINT32_MAX, &address, &size));
	free(blob);

	/* 2 and 1 are also what holds where the parent does not say. */
	blob = reg_blob(9, 9, reg, 3, &fdt, &item);
	assert_true(fdt_item_reg(&fdt, &item, 0, &address, &size));
	assert_int_equal(address, 0x100000002);
	assert_int_equal(size, 3);
	free(blob);

	blob = reg_blob(1, 0, reg, 2, &fdt, &item);
	assert_true(fdt_item_reg(&fdt, &item, 1, &address, &size));
	assert_int_equal(address, 2);
	assert_int_equal(size, 0);
	free(blob);

	blob = reg_blob(2, 2, reg, 6, &fdt, &item);
	assert_false(fdt_item_reg(&fdt, &item, 0, &address, &size));
	free(blob);

	blob = reg_blob(0, 0, reg, 6, &fdt, &item);
	assert_false(fdt_item_reg(&fdt, &item, 0, &address, &size));
	free(blob);
}

static void numbers_of_more_than_64_bits_are_refused(void **state)
{
	static const uint32_t small[] = { 0, 7, 8, 9 };
	static const uint32_t large[] = { 1, 7, 8, 9 };
	static const uint32_t largest[] = { 0, 0, 0xffffffff, 0xfffffffe };
	struct fdt fdt;
	struct fdt_item item;
	uint64_t address, size;
	uint8_t *blob;

	(void)state;
	blob = reg_blob(3, 1, small, 4, &fdt, &item);
	assert_true(fdt_item_reg(&fdt, &item, 0, &address, &size));
	assert_int_equal(address, 0x700000008);
	free(blob);
	blob = reg_blob(4, 0, largest, 4, &fdt, &item);
	assert_true(fdt_item_reg(&fdt, &item, 0, &address, &size));
	assert_int_equal(address, 0xfffffffffffffffe);
	free(blob);
	blob = reg_blob(3, 1, large, 4, &fdt, &item);
	assert_false(fdt_item_reg(&fdt, &item, 0, &address, &size));
	free(blob);
	blob = reg_blob(1, 3, large, 4, &fdt, &item);
	assert_false(fdt_item_reg(&fdt, &item, 0, &address, &size));
	free(blob);
}

static void reg_of_the_root_node_has_no_parent_to_be_read_with(void **state)
{
	static const uint32_t cells[] = { 1, 2, 3 };
	struct fdt fdt;
	struct fdt_item item;
	uint64_t address, length;
	uint8_t *blob;
	size_t size;

	(void)state;
	start();
	build_begin(&build, "");
	build_cells(&build, "reg", cells, 3);
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);
	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "reg");
	assert_false(fdt_item_reg(&fdt, &item, 0, &address, &length));
	free(blob);
}

static void reservations_are_counted_and_read(void **state)
{
	struct fdt fdt;
	uint64_t address, length;
	uint8_t *blob;
	size_t size;

	(void)state;
	start();
	build.reservation_count = 2;
	build.reservations[0] = 0x4000000000;
	build.reservations[1] = 0x1000;
	build.reservations[2] = 0;
	build.reservations[3] = 7;
	build_begin(&build, "");
	build_end(&build);
	build_token(&build, 9);
	blob = build_finish(&build, &size);
	assert_int_equal(fdt_init(&fdt, blob, size), FDT_OK);
	assert_int_equal(fdt.reservation_count, 2);
	fdt_reservation(&fdt, 0, &address, &length);
	assert_int_equal(address, 0x4000000000);
	assert_int_equal(length, 0x1000);
	fdt_reservation(&fdt, 1, &address, &length);
	assert_int_equal(address, 0);
	assert_int_equal(length, 7);
	free(blob);
}

static void build_small(void)
{
	start();
	build_begin(&build, "");
	build_string(&build, "name", "value");
	build_begin(&build, "child");
	build_end(&build);
	build_end(&build);
	build_token(&build, 9);
}

struct header_damage {
	uint32_t field;
	uint32_t value;
	enum fdt_status status;
	uint32_t offset;
};

static void each_wrong_header_field_is_named(void **state)
{
	static const struct header_damage damages[] = {
		{ FIELD_MAGIC, 0xd00dfeec, FDT_BAD_MAGIC, FIELD_MAGIC },
		{ FIELD_MAGIC, 0xedfe0dd0, FDT_BAD_MAGIC, FIELD_MAGIC },
		{ FIELD_TOTAL_SIZE, FIELDS_SIZE - 1, FDT_BAD_TOTAL_SIZE, FIELD_TOTAL_SIZE },
		{ FIELD_TOTAL_SIZE, FIELDS_SIZE, FDT_BAD_STRUCTURE_BLOCK, FIELD_STRUCTURE_SIZE },
		{ FIELD_TOTAL_SIZE, 0xffffffff, FDT_BAD_TOTAL_SIZE, FIELD_TOTAL_SIZE },
		{ FIELD_VERSION, 16, FDT_BAD_VERSION, FIELD_VERSION },
		{ FIELD_LAST_COMPATIBLE, 18, FDT_BAD_VERSION, FIELD_LAST_COMPATIBLE },
		{ FIELD_LAST_COMPATIBLE, 15, FDT_BAD_VERSION, FIELD_LAST_COMPATIBLE },
		{ FIELD_STRUCTURE_OFFSET, 36, FDT_BAD_STRUCTURE_BLOCK, FIELD_STRUCTURE_OFFSET },
		{ FIELD_STRUCTURE_OFFSET, 58, FDT_BAD_STRUCTURE_BLOCK, FIELD_STRUCTURE_OFFSET },
		{ FIELD_STRUCTURE_OFFSET, 0xfffffffc, FDT_BAD_STRUCTURE_BLOCK,
		  FIELD_STRUCTURE_SIZE },
		{ FIELD_STRUCTURE_SIZE, 10, FDT_BAD_STRUCTURE_BLOCK, FIELD_STRUCTURE_SIZE },
		{ FIELD_STRUCTURE_SIZE, 0xfffffffc, FDT_BAD_STRUCTURE_BLOCK, FIELD_STRUCTURE_SIZE },
		{ FIELD_STRINGS_OFFSET, 39, FDT_BAD_STRINGS_BLOCK, FIELD_STRINGS_OFFSET },
		{ FIELD_STRINGS_OFFSET, 0xffffffff, FDT_BAD_STRINGS_BLOCK, FIELD_STRINGS_SIZE },
		{ FIELD_STRINGS_SIZE, 0xffffffff, FDT_BAD_STRINGS_BLOCK, FIELD_STRINGS_SIZE },
		{ FIELD_RESERVATIONS_OFFSET, 32, FDT_BAD_RESERVATION, FIELD_RESERVATIONS_OFFSET },
		{ FIELD_RESERVATIONS_OFFSET, 44, FDT_BAD_RESERVATION, FIELD_RESERVATIONS_OFFSET },
		{ FIELD_RESERVATIONS_OFFSET, 0xfffffff8, FDT_BAD_RESERVATION, 0xfffffff8 },
	};
	uint32_t offset;
	uint8_t *blob;
	size_t size, i;

	(void)state;
	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		build_small();
		blob = build_finish(&build, &size);
		put_be32(blob + damages[i].field, damages[i].value);
		assert_string_equal(fdt_status_text(walk(blob, size, &offset)),
				    fdt_status_text(damages[i].status));
		assert_int_equal(offset, damages[i].offset);
		free(blob);
	}
}

static void a_newer_version_that_is_compatible_is_read(void **state)
{
	uint32_t offset;
	uint8_t *blob;
	size_t size;

	(void)state;
	build_small();
	blob = build_finish(&build, &size);
	put_be32(blob + FIELD_VERSION, 18);
	put_be32(blob + FIELD_LAST_COMPATIBLE, 17);
	assert_int_equal(walk(blob, size, &offset), FDT_END);
	free(blob);
}

static void a_blob_larger_than_the_reader_counts_is_refused(void **state)
{
	uint32_t offset;
	uint8_t *blob;
	size_t size;

	(void)state;
	build_small();
	blob = build_finish(&build, &size);
	put_be32(blob + FIELD_TOTAL_SIZE, 0x40000001);
	/* The size given is a lie: the header alone decides. */
	assert_int_equal(walk(blob, SIZE_MAX, &offset), FDT_BAD_TOTAL_SIZE);
	put_be32(blob + FIELD_TOTAL_SIZE, 0x40000000);
	assert_int_equal(walk(blob, SIZE_MAX, &offset), FDT_END);
	free(blob);
}

static void an_unaligned_or_short_blob_is_not_touched(void **state)
{
	uint8_t *room = malloc(FIELDS_SIZE + 8);
	uint32_t offset, i;

	(void)state;
	for (i = 1; i < 8; i++) {
		assert_int_equal(walk(room + i, FIELDS_SIZE, &offset), FDT_UNALIGNED);
		assert_int_equal(offset, 0);
	}
	free(room);
	for (i = 0; i < FIELDS_SIZE; i++) {
		uint8_t *small = malloc(i + (i == 0));

		assert_int_equal(walk(small, i, &offset), FDT_TRUNCATED);
		assert_int_equal(offset, i);
		free(small);
	}
}

static void a_reservation_map_without_end_is_refused(void **state)
{
	uint32_t offset;
	uint8_t *blob;
	size_t size;

	(void)state;
	build_small();
	blob = build_finish(&build, &size);
	memset(blob + FIELDS_SIZE, 0xff, size - FIELDS_SIZE - 1);
	assert_int_equal(walk(blob, size, &offset), FDT_BAD_RESERVATION);
	assert_true(offset + 16 > size);
	free(blob);
}

static void blocks_may_stand_in_any_order(void **state)
{
	static const uint32_t words[] = { 1, 0, 3, 0, 0, 2, 9 };
	struct fdt fdt;
	struct fdt_item item;
	uint8_t *blob = calloc(1, 96);
	uint32_t i;

	(void)state;
	/* The structure block right behind the header, then the strings, then the reservations. */
	put_be32(blob + FIELD_MAGIC, 0xd00dfeed);
	put_be32(blob + FIELD_VERSION, 17);
	put_be32(blob + FIELD_LAST_COMPATIBLE, 16);
	put_be32(blob + FIELD_TOTAL_SIZE, 96);
	put_be32(blob + FIELD_STRUCTURE_OFFSET, FIELDS_SIZE);
	put_be32(blob + FIELD_STRUCTURE_SIZE, sizeof(words));
	put_be32(blob + FIELD_STRINGS_OFFSET, 68);
	put_be32(blob + FIELD_STRINGS_SIZE, 2);
	put_be32(blob + FIELD_RESERVATIONS_OFFSET, 80);
	for (i = 0; i < sizeof(words) / 4; i++)
		put_be32(blob + FIELDS_SIZE + (size_t)i * 4, words[i]);
	blob[68] = 'x';
	assert_int_equal(fdt_init(&fdt, blob, 96), FDT_OK);
	expect_item(&fdt, &item, FDT_NODE_BEGIN, 1, "");
	expect_item(&fdt, &item, FDT_PROPERTY, 1, "x");
	expect_item(&fdt, &item, FDT_NODE_END, 1, NULL);
	assert_int_equal(fdt_next(&fdt, &item), FDT_END);

	/* Or the strings right behind the header: here some zeros of the structure block. */
	put_be32(blob + FIELD_STRINGS_OFFSET, FIELDS_SIZE);
	put_be32(blob + FIELD_STRINGS_SIZE, 3);
	assert_int_equal(fdt_init(&fdt, blob, 96), FDT_OK);
	put_be32(blob + FIELD_STRINGS_OFFSET, 68);
	put_be32(blob + FIELD_STRINGS_SIZE, 1);
	assert_int_equal(fdt_init(&fdt, blob, 96), FDT_BAD_STRINGS_BLOCK);
	assert_int_equal(fdt.error_offset, 68);
	free(blob);
}

static void strings_that_do_not_end_are_refused(void **state)
{
	uint32_t offset;
	uint8_t *blob;
	size_t size;

	(void)state;
	build_small();
	blob = build_finish(&build, &size);
	blob[size - 1] = 'x';
	assert_int_equal(walk(blob, size, &offset), FDT_BAD_STRINGS_BLOCK);
	assert_int_equal(offset, size - 1);
	free(blob);
}

static void each_misplaced_token_is_named_with_its_offset(void **state)
{
	(void)state;
	/* Nothing at all, and nothing but END. */
	start();
	expect_walk(FDT_TRUNCATED, STRUCTURE);
	start();
	build_token(&build, 9);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE);

	/* Tokens that do not exist. */
	start();
	build_begin(&build, "");
	build_token(&build, 5);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE + 8);
	start();
	build_token(&build, 0);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE);

	/* An end too many or too few. */
	start();
	build_end(&build);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE);
	start();
	build_begin(&build, "");
	build_end(&build);
	build_end(&build);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE + 12);
	start();
	build_begin(&build, "");
	build_token(&build, 9);
	expect_walk(FDT_BAD_TOKEN, STRUCTURE + 8);
	start();
	build_begin(&build, "");
	build_end(&build);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 12);

	/* A second root. */
	start();
	build_begin(&build, "");
	build_end(&build);
	build_begin(&build, "");
	expect_walk(FDT_BAD_TOKEN, STRUCTURE + 12);
}

static void nodes_must_have_names_that_end_and_the_root_none(void **state)
{
	(void)state;
	start();
	build_begin(&build, "root");
	expect_walk(FDT_BAD_NODE_NAME, STRUCTURE + 4);
	start();
	build_begin(&build, "");
	build_begin(&build, "");
	expect_walk(FDT_BAD_NODE_NAME, STRUCTURE + 12);
	start();
	build_begin(&build, "");
	build_token(&build, 1);
	build_token(&build, 0x61626364);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 16);
	/* A name may end in the last byte of the block, and then the block ends too early. */
	start();
	build_begin(&build, "");
	build_token(&build, 1);
	build_token(&build, 0x61626300);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 16);
	start();
	build_token(&build, 1);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 4);
}

static void properties_stand_within_a_node_and_before_its_children(void **state)
{
	(void)state;
	start();
	build_string(&build, "name", "value");
	expect_walk(FDT_PROPERTY_OUTSIDE_NODE, STRUCTURE);
	start();
	build_begin(&build, "");
	build_begin(&build, "child");
	build_end(&build);
	build_string(&build, "name", "value");
	expect_walk(FDT_PROPERTY_AFTER_NODE, STRUCTURE + 24);
	start();
	build_begin(&build, "");
	build_end(&build);
	build_string(&build, "name", "value");
	expect_walk(FDT_PROPERTY_OUTSIDE_NODE, STRUCTURE + 12);
}

static void properties_have_names_and_values_within_their_blocks(void **state)
{
	(void)state;
	/* The sizes stop in the middle. */
	start();
	build_begin(&build, "");
	build_token(&build, 3);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 12);
	start();
	build_begin(&build, "");
	build_token(&build, 3);
	build_token(&build, 0);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 12);

	/* The value is longer than what is left, by one and by a lot. */
	start();
	build_begin(&build, "");
	build_string(&build, "name", "abc");
	put_be32(build.structure + 12, 5);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 12);
	put_be32(build.structure + 12, 0xffffffff);
	expect_walk(FDT_TRUNCATED, STRUCTURE + 12);

	/* The name is outside, at the very end, or empty. */
	start();
	build_begin(&build, "");
	build_string(&build, "name", "abc");
	put_be32(build.structure + 16, build.strings_size);
	expect_walk(FDT_BAD_PROPERTY_NAME, STRUCTURE + 16);
	put_be32(build.structure + 16, 0xffffffff);
	expect_walk(FDT_BAD_PROPERTY_NAME, STRUCTURE + 16);
	put_be32(build.structure + 16, build.strings_size - 1);
	expect_walk(FDT_BAD_PROPERTY_NAME, STRUCTURE + 16);
}

static void nesting_is_bounded(void **state)
{
	uint32_t i;

	(void)state;
	start();
	build_begin(&build, "");
	for (i = 1; i < FDT_DEPTH_MAX; i++)
		build_begin(&build, "abc");
	for (i = 0; i < FDT_DEPTH_MAX; i++)
		build_end(&build);
	build_token(&build, 9);
	expect_walk(FDT_END, STRUCTURE + build.structure_size - 4);

	start();
	build_begin(&build, "");
	for (i = 1; i <= FDT_DEPTH_MAX; i++)
		build_begin(&build, "abc");
	expect_walk(FDT_TOO_DEEP, STRUCTURE + 8 * FDT_DEPTH_MAX);
}

static void cell_counts_must_be_one_small_number(void **state)
{
	static const uint32_t cells[] = { 5, 1 };
	static const char *const names[] = { "#address-cells", "#size-cells" };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		start();
		build_begin(&build, "");
		build_cells(&build, names[i], cells, 1);
		expect_walk(FDT_BAD_CELLS, STRUCTURE + 8);
		start();
		build_begin(&build, "");
		build_cells(&build, names[i], cells + 1, 0);
		expect_walk(FDT_BAD_CELLS, STRUCTURE + 8);
		start();
		build_begin(&build, "");
		build_cells(&build, names[i], cells, 2);
		expect_walk(FDT_BAD_CELLS, STRUCTURE + 8);
	}
	start();
	build_begin(&build, "");
	build_cells(&build, "#other-cells", cells, 2);
	build_end(&build);
	build_token(&build, 9);
	expect_walk(FDT_END, STRUCTURE + build.structure_size - 4);
}

static void a_blob_cut_anywhere_is_refused(void **state)
{
	uint8_t *blob;
	size_t size, cut;
	uint32_t offset;

	(void)state;
	build_small();
	blob = build_finish(&build, &size);
	for (cut = 0; cut < size; cut++) {
		uint8_t *part = malloc(cut + (cut == 0));

		memcpy(part, blob, cut);
		assert_int_not_equal(walk(part, cut, &offset), FDT_END);
		/* With a header that owns up to the cut it must not be read to the end, either. */
		if (cut >= FIELDS_SIZE) {
			put_be32(part + FIELD_TOTAL_SIZE, (uint32_t)cut);
			assert_int_not_equal(walk(part, cut, &offset), FDT_END);
		}
		free(part);
	}
	free(blob);
}

static void every_status_has_a_text_of_its_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < FDT_STATUS_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(fdt_status_text((enum fdt_status)i),
						fdt_status_text((enum fdt_status)j));
	assert_string_equal(fdt_status_text(FDT_STATUS_COUNT), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_properties_come_in_their_order_with_their_depth),
		cmocka_unit_test(a_copy_of_the_reader_keeps_its_own_position),
		cmocka_unit_test(looking_ahead_finds_only_properties_of_the_node_that_are_to_come),
		cmocka_unit_test(looking_ahead_stops_at_malformed_properties),
		cmocka_unit_test(node_names_match_up_to_their_unit_address),
		cmocka_unit_test(lists_of_strings_are_searched_entry_by_entry),
		cmocka_unit_test(reg_is_read_with_the_cell_counts_of_the_parent),
		cmocka_unit_test(numbers_of_more_than_64_bits_are_refused),
		cmocka_unit_test(reg_of_the_root_node_has_no_parent_to_be_read_with),
		cmocka_unit_test(reservations_are_counted_and_read),
		cmocka_unit_test(each_wrong_header_field_is_named),
		cmocka_unit_test(a_newer_version_that_is_compatible_is_read),
		cmocka_unit_test(a_blob_larger_than_the_reader_counts_is_refused),
		cmocka_unit_test(an_unaligned_or_short_blob_is_not_touched),
		cmocka_unit_test(a_reservation_map_without_end_is_refused),
		cmocka_unit_test(blocks_may_stand_in_any_order),
		cmocka_unit_test(strings_that_do_not_end_are_refused),
		cmocka_unit_test(each_misplaced_token_is_named_with_its_offset),
		cmocka_unit_test(nodes_must_have_names_that_end_and_the_root_none),
		cmocka_unit_test(properties_stand_within_a_node_and_before_its_children),
		cmocka_unit_test(properties_have_names_and_values_within_their_blocks),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(cell_counts_must_be_one_small_number),
		cmocka_unit_test(a_blob_cut_anywhere_is_refused),
		cmocka_unit_test(every_status_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
