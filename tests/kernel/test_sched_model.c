/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Property: the scheduler does what a simple model of it says. The model is an array that is
 * searched from end to end, with 128-bit arithmetic; after each step of a random trace it knows
 * who runs, what the timer is set to, and the deadline and the budget of every context.
 *
 * Where several contexts are the first with equal keys the model does not say which, and takes
 * the kernel's word for it. Tasks are started, blocked and woken as calls do it; the calls that
 * need no capability are made.
 *
 *	test_sched_model [SEED [SECONDS]]	with 0 seconds: this seed only
 */
#include "kernel/arch/cpu.h"
#include "kernel/panic.h"
#include "kernel/trap.h"
#include "tests/kernel/seed.h"
#include "tests/lib/check.h"

#define TRACES 10000
#define TASKS 24
#define STEPS 120
#define SLEEPS_FOR_EVER ((uint64_t)1 << 39) /* of the host's core */
#define IDLE_MAX ((uint64_t)1 << 40)
#define LAST ((uint64_t)INT64_MAX)
#define NOBODY TASKS

__extension__ typedef unsigned __int128 wide_t;

enum activity {
	STOPPED,
	READY,
	BLOCKED
};

struct model_task {
	enum activity activity;
	uint32_t holds; /* bits as in the task's key */
	bool reflex, hard;
	uint64_t budget, period, relative;
	uint64_t deadline, used;
	int64_t left;
	uint64_t timeout; /* 0: none */
	uint64_t begins;  /* throttled: until then; 0: it is not */
	bool timed_out;	  /* at its last wake-up */
};

static struct {
	struct model_task tasks[TASKS];
	uint32_t count;
	uint32_t current; /* NOBODY: none */
	uint32_t charged; /* who pays for the time that passes */
	uint64_t charged_at;
	uint64_t timer; /* 0: it is off */
	uint64_t now;
	bool idle; /* for ever */
} model;

static struct task tasks[TASKS];
static struct task *running; /* whom the kernel let run */
static uint64_t random_state;

static struct {
	uint64_t steps, switches, ties, ticks, idle, timeouts, postponed, saturated, renewed, kept,
		throttled, limited, caught_up, alone;
} seen;

static uint32_t below(uint32_t limit)
{
	return random_below(&random_state, limit);
}

static bool is_before(const struct model_task *a, const struct model_task *b)
{
	if (a->reflex != b->reflex)
		return a->reflex;
	return a->deadline < b->deadline;
}

static uint64_t clip(wide_t deadline)
{
	if (deadline <= LAST)
		return (uint64_t)deadline;
	seen.saturated++;
	return LAST;
}

/* Waits for the core or has it. */
static bool is_runnable(uint32_t i)
{
	return model.tasks[i].activity == READY && model.tasks[i].holds == 0 &&
	       model.tasks[i].begins == 0;
}

static uint32_t model_first(uint32_t without)
{
	uint32_t first = NOBODY;

	for (uint32_t i = 0; i < model.count; i++) {
		if (i == without || !is_runnable(i))
			continue;
		if (first == NOBODY || is_before(&model.tasks[i], &model.tasks[first]))
			first = i;
	}
	return first;
}

static uint64_t model_first_timeout(void)
{
	uint64_t first = UINT64_MAX;

	for (uint32_t i = 0; i < model.count; i++) {
		if (model.tasks[i].timeout != 0 && model.tasks[i].timeout < first)
			first = model.tasks[i].timeout;
		if (model.tasks[i].begins != 0 && model.tasks[i].begins < first)
			first = model.tasks[i].begins;
	}
	return first;
}

/* One period after the other; what a hard one may have used of the last that began is gone. */
static void model_catch_up(struct model_task *task)
{
	wide_t now = (wide_t)model.now + task->relative, overdrawn = (wide_t)-task->left, used;

	if ((wide_t)task->deadline + task->period > now)
		return;
	seen.caught_up++;
	task->deadline += (uint64_t)((now - task->deadline) / task->period * task->period);
	used = now - task->deadline;
	if (used > task->budget)
		used = task->budget;
	task->left = (int64_t)task->budget - (int64_t)(used > overdrawn ? used : overdrawn);
}

static void model_postpone(struct model_task *task)
{
	wide_t budgets;

	seen.postponed++;
	if (task->hard)
		model_catch_up(task);
	if (task->left > 0) {
		task->deadline = clip(task->deadline);
		return;
	}
	budgets = (wide_t)-task->left / task->budget + 1;
	task->left = (int64_t)(task->left + (int64_t)(budgets * task->budget));
	task->deadline = clip(task->deadline + budgets * task->period);
}

