/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Every object is destroyed while the task that uses it is in each state; tables that hold tables;
 * partitions that destroy themselves. Whoever waits for what is gone wakes with PEER_DEAD, nobody
 * else notices, and the memory is whole and zero again.
 *
 *   caller ---edge--> subject ---edge--> peer
 *
 * The subject and its edges are made of one Untyped. Guests write how their calls ended on the
 * board: word 0 counts what stands from word 8 on.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#include "lib/atomic.h"

#define OWN RVX_TABLE_OWN
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LOG_FIRST 8u
#define TO_PEER RVX_EDGE(0)
#define FROM_CALLER 1u
#define SUBJECT_LOG2 20u
#define SETTLE_US 300u

static void log_add(uint64_t word)
{
	uint32_t *count = world_address(WORLD_BOARD);

	board()[LOG_FIRST + atomic32_fetch_add_relaxed(count, 1)] = word;
}

static uint64_t log_length(void)
{
	return board()[0];
}

/* Let others run, but receive nothing: faults stay in the inbox. */
static void settle(void)
{
	const rvx_ticks_t end = rvx_ticks_now() + rvx_ticks_from_us(SETTLE_US);

	while (rvx_ticks_now() < end)
		(void)rvx_yield();
}

static void expect_dead_peers(uint64_t count)
{
	uint64_t i;

	EXPECT_EQUAL(count, log_length());
	for (i = 0; i < count; i++)
		EXPECT_EQUAL(RVX_PEER_DEAD, board()[LOG_FIRST + i]);
}

static void expect_inbox_empty(void)
{
	struct rvx_message message;

	EXPECT_STATUS(TIMED_OUT, rvx_recv_until(&message, 1));
}

/*
 * What the guests do.
 */

static void receive_main(uint64_t argument)
{
	struct rvx_message message;

	(void)argument;
	for (;;)
		(void)rvx_recv(&message);
}

static void ready_main(uint64_t argument)
{
	(void)argument;
	for (;;)
		__asm__ volatile("wfi");
}

static void call_main(uint64_t argument)
{
	struct rvx_message message = { .label = 1 };

	log_add((uint64_t)rvx_edge_call(TO_PEER, &message));
	receive_main(argument);
}

static void fault_main(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("brk #0x77");
}

/*
 * The stage.
 */

static struct {
	struct guest caller, subject, peer;
	rvx_handle_t untyped;  /* of the subject and its edges */
	rvx_handle_t edges[2]; /* masters: to the peer, from the caller */
} stage;

struct state {
	void (*subject)(uint64_t);
	void (*peer)(uint64_t);
	bool is_suspended;
	bool calls; /* it wakes itself where only its edge is destroyed */
};
static const struct state ready = { ready_main, receive_main, false, false };
static const struct state receiving = { receive_main, receive_main, false, false };
static const struct state calling_queued = { call_main, ready_main, false, true };
static const struct state calling_delivered = { call_main, receive_main, false, true };
static const struct state faulted = { fault_main, receive_main, false, false };
static const struct state suspended = { ready_main, receive_main, true, false };
static const struct state suspended_calling = { call_main, receive_main, true, false };

/* What follows is made of another Untyped. Returns the one before. */
static rvx_handle_t make_from(rvx_handle_t untyped)
{
	const rvx_handle_t before = world.arena;

	world.arena = untyped;
	return before;
}

static rvx_handle_t join(const struct guest *client, const struct guest *server, uint32_t index)
{
	struct guest_end near = { .guest = client, .slot = RVX_SLOT_EDGE_FIRST };
	struct guest_end far = { .guest = server, .slot = RVX_SLOT_EDGE_FIRST + index };

	return guest_join(&near, &far);
}

static void stage_begin(const struct state *state, uint64_t peer_flags)
{
	const uint64_t ticks = rvx_ticks_from_us(10000);
	rvx_handle_t before;

	board()[0] = 0;
	guest_make(&stage.caller);
	guest_make(&stage.peer);
	stage.untyped = world_make(RVX_OBJECT_UNTYPED, SUBJECT_LOG2);
	before = make_from(stage.untyped);
	guest_make(&stage.subject);
	stage.edges[0] = join(&stage.subject, &stage.peer, 0);
	stage.edges[1] = join(&stage.caller, &stage.subject, FROM_CALLER);
	(void)make_from(before);
	MUST(rvx_task_schedule(stage.peer.task, ticks, ticks, ticks, peer_flags));
	guest_start(&stage.peer, state->peer, 0);
	settle();
	guest_start(&stage.subject, state->subject, 0);
	settle();
	if (state->is_suspended)
		MUST(rvx_task_suspend(stage.subject.task));
	guest_start(&stage.caller, call_main, 0);
	settle();
	EXPECT_EQUAL(0, log_length());
}

