/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * MemoryRegion: a range of whole pages of RAM that partitions can map, one mapping per
 * capability. Over all its mappings in the system it is writable or executable, never both.
 *
 * Map, unmap and protect work through a mapping in chunks; how far they came stands in the
 * capability's slot, so an interrupted call that is made again goes on there.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include "kernel/partition.h"

#include <ruvix/witness.h>

struct region {
	struct object object;
	/* Written once by create, then constant. */
	uint64_t base; /* physical */
	uint64_t pages;
	/* Guarded by all locks: mappings of either kind. */
	uint32_t writable;
	uint32_t executable;
};
_Static_assert(sizeof(struct region) <= RVX_REGION_HEADER_SIZE, "region header");

/* Make a region over `pages` pages at `base`, its header in zeroed memory. */
void region_create(struct region *region, uint64_t base, uint64_t pages);

/* Whether a leased device may write to its memory by itself: then it stays as it is. */
bool region_is_window(const struct region *region);

/* Rights that a mapping can have: READ, READ|WRITE or READ|EXECUTE. */
bool region_rights_valid(uint64_t rights);

/*
 * Whether capability `region` may be mapped so: UNALIGNED, OUT_OF_RANGE, ALREADY_MAPPED,
 * WX_CONFLICT, BUSY (another map into the partition is under way), OCCUPIED, NO_TABLES.
 * Changes nothing.
 */
MUST_CHECK enum rvx_status region_may_map(const struct capability *region,
					  struct partition *partition, uint64_t address,
					  uint32_t rights);
/* Begin the map that region_may_map allowed. */
void region_map_begin(struct capability *region, struct partition *partition, uint64_t address,
		      uint32_t rights);
void region_unmap_begin(struct capability *region);
/* WX_CONFLICT if the new rights exclude other mappings. Changes nothing. */
MUST_CHECK enum rvx_status region_may_protect(const struct capability *region, uint32_t rights);
void region_protect_begin(struct capability *region, uint32_t rights);
/* One chunk of what was begun. True: it is done, and the mapping stable or gone. */
MUST_CHECK bool region_step(struct capability *region);

/* The mapping as its last record says: what is under way counts as done. */
static inline uint64_t region_mapping_word(const struct capability *region)
{
	const struct mapping *mapping = &region->u.mapping;
	uint32_t rights =
		mapping->phase == MAPPING_CHANGING ? mapping->rights_next : mapping->rights;

	if (mapping->partition == NULL || mapping->phase == MAPPING_SHRINKING)
		return 0;
	return RVX_MAPPING(mapping->partition->number, mapping->address, rights);
}

#endif
