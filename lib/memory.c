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

/* What a round of the fast loops moves. A copy is loaded whole before any of it is stored. */
struct block {
	uint64_t words[4];
} __attribute__((may_alias));

#define WORD_SIZE sizeof(word_t)
#define BLOCK_SIZE sizeof(struct block)

static size_t misalignment(const void *address)
{
	return (uintptr_t)address & (WORD_SIZE - 1);
}

/* Copy whole words to an aligned `to` from an equally aligned `from`. Returns the bytes copied. */
static size_t copy_words(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t left;

	/* The ranges may overlap: hence the copy, which never gets to memory. */
	for (left = size; left >= BLOCK_SIZE;
	     left -= BLOCK_SIZE, from += BLOCK_SIZE, to += BLOCK_SIZE) {
		const struct block block = *(const struct block *)from;

		*(struct block *)to = block;
	}
	for (; left >= WORD_SIZE; left -= WORD_SIZE, from += WORD_SIZE, to += WORD_SIZE)
		*(word_t *)to = *(const word_t *)from;
	return size - left;
}

/*
 * Copy whole words to an aligned `to` from a `from` that is not aligned. Returns the bytes copied.
 * A source word is loaded only when all of it lies within the range.
 */
static size_t copy_shifted(uint8_t *to, const uint8_t *from, size_t size)
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
	for (; left >= carried + WORD_SIZE; left -= WORD_SIZE, to += WORD_SIZE) {
		const word_t word = *next++;

		*(word_t *)to = carry | word << shift;
		carry = word >> (64 - shift);
	}
	return size - left;
}

/*
 * With rising addresses, which is right for ranges that overlap with `to` below `from`, too:
 * memmove relies on that, so the parameters are not restricted here.
 */
void *memcpy(void *start, const void *source, size_t size)
{
	const uint8_t *from = source;
	uint8_t *to = start;
	size_t done;

	for (; size > 0 && misalignment(to) != 0; size--)
		*to++ = *from++;
	done = misalignment(from) == 0 ? copy_words(to, from, size) : copy_shifted(to, from, size);
	for (; done < size; done++)
		to[done] = from[done];
	return start;
}

void *memmove(void *start, const void *source, size_t size)
{
	const uint8_t *from = source;
	uint8_t *to = start;

	/* The difference wraps to a large number when `to` is below `from`. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(start, source, size);
	if (misalignment(to) == misalignment(from)) {
		for (; size > 0 && misalignment(to + size) != 0; size--)
			to[size - 1] = from[size - 1];
		for (; size >= WORD_SIZE; size -= WORD_SIZE)
			*(word_t *)(to + size - WORD_SIZE) =
				*(const word_t *)(from + size - WORD_SIZE);
	}
	for (; size > 0; size--)
		to[size - 1] = from[size - 1];
	return start;
}

void *memset(void *start, int value, size_t size)
{
	const uint8_t byte = (uint8_t)value;
	const word_t word = byte * 0x0101010101010101u;
	const struct block block = { { word, word, word, word } };
	uint8_t *to = start;

	for (; size > 0 && misalignment(to) != 0; size--)
		*to++ = byte;
	for (; size >= BLOCK_SIZE; size -= BLOCK_SIZE, to += BLOCK_SIZE)
		*(struct block *)to = block;
	for (; size >= WORD_SIZE; size -= WORD_SIZE, to += WORD_SIZE)
		*(word_t *)to = word;
	for (; size > 0; size--)
		*to++ = byte;
	return start;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const uint8_t *a = left, *b = right;
	size_t at = 0;

	/* Words that differ are left to the byte loop, which finds where. */
	if (misalignment(a) == 0 && misalignment(b) == 0)
		while (size - at >= WORD_SIZE &&
		       *(const word_t *)(a + at) == *(const word_t *)(b + at))
			at += WORD_SIZE;
	for (; at < size; at++)
		if (a[at] != b[at])
			return a[at] < b[at] ? -1 : 1;
	return 0;
}
