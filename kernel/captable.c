/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CapTable: create and look up. Guarded by all locks, look-ups by the core's. */
#include "kernel/captable.h"

void captable_create(struct captable *table, uint32_t log2)
{
	table->slot_count = 1u << log2;
}

enum rvx_status captable_find(const struct captable *table, rvx_handle_t handle,
			      struct capability **capability)
{
	uint32_t index = RVX_HANDLE_SLOT(handle);
	struct capability *slot;

	if (index == 0 || index >= table->slot_count)
		return RVX_INVALID_HANDLE;
	slot = &captable_slots(table)[index];
	if (slot->generation == 0)
		return RVX_INVALID_HANDLE;
	if (slot->object == NULL || slot->generation != RVX_HANDLE_GENERATION(handle))
		return RVX_STALE;
	*capability = slot;
	return RVX_OK;
}

enum rvx_status captable_lookup(const struct captable *table, rvx_handle_t handle, uint32_t type,
				uint32_t rights, struct capability **capability)
{
	enum rvx_status status = captable_find(table, handle, capability);

	if (status != RVX_OK)
		return status;
	if (capability_type(*capability) != type)
		return RVX_WRONG_TYPE;
	if ((capability_rights(*capability) & rights) != rights)
		return RVX_NO_RIGHT;
	return RVX_OK;
}

/* Small rather than fast: every call that needs this does much more. */
__attribute__((noinline, minsize)) enum rvx_status captable_lookup_idle(
	const struct captable *table, rvx_handle_t handle, uint32_t type, uint32_t rights,
	struct capability **capability)
{
	enum rvx_status status = captable_lookup(table, handle, type, rights, capability);

	if (status == RVX_OK && capability_is_busy(*capability))
		return RVX_BUSY;
	return status;
}

enum rvx_status captable_find_in(struct captable *own, rvx_handle_t table_handle, uint32_t rights,
				 rvx_handle_t handle, struct capability **capability)
{
	struct captable *table;
	enum rvx_status status = captable_lookup_table(own, table_handle, rights, &table);

	if (status != RVX_OK)
		return status;
	return captable_find(table, handle, capability);
}

enum rvx_status captable_free_slot(struct captable *table, uint64_t index, struct capability **slot)
{
	if (index == 0 || index >= table->slot_count)
		return RVX_OUT_OF_RANGE;
	if ((table->object.flags & OBJECT_DYING) != 0)
		return RVX_BUSY;
	/* Numbered when first used: a table of 65536 slots must not take long to make. */
	*slot = &captable_slots(table)[index];
	(*slot)->index = (uint16_t)index;
	return slot_is_free(*slot) ? RVX_OK : RVX_OCCUPIED;
}

bool captable_is_dying_master(const struct capability *capability)
{
	const struct object *object = capability_object(capability);

	return object != NULL && object->type == RVX_OBJECT_CAPTABLE &&
	       capability_is_master(capability) &&
	       (object->flags & (OBJECT_DYING | OBJECT_EMPTIED)) == OBJECT_DYING;
}
