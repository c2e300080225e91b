/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Making objects out of Untyped. Guarded by all locks. */
#include "kernel/retype.h"
#include "kernel/config.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/region.h"
#include "kernel/task.h"
#include "kernel/witness.h"

static uint32_t serials;

bool object_serial_left(void)
{
	return serials != UINT32_MAX;
}

uint32_t object_serial_next(void)
{
	return ++serials;
}

const struct object_type object_types[RVX_OBJECT_TYPE_COUNT] = {
	[RVX_OBJECT_UNTYPED] = { RVX_WITNESS_UNTYPED_CREATE, RVX_WITNESS_UNTYPED_DESTROY,
				 RVX_UNTYPED_LOG2_MIN, RVX_UNTYPED_LOG2_MAX, 0 },
	[RVX_OBJECT_CAPTABLE] = { RVX_WITNESS_CAP_TABLE_CREATE, RVX_WITNESS_CAP_TABLE_DESTROY,
				  RVX_CAPTABLE_LOG2_MIN, RVX_CAPTABLE_LOG2_MAX, 0 },
	[RVX_OBJECT_PARTITION] = { RVX_WITNESS_PARTITION_CREATE, RVX_WITNESS_PARTITION_DESTROY, 0,
				   RVX_PARTITION_TABLES_MAX, 0 },
	[RVX_OBJECT_TASK] = { RVX_WITNESS_TASK_SPAWN, RVX_WITNESS_TASK_TERMINATE, 0, 0,
			      RVX_TASK_SIZE },
	[RVX_OBJECT_REGION] = { RVX_WITNESS_REGION_CREATE, RVX_WITNESS_REGION_DESTROY, 1,
				CONFIG_REGION_PAGES_MAX, RVX_REGION_HEADER_SIZE },
	[RVX_OBJECT_EDGE] = { RVX_WITNESS_COMM_EDGE_CREATE, RVX_WITNESS_COMM_EDGE_DESTROY, 0, 0,
			      RVX_EDGE_SIZE },
	[RVX_OBJECT_LEASE] = { RVX_WITNESS_DEVICE_LEASE_CREATE, RVX_WITNESS_DEVICE_LEASE_DESTROY, 0,
			       0, RVX_LEASE_SIZE },
};

static enum rvx_status may_make(const struct capability *untyped, uint64_t type, uint64_t size)
{
	if (!object_serial_left())
		return RVX_LIMIT;
	if (type >= RVX_OBJECT_TYPE_COUNT || object_types[type].created == 0)
		return RVX_BAD_ARGUMENT;
	if (size < object_types[type].size_min || size > object_types[type].size_max)
		return RVX_OUT_OF_RANGE;
	if (type == RVX_OBJECT_UNTYPED && untyped->u.untyped.nesting >= RVX_UNTYPED_NESTING_MAX)
		return RVX_DEPTH_EXCEEDED;
	if (type == RVX_OBJECT_EDGE && edge_index_next() == UINT32_MAX)
		return RVX_LIMIT;
	if (type == RVX_OBJECT_PARTITION)
		return partition_number_next() == 0 ? RVX_LIMIT : witness_may_add_partition();
	return RVX_OK;
}

enum rvx_status retype_find(struct capability *untyped, uint64_t type, uint64_t size,
			    struct untyped_place *place)
{
	enum rvx_status status = may_make(untyped, type, size);
	uint64_t bytes, pages_bytes = 0, alignment = RVX_PAGE_SIZE;

	if (status != RVX_OK)
		return status;
	untyped_reclaim(untyped);
	bytes = object_types[type].bytes;
	if (type == RVX_OBJECT_UNTYPED)
		bytes = alignment = (uint64_t)1 << size;
	else if (type == RVX_OBJECT_CAPTABLE)
		bytes = RVX_CAPTABLE_SIZE(size);
	else if (type == RVX_OBJECT_PARTITION)
		bytes = RVX_PARTITION_SIZE(size);
	else if (type == RVX_OBJECT_REGION)
		pages_bytes = size * RVX_PAGE_SIZE;
	/* Where blocks could map a region, its memory must allow them. */
	if (pages_bytes >= RVX_BLOCK_SIZE)
		alignment = RVX_BLOCK_SIZE;
	return untyped_find(untyped, bytes, pages_bytes, alignment, place);
}

/* What the capability is about. The memory is zeroed, but for an Untyped. */
static void *create(void *memory, uint64_t type, uint64_t size, const void *pages)
{
	switch (type) {
	case RVX_OBJECT_CAPTABLE:
		captable_create(memory, (uint32_t)size);
		return memory;
	case RVX_OBJECT_PARTITION:
		partition_create(memory, (uint32_t)size);
		witness_partition_added();
		return memory;
	case RVX_OBJECT_REGION:
		region_create(memory, (uintptr_t)pages, size);
		return memory;
	case RVX_OBJECT_TASK:
		return &task_create(memory)->object;
	case RVX_OBJECT_LEASE:
		lease_create(memory);
		return memory;
	case RVX_OBJECT_EDGE:
		return &edge_create(memory)->end[0];
	default:
		return memory;
	}
}

void retype_make(struct partition *actor, struct capability *untyped, uint64_t type, uint64_t size,
		 const struct untyped_place *place, struct capability *slot)
{
	void *pages = untyped_address(untyped, place->page_offset);
	void *memory = place->size != 0 ? untyped_address(untyped, place->offset) : pages;
	struct object *object = memory;
	uint32_t serial = object_serial_next();
	uint64_t told = size;

	if (type == RVX_OBJECT_TASK)
		object = &((struct task *)memory)->object;
	else if (type == RVX_OBJECT_PARTITION)
		told = partition_number_next();
	else if (type == RVX_OBJECT_EDGE)
		told = edge_index_next();
	/* Before the record: the kernel's own first table holds its own master. */
	if (type != RVX_OBJECT_UNTYPED) {
		object->type = (uint32_t)type;
		object->serial = serial;
	}
	witness_emit(object_types[type].created, RVX_WITNESS_ALLOWED, actor,
		     object_id_at(object, serial), capability_place(slot, (uint32_t)told & 0xffffu),
		     capability_place(untyped, (uint32_t)(told >> 16)));
	capability_insert(slot, untyped, create(memory, type, size, pages),
			  capability_meta((uint32_t)type, RVX_RIGHTS_ALL, CAPABILITY_MASTER),
			  false);
	if (type == RVX_OBJECT_UNTYPED) {
		untyped_init(slot, (uint8_t)size, (uint8_t)(untyped->u.untyped.nesting + 1),
			     serial);
		slot->u.untyped.clean_low =
			(uint32_t)(untyped_clean_bytes(untyped, place) / OBJECT_ALIGNMENT);
	} else {
		object->master = slot;
	}
	untyped_take(untyped, place);
}
