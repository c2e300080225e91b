/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Steps of replay that make, move and remove capabilities. A place that is to be filled is looked
 * at first: if it holds something doomed that must have gone already, and takes along what hung
 * below it, so nothing may be looked up before.
 */
#include "tools/audit/names.h"
#include "tools/audit/replay_steps.h"

#include <inttypes.h>
#include <ruvix/kinds.h>

#define RIGHTS_TO_GRANT (RVX_RIGHT_GRANT | RVX_RIGHT_GRANT_ONCE)
#define ADDRESS_SHIFT 6u /* of what an object id holds of its address */

/* Whether a place exists and is empty. */
static bool vacate(struct replay *replay, const struct rvx_witness *record, uint64_t place)
{
	uint32_t serial = RVX_PLACE_TABLE(place), slot = RVX_PLACE_SLOT(place);
	struct world_capability *occupant = world_capability(replay->world, serial, slot);

	if (serial == 0 && record->actor != 0)
		return replay_refuse(replay, "a partition reached a table of the kernel's own");
	if (serial != 0 && slot == 0)
		return replay_refuse(replay, "slot 0 of table %u is never used", serial);
	if (occupant != NULL && !occupant->doomed)
		return replay_refuse(replay, "table %u slot %u is occupied", serial, slot);
	if (occupant != NULL)
		world_remove(replay->world, occupant);
	return true;
}

static bool has_slot(struct replay *replay, uint64_t place, uint64_t size_log2)
{
	if (RVX_PLACE_SLOT(place) >> size_log2 != 0)
		return replay_refuse(replay, "table %u has no slot %u", RVX_PLACE_TABLE(place),
				     RVX_PLACE_SLOT(place));
	return true;
}

/* The same where the table must be known: everywhere but at boot. */
static bool vacate_in_table(struct replay *replay, const struct rvx_witness *record, uint64_t place)
{
	const struct world_object *table;

	if (!vacate(replay, record, place))
		return false;
	if (RVX_PLACE_TABLE(place) == 0)
		return true;
	table = world_table(replay->world, RVX_PLACE_TABLE(place));
	if (table == NULL)
		return replay_refuse(replay, "there is no table %u", RVX_PLACE_TABLE(place));
	return has_slot(replay, place, table->size);
}

/* The kernel makes the root's table with its master in the table itself. */
static bool vacate_for_new(struct replay *replay, const struct rvx_witness *record, uint32_t type,
			   uint64_t size)
{
	if (type == RVX_OBJECT_CAPTABLE && record->actor == 0 &&
	    RVX_PLACE_TABLE(record->p0) == record->object >> 32)
		return vacate(replay, record, record->p0) && has_slot(replay, record->p0, size);
	return vacate_in_table(replay, record, record->p0);
}

static bool id_is_new(struct replay *replay, uint64_t id)
{
	if (world_object(replay->world, id) != NULL)
		return replay_refuse(replay, "object 0x%" PRIx64 " exists already", id);
	return true;
}

static bool size_is_possible(struct replay *replay, uint32_t type, uint64_t size)
{
	bool possible = true;

	if (type == RVX_OBJECT_UNTYPED)
		possible = size >= RVX_UNTYPED_LOG2_MIN && size <= RVX_UNTYPED_LOG2_MAX;
	if (type == RVX_OBJECT_CAPTABLE)
		possible = size >= RVX_CAPTABLE_LOG2_MIN && size <= RVX_CAPTABLE_LOG2_MAX;
	if (type == RVX_OBJECT_REGION)
		possible = size != 0;
	if (type == RVX_OBJECT_PARTITION)
		possible = size != 0 && size < WORLD_PARTITIONS;
	if (!possible)
		return replay_refuse(replay, "no %s has size or number %" PRIu64,
				     name_of_type(type), size);
	if (type == RVX_OBJECT_PARTITION && replay->world->partition[size] != NULL) {
		struct world_object *old = replay->world->partition[size];

		if (!world_is_doomed(old))
			return replay_refuse(replay, "partition %" PRIu64 " exists already", size);
		world_remove(replay->world, old->master);
	}
	return true;
}

static void note_serial(struct replay *replay, uint64_t id)
{
	if (id >> 32 > replay->serial)
		replay->serial = (uint32_t)(id >> 32);
}

