/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The scheduler alone: a core of the test's own with tasks that are only as much of a task as
 * the queues, the budgets and the timeouts look at. Where something must really be let run it
 * runs in the root's partition. The last test starts real tasks, through system calls.
 */
#include "kernel/arch/cpu.h"
#include "tests/kernel/unit.h"

#define TASKS 300
#define NOW ((uint64_t)1000000)
#define BUDGET 100u
#define PERIOD 1000u
#define DEADLINE 500u
#define DEADLINE_LAST (CONTEXT_KEY_FLOW - 1)
#define NUMBER_MAX UINT32_MAX /* of a budget, period or relative deadline */

static struct task tasks[TASKS];

/* All Reflex, stopped, with nothing left; the clock stands at NOW. */
static void build(void)
{
	world_boot();
	host.now = NOW;
	core_init(&cores[0], 0);
	cores[0].charged_at = NOW;
	memset(tasks, 0, sizeof(tasks));
	for (uint32_t i = 0; i < TASKS; i++) {
		tasks[i].core = &cores[0];
		tasks[i].partition = world.root->partition;
		tasks[i].context = &tasks[i].home;
		tasks[i].home.owner = tasks[i].home.user = &tasks[i];
		sched_context_set(&tasks[i].home, BUDGET, PERIOD, DEADLINE, RVX_SCHEDULE_REFLEX);
	}
}

/* Make a task ready with a deadline of the test's choice. */
static void enqueue(uint32_t i, uint64_t key)
{
	tasks[i].home.ready.key = key;
	tasks[i].home.deadline = key & DEADLINE_LAST;
	tasks[i].home.left = BUDGET;
	task_state_set(&tasks[i], TASK_READY);
	sched_enqueue(&cores[0], &tasks[i].home);
}

/* Somebody waits for the core, and goes after everybody else. */
static void crowd(void)
{
	enqueue(TASKS - 1, CONTEXT_KEY_FLOW | DEADLINE_LAST);
}

static struct task *next(void)
{
	struct task *task;

	core_lock_own(&cores[0]);
	task = sched_next(&cores[0]);
	core_unlock_own(&cores[0]);
	return task;
}

/* The timer's interrupt, and who runs then. */
static struct task *tick(void)
{
	assert_true(host.timer_at <= host.now);
	assert_int_equal(arch_interrupt_take(), ARCH_INTERRUPT_TIMER);
	assert_true(sched_tick(&cores[0]));
	return next();
}

static void queue_gives_contexts_in_the_order_of_their_keys(void **state)
{
	uint64_t random = 1, last;

	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		uint32_t left = TASKS;

		build();
		for (uint32_t i = 0; i < TASKS; i++)
			enqueue(i, random_below(&random, round % 2 == 0 ? 100 : 1000000));
		/* Some go from the middle. */
		for (uint32_t i = 0; i < TASKS; i += 1 + random_below(&random, 4), left--)
			sched_dequeue(&cores[0], &tasks[i].home);
		assert_int_equal(cores[0].ready.count, left);
		last = 0;
		for (; left > 0; left--) {
			struct context *first = context_of_item(cores[0].ready.items[1]);

			assert_int_equal(cores[0].first_key, first->ready.key);
			assert_true(first->ready.key >= last);
			last = first->ready.key;
			sched_dequeue(&cores[0], first);
			assert_int_equal(first->ready.place, 0);
		}
		assert_int_equal(cores[0].first_key, CONTEXT_KEY_NONE);
		for (uint32_t i = 0; i < TASKS; i++)
			assert_int_equal(tasks[i].home.ready.place, 0);
	}
}

/* A heap is no list: of three equals the third goes before the second. Nobody may count on more. */
static void equals_in_the_queue_come_each_once_and_not_in_the_order_they_came(void **state)
{
	bool came[TASKS] = { false }, in_order = true;

	(void)state;
	build();
	for (uint32_t i = 0; i < TASKS; i++)
		enqueue(i, 7);
	for (uint32_t i = 0; i < TASKS; i++) {
		struct task *first = context_of_item(cores[0].ready.items[1])->user;

		sched_dequeue(&cores[0], context_of_item(cores[0].ready.items[1]));
		assert_false(came[first - tasks]);
		came[first - tasks] = true;
		in_order = in_order && first == &tasks[i];
	}
	assert_int_equal(cores[0].ready.count, 0);
	assert_false(in_order);
}

static void running_task_stays_among_equals_and_goes_for_an_earlier_one(void **state)
{
	(void)state;
	build();
	enqueue(0, NOW + 500);
	assert_ptr_equal(next(), &tasks[0]);
	enqueue(1, NOW + 500);
	assert_ptr_equal(next(), &tasks[0]);
	host.now = host.timer_at - 1;
	(void)sched_charge(&cores[0]);
	assert_ptr_equal(next(), &tasks[0]);
	enqueue(2, NOW + 499);
	assert_ptr_equal(next(), &tasks[2]);
	assert_true(tasks[0].home.ready.place != 0);
	assert_int_equal(tasks[2].home.ready.place, 0);
}

