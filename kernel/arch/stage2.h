/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Contract of an architecture: a partition's address space. `address` and `physical` are
 * page aligned, `physical` is what the region has at `address`; each function that changes
 * something works through at most CONFIG_CHUNK_ENTRIES entries and returns how many pages
 * that covered. Rights are RVX_RIGHT_READ, with WRITE or EXECUTE, and with STAGE2_DEVICE where
 * registers are mapped. Guarded by all locks.
 */
#ifndef KERNEL_ARCH_STAGE2_H
#define KERNEL_ARCH_STAGE2_H

#include "kernel/partition.h"

#define STAGE2_DEVICE 0x80u

/* OCCUPIED: something is mapped in the range. NO_TABLES: the pool has too few pages left. */
MUST_CHECK enum rvx_status stage2_may_map(struct partition *partition, uint64_t address,
					  uint64_t physical, uint64_t pages, uint32_t rights);
/* Map pages that stage2_may_map allowed; makes the instruction cache see executable ones. */
uint64_t stage2_map(struct partition *partition, uint64_t address, uint64_t physical,
		    uint64_t pages, uint32_t rights);
/* Take out up to a chunk of entries, from the end of `pages` mapped ones, also in all TLBs. */
uint64_t stage2_unmap(struct partition *partition, uint64_t address, uint64_t pages);
uint64_t stage2_protect(struct partition *partition, uint64_t address, uint64_t pages,
			uint32_t rights);
/* What an access at `address`, which need not be aligned, may do there now; 0: nothing is mapped. */
uint32_t stage2_rights(struct partition *partition, uint64_t address);

#endif