static void model_renew(struct model_task *task)
{
	task->deadline = clip((wide_t)model.now + task->relative);
	task->left = (int64_t)task->budget;
}

/* c / (d - t) >= Q / D: going on with what is left would take more than the share. */
static void model_refresh(struct model_task *task)
{
	wide_t left = task->left > 0 ? (wide_t)task->left : 0;

	if (task->deadline > model.now &&
	    left * task->relative < (wide_t)(task->deadline - model.now) * task->budget) {
		seen.kept++;
		return;
	}
	/* A hard one gets no second budget in its period. */
	if (task->hard && task->deadline != 0 &&
	    (wide_t)task->deadline + task->period > (wide_t)model.now + task->relative) {
		wide_t until = task->deadline > model.now ? task->deadline - model.now : 0;

		seen.limited++;
		task->left = (int64_t)(until * task->budget / task->relative);
		if (task->left == 0)
			model_postpone(task);
		return;
	}
	seen.renewed++;
	model_renew(task);
}

static void model_set_timer(uint64_t at)
{
	uint64_t timeout = model_first_timeout();

	model.timer = timeout < at ? timeout : at;
}

static void model_throttle(struct model_task *task)
{
	seen.throttled++;
	task->begins = task->deadline - task->relative;
	if (model.timer != 0)
		model_set_timer(model.timer);
}

static void model_runnable(struct model_task *task)
{
	model_refresh(task);
	if (task->hard && task->deadline > model.now + task->relative)
		model_throttle(task);
}

static void model_wake(uint32_t i, bool timed_out)
{
	struct model_task *task = &model.tasks[i];

	task->timeout = 0;
	task->timed_out = timed_out;
	task->activity = READY;
	if (task->holds == 0)
		model_runnable(task);
}

static void model_block(uint32_t i, uint64_t timeout)
{
	model.tasks[i].activity = BLOCKED;
	model.tasks[i].timeout = timeout;
	if (model.current == i)
		model.current = NOBODY;
}

static void model_hold(uint32_t i, uint32_t hold)
{
	model.tasks[i].holds |= hold;
	model.tasks[i].begins = 0;
	if (model.current == i)
		model.current = NOBODY;
}

static void model_release(uint32_t i, uint32_t hold)
{
	struct model_task *task = &model.tasks[i];
	bool was_held = task->holds != 0;

	task->holds &= ~hold;
	if (was_held && task->holds == 0 && task->activity == READY)
		model_runnable(task);
}

static void model_end_period(uint32_t i)
{
	struct model_task *task = &model.tasks[i];

	if (!task->hard && model.current == i && model_first(i) == NOBODY) {
		seen.alone++;
		model_renew(task);
		return;
	}
	model_postpone(task);
	if (!task->hard || model.current != i || task->deadline <= model.now + task->relative)
		return;
	model.current = NOBODY;
	model_throttle(task);
}

/* Whether the budget was used up. */
static bool model_charge(void)
{
	uint64_t used = model.now - model.charged_at;

	model.charged_at = model.now;
	if (model.charged == NOBODY)
		return false;
	model.tasks[model.charged].used += used;
	model.tasks[model.charged].left -= (int64_t)used;
	if (model.tasks[model.charged].left > 0)
		return false;
	model_end_period(model.charged);
	return true;
}

static void model_yield(void)
{
	struct model_task *task = &model.tasks[model.current];
	wide_t latest = (wide_t)model.now + 2 * task->period;
	wide_t deadline;

	/* Its end is a yield by itself. */
	if (model_charge())
		return;
	if (task->hard) {
		task->left = 0;
		model_end_period(model.current);
		return;
	}
	deadline = (wide_t)task->deadline + task->period;
	task->deadline = clip(deadline < latest ? deadline : latest);
	task->left = (int64_t)task->budget;
}

/* The timer's interrupt. */
static void model_tick(void)
{
	seen.ticks++;
	model.timer = 0;
	(void)model_charge();
	for (uint32_t i = 0; i < model.count; i++) {
		if (model.tasks[i].timeout != 0 && model.tasks[i].timeout <= model.now) {
			seen.timeouts++;
			model_wake(i, true);
		}
		if (model.tasks[i].begins != 0 && model.tasks[i].begins <= model.now)
			model.tasks[i].begins = 0;
	}
}

