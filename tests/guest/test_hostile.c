/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Three hostile partitions make random and nearly right system calls, of every number, with
 * capabilities that would let them do harm to themselves: their own table, partition and task, an
 * Untyped, regions, edges to each other, to the root and to a victim. Options: seed=, calls=,
 * patience= (milliseconds that the victim may take to answer).
 *
 *   life    birth --calls--> it faults, is stuck or is old --> its Untyped is revoked --> birth
 *
 * Whatever a life has and makes is made of one Untyped, which is the root's. A hostile task keeps
 * its program in a table that it cannot name, so that it lives long enough to do something. The
 * root drives and watches; the victim answers calls, and its memory and registers stay as they are.
 */
#include "tests/guest/check.h"
#include "tests/guest/gate.h"

#include "lib/atomic.h"

#include <ruvix/numbers.h>

#define OWN RVX_TABLE_OWN
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define CALLS 200000u /* so many do everything that can be done */
#define LIVES 3u
#define LIFE_LOG2 20u	 /* bytes of a life's Untyped */
#define LIFE_CALLS 1000u /* then it has destroyed most of what it had */
#define LIFE_SLOTS 64u	 /* of the root's table */
#define STUCK_WATCHES 3u /* without a call: nobody will wake it */
#define WATCH_US 100u
#define COMMON_PAGES 4u

/* The hostile task's table. Up to HOSTILE_EDGES + 8 are filled at birth. */
#define HOSTILE_TABLE_LOG2 6u
#define HOSTILE_UNTYPED_LOG2 17u
#define HOSTILE_REGIONS 8u
#define HOSTILE_TO_VICTIM 16u
#define HOSTILE_TO_ROOT 17u
#define HOSTILE_TO_SELF 18u
#define HOSTILE_EDGES 20u /* one to each other life, then one from each */
#define HOSTILE_RECEIVE 40u

/* The board: what the hostile tasks tell. Every word is a 32-bit counter or a plain word. */
#define BOARD_CALLS(life) (8u + 8u * (life))
#define BOARD_LAST(life) (9u + 8u * (life))
#define BOARD_WRONG(life) (10u + 8u * (life))
#define BOARD_DONE(call) (64u + (call))

/*
 * The hostile task.
 */

/* What each argument of a call is, in order; the letters are those of `value_of`. */
struct shape {
	uint32_t number;
	const char *arguments;
};
static const struct shape shapes[] = {
	{ RVX_SYS_EDGE_CALL, "El" },
	{ RVX_SYS_EDGE_REPLY_RECV, "Wl" },
	{ RVX_SYS_NULL, "" },
	{ RVX_SYS_RECV, "" },
	{ RVX_SYS_EDGE_REPLY, "Wl" },
	{ RVX_SYS_EDGE_SIGNAL, "Enn" },
	{ RVX_SYS_YIELD, "" },
	{ RVX_SYS_EDGE_CALL_EXTENDED, "El........Hd" },
	{ RVX_SYS_EDGE_REPLY_EXTENDED, "Wl........H0" },
	{ RVX_SYS_EDGE_REPLY_RECV_EXTENDED, "Wl........Hd" },
	{ RVX_SYS_RECV_UNTIL, "...........d" },
	{ RVX_SYS_UNTYPED_RETYPE, "UyzTs" },
	{ RVX_SYS_UNTYPED_CLEAN, "Un" },
	{ RVX_SYS_CAP_COPY, "TATsg" },
	{ RVX_SYS_CAP_MINT, "TATsgnb" },
	{ RVX_SYS_CAP_MOVE, "TATs" },
	{ RVX_SYS_CAP_DELETE, "TA" },
	{ RVX_SYS_CAP_REVOKE, "TA" },
	{ RVX_SYS_CAP_DESCRIBE, "Ts" },
	{ RVX_SYS_PARTITION_START, "P" },
	{ RVX_SYS_PARTITION_SUSPEND, "P" },
	{ RVX_SYS_PARTITION_RESUME, "P" },
	{ RVX_SYS_PARTITION_RECOVER, "P" },
	{ RVX_SYS_TASK_BIND, "KPC" },
	{ RVX_SYS_TASK_START, "Kccn" },
	{ RVX_SYS_TASK_SUSPEND, "K" },
	{ RVX_SYS_TASK_RESUME, "K" },
	{ RVX_SYS_TASK_READ_REGISTERS, "Kn" },
	{ RVX_SYS_TASK_WRITE_REGISTERS, "Kncccccccc" },
	{ RVX_SYS_TASK_SCHEDULE, "Kttth" },
	{ RVX_SYS_TASK_SUPERVISE, "KK" },
	{ RVX_SYS_TASK_PLACE, "Kn" },
	{ RVX_SYS_TASK_RESTART, "K" },
	{ RVX_SYS_REGION_MAP, "TRPam" },
	{ RVX_SYS_REGION_UNMAP, "TR" },
	{ RVX_SYS_REGION_PROTECT, "TRm" },
	{ RVX_SYS_EDGE_BIND, "TEKs" },
	{ RVX_SYS_LOG_GRANT, "LPn" },
	{ RVX_SYS_LOG_EMIT, "Lknnn" },
	{ RVX_SYS_LOG_ACKNOWLEDGE, "Ln" },
	{ RVX_SYS_LOG_STATUS, "L" },
	{ RVX_SYS_LOG_INSPECT, "Lb" },
	{ RVX_SYS_MACHINE_WRITE, "Annnn" },
	{ RVX_SYS_MACHINE_OFF, "An" },
};

