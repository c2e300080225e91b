/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Steps of replay for leases. What is given away is kept apart from the objects: a grant ends by
 * one record, whatever became of its lease, and no device is given twice before.
 */
#include "tools/audit/memory.h"
#include "tools/audit/replay_steps.h"

#include <inttypes.h>
#include <ruvix/kinds.h>
#include <stdlib.h>

static struct world_grant *grant_of(const struct replay *replay, uint64_t lease)
{
	struct world_grant *grant;

	LIST_FOREACH(grant, &replay->world->grants, in_world)
	{
		if (grant->lease == lease)
			return grant;
	}
	return NULL;
}

/* One that is in force, or NULL and a reason. */
static struct world_grant *grant_in_force(struct replay *replay, uint64_t lease)
{
	struct world_grant *grant = grant_of(replay, lease);

	if (grant != NULL && !grant->ended)
		return grant;
	(void)replay_refuse(replay, "lease 0x%" PRIx64 " is not in force", lease);
	return NULL;
}

static uint64_t device_end(uint64_t device)
{
	return RVX_LEASE_ADDRESS(device) + (uint64_t)RVX_LEASE_PAGES(device) * RVX_PAGE_SIZE;
}

static bool device_is_free(struct replay *replay, uint64_t device)
{
	const struct world_grant *other;

	LIST_FOREACH(other, &replay->world->grants, in_world)
	{
		if ((RVX_LEASE_ADDRESS(device) < device_end(other->device) &&
		     RVX_LEASE_ADDRESS(other->device) < device_end(device)) ||
		    (RVX_LEASE_INTERRUPT(device) != 0 &&
		     RVX_LEASE_INTERRUPT(device) == RVX_LEASE_INTERRUPT(other->device)))
			return replay_refuse(replay, "the device is still that of lease 0x%" PRIx64,
					     other->lease);
	}
	return true;
}

/* The record that goes on names the window: until a reset the device can write there. */
static bool grant_window(struct replay *replay, const struct rvx_witness *record)
{
	struct world_grant *grant = LIST_FIRST(&replay->world->grants);

	if (grant == NULL || grant->ended || grant->has_window ||
	    replay_object(replay, record->object, RVX_OBJECT_REGION) == NULL)
		return replay_refuse(replay, "a window of no lease, or of no region");
	grant->has_window = true;
	return true;
}

bool replay_lease_grant(struct replay *replay, const struct rvx_witness *record)
{
	struct world_object *lease;
	struct world_grant *grant;

	if ((record->class_ & RVX_WITNESS_CONTINUED) != 0)
		return grant_window(replay, record);
	lease = replay_object(replay, record->object, RVX_OBJECT_LEASE);
	if (lease == NULL)
		return false;
	if (lease->state != RVX_LEASE_EMPTY)
		return replay_refuse(replay, "a lease is granted twice");
	if (RVX_LEASE_PAGES(record->p0) == 0 || RVX_LEASE_PAGES(record->p0) > RVX_LEASE_PAGES_MAX ||
	    RVX_LEASE_STATE(record->p0) != 0 || record->p1 <= record->time)
		return replay_refuse(replay, "there is no such lease");
	if (!device_is_free(replay, record->p0))
		return false;

	lease->state = RVX_LEASE_GRANTED;
	lease->device = record->p0;
	lease->size = RVX_LEASE_PAGES(record->p0);
	grant = memory_new(sizeof(*grant));
	grant->lease = record->object;
	grant->device = record->p0;
	grant->end = record->p1;
	LIST_INSERT_HEAD(&replay->world->grants, grant, in_world);
	return true;
}

bool replay_lease_renew(struct replay *replay, const struct rvx_witness *record)
{
	struct world_grant *grant = grant_in_force(replay, record->object);

	if (grant == NULL)
		return false;
	if (record->p1 != grant->end || record->p0 < grant->end || record->time >= grant->end)
		return replay_refuse(replay,
				     "renewed from another end than there was, or backwards");
	grant->end = record->p0;
	return true;
}

static bool mapping_is(struct replay *replay, const struct world_object *lease, uint64_t mapping)
{
	const struct world_capability *capability;

	LIST_FOREACH(capability, &lease->capabilities, of_object)
	{
		if (capability->mapped_in != NULL && !capability->doomed &&
		    !world_is_doomed(capability->mapped_in) && capability->mapping != mapping)
			return replay_refuse(replay, "another mapping ends than there was");
	}
	return true;
}

bool replay_lease_end(struct replay *replay, const struct rvx_witness *record)
{
	struct world_object *lease = world_object(replay->world, record->object);
	struct world_grant *grant = grant_in_force(replay, record->object);
	struct world_capability *capability;

	if (grant == NULL || (lease != NULL && !mapping_is(replay, lease, record->p1)))
		return false;
	if (record->p0 != grant->end)
		return replay_refuse(replay, "the lease had another end");
	if (record->kind == RVX_WITNESS_DEVICE_LEASE_EXPIRE && record->time < grant->end)
		return replay_refuse(replay, "a lease expires before its time");

	grant->ended = true;
	if (!grant->has_window) {
		LIST_REMOVE(grant, in_world);
		free(grant);
	}
	if (lease == NULL)
		return true;
	lease->state = RVX_LEASE_ENDED;
	LIST_FOREACH(capability, &lease->capabilities, of_object)
	world_unmap(capability);
	world_unbind_end(&lease->end[0]);
	return true;
}

bool replay_lease_reset(struct replay *replay, const struct rvx_witness *record)
{
	struct world_grant *grant = grant_of(replay, record->object);

	if (grant == NULL || !grant->ended || grant->device != record->p0)
		return replay_refuse(replay, "no such device waits for a reset");
	LIST_REMOVE(grant, in_world);
	free(grant);
	return true;
}

bool replay_lease_bind(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_subject(replay, record);
	struct world_object *task = replay_object(replay, record->p1, RVX_OBJECT_TASK);

	if (capability == NULL || task == NULL)
		return false;
	if (grant_in_force(replay, record->object) == NULL)
		return false;
	if (task->partition == NULL)
		return replay_refuse(replay, "a lease is bound to a task that is not bound");
	world_bind_end(capability, task);
	return true;
}
