/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kernel's supervision of the root task. */
#include "kernel/root.h"
#include "kernel/arch/cpu.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "kernel/witness.h"

static struct {
	struct task *task;
	struct timer heartbeat; /* on core 0, wherever the root lives */
	uint64_t window_start;
	uint32_t restarts; /* in this window */
} root;

/* How long until the next try when a core must first be left. */
#define RETRY_TICKS 1000u

void root_init(struct task *task)
{
	root.task = task;
	root.heartbeat.kind = TIMER_HEARTBEAT;
	root.heartbeat.item.place = 0;
	root.restarts = 0;
}

bool root_is(const struct task *task)
{
	return task == root.task && task->supervisor == NULL;
}

bool root_restart(void)
{
	uint64_t now = arch_clock_now();

	if (!task_may_restart(root.task))
		return false;
	if (root.restarts == 0 || now - root.window_start > CONFIG_ROOT_WINDOW) {
		root.window_start = now;
		root.restarts = 0;
	}
	if (root.restarts == CONFIG_ROOT_RESTARTS)
		kpanic("the root task failed again after %u restarts", root.restarts);
	root.restarts++;
	sched_timer_cancel(&cores[0], &root.heartbeat);
	witness_emit(RVX_WITNESS_TASK_RESTART, RVX_WITNESS_ALLOWED, NULL,
		     object_id(&root.task->object), root.task->incarnation + 1,
		     root.task->start_pc);
	task_restart(root.task);
	return true;
}

void root_promise(uint64_t ticks)
{
	sched_timer_cancel(&cores[0], &root.heartbeat);
	if (ticks != 0)
		sched_timer_set(&cores[0], &root.heartbeat, ticks);
}

void root_missed(void)
{
	sched_timer_cancel(&cores[0], &root.heartbeat);
	if (task_state(root.task) != TASK_DEAD && !root_restart())
		sched_timer_set(&cores[0], &root.heartbeat, arch_clock_now() + RETRY_TICKS);
}
