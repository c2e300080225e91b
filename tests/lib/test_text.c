/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * text.h against the host's strlen and strcmp, on strings that end with their buffers.
 */
#include "tests/lib/check.h"

#include "lib/text.h"

static char *copy_make(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	memcpy(copy, text, strlen(text) + 1);
	return copy;
}

static void length_and_equality_are_the_hosts(void **state)
{
	static const char *const texts[] = { "", "a", "b", "ab", "abc", "abd", "\xff", "a\xff" };
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	size_t i, j;

	(void)state;
	for (i = 0; i < count; i++) {
		char *left = copy_make(texts[i]);

		assert_int_equal(text_length(left), strlen(left));
		for (j = 0; j < count; j++) {
			char *right = copy_make(texts[j]);

			assert_int_equal(text_is(left, right), i == j);
			free(right);
		}
		free(left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_and_equality_are_the_hosts),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
