/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What must hold between any two entries, worked out anew from the objects: memory, mappings,
 * tables, inboxes, witness places. The kernel's own sweep looks at links; this looks at sums.
 */
#define _GNU_SOURCE
#include "tests/kernel/world.h"
#include "kernel/arch/cpu.h"
#include "kernel/lease.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS 32
#define PARTITIONS_MAX 512
#define EXTENTS_MAX 4096
#define CLEAN_BYTES_CHECKED 0x20000u
#define TRANSLATIONS_TRIED 8
#define BLOCK_PAGES 512u

#define HOLDS(fact, ...) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "audit: " __VA_ARGS__); \
			fprintf(stderr, "\n"); \
			world_fail("%s:%d: not so: %s", __FILE_NAME__, __LINE__, #fact); \
		} \
	} while (0)

static uint64_t id_of(const struct capability *capability)
{
	return capability_object_id(capability);
}

struct extent {
	uint64_t start, size;
};

/* What of an Untyped's memory the object of a master capability takes. */
static uint32_t extents_of(const struct capability *master, struct extent extents[2])
{
	uint64_t at = (uintptr_t)master->object;

	switch (capability_type(master)) {
	case RVX_OBJECT_UNTYPED:
		extents[0] = (struct extent){ at, (uint64_t)1 << master->u.untyped.size_log2 };
		return 1;
	case RVX_OBJECT_CAPTABLE:
		extents[0] = (struct extent){
			at,
			RVX_SLOT_SIZE *
				((uint64_t)((const struct captable *)master->object)->slot_count +
				 1)
		};
		return 1;
	case RVX_OBJECT_PARTITION:
		extents[0] = (struct extent){
			at,
			RVX_PARTITION_SIZE(
				(uint64_t)((const struct partition *)master->object)->table_count)
		};
		return 1;
	case RVX_OBJECT_TASK:
		extents[0] = (struct extent){ (uintptr_t)task_of(master->object), RVX_TASK_SIZE };
		return 1;
	case RVX_OBJECT_EDGE:
		extents[0] =
			(struct extent){ (uintptr_t)edge_of_end(master->object), RVX_EDGE_SIZE };
		return 1;
	case RVX_OBJECT_LEASE:
		extents[0] = (struct extent){ at, RVX_LEASE_SIZE };
		return 1;
	case RVX_OBJECT_REGION: {
		const struct region *region = master->object;

		extents[0] = (struct extent){ at, RVX_REGION_HEADER_SIZE };
		extents[1] = (struct extent){ region->base, region->pages * RVX_PAGE_SIZE };
		return 2;
	}
	default:
		return 0;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct extent *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static bool all_zero(uint64_t start, uint64_t size)
{
	const unsigned char *at = (const unsigned char *)(uintptr_t)start;

	return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}

/* Of a long range both ends are looked at. */
static bool clean(uint64_t start, uint64_t end)
{
	if (end - start <= 2 * CLEAN_BYTES_CHECKED)
		return all_zero(start, end - start);
	return all_zero(start, CLEAN_BYTES_CHECKED) &&
	       all_zero(end - CLEAN_BYTES_CHECKED, CLEAN_BYTES_CHECKED);
}

/* Children of an Untyped lie in it, apart from each other and from what is free; clean is zero. */
static void check_untyped(const struct capability *untyped)
{
	static struct extent extents[EXTENTS_MAX];
	const struct untyped *u = &untyped->u.untyped;
	uint64_t base = (uintptr_t)untyped->object, size = (uint64_t)1 << u->size_log2;
	uint64_t low = base + (uint64_t)u->low * 64, high = base + (uint64_t)u->high * 64;
	uint64_t clean_low = base + (uint64_t)u->clean_low * 64;
	uint64_t clean_high = base + (uint64_t)u->clean_high * 64;
	uint32_t count = 0, level = untyped->level;
	const struct capability *at;

	HOLDS(base % size == 0, "Untyped at %lx", (unsigned long)base);
	HOLDS(low <= high && high <= base + size, "Untyped at %lx", (unsigned long)base);
	HOLDS(clean_low >= low && clean_high <= high, "Untyped at %lx", (unsigned long)base);
	HOLDS(clean_low <= high && clean_high >= low, "Untyped at %lx", (unsigned long)base);
	for (at = capability_after(untyped); at != NULL && at->level > level;
	     at = capability_after(at)) {
		struct extent of[2];
		uint32_t parts;

		/* A dying table can have been made from an Untyped further down. */
		if (at->level != level + 1 || !capability_is_master(at) ||
		    captable_is_dying_master(at))
			continue;
		parts = extents_of(at, of);
		for (uint32_t i = 0; i < parts && count < EXTENTS_MAX; i++) {
			HOLDS(of[i].start >= base && of[i].start + of[i].size <= base + size,
			      "object %lx", (unsigned long)id_of(at));
			HOLDS(of[i].start + of[i].size <= low || of[i].start >= high,
			      "object %lx of Untyped %lx", (unsigned long)id_of(at),
			      (unsigned long)base);
			extents[count++] = of[i];
		}
	}
	qsort(extents, count, sizeof(extents[0]), by_start);
	for (uint32_t i = 1; i < count; i++)
		HOLDS(extents[i - 1].start + extents[i - 1].size <= extents[i].start,
		      "objects at %lx and %lx", (unsigned long)extents[i - 1].start,
		      (unsigned long)extents[i].start);
	HOLDS(clean(low, clean_low), "Untyped %lx", (unsigned long)base);
	HOLDS(clean(clean_high, high), "Untyped %lx", (unsigned long)base);
}

/* No two objects of the system share a byte, wherever they hang in the tree. */
static void check_all_apart(void)
{
	static struct extent extents[2 * EXTENTS_MAX];
	const struct capability *at;
	uint32_t count = 0;

	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		const struct object *object = capability_object(at);

		if (!capability_is_master(at) || object == NULL ||
		    (object->flags & OBJECT_PERMANENT) != 0 || count + 2 > 2 * EXTENTS_MAX)
			continue;
		count += extents_of(at, &extents[count]);
	}
	qsort(extents, count, sizeof(extents[0]), by_start);
	for (uint32_t i = 1; i < count; i++)
		HOLDS(extents[i - 1].start + extents[i - 1].size <= extents[i].start,
		      "objects at %lx and %lx", (unsigned long)extents[i - 1].start,
		      (unsigned long)extents[i].start);
}

static void check_table(const struct captable *table)
{
	const struct capability *slots = captable_slots(table);

	for (uint32_t i = 0; i < table->slot_count; i++) {
		const struct capability *slot = &slots[i];

		if (slot->object == NULL)
			continue;
		HOLDS(i != 0 || (table->object.flags & OBJECT_DYING) != 0, "slot 0");
		HOLDS(slot->index == i, "slot %u of table %u", i, table->object.serial);
		HOLDS(slot_at(slot->previous)->next == slot_reference(slot), "slot %u of table %u",
		      i, table->object.serial);
		HOLDS(slot->generation != 0 && slot->generation <= RVX_GENERATION_MAX, "slot %u",
		      i);
	}
	for (const struct task *task = table->tasks; task != NULL; task = task->table_next) {
		HOLDS(task->table == table, "table %u", table->object.serial);
		HOLDS(task->slots == slots && task->slot_count == table->slot_count, "table %u",
		      table->object.serial);
		HOLDS(task->table_next == NULL || task->table_next->table_previous == task,
		      "table %u", table->object.serial);
	}
}

static void check_task(const struct task *task)
{
	uint64_t pending = 0;
	uint32_t leases = 0;

	for (const struct lease *lease = task->leases; lease != NULL; lease = lease->task_next) {
		HOLDS(lease->task == task, "task %u", task->object.serial);
		HOLDS(++leases <= RVX_TASK_LEASES_MAX, "task %u", task->object.serial);
	}
	for (const struct lease *lease = task->interrupts; lease != NULL;
	     lease = lease->interrupt_next) {
		HOLDS(lease->queued && lease->task == task, "task %u", task->object.serial);
		HOLDS(lease->count != 0 || lease->state == RVX_LEASE_ENDED, "task %u",
		      task->object.serial);
		pending++;
	}

	for (const struct task *f = task->faults_first; f != NULL; f = f->fault_next) {
		HOLDS(f->fault_queued && f->supervisor == task, "task %u", task->object.serial);
		HOLDS(task_state(f) == TASK_FAULTED, "task %u", task->object.serial);
		pending++;
	}
	for (const struct edge_end *end = task->notified_first; end != NULL;
	     end = end->notified_next) {
		HOLDS(end->notified && end->task == task, "task %u", task->object.serial);
		pending++;
	}
	for (const struct edge_end *end = task->calls; end != NULL; end = end->call_next) {
		HOLDS(end->call_state == CALL_QUEUED && end->peer == task, "task %u",
		      task->object.serial);
		pending++;
	}
	HOLDS(pending == task->pending, "task %u: %lu in the inbox, %lu counted",
	      task->object.serial, (unsigned long)pending, (unsigned long)task->pending);
	for (const struct task *s = task->supervised; s != NULL; s = s->supervised_next) {
		HOLDS(s->supervisor == task, "task %u", task->object.serial);
		HOLDS(s->supervised_next == NULL || s->supervised_next->supervised_previous == s,
		      "task %u", task->object.serial);
	}
	/* Contexts are neither lost nor shared. */
	HOLDS(task->context == NULL || task->context->user == task, "task %u", task->object.serial);
	HOLDS(task->home.owner == task, "task %u", task->object.serial);
	HOLDS(task->home.user == task ||
		      (task->context == NULL && task_state(task) == TASK_CALLING),
	      "task %u: its context is with task %u", task->object.serial,
	      task->home.user->object.serial);
	if (task_state(task) == TASK_DEAD)
		HOLDS(task->pending == 0 && task->ends == NULL && task->leases == NULL &&
			      task->home.ready.place == 0 && task->timeout.item.place == 0 &&
			      task->home.replenishment.item.place == 0,
		      "task %u", task->object.serial);
}

struct books {
	const struct partition *partitions[PARTITIONS_MAX];
	uint32_t partition_count;
	uint32_t owed[PARTITIONS_MAX]; /* end records that are reserved */
	uint32_t owed_by_dead;
	uint32_t capabilities;
};

static void owe(struct books *books, uint32_t payer)
{
	for (uint32_t i = 0; i < books->partition_count; i++) {
		if (partition_actor(books->partitions[i]) == payer) {
			books->owed[i]++;
			return;
		}
	}
	books->owed_by_dead++;
}

static void count_what_is_owed(struct books *books)
{
	const struct capability *at;

	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		const struct object *object = capability_object(at);

		if (!capability_is_master(at))
			continue;
		if (object == NULL) {
			if (at->u.untyped.revoking != 0)
				owe(books, at->u.untyped.end_payer);
		} else {
			if (object->type == RVX_OBJECT_LEASE &&
			    ((const struct lease *)at->object)->state == RVX_LEASE_GRANTED)
				owe(books, ((const struct lease *)at->object)->payer);
			if ((object->flags & OBJECT_OWES_END) != 0)
				owe(books, object->end_payer);
			if ((object->flags & OBJECT_REVOKING) != 0)
				owe(books, object->end_payer);
		}
	}
}

