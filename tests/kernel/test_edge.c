/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CommEdge: calls, replies, signals, the inbox, deadlines, capabilities in messages, death. */
#include "tests/kernel/unit.h"

#define CALL_X1(serial, label) ((uint64_t)(serial) << 32 | (uint32_t)(label))
#define SLOT_FOR_ARRIVALS 40

static struct actor client, server, third;
static struct link edge, edge3;

/* Client and third call the server, which is active. */
static void build(void)
{
	world_boot();
	client = world_actor();
	server = world_actor();
	third = world_actor();
	edge = world_link(&client, &server);
	edge3 = world_link(&third, &server);
}

static void receives(struct actor *actor, uint64_t badge)
{
	int64_t got = CALL(actor->task, RVX_SYS_RECV, 0);

	assert_int_equal(got, badge);
}

static void blocks_in_recv(struct actor *actor)
{
	assert_int_equal(CALL(actor->task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
}

static void words_are(const struct actor *actor, uint64_t first)
{
	for (uint64_t i = 0; i < RVX_MESSAGE_WORDS; i++)
		assert_int_equal(actor->task->frame.x[2 + i], first + i);
	for (uint32_t i = 10; i <= 18; i++)
		assert_int_equal(actor->task->frame.x[i], 0);
}

static int64_t call8(struct actor *actor, rvx_handle_t handle, uint64_t label, uint64_t first)
{
	return CALL(actor->task, RVX_SYS_EDGE_CALL, handle, label, first, first + 1, first + 2,
		    first + 3, first + 4, first + 5, first + 6, first + 7);
}

static int64_t reply8(struct actor *actor, uint32_t number, rvx_handle_t handle, uint64_t x1,
		      uint64_t first)
{
	return CALL(actor->task, number, handle, x1, first, first + 1, first + 2, first + 3,
		    first + 4, first + 5, first + 6, first + 7);
}

static void call_and_reply_carry_label_words_and_badges(void **state)
{
	uint64_t x1;

	(void)state;
	build();
	blocks_in_recv(&server);
	assert_int_equal(call8(&client, edge.from, 0xffffffff00000007, 100), WORLD_BLOCKED);
	assert_true(world_switch_to(server.task));
	assert_int_equal(server.task->frame.x[0], edge.to_badge);
	x1 = server.task->frame.x[1];
	assert_int_equal(RVX_EVENT_LABEL(x1), 7);
	assert_true(RVX_EVENT_SERIAL(x1) != 0);
	words_are(&server, 100);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, x1 + 1, 200), RVX_OK);
	assert_true(world_switch_to(client.task));
	assert_int_equal(client.task->frame.x[0], edge.from_badge);
	assert_int_equal(RVX_EVENT_LABEL(client.task->frame.x[1]), 8);
	words_are(&client, 200);
}

static void call_to_a_busy_server_waits_in_its_inbox(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(server.task->pending, 1);
	receives(&server, edge.to_badge);
	words_are(&server, 10);
	assert_int_equal(task_state(client.task), TASK_CALLING);
}

static void reply_recv_replies_and_receives_the_next_call(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(call8(&third, edge3.from, 2, 20), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	assert_int_equal(
		reply8(&server, RVX_SYS_EDGE_REPLY_RECV, edge.to, server.task->frame.x[1], 30),
		edge3.to_badge);
	words_are(&server, 20);
	assert_int_equal(
		reply8(&server, RVX_SYS_EDGE_REPLY_RECV, edge3.to, server.task->frame.x[1], 40),
		WORLD_BLOCKED);
	assert_true(world_switch_to(client.task));
	words_are(&client, 30);
	assert_true(world_switch_to(third.task));
	words_are(&third, 40);
}

static void refused_reply_recv_receives_nothing(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY_RECV, edge3.to, CALL_X1(1, 0), 0),
			 RVX_NOT_CALLING);
	assert_int_equal(server.task->pending, 1);
	/* Queued but not received: there is nobody to reply to. */
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY_RECV, edge.to, CALL_X1(1, 0), 0),
			 RVX_NOT_CALLING);
	receives(&server, edge.to_badge);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY_RECV, edge.to,
				server.task->frame.x[1] + CALL_X1(1, 0), 0),
			 RVX_STALE);
	assert_int_equal(task_state(client.task), TASK_CALLING);
}

