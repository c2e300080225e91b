/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A ring of bytes in memory that two partitions share: one pushes, the other pops, neither
 * waits, neither trusts the other.
 *
 *    0            64            128                         128 + capacity
 *   +------------+-------------+------------------ - - ----+
 *   | producer's | consumer's  | bytes: counter modulo     |
 *   | line       | line        | capacity, a power of two  |
 *   +------------+-------------+------------------ - - ----+
 *      pushed        popped
 *
 * `pushed` and `popped` count bytes and run freely through all 32-bit numbers, so `pushed -
 * popped` is what is in the ring, from 0 (empty) to capacity (full). Each side keeps its own
 * counter privately and writes the shared copy only for the other one, whose counter it reads
 * once an operation and checks. A counter that cannot be true breaks the ring for good: nothing
 * is moved any more, and nothing outside the ring is ever touched.
 *
 * A region of one page more than a power of two wastes almost nothing.
 */
#ifndef LIBRUVIX_RING_H
#define LIBRUVIX_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/attributes.h"

/* Both lines start as zeros, which is an empty ring. */
struct rvx_ring_shared {
	/* Written by the producer; `waiting` is taken back by the consumer. */
	uint32_t pushed;
	uint32_t waiting; /* not 0: the producer wants to know when there is space */
	uint32_t producer_reserved[14];
	/* Written by the consumer. */
	uint32_t popped;
	uint32_t consumer_reserved[15];
	uint8_t bytes[];
};
_Static_assert(sizeof(struct rvx_ring_shared) == 128, "two cache lines");

#define RVX_RING_CAPACITY_MIN 64u
#define RVX_RING_CAPACITY_MAX 0x40000000u

/* One side's private view. */
struct rvx_ring {
	/* Written once by attach, then constant. */
	struct rvx_ring_shared *shared;
	uint32_t capacity;
	bool is_producer;

	/* Only this side touches these. */
	uint32_t counter; /* its own: bytes pushed, or popped, so far */
	bool is_broken;
};

/*
 * Become one side of the ring in `size` bytes of memory that is zeroed or was a ring before: then
 * a side that was restarted goes on where its counter stands. False: the memory is not aligned to
 * 8 bytes or too small for a ring. A peer that left nonsense breaks the ring at the first use.
 */
MUST_CHECK bool rvx_ring_attach_producer(struct rvx_ring *ring, void *memory, uint64_t size);
MUST_CHECK bool rvx_ring_attach_consumer(struct rvx_ring *ring, void *memory, uint64_t size);

/*
 * Push up to `size` bytes and return how many there was space for. Fewer than `size`, and the
 * ring not broken: the consumer has been asked to tell when it makes space.
 */
uint32_t rvx_ring_push(struct rvx_ring *ring, const void *data, uint32_t size);

/*
 * Pop up to `size` bytes and return how many there were. `*wake` says whether the producer waits
 * for space and is to be told now.
 */
uint32_t rvx_ring_pop(struct rvx_ring *ring, void *data, uint32_t size, bool *wake);

#endif