/* Every record in the ring and every promise has exactly one place that somebody accounts for. */
static void check_witness(struct books *books)
{
	uint64_t committed = CONFIG_KERNEL_RECORDS, kernel = 0, orphans = 0;
	uint32_t used[PARTITIONS_MAX] = { 0 }, denials[PARTITIONS_MAX] = { 0 };
	uint32_t faults[PARTITIONS_MAX] = { 0 };

	count_what_is_owed(books);
	for (uint64_t i = witness_log.acknowledged; i < witness_log.next; i++) {
		const struct rvx_witness *record = world_record(i);
		uint32_t who = 0;

		HOLDS(record->sequence == i, "record %lu", (unsigned long)i);
		if (record->actor == 0) {
			kernel += record->kind != RVX_WITNESS_VMID_RECLAIM;
			continue;
		}
		while (who < books->partition_count &&
		       partition_actor(books->partitions[who]) != record->actor)
			who++;
		if (who == books->partition_count)
			orphans++;
		else if (record->kind == RVX_WITNESS_PROOF_REJECTED)
			denials[who]++;
		else if (record->kind == RVX_WITNESS_TASK_FAULT)
			faults[who]++;
		else
			used[who]++;
	}
	for (uint32_t i = 0; i < books->partition_count; i++) {
		const struct partition *partition = books->partitions[i];
		uint64_t promised = partition->credits > partition->credits_used ?
					    partition->credits :
					    partition->credits_used;

		HOLDS(denials[i] == partition->denials.outstanding, "partition %u",
		      partition->number);
		HOLDS(faults[i] == partition->faults.outstanding, "partition %u",
		      partition->number);
		HOLDS(partition->denials.outstanding || partition->denials.pending == 0,
		      "partition %u", partition->number);
		HOLDS(partition->faults.outstanding || partition->faults.pending == 0,
		      "partition %u", partition->number);
		HOLDS(used[i] + books->owed[i] == partition->credits_used,
		      "partition %u: %u records and %u owed, %u counted", partition->number,
		      used[i], books->owed[i], partition->credits_used);
		committed += CONFIG_PARTITION_RECORDS + promised;
	}
	HOLDS(kernel == witness_log.kernel_used, "kernel's records");
	HOLDS(kernel < CONFIG_KERNEL_RECORDS, "kernel's records");
	HOLDS(orphans + books->owed_by_dead == witness_log.orphans, "%lu of the dead, %u counted",
	      (unsigned long)(orphans + books->owed_by_dead), witness_log.orphans);
	HOLDS(committed + witness_log.orphans == witness_log.committed, "%lu promised, %lu counted",
	      (unsigned long)(committed + witness_log.orphans),
	      (unsigned long)witness_log.committed);
	HOLDS(witness_log.committed <= CONFIG_RING_RECORDS, "promises exceed the ring");
}

