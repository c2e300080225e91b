/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The reader of the compiled manifest on blobs that the test builds: a whole one, and the same
 * with a property missing, of another size or out of range, or with a node too many or too few.
 */
#include "tests/lib/check.h"

#include "libruvix/manifest.h"
#include "tests/lib/fdt_builder.h"

static struct build build;

/* The property to leave out or to give another value, in one node; NULL: none. */
struct damage {
	const char *node;
	const char *property;
	const void *value;
	uint32_t size;
};

static const struct damage no_damage;
static const struct damage *damage;
static const char *node;

static void add(const char *name, const void *value, uint32_t size)
{
	if (damage->node == NULL || strcmp(damage->node, node) != 0 ||
	    strcmp(damage->property, name) != 0)
		build_property(&build, name, value, size);
	else if (damage->value != NULL)
		build_property(&build, name, damage->value, damage->size);
}

static void add_numbers(const char *name, uint32_t count, const uint64_t *numbers)
{
	uint8_t value[64];
	uint32_t i;

	for (i = 0; i < count; i++)
		put_be64(value + (size_t)i * 8, numbers[i]);
	add(name, value, 8 * count);
}

static void add_number(const char *name, uint64_t number)
{
	add_numbers(name, 1, &number);
}

static void add_string(const char *name, const char *text)
{
	add(name, text, (uint32_t)strlen(text) + 1);
}

static void begin(const char *name)
{
	node = name;
	build_begin(&build, name);
}

static void add_partition(const char *name, bool is_root)
{
	static const uint8_t hash[MANIFEST_HASH_SIZE] = { 1, 2, 3 };

	begin(name);
	/* Properties of a later tool, and nodes in nodes, are passed over. */
	add_string("unknown", "x");
	add_string("label", is_root ? "controld" : "agent");
	add_string("image", is_root ? "controld" : "agent.elf");
	add_number("window", is_root ? 1 : 7);
	if (!is_root) {
		add_number("image-size", 12345);
		add("image-hash", hash, sizeof(hash));
		add_number("tables", 16);
		add_number("credits", 64);
		add_number("stack", 16384);
		add_number("slots", 512);
		add_number("memory", 65536);
		add_number("console", 1);
		add_number("core", 7);
		add_number("on-fault", 1);
		add_number("mode", 1);
		add_number("budget-ns", 100);
		add_number("period-ns", 300);
		add_number("deadline-ns", 200);
		add_number("passive", 1);
		add_number("hard", 0);
	}
	build_begin(&build, is_root ? "inner" : "region@0");
	build_string(&build, "label", "wrong");
	build_end(&build);
	build_end(&build);
}

/* Build a whole manifest but for the damage; what `extra` names is there once more. */
static uint8_t *make(const struct damage *wanted, const char *extra, size_t *size)
{
	static const uint64_t abi[] = { 3, 14 }, holders[] = { 1, 3, 0, 1 };
	static const uint64_t ends[] = { 0, 1 }, rights[] = { 3, 1 }, badges[] = { 11, 12 };
	int i;

	memset(&build, 0, sizeof(build));
	damage = wanted;
	begin("");
	add_number("format", 1);
	add_numbers("abi", 2, abi);
	add_string("label", "system");
	add_number("partition-count", 2);
	add_number("region-count", 1);
	add_number("edge-count", 1);
	begin("later-kind@0");
	build_end(&build);
	add_partition("partition@0", true);
	add_partition("partition@1", false);
	if (strcmp(extra, "partition") == 0)
		add_partition("partition@2", false);
	for (i = 0; i < 1 + (strcmp(extra, "region") == 0); i++) {
		begin("region@0");
		add_string("label", "ring");
		add_number("size", 4096);
		add_numbers("holders", 4, holders);
		build_end(&build);
	}
	for (i = 0; i < 1 + (strcmp(extra, "edge") == 0); i++) {
		begin("edge@0");
		add_string("label", "a_to_b");
		add_numbers("ends", 2, ends);
		add_numbers("rights", 2, rights);
		add_numbers("badges", 2, badges);
		build_end(&build);
	}
	build_end(&build);
	build_token(&build, 9);
	return build_finish(&build, size);
}

