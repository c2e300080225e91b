/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * bits.h, byteorder.h and atomic.h: functions of a line each, tried at the edges of what they
 * promise and, where there is a simple second way to say it, on random numbers.
 */
#include "tests/lib/check.h"

#include <pthread.h>

#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/byteorder.h"

static void logarithms_are_rounded_down(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 64; i++) {
		const uint64_t power = UINT64_C(1) << i;

		assert_int_equal(log2_floor(power), i);
		if (i > 1) {
			assert_int_equal(log2_floor(power - 1), i - 1);
			assert_int_equal(log2_floor(power + 1), i);
		}
	}
}

static void alignment_goes_to_the_nearest_multiple_in_its_direction(void **state)
{
	(void)state;
	assert_int_equal(align_down(4095, 4096), 0);
	assert_int_equal(align_down(4096, 4096), 4096);
	assert_int_equal(align_up(1, 4096), 4096);
	assert_int_equal(align_up(4096, 4096), 4096);
	assert_int_equal(align_up(0, 4096), 0);
	assert_true(is_aligned(0, 8));
	assert_true(is_aligned(24, 8));
	assert_false(is_aligned(20, 8));
	assert_true(is_aligned(7, 1));
}

static void sums_and_products_that_do_not_fit_are_refused(void **state)
{
	uint64_t result;

	(void)state;
	assert_true(checked_add(UINT64_MAX - 1, 1, &result));
	assert_int_equal(result, UINT64_MAX);
	assert_false(checked_add(UINT64_MAX, 1, &result));
	assert_false(checked_add(UINT64_MAX, UINT64_MAX, &result));
	assert_true(checked_multiply(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &result));
	assert_int_equal(result, UINT64_MAX - UINT32_MAX);
	assert_false(checked_multiply(UINT64_C(1) << 32, UINT64_C(1) << 32, &result));
	assert_true(checked_multiply(0, UINT64_MAX, &result));
	assert_int_equal(result, 0);
}

static void a_range_fits_only_if_all_of_it_does(void **state)
{
	(void)state;
	assert_true(range_fits(0, 10, 10));
	assert_true(range_fits(10, 0, 10));
	assert_false(range_fits(11, 0, 10));
	assert_false(range_fits(1, 10, 10));
	assert_false(range_fits(UINT64_MAX, 2, 10));
	assert_false(range_fits(5, UINT64_MAX, 10));
	assert_true(range_fits(0, UINT64_MAX, UINT64_MAX));
}

static void loads_keep_the_byte_order_they_name(void **state)
{
	uint8_t bytes[17];
	_Alignas(8) uint8_t aligned[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	size_t offset, i;

	(void)state;
	for (offset = 0; offset < 8; offset++) {
		for (i = 0; i < 8; i++)
			bytes[offset + i] = (uint8_t)(i + 1);
		assert_int_equal(load_be32(bytes + offset), 0x01020304);
		assert_int_equal(load_be64(bytes + offset), 0x0102030405060708);
	}
	assert_int_equal(load_be32_aligned(aligned), 0x01020304);
}

static void atomic_accessors_do_what_their_names_say(void **state)
{
	uint32_t word = 5;

	(void)state;
	assert_int_equal(atomic32_load_relaxed(&word), 5);
	assert_int_equal(atomic32_fetch_add_relaxed(&word, 2), 5);
	assert_int_equal(atomic32_load_acquire(&word), 7);
	assert_int_equal(atomic32_exchange_acquire(&word, 1), 7);
	atomic32_store_relaxed(&word, 2);
	assert_int_equal(word, 2);
	atomic32_store_release(&word, 3);
	assert_int_equal(word, 3);

	atomic_fence_full();
}

#define HAMMER_ROUNDS 100000

static uint32_t hammered;

static void *hammer(void *unused)
{
	uint32_t i;

	for (i = 0; i < HAMMER_ROUNDS; i++)
		atomic32_fetch_add_relaxed(&hammered, 1);
	return unused;
}

static void no_addition_of_two_threads_is_lost(void **state)
{
	pthread_t threads[2];
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic32_load_acquire(&hammered), 2 * HAMMER_ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logarithms_are_rounded_down),
		cmocka_unit_test(alignment_goes_to_the_nearest_multiple_in_its_direction),
		cmocka_unit_test(sums_and_products_that_do_not_fit_are_refused),
		cmocka_unit_test(a_range_fits_only_if_all_of_it_does),
		cmocka_unit_test(loads_keep_the_byte_order_they_name),
		cmocka_unit_test(atomic_accessors_do_what_their_names_say),
		cmocka_unit_test(no_addition_of_two_threads_is_lost),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