/* A change of a block's rights happens at once, with its last chunk. */
static bool rights_fit(const struct mapping *mapping, uint64_t page, uint32_t rights)
{
	uint64_t done = mapping->pages_done;

	if (mapping->phase != MAPPING_CHANGING)
		return rights == mapping->rights;
	if (page < done && page / BLOCK_PAGES == done / BLOCK_PAGES && rights == mapping->rights)
		return true;
	return rights == (page < done ? mapping->rights_next : mapping->rights);
}

/* What a mapping says is mapped, is; returns the pages. */
static uint64_t check_mapping(const struct partition *partition,
			      const struct capability *capability)
{
	const struct mapping *mapping = &capability->u.mapping;
	const struct region *region = capability->object;
	bool partial = mapping->phase == MAPPING_GROWING || mapping->phase == MAPPING_SHRINKING;
	uint64_t pages = partial ? mapping->pages_done : region->pages;

	HOLDS(mapping->partition == partition, "partition %u", partition->number);
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t address = mapping->address + i * RVX_PAGE_SIZE, physical;
		uint32_t rights;

		physical = host_walk(partition->root, address, &rights);
		HOLDS(physical == region->base + i * RVX_PAGE_SIZE,
		      "partition %u, %lx: %lx instead of %lx", partition->number,
		      (unsigned long)address, (unsigned long)physical,
		      (unsigned long)(region->base + i * RVX_PAGE_SIZE));
		HOLDS(rights_fit(mapping, i, rights), "partition %u, %lx: rights %x",
		      partition->number, (unsigned long)address, rights);
		if (i < TRANSLATIONS_TRIED || pages - i <= TRANSLATIONS_TRIED)
			(void)host_translate(partition, address, &rights);
	}
	return pages;
}