/* Read to the end or to the first mistake. */
static enum manifest_status read_all(struct manifest *manifest, const uint8_t *blob, size_t size)
{
	struct manifest_partition partition;
	struct manifest_region region;
	struct manifest_edge edge;
	enum manifest_status status = manifest_init(manifest, blob, size);

	if (status != MANIFEST_OK)
		return status;
	do {
		status = manifest_next_partition(manifest, &partition);
	} while (status == MANIFEST_OK);
	if (status != MANIFEST_END)
		return status;
	do {
		status = manifest_next_region(manifest, &region);
	} while (status == MANIFEST_OK);
	if (status != MANIFEST_END)
		return status;
	do {
		status = manifest_next_edge(manifest, &edge);
	} while (status == MANIFEST_OK);
	return status;
}

static void a_manifest_is_read_with_everything_in_it(void **state)
{
	struct manifest manifest;
	struct manifest_partition partition;
	struct manifest_region region;
	struct manifest_edge edge;
	uint64_t holder, rights;
	size_t size;
	uint8_t *blob = make(&no_damage, "", &size);

	(void)state;
	assert_int_equal(manifest_init(&manifest, blob, size), MANIFEST_OK);
	assert_string_equal(manifest.label, "system");
	assert_int_equal(manifest.abi_major, 3);
	assert_int_equal(manifest.abi_minor, 14);
	assert_int_equal(manifest.partition_count, 2);
	assert_int_equal(manifest.region_count, 1);
	assert_int_equal(manifest.edge_count, 1);

	assert_int_equal(manifest_next_partition(&manifest, &partition), MANIFEST_OK);
	assert_int_equal(partition.index, 0);
	assert_string_equal(partition.label, "controld");
	assert_int_equal(partition.window, 1);
	assert_null(partition.image_hash);
	assert_int_equal(manifest_next_partition(&manifest, &partition), MANIFEST_OK);
	assert_int_equal(partition.index, 1);
	assert_string_equal(partition.label, "agent");
	assert_string_equal(partition.image, "agent.elf");
	assert_int_equal(partition.window, 7);
	assert_int_equal(partition.image_size, 12345);
	assert_memory_equal(partition.image_hash, "\1\2\3\0", 4);
	assert_int_equal(partition.tables, 16);
	assert_int_equal(partition.credits, 64);
	assert_int_equal(partition.stack, 16384);
	assert_int_equal(partition.slots, 512);
	assert_int_equal(partition.memory, 65536);
	assert_true(partition.console);
	assert_int_equal(partition.core, 7);
	assert_int_equal(partition.on_fault, MANIFEST_STEP);
	assert_int_equal(partition.mode, MANIFEST_REFLEX);
	assert_int_equal(partition.budget_ns, 100);
	assert_int_equal(partition.period_ns, 300);
	assert_int_equal(partition.deadline_ns, 200);
	assert_true(partition.passive);
	assert_false(partition.hard);
	assert_int_equal(manifest_next_partition(&manifest, &partition), MANIFEST_END);
	assert_int_equal(manifest_next_partition(&manifest, &partition), MANIFEST_END);

	assert_int_equal(manifest_next_region(&manifest, &region), MANIFEST_OK);
	assert_string_equal(region.label, "ring");
	assert_int_equal(region.size, 4096);
	assert_int_equal(region.holder_count, 2);
	manifest_region_holder(&region, 0, &holder, &rights);
	assert_int_equal(holder, 1);
	assert_int_equal(rights, 3);
	manifest_region_holder(&region, 1, &holder, &rights);
	assert_int_equal(holder, 0);
	assert_int_equal(rights, 1);
	assert_int_equal(manifest_next_region(&manifest, &region), MANIFEST_END);

	assert_int_equal(manifest_next_edge(&manifest, &edge), MANIFEST_OK);
	assert_string_equal(edge.label, "a_to_b");
	assert_int_equal(edge.ends[0], 0);
	assert_int_equal(edge.ends[1], 1);
	assert_int_equal(edge.rights[0], 3);
	assert_int_equal(edge.rights[1], 1);
	assert_int_equal(edge.badges[0], 11);
	assert_int_equal(edge.badges[1], 12);
	assert_int_equal(manifest_next_edge(&manifest, &edge), MANIFEST_END);
	assert_int_equal(manifest_next_edge(&manifest, &edge), MANIFEST_END);
	free(blob);
}

