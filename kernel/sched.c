/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ready queue, the timer queue, and the choice of what runs. Guarded by the core's lock.
 */
#include "kernel/sched.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "kernel/preempt.h"
#include "kernel/root.h"
#include "kernel/task.h"
#include "kernel/vmid.h"
#include "lib/atomic.h"
#include "lib/bits.h"

void sched_enqueue(struct core *core, struct context *context)
{
	queue_push(&core->ready, &context->ready);
	core->first_key = queue_first_key(&core->ready);
}

void sched_dequeue(struct core *core, struct context *context)
{
	queue_remove(&core->ready, &context->ready);
	core->first_key = queue_first_key(&core->ready);
}

/* Take the first and put another in its place. */
static struct context *replace_first(struct core *core, struct context *context)
{
	struct queue_item *first = queue_replace_first(&core->ready, &context->ready);

	core->first_key = core->ready.items[1]->key;
	return context_of_item(first);
}

void sched_timer_set(struct core *core, struct timer *timer, uint64_t ticks)
{
	timer->item.key = ticks;
	queue_push(&core->timers, &timer->item);
	core->first_timeout = queue_first_key(&core->timers);
	if (ticks >= core->timer_at)
		return;
	if (core == arch_core()) {
		core->timer_at = ticks;
		arch_timer_set(ticks);
		return;
	}
	/* There it is set at the next choice, even if the same task goes on. */
	core->timer_at = 0;
	arch_core_interrupt(core->id);
}

void sched_timer_cancel(struct core *core, struct timer *timer)
{
	if (timer->item.place == 0)
		return;
	queue_remove(&core->timers, &timer->item);
	core->first_timeout = queue_first_key(&core->timers);
}

void sched_timeout_set(struct task *task, uint64_t ticks)
{
	if (ticks == 0)
		return;
	task->key |= TASK_TIMEOUT;
	sched_timer_set(task->core, &task->timeout, ticks);
}

void sched_timeout_cancel(struct task *task)
{
	task->key &= ~(uint64_t)TASK_TIMEOUT;
	sched_timer_cancel(task->core, &task->timeout);
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
	context->ready.key = (context->ready.key & CONTEXT_KEY_FLOW) | context->deadline;
}

