/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Big-endian numbers, read from bytes. The plain forms take any address; the `_aligned` one needs
 * natural alignment and becomes one load and a byte reversal even where the compiler must not make
 * unaligned accesses.
 */
#ifndef LIB_BYTEORDER_H
#define LIB_BYTEORDER_H

#include <stdint.h>

static inline uint32_t load_be32(const void *from)
{
	const uint8_t *byte = from;

	return (uint32_t)byte[3] | (uint32_t)byte[2] << 8 | (uint32_t)byte[1] << 16 |
	       (uint32_t)byte[0] << 24;
}

static inline uint64_t load_be64(const void *from)
{
	const uint8_t *byte = from;

	return (uint64_t)load_be32(byte) << 32 | load_be32(byte + 4);
}

static inline uint32_t load_be32_aligned(const void *from)
{
	return load_be32(__builtin_assume_aligned(from, 4));
}

#endif
