/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One pass over the compiled manifest: partitions, then regions, then edges. A function that
 * builds something returns false after `refused` has printed why, and nothing is taken back: a
 * system that cannot be built is not run.
 *
 * The root keeps every master. A child gets derived capabilities with the rights it needs, in the
 * slots of libruvix/ruvix_slots.h; its memory is mapped through those, so that the mappings belong
 * to the child. A segment is written through a mapping of the master in the root's window, which
 * is gone before the child's is made: executable memory is never writable anywhere.
 */
#include "servers/controld/builder.h"

#include <sodium/crypto_generichash.h>

#include "servers/controld/drain.h"
#include "lib/bits.h"
#include "lib/cpio.h"
#include "lib/elf.h"
#include "libruvix/manifest.h"
#include "libruvix/ruvix.h"
#include "servers/controld/pool.h"

#define MANIFEST_NAME "manifest.dtb"

static const rvx_handle_t own_partition = RVX_SLOT_HANDLE(RVX_BOOT_PARTITION);
static const rvx_handle_t own_log = RVX_SLOT_HANDLE(RVX_BOOT_WITNESS_LOG);
static const rvx_handle_t own_machine = RVX_SLOT_HANDLE(RVX_BOOT_MACHINE);
static const rvx_handle_t own_task = RVX_SLOT_HANDLE(RVX_BOOT_TASK);

/* The mapped system image, and the root's window. Written once by image_map. */
static struct {
	const uint8_t *archive;
	uint64_t size;
	uint64_t root_base;
} image;

/* Whether a step in building `what` was refused; then say so. */
static bool refused(const char *what, const char *step, enum rvx_status status)
{
	if (status == RVX_OK)
		return false;
	rvx_printf("controld: %s: %s: %s\n", what, step, rvx_status_name(status));
	return true;
}

static bool wrong(const char *what, const char *text)
{
	rvx_printf("controld: %s: %s\n", what, text);
	return false;
}

static bool image_map(const struct rvx_boot_info *boot)
{
	image.root_base = boot->root_base;
	image.archive = (const uint8_t *)(boot->root_base + ROOT_IMAGE + boot->image_offset);
	image.size = boot->image_size;
	if (boot->image_pages * RVX_PAGE_SIZE > ROOT_IMAGE_SIZE_MAX)
		return wrong("system.img", "it is larger than 8 MiB");
	return !refused("system.img", "mapping it",
			rvx_region_map(RVX_TABLE_OWN, RVX_SLOT_HANDLE(RVX_BOOT_SYSTEM_IMAGE),
				       own_partition, boot->root_base + ROOT_IMAGE,
				       RVX_RIGHT_READ));
}

static bool image_find(const char *name, struct cpio_entry *entry)
{
	struct cpio cpio;
	enum cpio_status status;

	cpio_init(&cpio, image.archive, image.size);
	status = cpio_find(&cpio, name, entry);
	if (status == CPIO_END)
		return wrong(name, "it is not in system.img");
	return status == CPIO_OK ? true : wrong("system.img", cpio_status_text(status));
}

/*
 * Memory.
 */

/* Put a region into a slot of the child's table with some of its rights, and map it with them. */
static bool region_give(const struct child *child, rvx_handle_t region, uint32_t slot,
			uint64_t address, uint64_t rights)
{
	rvx_handle_t given;

	if (refused(child->name, "giving it memory",
		    rvx_cap_copy(RVX_TABLE_OWN, region, child->table, slot, rights, &given)))
		return false;
	return !refused(child->name, "mapping its memory",
			rvx_region_map(child->table, given, child->partition, address, rights));
}

/* Fill a region from `offset` on, through a mapping that lasts as long as this call. */
static bool region_fill(const struct child *child, rvx_handle_t region, uint64_t offset,
			const void *data, uint64_t size)
{
	uint64_t address = image.root_base + ROOT_SCRATCH;

	if (refused(child->name, "filling its memory",
		    rvx_region_map(RVX_TABLE_OWN, region, own_partition, address,
				   RVX_RIGHT_READ | RVX_RIGHT_WRITE)))
		return false;
	memcpy((void *)(address + offset), data, size);
	return !refused(child->name, "filling its memory", rvx_region_unmap(RVX_TABLE_OWN, region));
}