static void second_reply_finds_nobody(void **state)
{
	uint64_t x1;

	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	x1 = server.task->frame.x[1];
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, x1, 0), RVX_OK);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, x1, 0), RVX_NOT_CALLING);
}

static void late_reply_never_answers_the_next_call(void **state)
{
	uint64_t x1, next;

	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_CALL_EXTENDED, edge.from, 1, 0, 0, 0, 0, 0,
			      0, 0, 0, 0, host.now + 5000),
			 WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	x1 = server.task->frame.x[1];
	world_pass(10000);
	assert_int_equal(task_state(client.task), TASK_READY);
	assert_int_equal((int64_t)client.task->frame.x[0], RVX_TIMED_OUT);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, x1, 0), RVX_NOT_CALLING);
	assert_int_equal(call8(&client, edge.from, 2, 10), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	next = server.task->frame.x[1];
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, x1, 0), RVX_STALE);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, next, 0), RVX_OK);
}

static void serial_skips_zero(void **state)
{
	struct edge_end *end;

	(void)state;
	build();
	end = world_capability_in(client.table, edge.from)->object;
	end->serial = UINT32_MAX;
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	assert_int_equal(RVX_EVENT_SERIAL(server.task->frame.x[1]), UINT32_MAX);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, server.task->frame.x[1], 0),
			 RVX_OK);
	assert_int_equal(end->serial, 1);
}

static void inbox_gives_faults_then_signals_then_calls(void **state)
{
	struct actor child;

	(void)state;
	build();
	child = world_actor();
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, child.task_handle, server.task_handle), 0);
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(CALL(third.task, RVX_SYS_EDGE_SIGNAL, edge3.from, 0x5), RVX_OK);
	assert_true(world_switch_to(child.task));
	world_fault(RVX_FAULT_DATA, 0x123);
	receives(&server, 0);
	assert_int_equal(server.task->frame.x[1], RVX_EVENT_FAULT);
	assert_int_equal(server.task->frame.x[2], RVX_FAULT_DATA);
	assert_int_equal(server.task->frame.x[3], 0x123);
	receives(&server, edge3.to_badge);
	assert_int_equal(server.task->frame.x[1], RVX_EVENT_NOTIFICATION);
	assert_int_equal(server.task->frame.x[2], 0x5);
	receives(&server, edge.to_badge);
	assert_int_equal(RVX_EVENT_LABEL(server.task->frame.x[1]), 1);
	blocks_in_recv(&server);
}

static void inbox_gives_calls_by_the_callers_deadline(void **state)
{
	const struct actor_options reflex = { .flags = RVX_SCHEDULE_REFLEX, .stopped = true };
	const struct actor_options soon = { .budget = 50000, .period = 50000 };
	struct actor urgent, sooner;
	struct link urgent_edge, sooner_edge;

	(void)state;
	build();
	sooner = world_actor_with(&soon);
	sooner_edge = world_link(&sooner, &server);
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	world_pass(1);
	assert_int_equal(call8(&third, edge3.from, 1, 10), WORLD_BLOCKED);
	assert_true(world_switch_to(sooner.task));
	sooner.task->home.deadline = host.now + 1;
	sooner.task->home.ready.key = CONTEXT_KEY_FLOW | sooner.task->home.deadline;
	assert_int_equal(call8(&sooner, sooner_edge.from, 1, 10), WORLD_BLOCKED);
	urgent = world_actor_with(&reflex);
	urgent_edge = world_link(&urgent, &server);
	assert_int_equal(ROOT(RVX_SYS_TASK_START, urgent.task_handle, 0x1000, 0x1000), RVX_OK);
	assert_int_equal(call8(&urgent, urgent_edge.from, 1, 10), WORLD_BLOCKED);
	receives(&server, urgent_edge.to_badge);
	receives(&server, sooner_edge.to_badge);
	receives(&server, client.task->home.ready.key <= third.task->home.ready.key ?
				  edge.to_badge :
				  edge3.to_badge);
	receives(&server, client.task->home.ready.key <= third.task->home.ready.key ?
				  edge3.to_badge :
				  edge.to_badge);
}

