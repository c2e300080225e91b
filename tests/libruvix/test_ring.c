/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ring against a model (a plain array of all bytes ever pushed), and against a peer that
 * writes what it likes. The bytes pushed are the low bytes of their own count, so that a byte in
 * a wrong place is seen. The memory is an allocation of exactly the ring's size: whatever reaches
 * outside is found by the sanitizer.
 */
#include "tests/lib/check.h"

#include <pthread.h>
#include <sched.h>

#include "libruvix/ring.h"

#define CAPACITY RVX_RING_CAPACITY_MIN
#define RING_SIZE (sizeof(struct rvx_ring_shared) + CAPACITY)

/* Both sides of a ring, and how far the model is. */
struct pair {
	struct rvx_ring_shared *memory;
	struct rvx_ring producer;
	struct rvx_ring consumer;
	uint32_t pushed;
	uint32_t popped;
};

static uint8_t byte_number(uint32_t number)
{
	return (uint8_t)(number ^ number >> 8 ^ number >> 16);
}

/* A pair whose counters start at `start`. */
static void pair_init(struct pair *pair, uint32_t start)
{
	pair->memory = calloc(1, RING_SIZE);
	assert_non_null(pair->memory);
	pair->memory->pushed = start;
	pair->memory->popped = start;
	assert_true(rvx_ring_attach_producer(&pair->producer, pair->memory, RING_SIZE));
	assert_true(rvx_ring_attach_consumer(&pair->consumer, pair->memory, RING_SIZE));
	pair->pushed = 0;
	pair->popped = 0;
}

static void pair_fini(struct pair *pair)
{
	free(pair->memory);
}

/* Push up to `size` bytes; the model says how many must go in. */
static void push(struct pair *pair, uint32_t size)
{
	uint32_t space = CAPACITY - (pair->pushed - pair->popped);
	uint8_t bytes[2 * CAPACITY];
	uint32_t i;

	for (i = 0; i < size; i++)
		bytes[i] = byte_number(pair->pushed + i);
	assert_int_equal(rvx_ring_push(&pair->producer, bytes, size), size < space ? size : space);
	pair->pushed += size < space ? size : space;
}

static void pop(struct pair *pair, uint32_t size)
{
	uint32_t used = pair->pushed - pair->popped;
	uint32_t expected = size < used ? size : used;
	uint8_t bytes[2 * CAPACITY];
	uint32_t i;
	bool wake;

	assert_int_equal(rvx_ring_pop(&pair->consumer, bytes, size, &wake), expected);
	for (i = 0; i < expected; i++)
		assert_int_equal(bytes[i], byte_number(pair->popped + i));
	pair->popped += expected;
}

static void memory_that_holds_no_ring_is_refused(void **state)
{
	uint64_t memory[64] = { 0 };
	struct rvx_ring ring;

	(void)state;
	assert_false(rvx_ring_attach_producer(&ring, memory, RING_SIZE - 1));
	assert_false(rvx_ring_attach_consumer(&ring, memory, 0));
	assert_false(rvx_ring_attach_consumer(&ring, (char *)memory + 4, RING_SIZE));
	assert_true(rvx_ring_attach_producer(&ring, memory, RING_SIZE));
}

static void the_capacity_is_the_largest_power_of_two_that_fits(void **state)
{
	static const uint64_t sizes[][2] = {
		{ RING_SIZE, 64 },
		{ RING_SIZE + 63, 64 },
		{ RING_SIZE + 64, 128 },
		{ 4096, 2048 },
		{ 8192, 4096 },
		{ 20480, 16384 },
		{ UINT64_C(1) << 40, RVX_RING_CAPACITY_MAX },
	};
	uint64_t memory[64] = { 0 };
	struct rvx_ring ring;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_true(rvx_ring_attach_producer(&ring, memory, sizes[i][0]));
		assert_int_equal(ring.capacity, sizes[i][1]);
	}
}

