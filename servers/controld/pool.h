/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the root task has to give: all free memory as Untyped, and the empty slots of its own
 * table, both taken in order and kept for as long as the system runs.
 */
#ifndef CONTROLD_POOL_H
#define CONTROLD_POOL_H

#include <ruvix/boot.h>
#include <ruvix/status.h>
#include <ruvix/types.h>

#include "lib/attributes.h"

void pool_init(const struct rvx_boot_info *boot);

/* An empty slot of the root's table. RVX_LIMIT: none is left. */
MUST_CHECK enum rvx_status pool_slot(uint32_t *slot);

/*
 * Make an object out of the first Untyped that has room; `size` as in untyped_retype. Its master
 * goes to a slot of the root's own table, or to a stated one of another table.
 */
MUST_CHECK enum rvx_status pool_make(enum rvx_object_type type, uint64_t size,
				     rvx_handle_t *handle);
MUST_CHECK enum rvx_status pool_make_in(rvx_handle_t table, uint32_t slot,
					enum rvx_object_type type, uint64_t size,
					rvx_handle_t *handle);

#endif
