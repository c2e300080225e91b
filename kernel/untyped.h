/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Untyped: a power-of-two range of physical memory that becomes kernel objects and regions.
 *
 *   base                                                        base + size
 *   +-----------------+ - - - - - - - - - - - - +-----------------+
 *   | whole pages ->  |          free           |  <- small things |
 *   +-----------------+ - - - - - - - - - - - - +-----------------+
 *                    low   clean_low clean_high  high
 *
 * Whole-page things grow from below and small ones from above, so that no page is wasted
 * between them. Memory comes back all at once, when nothing made from it is left. Memory is
 * zeroed before it is used, in chunks between which interrupts are looked at; how far that
 * went is kept, so that a restarted call goes on where it was.
 */
#ifndef KERNEL_UNTYPED_H
#define KERNEL_UNTYPED_H

#include "kernel/capability.h"

/* What a retype takes: found first, then cleaned, then taken. */
struct untyped_place {
	uint64_t offset;      /* bytes from the base */
	uint64_t size;	      /* bytes, a multiple of 64 */
	uint64_t page_offset; /* of the pages of a region, whose header is at `offset`; or 0 */
	uint64_t page_size;
};

/* Fill a slot's Untyped part, for a range at capability->object. */
void untyped_init(struct capability *untyped, uint8_t size_log2, uint8_t nesting, uint32_t serial);

/* Take the memory back into use if nothing made from it is left. */
void untyped_reclaim(struct capability *untyped);

/*
 * Find a place for `size` bytes: whole pages (`size` a multiple of `alignment`, at least a page)
 * from below, else 64-byte aligned from above; and `pages_size` bytes of pages from below in the
 * same go (0: none), aligned to `alignment`. Changes nothing. NO_MEMORY.
 */
MUST_CHECK enum rvx_status untyped_find(const struct capability *untyped, uint64_t size,
					uint64_t pages_size, uint64_t alignment,
					struct untyped_place *place);
/* Zero the place. False: an interrupt waits; call again with the same place later. */
MUST_CHECK bool untyped_clean(struct capability *untyped, const struct untyped_place *place);
/* Take the place: its memory belongs to the caller. */
void untyped_take(struct capability *untyped, const struct untyped_place *place);
/* How far the part of a whole-page place is known to be clean, in bytes from its start. */
uint64_t untyped_clean_bytes(const struct capability *untyped, const struct untyped_place *place);

static inline void *untyped_address(const struct capability *untyped, uint64_t offset)
{
	return (char *)untyped->object + offset;
}

#endif
