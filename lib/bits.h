/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Arithmetic on 64-bit numbers that C gets wrong silently: alignment, logarithms, and sums
 * and products that say when they do not fit. `alignment` is always a power of two.
 */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/attributes.h"

static inline uint64_t minimum(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t maximum(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline bool is_aligned(uint64_t value, uint64_t alignment)
{
	return (value & (alignment - 1)) == 0;
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1);
}

/* Wraps to 0 above the last multiple: where `value` comes from outside, check that first. */
static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

/* The exponent of the largest power of two that is not above `value`, which is not 0. */
static inline uint32_t log2_floor(uint64_t value)
{
	return 63 - (uint32_t)__builtin_clzll(value);
}

/* The next two store the exact result and return true, or return false: it does not fit. */

MUST_CHECK static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	*sum = a + b;
	return *sum >= a;
}

MUST_CHECK static inline bool checked_multiply(uint64_t a, uint64_t b, uint64_t *product)
{
	*product = a * b;
	return a == 0 || *product / a == b;
}

/* Whether [start, start + size) lies within [0, limit). An empty range may start at `limit`. */
static inline bool range_fits(uint64_t start, uint64_t size, uint64_t limit)
{
	return start <= limit && size <= limit - start;
}

#endif
