/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The memory functions, built under other names, against the host's own. Buffers that are read
 * or written at their edges come from the heap with their exact size, so that AddressSanitizer
 * sees a byte too many.
 */
#include "tests/lib/check.h"

void *tested_memcpy(void *restrict to, const void *restrict from, size_t size);
void *tested_memmove(void *to, const void *from, size_t size);
void *tested_memset(void *to, int value, size_t size);
int tested_memcmp(const void *left, const void *right, size_t size);

#define LENGTH_MAX 100
#define LARGE_SIZE 70000
#define WORD 8

/* A heap buffer that ends exactly `length` bytes after the returned address. */
static uint8_t *buffer_make(size_t offset, size_t length, uint8_t **start)
{
	size_t i;

	/* The allocator aligns to 16 bytes, so the offset is the misalignment. */
	*start = malloc(offset + length + (offset + length == 0));
	assert_non_null(*start);
	for (i = 0; i < offset + length; i++)
		(*start)[i] = (uint8_t)(i * 37 + 11);
	return *start + offset;
}

static void memcpy_copies_every_length_between_all_alignments(void **state)
{
	size_t to_offset, from_offset, length;

	(void)state;
	for (to_offset = 0; to_offset < WORD; to_offset++)
		for (from_offset = 0; from_offset < WORD; from_offset++)
			for (length = 0; length <= LENGTH_MAX; length++) {
				uint8_t *to_start, *from_start;
				uint8_t *to = buffer_make(to_offset, length, &to_start);
				uint8_t *from = buffer_make(from_offset, length, &from_start);
				uint8_t before[WORD];

				memcpy(before, to_start, to_offset);
				memset(to, 0, length);
				assert_ptr_equal(tested_memcpy(to, from, length), to);
				assert_memory_equal(to_start, before, to_offset);
				assert_memory_equal(to, from, length);
				free(to_start);
				free(from_start);
			}
}

static void memmove_is_right_for_every_overlap(void **state)
{
	uint8_t original[3 * LENGTH_MAX], expected[3 * LENGTH_MAX], moved[3 * LENGTH_MAX];
	size_t from, to, length, i;

	(void)state;
	for (i = 0; i < sizeof(original); i++)
		original[i] = (uint8_t)(i * 37 + 11);
	for (from = 40; from < 48; from++)
		for (to = 0; to < LENGTH_MAX; to++)
			for (length = 0; length <= LENGTH_MAX; length += 1 + length / 40) {
				memcpy(expected, original, sizeof(original));
				memcpy(moved, original, sizeof(original));
				memmove(expected + to, expected + from, length);
				assert_ptr_equal(tested_memmove(moved + to, moved + from, length),
						 moved + to);
				assert_memory_equal(moved, expected, sizeof(original));
			}
}

static void memset_writes_the_low_byte_of_its_value_and_nothing_else(void **state)
{
	static const int values[] = { 0, 0xa5, 0x1ff, -1 };
	size_t offset, length, i, j;

	(void)state;
	for (offset = 0; offset < WORD; offset++)
		for (length = 0; length <= LENGTH_MAX; length++)
			for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				uint8_t *start;
				uint8_t *at = buffer_make(offset, length, &start);
				uint8_t before[WORD];

				memcpy(before, start, offset);
				assert_ptr_equal(tested_memset(at, values[i], length), at);
				assert_memory_equal(start, before, offset);
				for (j = 0; j < length; j++)
					assert_int_equal(at[j], values[i] & 0xff);
				free(start);
			}
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void memcmp_orders_by_the_first_byte_that_differs_as_unsigned(void **state)
{
	size_t left_offset, right_offset, length, at;

	(void)state;
	for (left_offset = 0; left_offset < WORD; left_offset++)
		for (right_offset = 0; right_offset < WORD; right_offset += 1 + left_offset % 3)
			for (length = 0; length <= LENGTH_MAX; length += 1 + length / 20) {
				uint8_t *left_start, *right_start;
				uint8_t *left = buffer_make(left_offset, length, &left_start);
				uint8_t *right = buffer_make(right_offset, length, &right_start);

				memcpy(right, left, length);
				assert_int_equal(tested_memcmp(left, right, length), 0);
				for (at = 0; at < length; at++) {
					right[at] ^= 0x80;
					/* What comes after the difference does not matter. */
					if (at + 1 < length)
						right[length - 1] ^= 0x7f;
					assert_int_equal(sign(tested_memcmp(left, right, length)),
							 sign(memcmp(left, right, length)));
					memcpy(right, left, length);
				}
				free(left_start);
				free(right_start);
			}
}

static void large_random_copies_equal_the_hosts(void **state)
{
	uint64_t seed = 20240607;
	uint8_t *ours = malloc(LARGE_SIZE), *theirs = malloc(LARGE_SIZE);
	int round;
	size_t i;

	(void)state;
	for (i = 0; i < LARGE_SIZE; i++)
		ours[i] = theirs[i] = (uint8_t)random_next(&seed);
	for (round = 0; round < 500; round++) {
		const size_t length = random_below(&seed, LARGE_SIZE / 2);
		const size_t from = random_below(&seed, LARGE_SIZE / 2);
		const size_t to = random_below(&seed, LARGE_SIZE / 2);

		tested_memmove(ours + to, ours + from, length);
		memmove(theirs + to, theirs + from, length);
		assert_int_equal(tested_memcmp(ours, theirs, LARGE_SIZE), 0);
	}
	assert_memory_equal(ours, theirs, LARGE_SIZE);
	free(ours);
	free(theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_every_length_between_all_alignments),
		cmocka_unit_test(memmove_is_right_for_every_overlap),
		cmocka_unit_test(memset_writes_the_low_byte_of_its_value_and_nothing_else),
		cmocka_unit_test(memcmp_orders_by_the_first_byte_that_differs_as_unsigned),
		cmocka_unit_test(large_random_copies_equal_the_hosts),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
