/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tasks that do anything. */
#include "tests/kernel/chaos.h"
#include "kernel/config.h"
#include "kernel/lease.h"
#include "tests/lib/check.h"

#include <ruvix/kinds.h>

#include <stdlib.h>
#include <string.h>

#define ACTORS 6
#define ADDRESS_CHOICES 8
#define AGAIN_MAX 400

uint32_t chaos_below(struct chaos *chaos, uint32_t limit)
{
	if (chaos->data == NULL)
		return random_below(&chaos->state, limit);
	if (chaos->size == 0)
		return 0;
	chaos->size--;
	if (limit > 256 && chaos->size > 0) {
		uint32_t low = *chaos->data++;

		chaos->size--;
		return (low | (uint32_t)*chaos->data++ << 8) % limit;
	}
	return *chaos->data++ % limit;
}

bool chaos_is_used_up(const struct chaos *chaos)
{
	return chaos->data != NULL && chaos->size == 0;
}

static bool one_in(struct chaos *chaos, uint32_t n)
{
	return chaos_below(chaos, n) == 0;
}

/* What an argument is for: which values come near. */
enum kind {
	NOTHING,
	ANY,   /* handle of whatever the table named before holds */
	TABLE, /* 0, or a table's handle */
	UNTYPED,
	PARTITION,
	TASK,
	REGION, /* in the table named before */
	EDGE,
	EDGE_IN, /* in the table named before */
	LOG,
	MACHINE,
	LEASE,
	LEASE_IN, /* in the table named before */
	PARENT,
	DEVICE,
	INTERRUPT,
	DURATION,
	SLOT,
	RIGHTS,
	MAP_RIGHTS,
	TYPE,
	SIZE,
	ADDRESS,
	BADGE,
	BIT,
	SMALL,
	LABEL,
	TICKS,
	DEADLINE,
	SEQUENCE,
	EVENT_KIND,
	WORD
};

