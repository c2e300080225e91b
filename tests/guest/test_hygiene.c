/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Registers: one partition fills everything that EL0 sees with its poison, the other with values of
 * its own, and after each kind of switch between them every register of the watched one has the
 * exact value that it must have: its own, a result, or zero. So nobody else's is in it.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define OWN RVX_TABLE_OWN
#define EDGE_SLOT RVX_SLOT_EDGE_FIRST
#define EDGE RVX_EDGE(0)
#define LIMIT_US 100000u
#define ROUNDS 8u

/* As hygiene.S has it. */
struct registers {
	uint64_t x[31];
	uint64_t nzcv, tpidr, fpcr, fpsr;
	uint64_t tpidrro; /* only read */
	uint64_t v[32][2];
};

struct block {
	struct registers in, out;
	uint64_t rounds; /* how often `in` was loaded */
	uint64_t scratch;
};
_Static_assert(sizeof(struct registers) == 800, "registers");
_Static_assert(offsetof(struct registers, v) == 288, "registers.v");
_Static_assert(offsetof(struct block, rounds) == 1600, "block.rounds");
_Static_assert(sizeof(struct block) == 1616, "block");

/* On the board, behind a few words. */
#define BLOCK_FIRST 512u
enum side {
	WATCHED,
	NOISE
};

typedef void routine(uint64_t);
routine hygiene_watched_null, hygiene_watched_yield, hygiene_watched_unknown,
	hygiene_watched_describe, hygiene_watched_recv, hygiene_watched_recv_until,
	hygiene_watched_emit, hygiene_watched_fault, hygiene_watched_spin, hygiene_watched_serve,
	hygiene_watched_answer;
routine hygiene_noise_call, hygiene_noise_call_and_signal, hygiene_noise_signal,
	hygiene_noise_yield, hygiene_noise_emit, hygiene_noise_spin;
routine hygiene_fresh, hygiene_killer;
routine hygiene_exclusive_alone, hygiene_exclusive_null, hygiene_exclusive_yield,
	hygiene_exclusive_fault, hygiene_exclusive_spin;

static struct guest guests[2];

static volatile struct block *block(enum side side)
{
	return (volatile struct block *)(uintptr_t)(world.base + WORLD_BOARD + BLOCK_FIRST +
						    side * sizeof(struct block));
}

static uint64_t value(enum side side, uint64_t number)
{
	return (side == WATCHED ? UINT64_C(0x0017ec7ed0000000) : UINT64_C(0xf0150f0150000000)) |
	       number;
}

static void block_fill(enum side side)
{
	volatile struct block *at = block(side);
	uint32_t i;

	for (i = 0; i < 31; i++)
		at->in.x[i] = value(side, i);
	for (i = 0; i < 32; i++) {
		at->in.v[i][0] = value(side, 0x100 + i);
		at->in.v[i][1] = value(side, 0x200 + i);
	}
	at->in.tpidr = value(side, 0x300);
	at->in.nzcv = side == WATCHED ? 0x50000000 : 0xa0000000;
	/* Rounding, flushing to zero, default NaN; saturation and the cumulative exceptions. */
	at->in.fpcr = side == WATCHED ? 0x00400000 : 0x03800000;
	at->in.fpsr = side == WATCHED ? 0x08000011 : 0x0000008e;
}

static void wait_us(uint64_t us)
{
	struct rvx_message message;

	(void)rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(us));
}

/* Two partitions that can talk to each other and to the log. */
static void pair_make(uint64_t watched_flags)
{
	struct guest_end ends[2];
	uint32_t i;

	for (i = 0; i < 2; i++) {
		guest_make(&guests[i]);
		block_fill((enum side)i);
		(void)guest_give(&guests[i], WORLD_WITNESS_LOG, RVX_SLOT_WITNESS_LOG,
				 RVX_RIGHT_WRITE);
		ends[i] = (struct guest_end){ .guest = &guests[i], .slot = EDGE_SLOT };
	}
	(void)guest_join(&ends[0], &ends[1]);
	if (watched_flags != 0)
		MUST(rvx_task_schedule(guests[WATCHED].task, rvx_ticks_from_us(10000),
				       rvx_ticks_from_us(10000), rvx_ticks_from_us(10000),
				       watched_flags));
}

static void start(enum side side, routine *entry)
{
	const struct guest *guest = &guests[side];

	MUST(rvx_task_start(guest->task, (uint64_t)entry, (uint64_t)block(side), 0));
	MUST(rvx_partition_start(guest->partition));
}

