/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * MemoryRegion and lease: map, unmap, protect. The capability is named by table and handle, so that a
 * builder can make a mapping that belongs to the component whose table it is.
 *
 * The record is written when the change begins. Interrupted, the call is made again with
 * the same arguments, finds the phase in the slot, and goes on.
 */
#include "kernel/region.h"
#include "kernel/lease.h"
#include "kernel/preempt.h"
#include "kernel/syscall.h"

static bool is_lease(const struct capability *capability)
{
	return capability_type(capability) == RVX_OBJECT_LEASE;
}

/* Memory that a device writes to by itself keeps its mappings. */
static bool is_window(const struct capability *capability)
{
	return capability_type(capability) == RVX_OBJECT_REGION &&
	       region_is_window(capability->object);
}

/* Of the log and the telemetry WRITE and EXECUTE are other things: only the kernel writes them. */
static bool allows(const struct capability *capability, uint64_t rights)
{
	uint32_t given = capability_rights(capability);

	if (capability_type(capability) != RVX_OBJECT_REGION && !is_lease(capability))
		given &= RVX_RIGHT_READ;
	return (given & rights) == rights;
}

static enum rvx_status go_on(struct capability *capability)
{
	while (!region_step(capability)) {
		if (preempt_wanted())
			return STATUS_RESTART;
	}
	return RVX_OK;
}

enum rvx_status sys_region_map(struct task *caller, const struct region_map_args *args)
{
	struct partition *partition = args->partition->object;
	struct capability *region = args->region;
	const struct mapping *mapping = &region->u.mapping;
	enum rvx_status status;

	if (!region_rights_valid(args->rights))
		return RVX_BAD_ARGUMENT;
	if (!allows(region, args->rights))
		return RVX_NO_RIGHT;
	if (capability_is_busy(region) || capability_is_busy(args->partition))
		return RVX_BUSY;
	if (!is_lease(region) && mapping->phase == MAPPING_GROWING &&
	    mapping->partition == partition && mapping->address == args->address &&
	    mapping->rights == args->rights)
		return go_on(region);
	if (is_lease(region))
		status = lease_may_map(region->object, partition, args->address, args->rights);
	else
		status = region_may_map(region, partition, args->address, (uint32_t)args->rights);
	if (status != RVX_OK)
		return status;
	if (!witness_record(caller, RVX_WITNESS_REGION_MAP, capability_object_id(region),
			    capability_place(region, (uint32_t)args->rights),
			    RVX_MAPPING(partition->number, args->address, args->rights)))
		return RVX_WITNESS_FULL;
	if (is_lease(region)) {
		lease_map(region, partition, args->address, (uint32_t)args->rights);
		return RVX_OK;
	}
	region_map_begin(region, partition, args->address, (uint32_t)args->rights);
	return go_on(region);
}

enum rvx_status sys_region_unmap(struct task *caller, const struct region_unmap_args *args)
{
	struct capability *region = args->region;
	uint64_t word;

	word = is_lease(region) ? lease_mapping_word(region) : region_mapping_word(region);
	if (!is_lease(region) && region->u.mapping.phase == MAPPING_SHRINKING)
		return go_on(region);
	if (word == 0)
		return RVX_NOT_MAPPED;
	if (is_window(region))
		return RVX_BUSY;
	if (!witness_record(caller, RVX_WITNESS_REGION_UNMAP, capability_object_id(region),
			    capability_place(region, 0), word))
		return RVX_WITNESS_FULL;
	if (is_lease(region)) {
		lease_unmap(region->object);
		return RVX_OK;
	}
	region_unmap_begin(region);
	return go_on(region);
}

enum rvx_status sys_region_protect(struct task *caller, const struct region_protect_args *args)
{
	struct capability *region = args->region;
	const struct mapping *mapping = &region->u.mapping;
	enum rvx_status status;

	if (is_lease(region))
		return RVX_WRONG_TYPE;
	if (!region_rights_valid(args->rights))
		return RVX_BAD_ARGUMENT;
	if (!allows(region, args->rights))
		return RVX_NO_RIGHT;
	if (capability_is_busy(region) || is_window(region))
		return RVX_BUSY;
	if (mapping->partition == NULL)
		return RVX_NOT_MAPPED;
	if (mapping->phase == MAPPING_CHANGING && mapping->rights_next == args->rights)
		return go_on(region);
	if (mapping->phase != MAPPING_STABLE)
		return RVX_BUSY;
	status = region_may_protect(region, (uint32_t)args->rights);
	if (status != RVX_OK)
		return status;
	if (!witness_record(
		    caller, RVX_WITNESS_REGION_PROTECT, capability_object_id(region),
		    capability_place(region, (uint32_t)args->rights),
		    RVX_MAPPING(mapping->partition->number, mapping->address, args->rights)))
		return RVX_WITNESS_FULL;
	region_protect_begin(region, (uint32_t)args->rights);
	return go_on(region);
}
