/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Long calls under a Reflex task that wakes every few microseconds: the result is right, the
 * Reflex task is never late, and what the interruptions cost beside its own time is little.
 *
 *   undisturbed   |------- call -------|
 *   disturbed     |-- ca|R|ll --|R|-- ca|R|ll --|          R: a wake, whatever it takes
 *
 * What a wake takes is measured on a loop outside of the kernel. Time is that of the instruction
 * clock: a tick is as many instructions as the counter's frequency makes of a gigahertz.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define OWN RVX_TABLE_OWN
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LATE_INSTRUCTIONS_MAX 5000u
#define INSTRUCTIONS_PER_SECOND 1000000000u

/* Words of the board. */
enum {
	DISTURB = 1,
	PERIOD,
	WAKES,
	LATE_MAX
};

static void reflex_main(uint64_t argument)
{
	volatile uint64_t *words = (volatile uint64_t *)argument;
	struct rvx_message message;
	rvx_ticks_t deadline, late;

	for (;;) {
		(void)rvx_recv(&message);
		deadline = rvx_ticks_now() + words[PERIOD];
		while (words[DISTURB] != 0) {
			if (rvx_recv_until(&message, deadline) != RVX_TIMED_OUT)
				continue;
			late = rvx_ticks_now() - deadline;
			if (late > words[LATE_MAX])
				words[LATE_MAX] = late;
			words[WAKES]++;
			deadline = rvx_ticks_now() + words[PERIOD];
		}
	}
}

static struct {
	struct guest guest;
	rvx_handle_t edge;
	/* What so many wakes take together. */
	uint64_t ticks, wakes;
} reflex;

/* The call that is measured, what must stand before it, and whether it did what it should. */
struct work {
	const char *name;
	void (*prepare)(void);
	void (*run)(void);
	void (*finish)(void); /* NULL: nothing is left */
	uint64_t wakes_min;   /* while it runs */
};

struct measure {
	uint64_t ticks, wakes;
};

static struct measure measure(const struct work *work, uint64_t period_us)
{
	struct measure found;
	rvx_ticks_t begin;

	if (work->prepare != NULL)
		work->prepare();
	log_drain();
	board()[PERIOD] = rvx_ticks_from_us(period_us);
	board()[DISTURB] = period_us != 0;
	if (period_us != 0)
		MUST(rvx_edge_signal(reflex.edge, 1, 0));
	board()[WAKES] = 0;
	begin = rvx_ticks_now();
	work->run();
	found.ticks = rvx_ticks_now() - begin;
	found.wakes = board()[WAKES];
	board()[DISTURB] = 0;
	if (work->finish != NULL)
		work->finish();
	log_drain();
	return found;
}

static void count_down(void)
{
	uint64_t left = 1000000;

	__asm__ volatile("0:	subs %0, %0, #1\n\tb.ne 0b" : "+r"(left) : : "cc");
}

static void reflex_init(uint64_t period_us)
{
	static const struct work loop = { .run = count_down };
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &reflex.guest, .slot = RVX_SLOT_EDGE_FIRST };
	const uint64_t ticks = rvx_ticks_from_us(10000);
	struct measure still, disturbed;

	guest_make(&reflex.guest);
	(void)guest_join(&near, &far);
	reflex.edge = near.handle;
	MUST(rvx_task_schedule(reflex.guest.task, ticks / 10 * 7, ticks, ticks,
			       RVX_SCHEDULE_REFLEX));
	guest_start(&reflex.guest, reflex_main, (uint64_t)board());
	still = measure(&loop, 0);
	disturbed = measure(&loop, period_us);
	reflex.ticks = disturbed.ticks - still.ticks;
	reflex.wakes = disturbed.wakes;
	EXPECT(reflex.wakes > 100);
}

static uint64_t instructions(uint64_t ticks)
{
	return ticks * INSTRUCTIONS_PER_SECOND / rvx_ticks_per_second();
}

