/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ring without its doorbell: no system calls, so it runs on the host too. What is shared is
 * only touched in four places: `peer_counter`, `publish`, and the two ends of the question for
 * space. The bytes between the counters belong to one side at a time; a peer that writes them
 * anyway spoils its own data.
 */
#include "libruvix/ring.h"

#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/memory.h"

static bool attach(struct rvx_ring *ring, void *memory, uint64_t size, bool is_producer)
{
	struct rvx_ring_shared *shared = memory;
	uint64_t capacity;

	if (!is_aligned((uintptr_t)memory, 8) || size < sizeof(*shared) + RVX_RING_CAPACITY_MIN)
		return false;
	capacity = UINT64_C(1) << log2_floor(size - sizeof(*shared));
	if (capacity > RVX_RING_CAPACITY_MAX)
		capacity = RVX_RING_CAPACITY_MAX;

	*ring = (struct rvx_ring){
		.shared = shared,
		.capacity = (uint32_t)capacity,
		.is_producer = is_producer,
		.counter = atomic32_load_relaxed(is_producer ? &shared->pushed : &shared->popped),
	};
	return true;
}

bool rvx_ring_attach_producer(struct rvx_ring *ring, void *memory, uint64_t size)
{
	return attach(ring, memory, size, true);
}

bool rvx_ring_attach_consumer(struct rvx_ring *ring, void *memory, uint64_t size)
{
	return attach(ring, memory, size, false);
}

/*
 * Bytes in the ring, by the peer's counter as it stands now. The acquire pairs with the release in
 * `publish` at the other side: the peer is done with the bytes up to its counter.
 */
static uint32_t bytes_used(struct rvx_ring *ring)
{
	struct rvx_ring_shared *shared = ring->shared;
	uint32_t used;

	if (ring->is_producer)
		used = ring->counter - atomic32_load_acquire(&shared->popped);
	else
		used = atomic32_load_acquire(&shared->pushed) - ring->counter;

	if (used <= ring->capacity)
		return used;
	ring->is_broken = true;
	return 0;
}

/* Show the peer a new counter, after all accesses to the bytes below it. */
static void publish(struct rvx_ring *ring, uint32_t moved)
{
	ring->counter += moved;
	atomic32_store_release(ring->is_producer ? &ring->shared->pushed : &ring->shared->popped,
			       ring->counter);
}

/* The `size` bytes from the own counter on lie in at most two pieces: return the first's size. */
static uint32_t first_piece(const struct rvx_ring *ring, uint32_t size, uint8_t **bytes)
{
	uint32_t offset = ring->counter & (ring->capacity - 1);
	uint32_t to_end = ring->capacity - offset;

	*bytes = ring->shared->bytes + offset;
	return size < to_end ? size : to_end;
}

static uint32_t push_once(struct rvx_ring *ring, const uint8_t *data, uint32_t size)
{
	uint32_t space = ring->is_broken ? 0 : ring->capacity - bytes_used(ring);
	uint32_t moved = size < space ? size : space;
	uint8_t *bytes;
	uint32_t first;

	if (ring->is_broken || moved == 0)
		return 0;
	first = first_piece(ring, moved, &bytes);
	memcpy(bytes, data, first);
	memcpy(ring->shared->bytes, data + first, moved - first);
	publish(ring, moved);
	return moved;
}

uint32_t rvx_ring_push(struct rvx_ring *ring, const void *data, uint32_t size)
{
	const uint8_t *bytes = data;
	uint32_t moved = push_once(ring, bytes, size);

	if (moved == size || ring->is_broken)
		return moved;

	/*
	 * Full: ask, then look again. The fence pairs with the one in rvx_ring_pop. One of the two
	 * sides sees what the other stored before its fence, so either the space that was made
	 * meanwhile is found here, or the consumer finds the question.
	 */
	atomic32_store_relaxed(&ring->shared->waiting, 1);
	atomic_fence_full();
	return moved + push_once(ring, bytes + moved, size - moved);
}

uint32_t rvx_ring_pop(struct rvx_ring *ring, void *data, uint32_t size, bool *wake)
{
	uint32_t used = ring->is_broken ? 0 : bytes_used(ring);
	uint32_t moved = size < used ? size : used;
	uint8_t *to = data;
	uint8_t *bytes;
	uint32_t first;

	*wake = false;
	if (moved == 0)
		return 0;
	first = first_piece(ring, moved, &bytes);
	memcpy(to, bytes, first);
	memcpy(to + first, ring->shared->bytes, moved - first);
	publish(ring, moved);

	/* Pairs with the fence in rvx_ring_push: the counter is stored, now look for the question. */
	atomic_fence_full();
	if (atomic32_load_relaxed(&ring->shared->waiting) != 0)
		*wake = atomic32_exchange_acquire(&ring->shared->waiting, 0) != 0;
	return moved;
}
