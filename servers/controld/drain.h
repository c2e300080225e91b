/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Moves witness records out of the kernel's ring into memory, as a chain of segments, and at the
 * end writes down the state of the system that the records must lead to.
 *
 * The host reads both in this program's memory, at the symbols `drained_log` and `drained_state`
 * of its ELF file (addresses relative to the root's window; the kernel's view says where that is).
 */
#ifndef CONTROLD_DRAIN_H
#define CONTROLD_DRAIN_H

#include <ruvix/boot.h>
#include <ruvix/status.h>
#include <ruvix/witness.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/attributes.h"

#define DRAIN_SEGMENTS_MAX 128u
#define DRAIN_ENTRIES_MAX 2048u

#define DRAIN_LOG_MAGIC 0x474f4c4449565552u   /* "RUVIDLOG" */
#define DRAIN_STATE_MAGIC 0x5441545349565552u /* "RUVISTAT" */

/* 64 bytes of header, then the segments: those below segment_count are complete and final. */
struct controld_drain {
	uint64_t magic; /* 0: nothing was drained yet */
	uint32_t segment_count;
	uint32_t segments_max;
	uint64_t record_count;
	uint64_t next_sequence; /* of the first record that is not here */
	uint32_t is_broken; /* a record had another sequence number than its place in the ring */
	uint32_t is_full;   /* what came later stays in the ring, not acknowledged */
	uint64_t reserved[3];
	struct rvx_segment segments[DRAIN_SEGMENTS_MAX];
};
_Static_assert(offsetof(struct controld_drain, segments) == 64, "the host reads this");

/* 64 bytes of header, then the entries in the order of the derivation tree. */
struct controld_state {
	uint64_t magic; /* 0: there is no state */
	uint32_t entry_count;
	uint32_t is_complete;	/* one state, seen whole */
	uint64_t changes;	/* structural changes up to it */
	uint64_t next_sequence; /* the first record that came after it */
	uint64_t reserved[4];
	struct rvx_state_entry entries[DRAIN_ENTRIES_MAX];
};
_Static_assert(offsetof(struct controld_state, entries) == 64, "the host reads this");

extern struct controld_drain drained_log;
extern struct controld_state drained_state;

/* What the drained records say about one partition. */
struct drain_tally {
	uint64_t records; /* it caused */
	uint64_t refusals;
};

/* Map the ring. Errors: those of region_map. */
MUST_CHECK enum rvx_status drain_init(const struct rvx_boot_info *boot);

/*
 * Drain and acknowledge what is in the ring: whole segments only, or with `everything` also what
 * does not fill one.
 */
MUST_CHECK enum rvx_status drain_records(bool everything);

/* Drain until nothing is left, what the kernel held back included, then write the state down. */
MUST_CHECK enum rvx_status drain_finish(void);

struct drain_tally drain_tally(uint32_t partition_number);

#endif
