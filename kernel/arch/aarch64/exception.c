/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* From an exception's syndrome to what it means; the layout that assembly relies on. */
#include "kernel/arch/aarch64/exception.h"
#include "kernel/arch/aarch64/offsets.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/arch/context.h"
#include "kernel/arch/stage2.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "kernel/trap.h"

#define OFFSET(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member)

OFFSET(task, frame.sp, FRAME_SP);
OFFSET(task, frame.pc, FRAME_PC);
OFFSET(task, frame.pstate, FRAME_PSTATE);
OFFSET(task, frame.tpidr, FRAME_TPIDR);
OFFSET(task, extended, TASK_EXTENDED);
OFFSET(task, slots, TASK_SLOTS);
OFFSET(task, slot_count, TASK_SLOT_COUNT);
OFFSET(task, key, TASK_KEY);
OFFSET(task, context, TASK_CONTEXT);
OFFSET(task, partition, TASK_PARTITION);
OFFSET(task, cptr, TASK_CPTR);
OFFSET(task, core, TASK_CORE);
OFFSET(task, receiving_key, TASK_RECEIVING_KEY);
OFFSET(task, waiting, TASK_WAITING);
OFFSET(task, pending, TASK_PENDING);
OFFSET(task, donor, TASK_DONOR);
OFFSET(task, depth, TASK_DEPTH);
OFFSET(task, zero, TASK_ZERO);
OFFSET(core, ready_key, CORE_READY_KEY);
OFFSET(core, calling_key, CORE_CALLING_KEY);
OFFSET(core, current, CORE_CURRENT);
OFFSET(partition, vttbr, PARTITION_VTTBR);
OFFSET(edge_end, peer, END_PEER);
OFFSET(edge_end, task, END_TASK);
OFFSET(edge_end, serial, END_SERIAL);
OFFSET(edge_end, far, END_FAR);
OFFSET(rvx_telemetry_line, messages, LINE_MESSAGES);
OFFSET(core, first_key, CORE_FIRST_KEY);
OFFSET(core, running, CORE_RUNNING);
OFFSET(core, charged_at, CORE_RUNNING + 8);
OFFSET(core, first_timeout, CORE_FIRST_TIMEOUT);
OFFSET(core, timer_at, CORE_TIMER_AT);
OFFSET(context, ready.key, CONTEXT_KEY);
OFFSET(context, user, CONTEXT_USER);
OFFSET(context, deadline, CONTEXT_DEADLINE);
OFFSET(context, left, CONTEXT_LEFT);
OFFSET(context, budget, CONTEXT_BUDGET);
OFFSET(context, relative_deadline, CONTEXT_BUDGET + 8);
OFFSET(context, used, CONTEXT_LEFT + 8);
OFFSET(context, flags, CONTEXT_FLAGS);
_Static_assert(sizeof(struct capability) == 1 << SLOT_SHIFT, "slot size");
OFFSET(core, lock.next, CORE_LOCK_NEXT);
OFFSET(core, lock.serving, CORE_LOCK_SERVING);
OFFSET(core, stack_top, CORE_STACK_TOP);

struct task *aarch64_exception(struct task *task, uint64_t syndrome, uint64_t far)
{
	switch (ESR_CLASS(syndrome)) {
	case ESR_CLASS_FP:
		return trap_floating_point(task);
	case ESR_CLASS_WFX:
		/* WFI gives the processor away; there is no state to wait with. */
		task->frame.pc += 4;
		return trap_yield(task);
	case ESR_CLASS_DATA_ABORT:
		return trap_fault(task,
				  ESR_ABORT_STATUS(syndrome) == ESR_ABORT_ALIGNMENT ?
					  RVX_FAULT_ALIGNMENT :
					  RVX_FAULT_DATA,
				  far, syndrome);
	case ESR_CLASS_INSTRUCTION_ABORT:
		return trap_fault(task, RVX_FAULT_INSTRUCTION, far, syndrome);
	case ESR_CLASS_PC_ALIGNMENT:
	case ESR_CLASS_SP_ALIGNMENT:
		return trap_fault(task, RVX_FAULT_ALIGNMENT, task->frame.pc, syndrome);
	case ESR_CLASS_BREAKPOINT:
		return trap_fault(task, RVX_FAULT_BREAKPOINT, task->frame.pc, syndrome);
	case ESR_CLASS_HVC:
		/* HVC returns behind itself, SMC traps on itself: both are told alike. */
		task->frame.pc -= 4;
		return trap_fault(task, RVX_FAULT_SYSTEM_CALL, task->frame.pc, syndrome);
	case ESR_CLASS_SMC:
		return trap_fault(task, RVX_FAULT_SYSTEM_CALL, task->frame.pc, syndrome);
	case ESR_CLASS_UNKNOWN:
	case ESR_CLASS_SYSTEM:
	case ESR_CLASS_SVE:
	case ESR_CLASS_SME:
	case ESR_CLASS_ILLEGAL:
		return trap_fault(task, RVX_FAULT_UNDEFINED, task->frame.pc, syndrome);
	default:
		return trap_fault(task, RVX_FAULT_OTHER, task->frame.pc, syndrome);
	}
}

bool arch_fault_is_over(const struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	uint32_t needed = RVX_RIGHT_READ;

	if (kind == RVX_FAULT_INSTRUCTION)
		needed = RVX_RIGHT_EXECUTE;
	else if (kind != RVX_FAULT_DATA)
		return false;
	else if ((syndrome & ESR_ABORT_WRITE) != 0)
		needed |= RVX_RIGHT_WRITE;
	return ESR_ABORT_IS_OF_ENTRY(syndrome) &&
	       (stage2_rights(task->partition, address) & needed) == needed;
}

_Noreturn void aarch64_kernel_exception(uint64_t syndrome, uint64_t address, uint64_t far)
{
	kernel_epitaph.syndrome = syndrome;
	kernel_epitaph.exception_address = address;
	kernel_epitaph.fault_address = far;
	kpanic("exception in the kernel: class %lx at %lx, address %lx",
	       (unsigned long)ESR_CLASS(syndrome), (unsigned long)address, (unsigned long)far);
}