/* What it knows: handles by type, some of which are of an earlier time, and its last event. */
#define KNOWN 4u
static struct {
	rvx_handle_t handles[RVX_OBJECT_TYPE_COUNT][KNOWN];
	uint64_t badge, label;
	uint32_t last_type; /* of what `any_handle` picked last */
} known;

static void know(uint32_t type, rvx_handle_t handle)
{
	if (type < RVX_OBJECT_TYPE_COUNT)
		known.handles[type][world_random(KNOWN)] = handle;
}

static void know_all(uint32_t type, uint32_t slot, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < KNOWN; i++)
		known.handles[type][i] = RVX_SLOT_HANDLE(slot + i % count);
}

static uint64_t any_word(void)
{
	const uint64_t power = UINT64_C(1) << world_random(64);

	switch (world_random(6)) {
	case 0:
		return world_random(4);
	case 1:
		return world_random(64);
	case 2:
		return power;
	case 3:
		return power - 1;
	case 4:
		return 0 - power;
	default:
		return world_random(UINT32_MAX) << 32 | world_random(UINT32_MAX);
	}
}

static rvx_handle_t handle_of(uint32_t type)
{
	const rvx_handle_t handle = known.handles[type][world_random(KNOWN)];

	switch (world_random(24)) {
	case 0:
		return any_word();
	case 1:
		return handle + (UINT64_C(1) << 32);
	case 2:
		return RVX_HANDLE(world_random(70), 1 + world_random(3));
	default:
		return handle;
	}
}

static rvx_handle_t any_handle(void)
{
	known.last_type = (uint32_t)world_random(RVX_OBJECT_TYPE_COUNT);
	return handle_of(known.last_type);
}

/* Addresses of what is mapped, of what is free, of the gates, and of nothing. */
static uint64_t any_address(void)
{
	static const uint64_t places[] = { WORLD_FREE, WORLD_SCRATCH, WORLD_GATES, WORLD_BOARD,
					   WORLD_STACKS };
	const uint64_t place = world.base + places[world_random(COUNT_OF(places))];

	switch (world_random(8)) {
	case 0:
		return any_word();
	case 1:
		return place + world_random(RVX_PAGE_SIZE);
	case 2:
		return (UINT64_C(1) << RVX_ADDRESS_BITS) - world_random(4) * RVX_PAGE_SIZE;
	case 3:
		return RVX_BLOCK_SIZE * world_random(1 << 18);
	default:
		return world.base + WORLD_FREE + world_random(512) * RVX_PAGE_SIZE;
	}
}