static void signals_are_merged_until_they_are_received(void **state)
{
	const struct edge_end *end;

	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1, 100), RVX_OK);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 4, 23), RVX_OK);
	assert_int_equal(server.task->pending, 1);
	receives(&server, edge.to_badge);
	assert_int_equal(server.task->frame.x[2], 5);
	blocks_in_recv(&server);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, UINT64_MAX), RVX_OK);
	assert_true(world_switch_to(server.task));
	assert_int_equal(server.task->frame.x[2], UINT64_MAX);
	end = world_capability_in(client.table, edge.from)->object;
	assert_int_equal(end->line->signals, 3);
	assert_int_equal(end->line->bulk_bytes, 123);
}

static void signals_come_in_the_order_of_the_first_of_each_edge(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(third.task, RVX_SYS_EDGE_SIGNAL, edge3.from, 1), RVX_OK);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1), RVX_OK);
	assert_int_equal(CALL(third.task, RVX_SYS_EDGE_SIGNAL, edge3.from, 2), RVX_OK);
	receives(&server, edge3.to_badge);
	assert_int_equal(server.task->frame.x[2], 3);
	receives(&server, edge.to_badge);
}

static void signal_refuses_no_bits_and_too_many_bytes(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 0, 1), RVX_BAD_ARGUMENT);
	assert_int_equal(
		CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1, ((uint64_t)1 << 40) + 1),
		RVX_BAD_ARGUMENT);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1, (uint64_t)1 << 40),
			 RVX_OK);
}

static void messages_need_a_bound_end_a_peer_and_rights(void **state)
{
	rvx_handle_t weak, foreign, lonely;

	(void)state;
	build();
	/* A copy of the server's end in the client's table. */
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, server.table_handle, edge.to, client.table_handle,
			      30, RVX_RIGHTS_ALL),
			 RVX_OK);
	foreign = world.root->frame.x[1];
	assert_int_equal(call8(&client, foreign, 0, 0), RVX_NOT_BOUND);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, foreign, 1), RVX_NOT_BOUND);
	for (uint64_t rights = 0; rights < 4; rights++) {
		assert_int_equal(CALL(client.task, RVX_SYS_CAP_COPY, 0, edge.from, 0, 31, rights),
				 RVX_OK);
		weak = client.task->frame.x[1];
		if (rights != 3)
			assert_int_equal(call8(&client, weak, 0, 0), RVX_NO_RIGHT);
		assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, weak, 1),
				 (rights & RVX_RIGHT_WRITE) != 0 ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(CALL(client.task, RVX_SYS_EDGE_REPLY, weak, 0),
				 (rights & RVX_RIGHT_READ) != 0 ? RVX_NOT_CALLING : RVX_NO_RIGHT);
		assert_int_equal(CALL(client.task, RVX_SYS_CAP_DELETE, 0, weak), RVX_OK);
	}
	lonely = world_retype(RVX_OBJECT_EDGE, 0);
	lonely = world_give(&client, lonely, RVX_RIGHTS_ALL);
	assert_int_equal(call8(&client, lonely, 0, 0), RVX_NOT_BOUND);
	assert_int_equal(
		ROOT(RVX_SYS_EDGE_BIND, client.table_handle, lonely, client.task_handle, 0),
		RVX_OK);
	assert_int_equal(call8(&client, lonely, 0, 0), RVX_PEER_DEAD);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, lonely, 1), RVX_PEER_DEAD);
	assert_int_equal(call8(&client, RVX_HANDLE(63, 1), 0, 0), RVX_INVALID_HANDLE);
	assert_int_equal(call8(&client, edge.from + ((uint64_t)1 << 32), 0, 0), RVX_STALE);
}

