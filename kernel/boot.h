/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * From a known machine to the root task: memory, witness chain, boot objects, root.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include <ruvix/boot.h>
#include <ruvix/kinds.h>

#define BOOT_RANGES_MAX 16
#define BOOT_COMMAND_LINE 256

struct boot_range {
	uint64_t start, size;
};

/* What the architecture found. */
struct boot_machine {
	struct boot_range memory[BOOT_RANGES_MAX];
	uint32_t memory_count;
	struct boot_range reserved[BOOT_RANGES_MAX]; /* kernel, device tree, firmware's */
	uint32_t reserved_count;
	struct boot_range kept[BOOT_RANGES_MAX]; /* registers that are never leased */
	uint32_t kept_count;
	uint64_t console;	 /* address of the console's registers */
	struct boot_range image; /* system.img */
	uint32_t core_count;	 /* 1 to CONFIG_CORES_MAX */
	char command_line[BOOT_COMMAND_LINE];
	/* Keys of the witness chain; the secret is wiped when it was used. */
	uint8_t secret[32];
	uint8_t log_id[16];
	uint8_t nonce[16];
	uint64_t boot_number;
	/* When each stage was reached, in ticks. */
	uint64_t stage_time[RVX_STAGE_COUNT];
};

/* Build everything and return the root task, ready to run. Panics, naming what is wrong. */
struct task *boot_kernel(struct boot_machine *machine);

#endif
