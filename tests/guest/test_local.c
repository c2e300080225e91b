/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A pair of tasks on each core passes as many messages as the option messages= says, of every kind
 * that stays on a core: calls to an active and to a passive server, signals, yields, timeouts. The
 * root only waits meanwhile, so what cores take of each other's locks must not depend on the number;
 * the host reads it (local_locks.py).
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define MESSAGES 100u
#define CORES_MAX 8u

#define BOARD_MESSAGES 0u
#define BOARD_WRONG 1u

/* Ends of a client's edges. */
#define TO_ACTIVE 0u
#define TO_PASSIVE 1u
#define TO_ROOT 2u

static void echo_main(uint64_t argument)
{
	struct rvx_message message;

	(void)argument;
	for (;;) {
		if (rvx_recv(&message) != RVX_OK || !rvx_is_call(&message))
			continue;
		while (rvx_edge_reply_recv(message.badge, &message) == RVX_OK &&
		       rvx_is_call(&message))
			continue;
	}
}

static void client_main(uint64_t argument)
{
	struct rvx_message message = { 0 };
	uint64_t i, wrong = argument;

	for (i = 0; i < board()[BOARD_MESSAGES]; i++) {
		wrong += rvx_edge_call(RVX_EDGE(TO_ACTIVE), &message) != RVX_OK;
		wrong += rvx_edge_call(RVX_EDGE(TO_PASSIVE), &message) != RVX_OK;
		wrong += rvx_edge_call_extended(RVX_EDGE(TO_ACTIVE), &message, RVX_HANDLE_NONE,
						rvx_ticks_now() + rvx_ticks_from_us(1000000)) !=
			 RVX_OK;
		wrong += rvx_edge_signal(RVX_EDGE(TO_ACTIVE), 1, 8) != RVX_OK;
		wrong += rvx_yield() != RVX_OK;
		wrong += rvx_recv_until(&message, rvx_ticks_now() + 1) != RVX_TIMED_OUT;
	}
	if (wrong != 0)
		board()[BOARD_WRONG] = wrong;
	(void)rvx_edge_signal(RVX_EDGE(TO_ROOT), 1, 0);
	for (;;)
		(void)rvx_recv(&message);
}

static void join(const struct guest *client, uint32_t index, const struct guest *server)
{
	struct guest_end near = { .guest = client, .slot = RVX_SLOT_EDGE_FIRST + index };
	struct guest_end far = { .guest = server, .slot = RVX_SLOT_EDGE_FIRST + index };

	(void)guest_join(&near, &far);
}

static void messages_of_a_core_are_passed(void)
{
	const uint64_t period = rvx_ticks_from_us(10000);
	const struct guest root = guest_root();
	struct guest clients[CORES_MAX], servers[2];
	struct rvx_message message;
	uint64_t core, kind;

	board()[BOARD_MESSAGES] = world_option("messages", MESSAGES);
	for (core = 0; core < world.boot->cores; core++) {
		guest_make(&clients[core]);
		MUST(rvx_task_place(clients[core].task, core));
		for (kind = 0; kind < 2; kind++) {
			guest_make(&servers[kind]);
			MUST(rvx_task_place(servers[kind].task, core));
			MUST(rvx_task_schedule(servers[kind].task, period, period, period,
					       kind == TO_PASSIVE ? RVX_SCHEDULE_PASSIVE : 0));
			join(&clients[core], (uint32_t)kind, &servers[kind]);
			guest_start(&servers[kind], echo_main, 0);
		}
		join(&clients[core], TO_ROOT, &root);
		log_drain();
	}
	for (core = 0; core < world.boot->cores; core++)
		guest_start(&clients[core], client_main, 0);
	for (core = 0; core < world.boot->cores; core++) {
		MUST(rvx_recv(&message));
		EXPECT_EQUAL(RVX_EVENT_NOTIFICATION, message.label);
	}
	EXPECT_EQUAL(0, board()[BOARD_WRONG]);
}

static const struct check_case cases[] = {
	CHECK_CASE(messages_of_a_core_are_passed),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
