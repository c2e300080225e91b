/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Contexts that go along with calls to passive servers, and all the ways they come back.
 *
 *   actors[0] --links[0]--> actors[1] --links[1]--> ... actors[LENGTH - 1]
 */
#include "tests/kernel/unit.h"

#define LENGTH 10

static struct actor actors[LENGTH];
static struct link links[LENGTH];

/* A client and `servers` passive servers in a row, all waiting. */
static void build_with(uint32_t servers, uint64_t flags)
{
	const struct actor_options client = { .flags = flags };

	world_boot();
	actors[0] = world_actor_with(&client);
	for (uint32_t i = 1; i <= servers; i++)
		actors[i] = world_passive();
	for (uint32_t i = 0; i < servers; i++)
		links[i] = world_link(&actors[i], &actors[i + 1]);
	for (uint32_t i = 1; i <= servers; i++)
		assert_int_equal(CALL(actors[i].task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
}

static void build(uint32_t servers)
{
	build_with(servers, 0);
}

static int64_t call(uint32_t i, uint64_t deadline)
{
	return CALL(actors[i].task, RVX_SYS_EDGE_CALL_EXTENDED, links[i].from, 7, 0, 0, 0, 0, 0, 0,
		    0, 0, 0, deadline);
}

/* Everybody calls the next, down to actor `last`, who has the context. `deadline` of call `at`. */
static void chain(uint32_t last, uint32_t at, uint64_t deadline)
{
	for (uint32_t i = 0; i < last; i++)
		assert_int_equal(call(i, i == at ? deadline : 0), WORLD_BLOCKED);
}

static int64_t reply(uint32_t i, uint32_t number)
{
	const struct capability *calling =
		world_capability_in(actors[i - 1].table, links[i - 1].from);

	return CALL(actors[i].task, number, links[i - 1].to,
		    (uint64_t)((const struct edge_end *)calling->object)->serial << 32);
}

static bool runs_on_own(uint32_t i)
{
	return actors[i].task->context == &actors[i].task->home;
}

static bool has_context_of(uint32_t i, uint32_t owner)
{
	return actors[i].task->context == &actors[owner].task->home;
}

static int64_t answer_of(uint32_t i)
{
	assert_true(world_switch_to(actors[i].task));
	return (int64_t)actors[i].task->frame.x[0];
}

static void call_lends_the_context_and_reply_returns_it(void **state)
{
	(void)state;
	build(1);
	assert_null(actors[1].task->context);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_true(has_context_of(1, 0));
	assert_null(actors[0].task->context);
	assert_int_equal(actors[1].task->depth, 1);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_true(runs_on_own(0));
	assert_null(actors[1].task->context);
	assert_int_equal(answer_of(0), links[0].from_badge);
}

static void lent_context_is_charged_for_the_server(void **state)
{
	uint64_t used;

	(void)state;
	build(1);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_true(world_switch_to(actors[1].task));
	world_yield();
	assert_true(world_switch_to(actors[1].task));
	used = actors[0].task->home.used;
	world_pass(500);
	world_yield();
	assert_true(actors[0].task->home.used >= used + 500);
	assert_int_equal(actors[1].task->home.used, 0);
}

static void server_that_replies_without_receiving_goes_on_with_its_own(void **state)
{
	(void)state;
	build(1);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY), RVX_OK);
	assert_true(runs_on_own(1));
	assert_true(runs_on_own(0));
	assert_int_equal(CALL(actors[1].task, RVX_SYS_NULL, 0), RVX_OK);
}