/* Before another pair is made in the same case. */
static void pair_stop(void)
{
	MUST(rvx_partition_suspend(guests[NOISE].partition));
	MUST(rvx_partition_suspend(guests[WATCHED].partition));
}

/* Wait until the watched guest has saved its registers. */
static bool hear(void)
{
	uint64_t words[GUEST_WORDS];

	return guest_hear(&guests[WATCHED], words);
}

static void expect_x(const char *what, enum side side, uint32_t number, uint64_t expected)
{
	const uint64_t found = block(side)->out.x[number];

	if (found != expected)
		check_fail(__LINE__, "%s: x%u is %lx, expected %lx", what, number, found, expected);
}

/* What no system call and no interrupt changes. */
static void expect_kept(const char *what, enum side side)
{
	const volatile struct registers *in = &block(side)->in, *out = &block(side)->out;
	uint32_t i;

	for (i = 19; i < 31; i++)
		expect_x(what, side, i, in->x[i]);
	if (out->nzcv != in->nzcv || out->tpidr != in->tpidr || out->tpidrro != 0)
		check_fail(__LINE__, "%s: NZCV %lx, TPIDR_EL0 %lx, TPIDRRO_EL0 %lx", what,
			   out->nzcv, out->tpidr, out->tpidrro);
	if (out->fpcr != in->fpcr || out->fpsr != in->fpsr)
		check_fail(__LINE__, "%s: FPCR %lx, FPSR %lx", what, out->fpcr, out->fpsr);
	for (i = 0; i < 32; i++)
		if (out->v[i][0] != in->v[i][0] || out->v[i][1] != in->v[i][1])
			check_fail(__LINE__, "%s: v%u is %lx %lx", what, i, out->v[i][1],
				   out->v[i][0]);
}

/* After a system call: x0 to x9 are the results, where there are less than ten its own stay. */
static void expect_after_call(const char *what, enum side side, const uint64_t *results,
			      uint32_t count)
{
	uint32_t i;

	expect_kept(what, side);
	for (i = 0; i < 10; i++)
		expect_x(what, side, i, i < count ? results[i] : block(side)->in.x[i]);
	for (i = 10; i < 19; i++)
		expect_x(what, side, i, 0);
}

static void expect_all_kept(const char *what, enum side side, uint32_t first)
{
	uint32_t i;

	expect_kept(what, side);
	for (i = first; i < 19; i++)
		expect_x(what, side, i, block(side)->in.x[i]);
}

/* One more round of the watched guest, in which the noise ran as well. */
static bool next_round(uint64_t *noise_before)
{
	const uint64_t before = *noise_before;

	*noise_before = block(NOISE)->rounds;
	if (!EXPECT(*noise_before > before))
		return false;
	log_drain();
	guest_step(&guests[WATCHED], 4);
	return true;
}

/*
 * Switches.
 */

/* The message is not poison: it is what the other one is meant to see. */
static void message_fill(enum side side, uint64_t handle, uint64_t label)
{
	volatile struct block *at = block(side);
	uint32_t i;

	at->in.x[0] = handle;
	at->in.x[1] = label;
	for (i = 2; i < 10; i++)
		at->in.x[i] = 0x5e00 + 0x100 * side + i;
}

static void expect_message(const char *what, enum side side, uint32_t label)
{
	uint64_t results[10];
	uint32_t i;

	results[0] = EDGE;
	results[1] = block(side)->out.x[1];
	for (i = 2; i < 10; i++)
		results[i] = 0x5e00 + 0x100 * (1 - side) + i;
	expect_after_call(what, side, results, 10);
	EXPECT_EQUAL(label, RVX_EVENT_LABEL(results[1]));
}

static void expect_calls_clean(uint64_t flags)
{
	uint64_t noise = 0;
	uint32_t round;

	pair_make(flags);
	message_fill(WATCHED, EDGE, 0);
	message_fill(NOISE, EDGE, 0x1abe1);
	start(WATCHED, hygiene_watched_serve);
	wait_us(500);
	start(NOISE, hygiene_noise_call);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expect_message("a call arrives", WATCHED, 0x1abe1);
		if (round > 0)
			expect_message("a reply arrives", NOISE, 0x1abe1);
		if (!next_round(&noise))
			return;
	}
}

static void a_call_and_its_reply_bring_nothing_but_the_message(void)
{
	expect_calls_clean(0);
}

static void a_call_of_a_passive_server_and_its_reply_neither(void)
{
	expect_calls_clean(RVX_SCHEDULE_PASSIVE);
}