struct expectation {
	const char *node;
	const char *property;
};

static const struct expectation required[] = {
	{ "", "format" },
	{ "", "abi" },
	{ "", "label" },
	{ "", "partition-count" },
	{ "", "region-count" },
	{ "", "edge-count" },
	{ "partition@0", "label" },
	{ "partition@0", "image" },
	{ "partition@0", "window" },
	{ "partition@1", "label" },
	{ "partition@1", "image" },
	{ "partition@1", "window" },
	{ "partition@1", "tables" },
	{ "partition@1", "image-size" },
	{ "partition@1", "credits" },
	{ "partition@1", "stack" },
	{ "partition@1", "slots" },
	{ "partition@1", "console" },
	{ "partition@1", "on-fault" },
	{ "partition@1", "mode" },
	{ "partition@1", "budget-ns" },
	{ "partition@1", "hard" },
	{ "partition@1", "period-ns" },
	{ "partition@1", "passive" },
	{ "partition@1", "deadline-ns" },
	{ "region@0", "label" },
	{ "region@0", "size" },
	{ "region@0", "holders" },
	{ "edge@0", "label" },
	{ "edge@0", "ends" },
	{ "edge@0", "rights" },
	{ "edge@0", "badges" },
};

#define REQUIRED_COUNT (sizeof(required) / sizeof(required[0]))

static void expect_damage(const struct damage *wanted, enum manifest_status expected)
{
	struct manifest manifest;
	size_t size;
	uint8_t *blob = make(wanted, "", &size);
	const enum manifest_status status = read_all(&manifest, blob, size);

	if (status != expected)
		print_error("%s of %s\n", wanted->property, wanted->node);
	assert_string_equal(manifest_status_text(status), manifest_status_text(expected));
	if (expected != MANIFEST_END) {
		assert_string_equal(manifest.property, wanted->property);
		/* At the start of the node's properties. */
		assert_int_equal(manifest.fdt.error_offset, manifest.fdt.offset);
		assert_int_equal(get_be32(blob + manifest.fdt.error_offset), 3);
	}
	free(blob);
}

static void each_required_property_is_missed_by_name(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < REQUIRED_COUNT; i++) {
		const struct damage missing = { required[i].node, required[i].property, NULL, 0 };

		expect_damage(&missing, MANIFEST_MISSING);
	}
}

static void each_value_must_have_its_size(void **state)
{
	size_t i;

	(void)state;
	/* 9 bytes without a NUL are neither a number, nor numbers, nor a string. */
	for (i = 0; i < REQUIRED_COUNT; i++) {
		const struct damage odd = { required[i].node, required[i].property, "123456789",
					    9 };

		expect_damage(&odd, MANIFEST_BAD_VALUE);
	}
}

static void a_program_may_have_no_hash_but_not_half_of_one(void **state)
{
	static const struct damage missing = { "partition@1", "image-hash", NULL, 0 };
	static const struct damage half = { "partition@1", "image-hash", "0123456789abcdef", 16 };

	(void)state;
	expect_damage(&missing, MANIFEST_END);
	expect_damage(&half, MANIFEST_BAD_VALUE);
}

static void a_partition_may_have_no_memory_of_its_own(void **state)
{
	static const struct damage missing = { "partition@1", "memory", NULL, 0 };
	static const struct damage short_one = { "partition@1", "memory", "1234", 4 };

	(void)state;
	expect_damage(&missing, MANIFEST_END);
	expect_damage(&short_one, MANIFEST_BAD_VALUE);
}