static void bind_refuses_what_does_not_fit(void **state)
{
	rvx_handle_t fresh, given, weak, unbound;

	(void)state;
	build();
	fresh = world_retype(RVX_OBJECT_EDGE, 0);
	given = world_give(&client, fresh, RVX_RIGHTS_ALL);
	weak = world_give(&client, fresh, RVX_RIGHTS_ALL & ~RVX_RIGHT_GRANT);
	unbound = world_retype(RVX_OBJECT_TASK, 0);
	assert_int_equal(
		ROOT(RVX_SYS_EDGE_BIND, client.table_handle, edge.from, client.task_handle, 0),
		RVX_OCCUPIED);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, client.table_handle, weak, client.task_handle, 0),
			 RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, client.table_handle, given, unbound, 0),
			 RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, client.table_handle, given, client.task_handle,
			      client.table->slot_count),
			 RVX_OUT_OF_RANGE);
	assert_int_equal(
		ROOT(RVX_SYS_EDGE_BIND, client.table_handle, given, client.partition_handle, 0),
		RVX_WRONG_TYPE);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, 0, client.task_handle, client.task_handle, 0),
			 RVX_WRONG_TYPE);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, client.table_handle, given, client.task_handle, 0),
			 RVX_OK);
}

static void task_has_at_most_64_edges(void **state)
{
	(void)state;
	build();
	while (client.task->end_count < RVX_TASK_EDGES_MAX) {
		rvx_handle_t fresh = world_retype(RVX_OBJECT_EDGE, 0);

		assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, 0, fresh, client.task_handle, 0), RVX_OK);
	}
	assert_int_equal(
		ROOT(RVX_SYS_EDGE_BIND, 0, world_retype(RVX_OBJECT_EDGE, 0), client.task_handle, 0),
		RVX_LIMIT);
	/* All of them can wait in one inbox. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, client.task_handle), RVX_OK);
}

static void recv_until_ends_at_its_deadline(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(server.task, RVX_SYS_RECV_UNTIL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			      host.now + 700),
			 WORLD_BLOCKED);
	world_pass(600);
	assert_int_equal(task_state(server.task), TASK_RECEIVING);
	world_pass(200);
	assert_int_equal(task_state(server.task), TASK_READY);
	assert_true(world_switch_to(server.task));
	assert_int_equal((int64_t)server.task->frame.x[0], RVX_TIMED_OUT);
	assert_int_equal(cores[0].timers.count, 0);
}

static void passed_deadline_still_takes_what_is_there(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1), RVX_OK);
	assert_int_equal(CALL(server.task, RVX_SYS_RECV_UNTIL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
			 edge.to_badge);
	assert_int_equal(CALL(server.task, RVX_SYS_RECV_UNTIL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
			 WORLD_BLOCKED);
	world_pass(0);
	assert_true(world_switch_to(server.task));
	assert_int_equal((int64_t)server.task->frame.x[0], RVX_TIMED_OUT);
}

static void event_before_the_deadline_takes_the_timeout_back(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(server.task, RVX_SYS_RECV_UNTIL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			      host.now + 70000),
			 WORLD_BLOCKED);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1), RVX_OK);
	assert_int_equal(cores[0].timers.count, 0);
	world_pass(100000);
	assert_true(world_switch_to(server.task));
	assert_int_equal(server.task->frame.x[0], edge.to_badge);
}

static void deadlines_end_in_their_order(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_CALL_EXTENDED, edge.from, 1, 0, 0, 0, 0, 0,
			      0, 0, 0, 0, host.now + 900),
			 WORLD_BLOCKED);
	assert_int_equal(CALL(third.task, RVX_SYS_EDGE_CALL_EXTENDED, edge3.from, 1, 0, 0, 0, 0, 0,
			      0, 0, 0, 0, host.now + 500),
			 WORLD_BLOCKED);
	world_pass(600);
	assert_int_equal(task_state(third.task), TASK_READY);
	assert_int_equal(task_state(client.task), TASK_CALLING);
	assert_int_equal(server.task->pending, 1);
	world_pass(400);
	assert_int_equal(task_state(client.task), TASK_READY);
	assert_int_equal(server.task->pending, 0);
}

static void edge_wakes_the_caller_with_an_error_when_the_far_end_dies(void **state)
{
	(void)state;
	for (int delivered = 0; delivered < 2; delivered++) {
		build();
		assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
		if (delivered != 0)
			receives(&server, edge.to_badge);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, server.task_handle), RVX_OK);
		assert_true(world_switch_to(client.task));
		assert_int_equal((int64_t)client.task->frame.x[0], RVX_PEER_DEAD);
		for (uint32_t i = 1; i < 19; i++)
			assert_int_equal(client.task->frame.x[i], 0);
		assert_int_equal(call8(&client, edge.from, 1, 10), RVX_PEER_DEAD);
	}
}

static void edge_that_is_destroyed_ends_calls_in_both_directions(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(call8(&server, edge.to, 1, 10), WORLD_BLOCKED);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, edge.edge), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, edge.edge), RVX_OK);
	assert_true(world_switch_to(client.task));
	assert_int_equal((int64_t)client.task->frame.x[0], RVX_PEER_DEAD);
	assert_true(world_switch_to(server.task));
	assert_int_equal((int64_t)server.task->frame.x[0], RVX_PEER_DEAD);
}

static void capability_that_bound_an_end_unbinds_it_when_it_goes(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 1, 10), WORLD_BLOCKED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, client.table_handle, edge.from), RVX_OK);
	assert_true(world_switch_to(client.task));
	assert_int_equal((int64_t)client.task->frame.x[0], RVX_PEER_DEAD);
	assert_int_equal(server.task->pending, 0);
	assert_int_equal(client.task->end_count, 0);
	/* Of the end it is free again. */
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, 0, edge.edge, third.task_handle, 0), RVX_OK);
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_SIGNAL, edge.to, 1), RVX_OK);
	receives(&third, 0);
}

