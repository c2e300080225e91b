/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The device tree, read in one pass. A node's properties come before its children, so a node is
 * judged when the next node begins or it ends: until then what it may be is collected.
 */
#include "kernel/arch/aarch64/hardware.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/panic.h"
#include "lib/fdt.h"
#include "lib/text.h"

#include <string.h>

struct aarch64_devices aarch64_devices;

/* The fields of MPIDR_EL1 that name a core, as the tree has them in `reg`. */
#define AFFINITY_OF_THIS_CORE (READ_REGISTER(mpidr_el1) & 0xff00ffffff)
#define RANGES_MAX 4u

/* Devices that the kernel uses, or may not give away. */
enum device {
	DEVICE_CONSOLE,
	DEVICE_INTERRUPTS,
	DEVICE_ITS, /* it writes to memory by itself */
	DEVICE_ITEMS,
	DEVICE_COUNT
};
static const char *const compatibles[DEVICE_COUNT] = {
	[DEVICE_CONSOLE] = "arm,pl011",
	[DEVICE_INTERRUPTS] = "arm,gic-v3",
	[DEVICE_ITS] = "arm,gic-v3-its",
	[DEVICE_ITEMS] = "qemu,fw-cfg-mmio",
};

struct node {
	bool is_memory, is_chosen, is_reservation, is_core;
	uint32_t device; /* enum device */
	struct boot_range reg[RANGES_MAX];
	uint32_t reg_count;
};

static void add_range(struct boot_range *ranges, uint32_t *count, struct boot_range range,
		      const char *what)
{
	if (range.size == 0)
		return;
	if (*count == BOOT_RANGES_MAX)
		kpanic("device tree: more than %d ranges of %s", BOOT_RANGES_MAX, what);
	ranges[(*count)++] = range;
}

static void judge(const struct node *node, struct boot_machine *machine)
{
	for (uint32_t i = 0; i < node->reg_count && node->is_memory; i++)
		add_range(machine->memory, &machine->memory_count, node->reg[i], "memory");
	for (uint32_t i = 0; i < node->reg_count && node->is_reservation; i++)
		add_range(machine->reserved, &machine->reserved_count, node->reg[i],
			  "reserved memory");
	if (node->reg_count == 0)
		return;
	if (node->is_core && machine->core_count < CONFIG_CORES_MAX)
		aarch64_devices.affinity[machine->core_count++] = node->reg[0].start;
	if (node->device == DEVICE_COUNT)
		return;
	if (node->device == DEVICE_CONSOLE) {
		if (aarch64_devices.uart == 0)
			aarch64_devices.uart = node->reg[0].start;
		return;
	}
	if (node->device == DEVICE_INTERRUPTS && node->reg_count > 1) {
		aarch64_devices.distributor = node->reg[0].start;
		aarch64_devices.redistributors = node->reg[1].start;
	} else if (node->device == DEVICE_ITEMS) {
		aarch64_devices.fw_cfg = node->reg[0].start;
	}
	/* Whoever had one of these had the machine. */
	for (uint32_t i = 0; i < node->reg_count; i++)
		add_range(machine->kept, &machine->kept_count, node->reg[i], "registers");
}

static uint64_t number(const struct fdt_item *item)
{
	uint64_t number;

	return fdt_item_cells(item, 0, item->size == sizeof(number) ? 2 : 1, &number) ? number : 0;
}

static void read_chosen(const struct fdt_item *item, struct boot_machine *machine)
{
	const char *text;

	if (fdt_item_is(item, "linux,initrd-start"))
		machine->image.start = number(item);
	else if (fdt_item_is(item, "linux,initrd-end"))
		machine->image.size = number(item);
	else if (fdt_item_is(item, "bootargs")) {
		text = fdt_item_string(item);
		if (text == NULL || text_length(text) >= BOOT_COMMAND_LINE)
			kpanic("device tree: the command line is no string of at most %d bytes",
			       BOOT_COMMAND_LINE - 1);
		memcpy(machine->command_line, text, text_length(text));
	}
}

static void read_property(const struct fdt *fdt, const struct fdt_item *item, struct node *node,
			  struct boot_machine *machine)
{
	const char *text;

	if (node->is_chosen) {
		read_chosen(item, machine);
	} else if (fdt_item_is(item, "device_type")) {
		text = fdt_item_string(item);
		node->is_memory = text != NULL && text_is(text, "memory");
		node->is_core = text != NULL && text_is(text, "cpu");
	} else if (fdt_item_is(item, "compatible")) {
		node->device = fdt_item_finds(item, compatibles, DEVICE_COUNT);
	} else if (fdt_item_is(item, "reg")) {
		for (uint32_t i = 0; i < RANGES_MAX; i++) {
			if (!fdt_item_reg(fdt, item, i, &node->reg[i].start, &node->reg[i].size))
				break;
			node->reg_count = i + 1;
		}
	}
}

static void require(const struct boot_machine *machine)
{
	if (machine->memory_count == 0)
		kpanic("device tree: no node of device_type \"memory\"");
	if (machine->core_count == 0 || aarch64_devices.affinity[0] != AFFINITY_OF_THIS_CORE)
		kpanic("device tree: the first node of device_type \"cpu\" is not the core that boots");
	if (aarch64_devices.uart == 0)
		kpanic("device tree: no console (compatible \"arm,pl011\")");
	if (aarch64_devices.distributor == 0)
		kpanic("device tree: no interrupt controller (compatible \"arm,gic-v3\")");
	if (aarch64_devices.fw_cfg == 0)
		kpanic("device tree: no configuration items (compatible \"qemu,fw-cfg-mmio\")");
	if (machine->image.start == 0 || machine->image.size <= machine->image.start)
		kpanic("device tree: /chosen names no system image (start with -initrd system.img)");
}

void aarch64_hardware_read(const void *tree, struct boot_machine *machine)
{
	struct fdt fdt;
	struct fdt_item item;
	struct node node = { .device = DEVICE_COUNT };
	bool in_reserved = false;
	uint32_t reserved_depth = 0;
	enum fdt_status status;

	/* The header says how large the blob is; what is read stays within its structure block. */
	status = fdt_init(&fdt, tree, SIZE_MAX);
	while (status == FDT_OK && (status = fdt_next(&fdt, &item)) == FDT_OK) {
		if (item.event == FDT_PROPERTY) {
			read_property(&fdt, &item, &node, machine);
			continue;
		}
		judge(&node, machine);
		node = (struct node){ .device = DEVICE_COUNT };
		if (item.event == FDT_NODE_END) {
			if (in_reserved && item.depth == reserved_depth)
				in_reserved = false;
			continue;
		}
		node.is_chosen = item.depth == 2 && fdt_item_is(&item, "chosen");
		node.is_reservation = in_reserved && item.depth == reserved_depth + 1;
		if (item.depth == 2 && fdt_item_is(&item, "reserved-memory")) {
			in_reserved = true;
			reserved_depth = item.depth;
		}
	}
	if (status != FDT_END)
		kpanic("device tree: %s at byte %u", fdt_status_text(status), fdt.error_offset);
	for (uint32_t i = 0; i < fdt.reservation_count; i++) {
		struct boot_range range;

		fdt_reservation(&fdt, i, &range.start, &range.size);
		add_range(machine->reserved, &machine->reserved_count, range, "reserved memory");
	}
	require(machine);
	machine->console = aarch64_devices.uart;
	machine->image.size -= machine->image.start;
	add_range(machine->reserved, &machine->reserved_count,
		  (struct boot_range){ (uintptr_t)tree, fdt.total_size }, "reserved memory");
}
