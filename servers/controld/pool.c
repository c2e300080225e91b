/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel hands out memory as a few Untyped of all sizes. They are tried from the largest down,
 * so that a refusal, which leaves a witness, is rare; what is left over in a large one is found
 * again by small objects.
 */
#include "servers/controld/pool.h"

#include "libruvix/ruvix.h"

static struct {
	uint32_t next_slot;
	uint32_t untyped_count;
	uint8_t order[RVX_BOOT_UNTYPED_MAX]; /* their indices, the largest first */
} pool;

void pool_init(const struct rvx_boot_info *boot)
{
	uint32_t i, place;

	pool.next_slot = (uint32_t)boot->free_slot;
	pool.untyped_count = (uint32_t)boot->untyped_count;
	for (i = 0; i < pool.untyped_count; i++) {
		for (place = i; place > 0; place--) {
			if (boot->untyped[pool.order[place - 1]].size_log2 >=
			    boot->untyped[i].size_log2)
				break;
			pool.order[place] = pool.order[place - 1];
		}
		pool.order[place] = (uint8_t)i;
	}
}

enum rvx_status pool_slot(uint32_t *slot)
{
	if (pool.next_slot >= 1u << RVX_BOOT_CAPTABLE_LOG2)
		return RVX_LIMIT;
	*slot = pool.next_slot++;
	return RVX_OK;
}

enum rvx_status pool_make_in(rvx_handle_t table, uint32_t slot, enum rvx_object_type type,
			     uint64_t size, rvx_handle_t *handle)
{
	enum rvx_status status = RVX_NO_MEMORY;
	uint32_t i;

	for (i = 0; i < pool.untyped_count && status == RVX_NO_MEMORY; i++)
		status = rvx_untyped_retype(RVX_SLOT_HANDLE(RVX_BOOT_UNTYPED_FIRST + pool.order[i]),
					    type, size, table, slot, handle);
	return status;
}

enum rvx_status pool_make(enum rvx_object_type type, uint64_t size, rvx_handle_t *handle)
{
	uint32_t slot;
	enum rvx_status status = pool_slot(&slot);

	if (status != RVX_OK)
		return status;
	return pool_make_in(RVX_TABLE_OWN, slot, type, size, handle);
}
