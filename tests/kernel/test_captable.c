/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CapTable: handles and generations, rights, copies, badges, moves. */
#include "tests/kernel/unit.h"

#define ALL RVX_RIGHTS_ALL
#define DERIVING (RVX_RIGHT_GRANT | RVX_RIGHT_GRANT_ONCE)

static rvx_handle_t region(void)
{
	return world_retype(RVX_OBJECT_REGION, 1);
}

static int64_t copy_to(rvx_handle_t source, uint64_t slot, uint64_t rights)
{
	return ROOT(RVX_SYS_CAP_COPY, 0, source, 0, slot, rights);
}

static rvx_handle_t copy(rvx_handle_t source, uint64_t rights)
{
	assert_int_equal(copy_to(source, world_slot(), rights), RVX_OK);
	return world.root->frame.x[1];
}

static enum rvx_status find(rvx_handle_t handle)
{
	struct capability *capability;

	return captable_find(world.root->table, handle, &capability);
}

static void handle_is_checked_by_slot_and_generation(void **state)
{
	rvx_handle_t handle;

	(void)state;
	world_boot();
	handle = region();
	assert_int_equal(find(0), RVX_INVALID_HANDLE);
	assert_int_equal(find(RVX_HANDLE(0, 1)), RVX_INVALID_HANDLE);
	assert_int_equal(find(RVX_HANDLE(1024, 1)), RVX_INVALID_HANDLE);
	assert_int_equal(find(RVX_HANDLE(UINT32_MAX, 1)), RVX_INVALID_HANDLE);
	assert_int_equal(find(RVX_HANDLE(1000, 1)), RVX_INVALID_HANDLE);
	assert_int_equal(find(handle), RVX_OK);
	assert_int_equal(find(handle + ((uint64_t)1 << 32)), RVX_STALE);
	assert_int_equal(find((uint32_t)handle), RVX_STALE);
	assert_int_equal(find(handle | (uint64_t)1 << 63), RVX_STALE);
}

static void reused_slot_makes_old_handles_stale(void **state)
{
	rvx_handle_t handle, second;
	uint32_t slot;

	(void)state;
	world_boot();
	handle = copy(region(), 1);
	slot = RVX_HANDLE_SLOT(handle);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, handle), RVX_OK);
	assert_int_equal(find(handle), RVX_STALE);
	assert_int_equal(find(RVX_HANDLE(slot, 2)), RVX_STALE);
	assert_int_equal(copy_to(RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), slot, 1), RVX_OK);
	second = world.root->frame.x[1];
	assert_int_equal(second, RVX_HANDLE(slot, 2));
	assert_int_equal(find(handle), RVX_STALE);
	assert_int_equal(find(second), RVX_OK);
}

static void slot_whose_generation_is_used_up_is_retired(void **state)
{
	rvx_handle_t handle;
	struct capability *slot;

	(void)state;
	world_boot();
	handle = copy(region(), 1);
	slot = world_capability(handle);
	slot->generation = RVX_GENERATION_MAX - 1;
	handle = RVX_HANDLE(slot->index, RVX_GENERATION_MAX - 1);
	assert_int_equal(find(handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, handle), RVX_OK);
	assert_int_equal(copy_to(RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), slot->index, 1), RVX_OCCUPIED);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, region(), 0, slot->index), RVX_OCCUPIED);
	assert_int_equal(
		ROOT(RVX_SYS_UNTYPED_RETYPE, world.untyped, RVX_OBJECT_EDGE, 0, 0, slot->index),
		RVX_OCCUPIED);
	assert_int_equal(find(RVX_HANDLE(slot->index, RVX_GENERATION_MAX)), RVX_STALE);
}

static void derivation_only_removes_rights(void **state)
{
	rvx_handle_t master;

	(void)state;
	world_boot();
	master = region();
	for (uint64_t have = 0; have < 128; have++) {
		rvx_handle_t source = copy(master, have), derived;

		for (uint64_t want = 0; want < 128; want += 5) {
			uint64_t expected = have & want;

			if ((have & DERIVING) == 0) {
				assert_int_equal(copy_to(source, 1000, want), RVX_NO_RIGHT);
				continue;
			}
			if ((have & RVX_RIGHT_GRANT) == 0)
				expected &= ~(uint64_t)DERIVING;
			assert_int_equal(copy_to(source, 1000, want), RVX_OK);
			derived = world.root->frame.x[1];
			assert_int_equal(capability_rights(world_capability(derived)), expected);
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, derived), RVX_OK);
		}
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, source), RVX_OK);
		world.next_slot--;
	}
	assert_int_equal(copy_to(master, 1000, 128), RVX_BAD_ARGUMENT);
	assert_int_equal(copy_to(master, 1000, UINT64_MAX), RVX_BAD_ARGUMENT);
}

