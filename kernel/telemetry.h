/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Telemetry: counters per edge and direction in pages that partitions map read-only, so that
 * reading the communication graph costs no system call. Made at boot.
 */
#ifndef KERNEL_TELEMETRY_H
#define KERNEL_TELEMETRY_H

#include "kernel/region.h"

#define TELEMETRY_PAGES (2u * CONFIG_EDGES_MAX * sizeof(struct rvx_telemetry_line) / RVX_PAGE_SIZE)

/* Written once at boot, then constant: the object whose pages hold the lines. */
extern struct region telemetry;

static inline struct rvx_telemetry_line *telemetry_line(uint32_t edge, uint32_t end)
{
	return (struct rvx_telemetry_line *)(uintptr_t)telemetry.base + (2 * (size_t)edge + end);
}

#endif