static void context_nests_eight_deep(void **state)
{
	(void)state;
	build(9);
	chain(8, 0, 0);
	assert_true(has_context_of(8, 0));
	assert_int_equal(actors[8].task->depth, RVX_DONATION_DEPTH_MAX);
	assert_int_equal(call(8, 0), RVX_DEPTH_EXCEEDED);
	for (uint32_t i = 8; i > 0; i--) {
		assert_int_equal(reply(i, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
		assert_true(has_context_of(i - 1, 0));
		assert_int_equal(actors[i - 1].task->depth, i - 1);
	}
	assert_int_equal(answer_of(0), links[0].from_badge);
}

static void depth_is_of_the_context_and_not_of_the_calls(void **state)
{
	(void)state;
	build(9);
	chain(8, 0, host.now + 1000);
	world_pass(2000);
	/* The client took its context back: the last goes on with its own, at depth 0. */
	assert_int_equal(actors[8].task->depth, 0);
	assert_int_equal(call(8, 0), WORLD_BLOCKED);
	assert_true(has_context_of(9, 8));
}

static void server_that_receives_again_gives_the_older_context_back(void **state)
{
	struct actor other;
	struct link second;

	(void)state;
	build(1);
	other = world_actor();
	second = world_link(&other, &actors[1]);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_int_equal(CALL(other.task, RVX_SYS_EDGE_CALL, second.from, 1), WORLD_BLOCKED);
	assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV, 0), second.to_badge);
	assert_true(runs_on_own(0));
	assert_ptr_equal(actors[1].task->context, &other.task->home);
	assert_int_equal(task_state(actors[0].task), TASK_CALLING);
	/* Both can be answered; the older one's reply gives nothing back. */
	assert_int_equal(CALL(actors[1].task, RVX_SYS_EDGE_REPLY, links[0].to, (uint64_t)1 << 32),
			 RVX_OK);
	assert_ptr_equal(actors[1].task->context, &other.task->home);
	assert_int_equal(
		CALL(actors[1].task, RVX_SYS_EDGE_REPLY_RECV, second.to, (uint64_t)1 << 32),
		WORLD_BLOCKED);
	assert_ptr_equal(other.task->context, &other.task->home);
}

static void server_that_waits_again_with_nothing_there_gives_it_back(void **state)
{
	(void)state;
	build(1);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
	assert_true(runs_on_own(0));
	assert_null(actors[1].task->context);
	assert_int_equal(task_state(actors[0].task), TASK_CALLING);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[0].task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[0].task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[1].task_handle), RVX_OK);
	assert_int_equal(answer_of(0), RVX_PEER_DEAD);
}

static void signal_wakes_a_passive_server_on_its_own_context(void **state)
{
	struct actor other;
	struct link second;

	(void)state;
	build(1);
	other = world_actor();
	second = world_link(&other, &actors[1]);
	assert_int_equal(CALL(other.task, RVX_SYS_EDGE_SIGNAL, second.from, 1), RVX_OK);
	assert_true(runs_on_own(1));
	assert_int_equal(answer_of(1), second.to_badge);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_true(runs_on_own(0));
	assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV, 0), links[0].to_badge);
	assert_true(has_context_of(1, 0));
}

static void timeout_of_the_client_takes_its_context_from_the_end_of_the_chain(void **state)
{
	(void)state;
	for (uint32_t last = 1; last <= 4; last++) {
		build(4);
		chain(last, 0, host.now + 1000);
		world_pass(2000);
		assert_true(runs_on_own(0));
		assert_int_equal(answer_of(0), RVX_TIMED_OUT);
		for (uint32_t i = 1; i <= last; i++)
			assert_true(runs_on_own(i));
		for (uint32_t i = last; i > 1; i--)
			assert_int_equal(reply(i, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
		assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), RVX_NOT_CALLING);
		assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
		chain(last, 0, 0);
		assert_true(has_context_of(last, 0));
	}
}

static void timeout_in_the_middle_gives_the_context_to_whoever_called_there(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < 4; at++) {
		build(4);
		chain(4, at, host.now + 1000);
		world_pass(2000);
		assert_true(has_context_of(at, 0));
		assert_int_equal(actors[at].task->depth, at);
		for (uint32_t i = at + 1; i <= 4; i++)
			assert_true(runs_on_own(i));
		assert_int_equal(answer_of(at), RVX_TIMED_OUT);
		/* Above it goes on as if nothing had been. */
		for (uint32_t i = at; i > 0; i--) {
			assert_int_equal(CALL(actors[i].task, RVX_SYS_EDGE_REPLY, links[i - 1].to,
					      (uint64_t)1 << 32),
					 RVX_OK);
			assert_true(has_context_of(i - 1, 0));
		}
		assert_int_equal(answer_of(0),
				 at == 0 ? RVX_TIMED_OUT : (int64_t)links[0].from_badge);
	}
}

