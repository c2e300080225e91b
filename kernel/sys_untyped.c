/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Untyped: retype and clean. */
#include "kernel/retype.h"
#include "kernel/syscall.h"
#include "lib/bits.h"

enum rvx_status sys_untyped_retype(struct task *caller, const struct untyped_retype_args *args,
				   uint64_t *result)
{
	struct capability *untyped = args->untyped, *slot;
	struct untyped_place place;
	enum rvx_status status = captable_free_slot(args->table, args->slot, &slot);

	if (status != RVX_OK)
		return status;
	if (capability_is_busy(untyped))
		return RVX_BUSY;
	status = retype_find(untyped, args->type, args->size, &place);
	if (status != RVX_OK)
		return status;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	if (args->type != RVX_OBJECT_UNTYPED && !untyped_clean(untyped, &place))
		return STATUS_RESTART;

	retype_make(caller->partition, untyped, args->type, args->size, &place, slot);
	result[0] = capability_handle(slot);
	return RVX_OK;
}

enum rvx_status sys_untyped_clean(struct task *caller, const struct untyped_clean_args *args)
{
	struct untyped_place place;
	enum rvx_status status;

	(void)caller;
	if (args->bytes > (uint64_t)1 << RVX_UNTYPED_LOG2_MAX)
		return RVX_NO_MEMORY;
	untyped_reclaim(args->untyped);
	status = untyped_find(args->untyped, 0, align_up(args->bytes, RVX_PAGE_SIZE), RVX_PAGE_SIZE,
			      &place);
	if (status != RVX_OK)
		return status;
	return untyped_clean(args->untyped, &place) ? RVX_OK : STATUS_RESTART;
}
