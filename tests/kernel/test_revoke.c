/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Delete and revoke: who meets whom halfway, and whoever does not come back. */
#include "tests/kernel/unit.h"

static rvx_handle_t copy(rvx_handle_t source)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, RVX_TABLE_OWN, source, RVX_TABLE_OWN, world_slot(),
			      RVX_RIGHTS_ALL),
			 RVX_OK);
	return world.root->frame.x[1];
}

static void copies(rvx_handle_t source, int count)
{
	for (int i = 0; i < count; i++)
		(void)copy(source);
}

/* Begin a call and stop at its `point`-th point of preemption. */
#define BEGIN(point, task, ...) \
	do { \
		assert_true(world_switch_to(task)); \
		host.interrupt_at_poll = host.polls + (point); \
		assert_int_equal(STEP(task, __VA_ARGS__), WORLD_RESTART); \
		world_interrupt(); \
	} while (0)

static void kill_actor(const struct actor *actor)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, actor->task_handle), RVX_OK);
}

static void revoke_counts_what_it_deleted(void **state)
{
	rvx_handle_t region;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	copies(copy(region), 5);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 6);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 0);
}

static void revoke_leaves_siblings_and_parents_alone(void **state)
{
	rvx_handle_t region, left, right, below;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	left = copy(region);
	right = copy(region);
	below = copy(left);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, left), RVX_OK);
	assert_true(world_handle_is(region, RVX_OK));
	assert_true(world_handle_is(left, RVX_OK));
	assert_true(world_handle_is(right, RVX_OK));
	assert_true(world_handle_is(below, RVX_STALE));
}

static void revoke_needs_its_right(void **state)
{
	rvx_handle_t region, weak;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, RVX_TABLE_OWN, region, RVX_TABLE_OWN, world_slot(),
			      RVX_RIGHTS_ALL & ~RVX_RIGHT_REVOKE),
			 RVX_OK);
	weak = world.root->frame.x[1];
	copies(weak, 1);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, weak), RVX_NO_RIGHT);
}

static void revoke_of_one_among_many_does_the_work_of_one(void **state)
{
	rvx_handle_t region;
	uint64_t polls;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	copies(copy(world_retype(RVX_OBJECT_REGION, 1)), 300);
	copies(region, 1);
	copies(copy(world_retype(RVX_OBJECT_REGION, 1)), 300);
	polls = host.polls;
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_true(host.polls - polls <= 1);
}

static void what_is_being_revoked_is_busy(void **state)
{
	struct actor other;
	rvx_handle_t region, seen, edge;

	(void)state;
	world_boot();
	other = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	edge = world_give(&other, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), RVX_RIGHTS_ALL);
	seen = world_give(&other, region, RVX_RIGHTS_ALL);
	copies(region, 3);
	(void)edge;
	BEGIN(1, world.root, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region);
	assert_int_equal(CALL(other.task, RVX_SYS_CAP_COPY, 0, seen, 0, 20, RVX_RIGHT_READ),
			 RVX_BUSY);
	assert_int_equal(CALL(other.task, RVX_SYS_CAP_MOVE, 0, seen, 0, 20), RVX_BUSY);
	assert_int_equal(CALL(other.task, RVX_SYS_CAP_DELETE, 0, seen), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 4);
}

static void what_is_in_an_untyped_that_is_being_revoked_is_busy(void **state)
{
	struct actor other;
	rvx_handle_t parent, untyped, region, seen, task, edge;

	(void)state;
	world_boot();
	other = world_actor();
	parent = world_retype(RVX_OBJECT_UNTYPED, 18);
	untyped = world_retype_from(parent, RVX_OBJECT_UNTYPED, 16);
	region = world_retype_from(untyped, RVX_OBJECT_REGION, 1);
	task = world_retype_from(untyped, RVX_OBJECT_TASK, 0);
	edge = world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	seen = world_give(&other, region, RVX_RIGHTS_ALL);
	task = world_give(&other, task, RVX_RIGHTS_ALL);
	edge = world_give(&other, edge, RVX_RIGHTS_ALL);
	/* The newest child goes first: these are still there at the first point. */
	copies(world_retype_from(untyped, RVX_OBJECT_EDGE, 0), 2);
	BEGIN(1, world.root, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, untyped);
	assert_int_equal(CALL(other.task, RVX_SYS_CAP_COPY, 0, seen, 0, 20, RVX_RIGHT_READ),
			 RVX_BUSY);
	assert_int_equal(CALL(other.task, RVX_SYS_TASK_SCHEDULE, task, 1, 1, 1, 0), RVX_BUSY);
	assert_int_equal(CALL(other.task, RVX_SYS_CAP_MINT, 0, edge, 0, 20, RVX_RIGHT_READ, 1, 0),
			 RVX_BUSY);
	/* The Untyped above has the same address and is not meant. */
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_RETYPE, parent, RVX_OBJECT_EDGE, 0, RVX_TABLE_OWN,
			      world_slot()),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_RETYPE, untyped, RVX_OBJECT_EDGE, 0, RVX_TABLE_OWN,
			      world_slot()),
			 RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, untyped), RVX_OK);
}

