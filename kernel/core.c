/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The cores, their ticket locks, and how one gets a task off another. */
#include "kernel/core.h"
#include "kernel/arch/cpu.h"
#include "kernel/task.h"
#include "kernel/trace.h"
#include "lib/atomic.h"

#include <string.h>

struct core cores[CONFIG_CORES_MAX] UNCLEARED;
uint32_t core_count;
#ifdef KERNEL_DEBUG
uint64_t core_foreign_locks[CONFIG_CORES_MAX] __attribute__((used));
#endif

#define LOCK_WAIT_SHIFT 36u
#define LOCK_WAIT_TICKS_MAX (((uint64_t)1 << 24) - 1)

void core_init(struct core *core, uint32_t id)
{
	void *stack_top = core->stack_top;

	memset(core, 0, offsetof(struct core, ready.items));
	core->stack_top = stack_top;
	core->id = id;
	core->ready_key = TASK_READY | (uint64_t)id << TASK_CORE_SHIFT;
	core->calling_key = TASK_CALLING | (uint64_t)id << TASK_CORE_SHIFT;
	core->timers.count = 0;
	core->first_key = CONTEXT_KEY_NONE;
	core->first_timeout = UINT64_MAX;
	core->trace_ring = (uintptr_t)trace_rings[id];
}

__attribute__((noinline, cold, preserve_most)) void lock_wait(struct lock *lock, uint32_t ticket)
{
	uint64_t since = arch_clock_now(), ticks;

	/* Pairs with the release in lock_give. */
	while (atomic32_load_acquire(&lock->serving) != ticket)
		arch_relax();
	ticks = arch_clock_now() - since;
	if (ticks > LOCK_WAIT_TICKS_MAX)
		ticks = LOCK_WAIT_TICKS_MAX;
	trace_rare(RVX_TRACE_LOCK_WAIT, ticks << LOCK_WAIT_SHIFT | (uintptr_t)lock);
}

void core_lock(struct core *self, core_set_t set)
{
	self->held = set & ~core_bit(self);
	self->wanted = 0;
#ifdef KERNEL_DEBUG
	core_foreign_locks[self->id] += (uint64_t)__builtin_popcount(self->held);
#endif
	for (; set != 0; set &= set - 1)
		lock_take(&cores[__builtin_ctz(set)].lock);
}

void core_unlock_others(struct core *self)
{
	core_set_t set = self->held;

	self->held = 0;
	for (; set != 0; set &= set - 1)
		lock_give(&cores[__builtin_ctz(set)].lock);
}

bool core_waits(void)
{
	for (uint32_t i = 0; i < core_count; i++) {
		const struct lock *lock = &cores[i].lock;

		if (atomic32_load_relaxed(&lock->next) - lock->serving > 1)
			return true;
	}
	return false;
}

static bool runs(const struct core *core, const struct task *task)
{
	return core->running != NULL && core->running->user == task;
}

static void ask(struct core *core)
{
	struct core *self = arch_core();

	/* A long operation stops at its next look at interrupts. */
	self->evicting = true;
	arch_core_interrupt(self->id);
	/* Of two that want each other's task off, the first goes on and the second parks. */
	if (self->parked_for != 0 || core->parked_for != 0)
		return;
	self->asked = true;
	atomic32_store_relaxed(&core->parked_for, self->id + 1);
	arch_core_interrupt(core->id);
}

bool core_evict(const struct task *task)
{
	if (task->core == arch_core() || !runs(task->core, task))
		return true;
	ask(task->core);
	return false;
}

bool core_evict_registers(const struct task *task)
{
	if (task->core == arch_core() || (!runs(task->core, task) && task->core->fp_owner != task))
		return true;
	ask(task->core);
	return false;
}

void core_release(struct core *self)
{
	self->asked = false;
	for (uint32_t i = 0; i < core_count; i++) {
		/* Pairs with the load in the parked core's loop; the lock orders everything else. */
		if (cores[i].parked_for == self->id + 1)
			atomic32_store_relaxed(&cores[i].parked_for, 0);
	}
}

__attribute__((cold)) void core_alert_other(struct core *core, const struct context *context)
{
	if (core->running == NULL || context->ready.key < core->running->ready.key)
		arch_core_interrupt(core->id);
}
