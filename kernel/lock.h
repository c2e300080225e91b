/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A ticket lock: whoever comes first goes first. `next` is written by those who come, `serving`
 * by its holder. The fast path takes a core's by hand.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include "lib/atomic.h"

struct lock {
	uint32_t serving;
	uint32_t next;
};

/* Wait for the turn of a ticket, which has not come yet; the trace tells for how long. */
__attribute__((preserve_most)) void lock_wait(struct lock *lock, uint32_t ticket);

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = atomic32_fetch_add_relaxed(&lock->next, 1);

	/* Pairs with the release in lock_give: we see what the holder before us wrote. */
	if (atomic32_load_acquire(&lock->serving) != ticket)
		lock_wait(lock, ticket);
}

static inline void lock_give(struct lock *lock)
{
	/* Only the holder writes it, so a plain read of it is its own. */
	atomic32_store_release(&lock->serving, lock->serving + 1);
}

#endif