/* Sleep until somebody can run. The time that passes is nobody's. */
static void model_sleep(void)
{
	while (model_first(NOBODY) == NOBODY) {
		seen.idle++;
		model_set_timer(model.now + IDLE_MAX);
		if (model.timer > model.now && model.timer - model.now >= SLEEPS_FOR_EVER) {
			model.idle = true;
			return;
		}
		if (model.timer > model.now)
			model.now = model.timer;
		model.charged_at = model.now;
		model_tick();
	}
}

static bool is_tied(uint32_t i, uint32_t first)
{
	return i < model.count && is_runnable(i) &&
	       !is_before(&model.tasks[i], &model.tasks[first]) &&
	       !is_before(&model.tasks[first], &model.tasks[i]);
}

/* The choice; `kernel` is whom the kernel let run, which decides among equals. */
static void model_choose(uint32_t kernel)
{
	uint32_t first = model_first(model.current);
	bool stays =
		model.current != NOBODY &&
		(first == NOBODY || !is_before(&model.tasks[first], &model.tasks[model.current]));

	/* Where all goes on as it was nothing is charged and the timer stays. */
	if (stays && model.charged == model.current && model.timer != 0)
		return;
	(void)model_charge();
	if (model.current == NOBODY) {
		first = model_first(NOBODY);
		stays = false;
	} else {
		/* It may just have been postponed: but it was compared as it stands now. */
		first = model_first(model.current);
		stays = first == NOBODY ||
			!is_before(&model.tasks[first], &model.tasks[model.current]);
	}
	model.charged = NOBODY;
	if (!stays) {
		seen.switches++;
		model.current = NOBODY;
		if (first == NOBODY) {
			model_sleep();
			if (model.idle)
				return;
			first = model_first(NOBODY);
		}
		if (kernel != first && is_tied(kernel, first)) {
			seen.ties++;
			first = kernel;
		}
		model.current = first;
	}
	model.charged = model.current;
	model_set_timer(model.charged_at + (uint64_t)model.tasks[model.current].left);
}

/* What happens, in the kernel; the model has it done before the kernel chooses. */
enum step {
	STEP_OTHERS, /* a call of the running task, or of another core, about task `task` */
	STEP_YIELD_CALL,
	STEP_YIELD_TRAP,
	STEP_RECEIVE,
	STEP_INTERRUPT,
	STEP_NULL
};
enum deed {
	DEED_START,
	DEED_WAKE,
	DEED_HOLD,
	DEED_RELEASE
};

static struct {
	enum step step;
	enum deed deed;
	uint32_t task;
	uint64_t hold, timeout;
} now_done;

static void do_deed(struct task *task)
{
	switch (now_done.deed) {
	case DEED_START:
		task_start(task, 0x1000, 0x2000, 7);
		break;
	case DEED_WAKE:
		task_wake_with(task, RVX_OK);
		break;
	case DEED_HOLD:
		task_hold(task, now_done.hold);
		break;
	case DEED_RELEASE:
		task_release(task, now_done.hold);
		break;
	}
}

static struct task *call(struct task *task, uint32_t number)
{
	uint32_t outcome = trap_system_call(task, number);

	return outcome == TRAP_RETURN ? task : trap_switch(task, outcome);
}

static struct task *run(void *argument)
{
	struct task *task = argument, *next;

	switch (now_done.step) {
	case STEP_YIELD_CALL:
		return call(task, RVX_SYS_YIELD);
	case STEP_YIELD_TRAP:
		return trap_yield(task);
	case STEP_RECEIVE:
		task->extended[1] = now_done.timeout;
		return call(task, RVX_SYS_RECV_UNTIL);
	case STEP_INTERRUPT:
		return trap_interrupt(task);
	case STEP_NULL:
		return call(task, RVX_SYS_NULL);
	default:
		core_lock_own(&cores[0]);
		do_deed(&tasks[now_done.task]);
		next = sched_next(&cores[0]);
		core_unlock_own(&cores[0]);
		return next;
	}
}

#define SAME(what, kernel, expected) \
	do { \
		if ((uint64_t)(kernel) != (uint64_t)(expected)) \
			world_fail("step %lu, task %u: %s is %lx, should be %lx", \
				   (unsigned long)seen.steps, i, what, (unsigned long)(kernel), \
				   (unsigned long)(expected)); \
	} while (0)

