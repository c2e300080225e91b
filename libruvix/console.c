/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Output through machine_write, which takes up to 64 bytes in registers: text is gathered and
 * written at each end of a line and whenever 64 bytes are there. Refusals are ignored: there is
 * nobody to tell.
 */
#include "libruvix/ruvix.h"

#define CHUNK_SIZE 64u

struct console {
	uint64_t words[CHUNK_SIZE / 8];
	uint32_t count;
};

static void console_flush(struct console *console)
{
	const uint64_t *words = console->words;

	if (console->count == 0)
		return;
	(void)rvx_machine_write(RVX_SLOT_HANDLE(RVX_SLOT_MACHINE), console->count, words[0],
				words[1], words[2], words[3], words[4], words[5], words[6],
				words[7]);
	console->count = 0;
}

/* A format_write_t. */
static void console_put(void *context, const char *text, size_t length)
{
	struct console *console = context;
	size_t i;

	for (i = 0; i < length; i++) {
		((char *)console->words)[console->count++] = text[i];
		if (console->count == CHUNK_SIZE || text[i] == '\n')
			console_flush(console);
	}
}

void rvx_printf_list(const char *pattern, va_list arguments)
{
	struct console console = { .count = 0 };

	format_list(console_put, &console, pattern, arguments);
	console_flush(&console);
}

void rvx_printf(const char *pattern, ...)
{
	va_list arguments;

	va_start(arguments, pattern);
	rvx_printf_list(pattern, arguments);
	va_end(arguments);
}

void rvx_print(const char *text)
{
	rvx_printf("%s", text);
}

void rvx_assert_failed(const char *fact, const char *file, int line)
{
	rvx_printf("%s:%d: not so: %s\n", file, line, fact);
	/* A supervisor may step over the breakpoint; there is nothing to go on with. */
	for (;;)
		__asm__ volatile("brk #1");
}

void abort(void)
{
	rvx_assert_failed("a library was used as it must not be", __FILE_NAME__, __LINE__);
}
