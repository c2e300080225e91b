/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel's own translation: addresses are physical addresses. Code is executable and
 * read-only, constants read-only, everything else writable and never executable. Page 0 of
 * the address space is not mapped. Built once, before the MMU is on.
 */
#include "kernel/arch/aarch64/hardware.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/config.h"
#include "kernel/panic.h"
#include "lib/bits.h"

#include <ruvix/types.h>
#include <string.h>

#define ENTRIES 512u
#define TABLES_MAX 24u
#define GIB ((uint64_t)1 << 30)

#define TABLE ((uint64_t)3)
#define BLOCK ((uint64_t)1)
#define PAGE ((uint64_t)3)
#define ADDRESS_MASK ((uint64_t)0x0000fffffffff000)
#define MEMORY ((uint64_t)0 << 2) /* index in MAIR */
#define DEVICE ((uint64_t)1 << 2)
#define RES1_EL2 ((uint64_t)1 << 6)
#define READ_ONLY ((uint64_t)1 << 7)
#define INNER_SHAREABLE ((uint64_t)3 << 8)
#define ACCESSED ((uint64_t)1 << 10)
#define EXECUTE_NEVER ((uint64_t)1 << 54)

#define MAIR_VALUE ((uint64_t)0x00ff) /* 0: write-back, 1: nGnRnE */
#define TCR_VALUE \
	((uint64_t)1 << 31 | (uint64_t)1 << 23 | 25 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16)

extern char text_start[], text_end[], rodata_end[], image_end[];

static uint64_t tables[TABLES_MAX][ENTRIES] __attribute__((aligned(4096))) UNCLEARED;
static uint32_t tables_used;

static uint64_t *new_table(void)
{
	if (tables_used == TABLES_MAX)
		kpanic("kernel map: more than %u tables needed", TABLES_MAX);
	memset(tables[tables_used], 0, sizeof(tables[0]));
	return tables[tables_used++];
}

static uint64_t *below(uint64_t *entry)
{
	if (*entry == 0)
		*entry = (uintptr_t)new_table() | TABLE;
	else if ((*entry & 3) == BLOCK)
		kpanic("kernel map: page inside a block at entry %lx",
		       (unsigned long)(uintptr_t)entry);
	return (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK);
}

/* The pages of [start, end), which lie in one block; what is mapped stays as it is. */
static void map_pages(uint64_t *block, uint64_t start, uint64_t end, uint64_t bits)
{
	uint64_t *entry = &below(block)[start / RVX_PAGE_SIZE % ENTRIES];

	for (; start < end; start += RVX_PAGE_SIZE, entry++) {
		if (*entry == 0)
			*entry = start | bits | PAGE;
	}
}

/* Map a range with the largest blocks that fit; both ends page aligned. */
static void map(uint64_t start, uint64_t end, uint64_t bits)
{
	uint64_t next;

	for (; start < end; start = next) {
		uint64_t *giant = &tables[0][start / GIB];
		uint64_t *block;

		if (is_aligned(start, GIB) && end - start >= GIB && *giant == 0) {
			*giant = start | bits | BLOCK;
			next = start + GIB;
			continue;
		}
		block = &below(giant)[start / RVX_BLOCK_SIZE % ENTRIES];
		next = minimum(align_down(start, RVX_BLOCK_SIZE) + RVX_BLOCK_SIZE, end);
		if (next - start == RVX_BLOCK_SIZE && *block == 0)
			*block = start | bits | BLOCK;
		else
			map_pages(block, start, next, bits);
	}
}

static void map_device(uint64_t address, uint64_t size)
{
	map(align_down(address, RVX_PAGE_SIZE), align_up(address + size, RVX_PAGE_SIZE),
	    DEVICE | RES1_EL2 | ACCESSED | EXECUTE_NEVER);
}

void aarch64_map_build(const struct boot_machine *machine)
{
	const uint64_t memory = MEMORY | RES1_EL2 | INNER_SHAREABLE | ACCESSED;
	uint64_t text = (uintptr_t)text_start, constants = (uintptr_t)text_end;
	uint64_t data = (uintptr_t)rodata_end, end = (uintptr_t)image_end;

	tables_used = 0;
	(void)new_table();
	/* Pages of the image first: the blocks around them then leave room. */
	map(text, constants, memory | READ_ONLY);
	map(constants, data, memory | READ_ONLY | EXECUTE_NEVER);
	map(data, align_up(end, RVX_PAGE_SIZE), memory | EXECUTE_NEVER);
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		uint64_t first = align_up(machine->memory[i].start, RVX_PAGE_SIZE);
		uint64_t last = align_down(machine->memory[i].start + machine->memory[i].size,
					   RVX_PAGE_SIZE);

		if (last > (uint64_t)1 << RVX_UNTYPED_LOG2_MAX)
			kpanic("memory at %lx lies beyond what object ids can name",
			       (unsigned long)last);
		if (first == 0)
			first = RVX_PAGE_SIZE;
		/* In two parts, so that blocks do not reach over the image's pages. */
		if (text >= first && text < last) {
			map(first, text, memory | EXECUTE_NEVER);
			first = align_up(end, RVX_PAGE_SIZE);
		}
		map(first, last, memory | EXECUTE_NEVER);
	}
	map_device(aarch64_devices.uart, RVX_PAGE_SIZE);
	map_device(aarch64_devices.fw_cfg, RVX_PAGE_SIZE);
	map_device(aarch64_devices.distributor, 0x10000);
	map_device(aarch64_devices.redistributors, (uint64_t)0x20000 * machine->core_count);
}

struct aarch64_mmu aarch64_mmu __attribute__((used));

void aarch64_map_enable(void)
{
	aarch64_mmu.mair = MAIR_VALUE;
	aarch64_mmu.tcr = TCR_VALUE;
	aarch64_mmu.ttbr0 = (uintptr_t)tables[0];
	aarch64_mmu.sctlr = SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA | SCTLR_WXN;
	aarch64_mmu_on();
	__asm__ volatile("dc cvac, %0\n\tdsb sy" : : "r"(&aarch64_mmu) : "memory");
}
