/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Untyped: placing, cleaning, taking back; what retype makes and refuses. The audit after each
 * entry sees objects that overlap, and memory that counts as clean and is not.
 */
#include "tests/kernel/preempt.h"
#include "tests/kernel/unit.h"

#include "kernel/retype.h"

static int64_t retype(rvx_handle_t untyped, uint64_t type, uint64_t size, uint64_t slot)
{
	return ROOT(RVX_SYS_UNTYPED_RETYPE, untyped, type, size, 0, slot);
}

static const struct untyped *state_of(rvx_handle_t handle)
{
	return &world_capability(handle)->u.untyped;
}

static bool all_zero(const void *memory, uint64_t size)
{
	const char *at = memory;

	return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}

static void region_is_zero(rvx_handle_t handle)
{
	const struct region *region = world_object(handle);

	assert_true(all_zero((const void *)(uintptr_t)region->base, region->pages * RVX_PAGE_SIZE));
}

static void soil(rvx_handle_t handle)
{
	const struct region *region = world_object(handle);

	memset((void *)(uintptr_t)region->base, 0xee, region->pages * RVX_PAGE_SIZE);
}

static void memory_handed_out_is_zero_the_first_time_and_again(void **state)
{
	rvx_handle_t untyped;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 18);
	for (int round = 0; round < 3; round++) {
		for (uint64_t pages = 1; pages < 9; pages++) {
			rvx_handle_t region = world_retype_from(untyped, RVX_OBJECT_REGION, pages);

			region_is_zero(region);
			soil(region);
		}
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, untyped), RVX_OK);
	}
}

static void memory_of_a_nested_untyped_is_zero_too(void **state)
{
	rvx_handle_t outer, inner, region;

	(void)state;
	world_boot();
	outer = world_retype(RVX_OBJECT_UNTYPED, 18);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, outer, 0x10000), RVX_OK);
		inner = world_retype_from(outer, RVX_OBJECT_UNTYPED, 16);
		/* What was clean in the outer one is known to be so in the inner one. */
		host.zeroed_bytes = 0;
		region = world_retype_from(inner, RVX_OBJECT_REGION, 4);
		assert_true(host.zeroed_bytes <= 4096);
		region_is_zero(region);
		soil(region);
		region = world_retype_from(outer, RVX_OBJECT_REGION, 20);
		region_is_zero(region);
		soil(region);
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, outer), RVX_OK);
	}
}

static void clean_memory_is_not_cleaned_again(void **state)
{
	rvx_handle_t untyped;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 18);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, 16 * RVX_PAGE_SIZE), RVX_OK);
	host.zeroed_bytes = 0;
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 16);
	/* The header takes from the other end, a page ahead. */
	assert_true(host.zeroed_bytes <= RVX_PAGE_SIZE);
	host.zeroed_bytes = 0;
	for (int i = 0; i < 10; i++)
		(void)world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	assert_int_equal(host.zeroed_bytes, 0);
}

static void clean_refuses_more_than_there_is(void **state)
{
	rvx_handle_t untyped;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 14);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, 16385), RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, UINT64_MAX), RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, (uint64_t)1 << 38), RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, 16384), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, untyped, 0), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_CLEAN, RVX_HANDLE(RVX_BOOT_TASK, 1), 0),
			 RVX_WRONG_TYPE);
}

/*
 * A region that blocks can map is aligned to 2 MiB: before it lies a gap. Whoever gets the gap after
 * the call was abandoned halfway must not get it dirty.
 */
static void gap_before_an_aligned_region_is_not_taken_for_clean(void **state)
{
	rvx_handle_t untyped, region;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 23);
	assert_true(world_switch_to(world.root));
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	host.interrupt_at_poll = host.polls + 300;
	assert_int_equal(STEP(world.root, RVX_SYS_UNTYPED_RETYPE, untyped, RVX_OBJECT_REGION, 512,
			      0, world_slot()),
			 WORLD_RESTART);
	world_interrupt();
	region = world_retype_from(untyped, RVX_OBJECT_REGION, 100);
	region_is_zero(region);
}