static void reflex_goes_before_flow_whatever_the_deadlines(void **state)
{
	(void)state;
	build();
	sched_context_set(&tasks[0].home, 1, 1, 1, 0);
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	/* The latest Reflex there is, and the earliest Flow. */
	enqueue(1, DEADLINE_LAST);
	assert_ptr_equal(next(), &tasks[1]);
	enqueue(2, CONTEXT_KEY_FLOW);
	assert_ptr_equal(next(), &tasks[1]);
	task_block(&tasks[1], TASK_RECEIVING);
	assert_ptr_equal(next(), &tasks[2]);
	task_block(&tasks[2], TASK_RECEIVING);
	assert_ptr_equal(next(), &tasks[0]);
}

struct wake {
	uint64_t budget, relative_deadline;
	int64_t left;
	int64_t until_deadline; /* from now */
	bool renews;
};

static void wake_up_renews_what_would_exceed_the_bandwidth(void **state)
{
	static const struct wake wakes[] = {
		/* The deadline is past, is now, is the next tick. */
		{ 100, 500, 100, -1000, true },
		{ 100, 500, 1, -1, true },
		{ 100, 500, 1, 0, true },
		{ 100, 500, 0, 0, true },
		{ 100, 500, 1, 1, true },
		{ 1000, 1000, 1, 2, false },
		/* c * 500 against 50 * 100: the bound itself renews. */
		{ 100, 500, 11, 50, true },
		{ 100, 500, 10, 50, true },
		{ 100, 500, 9, 50, false },
		{ 100, 500, 10, 51, false },
		{ 100, 500, 10, 49, true },
		/* Nothing left, or overdrawn: it waits for its deadline. */
		{ 100, 500, 0, 1, false },
		{ 100, 500, -1, 1, false },
		{ 100, 500, INT32_MIN, 1, false },
		{ 100, 500, -1, 0, true },
		/* Postponed far away. */
		{ 100, 500, 100, 499, true },
		{ 100, 500, 100, 500, true },
		{ 100, 500, 100, 501, false },
		{ 100, 500, 100, NUMBER_MAX - 1, false },
		{ 100, 500, 100, NUMBER_MAX, false },
		{ 100, 500, 100, (int64_t)NUMBER_MAX + 1, false },
		{ 100, 500, 100, (int64_t)1 << 62, false },
		/* Where the products just fit 64 bits. */
		{ NUMBER_MAX, NUMBER_MAX, NUMBER_MAX, NUMBER_MAX - 1, true },
		{ NUMBER_MAX, NUMBER_MAX, NUMBER_MAX - 1, NUMBER_MAX - 1, true },
		{ NUMBER_MAX, NUMBER_MAX, NUMBER_MAX - 2, NUMBER_MAX - 1, false },
		{ NUMBER_MAX, NUMBER_MAX, NUMBER_MAX - 1, NUMBER_MAX, false },
		{ NUMBER_MAX, NUMBER_MAX, NUMBER_MAX - 1, (int64_t)1 << 32, false },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(wakes) / sizeof(wakes[0]); i++) {
		for (int flow = 0; flow < 2; flow++) {
			const struct wake *wake = &wakes[i];
			struct context *context = &tasks[0].home;
			uint64_t deadline = NOW + (uint64_t)wake->until_deadline;
			uint64_t class = flow != 0 ? CONTEXT_KEY_FLOW : 0;

			build();
			sched_context_set(context, wake->budget, NUMBER_MAX,
					  wake->relative_deadline,
					  flow == 0 ? RVX_SCHEDULE_REFLEX : 0);
			context->deadline = deadline;
			context->ready.key |= deadline;
			context->left = wake->left;
			sched_wake(&tasks[0]);
			if (wake->renews)
				deadline = NOW + wake->relative_deadline;
			if (context->deadline != deadline)
				print_error("case %u\n", i);
			assert_int_equal(context->deadline, deadline);
			assert_int_equal(context->left,
					 wake->renews ? (int64_t)wake->budget : wake->left);
			assert_int_equal(context->ready.key, class | deadline);
			assert_int_equal(cores[0].first_key, class | deadline);
		}
	}
}

static void wake_up_on_a_lent_context_leaves_it_as_it_is(void **state)
{
	(void)state;
	build();
	tasks[0].home.deadline = tasks[0].home.ready.key = NOW - 10;
	tasks[0].home.left = 3;
	tasks[0].home.user = &tasks[1];
	tasks[1].context = &tasks[0].home;
	sched_wake(&tasks[1]);
	assert_int_equal(tasks[0].home.deadline, NOW - 10);
	assert_int_equal(tasks[0].home.left, 3);
}