static bool segment_build(struct child *child, const struct elf_segment *segment, uint32_t slot)
{
	uint64_t start = align_down(segment->address, RVX_PAGE_SIZE);
	uint64_t end = align_up(segment->address + segment->memory_size, RVX_PAGE_SIZE);
	uint64_t rights = RVX_RIGHT_READ;
	rvx_handle_t region;

	if (segment->file_size > ROOT_SCRATCH_SIZE_MAX - RVX_PAGE_SIZE)
		return wrong(child->name, "a segment is larger than 8 MiB");
	if ((segment->flags & ELF_WRITABLE) != 0)
		rights |= RVX_RIGHT_WRITE;
	if ((segment->flags & ELF_EXECUTABLE) != 0)
		rights |= RVX_RIGHT_EXECUTE;

	if (refused(child->name, "making its memory",
		    pool_make(RVX_OBJECT_REGION, (end - start) / RVX_PAGE_SIZE, &region)))
		return false;
	if (!region_fill(child, region, segment->address - start, segment->data,
			 segment->file_size))
		return false;
	child->memory_pages += (end - start) / RVX_PAGE_SIZE;
	return region_give(child, region, slot, child->base + start, rights);
}

static bool stack_build(struct child *child, uint64_t size, uint32_t slot)
{
	uint64_t pages = align_up(size, RVX_PAGE_SIZE) / RVX_PAGE_SIZE;
	rvx_handle_t region;

	if (refused(child->name, "making its stack", pool_make(RVX_OBJECT_REGION, pages, &region)))
		return false;
	child->stack_end = child->base + RVX_WINDOW_STACK_END;
	child->memory_pages += pages;
	return region_give(child, region, slot, child->stack_end - pages * RVX_PAGE_SIZE,
			   RVX_RIGHT_READ | RVX_RIGHT_WRITE);
}

/*
 * Programs.
 */

/* Record a module's hash in the witness log: two records of 16 bytes each. */
static bool hash_witness(const char *name, uint64_t size, const uint8_t hash[MANIFEST_HASH_SIZE])
{
	uint64_t words[MANIFEST_HASH_SIZE / 8], label = 0;
	size_t i;

	memcpy(words, hash, sizeof(words));
	for (i = 0; i < sizeof(label) && name[i] != '\0'; i++)
		label |= (uint64_t)(uint8_t)name[i] << (8 * i);
	if (refused(name, "witnessing its hash",
		    rvx_log_emit(own_log, RVX_WITNESS_MODULE_HASH, label, words[0], words[1],
				 NULL)))
		return false;
	return !refused(name, "witnessing its hash",
			rvx_log_emit(own_log, RVX_WITNESS_MODULE_HASH | RVX_EMIT_CONTINUED, size,
				     words[2], words[3], NULL));
}

/* Nothing of a program is looked at before its hash is known and recorded. */
static bool program_verify(const struct manifest_partition *partition,
			   const struct cpio_entry *entry)
{
	uint8_t hash[MANIFEST_HASH_SIZE];

	(void)crypto_generichash(hash, sizeof(hash), entry->data, entry->size, NULL, 0);
	if (!hash_witness(partition->image, entry->size, hash))
		return false;
	if (partition->image_hash != NULL && memcmp(hash, partition->image_hash, sizeof(hash)) != 0)
		return wrong(partition->image, "it is not the program that the manifest names");
	rvx_printf("  %-10s window %-4lu %6u bytes  BLAKE2b %02x%02x%02x%02x..\n", partition->label,
		   partition->window, entry->size, hash[0], hash[1], hash[2], hash[3]);
	return true;
}

static bool program_build(struct child *child, const struct manifest_partition *partition)
{
	struct cpio_entry entry;
	enum elf_status status;
	struct elf elf;
	uint32_t i;

	if (!image_find(partition->image, &entry) || !program_verify(partition, &entry))
		return false;
	status = elf_init(&elf, entry.data, entry.size);
	if (status != ELF_OK)
		return wrong(child->name, elf_status_text(status));
	if (elf.abi_major != RVX_ABI_MAJOR) {
		rvx_printf("controld: %s: it was built for ABI %u.%u, this is %u.%u\n", child->name,
			   elf.abi_major, elf.abi_minor, RVX_ABI_MAJOR, RVX_ABI_MINOR);
		return false;
	}
	if (elf.segment_count >= RVX_SLOT_MEMORY_COUNT)
		return wrong(child->name, "it has too many segments");
	if (elf.memory_size + partition->stack + 2 * RVX_PAGE_SIZE > RVX_WINDOW_STACK_END)
		return wrong(child->name, "program and stack are larger than 32 MiB");

	for (i = 0; i < elf.segment_count; i++)
		if (!segment_build(child, &elf.segments[i], RVX_SLOT_MEMORY_FIRST + i))
			return false;
	child->entry = child->base + elf.entry;
	return stack_build(child, partition->stack, RVX_SLOT_MEMORY_FIRST + elf.segment_count);
}

