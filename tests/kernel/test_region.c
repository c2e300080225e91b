/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * MemoryRegion: map, unmap, protect. The audit after each entry compares what page tables and the
 * cache of translations say with what the mappings say, page by page.
 */
#include "tests/kernel/preempt.h"
#include "tests/kernel/unit.h"

#define R RVX_RIGHT_READ
#define RW (RVX_RIGHT_READ | RVX_RIGHT_WRITE)
#define RX (RVX_RIGHT_READ | RVX_RIGHT_EXECUTE)
#define ADDRESS 0x10000000u
#define TOP ((uint64_t)1 << RVX_ADDRESS_BITS)

static struct actor actor;

static void build(uint32_t tables)
{
	const struct actor_options options = { .tables = tables };

	world_boot();
	actor = world_actor_with(&options);
}

static int64_t map_at(rvx_handle_t region, uint64_t address, uint64_t rights)
{
	return ROOT(RVX_SYS_REGION_MAP, 0, region, actor.partition_handle, address, rights);
}

static int64_t map(rvx_handle_t region, uint64_t rights)
{
	return map_at(region, ADDRESS, rights);
}

static int64_t unmap(rvx_handle_t region)
{
	return ROOT(RVX_SYS_REGION_UNMAP, 0, region);
}

static int64_t protect(rvx_handle_t region, uint64_t rights)
{
	return ROOT(RVX_SYS_REGION_PROTECT, 0, region, rights);
}

static rvx_handle_t region_of(uint64_t pages)
{
	return world_retype(RVX_OBJECT_REGION, pages);
}

static rvx_handle_t copy(rvx_handle_t region, uint64_t rights)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, region, 0, world_slot(), rights), RVX_OK);
	return world.root->frame.x[1];
}

static bool reaches(uint64_t address, uint32_t rights)
{
	uint32_t found;

	return host_translate(actor.partition, address, &found) != UINT64_MAX &&
	       (found & rights) == rights;
}

static void mapped_pages_are_reached_with_their_rights_and_no_others(void **state)
{
	rvx_handle_t region;

	(void)state;
	build(8);
	region = region_of(3);
	assert_false(reaches(ADDRESS, R));
	assert_int_equal(map(region, RW), RVX_OK);
	assert_true(reaches(ADDRESS, RW));
	assert_true(reaches(ADDRESS + 2 * RVX_PAGE_SIZE + 4095, RW));
	assert_false(reaches(ADDRESS, RVX_RIGHT_EXECUTE));
	assert_false(reaches(ADDRESS + 3 * RVX_PAGE_SIZE, R));
	assert_false(reaches(ADDRESS - 1, R));
	assert_int_equal(protect(region, R), RVX_OK);
	assert_false(reaches(ADDRESS, RVX_RIGHT_WRITE));
	assert_int_equal(unmap(region), RVX_OK);
	assert_false(reaches(ADDRESS, R));
	assert_int_equal(unmap(region), RVX_NOT_MAPPED);
	assert_int_equal(protect(region, R), RVX_NOT_MAPPED);
}

static void tables_come_back_with_the_last_page(void **state)
{
	rvx_handle_t first, second;
	uint32_t before;

	(void)state;
	build(8);
	before = actor.partition->tables_free;
	first = region_of(1);
	second = region_of(1);
	assert_int_equal(map(first, R), RVX_OK);
	assert_int_equal(map_at(second, ADDRESS + RVX_PAGE_SIZE, R), RVX_OK);
	assert_int_equal(actor.partition->tables_free, before - 2);
	assert_int_equal(unmap(first), RVX_OK);
	assert_int_equal(actor.partition->tables_free, before - 2);
	assert_int_equal(unmap(second), RVX_OK);
	assert_int_equal(actor.partition->tables_free, before);
}

/* Needs a root table entry's and a leaf table for each 2 MiB. */
static void map_fails_with_every_number_of_tables_but_enough(void **state)
{
	(void)state;
	for (uint32_t tables = 0; tables < 6; tables++) {
		const struct actor_options options = { .tables = tables };
		rvx_handle_t region;
		char *before, *after;

		world_boot();
		if (tables == 0) {
			rvx_handle_t bare = world_retype(RVX_OBJECT_PARTITION, 0);

			actor.partition = world_object(bare);
			actor.partition_handle = bare;
		} else {
			actor = world_actor_with(&options);
		}
		/* 2 MiB and a page at each end: three leaf tables, one middle one. */
		region = region_of(511);
		assert_true(world_switch_to(world.root));
		before = world_state();
		if (tables < 3) {
			assert_int_equal(map_at(region, ADDRESS + 0x1ff000, R), RVX_NO_TABLES);
			after = world_state();
			world_compare(before, after, "refused");
			free(after);
		} else {
			assert_int_equal(map_at(region, ADDRESS + 0x1ff000, R), RVX_OK);
			assert_int_equal(actor.partition->tables_free, tables - 3);
		}
		free(before);
	}
}