static uint64_t check_lease_mapping(const struct lease *lease)
{
	uint64_t pages = RVX_LEASE_PAGES(lease->device);

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t address = lease->address + i * RVX_PAGE_SIZE;
		uint32_t rights;

		HOLDS(host_translate(lease->partition, address, &rights) ==
			      RVX_LEASE_ADDRESS(lease->device) + i * RVX_PAGE_SIZE,
		      "lease %u", lease->object.serial);
		HOLDS(rights == lease->rights, "lease %u", lease->object.serial);
	}
	return pages;
}

/* What is let through belongs to somebody who hears it, and no device to two. */
static void check_leases(void)
{
	const struct lease *leases[CONFIG_LEASES_MAX];
	const struct capability *at;
	uint32_t count = 0;

	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		const struct lease *lease = at->object;

		if (capability_type(at) != RVX_OBJECT_LEASE || !capability_is_master(at) ||
		    lease->state != RVX_LEASE_GRANTED)
			continue;
		HOLDS(count < CONFIG_LEASES_MAX, "lease %u", lease->object.serial);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t a = lease->device, b = leases[i]->device;

			HOLDS(RVX_LEASE_ADDRESS(a) >= RVX_LEASE_ADDRESS(b) +
							      RVX_LEASE_PAGES(b) * RVX_PAGE_SIZE ||
				      RVX_LEASE_ADDRESS(b) >=
					      RVX_LEASE_ADDRESS(a) +
						      RVX_LEASE_PAGES(a) * RVX_PAGE_SIZE,
			      "leases of %lx and %lx", (unsigned long)a, (unsigned long)b);
			HOLDS(RVX_LEASE_INTERRUPT(a) == 0 ||
				      RVX_LEASE_INTERRUPT(a) != RVX_LEASE_INTERRUPT(b),
			      "leases of %lx and %lx", (unsigned long)a, (unsigned long)b);
		}
		leases[count++] = lease;
	}
	for (uint32_t number = 0; number < HOST_INTERRUPTS; number++) {
		uint32_t i = 0;

		while (host.enabled[number] && i < count &&
		       (RVX_LEASE_INTERRUPT(leases[i]->device) != number ||
			leases[i]->task == NULL))
			i++;
		HOLDS(!host.enabled[number] || i < count, "interrupt %u", number);
	}
}