static void a_signal_brings_nothing_but_its_bits(void)
{
	const uint64_t expected[10] = { EDGE, RVX_EVENT_NOTIFICATION, 0x40 };
	uint64_t noise = 0;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = EDGE;
	block(NOISE)->in.x[1] = 0x40;
	block(NOISE)->in.x[2] = 0;
	start(WATCHED, hygiene_watched_recv);
	start(NOISE, hygiene_noise_signal);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expect_after_call("a signal arrives", WATCHED, expected, 10);
		if (!next_round(&noise))
			return;
	}
}

/* It blocked on the fast path and is woken on the ordinary one. */
static void a_signal_after_a_reply_brings_nothing_but_its_bits(void)
{
	uint64_t expected[10] = { EDGE, RVX_EVENT_NOTIFICATION };
	uint64_t noise = 0;
	uint32_t round;

	pair_make(RVX_SCHEDULE_PASSIVE);
	message_fill(WATCHED, EDGE, 0);
	message_fill(NOISE, EDGE, 0x1abe1);
	start(WATCHED, hygiene_watched_answer);
	wait_us(500);
	start(NOISE, hygiene_noise_call_and_signal);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expected[2] = block(WATCHED)->in.x[1];
		expect_after_call("a signal after a reply", WATCHED, expected, 10);
		if (!next_round(&noise))
			return;
	}
}

static void a_timeout_brings_nothing(void)
{
	const uint64_t expected[10] = { (uint64_t)(int64_t)RVX_TIMED_OUT };
	uint64_t noise = 0;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 5000;
	block(WATCHED)->in.x[11] = rvx_ticks_now() + rvx_ticks_from_us(1000);
	start(WATCHED, hygiene_watched_recv_until);
	start(NOISE, hygiene_noise_spin);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expect_after_call("a receive times out", WATCHED, expected, 10);
		block(WATCHED)->in.x[11] = rvx_ticks_now() + rvx_ticks_from_us(1000);
		if (!next_round(&noise))
			return;
	}
}

/* Calls that come back with a status alone, or with results. */
static void expect_call_clean(const char *what, routine *watched, routine *noise_entry,
			      int64_t status)
{
	const uint64_t result = (uint64_t)status;
	uint64_t noise = 0;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 50;
	start(NOISE, noise_entry);
	wait_us(2000);
	start(WATCHED, watched);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expect_after_call(what, WATCHED, &result, 1);
		wait_us(2000);
		if (!next_round(&noise))
			break;
	}
	pair_stop();
}

static void a_yield_brings_nothing(void)
{
	expect_call_clean("a yield", hygiene_watched_yield, hygiene_noise_yield, RVX_OK);
}

static void calls_that_do_not_block_bring_nothing(void)
{
	expect_call_clean("null", hygiene_watched_null, hygiene_noise_spin, RVX_OK);
	expect_call_clean("no call", hygiene_watched_unknown, hygiene_noise_yield,
			  RVX_UNKNOWN_CALL);
	expect_call_clean("a refusal", hygiene_watched_describe, hygiene_noise_yield,
			  RVX_INVALID_HANDLE);
}

static void a_fault_changes_no_register(void)
{
	struct guest_fault fault;
	uint64_t noise = 0;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 5000;
	start(WATCHED, hygiene_watched_fault);
	start(NOISE, hygiene_noise_spin);
	for (round = 0; round < ROUNDS; round++) {
		if (!EXPECT(guest_wait_fault(&fault, LIMIT_US)))
			return;
		EXPECT_EQUAL(guests[WATCHED].badge, fault.badge);
		EXPECT_EQUAL(1, fault.syndrome & 0xffff);
		wait_us(2000);
		guest_step(&guests[WATCHED], 4);
		if (!hear())
			return;
		expect_all_kept("a fault", WATCHED, 0);
		if (!next_round(&noise))
			return;
	}
}

static void an_interrupt_changes_no_register(void)
{
	uint64_t noise = 0;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 5000;
	block(WATCHED)->in.x[0] = 1500000; /* 3 ms, three times the budget */
	start(WATCHED, hygiene_watched_spin);
	start(NOISE, hygiene_noise_spin);
	for (round = 0; round < ROUNDS && hear(); round++) {
		expect_x("a preemption", WATCHED, 0, 0);
		expect_all_kept("a preemption", WATCHED, 1);
		if (!next_round(&noise))
			return;
	}
}

