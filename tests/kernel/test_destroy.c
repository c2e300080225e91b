/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Delete and revoke: every shape of what they take apart, and an interrupt at every point where
 * they can stop.
 */
#include "tests/kernel/preempt.h"
#include "tests/kernel/unit.h"

#define SMALL_TABLE 4
#define UNTYPED_64K 16

static void call_of(struct scene *scene, uint32_t number, rvx_handle_t table, rvx_handle_t handle)
{
	scene->task = world.root;
	scene->number = number;
	memset(scene->x, 0, sizeof(scene->x));
	scene->x[0] = table;
	scene->x[1] = handle;
}

static rvx_handle_t copy_in(rvx_handle_t table, rvx_handle_t source, uint32_t slot)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, RVX_TABLE_OWN, source, table, slot, RVX_RIGHTS_ALL),
			 RVX_OK);
	return world.root->frame.x[1];
}

static rvx_handle_t move_in(rvx_handle_t table, rvx_handle_t source, uint32_t slot)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, RVX_TABLE_OWN, source, table, slot), RVX_OK);
	return world.root->frame.x[1];
}

static void revoke(rvx_handle_t handle)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, handle), RVX_OK);
}

/* All memory comes back: an Untyped whose children are gone makes one object of its whole size. */
static void is_whole(rvx_handle_t untyped)
{
	uint64_t log2 = world_capability(untyped)->u.untyped.size_log2;
	rvx_handle_t whole = world_retype_from(untyped, RVX_OBJECT_UNTYPED, log2);

	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, whole), RVX_OK);
	world.next_slot--;
}

/* Shapes: each leaves handles[0], an Untyped from which everything was made. */

static void wide(struct scene *scene)
{
	rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, UNTYPED_64K);
	rvx_handle_t region = world_retype_from(untyped, RVX_OBJECT_REGION, 1);

	for (int i = 0; i < 70; i++)
		copy_in(RVX_TABLE_OWN, region, world_slot());
	scene->handles[0] = untyped;
	scene->handles[1] = region;
}

static void revoke_wide(struct scene *scene)
{
	wide(scene);
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[1]);
}

static void chain(struct scene *scene)
{
	rvx_handle_t at = world_retype(RVX_OBJECT_REGION, 2);

	scene->handles[0] = at;
	for (uint32_t i = 0; i < RVX_DERIVATION_DEPTH_MAX; i++) {
		at = copy_in(RVX_TABLE_OWN, at, world_slot());
		copy_in(RVX_TABLE_OWN, scene->handles[0], world_slot());
	}
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[0]);
}

/* One of everything, used: tasks in partitions with edges, mappings and a supervisor. */
static void a_system(struct scene *scene)
{
	rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 20);
	const struct actor_options options = { .untyped = untyped, .tables = 4 };
	const struct actor_options passive = { .untyped = untyped,
					       .tables = 4,
					       .flags = RVX_SCHEDULE_PASSIVE };
	struct actor a = world_actor_with(&options), b = world_actor_with(&passive);
	struct link link = world_link(&a, &b), self = world_link(&a, &a);
	rvx_handle_t region = world_retype_from(untyped, RVX_OBJECT_REGION, 130);
	rvx_handle_t copy = copy_in(a.table_handle, region, a.next_slot++);

	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, b.task_handle, a.task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, RVX_TABLE_OWN, region, a.partition_handle,
			      0x10000000, RVX_RIGHT_READ | RVX_RIGHT_WRITE),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, a.table_handle, copy, b.partition_handle,
			      0x10000000, RVX_RIGHT_READ),
			 RVX_OK);
	assert_int_equal(CALL(b.task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
	assert_int_equal(CALL(a.task, RVX_SYS_EDGE_SIGNAL, self.from, 1), RVX_OK);
	assert_int_equal(CALL(a.task, RVX_SYS_EDGE_CALL, link.from, 5), WORLD_BLOCKED);
	scene->handles[0] = untyped;
	scene->handles[1] = link.edge;
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, untyped);
}

static void nested_untypeds(struct scene *scene)
{
	rvx_handle_t at = world_retype(RVX_OBJECT_UNTYPED, 21);

	scene->handles[0] = at;
	for (uint64_t size = 20; size > 13; size--) {
		world_retype_from(at, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
		world_retype_from(at, RVX_OBJECT_TASK, 0);
		at = world_retype_from(at, RVX_OBJECT_UNTYPED, size);
	}
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[0]);
}

/* Tables in tables: each holds the next one's master, the last holds a region and a copy. */
static rvx_handle_t table_chain(rvx_handle_t untyped, uint32_t length)
{
	rvx_handle_t inner = 0;

	for (uint32_t i = 0; i < length; i++) {
		rvx_handle_t table = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);

		if (inner != 0)
			move_in(table, inner, 3);
		else
			move_in(table, world_retype_from(untyped, RVX_OBJECT_REGION, 1), 5);
		copy_in(table, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), 7);
		inner = table;
	}
	return inner;
}