struct tables {
	const struct partition *partition;
	uint64_t pages;
	uint32_t used;
};

static void count_table(struct tables *tables, const uint64_t *table, uint32_t level)
{
	uint16_t entries = 0;

	for (uint32_t i = 0; i < 512; i++) {
		uint64_t entry = table[i];

		if (entry == 0)
			continue;
		entries++;
		if (level < 3 && (entry & 3) == 3) {
			tables->used++;
			count_table(tables, (const uint64_t *)(uintptr_t)(entry & 0xfffffffff000u),
				    level + 1);
		} else {
			tables->pages += level == 3 ? 1 : BLOCK_PAGES;
		}
	}
	HOLDS(level == 1 || entries != 0, "partition %u: an empty table is kept",
	      tables->partition->number);
	if (level > 1) {
		struct partition *partition = (struct partition *)(uintptr_t)tables->partition;

		HOLDS(*partition_table_entries(partition, table) == entries,
		      "partition %u: a table of %u entries", partition->number, entries);
	}
}

static void check_partition(const struct partition *partition)
{
	struct tables tables = { .partition = partition };
	uint64_t mapped = 0, free_tables = 0;
	uint32_t tasks = 0;
	slot_reference_t previous = 0;

	for (slot_reference_t at = partition->mappings; at != 0; at = slot_at(at)->u.mapping.next) {
		HOLDS(slot_at(at)->u.mapping.previous == previous, "partition %u",
		      partition->number);
		mapped += check_mapping(partition, slot_at(at));
		previous = at;
	}
	for (const struct lease *lease = partition->leases; lease != NULL;
	     lease = lease->partition_next) {
		HOLDS(lease->partition == partition && lease->state == RVX_LEASE_GRANTED,
		      "partition %u", partition->number);
		mapped += check_lease_mapping(lease);
	}
	count_table(&tables, partition->root, 1);
	HOLDS(tables.pages == mapped, "partition %u: %lu pages in its tables, %lu by mappings",
	      partition->number, (unsigned long)tables.pages, (unsigned long)mapped);
	HOLDS(tables.used + partition->tables_free == partition->table_count,
	      "partition %u: %u tables used, %u free of %u", partition->number, tables.used,
	      partition->tables_free, partition->table_count);
	for (uint32_t i = 0; i < partition->table_count; i++) {
		uint64_t at = (uintptr_t)partition + (2 + (uint64_t)i) * RVX_PAGE_SIZE;

		if ((partition->table_is_free[i / 64] >> (i % 64) & 1) != 0) {
			free_tables++;
			HOLDS(all_zero(at, RVX_PAGE_SIZE), "partition %u", partition->number);
		}
	}
	HOLDS(free_tables == partition->tables_free, "partition %u", partition->number);
	HOLDS(host_cache_is_right(partition), "partition %u: what the TLB holds is gone",
	      partition->number);
	if (partition->mapper != 0) {
		const struct mapping *mapping = &slot_at(partition->mapper)->u.mapping;

		HOLDS(mapping->partition == partition && mapping->phase == MAPPING_GROWING,
		      "partition %u", partition->number);
	}
	for (const struct task *task = partition->tasks; task != NULL;
	     task = task->partition_next) {
		HOLDS(task->partition == partition, "partition %u", partition->number);
		HOLDS(((task->key & TASK_HELD_PARTITION) != 0) ==
				      (partition->state != RVX_PARTITION_RUNNING) ||
			      (partition->state == RVX_PARTITION_RECOVERY && task->supervises_mate),
		      "partition %u, task %u", partition->number, task->object.serial);
		tasks++;
	}
	HOLDS(tasks == partition->task_count, "partition %u", partition->number);
}