static void revoke_whose_caller_died_is_finished_by_a_holder_of_the_table(void **state)
{
	struct actor a;
	rvx_handle_t region, given;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	for (uint64_t i = 20; i < 25; i++)
		assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, given, 0, i, RVX_RIGHT_READ), 0);
	BEGIN(1, a.task, RVX_SYS_CAP_REVOKE, 0, given);
	kill_actor(&a);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, a.table_handle, given), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 5);
}

static void revoke_whose_caller_died_does_not_stop_the_one_above(void **state)
{
	struct actor a;
	rvx_handle_t region, given;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	for (uint64_t i = 20; i < 25; i++)
		assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, given, 0, i, RVX_RIGHT_READ), 0);
	BEGIN(1, a.task, RVX_SYS_CAP_REVOKE, 0, given);
	kill_actor(&a);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_int_equal(world.root->frame.x[1], 1);
	assert_false(object_is_busy(world_object(region)));
}

static void revoke_below_one_that_is_under_way_does_not_end_it(void **state)
{
	struct actor a;
	rvx_handle_t region, given;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	copies(region, 6);
	BEGIN(1, world.root, RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region);
	/* It is worked off, and with it the capability that was used. */
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_REVOKE, 0, given), RVX_STALE);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	assert_false(object_is_busy(world_object(region)));
}