static void overdrawn_budgets_are_paid_with_a_period_each(void **state)
{
	static const struct {
		uint64_t used, periods;
		int64_t left;
	} cases[] = {
		{ 0, 0, 100 },
		{ 1, 0, 99 },
		{ 99, 0, 1 },
		{ 100, 1, 100 },
		{ 101, 1, 99 },
		{ 199, 1, 1 },
		{ 200, 2, 100 },
		{ 201, 2, 99 },
		{ 1000, 10, 100 },
		{ 1099, 10, 1 },
		{ 123456789, 1234567, 11 },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		build();
		task_make_ready(&tasks[0]);
		assert_ptr_equal(next(), &tasks[0]);
		crowd();
		host.now += cases[i].used;
		(void)sched_charge(&cores[0]);
		assert_int_equal(tasks[0].home.used, cases[i].used);
		assert_int_equal(tasks[0].home.left, cases[i].left);
		assert_int_equal(tasks[0].home.deadline,
				 NOW + DEADLINE + cases[i].periods * PERIOD);
		assert_int_equal(tasks[0].home.ready.key, tasks[0].home.deadline);
	}
}

static void postponed_task_lets_the_next_run_but_goes_on_if_still_the_earliest(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	enqueue(1, NOW + DEADLINE + PERIOD);
	host.now += BUDGET;
	assert_ptr_equal(tick(), &tasks[0]);
	host.now += BUDGET;
	assert_ptr_equal(tick(), &tasks[1]);
	assert_int_equal(tasks[0].home.deadline, NOW + DEADLINE + 2 * PERIOD);
}

/* What it used while nobody else wanted the core is not held against it when somebody does. */
static void soft_budget_that_ends_while_nobody_waits_begins_afresh(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	for (uint32_t i = 0; i < 50; i++) {
		host.now += BUDGET + i;
		assert_ptr_equal(tick(), &tasks[0]);
		assert_int_equal(tasks[0].home.left, BUDGET);
		assert_int_equal(tasks[0].home.deadline, host.now + DEADLINE);
	}
	/* With company it pays. */
	crowd();
	host.now += BUDGET;
	assert_ptr_equal(tick(), &tasks[0]);
	assert_int_equal(tasks[0].home.deadline, host.now - BUDGET + DEADLINE + PERIOD);
}

/* A hard budget of BUDGET, and when it runs for how long: then its deadline and what is left. */
static void hard_budget_that_outlasts_its_period_goes_on_in_the_next(void **state)
{
	static const struct {
		uint64_t begins, runs; /* after its period began */
		uint64_t periods;      /* by which its deadline is moved */
		int64_t left;
		bool waits;
	} cases[] = {
		/* In its period: it waits for the next. */
		{ 0, BUDGET, 1, BUDGET, true },
		{ 10, BUDGET + 3, 1, BUDGET - 3, true },
		{ PERIOD - BUDGET - 1, BUDGET, 1, BUDGET, true },
		/* Across its end: it goes on, less what it may have used there. */
		{ PERIOD - BUDGET, BUDGET, 1, BUDGET, false },
		{ PERIOD - BUDGET + 1, BUDGET, 1, BUDGET - 1, false },
		{ PERIOD - BUDGET, BUDGET + 7, 1, BUDGET - 7, false },
		{ PERIOD - 1, BUDGET, 1, 1, false },
		/* Wholly behind it, and in later ones. */
		{ PERIOD, BUDGET, 2, BUDGET, true },
		{ 7 * PERIOD + 30, BUDGET, 8, BUDGET, true },
		{ 8 * PERIOD - 40, BUDGET, 8, BUDGET - 60, false },
		/* More than a whole budget is owed. */
		{ PERIOD - BUDGET, 2 * BUDGET + 1, 2, BUDGET - 1, true },
		{ 0, 3 * BUDGET, 3, BUDGET, true },
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		build();
		sched_context_set(&tasks[0].home, BUDGET, PERIOD, DEADLINE,
				  RVX_SCHEDULE_REFLEX | RVX_SCHEDULE_HARD);
		task_make_ready(&tasks[0]);
		crowd();
		/* Kept from running by what has no budget to lose. */
		enqueue(1, 0);
		tasks[1].home.left = INT64_MAX;
		assert_ptr_equal(next(), &tasks[1]);
		host.now += cases[i].begins;
		task_block(&tasks[1], TASK_RECEIVING);
		assert_ptr_equal(next(), &tasks[0]);
		host.now += cases[i].runs;
		assert_ptr_equal(tick(), &tasks[cases[i].waits ? TASKS - 1 : 0]);
		assert_int_equal(tasks[0].home.deadline,
				 NOW + DEADLINE + cases[i].periods * PERIOD);
		assert_int_equal(tasks[0].home.left, cases[i].left);
	}
}

static void every_tick_is_charged_once_to_whoever_ran(void **state)
{
	uint64_t random = 3, ran[4] = { 0 }, total = 0;
	struct task *running;

	(void)state;
	build();
	for (uint32_t i = 0; i < 4; i++)
		task_make_ready(&tasks[i]);
	running = next();
	for (uint32_t i = 0; i < 5000; i++) {
		uint64_t step = random_below(&random, 40);

		host.now += step;
		ran[running - tasks] += step;
		total += step;
		switch (random_below(&random, 4)) {
		case 0:
			(void)sched_charge(&cores[0]);
			break;
		case 1:
			sched_yield(&cores[0]);
			break;
		case 2:
			task_block(running, TASK_RECEIVING);
			break;
		default:
			break;
		}
		running = host.timer_at <= host.now ? tick() : next();
		for (uint32_t j = 0; j < 4; j++) {
			if (task_state(&tasks[j]) != TASK_READY && &tasks[j] != running)
				task_make_ready(&tasks[j]);
		}
	}
	(void)sched_charge(&cores[0]);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(tasks[i].home.used, ran[i]);
		total -= ran[i];
	}
	assert_int_equal(total, 0);
}