/* Writable and executable mappings of a region, over its master and all that is derived. */
static void check_region(const struct capability *master)
{
	const struct region *region = master->object;
	const struct capability *at = master;
	uint32_t writable = 0, executable = 0, becoming = 0;

	do {
		const struct mapping *mapping = &at->u.mapping;
		uint32_t rights[2] = { mapping->rights, mapping->rights_next };

		for (uint32_t i = 0; mapping->partition != NULL && i < 2; i++) {
			writable += (rights[i] & RVX_RIGHT_WRITE) != 0;
			executable += (rights[i] & RVX_RIGHT_EXECUTE) != 0;
		}
		becoming += mapping->partition != NULL && mapping->phase == MAPPING_CHANGING &&
			    (mapping->rights ^ mapping->rights_next) ==
				    (RVX_RIGHT_WRITE | RVX_RIGHT_EXECUTE);
		at = capability_after(at);
	} while (at != NULL && at->level > master->level);
	HOLDS(writable == region->writable && executable == region->executable,
	      "region %u: %u writable, %u executable", region->object.serial, writable, executable);
	/* No page is both: the mapping that changes from one to the other is the only one of either. */
	HOLDS(writable == 0 || executable == 0 ||
		      (becoming == 1 && writable == 1 && executable == 1),
	      "region %u", region->object.serial);
}