static void binding_moves_with_its_capability(void **state)
{
	rvx_handle_t moved;

	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_CAP_MOVE, 0, edge.from, 0, 33), RVX_OK);
	moved = client.task->frame.x[1];
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, moved, 1), RVX_OK);
	assert_int_equal(CALL(client.task, RVX_SYS_CAP_DELETE, 0, moved), RVX_OK);
	assert_int_equal(client.task->end_count, 0);
}

static void old_binding_does_not_unbind_a_newer_one(void **state)
{
	rvx_handle_t second;

	(void)state;
	build();
	/* The capability that bound the client's end outlives the client. */
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, edge.edge, 0, world_slot(), RVX_RIGHTS_ALL), 0);
	second = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, client.task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_EDGE_BIND, 0, second, third.task_handle, 0), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, client.table_handle, edge.from), RVX_OK);
	assert_int_equal(third.task->end_count, 2);
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_SIGNAL, edge.to, 1), RVX_OK);
}

static void signal_dies_with_the_end_it_was_for(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1), RVX_OK);
	assert_int_equal(CALL(third.task, RVX_SYS_EDGE_SIGNAL, edge3.from, 2), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, server.table_handle, edge.to), RVX_OK);
	receives(&server, edge3.to_badge);
	blocks_in_recv(&server);
}

static void signal_outlives_its_sender(void **state)
{
	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, client.task_handle), RVX_OK);
	receives(&server, edge.to_badge);
	assert_int_equal(server.task->frame.x[2], 1);
}

static void call_of_a_task_to_itself_waits_for_its_deadline(void **state)
{
	struct link self;

	(void)state;
	build();
	self = world_link(&client, &client);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_CALL_EXTENDED, self.from, 1, 0, 0, 0, 0, 0,
			      0, 0, 0, 0, host.now + 500),
			 WORLD_BLOCKED);
	world_pass(600);
	assert_true(world_switch_to(client.task));
	assert_int_equal((int64_t)client.task->frame.x[0], RVX_TIMED_OUT);
	assert_int_equal(client.task->pending, 0);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, self.from, 8), RVX_OK);
	receives(&client, self.to_badge);
	assert_int_equal(call8(&client, self.from, 0, 0), WORLD_BLOCKED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, client.task_handle), RVX_OK);
}

static void circle_of_calls_waits_and_can_be_destroyed(void **state)
{
	struct link back;

	(void)state;
	build();
	back = world_link(&server, &client);
	assert_int_equal(call8(&client, edge.from, 0, 0), WORLD_BLOCKED);
	assert_int_equal(call8(&server, back.from, 0, 0), WORLD_BLOCKED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, server.task_handle), RVX_OK);
	assert_true(world_switch_to(client.task));
	assert_int_equal((int64_t)client.task->frame.x[0], RVX_PEER_DEAD);
}

