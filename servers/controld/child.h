/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What controld knows of the partitions it has built: the one table that builder, supervisor and
 * report share. Entry 0 is controld itself, so that edges and regions may have an end here.
 */
#ifndef CONTROLD_CHILD_H
#define CONTROLD_CHILD_H

#include <ruvix/types.h>
#include <stdbool.h>

#include "libruvix/manifest.h"

#define CHILDREN_MAX 64u
#define EDGES_MAX 256u

/* So many faults within a time, and a child is restarted no more. */
#define CHILD_FAULTS_KEPT 3u

struct child {
	/* Written once by the builder, then constant. Strings lie in the mapped manifest. */
	const char *name;
	uint64_t base;	 /* address of its window */
	uint32_t number; /* of its partition, as the actor of witness records */
	enum manifest_on_fault on_fault;
	bool reports; /* has an edge to controld, over which it says how it went */
	rvx_handle_t table;
	rvx_handle_t partition;
	rvx_handle_t task; /* its badge is the child's index */
	uint64_t entry;	   /* addresses in its window */
	uint64_t stack_end;

	/* Only the builder: how much of the layout is in use. */
	uint32_t edge_count;
	uint32_t region_count;
	uint64_t region_end;
	uint64_t memory_pages;

	/* Kept by the supervisor. */
	bool is_started;
	uint32_t fault_count;
	rvx_ticks_t faults[CHILD_FAULTS_KEPT]; /* when the last ones came, fault i at i % KEPT */
	rvx_ticks_t backoff;		       /* of the last restart */
	rvx_ticks_t restart_at;		       /* 0: no restart is due */
	bool is_stopped;		       /* for good, by a fault */
	uint64_t reported;		       /* RVX_REPORT_ bits */
};

struct edge {
	/* Written once by the builder, then constant. */
	const char *name;
	rvx_handle_t master;
	uint32_t ends[2];   /* indices of children */
	uint64_t badges[2]; /* what events arrive with at each end */
};

struct system {
	const char *name;
	uint32_t child_count;
	uint32_t edge_count;
	struct child child[CHILDREN_MAX];
	struct edge edge[EDGES_MAX];
};

#endif