static void destroy(uint32_t slot)
{
	rvx_handle_t handle;

	MUST(rvx_cap_describe(OWN, slot, &handle, NULL, NULL, NULL, NULL, NULL, NULL));
	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, handle, NULL));
	EXPECT_STATUS(OK, rvx_cap_delete(OWN, handle));
}

/* One region takes all of the Untyped, and nothing stands in it. */
static void expect_memory_whole(rvx_handle_t untyped, uint32_t size_log2)
{
	const uint64_t pages = (UINT64_C(1) << size_log2) / RVX_PAGE_SIZE - 1;
	const volatile uint64_t *memory = world_address(WORLD_FREE);
	uint64_t i, dirty = 0;
	rvx_handle_t region;

	if (!EXPECT_STATUS(OK, rvx_untyped_retype(untyped, RVX_OBJECT_REGION, pages, OWN,
						  world_slot(), &region)))
		return;
	MUST(rvx_region_map(OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_FREE,
			    RVX_RIGHT_READ));
	for (i = 0; i < pages * RVX_PAGE_SIZE / sizeof(uint64_t); i++)
		dirty += memory[i] != 0;
	EXPECT_EQUAL(0, dirty);
	MUST(rvx_cap_delete(OWN, region));
}

/* The subject is no more: nobody hears of it, and what it was made of can be made anew. */
static void stage_end(void)
{
	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, stage.untyped, NULL));
	expect_inbox_empty();
	expect_memory_whole(stage.untyped, SUBJECT_LOG2);
	destroy(RVX_HANDLE_SLOT(stage.caller.partition));
	destroy(RVX_HANDLE_SLOT(stage.peer.partition));
	log_drain();
}

/*
 * One object, in one state.
 */

enum what {
	TASK,
	TABLE,
	PARTITION,
	EDGES,
	STACK,
	EVERYTHING,
	WHAT_COUNT
};

/* The master stands before what guest_make derived of it: see world.c. */
#define TASK_MASTER (RVX_HANDLE_SLOT(stage.subject.task) - 1)
#define STACK_MASTER (RVX_HANDLE_SLOT(stage.subject.task) + 1)

static void destroy_what(enum what what)
{
	switch (what) {
	case TASK:
		destroy(TASK_MASTER);
		return;
	case TABLE:
		destroy(RVX_HANDLE_SLOT(stage.subject.table));
		return;
	case PARTITION:
		destroy(RVX_HANDLE_SLOT(stage.subject.partition));
		return;
	case EDGES:
		destroy(RVX_HANDLE_SLOT(stage.edges[0]));
		destroy(RVX_HANDLE_SLOT(stage.edges[1]));
		return;
	case STACK:
		destroy(STACK_MASTER);
		return;
	default:
		EXPECT_STATUS(OK, rvx_cap_revoke(OWN, stage.untyped, NULL));
	}
}

static void expect_destroyed(enum what what, const struct state *state)
{
	stage_begin(state, 0);
	destroy_what(what);
	settle();
	if (what == STACK)
		expect_dead_peers(0);
	else
		expect_dead_peers(what == EDGES && state->calls ? 2 : 1);
	/* A fault that waits is that of a task that is still there. */
	if (what == TASK || what == TABLE || what == PARTITION || what == EVERYTHING)
		expect_inbox_empty();
	stage_end();
}

static void expect_each_destroyed(const struct state *state)
{
	uint32_t what;

	for (what = 0; what < WHAT_COUNT; what++)
		expect_destroyed((enum what)what, state);
}

static void all_is_destroyed_around_a_ready_task(void)
{
	expect_each_destroyed(&ready);
}

static void all_is_destroyed_around_a_receiving_task(void)
{
	expect_each_destroyed(&receiving);
}

static void all_is_destroyed_around_a_call_in_the_queue(void)
{
	expect_each_destroyed(&calling_queued);
}