static void compare_task(uint32_t i)
{
	static const enum task_state states[] = { TASK_STOPPED, TASK_READY, TASK_RECEIVING };
	const struct model_task *expected = &model.tasks[i];
	const struct task *task = &tasks[i];

	SAME("state", task_state(task), states[expected->activity]);
	SAME("hold", task->key & TASK_HELD, expected->holds);
	SAME("deadline", task->home.deadline, expected->deadline);
	SAME("left", task->home.left, expected->left);
	SAME("used", task->home.used, expected->used);
	SAME("key", task->home.ready.key,
	     (expected->reflex ? 0 : CONTEXT_KEY_FLOW) | expected->deadline);
	SAME("place in the queue", task->home.ready.place != 0,
	     is_runnable(i) && model.current != i);
	SAME("throttled until",
	     task->home.replenishment.item.place != 0 ? task->home.replenishment.item.key : 0,
	     expected->begins);
	SAME("timeout", task->timeout.item.place != 0 ? task->timeout.item.key : 0,
	     expected->timeout);
	SAME("place among the timeouts", task->timeout.item.place != 0, expected->timeout != 0);
	if (expected->activity == READY && expected->timed_out)
		SAME("answer", (int64_t)task->frame.x[0], RVX_TIMED_OUT);
}

static void compare(const struct task *kernel)
{
	uint32_t i = kernel == NULL ? NOBODY : (uint32_t)(kernel - tasks);

	SAME("who runs", i, model.current);
	SAME("current", cores[0].current == NULL ? NOBODY : cores[0].current - tasks,
	     model.current);
	SAME("the clock", host.now, model.now);
	SAME("the timer", host.timer_at, model.timer);
	SAME("the first timeout", cores[0].first_timeout, model_first_timeout());
	for (uint32_t j = 0; j < model.count; j++)
		compare_task(j);
	for (uint32_t j = 1; j <= cores[0].ready.count; j++) {
		SAME("place", cores[0].ready.items[j]->place, j);
		SAME("order",
		     cores[0].ready.items[j / 2 + (j == 1)]->key <= cores[0].ready.items[j]->key,
		     true);
	}
}

/* In one entry, kernel and model. */
static void step(void)
{
	struct task *kernel;
	enum host_exit how;

	seen.steps++;
	how = host_run(run, running, &kernel);
	running = kernel;
	if (how == HOST_OFF)
		world_fail("step %lu: %s", (unsigned long)seen.steps, kernel_epitaph.text);
	model_choose(kernel == NULL ? NOBODY : (uint32_t)(kernel - tasks));
	if ((how == HOST_IDLE) != model.idle)
		world_fail("step %lu: asleep for ever: %d, should be %d", (unsigned long)seen.steps,
			   how == HOST_IDLE, model.idle);
	compare(kernel);
	model.idle = false;
}

/* What can be done to a task as it is; false: nothing that was drawn. */
static bool draw_deed(uint32_t i)
{
	struct model_task *task = &model.tasks[i];

	now_done.step = STEP_OTHERS;
	now_done.task = i;
	now_done.hold = below(2) == 0 ? TASK_HELD_SELF : TASK_HELD_PARTITION;
	if (task->activity == STOPPED) {
		now_done.deed = DEED_START;
		model_wake(i, false);
	} else if ((task->holds & now_done.hold) != 0) {
		now_done.deed = DEED_RELEASE;
		model_release(i, (uint32_t)now_done.hold);
	} else if (task->activity == BLOCKED && below(4) != 0) {
		now_done.deed = DEED_WAKE;
		model_wake(i, false);
	} else if (below(3) == 0) {
		now_done.deed = DEED_HOLD;
		model_hold(i, (uint32_t)now_done.hold);
	} else {
		return false;
	}
	return true;
}

/* A time that is of interest to somebody: around a budget, a period, or the timer. */
static uint64_t draw_time(void)
{
	const struct model_task *task = &model.tasks[below(model.count)];
	uint64_t timer = model.timer - model.now;

	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return task->budget;
	case 2:
		return task->period;
	case 3:
		return task->budget * (1 + below(5)) + below(2);
	case 4:
		return timer < UINT32_MAX ? timer : 1;
	case 5:
		return timer < UINT32_MAX && timer > 0 ? timer - 1 : 1;
	case 6:
		return task->deadline > model.now && task->deadline - model.now < UINT32_MAX ?
			       task->deadline - model.now :
			       1;
	default:
		return below((uint32_t)task->period);
	}
}

static void pass(uint64_t ticks)
{
	model.now += ticks;
	host.now = model.now;
	if (model.current == NOBODY || host.timer_at > host.now)
		return;
	/* It may come late, but it comes before the task does anything. */
	now_done.step = STEP_INTERRUPT;
	model_tick();
	step();
}

static void receive(void)
{
	now_done.step = STEP_RECEIVE;
	now_done.timeout = 0;
	switch (below(4)) {
	case 0:
		break;
	case 1:
		now_done.timeout = model.now - below(50);
		break;
	case 2:
		now_done.timeout = model.now + ((uint64_t)1 << below(63));
		break;
	default:
		now_done.timeout = model.now + draw_time();
		break;
	}
	model_block(model.current, now_done.timeout);
	step();
}

