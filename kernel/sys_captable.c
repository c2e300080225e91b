/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CapTable: copy, mint, move, delete, revoke, describe. */
#include "kernel/derive.h"
#include "kernel/destroy.h"
#include "kernel/edge.h"
#include "kernel/inspect.h"
#include "kernel/lease.h"
#include "kernel/preempt.h"
#include "kernel/syscall.h"

/* cap_copy is a cap_mint that keeps what badge and end the source has. */
static enum rvx_status derive(struct task *caller, const struct cap_mint_args *args, bool mint,
			      uint64_t *result)
{
	struct capability *source = args->source, *slot;
	enum rvx_status status;
	uint32_t rights, end;
	bool edge, badged;

	status = capability_may_derive(source);
	if (status != RVX_OK)
		return status;
	status = captable_free_slot(args->table, args->slot, &slot);
	if (status != RVX_OK)
		return status;
	if ((args->rights & ~(uint64_t)RVX_RIGHTS_ALL) != 0)
		return RVX_BAD_ARGUMENT;
	edge = capability_type(source) == RVX_OBJECT_EDGE;
	badged = capability_has_badge(source);
	if (mint && !badged)
		return RVX_WRONG_TYPE;
	if (mint && (args->badge >> 63 != 0 || args->end > 1 || (args->end != 0 && !edge)))
		return RVX_BAD_ARGUMENT;
	end = capability_end(source);
	if (mint && edge && args->end != end) {
		if (!capability_is_master(source))
			return RVX_NO_RIGHT;
		end = (uint32_t)args->end;
	}
	rights = capability_derived_rights(source, args->rights);
	if (!witness_record(caller, RVX_WITNESS_CAPABILITY_GRANT, capability_object_id(source),
			    capability_place(slot, rights | end << 8), capability_place(source, 0)))
		return RVX_WITNESS_FULL;
	capability_derive(slot, source, rights, end,
			  mint	 ? args->badge :
			  badged ? source->u.binding.badge :
				   0);
	result[0] = capability_handle(slot);
	return RVX_OK;
}

enum rvx_status sys_cap_copy(struct task *caller, const struct cap_copy_args *args,
			     uint64_t *result)
{
	const struct cap_mint_args derivation = {
		.source = args->source,
		.table = args->table,
		.slot = args->slot,
		.rights = args->rights,
	};

	return derive(caller, &derivation, false, result);
}

enum rvx_status sys_cap_mint(struct task *caller, const struct cap_mint_args *args,
			     uint64_t *result)
{
	return derive(caller, args, true, result);
}

enum rvx_status sys_cap_move(struct task *caller, const struct cap_move_args *args,
			     uint64_t *result)
{
	struct capability *source = args->source, *slot;
	enum rvx_status status;

	if (args->table != captable_of(source) &&
	    (capability_rights(source) & RVX_RIGHT_GRANT) == 0)
		return RVX_NO_RIGHT;
	status = captable_free_slot(args->table, args->slot, &slot);
	if (status != RVX_OK)
		return status;
	if (capability_is_busy(source))
		return RVX_BUSY;
	if (!witness_record(caller, RVX_WITNESS_CAPABILITY_MOVE, capability_object_id(source),
			    capability_place(slot, 0), capability_place(source, 0)))
		return RVX_WITNESS_FULL;
	capability_move(slot, source);
	result[0] = capability_handle(slot);
	return RVX_OK;
}

static uint16_t destroy_kind(const struct capability *capability)
{
	return capability_is_master(capability) ?
		       object_types[capability_type(capability)].destroyed :
		       RVX_WITNESS_CAPABILITY_DELETE;
}

static bool is_permanent(const struct capability *capability)
{
	const struct object *object = capability_object(capability);

	if (!capability_is_master(capability))
		return false;
	return object != NULL ? (object->flags & OBJECT_PERMANENT) != 0 :
				capability->u.untyped.permanent != 0;
}

/* Of long destructions the begin record is written now and the end record is owed. */
static bool destruction_is_long(const struct capability *capability)
{
	return capability_is_master(capability) &&
	       (capability_type(capability) == RVX_OBJECT_CAPTABLE ||
		capability_type(capability) == RVX_OBJECT_PARTITION);
}

static void delete_begin(struct task *caller, struct capability *capability)
{
	struct object *object = capability_object(capability);
	bool is_long = destruction_is_long(capability);

	witness_emit(destroy_kind(capability), is_long ? RVX_WITNESS_BEGIN : RVX_WITNESS_ALLOWED,
		     caller->partition, capability_object_id(capability),
		     capability_place(capability, 0), 0);
	if (is_long) {
		object->flags |= OBJECT_OWES_END;
		object->end_payer = witness_reserve_end(caller->partition);
		object->revoke_count = 0;
	}
	capability->meta |= CAPABILITY_DELETING;
}

enum rvx_status sys_cap_delete(struct task *caller, const struct cap_delete_args *args)
{
	struct capability *capability = args->capability;
	enum rvx_status status;

	if ((capability->meta & CAPABILITY_DELETING) == 0) {
		if (is_permanent(capability))
			return RVX_NOT_DERIVABLE;
		if (capability_is_busy(capability))
			return RVX_BUSY;
		if (capability_has_children(capability))
			return RVX_HAS_CHILDREN;
		if (capability_type(capability) == RVX_OBJECT_REGION &&
		    (capability_is_master(capability) || capability->u.mapping.partition != NULL) &&
		    region_is_window(capability->object))
			return RVX_BUSY;
		status = witness_reserve(caller, destruction_is_long(capability) ? 2 : 1);
		if (status != RVX_OK)
			return status;
		delete_begin(caller, capability);
	}