static void death_of_each_in_a_chain_wakes_its_caller(void **state)
{
	(void)state;
	for (uint32_t dead = 0; dead <= 4; dead++) {
		build(4);
		chain(4, 0, 0);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[dead].task_handle), RVX_OK);
		if (dead > 0) {
			assert_int_equal(answer_of(dead - 1), RVX_PEER_DEAD);
			assert_true(has_context_of(dead - 1, 0));
		}
		for (uint32_t i = dead + 1; i <= 4; i++)
			assert_true(runs_on_own(i));
		for (uint32_t i = 4; i > dead + 1; i--)
			assert_int_equal(reply(i, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
		if (dead < 4)
			assert_int_equal(reply(dead + 1, RVX_SYS_EDGE_REPLY_RECV), RVX_PEER_DEAD);
	}
}

static void partition_of_each_in_a_chain_can_be_destroyed(void **state)
{
	(void)state;
	for (uint32_t dead = 0; dead <= 4; dead++) {
		build(4);
		chain(4, 0, 0);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[dead].partition_handle),
				 RVX_OK);
		if (dead > 0)
			assert_int_equal(answer_of(dead - 1), RVX_PEER_DEAD);
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, world.untyped), RVX_OK);
	}
}

static void last_in_the_chain_can_destroy_each_above_it(void **state)
{
	(void)state;
	for (uint32_t dead = 0; dead <= 4; dead++) {
		rvx_handle_t handle;

		build(4);
		assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, actors[dead].task_handle,
				      actors[4].table_handle, 40),
				 RVX_OK);
		handle = world.root->frame.x[1];
		chain(4, 0, 0);
		assert_int_equal(CALL(actors[4].task, RVX_SYS_CAP_DELETE, 0, handle),
				 dead == 4 ? WORLD_DEAD : RVX_OK);
		if (dead < 4)
			assert_true(runs_on_own(4));
		if (dead > 0)
			assert_int_equal(answer_of(dead - 1), RVX_PEER_DEAD);
	}
}

static void suspended_server_keeps_the_context_until_the_call_ends(void **state)
{
	(void)state;
	for (uint32_t held = 0; held <= 3; held++) {
		build(3);
		chain(3, 0, host.now + 100000);
		assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[held].task_handle), RVX_OK);
		assert_true(has_context_of(3, 0));
		if (held == 3)
			assert_false(world_switch_to(actors[3].task));
		world_pass(200000);
		assert_true(runs_on_own(0));
		for (uint32_t i = 1; i <= 3; i++)
			assert_true(runs_on_own(i));
		assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[held].task_handle), RVX_OK);
		assert_int_equal(answer_of(0), RVX_TIMED_OUT);
		assert_true(world_switch_to(actors[3].task));
	}
}

static void suspended_and_resumed_server_goes_on_with_the_lent_context(void **state)
{
	(void)state;
	build(2);
	chain(2, 0, 0);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_SUSPEND, actors[2].partition_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RESUME, actors[2].partition_handle), RVX_OK);
	assert_true(has_context_of(2, 0));
	assert_int_equal(reply(2, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_int_equal(answer_of(0), links[0].from_badge);
}

static void waiting_passive_server_that_is_suspended_takes_the_call_along(void **state)
{
	(void)state;
	build(1);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[1].task_handle), RVX_OK);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_true(has_context_of(1, 0));
	assert_false(world_switch_to(actors[1].task));
	assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[1].task_handle), RVX_OK);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_int_equal(answer_of(0), links[0].from_badge);
}

