/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The four functions that the compiler calls whether or not the source does. They mean what the
 * C standard says. They use general registers and naturally aligned accesses only and read no
 * byte outside the ranges given, so they also work with the MMU off.
 */
#ifndef LIB_MEMORY_H
#define LIB_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

#endif
