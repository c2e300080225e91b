/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Steps of replay that map regions and bind tasks and edges. What is doomed stands in nobody's way:
 * it may have been unmapped or unbound already.
 */
#include "tools/audit/names.h"
#include "tools/audit/replay_steps.h"

#include <inttypes.h>

#define WRITE_OR_EXECUTE (RVX_RIGHT_WRITE | RVX_RIGHT_EXECUTE)

static bool can_be_mapped(uint32_t type)
{
	return type == RVX_OBJECT_REGION || type == RVX_OBJECT_TELEMETRY ||
	       type == RVX_OBJECT_WITNESS_LOG || type == RVX_OBJECT_LEASE;
}

/* Whether what a capability maps stands in the way of others. */
static bool mapping_counts(const struct world_capability *capability)
{
	return capability->mapped_in != NULL && !capability->doomed &&
	       !world_is_doomed(capability->mapped_in);
}

static bool rights_are_possible(struct replay *replay, const struct world_capability *capability,
				uint32_t rights)
{
	const struct world_capability *other;

	if ((rights & RVX_RIGHT_READ) == 0 ||
	    (rights & ~(RVX_RIGHT_READ | WRITE_OR_EXECUTE)) != 0 ||
	    (rights & WRITE_OR_EXECUTE) == WRITE_OR_EXECUTE)
		return replay_refuse(replay, "nothing is mapped with rights 0x%x", rights);
	if ((rights & ~capability->rights) != 0)
		return replay_refuse(replay, "mapped with rights that the capability lacks");
	LIST_FOREACH(other, &capability->object->capabilities, of_object)
	{
		if (other != capability && mapping_counts(other) &&
		    ((rights | RVX_MAPPING_RIGHTS(other->mapping)) & WRITE_OR_EXECUTE) ==
			    WRITE_OR_EXECUTE)
			return replay_refuse(replay,
					     "the region is mapped writable and executable");
	}
	return true;
}

static uint64_t mapping_end(const struct world_object *object, uint64_t mapping)
{
	uint64_t pages = object->size == 0 ? 1 : object->size;

	return RVX_MAPPING_ADDRESS(mapping) + pages * RVX_PAGE_SIZE;
}

static bool addresses_are_free(struct replay *replay, const struct world_capability *capability,
			       const struct world_object *partition, uint64_t mapping)
{
	uint64_t start = RVX_MAPPING_ADDRESS(mapping);
	uint64_t limit = (uint64_t)1 << RVX_ADDRESS_BITS;
	const struct world_capability *other;

	if (start >= limit || capability->object->size > (limit - start) / RVX_PAGE_SIZE)
		return replay_refuse(replay, "mapped beyond the address space");
	LIST_FOREACH(other, &partition->mapped, in_mapped)
	{
		if (mapping_counts(other) && start < mapping_end(other->object, other->mapping) &&
		    RVX_MAPPING_ADDRESS(other->mapping) < mapping_end(capability->object, mapping))
			return replay_refuse(replay, "mapped over something else at 0x%" PRIx64,
					     RVX_MAPPING_ADDRESS(other->mapping));
	}
	return true;
}

/* While it is in force, never executable, through one capability at a time. */
static bool lease_may_be_mapped(struct replay *replay, const struct world_object *lease,
				uint32_t rights)
{
	const struct world_capability *other;

	if (lease->type != RVX_OBJECT_LEASE)
		return true;
	if (lease->state != RVX_LEASE_GRANTED)
		return replay_refuse(replay, "a lease is mapped that is not in force");
	if ((rights & RVX_RIGHT_EXECUTE) != 0)
		return replay_refuse(replay, "a lease is mapped executable");
	LIST_FOREACH(other, &lease->capabilities, of_object)
	{
		if (mapping_counts(other))
			return replay_refuse(replay, "a lease is mapped twice");
	}
	return true;
}

