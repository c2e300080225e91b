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
#include "kernel/trace.h"
#include "kernel/vmid.h"
#include "lib/atomic.h"
#include "lib/bits.h"

void sched_enqueue(struct core *core, struct context *context)
{
	queue_push(&core->ready, &context->ready);
	core->first_key = core->ready.items[1]->key;
}

void sched_dequeue(struct core *core, struct context *context)
{
	queue_remove(&core->ready, &context->ready);
	core->first_key = queue_first_key(&core->ready);
}

/* Take the first and put another in its place. */
static void replace_first(struct core *core, struct context *context)
{
	queue_replace_first(&core->ready, &context->ready);
	core->first_key = core->ready.items[1]->key;
}

void sched_timer_set(struct core *core, struct timer *timer, uint64_t ticks)
{
	timer->item.key = ticks;
	queue_push(&core->timers, &timer->item);
	core->first_timeout = core->timers.items[1]->key;
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

/* Of CONFIG_SHARE_WHOLE, rounded up: the sum is never taken for less than it is. */
static uint64_t reflex_share(const struct context *context)
{
	uint64_t within = context->relative_deadline < context->period ?
				  context->relative_deadline :
				  context->period;

	if ((context->flags & RVX_SCHEDULE_REFLEX) == 0)
		return 0;
	return (context->budget * CONFIG_SHARE_WHOLE + within - 1) / within;
}

enum rvx_status sched_admit(struct core *core, const struct context *context)
{
	uint64_t share = reflex_share(context);

	if (core->reserved_places == CONFIG_TASKS_MAX)
		return RVX_LIMIT;
	if (share > CONFIG_REFLEX_SHARE_MAX - core->reflex_share)
		return RVX_NOT_ADMITTED;
	core->reserved_places++;
	core->reflex_share += share;
	return RVX_OK;
}

void sched_withdraw(struct core *core, const struct context *context)
{
	kassert(core->reserved_places > 0);
	core->reserved_places--;
	core->reflex_share -= reflex_share(context);
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
		       uint64_t relative_deadline, uint64_t flags)
{
	context->budget = budget;
	context->period = period;
	context->relative_deadline = relative_deadline;
	context->flags = flags;
	context->replenishment.kind = TIMER_REPLENISHMENT;
	context->ready.key = (flags & RVX_SCHEDULE_REFLEX) != 0 ? 0 : CONTEXT_KEY_FLOW;
	context->deadline = 0;
	context->left = 0;
}

static bool is_hard(const struct context *context)
{
	return (context->flags & RVX_SCHEDULE_HARD) != 0;
}

/*
 * A hard one's period may be over long before its budget is: those that went by are lost, and what
 * it may have used of the one that runs is taken off.
 */
static void hard_catch_up(struct context *context, uint64_t now)
{
	uint64_t begin = context->deadline - context->relative_deadline, overdrawn, used;

	if (now < begin || now - begin < context->period)
		return;
	used = (now - begin) % context->period;
	context->deadline += now - begin - used;
	overdrawn = (uint64_t)-context->left;
	if (used > context->budget)
		used = context->budget;
	if (used < overdrawn)
		used = overdrawn;
	context->left = (int64_t)(context->budget - used);
}

/* On to a later period: as many new budgets as it overdrew, each paid with a period's delay. */
static void context_postpone(struct context *context, uint64_t now)
{
	uint64_t periods, delay;

	if (is_hard(context))
		hard_catch_up(context, now);
	if (context->left <= 0) {
		periods = (uint64_t)-context->left / context->budget + 1;
		context->left += (int64_t)(periods * context->budget);
		/* A machine that was stopped for long may owe more than there is time. */
		if (!checked_multiply(periods, context->period, &delay) ||
		    !checked_add(context->deadline, delay, &context->deadline))
			context->deadline = DEADLINE_MAX;
	}
	context_key_set(context);
}

/*
 * Constant bandwidth at wake-up (Abeni and Buttazzo 1998): with c left until deadline d, going on
 * with both would exceed budget / deadline if c * D >= (d - t) * Q. Then both are renewed.
 */
static bool context_lasts(const struct context *context, uint64_t now)
{
	uint64_t left = context->left > 0 ? (uint64_t)context->left : 0;
	uint64_t until = context->deadline > now ? context->deadline - now : 0;

	return until >= UINT32_MAX || left * context->relative_deadline < until * context->budget;
}

static void context_renew(struct context *context, uint64_t now)
{
	context->deadline = now + context->relative_deadline;
	context->left = (int64_t)context->budget;
	context_key_set(context);
}

/* A hard one is renewed only when its period is over; until then c = (d - t) * Q / D. */
static void hard_refresh(struct context *context, uint64_t now)
{
	uint64_t until = context->deadline > now ? context->deadline - now : 0;

	if (context->deadline == 0 ||
	    context->deadline + context->period <= now + context->relative_deadline) {
		context_renew(context, now);
	} else if (!context_lasts(context, now)) {
		context->left = (int64_t)(until * context->budget / context->relative_deadline);
		if (context->left == 0)
			context_postpone(context, now);
	}
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

/* A server that it was lent to goes on with its own: its caller gets it back. */
__attribute__((noinline, cold)) static void wait_for_period(struct core *core,
							    struct context *context)
{
	if (context->user != context->owner) {
		task_return_context(context->user);
		return;
	}
	sched_timer_set(core, &context->replenishment,
			context->deadline - context->relative_deadline);
}

static void enqueue_and_alert(struct core *core, struct context *context)
{
	sched_enqueue(core, context);
	core_alert(core, context);
}

__attribute__((noinline)) static void wake_hard(struct task *task, struct context *context)
{
	uint64_t now = arch_clock_now();

	if (context->owner == task)
		hard_refresh(context, now);
	if (context->deadline > now + context->relative_deadline)
		wait_for_period(task->core, context);
	else
		enqueue_and_alert(task->core, context);
}

void sched_wake(struct task *task)
{
	struct context *context = task->context;
	uint64_t now;

	if (is_hard(context)) {
		wake_hard(task, context);
		return;
	}
	now = arch_clock_now();
	if (context->owner == task && !context_lasts(context, now))
		context_renew(context, now);
	enqueue_and_alert(task->core, context);
}

void sched_leave(struct task *task)
{
	struct context *context = task->context;
	struct core *core = task->core;

	/* `current` of another core may be of the past, but what waits there is in a queue. */
	if (context->ready.place != 0)
		sched_dequeue(core, context);
	else if (context->replenishment.item.place != 0)
		sched_timer_cancel(core, &context->replenishment);
	else if (core->current == task)
		core->current = NULL;
}

/*
 * On to the next period. A hard one waits for it; if it does not run this is seen when it wakes. A
 * soft one that nobody waits for begins afresh: what was used then harmed nobody, and is not to be
 * paid for when others come.
 */
static void end_period(struct core *core, struct context *context, uint64_t now)
{
	struct task *task = context->user;
	bool runs = core->current == task && task->context == context;

	if (!is_hard(context) && runs && core->ready.count == 0) {
		context_renew(context, now);
		return;
	}
	context_postpone(context, now);
	if (!is_hard(context) || !runs || context->deadline <= now + context->relative_deadline)
		return;
	core->current = NULL;
	wait_for_period(core, context);
}

/* True: it is a fault of the task that runs, which is left as it is. */
__attribute__((noinline, cold)) static bool exhaust(struct core *core, struct context *context,
						    uint64_t now)
{
	/* One that waits in a queue already keeps its place: its key must not change there. */
	if (context->ready.place != 0 || context->replenishment.item.place != 0)
		return false;
	if ((context->flags & RVX_SCHEDULE_FAULT) != 0 && context->user == context->owner)
		return core->current == context->owner;
	trace_at(arch_core(), now, TRACE(RVX_TRACE_POSTPONE, trace_task(context->user)));
	end_period(core, context, now);
	return false;
}

/* Charge the time since the last look at the clock. Returns the context that paid, or NULL. */
static struct context *charge_time(struct core *core, uint64_t now)
{
	struct context *context = core->running;
	uint64_t used = now - core->charged_at;

	core->charged_at = now;
	if (context == NULL)
		return NULL;
	context->used += used;
	context->left -= (int64_t)used;
	return context;
}

bool sched_charge(struct core *core)
{
	uint64_t now = arch_clock_now();
	struct context *context = charge_time(core, now);

	return context != NULL && context->left <= 0 && exhaust(core, context, now);
}

/* One period later, but never more than two from now: who yields while alone does not fall behind. */
void sched_yield(struct core *core)
{
	uint64_t now = arch_clock_now();
	struct context *context = charge_time(core, now);

	if (context->left <= 0) {
		(void)exhaust(core, context, now);
	} else if (is_hard(context)) {
		context->left = 0;
		end_period(core, context, now);
	} else {
		context->deadline += context->period;
		if (context->deadline > now + 2 * context->period)
			context->deadline = now + 2 * context->period;
		context->left = (int64_t)context->budget;
		context_key_set(context);
	}
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
		trace_rare(RVX_TRACE_TIMEOUT, trace_task(task));
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
	case TIMER_REPLENISHMENT:
		sched_timer_cancel(core, timer);
		sched_enqueue(core, CONTAINER_OF(timer, struct context, replenishment));
		return true;
	}
	return true;
}

bool sched_tick(struct core *core)
{
	core->timer_at = 0;
	(void)sched_charge(core);
	/* What is left then is due at once again, and others get their turn between. */
	for (uint32_t i = 0;
	     i < CONFIG_CHUNK_CAPABILITIES && core->first_timeout <= core->charged_at; i++) {
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
	const struct task *task = core->current;

	/* A device's goes to its holder, and the switch there tells it: that way is to be short. */
	if (interrupt < ARCH_INTERRUPT_DEVICE_FIRST)
		trace(core,
		      TRACE(RVX_TRACE_INTERRUPT,
			    (uint64_t)interrupt << 32 | (task != NULL ? trace_task(task) : 0)));
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
	core->running = NULL;
	trace_rare(RVX_TRACE_IDLE, 0);
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

	trace_rare(RVX_TRACE_PARK, core->parked_for - 1);
	(void)sched_charge(core);
	if (core->current != NULL)
		sched_enqueue(core, core->current->context);
	core->running = NULL;
	core->current = NULL;
	task_fp_leave(core);
	arch_address_space_set(NULL);
	while (core->parked_for != 0 && arch_clock_now() < end)
		wait_parked(core, end);
	core->parked_for = 0;
	trace_rare(RVX_TRACE_UNPARK, 0);
}

/* The current task's budget is used up, and that is a fault. Lets locks go. */
__attribute__((noinline, cold)) static void budget_fault(struct core *core)
{
	struct task *task = core->current;

	core_unlock_own(core);
	core_lock(core, core_all());
	/* Another core may have been quicker. */
	if (core->current == task && task->context == &task->home && task->home.left <= 0)
		task_fault(task, RVX_FAULT_BUDGET, 0, 0);
	core_unlock_others(core);
}

/* Let the task of the smallest key be the current one. NULL: not yet, locks were let go. */
static struct task *choose(struct core *core)
{
	struct task *current = core->current;
	struct context *context;
	uint64_t now;

	if (current != NULL && current->context == core->running &&
	    core->first_key >= current->context->ready.key && core->timer_at != 0)
		return current;
	if (sched_charge(core)) {
		budget_fault(core);
		return NULL;
	}
	current = core->current;
	now = core->charged_at;
	if (current != NULL && core->first_key >= current->context->ready.key) {
		context = current->context;
	} else if (current == NULL && core->ready.count == 0) {
		idle(core);
		return NULL;
	} else {
		context = context_of_item(core->ready.items[1]);
		if (current != NULL)
			replace_first(core, current->context);
		else
			sched_dequeue(core, context);
		current = context->user;
		core->current = current;
		trace_at(core, now, current->trace);
	}
	core->running = context;
	timer_program(core, now + (uint64_t)context->left);
	return current;
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
		next = choose(core);
		if (next == NULL)
			continue;
		if (vmid_is_assigned(next->partition) || take_vmid(core))
			break;
	}
	arch_address_space_set(next->partition);
	arch_fp_access(next->cptr);
	return next;
}
