/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Everything in the tables comes from elsewhere: the builder, the supervisor, the drained records
 * and the kernel's telemetry.
 */
#include "servers/controld/report.h"

#include "servers/controld/builder.h"
#include "servers/controld/drain.h"
#include "libruvix/ruvix.h"
#include "servers/controld/supervise.h"

static const struct rvx_telemetry_line *telemetry;
static uint64_t telemetry_edges;

enum rvx_status report_init(const struct rvx_boot_info *boot)
{
	const uint64_t address = boot->root_base + ROOT_TELEMETRY;

	telemetry = (const struct rvx_telemetry_line *)address;
	telemetry_edges = boot->telemetry_edges;
	return rvx_region_map(RVX_TABLE_OWN, RVX_SLOT_HANDLE(RVX_BOOT_TELEMETRY),
			      RVX_SLOT_HANDLE(RVX_BOOT_PARTITION), address, RVX_RIGHT_READ);
}

static const char *outcome(const struct child *child)
{
	if (!child->is_started)
		return "not started";
	if (child->is_stopped)
		return child->on_fault == MANIFEST_RESTART ? "stopped, it faulted too often" :
							     "stopped by a fault";
	if (child->restart_at != 0)
		return "waits for its restart";
	if ((child->reported & RVX_REPORT_FAILED) != 0)
		return "reported failure";
	if ((child->reported & RVX_REPORT_DONE) != 0)
		return "finished";
	return child->reports ? "did not report" : "running";
}

static void partitions_print(const struct system *system)
{
	uint32_t i;

	rvx_printf("\n  %-10s %6s %8s %8s %7s  %s\n", "partition", "pages", "records", "refused",
		   "faults", "outcome");
	for (i = 1; i < system->child_count; i++) {
		const struct child *child = &system->child[i];
		const struct drain_tally tally = drain_tally(child->number);

		rvx_printf("  %-10s %6lu %8lu %8lu %7u  %s\n", child->name, child->memory_pages,
			   tally.records, tally.refusals, child->fault_count, outcome(child));
	}
}

/* An edge's two lines of the telemetry, summed. False: the edge is not there. */
static bool traffic_of(const struct edge *edge, struct rvx_telemetry_line *sum)
{
	const struct rvx_telemetry_line *line;
	uint64_t index = 0;

	/* Of an edge the description has the telemetry's index where others have their mapping. */
	if (rvx_cap_describe(RVX_TABLE_OWN, RVX_HANDLE_SLOT(edge->master), NULL, NULL, NULL, NULL,
			     &index, NULL, NULL) != RVX_OK ||
	    index >= telemetry_edges)
		return false;
	line = &telemetry[2 * index];
	*sum = (struct rvx_telemetry_line){
		.messages = line[0].messages + line[1].messages,
		.signals = line[0].signals + line[1].signals,
		.bulk_bytes = line[0].bulk_bytes + line[1].bulk_bytes,
	};
	return true;
}

static void edges_print(const struct system *system)
{
	struct rvx_telemetry_line sum;
	uint32_t i;

	rvx_printf("\n  %-10s %8s %8s %10s  %s\n", "edge", "messages", "signals", "ring bytes",
		   "between");
	for (i = 0; i < system->edge_count; i++) {
		const struct edge *edge = &system->edge[i];

		if (!traffic_of(edge, &sum))
			continue;
		rvx_printf("  %-10s %8lu %8lu %10lu  %s, %s\n", edge->name, sum.messages,
			   sum.signals, sum.bulk_bytes, system->child[edge->ends[0]].name,
			   system->child[edge->ends[1]].name);
	}
}

void report_print(const struct system *system)
{
	partitions_print(system);
	edges_print(system);
	rvx_printf("\n  witness log: %lu records in %u segments%s%s\n", drained_log.record_count,
		   drained_log.segment_count, drained_log.is_full ? ", no room for more" : "",
		   drained_log.is_broken ? ", OUT OF ORDER" : "");
	rvx_printf("  state: %u capabilities%s\n\n", drained_state.entry_count,
		   drained_state.is_complete ? "" : ", INCOMPLETE");
}