static void charge_of_a_context_that_waits_does_not_move_it(void **state)
{
	(void)state;
	build();
	crowd();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	enqueue(1, NOW + 1);
	/* It ends its work and is woken again before the scheduler looks. */
	host.now += BUDGET + 5;
	task_block(&tasks[0], TASK_RECEIVING);
	sched_enqueue(&cores[0], &tasks[0].home);
	task_state_set(&tasks[0], TASK_READY);
	(void)sched_charge(&cores[0]);
	assert_int_equal(tasks[0].home.left, -5);
	assert_int_equal(tasks[0].home.ready.key, NOW + DEADLINE);
	/* It pays as soon as it runs: its timer is due at once. */
	sched_dequeue(&cores[0], &tasks[1].home);
	assert_ptr_equal(next(), &tasks[0]);
	assert_ptr_equal(tick(), &tasks[0]);
	assert_int_equal(tasks[0].home.left, BUDGET - 5);
	assert_int_equal(tasks[0].home.deadline, NOW + DEADLINE + PERIOD);
}

static void yield_moves_by_a_period_but_not_beyond_two_from_now(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	sched_yield(&cores[0]);
	assert_int_equal(tasks[0].home.deadline, NOW + DEADLINE + PERIOD);
	assert_int_equal(tasks[0].home.ready.key, NOW + DEADLINE + PERIOD);
	sched_yield(&cores[0]);
	assert_int_equal(tasks[0].home.deadline, NOW + 2 * PERIOD);
	sched_yield(&cores[0]);
	assert_int_equal(tasks[0].home.deadline, NOW + 2 * PERIOD);
	host.now += 10;
	sched_yield(&cores[0]);
	assert_int_equal(tasks[0].home.deadline, NOW + 10 + 2 * PERIOD);
	/* One that was postponed far comes back to the bound. */
	crowd();
	host.now += 50 * BUDGET;
	(void)sched_charge(&cores[0]);
	assert_true(tasks[0].home.deadline > host.now + 2 * PERIOD);
	sched_yield(&cores[0]);
	assert_int_equal(tasks[0].home.deadline, host.now + 2 * PERIOD);
}

static void yield_gives_a_whole_budget_whatever_was_used_before(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	enqueue(1, NOW + DEADLINE + 1);
	assert_ptr_equal(next(), &tasks[0]);
	host.now += BUDGET - 1;
	sched_yield(&cores[0]);
	assert_ptr_equal(next(), &tasks[1]);
	assert_int_equal(tasks[0].home.left, BUDGET);
	assert_int_equal(tasks[0].home.used, BUDGET - 1);
	assert_int_equal(tasks[0].home.deadline, NOW + DEADLINE + PERIOD);
	/* Alone, it goes on; what the timer finds then is the time since. */
	task_block(&tasks[1], TASK_RECEIVING);
	assert_ptr_equal(next(), &tasks[0]);
	host.now += BUDGET - 10;
	sched_yield(&cores[0]);
	assert_ptr_equal(next(), &tasks[0]);
	host.now += 10;
	assert_ptr_equal(tick(), &tasks[0]);
	assert_int_equal(tasks[0].home.left, BUDGET - 10);
	assert_int_equal(host.timer_at, host.now + BUDGET - 10);
}

static void deadlines_saturate_in_their_class(void **state)
{
	(void)state;
	for (int flow = 0; flow < 2; flow++) {
		struct context *context = &tasks[0].home;
		uint64_t class = flow != 0 ? CONTEXT_KEY_FLOW : 0;

		/* At a wake-up, by a yield, by one postponement, by the clock. */
		build();
		host.now = cores[0].charged_at = DEADLINE_LAST - 10;
		sched_context_set(context, BUDGET, PERIOD, DEADLINE,
				  flow == 0 ? RVX_SCHEDULE_REFLEX : 0);
		task_make_ready(&tasks[0]);
		assert_int_equal(context->ready.key, class | DEADLINE_LAST);
		assert_ptr_equal(next(), &tasks[0]);
		sched_yield(&cores[0]);
		assert_int_equal(context->ready.key, class | DEADLINE_LAST);
		crowd();
		host.now += BUDGET;
		(void)sched_charge(&cores[0]);
		assert_int_equal(context->deadline, DEADLINE_LAST);
		assert_int_equal(context->ready.key, class | DEADLINE_LAST);
		assert_true(context->ready.key < CONTEXT_KEY_NONE || flow != 0);

		/* By so many budgets at a time that their periods do not fit 64 bits. */
		for (uint32_t shift = 28; shift < 40; shift++) {
			uint64_t used = ((uint64_t)1 << shift) + 0x12345678;
			unsigned __int128 deadline = NOW + NUMBER_MAX;

			build();
			sched_context_set(context, 1, NUMBER_MAX, NUMBER_MAX,
					  flow == 0 ? RVX_SCHEDULE_REFLEX : 0);
			task_make_ready(&tasks[0]);
			assert_ptr_equal(next(), &tasks[0]);
			crowd();
			host.now += used;
			(void)sched_charge(&cores[0]);
			deadline += (unsigned __int128)used * NUMBER_MAX;
			if (deadline > DEADLINE_LAST)
				deadline = DEADLINE_LAST;
			assert_int_equal(context->deadline, (uint64_t)deadline);
			assert_int_equal(context->ready.key, class | (uint64_t)deadline);
			assert_int_equal(context->left, 1);
		}
	}
}

