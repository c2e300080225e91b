/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The formatter against the host's snprintf where the two agree on what a pattern means, and by
 * itself where they do not.
 */
#include "tests/lib/check.h"

#include "lib/format.h"

/* Patterns that the compiler would rightly refuse are the point of some tests. */
#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-security"
#pragma clang diagnostic ignored "-Wformat-nonliteral"

#define BUFFER_SIZE 256

static char buffer[BUFFER_SIZE];

struct sink {
	char *text;
	size_t size;
	size_t length;
};

/* Keep what fits. */
static void sink_write(void *context, const char *text, size_t length)
{
	struct sink *sink = context;
	size_t i;

	assert_true(length > 0);
	for (i = 0; i < length; i++, sink->length++)
		if (sink->length < sink->size - 1)
			sink->text[sink->length] = text[i];
}

/* What snprintf is on the host. */
static size_t format_buffer(char *target, size_t size, const char *pattern, ...)
{
	struct sink sink = { .text = target, .size = size };
	va_list arguments;

	va_start(arguments, pattern);
	format_list(sink_write, &sink, pattern, arguments);
	va_end(arguments);
	target[sink.length < size ? sink.length : size - 1] = '\0';
	return sink.length;
}

#define assert_formats(expected, ...) \
	do { \
		assert_int_equal(format_buffer(buffer, BUFFER_SIZE, __VA_ARGS__), \
				 strlen(expected)); \
		assert_string_equal(buffer, expected); \
	} while (0)

static void numbers_are_printed_in_all_sizes_up_to_their_limits(void **state)
{
	(void)state;
	assert_formats("0", "%d", 0);
	assert_formats("-2147483648", "%d", INT32_MIN);
	assert_formats("2147483647", "%d", INT32_MAX);
	assert_formats("4294967295", "%u", UINT32_MAX);
	assert_formats("ffffffff", "%x", UINT32_MAX);
	assert_formats("-9223372036854775808", "%ld", INT64_MIN);
	assert_formats("18446744073709551615", "%lu", UINT64_MAX);
	assert_formats("18446744073709551615", "%llu", (unsigned long long)UINT64_MAX);
	assert_formats("-1", "%lld", -1LL);
	assert_formats("ffffffffffffffff", "%lx", UINT64_MAX);
	assert_formats("deadbeefcafe", "%llx", 0xdeadbeefcafeULL);
	assert_formats("42", "%zu", (size_t)42);
}

static void width_pads_with_spaces_or_zeros_on_the_side_asked_for(void **state)
{
	(void)state;
	assert_formats("[   42]", "[%5u]", 42u);
	assert_formats("[42   ]", "[%-5u]", 42u);
	assert_formats("[00042]", "[%05u]", 42u);
	assert_formats("[-0042]", "[%05d]", -42);
	assert_formats("[  -42]", "[%5d]", -42);
	assert_formats("[42   ]", "[%-05u]", 42u);
	assert_formats("[123456]", "[%3u]", 123456u);
	assert_formats("[0000000000c0ffee]", "[%016lx]", 0xc0ffeeUL);
	assert_formats("[  abc][abc  ]", "[%5s][%-5s]", "abc", "abc");
	assert_formats("[   42]", "[%*u]", 5, 42u);
	assert_formats("[42]", "[%*u]", -5, 42u);
	assert_formats("[  x]", "[%3c]", 'x');
}

static void strings_are_cut_to_the_precision_and_may_lack_their_end(void **state)
{
	static const char unended[4] = { 'a', 'b', 'c', 'd' };
	char long_text[101] = "";

	(void)state;
	assert_formats("ab", "%.2s", "abc");
	assert_formats("abcd", "%.4s", unended);
	assert_formats("abc", "%.*s", 3, unended);
	assert_formats("", "%.0s", "abc");
	assert_formats("", "%.*s", -1, unended);
	assert_formats("[   ab]", "[%5.2s]", "abc");
	assert_formats("(null)", "%s", (const char *)NULL);
	memset(long_text, 'x', sizeof(long_text) - 1);
	assert_formats(long_text, "%.100s", long_text);
	assert_formats(long_text, "%s", long_text);
	assert_formats("", "%s", "");
}

