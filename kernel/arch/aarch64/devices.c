/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The few devices the kernel uses itself: PL011, GICv3, QEMU's fw_cfg. */
#include "kernel/arch/aarch64/hardware.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/arch/cpu.h"
#include "kernel/config.h"
#include "kernel/panic.h"
#include "lib/byteorder.h"
#include "lib/text.h"

#include <string.h>

static void write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)address = value;
}

static uint32_t read32(uint64_t address)
{
	return *(volatile uint32_t *)(uintptr_t)address;
}

/* PL011 (ARM DDI 0183). */
#define UART_DATA 0x00u
#define UART_FLAGS 0x18u
#define UART_CONTROL 0x30u
#define UART_FLAGS_FULL 0x20u
#define UART_CONTROL_ENABLE 0x301u /* UART, transmit, receive */

void aarch64_uart_init(void)
{
	write32(aarch64_devices.uart + UART_CONTROL, UART_CONTROL_ENABLE);
}

void aarch64_uart_put(char c)
{
	/* A panic before the console is known has nowhere to go. */
	if (aarch64_devices.uart == 0)
		return;
	while ((read32(aarch64_devices.uart + UART_FLAGS) & UART_FLAGS_FULL) != 0)
		;
	write32(aarch64_devices.uart + UART_DATA, (uint8_t)c);
}

/* GICv3 (ARM IHI 0069). */
#define GICD_CTLR 0x0000u
#define GICD_CTLR_ENABLE 0x12u /* affinity routing, group 1 */
#define GICD_TYPER 0x0004u
#define GICD_IGROUPR 0x0080u
#define GICD_ISENABLER 0x0100u
#define GICD_ICENABLER 0x0180u
#define GICD_IPRIORITYR 0x0400u
#define GICD_IROUTER 0x6000u
#define GICR_WAKER 0x0014u
#define GICR_WAKER_SLEEP 0x2u
#define GICR_WAKER_ASLEEP 0x4u
#define GICR_PRIVATE 0x10000u
#define GICR_IGROUPR0 (GICR_PRIVATE + 0x80u)
#define GICR_ISENABLER0 (GICR_PRIVATE + 0x100u)
#define GICR_ICENABLER0 (GICR_PRIVATE + 0x180u)
#define GICR_IPRIORITYR (GICR_PRIVATE + 0x400u)
#define GICR_TYPE 0x0008u
#define GICR_TYPE_LAST ((uint64_t)1 << 4)
#define GICR_FRAME 0x20000u
#define CORE_INTERRUPT 0u
#define TIMER_INTERRUPT 26u
#define PRIORITY 0x80u
/* Levels 3 and 2 to 0 of an affinity, as GICR_TYPER has them side by side. */
#define AFFINITY(mpidr) ((mpidr) >> 8 & 0xff000000 | ((mpidr) & 0xffffff))

uint32_t arch_interrupt_count(void)
{
	uint32_t count = ((read32(aarch64_devices.distributor + GICD_TYPER) & 0x1f) + 1) * 32;

	return count < CONFIG_INTERRUPTS_MAX ? count : CONFIG_INTERRUPTS_MAX;
}

/* Sets and clears one bit by a write of its own: no lock needs to guard the word. */
static void write_bit(uint32_t registers, uint32_t number)
{
	write32(aarch64_devices.distributor + registers + number / 32 * 4, 1u << number % 32);
}

void arch_interrupt_enable(uint32_t number, uint32_t core)
{
	*(volatile uint64_t *)(uintptr_t)(aarch64_devices.distributor + GICD_IROUTER +
					  (uint64_t)number * 8) = aarch64_devices.affinity[core];
	write_bit(GICD_ISENABLER, number);
}

void arch_interrupt_disable(uint32_t number)
{
	write_bit(GICD_ICENABLER, number);
}

/* Triggers stay as firmware left them: the devices of the machines we know hold a level. */
void aarch64_distributor_init(void)
{
	uint32_t count = arch_interrupt_count();

	write32(aarch64_devices.distributor + GICD_CTLR, GICD_CTLR_ENABLE);
	for (uint32_t i = 32; i < count; i += 32) {
		write32(aarch64_devices.distributor + GICD_ICENABLER + i / 8, UINT32_MAX);
		write32(aarch64_devices.distributor + GICD_IGROUPR + i / 8, UINT32_MAX);
	}
	for (uint32_t i = 32; i < count; i += 4)
		write32(aarch64_devices.distributor + GICD_IPRIORITYR + i, PRIORITY * 0x01010101u);
}