static void fault_of_a_server_keeps_the_callers_context_until_it_is_resolved(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		build(2);
		chain(2, 0, how == 2 ? host.now + 1000 : 0);
		assert_true(world_switch_to(actors[2].task));
		world_fault(RVX_FAULT_DATA, 0);
		assert_true(has_context_of(2, 0));
		if (how == 0) {
			assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[2].task_handle), RVX_OK);
			assert_int_equal(reply(2, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
			assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
			assert_int_equal(answer_of(0), links[0].from_badge);
		} else if (how == 1) {
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[2].task_handle),
					 RVX_OK);
			assert_int_equal(answer_of(1), RVX_PEER_DEAD);
			assert_true(has_context_of(1, 0));
		} else {
			world_pass(2000);
			assert_int_equal(answer_of(0), RVX_TIMED_OUT);
			assert_true(runs_on_own(2));
			assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[2].task_handle), RVX_OK);
			assert_int_equal(reply(2, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
		}
	}
}

static void call_to_an_active_server_lends_nothing(void **state)
{
	struct actor active;
	struct link to_active;

	(void)state;
	build(1);
	active = world_actor();
	to_active = world_link(&actors[1], &active);
	assert_int_equal(CALL(active.task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_int_equal(CALL(actors[1].task, RVX_SYS_EDGE_CALL, to_active.from, 0), WORLD_BLOCKED);
	assert_true(has_context_of(1, 0));
	assert_ptr_equal(active.task->context, &active.task->home);
	/* The one in the middle goes while it waits with what it was lent. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[1].task_handle), RVX_OK);
	assert_int_equal(answer_of(0), RVX_PEER_DEAD);
	assert_true(runs_on_own(0));
}

static void call_that_waits_in_a_passive_servers_inbox_keeps_its_context(void **state)
{
	struct actor other;
	struct link second;

	(void)state;
	build(1);
	other = world_actor();
	second = world_link(&other, &actors[1]);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_int_equal(CALL(other.task, RVX_SYS_EDGE_CALL_EXTENDED, second.from, 1, 0, 0, 0, 0, 0,
			      0, 0, 0, 0, host.now + 1000),
			 WORLD_BLOCKED);
	assert_ptr_equal(other.task->context, &other.task->home);
	world_pass(2000);
	assert_int_equal(actors[1].task->pending, 0);
	assert_true(world_switch_to(other.task));
	assert_int_equal((int64_t)other.task->frame.x[0], RVX_TIMED_OUT);
	assert_int_equal(CALL(other.task, RVX_SYS_EDGE_CALL, second.from, 1), WORLD_BLOCKED);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), second.to_badge);
	assert_ptr_equal(actors[1].task->context, &other.task->home);
}

static void passive_server_with_a_deadline_wakes_on_its_own_context(void **state)
{
	(void)state;
	build(0);
	actors[1] = world_passive();
	assert_int_equal(CALL(actors[1].task, RVX_SYS_RECV_UNTIL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			      host.now + 500),
			 WORLD_BLOCKED);
	assert_null(actors[1].task->context);
	world_pass(1000);
	assert_true(runs_on_own(1));
	assert_int_equal(answer_of(1), RVX_TIMED_OUT);
}

static void used_up_budget_is_postponed_wherever_the_context_is(void **state)
{
	uint64_t deadline;

	(void)state;
	build(2);
	chain(2, 0, 0);
	assert_true(world_switch_to(actors[2].task));
	deadline = actors[0].task->home.deadline;
	/* The root wants the core too; the timer ends the budget. */
	world_pass(10 * CONFIG_DEFAULT_BUDGET);
	assert_true(actors[0].task->home.deadline > deadline);
	assert_true(actors[0].task->home.left > 0);
	assert_int_equal(reply(2, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
	assert_int_equal(answer_of(0), links[0].from_badge);
}

static void loop_of_calls_among_passive_servers_ends_at_its_deadline(void **state)
{
	struct link back;

	(void)state;
	build(2);
	back = world_link(&actors[2], &actors[1]);
	chain(2, 0, host.now + 1000);
	/* The last calls the first server, which waits for it: nobody has a context that runs. */
	assert_int_equal(CALL(actors[2].task, RVX_SYS_EDGE_CALL, back.from, 0), WORLD_BLOCKED);
	world_pass(2000);
	assert_int_equal(answer_of(0), RVX_TIMED_OUT);
	assert_true(runs_on_own(0));
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[1].task_handle), RVX_OK);
	assert_int_equal(answer_of(2), RVX_PEER_DEAD);
}

/*
 * Hard contexts.
 */

static bool is_throttled(uint32_t i)
{
	return actors[i].task->home.replenishment.item.place != 0;
}

/* The last of a chain uses up what the client lent. */
static void use_up(uint32_t last, uint64_t deadline)
{
	build_with(last, RVX_SCHEDULE_HARD);
	chain(last, 0, deadline);
	assert_true(world_switch_to(actors[last].task));
	assert_true(has_context_of(last, 0));
	world_pass(CONFIG_DEFAULT_BUDGET);
	assert_true(runs_on_own(last));
	assert_int_equal(actors[last].task->depth, 0);
	if (last > 1)
		assert_true(has_context_of(last - 1, 0));
}

static void used_up_hard_context_goes_back_link_by_link_and_all_go_on_with_their_own(void **state)
{
	(void)state;
	for (uint32_t last = 1; last <= 4; last++) {
		uint64_t begin;

		use_up(last, 0);
		begin = actors[0].task->home.deadline - CONFIG_DEFAULT_PERIOD;
		assert_true(begin > host.now);
		for (uint32_t i = last; i > 0; i--) {
			assert_false(is_throttled(0));
			assert_int_equal(reply(i, RVX_SYS_EDGE_REPLY_RECV), WORLD_BLOCKED);
			assert_true(runs_on_own(i - 1));
			if (i > 2)
				assert_true(has_context_of(i - 2, 0));
		}
		assert_true(host.now < begin);
		assert_true(is_throttled(0));
		world_pass(begin - 1 - host.now);
		assert_true(is_throttled(0));
		world_pass(1);
		assert_false(is_throttled(0));
		assert_int_equal(answer_of(0), links[0].from_badge);
		/* What was overdrawn is not given again. */
		assert_true(actors[0].task->home.used <= 2 * CONFIG_DEFAULT_BUDGET);
	}
}

static void timeout_of_a_client_whose_context_was_used_up_is_seen_in_its_next_period(void **state)
{
	(void)state;
	for (uint32_t last = 1; last <= 4; last++) {
		uint64_t begin;

		use_up(last, (uint64_t)1 << 20);
		assert_true(host.now < (uint64_t)1 << 20);
		world_pass(((uint64_t)1 << 20) - host.now);
		begin = actors[0].task->home.deadline - CONFIG_DEFAULT_PERIOD;
		assert_int_equal(task_state(actors[0].task), TASK_READY);
		for (uint32_t i = 0; i <= last; i++)
			assert_true(runs_on_own(i));
		if (host.now < begin) {
			assert_true(is_throttled(0));
			world_pass(begin - host.now);
		}
		assert_int_equal(answer_of(0), RVX_TIMED_OUT);
	}
}

static void death_of_each_in_a_chain_whose_context_was_used_up_wakes_its_caller(void **state)
{
	(void)state;
	for (uint32_t last = 1; last <= 4; last++) {
		for (uint32_t dead = 0; dead <= last; dead++) {
			use_up(last, 0);
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[dead].task_handle),
					 RVX_OK);
			for (uint32_t i = dead + 1; i <= last; i++)
				assert_true(runs_on_own(i));
			if (dead == 0)
				continue;
			assert_int_equal(task_state(actors[dead - 1].task), TASK_READY);
			assert_true(runs_on_own(dead - 1));
			assert_int_equal(is_throttled(0), dead == 1);
			if (dead > 1)
				assert_true(has_context_of(dead - 2, 0));
			if (dead == 1)
				world_pass(CONFIG_DEFAULT_PERIOD);
			assert_int_equal(answer_of(dead - 1), RVX_PEER_DEAD);
		}
	}
}

