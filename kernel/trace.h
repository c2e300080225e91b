/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The trace: each core's last doings, in a ring of its own that it overwrites without end
 * (abi/ruvix/trace.h). It is always on. Only the core itself writes its ring, so it takes no lock.
 *
 * The paths of messages and switches pay for it: what they record is in registers already.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/task.h"

#include <ruvix/trace.h>

/* A build without it, to measure what it costs. */
#ifdef KERNEL_UNTRACED
#define TRACED false
#else
#define TRACED true
#endif

#define TRACE(kind, detail) ((uint64_t)(kind) << RVX_TRACE_KIND_SHIFT | (detail))
#define TRACE_RING_BYTES (CONFIG_TRACE_RECORDS * sizeof(struct rvx_trace_record))

extern struct rvx_kernel_trace kernel_trace;
extern struct rvx_trace_record trace_rings[CONFIG_CORES_MAX][CONFIG_TRACE_RECORDS];

/* Tell host tools where everything is. Telemetry and cores are there. */
void trace_init(void);

/* `core` is the one that executes this. */
static inline void trace_at(struct core *core, uint64_t ticks, uint64_t what)
{
	const uint64_t size = sizeof(struct rvx_trace_record);
	uint64_t count = core->trace_count;
	/* A ring is aligned to its size: one instruction puts a place's bits into its address. */
	uintptr_t address = (core->trace_ring & ~((CONFIG_TRACE_RECORDS - 1) * size)) |
			    (count % CONFIG_TRACE_RECORDS) * size;

	if (!TRACED)
		return;
	*(struct rvx_trace_record *)address =
		(struct rvx_trace_record){ .ticks = ticks, .what = what };
	core->trace_count = count + 1;
}

static inline void trace(struct core *core, uint64_t what)
{
	if (TRACED)
		trace_at(core, arch_clock_now(), what);
}

/* The same for what is rare. */
void trace_rare(enum rvx_trace_kind kind, uint64_t detail);

static inline uint64_t trace_task(const struct task *task)
{
	return (uint32_t)object_id(&task->object);
}

#endif
