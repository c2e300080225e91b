/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * From a known machine to the root task. What the kernel needs for itself is taken out of free
 * memory first: the witness ring, the telemetry, and one Untyped from which the root's objects
 * are retyped like any others. All other memory goes to the root as Untyped.
 */
#include "kernel/boot.h"
#include "kernel/arch/cpu.h"
#include "kernel/config.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/destroy.h"
#include "kernel/edge.h"
#include "kernel/hash.h"
#include "kernel/lease.h"
#include "kernel/machine.h"
#include "kernel/panic.h"
#include "kernel/preempt.h"
#include "kernel/region.h"
#include "kernel/retype.h"
#include "kernel/root.h"
#include "kernel/task.h"
#include "kernel/telemetry.h"
#include "kernel/trace.h"
#include "kernel/trap.h"
#include "kernel/view.h"
#include "kernel/vmid.h"
#include "kernel/witness.h"
#include "lib/bits.h"
#include "lib/cpio.h"
#include "lib/elf.h"

#include <ruvix/version.h>

#define BOOT_UNTYPED_LOG2 22u
#define UNTYPED_LOG2_SMALLEST 16u
#define ROOT_CREDITS 8192u
#define ROOT_STACK_PAGES 8u
#define ROOT_NAME "controld"
#define MANIFEST_NAME "manifest.dtb"

/* Kept whole: host tools read it by its symbol. */
struct rvx_kernel_view kernel_view __attribute__((used)) = { .magic = RVX_VIEW_MAGIC,
							     .abi_major = RVX_ABI_MAJOR,
							     .abi_minor = RVX_ABI_MINOR };
struct region telemetry;
static struct region image_region;

/* The kernel's own table: serial 0, out of reach of every handle. */
static struct {
	struct captable header;
	struct capability slots[2];
} kernel_table __attribute__((aligned(64)));
#define BOOT_UNTYPED (&kernel_table.slots[1])

/* What the boot works with. */
static struct {
	struct boot_range free[BOOT_RANGES_MAX * 2];
	uint32_t free_count;
	struct captable *table;	      /* the root's */
	struct capability *partition; /* the root's */
	struct rvx_boot_info *info;
} boot;

/* Whole pages: what is removed takes all that it touches. */
static void remove_range(struct boot_range removed)
{
	uint64_t start = align_down(removed.start, RVX_PAGE_SIZE);
	uint64_t end = align_up(removed.start + removed.size, RVX_PAGE_SIZE);

	for (uint32_t i = 0; i < boot.free_count; i++) {
		struct boot_range *range = &boot.free[i];
		uint64_t range_end = range->start + range->size;

		if (end <= range->start || start >= range_end)
			continue;
		if (end < range_end) {
			if (boot.free_count == BOOT_RANGES_MAX * 2)
				kpanic("memory is cut into too many pieces");
			boot.free[boot.free_count++] = (struct boot_range){ end, range_end - end };
		}
		range = &boot.free[i];
		range->size = start > range->start ? start - range->start : 0;
	}
}

static void find_free_memory(const struct boot_machine *machine)
{
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		uint64_t start = align_up(machine->memory[i].start, RVX_PAGE_SIZE);
		uint64_t end = align_down(machine->memory[i].start + machine->memory[i].size,
					  RVX_PAGE_SIZE);

		if (end > start)
			boot.free[boot.free_count++] = (struct boot_range){ start, end - start };
	}
	remove_range((struct boot_range){ 0, RVX_PAGE_SIZE });
	for (uint32_t i = 0; i < machine->reserved_count; i++)
		remove_range(machine->reserved[i]);
	remove_range(machine->image);
}

static void *take(uint64_t size, uint64_t alignment, const char *what)
{
	for (uint32_t i = 0; i < boot.free_count; i++) {
		uint64_t start = align_up(boot.free[i].start, alignment);
		uint64_t end = boot.free[i].start + boot.free[i].size;

		if (start < end && end - start >= size) {
			remove_range((struct boot_range){ start, size });
			return (void *)(uintptr_t)start;
		}
	}
	kpanic("no %lu KiB of memory for the %s", (unsigned long)(size >> 10), what);
}