static void wait_until(uint32_t i, uint64_t ticks)
{
	task_state_set(&tasks[i], TASK_RECEIVING);
	sched_timeout_set(&tasks[i], ticks);
}

static void timeouts_end_in_order_and_not_before_their_time(void **state)
{
	uint64_t random = 5;

	(void)state;
	build();
	for (uint32_t i = 0; i < TASKS; i++) {
		sched_context_set(&tasks[i].home, 1, 1, 1, 0);
		wait_until(i, NOW + 1 + random_below(&random, 200));
	}
	for (host.now = NOW; cores[0].timers.count > 0; host.now++) {
		assert_true(host.now <= NOW + 200);
		assert_true(sched_tick(&cores[0]));
		for (uint32_t i = 0; i < TASKS; i++) {
			bool waits = task_state(&tasks[i]) == TASK_RECEIVING;

			if (waits) {
				assert_true(tasks[i].timeout.item.key > host.now);
				assert_true(cores[0].first_timeout <= tasks[i].timeout.item.key);
				continue;
			}
			assert_int_equal((int64_t)tasks[i].frame.x[0], RVX_TIMED_OUT);
			assert_int_equal(tasks[i].timeout.item.place, 0);
			assert_int_equal(tasks[i].key & TASK_TIMEOUT, 0);
		}
	}
	assert_int_equal(cores[0].first_timeout, UINT64_MAX);
	assert_int_equal(cores[0].ready.count, TASKS);
}

/* They get equal deadlines: whoever woke first stands first in the queue. */
static void timeouts_that_are_due_together_wake_the_earliest_first(void **state)
{
	(void)state;
	build();
	wait_until(0, NOW + 3);
	wait_until(1, NOW + 1);
	wait_until(2, NOW + 2);
	host.now = NOW + 2;
	assert_true(sched_tick(&cores[0]));
	assert_ptr_equal(context_of_item(cores[0].ready.items[1])->user, &tasks[1]);
	assert_ptr_equal(context_of_item(cores[0].ready.items[2])->user, &tasks[2]);
	assert_int_equal(cores[0].ready.count, 2);
	assert_int_equal(cores[0].first_timeout, NOW + 3);
}

static void cancelled_timeout_does_not_come_and_the_others_do(void **state)
{
	uint64_t random = 9;

	(void)state;
	for (uint32_t round = 0; round < 30; round++) {
		uint32_t left = TASKS;
		uint64_t last = 0;

		build();
		for (uint32_t i = 0; i < TASKS; i++)
			wait_until(i, 1 + random_below(&random, 1000));
		for (uint32_t i = 0; i < TASKS; i += 1 + random_below(&random, 3), left--) {
			sched_timeout_cancel(&tasks[i]);
			assert_int_equal(tasks[i].timeout.item.place, 0);
			assert_int_equal(tasks[i].key & TASK_TIMEOUT, 0);
			/* Once more is nothing. */
			sched_timeout_cancel(&tasks[i]);
		}
		assert_int_equal(cores[0].timers.count, left);
		for (; left > 0; left--) {
			struct timer *first = timer_of_item(cores[0].timers.items[1]);

			assert_int_equal(cores[0].first_timeout, first->item.key);
			assert_true(first->item.key >= last);
			last = first->item.key;
			sched_timeout_cancel(CONTAINER_OF(first, struct task, timeout));
		}
		assert_int_equal(cores[0].first_timeout, UINT64_MAX);
	}
}

static void timeout_of_zero_is_none(void **state)
{
	(void)state;
	build();
	wait_until(0, 0);
	assert_int_equal(cores[0].timers.count, 0);
	assert_int_equal(tasks[0].key & TASK_TIMEOUT, 0);
	assert_int_equal(cores[0].first_timeout, UINT64_MAX);
}

static void wake_up_for_another_reason_cancels_the_timeout(void **state)
{
	(void)state;
	build();
	wait_until(0, NOW + 5);
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	assert_int_equal(host.timer_at, NOW + BUDGET);
	assert_int_equal(cores[0].timers.count, 0);
}