static void derivation_goes_eight_deep(void **state)
{
	rvx_handle_t at;

	(void)state;
	world_boot();
	at = region();
	for (uint32_t i = 1; i <= RVX_DERIVATION_DEPTH_MAX; i++) {
		at = copy(at, ALL);
		assert_int_equal(world_capability(at)->depth, i);
	}
	assert_int_equal(copy_to(at, 1000, ALL), RVX_DEPTH_EXCEEDED);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, at, 0, 1000), RVX_OK);
	assert_int_equal(copy_to(world.root->frame.x[1], 1001, ALL), RVX_DEPTH_EXCEEDED);
}

static void untyped_is_not_derived(void **state)
{
	(void)state;
	world_boot();
	assert_int_equal(copy_to(world.untyped, 1000, ALL), RVX_NOT_DERIVABLE);
}

static void mint_sets_badge_and_end_where_it_may(void **state)
{
	rvx_handle_t edge, task, derived;

	(void)state;
	world_boot();
	edge = world_retype(RVX_OBJECT_EDGE, 0);
	task = world_retype(RVX_OBJECT_TASK, 0);
#define MINT(source, badge, end) ROOT(RVX_SYS_CAP_MINT, 0, source, 0, world_slot(), ALL, badge, end)
	assert_int_equal(MINT(edge, 77, 1), RVX_OK);
	derived = world.root->frame.x[1];
	assert_int_equal(world_capability(derived)->u.binding.badge, 77);
	assert_int_equal(capability_end(world_capability(derived)), 1);
	/* From what is not the master, no other end; the badge may change. */
	assert_int_equal(MINT(derived, 78, 0), RVX_NO_RIGHT);
	assert_int_equal(MINT(derived, 79, 1), RVX_OK);
	assert_int_equal(world_capability(world.root->frame.x[1])->u.binding.badge, 79);
	/* A copy keeps both. */
	derived = copy(derived, ALL);
	assert_int_equal(world_capability(derived)->u.binding.badge, 77);
	assert_int_equal(capability_end(world_capability(derived)), 1);
	assert_int_equal(MINT(task, 5, 0), RVX_OK);
	assert_int_equal(MINT(task, 5, 1), RVX_BAD_ARGUMENT);
	assert_int_equal(MINT(edge, 5, 2), RVX_BAD_ARGUMENT);
	assert_int_equal(MINT(edge, (uint64_t)1 << 63, 0), RVX_BAD_ARGUMENT);
	assert_int_equal(MINT(edge, ((uint64_t)1 << 63) - 1, 0), RVX_OK);
	assert_int_equal(MINT(region(), 5, 0), RVX_WRONG_TYPE);
#undef MINT
}

static void copy_of_a_bound_capability_is_not_bound(void **state)
{
	struct actor a, b;
	struct link link;
	rvx_handle_t second;

	(void)state;
	world_boot();
	a = world_actor();
	b = world_actor();
	link = world_link(&a, &b);
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, link.from, 0, 30, ALL), RVX_OK);
	second = a.task->frame.x[1];
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_DELETE, 0, second), RVX_OK);
	assert_int_equal(a.task->end_count, 1);
	assert_int_equal(CALL(a.task, RVX_SYS_EDGE_SIGNAL, link.from, 1), RVX_OK);
}

static void copy_of_a_mapped_capability_maps_nothing(void **state)
{
	struct actor a;
	rvx_handle_t handle, second;

	(void)state;
	world_boot();
	a = world_actor();
	handle = region();
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, handle, a.partition_handle, 0, 1), RVX_OK);
	second = copy(handle, ALL);
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, second), RVX_NOT_MAPPED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, second), RVX_OK);
}

static void move_takes_everything_along(void **state)
{
	rvx_handle_t master, child, moved;

	(void)state;
	world_boot();
	master = region();
	child = copy(master, ALL);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, 0, 1000), RVX_OK);
	moved = world.root->frame.x[1];
	assert_int_equal(find(master), RVX_STALE);
	assert_true(capability_is_master(world_capability(moved)));
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, moved), RVX_HAS_CHILDREN);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, moved), RVX_OK);
	assert_int_equal(find(child), RVX_STALE);
}

static void move_to_another_table_needs_grant(void **state)
{
	rvx_handle_t table, master, weak;

	(void)state;
	world_boot();
	table = world_retype(RVX_OBJECT_CAPTABLE, 4);
	master = region();
	weak = copy(master, ALL & ~RVX_RIGHT_GRANT);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, weak, table, 3), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, weak, 0, 1000), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, table, 3), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, table, world.root->frame.x[1], 0, 1001), RVX_OK);
}

static void moves_to_slots_that_are_not_free_are_refused(void **state)
{
	rvx_handle_t master;

	(void)state;
	world_boot();
	master = region();
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, 0, RVX_HANDLE_SLOT(master)),
			 RVX_OCCUPIED);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, 0, 0), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, 0, 1024), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, master, 0, (uint64_t)1 << 32 | 900),
			 RVX_OUT_OF_RANGE);
	assert_int_equal(find(master), RVX_OK);
}