/* In what can happen to a task that waits for its period. */
static void throttled_task_can_be_suspended_resumed_and_destroyed(void **state)
{
	(void)state;
	for (int how = 0; how < 4; how++) {
		build_with(0, RVX_SCHEDULE_HARD);
		assert_true(world_switch_to(actors[0].task));
		world_pass(CONFIG_DEFAULT_BUDGET);
		assert_true(is_throttled(0));
		assert_int_equal(task_state(actors[0].task), TASK_READY);
		switch (how) {
		case 0:
			assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, actors[0].task_handle), RVX_OK);
			assert_false(is_throttled(0));
			assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actors[0].task_handle), RVX_OK);
			break;
		case 1:
			assert_int_equal(
				ROOT(RVX_SYS_PARTITION_SUSPEND, actors[0].partition_handle),
				RVX_OK);
			assert_false(is_throttled(0));
			assert_int_equal(ROOT(RVX_SYS_PARTITION_RESUME, actors[0].partition_handle),
					 RVX_OK);
			break;
		case 2:
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[0].task_handle),
					 RVX_OK);
			assert_false(is_throttled(0));
			world_pass(2 * CONFIG_DEFAULT_PERIOD);
			continue;
		default:
			break;
		}
		assert_true(is_throttled(0));
		world_pass(actors[0].task->home.replenishment.item.key - host.now);
		assert_false(is_throttled(0));
		assert_true(world_switch_to(actors[0].task));
	}
}