static void numbers_out_of_range_are_refused(void **state)
{
	static const struct damage damages[] = {
		{ "", "partition-count", "\0\0\0\0\0\1\0\1", 8 },
		{ "", "region-count", "\0\0\0\0\0\1\0\1", 8 },
		{ "", "edge-count", "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
		{ "partition@1", "mode", "\0\0\0\0\0\0\0\2", 8 },
		{ "partition@1", "hard", "\0\0\0\0\0\0\0\2", 8 },
		{ "partition@1", "console", "\0\0\0\0\0\0\0\2", 8 },
		{ "partition@1", "core", "\0\0\0\0\0\0\0\10", 8 },
		{ "partition@1", "on-fault", "\0\0\0\0\0\0\0\3", 8 },
		{ "partition@1", "passive", "\1\0\0\0\0\0\0\1", 8 },
		{ "region@0", "holders", "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1", 16 },
		{ "region@0", "holders", "\0\0\0\0\0\0\0\1", 8 },
		{ "region@0", "holders",
		  "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1", 32 },
		{ "edge@0", "ends", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16 },
		{ "edge@0", "ends", "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0", 16 },
	};
	static const struct damage two = { "", "format", "\0\0\0\0\0\0\0\2", 8 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		expect_damage(&damages[i], MANIFEST_BAD_VALUE);
	expect_damage(&two, MANIFEST_BAD_FORMAT);
}

static void nodes_are_as_many_as_the_root_says(void **state)
{
	static const struct damage more[] = {
		{ "", "partition-count", "\0\0\0\0\0\0\0\3", 8 },
		{ "", "region-count", "\0\0\0\0\0\0\0\2", 8 },
		{ "", "edge-count", "\0\0\0\0\0\0\0\2", 8 },
	};
	static const char *const kinds[] = { "partition", "region", "edge" };
	struct manifest manifest;
	uint8_t *blob;
	size_t size, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		blob = make(&more[i], "", &size);
		assert_int_equal(read_all(&manifest, blob, size), MANIFEST_BAD_COUNT);
		assert_string_equal(manifest.property, kinds[i]);
		free(blob);
		blob = make(&no_damage, kinds[i], &size);
		assert_int_equal(read_all(&manifest, blob, size), MANIFEST_BAD_COUNT);
		assert_string_equal(manifest.property, kinds[i]);
		free(blob);
	}
}

static void a_kind_read_before_its_turn_is_not_skipped(void **state)
{
	struct manifest manifest;
	struct manifest_edge edge;
	size_t size;
	uint8_t *blob = make(&no_damage, "", &size);

	(void)state;
	assert_int_equal(manifest_init(&manifest, blob, size), MANIFEST_OK);
	assert_int_equal(manifest_next_edge(&manifest, &edge), MANIFEST_BAD_COUNT);
	free(blob);
}

static void a_malformed_tree_is_told_apart_from_a_wrong_manifest(void **state)
{
	struct manifest manifest;
	size_t size, cut;
	uint8_t *blob = make(&no_damage, "", &size);

	(void)state;
	for (cut = 0; cut < size; cut += 8) {
		uint8_t *part = malloc(cut + (cut == 0));

		memcpy(part, blob, cut);
		assert_int_equal(read_all(&manifest, part, cut), MANIFEST_MALFORMED);
		assert_int_not_equal(manifest.fdt_status, FDT_OK);
		free(part);
	}
	/* A token that does not exist, in the middle. */
	put_be32(blob + get_be32(blob + FIELD_STRUCTURE_OFFSET) +
			 get_be32(blob + FIELD_STRUCTURE_SIZE) - 12,
		 77);
	assert_int_equal(read_all(&manifest, blob, size), MANIFEST_MALFORMED);
	assert_int_equal(manifest.fdt_status, FDT_BAD_TOKEN);
	free(blob);
}

static void every_status_has_a_text_of_its_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < MANIFEST_STATUS_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(manifest_status_text((enum manifest_status)i),
						manifest_status_text((enum manifest_status)j));
	assert_string_equal(manifest_status_text(MANIFEST_STATUS_COUNT), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_is_read_with_everything_in_it),
		cmocka_unit_test(each_required_property_is_missed_by_name),
		cmocka_unit_test(each_value_must_have_its_size),
		cmocka_unit_test(a_program_may_have_no_hash_but_not_half_of_one),
		cmocka_unit_test(a_partition_may_have_no_memory_of_its_own),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(nodes_are_as_many_as_the_root_says),
		cmocka_unit_test(a_kind_read_before_its_turn_is_not_skipped),
		cmocka_unit_test(a_malformed_tree_is_told_apart_from_a_wrong_manifest),
		cmocka_unit_test(every_status_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
