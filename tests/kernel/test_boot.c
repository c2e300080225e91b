/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Boot: what the root task finds. */
#include "tests/kernel/unit.h"

static void boot_lets_the_root_run(void **state)
{
	(void)state;
	world_boot();
	assert_ptr_equal(world.current, world.root);
	assert_int_equal(ROOT(RVX_SYS_NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_lets_the_root_run),
	};

	return unit_run(tests);
}