static uint64_t find_redistributor(uint64_t affinity)
{
	uint64_t frame = aarch64_devices.redistributors;

	for (;; frame += GICR_FRAME) {
		uint64_t type = *(volatile uint64_t *)(uintptr_t)(frame + GICR_TYPE);

		if (type >> 32 == AFFINITY(affinity))
			return frame;
		if ((type & GICR_TYPE_LAST) != 0)
			kpanic("interrupt controller: no redistributor for the core of affinity %lx",
			       (unsigned long)affinity);
	}
}

void aarch64_interrupts_init(uint64_t affinity)
{
	uint64_t redistributor = find_redistributor(affinity);

	write32(redistributor + GICR_WAKER, read32(redistributor + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	while ((read32(redistributor + GICR_WAKER) & GICR_WAKER_ASLEEP) != 0)
		;
	write32(redistributor + GICR_ICENABLER0, UINT32_MAX);
	write32(redistributor + GICR_IGROUPR0, UINT32_MAX);
	for (uint32_t i = 0; i < 32; i += 4)
		write32(redistributor + GICR_IPRIORITYR + i, PRIORITY * 0x01010101u);
	write32(redistributor + GICR_ISENABLER0, 1u << TIMER_INTERRUPT | 1u << CORE_INTERRUPT);

	WRITE_REGISTER(S3_4_C12_C9_5, READ_REGISTER(S3_4_C12_C9_5) | 1); /* ICC_SRE_EL2.SRE */
	isb();
	WRITE_REGISTER(S3_0_C4_C6_0, 0xff); /* ICC_PMR_EL1: every priority */
	WRITE_REGISTER(S3_0_C12_C12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
}

/* fw_cfg (QEMU docs/specs/fw_cfg): select an item, then read it from the data register. */
#define FW_CFG_DATA 0u
#define FW_CFG_SELECTOR 8u
#define FW_CFG_DIRECTORY 0x19u
#define FW_CFG_FILES_MAX 512u

struct fw_cfg_file {
	uint8_t size[4];
	uint8_t select[2];
	uint8_t reserved[2];
	char name[56];
};
_Static_assert(sizeof(struct fw_cfg_file) == 64, "a directory entry as QEMU writes it");

static void fw_cfg_select(uint32_t key)
{
	*(volatile uint16_t *)(uintptr_t)(aarch64_devices.fw_cfg + FW_CFG_SELECTOR) =
		__builtin_bswap16((uint16_t)key);
}

static void fw_cfg_bytes(void *buffer, uint32_t size)
{
	uint8_t *to = buffer;

	for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), to += sizeof(uint64_t)) {
		uint64_t word =
			*(volatile uint64_t *)(uintptr_t)(aarch64_devices.fw_cfg + FW_CFG_DATA);

		memcpy(to, &word, sizeof(word));
	}
	for (; size > 0; size--)
		*to++ = *(volatile uint8_t *)(uintptr_t)(aarch64_devices.fw_cfg + FW_CFG_DATA);
}

/* The directory is long and each byte costs a device access: it is read once for all items. */
static void find_item(struct aarch64_item *items, uint32_t count, const struct fw_cfg_file *file)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!text_is(file->name, items[i].name))
			continue;
		if (load_be32(file->size) != items[i].size)
			kpanic("configuration item %s has %u bytes instead of %u", items[i].name,
			       load_be32(file->size), items[i].size);
		items[i].key = (uint32_t)file->select[0] << 8 | file->select[1];
	}
}

void aarch64_fw_cfg_read(struct aarch64_item *items, uint32_t count)
{
	uint8_t file_count_bytes[4];
	uint32_t file_count;

	fw_cfg_select(FW_CFG_DIRECTORY);
	fw_cfg_bytes(file_count_bytes, sizeof(file_count_bytes));
	file_count = load_be32(file_count_bytes);
	for (uint32_t i = 0; i < file_count && i < FW_CFG_FILES_MAX; i++) {
		struct fw_cfg_file file;

		fw_cfg_bytes(&file, sizeof(file));
		file.name[sizeof(file.name) - 1] = 0;
		find_item(items, count, &file);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (items[i].key == 0)
			kpanic("configuration item %s is missing (ruvix run passes it with -fw_cfg)",
			       items[i].name);
		fw_cfg_select(items[i].key);
		fw_cfg_bytes(items[i].buffer, items[i].size);
	}
}
