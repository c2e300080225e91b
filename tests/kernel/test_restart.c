/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Restart in place, by a call and, of the root task, by the kernel. */
#include "kernel/config.h"
#include "kernel/panic.h"
#include "tests/kernel/unit.h"

#define LENGTH 4
#define ROOT(number, ...) CALL(world.root, number, __VA_ARGS__)
#define MACHINE RVX_HANDLE(RVX_BOOT_MACHINE, 1)

static struct actor actors[LENGTH];
static struct link links[LENGTH];

/* A client and passive servers in a row, all waiting. */
static void build(uint32_t servers)
{
	world_boot();
	actors[0] = world_actor();
	for (uint32_t i = 1; i <= servers; i++)
		actors[i] = world_passive();
	for (uint32_t i = 0; i < servers; i++)
		links[i] = world_link(&actors[i], &actors[i + 1]);
	for (uint32_t i = 1; i <= servers; i++)
		assert_int_equal(CALL(actors[i].task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
}

static int64_t call(uint32_t i)
{
	return CALL(actors[i].task, RVX_SYS_EDGE_CALL, links[i].from, 7);
}

static int64_t restart(uint32_t i)
{
	return ROOT(RVX_SYS_TASK_RESTART, actors[i].task_handle);
}

static bool is_fresh(uint32_t i, uint64_t restarts)
{
	const struct task *task = actors[i].task;

	return task_state(task) == TASK_READY && task->incarnation == restarts &&
	       world_pc(task) == task->start_pc && task->frame.x[0] == task->start_argument &&
	       task->frame.x[1] == restarts && task->frame.x[2] == 0;
}

static void restart_begins_at_the_start_and_counts(void **state)
{
	(void)state;
	build(0);
	assert_true(world_switch_to(actors[0].task));
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(restart(0), RVX_OK);
		assert_true(is_fresh(0, i));
		assert_int_equal(world_record(witness_log.next - 1)->kind,
				 RVX_WITNESS_TASK_RESTART);
		assert_int_equal(world_record(witness_log.next - 1)->p0, i);
	}
	assert_true(world_switch_to(actors[0].task));
}

static void restart_of_what_waits_in_each_way_makes_it_ready(void **state)
{
	(void)state;
	build(1);
	assert_int_equal(restart(1), RVX_OK); /* receiving, without a context */
	assert_true(is_fresh(1, 1));
	assert_ptr_equal(actors[1].task->context, &actors[1].task->home);
	assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV, 0), WORLD_BLOCKED);

	assert_int_equal(call(0), WORLD_BLOCKED);
	assert_int_equal(restart(0), RVX_OK); /* calling, its context lent */
	assert_true(is_fresh(0, 1));
	assert_ptr_equal(actors[0].task->context, &actors[0].task->home);
	assert_ptr_equal(actors[1].task->context, &actors[1].task->home);

	assert_true(world_switch_to(actors[0].task));
	world_fault(RVX_FAULT_DATA, 0x1234);
	assert_int_equal(task_state(actors[0].task), TASK_FAULTED);
	assert_int_equal(restart(0), RVX_OK);
	assert_true(is_fresh(0, 2));
	assert_true(world_switch_to(actors[0].task));
}

static void fault_that_waits_is_not_told_after_the_restart(void **state)
{
	(void)state;
	build(1);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, actors[0].task_handle, actors[1].task_handle),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[1].task_handle), RVX_OK);
	assert_true(world_switch_to(actors[0].task));
	world_fault(RVX_FAULT_DATA, 0x1234);
	assert_int_equal(restart(0), RVX_OK);
	assert_int_equal(actors[1].task->pending, 0);
}

static void calls_that_were_taken_end_and_queued_ones_stay(void **state)
{
	struct actor second;
	struct link other;
	uint64_t serial;

	(void)state;
	build(1);
	second = world_actor();
	other = world_link(&second, &actors[1]);
	assert_int_equal(call(0), WORLD_BLOCKED);
	serial = (uint64_t)((const struct edge_end *)world_capability_in(actors[0].table,
									 links[0].from)
				    ->object)
			 ->serial
		 << 32;
	assert_int_equal(CALL(second.task, RVX_SYS_EDGE_CALL, other.from, 9), WORLD_BLOCKED);
	assert_int_equal(restart(1), RVX_OK);
	assert_true(is_fresh(1, 1));
	assert_true(world_switch_to(actors[0].task));
	assert_int_equal((int64_t)actors[0].task->frame.x[0], RVX_PEER_RESTARTED);
	assert_ptr_equal(actors[0].task->context, &actors[0].task->home);
	/* The next incarnation finds the queued call, and cannot answer the one of before. */
	assert_int_equal(CALL(actors[1].task, RVX_SYS_EDGE_REPLY, links[0].to, serial),
			 RVX_NOT_CALLING);
	assert_true(CALL(actors[1].task, RVX_SYS_RECV, 0) > 0);
	assert_int_equal(actors[1].task->frame.x[1] & UINT32_MAX, 9);
}

static void restart_of_each_in_a_chain_gives_the_context_back(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		build(3);
		for (uint32_t j = 0; j < 3; j++)
			assert_int_equal(call(j), WORLD_BLOCKED);
		assert_int_equal(restart(i), RVX_OK);
		assert_true(is_fresh(i, 1));
		if (i > 0) {
			/* Its caller goes on, with what was lent. */
			assert_true(world_switch_to(actors[i - 1].task));
			assert_int_equal((int64_t)actors[i - 1].task->frame.x[0],
					 RVX_PEER_RESTARTED);
			assert_ptr_equal(actors[i - 1].task->context, &actors[0].task->home);
		}
		for (uint32_t j = i > 0 ? i : 1; j < 4; j++)
			assert_ptr_equal(actors[j].task->context, &actors[j].task->home);
	}
}

