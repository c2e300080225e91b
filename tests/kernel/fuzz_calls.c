/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzz target: the input decides which system calls are made, with what arguments, and when
 * interrupts come. The sanitizers and the kernel's own invariants judge.
 */
#include "tests/kernel/chaos.h"

#define STEPS_MAX 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chaos chaos = { .data = data, .size = size, .interrupts = true };

	chaos_build(&chaos);
	for (uint32_t i = 0; i < STEPS_MAX && !chaos_is_used_up(&chaos); i++) {
		if (!chaos_step(&chaos))
			break;
	}
	return 0;
}
