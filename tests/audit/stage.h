/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A small world for tests of replay, as it is when the root task starts, and records short to
 * write. Objects are known by their serial:
 *
 *   (0, 1)  UNTYPED, the kernel's     table 2:  1 TABLE (itself)  2 PARTITION, number 1, running
 *                                               3 TASK, bound     4 MACHINE     5 TELEMETRY
 *                                               9 REGION, 4 pages 10 EDGE       11 TABLE_2
 *                                              12 PARTITION_2    16 MEMORY, an Untyped
 */
#ifndef TESTS_AUDIT_STAGE_H
#define TESTS_AUDIT_STAGE_H

#include "tests/lib/check.h"

#include "tools/audit/replay.h"

#include <ruvix/kinds.h>

enum stage_serial {
	UNTYPED = 1,
	TABLE,
	PARTITION,
	MACHINE,
	TELEMETRY,
	MEMORY,
	REGION,
	EDGE,
	TASK,
	TABLE_2,
	PARTITION_2,
	STAGE_SERIALS
};

#define ROOT (1u << 16 | 1) /* the actor */
#define AT(slot, low) RVX_WITNESS_PLACE(TABLE, slot, low)
#define IN_2(slot, low) RVX_WITNESS_PLACE(TABLE_2, slot, low)
#define ALL RVX_RIGHTS_ALL

/* The id of what was made with that serial: each a kilobyte after the one before. */
uint64_t id_of(uint32_t serial);

extern struct replay stage;

int stage_setup(void **state);
int stage_teardown(void **state);

/* A record of the root's that must be possible, or impossible for that reason. */
void does(uint16_t kind, uint64_t object, uint64_t p0, uint64_t p1);
void cannot(uint16_t kind, uint64_t object, uint64_t p0, uint64_t p1, const char *reason);
/* The same with another outcome or actor. */
void does_as(uint16_t kind, uint8_t outcome, uint32_t actor, uint64_t object, uint64_t p0,
	     uint64_t p1);
void cannot_as(uint16_t kind, uint8_t outcome, uint32_t actor, uint64_t object, uint64_t p0,
	       uint64_t p1, const char *reason);

/* What lies at slots of TABLE and TABLE_2; NULL: nothing. */
const struct world_capability *at(uint32_t slot);
const struct world_capability *in_2(uint32_t slot);

#endif
