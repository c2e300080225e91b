/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Stage-2 translation: 4 KiB granule, 39-bit addresses, three levels.
 *
 *   38      30 29      21 20      12 11       0
 *  +----------+----------+----------+----------+
 *  |   root   |  middle  |   leaf   |  offset  |     a middle entry can be a 2 MiB block
 *  +----------+----------+----------+----------+
 *
 * Tables come from the partition's pool, all zero, and go back when their last entry goes.
 * Memory is Normal write-back inner shareable and is never mapped otherwise; registers of
 * devices are Device-nGnRE.
 */
#include "kernel/arch/stage2.h"
#include "kernel/arch/aarch64/tlb.h"
#include "kernel/config.h"
#include "lib/bits.h"

#define ENTRIES 512u
#define BLOCK_PAGES ENTRIES

#define VALID ((uint64_t)1)
#define TABLE ((uint64_t)3)
#define BLOCK ((uint64_t)1)
#define PAGE ((uint64_t)3)
#define TYPE_MASK ((uint64_t)3)
#define ADDRESS_MASK ((uint64_t)0x0000fffffffff000)
#define NORMAL_WRITE_BACK ((uint64_t)0xf << 2)
#define DEVICE_NGNRE ((uint64_t)1 << 2)
#define READABLE ((uint64_t)1 << 6)
#define WRITABLE ((uint64_t)1 << 7)
#define INNER_SHAREABLE ((uint64_t)3 << 8)
#define ACCESSED ((uint64_t)1 << 10)
#define EXECUTE_NEVER ((uint64_t)1 << 54)

static uint64_t *root_entry(struct partition *partition, uint64_t address)
{
	return &partition->root[address >> 30 & (ENTRIES - 1)];
}

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & ADDRESS_MASK);
}

static uint32_t middle_index(uint64_t address)
{
	return (uint32_t)(address >> 21) & (ENTRIES - 1);
}

static uint32_t leaf_index(uint64_t address)
{
	return (uint32_t)(address >> 12) & (ENTRIES - 1);
}

static bool is_table(uint64_t entry)
{
	return (entry & TYPE_MASK) == TABLE;
}

static uint64_t attributes(uint32_t rights)
{
	uint64_t bits = INNER_SHAREABLE | ACCESSED | READABLE;

	bits |= (rights & STAGE2_DEVICE) != 0 ? DEVICE_NGNRE : NORMAL_WRITE_BACK;
	if ((rights & RVX_RIGHT_WRITE) != 0)
		bits |= WRITABLE;
	if ((rights & RVX_RIGHT_EXECUTE) == 0)
		bits |= EXECUTE_NEVER;
	return bits;
}

/* Executable memory is mapped by pages: making fetches see a whole block takes too long. */
#define EXECUTABLE_CHUNK_PAGES 12u

static bool block_fits(uint64_t address, uint64_t physical, uint64_t pages, uint32_t rights)
{
	return pages >= BLOCK_PAGES && (rights & RVX_RIGHT_EXECUTE) == 0 &&
	       is_aligned(address | physical, RVX_BLOCK_SIZE);
}

/* Entries of one chunk among `pages`. */
static uint64_t chunk(uint64_t pages, uint32_t rights)
{
	uint64_t most =
		(rights & RVX_RIGHT_EXECUTE) != 0 ? EXECUTABLE_CHUNK_PAGES : CONFIG_CHUNK_ENTRIES;

	return pages < most ? pages : most;
}

/* Pages from `address` to the end of its 2 MiB, at most `pages`. */
static uint64_t pages_in_middle(uint64_t address, uint64_t pages)
{
	uint64_t here = ENTRIES - leaf_index(address);

	return pages < here ? pages : here;
}

static bool range_is_empty(const uint64_t *leaf, uint32_t index, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		if (leaf[index + i] != 0)
			return false;
	}
	return true;
}

enum rvx_status stage2_may_map(struct partition *partition, uint64_t address, uint64_t physical,
			       uint64_t pages, uint32_t rights)
{
	uint64_t root_counted = UINT64_MAX; /* the root entry whose missing table is counted */
	uint32_t needed = 0;

	while (pages != 0) {
		uint64_t here = pages_in_middle(address, pages);
		uint64_t root = *root_entry(partition, address);
		uint64_t middle = root == 0 ? 0 : table_of(root)[middle_index(address)];

		if (root == 0 && root_counted != address >> 30) {
			root_counted = address >> 30;
			needed++;
		}
		if (middle == 0) {
			if (!block_fits(address, physical, pages, rights))
				needed++;
		} else if (!is_table(middle) || block_fits(address, physical, pages, rights) ||
			   !range_is_empty(table_of(middle), leaf_index(address), here)) {
			return RVX_OCCUPIED;
		}
		address += here * RVX_PAGE_SIZE;
		physical += here * RVX_PAGE_SIZE;
		pages -= here;
	}
	return needed > partition->tables_free ? RVX_NO_TABLES : RVX_OK;
}

/* The table below an entry, made if there is none. */
static uint64_t *table_below(struct partition *partition, uint64_t *entry)
{
	if (*entry == 0) {
		uint64_t *table = partition_table_take(partition);

		*entry = (uintptr_t)table | TABLE;
		return table;
	}
	return table_of(*entry);
}