static void timer_is_set_to_the_end_of_the_budget_or_the_first_timeout(void **state)
{
	static const int64_t distances[] = { -50, 0, 1, BUDGET - 1, BUDGET, BUDGET + 1, 100000 };
	uint64_t sets;

	(void)state;
	for (uint32_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
		uint64_t timeout = NOW + (uint64_t)distances[i];

		build();
		task_make_ready(&tasks[0]);
		wait_until(1, timeout);
		wait_until(2, timeout + 7);
		assert_ptr_equal(next(), &tasks[0]);
		assert_int_equal(host.timer_at, timeout < NOW + BUDGET ? timeout : NOW + BUDGET);
		assert_int_equal(cores[0].timer_at, host.timer_at);
		/* Nothing new: it is not touched. */
		sets = host.timer_sets;
		assert_ptr_equal(next(), &tasks[0]);
		assert_int_equal(host.timer_sets, sets);
	}
}

static void timer_goes_with_the_switch_to_the_budget_of_the_next(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	host.now += 30;
	sched_context_set(&tasks[1].home, 7, 20, 20, RVX_SCHEDULE_REFLEX);
	task_make_ready(&tasks[1]);
	assert_ptr_equal(next(), &tasks[1]);
	assert_int_equal(host.timer_at, NOW + 37);
	host.now += 5;
	task_block(&tasks[1], TASK_RECEIVING);
	assert_ptr_equal(next(), &tasks[0]);
	assert_int_equal(host.timer_at, NOW + 35 + BUDGET - 30);
	/* The timer's interrupt switched it off: the same time is set again. */
	host.now = host.timer_at;
	assert_ptr_equal(tick(), &tasks[0]);
	assert_int_equal(host.timer_at, host.now + BUDGET);
}

static void core_with_nothing_to_run_sleeps_until_the_first_timeout(void **state)
{
	(void)state;
	build();
	task_make_ready(&tasks[0]);
	assert_ptr_equal(next(), &tasks[0]);
	host.now += 10;
	task_block(&tasks[0], TASK_RECEIVING);
	sched_timeout_set(&tasks[0], NOW + 9000);
	wait_until(1, NOW + 5000);
	assert_ptr_equal(next(), &tasks[1]);
	assert_int_equal(host.now, NOW + 5000);
	/* Nobody pays for the sleep. */
	assert_int_equal(tasks[0].home.used, 10);
	assert_int_equal(tasks[1].home.used, 0);
	assert_int_equal(tasks[1].home.deadline, NOW + 5000 + DEADLINE);
	assert_int_equal(host.timer_at, NOW + 5000 + BUDGET);
	assert_int_equal(host.vttbr, world.root->partition->vttbr);
	/* An interrupt that is not the timer's only wakes it to sleep again. */
	task_block(&tasks[1], TASK_RECEIVING);
	host.interrupt_waits = true;
	assert_ptr_equal(next(), &tasks[0]);
	assert_int_equal(host.now, NOW + 9000);
	assert_int_equal((int64_t)tasks[0].frame.x[0], RVX_TIMED_OUT);
}

static struct task *next_of(void *argument)
{
	(void)argument;
	return next();
}

static void core_with_nothing_to_wait_for_sleeps_on_an_empty_address_space(void **state)
{
	struct task *task;

	(void)state;
	build();
	assert_int_equal(host_run(next_of, NULL, &task), HOST_IDLE);
	assert_null(cores[0].current);
	assert_null(cores[0].running);
	assert_int_equal(host.vttbr, arch_vttbr_none());
	assert_true(host.timer_at != UINT64_MAX);
}

/* The places are in no list: a test may take nearly all of them away. */
static void task_beyond_the_places_is_refused_and_a_death_gives_one_back(void **state)
{
	const struct actor_options stopped = { .stopped = true };

	(void)state;
	for (uint32_t places = 0; places < 4; places++) {
		uint32_t taken;
		struct actor actors[5];
		char *before, *after;

		world_boot();
		for (uint32_t i = 0; i <= places; i++)
			actors[i] = world_actor_with(&stopped);
		taken = cores[0].reserved_places;
		cores[0].reserved_places = CONFIG_TASKS_MAX - places;
		for (uint32_t i = 0; i < places; i++)
			assert_int_equal(ROOT(RVX_SYS_TASK_START, actors[i].task_handle, 0x1000, 0),
					 RVX_OK);
		assert_int_equal(cores[0].reserved_places, CONFIG_TASKS_MAX);
		assert_true(world_switch_to(world.root));
		before = world_state();
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(
				ROOT(RVX_SYS_TASK_START, actors[places].task_handle, 0x1000, 0x20),
				RVX_LIMIT);
		after = world_state();
		world.root->frame.x[0] = 0;
		world_compare(before, after, "a start without a place");
		free(before);
		free(after);
		assert_int_equal(cores[0].reserved_places, CONFIG_TASKS_MAX);
		assert_int_equal(task_state(actors[places].task), TASK_STOPPED);
		assert_int_equal(actors[places].task->home.ready.place, 0);
		if (places > 0) {
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[0].task_handle),
					 RVX_OK);
			assert_int_equal(cores[0].reserved_places, CONFIG_TASKS_MAX - 1);
			assert_int_equal(
				ROOT(RVX_SYS_TASK_START, actors[places].task_handle, 0x1000, 0),
				RVX_OK);
			assert_true(world_switch_to(actors[places].task));
		}
		/* One that never started gives none back. */
		if (places == 0) {
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actors[0].task_handle),
					 RVX_OK);
			assert_int_equal(cores[0].reserved_places, CONFIG_TASKS_MAX);
		}
		cores[0].reserved_places -= CONFIG_TASKS_MAX - places - taken;
	}
}