static void blocks_are_used_where_memory_and_address_allow(void **state)
{
	rvx_handle_t region;

	(void)state;
	build(8);
	region = region_of(1024 + 3);
	assert_int_equal(map_at(region, ADDRESS + RVX_PAGE_SIZE, RW), RVX_UNALIGNED);
	assert_int_equal(map(region, RW), RVX_OK);
	/* One middle table, and a leaf table for the three pages behind the blocks. */
	assert_int_equal(actor.partition->tables_free, 6);
	assert_int_equal(protect(region, R), RVX_OK);
	assert_int_equal(unmap(region), RVX_OK);
	assert_int_equal(actor.partition->tables_free, 8);
	assert_int_equal(map(region, RX), RVX_OK);
	assert_int_equal(actor.partition->tables_free, 4);
	assert_int_equal(unmap(region), RVX_OK);
}

static void executable_pages_are_made_visible_to_fetches(void **state)
{
	rvx_handle_t region, block;

	(void)state;
	build(8);
	region = region_of(40);
	block = region_of(512);
	assert_int_equal(map(region, R), RVX_OK);
	host.synced_bytes = 0;
	assert_int_equal(protect(region, RX), RVX_OK);
	assert_int_equal(host.synced_bytes, 40 * RVX_PAGE_SIZE);
	assert_int_equal(unmap(region), RVX_OK);
	host.synced_bytes = 0;
	assert_int_equal(map(region, RX), RVX_OK);
	assert_int_equal(host.synced_bytes, 40 * RVX_PAGE_SIZE);
	assert_int_equal(map_at(block, 0x20000000, R), RVX_OK);
	host.synced_bytes = 0;
	assert_int_equal(protect(block, RX), RVX_OK);
	assert_int_equal(host.synced_bytes, 512 * RVX_PAGE_SIZE);
}

static void region_is_writable_or_executable_in_the_whole_system(void **state)
{
	static const uint64_t kinds[] = { R, RW, RX };

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++) {
			bool conflict = (kinds[i] | kinds[j]) == (RW | RX);
			rvx_handle_t region, second;
			struct actor other;

			build(8);
			other = world_actor();
			region = region_of(2);
			second = copy(region, RVX_RIGHTS_ALL);
			assert_int_equal(map(region, kinds[i]), RVX_OK);
			assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, second, other.partition_handle,
					      ADDRESS, kinds[j]),
					 conflict ? RVX_WX_CONFLICT : RVX_OK);
			if (conflict) {
				/* One may become what it likes once the other is gone. */
				assert_int_equal(unmap(region), RVX_OK);
				assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, second,
						      other.partition_handle, ADDRESS, kinds[j]),
						 RVX_OK);
				continue;
			}
			for (int k = 0; k < 3; k++)
				assert_int_equal(protect(second, kinds[k]),
						 (kinds[i] | kinds[k]) == (RW | RX) ?
							 RVX_WX_CONFLICT :
							 RVX_OK);
		}
	}
}

static void own_mapping_may_change_from_writable_to_executable(void **state)
{
	rvx_handle_t region;

	(void)state;
	build(8);
	region = region_of(100);
	assert_int_equal(map(region, RW), RVX_OK);
	assert_int_equal(protect(region, RX), RVX_OK);
	assert_true(reaches(ADDRESS, RX));
	assert_false(reaches(ADDRESS, RVX_RIGHT_WRITE));
	assert_int_equal(protect(region, RW), RVX_OK);
	assert_false(reaches(ADDRESS, RVX_RIGHT_EXECUTE));
}