static void throttled_context_is_not_lent_on_by_a_call_that_waits(void **state)
{
	struct actor other;
	struct link second;

	(void)state;
	build_with(1, 0);
	other = world_actor_with(&(struct actor_options){ .flags = RVX_SCHEDULE_HARD });
	second = world_link(&other, &actors[1]);
	assert_int_equal(call(0, 0), WORLD_BLOCKED);
	assert_true(world_switch_to(other.task));
	/* It calls with its last tick, and waits behind the first. */
	host.now += (uint64_t)other.task->home.left;
	assert_int_equal(STEP(other.task, RVX_SYS_EDGE_CALL, second.from, 1), WORLD_BLOCKED);
	assert_int_equal(reply(1, RVX_SYS_EDGE_REPLY_RECV), second.to_badge);
	assert_true(runs_on_own(1));
	assert_ptr_equal(other.task->context, &other.task->home);
}

/*
 * Budgets whose end is a fault.
 */

static void end_of_a_budget_can_be_a_fault_and_resume_gives_a_whole_one(void **state)
{
	(void)state;
	for (uint64_t hard = 0; hard <= RVX_SCHEDULE_HARD; hard += RVX_SCHEDULE_HARD) {
		build_with(0, RVX_SCHEDULE_FAULT | hard);
		assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, actors[0].task_handle,
				      RVX_HANDLE(RVX_BOOT_TASK, 1)),
				 RVX_OK);
		for (int again = 0; again < 3; again++) {
			assert_true(world_switch_to(actors[0].task));
			assert_int_equal(actors[0].task->home.left, CONFIG_DEFAULT_BUDGET);
			world_pass(CONFIG_DEFAULT_BUDGET);
			assert_int_equal(task_state(actors[0].task), TASK_FAULTED);
			assert_int_equal(ROOT(RVX_SYS_RECV, 0), 0);
			assert_int_equal(world.root->frame.x[1], RVX_EVENT_FAULT);
			assert_int_equal(world.root->frame.x[2], RVX_FAULT_BUDGET);
			assert_int_equal(
				ROOT(again == 1 ? RVX_SYS_TASK_RESTART : RVX_SYS_TASK_RESUME,
				     actors[0].task_handle),
				RVX_OK);
		}
	}
}

