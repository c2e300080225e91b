/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A small printf for consoles and logs. A pattern holds text and directives:
 *
 *	%[-][0][width][.precision][l|ll|z]letter
 *
 *	letter	d u x c s %	(x in lower case, without 0x)
 *	-	pad at the right; otherwise at the left
 *	0	pad numbers with zeros instead of spaces
 *	width	decimal number or *, at most FORMAT_WIDTH_MAX (more is cut to that)
 *	.precision	of s only: at most that many bytes are read and written; number or *
 *
 * uint64_t is printed with %lu and %lx. A null string is written as (null). From a % that begins
 * nothing of this kind on, the pattern is written as it stands: which argument belongs to a
 * directive after it cannot be known. Nothing here fails.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/attributes.h"

#define FORMAT_WIDTH_MAX 64

/* Takes the next `length` bytes of output, which carry no final NUL. */
typedef void format_write_t(void *context, const char *text, size_t length);

/* Hand the output to `write` piece by piece, in order. No piece is empty. */
void format_list(format_write_t *write, void *context, const char *pattern, va_list arguments)
	PRINTF_LIKE(3, 0);

#endif