static void delete_table_chain(struct scene *scene)
{
	scene->handles[0] = world_retype(RVX_OBJECT_UNTYPED, 18);
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, table_chain(scene->handles[0], 9));
}

static void revoke_table_chain(struct scene *scene)
{
	scene->handles[0] = world_retype(RVX_OBJECT_UNTYPED, 18);
	(void)table_chain(scene->handles[0], 9);
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[0]);
}

/* Three tables, each of which holds the master of the next: nobody outside holds any. */
static void circle(struct scene *scene)
{
	rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 18);
	rvx_handle_t tables[3], copies[3];

	for (int i = 0; i < 3; i++) {
		tables[i] = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
		copies[i] = copy_in(RVX_TABLE_OWN, tables[i], world_slot());
	}
	for (int i = 0; i < 3; i++)
		copy_in(copies[i], tables[(i + 2) % 3], 9);
	for (int i = 0; i < 3; i++)
		move_in(copies[i], tables[(i + 1) % 3], 4);
	scene->handles[0] = untyped;
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, untyped);
}

/* A table that holds its own master, and a copy. */
static void own_master(struct scene *scene)
{
	rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 18);
	rvx_handle_t table = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
	rvx_handle_t copy = copy_in(RVX_TABLE_OWN, table, world_slot());

	copy_in(copy, table, 9);
	move_in(copy, table, 2);
	scene->handles[0] = untyped;
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, untyped);
}

/* A table of an Untyped that holds the Untyped. `before`: something older in the parent. */
static void untyped_in_itself(struct scene *scene, bool sibling)
{
	rvx_handle_t parent = world_retype(RVX_OBJECT_UNTYPED, 19), untyped, table, copy;

	untyped = world_retype_from(parent, RVX_OBJECT_UNTYPED, UNTYPED_64K);
	if (sibling)
		(void)world_retype_from(parent, RVX_OBJECT_UNTYPED, UNTYPED_64K);
	table = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
	(void)world_retype_from(untyped, RVX_OBJECT_REGION, 2);
	copy = copy_in(RVX_TABLE_OWN, table, world_slot());
	scene->handles[0] = parent;
	scene->handles[1] = copy;
	scene->handles[2] = move_in(copy, untyped, 6);
}

static void revoke_parent_of_untyped_in_itself(struct scene *scene)
{
	untyped_in_itself(scene, false);
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[0]);
}

static void revoke_parent_of_untyped_in_itself_and_sibling(struct scene *scene)
{
	untyped_in_itself(scene, true);
	call_of(scene, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, scene->handles[0]);
}

static void revoke_untyped_in_itself(struct scene *scene)
{
	untyped_in_itself(scene, true);
	call_of(scene, RVX_SYS_CAP_REVOKE, scene->handles[1], scene->handles[2]);
}

/* The table at the end of a chain holds the Untyped all of them were made from. */
static void untyped_deep_in_itself(struct scene *scene)
{
	rvx_handle_t parent = world_retype(RVX_OBJECT_UNTYPED, 19);
	rvx_handle_t first = world_retype_from(parent, RVX_OBJECT_UNTYPED, 13);
	rvx_handle_t untyped = world_retype_from(parent, RVX_OBJECT_UNTYPED, UNTYPED_64K);
	rvx_handle_t last = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
	rvx_handle_t middle = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, SMALL_TABLE);
	rvx_handle_t outer = world_retype_from(parent, RVX_OBJECT_CAPTABLE, SMALL_TABLE);

	(void)first;
	move_in(last, untyped, 1);
	move_in(middle, last, 1);
	move_in(outer, middle, 1);
	scene->handles[0] = parent;
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, outer);
}

/* The caller's own table, task and partition are made from what it revokes. */
static void caller_in_it(struct scene *scene)
{
	rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 19);
	const struct actor_options options = { .untyped = untyped, .tables = 4 };
	struct actor a = world_actor_with(&options), b = world_actor_with(&options);

	scene->handles[0] = untyped;
	scene->handles[1] = world_give(&a, b.task_handle, RVX_RIGHTS_ALL);
	world_give(&b, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), RVX_RIGHTS_ALL);
	/* Into the root's table through a table of the caller's. */
	scene->handles[2] = world_give(&a, RVX_HANDLE(RVX_BOOT_CAPTABLE, 1), RVX_RIGHTS_ALL);
	call_of(scene, RVX_SYS_CAP_REVOKE, scene->handles[2], untyped);
	scene->task = a.task;
}

static void delete_partition(struct scene *scene)
{
	const struct actor_options options = { .tables = 16 };
	struct actor a = world_actor_with(&options);
	const struct actor_options mate = { .mate = &a };

	for (int i = 0; i < 4; i++)
		(void)world_actor_with(&mate);
	for (uint64_t i = 0; i < 3; i++) {
		rvx_handle_t region = world_retype(RVX_OBJECT_REGION, 150);

		assert_int_equal(ROOT(RVX_SYS_REGION_MAP, RVX_TABLE_OWN, region, a.partition_handle,
				      0x10000000 + 0x400000 * i, RVX_RIGHT_READ),
				 RVX_OK);
	}
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, a.partition_handle);
}

