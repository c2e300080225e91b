/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The end of the kernel: kassert for its own contracts (debug builds), kpanic for what
 * must not be (every build). Neither is ever applied to data from outside.
 *
 * kpanic leaves an epitaph at the symbol `kernel_epitaph`, prints it, and stops. The witness
 * ring stays as it is and can be read out of the RAM.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "lib/attributes.h"

#include <stdint.h>

#define EPITAPH_TEXT 192

struct epitaph {
	uint64_t magic;
	char text[EPITAPH_TEXT];
	uint64_t core;
	uint64_t current; /* address of the running task, 0: none */
	uint64_t return_address;
	uint64_t syndrome; /* of an exception taken in the kernel, else 0 */
	uint64_t exception_address;
	uint64_t fault_address;
	uint64_t next_sequence;
};
#define EPITAPH_MAGIC 0x4850415449504552u /* "REPITAPH" */

extern struct epitaph kernel_epitaph;

_Noreturn void kpanic(const char *format, ...) PRINTF_LIKE(1, 2);

#ifdef KERNEL_DEBUG
#define kassert(fact) \
	do { \
		if (!(fact)) \
			kpanic("%s:%d: not so: %s", __FILE_NAME__, __LINE__, #fact); \
	} while (0)
#else
#define kassert(fact) ((void)sizeof(fact))
#endif

#endif
