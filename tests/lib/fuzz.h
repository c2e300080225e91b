/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the fuzz targets share: inputs in aligned buffers of exactly their size, so that
 * AddressSanitizer sees every byte read too many, and a check that stops the fuzzer.
 */
#ifndef TESTS_LIB_FUZZ_H
#define TESTS_LIB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(fact) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact); \
			abort(); \
		} \
	} while (0)

/* A copy to be freed. The allocator aligns it to 16 bytes. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + (size == 0));

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* Read every byte of a range, which must lie within a buffer. */
static inline void fuzz_touch(const uint8_t *buffer, size_t buffer_size, const void *start,
			      size_t size)
{
	const uint8_t *at = start;
	volatile uint8_t sum = 0;
	size_t i;

	FUZZ_CHECK(at >= buffer && at <= buffer + buffer_size);
	FUZZ_CHECK(size <= (size_t)(buffer + buffer_size - at));
	for (i = 0; i < size; i++)
		sum = (uint8_t)(sum + at[i]);
}

#endif
