/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Time that is kept apart: budgets, throttling, lent contexts that are used up, admission.
 *
 * A spinner looks at the clock as often as it can. Time between two looks is its own, unless it is
 * more than the kernel's longest path; then somebody else had the core, and a new stint begins:
 *
 *   |-- stint --|    gap    |-- stint --|    gap    |-- stint --|
 *
 * The clock is the instruction clock: what is found is the same in each run.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GAP_US 5u
#define OVER_US 5u /* that a hard budget may be exceeded by */
#define EDGE_SLOT RVX_SLOT_EDGE_FIRST
#define EDGE(index) RVX_EDGE(index)
#define FOR_EVER 0u

/* What a spinner leaves on the board, from its word on. */
enum {
	OWN,
	STINTS,
	LONGEST,
	SHORTEST_PERIOD, /* from the begin of a stint to that of the next */
	WORDS
};

static void wait_us(uint64_t us)
{
	struct rvx_message message;
	const rvx_ticks_t until = rvx_ticks_now() + rvx_ticks_from_us(us);

	while (rvx_recv_until(&message, until) != RVX_TIMED_OUT)
		;
}

static uint64_t us_of(uint64_t ticks)
{
	return ticks * 1000000 / rvx_ticks_per_second();
}

/* Spin for so much time of its own, telling on the board. */
static void spin(volatile uint64_t *words, uint64_t own_us)
{
	const uint64_t gap = rvx_ticks_from_us(GAP_US), limit = rvx_ticks_from_us(own_us);
	uint64_t last = rvx_ticks_now(), begin = last, own = 0;

	words[SHORTEST_PERIOD] = UINT64_MAX;
	while (own_us == FOR_EVER || own < limit) {
		uint64_t now = rvx_ticks_now();

		if (now - last < gap) {
			own += now - last;
			words[OWN] = own;
			if (now - begin > words[LONGEST])
				words[LONGEST] = now - begin;
		} else {
			words[STINTS]++;
			if (now - begin < words[SHORTEST_PERIOD])
				words[SHORTEST_PERIOD] = now - begin;
			begin = now;
		}
		last = now;
	}
}

static volatile uint64_t *words_of(uint64_t index)
{
	return board() + 8 + index * WORDS;
}

static void spin_main(uint64_t index)
{
	spin(words_of(index), FOR_EVER);
}

static void schedule(const struct guest *guest, uint64_t budget_us, uint64_t period_us,
		     uint64_t flags)
{
	const uint64_t period = rvx_ticks_from_us(period_us);

	MUST(rvx_task_schedule(guest->task, rvx_ticks_from_us(budget_us), period, period, flags));
}

/* The end of its partition is the end of its task. */
static void destroy(const struct guest *guest)
{
	MUST(rvx_cap_delete(RVX_TABLE_OWN, guest->partition));
}

static void clear_board(void)
{
	uint64_t i;

	for (i = 0; i < 8 + 8 * WORDS; i++)
		board()[i] = 0;
}

static void spinner_start(struct guest *guest, uint64_t index, uint64_t budget_us,
			  uint64_t period_us, uint64_t flags)
{
	guest_make(guest);
	schedule(guest, budget_us, period_us, flags);
	guest_start(guest, spin_main, index);
}

/*
 * Shares.
 */

#define PERIODS 40u

