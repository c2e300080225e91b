/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What libsodium uses of <string.h>, for a machine without a C library. lib/memory.c has the
 * functions.
 */
#ifndef RUVIX_FREESTANDING_STRING_H
#define RUVIX_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);

/* -ffreestanding alone makes a call of every 8-byte load. */
#define memcpy(to, from, size) __builtin_memcpy((to), (from), (size))
#define memset(to, byte, size) __builtin_memset((to), (byte), (size))

#endif