static void all_is_destroyed_around_a_call_that_was_delivered(void)
{
	expect_each_destroyed(&calling_delivered);
}

static void all_is_destroyed_around_a_faulted_task(void)
{
	expect_each_destroyed(&faulted);
}

static void all_is_destroyed_around_a_suspended_task(void)
{
	expect_each_destroyed(&suspended);
}

static void all_is_destroyed_around_a_suspended_caller(void)
{
	expect_each_destroyed(&suspended_calling);
}

/*
 * Revoke during a call.
 */

/* Takes a call, waits for a signal, answers too late, and then answers whatever comes. */
static void late_main(uint64_t argument)
{
	struct rvx_message call = { 0 }, message = { 0 };

	(void)argument;
	(void)rvx_recv(&call);
	(void)rvx_recv(&message);
	log_add((uint64_t)rvx_edge_reply(call.badge, &call));
	for (;;)
		if (rvx_recv(&message) == RVX_OK && rvx_is_call(&message))
			(void)rvx_edge_reply(RVX_EDGE(3), &message);
}

static void expect_revoked_during_a_call(uint64_t server_flags)
{
	static const struct state state = { call_main, late_main, false, true };
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &stage.peer, .slot = RVX_SLOT_EDGE_FIRST + 2 };
	struct guest_end again = { .guest = &root };
	struct guest_end answer = { .guest = &stage.peer, .slot = RVX_SLOT_EDGE_FIRST + 3 };
	struct rvx_message message = { .words = { 5 } };
	uint64_t count = 0;

	stage_begin(&state, server_flags);
	(void)guest_join(&near, &far);
	(void)guest_join(&again, &answer);
	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, stage.edges[0], &count));
	EXPECT_EQUAL(4, count);
	settle();
	/* The subject's call has ended; the caller's, which the subject has now, has not. */
	expect_dead_peers(1);
	EXPECT_STATUS(OK, rvx_edge_signal(near.handle, 1, 0));
	settle();
	EXPECT_EQUAL(2, log_length());
	EXPECT_EQUAL(RVX_STALE, board()[LOG_FIRST + 1]);
	/* The server lost nothing: it still serves. */
	EXPECT_STATUS(OK, rvx_edge_call_extended(again.handle, &message, 0,
						 rvx_ticks_now() + rvx_ticks_from_us(1000)));
	EXPECT_EQUAL(5, message.words[0]);
	stage_end();
}

static void a_revoke_ends_a_call(void)
{
	expect_revoked_during_a_call(0);
}

static void a_revoke_ends_a_call_to_a_passive_server(void)
{
	expect_revoked_during_a_call(RVX_SCHEDULE_PASSIVE);
}

/*
 * Tables in tables.
 */

#define DEEP 6u

static rvx_handle_t move(rvx_handle_t handle, rvx_handle_t table, uint32_t slot)
{
	rvx_handle_t moved;

	MUST(rvx_cap_move(OWN, handle, table, slot, &moved));
	return moved;
}

/* A table in a table in a table, and at the bottom a partition that runs. */
static void tables_in_tables_end_with_the_first(void)
{
	rvx_handle_t tables[DEEP];
	uint32_t i;

	stage_begin(&calling_delivered, 0);
	for (i = 0; i < DEEP; i++)
		tables[i] = world_make(RVX_OBJECT_CAPTABLE, 4);
	(void)move(stage.subject.partition, tables[DEEP - 1], 1);
	(void)move(stage.subject.table, tables[DEEP - 1], 2);
	for (i = DEEP - 1; i > 0; i--)
		(void)move(tables[i], tables[i - 1], 3);
	EXPECT_STATUS(OK, rvx_cap_delete(OWN, tables[0]));
	settle();
	expect_dead_peers(1);
	stage_end();
}