/* With a wake every `period_us` the call takes at most a fifth more, wakes taken off. */
static void expect_cheap(const struct work *work, uint64_t period_us)
{
	struct measure still, disturbed;
	uint64_t own;

	reflex_init(period_us);
	still = measure(work, 0);
	disturbed = measure(work, period_us);
	own = disturbed.wakes * reflex.ticks / reflex.wakes;
	check_note("%s: %lu instructions; with %lu wakes %lu and theirs %lu; late %lu", work->name,
		   instructions(still.ticks), disturbed.wakes,
		   instructions(disturbed.ticks) - instructions(own), instructions(own),
		   instructions(board()[LATE_MAX]));
	EXPECT(disturbed.wakes >= work->wakes_min);
	EXPECT(disturbed.ticks - own <= still.ticks + still.ticks / 5);
	EXPECT(instructions(board()[LATE_MAX]) < LATE_INSTRUCTIONS_MAX);
}

/*
 * Revoke.
 */

#define PERIOD_US 3u /* of sleep between two wakes */
#define COPIES 800u
static rvx_handle_t table, source;

static void fill(rvx_handle_t from, uint32_t first, uint32_t count)
{
	rvx_handle_t handle;
	uint32_t i;

	for (i = 0; i < count; i++) {
		MUST(rvx_cap_copy(OWN, from, table, first + i, RVX_RIGHTS_ALL, &handle));
		if (i % 64 == 0)
			log_drain();
	}
}

static void copies_prepare(void)
{
	fill(source, 1, COPIES);
}

static void copies_revoke(void)
{
	uint64_t count = 0;

	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, source, &count));
	EXPECT_EQUAL(COPIES, count);
}

static void expect_slots_empty(void)
{
	uint32_t slot;

	for (slot = 1; slot <= COPIES; slot++)
		EXPECT_STATUS(NOTHING, rvx_cap_describe(table, slot, NULL, NULL, NULL, NULL, NULL,
							NULL, NULL));
}

static void a_long_revoke_is_interrupted_and_done(void)
{
	static const struct work work = { "revoke", copies_prepare, copies_revoke,
					  expect_slots_empty, 30 };

	table = world_make(RVX_OBJECT_CAPTABLE, 10);
	source = world_make(RVX_OBJECT_REGION, 1);
	expect_cheap(&work, PERIOD_US);
}

/*
 * Destroying a table.
 */

static rvx_handle_t untyped;

static void table_prepare(void)
{
	MUST(rvx_untyped_retype(untyped, RVX_OBJECT_CAPTABLE, 10, OWN, world_slot(), &table));
	fill(source, 1, COPIES);
}

static void table_delete(void)
{
	EXPECT_STATUS(OK, rvx_cap_delete(OWN, table));
}

/* What stood in it was derived from here, and is derived no more. */
static void expect_source_childless(void)
{
	uint64_t count = 1;

	EXPECT_STATUS(OK, rvx_cap_revoke(OWN, source, &count));
	EXPECT_EQUAL(0, count);
	EXPECT_STATUS(STALE, rvx_cap_delete(OWN, table));
}

static void a_full_table_is_destroyed_in_steps(void)
{
	static const struct work work = { "table", table_prepare, table_delete,
					  expect_source_childless, 60 };

	source = world_make(RVX_OBJECT_REGION, 1);
	untyped = world_make(RVX_OBJECT_UNTYPED, 20);
	expect_cheap(&work, PERIOD_US);
}

/*
 * Memory.
 */

#define PAGES_MIB 256u
#define PAGES_LARGE 1023u /* a block and as many pages as are no block */
#define WORDS_PER_PAGE (RVX_PAGE_SIZE / sizeof(uint64_t))

static rvx_handle_t region;

static void map_large(void)
{
	EXPECT_STATUS(OK, rvx_region_map(OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_FREE,
					 RVX_RIGHT_READ | RVX_RIGHT_WRITE));
}

static void unmap_large(void)
{
	EXPECT_STATUS(OK, rvx_region_unmap(OWN, region));
}

/* Every page is there, and each is another. */
static void expect_mapped_then_unmap(void)
{
	volatile uint64_t *memory = world_address(WORLD_FREE);
	uint64_t i;

	for (i = 0; i < PAGES_LARGE; i++)
		memory[i * WORDS_PER_PAGE] = i;
	for (i = 0; i < PAGES_LARGE; i++)
		EXPECT_EQUAL(i, memory[i * WORDS_PER_PAGE]);
	unmap_large();
}