static void emit(uint16_t kind, uint64_t object, uint64_t p0, uint64_t p1)
{
	witness_emit(kind, RVX_WITNESS_ALLOWED, NULL, object, p0, p1);
}

static void emit_stage(const struct boot_machine *machine, enum rvx_boot_stage stage)
{
	emit(RVX_WITNESS_BOOT_STAGE, 0, stage, machine->stage_time[stage]);
}

/* One that is reached only now that the chain has begun. */
static void reach_stage(struct boot_machine *machine, enum rvx_boot_stage stage)
{
	machine->stage_time[stage] = arch_clock_now();
	emit_stage(machine, stage);
}

static void start_chain(struct boot_machine *machine)
{
	uint64_t id[2];
	void *ring = take(RING_PAGES * RVX_PAGE_SIZE, RVX_PAGE_SIZE, "witness ring");

	kernel_view.ring = (uintptr_t)ring;
	kernel_view.ring_records = CONFIG_RING_RECORDS;
	kernel_view.frequency = arch_clock_frequency();
	kernel_view.boot = machine->boot_number;
	memcpy(kernel_view.log_id, machine->log_id, sizeof(kernel_view.log_id));
	memcpy(kernel_view.nonce, machine->nonce, sizeof(kernel_view.nonce));
	witness_init(ring, machine->secret, machine->log_id, machine->boot_number, machine->nonce);
	memcpy(id, machine->log_id, sizeof(id));
	emit(RVX_WITNESS_BOOT_ATTESTATION, machine->boot_number, id[0], id[1]);
	for (int stage = RVX_STAGE_RESET_ENTRY; stage <= RVX_STAGE_EL2_CONFIGURED; stage++)
		emit_stage(machine, (enum rvx_boot_stage)stage);
}

static struct capability *boot_slot(struct captable *table, uint32_t index)
{
	struct capability *slot;

	if (captable_free_slot(table, index, &slot) != RVX_OK)
		kpanic("root's table: slot %u is not free", index);
	return slot;
}

/* A capability that was not retyped: a root of the derivation tree. */
static void give(struct captable *table, uint32_t index, void *object, uint32_t type,
		 uint32_t rights, uint64_t size)
{
	struct capability *slot = boot_slot(table, index);
	struct object *made = object;

	capability_insert(slot, NULL, object, capability_meta(type, rights, CAPABILITY_MASTER),
			  false);
	if (type == RVX_OBJECT_UNTYPED) {
		untyped_init(slot, (uint8_t)size, 0, object_serial_next());
		slot->u.untyped.permanent = 1;
	} else {
		*made = (struct object){ .type = type,
					 .serial = object_serial_next(),
					 .flags = OBJECT_PERMANENT,
					 .master = slot };
	}
	emit(RVX_WITNESS_BOOT_CAPABILITY, capability_object_id(slot),
	     capability_place(slot, rights | type << 8), size);
}

static void *retype_size_address(uint64_t type, uint64_t size, struct untyped_place *place)
{
	enum rvx_status status = retype_find(BOOT_UNTYPED, type, size, place);

	if (status != RVX_OK)
		kpanic("no memory for the root's objects: type %lu, size %lu", (unsigned long)type,
		       (unsigned long)size);
	while (!untyped_clean(BOOT_UNTYPED, place))
		;
	return untyped_address(BOOT_UNTYPED, place->size != 0 ? place->offset : place->page_offset);
}

static struct capability *make(uint32_t index, uint64_t type, uint64_t size)
{
	struct untyped_place place;
	struct capability *slot = boot_slot(boot.table, index);

	(void)retype_size_address(type, size, &place);
	retype_make(NULL, BOOT_UNTYPED, type, size, &place, slot);
	return slot;
}

/* The table's own master lies in the table. */
static void make_table(void)
{
	struct untyped_place place;
	struct capability *slot;

	boot.table = retype_size_address(RVX_OBJECT_CAPTABLE, RVX_BOOT_CAPTABLE_LOG2, &place);
	slot = &captable_slots(boot.table)[RVX_BOOT_CAPTABLE];
	slot->index = RVX_BOOT_CAPTABLE;
	retype_make(NULL, BOOT_UNTYPED, RVX_OBJECT_CAPTABLE, RVX_BOOT_CAPTABLE_LOG2, &place, slot);
}

