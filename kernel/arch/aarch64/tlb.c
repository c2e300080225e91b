/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* TLB and cache maintenance. */
#include "kernel/arch/aarch64/tlb.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/arch/cpu.h"
#include "kernel/partition.h"

void tlb_publish(void)
{
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

/* TLBI by VMID means the current one: so the partition's is loaded for it. */
void tlb_flush_partition(const struct partition *partition)
{
	uint64_t current;

	if (partition->vttbr == arch_vttbr_none())
		return;
	current = READ_REGISTER(vttbr_el2);
	if (current != partition->vttbr) {
		WRITE_REGISTER(vttbr_el2, partition->vttbr);
		isb();
	}
	__asm__ volatile("dsb ishst\n\ttlbi vmalls12e1is\n\tdsb ish" : : : "memory");
	if (current != partition->vttbr)
		WRITE_REGISTER(vttbr_el2, current);
	isb();
}

void instruction_cache_sync(uint64_t physical, uint64_t size)
{
	uint64_t type = READ_REGISTER(ctr_el0);
	uint64_t line = (uint64_t)4 << (type >> 16 & 0xf);

	/* CTR_EL0.IDC: instruction fetches see data writes without cleaning. */
	if ((type >> 28 & 1) == 0) {
		for (uint64_t at = physical; at < physical + size; at += line)
			__asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
	}
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}
