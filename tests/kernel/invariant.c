/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What holds between any two system calls. */
#include "kernel/invariant.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "kernel/partition.h"
#include "kernel/region.h"
#include "kernel/task.h"
#include "kernel/witness.h"
#include "lib/atomic.h"

#define SWEEP_EVERY 64

/* One fact a line: the panic says which was not so. */
#define HOLDS(fact) \
	do { \
		if (!(fact)) \
			kpanic("invariant of %s at %lx: not so: %s", __func__, \
			       (unsigned long)(uintptr_t)subject, #fact); \
	} while (0)

static void sweep_untyped_child(const struct capability *parent, const struct capability *subject)
{
	uint64_t base = (uintptr_t)parent->object;
	uint64_t size = (uint64_t)1 << parent->u.untyped.size_log2;
	uint64_t at = (uintptr_t)(capability_object(subject) != NULL ?
					  (void *)capability_object(subject) :
					  subject->object);

	HOLDS(at >= base);
	HOLDS(at - base < size);
}

static void sweep_mapping(const struct capability *subject)
{
	const struct mapping *mapping = &subject->u.mapping;

	if (mapping->partition == NULL)
		return;
	HOLDS(mapping->partition->object.type == RVX_OBJECT_PARTITION);
	HOLDS((mapping->rights & RVX_RIGHT_READ) != 0);
	HOLDS((mapping->rights & (RVX_RIGHT_WRITE | RVX_RIGHT_EXECUTE)) !=
	      (RVX_RIGHT_WRITE | RVX_RIGHT_EXECUTE));
	HOLDS(mapping->next == 0 ||
	      slot_at(mapping->next)->u.mapping.previous == slot_reference(subject));
}

static void sweep_region(const struct capability *master)
{
	const struct region *subject = master->object;

	/* Only the one mapping that is changing from the one to the other counts as both. */
	HOLDS(subject->writable == 0 || subject->executable == 0 ||
	      (subject->writable == 1 && subject->executable == 1));
}

static void sweep_lease(const struct capability *master)
{
	const struct lease *subject = master->object;
	const struct lease *at = subject->task != NULL ? subject->task->leases : NULL;

	HOLDS((subject->device == 0) == (subject->state == RVX_LEASE_EMPTY));
	HOLDS(subject->partition == NULL || subject->state == RVX_LEASE_GRANTED);
	HOLDS((subject->timer.item.place != 0) ==
	      (subject->state == RVX_LEASE_GRANTED && subject->end != RVX_LEASE_ENDLESS));
	while (at != NULL && at != subject)
		at = at->task_next;
	HOLDS(subject->task == NULL || at == subject);
	HOLDS(!subject->queued || subject->task != NULL);
}

static void sweep_edge(const struct capability *master)
{
	const struct edge *subject = edge_of_end(master->object);

	for (uint32_t i = 0; i < 2; i++) {
		const struct edge_end *end = &subject->end[i];

		HOLDS(end->serial != 0);
		HOLDS(end->far == &subject->end[1 - i]);
		HOLDS(end->peer == (end->far->task != NULL ? end->far->task : &task_nobody));
		HOLDS(end->call_state == CALL_NONE || end->task != NULL);
		HOLDS(end->call_state == CALL_NONE || end->peer != &task_nobody);
		HOLDS(end->call_state == CALL_NONE || end->task->waiting == end);
		HOLDS(end->call_state == CALL_NONE || task_state(end->task) == TASK_CALLING);
		HOLDS(!end->notified || end->task != NULL);
		HOLDS(end->notified || end->bits == 0);
	}
}

static void sweep_task(const struct capability *master)
{
	const struct task *subject = task_of(master->object);
	const struct core *core = subject->core;
	uint32_t ends = 0;

	for (const struct edge_end *end = subject->ends; end != NULL; end = end->task_next) {
		HOLDS(end->task == subject);
		ends++;
	}
	HOLDS(ends == subject->end_count);
	HOLDS(ends <= RVX_TASK_EDGES_MAX);
	HOLDS((subject->timeout.item.place != 0) == ((subject->key & TASK_TIMEOUT) != 0));
	HOLDS((subject->partition == NULL) == (subject->table == NULL));
	switch (task_state(subject)) {
	case TASK_READY:
		HOLDS(subject->context != NULL);
		HOLDS(subject->context->user == subject);
		HOLDS(subject->partition != NULL);
		if (task_is_held(subject))
			HOLDS(subject->context->ready.place == 0);
		else
			HOLDS((subject->context->ready.place != 0) +
				      (core->running == subject->context) +
				      (subject->context->replenishment.item.place != 0) ==
			      1);
		break;
	case TASK_RECEIVING:
		HOLDS(subject->pending == 0);
		HOLDS(!task_is_on_loan(subject));
		HOLDS(!subject->passive || subject->context == NULL);
		break;
	case TASK_CALLING:
		HOLDS(subject->waiting != NULL);
		HOLDS(subject->waiting->task == subject);
		HOLDS(subject->context != NULL || subject->waiting->call_state == CALL_DELIVERED);
		break;
	case TASK_DEAD:
		HOLDS(subject->ends == NULL);
		HOLDS(core->running == NULL || core->running->user != subject);
		break;
	default:
		break;
	}
	HOLDS(subject->context != &subject->home || subject->depth == 0);
	if (task_is_on_loan(subject)) {
		HOLDS(subject->passive);
		HOLDS(subject->depth >= 1 && subject->depth <= RVX_DONATION_DEPTH_MAX);
		HOLDS(subject->donor->context == NULL);
		HOLDS(task_state(subject->donor) == TASK_CALLING);
	}
}

static void sweep_capability(const struct capability *subject)
{
	HOLDS(subject->object != NULL);
	HOLDS(subject->generation != 0);
	HOLDS(slot_at(subject->next)->previous == slot_reference(subject));
	HOLDS(subject->depth <= RVX_DERIVATION_DEPTH_MAX);
	if (capability_maps(subject))
		sweep_mapping(subject);
	if (!capability_is_master(subject))
		return;
	if (capability_object(subject) != NULL)
		HOLDS(capability_object(subject)->master == subject);
	switch (capability_type(subject)) {
	case RVX_OBJECT_UNTYPED:
		HOLDS(subject->u.untyped.low <= subject->u.untyped.high);
		break;
	case RVX_OBJECT_REGION:
		sweep_region(subject);
		break;
	case RVX_OBJECT_EDGE:
		sweep_edge(subject);
		break;
	case RVX_OBJECT_LEASE:
		sweep_lease(subject);
		break;
	case RVX_OBJECT_TASK:
		sweep_task(subject);
		break;
	default:
		break;
	}
}

/* The preorder list: a child follows its parent, in its memory or on its object. */
static void sweep_tree(void)
{
	const struct capability *path[RVX_DERIVATION_DEPTH_MAX + RVX_UNTYPED_NESTING_MAX + 2];
	const struct capability *subject;
	uint32_t depth = 0;

	for (subject = capability_first(); subject != NULL; subject = capability_after(subject)) {
		sweep_capability(subject);
		while (depth > 0 && path[depth - 1]->level >= subject->level)
			depth--;
		if (depth > 0) {
			const struct capability *parent = path[depth - 1];

			if (capability_type(parent) == RVX_OBJECT_UNTYPED)
				sweep_untyped_child(parent, subject);
			else
				HOLDS(capability_object(parent) == capability_object(subject));
			if (capability_type(parent) != RVX_OBJECT_UNTYPED)
				HOLDS((capability_rights(subject) & ~capability_rights(parent)) ==
				      0);
		}
		path[depth++] = subject;
	}
}

static void sweep_queue(const struct queue *subject)
{
	HOLDS(subject->count <= CONFIG_QUEUE_PLACES);
	for (uint32_t i = 1; i <= subject->count; i++) {
		HOLDS(subject->items[i]->place == i);
		HOLDS(i == 1 || subject->items[i / 2]->key <= subject->items[i]->key);
	}
}

static void sweep_core(const struct core *subject)
{
	sweep_queue(&subject->ready);
	for (uint32_t i = 1; i <= subject->ready.count; i++) {
		const struct context *context = context_of_item(subject->ready.items[i]);

		HOLDS(task_state(context->user) == TASK_READY);
		HOLDS(context->user->context == context);
	}
	HOLDS(subject->first_key == queue_first_key(&subject->ready));
	sweep_queue(&subject->timers);
	HOLDS(subject->first_timeout == queue_first_key(&subject->timers));
	HOLDS(subject->ready.count <= subject->reserved_places);
}

void invariant_sweep(void)
{
	const struct witness_log *subject = &witness_log;

	HOLDS(subject->next - subject->acknowledged <= CONFIG_RING_RECORDS);
	HOLDS(subject->committed <= CONFIG_RING_RECORDS);
	sweep_tree();
	for (uint32_t i = 0; i < core_count; i++)
		sweep_core(&cores[i]);
}

void invariant_sweep_sometimes(struct core *core)
{
	static uint32_t entries;
	uint64_t foreign = core_foreign_locks[core->id];

	if (atomic32_fetch_add_relaxed(&entries, 1) % SWEEP_EVERY != SWEEP_EVERY - 1)
		return;
	core_lock(core, core_all());
	invariant_sweep();
	core_unlock_others(core);
	core_unlock_own(core);
	/* The count is of what calls take. */
	core_foreign_locks[core->id] = foreign;
}