static void expect_fresh(uint64_t argument)
{
	const volatile struct registers *out = &block(WATCHED)->out;
	uint64_t any = out->nzcv | out->tpidr | out->tpidrro | out->fpcr | out->fpsr;
	uint32_t i;

	expect_x("a start", WATCHED, 0, argument);
	for (i = 1; i < 31; i++)
		expect_x("a start", WATCHED, i, 0);
	for (i = 0; i < 32; i++)
		any |= out->v[i][0] | out->v[i][1];
	EXPECT_EQUAL(0, any);
}

static void a_task_starts_with_zeros(void)
{
	uint64_t noise = 0, words[GUEST_WORDS];
	struct guest fresh;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 5000;
	start(NOISE, hygiene_noise_spin);
	for (round = 0; round < ROUNDS; round++) {
		/* In a partition of its own, and beside the one that left poison. */
		if (round % 2 == 0)
			guest_make(&fresh);
		else
			guest_make_beside(&fresh, &guests[NOISE]);
		wait_us(2000);
		EXPECT(block(NOISE)->rounds > noise);
		noise = block(NOISE)->rounds;
		MUST(rvx_task_start(fresh.task, (uint64_t)hygiene_fresh, (uint64_t)block(WATCHED),
				    round));
		if (round % 2 == 0)
			MUST(rvx_partition_start(fresh.partition));
		if (guest_hear(&fresh, words))
			expect_fresh(round);
		log_drain();
	}
}

/* Who has the floating-point unit ends; the next task has the same memory. */
static void the_end_of_a_task_leaves_nothing_in_the_unit(void)
{
	rvx_handle_t memory, task;
	struct guest home;
	uint32_t round, slot;
	struct guest_fault fault;

	guest_make(&home);
	block_fill(NOISE);
	block(NOISE)->in.x[0] = 5;
	memory = world_make(RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN);
	MUST(rvx_partition_start(home.partition));
	slot = world_slot();
	for (round = 0; round < ROUNDS; round++) {
		const bool is_noise = round % 2 == 0;

		MUST(rvx_untyped_retype(memory, RVX_OBJECT_TASK, 0, OWN, slot, &task));
		MUST(rvx_task_bind(task, home.partition, home.table));
		MUST(rvx_task_supervise(task, WORLD_OWN_TASK));
		MUST(rvx_task_start(task, (uint64_t)(is_noise ? hygiene_noise_spin : hygiene_fresh),
				    (uint64_t)block(is_noise ? NOISE : WATCHED), round));
		if (is_noise) {
			wait_us(2000);
			EXPECT(block(NOISE)->rounds > 0);
		} else if (EXPECT(guest_wait_fault(&fault, LIMIT_US))) {
			expect_fresh(round);
		}
		MUST(rvx_cap_revoke(OWN, memory, NULL));
		log_drain();
	}
}

#define DEAD_PAGES 3u

/*
 * The task whose registers are in the unit ends, and its memory is a region's before anybody else
 * uses the unit: nobody saves them into it.
 */
static void a_dead_task_is_not_saved_into(void)
{
	const uint32_t slot_in_guest = RVX_SLOT_FREE + 64;
	const volatile uint64_t *words = world_address(WORLD_FREE);
	const rvx_handle_t memory = world_make(RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN + 2);
	volatile struct block *killer = block(WATCHED);
	uint64_t told[GUEST_WORDS] = { 0 }, i, any = 0;
	rvx_handle_t task = RVX_HANDLE_NONE, moved;

	pair_make(0);
	/* Small objects come from the end: the last lies where the region has its last page. */
	for (i = 0; i < 4; i++)
		MUST(rvx_untyped_retype(memory, RVX_OBJECT_TASK, 0, OWN, world_slot(), &task));
	MUST(rvx_task_bind(task, guests[NOISE].partition, guests[NOISE].table));
	MUST(rvx_cap_move(OWN, memory, guests[WATCHED].table, slot_in_guest, &moved));
	killer->in.x[0] = OWN;
	killer->in.x[1] = killer->in.x[2] = moved;
	killer->in.x[3] = RVX_OBJECT_REGION;
	killer->in.x[4] = DEAD_PAGES;
	killer->in.x[5] = OWN;
	killer->in.x[6] = slot_in_guest + 1;
	MUST(rvx_task_start(task, (uint64_t)hygiene_noise_yield, (uint64_t)block(NOISE), 0));
	MUST(rvx_partition_start(guests[NOISE].partition));
	start(WATCHED, hygiene_killer);
	if (!guest_hear(&guests[WATCHED], told))
		return;
	EXPECT_EQUAL(RVX_OK, told[0]);
	EXPECT(block(NOISE)->rounds > 0);
	MUST(rvx_task_start(guests[NOISE].task, (uint64_t)hygiene_noise_yield,
			    (uint64_t)block(NOISE), 0));
	wait_us(2000);
	MUST(rvx_region_map(guests[WATCHED].table, told[1], WORLD_OWN_PARTITION,
			    world.base + WORLD_FREE, RVX_RIGHT_READ));
	for (i = 0; i < DEAD_PAGES * RVX_PAGE_SIZE / sizeof(words[0]); i++)
		any |= words[i];
	EXPECT_EQUAL(0, any);
}

