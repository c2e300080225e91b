/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Task: bind, start, suspend, resume, registers, schedule, supervise. */
#include "kernel/arch/context.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/syscall.h"
#include "kernel/syscall_args.h"
#include "kernel/task.h"
#include "kernel/witness.h"
#include "lib/bits.h"

#define STACK_ALIGNMENT 16u
#define INSTRUCTION_SIZE 4u

static enum rvx_status lookup(struct task *caller, uint64_t handle, uint32_t rights,
			      struct task **task)
{
	struct capability *capability;
	enum rvx_status status =
		captable_lookup(caller->table, handle, RVX_OBJECT_TASK, rights, &capability);

	if (status != RVX_OK)
		return status;
	if (capability_is_busy(capability))
		return RVX_BUSY;
	*task = task_of(capability->object);
	return RVX_OK;
}

static void emit(struct task *caller, uint16_t kind, const struct task *task, uint64_t p0,
		 uint64_t p1)
{
	witness_emit(kind, RVX_WITNESS_ALLOWED, caller->partition, object_id(&task->object), p0,
		     p1);
}

enum rvx_status sys_task_bind(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_bind_args args = task_bind_args(x);
	struct capability *partition_capability, *table_capability;
	struct partition *partition;
	struct captable *table;
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_WRITE, &task);
	if (status != RVX_OK)
		return status;
	status = captable_lookup(caller->table, args.partition, RVX_OBJECT_PARTITION,
				 RVX_RIGHT_WRITE, &partition_capability);
	if (status != RVX_OK)
		return status;
	status = captable_lookup(caller->table, args.table, RVX_OBJECT_CAPTABLE,
				 RVX_RIGHT_WRITE | RVX_RIGHT_GRANT, &table_capability);
	if (status != RVX_OK)
		return status;
	if (capability_is_busy(partition_capability) || capability_is_busy(table_capability))
		return RVX_BUSY;
	if (task->partition != NULL || task_state(task) == TASK_DEAD)
		return RVX_OCCUPIED;
	partition = partition_capability->object;
	table = table_capability->object;
	if (partition->task_count == RVX_PARTITION_TASKS_MAX)
		return RVX_LIMIT;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	emit(caller, RVX_WITNESS_TASK_BIND, task, object_id(&partition->object),
	     object_id(&table->object));
	task_bind(task, partition, table);
	return RVX_OK;
}

enum rvx_status sys_task_start(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_start_args args = task_start_args(x);
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_EXECUTE, &task);
	if (status != RVX_OK)
		return status;
	if (!is_aligned(args.pc, INSTRUCTION_SIZE) || !is_aligned(args.sp, STACK_ALIGNMENT))
		return RVX_UNALIGNED;
	if (!range_fits(args.pc, INSTRUCTION_SIZE, (uint64_t)1 << RVX_ADDRESS_BITS))
		return RVX_OUT_OF_RANGE;
	if (task_state(task) != TASK_STOPPED || task->partition == NULL)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	if (!sched_reserve(task->core))
		return RVX_LIMIT;

	emit(caller, RVX_WITNESS_TASK_START, task, args.pc, args.sp);
	task_start(task, args.pc, args.sp, args.argument);
	return RVX_OK;
}

static bool is_started(const struct task *task)
{
	return task_state(task) != TASK_STOPPED && task_state(task) != TASK_DEAD;
}

enum rvx_status sys_task_suspend(struct task *caller, const uint64_t *x, uint64_t *result)
{
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, task_suspend_args(x).task, RVX_RIGHT_EXECUTE, &task);
	if (status != RVX_OK)
		return status;
	if (!is_started(task) || (task->key & TASK_HELD_SELF) != 0)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	if (!core_evict(task))
		return STATUS_RESTART;

	emit(caller, RVX_WITNESS_TASK_SUSPEND, task, 0, 0);
	task_hold(task, TASK_HELD_SELF);
	return RVX_OK;
}

enum rvx_status sys_task_resume(struct task *caller, const uint64_t *x, uint64_t *result)
{
	struct task *task;
	enum rvx_status status;
	bool held, faulted;