static void suspended_receiver_gets_its_event_and_does_not_run(void **state)
{
	(void)state;
	build();
	blocks_in_recv(&server);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, server.task_handle), RVX_OK);
	assert_int_equal(call8(&client, edge.from, 3, 10), WORLD_BLOCKED);
	assert_int_equal(task_state(server.task), TASK_READY);
	assert_false(world_switch_to(server.task));
	assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, server.task_handle), RVX_OK);
	assert_true(world_switch_to(server.task));
	words_are(&server, 10);
}

static void suspended_caller_gets_its_reply_and_does_not_run(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 3, 10), WORLD_BLOCKED);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_SUSPEND, client.partition_handle), RVX_OK);
	receives(&server, edge.to_badge);
	assert_int_equal(reply8(&server, RVX_SYS_EDGE_REPLY, edge.to, server.task->frame.x[1], 50),
			 RVX_OK);
	assert_false(world_switch_to(client.task));
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RESUME, client.partition_handle), RVX_OK);
	assert_true(world_switch_to(client.task));
	words_are(&client, 50);
}

/* Capabilities in messages. */

static rvx_handle_t something(struct actor *actor, uint64_t rights)
{
	return world_give(actor, world_retype(RVX_OBJECT_REGION, 1), rights);
}

#define CALL_CARRYING(actor, handle, capability) \
	CALL((actor)->task, RVX_SYS_EDGE_CALL_EXTENDED, handle, 1, 0, 0, 0, 0, 0, 0, 0, 0, \
	     capability, 0)
#define REPLY_CARRYING(actor, handle, x1, capability) \
	CALL((actor)->task, RVX_SYS_EDGE_REPLY_EXTENDED, handle, x1, 0, 0, 0, 0, 0, 0, 0, 0, \
	     capability, 0)

static void build_with_slots(void)
{
	build();
	edge = world_link_with(&client, &server, SLOT_FOR_ARRIVALS, SLOT_FOR_ARRIVALS);
}

static void capability_travels_with_a_call(void **state)
{
	const struct capability *arrived;
	rvx_handle_t sent;

	(void)state;
	build_with_slots();
	sent = something(&client, RVX_RIGHT_READ | RVX_RIGHT_GRANT);
	assert_int_equal(CALL_CARRYING(&client, edge.from, sent), WORLD_BLOCKED);
	arrived = world_capability_in(server.table, RVX_HANDLE(SLOT_FOR_ARRIVALS, 1));
	assert_int_equal(capability_rights(arrived), RVX_RIGHT_READ | RVX_RIGHT_GRANT);
	assert_int_equal(world_record(witness_log.next - 1)->kind, RVX_WITNESS_CAPABILITY_DELEGATE);
	/* It is derived from what was sent: revoking that takes it back. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, client.table_handle, sent), RVX_HAS_CHILDREN);
}

static void capability_travels_with_a_reply(void **state)
{
	rvx_handle_t sent;

	(void)state;
	build_with_slots();
	sent = something(&server, RVX_RIGHTS_ALL);
	assert_int_equal(call8(&client, edge.from, 0, 0), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	assert_int_equal(REPLY_CARRYING(&server, edge.to, server.task->frame.x[1], sent), RVX_OK);
	(void)world_capability_in(client.table, RVX_HANDLE(SLOT_FOR_ARRIVALS, 1));
	assert_int_equal(call8(&client, edge.from, 0, 0), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	/* The slot is taken: the reply is refused whole, and can be made without. */
	assert_int_equal(REPLY_CARRYING(&server, edge.to, server.task->frame.x[1], sent),
			 RVX_NO_SLOT);
	assert_int_equal(task_state(client.task), TASK_CALLING);
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_REPLY, edge.to, server.task->frame.x[1]),
			 RVX_OK);
}

