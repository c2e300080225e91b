/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Why did we come? */
#include "kernel/trap.h"
#include "kernel/arch/context.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/invariant.h"
#include "kernel/preempt.h"
#include "kernel/root.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/vmid.h"

struct stretch kernel_stretch[CONFIG_CORES_MAX] __attribute__((used));

/* The fast path switches tasks without telling: who came is who runs. */
static struct core *enter(struct task *task, uint64_t number)
{
	struct core *core = task->core;

	stretch_begin(number);
	core->current = task;
#ifdef KERNEL_DEBUG
	invariant_sweep_sometimes(core);
#endif
	return core;
}

/* With the core's lock held: choose who runs next, and let the lock go. */
static struct task *leave(struct core *core)
{
	struct task *next = sched_next(core);

	core_unlock_own(core);
	stretch_end();
	return next;
}

static bool goes_on(const struct core *core, const struct task *task)
{
	return core->current == task && task->context == core->running &&
	       core->first_key >= task->context->ready.key && core->parked_for == 0;
}

uint32_t trap_system_call(struct task *task, uint32_t number)
{
	struct core *core = enter(task, number);

	if (syscall_dispatch(core, task, number) == STATUS_RESTART)
		return TRAP_RESTART;
	if (!goes_on(core, task))
		return TRAP_SWITCH;
	core_unlock_own(core);
	stretch_end();
	return TRAP_RETURN;
}

struct task *trap_switch(struct task *task, uint32_t outcome)
{
	struct core *core = arch_core();
	struct task *next;

	if (outcome == TRAP_RESTART)
		task->frame.pc -= ARCH_CALL_SIZE;
	/* Who moved itself to another core is saved now, and may run there. */
	if (core->held != 0)
		core_unlock_others(core);
	next = leave(core);
	/* The call is made again until another core has let its task go. */
	if (outcome == TRAP_RESTART && core->evicting)
		arch_relax();
	return next;
}

/* Take the locks that a fault of this task needs: its own core's and its supervisor's. */
static void lock_for_fault(struct core *core, const struct task *task)
{
	if (root_is(task)) {
		core_lock(core, core_all());
		return;
	}
	core_lock_own(core);
	for (bool again = false; task->supervisor != NULL; again = true) {
		core_set_t set = core_all();

		if (core_reach(core, task->supervisor->core))
			return;
		if (!again)
			set = core_bit(core) | core->wanted;
		core_unlock_others(core);
		core_unlock_own(core);
		core_lock(core, set);
	}
}

struct task *trap_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	lock_for_fault(core, task);
	/*
	 * The VMID was reclaimed while the task was switched to: then any access faults. Or another
	 * core was replacing the entry: then the access is made again.
	 */
	if (vmid_is_assigned(task->partition) &&
	    (core_count == 1 || !arch_fault_is_over(task, kind, address, syndrome)))
		task_fault(task, kind, address, syndrome);
	core_unlock_others(core);
	return leave(core);
}

struct task *trap_yield(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	core_lock_own(core);
	sched_yield(core);
	return leave(core);
}

struct task *trap_interrupt(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	sched_interrupt(core);
	return leave(core);
}

struct task *trap_idle(struct core *core)
{
	stretch_begin(STRETCH_NOT_A_CALL);
	core_lock_own(core);
	return leave(core);
}

struct task *trap_floating_point(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	core_lock_own(core);
	task_fp_leave(core);
	arch_fp_access(arch_fp_open());
	arch_fp_load(task);
	core->fp_owner = task;
	task->cptr = arch_fp_open();
	core_unlock_own(core);
	stretch_end();
	return task;
}
