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

enum rvx_status retype_may_make(const struct capability *untyped, uint64_t type, uint64_t size)
{
	if (!object_serial_left())
		return RVX_LIMIT;
	switch (type) {
	case RVX_OBJECT_UNTYPED:
		if (size < RVX_UNTYPED_LOG2_MIN || size > RVX_UNTYPED_LOG2_MAX)
			return RVX_OUT_OF_RANGE;
		return untyped->u.untyped.nesting >= RVX_UNTYPED_NESTING_MAX ? RVX_DEPTH_EXCEEDED :
									       RVX_OK;
	case RVX_OBJECT_CAPTABLE:
		if (size < RVX_CAPTABLE_LOG2_MIN || size > RVX_CAPTABLE_LOG2_MAX)
			return RVX_OUT_OF_RANGE;
		return RVX_OK;
	case RVX_OBJECT_PARTITION:
		if (size > RVX_PARTITION_TABLES_MAX)
			return RVX_OUT_OF_RANGE;
		if (partition_number_next() == 0)
			return RVX_LIMIT;
		return witness_may_add_partition();
	case RVX_OBJECT_REGION:
		return size == 0 || size > CONFIG_REGION_PAGES_MAX ? RVX_OUT_OF_RANGE : RVX_OK;
	case RVX_OBJECT_TASK:
	case RVX_OBJECT_LEASE:
		return size != 0 ? RVX_OUT_OF_RANGE : RVX_OK;
	case RVX_OBJECT_EDGE:
		if (size != 0)
			return RVX_OUT_OF_RANGE;
		return edge_index_next() == UINT32_MAX ? RVX_LIMIT : RVX_OK;
	default:
		return RVX_BAD_ARGUMENT;
	}
}

enum rvx_status retype_find(const struct capability *untyped, uint64_t type, uint64_t size,
			    struct untyped_place *place)
{
	uint64_t bytes;

	switch (type) {
	case RVX_OBJECT_UNTYPED:
		bytes = (uint64_t)1 << size;
		return untyped_find(untyped, bytes, 0, bytes, place);
	case RVX_OBJECT_CAPTABLE:
		return untyped_find(untyped, RVX_CAPTABLE_SIZE(size), 0, RVX_PAGE_SIZE, place);
	case RVX_OBJECT_PARTITION:
		return untyped_find(untyped, RVX_PARTITION_SIZE(size), 0, RVX_PAGE_SIZE, place);
	case RVX_OBJECT_REGION:
		/* Where blocks could map it, its memory must allow them. */
		return untyped_find(untyped, RVX_REGION_HEADER_SIZE, size * RVX_PAGE_SIZE,
				    size * RVX_PAGE_SIZE >= RVX_BLOCK_SIZE ? RVX_BLOCK_SIZE :
									     RVX_PAGE_SIZE,
				    place);
	case RVX_OBJECT_TASK:
		return untyped_find(untyped, RVX_TASK_SIZE, 0, RVX_PAGE_SIZE, place);
	case RVX_OBJECT_LEASE:
		return untyped_find(untyped, RVX_LEASE_SIZE, 0, RVX_PAGE_SIZE, place);
	default:
		return untyped_find(untyped, RVX_EDGE_SIZE, 0, RVX_PAGE_SIZE, place);
	}
}

static void record(struct partition *actor, uint16_t kind, uint64_t id,
		   const struct capability *slot, const struct capability *untyped, uint64_t size)
{
	witness_emit(kind, RVX_WITNESS_ALLOWED, actor, id,
		     capability_place(slot, (uint32_t)size & 0xffffu),
		     capability_place(untyped, (uint32_t)(size >> 16)));
}

static void make_untyped(struct partition *actor, struct capability *untyped, uint64_t size,
			 const struct untyped_place *place, struct capability *slot)
{
	void *memory = untyped_address(untyped, place->page_offset);
	uint64_t clean = untyped_clean_bytes(untyped, place);
	uint32_t serial = object_serial_next();

	record(actor, RVX_WITNESS_UNTYPED_CREATE, object_id_at(memory, serial), slot, untyped,
	       size);
	capability_insert(slot, untyped, memory,
			  capability_meta(RVX_OBJECT_UNTYPED, RVX_RIGHTS_ALL, CAPABILITY_MASTER),
			  false);
	untyped_init(slot, (uint8_t)size, (uint8_t)(untyped->u.untyped.nesting + 1), serial);
	slot->u.untyped.clean_low = (uint32_t)(clean / OBJECT_ALIGNMENT);
}

void retype_make(struct partition *actor, struct capability *untyped, uint64_t type, uint64_t size,
		 const struct untyped_place *place, struct capability *slot)
{
	void *pages = untyped_address(untyped, place->page_offset);
	void *memory = place->size != 0 ? untyped_address(untyped, place->offset) : pages;
	uint32_t serial;
	uint64_t id;

	if (type == RVX_OBJECT_UNTYPED) {
		make_untyped(actor, untyped, size, place, slot);
		untyped_take(untyped, place);
		return;
	}
	serial = object_serial_next();
	id = object_id_at(memory, serial);
	switch (type) {
	case RVX_OBJECT_CAPTABLE:
		/* The kernel's own first table holds its own master: it must have its serial. */
		(void)captable_create(memory, (uint32_t)size, serial);
		record(actor, RVX_WITNESS_CAP_TABLE_CREATE, id, slot, untyped, size);
		break;
	case RVX_OBJECT_PARTITION:
		record(actor, RVX_WITNESS_PARTITION_CREATE, id, slot, untyped,
		       partition_number_next());
		(void)partition_create(memory, (uint32_t)size, serial);
		witness_partition_added();
		break;
	case RVX_OBJECT_REGION:
		record(actor, RVX_WITNESS_REGION_CREATE, id, slot, untyped, size);
		(void)region_create(memory, (uintptr_t)pages, size, serial);
		break;
	case RVX_OBJECT_TASK:
		memory = &task_create(memory, serial)->object;
		record(actor, RVX_WITNESS_TASK_SPAWN, object_id(memory), slot, untyped, 0);
		break;
	case RVX_OBJECT_LEASE:
		record(actor, RVX_WITNESS_DEVICE_LEASE_CREATE, id, slot, untyped, 0);
		(void)lease_create(memory, serial);
		break;
	default:
		record(actor, RVX_WITNESS_COMM_EDGE_CREATE, id, slot, untyped, edge_index_next());
		memory = &edge_create(memory, serial)->end[0];
		break;
	}
	capability_insert(slot, untyped, memory,
			  capability_meta((uint32_t)type, RVX_RIGHTS_ALL, CAPABILITY_MASTER),
			  false);
	capability_object(slot)->master = slot;
	untyped_take(untyped, place);
}