static void small_things_come_from_above_and_pages_from_below(void **state)
{
	rvx_handle_t untyped;
	uint64_t base, size = 1 << 16;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 16);
	base = (uintptr_t)world_capability(untyped)->object;
	for (uint64_t i = 1; i <= 3; i++) {
		const struct region *region =
			world_object(world_retype_from(untyped, RVX_OBJECT_REGION, 1));

		assert_int_equal(region->base, base + (i - 1) * RVX_PAGE_SIZE);
		assert_int_equal((uintptr_t)region, base + size - i * RVX_REGION_HEADER_SIZE);
	}
	assert_int_equal(state_of(untyped)->low * 64, 3 * RVX_PAGE_SIZE);
	assert_int_equal(state_of(untyped)->high * 64, size - 3 * 64);
}

/* Every byte is used: 15 pages and what small things take of the sixteenth. */
static void untyped_is_used_to_the_last_byte(void **state)
{
	rvx_handle_t untyped;
	uint64_t headers = 15 * RVX_REGION_HEADER_SIZE;
	uint64_t edges = (RVX_PAGE_SIZE - headers) / RVX_EDGE_SIZE;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 16);
	for (int i = 0; i < 15; i++)
		(void)world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	assert_int_equal(retype(untyped, RVX_OBJECT_REGION, 1, world.next_slot), RVX_NO_MEMORY);
	for (uint64_t i = 0; i < edges; i++)
		(void)world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	assert_int_equal(retype(untyped, RVX_OBJECT_EDGE, 0, world.next_slot), RVX_NO_MEMORY);
	assert_int_equal((state_of(untyped)->high - state_of(untyped)->low) * 64,
			 RVX_PAGE_SIZE - headers - edges * RVX_EDGE_SIZE);
}

/* Of everything as many fit as the sizes say, and the next one is refused with nothing changed. */
static void every_type_fails_when_memory_is_used_up(void **state)
{
	static const struct {
		uint64_t type, size, bytes;
	} things[] = {
		{ RVX_OBJECT_UNTYPED, 12, 4096 },
		{ RVX_OBJECT_CAPTABLE, 4, RVX_CAPTABLE_SIZE(4) },
		{ RVX_OBJECT_CAPTABLE, 6, RVX_CAPTABLE_SIZE(6) },
		{ RVX_OBJECT_PARTITION, 0, RVX_PARTITION_SIZE(0) },
		{ RVX_OBJECT_PARTITION, 3, RVX_PARTITION_SIZE(3) },
		{ RVX_OBJECT_TASK, 0, RVX_TASK_SIZE },
		{ RVX_OBJECT_EDGE, 0, RVX_EDGE_SIZE },
		{ RVX_OBJECT_LEASE, 0, RVX_LEASE_SIZE },
		{ RVX_OBJECT_REGION, 2, 2 * 4096 + RVX_REGION_HEADER_SIZE },
	};

	(void)state;
	for (size_t t = 0; t < sizeof(things) / sizeof(things[0]); t++) {
		rvx_handle_t untyped;
		uint64_t fit = 0x10000 / things[t].bytes;
		char *before, *after;

		world_boot();
		untyped = world_retype(RVX_OBJECT_UNTYPED, 16);
		for (uint64_t i = 0; i < fit; i++)
			(void)world_retype_from(untyped, things[t].type, things[t].size);
		before = world_state();
		assert_int_equal(retype(untyped, things[t].type, things[t].size, world.next_slot),
				 RVX_NO_MEMORY);
		after = world_state();
		world_compare(before, after, "refused");
		free(before);
		free(after);
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, untyped), RVX_OK);
		(void)world_retype_from(untyped, RVX_OBJECT_UNTYPED, 16);
	}
}