static const struct shape {
	uint32_t number;
	uint8_t weight;
	uint8_t arguments[WORLD_ARGUMENTS];
} shapes[] = {
	{ RVX_SYS_EDGE_CALL, 12, { EDGE, LABEL, WORD } },
	{ RVX_SYS_EDGE_REPLY_RECV, 8, { EDGE, LABEL } },
	{ RVX_SYS_NULL, 1, { NOTHING } },
	{ RVX_SYS_RECV, 6, { NOTHING } },
	{ RVX_SYS_EDGE_REPLY, 6, { EDGE, LABEL } },
	{ RVX_SYS_EDGE_SIGNAL, 6, { EDGE, WORD, SMALL } },
	{ RVX_SYS_YIELD, 2, { NOTHING } },
	{ RVX_SYS_EDGE_CALL_EXTENDED, 10, { EDGE, LABEL, 0, 0, 0, 0, 0, 0, 0, 0, ANY, DEADLINE } },
	{ RVX_SYS_EDGE_REPLY_EXTENDED, 4, { EDGE, LABEL, 0, 0, 0, 0, 0, 0, 0, 0, ANY, 0 } },
	{ RVX_SYS_EDGE_REPLY_RECV_EXTENDED,
	  4,
	  { EDGE, LABEL, 0, 0, 0, 0, 0, 0, 0, 0, ANY, DEADLINE } },
	{ RVX_SYS_RECV_UNTIL, 6, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, DEADLINE } },
	{ RVX_SYS_UNTYPED_RETYPE, 14, { UNTYPED, TYPE, SIZE, TABLE, SLOT } },
	{ RVX_SYS_UNTYPED_CLEAN, 2, { UNTYPED, WORD } },
	{ RVX_SYS_CAP_COPY, 14, { TABLE, ANY, TABLE, SLOT, RIGHTS } },
	{ RVX_SYS_CAP_MINT, 8, { TABLE, EDGE_IN, TABLE, SLOT, RIGHTS, BADGE, BIT } },
	{ RVX_SYS_CAP_MINT, 2, { TABLE, LEASE_IN, TABLE, SLOT, RIGHTS, BADGE } },
	{ RVX_SYS_CAP_MOVE, 10, { TABLE, ANY, TABLE, SLOT } },
	{ RVX_SYS_CAP_DELETE, 8, { TABLE, ANY } },
	{ RVX_SYS_CAP_REVOKE, 4, { TABLE, ANY } },
	{ RVX_SYS_CAP_DESCRIBE, 2, { TABLE, SLOT } },
	{ RVX_SYS_PARTITION_START, 3, { PARTITION } },
	{ RVX_SYS_PARTITION_SUSPEND, 2, { PARTITION } },
	{ RVX_SYS_PARTITION_RESUME, 6, { PARTITION } },
	{ RVX_SYS_PARTITION_RECOVER, 3, { PARTITION } },
	{ RVX_SYS_TASK_BIND, 5, { TASK, PARTITION, TABLE } },
	{ RVX_SYS_TASK_START, 6, { TASK, ADDRESS, ADDRESS, WORD } },
	{ RVX_SYS_TASK_SUSPEND, 2, { TASK } },
	{ RVX_SYS_TASK_RESUME, 8, { TASK } },
	{ RVX_SYS_TASK_READ_REGISTERS, 2, { TASK, SMALL } },
	{ RVX_SYS_TASK_WRITE_REGISTERS, 2, { TASK, SMALL, ADDRESS, ADDRESS, WORD, WORD, WORD } },
	{ RVX_SYS_TASK_SCHEDULE, 3, { TASK, TICKS, TICKS, TICKS, SMALL } },
	{ RVX_SYS_TASK_SUPERVISE, 4, { TASK, TASK } },
	{ RVX_SYS_TASK_PLACE, 4, { TASK, BIT } },
	{ RVX_SYS_TASK_RESTART, 2, { TASK } },
	{ RVX_SYS_REGION_MAP, 12, { TABLE, REGION, PARTITION, ADDRESS, MAP_RIGHTS } },
	{ RVX_SYS_REGION_MAP, 4, { TABLE, LEASE_IN, PARTITION, ADDRESS, MAP_RIGHTS } },
	{ RVX_SYS_REGION_UNMAP, 4, { TABLE, REGION } },
	{ RVX_SYS_REGION_UNMAP, 1, { TABLE, LEASE_IN } },
	{ RVX_SYS_LEASE_GRANT, 8, { LEASE, PARENT, DEVICE, SMALL, INTERRUPT, DURATION, REGION } },
	{ RVX_SYS_LEASE_BIND, 6, { TABLE, LEASE_IN, TASK } },
	{ RVX_SYS_LEASE_ACKNOWLEDGE, 4, { LEASE } },
	{ RVX_SYS_LEASE_RENEW, 3, { LEASE, DURATION } },
	{ RVX_SYS_LEASE_RETURN, 1, { LEASE } },
	{ RVX_SYS_LEASE_RESET, 4, { PARENT, DEVICE } },
	{ RVX_SYS_REGION_PROTECT, 6, { TABLE, REGION, MAP_RIGHTS } },
	{ RVX_SYS_EDGE_BIND, 10, { TABLE, EDGE_IN, TASK, SLOT } },
	{ RVX_SYS_LOG_GRANT, 2, { LOG, PARTITION, WORD } },
	{ RVX_SYS_LOG_EMIT, 2, { LOG, EVENT_KIND, WORD, WORD, WORD } },
	{ RVX_SYS_LOG_ACKNOWLEDGE, 5, { LOG, SEQUENCE } },
	{ RVX_SYS_LOG_STATUS, 1, { LOG } },
	{ RVX_SYS_LOG_INSPECT, 2, { LOG, BIT } },
	{ RVX_SYS_MACHINE_WRITE, 1, { MACHINE, SMALL, WORD } },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* A wrong handle that looks like a right one. */
static uint64_t spoil(struct chaos *chaos, uint64_t handle)
{
	switch (chaos_below(chaos, 5)) {
	case 0:
		return handle + ((uint64_t)1 << 32);
	case 1:
		return (uint32_t)handle;
	case 2:
		return RVX_HANDLE(chaos_below(chaos, 80), 1 + chaos_below(chaos, 3));
	case 3:
		return UINT64_MAX - chaos_below(chaos, 4);
	default:
		return (uint64_t)chaos_below(chaos, 1000) << 20;
	}
}