static void table_of_a_revoke_under_way_can_be_destroyed(void **state)
{
	struct actor a;
	rvx_handle_t region, given, untyped, piece;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	untyped = world_retype(RVX_OBJECT_UNTYPED, 17);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	for (uint64_t i = 20; i < 25; i++)
		assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, given, 0, i, RVX_RIGHT_READ), 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, RVX_TABLE_OWN, untyped, a.table_handle, 30), 0);
	piece = world.root->frame.x[1];
	for (uint64_t i = 31; i < 35; i++)
		assert_int_equal(
			CALL(a.task, RVX_SYS_UNTYPED_RETYPE, piece, RVX_OBJECT_EDGE, 0, 0, i),
			RVX_OK);
	BEGIN(1, a.task, RVX_SYS_CAP_REVOKE, 0, given);
	kill_actor(&a);
	/* The audit after each entry sees that no reserved record is lost. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, a.table_handle), RVX_OK);
	assert_false(object_is_busy(world_object(region)));
}

static void untyped_of_a_revoke_under_way_can_be_destroyed_with_its_table(void **state)
{
	struct actor a, b;
	rvx_handle_t untyped, piece;

	(void)state;
	world_boot();
	a = world_actor();
	b = world_actor();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 17);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, RVX_TABLE_OWN, untyped, a.table_handle, 30), 0);
	piece = world.root->frame.x[1];
	for (uint64_t i = 31; i < 35; i++)
		assert_int_equal(
			CALL(a.task, RVX_SYS_UNTYPED_RETYPE, piece, RVX_OBJECT_EDGE, 0, 0, i),
			RVX_OK);
	BEGIN(1, a.task, RVX_SYS_CAP_REVOKE, 0, piece);
	kill_actor(&a);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, a.table_handle), RVX_OK);
	/* The payer goes too: the books of the dead must be right. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, a.partition_handle), RVX_OK);
	(void)b;
}

static void payer_of_an_end_record_can_be_destroyed_before_it(void **state)
{
	struct actor a;
	rvx_handle_t region, given;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	for (uint64_t i = 20; i < 25; i++)
		assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, given, 0, i, RVX_RIGHT_READ), 0);
	BEGIN(1, a.task, RVX_SYS_CAP_REVOKE, 0, given);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, a.partition_handle), RVX_OK);
	assert_true(witness_log.orphans > 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, RVX_TABLE_OWN, region), RVX_OK);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1),
				      witness_log.next),
				 RVX_OK);
	assert_int_equal(witness_log.orphans, 0);
}

static void more_untypeds_are_revoked_at_a_time_than_are_remembered(void **state)
{
	enum {
		COUNT = 12
	};
	struct actor a[COUNT];
	rvx_handle_t piece[COUNT];

	(void)state;
	world_boot();
	for (int i = 0; i < COUNT; i++) {
		rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 17);

		a[i] = world_actor();
		assert_int_equal(
			ROOT(RVX_SYS_CAP_MOVE, RVX_TABLE_OWN, untyped, a[i].table_handle, 30),
			RVX_OK);
		piece[i] = world.root->frame.x[1];
		for (uint64_t s = 31; s < 36; s++)
			assert_int_equal(CALL(a[i].task, RVX_SYS_UNTYPED_RETYPE, piece[i],
					      RVX_OBJECT_EDGE, 0, 0, s),
					 RVX_OK);
	}
	for (int i = 0; i < COUNT; i++)
		BEGIN(1, a[i].task, RVX_SYS_CAP_REVOKE, 0, piece[i]);
	for (int i = 0; i < COUNT; i++)
		kill_actor(&a[i]);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, a[i].table_handle, piece[i]), RVX_OK);
}

static void delete_of_a_capability_with_children_is_refused(void **state)
{
	rvx_handle_t region, untyped;
	char *before, *after;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	copies(region, 1);
	untyped = world_retype(RVX_OBJECT_UNTYPED, 16);
	(void)world_retype_from(untyped, RVX_OBJECT_EDGE, 0);
	before = world_state();
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, region), RVX_HAS_CHILDREN);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, untyped), RVX_HAS_CHILDREN);
	after = world_state();
	world_compare(before, after, "refused");
	free(before);
	free(after);
}

static void delete_of_a_copy_keeps_the_object(void **state)
{
	rvx_handle_t region, other;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	other = copy(region);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, other), RVX_OK);
	assert_true(world_handle_is(other, RVX_STALE));
	assert_true(world_handle_is(region, RVX_OK));
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, RVX_TABLE_OWN, other), RVX_STALE);
}

static void objects_made_at_boot_are_not_deleted(void **state)
{
	(void)state;
	world_boot();
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_MACHINE, 1)),
			 RVX_NOT_DERIVABLE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1)),
			 RVX_NOT_DERIVABLE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1)),
			 RVX_NOT_DERIVABLE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_SYSTEM_IMAGE, 1)),
			 RVX_NOT_DERIVABLE);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_UNTYPED_FIRST, 1)),
			 RVX_NOT_DERIVABLE);
}

static void task_that_deletes_itself_is_gone(void **state)
{
	struct actor a;
	rvx_handle_t table, untyped;
	const struct actor_options options = { 0 };

	(void)state;
	world_boot();
	a = world_actor_with(&options);
	untyped = 0;
	(void)untyped;
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, a.task_handle, a.table_handle, 40), RVX_OK);
	table = world.root->frame.x[1];
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_DELETE, 0, table), WORLD_DEAD);
	assert_int_equal(ROOT(RVX_SYS_NULL, 0), RVX_OK);
}

static void table_and_partition_that_end_their_caller_are_finished_by_others(void **state)
{
	struct actor a, b;
	rvx_handle_t own;

	(void)state;
	world_boot();
	a = world_actor();
	b = world_actor();
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, a.table_handle, a.table_handle, 40), RVX_OK);
	own = world.root->frame.x[1];
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_DELETE, 0, own), WORLD_DEAD);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, b.partition_handle, b.table_handle, 40), RVX_OK);
	own = world.root->frame.x[1];
	assert_int_equal(CALL(b.task, RVX_SYS_CAP_DELETE, 0, own), WORLD_DEAD);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, b.table_handle, own), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, b.table_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, world.untyped), RVX_OK);
}

static void delete_that_another_began_is_finished(void **state)
{
	struct actor a;
	rvx_handle_t table, seen;

	(void)state;
	world_boot();
	a = world_actor();
	table = world_retype(RVX_OBJECT_CAPTABLE, 9);
	for (uint64_t i = 1; i < 10; i++)
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), table,
				      i * 50, RVX_RIGHT_READ),
				 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, table, a.table_handle, 40), RVX_OK);
	seen = world.root->frame.x[1];
	BEGIN(3, a.task, RVX_SYS_CAP_DELETE, 0, seen);
	/* Nothing else can be done with it meanwhile. */
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, a.table_handle, seen, 0, 900, RVX_RIGHT_READ),
			 RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, a.table_handle, seen, 0, 900), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, a.table_handle, seen), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, a.table_handle, seen), RVX_OK);
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_DELETE, 0, seen), RVX_STALE);
}

