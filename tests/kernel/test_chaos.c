/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Property: whatever tasks do, no panic, no finding of a sanitizer, all invariants hold, and a
 * refused call leaves everything as it was but for its record.
 */
#include "tests/kernel/chaos.h"
#include "tests/kernel/seed.h"

#define STEPS_A_WORLD 600

static struct chaos total;

static void add(const struct chaos *chaos)
{
	total.calls += chaos->calls;
	total.refused += chaos->refused;
	total.restarts += chaos->restarts;
	total.blocked += chaos->blocked;
	total.idle += chaos->idle;
	for (uint32_t i = 0; i < RVX_SYS_COUNT; i++) {
		total.by_number[i] += chaos->by_number[i];
		total.done_by_number[i] += chaos->done_by_number[i];
	}
}

static void report(uint64_t worlds)
{
	printf("%lu worlds, %lu calls: %lu refused, %lu blocked, %lu restarts; %lu came to rest\n",
	       (unsigned long)worlds, (unsigned long)total.calls, (unsigned long)total.refused,
	       (unsigned long)total.blocked, (unsigned long)total.restarts,
	       (unsigned long)total.idle);
	for (uint32_t i = 0; i < RVX_SYS_COUNT; i++) {
		if (total.done_by_number[i] != 0)
			printf("  call %u: made %lu, done %lu\n", i,
			       (unsigned long)total.by_number[i],
			       (unsigned long)total.done_by_number[i]);
	}
}

int main(int count, char **arguments)
{
	uint64_t worlds = 0;

	seed_begin(count, arguments);
	do {
		struct chaos chaos = { .state = seed_state(),
				       .interrupts = seed % 3 != 0,
				       .compares_refusals = seed % 2 == 0 };

		chaos_build(&chaos);
		for (uint32_t i = 0; i < STEPS_A_WORLD && chaos_step(&chaos); i++)
			;
		add(&chaos);
		worlds++;
	} while (seed_next());
	report(worlds);
	return 0;
}
