/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Making objects out of Untyped: sizes, limits, creation. `size` as untyped_retype takes it.
 */
#ifndef KERNEL_RETYPE_H
#define KERNEL_RETYPE_H

#include "kernel/untyped.h"

struct partition;

/*
 * Whether it can be made, and where it would lie: BAD_ARGUMENT (type), OUT_OF_RANGE (size),
 * DEPTH_EXCEEDED, LIMIT, NO_MEMORY. Takes the Untyped's memory back into use if it can.
 */
MUST_CHECK enum rvx_status retype_find(struct capability *untyped, uint64_t type, uint64_t size,
				       struct untyped_place *place);
/* Record and make it at a clean place, its master in the free slot. `actor` NULL: the kernel. */
void retype_make(struct partition *actor, struct capability *untyped, uint64_t type, uint64_t size,
		 const struct untyped_place *place, struct capability *slot);

#endif
