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

struct output {
	format_write_t *write;
	void *context;
	size_t length;
};

struct directive {
	bool pad_right;
	bool pad_zero;
	bool has_precision;
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

/* Read a decimal number, cut to FORMAT_WIDTH_MAX, so that no digits can overflow it. */
static const char *parse_number(const char *at, unsigned int *number)
{
	for (*number = 0; *at >= '0' && *at <= '9'; at++) {
		*number = 10 * *number + (unsigned int)(*at - '0');
		if (*number > FORMAT_WIDTH_MAX)
			*number = FORMAT_WIDTH_MAX;
	}
	return at;
}

/* Find the letter of the directive that starts after a % at `at`, or NULL if it is not one. */
static const char *directive_end(const char *at)
{
	unsigned int ignored;

	while (*at == '-' || *at == '0')
		at++;
	at = *at == '*' ? at + 1 : parse_number(at, &ignored);
	if (*at == '.')
		at = at[1] == '*' ? at + 2 : parse_number(at + 1, &ignored);
	if (*at == 'z')
		at++;
	else if (*at == 'l')
		at += at[1] == 'l' ? 2 : 1;

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

/* A width or precision: a number, or * for the next argument. A negative argument counts as 0. */
static const char *decode_size(const char *at, struct argument_list *arguments, unsigned int *size)
{
	int given;

	if (*at != '*')
		return parse_number(at, size);

	given = va_arg(arguments->list, int);
	*size = given < 0 ? 0 : (unsigned int)given;
	return at + 1;
}

/* Decode what directive_end has accepted. */
static void decode(struct directive *directive, const char *at, struct argument_list *arguments)
{
	*directive = (struct directive){ .letter = 0 };
	for (; *at == '-' || *at == '0'; at++) {
		if (*at == '-')
			directive->pad_right = true;
		else
			directive->pad_zero = true;
	}
	at = decode_size(at, arguments, &directive->width);
	if (directive->width > FORMAT_WIDTH_MAX)
		directive->width = FORMAT_WIDTH_MAX;
	if (*at == '.') {
		directive->has_precision = true;
		at = decode_size(at + 1, arguments, &directive->precision);
	}
	for (; *at == 'l' || *at == 'z'; at++)
		directive->longs++;
	directive->letter = *at;
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

	while ((!directive->has_precision || length < directive->precision) && text[length] != '\0')
		length++;
	return length;
}

static void put_directive(struct output *output, const struct directive *directive,
			  struct argument_list *arguments)
{
	const char *text;
	int64_t number;
	char byte;

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
		end = directive_end(at + 1);
		if (end == NULL)
			break;
		put(&output, plain, (size_t)(at - plain));
		decode(&directive, at + 1, &copy);
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