static void overlapping_maps_are_refused(void **state)
{
	rvx_handle_t region, other, block;

	(void)state;
	build(16);
	region = region_of(4);
	other = region_of(4);
	block = region_of(512);
	assert_int_equal(map(region, R), RVX_OK);
	for (int i = -3; i <= 3; i++)
		assert_int_equal(map_at(other, (uint64_t)(ADDRESS + i * (int)RVX_PAGE_SIZE), R),
				 RVX_OCCUPIED);
	assert_int_equal(map(block, R), RVX_OCCUPIED);
	assert_int_equal(map(block, RX), RVX_OCCUPIED);
	assert_int_equal(map_at(other, ADDRESS - 4 * RVX_PAGE_SIZE, R), RVX_OK);
	assert_int_equal(map_at(block, ADDRESS + RVX_BLOCK_SIZE, R), RVX_OK);
	assert_int_equal(unmap(other), RVX_OK);
	assert_int_equal(map_at(other, ADDRESS + RVX_BLOCK_SIZE + 8 * RVX_PAGE_SIZE, R),
			 RVX_OCCUPIED);
	assert_int_equal(map_at(other, ADDRESS + 2 * RVX_BLOCK_SIZE - RVX_PAGE_SIZE, R),
			 RVX_OCCUPIED);
}

static void addresses_are_checked(void **state)
{
	rvx_handle_t region;

	(void)state;
	build(8);
	region = region_of(2);
	assert_int_equal(map_at(region, ADDRESS + 1, R), RVX_UNALIGNED);
	assert_int_equal(map_at(region, TOP - RVX_PAGE_SIZE, R), RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(region, TOP, R), RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(region, (uint64_t)-4096, R), RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(region, (uint64_t)1 << 48, R), RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(region, TOP - 2 * RVX_PAGE_SIZE, R), RVX_OK);
	assert_true(reaches(TOP - 1, R));
	assert_int_equal(unmap(region), RVX_OK);
	assert_int_equal(map_at(region, 0, R), RVX_OK);
	assert_true(reaches(0, R));
}

static void rights_are_checked(void **state)
{
	rvx_handle_t region, weak, table, small;

	(void)state;
	build(8);
	region = region_of(1);
	for (uint64_t rights = 0; rights < 256; rights++) {
		if (rights != R && rights != RW && rights != RX)
			assert_int_equal(map(region, rights), RVX_BAD_ARGUMENT);
	}
	assert_int_equal(map(region, (uint64_t)1 << 32 | R), RVX_BAD_ARGUMENT);
	weak = copy(region, R);
	assert_int_equal(map(weak, RW), RVX_NO_RIGHT);
	assert_int_equal(map(weak, RX), RVX_NO_RIGHT);
	assert_int_equal(map(weak, R), RVX_OK);
	assert_int_equal(protect(weak, RW), RVX_NO_RIGHT);
	assert_int_equal(map(weak, R), RVX_ALREADY_MAPPED);
	table = world_give(&actor, actor.table_handle, R);
	small = world_give(&actor, region, R);
	assert_int_equal(CALL(actor.task, RVX_SYS_REGION_UNMAP, table, small), RVX_NO_RIGHT);
	assert_int_equal(
		ROOT(RVX_SYS_REGION_MAP, 0, actor.task_handle, actor.partition_handle, 0, R),
		RVX_WRONG_TYPE);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, region, region, 0, R), RVX_WRONG_TYPE);
}

static void log_and_telemetry_are_mapped_read_only(void **state)
{
	const rvx_handle_t log = RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1);
	const rvx_handle_t telemetry = RVX_HANDLE(RVX_BOOT_TELEMETRY, 1);

	(void)state;
	build(16);
	assert_int_equal(map(log, RW), RVX_NO_RIGHT);
	assert_int_equal(map(log, RX), RVX_NO_RIGHT);
	assert_int_equal(map(log, R), RVX_OK);
	assert_int_equal(protect(log, RW), RVX_NO_RIGHT);
	assert_int_equal(map_at(telemetry, 0x20000000, R), RVX_OK);
}

static void mapping_goes_with_its_capability(void **state)
{
	rvx_handle_t region, second, moved;

	(void)state;
	build(8);
	region = region_of(2);
	second = copy(region, RW);
	assert_int_equal(map(second, RW), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, second, actor.table_handle, 30), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, second, 0, world_slot()), RVX_OK);
	moved = world.root->frame.x[1];
	assert_true(reaches(ADDRESS, RW));
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, moved), RVX_OK);
	assert_false(reaches(ADDRESS, R));
	second = copy(region, RW);
	assert_int_equal(map(second, RW), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_OK);
	assert_false(reaches(ADDRESS, R));
}

/* In the middle of something. */

#define BEGIN(point, task, ...) \
	do { \
		assert_true(world_switch_to(task)); \
		host.interrupt_at_poll = host.polls + (point); \
		assert_int_equal(STEP(task, __VA_ARGS__), WORLD_RESTART); \
		world_interrupt(); \
	} while (0)
