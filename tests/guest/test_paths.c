/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The same random traffic gives the same history on the fast path and without it: six tasks in two
 * partitions, active and passive, call, reply, signal and yield, with some calls that are refused.
 * What each task saw, and the capabilities in the end, are printed as digests, which
 * compare_paths.py compares between two kernels. Options: seed=, rounds=.
 *
 * Nothing may depend on how long anything takes. So one chain of calls is under way at a time: who
 * is in it draws the numbers and calls who is not. Nobody is signalled twice in a round, and between
 * two rounds all come to rest.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define OWN RVX_TABLE_OWN
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TASKS 6u
#define ROOT TASKS /* numbered like one more task */
#define TASKS_PER_PARTITION 3u
#define EDGES_PER_TASK 8u
#define CHAIN_MAX 5u
#define SENT_SLOT 190u
#define RECEIVE_SLOT(task) (200u + (task) % TASKS_PER_PARTITION)
#define ROUNDS 4000u
#define REST_US 300u

/* Words of the board. */
#define BOARD_SIGNALLED 1u /* in this round: a bit for each task */
#define BOARD_EVENTS(task) (8u + (task))
#define BOARD_DIGEST(task) (16u + (task))

/* Every second one is passive. */
static bool is_passive(uint32_t task)
{
	return task % 2 == 1;
}

/* Where a task's end of its edge to another lies in the table of its partition. */
static uint32_t edge_slot(uint32_t task, uint32_t peer)
{
	return RVX_SLOT_EDGE_FIRST + task % TASKS_PER_PARTITION * EDGES_PER_TASK + peer;
}

static void saw(uint32_t task, uint64_t word)
{
	uint64_t digest = board()[BOARD_DIGEST(task)];

	digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	board()[BOARD_DIGEST(task)] = digest ^ digest >> 29;
	board()[BOARD_EVENTS(task)]++;
}

static void saw_message(uint32_t task, enum rvx_status status, const struct rvx_message *message)
{
	uint32_t i;

	saw(task, (uint64_t)status);
	saw(task, message->badge);
	saw(task, message->label);
	for (i = 0; i < RVX_MESSAGE_WORDS; i++)
		saw(task, message->words[i]);
}

/* Two words for the receiver: how long the chain is and who is in it. The rest is chance. */
static void message_draw(struct rvx_message *message, uint64_t length, uint64_t chain)
{
	uint32_t i;

	message->label = world_random(UINT32_MAX);
	message->words[0] = length;
	message->words[1] = chain;
	for (i = 2; i < RVX_MESSAGE_WORDS; i++)
		message->words[i] = world_random(UINT32_MAX) << 32 | world_random(UINT32_MAX);
}

static void act_call(uint32_t self, uint64_t length, uint64_t chain)
{
	const uint32_t peer = (uint32_t)world_random(TASKS);
	const rvx_handle_t edge = RVX_SLOT_HANDLE(edge_slot(self, peer));
	const rvx_handle_t sent =
		world_random(8) == 0 ? RVX_SLOT_HANDLE(SENT_SLOT) : RVX_HANDLE_NONE;
	struct rvx_message message = { 0 };
	enum rvx_status status;

	if (peer == self || length == CHAIN_MAX)
		return;
	message_draw(&message, length + 1, chain | UINT64_C(1) << peer);
	/* Who is in the chain does not receive: that call ends at once. */
	if ((chain >> peer & 1) != 0)
		status = rvx_edge_call_extended(edge, &message, RVX_HANDLE_NONE, 1);
	else if (sent != RVX_HANDLE_NONE)
		status = rvx_edge_call_extended(edge, &message, sent, 0);
	else
		status = rvx_edge_call(edge, &message);
	saw_message(self, status, &message);
}

static void act_signal(uint32_t self)
{
	const uint32_t peer = (uint32_t)world_random(TASKS);
	const uint64_t bits = UINT64_C(1) << world_random(64), bytes = world_random(4096);

	if (peer == self || (board()[BOARD_SIGNALLED] >> peer & 1) != 0)
		return;
	board()[BOARD_SIGNALLED] |= UINT64_C(1) << peer;
	saw(self, (uint64_t)rvx_edge_signal(RVX_SLOT_HANDLE(edge_slot(self, peer)), bits, bytes));
}

