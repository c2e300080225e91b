/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The four helpers that the compiled part of libsodium calls. Upstream keeps them in files that
 * need threads, mmap and a random device.
 */
#include <stddef.h>
#include <stdlib.h>

#include "core.h"
#include "randombytes.h"
#include "utils.h"

/* Volatile: the stores may not be dropped, however dead the memory is. */
void sodium_memzero(void *const memory, const size_t size)
{
	volatile unsigned char *bytes = memory;
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = 0;
}

/* In constant time: 0 if equal, else -1. */
int sodium_memcmp(const void *const a, const void *const b, size_t size)
{
	const volatile unsigned char *left = a, *right = b;
	unsigned int difference = 0;
	size_t i;

	for (i = 0; i < size; i++)
		difference |= left[i] ^ right[i];
	return (int)(1 & ((difference - 1) >> 8)) - 1;
}

void sodium_misuse(void)
{
	abort();
}

/* This build has no source of randomness; only upstream's unused keygen functions call it. */
void randombytes_buf(void *const memory, const size_t size)
{
	(void)memory;
	(void)size;
	sodium_misuse();
}