static void delete_big_table(struct scene *scene)
{
	rvx_handle_t table = world_retype(RVX_OBJECT_CAPTABLE, 9);

	copy_in(table, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), 1);
	copy_in(table, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), 300);
	copy_in(table, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), 511);
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, table);
}

static void delete_supervisor_of_many(struct scene *scene)
{
	struct actor boss = world_actor();

	for (int i = 0; i < 60; i++) {
		rvx_handle_t task = world_retype(RVX_OBJECT_TASK, 0);

		assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, task, boss.task_handle), RVX_OK);
	}
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, boss.task_handle);
}

static void delete_mapped(struct scene *scene)
{
	struct actor a = world_actor();
	rvx_handle_t region = world_retype(RVX_OBJECT_REGION, 300);

	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, RVX_TABLE_OWN, region, a.partition_handle,
			      0x10000000, RVX_RIGHT_READ),
			 RVX_OK);
	call_of(scene, RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, region);
}

static void children_are_gone(const struct scene *scene)
{
	if (scene->status == RVX_OK)
		assert_false(capability_has_children(world_capability(scene->handles[0])));
}

static void all_memory_is_back(const struct scene *scene)
{
	assert_int_equal(scene->status, RVX_OK);
	children_are_gone(scene);
	is_whole(scene->handles[0]);
}

static void it_succeeded(const struct scene *scene)
{
	assert_int_equal(scene->status, RVX_OK);
}

/* Whoever holds the parent can finish what nobody is left to finish. */
static void the_parent_can_finish(const struct scene *scene)
{
	revoke(scene->handles[0]);
	is_whole(scene->handles[0]);
}

static void interrupted_everywhere(void **state)
{
	struct scene *scene = *state;
	uint64_t points = preempt_everywhere(scene);

	print_message("             %lu points\n", (unsigned long)points);
}

#define SCENE(name_, build_, ...) { .name = name_, .build = build_, .check = __VA_ARGS__ }

static struct scene scenes[] = {
	SCENE("revoke_of_many_copies_is_the_same_however_interrupted", revoke_wide, it_succeeded),
	SCENE("revoke_of_a_chain_is_the_same_however_interrupted", chain, children_are_gone),
	SCENE("revoke_of_a_system_is_the_same_however_interrupted", a_system, all_memory_is_back),
	SCENE("revoke_of_nested_untypeds_is_the_same_however_interrupted", nested_untypeds,
	      all_memory_is_back),
	SCENE("delete_of_tables_in_tables_is_the_same_however_interrupted", delete_table_chain,
	      all_memory_is_back),
	SCENE("revoke_of_tables_in_tables_is_the_same_however_interrupted", revoke_table_chain,
	      all_memory_is_back),
	SCENE("revoke_of_tables_in_a_circle_is_the_same_however_interrupted", circle,
	      all_memory_is_back),
	SCENE("revoke_of_a_table_that_holds_its_own_master_is_the_same_however_interrupted",
	      own_master, all_memory_is_back),
	SCENE("revoke_above_an_untyped_in_its_own_table_is_the_same_however_interrupted",
	      revoke_parent_of_untyped_in_itself, all_memory_is_back),
	SCENE("revoke_above_an_untyped_in_its_own_table_leaves_siblings_their_children",
	      revoke_parent_of_untyped_in_itself_and_sibling, all_memory_is_back),
	SCENE("revoke_of_an_untyped_in_its_own_table_can_be_finished_above",
	      revoke_untyped_in_itself, the_parent_can_finish, .ends_differ = true),
	SCENE("delete_of_tables_that_hold_their_untyped_is_the_same_however_interrupted",
	      untyped_deep_in_itself, the_parent_can_finish),
	SCENE("revoke_that_ends_its_caller_can_be_finished_by_another", caller_in_it,
	      the_parent_can_finish),
	SCENE("delete_of_a_partition_is_the_same_however_interrupted", delete_partition,
	      it_succeeded),
	SCENE("delete_of_a_big_table_is_the_same_however_interrupted", delete_big_table,
	      it_succeeded),
	SCENE("delete_of_a_supervisor_of_many_is_the_same_however_interrupted",
	      delete_supervisor_of_many, it_succeeded),
	SCENE("delete_of_a_mapped_region_is_the_same_however_interrupted", delete_mapped,
	      it_succeeded),
};
#define SCENE_COUNT (sizeof(scenes) / sizeof(scenes[0]))

int main(void)
{
	struct CMUnitTest tests[SCENE_COUNT];

	for (size_t i = 0; i < SCENE_COUNT; i++)
		tests[i] = (struct CMUnitTest){ scenes[i].name, interrupted_everywhere, NULL, NULL,
						&scenes[i] };
	return unit_run(tests);
}
