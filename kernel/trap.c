/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Why did we come? */
#include "kernel/trap.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/invariant.h"
#include "kernel/syscall.h"
#include "kernel/task.h"

/* With the core's lock held: choose who runs next, and let it go. */
static struct task *leave_kernel(struct core *core)
{
	struct task *next;

	invariant_sweep_sometimes();
	next = sched_next(core);
	core_unlock(core);
	return next;
}

struct task *trap_system_call(struct task *task, uint32_t number)
{
	struct core *core = task->core;

	syscall_dispatch(task, number);
	return leave_kernel(core);
}

struct task *trap_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	struct core *core = task->core;

	core_lock_all();
	task_fault(task, kind, address, syndrome);
	core_unlock_others(core);
	return leave_kernel(core);
}

struct task *trap_yield(struct task *task)
{
	struct core *core = task->core;

	core_lock(core);
	sched_yield(core);
	return leave_kernel(core);
}

struct task *trap_interrupt(struct task *task)
{
	struct core *core = task->core;

	core_lock(core);
	if (arch_interrupt_take())
		sched_tick(core);
	return leave_kernel(core);
}

struct task *trap_floating_point(struct task *task)
{
	struct core *core = task->core;
	struct task *owner = core->fp_owner;

	arch_fp_access(arch_fp_open());
	if (owner != NULL && owner != task) {
		arch_fp_save(owner);
		owner->cptr = arch_fp_trapped();
	}
	arch_fp_load(task);
	task->cptr = arch_fp_open();
	core->fp_owner = task;
	return task;
}
