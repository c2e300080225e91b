/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Scheduling: contexts ordered by virtual deadline, and the queue of timeouts.
 *
 *   key   63     62                                 0
 *        +------+-----------------------------------+
 *        | flow |        virtual deadline           |    the smallest key runs
 *        +------+-----------------------------------+
 *
 * So Reflex goes before Flow and within a class the earliest deadline goes first. A context
 * is in the ready queue exactly while its user could run and does not; the running one is
 * not in it. A soft context that used up its budget gets a new one and a deadline one period
 * later. A hard one does too, and is throttled until that period begins: it waits among the
 * timers, nowhere else, and its task is READY meanwhile. Its period begins at
 * deadline - relative deadline, so that this is all there is to know about it.
 *
 * `start` reserves what a task needs of both queues, so that nothing later can fail.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "kernel/object.h"
#include "kernel/queue.h"
#include "lib/attributes.h"

#include <ruvix/status.h>

struct task;
struct core;

#define CONTEXT_KEY_FLOW ((uint64_t)1 << 63)
#define CONTEXT_KEY_NONE QUEUE_KEY_NONE

/* What is to happen at a time; stands in what it happens to. */
struct timer {
	struct queue_item item; /* by absolute ticks */
	enum timer_kind {
		TIMER_TIMEOUT,	     /* a task's wait is over */
		TIMER_REPLENISHMENT, /* a throttled context's period is over */
		TIMER_HEARTBEAT,     /* the root task's is overdue */
		TIMER_LEASE,	     /* a lease has expired */
	} kind;
};

struct context {
	/* The fast path reads these in pairs. Only its core touches them. */
	struct queue_item ready;
	struct task *user; /* who runs on it */
	uint64_t deadline; /* absolute, ticks; 0: the next wake-up renews */
	int64_t left;	   /* of the budget */
	uint64_t used;	   /* since the start */
	/* Written by task_schedule while the task is stopped. */
	uint64_t budget;
	uint64_t relative_deadline;
	uint64_t period;
	uint64_t flags; /* RVX_SCHEDULE_* */
	/* Only its core touches these. */
	struct timer replenishment;
	struct task *owner;
};

static inline struct context *context_of_item(struct queue_item *item)
{
	return CONTAINER_OF(item, struct context, ready);
}

static inline struct timer *timer_of_item(struct queue_item *item)
{
	return CONTAINER_OF(item, struct timer, item);
}

/* Give a task's home context its parameters, in ticks. */
void sched_context_set(struct context *context, uint64_t budget, uint64_t period,
		       uint64_t relative_deadline, uint64_t flags);

/*
 * Take what one more started task needs of a core: its places in the queues (LIMIT), and a Reflex
 * one its share (NOT_ADMITTED). It is given back with the same parameters.
 */
MUST_CHECK enum rvx_status sched_admit(struct core *core, const struct context *context);
void sched_withdraw(struct core *core, const struct context *context);

/*
 * Make a task that has a context ready: a new budget and deadline if the old ones do not last. With
 * a throttled context it waits for its period; if that was lent it goes on with its own.
 */
void sched_wake(struct task *task);
/* No longer ready: out of the queue, or of those that wait for their periods. */
void sched_leave(struct task *task);
/* Put the context of a ready task into, or take it out of, the queue as it is. */
void sched_enqueue(struct core *core, struct context *context);
void sched_dequeue(struct core *core, struct context *context);
/* Let the running task's context wait one period longer. */
void sched_yield(struct core *core);

/* Let a timer, which is not set, end at `ticks`; take it back if it is set. */
void sched_timer_set(struct core *core, struct timer *timer, uint64_t ticks);
void sched_timer_cancel(struct core *core, struct timer *timer);
/* Wake a blocked task at `ticks`, unless it is cancelled first. 0: no timeout. */
void sched_timeout_set(struct task *task, uint64_t ticks);
void sched_timeout_cancel(struct task *task);

/* Charge what was used since the last charge to the running context. True: sched_next will fault. */
bool sched_charge(struct core *core);
/* The timer's interrupt: charge, end what is due. False: it needs more locks, call again with all. */
bool sched_tick(struct core *core);
/* Take an interrupt: the timer's ends timeouts that have come. Takes the core's lock. */
void sched_interrupt(struct core *core);
/*
 * The task to run now: the running one, or that of the smallest key; waits if there is none. Lets
 * the core's lock go where it must wait.
 */
struct task *sched_next(struct core *core);

#endif
