/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Property: whatever tasks do, the witness records alone lead to the state that the kernel reports.
 */
#include "tests/kernel/chaos.h"
#include "tests/kernel/replay.h"
#include "tests/kernel/seed.h"

#define STEPS_A_WORLD 800
#define COMPARE_EVERY 5

int main(int count, char **arguments)
{
	uint64_t worlds = 0, calls = 0, compared = 0;

	seed_begin(count, arguments);
	do {
		struct chaos chaos = { .state = seed_state(), .interrupts = seed % 2 == 0 };

		replay_begin();
		chaos_build(&chaos);
		world.checks = false;
		for (uint32_t i = 0; i < STEPS_A_WORLD && chaos_step(&chaos); i++) {
			replay_records();
			if (i % COMPARE_EVERY == 0)
				compared += replay_compare();
		}
		replay_records();
		compared += replay_compare();
		calls += chaos.calls;
		worlds++;
	} while (seed_next());
	printf("%lu worlds, %lu calls, compared %lu times\n", (unsigned long)worlds,
	       (unsigned long)calls, (unsigned long)compared);
	return compared > worlds ? 0 : 1;
}