static void grant_once_travels_without_grant(void **state)
{
	const struct capability *arrived;

	(void)state;
	build_with_slots();
	assert_int_equal(CALL_CARRYING(&client, edge.from,
				       something(&client, RVX_RIGHT_READ | RVX_RIGHT_WRITE |
								  RVX_RIGHT_GRANT_ONCE)),
			 WORLD_BLOCKED);
	arrived = world_capability_in(server.table, RVX_HANDLE(SLOT_FOR_ARRIVALS, 1));
	assert_int_equal(capability_rights(arrived), RVX_RIGHT_READ | RVX_RIGHT_WRITE);
}

static void call_that_carries_is_refused_whole(void **state)
{
	rvx_handle_t sent, weak_edge;
	char *before, *after;

	(void)state;
	build_with_slots();
	sent = something(&client, RVX_RIGHTS_ALL);
	assert_int_equal(CALL(client.task, RVX_SYS_CAP_COPY, 0, edge.from, 0, 35,
			      RVX_RIGHT_READ | RVX_RIGHT_WRITE),
			 RVX_OK);
	weak_edge = client.task->frame.x[1];
	before = world_state();
	assert_int_equal(CALL_CARRYING(&client, weak_edge, sent), RVX_NO_RIGHT);
	assert_int_equal(CALL_CARRYING(&client, edge.from, something(&client, RVX_RIGHT_READ)),
			 RVX_NO_RIGHT);
	assert_int_equal(CALL_CARRYING(&client, edge.from, RVX_HANDLE(39, 1)), RVX_INVALID_HANDLE);
	free(before);
	/* The receiver's slot is taken, or there is none. */
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1),
			      server.table_handle, SLOT_FOR_ARRIVALS, RVX_RIGHT_READ),
			 RVX_OK);
	assert_true(world_switch_to(client.task));
	before = world_state();
	assert_int_equal(CALL_CARRYING(&client, edge.from, sent), RVX_NO_SLOT);
	after = world_state();
	/* Only the refused call's own registers differ, which are the running task's. */
	world_compare(before, after, "refused");
	free(before);
	free(after);
	assert_int_equal(task_state(client.task), TASK_READY);
	assert_int_equal(server.task->pending, 0);
}

static void untyped_does_not_travel(void **state)
{
	rvx_handle_t untyped;

	(void)state;
	build_with_slots();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 12);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, untyped, client.table_handle, 36), RVX_OK);
	assert_int_equal(CALL_CARRYING(&client, edge.from, world.root->frame.x[1]),
			 RVX_NOT_DERIVABLE);
}

static void call_without_credits_carries_nothing(void **state)
{
	rvx_handle_t sent;

	(void)state;
	build_with_slots();
	sent = something(&client, RVX_RIGHTS_ALL);
	client.partition->credits_used = client.partition->credits;
	world.checks = false;
	assert_int_equal(CALL_CARRYING(&client, edge.from, sent), RVX_WITNESS_FULL);
	client.partition->credits_used = 0;
	world.checks = true;
	assert_int_equal(CALL_CARRYING(&client, edge.from, sent), WORLD_BLOCKED);
}

static void reply_extended_takes_no_deadline(void **state)
{
	(void)state;
	build();
	assert_int_equal(call8(&client, edge.from, 0, 0), WORLD_BLOCKED);
	receives(&server, edge.to_badge);
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_REPLY_EXTENDED, edge.to,
			      server.task->frame.x[1], 0, 0, 0, 0, 0, 0, 0, 0, 0, 5),
			 RVX_BAD_ARGUMENT);
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_REPLY_RECV_EXTENDED, edge.to,
			      server.task->frame.x[1], 0, 0, 0, 0, 0, 0, 0, 0, 0, host.now + 10),
			 WORLD_BLOCKED);
	world_pass(20);
	assert_true(world_switch_to(server.task));
	assert_int_equal((int64_t)server.task->frame.x[0], RVX_TIMED_OUT);
}