static bool is_wanted(const struct capability *slot, enum kind kind)
{
	uint32_t type = slot->object == NULL ? RVX_OBJECT_NONE : capability_type(slot);

	switch (kind) {
	case UNTYPED:
		return type == RVX_OBJECT_UNTYPED;
	case PARTITION:
		return type == RVX_OBJECT_PARTITION;
	case TASK:
		return type == RVX_OBJECT_TASK;
	case TABLE:
		return type == RVX_OBJECT_CAPTABLE;
	case REGION:
		return type == RVX_OBJECT_REGION || type == RVX_OBJECT_TELEMETRY;
	case EDGE:
	case EDGE_IN:
		return type == RVX_OBJECT_EDGE;
	case LOG:
		return type == RVX_OBJECT_WITNESS_LOG;
	case MACHINE:
		return type == RVX_OBJECT_MACHINE;
	case PARENT:
		return slot->object == &lease_parent;
	case LEASE:
	case LEASE_IN:
		return type == RVX_OBJECT_LEASE && slot->object != &lease_parent;
	default:
		return type != RVX_OBJECT_NONE;
	}
}

static uint64_t handle_in(struct chaos *chaos, const struct captable *table, enum kind kind)
{
	const struct capability *slots = captable_slots(table);
	uint32_t count = table->slot_count < 128 ? table->slot_count : 128;
	uint32_t start = chaos_below(chaos, count);

	for (uint32_t i = 0; i < count; i++) {
		const struct capability *slot = &slots[(start + i) % count];

		if (slot->index != 0 && is_wanted(slot, kind))
			return capability_handle(slot);
	}
	return 0;
}

static const struct captable *table_named(const struct task *task, uint64_t handle)
{
	struct capability *capability;

	if (handle == RVX_TABLE_OWN ||
	    captable_lookup(task->table, handle, RVX_OBJECT_CAPTABLE, 0, &capability) != RVX_OK)
		return task->table;
	return capability->object;
}

static uint64_t label_for(struct chaos *chaos, const struct task *task, uint64_t handle)
{
	struct capability *capability;
	uint32_t label = chaos_below(chaos, 5);

	if (captable_lookup(task->table, handle, RVX_OBJECT_EDGE, 0, &capability) != RVX_OK)
		return label;
	return (uint64_t)((const struct edge_end *)capability->object)->far->serial << 32 | label;
}

static uint64_t argument(struct chaos *chaos, const struct task *task, enum kind kind,
			 const uint64_t *x, const struct captable **table)
{
	static const uint64_t addresses[ADDRESS_CHOICES] = {
		0x10000000, 0x10001000, 0x10200000,   0x101ff000,
		0x40000000, 0,		0x7fffff0000, 0x10003000,
	};
	uint64_t handle;

	switch (kind) {
	case NOTHING:
		return 0;
	case TABLE:
		handle = one_in(chaos, 2) ? 0 : handle_in(chaos, task->table, TABLE);
		*table = table_named(task, handle);
		break;
	case ANY:
	case REGION:
	case EDGE_IN:
	case LEASE_IN:
		handle = handle_in(chaos, *table, kind);
		break;
	case UNTYPED:
	case PARTITION:
	case TASK:
	case EDGE:
	case LOG:
	case MACHINE:
	case LEASE:
	case PARENT:
		handle = handle_in(chaos, task->table, kind);
		break;
	case DEVICE:
		return one_in(chaos, 12) ? addresses[chaos_below(chaos, ADDRESS_CHOICES)] :
					   0xa000000 + chaos_below(chaos, 12) * 0x2000ull;
	case INTERRUPT:
		return one_in(chaos, 3) ? 0 : RVX_INTERRUPT_FIRST - 1 + chaos_below(chaos, 8);
	case DURATION:
		return one_in(chaos, 4) ? RVX_LEASE_ENDLESS : chaos_below(chaos, 60000) * 100ull;
	case SLOT:
		return one_in(chaos, 16) ? chaos_below(chaos, 70) * 1000ull :
					   1 + chaos_below(chaos, 62);
	case RIGHTS:
		return one_in(chaos, 2) ? RVX_RIGHTS_ALL : chaos_below(chaos, 130);
	case MAP_RIGHTS:
		return one_in(chaos, 8) ?
			       chaos_below(chaos, 130) :
			       (uint64_t)(const uint8_t[]){ 1, 3, 0x11 }[chaos_below(chaos, 3)];
	case TYPE:
		return one_in(chaos, 12) ? chaos_below(chaos, 16) :
					   (uint64_t)(const uint8_t[]){
						   1, 2, 3, 4, 5, 5, 7, 12, 12
					   }[chaos_below(chaos, 9)];
	case SIZE:
		switch (x[1]) {
		case RVX_OBJECT_UNTYPED:
			return 12 + chaos_below(chaos, 8);
		case RVX_OBJECT_CAPTABLE:
			return 4 + chaos_below(chaos, 4);
		case RVX_OBJECT_PARTITION:
			return chaos_below(chaos, 9);
		case RVX_OBJECT_REGION:
			return one_in(chaos, 12) ? 500 + chaos_below(chaos, 600) :
						   chaos_below(chaos, 100);
		default:
			return one_in(chaos, 10) ? chaos_below(chaos, 300) : 0;
		}
	case ADDRESS:
		return addresses[chaos_below(chaos, ADDRESS_CHOICES)] +
		       (one_in(chaos, 10) ? chaos_below(chaos, 4096) : 0);
	case BADGE:
		return one_in(chaos, 12) ? UINT64_MAX : chaos_below(chaos, 1000);
	case BIT:
		return one_in(chaos, 12) ? 2 : chaos_below(chaos, 2);
	case SMALL:
		return chaos_below(chaos, 7);
	case LABEL:
		return label_for(chaos, task, x[0]) + (one_in(chaos, 8) ? (uint64_t)1 << 32 : 0);
	case TICKS:
		return one_in(chaos, 12) ? (uint64_t)1 << (chaos_below(chaos, 64)) :
					   1 + chaos_below(chaos, 5000);
	case DEADLINE:
		return one_in(chaos, 3) ? 0 :
		       one_in(chaos, 6) ? UINT64_MAX - chaos_below(chaos, 9) :
					  host.now + chaos_below(chaos, 4000);
	case SEQUENCE:
		return one_in(chaos, 8) ? witness_log.next + 1 : witness_log.next;
	case EVENT_KIND:
		return one_in(chaos, 4) ? chaos_below(chaos, 300) : RVX_WITNESS_NOTE;
	default:
		return one_in(chaos, 8) ? UINT64_MAX << chaos_below(chaos, 64) :
					  chaos_below(chaos, 9000);
	}
	return one_in(chaos, 20) ? spoil(chaos, handle) : handle;
}

