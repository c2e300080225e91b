/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Task: bind, start, suspend, resume, registers, schedule, supervise. */
#include "kernel/arch/context.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/syscall.h"
#include "lib/bits.h"

#define STACK_ALIGNMENT 16u
#define INSTRUCTION_SIZE 4u

static bool record(const struct task *caller, uint16_t kind, const struct task *task, uint64_t p0,
		   uint64_t p1)
{
	return witness_record(caller, kind, object_id(&task->object), p0, p1);
}

enum rvx_status sys_task_bind(struct task *caller, const struct task_bind_args *args)
{
	struct task *task = args->task;

	if (task->partition != NULL || task_state(task) == TASK_DEAD)
		return RVX_OCCUPIED;
	if (args->partition->task_count == RVX_PARTITION_TASKS_MAX)
		return RVX_LIMIT;
	if (!record(caller, RVX_WITNESS_TASK_BIND, task, object_id(&args->partition->object),
		    object_id(&args->table->object)))
		return RVX_WITNESS_FULL;
	task_bind(task, args->partition, args->table);
	return RVX_OK;
}

enum rvx_status sys_task_start(struct task *caller, const struct task_start_args *args)
{
	struct task *task = args->task;
	enum rvx_status status;

	if (!is_aligned(args->pc, INSTRUCTION_SIZE) || !is_aligned(args->sp, STACK_ALIGNMENT))
		return RVX_UNALIGNED;
	if (!range_fits(args->pc, INSTRUCTION_SIZE, (uint64_t)1 << RVX_ADDRESS_BITS))
		return RVX_OUT_OF_RANGE;
	if (task_state(task) != TASK_STOPPED || task->partition == NULL)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	status = sched_admit(task->core, &task->home);
	if (status != RVX_OK)
		return status;

	witness_emit(RVX_WITNESS_TASK_START, RVX_WITNESS_ALLOWED, caller->partition,
		     object_id(&task->object), args->pc, args->sp);
	task_start(task, args->pc, args->sp, args->argument);
	return RVX_OK;
}

static bool is_started(const struct task *task)
{
	return task_state(task) != TASK_STOPPED && task_state(task) != TASK_DEAD;
}

enum rvx_status sys_task_suspend(struct task *caller, const struct task_suspend_args *args)
{
	struct task *task = args->task;

	if (!is_started(task) || (task->key & TASK_HELD_SELF) != 0)
		return RVX_WRONG_STATE;
	if (!core_evict(task))
		return STATUS_RESTART;
	if (!record(caller, RVX_WITNESS_TASK_SUSPEND, task, 0, 0))
		return RVX_WITNESS_FULL;
	task_hold(task, TASK_HELD_SELF);
	return RVX_OK;
}

enum rvx_status sys_task_resume(struct task *caller, const struct task_resume_args *args)
{
	struct task *task = args->task;
	enum rvx_status status;
	bool held, faulted;

	held = is_started(task) && (task->key & TASK_HELD_SELF) != 0;
	faulted = task_state(task) == TASK_FAULTED;
	if (!held && !faulted)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	/* Resuming a faulted task answers an event that has its own record; like a reply. */
	if (held)
		witness_emit(RVX_WITNESS_TASK_RESUME, RVX_WITNESS_ALLOWED, caller->partition,
			     object_id(&task->object), task->frame.pc, 0);
	if (faulted) {
		if (task->supervisor != NULL)
			inbox_remove_fault(task->supervisor, task);
		if (task->fault_kind == RVX_FAULT_BUDGET)
			task->home.deadline = 0;
		task_make_ready(task);
	}
	if (held)
		task_release(task, TASK_HELD_SELF);
	return RVX_OK;
}

/* Registers are looked at and changed only while nothing runs on them. */
static bool registers_are_at_rest(const struct task *task)
{
	return task_state(task) == TASK_STOPPED || task_state(task) == TASK_FAULTED ||
	       (is_started(task) && (task->key & TASK_HELD_SELF) != 0);
}

/* Groups 0 to 3 are x0..x30 in order. Register 31 is none: reads as 0, writes vanish. */
#define GROUP_SIZE 8u
#define GENERAL_REGISTERS 31u

enum rvx_status sys_task_read_registers(struct task *caller,
					const struct task_read_registers_args *args,
					uint64_t *result)
{
	const struct task *task = args->task;
	const struct frame *frame = &task->frame;

	(void)caller;
	if (args->group >= RVX_REGISTER_GROUPS)
		return RVX_OUT_OF_RANGE;
	if (!registers_are_at_rest(task))
		return RVX_WRONG_STATE;

	if (args->group == RVX_REGISTERS_CONTROL) {
		result[0] = frame->sp;
		result[1] = frame->pc;
		result[2] = arch_pstate_flags(frame->pstate);
		result[3] = frame->tpidr;
		for (uint32_t i = 4; i < GROUP_SIZE; i++)
			result[i] = 0;
		return RVX_OK;
	}
	for (uint32_t i = 0; i < GROUP_SIZE; i++) {
		uint64_t number = args->group * GROUP_SIZE + i;

		result[i] = number < GENERAL_REGISTERS ? frame->x[number] : 0;
	}
	return RVX_OK;
}

