/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Boot: what the root task finds. The end: what a panic leaves. */
#include "tests/kernel/unit.h"

#include "kernel/panic.h"

static void boot_lets_the_root_run(void **state)
{
	(void)state;
	world_boot();
	assert_ptr_equal(world.current, world.root);
	assert_int_equal(ROOT(RVX_SYS_NULL, 0), 0);
}

static struct task *panic_with(void *text)
{
	kpanic("%s", (const char *)text);
}

static void a_panic_keeps_as_much_of_its_text_as_there_is_room_for(void **state)
{
	static const size_t lengths[] = { EPITAPH_TEXT + 8, EPITAPH_TEXT, EPITAPH_TEXT - 1, 3, 0 };
	char text[EPITAPH_TEXT + 9];
	struct task *next;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const size_t kept = lengths[i] < EPITAPH_TEXT ? lengths[i] : EPITAPH_TEXT - 1;

		world_boot();
		memset(text, 'x', lengths[i]);
		text[lengths[i]] = '\0';
		assert_int_equal(host_run(panic_with, text, &next), HOST_OFF);
		assert_int_equal(strlen(kernel_epitaph.text), kept);
		assert_memory_equal(kernel_epitaph.text, text, kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_lets_the_root_run),
		cmocka_unit_test(a_panic_keeps_as_much_of_its_text_as_there_is_room_for),
	};

	return unit_run(tests);
}
