/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The end of the kernel. */
#include "kernel/panic.h"
#include "kernel/arch/cpu.h"
#include "kernel/console.h"
#include "kernel/core.h"
#include "kernel/view.h"
#include "kernel/witness.h"
#include "lib/format.h"

/* Kept whole: host tools read it by its symbol. */
struct epitaph kernel_epitaph __attribute__((used));

/* A format_write_t. The text was all zeros: however much of it is cut, it is ended. */
static void epitaph_write(void *context, const char *text, size_t length)
{
	size_t *used = context;

	for (; length > 0 && *used < sizeof(kernel_epitaph.text) - 1; length--)
		kernel_epitaph.text[(*used)++] = *text++;
}

_Noreturn void kpanic(const char *format, ...)
{
	struct epitaph *epitaph = &kernel_epitaph;
	const struct core *core = arch_core();
	va_list arguments;
	size_t used = 0;

	/* A panic while panicking would print for ever. */
	if (kernel_view.panicked != 0)
		arch_machine_off(1);
	kernel_view.panicked = 1;
	epitaph->magic = EPITAPH_MAGIC;
	va_start(arguments, format);
	format_list(epitaph_write, &used, format, arguments);
	va_end(arguments);
	epitaph->core = core->id;
	epitaph->current = (uintptr_t)core->current;
	epitaph->return_address = (uintptr_t)__builtin_return_address(0);
	epitaph->next_sequence = witness_log.next;
	console_print("\nkpanic: %s\n  core %lu, task %lx, called from %lx, next witness %lu\n",
		      epitaph->text, epitaph->core, epitaph->current, epitaph->return_address,
		      epitaph->next_sequence);
	if (epitaph->syndrome != 0)
		console_print("  exception %lx at %lx, address %lx\n", epitaph->syndrome,
			      epitaph->exception_address, epitaph->fault_address);
	arch_machine_off(1);
}