static void telemetry_counts_each_direction(void **state)
{
	const struct edge_end *from, *to;

	(void)state;
	build();
	from = world_capability_in(client.table, edge.from)->object;
	to = from->far;
	for (uint64_t i = 1; i < 4; i++) {
		assert_int_equal(call8(&client, edge.from, 0, 0), WORLD_BLOCKED);
		assert_int_equal(from->line->messages, i - 1);
		receives(&server, edge.to_badge);
		assert_int_equal(from->line->messages, i);
		assert_int_equal(to->line->messages, i - 1);
		assert_int_equal(
			CALL(server.task, RVX_SYS_EDGE_REPLY, edge.to, server.task->frame.x[1]),
			RVX_OK);
		assert_int_equal(to->line->messages, i);
	}
	assert_int_equal(to->line->signals, 0);
}

static void telemetry_places_are_given_back_and_start_at_zero(void **state)
{
	uint64_t index;
	rvx_handle_t fresh;

	(void)state;
	build();
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1, 77), RVX_OK);
	index = ((const struct edge *)world_object(edge.edge))->telemetry_index;
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, edge.edge), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, edge.edge), RVX_OK);
	fresh = world_retype(RVX_OBJECT_EDGE, 0);
	assert_int_equal(((const struct edge *)world_object(fresh))->telemetry_index, index);
	assert_int_equal(((const struct edge *)world_object(fresh))->end[0].line->bulk_bytes, 0);
	assert_int_equal(((const struct edge *)world_object(fresh))->end[0].line->signals, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_and_reply_carry_label_words_and_badges),
		cmocka_unit_test(call_to_a_busy_server_waits_in_its_inbox),
		cmocka_unit_test(reply_recv_replies_and_receives_the_next_call),
		cmocka_unit_test(refused_reply_recv_receives_nothing),
		cmocka_unit_test(second_reply_finds_nobody),
		cmocka_unit_test(late_reply_never_answers_the_next_call),
		cmocka_unit_test(serial_skips_zero),
		cmocka_unit_test(inbox_gives_faults_then_signals_then_calls),
		cmocka_unit_test(inbox_gives_calls_by_the_callers_deadline),
		cmocka_unit_test(signals_are_merged_until_they_are_received),
		cmocka_unit_test(signals_come_in_the_order_of_the_first_of_each_edge),
		cmocka_unit_test(signal_refuses_no_bits_and_too_many_bytes),
		cmocka_unit_test(messages_need_a_bound_end_a_peer_and_rights),
		cmocka_unit_test(bind_refuses_what_does_not_fit),
		cmocka_unit_test(task_has_at_most_64_edges),
		cmocka_unit_test(recv_until_ends_at_its_deadline),
		cmocka_unit_test(passed_deadline_still_takes_what_is_there),
		cmocka_unit_test(event_before_the_deadline_takes_the_timeout_back),
		cmocka_unit_test(deadlines_end_in_their_order),
		cmocka_unit_test(edge_wakes_the_caller_with_an_error_when_the_far_end_dies),
		cmocka_unit_test(edge_that_is_destroyed_ends_calls_in_both_directions),
		cmocka_unit_test(capability_that_bound_an_end_unbinds_it_when_it_goes),
		cmocka_unit_test(binding_moves_with_its_capability),
		cmocka_unit_test(old_binding_does_not_unbind_a_newer_one),
		cmocka_unit_test(signal_dies_with_the_end_it_was_for),
		cmocka_unit_test(signal_outlives_its_sender),
		cmocka_unit_test(call_of_a_task_to_itself_waits_for_its_deadline),
		cmocka_unit_test(circle_of_calls_waits_and_can_be_destroyed),
		cmocka_unit_test(suspended_receiver_gets_its_event_and_does_not_run),
		cmocka_unit_test(suspended_caller_gets_its_reply_and_does_not_run),
		cmocka_unit_test(capability_travels_with_a_call),
		cmocka_unit_test(capability_travels_with_a_reply),
		cmocka_unit_test(grant_once_travels_without_grant),
		cmocka_unit_test(call_that_carries_is_refused_whole),
		cmocka_unit_test(untyped_does_not_travel),
		cmocka_unit_test(call_without_credits_carries_nothing),
		cmocka_unit_test(reply_extended_takes_no_deadline),
		cmocka_unit_test(telemetry_counts_each_direction),
		cmocka_unit_test(telemetry_places_are_given_back_and_start_at_zero),
	};

	return unit_run(tests);
}
