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

#define OFFSET_IS_RIGHT(name, offset, type, member) \
	_Static_assert(offsetof(struct type, member) == (offset), #name);
OFFSETS(OFFSET_IS_RIGHT)
/* Assembly loads and stores these in pairs. */
_Static_assert(offsetof(struct core, charged_at) == offsetof(struct core, running) + 8, "a pair");
_Static_assert(offsetof(struct context, used) == offsetof(struct context, left) + 8, "a pair");
_Static_assert(offsetof(struct context, relative_deadline) == offsetof(struct context, budget) + 8,
	       "a pair");
_Static_assert(sizeof(struct capability) == 1 << SLOT_SHIFT, "slot size");

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
