/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What stage2.c needs of TLBs and caches; host tests have their own. */
#ifndef KERNEL_AARCH64_TLB_H
#define KERNEL_AARCH64_TLB_H

#include <stdint.h>

struct partition;

/* Table entries written before are seen by the walkers of all cores. */
void tlb_publish(void);
/* Forget what is known of the partition, if anything can be. */
void tlb_flush_partition(const struct partition *partition);
/* What was written to [physical, physical + size) can be fetched as instructions. */
void instruction_cache_sync(uint64_t physical, uint64_t size);

#endif