static void expect_unmapped(void)
{
	EXPECT_STATUS(NOT_MAPPED, rvx_region_unmap(OWN, region));
}

static void a_large_region_is_mapped_in_steps(void)
{
	static const struct work work = { "map", NULL, map_large, expect_mapped_then_unmap, 1 };

	region = world_make(RVX_OBJECT_REGION, PAGES_LARGE);
	expect_cheap(&work, PERIOD_US);
}

static void a_large_region_is_unmapped_in_steps(void)
{
	static const struct work work = { "unmap", map_large, unmap_large, expect_unmapped, 1 };

	region = world_make(RVX_OBJECT_REGION, PAGES_LARGE);
	expect_cheap(&work, PERIOD_US);
}

static void retype_mib(void)
{
	EXPECT_STATUS(OK, rvx_untyped_retype(untyped, RVX_OBJECT_REGION, PAGES_MIB, OWN,
					     world_slot(), &region));
}

/* It is zero; then it is not, for the next time, and is given back. */
static void expect_zero_then_dirty(void)
{
	volatile uint64_t *memory = world_address(WORLD_FREE);
	uint64_t i, dirty = 0;

	map_large();
	for (i = 0; i < PAGES_MIB * WORDS_PER_PAGE; i++) {
		dirty += memory[i] != 0;
		memory[i] = ~i;
	}
	EXPECT_EQUAL(0, dirty);
	MUST(rvx_cap_delete(OWN, region));
}

static void a_megabyte_is_zeroed_in_steps(void)
{
	static const struct work work = { "retype", NULL, retype_mib, expect_zero_then_dirty, 20 };

	untyped = world_make(RVX_OBJECT_UNTYPED, 21);
	expect_cheap(&work, PERIOD_US);
}

/*
 * Unrelated capabilities.
 */

#define UNRELATED 10000u
#define ROUNDS 64u

/* How long revoking one child takes, many times. */
static uint64_t revoke_one(rvx_handle_t parent)
{
	const uint32_t slot = world_slot();
	uint64_t ticks = 0, count;
	rvx_handle_t handle;
	rvx_ticks_t begin;
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		MUST(rvx_cap_copy(OWN, parent, OWN, slot, RVX_RIGHTS_ALL, &handle));
		begin = rvx_ticks_now();
		EXPECT_STATUS(OK, rvx_cap_revoke(OWN, parent, &count));
		ticks += rvx_ticks_now() - begin;
		EXPECT_EQUAL(1, count);
		log_drain();
	}
	return ticks;
}

static void revoke_does_not_see_what_is_unrelated(void)
{
	const rvx_handle_t before = world_make(RVX_OBJECT_REGION, 1);
	const rvx_handle_t parent = world_make(RVX_OBJECT_REGION, 1);
	const rvx_handle_t after = world_make(RVX_OBJECT_REGION, 1);
	uint64_t alone, among;

	table = world_make(RVX_OBJECT_CAPTABLE, 14);
	alone = revoke_one(parent);
	fill(before, 1, UNRELATED / 2);
	fill(after, 1 + UNRELATED / 2, UNRELATED / 2);
	among = revoke_one(parent);
	check_note("revoke_1: %lu instructions, among %u %lu", instructions(alone) / ROUNDS,
		   UNRELATED, instructions(among) / ROUNDS);
	EXPECT(among <= alone + alone / 10);
}

static const struct check_case cases[] = {
	CHECK_CASE(a_long_revoke_is_interrupted_and_done),
	CHECK_CASE(a_full_table_is_destroyed_in_steps),
	CHECK_CASE(a_large_region_is_mapped_in_steps),
	CHECK_CASE(a_large_region_is_unmapped_in_steps),
	CHECK_CASE(a_megabyte_is_zeroed_in_steps),
	CHECK_CASE(revoke_does_not_see_what_is_unrelated),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, COUNT_OF(cases));
}
