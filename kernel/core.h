/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What belongs to one core, its lock, and the classes of locks.
 *
 * Message passing, signals and scheduling among tasks of one core take that core's lock; what
 * changes capabilities, mappings or lifetimes takes the locks of all cores, in ascending order.
 * The class is chosen before anything is looked up, from the call's number.
 */
#ifndef KERNEL_CORE_H
#define KERNEL_CORE_H

#include "kernel/config.h"
#include "kernel/sched.h"

struct core {
	/* A ticket lock: `serving` is written by its holder, `next` by whoever takes it. */
	uint32_t lock_serving;
	uint32_t lock_next;
	/* Written once at boot, then constant: read by entry code. */
	void *stack_top;
	uint64_t ready_key;   /* of a task here that is READY and nothing else */
	uint64_t calling_key; /* of one that is CALLING and nothing else */
	/* Guarded by the lock. */
	struct task *current;	 /* NULL: idle, or it just died; set when it enters C */
	uint64_t first_key;	 /* of the ready queue's first; CONTEXT_KEY_NONE: empty */
	struct context *running; /* what is charged: the current task's, or was */
	uint64_t charged_at;
	uint64_t first_timeout;	  /* of the timer queue's first; UINT64_MAX: empty */
	uint64_t timer_at;	  /* what the timer is set to; 0: it is off */
	uint32_t id;		  /* constant */
	uint32_t reserved_places; /* tasks that were started and have not ended */
	struct task *fp_owner;
	struct queue ready;  /* contexts, by their keys */
	struct queue timers; /* struct timer, by their times */
};

extern struct core cores[CONFIG_CORES_MAX];

/* Everything but the queues' places, which nobody reads before writing them. */
void core_init(struct core *core, uint32_t id);

/* Take the locks that a call needs, and let them go. */
void core_lock(struct core *core);
void core_unlock(struct core *core);
void core_lock_all(void);
/* Let all but one go: what is left to do concerns that core alone. */
void core_unlock_others(const struct core *core);

/* The same by class: all locks, or that of one core. */
static inline void core_lock_for(struct core *core, bool all)
{
	if (all && CONFIG_CORES_MAX > 1)
		core_lock_all();
	else
		core_lock(core);
}

static inline void core_unlock_others_for(const struct core *core, bool all)
{
	if (all && CONFIG_CORES_MAX > 1)
		core_unlock_others(core);
}

#endif
