/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory that is there or the program ends. */
#include "tools/audit/memory.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void memory_exhausted(void)
{
	fputs("audit: out of memory\n", stderr);
	exit(AUDIT_EXIT_USAGE);
}

void *memory_new(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		memory_exhausted();
	return memory;
}

void *memory_resize(void *old, size_t count, size_t element_size)
{
	void *memory = reallocarray(old, count, element_size);

	if (memory == NULL)
		memory_exhausted();
	return memory;
}