#define BEGIN_MAP(point, region, rights) \
	BEGIN(point, world.root, RVX_SYS_REGION_MAP, 0, region, actor.partition_handle, ADDRESS, \
	      rights)

static void map_under_way_keeps_other_maps_into_the_partition_waiting(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	build(16);
	region = region_of(300);
	other = region_of(1);
	BEGIN_MAP(1, region, RW);
	assert_int_equal(map_at(other, 0x30000000, R), RVX_BUSY);
	assert_int_equal(protect(region, R), RVX_BUSY);
	assert_int_equal(map(region, R), RVX_ALREADY_MAPPED);
	assert_int_equal(map(region, RW), RVX_OK);
	assert_int_equal(map_at(other, 0x30000000, R), RVX_OK);
}

static void map_under_way_can_be_unmapped(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	for (uint64_t point = 1; point < 5; point++) {
		build(16);
		region = region_of(300);
		other = region_of(1);
		BEGIN_MAP(point, region, RW);
		assert_int_equal(unmap(region), RVX_OK);
		assert_int_equal(actor.partition->tables_free, 16);
		assert_int_equal(map_at(other, ADDRESS, R), RVX_OK);
	}
}

static void map_under_way_can_be_deleted_moved_and_revoked(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		rvx_handle_t region, second;

		build(16);
		region = region_of(300);
		second = copy(region, RVX_RIGHTS_ALL);
		BEGIN_MAP(2, second, RW);
		if (how == 0) {
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, second), RVX_OK);
		} else if (how == 1) {
			assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_OK);
		} else {
			assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, second, 0, world_slot()), 0);
			second = world.root->frame.x[1];
			assert_int_equal(map(second, RW), RVX_OK);
			assert_int_equal(unmap(second), RVX_OK);
		}
		assert_int_equal(actor.partition->tables_free, 16);
		assert_int_equal(map(region, RX), RVX_OK);
	}
}

static void partition_can_be_destroyed_during_a_map(void **state)
{
	(void)state;
	for (int revoked = 0; revoked < 2; revoked++) {
		rvx_handle_t region;

		build(16);
		region = region_of(300);
		BEGIN_MAP(2, region, RW);
		if (revoked != 0)
			assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, world.untyped), RVX_OK);
		else
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actor.partition_handle),
					 RVX_OK);
		assert_int_equal(map(region, RW), RVX_STALE);
	}
}

static void partition_can_be_destroyed_during_an_unmap_or_protect(void **state)
{
	(void)state;
	for (int how = 0; how < 2; how++) {
		rvx_handle_t region;

		build(16);
		region = region_of(300);
		assert_int_equal(map(region, R), RVX_OK);
		if (how == 0)
			BEGIN(1, world.root, RVX_SYS_REGION_UNMAP, 0, region);
		else
			BEGIN(1, world.root, RVX_SYS_REGION_PROTECT, 0, region, RW);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actor.partition_handle), RVX_OK);
		assert_int_equal(unmap(region), RVX_NOT_MAPPED);
	}
}

static void change_under_way_counts_as_both(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	build(16);
	region = region_of(300);
	other = copy(region, RVX_RIGHTS_ALL);
	assert_int_equal(map(region, RW), RVX_OK);
	BEGIN(1, world.root, RVX_SYS_REGION_PROTECT, 0, region, R);
	assert_int_equal(map_at(other, 0x30000000, RX), RVX_WX_CONFLICT);
	assert_int_equal(protect(region, RX), RVX_BUSY);
	assert_int_equal(protect(region, R), RVX_OK);
	assert_int_equal(map_at(other, 0x30000000, RX), RVX_OK);
}

static void change_under_way_can_be_unmapped(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	build(16);
	region = region_of(300);
	other = copy(region, RVX_RIGHTS_ALL);
	assert_int_equal(map(region, RW), RVX_OK);
	BEGIN(2, world.root, RVX_SYS_REGION_PROTECT, 0, region, R);
	assert_int_equal(unmap(region), RVX_OK);
	assert_int_equal(map(other, RX), RVX_OK);
	assert_int_equal(protect(other, RW), RVX_OK);
}