static const struct shape *choose(struct chaos *chaos)
{
	static uint32_t total;
	uint32_t at;

	if (total == 0) {
		for (size_t i = 0; i < SHAPES; i++)
			total += shapes[i].weight;
	}
	at = chaos_below(chaos, total);
	for (size_t i = 0; i < SHAPES; i++) {
		if (at < shapes[i].weight)
			return &shapes[i];
		at -= shapes[i].weight;
	}
	return &shapes[0];
}

static void finish(struct chaos *chaos, struct task *task, int64_t result, uint32_t number)
{
	/* An interrupted call is made again, or its task finds itself doing something else. */
	for (uint32_t i = 0; result == WORLD_RESTART && i < AGAIN_MAX; i++) {
		chaos->restarts++;
		if (host.interrupt_waits || host_device_wants() != 0) {
			world_interrupt();
			if (one_in(chaos, 4))
				return;
		}
		if (world.current != task)
			return;
		result = world_step_again(task);
	}
	if (result == WORLD_BLOCKED)
		chaos->blocked++;
	else if (result < 0)
		chaos->refused++;
	if (result >= 0 || result == WORLD_BLOCKED)
		chaos->done_by_number[number]++;
}

static void make_call(struct chaos *chaos)
{
	struct task *task = world.current;
	const struct captable *table = task->table;
	uint64_t x[WORLD_ARGUMENTS] = { 0 };
	uint32_t number = chaos_below(chaos, 200);
	char *before = NULL;
	int64_t result;

	if (number >= RVX_SYS_COUNT || number == RVX_SYS_MACHINE_OFF ||
	    number == RVX_SYS_MACHINE_HEARTBEAT || !one_in(chaos, 8)) {
		const struct shape *shape = choose(chaos);

		number = shape->number;
		for (uint32_t i = 0; i < WORLD_ARGUMENTS; i++)
			x[i] = argument(chaos, task, (enum kind)shape->arguments[i], x, &table);
		if (shape->arguments[10] == ANY && !one_in(chaos, 3))
			x[10] = 0;
		if (number == RVX_SYS_LEASE_GRANT && !one_in(chaos, 3))
			x[6] = 0;
	} else {
		/* Anything with anything. */
		for (uint32_t i = 0; i < 8; i++)
			x[i] = argument(chaos, task, (enum kind)chaos_below(chaos, WORD + 1), x,
					&table);
	}
	if (chaos->interrupts && one_in(chaos, 2))
		host.interrupt_at_poll = host.polls + 1 + chaos_below(chaos, 12);
	if (chaos->compares_refusals)
		before = world_state();
	chaos->calls++;
	chaos->by_number[number]++;
	result = world_step(task, number, x);
	if (before != NULL) {
		/* What waited and then failed did something meanwhile. */
		if (result < 0 && result > WORLD_OFF && result != RVX_TIMED_OUT) {
			char *after = world_state();
			char what[80];

			snprintf(what, sizeof(what), "call %u refused with %ld", number,
				 (long)result);
			world_compare(before, after, what);
			free(after);
		}
		free(before);
	}
	finish(chaos, task, result, number);
	host.interrupt_at_poll = 0;
}

