/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Replay: what the records say happened, done again. Each record must be possible in the state that
 * those before it left: places empty or filled as they must be, rights that only shrink, depths
 * within the limits, regions writable or executable but never both, actors that exist. The first
 * that is not ends the replay with the reason.
 *
 * A long operation removes things between its begin and its end record, while others go on. In
 * between, what it will remove is *doomed*: it may be there still or not, so a record may use it or
 * take its place; the end record removes what is left.
 */
#ifndef AUDIT_REPLAY_H
#define AUDIT_REPLAY_H

#include "lib/attributes.h"
#include "tools/audit/world.h"

#include <ruvix/witness.h>
#include <stdbool.h>

#define REPLAY_REASON_BYTES 160u

struct replay {
	struct world *world;
	uint32_t serial; /* the highest that an object was made with */
	char reason[REPLAY_REASON_BYTES];
};

void replay_init(struct replay *replay);
void replay_fini(struct replay *replay);
/* False: the record is impossible, and replay->reason says why. Nothing may be applied then. */
MUST_CHECK bool replay_apply(struct replay *replay, const struct rvx_witness *record);

#endif
