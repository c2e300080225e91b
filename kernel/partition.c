/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Partition: numbers, the list of mappings, the page-table pool. Guarded by all locks. */
#include "kernel/partition.h"
#include "kernel/arch/cpu.h"
#include "kernel/panic.h"

/*
 * Numbers are given in order first and then from the list of those given back, so that
 * nothing has to be set up for 4096 of them at boot.
 */
static struct {
	struct partition *partition;
	uint16_t generation;
	uint16_t next_free;
} numbers[CONFIG_PARTITIONS_MAX] UNCLEARED;
static uint32_t numbers_used;
static uint16_t first_free;

void partition_table_init(void)
{
	numbers_used = 1;
	first_free = 0;
}

uint32_t partition_number_next(void)
{
	/* A generation that came to its end retires the number. */
	while (first_free != 0 && numbers[first_free].generation == UINT16_MAX)
		first_free = numbers[first_free].next_free;
	if (first_free != 0)
		return first_free;
	return numbers_used < CONFIG_PARTITIONS_MAX ? numbers_used : 0;
}

void partition_create(struct partition *partition, uint32_t tables)
{
	uint32_t number = partition_number_next();

	kassert(number != 0);
	if (number == first_free)
		first_free = numbers[number].next_free;
	else
		numbers[numbers_used++].generation = 0;
	numbers[number].partition = partition;
	numbers[number].generation++;

	partition->vttbr = arch_vttbr_none();
	partition->number = (uint16_t)number;
	partition->generation = numbers[number].generation;
	partition->root = (uint64_t *)(void *)((char *)partition + RVX_PAGE_SIZE);
	partition->table_count = tables;
	partition->tables_free = tables;
	for (uint32_t i = 0; i < tables; i += 64)
		partition->table_is_free[i / 64] =
			tables - i >= 64 ? UINT64_MAX : ((uint64_t)1 << (tables - i)) - 1;
}

void partition_destroy(struct partition *partition)
{
	uint32_t number = partition->number;

	kassert(numbers[number].partition == partition);
	numbers[number].partition = NULL;
	numbers[number].next_free = first_free;
	first_free = (uint16_t)number;
}

struct partition *partition_of_actor(uint32_t actor)
{
	uint32_t number = actor >> 16;

	if (number == 0 || number >= numbers_used || numbers[number].generation != (uint16_t)actor)
		return NULL;
	return numbers[number].partition;
}

void partition_mapping_add(struct partition *partition, struct capability *capability)
{
	struct mapping *mapping = &capability->u.mapping;

	mapping->partition = partition;
	mapping->previous = 0;
	mapping->next = partition->mappings;
	partition_mapping_moved(partition, capability, capability);
}

void partition_mapping_remove(struct partition *partition, struct capability *capability)
{
	struct mapping *mapping = &capability->u.mapping;

	if (mapping->next != 0)
		slot_at(mapping->next)->u.mapping.previous = mapping->previous;
	if (mapping->previous != 0)
		slot_at(mapping->previous)->u.mapping.next = mapping->next;
	else
		partition->mappings = mapping->next;
	if (partition->mapper == slot_reference(capability))
		partition->mapper = 0;
	*mapping = (struct mapping){ 0 };
}

void partition_mapping_moved(struct partition *partition, struct capability *to,
			     const struct capability *from)
{
	struct mapping *mapping = &to->u.mapping;
	slot_reference_t reference = slot_reference(to);

	if (mapping->next != 0)
		slot_at(mapping->next)->u.mapping.previous = reference;
	if (mapping->previous != 0)
		slot_at(mapping->previous)->u.mapping.next = reference;
	else
		partition->mappings = reference;
	if (partition->mapper == slot_reference(from))
		partition->mapper = reference;
}

static uint64_t *pool(struct partition *partition)
{
	return (uint64_t *)(void *)((char *)partition + (size_t)2 * RVX_PAGE_SIZE);
}

static uint32_t table_index(struct partition *partition, const uint64_t *table)
{
	return (uint32_t)((uintptr_t)((const char *)table - (const char *)pool(partition)) /
			  RVX_PAGE_SIZE);
}

uint64_t *partition_table_take(struct partition *partition)
{
	for (uint32_t i = 0; i < RVX_PARTITION_TABLES_MAX / 64; i++) {
		uint64_t free = partition->table_is_free[i];

		if (free != 0) {
			uint32_t bit = (uint32_t)__builtin_ctzll(free);

			partition->table_is_free[i] = free & (free - 1);
			partition->tables_free--;
			return pool(partition) +
			       (size_t)(i * 64 + bit) * (RVX_PAGE_SIZE / sizeof(uint64_t));
		}
	}
	kpanic("partition %u: page-table pool empty, but a page was counted on", partition->number);
}

void partition_table_give(struct partition *partition, uint64_t *table)
{
	uint32_t index = table_index(partition, table);

	kassert(index < partition->table_count);
	kassert(partition->table_entries[index] == 0);
	partition->table_is_free[index / 64] |= (uint64_t)1 << (index % 64);
	partition->tables_free++;
}

uint16_t *partition_table_entries(struct partition *partition, const uint64_t *table)
{
	return &partition->table_entries[table_index(partition, table)];
}
