/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Untyped: placing, cleaning, taking back. Guarded by all locks. */
#include "kernel/untyped.h"
#include "kernel/arch/cpu.h"
#include "kernel/preempt.h"
#include "kernel/config.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "lib/bits.h"

#define UNIT OBJECT_ALIGNMENT

void untyped_init(struct capability *untyped, uint8_t size_log2, uint8_t nesting, uint32_t serial)
{
	struct untyped *u = &untyped->u.untyped;

	*u = (struct untyped){ 0 };
	u->size_log2 = size_log2;
	u->nesting = nesting;
	u->serial = serial;
	u->high = (uint32_t)(((uint64_t)1 << size_log2) / UNIT);
	u->clean_high = u->high;
}

void untyped_reclaim(struct capability *untyped)
{
	struct untyped *u = &untyped->u.untyped;
	uint32_t end = (uint32_t)(((uint64_t)1 << u->size_log2) / UNIT);

	if (capability_has_children(untyped) || (u->low == 0 && u->high == end))
		return;
	/* A device may still write where a region was. */
	if (lease_window_covers((uintptr_t)untyped->object, (uint64_t)end * UNIT))
		return;
	u->low = u->clean_low = 0;
	u->high = u->clean_high = end;
}

enum rvx_status untyped_find(const struct capability *untyped, uint64_t size, uint64_t pages_size,
			     uint64_t alignment, struct untyped_place *place)
{
	const struct untyped *u = &untyped->u.untyped;
	uint64_t base = (uintptr_t)untyped->object;
	uint64_t low = (uint64_t)u->low * UNIT, high = (uint64_t)u->high * UNIT;
	uint64_t start;

	*place = (struct untyped_place){ .size = size, .page_size = pages_size };
	if (pages_size == 0 && size >= RVX_PAGE_SIZE && size % RVX_PAGE_SIZE == 0) {
		place->page_size = size;
		place->size = 0;
	}
	if (place->page_size != 0) {
		start = align_up(base + low, alignment) - base;
		if (!range_fits(start, place->page_size, high))
			return RVX_NO_MEMORY;
		place->page_offset = start;
		low = start + place->page_size;
	}
	if (place->size != 0) {
		if (high - low < place->size)
			return RVX_NO_MEMORY;
		place->offset = high - place->size;
	}
	return RVX_OK;
}

static bool clean_pages(struct capability *untyped, const struct untyped_place *place)
{
	struct untyped *u = &untyped->u.untyped;
	uint64_t end = place->page_offset + place->page_size;
	/* A gap before the place is cleaned too: what is below clean_low has no holes. */
	uint64_t done = (uint64_t)u->clean_low * UNIT;

	while (done < end) {
		uint64_t next =
			minimum(align_down(done, CONFIG_CHUNK_BYTES) + CONFIG_CHUNK_BYTES, end);

		arch_zero(untyped_address(untyped, done), next - done);
		done = next;
		u->clean_low = (uint32_t)(done / UNIT);
		if (done < end && preempt_wanted())
			return false;
	}
	return true;
}

/* Small things are zeroed a page ahead, so that most of them find clean memory. */
static bool clean_small(struct capability *untyped, const struct untyped_place *place)
{
	struct untyped *u = &untyped->u.untyped;
	uint64_t floor = maximum((uint64_t)u->low * UNIT, place->page_offset + place->page_size);
	uint64_t target = maximum(align_down(place->offset, CONFIG_CHUNK_BYTES), floor);
	uint64_t done = (uint64_t)u->clean_high * UNIT;

	if (done <= place->offset)
		return true;
	while (done > target) {
		uint64_t next = maximum(align_down(done - 1, CONFIG_CHUNK_BYTES), target);

		arch_zero(untyped_address(untyped, next), done - next);
		done = next;
		u->clean_high = (uint32_t)(done / UNIT);
		if (done > place->offset && preempt_wanted())
			return false;
	}
	return true;
}

bool untyped_clean(struct capability *untyped, const struct untyped_place *place)
{
	if (place->page_size != 0 && !clean_pages(untyped, place))
		return false;
	return place->size == 0 || clean_small(untyped, place);
}

void untyped_take(struct capability *untyped, const struct untyped_place *place)
{
	struct untyped *u = &untyped->u.untyped;

	if (place->page_size != 0)
		u->low = (uint32_t)((place->page_offset + place->page_size) / UNIT);
	if (place->size != 0)
		u->high = (uint32_t)(place->offset / UNIT);
	kassert(u->low <= u->high);
	/* What one end knows to be clean must not reach into what the other end took. */
	u->clean_low = (uint32_t)minimum(maximum(u->clean_low, u->low), u->high);
	u->clean_high = (uint32_t)minimum(maximum(u->clean_high, u->low), u->high);
}

uint64_t untyped_clean_bytes(const struct capability *untyped, const struct untyped_place *place)
{
	uint64_t clean = (uint64_t)untyped->u.untyped.clean_low * UNIT;

	return clean <= place->page_offset ? 0 :
					     minimum(clean - place->page_offset, place->page_size);
}