static void suspended_task_stays_suspended(void **state)
{
	(void)state;
	build(0);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[0].task_handle), RVX_OK);
	assert_int_equal(restart(0), RVX_OK);
	assert_true(is_fresh(0, 1));
	assert_false(world_switch_to(actors[0].task));
	assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[0].task_handle), RVX_OK);
	assert_true(world_switch_to(actors[0].task));
}

static void floating_point_state_is_gone(void **state)
{
	(void)state;
	build(0);
	assert_true(world_switch_to(actors[0].task));
	world_floating_point();
	memset(host.fp_registers, 0x5a, sizeof(host.fp_registers));
	assert_int_equal(restart(0), RVX_OK);
	assert_true(world_switch_to(actors[0].task));
	world_floating_point();
	for (size_t i = 0; i < sizeof(host.fp_registers) / sizeof(host.fp_registers[0]); i++)
		assert_int_equal(host.fp_registers[i], 0);
}

static void restart_is_refused_where_it_makes_no_sense(void **state)
{
	struct actor_options options = { .stopped = true };
	struct actor stopped;

	(void)state;
	build(0);
	stopped = world_actor_with(&options);
	assert_int_equal(ROOT(RVX_SYS_TASK_RESTART, stopped.task_handle), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_TASK_RESTART, RVX_HANDLE(RVX_BOOT_TASK, 1)),
			 RVX_BAD_ARGUMENT);
}

/*
 * The kernel and the root.
 */

static void root_faults(void)
{
	assert_true(world_switch_to(world.root));
	world_fault(RVX_FAULT_DATA, 0x1234);
}

static void root_that_faults_is_restarted(void **state)
{
	(void)state;
	world_boot();
	for (uint64_t i = 1; i <= CONFIG_ROOT_RESTARTS; i++) {
		root_faults();
		assert_int_equal(world.root->incarnation, i);
		assert_int_equal(world_record(witness_log.next - 1)->kind,
				 RVX_WITNESS_TASK_RESTART);
	}
	/* In the next window it has as many again. */
	world_pass(CONFIG_ROOT_WINDOW + 1);
	root_faults();
	assert_int_equal(world.root->incarnation, CONFIG_ROOT_RESTARTS + 1);
}

static void root_that_fails_again_and_again_ends_in_a_panic(void **state)
{
	(void)state;
	world_boot();
	for (uint64_t i = 1; i <= CONFIG_ROOT_RESTARTS; i++)
		root_faults();
	world.expects_panic = true;
	root_faults();
	assert_true(world.panicked);
	assert_non_null(strstr(kernel_epitaph.text, "root task"));
}

static void root_with_a_supervisor_is_left_to_it(void **state)
{
	struct actor actor;

	(void)state;
	world_boot();
	actor = world_actor();
	assert_int_equal(
		ROOT(RVX_SYS_TASK_SUPERVISE, RVX_HANDLE(RVX_BOOT_TASK, 1), actor.task_handle),
		RVX_OK);
	root_faults();
	assert_int_equal(world.root->incarnation, 0);
	assert_int_equal(task_state(world.root), TASK_FAULTED);
}

static void promised_heartbeat_that_stays_away_restarts_the_root(void **state)
{
	(void)state;
	world_boot();
	assert_int_equal(ROOT(RVX_SYS_MACHINE_HEARTBEAT, MACHINE, host.now + 1000), RVX_OK);
	world_pass(900);
	assert_int_equal(ROOT(RVX_SYS_MACHINE_HEARTBEAT, MACHINE, host.now + 1000), RVX_OK);
	world_pass(900);
	assert_int_equal(world.root->incarnation, 0);
	world_pass(200);
	assert_int_equal(world.root->incarnation, 1);
	/* A new incarnation has promised nothing. */
	world_pass(100000);
	assert_int_equal(world.root->incarnation, 1);
	assert_int_equal(ROOT(RVX_SYS_MACHINE_HEARTBEAT, MACHINE, host.now + 1000), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_MACHINE_HEARTBEAT, MACHINE, 0), RVX_OK);
	world_pass(100000);
	assert_int_equal(world.root->incarnation, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restart_begins_at_the_start_and_counts),
		cmocka_unit_test(restart_of_what_waits_in_each_way_makes_it_ready),
		cmocka_unit_test(fault_that_waits_is_not_told_after_the_restart),
		cmocka_unit_test(calls_that_were_taken_end_and_queued_ones_stay),
		cmocka_unit_test(restart_of_each_in_a_chain_gives_the_context_back),
		cmocka_unit_test(suspended_task_stays_suspended),
		cmocka_unit_test(floating_point_state_is_gone),
		cmocka_unit_test(restart_is_refused_where_it_makes_no_sense),
		cmocka_unit_test(root_that_faults_is_restarted),
		cmocka_unit_test(root_that_fails_again_and_again_ends_in_a_panic),
		cmocka_unit_test(root_with_a_supervisor_is_left_to_it),
		cmocka_unit_test(promised_heartbeat_that_stays_away_restarts_the_root),
	};

	return unit_run(tests);
}