static void unmap_under_way_is_finished_by_anybody(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	build(16);
	region = region_of(300);
	other = region_of(2);
	assert_int_equal(map(region, RW), RVX_OK);
	BEGIN(1, world.root, RVX_SYS_REGION_UNMAP, 0, region);
	assert_int_equal(map(region, RW), RVX_ALREADY_MAPPED);
	assert_int_equal(protect(region, R), RVX_BUSY);
	/* What is gone is gone: the end can be used again. */
	assert_int_equal(map_at(other, ADDRESS + 298 * RVX_PAGE_SIZE, R), RVX_OK);
	assert_int_equal(map_at(region_of(2), ADDRESS, R), RVX_OCCUPIED);
	assert_int_equal(unmap(region), RVX_OK);
	assert_true(reaches(ADDRESS + 298 * RVX_PAGE_SIZE, R));
}

/* Interrupted everywhere. */

static void scene_of(struct scene *scene, uint32_t number, uint64_t pages, uint64_t rights)
{
	rvx_handle_t region;

	build(16);
	region = region_of(pages);
	scene->task = world.root;
	scene->number = number;
	memset(scene->x, 0, sizeof(scene->x));
	scene->x[1] = region;
	if (number == RVX_SYS_REGION_MAP) {
		scene->x[2] = actor.partition_handle;
		scene->x[3] = ADDRESS;
		scene->x[4] = rights;
	} else {
		assert_int_equal(map(region, rights), RVX_OK);
	}
}

static void map_of_pages(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_MAP, 500, RW);
}

static void map_of_blocks(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_MAP, 1024 + 130, RW);
}

static void map_of_code(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_MAP, 600, RX);
}

static void unmap_of_pages(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_UNMAP, 500, RW);
}

static void unmap_of_blocks(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_UNMAP, 1024 + 130, R);
}

static void protect_of_pages(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_PROTECT, 500, RW);
	scene->x[2] = R;
}

static void protect_of_blocks(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_PROTECT, 1024 + 130, RW);
	scene->x[2] = R;
}

static void protect_of_blocks_to_code(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_PROTECT, 1024 + 130, RW);
	scene->x[2] = RX;
}

static void protect_of_code(struct scene *scene)
{
	scene_of(scene, RVX_SYS_REGION_PROTECT, 600, RX);
	scene->x[2] = RW;
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
	{ .name = "map_of_pages_is_the_same_however_interrupted", .build = map_of_pages },
	{ .name = "map_of_blocks_is_the_same_however_interrupted", .build = map_of_blocks },
	{ .name = "map_of_code_is_the_same_however_interrupted", .build = map_of_code },
	{ .name = "unmap_of_pages_is_the_same_however_interrupted", .build = unmap_of_pages },
	{ .name = "unmap_of_blocks_is_the_same_however_interrupted", .build = unmap_of_blocks },
	{ .name = "protect_of_pages_is_the_same_however_interrupted", .build = protect_of_pages },
	{ .name = "protect_of_blocks_is_the_same_however_interrupted", .build = protect_of_blocks },
	{ .name = "protect_of_blocks_to_code_is_the_same_however_interrupted",
	  .build = protect_of_blocks_to_code },
	{ .name = "protect_of_code_is_the_same_however_interrupted", .build = protect_of_code },
};
#define SCENE_COUNT (sizeof(scenes) / sizeof(scenes[0]))

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mapped_pages_are_reached_with_their_rights_and_no_others),
	cmocka_unit_test(tables_come_back_with_the_last_page),
	cmocka_unit_test(map_fails_with_every_number_of_tables_but_enough),
	cmocka_unit_test(blocks_are_used_where_memory_and_address_allow),
	cmocka_unit_test(executable_pages_are_made_visible_to_fetches),
	cmocka_unit_test(region_is_writable_or_executable_in_the_whole_system),
	cmocka_unit_test(own_mapping_may_change_from_writable_to_executable),
	cmocka_unit_test(overlapping_maps_are_refused),
	cmocka_unit_test(addresses_are_checked),
	cmocka_unit_test(rights_are_checked),
	cmocka_unit_test(log_and_telemetry_are_mapped_read_only),
	cmocka_unit_test(mapping_goes_with_its_capability),
	cmocka_unit_test(map_under_way_keeps_other_maps_into_the_partition_waiting),
	cmocka_unit_test(map_under_way_can_be_unmapped),
	cmocka_unit_test(map_under_way_can_be_deleted_moved_and_revoked),
	cmocka_unit_test(partition_can_be_destroyed_during_a_map),
	cmocka_unit_test(partition_can_be_destroyed_during_an_unmap_or_protect),
	cmocka_unit_test(change_under_way_counts_as_both),
	cmocka_unit_test(change_under_way_can_be_unmapped),
	cmocka_unit_test(unmap_under_way_is_finished_by_anybody),
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