static uint64_t *middle_table(struct partition *partition, uint64_t address)
{
	return table_below(partition, root_entry(partition, address));
}

static uint64_t map_pages(struct partition *partition, uint64_t *middle, uint64_t address,
			  uint64_t physical, uint64_t pages, uint64_t bits)
{
	uint64_t *entry = &middle[middle_index(address)];
	bool fresh = *entry == 0;
	uint64_t *leaf = table_below(partition, entry);
	uint32_t first = leaf_index(address);

	if (fresh)
		(*partition_table_entries(partition, middle))++;
	for (uint64_t i = 0; i < pages; i++)
		leaf[first + i] = (physical + i * RVX_PAGE_SIZE) | bits | PAGE;
	*partition_table_entries(partition, leaf) += (uint16_t)pages;
	return pages;
}

uint64_t stage2_map(struct partition *partition, uint64_t address, uint64_t physical,
		    uint64_t pages, uint32_t rights)
{
	uint64_t bits = attributes(rights);
	uint64_t *middle = middle_table(partition, address);
	uint64_t done;

	if (block_fits(address, physical, pages, rights)) {
		middle[middle_index(address)] = physical | bits | BLOCK;
		(*partition_table_entries(partition, middle))++;
		done = BLOCK_PAGES;
	} else {
		done = chunk(pages_in_middle(address, pages), rights);
		(void)map_pages(partition, middle, address, physical, done, bits);
	}
	/* The walker sees the entries before anybody runs; what was invalid is in no TLB. */
	tlb_publish();
	if ((rights & RVX_RIGHT_EXECUTE) != 0)
		instruction_cache_sync(physical, done * RVX_PAGE_SIZE);
	return done;
}

/* Break before make: gone from the tables, then from the TLBs, then from the pool's books. */
uint64_t stage2_unmap(struct partition *partition, uint64_t address, uint64_t pages)
{
	uint64_t last = address + (pages - 1) * RVX_PAGE_SIZE;
	uint64_t *root = root_entry(partition, last);
	uint64_t *middle = table_of(*root);
	uint64_t *entry = &middle[middle_index(last)];
	uint64_t *leaf = NULL, *emptied_leaf = NULL, *emptied_middle = NULL;
	uint64_t done = 0;

	if (!is_table(*entry)) {
		*entry = 0;
		done = BLOCK_PAGES;
		(*partition_table_entries(partition, middle))--;
	} else {
		leaf = table_of(*entry);
		for (uint32_t i = leaf_index(last) + 1;
		     i > 0 && done < pages && done < CONFIG_CHUNK_ENTRIES; done++)
			leaf[--i] = 0;
		*partition_table_entries(partition, leaf) -= (uint16_t)done;
		if (*partition_table_entries(partition, leaf) == 0) {
			*entry = 0;
			emptied_leaf = leaf;
			(*partition_table_entries(partition, middle))--;
		}
	}
	if (*partition_table_entries(partition, middle) == 0) {
		*root = 0;
		emptied_middle = middle;
	}
	tlb_flush_partition(partition);
	if (emptied_leaf != NULL)
		partition_table_give(partition, emptied_leaf);
	if (emptied_middle != NULL)
		partition_table_give(partition, emptied_middle);
	return done;
}

uint64_t stage2_protect(struct partition *partition, uint64_t address, uint64_t pages,
			uint32_t rights)
{
	uint64_t *entry = &table_of(*root_entry(partition, address))[middle_index(address)];
	uint64_t bits = attributes(rights);
	bool executable = (rights & RVX_RIGHT_EXECUTE) != 0;
	uint64_t done = chunk(pages_in_middle(address, pages), rights);
	uint64_t physical;

	if (!is_table(*entry)) {
		/* A block changes as a whole, with the last of its pages that is synchronised. */
		physical = (*entry & ADDRESS_MASK) + leaf_index(address) * (uint64_t)RVX_PAGE_SIZE;
		if (!executable)
			done = BLOCK_PAGES;
		if (leaf_index(address) + done == BLOCK_PAGES)
			*entry = (*entry & ADDRESS_MASK) | bits | BLOCK;
	} else {
		uint64_t *leaf = &table_of(*entry)[leaf_index(address)];

		physical = *leaf & ADDRESS_MASK;
		for (uint64_t i = 0; i < done; i++)
			leaf[i] = (leaf[i] & ADDRESS_MASK) | bits | PAGE;
	}
	tlb_flush_partition(partition);
	if (executable)
		instruction_cache_sync(physical, done * RVX_PAGE_SIZE);
	return done;
}

uint32_t stage2_rights(struct partition *partition, uint64_t address)
{
	uint64_t entry;
	uint32_t rights = RVX_RIGHT_READ;

	if (address >> RVX_ADDRESS_BITS != 0)
		return 0;
	entry = *root_entry(partition, address);
	if (is_table(entry))
		entry = table_of(entry)[middle_index(address)];
	if (is_table(entry))
		entry = table_of(entry)[leaf_index(address)];
	if ((entry & VALID) == 0)
		return 0;
	if ((entry & WRITABLE) != 0)
		rights |= RVX_RIGHT_WRITE;
	if ((entry & EXECUTE_NEVER) == 0)
		rights |= RVX_RIGHT_EXECUTE;
	return rights;
}