/*
 * Floating point, lazily: both use it, and between load and save the kernel hashes a record.
 */
static void vectors_are_kept_while_the_kernel_hashes(void)
{
	uint64_t noise = 0, sequence, results[2] = { 0 };
	uint32_t i, round;

	pair_make(0);
	for (i = 0; i < 2; i++) {
		volatile struct block *at = block((enum side)i);

		at->in.x[0] = RVX_SLOT_HANDLE(RVX_SLOT_WITNESS_LOG);
		at->in.x[1] = RVX_WITNESS_NOTE;
	}
	sequence = log_status().next;
	start(NOISE, hygiene_noise_emit);
	wait_us(2000);
	start(WATCHED, hygiene_watched_emit);
	for (round = 0; round < ROUNDS && hear(); round++) {
		results[1] = block(WATCHED)->out.x[1];
		expect_after_call("a record", WATCHED, results, 2);
		EXPECT(results[1] >= sequence);
		EXPECT_EQUAL(RVX_WITNESS_NOTE, log_record(results[1])->kind);
		EXPECT_EQUAL(value(WATCHED, 2), log_record(results[1])->object);
		expect_kept("a record of the noise", NOISE);
		log_drain();
		wait_us(2000);
		if (!next_round(&noise))
			return;
	}
}

/*
 * The exclusive monitor.
 */

static void expect_exclusive(const char *what, routine *entry, routine *noise, bool faults,
			     uint64_t expected)
{
	uint64_t words[GUEST_WORDS];
	struct guest_fault fault;
	uint32_t round;

	pair_make(0);
	block(NOISE)->in.x[0] = 50;
	start(NOISE, noise);
	start(WATCHED, entry);
	for (round = 0; round < ROUNDS; round++) {
		if (faults && EXPECT(guest_wait_fault(&fault, LIMIT_US)))
			guest_step(&guests[WATCHED], 4);
		if (!guest_hear(&guests[WATCHED], words))
			break;
		if ((uint32_t)words[2] != expected)
			check_fail(__LINE__, "%s: the store tells %lx", what, words[2]);
		guest_step(&guests[WATCHED], 4);
	}
	pair_stop();
}

static void no_exclusive_access_spans_an_entry(void)
{
	expect_exclusive("alone", hygiene_exclusive_alone, hygiene_noise_yield, false, 0);
	expect_exclusive("null", hygiene_exclusive_null, hygiene_noise_yield, false, 1);
	expect_exclusive("yield", hygiene_exclusive_yield, hygiene_noise_yield, false, 1);
	expect_exclusive("fault", hygiene_exclusive_fault, hygiene_noise_yield, true, 1);
	expect_exclusive("timer", hygiene_exclusive_spin, hygiene_noise_spin, false, 1);
}

static const struct check_case cases[] = {
	CHECK_CASE(a_call_and_its_reply_bring_nothing_but_the_message),
	CHECK_CASE(a_call_of_a_passive_server_and_its_reply_neither),
	CHECK_CASE(a_signal_brings_nothing_but_its_bits),
	CHECK_CASE(a_signal_after_a_reply_brings_nothing_but_its_bits),
	CHECK_CASE(a_timeout_brings_nothing),
	CHECK_CASE(a_yield_brings_nothing),
	CHECK_CASE(calls_that_do_not_block_bring_nothing),
	CHECK_CASE(a_fault_changes_no_register),
	CHECK_CASE(an_interrupt_changes_no_register),
	CHECK_CASE(a_task_starts_with_zeros),
	CHECK_CASE(the_end_of_a_task_leaves_nothing_in_the_unit),
	CHECK_CASE(a_dead_task_is_not_saved_into),
	CHECK_CASE(vectors_are_kept_while_the_kernel_hashes),
	CHECK_CASE(no_exclusive_access_spans_an_entry),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