static void from_an_unknown_directive_on_the_pattern_is_printed_as_it_stands(void **state)
{
	(void)state;
	assert_formats("100%", "100%%");
	assert_formats("% 7", "%% %u", 7u);
	assert_formats("%%7", "%%%%%u", 7u);
	assert_formats("%", "%");
	assert_formats("7 %p %u %s", "%u %p %u %s", 7u);
	assert_formats("%lll %u", "%lll %u", 7u);
	assert_formats("%lllu %u", "%lllu %u", 7u);
	assert_formats("%zzu %u", "%zzu %u", 7u);
	assert_formats("%zlu %u", "%zlu %u", 7u);
	assert_formats("%lzu %u", "%lzu %u", 7u);
	assert_formats("%-05.3", "%-05.3");
	assert_formats("%l", "%l");
	assert_formats("%hu %s", "%hu %s", 7);
	assert_formats("%#x", "%#x", 7u);
	assert_formats("%X", "%X", 7u);
	assert_formats("%f%u%%", "%f%u%%", 7u);
	assert_formats("%.", "%.");
	assert_formats("%*", "%*");
	assert_formats("\xff%\xfe", "\xff%\xfe");
}

static void absurd_widths_are_cut(void **state)
{
	(void)state;
	assert_int_equal(format_buffer(buffer, BUFFER_SIZE, "%99999999999999999999u", 1u),
			 FORMAT_WIDTH_MAX);
	assert_int_equal(format_buffer(buffer, BUFFER_SIZE, "%*u", INT32_MAX, 1u),
			 FORMAT_WIDTH_MAX);
	assert_int_equal(format_buffer(buffer, BUFFER_SIZE, "%*u", INT32_MIN, 1u), 1);
	assert_int_equal(format_buffer(buffer, BUFFER_SIZE, "%.99999999999999999999s", "abc"), 3);
}

/* One random directive with an argument of its own, printed by both. */
static void random_directives_equal_the_hosts(void **state)
{
	static const char *const lengths[] = { "", "l", "ll", "z" };
	uint64_t seed = 77;
	uint32_t round;

	(void)state;
	for (round = 0; round < 200000; round++) {
		const uint64_t value = random_next(&seed) >> random_below(&seed, 64);
		const uint32_t length = random_below(&seed, 4);
		const char letter = "dux"[random_below(&seed, 3)];
		char pattern[32], expected[BUFFER_SIZE];
		size_t ours;
		int host;

		snprintf(pattern, sizeof(pattern), "<%%%s%s%.0u%s%c>",
			 random_below(&seed, 2) ? "-" : "", random_below(&seed, 2) ? "0" : "",
			 random_below(&seed, 40), lengths[length], letter);
		if (length == 0) {
			host = snprintf(expected, BUFFER_SIZE, pattern, (uint32_t)value);
			ours = format_buffer(buffer, BUFFER_SIZE, pattern, (uint32_t)value);
		} else {
			host = snprintf(expected, BUFFER_SIZE, pattern, value);
			ours = format_buffer(buffer, BUFFER_SIZE, pattern, value);
		}
		if (strcmp(buffer, expected) != 0)
			print_error("round %u pattern %s\n", round, pattern);
		assert_string_equal(buffer, expected);
		assert_int_equal(ours, host);
	}
}

/* Any bytes as a pattern: with enough arguments of the widest kind it neither fails nor lies. */
static void random_patterns_are_safe(void **state)
{
	static const char alphabet[] = "%%%%-0123456789.*lzduxcsqh \n";
	uint64_t seed = 99;
	uint32_t round, i;

	(void)state;
	for (round = 0; round < 200000; round++) {
		const uint32_t length = random_below(&seed, 24);
		const char *s = "text";
		char *pattern = malloc(length + 1);
		size_t whole;

		for (i = 0; i < length; i++)
			pattern[i] = alphabet[random_below(&seed, sizeof(alphabet) - 1)];
		pattern[length] = '\0';
		/* Pointers stand for numbers, too: whatever is taken is valid as what it is. */
		whole = format_buffer(buffer, 16, pattern, s, s, s, s, s, s, s, s, s, s, s, s, s, s,
				      s, s, s, s, s, s, s, s, s, s);
		/* %c may print a NUL, which makes the text seem shorter. */
		assert_true(strlen(buffer) <= (whole < 15 ? whole : 15));
		free(pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printed_in_all_sizes_up_to_their_limits),
		cmocka_unit_test(width_pads_with_spaces_or_zeros_on_the_side_asked_for),
		cmocka_unit_test(strings_are_cut_to_the_precision_and_may_lack_their_end),
		cmocka_unit_test(from_an_unknown_directive_on_the_pattern_is_printed_as_it_stands),
		cmocka_unit_test(absurd_widths_are_cut),
		cmocka_unit_test(random_directives_equal_the_hosts),
		cmocka_unit_test(random_patterns_are_safe),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
