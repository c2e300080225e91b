/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What every unit test of the kernel includes: cmocka, and a world whose failures are cmocka's. */
#ifndef TESTS_KERNEL_UNIT_H
#define TESTS_KERNEL_UNIT_H

#include "tests/lib/check.h"
#include "tests/kernel/world.h"

static inline void unit_failed(const char *text)
{
	print_error("%s\n", text);
	fail();
}

#define unit_run(tests) (world_on_failure = unit_failed, cmocka_run_group_tests(tests, NULL, NULL))

#endif