/* Handles of another time, of another's end, of another type; replies that nobody waits for. */
static void act_refused(uint32_t self, const struct rvx_message *call)
{
	const uint32_t peer = (uint32_t)world_random(TASKS);
	const rvx_handle_t edge = RVX_SLOT_HANDLE(edge_slot(self, peer));
	struct rvx_message message = { 0 };
	enum rvx_status status;

	message_draw(&message, 0, 0);
	switch (world_random(5)) {
	case 0:
		status = rvx_edge_call(edge + (UINT64_C(1) << 32), &message);
		break;
	case 1:
		status = rvx_edge_call(RVX_SLOT_HANDLE(edge_slot(self + 1, peer)), &message);
		break;
	case 2:
		status = rvx_edge_call(RVX_SLOT_HANDLE(SENT_SLOT), &message);
		break;
	case 3:
		message.label = call->label + (UINT64_C(1) << 32);
		status = rvx_edge_reply(call->badge, &message);
		break;
	default:
		/* Of those in the chain none waits for a reply by this edge but the caller. */
		if (edge == call->badge)
			return;
		status = rvx_edge_reply_recv(edge, &message);
		break;
	}
	saw_message(self, status, &message);
}

static void act(uint32_t self, const struct rvx_message *call)
{
	uint64_t count = 1 + world_random(4);

	for (; count > 0; count--) {
		switch (world_random(8)) {
		case 0:
			saw(self, (uint64_t)rvx_yield());
			break;
		case 1:
		case 2:
			act_signal(self);
			break;
		case 3:
			act_refused(self, call);
			break;
		default:
			act_call(self, call->words[0], call->words[1]);
			break;
		}
	}
}

/* What came along: now and then it stays, and the next one finds its place taken. */
static void take_capability(uint32_t self)
{
	uint64_t type = 0;
	rvx_handle_t handle = 0;

	if (rvx_cap_describe(OWN, RECEIVE_SLOT(self), &handle, &type, NULL, NULL, NULL, NULL,
			     NULL) != RVX_OK)
		return;
	saw(self, handle);
	saw(self, type);
	if (world_random(2) != 0)
		saw(self, (uint64_t)rvx_cap_delete(OWN, handle));
}

/* Reply in one of three ways, drawn before: afterwards the caller goes on drawing. */
static void answer(uint32_t self, struct rvx_message *message)
{
	const uint64_t serial = message->label & ~UINT64_C(0xffffffff);
	const rvx_handle_t edge = message->badge;
	const uint64_t way = world_random(4);
	enum rvx_status status;

	message_draw(message, 0, 0);
	message->label |= serial;
	if (way == 0) {
		status = rvx_edge_reply(edge, message);
		saw(self, (uint64_t)status);
		status = rvx_recv(message);
	} else if (way == 1) {
		status = rvx_edge_reply_recv_extended(edge, message, RVX_HANDLE_NONE, 0);
	} else {
		status = rvx_edge_reply_recv(edge, message);
	}
	saw_message(self, status, message);
}

static void task_main(uint64_t argument)
{
	const uint32_t self = (uint32_t)argument;
	struct rvx_message message = { 0 };
	enum rvx_status status = rvx_recv(&message);

	saw_message(self, status, &message);
	for (;;) {
		if (!rvx_is_call(&message)) {
			status = rvx_recv(&message);
			saw_message(self, status, &message);
			continue;
		}
		take_capability(self);
		act(self, &message);
		answer(self, &message);
	}
}

/*
 * The root.
 */

static struct guest guests[TASKS];

static void join(uint32_t one, uint32_t other)
{
	struct guest_end near = {
		.guest = &guests[one],
		.slot = edge_slot(one, other),
		.receive_slot = RECEIVE_SLOT(one),
	};
	struct guest_end far = {
		.guest = &guests[other],
		.slot = edge_slot(other, one),
		.receive_slot = RECEIVE_SLOT(other),
	};

	(void)guest_join(&near, &far);
}

static rvx_handle_t join_root(uint32_t task)
{
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &guests[task], .slot = edge_slot(task, ROOT) };

	(void)guest_join(&near, &far);
	return near.handle;
}

