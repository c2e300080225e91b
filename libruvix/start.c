/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * From entry to main: make .data and .bss what the program was linked with, wherever its window
 * is, and whether this is its first start or a restart in place.
 *
 * .data is copied from a pristine copy in the read-only part, pointers in it are set to where the
 * program stands, .bss is zeroed. Memory marked RVX_PERSISTENT is left as it is. Until the
 * relocations are done only code that needs none may run, which is all code here: hidden symbols
 * are reached relative to the program counter.
 */
#include "lib/memory.h"
#include "libruvix/ruvix.h"

#define HIDDEN __attribute__((visibility("hidden")))

/* The linker script's: bounds of the parts, and the place in which address 0 came to lie. */
extern HIDDEN char program_base[], data_start[], data_end[], data_pristine[], bss_start[],
	bss_end[];

/* The only type there is: the word at base + place becomes base + addend. */
struct relocation {
	uint64_t place;
	uint64_t type;
	int64_t addend;
};
extern HIDDEN const struct relocation relocations_start[], relocations_end[];

_Noreturn HIDDEN void program_start(uint64_t argument);

void program_start(uint64_t argument)
{
	const uint64_t base = (uint64_t)program_base;
	const struct relocation *relocation;

	memcpy(data_start, data_pristine, (size_t)(data_end - data_start));
	for (relocation = relocations_start; relocation < relocations_end; relocation++)
		*(uint64_t *)(base + relocation->place) = base + (uint64_t)relocation->addend;
	memset(bss_start, 0, (size_t)(bss_end - bss_start));

	main(argument);
	rvx_finish();
}