/*
 * Admission.
 */

static rvx_handle_t reflex_make(uint64_t budget, uint64_t period, uint64_t deadline, uint64_t flags)
{
	const struct actor_options stopped = { .stopped = true, .credits = 2, .tables = 4 };
	struct actor actor = world_actor_with(&stopped);

	assert_int_equal(ROOT(RVX_SYS_TASK_SCHEDULE, actor.task_handle, budget, period, deadline,
			      RVX_SCHEDULE_REFLEX | flags),
			 RVX_OK);
	/* Nobody is to run before the root. */
	assert_int_equal(ROOT(RVX_SYS_PARTITION_SUSPEND, actor.partition_handle), RVX_OK);
	return actor.task_handle;
}

static int64_t start(rvx_handle_t task)
{
	assert_true(world_switch_to(world.root));
	return ROOT(RVX_SYS_TASK_START, task, 0x1000, 0);
}

static void reflex_tasks_are_admitted_up_to_seventy_percent_of_a_core(void **state)
{
	rvx_handle_t whole, least, tenths[8];
	uint64_t before;

	(void)state;
	world_boot();
	whole = reflex_make(700, 1000, 1000, RVX_SCHEDULE_HARD);
	least = reflex_make(1, NUMBER_MAX, NUMBER_MAX, RVX_SCHEDULE_HARD);
	assert_int_equal(start(whole), RVX_OK);
	assert_int_equal(start(least), RVX_NOT_ADMITTED);
	/* Flow tasks need none. */
	(void)world_actor();
	/* Suspended it keeps its share; dead it does not. */
	assert_int_equal(ROOT(RVX_SYS_TASK_SUSPEND, whole), RVX_OK);
	assert_int_equal(start(least), RVX_NOT_ADMITTED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, whole), RVX_OK);
	assert_int_equal(cores[0].reflex_share, 0);
	assert_int_equal(start(least), RVX_OK);
	assert_int_equal(cores[0].reflex_share, 1);
	/* One that never started, or was refused, gives nothing back. */
	before = cores[0].reflex_share;
	whole = reflex_make(700, 1000, 1000, RVX_SCHEDULE_HARD);
	assert_int_equal(start(whole), RVX_NOT_ADMITTED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, whole), RVX_OK);
	assert_int_equal(cores[0].reflex_share, before);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, least), RVX_OK);

	/* More than all alone; the deadline counts where it is shorter than the period. */
	assert_int_equal(start(reflex_make(701, 1000, 1000, 0)), RVX_NOT_ADMITTED);
	assert_int_equal(start(reflex_make(NUMBER_MAX, NUMBER_MAX, NUMBER_MAX, 0)),
			 RVX_NOT_ADMITTED);
	assert_int_equal(start(reflex_make(36, NUMBER_MAX, 50, 0)), RVX_NOT_ADMITTED);
	assert_int_equal(start(reflex_make(100, NUMBER_MAX, 1, 0)), RVX_NOT_ADMITTED);
	whole = reflex_make(35, NUMBER_MAX, 50, RVX_SCHEDULE_PASSIVE);
	assert_int_equal(start(whole), RVX_OK);
	assert_int_equal(cores[0].reflex_share, CONFIG_REFLEX_SHARE_MAX);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, whole), RVX_OK);

	/* Seven tenths fit, eight do not. */
	for (uint32_t i = 0; i < 8; i++) {
		tenths[i] = reflex_make(1000, 10000, 10000, 0);
		assert_int_equal(start(tenths[i]), i < 7 ? RVX_OK : RVX_NOT_ADMITTED);
	}
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, tenths[i]), RVX_OK);
	assert_int_equal(cores[0].reflex_share, 0);
}

/* Against sums with 60 bits behind the point. */
static void admitted_shares_are_never_more_than_they_may_be_and_hardly_less(void **state)
{
	const unsigned __int128 one = (unsigned __int128)1 << 60;
	uint64_t random = 11, refused = 0, admitted = 0, before, places;

	(void)state;
	build();
	places = cores[0].reserved_places;
	before = cores[0].reflex_share;
	for (uint32_t round = 0; round < 10000; round++) {
		struct context contexts[20];
		unsigned __int128 sum = 0;
		uint32_t count = 0;

		for (uint32_t i = 0; i < 20; i++) {
			uint64_t period = 1 + random_next(&random) % NUMBER_MAX;
			uint64_t deadline = 1 + random_next(&random) % period;
			uint64_t budget =
				1 + random_next(&random) % period / (1 + random_below(&random, 30));
			struct context *context = &contexts[count];
			enum rvx_status status;
			unsigned __int128 share = (budget * one + deadline - 1) / deadline;

			sched_context_set(context, budget, period, deadline, RVX_SCHEDULE_REFLEX);
			status = sched_admit(&cores[0], context);
			if (status == RVX_OK) {
				admitted++;
				sum += share;
				assert_true(sum <= one * 7 / 10 + 20);
				count++;
			} else {
				refused++;
				assert_int_equal(status, RVX_NOT_ADMITTED);
				assert_true(sum + share + one / 1000000000 * 21 > one * 7 / 10);
			}
		}
		while (count-- > 0)
			sched_withdraw(&cores[0], &contexts[count]);
		assert_int_equal(cores[0].reflex_share - before, 0);
		assert_int_equal(cores[0].reserved_places - places, 0);
	}
	assert_true(admitted > 10000 && refused > 10000);
}

