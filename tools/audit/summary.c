/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Counts over the records of a log. */
#include "tools/audit/summary.h"
#include "tools/audit/memory.h"

#include <ruvix/kinds.h>
#include <stdlib.h>

static void add(struct summary_list *list, const struct rvx_witness *record, uint64_t count)
{
	size_t i = 0;

	while (i < list->count && list->events[i].actor != record->actor)
		i++;
	if (i == list->count) {
		if (list->count == list->room) {
			list->room = list->room == 0 ? 16 : list->room * 2;
			list->events =
				memory_resize(list->events, list->room, sizeof(*list->events));
		}
		list->events[list->count++] = (struct summary_events){
			.actor = record->actor,
			.first = *record,
		};
	}
	list->events[i].count += count;
}

void summary_make(struct summary *summary, const struct rvx_witness *records, size_t count)
{
	*summary = (struct summary){ .by_kind = memory_new(SUMMARY_KINDS *
							   sizeof(*summary->by_kind)) };
	for (size_t i = 0; i < count; i++) {
		summary->by_kind[records[i].kind]++;
		if (records[i].kind == RVX_WITNESS_PROOF_REJECTED)
			add(&summary->refused, &records[i], records[i].p1);
		if (records[i].kind == RVX_WITNESS_TASK_FAULT)
			add(&summary->faults, &records[i], (uint32_t)records[i].p0);
	}
}

void summary_fini(struct summary *summary)
{
	free(summary->by_kind);
	free(summary->refused.events);
	free(summary->faults.events);
}