static void a_ring_is_full_at_its_capacity_and_not_before(void **state)
{
	/* Around the places where a counter of 8, 16, 31 or 32 bits would wrap. */
	static const uint32_t starts[] = { 0, 200, 65500, 0x7fffffe0, 0xffffffc0, 0xffffffff };
	struct pair pair;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		pair_init(&pair, starts[i]);
		push(&pair, CAPACITY - 1);
		push(&pair, 2);
		push(&pair, 1);
		pop(&pair, 1);
		push(&pair, 2);
		pop(&pair, 2 * CAPACITY);
		pop(&pair, 1);
		push(&pair, 2 * CAPACITY);
		pop(&pair, CAPACITY);
		pair_fini(&pair);
	}
}

static void nothing_is_moved_when_nothing_is_asked_for(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair, 0);
	push(&pair, 0);
	pop(&pair, 0);
	push(&pair, 5);
	pop(&pair, 0);
	pop(&pair, 5);
	pair_fini(&pair);
}

/* All sequences of a few operations of a few sizes, from a few starts. */
#define DEPTH 6u
static const uint32_t step_sizes[] = { 1, 31, 64, 65 };
#define STEPS (2u * sizeof(step_sizes) / sizeof(step_sizes[0]))

static void every_short_sequence_agrees_with_the_model(void **state)
{
	static const uint32_t starts[] = { 0, 0xffffffd0 };
	uint32_t sequences = 1, sequence, rest, depth;
	struct pair pair;
	size_t i;

	(void)state;
	for (depth = 0; depth < DEPTH; depth++)
		sequences *= (uint32_t)STEPS;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		for (sequence = 0; sequence < sequences; sequence++) {
			pair_init(&pair, starts[i]);
			for (depth = 0, rest = sequence; depth < DEPTH; depth++) {
				uint32_t size = step_sizes[rest % STEPS / 2];

				if (rest % 2 == 0)
					push(&pair, size);
				else
					pop(&pair, size);
				rest /= (uint32_t)STEPS;
			}
			pair_fini(&pair);
		}
	}
}

static void a_side_that_is_attached_again_goes_on_where_it_was(void **state)
{
	struct pair pair;

	(void)state;
	pair_init(&pair, 0xfffffff0);
	push(&pair, 40);
	pop(&pair, 10);
	assert_true(rvx_ring_attach_producer(&pair.producer, pair.memory, RING_SIZE));
	push(&pair, 30);
	assert_true(rvx_ring_attach_consumer(&pair.consumer, pair.memory, RING_SIZE));
	pop(&pair, 64);
	pair_fini(&pair);
}

static void the_producer_is_woken_once_after_it_found_no_space(void **state)
{
	uint8_t bytes[CAPACITY] = { 0 };
	struct pair pair;
	bool wake;

	(void)state;
	pair_init(&pair, 0);
	push(&pair, CAPACITY);
	assert_int_equal(rvx_ring_pop(&pair.consumer, bytes, 1, &wake), 1);
	assert_false(wake); /* all of it went in: nobody waits */
	assert_int_equal(rvx_ring_push(&pair.producer, bytes, 2), 1);
	assert_int_equal(rvx_ring_pop(&pair.consumer, bytes, 1, &wake), 1);
	assert_true(wake);
	assert_int_equal(rvx_ring_pop(&pair.consumer, bytes, 1, &wake), 1);
	assert_false(wake);
	pair_fini(&pair);
}

static void a_counter_that_cannot_be_true_breaks_the_ring_for_good(void **state)
{
	uint8_t bytes[CAPACITY] = { 0 };
	struct pair pair;
	bool wake;

	(void)state;
	pair_init(&pair, 0);
	push(&pair, 10);
	pair.memory->popped = 11; /* more than was pushed */
	assert_int_equal(rvx_ring_push(&pair.producer, bytes, 1), 0);
	assert_true(pair.producer.is_broken);
	pair.memory->popped = 0;
	assert_int_equal(rvx_ring_push(&pair.producer, bytes, 1), 0);

	pair.memory->pushed = CAPACITY + 1; /* more than there is room for */
	assert_int_equal(rvx_ring_pop(&pair.consumer, bytes, 1, &wake), 0);
	assert_true(pair.consumer.is_broken);
	pair.memory->pushed = 10;
	assert_int_equal(rvx_ring_pop(&pair.consumer, bytes, 1, &wake), 0);
	assert_false(wake);
	pair_fini(&pair);
}