/*
 * Partitions.
 */

static uint64_t ticks_of(uint64_t ns)
{
	return rvx_ticks_from_us(ns / 1000);
}

/* A task is made on core 0, so that only another one takes a step and its record. */
static bool task_place(const struct child *child, uint64_t core)
{
	enum rvx_status status;

	if (core == 0)
		return true;
	status = rvx_task_place(child->task, core);
	if (status != RVX_OUT_OF_RANGE)
		return !refused(child->name, "placing its task", status);
	rvx_printf("controld: %s: it is to run on core %lu, which the machine lacks\n", child->name,
		   core);
	return false;
}

static bool task_build(struct child *child, uint32_t index,
		       const struct manifest_partition *partition)
{
	uint64_t flags = (partition->passive ? RVX_SCHEDULE_PASSIVE : 0) |
			 (partition->mode == MANIFEST_REFLEX ? RVX_SCHEDULE_REFLEX : 0) |
			 (partition->hard ? RVX_SCHEDULE_HARD : 0);
	rvx_handle_t master;
	uint32_t slot;

	if (refused(child->name, "making its task", pool_make(RVX_OBJECT_TASK, 0, &master)))
		return false;
	/* Faults arrive with the badge of the capability that is used from here on. */
	if (refused(child->name, "making its task", pool_slot(&slot)) ||
	    refused(child->name, "making its task",
		    rvx_cap_mint(RVX_TABLE_OWN, master, RVX_TABLE_OWN, slot, RVX_RIGHTS_ALL, index,
				 0, &child->task)))
		return false;
	if (refused(child->name, "binding its task",
		    rvx_task_bind(child->task, child->partition, child->table)))
		return false;
	if (!task_place(child, partition->core))
		return false;
	if (refused(child->name, "setting its schedule",
		    rvx_task_schedule(child->task, ticks_of(partition->budget_ns),
				      ticks_of(partition->period_ns),
				      ticks_of(partition->deadline_ns), flags)))
		return false;
	return !refused(child->name, "supervising it", rvx_task_supervise(child->task, own_task));
}

/* What a child gets beside memory and edges. */
static bool belongings_give(struct child *child, const struct manifest_partition *partition)
{
	rvx_handle_t given;

	if (refused(child->name, "giving it credits",
		    rvx_log_grant(own_log, child->partition, partition->credits)))
		return false;
	if (partition->console && refused(child->name, "giving it the console",
					  rvx_cap_copy(RVX_TABLE_OWN, own_machine, child->table,
						       RVX_SLOT_MACHINE, RVX_RIGHT_WRITE, &given)))
		return false;
	if (partition->memory != 0 &&
	    refused(child->name, "giving it memory of its own",
		    pool_make_in(child->table, RVX_SLOT_UNTYPED, RVX_OBJECT_UNTYPED,
				 log2_floor(partition->memory), &given)))
		return false;
	return true;
}

static bool partition_build(struct child *child, uint32_t index,
			    const struct manifest_partition *partition)
{
	uint64_t number = 0, slots_log2;
	rvx_handle_t handle;

	if (partition->slots <= RVX_SLOT_FREE)
		return wrong(child->name, "its table is too small");
	slots_log2 = log2_floor(partition->slots - 1) + 1; /* Rounded up. */
	if (refused(child->name, "making its table",
		    pool_make(RVX_OBJECT_CAPTABLE, slots_log2, &child->table)))
		return false;
	if (refused(child->name, "making its partition",
		    pool_make(RVX_OBJECT_PARTITION, partition->tables, &child->partition)) ||
	    refused(child->name, "making its partition",
		    rvx_cap_describe(RVX_TABLE_OWN, RVX_HANDLE_SLOT(child->partition), &handle,
				     NULL, NULL, NULL, NULL, &number, NULL)))
		return false;
	child->number = (uint32_t)number >> 16;
	child->on_fault = partition->on_fault;
	return program_build(child, partition) && task_build(child, index, partition) &&
	       belongings_give(child, partition);
}

