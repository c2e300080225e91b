/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the kernel tells the root task (x0 at its entry) and the host.
 *
 * The root task gets one capability table with everything there is: its own
 * objects and the boot-made ones at fixed slots, then all free memory as Untyped.
 */
#ifndef RUVIX_BOOT_H
#define RUVIX_BOOT_H

#include <ruvix/types.h>

/* Slots of the root's table; every generation is 1. */
enum rvx_boot_slot {
	RVX_BOOT_CAPTABLE = 1,
	RVX_BOOT_PARTITION = 2,
	RVX_BOOT_TASK = 3,
	RVX_BOOT_MACHINE = 4,
	RVX_BOOT_WITNESS_LOG = 5,
	RVX_BOOT_TELEMETRY = 6,
	RVX_BOOT_SYSTEM_IMAGE = 7,  /* region: the whole system.img, read-only, not mapped */
	RVX_BOOT_INFO = 8,	    /* region: this page, mapped */
	RVX_BOOT_SEGMENT_FIRST = 9, /* regions: the root's own segments, mapped */
	RVX_BOOT_DEVICES = 14,	    /* lease: the parent of all, which stands for every device */
	RVX_BOOT_UNTYPED_FIRST = 16
};
#define RVX_BOOT_SEGMENTS_MAX 4u
#define RVX_BOOT_UNTYPED_MAX 40u
#define RVX_BOOT_CAPTABLE_LOG2 10u
#define RVX_ROOT_WINDOW 1u
#define RVX_ROOT_TABLES 64u

#define RVX_BOOT_MAGIC 0x544f4f4258495652u /* "RVIXBOOT" */

struct rvx_boot_untyped {
	uint64_t physical; /* for people: nothing takes physical addresses */
	uint64_t size_log2;
};

struct rvx_boot_info {
	uint64_t magic;
	uint32_t abi_major;
	uint32_t abi_minor;
	uint64_t frequency; /* ticks a second */
	uint64_t boot;	    /* number of this boot */
	uint8_t log_id[16];
	uint64_t root_base;  /* address of the root's window */
	uint64_t stack_top;  /* initial sp */
	uint64_t image_size; /* bytes of system.img; it starts at the region's first byte
				 + image_offset */
	uint64_t image_offset;
	uint64_t image_pages;	  /* of region RVX_BOOT_SYSTEM_IMAGE */
	uint64_t ring_records;	  /* capacity of the witness ring, a power of two */
	uint64_t ring_pages;	  /* what mapping RVX_BOOT_WITNESS_LOG takes */
	uint64_t telemetry_edges; /* capacity: two lines each */
	uint64_t telemetry_pages;
	uint64_t credits;   /* witness credits that can still be given out */
	uint64_t free_slot; /* the first slot of the table that nothing uses */
	uint64_t cores;	    /* that run, from 0 */
	uint64_t untyped_count;
	struct rvx_boot_untyped untyped[RVX_BOOT_UNTYPED_MAX];
	char command_line[256]; /* zero terminated */
};
RVX_STATIC_ASSERT(sizeof(struct rvx_boot_info) <= RVX_PAGE_SIZE, "boot information page");

/*
 * What a host tool finds in the RAM file at the kernel symbol `kernel_view`.
 * Addresses are physical.
 */
#define RVX_VIEW_MAGIC 0x5745495658495652u /* "RVIXVIEW" */

struct rvx_kernel_view {
	uint64_t magic;
	uint32_t abi_major;
	uint32_t abi_minor;
	uint64_t ring; /* records, RVX_VIEW ring_records of them */
	uint64_t ring_records;
	uint64_t next_sequence; /* of the next record */
	uint64_t acknowledged;	/* records below are no longer kept */
	uint64_t frequency;
	uint64_t boot;
	uint8_t log_id[16];
	uint8_t nonce[16];
	uint64_t root_base; /* window address of the root task */
	uint64_t root_segment_count;
	struct {
		uint64_t address; /* in the root's window */
		uint64_t physical;
		uint64_t size;
	} root_segment[RVX_BOOT_SEGMENTS_MAX];
	uint64_t panicked; /* the epitaph at `kernel_epitaph` is valid */
};

#endif