bool replay_boot_capability(struct replay *replay, const struct rvx_witness *record)
{
	uint32_t rights = RVX_PLACE_LOW(record->p0) & RVX_RIGHTS_ALL;
	uint32_t type = RVX_PLACE_LOW(record->p0) >> 8;

	if (record->actor != 0)
		return replay_refuse(replay, "BootCapability by a partition");
	if (type == RVX_OBJECT_NONE || type >= RVX_OBJECT_TYPE_COUNT)
		return replay_refuse(replay, "there is no object type %u", type);
	if (!vacate(replay, record, record->p0) || !id_is_new(replay, record->object) ||
	    !size_is_possible(replay, type, record->p1))
		return false;
	if (type == RVX_OBJECT_CAPTABLE &&
	    world_table(replay->world, (uint32_t)(record->object >> 32)) != NULL)
		return replay_refuse(replay, "two tables have one serial");

	(void)world_create(replay->world, record->object, type, record->p1, rights,
			   RVX_PLACE_TABLE(record->p0), RVX_PLACE_SLOT(record->p0), NULL);
	note_serial(replay, record->object);
	return true;
}

/* Whether an object can be made out of an Untyped with an id that lies in its memory. */
static bool untyped_may_make(struct replay *replay, const struct world_capability *untyped,
			     uint64_t id, uint32_t type)
{
	const struct world_object *memory = untyped->object;
	uint64_t offset = (uint32_t)((uint32_t)id - (uint32_t)memory->id);

	if (memory->type != RVX_OBJECT_UNTYPED)
		return replay_refuse(replay, "a %s is made out of a %s", name_of_type(type),
				     name_of_type(memory->type));
	if ((untyped->rights & RVX_RIGHT_WRITE) == 0)
		return replay_refuse(replay, "the Untyped is used without the right WRITE");
	if (type == RVX_OBJECT_UNTYPED && memory->nesting >= RVX_UNTYPED_NESTING_MAX)
		return replay_refuse(replay, "Untyped are nested too deep");
	if (offset << ADDRESS_SHIFT >> memory->size != 0)
		return replay_refuse(replay, "object 0x%" PRIx64 " lies outside its Untyped", id);
	if (id >> 32 <= replay->serial)
		return replay_refuse(replay, "object 0x%" PRIx64 " has the serial of an older one",
				     id);
	return true;
}

bool replay_create(struct replay *replay, const struct rvx_witness *record, uint32_t type)
{
	uint64_t size = RVX_PLACE_LOW(record->p0) | RVX_PLACE_LOW(record->p1) << 16;
	struct world_capability *untyped;

	if (!size_is_possible(replay, type, size) || !vacate_for_new(replay, record, type, size) ||
	    !id_is_new(replay, record->object))
		return false;
	untyped = replay_at(replay, record->p1);
	if (untyped == NULL || !untyped_may_make(replay, untyped, record->object, type))
		return false;

	/* An edge's index, and the 0 of what has no size, are not sizes. */
	if (type == RVX_OBJECT_EDGE || type == RVX_OBJECT_TASK || type == RVX_OBJECT_LEASE)
		size = 0;
	(void)world_create(replay->world, record->object, type, size, RVX_RIGHTS_ALL,
			   RVX_PLACE_TABLE(record->p0), RVX_PLACE_SLOT(record->p0), untyped);
	note_serial(replay, record->object);
	return true;
}

static bool may_derive(struct replay *replay, const struct world_capability *source,
		       uint32_t rights, uint32_t end)
{
	if (source->object->type == RVX_OBJECT_UNTYPED)
		return replay_refuse(replay, "an Untyped is derived");
	if ((source->rights & RIGHTS_TO_GRANT) == 0)
		return replay_refuse(replay, "derived without the right GRANT or GRANT_ONCE");
	if ((rights & ~source->rights) != 0)
		return replay_refuse(replay, "derived with rights that the source lacks");
	if ((source->rights & RVX_RIGHT_GRANT) == 0 && (rights & RIGHTS_TO_GRANT) != 0)
		return replay_refuse(replay, "derived by GRANT_ONCE with a right to grant");
	if (source->depth >= RVX_DERIVATION_DEPTH_MAX)
		return replay_refuse(replay, "derived too deep");
	if (source->object->type != RVX_OBJECT_EDGE && end != 0)
		return replay_refuse(replay, "a %s has no end 1",
				     name_of_type(source->object->type));
	if (end != source->end && !world_is_master(source))
		return replay_refuse(replay, "derived with the other end of the edge");
	return true;
}

