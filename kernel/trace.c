/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The rings, and where host tools find them. */
#include "kernel/trace.h"
#include "kernel/telemetry.h"

_Static_assert(CONFIG_PARTITIONS_MAX <= 1 << 12, "a switch's record holds a partition's number");
_Static_assert((CONFIG_TRACE_RECORDS & (CONFIG_TRACE_RECORDS - 1)) == 0, "records: a power of two");

struct rvx_trace_record trace_rings[CONFIG_CORES_MAX][CONFIG_TRACE_RECORDS] UNCLEARED_ALIGNED(
	TRACE_RING_BYTES);

/* Kept whole: host tools read it by its symbol. */
struct rvx_kernel_trace kernel_trace __attribute__((used));

void trace_init(void)
{
	kernel_trace = (struct rvx_kernel_trace){
		.magic = RVX_TRACE_MAGIC,
		.frequency = arch_clock_frequency(),
		.cores = core_count,
		.records = CONFIG_TRACE_RECORDS,
		.rings = (uintptr_t)trace_rings,
		.counter = (uintptr_t)&cores[0].trace_count,
		.counter_stride = sizeof(cores[0]),
		.telemetry = telemetry.base,
		.telemetry_edges = CONFIG_EDGES_MAX,
	};
}

__attribute__((noinline, cold)) void trace_rare(enum rvx_trace_kind kind, uint64_t detail)
{
	trace(arch_core(), TRACE(kind, detail));
}