static void table_that_is_dying_takes_no_capabilities(void **state)
{
	struct actor a;
	rvx_handle_t region, seen, given;

	(void)state;
	world_boot();
	a = world_actor();
	region = world_retype(RVX_OBJECT_REGION, 1);
	given = world_give(&a, region, RVX_RIGHTS_ALL);
	for (int i = 0; i < 20; i++)
		(void)world_give(&a, region, RVX_RIGHT_READ);
	(void)given;
	/* A second task in the same table would fill it while it is emptied. */
	seen = a.table_handle;
	BEGIN(1, world.root, RVX_SYS_CAP_DELETE, 0, seen);
	assert_int_equal(CALL(a.task, RVX_SYS_CAP_COPY, 0, given, 0, 50, RVX_RIGHT_READ), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, seen), RVX_OK);
	assert_int_equal(task_state(a.task), TASK_DEAD);
}

static void second_destruction_of_tables_works_off_the_first(void **state)
{
	struct actor a;
	rvx_handle_t first, second, third, seen;

	(void)state;
	world_boot();
	a = world_actor();
	first = world_retype(RVX_OBJECT_CAPTABLE, 9);
	second = world_retype(RVX_OBJECT_CAPTABLE, 9);
	third = world_retype(RVX_OBJECT_CAPTABLE, 4);
	/* The second holds the first: it is found there when the first is already dying. */
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), first, 300,
			      RVX_RIGHT_READ),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, third, first, 200), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, first, second, 3), RVX_OK);
	first = world.root->frame.x[1];
	seen = world_give(&a, second, RVX_RIGHTS_ALL);
	BEGIN(2, a.task, RVX_SYS_CAP_DELETE, seen, first);
	kill_actor(&a);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, second), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, second), RVX_OK);
}

static void roots_own_table_can_be_deleted_by_the_root(void **state)
{
	struct actor a;

	(void)state;
	world_boot();
	a = world_actor();
	(void)a;
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(RVX_BOOT_CAPTABLE, 1)), WORLD_DEAD);
	assert_int_equal(CALL(a.task, RVX_SYS_NULL, 0), RVX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(revoke_counts_what_it_deleted),
		cmocka_unit_test(revoke_leaves_siblings_and_parents_alone),
		cmocka_unit_test(revoke_needs_its_right),
		cmocka_unit_test(revoke_of_one_among_many_does_the_work_of_one),
		cmocka_unit_test(what_is_being_revoked_is_busy),
		cmocka_unit_test(what_is_in_an_untyped_that_is_being_revoked_is_busy),
		cmocka_unit_test(revoke_whose_caller_died_is_finished_by_a_holder_of_the_table),
		cmocka_unit_test(revoke_whose_caller_died_does_not_stop_the_one_above),
		cmocka_unit_test(revoke_below_one_that_is_under_way_does_not_end_it),
		cmocka_unit_test(table_of_a_revoke_under_way_can_be_destroyed),
		cmocka_unit_test(untyped_of_a_revoke_under_way_can_be_destroyed_with_its_table),
		cmocka_unit_test(payer_of_an_end_record_can_be_destroyed_before_it),
		cmocka_unit_test(more_untypeds_are_revoked_at_a_time_than_are_remembered),
		cmocka_unit_test(delete_of_a_capability_with_children_is_refused),
		cmocka_unit_test(delete_of_a_copy_keeps_the_object),
		cmocka_unit_test(objects_made_at_boot_are_not_deleted),
		cmocka_unit_test(task_that_deletes_itself_is_gone),
		cmocka_unit_test(table_and_partition_that_end_their_caller_are_finished_by_others),
		cmocka_unit_test(delete_that_another_began_is_finished),
		cmocka_unit_test(table_that_is_dying_takes_no_capabilities),
		cmocka_unit_test(second_destruction_of_tables_works_off_the_first),
		cmocka_unit_test(roots_own_table_can_be_deleted_by_the_root),
	};

	return unit_run(tests);
}
