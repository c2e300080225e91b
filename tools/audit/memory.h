/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Memory that is there or the program ends: an audit that runs out of memory has no verdict, so it
 * says so and exits with AUDIT_EXIT_USAGE instead of carrying the case through every call.
 */
#ifndef AUDIT_MEMORY_H
#define AUDIT_MEMORY_H

#include <stddef.h>

#define AUDIT_EXIT_USAGE 2

/* Zeroed; the caller frees it. */
void *memory_new(size_t size);
/* `old` (NULL: nothing) with room for `count` elements; what is new is not set. / */
void *memory_resize(void *old, size_t count, size_t element_size);
/* Says that there is no memory and exits. */
_Noreturn void memory_exhausted(void);

#endif