static void sizes_and_types_are_checked(void **state)
{
	static const struct {
		uint64_t type, size;
		int64_t status;
	} wrong[] = {
		{ RVX_OBJECT_NONE, 0, RVX_BAD_ARGUMENT },
		{ RVX_OBJECT_TELEMETRY, 0, RVX_BAD_ARGUMENT },
		{ RVX_OBJECT_WITNESS_LOG, 0, RVX_BAD_ARGUMENT },
		{ RVX_OBJECT_MACHINE, 0, RVX_BAD_ARGUMENT },
		{ 6, 0, RVX_BAD_ARGUMENT },
		{ 8, 0, RVX_BAD_ARGUMENT },
		{ 13, 0, RVX_BAD_ARGUMENT },
		{ (uint64_t)1 << 32 | RVX_OBJECT_EDGE, 0, RVX_BAD_ARGUMENT },
		{ UINT64_MAX, 0, RVX_BAD_ARGUMENT },
		{ RVX_OBJECT_UNTYPED, 11, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_UNTYPED, 39, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_UNTYPED, 64, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_UNTYPED, (uint64_t)1 << 32 | 12, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_UNTYPED, 38, RVX_NO_MEMORY },
		{ RVX_OBJECT_CAPTABLE, 3, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_CAPTABLE, 17, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_CAPTABLE, (uint64_t)1 << 32 | 4, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_PARTITION, 513, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_PARTITION, UINT64_MAX, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_REGION, 0, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_REGION, ((uint64_t)1 << 18) + 1, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_REGION, (uint64_t)1 << 52, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_REGION, (uint64_t)1 << 18, RVX_NO_MEMORY },
		{ RVX_OBJECT_TASK, 1, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_LEASE, 1, RVX_OUT_OF_RANGE },
		{ RVX_OBJECT_EDGE, 1, RVX_OUT_OF_RANGE },
	};
	char *before, *after;

	(void)state;
	world_boot();
	before = world_state();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(retype(world.untyped, wrong[i].type, wrong[i].size, 900),
				 wrong[i].status);
	assert_int_equal(retype(world.untyped, RVX_OBJECT_EDGE, 0, 0), RVX_OUT_OF_RANGE);
	assert_int_equal(retype(world.untyped, RVX_OBJECT_EDGE, 0, 1024), RVX_OUT_OF_RANGE);
	assert_int_equal(retype(world.untyped, RVX_OBJECT_EDGE, 0, (uint64_t)1 << 32 | 900),
			 RVX_OUT_OF_RANGE);
	assert_int_equal(retype(world.untyped, RVX_OBJECT_EDGE, 0, RVX_BOOT_TASK), RVX_OCCUPIED);
	assert_int_equal(retype(RVX_HANDLE(RVX_BOOT_TASK, 1), RVX_OBJECT_EDGE, 0, 900),
			 RVX_WRONG_TYPE);
	after = world_state();
	world_compare(before, after, "refused");
	free(before);
	free(after);
}

static void untyped_nests_eight_deep(void **state)
{
	rvx_handle_t at;

	(void)state;
	world_boot();
	at = world.untyped;
	for (uint64_t i = 1; i <= RVX_UNTYPED_NESTING_MAX; i++)
		at = world_retype_from(at, RVX_OBJECT_UNTYPED, 22 - i);
	assert_int_equal(retype(at, RVX_OBJECT_UNTYPED, 12, 900), RVX_DEPTH_EXCEEDED);
	(void)world_retype_from(at, RVX_OBJECT_EDGE, 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, world.untyped), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 9);
}

static void region_that_blocks_can_map_is_aligned(void **state)
{
	const struct region *region;
	rvx_handle_t untyped;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 22);
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	region = world_object(world_retype_from(untyped, RVX_OBJECT_REGION, 511));
	assert_int_equal(region->base % RVX_BLOCK_SIZE, RVX_PAGE_SIZE);
	assert_int_equal(retype(untyped, RVX_OBJECT_REGION, 512, 900), RVX_NO_MEMORY);
	untyped = world_retype(RVX_OBJECT_UNTYPED, 23);
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	region = world_object(world_retype_from(untyped, RVX_OBJECT_REGION, 512));
	assert_int_equal(region->base % RVX_BLOCK_SIZE, 0);
}

static void memory_comes_back_only_when_the_last_child_goes(void **state)
{
	rvx_handle_t untyped, children[2];

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 12);
	for (int i = 0; i < 2; i++)
		children[i] = world_retype_from(untyped, RVX_OBJECT_TASK, 0);
	assert_int_equal(retype(untyped, RVX_OBJECT_TASK, 0, 900), RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, children[0]), RVX_OK);
	assert_int_equal(retype(untyped, RVX_OBJECT_TASK, 0, 900), RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, children[1]), RVX_OK);
	assert_int_equal(retype(untyped, RVX_OBJECT_TASK, 0, 900), RVX_OK);
}

static void object_ids_are_never_used_again(void **state)
{
	rvx_handle_t untyped, edge;
	uint64_t first;

	(void)state;
	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 12);
	edge = world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	first = capability_object_id(world_capability(edge));
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, untyped), RVX_OK);
	edge = world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	assert_int_equal((uint32_t)first, (uint32_t)capability_object_id(world_capability(edge)));
	assert_true(first != capability_object_id(world_capability(edge)));
}

