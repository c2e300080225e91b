/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ready queue, the timer queue, and the choice of what runs. Guarded by the core's lock.
 *
 * Element i of a heap has its children at 2i and 2i + 1; places are counted from 1.
 */
#include "kernel/sched.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/panic.h"
#include "kernel/preempt.h"
#include "kernel/task.h"
#include "kernel/vmid.h"
#include "lib/bits.h"

static void ready_put(struct core *core, uint32_t index, struct context *context)
{
	core->ready[index] = context;
	context->heap_index = index;
}

static void ready_rise(struct core *core, uint32_t index, struct context *context)
{
	while (index > 1 && core->ready[index / 2]->key > context->key) {
		ready_put(core, index, core->ready[index / 2]);
		index /= 2;
	}
	ready_put(core, index, context);
}

static void ready_sink(struct core *core, uint32_t index, struct context *context)
{
	for (;;) {
		uint32_t child = 2 * index;

		if (child > core->ready_count)
			break;
		if (child < core->ready_count &&
		    core->ready[child + 1]->key < core->ready[child]->key)
			child++;
		if (core->ready[child]->key >= context->key)
			break;
		ready_put(core, index, core->ready[child]);
		index = child;
	}
	ready_put(core, index, context);
}

void sched_enqueue(struct core *core, struct context *context)
{
	kassert(context->heap_index == 0);
	kassert(core->ready_count < CONFIG_TASKS_MAX);
	core->ready_count++;
	ready_rise(core, core->ready_count, context);
	core->first_key = core->ready[1]->key;
}

void sched_dequeue(struct core *core, struct context *context)
{
	uint32_t index = (uint32_t)context->heap_index;
	struct context *last;

	kassert(index != 0);
	last = core->ready[core->ready_count--];
	context->heap_index = 0;
	if (last != context) {
		if (index > 1 && core->ready[index / 2]->key > last->key)
			ready_rise(core, index, last);
		else
			ready_sink(core, index, last);
	}
	core->first_key = core->ready_count == 0 ? CONTEXT_KEY_NONE : core->ready[1]->key;
}

/* Take the first and put another in its place. */
static struct context *replace_first(struct core *core, struct context *context)
{
	struct context *first = core->ready[1];

	first->heap_index = 0;
	ready_sink(core, 1, context);
	core->first_key = core->ready[1]->key;
	return first;
}

static void timer_put(struct core *core, uint32_t index, struct task *task)
{
	core->timers[index] = task;
	task->timer_index = index;
}

static void timer_rise(struct core *core, uint32_t index, struct task *task)
{
	while (index > 1 && core->timers[index / 2]->timeout > task->timeout) {
		timer_put(core, index, core->timers[index / 2]);
		index /= 2;
	}
	timer_put(core, index, task);
}

static void timer_sink(struct core *core, uint32_t index, struct task *task)
{
	for (;;) {
		uint32_t child = 2 * index;

		if (child > core->timer_count)
			break;
		if (child < core->timer_count &&
		    core->timers[child + 1]->timeout < core->timers[child]->timeout)
			child++;
		if (core->timers[child]->timeout >= task->timeout)
			break;
		timer_put(core, index, core->timers[child]);
		index = child;
	}
	timer_put(core, index, task);
}

void sched_timeout_set(struct task *task, uint64_t ticks)
{
	struct core *core = task->core;

	if (ticks == 0)
		return;
	kassert(task->timer_index == 0);
	task->timeout = ticks;
	task->key |= TASK_TIMEOUT;
	core->timer_count++;
	timer_rise(core, core->timer_count, task);
	core->first_timeout = core->timers[1]->timeout;
}

void sched_timeout_cancel(struct task *task)
{
	struct core *core = task->core;
	uint32_t index = (uint32_t)task->timer_index;
	struct task *last;

	if (index == 0)
		return;
	last = core->timers[core->timer_count--];
	task->timer_index = 0;
	task->timeout = 0;
	task->key &= ~(uint64_t)TASK_TIMEOUT;
	if (last != task) {
		if (index > 1 && core->timers[index / 2]->timeout > last->timeout)
			timer_rise(core, index, last);
		else
			timer_sink(core, index, last);
	}
	core->first_timeout = core->timer_count == 0 ? UINT64_MAX : core->timers[1]->timeout;
}

bool sched_reserve(struct core *core)
{
	if (core->reserved_places == CONFIG_TASKS_MAX)
		return false;
	core->reserved_places++;
	return true;
}

void sched_unreserve(struct core *core)
{
	kassert(core->reserved_places > 0);
	core->reserved_places--;
}

/* The last deadline there is: whoever is postponed beyond it waits with those who were too. */
#define DEADLINE_MAX (CONTEXT_KEY_FLOW - 1)

