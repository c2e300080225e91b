/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The state that replay came to against the one that the kernel reports. */
#include "tests/audit/stage.h"

#include "tools/audit/state.h"

#define ENTRIES_MAX 64u

/* What the kernel reports; tests change it before they compare. */
static struct rvx_state_entry kernel[ENTRIES_MAX];
static size_t kernel_count;
static struct state ours;
static struct state_comparison comparison;

static int setup(void **state)
{
	struct state copy;

	if (stage_setup(state) != 0)
		return -1;
	state_of_world(&copy, stage.world);
	kernel_count = copy.count;
	assert_true(kernel_count <= ENTRIES_MAX);
	memcpy(kernel, copy.entries, kernel_count * sizeof(kernel[0]));
	state_fini(&copy);
	return 0;
}

static void compare(size_t size)
{
	struct bytes bytes = { .data = (const uint8_t *)kernel, .size = size };

	state_of_world(&ours, stage.world);
	state_compare(&comparison, &ours, stage.world, bytes);
}

static void done(void)
{
	state_comparison_fini(&comparison);
	state_fini(&ours);
}

static void check_differences(size_t count)
{
	compare(kernel_count * sizeof(kernel[0]));
	assert_null(comparison.fault);
	assert_int_equal(comparison.difference_count, count);
	done();
}

static void check_fault(size_t size, const char *fault, size_t offset)
{
	compare(size);
	assert_non_null(comparison.fault);
	assert_string_equal(comparison.fault, fault);
	assert_int_equal(comparison.fault_offset, offset);
	done();
}

static const struct rvx_state_entry *entry_at(uint32_t table, uint32_t slot)
{
	for (size_t i = 0; i < kernel_count; i++) {
		if (RVX_PLACE_TABLE(kernel[i].place) == table &&
		    RVX_PLACE_SLOT(kernel[i].place) == slot)
			return &kernel[i];
	}
	fail_msg("nothing at table %u slot %u", table, slot);
	return NULL;
}

static void entries_tell_all_that_is_known(void **state)
{
	const struct rvx_state_entry *entry = entry_at(0, 1);

	(void)state;
	assert_int_equal(kernel_count, STAGE_SERIALS - 1);
	assert_int_equal(entry->object, id_of(UNTYPED));
	assert_int_equal(entry->type, RVX_OBJECT_UNTYPED | RVX_STATE_MASTER);
	assert_int_equal(entry->detail[0], 22);
	entry = entry_at(TABLE, 2);
	assert_int_equal(entry->type, RVX_OBJECT_PARTITION | RVX_STATE_MASTER | 1 << 16);
	assert_int_equal(entry->detail[0], 1 << 16 | 1);
	assert_int_equal(entry->detail[1], RVX_PARTITION_RUNNING);
	entry = entry_at(TABLE, 3);
	assert_int_equal(entry->detail[0], id_of(PARTITION));
	assert_int_equal(entry->detail[1], id_of(TABLE));
	assert_int_equal(entry_at(TABLE, 9)->detail[0], 4);
	assert_int_equal(entry_at(TABLE, 11)->detail[0], 4);
	assert_int_equal(entry_at(TABLE, 5)->detail[0], 0);
	assert_int_equal(RVX_PLACE_LOW(entry_at(TABLE, 5)->place), 0x0d);
}

static void the_order_of_the_report_does_not_matter(void **state)
{
	(void)state;
	check_differences(0);
	for (size_t i = 0; i < kernel_count / 2; i++) {
		struct rvx_state_entry swap = kernel[i];

		kernel[i] = kernel[kernel_count - 1 - i];
		kernel[kernel_count - 1 - i] = swap;
	}
	check_differences(0);
}

static void every_difference_is_found(void **state)
{
	(void)state;
	kernel[3].object++;
	check_differences(1);
	kernel[4].mapping = 1;
	kernel[5].detail[1]++;
	check_differences(3);
	kernel[6].place += (uint64_t)1 << 16 << 8; /* another slot: one less, one more */
	check_differences(5);
	kernel_count -= 1;
	check_differences(6);
	kernel_count = 0;
	check_differences(STAGE_SERIALS - 1);
}

static void both_sides_of_a_difference_are_told(void **state)
{
	(void)state;
	kernel[0].place ^= 1;
	compare(kernel_count * sizeof(kernel[0]));
	assert_int_equal(comparison.difference_count, 1);
	assert_int_equal(comparison.differences[0].log->place ^ 1,
			 comparison.differences[0].kernel->place);
	done();
	compare((kernel_count - 1) * sizeof(kernel[0]));
	assert_int_equal(comparison.difference_count, 2);
	assert_null(comparison.differences[1].kernel);
	done();
}

static void a_report_that_makes_no_sense_is_refused(void **state)
{
	const size_t size = kernel_count * sizeof(kernel[0]);

	(void)state;
	check_fault(size - 1, "the last entry is cut off", size - sizeof(kernel[0]));
	kernel[kernel_count] = kernel[2];
	check_fault(size + sizeof(kernel[0]), "two entries have one place",
		    size + sizeof(kernel[0]));
	kernel[1].reserved[1] = 1;
	check_fault(size, "the entry has bits that mean nothing", sizeof(kernel[0]));
	kernel[1].reserved[1] = 0;
	kernel[1].type |= (uint64_t)1 << 40;
	check_fault(size, "the entry has bits that mean nothing", sizeof(kernel[0]));
	kernel[1].type = RVX_OBJECT_TYPE_COUNT;
	check_fault(size, "the entry's type is unknown", sizeof(kernel[0]));
	memset(&kernel[kernel_count], 0, sizeof(kernel[0]));
	kernel[1] = kernel[0];
	kernel[1].place += (uint64_t)99 << 16;
	check_fault(size + sizeof(kernel[0]), "the entry's type is unknown", size);
}

static void what_is_being_removed_may_be_there_or_not(void **state)
{
	(void)state;
	/* The report is of after the begin record: TABLE_2 and what lies in it go. */
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), IN_2(1, 0), AT(9, 0));
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, RVX_WITNESS_BEGIN, ROOT, id_of(TABLE_2), AT(11, 0),
		0);
	for (size_t i = 0; i < kernel_count; i++) {
		if (kernel[i].object == id_of(REGION))
			kernel[i].place = IN_2(1, RVX_PLACE_LOW(kernel[i].place));
	}
	check_differences(0);
	for (size_t i = 0; i < kernel_count; i++) {
		if (kernel[i].object == id_of(REGION))
			kernel[i] = kernel[--kernel_count];
	}
	check_differences(0);
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, RVX_WITNESS_END, ROOT, id_of(TABLE_2), AT(11, 0), 1);
	check_differences(1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(entries_tell_all_that_is_known),
		TEST(the_order_of_the_report_does_not_matter),
		TEST(every_difference_is_found),
		TEST(both_sides_of_a_difference_are_told),
		TEST(a_report_that_makes_no_sense_is_refused),
		TEST(what_is_being_removed_may_be_there_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
