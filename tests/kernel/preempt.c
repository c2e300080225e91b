/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Long calls, interrupted everywhere. */
#include "tests/kernel/preempt.h"

#include <stdlib.h>
#include <string.h>

/* What a run left and what it took. */
struct outcome {
	int64_t status;
	uint64_t result;
	uint64_t polls, zeroed, flushes;
	char *state, *records;
};

static struct outcome run(struct scene *scene, uint64_t interrupt_at, bool at_every)
{
	struct outcome outcome = { 0 };
	uint64_t first;

	world_boot();
	scene->build(scene);
	if (!world_switch_to(scene->task))
		world_fail("%s: the caller does not run", scene->name);
	first = witness_log.next;
	host.polls = host.zeroed_bytes = host.tlb_flushes = 0;
	host.interrupt_at_poll = interrupt_at;
	host.interrupt_at_every_poll = at_every;
	outcome.status = world_call(scene->task, scene->number, scene->x);
	host.interrupt_at_poll = 0;
	host.interrupt_at_every_poll = false;
	if (host.interrupt_waits && world.current != NULL)
		world_interrupt();
	if (outcome.status == RVX_OK)
		outcome.result = scene->task->frame.x[1];
	outcome.polls = host.polls;
	outcome.zeroed = host.zeroed_bytes;
	outcome.flushes = host.tlb_flushes;
	scene->status = outcome.status;
	scene->result = outcome.result;
	if (scene->check != NULL)
		scene->check(scene);
	outcome.state = world_state();
	outcome.records = world_records(first);
	return outcome;
}

static void same(const struct scene *scene, const struct outcome *expected, struct outcome *found)
{
	if (scene->ends_differ) {
		free(found->state);
		free(found->records);
		return;
	}
	if (found->status != expected->status || found->result != expected->result)
		world_fail("%s: status %ld (%lu), uninterrupted %ld (%lu)", scene->name,
			   (long)found->status, (unsigned long)found->result,
			   (long)expected->status, (unsigned long)expected->result);
	world_compare(expected->records, found->records, scene->name);
	world_compare(expected->state, found->state, scene->name);
	if (found->polls * 10 > expected->polls * 12 + 20)
		world_fail("%s: %lu units, uninterrupted %lu", scene->name,
			   (unsigned long)found->polls, (unsigned long)expected->polls);
	if (found->zeroed > expected->zeroed || found->flushes > expected->flushes)
		world_fail("%s: work was done twice", scene->name);
	free(found->state);
	free(found->records);
}

uint64_t preempt_everywhere(struct scene *scene)
{
	struct outcome expected = run(scene, 0, false), found;
	int64_t status = expected.status;
	uint64_t result = expected.result;

	for (uint64_t k = 1; k <= expected.polls; k++) {
		found = run(scene, k, false);
		same(scene, &expected, &found);
	}
	found = run(scene, 0, true);
	same(scene, &expected, &found);
	free(expected.state);
	free(expected.records);
	scene->status = status;
	scene->result = result;
	scene->polls = expected.polls;
	return expected.polls;
}
