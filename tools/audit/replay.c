/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replay: the way of a record to its step, and the steps that only look or set a state. */
#include "tools/audit/replay.h"
#include "tools/audit/names.h"
#include "tools/audit/replay_steps.h"

#include <inttypes.h>
#include <ruvix/kinds.h>
#include <stdarg.h>
#include <stdio.h>

void replay_init(struct replay *replay)
{
	*replay = (struct replay){ .world = world_new() };
}

void replay_fini(struct replay *replay)
{
	world_free(replay->world);
	replay->world = NULL;
}

bool replay_refuse(struct replay *replay, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(replay->reason, sizeof(replay->reason), format, arguments);
	va_end(arguments);
	return false;
}

struct world_capability *replay_at(struct replay *replay, uint64_t place)
{
	struct world_capability *capability =
		world_capability(replay->world, RVX_PLACE_TABLE(place), RVX_PLACE_SLOT(place));

	if (capability == NULL)
		(void)replay_refuse(replay, "there is no capability in table %u slot %u",
				    RVX_PLACE_TABLE(place), RVX_PLACE_SLOT(place));
	return capability;
}

struct world_object *replay_object(struct replay *replay, uint64_t id, uint32_t type)
{
	struct world_object *object = world_object(replay->world, id);

	if (object != NULL && object->type == type)
		return object;
	(void)replay_refuse(replay, "there is no %s with id 0x%" PRIx64, name_of_type(type), id);
	return NULL;
}

struct world_capability *replay_subject(struct replay *replay, const struct rvx_witness *record)
{
	struct world_capability *capability = replay_at(replay, record->p0);

	if (capability == NULL || capability->object->id == record->object)
		return capability;
	(void)replay_refuse(replay,
			    "the capability in table %u slot %u is for 0x%" PRIx64
			    ", not for 0x%" PRIx64,
			    RVX_PLACE_TABLE(record->p0), RVX_PLACE_SLOT(record->p0),
			    capability->object->id, record->object);
	return NULL;
}

static bool partition_state(struct replay *replay, const struct rvx_witness *record, uint32_t from,
			    uint32_t to)
{
	struct world_object *partition =
		replay_object(replay, record->object, RVX_OBJECT_PARTITION);

	if (partition == NULL)
		return false;
	if (partition->state != from)
		return replay_refuse(replay, "partition %u is %s, not %s", partition->number,
				     name_of_partition_state(partition->state),
				     name_of_partition_state(from));
	partition->state = to;
	return true;
}

static bool task_exists(struct replay *replay, const struct rvx_witness *record)
{
	return replay_object(replay, record->object, RVX_OBJECT_TASK) != NULL;
}

static bool task_is_bound(struct replay *replay, const struct rvx_witness *record)
{
	const struct world_object *task = replay_object(replay, record->object, RVX_OBJECT_TASK);

	if (task == NULL)
		return false;
	if (task->partition == NULL)
		return replay_refuse(replay, "task 0x%" PRIx64 " is not bound", task->id);
	return true;
}

static bool task_supervise(struct replay *replay, const struct rvx_witness *record)
{
	return task_exists(replay, record) &&
	       replay_object(replay, record->p0, RVX_OBJECT_TASK) != NULL;
}

static bool partition_exists(struct replay *replay, const struct rvx_witness *record)
{
	return replay_object(replay, record->object, RVX_OBJECT_PARTITION) != NULL;
}

static bool refusals(struct replay *replay, const struct rvx_witness *record)
{
	if ((record->class_ & RVX_WITNESS_OUTCOME) != RVX_WITNESS_DENIED)
		return replay_refuse(replay, "ProofRejected that is not denied");
	if (record->p1 == 0)
		return replay_refuse(replay, "ProofRejected of no refusal");
	return true;
}

