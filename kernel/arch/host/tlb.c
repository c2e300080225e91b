/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The host's translations: a walk over the tables as the architecture manual has it (DDI 0487,
 * D8), written without a look at stage2.c, and a cache of its results by VMID that
 * only forgets what it is told to.
 */
#include "kernel/arch/aarch64/tlb.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/host/host.h"
#include "kernel/partition.h"

#include <stdlib.h>
#include <string.h>

#define NO_ADDRESS UINT64_MAX
#define VMID(vttbr) ((uint32_t)((vttbr) >> 48))
#define ROOT(vttbr) ((const uint64_t *)(uintptr_t)((vttbr) & 0xffffffffffffu))

struct translation {
	bool valid;
	uint32_t vmid;
	uint64_t page;
	uint64_t physical;
	uint32_t rights;
};
static struct translation cache[HOST_TLB_ENTRIES];

void tlb_publish(void)
{
}

void arch_tlb_flush_all(void)
{
	host.tlb_flushes++;
	memset(cache, 0, sizeof(cache));
}

void tlb_flush_partition(const struct partition *partition)
{
	if (partition->vttbr == arch_vttbr_none())
		return;
	host.tlb_flushes++;
	for (size_t i = 0; i < HOST_TLB_ENTRIES; i++) {
		if (cache[i].vmid == VMID(partition->vttbr))
			cache[i].valid = false;
	}
}

void instruction_cache_sync(uint64_t physical, uint64_t size)
{
	if (physical < HOST_RAM_BASE || physical - HOST_RAM_BASE + size > host.ram_size)
		abort();
	host.synced_bytes += size;
}

static bool in_ram(uint64_t physical)
{
	return physical >= HOST_RAM_BASE && physical - HOST_RAM_BASE < host.ram_size;
}

/* S2AP: bit 6 read, bit 7 write; XN[1:0] in bits 54 and 53: 00 is executable. */
static uint32_t rights_of(uint64_t descriptor)
{
	uint32_t rights = 0;

	if ((descriptor >> 6 & 1) != 0)
		rights |= RVX_RIGHT_READ;
	if ((descriptor >> 7 & 1) != 0)
		rights |= RVX_RIGHT_WRITE;
	if ((descriptor >> 53 & 3) == 0)
		rights |= RVX_RIGHT_EXECUTE;
	return rights;
}

/* MemAttr 1111: Normal write-back, 0001: Device-nGnRE, never executable; SH 11: inner shareable;
 * AF set; reserved bits clear. */
static bool attributes_are_right(uint64_t descriptor)
{
	bool memory = in_ram(descriptor & 0xfffffffff000u);

	if (!memory && (rights_of(descriptor) & RVX_RIGHT_EXECUTE) != 0)
		return false;
	return (descriptor >> 2 & 0xf) == (memory ? 0xf : 0x1) && (descriptor >> 8 & 3) == 3 &&
	       (descriptor >> 10 & 1) == 1 && (descriptor >> 11 & 1) == 0 &&
	       (descriptor >> 48 & 0x1f) == 0 && (descriptor >> 55) == 0;
}

uint64_t host_walk(const uint64_t *root, uint64_t address, uint32_t *rights)
{
	const uint64_t *table = root;

	*rights = 0;
	if (address >> RVX_ADDRESS_BITS != 0)
		return NO_ADDRESS;
	for (uint32_t level = 1; level <= 3; level++) {
		uint32_t shift = 12 + 9 * (3 - level);
		uint64_t descriptor = table[address >> shift & 511];
		uint64_t output = descriptor & 0xfffffffff000u;
		bool last = level == 3 ? (descriptor & 3) == 3 : (descriptor & 3) == 1;

		if ((descriptor & 1) == 0)
			return NO_ADDRESS;
		if (level == 3 && (descriptor & 3) == 1)
			abort(); /* a reserved encoding */
		if (!last && !in_ram(output))
			abort();
		if (last) {
			uint64_t size = (uint64_t)1 << shift;

			if (!attributes_are_right(descriptor) || output % size != 0)
				abort();
			*rights = rights_of(descriptor);
			return output + (address & (size - 1));
		}
		table = (const uint64_t *)(uintptr_t)output;
	}
	return NO_ADDRESS;
}

static struct translation *cached(uint32_t vmid, uint64_t page)
{
	return &cache[(vmid * 31 + page) % HOST_TLB_ENTRIES];
}

uint64_t host_translate(const struct partition *partition, uint64_t address, uint32_t *rights)
{
	uint64_t page = address / RVX_PAGE_SIZE, offset = address % RVX_PAGE_SIZE;
	uint32_t vmid = VMID(partition->vttbr);
	struct translation *entry = cached(vmid, page);
	uint64_t physical;

	/* A partition that has no VMID does not run and has nothing cached. */
	if (partition->vttbr == arch_vttbr_none())
		return host_walk(partition->root, address, rights);
	if (entry->valid && entry->vmid == vmid && entry->page == page) {
		*rights = entry->rights;
		return entry->physical + offset;
	}
	physical = host_walk(ROOT(partition->vttbr), address, rights);
	if (physical != NO_ADDRESS)
		*entry = (struct translation){ true, vmid, page, physical - offset, *rights };
	return physical;
}

bool host_cache_is_right(const struct partition *partition)
{
	if (partition->vttbr == arch_vttbr_none())
		return true;
	for (size_t i = 0; i < HOST_TLB_ENTRIES; i++) {
		const struct translation *entry = &cache[i];
		uint32_t rights;

		if (entry->valid && entry->vmid == VMID(partition->vttbr) &&
		    (host_walk(partition->root, entry->page * RVX_PAGE_SIZE, &rights) !=
			     entry->physical ||
		     rights != entry->rights))
			return false;
	}
	return true;
}