void sched_context_set(struct context *context, uint64_t budget, uint64_t period,
		       uint64_t relative_deadline, bool reflex)
{
	context->budget = budget;
	context->period = period;
	context->relative_deadline = relative_deadline;
	context->deadline = 0;
	context->left = 0;
	context->ready.key = reflex ? 0 : CONTEXT_KEY_FLOW;
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
	core_alert(task->core, context);
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
	if (context->left <= 0 && context->ready.place == 0)
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

/* False: it needs the lock of another core, where the call waits that is to be withdrawn. */
static bool timer_end(struct core *core, struct timer *timer)
{
	struct task *task;

	switch (timer->kind) {
	case TIMER_TIMEOUT:
		task = CONTAINER_OF(timer, struct task, timeout);
		if (task_state(task) == TASK_CALLING &&
		    !core_reach(core, task->waiting->peer->core))
			return false;
		task_wake_with(task, RVX_TIMED_OUT);
		return true;
	case TIMER_HEARTBEAT:
		if (!core_holds_all(core))
			return false;
		root_missed();
		return true;
	case TIMER_LEASE:
		if (!core_holds_all(core))
			return false;
		lease_expire(timer);
		return true;
	}
	return true;
}

bool sched_tick(struct core *core)
{
	uint64_t now = arch_clock_now();

	core->timer_at = 0;
	charge(core, now);
	while (core->first_timeout <= now) {
		struct timer *timer = timer_of_item(core->timers.items[1]);

		if (!timer_end(core, timer))
			return false;
		/* Each lease takes an entry of its own: the timer comes again at once. */
		if (timer->kind == TIMER_LEASE)
			break;
	}
	return true;
}

/* False: it needs more locks, call again with all. */
static bool interrupt_end(struct core *core, uint32_t interrupt)
{
	if (interrupt >= ARCH_INTERRUPT_DEVICE_FIRST)
		return lease_interrupt(core, interrupt);
	return interrupt != ARCH_INTERRUPT_TIMER || sched_tick(core);
}

void sched_interrupt(struct core *core)
{
	uint32_t interrupt = arch_interrupt_take();

	core_lock_own(core);
	if (interrupt_end(core, interrupt))
		return;
	core_unlock_own(core);
	core_lock(core, core_all());
	core->evicting = false;
	(void)interrupt_end(core, interrupt);
	core_unlock_others(core);
}

/* A sleeping core has a timer armed, however far: emulators insist. */
#define IDLE_TICKS_MAX ((uint64_t)1 << 40)

__attribute__((noinline, cold)) static void idle(struct core *core)
{
	arch_address_space_set(NULL);
	timer_program(core, arch_clock_now() + IDLE_TICKS_MAX);
	core_unlock_own(core);
	stretch_end();
	arch_interrupt_wait();
	stretch_begin(STRETCH_NOT_A_CALL);
	sched_interrupt(core);
	core->charged_at = arch_clock_now();
}

/* Wait without a lock and with nothing running, but for interrupts. */
static void wait_parked(struct core *core, uint64_t end)
{
	core_unlock_own(core);
	stretch_end();
	/* Pairs with the stores in core_release. */
	while (atomic32_load_relaxed(&core->parked_for) != 0 && arch_clock_now() < end &&
	       !arch_interrupt_pending())
		arch_relax();
	stretch_begin(STRETCH_NOT_A_CALL);
	if (arch_interrupt_pending())
		sched_interrupt(core);
	else
		core_lock_own(core);
}

/*
 * Another core wants a task off this one: run nothing until it is done with it, or has not come
 * back for it in time.
 */
__attribute__((noinline, cold)) static void park(struct core *core)
{
	uint64_t end = arch_clock_now() + CONFIG_PARK_TICKS;

	sched_charge(core);
	if (core->current != NULL)
		sched_enqueue(core, core->current->context);
	core->running = NULL;
	core->current = NULL;
	task_fp_leave(core);
	arch_address_space_set(NULL);
	while (core->parked_for != 0 && arch_clock_now() < end)
		wait_parked(core, end);
	core->parked_for = 0;
}

/* Let the task of the smallest key be the current one. False: there is none, so the core slept. */
static bool choose(struct core *core)
{
	struct task *current = core->current;

	if (current != NULL && current->context == core->running &&
	    core->first_key >= current->context->ready.key && core->timer_at != 0)
		return true;
	sched_charge(core);
	core->running = NULL;
	core->current = NULL;
	if (current != NULL && core->first_key < current->context->ready.key) {
		core->running = replace_first(core, current->context);
	} else if (current != NULL) {
		core->running = current->context;
	} else if (core->ready.count == 0) {
		idle(core);
		return false;
	} else {
		core->running = context_of_item(core->ready.items[1]);
		sched_dequeue(core, core->running);
	}
	core->current = core->running->user;
	timer_program(core, core->charged_at + (uint64_t)core->running->left);
	return true;
}

/* A VMID for the current task's partition. False: locks were let go, so the choice is made again. */
__attribute__((noinline, cold)) static bool take_vmid(struct core *core)
{
	struct partition *partition = core->current->partition;

	if (core_count == 1) {
		vmid_assign(partition);
		return true;
	}
	core_unlock_own(core);
	core_lock(core, core_all());
	if (!vmid_is_assigned(partition))
		vmid_assign(partition);
	core_unlock_others(core);
	return false;
}

struct task *sched_next(struct core *core)
{
	struct task *next;

	for (;;) {
		if (core->parked_for != 0)
			park(core);
		if (!choose(core))
			continue;
		next = core->current;
		if (vmid_is_assigned(next->partition) || take_vmid(core))
			break;
	}
	arch_address_space_set(next->partition);
	arch_fp_access(next->cptr);
	return next;
}