/* Two tables hold each other, a third holds itself; copies name them. */
static void tables_in_a_circle_end_with_their_memory(void)
{
	const rvx_handle_t outer = world_make(RVX_OBJECT_UNTYPED, SUBJECT_LOG2);
	const rvx_handle_t before = make_from(outer);
	const rvx_handle_t one = world_make(RVX_OBJECT_CAPTABLE, 4);
	const rvx_handle_t other = world_make(RVX_OBJECT_CAPTABLE, 4);
	const rvx_handle_t self = world_make(RVX_OBJECT_CAPTABLE, 4);
	const rvx_handle_t inner = world_make(RVX_OBJECT_UNTYPED, 14);
	const rvx_handle_t to_other = world_copy(other, RVX_RIGHTS_ALL);
	const rvx_handle_t to_self = world_copy(self, RVX_RIGHTS_ALL);

	(void)make_from(inner);
	(void)move(world_make(RVX_OBJECT_CAPTABLE, 4), to_self, 4);
	(void)make_from(before);
	(void)move(inner, to_self, 2);
	(void)move(self, to_self, 1);
	(void)move(other, one, 1);
	(void)move(one, to_other, 1);
	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, outer, NULL));
	EXPECT_STATUS(STALE, rvx_cap_delete(OWN, to_other));
	EXPECT_STATUS(STALE, rvx_cap_delete(OWN, to_self));
	expect_memory_whole(outer, SUBJECT_LOG2);
}

/*
 * Ends by one's own hand.
 */

enum suicide {
	BY_PARTITION,
	BY_TABLE,
	BY_UNTYPED,
	SUICIDE_COUNT
};

#define SUICIDE_SLOT 200u

static void suicide_main(uint64_t argument)
{
	struct rvx_message message;

	(void)rvx_recv(&message);
	if (argument == BY_UNTYPED)
		log_add((uint64_t)rvx_cap_revoke(OWN, RVX_SLOT_HANDLE(SUICIDE_SLOT), NULL));
	else
		log_add((uint64_t)rvx_cap_delete(OWN, RVX_SLOT_HANDLE(SUICIDE_SLOT)));
	receive_main(argument);
}

/* What it holds its own end by: the table lies in itself, and so does the Untyped of it all. */
static void arm(enum suicide how)
{
	const rvx_handle_t table = stage.subject.table;

	switch (how) {
	case BY_PARTITION:
		(void)move(stage.subject.partition, table, SUICIDE_SLOT);
		return;
	case BY_TABLE:
		(void)move(table, table, SUICIDE_SLOT);
		return;
	default:
		(void)move(stage.untyped, table, SUICIDE_SLOT);
	}
}

static void expect_suicide(enum suicide how)
{
	const rvx_handle_t outer = world_make(RVX_OBJECT_UNTYPED, SUBJECT_LOG2 + 1);
	rvx_handle_t before;

	board()[0] = 0;
	guest_make(&stage.caller);
	before = make_from(outer);
	stage.untyped = world_make(RVX_OBJECT_UNTYPED, SUBJECT_LOG2);
	(void)make_from(stage.untyped);
	guest_make(&stage.subject);
	stage.edges[1] = join(&stage.caller, &stage.subject, FROM_CALLER);
	(void)make_from(before);
	guest_start(&stage.subject, suicide_main, how);
	settle();
	arm(how);
	guest_start(&stage.caller, call_main, 0);
	settle();
	/* The caller wakes; the subject never comes back from its call. */
	expect_dead_peers(1);
	expect_inbox_empty();
	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, outer, NULL));
	expect_dead_peers(1);
	expect_memory_whole(outer, SUBJECT_LOG2 + 1);
	log_drain();
}

static void a_partition_destroys_itself(void)
{
	uint32_t how;

	for (how = 0; how < SUICIDE_COUNT; how++)
		expect_suicide((enum suicide)how);
}

static const struct check_case cases[] = {
	CHECK_CASE(all_is_destroyed_around_a_ready_task),
	CHECK_CASE(all_is_destroyed_around_a_receiving_task),
	CHECK_CASE(all_is_destroyed_around_a_call_in_the_queue),
	CHECK_CASE(all_is_destroyed_around_a_call_that_was_delivered),
	CHECK_CASE(all_is_destroyed_around_a_faulted_task),
	CHECK_CASE(all_is_destroyed_around_a_suspended_task),
	CHECK_CASE(all_is_destroyed_around_a_suspended_caller),
	CHECK_CASE(a_revoke_ends_a_call),
	CHECK_CASE(a_revoke_ends_a_call_to_a_passive_server),
	CHECK_CASE(tables_in_tables_end_with_the_first),
	CHECK_CASE(tables_in_a_circle_end_with_their_memory),
	CHECK_CASE(a_partition_destroys_itself),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, COUNT_OF(cases));
}
