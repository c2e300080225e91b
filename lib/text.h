/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Zero-terminated names: the two questions that freestanding code asks of them. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

static inline size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length] != 0)
		length++;
	return length;
}

static inline bool text_is(const char *text, const char *other)
{
	for (; *text != 0 && *text == *other; text++)
		other++;
	return *text == *other;
}

#endif
