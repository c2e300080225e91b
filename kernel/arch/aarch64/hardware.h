/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the device tree says of the machine, and the drivers of the few devices the kernel uses
 * itself: console UART, interrupt controller, the emulator's configuration items.
 */
#ifndef KERNEL_AARCH64_HARDWARE_H
#define KERNEL_AARCH64_HARDWARE_H

#include "kernel/boot.h"
#include "kernel/config.h"

struct aarch64_devices {
	/* Written once at boot, then constant. Physical addresses; 0: not there. */
	uint64_t uart;
	uint64_t distributor;
	uint64_t redistributors; /* a frame of 128 KiB for each core */
	uint64_t fw_cfg;
	uint64_t affinity[CONFIG_CORES_MAX]; /* of each core, as in MPIDR_EL1 */
};
extern struct aarch64_devices aarch64_devices;

/* Read memory, devices and the boot module out of the tree. Panics, naming what is missing. */
void aarch64_hardware_read(const void *tree, struct boot_machine *machine);

void aarch64_uart_init(void);
void aarch64_uart_put(char c);

/* Kernel map: code, constants, data, all memory, devices; never two of write and execute. */
void aarch64_map_build(const struct boot_machine *machine);
void aarch64_map_enable(void);
/* What start.S loads on each core, in this order. Read before that core's caches are on. */
struct aarch64_mmu {
	uint64_t mair, tcr, ttbr0, sctlr;
} __attribute__((aligned(64)));
extern struct aarch64_mmu aarch64_mmu;
/* In start.S: load what the above left, on any core. */
void aarch64_mmu_on(void);

/* The distributor; and a core's own interrupts: its timer's, and those that cores send each other. */
void aarch64_distributor_init(void);
void aarch64_interrupts_init(uint64_t affinity);

/* A configuration item that must be there with exactly this size. */
struct aarch64_item {
	const char *name;
	void *buffer;
	uint32_t size;
	uint32_t key; /* filled in; 0: not found */
};

/* Read items. Panics, naming the one that is missing or of another size. */
void aarch64_fw_cfg_read(struct aarch64_item *items, uint32_t count);

#endif
