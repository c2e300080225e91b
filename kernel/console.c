/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kernel's console. */
#include "kernel/console.h"
#include "kernel/arch/cpu.h"
#include "lib/format.h"

void console_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			arch_console_put('\r');
		arch_console_put(text[i]);
	}
}

static void write_piece(void *context, const char *text, size_t length)
{
	(void)context;
	console_write(text, length);
}

void console_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_list(write_piece, NULL, format, arguments);
	va_end(arguments);
}
