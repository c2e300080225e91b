/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every number has a name of its own, and every other number has one too. */
#include "tests/lib/check.h"

#include <ruvix/status.h>
#include <ruvix/types.h>

#include "libruvix/names.h"

static const struct {
	int64_t value;
	const char *name;
} statuses[] = {
#define STATUS(name, value, text) { value, #name },
	RVX_STATUS_LIST(STATUS)
#undef STATUS
};
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

static void every_status_has_its_name_and_a_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < STATUS_COUNT; i++) {
		assert_string_equal(rvx_status_name(statuses[i].value), statuses[i].name);
		assert_true(strlen(rvx_status_text(statuses[i].value)) > 1);
	}
}

static void a_number_that_is_no_status_is_a_question_mark(void **state)
{
	(void)state;
	assert_string_equal(rvx_status_name(1), "?");
	assert_string_equal(rvx_status_name(INT64_MIN), "?");
	assert_string_equal(rvx_status_text(INT64_MAX), "?");
	/* Not cut to 32 bits, where it would be OK. */
	assert_string_equal(rvx_status_name(INT64_C(1) << 32), "?");
}

static void every_fault_has_a_name(void **state)
{
	uint64_t fault, other;

	(void)state;
	for (fault = RVX_FAULT_DATA; fault <= RVX_FAULT_BUDGET; fault++) {
		assert_string_not_equal(rvx_fault_name(fault), "?");
		for (other = RVX_FAULT_DATA; other < fault; other++)
			assert_string_not_equal(rvx_fault_name(fault), rvx_fault_name(other));
	}
	assert_string_equal(rvx_fault_name(0), "?");
	assert_string_equal(rvx_fault_name(UINT64_MAX), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_name_and_a_text),
		cmocka_unit_test(a_number_that_is_no_status_is_a_question_mark),
		cmocka_unit_test(every_fault_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
