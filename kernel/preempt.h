/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Looking at interrupts in the middle of something long. The kernel runs with interrupts masked;
 * long operations stop at a preemption point when one waits, and their call is made again.
 *
 * Builds with KERNEL_STRETCH keep each core's longest stretch of C between two such looks, or
 * between entry and exit, at the symbol `kernel_stretch`. Entry and exit in assembly, about sixty
 * instructions, come on top; waiting for a lock counts.
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
extern struct stretch kernel_stretch[CONFIG_CORES_MAX];

static inline struct stretch *stretch_here(void)
{
	return &kernel_stretch[arch_core()->id];
}

static inline void stretch_begin(uint64_t number)
{
	if (!STRETCH_IS_KEPT)
		return;
	stretch_here()->number = number;
	stretch_here()->begin = arch_cycles();
}

static inline void stretch_end(void)
{
	struct stretch *stretch;
	uint64_t length;

	if (!STRETCH_IS_KEPT)
		return;
	stretch = stretch_here();
	length = arch_cycles() - stretch->begin;
	if (length <= stretch->longest)
		return;
	stretch->longest = length;
	stretch->longest_number = stretch->number;
}

/* Forget the boot, in which nobody waits. */
static inline void stretch_forget(void)
{
	if (STRETCH_IS_KEPT)
		stretch_here()->longest = 0;
}

/* Whether an interrupt waits, or another core for a lock, so that what is under way must stop here. */
static inline bool preempt_wanted(void)
{
	stretch_end();
	if (STRETCH_IS_KEPT)
		stretch_begin(stretch_here()->number);
	return arch_interrupt_pending() || core_is_waited_for();
}

#endif
