/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Derivation of capabilities. Guarded by all locks. */
#include "kernel/derive.h"
#include "kernel/edge.h"

#define DERIVING_RIGHTS (RVX_RIGHT_GRANT | RVX_RIGHT_GRANT_ONCE)

enum rvx_status capability_may_derive(const struct capability *source)
{
	if ((capability_rights(source) & DERIVING_RIGHTS) == 0)
		return RVX_NO_RIGHT;
	if (capability_type(source) == RVX_OBJECT_UNTYPED)
		return RVX_NOT_DERIVABLE;
	if (capability_is_busy(source))
		return RVX_BUSY;
	if (source->depth >= RVX_DERIVATION_DEPTH_MAX)
		return RVX_DEPTH_EXCEEDED;
	return RVX_OK;
}

uint32_t capability_derived_rights(const struct capability *source, uint64_t wanted)
{
	uint32_t rights = capability_rights(source) & (uint32_t)wanted;

	/* With GRANT the source can pass on what it has; with GRANT_ONCE alone, nothing further. */
	if ((capability_rights(source) & RVX_RIGHT_GRANT) == 0)
		rights &= ~DERIVING_RIGHTS;
	return rights;
}

void capability_derive(struct capability *slot, struct capability *source, uint32_t rights,
		       uint32_t end, uint64_t badge)
{
	uint32_t type = capability_type(source);
	void *object = source->object;

	if (type == RVX_OBJECT_EDGE)
		object = &edge_of_end(source->object)->end[end];
	capability_insert(slot, source, object,
			  capability_meta(type, rights, end != 0 ? CAPABILITY_END : 0), true);
	if (capability_has_badge(slot))
		slot->u.binding.badge = badge;
}
