/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Why did we come? */
#include "kernel/trap.h"
#include "kernel/arch/context.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/invariant.h"
#include "kernel/preempt.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/vmid.h"

#ifdef KERNEL_STRETCH
struct stretch kernel_stretch __attribute__((used));
#endif

/* The fast path switches tasks without telling: who came is who runs. */
static struct core *enter(struct task *task, uint64_t number)
{
	struct core *core = task->core;

	stretch_begin(number);
	core->current = task;
	return core;
}

/* With the core's lock held: choose who runs next, and let the lock go. */
static struct task *leave(struct core *core)
{
	struct task *next;

	invariant_sweep_sometimes();
	next = sched_next(core);
	core_unlock(core);
	stretch_end();
	return next;
}

static bool goes_on(const struct core *core, const struct task *task)
{
	return core->current == task && task->context == core->running &&
	       core->first_key >= task->context->ready.key;
}

uint32_t trap_system_call(struct task *task, uint32_t number)
{
	struct core *core = enter(task, number);

	if (syscall_dispatch(task, number) == STATUS_RESTART)
		return TRAP_RESTART;
	if (!goes_on(core, task))
		return TRAP_SWITCH;
	invariant_sweep_sometimes();
	core_unlock(core);
	stretch_end();
	return TRAP_RETURN;
}

struct task *trap_switch(struct task *task, uint32_t outcome)
{
	if (outcome == TRAP_RESTART)
		task->frame.pc -= ARCH_CALL_SIZE;
	return leave(task->core);
}

struct task *trap_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	core_lock_all();
	/* The VMID was reclaimed while the task was switched to: then any access faults. */
	if (vmid_is_assigned(task->partition))
		task_fault(task, kind, address, syndrome);
	core_unlock_others(core);
	return leave(core);
}

struct task *trap_yield(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	core_lock(core);
	sched_yield(core);
	return leave(core);
}

struct task *trap_interrupt(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);

	core_lock(core);
	if (arch_interrupt_take())
		sched_tick(core);
	return leave(core);
}

struct task *trap_floating_point(struct task *task)
{
	struct core *core = enter(task, STRETCH_NOT_A_CALL);
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
