/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Makes records and whole logs for the tests of audit, with a key of their own.
 *
 * Ids and places are as short as can be: objects lie one after the other in one Untyped, which
 * the kernel holds; the root's table has the serial TABLE.
 */
#ifndef TESTS_AUDIT_BUILDER_H
#define TESTS_AUDIT_BUILDER_H

#include "tests/lib/check.h"

#include "tools/audit/log.h"
#include "tools/audit/replay.h"

#include <ruvix/kinds.h>

#define BUILDER_RECORDS_MAX 256u
#define BUILDER_FREQUENCY 1000u

struct builder {
	struct log_identity identity;
	struct chain chain;
	struct rvx_witness records[BUILDER_RECORDS_MAX];
	size_t count;
};

extern const struct log_identity builder_identity;

void builder_init(struct builder *builder);
/* The next record by partition `actor` (0: the kernel), sealed. */
struct rvx_witness *builder_add(struct builder *builder, uint16_t kind, uint8_t class_,
				uint32_t actor, uint64_t object, uint64_t p0, uint64_t p1);
/* Seal all records anew, as somebody who has the key would. */
void builder_seal(struct builder *builder);
/* BootAttestation and `count` notes. */
void builder_notes(struct builder *builder, size_t count);
/* Segments of `count` records each (1..62) over the first `total` ones, the last maybe shorter;
 * how many there are. */
size_t builder_segments(const struct builder *builder, struct rvx_segment *segments, size_t total,
			size_t count);
/* Make the hashes right again from segment `first` on. */
void builder_rehash(struct rvx_segment *segments, size_t first, size_t count);

#endif