static void child_init(struct child *child, const struct manifest_partition *partition)
{
	*child = (struct child){
		.name = partition->label,
		.base = partition->window * RVX_WINDOW_SIZE,
		.region_end = partition->window * RVX_WINDOW_SIZE + RVX_WINDOW_REGIONS,
	};
	if (partition->index == 0) {
		child->table = RVX_SLOT_HANDLE(RVX_BOOT_CAPTABLE);
		child->partition = own_partition;
		child->task = own_task;
	}
}

/*
 * What lies between partitions.
 */

/* The slot for the next edge or region of a child; the root's are taken from its pool. */
static enum rvx_status slot_next(const struct system *system, const struct child *child,
				 uint32_t first, uint32_t limit, uint32_t *count, uint32_t *slot)
{
	if (child == &system->child[0])
		return pool_slot(slot);
	if (*count == limit)
		return RVX_LIMIT;
	*slot = first + (*count)++;
	return RVX_OK;
}

static bool region_share(struct system *system, const struct manifest_region *region,
			 rvx_handle_t master, uint32_t holder)
{
	uint64_t index, rights, address, end;
	struct child *child;
	uint32_t slot;

	manifest_region_holder(region, holder, &index, &rights);
	child = &system->child[index];
	address = region->size >= RVX_BLOCK_SIZE ? align_up(child->region_end, RVX_BLOCK_SIZE) :
						   child->region_end;
	end = child->base + (index == 0 ? ROOT_SCRATCH : RVX_WINDOW_SIZE);
	if (address + region->size > end)
		return wrong(region->label, "a window has no room for it");
	child->region_end = align_up(address + region->size, RVX_PAGE_SIZE) + RVX_PAGE_SIZE;
	if (refused(region->label, "giving it away",
		    slot_next(system, child, RVX_SLOT_REGION_FIRST, RVX_SLOT_REGION_COUNT,
			      &child->region_count, &slot)))
		return false;
	return region_give(child, master, slot, address, rights);
}

static bool region_build(struct system *system, const struct manifest_region *region)
{
	rvx_handle_t master;
	uint32_t i;

	/* Checked against overflow by its place in a window, but made before that. */
	if (region->size == 0 || region->size > RVX_WINDOW_SIZE)
		return wrong(region->label, "it is empty or larger than a window");
	if (refused(region->label, "making it",
		    pool_make(RVX_OBJECT_REGION,
			      align_up(region->size, RVX_PAGE_SIZE) / RVX_PAGE_SIZE, &master)))
		return false;
	for (i = 0; i < region->holder_count; i++)
		if (!region_share(system, region, master, i))
			return false;
	return true;
}

/*
 * Whether the manifest chose the badges. Where it did not, the image tool wrote the edge's number
 * at both ends, and each end gets its handle as badge: what the receive loop of libruvix replies to.
 */
static bool badge_is_given(const struct manifest_edge *edge)
{
	return edge->badges[0] != edge->index + 1 || edge->badges[1] != edge->index + 1;
}

/*
 * Give one end of an edge to its partition. The root binds the end through a capability of its
 * own, which the child's is derived from: what the child does to its handle leaves the edge whole.
 */
static bool end_build(struct system *system, struct edge *edge, uint32_t end,
		      const struct manifest_edge *from)
{
	struct child *child = &system->child[edge->ends[end]];
	rvx_handle_t root_end, given;
	uint32_t slot, root_slot;

	if (refused(edge->name, "giving it an end",
		    slot_next(system, child, RVX_SLOT_EDGE_FIRST, RVX_SLOT_EDGE_COUNT,
			      &child->edge_count, &slot)))
		return false;
	edge->badges[end] = badge_is_given(from) ? from->badges[end] : RVX_SLOT_HANDLE(slot);
	if (refused(edge->name, "making an end", pool_slot(&root_slot)) ||
	    refused(edge->name, "making an end",
		    rvx_cap_mint(RVX_TABLE_OWN, edge->master, RVX_TABLE_OWN, root_slot,
				 RVX_RIGHTS_ALL, edge->badges[end], end, &root_end)) ||
	    refused(edge->name, "binding an end",
		    rvx_edge_bind(RVX_TABLE_OWN, root_end, child->task, 0)))
		return false;
	return !refused(edge->name, "giving it an end",
			rvx_cap_copy(RVX_TABLE_OWN, root_end, child->table, slot, from->rights[end],
				     &given));
}

