/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The state that replay came to, in the form in which the kernel reports its own, and the
 * comparison of the two. Entries are in order of place: table, then slot.
 */
#ifndef AUDIT_STATE_H
#define AUDIT_STATE_H

#include "tools/audit/bytes.h"
#include "tools/audit/world.h"

#include <ruvix/witness.h>

struct state {
	struct rvx_state_entry *entries;
	size_t count;
	size_t doomed_count; /* left out: an operation that has not ended removes them */
};

/* Fills a state that is to be given to state_fini. */
void state_of_world(struct state *state, struct world *world);
void state_fini(struct state *state);

struct state_difference {
	const struct rvx_state_entry *log, *kernel; /* NULL: not there */
};

struct state_comparison {
	struct rvx_state_entry *kernel; /* in order of place */
	size_t kernel_count;
	struct state_difference *differences;
	size_t difference_count;
	const char *fault; /* NULL, or why the kernel's report cannot be read */
	size_t fault_offset;
};

/*
 * Compare with what the kernel reported. What is doomed in `world` may be there or not, and if
 * anything is, mappings and details are not compared: they change before the end record. The
 * comparison points into `state` and is to be given to state_comparison_fini.
 */
void state_compare(struct state_comparison *comparison, const struct state *state,
		   const struct world *world, struct bytes kernel);
void state_comparison_fini(struct state_comparison *comparison);

#endif
