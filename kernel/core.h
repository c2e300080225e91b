/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What belongs to one core, its lock, and the classes of locks (docs/locking.md).
 *
 * Message passing, signals and scheduling among tasks of one core take that core's lock, between
 * two cores both; what changes capabilities, mappings or lifetimes takes the locks of all
 * cores. Sets of locks are taken in ascending order. The set is chosen before anything is looked
 * up; code that finds it too small changes nothing and asks for a larger one.
 */
#ifndef KERNEL_CORE_H
#define KERNEL_CORE_H

#include "kernel/arch/cpu.h"
#include "kernel/lock.h"
#include "kernel/sched.h"

typedef uint32_t core_set_t; /* a bit for each core */

struct core {
	struct lock lock;
	/* Written once at boot, then constant: read by entry code. */
	void *stack_top;
	uint64_t ready_key;   /* of a task here that is READY and nothing else */
	uint64_t calling_key; /* of one that is CALLING and nothing else */
	/* Only this core touches it. */
	struct task *current; /* NULL: idle, or it just died; set when it enters C */
	/* Guarded by the lock. */
	uint64_t first_key;	 /* of the ready queue's first; CONTEXT_KEY_NONE: empty */
	struct context *running; /* what is charged; its user runs here whenever the lock is free */
	uint64_t charged_at;
	uint64_t first_timeout;	  /* of the timer queue's first; UINT64_MAX: empty */
	uint64_t timer_at;	  /* what the timer is set to; 0: it is off */
	uint32_t id;		  /* constant */
	uint32_t reserved_places; /* tasks that were started and have not ended */
	uint64_t reflex_share;	  /* admitted, of CONFIG_SHARE_WHOLE */
	struct task *fp_owner;
	/* Written under all locks; the core it concerns looks at it with its own, or none. */
	uint32_t parked_for; /* the core that wants this one to run nothing, + 1; 0: nobody */
	/* Only this core touches these. */
	core_set_t held;      /* locks of other cores that it holds */
	core_set_t wanted;    /* those that what it does needs besides */
	bool evicting;	      /* what it does cannot go on before a task left another core */
	bool asked;	      /* it asked a core to run nothing, and has not let it go */
	uint64_t trace_count; /* of records written since boot */
	uintptr_t trace_ring; /* constant */
	struct queue ready;   /* contexts, by their keys */
	struct queue timers;  /* struct timer, by their times */
} __attribute__((aligned(64)));

extern struct core cores[CONFIG_CORES_MAX];
#ifdef KERNEL_DEBUG
/* How many locks of others each core took; host tools read it by its symbol. */
extern uint64_t core_foreign_locks[CONFIG_CORES_MAX];
#endif
/* Cores that run, from 0. Written once at boot. */
extern uint32_t core_count;

/* Everything but the queues' places, which nobody reads before writing them. */
void core_init(struct core *core, uint32_t id);

static inline core_set_t core_bit(const struct core *core)
{
	return (core_set_t)1 << core->id;
}

static inline core_set_t core_all(void)
{
	return ((core_set_t)1 << core_count) - 1;
}

/* `self` takes the locks of a set, its own in it, in ascending order, and lets the others go. */
void core_lock(struct core *self, core_set_t set);
void core_unlock_others(struct core *self);

static inline void core_lock_own(struct core *self)
{
	lock_take(&self->lock);
}

static inline void core_unlock_own(struct core *self)
{
	lock_give(&self->lock);
}

/* Whether `self` holds the lock of another core. If not, it is noted: the next attempt has it. */
static inline bool core_reach(struct core *self, const struct core *other)
{
	if (other == self || (self->held & core_bit(other)) != 0)
		return true;
	self->wanted |= core_bit(other);
	return false;
}

/* Whether it holds them all. */
static inline bool core_holds_all(const struct core *self)
{
	return (self->held | core_bit(self)) == core_all();
}

/* Whether a core waits for a lock that another one holds, as far as that can be seen. */
bool core_waits(void);
static inline bool core_is_waited_for(void)
{
	return core_count > 1 && core_waits();
}

/*
 * Whether `task` runs on no other core. If it does, that core is asked to run nothing for a moment:
 * let all locks go and do what was to be done again. core_evict_registers: nor has it floating
 * point registers left in one. Need all locks.
 */
bool core_evict(const struct task *task);
bool core_evict_registers(const struct task *task);
/* What needed it is done, or given up: cores that were asked by `self` go on. Needs all locks. */
void core_release(struct core *self);
/* A context is ready on a core: if it is another one's, and goes before what runs there, tell it. */
void core_alert_other(struct core *core, const struct context *context);
static inline void core_alert(struct core *core, const struct context *context)
{
	if (core != arch_core())
		core_alert_other(core, context);
}

#endif
