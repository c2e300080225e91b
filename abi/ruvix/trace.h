/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The trace: what each core did last, which a host tool finds in the RAM file at the kernel symbol
 * `kernel_trace`. Nothing in the guest reads it. Addresses are physical.
 *
 *   what  63  60 59    48 47      32 31                  0
 *        +------+--------+----------+---------------------+
 *        | kind |  detail by kind, its lower part often a |
 *        |      |  task: the lower half of its object id  |
 *        +------+-----------------------------------------+
 */
#ifndef RUVIX_TRACE_H
#define RUVIX_TRACE_H

#include <ruvix/types.h>

#define RVX_TRACE_MAGIC 0x4543415254585652u /* "RVXTRACE" */
#define RVX_TRACE_KIND_SHIFT 60u

enum rvx_trace_kind {
	/* Address of the telemetry line of the edge and direction. */
	RVX_TRACE_SIGNAL = 0,
	RVX_TRACE_CALL = 1,
	RVX_TRACE_REPLY = 2,
	/* Who goes on: partition's number << 48, lower 16 bits of the task's serial << 32, task. */
	RVX_TRACE_SWITCH = 3,
	/* Nobody does: the core sleeps. */
	RVX_TRACE_IDLE = 4,
	/* Not a device's: enum rvx_trace_interrupt << 32, the task or 0. */
	RVX_TRACE_INTERRUPT = 5,
	/* At its end: ticks, at most 2^24 - 1, << 36, the lock's address. */
	RVX_TRACE_LOCK_WAIT = 6,
	/* The core that wants this one to run nothing. */
	RVX_TRACE_PARK = 7,
	RVX_TRACE_UNPARK = 8,
	/* The task whose wait is over. */
	RVX_TRACE_TIMEOUT = 9,
	/* Out of budget: the task. */
	RVX_TRACE_POSTPONE = 10,
	RVX_TRACE_KIND_COUNT
};

enum rvx_trace_interrupt {
	RVX_TRACE_INTERRUPT_NONE = 0, /* it was gone again */
	RVX_TRACE_INTERRUPT_TIMER = 1,
	RVX_TRACE_INTERRUPT_CORE = 2, /* another core's */
};

struct rvx_trace_record {
	uint64_t ticks;
	uint64_t what;
};

/*
 * Core i's ring is the i-th of `cores` at `rings`, one behind the other; its counter of records
 * written is at `counter` + i * `counter_stride`. Record n lies at place n modulo `records`.
 */
struct rvx_kernel_trace {
	uint64_t magic;
	uint64_t frequency; /* ticks a second */
	uint64_t cores;
	uint64_t records; /* of a ring, a power of two */
	uint64_t rings;
	uint64_t counter;
	uint64_t counter_stride;
	uint64_t telemetry; /* line 2 * edge + end is what is sent from that end */
	uint64_t telemetry_edges;
};

#endif