static void telemetry_places_run_out(void **state)
{
	rvx_handle_t captable;
	uint64_t made = 0, slot = 1;
	char *before, *after;

	(void)state;
	world_boot();
	world.checks = false;
	captable = world_retype(RVX_OBJECT_CAPTABLE, 11);
	while (ROOT(RVX_SYS_UNTYPED_RETYPE, world.untyped, RVX_OBJECT_EDGE, 0, captable, slot) ==
	       RVX_OK) {
		made++;
		slot++;
	}
	assert_int_equal(made, CONFIG_EDGES_MAX);
	world.checks = true;
	before = world_state();
	assert_int_equal(
		ROOT(RVX_SYS_UNTYPED_RETYPE, world.untyped, RVX_OBJECT_EDGE, 0, captable, slot),
		RVX_LIMIT);
	after = world_state();
	world_compare(before, after, "refused");
	free(before);
	free(after);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, captable, RVX_HANDLE(500, 1)), RVX_OK);
	assert_int_equal(
		ROOT(RVX_SYS_UNTYPED_RETYPE, world.untyped, RVX_OBJECT_EDGE, 0, captable, slot),
		RVX_OK);
}

/* Interrupted everywhere. */

static void scene_of(struct scene *scene, uint64_t type, uint64_t size)
{
	rvx_handle_t untyped;

	world_boot();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 20);
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	scene->task = world.root;
	scene->number = RVX_SYS_UNTYPED_RETYPE;
	memset(scene->x, 0, sizeof(scene->x));
	scene->x[0] = untyped;
	scene->x[1] = type;
	scene->x[2] = size;
	scene->x[4] = world_slot();
}

static void retype_of_a_region(struct scene *scene)
{
	scene_of(scene, RVX_OBJECT_REGION, 50);
}

static void retype_of_a_partition(struct scene *scene)
{
	scene_of(scene, RVX_OBJECT_PARTITION, 30);
}

static void retype_of_a_table(struct scene *scene)
{
	scene_of(scene, RVX_OBJECT_CAPTABLE, 11);
}

static void clean_of_much(struct scene *scene)
{
	scene_of(scene, 0, 0);
	scene->number = RVX_SYS_UNTYPED_CLEAN;
	scene->x[1] = 60 * RVX_PAGE_SIZE;
	scene->x[4] = 0;
}

static void it_succeeded(const struct scene *scene)
{
	assert_int_equal(scene->status, RVX_OK);
}

static void interrupted_everywhere(void **state)
{
	struct scene *scene = *state;

	assert_true(preempt_everywhere(scene) > 0);
}

static struct scene scenes[] = {
	{ .name = "retype_of_a_region_is_the_same_however_interrupted",
	  .build = retype_of_a_region },
	{ .name = "retype_of_a_partition_is_the_same_however_interrupted",
	  .build = retype_of_a_partition },
	{ .name = "retype_of_a_table_is_the_same_however_interrupted", .build = retype_of_a_table },
	{ .name = "clean_is_the_same_however_interrupted", .build = clean_of_much },
};
#define SCENE_COUNT (sizeof(scenes) / sizeof(scenes[0]))

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(memory_handed_out_is_zero_the_first_time_and_again),
	cmocka_unit_test(memory_of_a_nested_untyped_is_zero_too),
	cmocka_unit_test(clean_memory_is_not_cleaned_again),
	cmocka_unit_test(clean_refuses_more_than_there_is),
	cmocka_unit_test(gap_before_an_aligned_region_is_not_taken_for_clean),
	cmocka_unit_test(small_things_come_from_above_and_pages_from_below),
	cmocka_unit_test(untyped_is_used_to_the_last_byte),
	cmocka_unit_test(every_type_fails_when_memory_is_used_up),
	cmocka_unit_test(sizes_and_types_are_checked),
	cmocka_unit_test(untyped_nests_eight_deep),
	cmocka_unit_test(region_that_blocks_can_map_is_aligned),
	cmocka_unit_test(memory_comes_back_only_when_the_last_child_goes),
	cmocka_unit_test(object_ids_are_never_used_again),
	cmocka_unit_test(telemetry_places_run_out),
};
#define TEST_COUNT (sizeof(tests) / sizeof(tests[0]))

int main(void)
{
	struct CMUnitTest all[TEST_COUNT + SCENE_COUNT];

	memcpy(all, tests, sizeof(tests));
	for (size_t i = 0; i < SCENE_COUNT; i++) {
		scenes[i].check = it_succeeded;
		all[TEST_COUNT + i] = (struct CMUnitTest){ scenes[i].name, interrupted_everywhere,
							   NULL, NULL, &scenes[i] };
	}
	return unit_run(all);
}