static void map(struct capability *region, uint64_t address, uint32_t rights)
{
	struct partition *partition = boot.partition->object;
	enum rvx_status status = region_may_map(region, partition, address, rights);

	if (status != RVX_OK)
		kpanic("cannot map the root's pages at %lx: status %d", (unsigned long)address,
		       status);
	emit(RVX_WITNESS_REGION_MAP, capability_object_id(region), capability_place(region, rights),
	     RVX_MAPPING(partition->number, address, rights));
	region_map_begin(region, partition, address, rights);
	while (!region_step(region))
		;
}

static void emit_hash(const char *name, const void *data, uint64_t size)
{
	uint8_t digest[HASH_DIGEST_BYTES];
	uint64_t words[4], label = 0;

	hash_blake2b(digest, data, size);
	memcpy(words, digest, sizeof(words));
	for (uint32_t i = 0; i < sizeof(label) && name[i] != 0; i++)
		label |= (uint64_t)(uint8_t)name[i] << (8 * i);
	emit(RVX_WITNESS_MODULE_HASH, label, words[0], words[1]);
	witness_emit(RVX_WITNESS_MODULE_HASH, RVX_WITNESS_CONTINUED, NULL, size, words[2],
		     words[3]);
}

static void find_module(const struct boot_machine *machine, const char *name,
			struct cpio_entry *entry)
{
	struct cpio cpio;
	enum cpio_status status;

	cpio_init(&cpio, (const void *)(uintptr_t)machine->image.start, machine->image.size);
	status = cpio_find(&cpio, name, entry);
	if (status == CPIO_END)
		kpanic("system image: no entry called %s", name);
	if (status != CPIO_OK)
		kpanic("system image: entry %u at byte %lu: %s", cpio.index,
		       (unsigned long)cpio.offset, cpio_status_text(status));
	emit_hash(name, entry->data, entry->size);
}

static void load_segment(const struct elf_segment *segment, uint32_t index, uint64_t base)
{
	uint64_t start = align_down(segment->address, RVX_PAGE_SIZE);
	uint64_t size = align_up(segment->address + segment->memory_size, RVX_PAGE_SIZE) - start;
	struct capability *region =
		make(RVX_BOOT_SEGMENT_FIRST + index, RVX_OBJECT_REGION, size / RVX_PAGE_SIZE);
	uint64_t physical = ((struct region *)region->object)->base;
	uint32_t rights = RVX_RIGHT_READ;

	memcpy((void *)(uintptr_t)(physical + (segment->address - start)), segment->data,
	       segment->file_size);
	if ((segment->flags & ELF_WRITABLE) != 0)
		rights |= RVX_RIGHT_WRITE;
	if ((segment->flags & ELF_EXECUTABLE) != 0)
		rights |= RVX_RIGHT_EXECUTE;
	map(region, base + start, rights);
	kernel_view.root_segment[index].address = base + start;
	kernel_view.root_segment[index].physical = physical;
	kernel_view.root_segment[index].size = size;
}

/* Load the root's program into its window. Returns its entry point. */
static uint64_t load_root(const struct boot_machine *machine)
{
	const uint64_t base = (uint64_t)RVX_ROOT_WINDOW * RVX_WINDOW_SIZE;
	struct cpio_entry file, manifest;
	struct elf elf;
	enum elf_status status;

	find_module(machine, ROOT_NAME, &file);
	find_module(machine, MANIFEST_NAME, &manifest);
	status = elf_init(&elf, file.data, file.size);
	if (status != ELF_OK)
		kpanic("%s: %s at byte %lu", ROOT_NAME, elf_status_text(status),
		       (unsigned long)elf.error_offset);
	if (elf.abi_major != RVX_ABI_MAJOR)
		kpanic("%s is made for ABI %u.%u, this kernel has %u.%u", ROOT_NAME, elf.abi_major,
		       elf.abi_minor, RVX_ABI_MAJOR, RVX_ABI_MINOR);
	if (elf.segment_count > RVX_BOOT_SEGMENTS_MAX)
		kpanic("%s has %u segments, at most %u are loaded", ROOT_NAME, elf.segment_count,
		       RVX_BOOT_SEGMENTS_MAX);
	for (uint32_t i = 0; i < elf.segment_count; i++)
		load_segment(&elf.segments[i], i, base);
	kernel_view.root_base = base;
	kernel_view.root_segment_count = elf.segment_count;
	return base + elf.entry;
}