	/* The table can hold its own master: it is looked up again after each unit. */
	for (;;) {
		uint64_t id = capability_object_id(capability);

		if (destroy_step(capability))
			return RVX_OK;
		if (preempt_wanted())
			return STATUS_RESTART;
		if (capability->object == NULL || capability_object_id(capability) != id ||
		    task_state(caller) == TASK_DEAD)
			return STATUS_RESTART;
	}
}

static bool revoke_is_begun(const struct capability *capability)
{
	const struct object *object = capability_object(capability);

	return object != NULL ? object->revoker == slot_reference(capability) :
				capability->u.untyped.revoking != 0;
}

static void revoke_begin(struct task *caller, struct capability *capability)
{
	struct object *object = capability_object(capability);
	uint32_t payer;

	witness_emit(RVX_WITNESS_CAPABILITY_REVOKE, RVX_WITNESS_BEGIN, caller->partition,
		     capability_object_id(capability), capability_place(capability, 0), 0);
	payer = witness_reserve_end(caller->partition);
	if (object != NULL) {
		object->flags |= OBJECT_REVOKING;
		object->revoker = slot_reference(capability);
		object->end_payer = payer;
		object->revoke_count = 0;
	} else {
		capability->u.untyped.revoking = 1;
		capability->u.untyped.end_payer = payer;
		capability->u.untyped.revoke_count = 0;
	}
}

/* The revoke of this capability, as far as it can be done now: RESTART or, at its end, OK. */
static enum rvx_status revoke_go_on(const struct task *caller, struct capability *capability)
{
	struct object *object = capability_object(capability);
	uint32_t *count =
		object != NULL ? &object->revoke_count : &capability->u.untyped.revoke_count;

	while (!destroy_children_step(capability, count)) {
		/* What is revoked may hold the caller, its table, or the capability itself. */
		if (capability->object == NULL || task_state(caller) == TASK_DEAD ||
		    preempt_wanted())
			return STATUS_RESTART;
	}
	return RVX_OK;
}

/*
 * Another revoke must end first, and whoever began it may never go on: it is worked off here, and
 * then the call begins anew.
 */
static enum rvx_status revoke_other(const struct task *caller, struct capability *other)
{
	if (revoke_go_on(caller, other) == RVX_OK)
		destroy_revoke_end(other);
	return STATUS_RESTART;
}

enum rvx_status sys_cap_revoke(struct task *caller, const struct cap_revoke_args *args,
			       uint64_t *result)
{
	struct capability *capability = args->capability;
	struct object *object = capability_object(capability);
	enum rvx_status status;

	if (!revoke_is_begun(capability)) {
		if (object != NULL && object->revoker != 0)
			return revoke_other(caller, slot_at(object->revoker));
		if (capability_is_busy(capability))
			return RVX_BUSY;
		if (!capability_has_children(capability)) {
			result[0] = 0;
			return RVX_OK;
		}
		if (object == NULL ?
			    lease_window_covers((uintptr_t)capability->object,
						(uint64_t)1 << capability->u.untyped.size_log2) :
			    object->type == RVX_OBJECT_REGION &&
				    region_is_window(capability->object))
			return RVX_BUSY;
		status = witness_reserve(caller, 2);
		if (status != RVX_OK)
			return status;
		if (object == NULL && !revoking_range_add(capability))
			return revoke_other(caller, revoking_range_any());
		revoke_begin(caller, capability);
	}

	status = revoke_go_on(caller, capability);
	if (status != RVX_OK)
		return status;
	result[0] = object != NULL ? object->revoke_count : capability->u.untyped.revoke_count;
	destroy_revoke_end(capability);
	return RVX_OK;
}

enum rvx_status sys_cap_describe(struct task *caller, const struct cap_describe_args *args,
				 uint64_t *result)
{
	const struct capability *capability;
	struct rvx_state_entry entry;
	uint32_t type;

	(void)caller;
	if (args->slot == 0 || args->slot >= args->table->slot_count)
		return RVX_OUT_OF_RANGE;
	capability = &captable_slots(args->table)[args->slot];
	if (capability->object == NULL)
		return RVX_NOTHING;
	inspect_capability(capability, &entry);
	type = capability_type(capability);
	result[0] = capability_handle(capability);
	result[1] = type | (capability_is_master(capability) ? RVX_STATE_MASTER : 0) |
		    capability_end(capability) << 9 | (uint64_t)capability->depth << 16 |
		    (uint64_t)capability_rights(capability) << 24;
	result[2] = entry.object;
	result[3] = capability_has_badge(capability) ? capability->u.binding.badge : 0;
	result[4] = type == RVX_OBJECT_EDGE ? edge_of_end(capability->object)->telemetry_index :
					      entry.mapping;
	result[5] = capability_maps(capability) ?
			    ((const struct region *)capability->object)->pages :
			    entry.detail[0];
	result[6] = entry.detail[1];
	if (type == RVX_OBJECT_LEASE) {
		const struct lease *lease = capability->object;

		result[5] = lease->device | lease->state;
		result[6] = lease->end;
	}
	return RVX_OK;
}
