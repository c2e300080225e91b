/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Bytes up to a word boundary of the destination, then whole words, then the bytes that are left.
 * When source and destination disagree about the boundary, each word stored is put together from
 * two neighbouring words of the source:
 *
 *	source words	|. . . a b c d e|f g h i j k l m|
 *	destination	      |a b c d e f g h|
 *	                       `--carry--'`-low end of the next source word
 *
 * Build this file with -fno-builtin, or the compiler turns each loop into a call of itself.
 */
#include "lib/memory.h"

#include <stdint.h>

/* A word of memory whose type we do not know. */
typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD_SIZE sizeof(word_t)

static size_t misalignment(const void *address)
{
	return (uintptr_t)address & (WORD_SIZE - 1);
}

/* Copy whole words to an aligned `to` from an equally aligned `from`. Returns the bytes copied. */
__attribute__((noinline)) static size_t copy_words(word_t *to, const word_t *from, size_t size)
{
	size_t left;

	/* All loads of a round come before its stores: the ranges may overlap. */
	for (left = size; left >= 4 * WORD_SIZE; left -= 4 * WORD_SIZE, from += 4, to += 4) {
		const word_t a = from[0], b = from[1], c = from[2], d = from[3];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
	}
	for (; left >= WORD_SIZE; left -= WORD_SIZE)
		*to++ = *from++;
	return size - left;
}

/*
 * Copy whole words to an aligned `to` from a `from` that is not aligned. Returns the bytes copied.
 * A source word is loaded only when all of it lies within the range.
 */
__attribute__((noinline)) static size_t copy_shifted(word_t *to, const uint8_t *from, size_t size)
{
	const size_t carried = WORD_SIZE - misalignment(from);
	const unsigned int shift = 8 * (unsigned int)carried;
	const word_t *next = (const word_t *)(from + carried);
	size_t left = size;
	word_t carry = 0;
	size_t i;

	if (size < carried + WORD_SIZE)
		return 0;

	for (i = 0; i < carried; i++)
		carry |= (word_t)from[i] << (8 * i);
	for (; left >= carried + WORD_SIZE; left -= WORD_SIZE) {
		const word_t word = *next++;

		*to++ = carry | word << shift;
		carry = word >> (64 - shift);
	}
	return size - left;
}

/*
 * Copy with rising addresses: right for ranges that overlap with `to` below `from`. Stands once
 * in the program, for memcpy and memmove.
 */
__attribute__((noinline)) static void *copy_forward(void *start, const uint8_t *from, size_t size)
{
	uint8_t *to = start;
	size_t done;

	for (; size > 0 && misalignment(to) != 0; size--)
		*to++ = *from++;

	if (misalignment(from) == 0)
		done = copy_words((word_t *)to, (const word_t *)from, size);
	else
		done = copy_shifted((word_t *)to, from, size);
	for (; done < size; done++)
		to[done] = from[done];
	return start;
}

/* Copy with falling addresses: right for ranges that overlap with `to` above `from`. */
static void copy_backward(uint8_t *to, const uint8_t *from, size_t size)
{
	if (misalignment(to) == misalignment(from)) {
		for (; size > 0 && misalignment(to + size) != 0; size--)
			to[size - 1] = from[size - 1];
		for (; size >= WORD_SIZE; size -= WORD_SIZE)
			*(word_t *)(to + size - WORD_SIZE) =
				*(const word_t *)(from + size - WORD_SIZE);
	}
	for (; size > 0; size--)
		to[size - 1] = from[size - 1];
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return copy_forward(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	/* The difference wraps to a large number when `to` is below `from`. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return copy_forward(to, from, size);
	copy_backward(to, from, size);
	return to;
}

void *memset(void *to, int value, size_t size)
{
	const uint8_t byte = (uint8_t)value;
	const word_t word = byte * 0x0101010101010101u;
	uint8_t *at = to;

	for (; size > 0 && misalignment(at) != 0; size--)
		*at++ = byte;

	for (; size >= 4 * WORD_SIZE; size -= 4 * WORD_SIZE, at += 4 * WORD_SIZE) {
		((word_t *)at)[0] = word;
		((word_t *)at)[1] = word;
		((word_t *)at)[2] = word;
		((word_t *)at)[3] = word;
	}
	for (; size >= WORD_SIZE; size -= WORD_SIZE, at += WORD_SIZE)
		*(word_t *)at = word;

	for (; size > 0; size--)
		*at++ = byte;
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const uint8_t *a = left, *b = right;
	size_t at = 0;

	if (misalignment(a) == misalignment(b)) {
		while (at < size && misalignment(a + at) != 0 && a[at] == b[at])
			at++;
		/* Words that differ are left to the byte loop, which finds where. */
		if (misalignment(a + at) == 0)
			while (size - at >= WORD_SIZE &&
			       *(const word_t *)(a + at) == *(const word_t *)(b + at))
				at += WORD_SIZE;
	}
	for (; at < size; at++)
		if (a[at] != b[at])
			return a[at] < b[at] ? -1 : 1;
	return 0;
}
