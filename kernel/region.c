/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* MemoryRegion: what may be mapped, and the chunks of doing it. Guarded by all locks. */
#include "kernel/region.h"
#include "kernel/arch/stage2.h"
#include "kernel/lease.h"
#include "lib/bits.h"

#define BLOCK_PAGES (RVX_BLOCK_SIZE / RVX_PAGE_SIZE)

void region_create(struct region *region, uint64_t base, uint64_t pages)
{
	region->base = base;
	region->pages = pages;
}

bool region_is_window(const struct region *region)
{
	return lease_window_covers(region->base, region->pages * RVX_PAGE_SIZE);
}

bool region_rights_valid(uint64_t rights)
{
	return rights == RVX_RIGHT_READ || rights == (RVX_RIGHT_READ | RVX_RIGHT_WRITE) ||
	       rights == (RVX_RIGHT_READ | RVX_RIGHT_EXECUTE);
}

enum rvx_status region_may_map(const struct capability *capability, struct partition *partition,
			       uint64_t address, uint32_t rights)
{
	const struct region *region = capability->object;
	uint64_t size = region->pages * RVX_PAGE_SIZE;

	if (!is_aligned(address, RVX_PAGE_SIZE))
		return RVX_UNALIGNED;
	if (!range_fits(address, size, (uint64_t)1 << RVX_ADDRESS_BITS))
		return RVX_OUT_OF_RANGE;
	/* Where blocks fit the memory they must fit the address: else a map could take long. */
	if (region->pages >= BLOCK_PAGES && is_aligned(region->base, RVX_BLOCK_SIZE) &&
	    !is_aligned(address, RVX_BLOCK_SIZE))
		return RVX_UNALIGNED;
	if (capability->u.mapping.partition != NULL)
		return RVX_ALREADY_MAPPED;
	if (((rights & RVX_RIGHT_WRITE) != 0 && region->executable != 0) ||
	    ((rights & RVX_RIGHT_EXECUTE) != 0 &&
	     (region->writable != 0 || region_is_window(region))))
		return RVX_WX_CONFLICT;
	if (partition->mapper != 0)
		return RVX_BUSY;
	return stage2_may_map(partition, address, region->base, region->pages, rights);
}

static void count_rights(struct region *region, uint32_t rights, uint32_t by)
{
	if ((rights & RVX_RIGHT_WRITE) != 0)
		region->writable += by;
	if ((rights & RVX_RIGHT_EXECUTE) != 0)
		region->executable += by;
}

void region_map_begin(struct capability *capability, struct partition *partition, uint64_t address,
		      uint32_t rights)
{
	struct mapping *mapping = &capability->u.mapping;

	partition_mapping_add(partition, capability);
	mapping->address = address;
	mapping->rights = (uint8_t)rights;
	mapping->phase = MAPPING_GROWING;
	mapping->pages_done = 0;
	partition->mapper = slot_reference(capability);
	count_rights(capability->object, rights, 1);
}

void region_unmap_begin(struct capability *capability)
{
	struct mapping *mapping = &capability->u.mapping;
	const struct region *region = capability->object;

	if (mapping->partition->mapper == slot_reference(capability))
		mapping->partition->mapper = 0;
	if (mapping->phase == MAPPING_STABLE || mapping->phase == MAPPING_CHANGING)
		mapping->pages_done = (uint32_t)region->pages;
	mapping->phase = MAPPING_SHRINKING;
}

enum rvx_status region_may_protect(const struct capability *capability, uint32_t rights)
{
	const struct region *region = capability->object;
	uint32_t old = capability->u.mapping.rights;
	uint32_t own_write = (old & RVX_RIGHT_WRITE) != 0,
		 own_execute = (old & RVX_RIGHT_EXECUTE) != 0;

	if (((rights & RVX_RIGHT_WRITE) != 0 && region->executable != own_execute) ||
	    ((rights & RVX_RIGHT_EXECUTE) != 0 && region->writable != own_write))
		return RVX_WX_CONFLICT;
	return RVX_OK;
}

void region_protect_begin(struct capability *capability, uint32_t rights)
{
	struct mapping *mapping = &capability->u.mapping;

	/* Until the last page has changed the old rights are in force too: both are counted. */
	count_rights(capability->object, rights, 1);
	mapping->rights_next = (uint8_t)rights;
	mapping->phase = MAPPING_CHANGING;
	mapping->pages_done = 0;
}

static void mapping_end(struct capability *capability)
{
	struct mapping *mapping = &capability->u.mapping;

	count_rights(capability->object, mapping->rights, (uint32_t)-1);
	if (mapping->rights_next != 0)
		count_rights(capability->object, mapping->rights_next, (uint32_t)-1);
	partition_mapping_remove(mapping->partition, capability);
}

static bool step_growing(struct capability *capability, const struct region *region)
{
	struct mapping *mapping = &capability->u.mapping;
	uint64_t offset = (uint64_t)mapping->pages_done * RVX_PAGE_SIZE;

	mapping->pages_done += (uint32_t)stage2_map(
		mapping->partition, mapping->address + offset, region->base + offset,
		region->pages - mapping->pages_done, mapping->rights);
	if (mapping->pages_done < region->pages)
		return false;
	mapping->partition->mapper = 0;
	mapping->phase = MAPPING_STABLE;
	return true;
}

static bool step_shrinking(struct capability *capability)
{
	struct mapping *mapping = &capability->u.mapping;

	mapping->pages_done -=
		(uint32_t)stage2_unmap(mapping->partition, mapping->address, mapping->pages_done);
	if (mapping->pages_done != 0)
		return false;
	mapping_end(capability);
	return true;
}

static bool step_changing(struct capability *capability, const struct region *region)
{
	struct mapping *mapping = &capability->u.mapping;
	uint64_t offset = (uint64_t)mapping->pages_done * RVX_PAGE_SIZE;

	mapping->pages_done +=
		(uint32_t)stage2_protect(mapping->partition, mapping->address + offset,
					 region->pages - mapping->pages_done, mapping->rights_next);
	if (mapping->pages_done < region->pages)
		return false;
	count_rights(capability->object, mapping->rights, (uint32_t)-1);
	mapping->rights = mapping->rights_next;
	mapping->rights_next = 0;
	mapping->phase = MAPPING_STABLE;
	return true;
}

bool region_step(struct capability *capability)
{
	switch (capability->u.mapping.phase) {
	case MAPPING_GROWING:
		return step_growing(capability, capability->object);
	case MAPPING_SHRINKING:
		return step_shrinking(capability);
	case MAPPING_CHANGING:
		return step_changing(capability, capability->object);
	default:
		return true;
	}
}