/* What may be recorded of a partition after it is gone, or while it does not run. */
static bool is_belated(const struct rvx_witness *record)
{
	return (record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_END ||
	       record->kind == RVX_WITNESS_PROOF_REJECTED ||
	       record->kind == RVX_WITNESS_TASK_FAULT ||
	       record->kind == RVX_WITNESS_DEVICE_LEASE_EXPIRE ||
	       record->kind == RVX_WITNESS_DEVICE_LEASE_REVOKE;
}

static bool actor_may(struct replay *replay, const struct rvx_witness *record)
{
	uint32_t number = record->actor >> 16, generation = record->actor & 0xffffu;
	const struct world_object *partition = replay->world->partition[number];

	if (record->actor == 0)
		return true;
	if (number == 0 || generation == 0 || generation > replay->world->generation[number])
		return replay_refuse(replay, "the actor, partition %u.%u, never existed", number,
				     generation);
	if (is_belated(record))
		return true;
	if (partition == NULL || partition->generation != generation)
		return replay_refuse(replay, "the actor, partition %u.%u, is gone", number,
				     generation);
	if (partition->state != RVX_PARTITION_RUNNING && partition->state != RVX_PARTITION_RECOVERY)
		return replay_refuse(replay, "the actor, partition %u.%u, is %s", number,
				     generation, name_of_partition_state(partition->state));
	return true;
}

static bool step(struct replay *replay, const struct rvx_witness *record)
{
	switch (record->kind) {
	case RVX_WITNESS_BOOT_CAPABILITY:
		return replay_boot_capability(replay, record);
	case RVX_WITNESS_UNTYPED_CREATE:
		return replay_create(replay, record, RVX_OBJECT_UNTYPED);
	case RVX_WITNESS_CAP_TABLE_CREATE:
		return replay_create(replay, record, RVX_OBJECT_CAPTABLE);
	case RVX_WITNESS_PARTITION_CREATE:
		return replay_create(replay, record, RVX_OBJECT_PARTITION);
	case RVX_WITNESS_REGION_CREATE:
		return replay_create(replay, record, RVX_OBJECT_REGION);
	case RVX_WITNESS_COMM_EDGE_CREATE:
		return replay_create(replay, record, RVX_OBJECT_EDGE);
	case RVX_WITNESS_DEVICE_LEASE_CREATE:
		return replay_create(replay, record, RVX_OBJECT_LEASE);
	case RVX_WITNESS_TASK_SPAWN:
		return replay_create(replay, record, RVX_OBJECT_TASK);
	case RVX_WITNESS_CAPABILITY_GRANT:
	case RVX_WITNESS_CAPABILITY_DELEGATE:
		return replay_derive(replay, record);
	case RVX_WITNESS_CAPABILITY_MOVE:
		return replay_move(replay, record);
	case RVX_WITNESS_CAPABILITY_DELETE:
		return replay_delete(replay, record);
	case RVX_WITNESS_CAPABILITY_REVOKE:
		return replay_revoke(replay, record);
	case RVX_WITNESS_UNTYPED_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_UNTYPED);
	case RVX_WITNESS_CAP_TABLE_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_CAPTABLE);
	case RVX_WITNESS_PARTITION_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_PARTITION);
	case RVX_WITNESS_REGION_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_REGION);
	case RVX_WITNESS_COMM_EDGE_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_EDGE);
	case RVX_WITNESS_DEVICE_LEASE_DESTROY:
		return replay_destroy(replay, record, RVX_OBJECT_LEASE);
	case RVX_WITNESS_DEVICE_LEASE_GRANT:
		return replay_lease_grant(replay, record);
	case RVX_WITNESS_DEVICE_LEASE_RENEW:
		return replay_lease_renew(replay, record);
	case RVX_WITNESS_DEVICE_LEASE_EXPIRE:
	case RVX_WITNESS_DEVICE_LEASE_REVOKE:
		return replay_lease_end(replay, record);
	case RVX_WITNESS_DEVICE_LEASE_RESET:
		return replay_lease_reset(replay, record);
	case RVX_WITNESS_DEVICE_LEASE_BIND:
		return replay_lease_bind(replay, record);
	case RVX_WITNESS_TASK_TERMINATE:
		return replay_destroy(replay, record, RVX_OBJECT_TASK);
	case RVX_WITNESS_REGION_MAP:
		return replay_region_map(replay, record);
	case RVX_WITNESS_REGION_UNMAP:
		return replay_region_unmap(replay, record);
	case RVX_WITNESS_REGION_PROTECT:
		return replay_region_protect(replay, record);
	case RVX_WITNESS_COMM_EDGE_BIND:
		return replay_edge_bind(replay, record);
	case RVX_WITNESS_TASK_BIND:
		return replay_task_bind(replay, record);
	case RVX_WITNESS_PARTITION_START:
		return partition_state(replay, record, RVX_PARTITION_CREATED,
				       RVX_PARTITION_RUNNING);
	case RVX_WITNESS_PARTITION_SUSPEND:
		return partition_state(replay, record, RVX_PARTITION_RUNNING,
				       RVX_PARTITION_SUSPENDED);
	case RVX_WITNESS_PARTITION_RESUME:
		return partition_state(replay, record, RVX_PARTITION_SUSPENDED,
				       RVX_PARTITION_RUNNING);
	case RVX_WITNESS_MODE_SWITCH:
		if (record->p0 == RVX_PARTITION_RECOVERY)
			return partition_state(replay, record, RVX_PARTITION_RUNNING,
					       RVX_PARTITION_RECOVERY);
		if (record->p0 == RVX_PARTITION_RUNNING)
			return partition_state(replay, record, RVX_PARTITION_RECOVERY,
					       RVX_PARTITION_RUNNING);
		return replay_refuse(replay, "no partition switches to mode %lu",
				     (unsigned long)record->p0);
	case RVX_WITNESS_TASK_START:
		return task_is_bound(replay, record);
	case RVX_WITNESS_TASK_SUSPEND:
	case RVX_WITNESS_TASK_RESUME:
	case RVX_WITNESS_TASK_REGISTERS:
	case RVX_WITNESS_TASK_SCHEDULE:
		return task_exists(replay, record);
	case RVX_WITNESS_TASK_SUPERVISE:
		return task_supervise(replay, record);
	case RVX_WITNESS_CREDIT_GRANT:
		return partition_exists(replay, record);
	default:
		return true; /* it changes nothing that is kept here */
	}
}

bool replay_apply(struct replay *replay, const struct rvx_witness *record)
{
	if (!actor_may(replay, record))
		return false;
	if (record->kind == RVX_WITNESS_PROOF_REJECTED)
		return refusals(replay, record);
	if ((record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_DENIED)
		return replay_refuse(replay, "a change that is denied");
	if ((record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_END)
		return replay_end(replay, record);
	if (!LIST_EMPTY(&replay->world->operations))
		world_mark_doomed(replay->world);
	return step(replay, record);
}