/* Where another task can start: at a call, after which it faults, or nowhere. */
static uint64_t any_entry(void)
{
	if (world_random(4) == 0)
		return any_word();
	return world.base + WORLD_GATES + world_random(128) * 16;
}

static uint64_t value_of(char letter)
{
	static const uint8_t sizes[] = { 0, 0, 0, 1, 1, 2, 3, 4, 5, 12, 13, 39 };
	static const uint8_t types[] = { 1, 2, 3, 4, 4, 5, 5, 12, 12, 0, 9, 10 };
	static const uint8_t rights[] = { 1, 3, 5, 1, 3, 5, 0, 7 };

	if (world_random(40) == 0)
		return any_word();
	switch (letter) {
	case 'U':
		return handle_of(RVX_OBJECT_UNTYPED);
	case 'T':
		return world_random(4) != 0 ? OWN : handle_of(RVX_OBJECT_CAPTABLE);
	case 'C':
		return handle_of(RVX_OBJECT_CAPTABLE);
	case 'P':
		return handle_of(RVX_OBJECT_PARTITION);
	case 'K':
		return handle_of(RVX_OBJECT_TASK);
	case 'R':
		return handle_of(RVX_OBJECT_REGION);
	case 'E':
		return handle_of(RVX_OBJECT_EDGE);
	case 'L':
		return handle_of(RVX_OBJECT_WITNESS_LOG);
	case 'A':
		return any_handle();
	case 'H':
		return world_random(2) != 0 ? any_handle() : 0;
	case 'W':
		return world_random(4) != 0 ? known.badge : handle_of(RVX_OBJECT_EDGE);
	case 'l':
		return world_random(4) != 0 ? known.label : any_word();
	case 'd':
		return world_random(8) != 0 ? rvx_ticks_now() + world_random(1000) : 0;
	case 's':
		return 24 + world_random(40);
	case 'g':
		return world_random(2) != 0 ? RVX_RIGHTS_ALL : world_random(RVX_RIGHTS_ALL + 1);
	case 'y':
		return types[world_random(COUNT_OF(types))];
	case 'z':
		return sizes[world_random(COUNT_OF(sizes))];
	case 'm':
		return rights[world_random(COUNT_OF(rights))];
	case 't':
		return world_random(2) != 0 ? 62500 : world_random(100000);
	case 'h':
		return world_random(5);
	case 'k':
		return world_random(3) << 16 | world_random(256);
	case 'a':
		return any_address();
	case 'c':
		return any_entry() & ~UINT64_C(15);
	case 'b':
		return world_random(2);
	case '0':
		return 0;
	default:
		return any_word();
	}
}

/* Those by which a life ends itself come less often. */
static bool is_fatal(uint32_t number)
{
	return number == RVX_SYS_CAP_DELETE || number == RVX_SYS_CAP_REVOKE ||
	       number == RVX_SYS_TASK_SUSPEND || number == RVX_SYS_PARTITION_SUSPEND;
}

static const struct shape *any_shape(void)
{
	const struct shape *shape;

	do
		shape = &shapes[world_random(COUNT_OF(shapes))];
	while (is_fatal(shape->number) && world_random(4) != 0);
	return shape;
}

/* A refusal gives the registers back as they were, unless the call had begun to wait. */
static bool is_answered_right(const uint64_t *arguments, const struct gate_registers *registers)
{
	const int64_t status = (int64_t)registers->x[0];
	uint32_t i;

	if (registers->lost != 0)
		return false;
	if (status >= 0 || status == RVX_TIMED_OUT || status == RVX_PEER_DEAD)
		return true;
	if (status < RVX_NOT_ADMITTED)
		return false;
	for (i = 1; i < GATE_RESULTS; i++)
		if (registers->x[i] != (i < 10 ? arguments[i] : 0))
			return false;
	return true;
}