static bool edge_build(struct system *system, struct edge *edge, const struct manifest_edge *from)
{
	edge->name = from->label;
	edge->ends[0] = (uint32_t)from->ends[0];
	edge->ends[1] = (uint32_t)from->ends[1];
	if (refused(edge->name, "making it", pool_make(RVX_OBJECT_EDGE, 0, &edge->master)))
		return false;
	if (edge->ends[0] == 0)
		system->child[edge->ends[1]].reports = true;
	if (edge->ends[1] == 0)
		system->child[edge->ends[0]].reports = true;
	return end_build(system, edge, 0, from) && end_build(system, edge, 1, from);
}

/*
 * The whole.
 */

/* Whether a loop over the manifest ended well. */
static bool manifest_ended(const struct manifest *manifest, enum manifest_status status)
{
	if (status == MANIFEST_END)
		return true;
	rvx_printf("controld: %s: %s (%s)\n", MANIFEST_NAME, manifest_status_text(status),
		   status == MANIFEST_MALFORMED ? fdt_status_text(manifest->fdt_status) :
						  manifest->property);
	return false;
}

/* Building leaves a record for every step: take them out, so that the root's credits last. */
static bool records_drained(void)
{
	return !refused("witness log", "draining", drain_records(false));
}

static bool partitions_build(struct system *system, struct manifest *manifest)
{
	struct manifest_partition partition;
	enum manifest_status status;

	while ((status = manifest_next_partition(manifest, &partition)) == MANIFEST_OK) {
		uint32_t index = system->child_count;
		struct child *child = &system->child[index];

		if (index == CHILDREN_MAX)
			return wrong(MANIFEST_NAME, "it has too many partitions");
		if (partition.window == 0 || partition.window >= RVX_WINDOW_COUNT)
			return wrong(partition.label, "it has a window that does not exist");
		child_init(child, &partition);
		system->child_count++;
		if (index != 0 && !partition_build(child, index, &partition))
			return false;
		if (!records_drained())
			return false;
	}
	return manifest_ended(manifest, status);
}

static bool regions_build(struct system *system, struct manifest *manifest)
{
	struct manifest_region region;
	enum manifest_status status;

	while ((status = manifest_next_region(manifest, &region)) == MANIFEST_OK)
		if (!region_build(system, &region) || !records_drained())
			return false;
	return manifest_ended(manifest, status);
}

static bool edges_build(struct system *system, struct manifest *manifest)
{
	enum manifest_status status;
	struct manifest_edge edge;

	while ((status = manifest_next_edge(manifest, &edge)) == MANIFEST_OK) {
		if (system->edge_count == EDGES_MAX)
			return wrong(MANIFEST_NAME, "it has too many edges");
		if (!edge_build(system, &system->edge[system->edge_count++], &edge) ||
		    !records_drained())
			return false;
	}
	return manifest_ended(manifest, status);
}

bool builder_build(const struct rvx_boot_info *boot, struct system *system)
{
	struct manifest manifest;
	enum manifest_status status;
	struct cpio_entry entry;

	if (!image_map(boot) || !image_find(MANIFEST_NAME, &entry))
		return false;
	status = manifest_init(&manifest, entry.data, entry.size);
	if (status != MANIFEST_OK)
		return manifest_ended(&manifest, status);
	system->name = manifest.label;
	rvx_printf("controld: building '%s'\n", system->name);
	return partitions_build(system, &manifest) && regions_build(system, &manifest) &&
	       edges_build(system, &manifest);
}

bool builder_start(struct system *system)
{
	uint32_t i;

	for (i = 1; i < system->child_count; i++) {
		struct child *child = &system->child[i];

		if (refused(child->name, "starting its task",
			    rvx_task_start(child->task, child->entry, child->stack_end, 0)) ||
		    refused(child->name, "starting it", rvx_partition_start(child->partition)))
			return false;
		child->is_started = true;
	}
	return true;
}