static void context_key_set(struct context *context)
{
	if (context->deadline > DEADLINE_MAX)
		context->deadline = DEADLINE_MAX;
	context->key = (context->key & CONTEXT_KEY_FLOW) | context->deadline;
}

void sched_context_set(struct context *context, uint64_t budget, uint64_t period,
		       uint64_t relative_deadline, bool reflex)
{
	context->budget = budget;
	context->period = period;
	context->relative_deadline = relative_deadline;
	context->deadline = 0;
	context->left = 0;
	context->key = reflex ? 0 : CONTEXT_KEY_FLOW;
}

/*
 * Constant bandwidth at wake-up (Abeni and Buttazzo 1998): with c left until deadline d, going on
 * with both would exceed budget / deadline if c * D >= (d - t) * Q. Then both are renewed.
 */
static void context_refresh(struct context *context, uint64_t now)
{
	uint64_t left = context->left > 0 ? (uint64_t)context->left : 0;

	if (context->deadline > now && context->deadline - now < UINT32_MAX &&
	    left * context->relative_deadline < (context->deadline - now) * context->budget)
		return;
	if (context->deadline > now && context->deadline - now >= UINT32_MAX)
		return;
	context->deadline = now + context->relative_deadline;
	context->left = (int64_t)context->budget;
	context_key_set(context);
}

void sched_wake(struct task *task)
{
	struct context *context = task->context;

	if (context->owner == task)
		context_refresh(context, arch_clock_now());
	sched_enqueue(task->core, context);
}

/* Out of budget: as many new budgets as it overdrew, each paid for with a period's delay. */
static void context_postpone(struct context *context)
{
	uint64_t times = (uint64_t)-context->left / context->budget + 1;
	uint64_t delay;

	/* A machine that was stopped for long may owe more than there is time. */
	if (!checked_multiply(times, context->period, &delay) ||
	    !checked_add(context->deadline, delay, &context->deadline))
		context->deadline = DEADLINE_MAX;
	context->left += (int64_t)(times * context->budget);
	context_key_set(context);
}

static void charge(struct core *core, uint64_t now)
{
	struct context *context = core->running;
	uint64_t used = now - core->charged_at;

	core->charged_at = now;
	if (context == NULL)
		return;
	context->used += used;
	context->left -= (int64_t)used;
	/* One that waits in the queue already keeps its place: its key must not change there. */
	if (context->left <= 0 && context->heap_index == 0)
		context_postpone(context);
}

/* One period later, but never more than two from now: who yields while alone does not fall behind. */
void sched_yield(struct core *core)
{
	struct context *context = core->current->context;
	uint64_t now = arch_clock_now();
	uint64_t latest = now + 2 * context->period;

	/* What it used until now belongs to the budget that it gives away. */
	charge(core, now);
	context->deadline += context->period;
	if (context->deadline > latest)
		context->deadline = latest;
	context->left = (int64_t)context->budget;
	context_key_set(context);
}

void sched_charge(struct core *core)
{
	charge(core, arch_clock_now());
}

static void timer_program(struct core *core, uint64_t at)
{
	if (core->first_timeout < at)
		at = core->first_timeout;
	if (at == core->timer_at)
		return;
	core->timer_at = at;
	arch_timer_set(at);
}

void sched_tick(struct core *core)
{
	uint64_t now = arch_clock_now();

	core->timer_at = 0;
	charge(core, now);
	while (core->first_timeout <= now)
		task_wake_with(core->timers[1], RVX_TIMED_OUT);
}

/* A sleeping core has a timer armed, however far: emulators insist. */
#define IDLE_TICKS_MAX ((uint64_t)1 << 40)

static void idle(struct core *core)
{
	arch_address_space_set(NULL);
	timer_program(core, arch_clock_now() + IDLE_TICKS_MAX);
	core_unlock(core);
	stretch_end();
	arch_interrupt_wait();
	stretch_begin(STRETCH_NOT_A_CALL);
	core_lock(core);
	core->charged_at = arch_clock_now();
	if (arch_interrupt_take())
		sched_tick(core);
}

struct task *sched_next(struct core *core)
{
	struct task *current = core->current;

	if (current != NULL && current->context == core->running) {
		if (core->first_key >= current->context->key && core->timer_at != 0)
			goto run;
	}
	sched_charge(core);
	core->running = NULL;
	core->current = NULL;
	if (current != NULL && core->first_key < current->context->key) {
		core->running = replace_first(core, current->context);
	} else if (current != NULL) {
		core->running = current->context;
	} else {
		while (core->ready_count == 0)
			idle(core);
		core->running = core->ready[1];
		sched_dequeue(core, core->running);
	}
	current = core->running->user;
	core->current = current;
	timer_program(core, core->charged_at + (uint64_t)core->running->left);
run:
	if (!vmid_is_assigned(current->partition))
		vmid_assign(current->partition);
	arch_address_space_set(current->partition);
	arch_fp_access(current->cptr);
	return current;
}