static void a_hard_reflex_task_gets_its_share_beside_flow_tasks_and_no_more(void)
{
	struct guest reflex, flow[2];
	uint64_t ran, others = 0, elapsed;
	rvx_ticks_t begin;

	clear_board();
	spinner_start(&flow[0], 1, 1000, 10000, 0);
	spinner_start(&flow[1], 2, 1000, 10000, 0);
	begin = rvx_ticks_now();
	spinner_start(&reflex, 0, 500, 1000, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
	wait_us(PERIODS * 1000);
	elapsed = us_of(rvx_ticks_now() - begin);
	MUST(rvx_partition_suspend(reflex.partition));
	MUST(rvx_partition_suspend(flow[0].partition));
	MUST(rvx_partition_suspend(flow[1].partition));
	ran = us_of(words_of(0)[OWN]);
	others = us_of(words_of(1)[OWN] + words_of(2)[OWN]);
	check_note("of %lu us the Reflex task had %lu, the two Flow tasks %lu; longest stint %lu, "
		   "shortest period %lu",
		   elapsed, ran, others, us_of(words_of(0)[LONGEST]),
		   us_of(words_of(0)[SHORTEST_PERIOD]));
	/* Each of the periods it had, whole, less what the kernel took of its budget. */
	EXPECT(ran >= (PERIODS - 1) * (500 - OVER_US));
	EXPECT(ran <= (PERIODS + 1) * 500);
	EXPECT(us_of(words_of(0)[LONGEST]) <= 500 + OVER_US);
	EXPECT(us_of(words_of(0)[SHORTEST_PERIOD]) >= 1000 - OVER_US);
	EXPECT(others >= PERIODS * (500 - 4 * OVER_US));
	EXPECT(ran + others <= elapsed);
}

static void a_hard_task_that_is_alone_never_exceeds_its_budget_in_a_period(void)
{
	static const struct {
		uint64_t budget, period;
	} shapes[] = { { 50, 1000 }, { 100, 200 }, { 990, 1000 }, { 7, 50 } };
	uint64_t flags, i;

	for (i = 0; i < 2 * COUNT_OF(shapes); i++) {
		const uint64_t budget = shapes[i / 2].budget, period = shapes[i / 2].period;
		struct guest guest;

		flags = i % 2 == 0 || budget * 10 > period * 7 ? 0 : RVX_SCHEDULE_REFLEX;
		clear_board();
		spinner_start(&guest, 0, budget, period, flags | RVX_SCHEDULE_HARD);
		wait_us(20 * period);
		MUST(rvx_partition_suspend(guest.partition));
		EXPECT(words_of(0)[STINTS] >= 18);
		EXPECT(us_of(words_of(0)[LONGEST]) <= budget + OVER_US);
		EXPECT(us_of(words_of(0)[OWN]) <= 21 * budget);
		destroy(&guest);
	}
}

/* A switch alone overdraws it, and many periods pay for that. */
static void a_budget_of_one_tick_does_not_stop_the_others(void)
{
	struct guest least, flow;

	clear_board();
	guest_make(&least);
	MUST(rvx_task_schedule(least.task, 1, rvx_ticks_from_us(100), rvx_ticks_from_us(100),
			       RVX_SCHEDULE_HARD));
	guest_start(&least, spin_main, 0);
	spinner_start(&flow, 1, 1000, 10000, 0);
	wait_us(10000);
	EXPECT(us_of(words_of(1)[OWN]) > 9000);
	guest_make(&flow);
	MUST(rvx_task_schedule(flow.task, UINT32_MAX, UINT32_MAX, UINT32_MAX, RVX_SCHEDULE_HARD));
	guest_start(&flow, spin_main, 2);
	wait_us(10000);
	EXPECT(words_of(2)[OWN] + words_of(1)[OWN] > 0);
}

/*
 * Lent contexts.
 */

static void join(const struct guest *client, uint32_t client_index, const struct guest *server,
		 uint32_t server_index)
{
	struct guest_end near = { .guest = client, .slot = EDGE_SLOT + client_index };
	struct guest_end far = { .guest = server, .slot = EDGE_SLOT + server_index };

	(void)guest_join(&near, &far);
}

/* Serves: spins for label microseconds of its own before each reply. Argument: its words. */
static void serve_main(uint64_t index)
{
	struct rvx_message message = { 0 };

	(void)rvx_recv(&message);
	for (;;) {
		spin(words_of(index), RVX_EVENT_LABEL(message.label));
		rvx_reply_label(&message, 0);
		(void)rvx_edge_reply_recv(message.badge, &message);
	}
}

/* Words of the board: what the client of the case found. */
enum {
	ANSWER = 1,
	TOOK,
	LATE,
	WAKES
};

/* One call whose label and deadline are in the argument, in microseconds. */
static void client_main(uint64_t argument)
{
	const uint64_t spin_us = argument & 0xffffffff, deadline_us = argument >> 32;
	struct rvx_message message = { .label = spin_us };
	const rvx_ticks_t begin = rvx_ticks_now();

	board()[ANSWER] = (uint64_t)rvx_edge_call_extended(
		EDGE(0), &message, 0,
		deadline_us == 0 ? 0 : begin + rvx_ticks_from_us(deadline_us));
	board()[TOOK] = rvx_ticks_now() - begin;
	spin(words_of(7), FOR_EVER);
}

struct pair {
	struct guest client, server;
};

static void pair_start(struct pair *pair, uint64_t spin_us, uint64_t deadline_us)
{
	clear_board();
	board()[ANSWER] = 1;
	guest_make(&pair->server);
	schedule(&pair->server, 1000, 10000, RVX_SCHEDULE_PASSIVE);
	guest_make(&pair->client);
	schedule(&pair->client, 100, 2000, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
	join(&pair->client, 0, &pair->server, 0);
	guest_start(&pair->server, serve_main, 0);
	wait_us(100);
	guest_start(&pair->client, client_main, spin_us | deadline_us << 32);
}

static void a_server_whose_lent_context_is_used_up_goes_on_with_its_own(void)
{
	struct pair pair;

	/* Within the budget the client is back at once. */
	pair_start(&pair, 50, 0);
	wait_us(3000);
	EXPECT_EQUAL(RVX_OK, board()[ANSWER]);
	EXPECT(us_of(board()[TOOK]) < 100);
	/* Beyond it the server ends on its own, and the client waits for its period. */
	pair_start(&pair, 300, 0);
	wait_us(1000);
	EXPECT_EQUAL(1, board()[ANSWER]);
	EXPECT(us_of(words_of(0)[OWN]) >= 299);
	wait_us(3000);
	EXPECT_EQUAL(RVX_OK, board()[ANSWER]);
	EXPECT(us_of(board()[TOOK]) >= 2000 - 2 * OVER_US);
	EXPECT(us_of(board()[TOOK]) < 2000 + 100);
}

static void a_caller_whose_context_was_used_up_times_out_in_its_next_period(void)
{
	struct pair pair;

	pair_start(&pair, 100000, 500);
	wait_us(1000);
	EXPECT_EQUAL(1, board()[ANSWER]);
	wait_us(3000);
	EXPECT_EQUAL((uint64_t)RVX_TIMED_OUT, board()[ANSWER]);
	EXPECT(us_of(board()[TOOK]) >= 2000 - 2 * OVER_US);
	/* One whose context is lent and good gets it back at once. */
	pair_start(&pair, 100000, 50);
	wait_us(1000);
	EXPECT_EQUAL((uint64_t)RVX_TIMED_OUT, board()[ANSWER]);
	EXPECT(us_of(board()[TOOK]) < 50 + 2 * OVER_US);
}

/* While it is lent; while it is used up and the server on its own; in the period after that. */
static void either_of_a_pair_can_die_at_any_time(void)
{
	static const uint64_t times_us[] = { 10, 60, 110, 200, 1990, 2200 };
	uint64_t i;

	for (i = 0; i < 2 * COUNT_OF(times_us); i++) {
		struct pair pair;

		pair_start(&pair, 20000, 0);
		wait_us(times_us[i / 2]);
		destroy(i % 2 == 0 ? &pair.client : &pair.server);
		wait_us(2500);
		if (i % 2 != 0)
			EXPECT_EQUAL((uint64_t)RVX_PEER_DEAD, board()[ANSWER]);
		destroy(i % 2 != 0 ? &pair.client : &pair.server);
		log_drain();
	}
}

/* Passive: calls on over its second edge and tells what came of it. */
static void call_on_main(uint64_t index)
{
	struct rvx_message message = { 0 };

	(void)rvx_recv(&message);
	message.label = 0;
	board()[index] = (uint64_t)rvx_edge_call_extended(EDGE(1), &message, 0,
							  rvx_ticks_now() + rvx_ticks_from_us(300));
	(void)rvx_recv(&message);
}

static void a_cycle_of_calls_ends_at_its_deadlines(void)
{
	struct guest client, servers[2];
	uint32_t i;

	clear_board();
	guest_make(&client);
	schedule(&client, 100, 2000, RVX_SCHEDULE_HARD);
	for (i = 0; i < 2; i++) {
		guest_make(&servers[i]);
		schedule(&servers[i], 1000, 10000, RVX_SCHEDULE_PASSIVE);
	}
	join(&client, 0, &servers[0], 0);
	join(&servers[0], 1, &servers[1], 0);
	join(&servers[1], 1, &servers[0], 2);
	guest_start(&servers[0], call_on_main, LATE);
	guest_start(&servers[1], call_on_main, WAKES);
	wait_us(100);
	guest_start(&client, client_main, (uint64_t)1000 << 32);
	wait_us(4000);
	EXPECT_EQUAL((uint64_t)RVX_TIMED_OUT, board()[ANSWER]);
	EXPECT_EQUAL((uint64_t)RVX_TIMED_OUT, board()[LATE]);
	EXPECT_EQUAL((uint64_t)RVX_TIMED_OUT, board()[WAKES]);
}

/*
 * Priorities.
 */

static void sleeper_main(uint64_t argument)
{
	struct rvx_message message;

	(void)argument;
	for (;;) {
		const rvx_ticks_t until = rvx_ticks_now() + rvx_ticks_from_us(173);
		rvx_ticks_t late;

		(void)rvx_recv_until(&message, until);
		late = rvx_ticks_now() - until;
		if (late > board()[LATE])
			board()[LATE] = late;
		board()[WAKES]++;
	}
}

/* Not even where the server is one that is Reflex by itself. */
static void a_server_of_a_flow_client_does_not_run_before_reflex(void)
{
	uint64_t flags, own;

	for (flags = 0; flags <= RVX_SCHEDULE_REFLEX; flags += RVX_SCHEDULE_REFLEX) {
		struct guest sleeper, server, client;

		clear_board();
		guest_make(&server);
		schedule(&server, 1000, 10000, RVX_SCHEDULE_PASSIVE | flags);
		guest_make(&client);
		schedule(&client, 10000, 10000, 0);
		join(&client, 0, &server, 0);
		guest_start(&server, serve_main, 0);
		guest_make(&sleeper);
		schedule(&sleeper, 50, 173, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
		guest_start(&sleeper, sleeper_main, 0);
		wait_us(100);
		guest_start(&client, client_main, 100000);
		wait_us(20000);
		own = us_of(words_of(0)[OWN]);
		check_note("the server ran %lu us, the Reflex task woke %lu times, %lu us late",
			   own, board()[WAKES], us_of(board()[LATE]));
		EXPECT(own > 10000);
		EXPECT(board()[WAKES] >= 90);
		EXPECT(us_of(board()[LATE]) < OVER_US);
		destroy(&server);
		destroy(&client);
		destroy(&sleeper);
	}
}

/*
 * Faults, and admission.
 */

static void the_end_of_a_budget_is_told_to_the_supervisor(void)
{
	struct guest_fault fault;
	struct guest guest;
	uint64_t hard, i;

	for (hard = 0; hard <= RVX_SCHEDULE_HARD; hard += RVX_SCHEDULE_HARD) {
		clear_board();
		spinner_start(&guest, 0, 200, 10000, RVX_SCHEDULE_FAULT | hard);
		for (i = 1; i <= 5; i++) {
			if (!EXPECT(guest_wait_fault(&fault, 20000)))
				break;
			EXPECT_EQUAL(guest.badge, fault.badge);
			EXPECT_EQUAL(RVX_FAULT_BUDGET, fault.kind);
			EXPECT(us_of(words_of(0)[OWN]) <= i * 200);
			EXPECT(us_of(words_of(0)[OWN]) >= i * (200 - OVER_US));
			/* It waits for the answer, whatever its periods. */
			wait_us(500);
			EXPECT(us_of(words_of(0)[OWN]) <= i * 200);
			MUST(rvx_task_resume(guest.task));
		}
		EXPECT(guest_wait_fault(&fault, 20000));
		destroy(&guest);
	}
}

static void reflex_tasks_beyond_the_share_are_refused(void)
{
	struct guest guests[3];
	uint64_t i;

	clear_board();
	for (i = 0; i < COUNT_OF(guests); i++)
		guest_make(&guests[i]);
	schedule(&guests[0], 500, 1000, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
	schedule(&guests[1], 201, 1000, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
	schedule(&guests[2], 200, 1000, RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
	EXPECT_STATUS(OK, rvx_task_start(guests[0].task, 0, 0, 0));
	EXPECT_STATUS(NOT_ADMITTED, rvx_task_start(guests[1].task, 0, 0, 0));
	EXPECT_STATUS(OK, rvx_task_start(guests[2].task, 0, 0, 0));
	EXPECT_STATUS(NOT_ADMITTED, rvx_task_start(guests[1].task, 0, 0, 0));
	destroy(&guests[2]);
	EXPECT_STATUS(NOT_ADMITTED, rvx_task_start(guests[1].task, 0, 0, 0));
	destroy(&guests[0]);
	EXPECT_STATUS(OK, rvx_task_start(guests[1].task, 0, 0, 0));
}

static void in_recovery_only_the_supervisor_of_a_mate_runs(void)
{
	struct guest boss, mate;
	uint64_t before;

	clear_board();
	guest_make(&boss);
	guest_make_beside(&mate, &boss);
	MUST(rvx_task_supervise(mate.task, boss.task));
	guest_start(&boss, spin_main, 0);
	guest_start(&mate, spin_main, 1);
	wait_us(20000);
	EXPECT(words_of(0)[OWN] > 0 && words_of(1)[OWN] > 0);
	MUST(rvx_partition_recover(boss.partition));
	before = words_of(1)[OWN];
	board()[8 + OWN] = 0;
	wait_us(20000);
	EXPECT_EQUAL(before, words_of(1)[OWN]);
	EXPECT(words_of(0)[OWN] > 0);
	MUST(rvx_partition_resume(boss.partition));
	wait_us(20000);
	EXPECT(words_of(1)[OWN] > before);
}

static const struct check_case cases[] = {
	CHECK_CASE(a_hard_reflex_task_gets_its_share_beside_flow_tasks_and_no_more),
	CHECK_CASE(a_hard_task_that_is_alone_never_exceeds_its_budget_in_a_period),
	CHECK_CASE(a_budget_of_one_tick_does_not_stop_the_others),
	CHECK_CASE(a_server_whose_lent_context_is_used_up_goes_on_with_its_own),
	CHECK_CASE(a_caller_whose_context_was_used_up_times_out_in_its_next_period),
	CHECK_CASE(either_of_a_pair_can_die_at_any_time),
	CHECK_CASE(a_cycle_of_calls_ends_at_its_deadlines),
	CHECK_CASE(a_server_of_a_flow_client_does_not_run_before_reflex),
	CHECK_CASE(the_end_of_a_budget_is_told_to_the_supervisor),
	CHECK_CASE(reflex_tasks_beyond_the_share_are_refused),
	CHECK_CASE(in_recovery_only_the_supervisor_of_a_mate_runs),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, COUNT_OF(cases));
}