static void make_untypeds(void)
{
	struct rvx_boot_info *info = boot.info;

	for (uint32_t i = 0; i < boot.free_count; i++) {
		uint64_t start = boot.free[i].start, end = start + boot.free[i].size;

		while (start < end && info->untyped_count < RVX_BOOT_UNTYPED_MAX) {
			uint32_t log2 = log2_floor(end - start);

			if (start != 0 && (uint32_t)__builtin_ctzll(start) < log2)
				log2 = (uint32_t)__builtin_ctzll(start);
			if (log2 >= UNTYPED_LOG2_SMALLEST) {
				struct rvx_boot_untyped *untyped =
					&info->untyped[info->untyped_count];

				untyped->physical = start;
				untyped->size_log2 = log2;
				give(boot.table, RVX_BOOT_UNTYPED_FIRST + info->untyped_count,
				     (void *)(uintptr_t)start, RVX_OBJECT_UNTYPED, RVX_RIGHTS_ALL,
				     log2);
				info->untyped_count++;
			}
			start += (uint64_t)1 << log2;
		}
	}
}

/* The page that the root reads first; nobody else's yet, so the kernel may write it. */
static void make_info(const struct boot_machine *machine, uint64_t address)
{
	struct capability *region = make(RVX_BOOT_INFO, RVX_OBJECT_REGION, 1);
	struct rvx_boot_info *info =
		(struct rvx_boot_info *)(uintptr_t)((struct region *)region->object)->base;

	boot.info = info;
	info->magic = RVX_BOOT_MAGIC;
	info->abi_major = RVX_ABI_MAJOR;
	info->abi_minor = RVX_ABI_MINOR;
	info->cores = core_count;
	info->frequency = arch_clock_frequency();
	info->boot = machine->boot_number;
	memcpy(info->log_id, machine->log_id, sizeof(info->log_id));
	info->root_base = (uint64_t)RVX_ROOT_WINDOW * RVX_WINDOW_SIZE;
	info->image_size = machine->image.size;
	info->image_offset = machine->image.start % RVX_PAGE_SIZE;
	info->image_pages = image_region.pages;
	info->ring_records = CONFIG_RING_RECORDS;
	info->ring_pages = RING_PAGES;
	info->telemetry_edges = CONFIG_EDGES_MAX;
	info->telemetry_pages = TELEMETRY_PAGES;
	info->free_slot = RVX_BOOT_UNTYPED_FIRST + RVX_BOOT_UNTYPED_MAX;
	memcpy(info->command_line, machine->command_line, sizeof(info->command_line));
	map(region, address, RVX_RIGHT_READ);
}

static void make_boot_objects(const struct boot_machine *machine)
{
	uint64_t image_start = align_down(machine->image.start, RVX_PAGE_SIZE);
	uint64_t image_end = align_up(machine->image.start + machine->image.size, RVX_PAGE_SIZE);
	void *lines = take(TELEMETRY_PAGES * RVX_PAGE_SIZE, RVX_PAGE_SIZE, "telemetry");

	arch_zero(lines, TELEMETRY_PAGES * RVX_PAGE_SIZE);
	region_create(&telemetry, (uintptr_t)lines, TELEMETRY_PAGES);
	region_create(&witness_log.region, kernel_view.ring, RING_PAGES);
	region_create(&image_region, image_start, (image_end - image_start) / RVX_PAGE_SIZE);
	trace_init();
}

static void give_boot_objects(void)
{
	const uint32_t look = RVX_RIGHT_READ | RVX_RIGHT_GRANT | RVX_RIGHT_REVOKE;

	give(boot.table, RVX_BOOT_MACHINE, &machine_object, RVX_OBJECT_MACHINE, RVX_RIGHTS_ALL, 0);
	give(boot.table, RVX_BOOT_DEVICES, &lease_parent, RVX_OBJECT_LEASE, RVX_RIGHTS_ALL, 0);
	give(boot.table, RVX_BOOT_WITNESS_LOG, &witness_log, RVX_OBJECT_WITNESS_LOG, RVX_RIGHTS_ALL,
	     RING_PAGES);
	give(boot.table, RVX_BOOT_TELEMETRY, &telemetry, RVX_OBJECT_TELEMETRY, look,
	     TELEMETRY_PAGES);
	give(boot.table, RVX_BOOT_SYSTEM_IMAGE, &image_region, RVX_OBJECT_REGION, look,
	     image_region.pages);
}