/* One side does its work while the other writes random words over all that is shared. */
static void a_hostile_peer_never_makes_a_side_reach_outside(void **state)
{
	uint64_t seed = 0x1234567;
	uint8_t bytes[2 * CAPACITY] = { 0 };
	struct pair pair;
	uint32_t run, step, i;
	bool wake;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (run = 0; run < 20000; run++) {
		pair_init(&pair, (uint32_t)random_next(&seed));
		for (step = 0; step < 20; step++) {
			uint32_t *words = (uint32_t *)pair.memory;
			uint32_t size = random_below(&seed, 2 * CAPACITY + 1);
			uint32_t moved;

			/* Near the truth, so that lies are also believed. */
			i = random_below(&seed, 4);
			if (i == 0)
				words[0] += random_below(&seed, CAPACITY);
			else if (i == 1)
				words[16] += random_below(&seed, CAPACITY);
			else if (i == 2)
				words[random_below(&seed, RING_SIZE / 4)] =
					(uint32_t)random_next(&seed);

			if (run % 2 == 0)
				moved = rvx_ring_push(&pair.producer, bytes, size);
			else
				moved = rvx_ring_pop(&pair.consumer, bytes, size, &wake);
			assert_true(moved <= size && moved <= 2 * CAPACITY);
		}
		pair_fini(&pair);
	}
}

/* Two threads with a bell each: nothing is lost and nobody waits for ever. */
#define STREAM 400000u

struct bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool is_rung;
};
static struct bell data_bell = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
static struct bell space_bell = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };

static void bell_ring(struct bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	bell->is_rung = true;
	pthread_cond_signal(&bell->rung);
	pthread_mutex_unlock(&bell->lock);
}

static void bell_wait(struct bell *bell)
{
	pthread_mutex_lock(&bell->lock);
	while (!bell->is_rung)
		pthread_cond_wait(&bell->rung, &bell->lock);
	bell->is_rung = false;
	pthread_mutex_unlock(&bell->lock);
}

static void *produce(void *context)
{
	struct rvx_ring *ring = context;
	uint64_t seed = 77;
	uint32_t sent = 0;

	while (sent < STREAM) {
		uint8_t bytes[100];
		uint32_t size = 1 + random_below(&seed, sizeof(bytes));
		uint32_t moved, i;

		if (size > STREAM - sent)
			size = STREAM - sent;
		for (i = 0; i < size; i++)
			bytes[i] = byte_number(sent + i);
		moved = rvx_ring_push(ring, bytes, size);
		sent += moved;
		if (moved > 0)
			bell_ring(&data_bell);
		if (moved < size)
			bell_wait(&space_bell);
	}
	return NULL;
}

static void a_stream_between_two_threads_arrives_whole(void **state)
{
	uint32_t received = 0;
	struct pair pair;
	pthread_t thread;

	(void)state;
	pair_init(&pair, 0xffff0000);
	assert_int_equal(pthread_create(&thread, NULL, produce, &pair.producer), 0);
	while (received < STREAM) {
		uint8_t bytes[33];
		bool wake;
		uint32_t moved = rvx_ring_pop(&pair.consumer, bytes, sizeof(bytes), &wake);
		uint32_t i;

		for (i = 0; i < moved; i++)
			assert_int_equal(bytes[i], byte_number(received + i));
		received += moved;
		if (wake)
			bell_ring(&space_bell);
		if (moved == 0)
			bell_wait(&data_bell);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_holds_no_ring_is_refused),
		cmocka_unit_test(the_capacity_is_the_largest_power_of_two_that_fits),
		cmocka_unit_test(a_ring_is_full_at_its_capacity_and_not_before),
		cmocka_unit_test(nothing_is_moved_when_nothing_is_asked_for),
		cmocka_unit_test(every_short_sequence_agrees_with_the_model),
		cmocka_unit_test(a_side_that_is_attached_again_goes_on_where_it_was),
		cmocka_unit_test(the_producer_is_woken_once_after_it_found_no_space),
		cmocka_unit_test(a_counter_that_cannot_be_true_breaks_the_ring_for_good),
		cmocka_unit_test(a_hostile_peer_never_makes_a_side_reach_outside),
		cmocka_unit_test(a_stream_between_two_threads_arrives_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