bool replay_region_map(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);
	struct world_object *partition =
		replay->world->partition[RVX_MAPPING_PARTITION(record->p1)];

	if (capability == NULL)
		return false;
	if (!can_be_mapped(capability->object->type))
		return replay_refuse(replay, "a %s is mapped",
				     name_of_type(capability->object->type));
	if (!lease_may_be_mapped(replay, capability->object, RVX_MAPPING_RIGHTS(record->p1)))
		return false;
	if (partition == NULL)
		return replay_refuse(replay, "mapped into partition %u, which does not exist",
				     RVX_MAPPING_PARTITION(record->p1));
	if (mapping_counts(capability))
		return replay_refuse(replay, "mapped twice through one capability");
	if (!rights_are_possible(replay, capability, RVX_MAPPING_RIGHTS(record->p1)) ||
	    !addresses_are_free(replay, capability, partition, record->p1))
		return false;

	world_map(capability, partition, record->p1);
	return true;
}

/* Not the rights: an unmap that overtakes a protect tells those that were in force. */
static bool same_pages(uint64_t mapping, uint64_t other)
{
	return RVX_MAPPING_PARTITION(mapping) == RVX_MAPPING_PARTITION(other) &&
	       RVX_MAPPING_ADDRESS(mapping) == RVX_MAPPING_ADDRESS(other);
}

bool replay_region_unmap(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);

	if (capability == NULL)
		return false;
	if (capability->mapped_in == NULL)
		return replay_refuse(replay, "unmapped, but it was not mapped");
	if (!same_pages(record->p1, capability->mapping))
		return replay_refuse(replay, "another mapping is unmapped than there was");
	world_unmap(capability);
	return true;
}

bool replay_region_protect(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);

	if (capability == NULL)
		return false;
	if (capability->mapped_in == NULL)
		return replay_refuse(replay, "protected, but it was not mapped");
	if (!same_pages(record->p1, capability->mapping))
		return replay_refuse(replay, "another mapping is protected than there was");
	if (!rights_are_possible(replay, capability, RVX_MAPPING_RIGHTS(record->p1)))
		return false;
	capability->mapping = record->p1;
	return true;
}

static bool task_is_ending(const struct world_object *task)
{
	return world_is_doomed(task) ||
	       (task->partition != NULL &&
		(world_is_doomed(task->partition) || world_is_doomed(task->table)));
}

bool replay_edge_bind(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);
	struct world_object *task;
	const struct world_end *end;

	if (capability == NULL)
		return false;
	if (capability->object->type != RVX_OBJECT_EDGE)
		return replay_refuse(replay, "a %s is bound as an edge",
				     name_of_type(capability->object->type));
	if (RVX_PLACE_LOW(record->p0) != capability->end << 8)
		return replay_refuse(replay, "another end is bound than the capability names");
	task = replay_object(replay, record->p1, RVX_OBJECT_TASK);
	if (task == NULL)
		return false;
	if (task->partition == NULL)
		return replay_refuse(replay, "an edge is bound to a task that is not bound");
	end = &capability->object->end[capability->end];
	if (end->task != NULL && !end->through->doomed && !task_is_ending(end->task))
		return replay_refuse(replay, "end %u is bound already", capability->end);

	world_bind_end(capability, task);
	return true;
}

bool replay_task_bind(struct replay *replay, const struct rvx_witness *record)
{
	struct world_object *task = replay_object(replay, record->object, RVX_OBJECT_TASK);
	struct world_object *partition, *table;

	if (task == NULL)
		return false;
	partition = replay_object(replay, record->p0, RVX_OBJECT_PARTITION);
	if (partition == NULL)
		return false;
	table = replay_object(replay, record->p1, RVX_OBJECT_CAPTABLE);
	if (table == NULL)
		return false;
	if (task->was_bound)
		return replay_refuse(replay, "task 0x%" PRIx64 " was bound before", task->id);

	world_bind_task(task, partition, table);
	return true;
}
