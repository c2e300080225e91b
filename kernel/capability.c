/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The derivation tree as a preorder list. One anchor stands at both ends; it is never a
 * capability. Everything here is guarded by all locks.
 */
#include "kernel/capability.h"
#include "kernel/captable.h"
#include "kernel/edge.h"
#include "kernel/panic.h"
#include "kernel/partition.h"

#include <ruvix/witness.h>

#define REVOKING_RANGES_MAX 8

static struct capability anchor __attribute__((aligned(64)));
static struct capability *revoking_ranges[REVOKING_RANGES_MAX];
static uint32_t revoking_range_count;
static struct capability *walk; /* what capability_walk_next gives next */

void capability_tree_init(void)
{
	anchor.next = slot_reference(&anchor);
	anchor.previous = slot_reference(&anchor);
	walk = NULL;
	revoking_range_count = 0;
	for (uint32_t i = 0; i < REVOKING_RANGES_MAX; i++)
		revoking_ranges[i] = NULL;
}

struct object *capability_object(const struct capability *capability)
{
	switch (capability_type(capability)) {
	case RVX_OBJECT_NONE:
	case RVX_OBJECT_UNTYPED:
		return NULL;
	case RVX_OBJECT_EDGE:
		return &edge_of_end(capability->object)->object;
	default:
		return capability->object;
	}
}

uint64_t capability_object_id(const struct capability *capability)
{
	if (capability_type(capability) == RVX_OBJECT_UNTYPED)
		return object_id_at(capability->object, capability->u.untyped.serial);
	return object_id(capability_object(capability));
}

uint64_t capability_place(const struct capability *capability, uint32_t low)
{
	const struct captable *table = captable_of(capability);

	return RVX_WITNESS_PLACE(table->object.serial, capability->index, low);
}

struct capability *capability_next(const struct capability *capability)
{
	return slot_at(capability->next);
}

struct capability *capability_first(void)
{
	return capability_after(&anchor);
}

struct capability *capability_after(const struct capability *capability)
{
	struct capability *next = capability_next(capability);

	return next == &anchor ? NULL : next;
}

void capability_walk_begin(void)
{
	walk = capability_first();
}

struct capability *capability_walk_next(void)
{
	struct capability *capability = walk;

	if (walk != NULL)
		walk = capability_after(walk);
	return capability;
}

static bool follows_below(const struct capability *next, uint32_t level)
{
	return next != &anchor && next->level > level;
}

bool capability_has_children(const struct capability *capability)
{
	return follows_below(capability_next(capability), capability->level);
}

struct capability *capability_leaf(const struct capability *capability)
{
	struct capability *leaf = capability_next(capability);

	while (follows_below(leaf, capability->level)) {
		struct capability *child = capability_next(leaf);

		if (follows_below(child, leaf->level))
			leaf = child;
		else if (captable_is_dying_master(leaf))
			leaf = child; /* it goes when its table is empty: take the next one */
		else
			return leaf;
	}
	return NULL;
}

static void link_after(struct capability *slot, struct capability *before)
{
	struct capability *next = slot_at(before->next);

	slot->next = before->next;
	slot->previous = slot_reference(before);
	next->previous = slot_reference(slot);
	before->next = slot_reference(slot);
}

void capability_insert(struct capability *slot, struct capability *parent, void *object,
		       uint32_t meta, bool derived)
{
	kassert(slot->object == NULL);
	slot->object = object;
	slot->meta = meta;
	if (slot->generation == 0)
		slot->generation = 1;
	slot->level = parent == NULL ? 0 : (uint8_t)(parent->level + 1);
	slot->depth = derived ? (uint8_t)(parent->depth + 1) : 0;
	slot->u = (__typeof__(slot->u)){ 0 };
	link_after(slot, parent == NULL ? slot_at(anchor.previous) : parent);
}

static void update_back_references(struct capability *to, const struct capability *from)
{
	struct object *object = capability_object(to);

	if (object != NULL && capability_is_master(to))
		object->master = to;
	if (object != NULL && object->revoker == slot_reference(from))
		object->revoker = slot_reference(to);
	if (capability_maps(to) && to->u.mapping.partition != NULL)
		partition_mapping_moved(to->u.mapping.partition, to, from);
	for (uint32_t i = 0; i < revoking_range_count; i++) {
		if (revoking_ranges[i] == from)
			revoking_ranges[i] = to;
	}
}

void capability_move(struct capability *to, struct capability *from)
{
	kassert(to->object == NULL);
	to->object = from->object;
	to->meta = from->meta;
	if (to->generation == 0)
		to->generation = 1;
	to->next = from->next;
	to->previous = from->previous;
	to->depth = from->depth;
	to->level = from->level;
	to->u = from->u;
	slot_at(to->next)->previous = slot_reference(to);
	slot_at(to->previous)->next = slot_reference(to);
	update_back_references(to, from);
	if (walk == from)
		walk = to;

	from->object = NULL;
	from->meta = 0;
	from->next = from->previous = 0;
	from->generation++;
}

static void unlink(const struct capability *slot)
{
	slot_at(slot->next)->previous = slot->previous;
	slot_at(slot->previous)->next = slot->next;
}

void capability_raise(struct capability *capability)
{
	const struct capability *parent = slot_at(capability->previous);

	kassert(parent->level < capability->level && !capability_has_children(capability));
	unlink(capability);
	capability->level = parent->level;
	link_after(capability, slot_at(parent->previous));
}

void capability_clear(struct capability *slot)
{
	kassert(!capability_has_children(slot));
	if (walk == slot)
		walk = capability_after(slot);
	unlink(slot);
	slot->object = NULL;
	slot->meta = 0;
	slot->next = slot->previous = 0;
	slot->generation++;
}

bool revoking_range_add(struct capability *untyped)
{
	if (revoking_range_count == REVOKING_RANGES_MAX)
		return false;
	revoking_ranges[revoking_range_count++] = untyped;
	return true;
}

struct capability *revoking_range_any(void)
{
	return revoking_ranges[0];
}

void revoking_range_remove(const struct capability *untyped)
{
	for (uint32_t i = 0; i < revoking_range_count; i++) {
		if (revoking_ranges[i] == untyped) {
			revoking_ranges[i] = revoking_ranges[--revoking_range_count];
			return;
		}
	}
}

bool capability_is_busy(const struct capability *capability)
{
	const struct object *object = capability_object(capability);
	uintptr_t address = (uintptr_t)(object != NULL ? (const void *)object : capability->object);

	if ((capability->meta & CAPABILITY_DELETING) != 0 ||
	    (object != NULL && object_is_busy(object)))
		return true;
	for (uint32_t i = 0; i < revoking_range_count; i++) {
		const struct capability *range = revoking_ranges[i];
		uintptr_t base = (uintptr_t)range->object;

		if (address - base < (uintptr_t)1 << range->u.untyped.size_log2 &&
		    (range == capability || range->level < capability->level))
			return true;
	}
	return false;
}
