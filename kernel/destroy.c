/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Taking capabilities and objects apart. Guarded by all locks. */
#include "kernel/destroy.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/region.h"
#include "kernel/task.h"
#include "kernel/vmid.h"
#include "kernel/witness.h"

/* The table whose destruction is under way, at the bottom of the stack; NULL: none. */
static struct captable *bottom;

void destroy_init(void)
{
	bottom = NULL;
}

static struct capability *first_occupied(struct captable *table)
{
	struct capability *slots = captable_slots(table);
	uint32_t end = table->cursor + CONFIG_CHUNK_SLOTS;

	while (table->cursor < table->slot_count && table->cursor < end) {
		if (slots[table->cursor].object != NULL)
			return &slots[table->cursor];
		table->cursor++;
	}
	return NULL;
}

static void push(struct captable *table, struct captable *below)
{
	table->object.flags |= OBJECT_DYING;
	table->cursor = 1;
	table->below = below;
	if (below == NULL) {
		bottom = table;
	} else {
		struct capability *tomb = &captable_slots(table)[0];

		capability_move(tomb, table->object.master);
	}
	bottom->top = table;
}

void destroy_revoke_end(struct capability *capability)
{
	struct object *object = capability_object(capability);
	uint32_t payer, count;

	if (object != NULL) {
		object->flags &= ~OBJECT_REVOKING;
		object->revoker = 0;
		payer = object->end_payer;
		count = object->revoke_count;
	} else {
		capability->u.untyped.revoking = 0;
		revoking_range_remove(capability);
		payer = capability->u.untyped.end_payer;
		count = capability->u.untyped.revoke_count;
	}
	witness_emit_owed(RVX_WITNESS_CAPABILITY_REVOKE, RVX_WITNESS_END, payer,
			  capability_object_id(capability), capability_place(capability, 0), count);
}

/* The last of a capability: its slot is empty afterwards, and what it began is ended. */
static void forget(struct capability *capability)
{
	struct object *object = capability_object(capability);

	if (object != NULL ? object->revoker == slot_reference(capability) :
			     capability->u.untyped.revoking != 0)
		destroy_revoke_end(capability);
	if (object != NULL && capability_is_master(capability) &&
	    (object->flags & OBJECT_OWES_END) != 0)
		witness_emit_owed(object_types[object->type].destroyed, RVX_WITNESS_END,
				  object->end_payer, object_id(object),
				  capability_place(capability, 0), object->revoke_count);
	capability_clear(capability);
}

/* The top table is empty: go on with the one below it. */
static void pop(struct captable *table)
{
	struct capability *tomb = &captable_slots(table)[0];

	table->object.flags |= OBJECT_EMPTIED;
	if (table == bottom)
		bottom = NULL;
	else
		bottom->top = table->below;
	if (table->object.master == tomb)
		forget(tomb);
}

/* One unit of working off the stack. */
static void empty_tables_step(void)
{
	struct captable *table = bottom->top;
	struct capability *slot, *leaf;

	witness_log.changes++;
	if (table->tasks != NULL) {
		(void)task_terminate(table->tasks);
		return;
	}
	slot = first_occupied(table);
	if (slot == NULL) {
		if (table->cursor == table->slot_count)
			pop(table);
		return;
	}
	if (captable_is_dying_master(slot)) {
		/* The bottom table's: all others have moved. Now it moves too. */
		kassert(slot->object == bottom);
		capability_move(&captable_slots(bottom)[0], slot);
		return;
	}
	leaf = capability_leaf(slot);
	if (leaf == NULL)
		leaf = slot;
	if (capability_type(leaf) == RVX_OBJECT_CAPTABLE && capability_is_master(leaf) &&
	    (capability_object(leaf)->flags & OBJECT_EMPTIED) == 0)
		push(leaf->object, table);
	else if (destroy_step(leaf))
		table->object.revoke_count++;
}

static bool captable_destroy_step(struct captable *table)
{
	if ((table->object.flags & OBJECT_EMPTIED) != 0)
		return true;
	if (bottom == NULL)
		push(table, NULL);
	else
		empty_tables_step();
	return false;
}

static bool partition_destroy_step(struct partition *partition)
{
	partition->object.flags |= OBJECT_DYING;
	if (partition->mappings != 0) {
		struct capability *capability = slot_at(partition->mappings);

		region_unmap_begin(capability);
		(void)region_step(capability);
		return false;
	}
	if (partition->leases != NULL) {
		lease_unmap(partition->leases);
		return false;
	}
	if (partition->tasks != NULL) {
		(void)task_terminate(partition->tasks);
		return false;
	}
	vmid_release(partition);
	witness_partition_removed(partition);
	partition_destroy(partition);
	return true;
}

/* What the capability, as such, held. True: it holds nothing any more. */
static bool let_go_step(struct capability *capability)
{
	uint32_t type = capability_type(capability);

	if (capability_maps(capability) && capability->u.mapping.partition != NULL) {
		region_unmap_begin(capability);
		return region_step(capability);
	}
	if (type == RVX_OBJECT_EDGE && capability->u.binding.serial != 0) {
		struct edge_end *end = capability->object;

		if (end->task != NULL && end->bind_serial == capability->u.binding.serial)
			return edge_unbind(end);
	}
	if (type == RVX_OBJECT_TASK && capability->u.binding.serial != 0) {
		struct task *task = task_of(capability->object);

		if (task->supervise_serial == capability->u.binding.serial)
			task_unsupervise(task);
	}
	if (type == RVX_OBJECT_LEASE)
		lease_let_go(capability);
	return true;
}

static bool object_destroy_step(struct capability *master)
{
	switch (capability_type(master)) {
	case RVX_OBJECT_CAPTABLE:
		return captable_destroy_step(master->object);
	case RVX_OBJECT_PARTITION:
		return partition_destroy_step(master->object);
	case RVX_OBJECT_TASK:
		return task_terminate(task_of(master->object));
	case RVX_OBJECT_EDGE:
		return edge_destroy(edge_of_end(master->object));
	case RVX_OBJECT_LEASE:
		lease_destroy(master->object);
		return true;
	default:
		return true;
	}
}

/*
 * A table that is dying can outlive the Untyped it was made from, where that lies in the table or
 * in one below. Its capability then goes on under the Untyped's parent, whose memory it is too, and
 * the Untyped gives out nothing any more. All that is left below `slot` are such tables and what
 * they were made from.
 */
static void raise_dying_table(struct capability *slot)
{
	do
		slot = capability_next(slot);
	while (!captable_is_dying_master(slot));
	slot_at(slot->previous)->meta |= CAPABILITY_DELETING;
	capability_raise(slot);
}

bool destroy_step(struct capability *capability)
{
	/* Whoever looks at the state meanwhile must see that it is not the same any more. */
	witness_log.changes++;
	if (capability_has_children(capability)) {
		raise_dying_table(capability);
		return false;
	}
	if (!let_go_step(capability))
		return false;
	if (capability_is_master(capability) && !object_destroy_step(capability))
		return false;
	forget(capability);
	return true;
}

bool destroy_children_step(struct capability *capability, uint32_t *count)
{
	struct capability *leaf = capability_leaf(capability);

	if (leaf != NULL) {
		if (destroy_step(leaf))
			(*count)++;
		return false;
	}
	if (!capability_has_children(capability) && (capability->meta & CAPABILITY_DELETING) == 0)
		return true;
	/*
	 * What is left are dying tables, one of which may hold the capability itself: they are gone
	 * when the stack is worked off.
	 */
	kassert(bottom != NULL);
	empty_tables_step();
	return false;
}
