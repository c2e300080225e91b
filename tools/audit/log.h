/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The verdict on a log: drained segments, then what was still in the kernel's ring.
 *
 *    --log   [segment 0][segment 1] ... [segment n]
 *    --tail                       [records of the ring ...........]
 *                                 |<- overlap ->|<-- what is new ->|
 *
 * Each record is checked against everything before it, so the first defect ends the walk: what
 * comes after it proves nothing. docs/witness.md says in words how a verdict is found; the second
 * verifier in tests/audit follows those words and not this source.
 */
#ifndef AUDIT_LOG_H
#define AUDIT_LOG_H

#include "tools/audit/bytes.h"
#include "tools/audit/chain.h"
#include "tools/audit/rules.h"

#include <ruvix/witness.h>

enum verdict {
	VERDICT_VALID,
	VERDICT_TORN_TAIL,
	VERDICT_TAMPERED,
	VERDICT_GAP,
	/* A log that is shorter than its anchor says. Nothing gives it yet: no anchors. */
	VERDICT_ROLLED_BACK
};

#define LOG_NEXT_UNKNOWN UINT64_MAX

struct log_identity {
	uint8_t secret[CHAIN_SECRET_BYTES];
	uint8_t log_id[CHAIN_ID_BYTES];
	uint8_t nonce[CHAIN_NONCE_BYTES];
	uint64_t boot;
	uint64_t frequency; /* 0: unknown */
	uint64_t next;	    /* sequence that the kernel gives next, or LOG_NEXT_UNKNOWN */
};

enum log_source {
	LOG_SEGMENTS,
	LOG_TAIL,
	LOG_NEITHER
};

struct log_report {
	enum verdict verdict;
	uint64_t at;	    /* TAMPERED, GAP: the sequence from which on nothing is proved */
	const char *reason; /* NULL: valid */
	enum log_source source;
	size_t offset; /* in the source, of what the reason is about */

	struct rvx_witness *records; /* those proved, from sequence 0 on */
	size_t count;
	size_t segment_count;
	size_t tail_count;  /* of those proved by the tail alone */
	uint64_t frequency; /* 0: unknown */
	struct rules rules;
};

/* `log` and `tail` may be empty. The report is to be given to log_report_fini. / */
void log_verify(struct log_report *report, const struct log_identity *identity, struct bytes log,
		struct bytes tail);
void log_report_fini(struct log_report *report);

#endif
