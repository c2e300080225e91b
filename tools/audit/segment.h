/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One segment of a drained log, looked at in two ways. It is *sound* if it agrees with itself:
 * magic, version, count and body hash. It is *next* if it also continues the segments before it. A
 * write that was cut off leaves an unsound segment; a sound one in the wrong place was put there.
 */
#ifndef AUDIT_SEGMENT_H
#define AUDIT_SEGMENT_H

#include "lib/attributes.h"
#include "tools/audit/bytes.h"
#include "tools/audit/chain.h"

#include <ruvix/witness.h>
#include <stdbool.h>

/* What the next segment must say. */
struct segment_sequel {
	uint64_t segment;
	uint64_t first_sequence;
	uint64_t boot;
	uint64_t frequency; /* 0: any but 0 */
	uint8_t log_id[CHAIN_ID_BYTES];
	uint8_t previous_hash[CHAIN_HASH_BYTES];
};

enum segment_defect {
	SEGMENT_NEXT,	/* none */
	SEGMENT_WRONG,	/* it says something else */
	SEGMENT_MISSING /* others were before it */
};

/* A copy of the segment at `offset`, zeros after the end of the log. False: it is cut off. */
MUST_CHECK bool segment_at(struct bytes log, size_t offset, struct rvx_segment *segment);

/* Each answers NULL, or what is wrong. */
const char *segment_header_fault(const struct rvx_segment *segment);
const char *segment_body_fault(const struct rvx_segment *segment);
/* Both together, of the segment at `offset`. */
bool segment_is_sound(struct bytes log, size_t offset);

/* Whether a sound segment is the next one; `why` is set where it is not. */
enum segment_defect segment_follows(const struct rvx_segment *segment,
				    const struct segment_sequel *sequel, const char **why);
/* What must come after it. */
void segment_sequel_advance(struct segment_sequel *sequel, const struct rvx_segment *segment);

#endif
