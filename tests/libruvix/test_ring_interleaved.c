/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * ring.c with accessors that hand over to the other side before and after every shared access:
 * everything that can happen while a push or a pop is under way, tried exhaustively for one
 * operation of the other side at one or two of the places.
 *
 * What must hold: every byte arrives once and in order, and a producer that was told "full" is
 * woken, or will be by a pop that is still to come.
 */
#include "tests/lib/check.h"

/* In place of lib/atomic.h. */
#define LIB_ATOMIC_H
static void pause_here(void);

static uint32_t word_load(const uint32_t *word)
{
	uint32_t value;

	pause_here();
	value = *word;
	pause_here();
	return value;
}

static void word_store(uint32_t *word, uint32_t value)
{
	pause_here();
	*word = value;
	pause_here();
}

static uint32_t word_exchange(uint32_t *word, uint32_t value)
{
	uint32_t before;

	pause_here();
	before = *word;
	*word = value;
	pause_here();
	return before;
}

#define atomic32_load_relaxed word_load
#define atomic32_load_acquire word_load
#define atomic32_store_relaxed word_store
#define atomic32_store_release word_store
#define atomic32_exchange_acquire word_exchange
#define atomic_fence_full() ((void)0)

#include "libruvix/ring.c"

#define CAPACITY RVX_RING_CAPACITY_MIN
#define RING_SIZE (sizeof(struct rvx_ring_shared) + CAPACITY)

/* At each pause the other side may act; which it does at is a choice of the test. */
static struct {
	uint32_t count; /* pauses so far */
	uint32_t at[2];
	void (*act)(void);
	bool acting;
} pauses;

static void pause_here(void)
{
	uint32_t number = pauses.count;

	if (pauses.acting || pauses.act == NULL)
		return;
	pauses.count++;
	if (number != pauses.at[0] && number != pauses.at[1])
		return;
	pauses.acting = true;
	pauses.act();
	pauses.acting = false;
}

static struct rvx_ring_shared *memory;
static struct rvx_ring producer, consumer;
static uint32_t pushed, popped, wakes, act_size;
static bool told_full;

static void push(uint32_t size)
{
	uint8_t bytes[2 * CAPACITY];
	uint32_t i, moved;

	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)(pushed + i);
	moved = rvx_ring_push(&producer, bytes, size);
	assert_false(producer.is_broken);
	pushed += moved;
	told_full = moved < size;
}

static void pop(uint32_t size)
{
	uint8_t bytes[2 * CAPACITY];
	uint32_t i, moved;
	bool wake;

	moved = rvx_ring_pop(&consumer, bytes, size, &wake);
	assert_false(consumer.is_broken);
	for (i = 0; i < moved; i++)
		assert_int_equal(bytes[i], (uint8_t)(popped + i));
	popped += moved;
	wakes += wake;
}

static void act_pop(void)
{
	pop(act_size);
}

static void act_push(void)
{
	push(act_size);
}

static void start(uint32_t filled)
{
	memory = calloc(1, RING_SIZE);
	assert_non_null(memory);
	memory->pushed = memory->popped = 0xffffffe0;
	pauses.act = NULL;
	assert_true(rvx_ring_attach_producer(&producer, memory, RING_SIZE));
	assert_true(rvx_ring_attach_consumer(&consumer, memory, RING_SIZE));
	pushed = popped = wakes = 0;
	push(filled);
	told_full = false;
	pauses.count = 0;
	pauses.acting = false;
}

/* Nobody acts any more: the consumer takes all there is, as it would before it waits. */
static void finish(void)
{
	bool was_told_full = told_full;

	pauses.act = NULL;
	pop(2 * CAPACITY);
	assert_int_equal(popped, pushed);
	if (was_told_full)
		assert_true(wakes > 0);
	free(memory);
}

static const uint32_t sizes[] = { 1, 32, 63, 64, 70 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
#define PAUSES_MAX 24u

static void pops_during_a_push_lose_neither_bytes_nor_the_wake_up(void **state)
{
	uint32_t first, second;
	size_t filled, size, other;

	(void)state;
	for (filled = 0; filled < SIZES - 1; filled++)
		for (size = 0; size < SIZES; size++)
			for (other = 0; other < SIZES; other++)
				for (first = 0; first < PAUSES_MAX; first++)
					for (second = first; second < PAUSES_MAX; second++) {
						start(sizes[filled]);
						pauses.at[0] = first;
						pauses.at[1] = second;
						act_size = sizes[other];
						pauses.act = act_pop;
						push(sizes[size]);
						assert_true(pauses.count < PAUSES_MAX);
						finish();
					}
}

static void pushes_during_a_pop_lose_neither_bytes_nor_the_wake_up(void **state)
{
	uint32_t first, second;
	size_t filled, size, other;

	(void)state;
	for (filled = 0; filled < SIZES - 1; filled++)
		for (size = 0; size < SIZES; size++)
			for (other = 0; other < SIZES; other++)
				for (first = 0; first < PAUSES_MAX; first++)
					for (second = first; second < PAUSES_MAX; second++) {
						start(sizes[filled]);
						pauses.at[0] = first;
						pauses.at[1] = second;
						act_size = sizes[other];
						pauses.act = act_push;
						pop(sizes[size]);
						assert_true(pauses.count < PAUSES_MAX);
						finish();
					}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pops_during_a_push_lose_neither_bytes_nor_the_wake_up),
		cmocka_unit_test(pushes_during_a_pop_lose_neither_bytes_nor_the_wake_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
