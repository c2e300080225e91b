/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the records of a log must keep to beyond their macs: kinds that exist, time that never goes
 * back, one attestation at the start that names this boot and log, and an end for nothing that was
 * not begun. Whether they tell a possible story is replay's question.
 */
#ifndef AUDIT_RULES_H
#define AUDIT_RULES_H

#include "lib/attributes.h"
#include "tools/audit/chain.h"

#include <ruvix/witness.h>

/* A begin record whose end has not come. */
struct rules_open {
	uint64_t sequence;
	uint64_t object;
	uint16_t kind;
};

struct rules {
	uint8_t log_id[CHAIN_ID_BYTES];
	uint64_t boot;
	uint64_t time; /* of the last record */
	struct rules_open *open;
	size_t open_count;
	size_t open_room;
};

void rules_init(struct rules *rules, const uint8_t *log_id, uint64_t boot);
void rules_fini(struct rules *rules);
/* NULL, or what is wrong with the record that comes next. */
MUST_CHECK const char *rules_next(struct rules *rules, const struct rvx_witness *record);

#endif
