/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Partition: a coherence domain. One stage-2 table, which is its whole address space, the
 * tasks in it, and what it may leave in the witness ring.
 *
 *   +-------------+-------------+-------------+-- - - --+
 *   | this struct | stage-2 root|  page-table pool      |     whole pages
 *   +-------------+-------------+-------------+-- - - --+
 */
#ifndef KERNEL_PARTITION_H
#define KERNEL_PARTITION_H

#include "kernel/capability.h"
#include "kernel/config.h"

struct lease;
struct task;

/*
 * An event that is recorded at once when the last such record was acknowledged, and
 * otherwise counted into the next one: a flood of it takes one place of the ring.
 */
struct sticky {
	bool outstanding;
	uint32_t pending;
	uint64_t object; /* of the first that is pending */
	uint64_t p0, p1;
};

struct partition {
	struct object object;
	/* Written by vmid.c. Read when a task of the partition is switched to. */
	uint64_t vttbr;

	/* Written once by create, then constant. */
	uint64_t *root;
	uint16_t number;
	uint16_t generation;
	uint32_t table_count; /* pages of the pool */

	/* Guarded by all locks. */
	uint32_t state; /* enum rvx_partition_state */
	uint32_t task_count;
	struct task *tasks;
	slot_reference_t mappings; /* capabilities that map something here */
	struct lease *leases;	   /* mapped here */
	slot_reference_t mapper;   /* the one whose map is under way: others wait */
	uint32_t tables_free;
	uint64_t table_is_free[RVX_PARTITION_TABLES_MAX / 64];
	uint16_t table_entries[RVX_PARTITION_TABLES_MAX]; /* valid ones in each */

	/* Guarded by all locks: the witness ring's account. */
	uint32_t credits;
	uint32_t credits_used;
	struct sticky denials;
	struct sticky faults;
};
_Static_assert(sizeof(struct partition) <= RVX_PAGE_SIZE, "a partition's struct is one page");

static inline uint32_t partition_actor(const struct partition *partition)
{
	return (uint32_t)partition->number << 16 | partition->generation;
}

/* A free number for create, or 0. Taken only by partition_create. */
uint32_t partition_number_next(void);
/* Make a partition with `tables` pool pages in zeroed memory; a number must be free. */
void partition_create(struct partition *partition, uint32_t tables);
/* Give its number back; nothing may be left in it. */
void partition_destroy(struct partition *partition);
/* The partition that acted under a name, or NULL: it is gone (or was the kernel). */
struct partition *partition_of_actor(uint32_t actor);
void partition_table_init(void);

/* The list of capabilities that map something in the partition. */
void partition_mapping_add(struct partition *partition, struct capability *capability);
void partition_mapping_remove(struct partition *partition, struct capability *capability);
void partition_mapping_moved(struct partition *partition, struct capability *to,
			     const struct capability *from);

/* A zeroed page of the pool; there is one. */
uint64_t *partition_table_take(struct partition *partition);
void partition_table_give(struct partition *partition, uint64_t *table);
/* The count of valid entries kept for a table of the pool. */
uint16_t *partition_table_entries(struct partition *partition, const uint64_t *table);

#endif
