/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * CapTable: a flat array of 2^n capability slots behind a header of one slot's size.
 *
 *   table          table + 64
 *   +------------+------------+------------+--- - - ---+
 *   | header     | slot 0     | slot 1     |           |
 *   +------------+------------+------------+--- - - ---+
 *
 * Slot 0 is never given out: handle 0 is no handle. While a table that lies inside another
 * dying table is destroyed, slot 0 holds its master capability, so that the table that held
 * it can be emptied. How tables inside tables die without recursion: destroy.h.
 */
#ifndef KERNEL_CAPTABLE_H
#define KERNEL_CAPTABLE_H

#include "kernel/capability.h"

struct task;

struct captable {
	struct object object;
	/* Written once by create, then constant. */
	uint32_t slot_count;
	/* Guarded by all locks; of a destruction under way. */
	uint32_t cursor;	/* slots below are empty */
	struct captable *top;	/* of the root of a destruction: the table being emptied now */
	struct captable *below; /* the dying table that this one was found in */
	/* Guarded by all locks. */
	struct task *tasks; /* that use this table */
};
_Static_assert(sizeof(struct captable) == RVX_SLOT_SIZE, "the header takes one slot");

static inline struct capability *captable_slots(const struct captable *table)
{
	return (struct capability *)(void *)((char *)(uintptr_t)table + RVX_SLOT_SIZE);
}

static inline struct captable *captable_of(const struct capability *slot)
{
	return (struct captable *)(void *)((char *)(uintptr_t)(slot - slot->index) - RVX_SLOT_SIZE);
}

/* Make a table in zeroed memory. */
void captable_create(struct captable *table, uint32_t log2);

/*
 * Resolve a handle. Changes nothing. INVALID_HANDLE: no such slot, or never used; STALE: the slot
 * holds something else now, or nothing.
 */
MUST_CHECK enum rvx_status captable_find(const struct captable *table, rvx_handle_t handle,
					 struct capability **capability);
/* The same, and the type (WRONG_TYPE) and all of `rights` (NO_RIGHT) must fit. */
MUST_CHECK enum rvx_status captable_lookup(const struct captable *table, rvx_handle_t handle,
					   uint32_t type, uint32_t rights,
					   struct capability **capability);
/* The same, and BUSY if what it names is being revoked or destroyed. */
MUST_CHECK enum rvx_status captable_lookup_idle(const struct captable *table, rvx_handle_t handle,
						uint32_t type, uint32_t rights,
						struct capability **capability);
/* The table that a handle in `own` names (0: own itself, no right needed). */
MUST_CHECK static inline enum rvx_status captable_lookup_table(struct captable *own,
							       rvx_handle_t handle, uint32_t rights,
							       struct captable **table)
{
	struct capability *capability;
	enum rvx_status status;

	if (handle == RVX_TABLE_OWN) {
		*table = own;
		return RVX_OK;
	}
	status = captable_lookup(own, handle, RVX_OBJECT_CAPTABLE, rights, &capability);
	if (status == RVX_OK)
		*table = capability->object;
	return status;
}

/* What `handle` names in the table that `table_handle` names, which must allow `rights`. */
MUST_CHECK enum rvx_status captable_find_in(struct captable *own, rvx_handle_t table_handle,
					    uint32_t rights, rvx_handle_t handle,
					    struct capability **capability);
/* An empty slot by index. OUT_OF_RANGE, OCCUPIED. */
MUST_CHECK enum rvx_status captable_free_slot(struct captable *table, uint64_t index,
					      struct capability **slot);

/* Whether `capability` is the master of a table that is dying and not empty yet. */
bool captable_is_dying_master(const struct capability *capability);

#endif
