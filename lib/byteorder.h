/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Numbers of a stated byte order, read from bytes. The plain forms take any
 * address; the `_aligned` ones need natural alignment and become one load (and a byte reversal)
 * even where the compiler must not make unaligned accesses.
 */
#ifndef LIB_BYTEORDER_H
#define LIB_BYTEORDER_H

#include <stdint.h>

static inline uint16_t load_le16(const void *from)
{
	const uint8_t *byte = from;

	return (uint16_t)(byte[0] | byte[1] << 8);
}

static inline uint32_t load_le32(const void *from)
{
	const uint8_t *byte = from;

	return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
	       (uint32_t)byte[3] << 24;
}

static inline uint64_t load_le64(const void *from)
{
	const uint8_t *byte = from;

	return load_le32(byte) | (uint64_t)load_le32(byte + 4) << 32;
}

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

static inline uint32_t load_le32_aligned(const void *from)
{
	return load_le32(__builtin_assume_aligned(from, 4));
}

static inline uint64_t load_le64_aligned(const void *from)
{
	return load_le64(__builtin_assume_aligned(from, 8));
}

static inline uint32_t load_be32_aligned(const void *from)
{
	return load_be32(__builtin_assume_aligned(from, 4));
}

#endif
