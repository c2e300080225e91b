/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The formatter: plain text goes out in the longest pieces possible; each directive is decoded
 * into a struct first and printed from that.
 */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

/* Widths and precisions: to which no digit is added any more, and what stands for others. */
#define SIZE_LARGE 0xffffu
#define SIZE_UNLIMITED 0xfffffffeu
#define SIZE_IS_ARGUMENT 0xffffffffu

_Static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(size_t),
	       "l, ll and z stand for the same");

struct output {
	format_write_t *write;
	void *context;
	va_list arguments; /* Those that are not printed yet. */
};

struct directive {
	bool pad_right, pad_zero, is_long;
	unsigned int width, precision;
	char letter;
};

static void put(struct output *output, const char *text, size_t length)
{
	if (length > 0)
		output->write(output->context, text, length);
}

/* Print a text at its side of a field that is as wide as the directive says. */
static void put_field(struct output *output, const struct directive *directive, const char *text,
		      size_t length)
{
	size_t filled;

	if (directive->pad_right)
		put(output, text, length);
	for (filled = length; filled < directive->width; filled++)
		put(output, " ", 1);
	if (!directive->pad_right)
		put(output, text, length);
}

/* A decimal number, whose digits after a large one are ignored, or * for an argument. */
static const char *parse_size(const char *at, unsigned int *size)
{
	*size = SIZE_IS_ARGUMENT;
	if (*at == '*')
		return at + 1;
	for (*size = 0; *at >= '0' && *at <= '9'; at++)
		if (*size < SIZE_LARGE)
			*size = 10 * *size + (unsigned int)(*at - '0');
	return at;
}

/* Read the directive that starts after a % at `at`. Returns its last byte, or NULL: it is none. */
static const char *parse(const char *at, struct directive *directive)
{
	const char *letter = "duxcs%";

	*directive = (struct directive){ .precision = SIZE_UNLIMITED };
	for (; *at == '-' || *at == '0'; at++) {
		directive->pad_right |= *at == '-';
		directive->pad_zero |= *at == '0';
	}
	at = parse_size(at, &directive->width);
	if (*at == '.')
		at = parse_size(at + 1, &directive->precision);
	directive->is_long = *at == 'z' || *at == 'l';
	if (directive->is_long)
		at += *at == 'l' && at[1] == 'l' ? 2 : 1;

	while (*letter != '\0' && *letter != *at)
		letter++;
	directive->letter = *letter;
	return *letter != '\0' ? at : NULL;
}

/* A size that is an argument counts as 0 when it is negative. */
static unsigned int take_size(struct output *output, unsigned int size)
{
	int given;

	if (size != SIZE_IS_ARGUMENT)
		return size;
	given = va_arg(output->arguments, int);
	return given < 0 ? 0 : (unsigned int)given;
}

static uint64_t take_number(struct output *output, const struct directive *directive)
{
	if (directive->is_long)
		return va_arg(output->arguments, unsigned long);
	if (directive->letter == 'd')
		return (uint64_t)va_arg(output->arguments, int);
	return va_arg(output->arguments, unsigned int);
}

static void put_number(struct output *output, const struct directive *directive)
{
	const unsigned int base = directive->letter == 'x' ? 16 : 10;
	const bool fill = directive->pad_zero && !directive->pad_right;
	uint64_t value = take_number(output, directive);
	const bool is_negative = directive->letter == 'd' && (int64_t)value < 0;
	char text[FORMAT_WIDTH_MAX]; /* Decimal numbers have at most 20 digits. */
	size_t first = sizeof(text);

	if (is_negative)
		value = -value;
	do {
		text[--first] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0 ||
		 (fill && sizeof(text) - first + (is_negative ? 1 : 0) < directive->width));
	if (is_negative)
		text[--first] = '-';
	put_field(output, directive, text + first, sizeof(text) - first);
}

static void put_directive(struct output *output, struct directive *directive)
{
	const char *text;
	size_t length = 0;
	char byte;

	directive->width = take_size(output, directive->width);
	directive->precision = take_size(output, directive->precision);
	if (directive->width > FORMAT_WIDTH_MAX)
		directive->width = FORMAT_WIDTH_MAX;
	switch (directive->letter) {
	case 'c':
		byte = (char)va_arg(output->arguments, int);
		put_field(output, directive, &byte, 1);
		break;
	case 's':
		text = va_arg(output->arguments, const char *);
		if (text == NULL)
			text = "(null)";
		while (length < directive->precision && text[length] != '\0')
			length++;
		put_field(output, directive, text, length);
		break;
	case '%':
		put(output, "%", 1);
		break;
	default:
		put_number(output, directive);
	}
}

void format_list(format_write_t *write, void *context, const char *pattern, va_list arguments)
{
	struct output output = { .write = write, .context = context };
	const char *plain = pattern; /* What has not been printed starts here. */
	const char *at, *end;
	struct directive directive;

	va_copy(output.arguments, arguments);
	for (at = pattern; *at != '\0'; at++) {
		if (*at != '%')
			continue;
		end = parse(at + 1, &directive);
		if (end == NULL)
			break;
		put(&output, plain, (size_t)(at - plain));
		put_directive(&output, &directive);
		plain = end + 1;
		at = end;
	}
	put(&output, plain, text_length(plain));
	va_end(output.arguments);
}
