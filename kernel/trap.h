/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Why did we come? Called by the architecture's entry code.
 *
 * A system call comes with x0-x11 of the running task saved. Mostly the same task goes on: then
 * nothing else need be saved. Where another one runs next, or the call was interrupted, entry
 * code saves the rest and asks trap_switch. All others come with everything saved and get the task
 * whose registers are to be loaded.
 */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <stdint.h>

struct task;
struct core;

enum trap_outcome {
	TRAP_RETURN,  /* the same task goes on with x0-x9 of its frame */
	TRAP_SWITCH,  /* save the rest, then trap_switch */
	TRAP_RESTART, /* the same, and the call is to be made again */
};

/* TRAP_RETURN: the core's lock is free again; else it is still held. */
uint32_t trap_system_call(struct task *task, uint32_t number);
struct task *trap_switch(struct task *task, uint32_t outcome);

/* `kind` enum rvx_fault. */
struct task *trap_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome);
/* The task waits for an event that has no meaning here: it yields. */
struct task *trap_yield(struct task *task);
struct task *trap_interrupt(struct task *task);
/* A core that has just been started: the first task that it runs. */
struct task *trap_idle(struct core *core);
/* The task used floating point without owning the unit. */
struct task *trap_floating_point(struct task *task);

#endif