static bool is_event(uint32_t number)
{
	return number == RVX_SYS_RECV || number == RVX_SYS_RECV_UNTIL ||
	       number == RVX_SYS_EDGE_REPLY_RECV || number == RVX_SYS_EDGE_REPLY_RECV_EXTENDED;
}

static void learn(uint32_t number, const uint64_t *arguments,
		  const struct gate_registers *registers)
{
	if (is_event(number)) {
		known.label = registers->x[1];
		if (RVX_EVENT_SERIAL(known.label) != 0)
			known.badge = registers->x[0];
	} else if (number == RVX_SYS_UNTYPED_RETYPE) {
		know((uint32_t)arguments[1], registers->x[1]);
	} else if (number == RVX_SYS_CAP_COPY || number == RVX_SYS_CAP_MINT ||
		   number == RVX_SYS_CAP_MOVE) {
		know(known.last_type, registers->x[1]);
	}
}

static void count(uint32_t word)
{
	uint32_t *counter = (uint32_t *)world_address(WORLD_BOARD) + (size_t)2 * word;

	(void)atomic32_fetch_add_relaxed(counter, 1);
}

static void call_at_random(uint64_t life)
{
	const struct shape *shape = any_shape();
	uint32_t number =
		world_random(64) != 0 ? shape->number : (uint32_t)world_random(GATE_COUNT);
	struct gate_registers registers;
	uint64_t arguments[GATE_ARGUMENTS];
	bool in_shape = true;
	uint32_t i;

	for (i = 0; i < GATE_ARGUMENTS; i++) {
		in_shape = in_shape && shape->arguments[i] != '\0';
		arguments[i] = in_shape ? value_of(shape->arguments[i]) : any_word();
		registers.x[i] = arguments[i];
	}
	board()[BOARD_LAST(life)] = number;
	count(BOARD_CALLS(life));
	if (gate_call(number, &registers) >= 0) {
		count(BOARD_DONE(number));
		learn(number, arguments, &registers);
	}
	if (!is_answered_right(arguments, &registers))
		board()[BOARD_WRONG(life)] = number + 1;
}

static void hostile_main(uint64_t argument)
{
	const uint64_t life = argument % LIVES;

	world_seed(argument);
	know_all(RVX_OBJECT_CAPTABLE, RVX_SLOT_CAPTABLE, 1);
	know_all(RVX_OBJECT_PARTITION, RVX_SLOT_PARTITION, 1);
	know_all(RVX_OBJECT_TASK, RVX_SLOT_TASK, 1);
	know_all(RVX_OBJECT_WITNESS_LOG, RVX_SLOT_WITNESS_LOG, 1);
	know_all(RVX_OBJECT_TELEMETRY, RVX_SLOT_TELEMETRY, 1);
	know_all(RVX_OBJECT_UNTYPED, RVX_SLOT_UNTYPED, 1);
	know_all(RVX_OBJECT_REGION, HOSTILE_REGIONS, 3);
	know_all(RVX_OBJECT_EDGE, HOSTILE_TO_VICTIM + (uint32_t)world_random(6), 3);
	for (;;)
		call_at_random(life);
}

/*
 * The victim.
 */

#define VICTIM_FIRST_EDGE 16u /* to the root; then to each life */
#define WELL 0x600du

static struct {
	struct guest server, still;
	rvx_handle_t region, edge;
	uint64_t calls;
} victim;

/* For the victim's answer: a clock that runs by itself waits for nobody. */
static uint64_t patience_us;

