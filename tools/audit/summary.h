/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How many records of each kind, and whose calls were refused and tasks faulted how often. */
#ifndef AUDIT_SUMMARY_H
#define AUDIT_SUMMARY_H

#include <ruvix/witness.h>
#include <stddef.h>

#define SUMMARY_KINDS 65536u

/* Of one partition: its events, and the first of them. */
struct summary_events {
	uint32_t actor;
	uint64_t count;
	struct rvx_witness first;
};

struct summary_list {
	struct summary_events *events;
	size_t count, room;
};

struct summary {
	size_t *by_kind; /* SUMMARY_KINDS */
	struct summary_list refused, faults;
};

/* Fills a summary that is to be given to summary_fini. */
void summary_make(struct summary *summary, const struct rvx_witness *records, size_t count);
void summary_fini(struct summary *summary);

#endif