enum rvx_status sys_task_write_registers(struct task *caller,
					 const struct task_write_registers_args *args)
{
	struct task *task = args->task;
	struct frame *frame = &task->frame;

	if (args->group >= RVX_REGISTER_GROUPS)
		return RVX_OUT_OF_RANGE;
	if (args->group == RVX_REGISTERS_CONTROL &&
	    (!is_aligned(args->r[0], STACK_ALIGNMENT) || !is_aligned(args->r[1], INSTRUCTION_SIZE)))
		return RVX_UNALIGNED;
	if (!registers_are_at_rest(task))
		return RVX_WRONG_STATE;
	if (!record(caller, RVX_WITNESS_TASK_REGISTERS, task, args->group, 0))
		return RVX_WITNESS_FULL;
	if (args->group == RVX_REGISTERS_CONTROL) {
		frame->sp = args->r[0];
		frame->pc = args->r[1];
		frame->pstate = arch_initial_pstate() | arch_pstate_flags(args->r[2]);
		frame->tpidr = args->r[3];
		return RVX_OK;
	}
	for (uint32_t i = 0; i < GROUP_SIZE; i++) {
		uint64_t number = args->group * GROUP_SIZE + i;

		if (number < GENERAL_REGISTERS)
			frame->x[number] = args->r[i];
	}
	return RVX_OK;
}

enum rvx_status sys_task_schedule(struct task *caller, const struct task_schedule_args *args)
{
	struct task *task = args->task;

	if ((args->flags & ~(uint64_t)RVX_SCHEDULE_FLAGS) != 0)
		return RVX_BAD_ARGUMENT;
	if (args->budget == 0 || args->deadline == 0 || args->period > UINT32_MAX ||
	    args->budget > args->period || args->deadline > args->period)
		return RVX_OUT_OF_RANGE;
	if (task_state(task) != TASK_STOPPED)
		return RVX_WRONG_STATE;
	if (!record(caller, RVX_WITNESS_TASK_SCHEDULE, task, args->budget << 32 | args->period,
		    args->deadline << 32 | args->flags))
		return RVX_WITNESS_FULL;
	sched_context_set(&task->home, args->budget, args->period, args->deadline, args->flags);
	task->passive = (args->flags & RVX_SCHEDULE_PASSIVE) != 0;
	return RVX_OK;
}

enum rvx_status sys_task_restart(struct task *caller, const struct task_restart_args *args)
{
	struct task *task = args->task;

	if (task == caller)
		return RVX_BAD_ARGUMENT;
	if (!is_started(task))
		return RVX_WRONG_STATE;
	if (!task_may_restart(task))
		return STATUS_RESTART;
	if (!record(caller, RVX_WITNESS_TASK_RESTART, task, task->incarnation + 1, task->start_pc))
		return RVX_WITNESS_FULL;
	task_restart(task);
	return RVX_OK;
}

enum rvx_status sys_task_place(struct task *caller, const struct task_place_args *args)
{
	struct task *task = args->task;
	struct core *core;
	enum rvx_status status;

	if (args->core >= core_count)
		return RVX_OUT_OF_RANGE;
	if (task_state(task) == TASK_DEAD)
		return RVX_WRONG_STATE;
	core = &cores[args->core];
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	if (!core_evict_registers(task) || !core_evict(task_context_holder(task)))
		return STATUS_RESTART;
	if (is_started(task) && core != task->core) {
		status = sched_admit(core, &task->home);
		if (status != RVX_OK)
			return status;
	}

	witness_emit(RVX_WITNESS_TASK_PLACE, RVX_WITNESS_ALLOWED, caller->partition,
		     object_id(&task->object), args->core, task->core->id);
	if (is_started(task) && core != task->core)
		sched_withdraw(task->core, &task->home);
	task_place(task, core);
	return RVX_OK;
}

enum rvx_status sys_task_supervise(struct task *caller, const struct task_supervise_args *args)
{
	struct capability *capability = args->task;
	struct task *task = task_of(capability->object), *supervisor = args->supervisor;

	if (task == supervisor || task_state(supervisor) == TASK_DEAD ||
	    task_state(task) == TASK_DEAD)
		return RVX_BAD_ARGUMENT;
	if (!record(caller, RVX_WITNESS_TASK_SUPERVISE, task, object_id(&supervisor->object),
		    capability->u.binding.badge))
		return RVX_WITNESS_FULL;
	task_unsupervise(task);
	task_supervise(task, supervisor, capability->u.binding.badge);
	capability->u.binding.serial = task->supervise_serial;
	return RVX_OK;
}