static void check_master(const struct capability *master, struct books *books)
{
	switch (capability_type(master)) {
	case RVX_OBJECT_UNTYPED:
		check_untyped(master);
		return;
	case RVX_OBJECT_CAPTABLE:
		check_table(master->object);
		return;
	case RVX_OBJECT_PARTITION:
		HOLDS(books->partition_count < PARTITIONS_MAX, "too many partitions");
		books->partitions[books->partition_count++] = master->object;
		check_partition(master->object);
		return;
	case RVX_OBJECT_TASK:
		check_task(task_of(master->object));
		return;
	case RVX_OBJECT_REGION:
	case RVX_OBJECT_TELEMETRY:
	case RVX_OBJECT_WITNESS_LOG:
		check_region(master);
		return;
	default:
		return;
	}
}

void world_check(void)
{
	static struct books books;
	const struct capability *at;
	uint32_t timers = 0, waiting = 0, queued = 0, throttled = 0, ready = 0, in_tables = 0;

	memset(&books, 0, sizeof(books));
	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		books.capabilities++;
		if (capability_is_master(at))
			check_master(at, &books);
		if (capability_is_master(at) && capability_type(at) == RVX_OBJECT_CAPTABLE) {
			const struct captable *table = at->object;

			for (uint32_t i = 0; i < table->slot_count; i++)
				in_tables += captable_slots(table)[i].object != NULL;
		}
		if (capability_is_master(at) && capability_type(at) == RVX_OBJECT_LEASE)
			timers += ((const struct lease *)at->object)->timer.item.place != 0;
		if (capability_is_master(at) && capability_type(at) == RVX_OBJECT_TASK) {
			const struct task *task = task_of(at->object);

			timers += (task->timeout.item.place != 0) +
				  (task->home.replenishment.item.place != 0);
			throttled += task->home.replenishment.item.place != 0;
			queued += task->home.ready.place != 0;
			ready += task_state(task) == TASK_READY && !task_is_held(task);
		}
	}
	/* One is in the kernel's own table. */
	HOLDS(in_tables + 1 == books.capabilities, "%u capabilities in tables, %u in the tree",
	      in_tables, books.capabilities);
	for (uint64_t i = 1; i <= cores[0].timers.count; i++)
		waiting += timer_of_item(cores[0].timers.items[i])->kind != TIMER_HEARTBEAT;
	HOLDS(timers == waiting, "timers");
	HOLDS(queued == cores[0].ready.count, "ready queue");
	HOLDS(ready == queued + throttled + (cores[0].current != NULL), "%u ready, %u in the queue",
	      ready, queued);
	check_all_apart();
	check_leases();
	check_witness(&books);
}

static void print_capability(FILE *out, const struct capability *at)
{
	fprintf(out, "capability %lx object %lx meta %x depth %u level %u gen %u",
		(unsigned long)capability_place(at, 0), (unsigned long)id_of(at), at->meta,
		at->depth, at->level, at->generation);
	if (capability_maps(at) && at->u.mapping.partition != NULL)
		fprintf(out, " maps %u %lx rights %u %u phase %u done %u",
			at->u.mapping.partition->number, (unsigned long)at->u.mapping.address,
			at->u.mapping.rights, at->u.mapping.rights_next, at->u.mapping.phase,
			at->u.mapping.pages_done);
	if (capability_type(at) == RVX_OBJECT_UNTYPED && capability_has_children(at))
		fprintf(out, " low %x high %x revoking %u", at->u.untyped.low, at->u.untyped.high,
			at->u.untyped.revoking);
	if (capability_has_badge(at))
		fprintf(out, " badge %lx", (unsigned long)at->u.binding.badge);
	fprintf(out, "\n");
}

