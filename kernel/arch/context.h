/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Contract of an architecture: the state a task starts with.
 */
#ifndef KERNEL_ARCH_CONTEXT_H
#define KERNEL_ARCH_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Size of the instruction that makes a system call. */
#define ARCH_CALL_SIZE 4u

/* Processor state of a fresh task: user level, nothing masked that it could mask itself. */
uint64_t arch_initial_pstate(void);
/* The flags (NZCV) of a state word: all that a register write may set. */
uint64_t arch_pstate_flags(uint64_t pstate);

/*
 * Whether the access that faulted would be allowed by now: its entry was being replaced when the
 * task came upon it. Needs the lock of the task's core.
 */
bool arch_fault_is_over(const struct task *task, uint64_t kind, uint64_t address,
			uint64_t syndrome);

#endif