static void act(void)
{
	/* Its next call answers in the same register. */
	model.tasks[model.current].timed_out = false;
	switch (below(6)) {
	case 0:
		now_done.step = below(2) == 0 ? STEP_YIELD_CALL : STEP_YIELD_TRAP;
		model_yield();
		step();
		break;
	case 1:
	case 2:
		receive();
		break;
	case 3:
		now_done.step = STEP_NULL;
		step();
		break;
	case 4:
		/* An interrupt of something else. */
		now_done.step = STEP_INTERRUPT;
		host.interrupt_waits = true;
		if (model.timer <= model.now)
			model_tick();
		step();
		break;
	default:
		break;
	}
}

static void make_task(uint32_t i, uint32_t scale)
{
	struct model_task *expected = &model.tasks[i];
	struct task *task = &tasks[i];

	expected->period = scale == UINT32_MAX ? UINT32_MAX - below(3) : 1 + below(scale);
	expected->budget = 1 + below((uint32_t)expected->period);
	if (below(3) == 0)
		expected->budget = 1 + expected->budget / (1 + below(100));
	if (below(8) == 0)
		expected->budget = 1;
	expected->relative =
		below(2) == 0 ? expected->period : 1 + below((uint32_t)expected->period);
	expected->reflex = below(3) == 0;
	expected->hard = below(3) == 0;

	task->core = &cores[0];
	task->partition = world.root->partition;
	task->context = &task->home;
	task->home.owner = task->home.user = task;
	task->key = TASK_STOPPED;
	sched_context_set(&task->home, expected->budget, expected->period, expected->relative,
			  (expected->reflex ? RVX_SCHEDULE_REFLEX : 0) |
				  (expected->hard ? RVX_SCHEDULE_HARD : 0));
}

/* From crowded time, where most is equal, to parameters that are as large as they may be. */
static void begin(void)
{
	static const uint32_t scales[] = { 4, 20, 1000, CONFIG_DEFAULT_PERIOD, UINT32_MAX };
	uint32_t scale;

	random_state = seed_state();
	scale = scales[below(5)];
	running = NULL;
	memset(&model, 0, sizeof(model));
	memset(tasks, 0, sizeof(tasks));
	core_init(&cores[0], 0);
	cores[0].reserved_places = TASKS;
	model.count = 1 + below(TASKS);
	model.current = model.charged = NOBODY;
	model.now = below(8) == 0 ? LAST - below(UINT32_MAX) : 1000 + below(100000);
	model.charged_at = 0;
	model.timer = UINT64_MAX;
	host.now = model.now;
	host.timer_at = UINT64_MAX;
	host.interrupt_waits = false;
	for (uint32_t i = 0; i < model.count; i++)
		make_task(i, scale);
}

static void trace(void)
{
	begin();
	for (uint32_t i = 0; i < STEPS; i++) {
		if (below(3) == 0)
			pass(below(200) == 0 ? ((uint64_t)1 << below(42)) + below(UINT32_MAX) :
					       draw_time());
		if (below(3) == 0 && model.current != NOBODY)
			act();
		else if (draw_deed(below(model.count)))
			step();
	}
}

int main(int count, char **arguments)
{
	uint64_t traces = 0;

	seed_begin(count, arguments);
	world_boot();
	/* The queues of the core are the test's. */
	task_state_set(world.root, TASK_STOPPED);
	do {
		trace();
		traces++;
	} while (seed_next() || (count < 3 && traces < TRACES));
	printf("%lu traces, %lu steps: %lu choices anew, %lu among equals, %lu ticks, %lu timeouts, "
	       "%lu sleeps, %lu postponements, %lu renewed and %lu kept at a wake-up, "
	       "%lu at the last deadline; %lu throttled, %lu limited at a wake-up, %lu caught up, "
	       "%lu begun afresh alone\n",
	       (unsigned long)traces, (unsigned long)seen.steps, (unsigned long)seen.switches,
	       (unsigned long)seen.ties, (unsigned long)seen.ticks, (unsigned long)seen.timeouts,
	       (unsigned long)seen.idle, (unsigned long)seen.postponed, (unsigned long)seen.renewed,
	       (unsigned long)seen.kept, (unsigned long)seen.saturated,
	       (unsigned long)seen.throttled, (unsigned long)seen.limited,
	       (unsigned long)seen.caught_up, (unsigned long)seen.alone);
	return 0;
}