/*
 * Recovery.
 */

static void recovery_lets_only_those_run_who_supervise_a_mate(void **state)
{
	struct actor boss, worker, idler, far;
	const struct actor_options *mate;

	(void)state;
	world_boot();
	boss = world_actor();
	mate = &(struct actor_options){ .mate = &boss };
	worker = world_actor_with(mate);
	idler = world_actor_with(mate);
	far = world_actor();
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, worker.task_handle, boss.task_handle),
			 RVX_OK);
	/* Who supervises somebody elsewhere, or is supervised from there, is no exception. */
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, far.task_handle, idler.task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, boss.task_handle, far.task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RECOVER, boss.partition_handle), RVX_OK);
	assert_int_equal(boss.partition->state, RVX_PARTITION_RECOVERY);
	assert_true(world_switch_to(boss.task));
	assert_true(world_switch_to(far.task));
	assert_false(world_switch_to(worker.task));
	assert_false(world_switch_to(idler.task));
	assert_int_equal(ROOT(RVX_SYS_PARTITION_SUSPEND, boss.partition_handle), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_START, boss.partition_handle), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RECOVER, boss.partition_handle), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RESUME, boss.partition_handle), RVX_OK);
	assert_true(world_switch_to(worker.task));
	assert_true(world_switch_to(idler.task));
	assert_true(world_switch_to(boss.task));
	/* A supervisor that died is one no longer. */
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, worker.task_handle), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_PARTITION_RECOVER, boss.partition_handle), RVX_OK);
	assert_false(world_switch_to(boss.task));
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, boss.partition_handle), RVX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_gives_contexts_in_the_order_of_their_keys),
		cmocka_unit_test(equals_in_the_queue_come_each_once_and_not_in_the_order_they_came),
		cmocka_unit_test(running_task_stays_among_equals_and_goes_for_an_earlier_one),
		cmocka_unit_test(reflex_goes_before_flow_whatever_the_deadlines),
		cmocka_unit_test(wake_up_renews_what_would_exceed_the_bandwidth),
		cmocka_unit_test(wake_up_on_a_lent_context_leaves_it_as_it_is),
		cmocka_unit_test(overdrawn_budgets_are_paid_with_a_period_each),
		cmocka_unit_test(
			postponed_task_lets_the_next_run_but_goes_on_if_still_the_earliest),
		cmocka_unit_test(soft_budget_that_ends_while_nobody_waits_begins_afresh),
		cmocka_unit_test(hard_budget_that_outlasts_its_period_goes_on_in_the_next),
		cmocka_unit_test(every_tick_is_charged_once_to_whoever_ran),
		cmocka_unit_test(charge_of_a_context_that_waits_does_not_move_it),
		cmocka_unit_test(yield_moves_by_a_period_but_not_beyond_two_from_now),
		cmocka_unit_test(yield_gives_a_whole_budget_whatever_was_used_before),
		cmocka_unit_test(deadlines_saturate_in_their_class),
		cmocka_unit_test(timeouts_end_in_order_and_not_before_their_time),
		cmocka_unit_test(timeouts_that_are_due_together_wake_the_earliest_first),
		cmocka_unit_test(cancelled_timeout_does_not_come_and_the_others_do),
		cmocka_unit_test(timeout_of_zero_is_none),
		cmocka_unit_test(wake_up_for_another_reason_cancels_the_timeout),
		cmocka_unit_test(timer_is_set_to_the_end_of_the_budget_or_the_first_timeout),
		cmocka_unit_test(timer_goes_with_the_switch_to_the_budget_of_the_next),
		cmocka_unit_test(core_with_nothing_to_run_sleeps_until_the_first_timeout),
		cmocka_unit_test(core_with_nothing_to_wait_for_sleeps_on_an_empty_address_space),
		cmocka_unit_test(task_beyond_the_places_is_refused_and_a_death_gives_one_back),
		cmocka_unit_test(reflex_tasks_are_admitted_up_to_seventy_percent_of_a_core),
		cmocka_unit_test(admitted_shares_are_never_more_than_they_may_be_and_hardly_less),
		cmocka_unit_test(recovery_lets_only_those_run_who_supervise_a_mate),
	};

	return unit_run(tests);
}