static void print_task(FILE *out, const struct task *task)
{
	fprintf(out,
		"task %u key %lx pending %lu depth %lu ends %u partition %d table %d passive %d",
		task->object.serial, (unsigned long)task->key, (unsigned long)task->pending,
		(unsigned long)task->depth, task->end_count,
		task->partition != NULL ? task->partition->number : -1,
		task->table != NULL ? (int)task->table->object.serial : -1, task->passive);
	fprintf(out, " context %d budget %lu period %lu deadline %lu supervisor %d badge %lx\n",
		task->context != NULL ? (int)task->context->owner->object.serial : -1,
		(unsigned long)task->home.budget, (unsigned long)task->home.period,
		(unsigned long)task->home.relative_deadline,
		task->supervisor != NULL ? (int)task->supervisor->object.serial : -1,
		(unsigned long)task->fault_badge);
	if (world.hides_registers || task == world.current || task_state(task) == TASK_DEAD)
		return;
	fprintf(out, "  x");
	for (uint32_t i = 0; i < 31; i++)
		fprintf(out, " %lx", (unsigned long)task->frame.x[i]);
	fprintf(out, " sp %lx pc %lx\n", (unsigned long)task->frame.sp,
		(unsigned long)task->frame.pc);
}

static void print_master(FILE *out, const struct capability *at)
{
	switch (capability_type(at)) {
	case RVX_OBJECT_PARTITION: {
		const struct partition *partition = at->object;

		fprintf(out, "partition %u.%u state %u tasks %u tables %u credits %u used %u\n",
			partition->number, partition->generation, partition->state,
			partition->task_count, partition->tables_free, partition->credits,
			partition->credits_used);
		return;
	}
	case RVX_OBJECT_TASK:
		print_task(out, task_of(at->object));
		return;
	case RVX_OBJECT_REGION: {
		const struct region *region = at->object;

		fprintf(out, "region %u base %lx pages %lu\n", region->object.serial,
			(unsigned long)region->base, (unsigned long)region->pages);
		return;
	}
	case RVX_OBJECT_LEASE: {
		const struct lease *lease = at->object;

		fprintf(out, "lease %lx state %u end %lx", (unsigned long)lease->device,
			lease->state, (unsigned long)lease->end);
		fprintf(out, " mapped %d %lx task %d badge %lx queued %d count %lu\n",
			lease->partition != NULL ? lease->partition->number : -1,
			(unsigned long)lease->address,
			lease->task != NULL ? (int)lease->task->object.serial : -1,
			(unsigned long)lease->badge, lease->queued, (unsigned long)lease->count);
		return;
	}
	case RVX_OBJECT_EDGE: {
		const struct edge *edge = edge_of_end(at->object);

		for (uint32_t i = 0; i < 2; i++) {
			const struct edge_end *end = &edge->end[i];

			fprintf(out,
				"end %u.%u task %d badge %lx serial %u state %u bits %lx slot %u",
				edge->object.serial, i,
				end->task != NULL ? (int)end->task->object.serial : -1,
				(unsigned long)end->far->peer_badge, end->serial, end->call_state,
				(unsigned long)end->bits, end->receive_slot);
			fprintf(out, " sent %lu %lu %lu\n", (unsigned long)end->line->messages,
				(unsigned long)end->line->signals,
				(unsigned long)end->line->bulk_bytes);
		}
		return;
	}
	default:
		return;
	}
}

char *world_state(void)
{
	const struct capability *at;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		print_capability(out, at);
		if (capability_is_master(at))
			print_master(out, at);
	}
	fclose(out);
	return text;
}

char *world_records(uint64_t first)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (; first < witness_log.next; first++) {
		const struct rvx_witness *record = world_record(first);

		fprintf(out, "kind %x class %x actor %x object %lx p0 %lx p1 %lx\n", record->kind,
			record->class_, record->actor, (unsigned long)record->object,
			(unsigned long)record->p0, (unsigned long)record->p1);
	}
	fclose(out);
	return text;
}

void world_compare(const char *before, const char *after, const char *what)
{
	const char *a = before, *b = after;

	while (*a != 0 || *b != 0) {
		size_t left = strcspn(a, "\n"), right = strcspn(b, "\n");

		if (left != right || memcmp(a, b, left) != 0)
			world_fail("%s:\n- %.*s\n+ %.*s", what, (int)left, a, (int)right, b);
		a += left + (a[left] != 0);
		b += right + (b[right] != 0);
	}
}