static void make_tasks(rvx_handle_t to_task[TASKS])
{
	const uint64_t ticks = rvx_ticks_from_us(10000);
	const rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	uint32_t i, j;

	for (i = 0; i < TASKS; i++) {
		if (i % TASKS_PER_PARTITION == 0) {
			guest_make(&guests[i]);
			(void)guest_give(&guests[i], region, SENT_SLOT, RVX_RIGHTS_ALL);
		} else {
			guest_make_beside(&guests[i], &guests[i - 1]);
		}
		MUST(rvx_task_schedule(guests[i].task, ticks, ticks, ticks,
				       is_passive(i) ? RVX_SCHEDULE_PASSIVE : 0));
	}
	for (i = 0; i < TASKS; i++) {
		to_task[i] = join_root(i);
		for (j = 0; j < i; j++)
			join(i, j);
		log_drain();
	}
	for (i = 0; i < TASKS; i++)
		guest_start(&guests[i], task_main, i);
}

/* All that a table holds. Where objects lie is the kernel's own business. */
static void saw_table(uint32_t task, rvx_handle_t table, uint32_t slot_count)
{
	uint64_t handle, type, badge, mapping;
	uint32_t slot;

	for (slot = 1; slot < slot_count; slot++) {
		if (rvx_cap_describe(table, slot, &handle, &type, NULL, &badge, &mapping, NULL,
				     NULL) != RVX_OK)
			continue;
		saw(task, handle);
		saw(task, type);
		saw(task, badge);
		/* Mappings of the system's own memory are as long as the kernel is. */
		if (slot >= RVX_BOOT_UNTYPED_FIRST + RVX_BOOT_UNTYPED_MAX || table != OWN)
			saw(task, mapping);
	}
}

static void rest(void)
{
	struct rvx_message message;

	EXPECT_STATUS(TIMED_OUT,
		      rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(REST_US)));
	board()[BOARD_SIGNALLED] = 0;
	log_drain();
}

/* What every task has seen, and what it has, as one line each. */
static void tell_digests(void)
{
	uint32_t i;

	for (i = 0; i <= TASKS; i++)
		check_note("digest: task %u saw %lu words: %lx", i, board()[BOARD_EVENTS(i)],
			   board()[BOARD_DIGEST(i)]);
	board()[BOARD_DIGEST(ROOT)] = 0;
	saw_table(ROOT, OWN, world.next_slot);
	check_note("digest: capabilities of the root: %lx", board()[BOARD_DIGEST(ROOT)]);
	for (i = 0; i < TASKS; i += TASKS_PER_PARTITION) {
		board()[BOARD_DIGEST(i)] = 0;
		saw_table(i, guests[i].table, 1u << GUEST_SLOTS_LOG2);
		check_note("digest: capabilities of tasks %u to %u: %lx", i,
			   i + TASKS_PER_PARTITION - 1, board()[BOARD_DIGEST(i)]);
	}
}

static void traffic_ends_and_tells_its_digests(void)
{
	const uint64_t seed = world_option("seed", 1), rounds = world_option("rounds", ROUNDS);
	rvx_handle_t to_task[TASKS];
	struct rvx_message message = { 0 };
	enum rvx_status status;
	uint64_t round;
	uint32_t task;

	check_note("seed %lu, %lu rounds", seed, rounds);
	world_seed(seed);
	make_tasks(to_task);
	rest();
	for (round = 0; round < rounds; round++) {
		task = (uint32_t)world_random(TASKS);
		message_draw(&message, 1, UINT64_C(1) << task);
		status = rvx_edge_call_extended(to_task[task], &message, RVX_HANDLE_NONE,
						rvx_ticks_now() + rvx_ticks_from_us(100000));
		saw_message(ROOT, status, &message);
		if (!EXPECT_EQUAL(RVX_OK, status))
			break;
		rest();
	}
	for (task = 0; task < TASKS; task++)
		EXPECT(board()[BOARD_EVENTS(task)] > 5 * rounds);
	tell_digests();
}

static const struct check_case cases[] = {
	CHECK_CASE(traffic_ends_and_tells_its_digests),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, COUNT_OF(cases));
}