static void end_of_a_lent_budget_is_no_fault(void **state)
{
	(void)state;
	for (uint64_t hard = 0; hard <= RVX_SCHEDULE_HARD; hard += RVX_SCHEDULE_HARD) {
		build_with(1, RVX_SCHEDULE_FAULT | hard);
		assert_int_equal(call(0, 0), WORLD_BLOCKED);
		assert_true(world_switch_to(actors[1].task));
		world_pass(CONFIG_DEFAULT_BUDGET);
		assert_int_equal(task_state(actors[1].task), TASK_READY);
		assert_int_equal(task_state(actors[0].task), TASK_CALLING);
		assert_int_equal(runs_on_own(1), hard != 0);
	}
}

static void budget_fault_without_a_supervisor_waits_for_one(void **state)
{
	(void)state;
	build_with(0, RVX_SCHEDULE_FAULT);
	assert_true(world_switch_to(actors[0].task));
	world_pass(CONFIG_DEFAULT_BUDGET);
	assert_int_equal(task_state(actors[0].task), TASK_FAULTED);
	world_pass(2 * CONFIG_DEFAULT_PERIOD);
	assert_int_equal(task_state(actors[0].task), TASK_FAULTED);
	assert_int_equal(
		ROOT(RVX_SYS_TASK_SUPERVISE, actors[0].task_handle, RVX_HANDLE(RVX_BOOT_TASK, 1)),
		RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_RECV, 0), 0);
	assert_int_equal(world.root->frame.x[2], RVX_FAULT_BUDGET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_lends_the_context_and_reply_returns_it),
		cmocka_unit_test(lent_context_is_charged_for_the_server),
		cmocka_unit_test(server_that_replies_without_receiving_goes_on_with_its_own),
		cmocka_unit_test(context_nests_eight_deep),
		cmocka_unit_test(depth_is_of_the_context_and_not_of_the_calls),
		cmocka_unit_test(server_that_receives_again_gives_the_older_context_back),
		cmocka_unit_test(server_that_waits_again_with_nothing_there_gives_it_back),
		cmocka_unit_test(signal_wakes_a_passive_server_on_its_own_context),
		cmocka_unit_test(timeout_of_the_client_takes_its_context_from_the_end_of_the_chain),
		cmocka_unit_test(timeout_in_the_middle_gives_the_context_to_whoever_called_there),
		cmocka_unit_test(death_of_each_in_a_chain_wakes_its_caller),
		cmocka_unit_test(partition_of_each_in_a_chain_can_be_destroyed),
		cmocka_unit_test(last_in_the_chain_can_destroy_each_above_it),
		cmocka_unit_test(suspended_server_keeps_the_context_until_the_call_ends),
		cmocka_unit_test(suspended_and_resumed_server_goes_on_with_the_lent_context),
		cmocka_unit_test(waiting_passive_server_that_is_suspended_takes_the_call_along),
		cmocka_unit_test(fault_of_a_server_keeps_the_callers_context_until_it_is_resolved),
		cmocka_unit_test(call_to_an_active_server_lends_nothing),
		cmocka_unit_test(call_that_waits_in_a_passive_servers_inbox_keeps_its_context),
		cmocka_unit_test(passive_server_with_a_deadline_wakes_on_its_own_context),
		cmocka_unit_test(used_up_budget_is_postponed_wherever_the_context_is),
		cmocka_unit_test(loop_of_calls_among_passive_servers_ends_at_its_deadline),
		cmocka_unit_test(
			used_up_hard_context_goes_back_link_by_link_and_all_go_on_with_their_own),
		cmocka_unit_test(
			timeout_of_a_client_whose_context_was_used_up_is_seen_in_its_next_period),
		cmocka_unit_test(
			death_of_each_in_a_chain_whose_context_was_used_up_wakes_its_caller),
		cmocka_unit_test(throttled_task_can_be_suspended_resumed_and_destroyed),
		cmocka_unit_test(throttled_context_is_not_lent_on_by_a_call_that_waits),
		cmocka_unit_test(end_of_a_budget_can_be_a_fault_and_resume_gives_a_whole_one),
		cmocka_unit_test(end_of_a_lent_budget_is_no_fault),
		cmocka_unit_test(budget_fault_without_a_supervisor_waits_for_one),
	};

	return unit_run(tests);
}
