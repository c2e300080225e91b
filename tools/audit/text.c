/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an audit came to, for people: the verdict on the first line, records asked for last. */
#include "tools/audit/audit.h"
#include "tools/audit/describe.h"
#include "tools/audit/names.h"

#include <inttypes.h>
#include <stdio.h>

static void print_verdict(const struct audit *audit)
{
	const struct log_report *report = &audit->report;
	const char *path = audit_source_path(audit, report->source);

	printf("verdict: %s", audit_verdict_name(report->verdict));
	if (report->verdict == VERDICT_TAMPERED || report->verdict == VERDICT_GAP)
		printf(" at %" PRIu64, report->at);
	putchar('\n');
	if (report->reason != NULL && path != NULL)
		printf("reason: %s: offset %zu: %s\n", path, report->offset, report->reason);
	else if (report->reason != NULL)
		printf("reason: %s\n", report->reason);
}

static void print_extent(const struct audit *audit)
{
	const struct log_report *report = &audit->report;
	char time[DESCRIBE_TIME_BYTES];

	printf("boot: %" PRIu64 ", log id ", audit->identity.boot);
	for (size_t i = 0; i < CHAIN_ID_BYTES; i++)
		printf("%02x", audit->identity.log_id[i]);
	if (report->frequency != 0)
		printf(", %" PRIu64 " ticks a second", report->frequency);
	printf("\nrecords: %zu proved, of %zu segments and %zu from the tail\n", report->count,
	       report->segment_count, report->tail_count);
	if (report->count != 0)
		printf("last: %zu at %s\n", report->count - 1,
		       describe_time(report->records[report->count - 1].time, report->frequency,
				     time));
}

static void print_summary(const struct audit *audit)
{
	const struct summary *summary = &audit->summary;
	char actor[DESCRIBE_TIME_BYTES];

	puts("kinds:");
	for (uint32_t kind = 0; kind < SUMMARY_KINDS; kind++) {
		if (summary->by_kind[kind] != 0)
			printf("  %-20s %zu\n", name_of_kind((uint16_t)kind),
			       summary->by_kind[kind]);
	}
	for (size_t i = 0; i < summary->refused.count; i++) {
		const struct summary_events *events = &summary->refused.events[i];

		printf("refused: partition %s: %" PRIu64 " calls, first %s: %s\n",
		       describe_actor(events->actor, actor), events->count,
		       name_of_call((uint32_t)(events->first.p0 >> 32)),
		       name_of_status((int32_t)(uint32_t)events->first.p0));
	}
	for (size_t i = 0; i < summary->faults.count; i++) {
		const struct summary_events *events = &summary->faults.events[i];

		printf("faults: partition %s: %" PRIu64 ", first %s at 0x%" PRIx64 "\n",
		       describe_actor(events->actor, actor), events->count,
		       name_of_fault(events->first.p0 >> 32), events->first.p1);
	}
	for (size_t i = 0; i < audit->report.rules.open_count; i++) {
		const struct rules_open *open = &audit->report.rules.open[i];

		printf("open: %s of 0x%" PRIx64 " began at %" PRIu64 " and has not ended\n",
		       name_of_kind(open->kind), open->object, open->sequence);
	}
}

static void print_replay(const struct audit *audit)
{
	const struct world *world = audit->replay.world;

	if (audit->replay_failed)
		printf("replay: inconsistent at %" PRIu64 ": %s\n", audit->replay_at,
		       audit->replay.reason);
	else
		printf("replay: consistent, %zu objects, %zu capabilities\n", world->object_count,
		       world->capability_count);
}

static void print_difference(const struct state_difference *difference)
{
	const struct rvx_state_entry *entry =
		difference->log != NULL ? difference->log : difference->kernel;
	char text[DESCRIBE_BYTES];

	printf("  table %" PRIu32 " slot %" PRIu32 "\n", RVX_PLACE_TABLE(entry->place),
	       RVX_PLACE_SLOT(entry->place));
	printf("    by the log:    %s\n", describe_entry(difference->log, text));
	printf("    by the kernel: %s\n", describe_entry(difference->kernel, text));
}

static void print_comparison(const struct audit *audit)
{
	const struct state_comparison *comparison = &audit->comparison;

	if (audit->options.state_path == NULL)
		return;
	if (!audit->state_compared) {
		puts("state: not compared");
		return;
	}
	if (comparison->fault != NULL) {
		printf("state: differs: %s: offset %zu: %s\n", audit->options.state_path,
		       comparison->fault_offset, comparison->fault);
		return;
	}
	if (comparison->difference_count == 0)
		printf("state: equal, %zu capabilities\n", audit->state.count);
	else
		printf("state: differs in %zu places\n", comparison->difference_count);
	for (size_t i = 0; i < comparison->difference_count; i++)
		print_difference(&comparison->differences[i]);
	if (audit->state.doomed_count != 0)
		printf("state: a removal is under way: %zu capabilities may be there or not, "
		       "mappings and bindings were not compared\n",
		       audit->state.doomed_count);
}

static void print_state(const struct audit *audit)
{
	char text[DESCRIBE_BYTES];

	puts("capabilities:");
	for (size_t i = 0; i < audit->state.count; i++) {
		const struct rvx_state_entry *entry = &audit->state.entries[i];

		printf("  table %" PRIu32 " slot %" PRIu32 ": %s\n", RVX_PLACE_TABLE(entry->place),
		       RVX_PLACE_SLOT(entry->place), describe_entry(entry, text));
	}
}

static void print_record(const struct rvx_witness *record, uint64_t frequency)
{
	char time[DESCRIBE_TIME_BYTES], actor[DESCRIBE_TIME_BYTES], text[DESCRIBE_BYTES];

	printf("%8" PRIu64 "  %14s  %-19s %-7s %-8s 0x%016" PRIx64 "  %s\n", record->sequence,
	       describe_time(record->time, frequency, time), name_of_kind(record->kind),
	       name_of_outcome(record->class_), describe_actor(record->actor, actor),
	       record->object, describe_words(record, text));
}

static void print_query(const struct audit *audit)
{
	puts("sequence            time  kind                outcome actor    object");
	for (size_t i = 0; i < audit->report.count; i++) {
		if (query_wants(&audit->options.query, &audit->report.records[i]))
			print_record(&audit->report.records[i], audit->report.frequency);
	}
}

void audit_print_text(const struct audit *audit)
{
	print_verdict(audit);
	print_extent(audit);
	print_summary(audit);
	print_replay(audit);
	print_comparison(audit);
	if (audit->options.next == LOG_NEXT_UNKNOWN)
		puts("note: without an anchor or --next, records cut off at the end cannot be seen");
	else
		puts("note: without an anchor, a whole log that was put back cannot be seen");
	if (audit->options.print_state)
		print_state(audit);
	if (audit->options.has_query)
		print_query(audit);
}
