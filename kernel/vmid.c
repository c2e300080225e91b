/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* VMIDs: assign and roll over. Guarded by all locks. */
#include "kernel/vmid.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/task.h"
#include "kernel/witness.h"

static struct partition *owners[CONFIG_VMIDS];
static uint32_t vmid_limit;
static uint32_t vmid_next;
static uint64_t generation;

void vmid_init(void)
{
	uint32_t count = arch_vmid_count();

	vmid_limit = count < CONFIG_VMIDS ? count : CONFIG_VMIDS;
	/* One for idle cores, and one for the partition that runs on each. */
	if (core_count + 1 > vmid_limit)
		core_count = vmid_limit - 1;
	vmid_next = 1;
	generation = 1;
}

bool vmid_is_assigned(const struct partition *partition)
{
	return partition->vttbr != arch_vttbr_none();
}

static bool runs_somewhere(const struct partition *partition)
{
	for (uint32_t i = 0; i < core_count; i++) {
		if (cores[i].running != NULL && cores[i].running->user->partition == partition)
			return true;
	}
	return false;
}

static void roll_over(void)
{
	for (uint32_t i = 1; i < vmid_limit; i++) {
		if (owners[i] == NULL || runs_somewhere(owners[i]))
			continue;
		owners[i]->vttbr = arch_vttbr_none();
		owners[i] = NULL;
	}
	generation++;
	vmid_next = 1;
	arch_tlb_flush_all();
	witness_vmid_reclaim(generation);
}

/* The next of this generation; those that went on from the last one are passed over. */
static uint32_t next_free(void)
{
	while (vmid_next < vmid_limit && owners[vmid_next] != NULL)
		vmid_next++;
	return vmid_next;
}

void vmid_assign(struct partition *partition)
{
	if (next_free() == vmid_limit) {
		roll_over();
		(void)next_free();
	}
	owners[vmid_next] = partition;
	partition->vttbr = arch_vttbr(vmid_next, partition->root);
	vmid_next++;
}

void vmid_release(struct partition *partition)
{
	if (!vmid_is_assigned(partition))
		return;
	for (uint32_t i = 1; i < vmid_limit; i++) {
		if (owners[i] == partition)
			owners[i] = NULL;
	}
	partition->vttbr = arch_vttbr_none();
}
