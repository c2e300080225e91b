/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Where the builder of a program puts what it gives it: the slots of the program's CapTable and
 * the places in its window. What the manifest does not give leaves its slot empty.
 *
 *   slot    1..7    itself and the system, numbered as in the root task's table
 *           8..15   leases of devices
 *          16..79   ends of edges, in the order in which the manifest names them
 *          80..111  regions, in the order in which the manifest names them
 *         112..127  the memory the program runs in: its segments, then its stack
 *         128..     free
 *
 *   window  0            32 MiB                        64 MiB
 *          +-----------------+---------------------------+
 *          | program  [stack]|[region] [region] ...      |
 *          +-----------------+---------------------------+
 *
 * The stack ends at the middle, and at least one page around it and between two regions maps
 * nothing. Regions of 2 MiB and more start at a multiple of 2 MiB.
 */
#ifndef LIBRUVIX_RUVIX_SLOTS_H
#define LIBRUVIX_RUVIX_SLOTS_H

#include <ruvix/boot.h>

#define RVX_SLOT_CAPTABLE 1u
#define RVX_SLOT_PARTITION 2u
#define RVX_SLOT_TASK 3u
#define RVX_SLOT_MACHINE 4u /* the console: WRITE only */
#define RVX_SLOT_WITNESS_LOG 5u
#define RVX_SLOT_TELEMETRY 6u
#define RVX_SLOT_UNTYPED 7u /* memory of its own */
#define RVX_SLOT_LEASE_FIRST 8u
#define RVX_SLOT_EDGE_FIRST 16u
#define RVX_SLOT_EDGE_COUNT 64u
#define RVX_SLOT_REGION_FIRST 80u
#define RVX_SLOT_REGION_COUNT 32u
#define RVX_SLOT_MEMORY_FIRST 112u
#define RVX_SLOT_MEMORY_COUNT 16u
#define RVX_SLOT_FREE 128u

RVX_STATIC_ASSERT(RVX_SLOT_LEASE_FIRST + RVX_TASK_LEASES_MAX == RVX_SLOT_EDGE_FIRST, "slots");
/* Programs print through one slot number, whoever built them. */
RVX_STATIC_ASSERT(RVX_SLOT_MACHINE == RVX_BOOT_MACHINE, "the root's slots");
RVX_STATIC_ASSERT(RVX_SLOT_EDGE_FIRST + RVX_SLOT_EDGE_COUNT == RVX_SLOT_REGION_FIRST, "slots");
RVX_STATIC_ASSERT(RVX_SLOT_REGION_FIRST + RVX_SLOT_REGION_COUNT == RVX_SLOT_MEMORY_FIRST, "slots");
RVX_STATIC_ASSERT(RVX_SLOT_MEMORY_FIRST + RVX_SLOT_MEMORY_COUNT == RVX_SLOT_FREE, "slots");

/* What the builder put there has generation 1. */
#define RVX_SLOT_HANDLE(slot) RVX_HANDLE(slot, 1)

/* The program's end of the edge, or its region, that the manifest names as its `index`-th. */
#define RVX_EDGE(index) RVX_SLOT_HANDLE(RVX_SLOT_EDGE_FIRST + (index))
#define RVX_REGION(index) RVX_SLOT_HANDLE(RVX_SLOT_REGION_FIRST + (index))

/* Places in the window. */
#define RVX_WINDOW_STACK_END 0x2000000u
#define RVX_WINDOW_REGIONS 0x2000000u

#endif