	(void)result;
	status = lookup(caller, task_resume_args(x).task, RVX_RIGHT_EXECUTE, &task);
	if (status != RVX_OK)
		return status;
	held = is_started(task) && (task->key & TASK_HELD_SELF) != 0;
	faulted = task_state(task) == TASK_FAULTED;
	if (!held && !faulted)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	/* Resuming a faulted task answers an event that has its own record; like a reply. */
	if (held)
		emit(caller, RVX_WITNESS_TASK_RESUME, task, task->frame.pc, 0);
	if (faulted) {
		if (task->supervisor != NULL)
			inbox_remove_fault(task->supervisor, task);
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

enum rvx_status sys_task_read_registers(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_read_registers_args args = task_read_registers_args(x);
	const struct frame *frame;
	struct task *task;
	enum rvx_status status;

	status = lookup(caller, args.task, RVX_RIGHT_READ, &task);
	if (status != RVX_OK)
		return status;
	if (args.group >= RVX_REGISTER_GROUPS)
		return RVX_OUT_OF_RANGE;
	if (!registers_are_at_rest(task))
		return RVX_WRONG_STATE;

	frame = &task->frame;
	if (args.group == RVX_REGISTERS_CONTROL) {
		result[0] = frame->sp;
		result[1] = frame->pc;
		result[2] = arch_pstate_flags(frame->pstate);
		result[3] = frame->tpidr;
		for (uint32_t i = 4; i < GROUP_SIZE; i++)
			result[i] = 0;
		return RVX_OK;
	}
	for (uint32_t i = 0; i < GROUP_SIZE; i++) {
		uint64_t number = args.group * GROUP_SIZE + i;

		result[i] = number < GENERAL_REGISTERS ? frame->x[number] : 0;
	}
	return RVX_OK;
}

enum rvx_status sys_task_write_registers(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_write_registers_args args = task_write_registers_args(x);
	const uint64_t *values = &x[2];
	struct frame *frame;
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_WRITE, &task);
	if (status != RVX_OK)
		return status;
	if (args.group >= RVX_REGISTER_GROUPS)
		return RVX_OUT_OF_RANGE;
	if (args.group == RVX_REGISTERS_CONTROL &&
	    (!is_aligned(args.r0, STACK_ALIGNMENT) || !is_aligned(args.r1, INSTRUCTION_SIZE)))
		return RVX_UNALIGNED;
	if (!registers_are_at_rest(task))
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	emit(caller, RVX_WITNESS_TASK_REGISTERS, task, args.group, 0);
	frame = &task->frame;
	if (args.group == RVX_REGISTERS_CONTROL) {
		frame->sp = args.r0;
		frame->pc = args.r1;
		frame->pstate = arch_initial_pstate() | arch_pstate_flags(args.r2);
		frame->tpidr = args.r3;
		return RVX_OK;
	}
	for (uint32_t i = 0; i < GROUP_SIZE; i++) {
		uint64_t number = args.group * GROUP_SIZE + i;

		if (number < GENERAL_REGISTERS)
			frame->x[number] = values[i];
	}
	return RVX_OK;
}

enum rvx_status sys_task_schedule(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_schedule_args args = task_schedule_args(x);
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_WRITE, &task);
	if (status != RVX_OK)
		return status;
	if ((args.flags & ~(uint64_t)RVX_SCHEDULE_FLAGS) != 0)
		return RVX_BAD_ARGUMENT;
	if (args.budget == 0 || args.deadline == 0 || args.period > UINT32_MAX ||
	    args.budget > args.period || args.deadline > args.period)
		return RVX_OUT_OF_RANGE;
	if (task_state(task) != TASK_STOPPED)
		return RVX_WRONG_STATE;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	emit(caller, RVX_WITNESS_TASK_SCHEDULE, task, args.budget << 32 | args.period,
	     args.deadline << 32 | args.flags);
	sched_context_set(&task->home, args.budget, args.period, args.deadline,
			  (args.flags & RVX_SCHEDULE_REFLEX) != 0);
	task->passive = (args.flags & RVX_SCHEDULE_PASSIVE) != 0;
	return RVX_OK;
}

enum rvx_status sys_task_place(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_place_args args = task_place_args(x);
	struct core *core;
	struct task *task;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_WRITE, &task);
	if (status != RVX_OK)
		return status;
	if (args.core >= core_count)
		return RVX_OUT_OF_RANGE;
	if (task_state(task) == TASK_DEAD)
		return RVX_WRONG_STATE;
	core = &cores[args.core];
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	if (!core_evict_registers(task) || !core_evict(task_context_holder(task)))
		return STATUS_RESTART;
	if (is_started(task) && !sched_reserve(core))
		return RVX_LIMIT;

	emit(caller, RVX_WITNESS_TASK_PLACE, task, args.core, task->core->id);
	if (is_started(task))
		sched_unreserve(task->core);
	task_place(task, core);
	return RVX_OK;
}

enum rvx_status sys_task_supervise(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct task_supervise_args args = task_supervise_args(x);
	struct capability *capability;
	struct task *task, *supervisor;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.task, RVX_RIGHT_WRITE, &task);
	if (status != RVX_OK)
		return status;
	status = lookup(caller, args.supervisor, RVX_RIGHT_WRITE, &supervisor);
	if (status != RVX_OK)
		return status;
	if (task == supervisor || task_state(supervisor) == TASK_DEAD ||
	    task_state(task) == TASK_DEAD)
		return RVX_BAD_ARGUMENT;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	capability = &captable_slots(caller->table)[RVX_HANDLE_SLOT(args.task)];
	emit(caller, RVX_WITNESS_TASK_SUPERVISE, task, object_id(&supervisor->object),
	     capability->u.binding.badge);
	task_unsupervise(task);
	task_supervise(task, supervisor, capability->u.binding.badge);
	capability->u.binding.serial = task->supervise_serial;
	return RVX_OK;
}
