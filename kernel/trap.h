/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Why did we come? Called by the architecture's entry code with the running task's registers
 * saved; returns the task whose registers are to be loaded.
 */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <stdint.h>

struct task;

struct task *trap_system_call(struct task *task, uint32_t number);
/* `kind` enum rvx_fault. */
struct task *trap_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome);
/* The task waits for an event that has no meaning here: it yields. */
struct task *trap_yield(struct task *task);
struct task *trap_interrupt(struct task *task);
/* The task used floating point without owning the unit. */
struct task *trap_floating_point(struct task *task);

#endif
