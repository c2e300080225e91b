/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Looking at interrupts in the middle of something long. The kernel runs with interrupts masked;
 * long operations stop at a preemption point when one waits, and their call is made again.
 *
 * Builds with KERNEL_STRETCH keep the longest stretch of C between two such looks, or between
 * entry and exit, at the symbol `kernel_stretch`. Entry and exit in assembly, about sixty
 * instructions, come on top.
 */
#ifndef KERNEL_PREEMPT_H
#define KERNEL_PREEMPT_H

#include "kernel/arch/cpu.h"
#include "kernel/core.h"

#define STRETCH_NOT_A_CALL UINT64_MAX

#ifdef KERNEL_STRETCH
#define STRETCH_IS_KEPT true
#else
#define STRETCH_IS_KEPT false
#endif

struct stretch {
	uint64_t begin;
	uint64_t number; /* of the call that is running */
	uint64_t longest;
	uint64_t longest_number;
};
extern struct stretch kernel_stretch;

static inline void stretch_begin(uint64_t number)
{
	if (!STRETCH_IS_KEPT)
		return;
	kernel_stretch.number = number;
	kernel_stretch.begin = arch_cycles();
}

static inline void stretch_end(void)
{
	uint64_t length;

	if (!STRETCH_IS_KEPT)
		return;
	length = arch_cycles() - kernel_stretch.begin;
	if (length <= kernel_stretch.longest)
		return;
	kernel_stretch.longest = length;
	kernel_stretch.longest_number = kernel_stretch.number;
}

/* Forget the boot, in which nobody waits. */
static inline void stretch_forget(void)
{
	if (STRETCH_IS_KEPT)
		kernel_stretch.longest = 0;
}

/* Whether an interrupt waits, or another core for a lock, so that what is under way must stop here. */
static inline bool preempt_wanted(void)
{
	stretch_end();
	if (STRETCH_IS_KEPT)
		stretch_begin(kernel_stretch.number);
	return arch_interrupt_pending() || core_is_waited_for();
}

#endif