static uint64_t pattern(uint64_t index)
{
	return (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Answers every call; a badge tells the slot of its edge, whatever its handle is by now. */
static void server_main(uint64_t argument)
{
	struct rvx_message message;
	rvx_handle_t edge;
	uint32_t i;

	(void)argument;
	for (;;) {
		if (rvx_recv(&message) != RVX_OK || !rvx_is_call(&message))
			continue;
		if (rvx_cap_describe(OWN, RVX_HANDLE_SLOT(message.badge), &edge, NULL, NULL, NULL,
				     NULL, NULL, NULL) != RVX_OK)
			continue;
		for (i = 0; i < RVX_MESSAGE_WORDS; i++)
			message.words[i] = ~message.words[i];
		rvx_reply_label(&message, WELL);
		(void)rvx_edge_reply(edge, &message);
	}
}

/* Runs whenever nothing more urgent does, and touches no register. */
static void still_main(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("0:\twfi\n\tb 0b");
}

static void victim_init(void)
{
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &victim.server, .slot = VICTIM_FIRST_EDGE };
	volatile uint64_t *memory = world_address(WORLD_FREE);
	struct rvx_message message;
	uint32_t i;

	guest_make(&victim.server);
	guest_make_beside(&victim.still, &victim.server);
	victim.region = world_make(RVX_OBJECT_REGION, 1);
	(void)guest_map(&victim.server, victim.region, RVX_SLOT_REGION_FIRST + 1,
			world.base + WORLD_FREE, RVX_RIGHT_READ | RVX_RIGHT_WRITE);
	MUST(rvx_region_map(OWN, victim.region, WORLD_OWN_PARTITION, world.base + WORLD_FREE,
			    RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	for (i = 0; i < RVX_PAGE_SIZE / sizeof(uint64_t); i++)
		memory[i] = pattern(i);
	(void)guest_join(&near, &far);
	victim.edge = near.handle;
	guest_start(&victim.server, server_main, 0);

	guest_start(&victim.still, still_main, 0);
	EXPECT_STATUS(TIMED_OUT, rvx_recv_until(&message, rvx_ticks_now() + 60000));
	MUST(rvx_task_suspend(victim.still.task));
	for (i = 0; i < RVX_REGISTERS_CONTROL; i++)
		MUST(rvx_task_write_registers(victim.still.task, i, pattern(i), pattern(i + 10),
					      pattern(i + 20), pattern(i + 30), pattern(i + 40),
					      pattern(i + 50), pattern(i + 60), pattern(i + 70)));
	MUST(rvx_task_resume(victim.still.task));
}

static void expect_registers_kept(void)
{
	uint64_t r[8];
	uint32_t group, i;

	MUST(rvx_task_suspend(victim.still.task));
	for (group = 0; group < RVX_REGISTERS_CONTROL; group++) {
		MUST(rvx_task_read_registers(victim.still.task, group, &r[0], &r[1], &r[2], &r[3],
					     &r[4], &r[5], &r[6], &r[7]));
		/* There is no x31. */
		for (i = 0; i < (group == RVX_REGISTERS_X24_X30 ? 7u : 8u); i++)
			EXPECT_EQUAL(pattern(group + 10 * i), r[i]);
	}
	MUST(rvx_task_resume(victim.still.task));
}

static void expect_victim_well(void)
{
	const volatile uint64_t *memory = world_address(WORLD_FREE);
	const rvx_ticks_t limit = rvx_ticks_now() + rvx_ticks_from_us(patience_us);
	struct rvx_message message = { .label = 5 };
	uint64_t wrong = 0;
	uint32_t i;

	for (i = 0; i < RVX_MESSAGE_WORDS; i++)
		message.words[i] = pattern(victim.calls + i);
	if (!EXPECT_STATUS(OK, rvx_edge_call_extended(victim.edge, &message, 0, limit)))
		return;
	EXPECT_EQUAL(WELL, RVX_EVENT_LABEL(message.label));
	for (i = 0; i < RVX_MESSAGE_WORDS; i++)
		EXPECT_EQUAL(~pattern(victim.calls + i), message.words[i]);
	victim.calls++;
	for (i = 0; i < RVX_PAGE_SIZE / sizeof(uint64_t); i++)
		wrong += memory[i] != pattern(i);
	EXPECT_EQUAL(0, wrong);
	expect_registers_kept();
}

/*
 * Lives.
 */

static struct life {
	rvx_handle_t untyped; /* the root's: all else is made of it */
	uint32_t first_slot;
	struct guest guest; /* its own task is not the hostile one: that is `task` */
	rvx_handle_t table, task, to_root;
	uint64_t badge;
	bool is_over;
	uint32_t calls_at_birth, calls_seen, watches_stuck;
} lives[LIVES];
static rvx_handle_t gates, common;
static uint64_t seed, births, ends_by_fault, ends_stuck;

static uint32_t calls_of(uint32_t life)
{
	return atomic32_load_relaxed((uint32_t *)world_address(WORLD_BOARD) +
				     (size_t)2 * BOARD_CALLS(life));
}

/* One end of an edge. What a life did to its own table or task may refuse it. */
static rvx_handle_t bind(rvx_handle_t edge, uint32_t end, rvx_handle_t task, uint64_t badge,
			 rvx_handle_t table, uint32_t slot, uint32_t receive_slot)
{
	rvx_handle_t minted, handle;

	MUST(rvx_cap_mint(OWN, edge, OWN, world_slot(), RVX_RIGHTS_ALL, badge, end, &minted));
	if (rvx_edge_bind(OWN, minted, task, receive_slot) == RVX_OK && table != OWN)
		(void)rvx_cap_copy(OWN, minted, table, slot, RVX_RIGHTS_ALL, &handle);
	return minted;
}

static void give(const struct life *life, rvx_handle_t source, uint32_t slot, uint64_t rights)
{
	rvx_handle_t handle;

	MUST(rvx_cap_copy(OWN, source, life->table, slot, rights, &handle));
}

static void make_edges(uint32_t index)
{
	struct life *life = &lives[index];
	rvx_handle_t edge = world_make(RVX_OBJECT_EDGE, 0);
	uint32_t i;

	(void)bind(edge, 0, life->task, RVX_SLOT_HANDLE(HOSTILE_TO_VICTIM), life->table,
		   HOSTILE_TO_VICTIM, HOSTILE_RECEIVE);
	(void)bind(edge, 1, victim.server.task, VICTIM_FIRST_EDGE + 1 + index, victim.server.table,
		   VICTIM_FIRST_EDGE + 1 + index, 0);
	edge = world_make(RVX_OBJECT_EDGE, 0);
	(void)bind(edge, 0, life->task, RVX_SLOT_HANDLE(HOSTILE_TO_ROOT), life->table,
		   HOSTILE_TO_ROOT, HOSTILE_RECEIVE);
	life->to_root = bind(edge, 1, WORLD_OWN_TASK, index, OWN, 0, 0);
	edge = world_make(RVX_OBJECT_EDGE, 0);
	for (i = 0; i < 2; i++)
		(void)bind(edge, i, life->task, RVX_SLOT_HANDLE(HOSTILE_TO_SELF + i), life->table,
			   HOSTILE_TO_SELF + i, HOSTILE_RECEIVE + 1 + i);
	for (i = 0; i < LIVES; i++) {
		const uint32_t there = HOSTILE_EDGES + LIVES + index;

		if (i == index || lives[i].task == 0)
			continue;
		edge = world_make(RVX_OBJECT_EDGE, 0);
		(void)bind(edge, 0, life->task, RVX_SLOT_HANDLE(HOSTILE_EDGES + i), life->table,
			   HOSTILE_EDGES + i, HOSTILE_RECEIVE + 3);
		(void)bind(edge, 1, lives[i].task, RVX_SLOT_HANDLE(there), lives[i].table, there,
			   HOSTILE_RECEIVE + 4);
	}
}

/* A second task beside the guest's, which stays stopped: its table holds the program only. */
static void make_task(uint32_t index)
{
	struct life *life = &lives[index];
	rvx_handle_t task = world_make(RVX_OBJECT_TASK, 0), untyped;

	life->table = world_make(RVX_OBJECT_CAPTABLE, HOSTILE_TABLE_LOG2);
	life->badge = world.next_badge++;
	MUST(rvx_cap_mint(OWN, task, OWN, world_slot(), RVX_RIGHTS_ALL, life->badge, 0,
			  &life->task));
	MUST(rvx_task_bind(life->task, life->guest.partition, life->table));
	MUST(rvx_task_supervise(life->task, WORLD_OWN_TASK));
	MUST(rvx_task_place(life->task, (index + 1) % world.boot->cores));
	untyped = world_make(RVX_OBJECT_UNTYPED, HOSTILE_UNTYPED_LOG2);
	MUST(rvx_cap_move(OWN, untyped, life->table, RVX_SLOT_UNTYPED, &untyped));
	give(life, life->table, RVX_SLOT_CAPTABLE, RVX_RIGHTS_ALL);
	give(life, life->guest.partition, RVX_SLOT_PARTITION, RVX_RIGHTS_ALL);
	give(life, life->task, RVX_SLOT_TASK, RVX_RIGHTS_ALL);
	give(life, WORLD_WITNESS_LOG, RVX_SLOT_WITNESS_LOG, RVX_RIGHT_READ | RVX_RIGHT_WRITE);
	give(life, RVX_SLOT_HANDLE(RVX_BOOT_TELEMETRY), RVX_SLOT_TELEMETRY, RVX_RIGHT_READ);
	give(life, world_make(RVX_OBJECT_REGION, 3), HOSTILE_REGIONS, RVX_RIGHTS_ALL);
	give(life, world_make(RVX_OBJECT_REGION, 1), HOSTILE_REGIONS + 1, RVX_RIGHTS_ALL);
	give(life, common, HOSTILE_REGIONS + 2, RVX_RIGHTS_ALL);
}

static void life_begin(uint32_t index)
{
	const rvx_handle_t arena = world.arena;
	const uint32_t next_slot = world.next_slot, next_stack = world.next_stack;
	struct life *life = &lives[index];

	world.arena = life->untyped;
	world.next_slot = life->first_slot;
	world.next_stack = 8 + index;
	guest_make(&life->guest);
	gate_map(&life->guest, gates);
	make_task(index);
	make_edges(index);
	if (world.next_slot > life->first_slot + LIFE_SLOTS)
		check_bail_out(__LINE__, "a life takes more slots than it has");
	world.arena = arena;
	world.next_slot = next_slot;
	world.next_stack = next_stack;

	life->is_over = false;
	life->watches_stuck = 0;
	life->calls_at_birth = life->calls_seen = calls_of(index);
	births++;
	MUST(rvx_task_start(life->task, (uint64_t)hostile_main, life->guest.stack_top,
			    (seed * 1000000 + births) * LIVES + index));
	MUST(rvx_partition_start(life->guest.partition));
	log_drain();
}

static void life_end(uint32_t index)
{
	MUST(rvx_cap_revoke(OWN, lives[index].untyped, NULL));
	lives[index].task = 0;
	log_drain();
}

/* Take what comes for a while: faults, bits, and calls, which are answered. */
static void watch(void)
{
	const rvx_ticks_t until = rvx_ticks_now() + rvx_ticks_from_us(WATCH_US);
	struct rvx_message message;
	uint32_t i;

	while (rvx_recv_until(&message, until) == RVX_OK) {
		if (rvx_is_call(&message)) {
			(void)rvx_edge_reply(lives[message.badge].to_root, &message);
			continue;
		}
		if (message.label != RVX_EVENT_FAULT)
			continue;
		if (message.badge < lives[0].badge)
			check_fail(__LINE__, "the victim faults: %s at %lx, pc +%lx",
				   rvx_fault_name(message.words[0]), message.words[1],
				   message.words[2] - world.base);
		for (i = 0; i < LIVES; i++)
			if (lives[i].badge == message.badge)
				lives[i].is_over = true;
		ends_by_fault++;
	}
}

/* Wake what waits, let go on what was stopped; what then makes no call never will. */
static void life_drive(uint32_t index)
{
	struct life *life = &lives[index];
	const uint32_t calls = calls_of(index);

	if (calls != life->calls_seen)
		life->watches_stuck = 0;
	else
		life->watches_stuck++;
	life->calls_seen = calls;
	if (life->watches_stuck == 1)
		(void)rvx_edge_signal(life->to_root, 1, 0);
	if (life->watches_stuck == 2) {
		(void)rvx_partition_resume(life->guest.partition);
		(void)rvx_task_resume(life->task);
	}
	if (life->watches_stuck == STUCK_WATCHES) {
		ends_stuck++;
		life->is_over = true;
	}
	if (life->is_over || calls - life->calls_at_birth > LIFE_CALLS) {
		life_end(index);
		life_begin(index);
	}
}

/* Each Untyped gives one region again that takes all of it, and nothing stands in it. */
static void expect_memory_whole(rvx_handle_t untyped)
{
	const uint64_t pages = (UINT64_C(1) << LIFE_LOG2) / RVX_PAGE_SIZE - 1;
	const volatile uint64_t *memory = world_address(WORLD_SCRATCH);
	uint64_t i, dirty = 0;
	rvx_handle_t region;

	MUST(rvx_untyped_retype(untyped, RVX_OBJECT_REGION, pages, OWN, world_slot(), &region));
	MUST(rvx_region_map(OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_SCRATCH,
			    RVX_RIGHT_READ));
	for (i = 0; i < pages * RVX_PAGE_SIZE / sizeof(uint64_t); i++)
		dirty += memory[i] != 0;
	EXPECT_EQUAL(0, dirty);
	MUST(rvx_cap_delete(OWN, region));
}

/* No life has these rights, or nobody may see it return. */
static bool can_be_done(uint32_t number)
{
	return number != RVX_SYS_LOG_GRANT && number != RVX_SYS_LOG_ACKNOWLEDGE &&
	       number != RVX_SYS_MACHINE_WRITE && number != RVX_SYS_MACHINE_OFF;
}

static void hostile_partitions_harm_nobody(void)
{
	const uint64_t wanted = world_option("calls", CALLS);
	struct snapshot before;
	uint64_t calls = 0, watches;
	uint32_t i;

	seed = world_option("seed", 1);
	patience_us = 1000 * world_option("patience", 100);
	check_note("seed %lu, %lu calls", seed, wanted);
	gates = gate_init();
	common = world_make(RVX_OBJECT_REGION, COMMON_PAGES);
	victim_init();
	for (i = 0; i < LIVES; i++) {
		lives[i].untyped = world_make(RVX_OBJECT_UNTYPED, LIFE_LOG2);
		lives[i].first_slot = world.next_slot;
		world.next_slot += LIFE_SLOTS;
		expect_memory_whole(lives[i].untyped);
	}
	expect_victim_well();
	before = snapshot_take();

	for (i = 0; i < LIVES; i++)
		life_begin(i);
	for (watches = 0; calls < wanted; watches++) {
		watch();
		calls = 0;
		for (i = 0; i < LIVES; i++) {
			if (board()[BOARD_WRONG(i)] != 0)
				check_fail(__LINE__, "call %lu is answered wrong",
					   board()[BOARD_WRONG(i)] - 1);
			board()[BOARD_WRONG(i)] = 0;
			life_drive(i);
			calls += calls_of(i);
		}
		expect_victim_well();
		log_drain();
		if (watches > wanted)
			check_bail_out(__LINE__, "no progress");
	}
	for (i = 0; i < LIVES; i++)
		life_end(i);

	EXPECT_UNCHANGED(before);
	expect_victim_well();
	for (i = 0; i < LIVES; i++)
		expect_memory_whole(lives[i].untyped);
	for (i = 0; i < COUNT_OF(shapes) && wanted >= CALLS; i++)
		if (can_be_done(shapes[i].number) != (board()[BOARD_DONE(shapes[i].number)] != 0))
			check_fail(__LINE__, "call %u was done %lu times", shapes[i].number,
				   board()[BOARD_DONE(shapes[i].number)]);
	check_note("%lu calls, %lu lives, %lu faults, %lu stuck, %lu watches", calls, births,
		   ends_by_fault, ends_stuck, watches);
}

static const struct check_case cases[] = {
	CHECK_CASE(hostile_partitions_harm_nobody),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
