/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Tasks that do anything: raw system calls with arguments that are right, nearly right, or
 * not at all, drawn from a source of bytes, which is a generator with a seed or a fuzzer's input.
 */
#ifndef TESTS_KERNEL_CHAOS_H
#define TESTS_KERNEL_CHAOS_H

#include "tests/kernel/world.h"

struct chaos {
	/* Bytes: from `state` if `data` is NULL, else from data until it is used up. */
	uint64_t state;
	const uint8_t *data;
	size_t size;
	/* What may happen. */
	bool interrupts;
	bool compares_refusals; /* a refused call leaves the state as it was */
	/* What happened. */
	uint64_t calls, refused, restarts, blocked, idle;
	uint64_t by_number[RVX_SYS_COUNT];
	uint64_t done_by_number[RVX_SYS_COUNT];
};

uint32_t chaos_below(struct chaos *chaos, uint32_t limit);
bool chaos_is_used_up(const struct chaos *chaos);
/* A booted world with tasks of all kinds that know more of each other than is good. */
void chaos_build(struct chaos *chaos);
/* One thing that the running task, or the time, does. False: nothing can run any more. */
bool chaos_step(struct chaos *chaos);

#endif
