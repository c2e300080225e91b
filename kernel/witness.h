/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The witness ring: no witness, no mutation.
 *
 * A system call reserves before it changes anything and emits before it commits; both happen in
 * one uninterruptible entry, so a reservation is a look at the account and not a state.
 * A record costs its actor's partition one credit until the log server acknowledged it. The sum
 * of all credits and reserves fits the ring, so emitting never finds it full.
 *
 *       acknowledged                  next
 *  ring: ....|#######################|..........   at sequence modulo capacity
 *
 * Guarded by all locks, where denials and faults are recorded by one and the ring's leaf lock; the
 * ring itself is only ever appended to.
 */
#ifndef KERNEL_WITNESS_H
#define KERNEL_WITNESS_H

#include "kernel/region.h"

#include <ruvix/kinds.h>
#include <ruvix/witness.h>

struct task;

#define RING_PAGES (CONFIG_RING_RECORDS * sizeof(struct rvx_witness) / RVX_PAGE_SIZE)

/* The WitnessLog object: a region, so that the ring can be mapped read-only, and the rest. */
struct witness_log {
	struct region region;
	uint64_t next;	       /* sequence of the next record */
	uint64_t acknowledged; /* records below are kept elsewhere */
	uint64_t committed; /* ring places promised: credits, reserves, and records of the dead */
	uint32_t orphans;   /* unacknowledged records of partitions that are gone */
	uint32_t kernel_used;
	struct sticky vmid_reclaims;
	uint64_t changes; /* of capabilities, mappings, bindings, memberships */
};
extern struct witness_log witness_log;

/* Start the chain over `ring`, RING_PAGES pages. Wipes the secret. */
void witness_init(void *ring, uint8_t secret[32], const uint8_t log_id[16], uint64_t boot,
		  const uint8_t nonce[16]);

/* Whether the caller's partition may leave `count` records now: WITNESS_FULL. */
MUST_CHECK enum rvx_status witness_reserve(const struct task *caller, uint32_t count);
/* Write a record. `actor` NULL: the kernel. `class_` RVX_WITNESS_ALLOWED, BEGIN or END. */
void witness_emit(uint16_t kind, uint8_t class_, struct partition *actor, uint64_t object,
		  uint64_t p0, uint64_t p1);
/* The two in one, where nothing in between can refuse. False: nothing was written, WITNESS_FULL. */
MUST_CHECK bool witness_record(const struct task *caller, uint16_t kind, uint64_t object,
			       uint64_t p0, uint64_t p1);
/*
 * The begin record of a long change reserves the end record; whoever finishes the change, it is
 * written under the name of who began it. Returns that name, which the object keeps.
 */
uint32_t witness_reserve_end(struct partition *payer);
/* One whose credit was reserved so, of any class. */
void witness_emit_owed(uint16_t kind, uint8_t class_, uint32_t payer, uint64_t object, uint64_t p0,
		       uint64_t p1);

/* A record that a server makes about itself. */
void witness_emit_by_server(uint16_t kind, uint8_t class_, struct partition *actor, uint64_t object,
			    uint64_t p0, uint64_t p1);

/* Events of the kernel, coalesced: they cannot be refused and cannot flood the ring. */
void witness_denied(struct partition *partition, uint64_t object, uint32_t call,
		    enum rvx_status status);
void witness_fault(struct task *task, uint64_t kind, uint64_t address);
void witness_vmid_reclaim(uint64_t generation);

/* Take back up to CONFIG_CHUNK_RECORDS records below `sequence`. */
void witness_acknowledge(uint64_t sequence);
/* Places that can still be promised. */
uint64_t witness_credits_free(void);
/* Promise a new partition its places, a partition more or fewer credits; take them back. */
MUST_CHECK enum rvx_status witness_may_add_partition(void);
void witness_partition_added(void);
MUST_CHECK enum rvx_status witness_may_set_credits(const struct partition *partition,
						   uint64_t credits);
void witness_credits_set(struct partition *partition, uint64_t credits);
void witness_partition_removed(struct partition *partition);

#endif
