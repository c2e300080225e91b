/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The formatter: plain text goes out in the longest pieces possible; each directive is decoded
 * into a struct first and printed from that.
 */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

/* 64-bit decimal numbers have at most 20 digits. */
#define DIGITS_MAX 20

/* Widths and precisions: the largest number a pattern can give, and what stands for others. */
#define SIZE_MAX_GIVEN 0xffffu
#define SIZE_UNLIMITED 0xfffffffeu
#define SIZE_IS_ARGUMENT 0xffffffffu

struct output {
	format_write_t *write;
	void *context;
	size_t length;
};

struct directive {
	bool pad_right;
	bool pad_zero;
	unsigned int width;
	unsigned int precision;
	unsigned int longs; /* 0: int, 1: long or size_t, 2: long long */
	char letter;
};

/* va_list may be an array type, which decays when passed on: in a struct it can be shared. */
struct argument_list {
	va_list list;
};

static void put(struct output *output, const char *text, size_t length)
{
	if (length == 0)
		return;
	output->write(output->context, text, length);
	output->length += length;
}

static void put_repeated(struct output *output, char byte, size_t count)
{
	for (; count > 0; count--)
		put(output, &byte, 1);
}

/* A decimal number, cut so that no digits can overflow it, or * for an argument. */
static const char *parse_size(const char *at, unsigned int *size)
{
	*size = SIZE_IS_ARGUMENT;
	if (*at == '*')
		return at + 1;
	for (*size = 0; *at >= '0' && *at <= '9'; at++) {
		*size = 10 * *size + (unsigned int)(*at - '0');
		if (*size > SIZE_MAX_GIVEN)
			*size = SIZE_MAX_GIVEN;
	}
	return at;
}

/* Read the directive that starts after a % at `at`. Returns its last byte, or NULL: it is none. */
static const char *parse(const char *at, struct directive *directive)
{
	*directive = (struct directive){ .precision = SIZE_UNLIMITED };
	for (; *at == '-' || *at == '0'; at++) {
		if (*at == '-')
			directive->pad_right = true;
		else
			directive->pad_zero = true;
	}
	at = parse_size(at, &directive->width);
	if (*at == '.')
		at = parse_size(at + 1, &directive->precision);
	if (*at == 'z' || *at == 'l') {
		directive->longs = *at == 'l' && at[1] == 'l' ? 2 : 1;
		at += directive->longs;
	}

	directive->letter = *at;
	switch (*at) {
	case 'd':
	case 'u':
	case 'x':
	case 'c':
	case 's':
	case '%':
		return at;
	default:
		return NULL;
	}
}

/* Replace a size that is an argument by it, which counts as 0 when it is negative. */
static void take_size(unsigned int *size, struct argument_list *arguments)
{
	int given;

	if (*size != SIZE_IS_ARGUMENT)
		return;
	given = va_arg(arguments->list, int);
	*size = given < 0 ? 0 : (unsigned int)given;
}

static uint64_t take_unsigned(const struct directive *directive, struct argument_list *arguments)
{
	if (directive->longs == 0)
		return va_arg(arguments->list, unsigned int);
	if (directive->longs == 1)
		return va_arg(arguments->list, unsigned long);
	return va_arg(arguments->list, unsigned long long);
}

static int64_t take_signed(const struct directive *directive, struct argument_list *arguments)
{
	if (directive->longs == 0)
		return va_arg(arguments->list, int);
	if (directive->longs == 1)
		return va_arg(arguments->list, long);
	return va_arg(arguments->list, long long);
}

static void put_number(struct output *output, const struct directive *directive, uint64_t value,
		       bool negative)
{
	const unsigned int base = directive->letter == 'x' ? 16 : 10;
	char digits[DIGITS_MAX];
	size_t first = DIGITS_MAX;
	size_t length, padding;

	do {
		digits[--first] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);

	length = DIGITS_MAX - first + (negative ? 1 : 0);
	padding = directive->width > length ? directive->width - length : 0;

	if (!directive->pad_right && !directive->pad_zero)
		put_repeated(output, ' ', padding);
	if (negative)
		put(output, "-", 1);
	if (!directive->pad_right && directive->pad_zero)
		put_repeated(output, '0', padding);
	put(output, digits + first, DIGITS_MAX - first);
	if (directive->pad_right)
		put_repeated(output, ' ', padding);
}

static void put_string(struct output *output, const struct directive *directive, const char *text,
		       size_t length)
{
	const size_t padding = directive->width > length ? directive->width - length : 0;

	if (!directive->pad_right)
		put_repeated(output, ' ', padding);
	put(output, text, length);
	if (directive->pad_right)
		put_repeated(output, ' ', padding);
}

static size_t string_length(const struct directive *directive, const char *text)
{
	size_t length = 0;

	while (length < directive->precision && text[length] != '\0')
		length++;
	return length;
}

static void put_directive(struct output *output, struct directive *directive,
			  struct argument_list *arguments)
{
	const char *text;
	int64_t number;
	char byte;

	take_size(&directive->width, arguments);
	take_size(&directive->precision, arguments);
	if (directive->width > FORMAT_WIDTH_MAX)
		directive->width = FORMAT_WIDTH_MAX;
	switch (directive->letter) {
	case 'd':
		number = take_signed(directive, arguments);
		put_number(output, directive, number < 0 ? -(uint64_t)number : (uint64_t)number,
			   number < 0);
		break;
	case 'u':
	case 'x':
		put_number(output, directive, take_unsigned(directive, arguments), false);
		break;
	case 'c':
		byte = (char)va_arg(arguments->list, int);
		put_string(output, directive, &byte, 1);
		break;
	case 's':
		text = va_arg(arguments->list, const char *);
		if (text == NULL)
			text = "(null)";
		put_string(output, directive, text, string_length(directive, text));
		break;
	default:
		put(output, "%", 1);
		break;
	}
}

size_t format_list(format_write_t *write, void *context, const char *pattern, va_list arguments)
{
	struct output output = { .write = write, .context = context };
	struct argument_list copy;
	const char *plain = pattern; /* What has not been printed starts here. */
	const char *at = pattern;

	va_copy(copy.list, arguments);
	for (; *at != '\0'; at++) {
		struct directive directive;
		const char *end;

		if (*at != '%')
			continue;
		end = parse(at + 1, &directive);
		if (end == NULL)
			break;
		put(&output, plain, (size_t)(at - plain));
		put_directive(&output, &directive, &copy);
		plain = end + 1;
		at = end;
	}
	while (*at != '\0')
		at++;
	put(&output, plain, (size_t)(at - plain));
	va_end(copy.list);
	return output.length;
}

size_t format_to(format_write_t *write, void *context, const char *pattern, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, pattern);
	length = format_list(write, context, pattern, arguments);
	va_end(arguments);
	return length;
}

struct buffer {
	char *next;
	size_t space; /* Without the final NUL. */
};

static void buffer_write(void *context, const char *text, size_t length)
{
	struct buffer *buffer = context;

	for (; length > 0 && buffer->space > 0; length--, buffer->space--)
		*buffer->next++ = *text++;
}

size_t format_buffer_list(char *buffer, size_t size, const char *pattern, va_list arguments)
{
	struct buffer target = { .next = buffer, .space = size > 0 ? size - 1 : 0 };
	size_t length = format_list(buffer_write, &target, pattern, arguments);

	if (size > 0)
		*target.next = '\0';
	return length;
}

size_t format_buffer(char *buffer, size_t size, const char *pattern, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, pattern);
	length = format_buffer_list(buffer, size, pattern, arguments);
	va_end(arguments);
	return length;
}