bool chaos_step(struct chaos *chaos)
{
	if (world.current == NULL) {
		chaos->idle++;
		return false;
	}
	switch (chaos_below(chaos, 32)) {
	case 0:
		world_yield();
		break;
	case 1:
		world_pass(chaos_below(chaos, 3000));
		break;
	case 2:
		/* The kernel restarts the root so many times and no more. */
		if (world.current != world.root ||
		    (one_in(chaos, 8) && world.root->incarnation < CONFIG_ROOT_RESTARTS))
			world_fault(1 + chaos_below(chaos, 7), chaos_below(chaos, 9000));
		break;
	case 3:
		world_floating_point();
		break;
	case 4:
		world_pass(chaos_below(chaos, 200) * 1000ull);
		break;
	case 5:
		host.wanted[RVX_INTERRUPT_FIRST + chaos_below(chaos, 6)] = !one_in(chaos, 3);
		break;
	default:
		make_call(chaos);
		break;
	}
	while (world.current != NULL && host_device_wants() != 0)
		world_interrupt();
	return world.current != NULL;
}

void chaos_build(struct chaos *chaos)
{
	static const uint64_t flags[ACTORS] = {
		0, RVX_SCHEDULE_PASSIVE, 0, RVX_SCHEDULE_PASSIVE, RVX_SCHEDULE_PASSIVE, 0
	};
	struct actor actors[ACTORS];

	world_boot_with(WORLD_RAM, 2 + chaos_below(chaos, 6));
	world.checks = false;
	world.hides_registers = true;
	/* Small slots, where arguments look for them. */
	for (uint32_t i = 0; i < ACTORS; i++) {
		struct actor_options options = { .flags = flags[i],
						 .credits = 40 + chaos_below(chaos, 300),
						 .tables = 1 + chaos_below(chaos, 10) };

		if (i == 3)
			options.mate = &actors[2];
		actors[i] = world_actor_with(&options);
	}
	for (uint32_t i = 0; i < ACTORS; i++) {
		struct actor *actor = &actors[i];
		rvx_handle_t untyped = world_retype(RVX_OBJECT_UNTYPED, 14 + chaos_below(chaos, 6));

		for (uint32_t j = 0; j < 2; j++)
			(void)world_link_with(actor, &actors[chaos_below(chaos, ACTORS)],
					      chaos_below(chaos, 3) * 20,
					      chaos_below(chaos, 3) * 20);
		(void)world_give(actor, actor->table_handle, RVX_RIGHTS_ALL);
		(void)world_give(actor, actor->task_handle, RVX_RIGHTS_ALL);
		(void)world_give(actor, actors[(i + 1) % ACTORS].task_handle, RVX_RIGHTS_ALL);
		(void)world_give(actor, actor->partition_handle, RVX_RIGHTS_ALL);
		(void)world_give(actor, actors[(i + 2) % ACTORS].table_handle,
				 chaos_below(chaos, 128));
		(void)world_give(actor, RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1), RVX_RIGHTS_ALL);
		(void)world_give(actor, RVX_HANDLE(RVX_BOOT_TELEMETRY, 1), RVX_RIGHTS_ALL);
		(void)world_give(actor, RVX_HANDLE(RVX_BOOT_DEVICES, 1), RVX_RIGHTS_ALL);
		(void)world_give(actor, world_retype(RVX_OBJECT_LEASE, 0), RVX_RIGHTS_ALL);
		(void)world_give(actor, world_retype(RVX_OBJECT_REGION, 1 + chaos_below(chaos, 90)),
				 RVX_RIGHTS_ALL);
		(void)ROOT(RVX_SYS_CAP_MOVE, 0, untyped, actor->table_handle, 50);
		(void)ROOT(RVX_SYS_TASK_SUPERVISE, actor->task_handle,
			   actors[(i + 3) % ACTORS].task_handle);
	}
	world.checks = true;
}
