/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * VMIDs are a cache: a partition gets one when it is first switched to. When all are given out
 * a new generation begins: every partition that runs nowhere loses its VMID, all translations are
 * forgotten once, and the reclaim is recorded. VMID 0 belongs to idle cores.
 */
#ifndef KERNEL_VMID_H
#define KERNEL_VMID_H

#include "kernel/partition.h"

/* May lower core_count: each core needs one. */
void vmid_init(void);
bool vmid_is_assigned(const struct partition *partition);
/* Give a partition that has none a VMID. */
void vmid_assign(struct partition *partition);
/* The partition is gone, or its translations must be forgotten for good. */
void vmid_release(struct partition *partition);

#endif