static void tables_are_reached_by_their_rights(void **state)
{
	struct actor a;
	rvx_handle_t inside;

	(void)state;
	world_boot();
	a = world_actor();
	inside = world_give(&a, region(), ALL);
	for (uint64_t rights = 0; rights < 4; rights++) {
		bool reads = (rights & RVX_RIGHT_READ) != 0;
		bool writes = (rights & RVX_RIGHT_WRITE) != 0;
		rvx_handle_t table = copy(a.table_handle, rights);

		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, table, inside, 0, 1000, 1),
				 reads ? RVX_OK : RVX_NO_RIGHT);
		if (reads)
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, world.root->frame.x[1]), 0);
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, a.task_handle, table, 50, 1),
				 writes ? RVX_OK : RVX_NO_RIGHT);
		if (writes)
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, table, world.root->frame.x[1]),
					 RVX_OK);
		assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, table, 1),
				 reads ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, table, inside, a.table_handle, 51),
				 reads && writes ? RVX_OK : RVX_NO_RIGHT);
		if (reads && writes)
			assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, a.table_handle,
					      world.root->frame.x[1], a.table_handle, 52),
					 RVX_OK);
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, table, inside), !writes ? RVX_NO_RIGHT :
									  reads	  ? RVX_STALE :
										    RVX_OK);
	}
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, a.task_handle, inside, 0, 1000, 1), RVX_WRONG_TYPE);
}

static void every_slot_of_a_table_can_be_filled_and_no_more(void **state)
{
	rvx_handle_t table, master;

	(void)state;
	world_boot();
	table = world_retype(RVX_OBJECT_CAPTABLE, 4);
	master = region();
	for (uint64_t slot = 1; slot < 16; slot++)
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, slot, 1), RVX_OK);
	for (uint64_t slot = 1; slot < 16; slot++)
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, slot, 1), RVX_OCCUPIED);
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, 16, 1), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, 0, 1), RVX_OUT_OF_RANGE);
}

static void largest_table_is_usable_at_its_end(void **state)
{
	rvx_handle_t table, master;

	(void)state;
	world_boot();
	table = world_retype(RVX_OBJECT_CAPTABLE, 16);
	master = region();
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, 65535, 1), RVX_OK);
	assert_int_equal(world.root->frame.x[1], RVX_HANDLE(65535, 1));
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, master, table, 65536, 1), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, table), RVX_OK);
}

static void describe_tells_what_is_in_a_slot(void **state)
{
	struct actor a;
	rvx_handle_t master, derived;
	const uint64_t *x;

	(void)state;
	world_boot();
	a = world_actor();
	x = world.root->frame.x;
	master = world_retype(RVX_OBJECT_REGION, 7);
	derived = copy(master, 3);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, derived, a.partition_handle, 0x5000, 3), 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, RVX_HANDLE_SLOT(derived)), RVX_OK);
	assert_int_equal(x[1], derived);
	assert_int_equal(x[2], RVX_OBJECT_REGION | 1u << 16 | 3u << 24);
	assert_int_equal(x[3], capability_object_id(world_capability(master)));
	assert_int_equal(x[4], 0);
	assert_int_equal(x[5], RVX_MAPPING(a.partition->number, 0x5000, 3));
	assert_int_equal(x[6], 7);
	assert_int_equal(x[7], 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, RVX_HANDLE_SLOT(a.task_handle)), RVX_OK);
	assert_int_equal(x[2], RVX_OBJECT_TASK | RVX_STATE_MASTER | 0x7fu << 24);
	assert_int_equal(x[6], object_id(&a.partition->object));
	assert_int_equal(x[7], object_id(&a.table->object));
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, 1000), RVX_NOTHING);
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, 0), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, 1024), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, 0, UINT64_MAX), RVX_OUT_OF_RANGE);
	/* Of every capability there is, without harm. */
	for (uint64_t slot = 1; slot < 1024; slot++)
		(void)ROOT(RVX_SYS_CAP_DESCRIBE, 0, slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handle_is_checked_by_slot_and_generation),
		cmocka_unit_test(reused_slot_makes_old_handles_stale),
		cmocka_unit_test(slot_whose_generation_is_used_up_is_retired),
		cmocka_unit_test(derivation_only_removes_rights),
		cmocka_unit_test(derivation_goes_eight_deep),
		cmocka_unit_test(untyped_is_not_derived),
		cmocka_unit_test(mint_sets_badge_and_end_where_it_may),
		cmocka_unit_test(copy_of_a_bound_capability_is_not_bound),
		cmocka_unit_test(copy_of_a_mapped_capability_maps_nothing),
		cmocka_unit_test(move_takes_everything_along),
		cmocka_unit_test(move_to_another_table_needs_grant),
		cmocka_unit_test(moves_to_slots_that_are_not_free_are_refused),
		cmocka_unit_test(tables_are_reached_by_their_rights),
		cmocka_unit_test(every_slot_of_a_table_can_be_filled_and_no_more),
		cmocka_unit_test(largest_table_is_usable_at_its_end),
		cmocka_unit_test(describe_tells_what_is_in_a_slot),
	};

	return unit_run(tests);
}