static void init_state(const struct boot_machine *machine)
{
	capability_tree_init();
	kernel_table.header.object.type = RVX_OBJECT_CAPTABLE;
	kernel_table.header.slot_count = sizeof(kernel_table.slots) / sizeof(kernel_table.slots[0]);
	partition_table_init();
	edge_table_init();
	destroy_init();
	core_count = machine->core_count;
	vmid_init();
	for (uint32_t i = 0; i < core_count; i++)
		core_init(&cores[i], i);
}

struct task *boot_kernel(struct boot_machine *machine)
{
	const uint64_t window_end = (uint64_t)(RVX_ROOT_WINDOW + 1) * RVX_WINDOW_SIZE;
	const uint64_t info_address = window_end - RVX_PAGE_SIZE;
	const uint64_t stack_top = info_address - RVX_PAGE_SIZE;
	struct capability *task_capability, *stack;
	struct partition *partition;
	struct task *task;
	uint64_t entry;

	init_state(machine);
	find_free_memory(machine);
	lease_init(machine);
	start_chain(machine);
	console_print("RuVix %u.%u, boot %lu\n", RVX_ABI_MAJOR, RVX_ABI_MINOR,
		      (unsigned long)machine->boot_number);
	make_boot_objects(machine);
	give(&kernel_table.header, 1,
	     take((uint64_t)1 << BOOT_UNTYPED_LOG2, (uint64_t)1 << BOOT_UNTYPED_LOG2,
		  "root's objects"),
	     RVX_OBJECT_UNTYPED, RVX_RIGHTS_ALL, BOOT_UNTYPED_LOG2);
	make_table();
	give_boot_objects();
	reach_stage(machine, RVX_STAGE_KERNEL_OBJECTS_READY);
	reach_stage(machine, RVX_STAGE_BOOT_COMPLETE);
	emit(RVX_WITNESS_BOOT_COMPLETE, 0,
	     machine->stage_time[RVX_STAGE_BOOT_COMPLETE] -
		     machine->stage_time[RVX_STAGE_RESET_ENTRY],
	     0);

	boot.partition = make(RVX_BOOT_PARTITION, RVX_OBJECT_PARTITION, RVX_ROOT_TABLES);
	partition = boot.partition->object;
	reach_stage(machine, RVX_STAGE_FIRST_PARTITION_CREATED);
	emit(RVX_WITNESS_CREDIT_GRANT, object_id(&partition->object), ROOT_CREDITS, 0);
	witness_credits_set(partition, ROOT_CREDITS);
	entry = load_root(machine);
	make_info(machine, info_address);
	boot.info->stack_top = stack_top;
	stack = make(RVX_BOOT_SEGMENT_FIRST + RVX_BOOT_SEGMENTS_MAX, RVX_OBJECT_REGION,
		     ROOT_STACK_PAGES);
	map(stack, stack_top - ROOT_STACK_PAGES * (uint64_t)RVX_PAGE_SIZE,
	    RVX_RIGHT_READ | RVX_RIGHT_WRITE);
	make_untypeds();
	boot.info->credits = witness_credits_free();

	task_capability = make(RVX_BOOT_TASK, RVX_OBJECT_TASK, 0);
	task = task_of(task_capability->object);
	emit(RVX_WITNESS_TASK_BIND, object_id(&task->object), object_id(&partition->object),
	     object_id(&boot.table->object));
	task_bind(task, partition, boot.table);
	emit(RVX_WITNESS_PARTITION_START, object_id(&partition->object), 0, 0);
	partition_state_set(partition, RVX_PARTITION_RUNNING);
	emit(RVX_WITNESS_TASK_START, object_id(&task->object), entry, stack_top);
	if (sched_admit(&cores[0], &task->home) != RVX_OK)
		kpanic("no place in the queues for the root task");
	root_init(task);
	task_start(task, entry, stack_top, info_address);
	stretch_forget();
	return trap_idle(&cores[0]);
}
