/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The cores and their ticket locks. */
#include "kernel/core.h"
#include "kernel/task.h"
#include "lib/atomic.h"

#include <stddef.h>

struct core cores[CONFIG_CORES_MAX] UNCLEARED;

void core_init(struct core *core, uint32_t id)
{
	core->lock_next = core->lock_serving = 0;
	core->id = id;
	core->ready_key = TASK_READY | (uint64_t)id << TASK_CORE_SHIFT;
	core->calling_key = TASK_CALLING | (uint64_t)id << TASK_CORE_SHIFT;
	core->ready.count = 0;
	core->timers.count = 0;
	core->first_key = CONTEXT_KEY_NONE;
	core->charged_at = 0;
	core->current = NULL;
	core->running = NULL;
	core->fp_owner = NULL;
	core->timer_at = 0;
	core->first_timeout = UINT64_MAX;
	core->reserved_places = 0;
}

void core_lock(struct core *core)
{
	uint32_t ticket = atomic32_fetch_add_relaxed(&core->lock_next, 1);

	/* Pairs with the release in core_unlock: we see what the holder before us wrote. */
	while (atomic32_load_acquire(&core->lock_serving) != ticket)
		;
}

void core_unlock(struct core *core)
{
	/* Only the holder writes lock_serving, so a plain read of it is its own. */
	atomic32_store_release(&core->lock_serving, core->lock_serving + 1);
}

void core_lock_all(void)
{
	for (uint32_t i = 0; i < CONFIG_CORES_MAX; i++)
		core_lock(&cores[i]);
}

void core_unlock_others(const struct core *core)
{
	for (uint32_t i = CONFIG_CORES_MAX; i-- > 0;) {
		if (&cores[i] != core)
			core_unlock(&cores[i]);
	}
}