bool replay_derive(struct replay *replay, const struct rvx_witness *record)
{
	uint32_t low = RVX_PLACE_LOW(record->p0);
	uint32_t rights = low & RVX_RIGHTS_ALL, end = low >> 8 & 1;
	struct world_capability *source;

	if ((low & ~(RVX_RIGHTS_ALL | 0x100u)) != 0)
		return replay_refuse(replay, "the derived capability has unknown bits");
	if (!vacate_in_table(replay, record, record->p0))
		return false;
	source = replay_at(replay, record->p1);
	if (source == NULL)
		return false;
	if (source->object->id != record->object)
		return replay_refuse(replay, "the source is for 0x%" PRIx64 ", not for 0x%" PRIx64,
				     source->object->id, record->object);
	if (!may_derive(replay, source, rights, end))
		return false;

	(void)world_derive(replay->world, source, RVX_PLACE_TABLE(record->p0),
			   RVX_PLACE_SLOT(record->p0), rights, end);
	return true;
}

bool replay_move(struct replay *replay, const struct rvx_witness *record)
{
	uint32_t to = RVX_PLACE_TABLE(record->p0), from = RVX_PLACE_TABLE(record->p1);
	struct world_capability *capability;

	if (!vacate_in_table(replay, record, record->p0))
		return false;
	capability = replay_at(replay, record->p1);
	if (capability == NULL)
		return false;
	if (capability->object->id != record->object)
		return replay_refuse(replay, "what is moved is 0x%" PRIx64 ", not 0x%" PRIx64,
				     capability->object->id, record->object);
	if (from == 0 && record->actor != 0)
		return replay_refuse(replay, "a partition reached a table of the kernel's own");
	if (to != from && (capability->rights & RVX_RIGHT_GRANT) == 0)
		return replay_refuse(replay, "moved to another table without the right GRANT");

	world_move(replay->world, capability, to, RVX_PLACE_SLOT(record->p0));
	return true;
}

static bool has_no_children(struct replay *replay, const struct world_capability *capability)
{
	const struct world_capability *child;

	LIST_FOREACH(child, &capability->children, sibling)
	{
		if (!child->doomed)
			return replay_refuse(replay, "removed while others are derived from it");
	}
	return true;
}

bool replay_delete(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);

	if (capability == NULL)
		return false;
	if (world_is_master(capability))
		return replay_refuse(replay, "a master is deleted, but its %s not destroyed",
				     name_of_type(capability->object->type));
	if (!has_no_children(replay, capability))
		return false;
	world_remove(replay->world, capability);
	return true;
}

bool replay_revoke(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);

	if (capability == NULL)
		return false;
	if ((capability->rights & RVX_RIGHT_REVOKE) == 0)
		return replay_refuse(replay, "revoked without the right REVOKE");
	if ((record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_BEGIN)
		world_begin(replay->world, record->kind, record->object, capability, false);
	else
		world_remove_children(replay->world, capability);
	return true;
}

bool replay_destroy(struct replay *replay, const struct rvx_witness *record, uint32_t type)
{
	struct world_capability *master = replay_subject(replay, record);

	if (master == NULL)
		return false;
	if (master->object->type != type)
		return replay_refuse(replay, "a %s is destroyed as a %s",
				     name_of_type(master->object->type), name_of_type(type));
	if (!world_is_master(master))
		return replay_refuse(replay, "destroyed by a capability that is not the master");
	if (!has_no_children(replay, master))
		return false;
	if ((record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_BEGIN)
		world_begin(replay->world, record->kind, record->object, master, true);
	else
		world_remove(replay->world, master);
	return true;
}

bool replay_end(struct replay *replay, const struct rvx_witness *record)
{
	const struct world_operation *operation =
		world_operation(replay->world, record->kind, record->object);

	/* A dying table may hold its own master in its slot 0: only a revoke stays in its place. */
	if (record->kind == RVX_WITNESS_CAPABILITY_REVOKE && operation != NULL &&
	    operation->root != NULL &&
	    operation->root->place !=
		    world_place(RVX_PLACE_TABLE(record->p0), RVX_PLACE_SLOT(record->p0)))
		return replay_refuse(replay, "a revoke ends at another capability than it began");
	world_end(replay->world, record->kind, record->object);
	return true;
}
