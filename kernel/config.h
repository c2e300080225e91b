/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * All capacities of the kernel. Whatever is fixed in number is fixed here, so that the
 * memory the kernel needs for itself can be read off one page.
 */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#define CONFIG_CORES_MAX 8
#define CONFIG_TASKS_MAX 4608	   /* started ones of a core */
#define CONFIG_PARTITIONS_MAX 4096 /* numbers; 0 is the kernel itself */
#define CONFIG_EDGES_MAX 1024	   /* telemetry: two lines of 64 bytes each */
#define CONFIG_LEASES_MAX 64	   /* devices leased at a time, or waiting for their reset */
/* Of a core's ready queue and of its timers: two a task, one a lease, and the root's heartbeat. */
#define CONFIG_QUEUE_PLACES (2 * CONFIG_TASKS_MAX + CONFIG_LEASES_MAX + 1)
#define CONFIG_INTERRUPTS_MAX 1020 /* numbers of devices' interrupts are below */
#define CONFIG_RING_RECORDS 16384  /* power of two */
#define CONFIG_TRACE_RECORDS 4096  /* of a core, power of two */
#define CONFIG_KERNEL_RECORDS 512  /* ring places for the kernel's own events */
#define CONFIG_PARTITION_RECORDS 2 /* ring places of each partition: denials and faults */

/* VMIDs in use at a time: an option, so that a test can force recycling. */
#ifndef CONFIG_VMIDS
#define CONFIG_VMIDS 256
#endif

/* What one uninterruptible stretch of a long operation does at most. */
#define CONFIG_CHUNK_CAPABILITIES 24
#define CONFIG_CHUNK_ENTRIES 64
#define CONFIG_CHUNK_BYTES 4096
#define CONFIG_CHUNK_SLOTS 64
#define CONFIG_CHUNK_RECORDS 64

/* What a core's Reflex tasks may use of it together, of CONFIG_SHARE_WHOLE. */
#define CONFIG_SHARE_WHOLE 1000000000ull
#define CONFIG_REFLEX_SHARE_MAX 700000000ull

/* Default scheduling context of a task, in ticks of 16 ns: 1 ms of every 10 ms. */
#define CONFIG_DEFAULT_BUDGET 62500
#define CONFIG_DEFAULT_PERIOD 625000

/* How long a core runs nothing because another one asked for it: 100 us, in ticks of 16 ns. */
#define CONFIG_PARK_TICKS 6250

/* Restarts of the root task within a window, in ticks of 16 ns: 3 in 10 s. */
#define CONFIG_ROOT_RESTARTS 3
#define CONFIG_ROOT_WINDOW 625000000

#define CONFIG_REGION_PAGES_MAX (1u << 18)

/* Of large tables that are written before they are read: boot does not clear them. */
#define UNCLEARED __attribute__((section(".uncleared")))
#define UNCLEARED_ALIGNED(size) __attribute__((section(".uncleared.aligned"), aligned(size)))

#endif
