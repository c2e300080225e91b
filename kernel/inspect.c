/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the kernel tells about a capability and its object. Guarded by all locks. */
#include "kernel/inspect.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/partition.h"
#include "kernel/region.h"
#include "kernel/task.h"

static uint64_t id_of_task(const struct task *task)
{
	return task != NULL ? object_id(&task->object) : 0;
}

static void detail_of_master(const struct capability *capability, uint64_t detail[2])
{
	const struct captable *table = capability->object;
	const struct partition *partition = capability->object;
	const struct region *region = capability->object;
	const struct lease *lease = capability->object;
	const struct edge_end *end = capability->object;
	const struct task *task;

	switch (capability_type(capability)) {
	case RVX_OBJECT_UNTYPED:
		detail[0] = capability->u.untyped.size_log2;
		break;
	case RVX_OBJECT_CAPTABLE:
		detail[0] = (uint64_t)__builtin_ctz(table->slot_count);
		break;
	case RVX_OBJECT_PARTITION:
		detail[0] = partition_actor(partition);
		detail[1] = partition->state;
		break;
	case RVX_OBJECT_TASK:
		task = task_of(capability->object);
		detail[0] = task->partition != NULL ? object_id(&task->partition->object) : 0;
		detail[1] = task->table != NULL ? object_id(&task->table->object) : 0;
		break;
	case RVX_OBJECT_REGION:
		detail[0] = region->pages;
		break;
	case RVX_OBJECT_EDGE:
		detail[end->index] = id_of_task(end->task);
		detail[end->far->index] = id_of_task(end->far->task);
		break;
	case RVX_OBJECT_LEASE:
		detail[0] = lease->device | lease->state;
		/* After its end a task is only told of that. */
		if (lease->state == RVX_LEASE_GRANTED)
			detail[1] = id_of_task(lease->task);
		break;
	default:
		break;
	}
}

void inspect_capability(const struct capability *capability, struct rvx_state_entry *entry)
{
	bool master = capability_is_master(capability);

	*entry = (struct rvx_state_entry){ 0 };
	entry->place = capability_place(capability, capability_rights(capability) |
							    capability_end(capability) << 8);
	entry->object = capability_object_id(capability);
	entry->type = capability_type(capability) | (master ? RVX_STATE_MASTER : 0) |
		      (uint64_t)capability->level << 16;
	if (capability_maps(capability))
		entry->mapping = region_mapping_word(capability);
	if (capability_type(capability) == RVX_OBJECT_LEASE)
		entry->mapping = lease_mapping_word(capability);
	if (master)
		detail_of_master(capability, entry->detail);
}
