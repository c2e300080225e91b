/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The steps of replay, one per family of kinds; only replay.c calls them. Each checks the whole
 * record first and changes the world then. False: refused, with the reason in the replay.
 */
#ifndef AUDIT_REPLAY_STEPS_H
#define AUDIT_REPLAY_STEPS_H

#include "lib/attributes.h"
#include "tools/audit/replay.h"

/* Notes the reason. Always false, so that a check can return it. */
PRINTF_LIKE(2, 3)
bool replay_refuse(struct replay *replay, const char *format, ...);

/* The capability at a place, or NULL and a reason: there is none. */
MUST_CHECK struct world_capability *replay_at(struct replay *replay, uint64_t place);
/* The living object of that id and type, or NULL and a reason. */
MUST_CHECK struct world_object *replay_object(struct replay *replay, uint64_t id, uint32_t type);
/* The capability at p0, if it is for the object that the record names and can be mapped etc. */
MUST_CHECK struct world_capability *replay_subject(struct replay *replay,
						   const struct rvx_witness *record);

/* replay_capabilities.c */
bool replay_boot_capability(struct replay *replay, const struct rvx_witness *record);
bool replay_create(struct replay *replay, const struct rvx_witness *record, uint32_t type);
bool replay_derive(struct replay *replay, const struct rvx_witness *record);
bool replay_move(struct replay *replay, const struct rvx_witness *record);
bool replay_delete(struct replay *replay, const struct rvx_witness *record);
bool replay_revoke(struct replay *replay, const struct rvx_witness *record);
bool replay_destroy(struct replay *replay, const struct rvx_witness *record, uint32_t type);
/* The end record of a revoke or destruction. */
bool replay_end(struct replay *replay, const struct rvx_witness *record);

/* replay_bindings.c */
bool replay_region_map(struct replay *replay, const struct rvx_witness *record);
bool replay_region_unmap(struct replay *replay, const struct rvx_witness *record);
bool replay_region_protect(struct replay *replay, const struct rvx_witness *record);
bool replay_edge_bind(struct replay *replay, const struct rvx_witness *record);
bool replay_task_bind(struct replay *replay, const struct rvx_witness *record);

/* replay_leases.c */
bool replay_lease_grant(struct replay *replay, const struct rvx_witness *record);
bool replay_lease_renew(struct replay *replay, const struct rvx_witness *record);
/* By time, or before. */
bool replay_lease_end(struct replay *replay, const struct rvx_witness *record);
bool replay_lease_reset(struct replay *replay, const struct rvx_witness *record);
bool replay_lease_bind(struct replay *replay, const struct rvx_witness *record);

#endif
