/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A long call, interrupted at every point where the kernel looks whether it should stop. In
 * whatever way it is interrupted the state and the records it leaves are those of the call
 * that was not, and it does hardly more work.
 */
#ifndef TESTS_KERNEL_PREEMPT_H
#define TESTS_KERNEL_PREEMPT_H

#include "tests/kernel/world.h"

struct scene {
	const char *name;
	/* In a fresh world; leaves in `task`, `number`, `x` the call that is then made. */
	void (*build)(struct scene *scene);
	/* What must be so afterwards, beside the state being the same; may be NULL. */
	void (*check)(const struct scene *scene);
	/* The call takes away the caller's way to what it works on: only `check` is asked. */
	bool ends_differ;
	struct task *task;
	uint32_t number;
	uint64_t x[WORLD_ARGUMENTS];
	/* For build and check to use. */
	rvx_handle_t handles[8];
	/* Results. */
	int64_t status;
	uint64_t result;
	uint64_t polls;
};

/* How often it was interrupted in all. */
uint64_t preempt_everywhere(struct scene *scene);

#endif
