/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Partition, Task, Region, Edge, WitnessLog and Machine: what each method does, and what it refuses
 * once the handles are right.
 */
#include "tests/guest/refusal.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OWN RVX_TABLE_OWN
#define HUGE (UINT64_C(1) << 32)
#define ADDRESS_END (UINT64_C(1) << RVX_ADDRESS_BITS)
#define READ RVX_RIGHT_READ
#define WRITE RVX_RIGHT_WRITE
#define EXECUTE RVX_RIGHT_EXECUTE
#define BLOCK_PAGES (RVX_BLOCK_SIZE / RVX_PAGE_SIZE)

/*
 * Partition.
 */

static void partitions_start_suspend_and_resume_once_each(void)
{
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 0);

	refusal_init();
	REFUSED(WRONG_STATE, PARTITION_SUSPEND, partition);
	REFUSED(WRONG_STATE, PARTITION_RESUME, partition);
	(void)DONE(PARTITION_START, partition);
	REFUSED(WRONG_STATE, PARTITION_START, partition);
	REFUSED(WRONG_STATE, PARTITION_RESUME, partition);
	(void)DONE(PARTITION_SUSPEND, partition);
	REFUSED(WRONG_STATE, PARTITION_START, partition);
	REFUSED(WRONG_STATE, PARTITION_SUSPEND, partition);
	REFUSED(WRONG_STATE, PARTITION_RECOVER, partition);
	(void)DONE(PARTITION_RESUME, partition);
	REFUSED(WRONG_STATE, PARTITION_RESUME, partition);
	(void)DONE(PARTITION_RECOVER, partition);
	REFUSED(WRONG_STATE, PARTITION_RECOVER, partition);
	REFUSED(WRONG_STATE, PARTITION_START, partition);
	REFUSED(WRONG_STATE, PARTITION_SUSPEND, partition);
	(void)DONE(PARTITION_RESUME, partition);
	REFUSED(WRONG_STATE, PARTITION_RESUME, partition);
	refusal_expect_victim_well();
}

/*
 * Task.
 */

static void counter_main(uint64_t argument)
{
	for (;;)
		board()[argument]++;
}

/* A task that uses all its time keeps up with its deadline if its budget is the period. */
static void schedule_evenly(const struct guest *guest)
{
	const uint64_t period = rvx_ticks_from_us(500);

	MUST(rvx_task_schedule(guest->task, period, period, period, 0));
}

/* Let others run for a while. */
static void wait_us(uint64_t us)
{
	struct rvx_message message;

	(void)rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(us));
}

static bool counts(uint32_t index)
{
	const uint64_t before = board()[index];

	wait_us(5000);
	return board()[index] != before;
}

static void a_suspended_partition_does_not_run(void)
{
	struct guest guest, other;

	refusal_init();
	guest_make(&guest);
	guest_make_beside(&other, &guest);
	schedule_evenly(&guest);
	schedule_evenly(&other);
	MUST(rvx_task_start(guest.task, (uint64_t)counter_main, guest.stack_top, 0));
	EXPECT(!counts(0));
	MUST(rvx_partition_start(guest.partition));
	EXPECT(counts(0));
	MUST(rvx_partition_suspend(guest.partition));
	EXPECT(!counts(0));
	/* Started meanwhile: it waits as well. */
	MUST(rvx_task_start(other.task, (uint64_t)counter_main, other.stack_top, 1));
	EXPECT(!counts(1));
	MUST(rvx_partition_resume(guest.partition));
	EXPECT(counts(0));
	EXPECT(counts(1));
	/* They leave no time to anybody whose deadline is later. */
	MUST(rvx_partition_suspend(guest.partition));
	refusal_expect_victim_well();
}

static void suspended_tasks_do_not_run(void)
{
	struct guest guest, other;

	refusal_init();
	guest_make(&guest);
	guest_make_beside(&other, &guest);
	schedule_evenly(&guest);
	schedule_evenly(&other);
	refusal_state_changed();
	REFUSED(WRONG_STATE, TASK_SUSPEND, guest.task);
	REFUSED(WRONG_STATE, TASK_RESUME, guest.task);
	guest_start(&guest, counter_main, 0);
	guest_start(&other, counter_main, 1);
	EXPECT(counts(0) && counts(1));
	refusal_state_changed();
	REFUSED(WRONG_STATE, TASK_RESUME, guest.task);
	(void)DONE(TASK_SUSPEND, guest.task);
	REFUSED(WRONG_STATE, TASK_SUSPEND, guest.task);
	EXPECT(!counts(0) && counts(1));
	/* One hold does not lift the other. */
	(void)DONE(PARTITION_SUSPEND, guest.partition);
	(void)DONE(TASK_RESUME, guest.task);
	EXPECT(!counts(0) && !counts(1));
	(void)DONE(TASK_SUSPEND, other.task);
	(void)DONE(PARTITION_RESUME, guest.partition);
	EXPECT(counts(0) && !counts(1));
	(void)DONE(TASK_RESUME, other.task);
	EXPECT(counts(1));
	(void)DONE(PARTITION_SUSPEND, guest.partition);
	refusal_expect_victim_well();
}

static void bind_gives_a_task_one_home(void)
{
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 0);
	uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	uint32_t i;

	refusal_init();
	REFUSED(INVALID_HANDLE, TASK_BIND, task, partition, RVX_TABLE_OWN);
	REFUSED(OCCUPIED, TASK_BIND, WORLD_OWN_TASK, partition, table);
	(void)DONE(TASK_BIND, task, partition, table);
	REFUSED(OCCUPIED, TASK_BIND, task, partition, table);
	REFUSED(OCCUPIED, TASK_BIND, task, WORLD_OWN_PARTITION, WORLD_OWN_TABLE);
	for (i = 1; i < RVX_PARTITION_TASKS_MAX; i++)
		(void)DONE(TASK_BIND, world_make(RVX_OBJECT_TASK, 0), partition, table);
	task = world_make(RVX_OBJECT_TASK, 0);
	refusal_state_changed();
	REFUSED(LIMIT, TASK_BIND, task, partition, table);
	(void)DONE(TASK_BIND, task, world_make(RVX_OBJECT_PARTITION, 0), table);
	refusal_expect_victim_well();
}

static void start_wants_an_aligned_place_to_start_at(void)
{
	const uint64_t unbound = world_make(RVX_OBJECT_TASK, 0);
	struct guest guest, high;
	struct guest_fault fault;

	refusal_init();
	guest_make(&guest);
	guest_make_beside(&high, &guest);
	refusal_state_changed();
	REFUSED(UNALIGNED, TASK_START, guest.task, 1, 0, 0);
	REFUSED(UNALIGNED, TASK_START, guest.task, 2, 0, 0);
	REFUSED(UNALIGNED, TASK_START, guest.task, UINT64_MAX, 0, 0);
	REFUSED(UNALIGNED, TASK_START, guest.task, 0, 1, 0);
	REFUSED(UNALIGNED, TASK_START, guest.task, 0, 8, 0);
	REFUSED(UNALIGNED, TASK_START, guest.task, 0, UINT64_MAX, 0);
	REFUSED(OUT_OF_RANGE, TASK_START, guest.task, ADDRESS_END, 0, 0);
	REFUSED(OUT_OF_RANGE, TASK_START, guest.task, UINT64_MAX - 3, 0, 0);
	REFUSED(OUT_OF_RANGE, TASK_START, guest.task, UINT64_C(0xffff000000000000), 0, 0);
	REFUSED(WRONG_STATE, TASK_START, unbound, 0, 0, 0);
	REFUSED(WRONG_STATE, TASK_START, WORLD_OWN_TASK, 0, 0, 0);
	(void)DONE(TASK_START, guest.task, (uint64_t)counter_main, guest.stack_top, 0);
	REFUSED(WRONG_STATE, TASK_START, guest.task, (uint64_t)counter_main, guest.stack_top, 0);
	/* Any stack, and the last instruction there can be: it is not mapped. */
	(void)DONE(TASK_START, high.task, ADDRESS_END - 4, UINT64_MAX - 15, 0);
	(void)DONE(PARTITION_START, guest.partition);
	if (EXPECT(guest_wait_fault(&fault, 100000))) {
		EXPECT_EQUAL(high.badge, fault.badge);
		EXPECT_EQUAL(RVX_FAULT_INSTRUCTION, fault.kind);
		EXPECT_EQUAL(ADDRESS_END - 4, fault.pc);
		EXPECT_EQUAL(UINT64_MAX - 15, fault.sp);
	}
	REFUSED(WRONG_STATE, TASK_START, high.task, 0, 0, 0);
	refusal_expect_victim_well();
}

static void registers_are_read_and_written_while_a_task_rests(void)
{
	struct guest guest, running;
	const struct gate_registers *found;
	uint64_t group, i;

	refusal_init();
	guest_make(&guest);
	guest_make_beside(&running, &guest);
	guest_start(&running, counter_main, 0);
	refusal_state_changed();
	REFUSED(OUT_OF_RANGE, TASK_READ_REGISTERS, guest.task, RVX_REGISTER_GROUPS);
	REFUSED(OUT_OF_RANGE, TASK_READ_REGISTERS, guest.task, HUGE);
	REFUSED(OUT_OF_RANGE, TASK_READ_REGISTERS, guest.task, UINT64_MAX);
	REFUSED(OUT_OF_RANGE, TASK_WRITE_REGISTERS, guest.task, RVX_REGISTER_GROUPS);
	REFUSED(OUT_OF_RANGE, TASK_WRITE_REGISTERS, guest.task, UINT64_MAX);
	REFUSED(UNALIGNED, TASK_WRITE_REGISTERS, guest.task, RVX_REGISTERS_CONTROL, 8, 0);
	REFUSED(UNALIGNED, TASK_WRITE_REGISTERS, guest.task, RVX_REGISTERS_CONTROL, 0, 2);
	REFUSED(WRONG_STATE, TASK_READ_REGISTERS, running.task, 0);
	REFUSED(WRONG_STATE, TASK_WRITE_REGISTERS, running.task, 0);
	REFUSED(WRONG_STATE, TASK_READ_REGISTERS, WORLD_OWN_TASK, 0);
	REFUSED(WRONG_STATE, TASK_WRITE_REGISTERS, WORLD_OWN_TASK, 0);

	for (group = 0; group < RVX_REGISTERS_CONTROL; group++)
		(void)DONE(TASK_WRITE_REGISTERS, guest.task, group, 8 * group + 1, 8 * group + 2,
			   8 * group + 3, 8 * group + 4, 8 * group + 5, 8 * group + 6,
			   8 * group + 7, 8 * group + 8);
	for (group = 0; group < RVX_REGISTERS_CONTROL; group++) {
		found = DONE(TASK_READ_REGISTERS, guest.task, group);
		for (i = 0; i < 8; i++)
			EXPECT_EQUAL(8 * group + i < 31 ? 8 * group + i + 1 : 0, found->x[1 + i]);
	}
	/* Of the status only the four flags are taken. */
	(void)DONE(TASK_WRITE_REGISTERS, guest.task, RVX_REGISTERS_CONTROL, 0x1230, 0x4560,
		   UINT64_MAX, 0x789, 1, 2, 3, 4);
	found = DONE(TASK_READ_REGISTERS, guest.task, RVX_REGISTERS_CONTROL);
	EXPECT_EQUAL(0x1230, found->x[1]);
	EXPECT_EQUAL(0x4560, found->x[2]);
	EXPECT_EQUAL(0xf0000000, found->x[3]);
	EXPECT_EQUAL(0x789, found->x[4]);
	for (i = 5; i <= 8; i++)
		EXPECT_EQUAL(0, found->x[i]);

	(void)DONE(TASK_SUSPEND, running.task);
	(void)DONE(TASK_READ_REGISTERS, running.task, 0);
	refusal_expect_victim_well();
}

/* A fresh start forgets what was written before. */
static void start_clears_the_registers(void)
{
	struct guest guest;
	const struct gate_registers *found;
	uint64_t group, i;

	refusal_init();
	guest_make(&guest);
	refusal_state_changed();
	for (group = 0; group < RVX_REGISTERS_CONTROL; group++)
		(void)DONE(TASK_WRITE_REGISTERS, guest.task, group, 1, 2, 3, 4, 5, 6, 7, 8);
	(void)DONE(TASK_WRITE_REGISTERS, guest.task, RVX_REGISTERS_CONTROL, 16, 4, UINT64_MAX, 5);
	(void)DONE(TASK_START, guest.task, 0x1000, 0x2000, 0x3000);
	(void)DONE(TASK_SUSPEND, guest.task);
	for (group = 0; group < RVX_REGISTERS_CONTROL; group++) {
		found = DONE(TASK_READ_REGISTERS, guest.task, group);
		for (i = 0; i < 8; i++)
			EXPECT_EQUAL(group == 0 && i == 0 ? 0x3000 : 0, found->x[1 + i]);
	}
	found = DONE(TASK_READ_REGISTERS, guest.task, RVX_REGISTERS_CONTROL);
	EXPECT_EQUAL(0x2000, found->x[1]);
	EXPECT_EQUAL(0x1000, found->x[2]);
	EXPECT_EQUAL(0, found->x[3]);
	EXPECT_EQUAL(0, found->x[4]);
	refusal_expect_victim_well();
}

static void schedules_must_be_possible(void)
{
	static const struct {
		uint64_t budget, period, deadline;
	} impossible[] = {
		{ 0, 100, 100 },      { 101, 100, 100 },
		{ 50, 100, 0 },	      { 50, 100, 101 },
		{ 0, 0, 0 },	      { 1, 0, 1 },
		{ 1, 1, 2 },	      { 1, HUGE, 1 },
		{ HUGE, HUGE, HUGE }, { UINT64_MAX, UINT64_MAX, UINT64_MAX },
		{ 1, UINT64_MAX, 1 }, { UINT64_MAX, 1, 1 },
	};
	static const uint64_t flags[] = { 16, 32, 0x80000000, HUGE, UINT64_MAX };
	const uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	struct guest guest;
	uint32_t i;

	refusal_init();
	guest_make(&guest);
	guest_start(&guest, counter_main, 0);
	refusal_state_changed();
	for (i = 0; i < COUNT_OF(impossible); i++)
		REFUSED(OUT_OF_RANGE, TASK_SCHEDULE, task, impossible[i].budget,
			impossible[i].period, impossible[i].deadline, 0);
	for (i = 0; i < COUNT_OF(flags); i++)
		REFUSED(BAD_ARGUMENT, TASK_SCHEDULE, task, 1, 1, 1, flags[i]);
	(void)DONE(TASK_SCHEDULE, task, 1, 1, 1, 0);
	(void)DONE(TASK_SCHEDULE, task, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0);
	(void)DONE(TASK_SCHEDULE, task, 1, UINT32_MAX, 1, RVX_SCHEDULE_FLAGS);
	REFUSED(WRONG_STATE, TASK_SCHEDULE, guest.task, 1, 1, 1, 0);
	REFUSED(WRONG_STATE, TASK_SCHEDULE, WORLD_OWN_TASK, 1, 1, 1, 0);
	refusal_expect_victim_well();
}

static void nobody_supervises_himself(void)
{
	const uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	const uint64_t other = world_make(RVX_OBJECT_TASK, 0);
	const uint64_t copy = world_copy(task, RVX_RIGHTS_ALL);

	refusal_init();
	REFUSED(BAD_ARGUMENT, TASK_SUPERVISE, task, task);
	REFUSED(BAD_ARGUMENT, TASK_SUPERVISE, task, copy);
	REFUSED(BAD_ARGUMENT, TASK_SUPERVISE, WORLD_OWN_TASK, WORLD_OWN_TASK);
	(void)DONE(TASK_SUPERVISE, task, other);
	(void)DONE(TASK_SUPERVISE, task, WORLD_OWN_TASK);
	(void)DONE(TASK_SUPERVISE, other, task);
	refusal_expect_victim_well();
}

/*
 * Region.
 */

static void map_refuses_addresses_and_rights(void)
{
	static const uint64_t wrong_rights[] = { 0,
						 WRITE,
						 EXECUTE,
						 WRITE | EXECUTE,
						 READ | WRITE | EXECUTE,
						 READ | RVX_RIGHT_GRANT,
						 READ | 0x80,
						 HUGE | READ,
						 UINT64_MAX };
	const uint64_t two = world_make(RVX_OBJECT_REGION, 2);
	const uint64_t block = world_make(RVX_OBJECT_REGION, BLOCK_PAGES);
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 8);
	const uint64_t unreadable = world_copy(two, RVX_RIGHTS_ALL & ~READ);
	const uint64_t read_only = world_copy(two, READ);
	const uint64_t copy = world_copy(two, RVX_RIGHTS_ALL);
	uint32_t i;

	refusal_init();
	for (i = 0; i < COUNT_OF(wrong_rights); i++)
		REFUSED(BAD_ARGUMENT, REGION_MAP, OWN, two, partition, 0, wrong_rights[i]);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, unreadable, partition, 0, READ);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, read_only, partition, 0, READ | WRITE);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, read_only, partition, 0, READ | EXECUTE);
	REFUSED(UNALIGNED, REGION_MAP, OWN, two, partition, 1, READ);
	REFUSED(UNALIGNED, REGION_MAP, OWN, two, partition, 0x800, READ);
	REFUSED(UNALIGNED, REGION_MAP, OWN, two, partition, 0xfff, READ);
	REFUSED(UNALIGNED, REGION_MAP, OWN, two, partition, UINT64_MAX, READ);
	REFUSED(UNALIGNED, REGION_MAP, OWN, block, partition, RVX_PAGE_SIZE, READ);
	REFUSED(UNALIGNED, REGION_MAP, OWN, block, partition, RVX_BLOCK_SIZE / 2, READ | EXECUTE);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, ADDRESS_END - RVX_PAGE_SIZE, READ);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, ADDRESS_END, READ);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, UINT64_C(1) << 48, READ);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, UINT64_C(0xffff000040080000), READ);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, UINT64_MAX - 0xfff, READ);
	REFUSED(OUT_OF_RANGE, REGION_MAP, OWN, two, partition, UINT64_MAX - 0x1fff, READ);
	(void)DONE(REGION_MAP, OWN, two, partition, ADDRESS_END - 2 * RVX_PAGE_SIZE, READ | WRITE);
	REFUSED(ALREADY_MAPPED, REGION_MAP, OWN, two, partition, 0, READ | WRITE);
	REFUSED(ALREADY_MAPPED, REGION_MAP, OWN, two, partition, ADDRESS_END - 2 * RVX_PAGE_SIZE,
		READ | WRITE);
	REFUSED(WX_CONFLICT, REGION_MAP, OWN, copy, partition, 0, READ | EXECUTE);
	refusal_expect_victim_well();
}

static void mappings_do_not_overlap(void)
{
	const uint64_t first = world_make(RVX_OBJECT_REGION, 4);
	const uint64_t block = world_make(RVX_OBJECT_REGION, BLOCK_PAGES);
	const uint64_t large = world_make(RVX_OBJECT_REGION, BLOCK_PAGES + 1);
	const uint64_t other = world_make(RVX_OBJECT_REGION, 3);
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 16);
	const uint64_t at = 0x40080000;	      /* the kernel's address means nothing here */
	const uint64_t block_at = 0x08000000; /* nor does a device's */
	uint64_t page;

	refusal_init();
	(void)DONE(REGION_MAP, OWN, first, partition, at, READ);
	(void)DONE(REGION_MAP, OWN, block, partition, block_at, READ);
	for (page = 0; page < 6; page++)
		REFUSED(OCCUPIED, REGION_MAP, OWN, other, partition,
			at + 3 * RVX_PAGE_SIZE - page * RVX_PAGE_SIZE, READ);
	REFUSED(OCCUPIED, REGION_MAP, OWN, other, partition, block_at, READ);
	REFUSED(OCCUPIED, REGION_MAP, OWN, other, partition, block_at - RVX_PAGE_SIZE, READ);
	REFUSED(OCCUPIED, REGION_MAP, OWN, other, partition,
		block_at + RVX_BLOCK_SIZE - RVX_PAGE_SIZE, READ);
	/* A block where pages are, and the part behind a block. */
	REFUSED(OCCUPIED, REGION_MAP, OWN, large, partition, at & ~UINT64_C(0x1fffff), READ);
	REFUSED(OCCUPIED, REGION_MAP, OWN, large, partition, block_at - RVX_BLOCK_SIZE, READ);
	REFUSED(OCCUPIED, REGION_MAP, OWN, large, partition, block_at, READ | EXECUTE);
	(void)DONE(REGION_MAP, OWN, other, partition, at + 4 * RVX_PAGE_SIZE, READ);
	(void)DONE(REGION_UNMAP, OWN, other);
	(void)DONE(REGION_MAP, OWN, other, partition, at - 3 * RVX_PAGE_SIZE, READ);
	(void)DONE(REGION_MAP, OWN, large, partition, block_at + RVX_BLOCK_SIZE, READ);
	refusal_expect_victim_well();
}

static void tables_are_counted_before_a_map(void)
{
	const uint64_t page = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t second = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t block = world_make(RVX_OBJECT_REGION, BLOCK_PAGES);
	const uint64_t wide = world_make(RVX_OBJECT_REGION, 2);
	const uint64_t none = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t one = world_make(RVX_OBJECT_PARTITION, 1);
	const uint64_t two = world_make(RVX_OBJECT_PARTITION, 2);
	uint32_t round;

	refusal_init();
	REFUSED(NO_TABLES, REGION_MAP, OWN, page, none, 0, READ);
	REFUSED(NO_TABLES, REGION_MAP, OWN, block, none, 0, READ);
	REFUSED(NO_TABLES, REGION_MAP, OWN, page, one, 0, READ);
	/* A block needs one table, executable it needs two. */
	REFUSED(NO_TABLES, REGION_MAP, OWN, block, one, 0, READ | EXECUTE);
	(void)DONE(REGION_MAP, OWN, block, one, 0, READ);
	REFUSED(NO_TABLES, REGION_MAP, OWN, page, one, RVX_BLOCK_SIZE, READ);
	/* Two pages over a boundary of 2 MiB need three. */
	REFUSED(NO_TABLES, REGION_MAP, OWN, wide, two, RVX_BLOCK_SIZE - RVX_PAGE_SIZE, READ);
	REFUSED(NO_TABLES, REGION_MAP, OWN, wide, two, (UINT64_C(1) << 30) - RVX_PAGE_SIZE, READ);
	/* Tables come back when the last page of theirs is gone. */
	for (round = 0; round < 4; round++) {
		const uint64_t address = (uint64_t)round << 30;

		(void)DONE(REGION_MAP, OWN, page, two, address, READ);
		REFUSED(NO_TABLES, REGION_MAP, OWN, second, two, address + RVX_BLOCK_SIZE, READ);
		(void)DONE(REGION_MAP, OWN, second, two, address + RVX_PAGE_SIZE, READ);
		(void)DONE(REGION_UNMAP, OWN, page);
		(void)DONE(REGION_UNMAP, OWN, second);
	}
	refusal_expect_victim_well();
}

static void writable_excludes_executable_everywhere(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 2);
	const uint64_t one = world_copy(region, RVX_RIGHTS_ALL);
	const uint64_t other = world_copy(region, RVX_RIGHTS_ALL);
	const uint64_t here = world_make(RVX_OBJECT_PARTITION, 4);
	const uint64_t there = world_make(RVX_OBJECT_PARTITION, 4);

	refusal_init();
	REFUSED(NOT_MAPPED, REGION_UNMAP, OWN, one);
	REFUSED(NOT_MAPPED, REGION_PROTECT, OWN, one, READ);
	(void)DONE(REGION_MAP, OWN, one, here, 0, READ | WRITE);
	REFUSED(WX_CONFLICT, REGION_MAP, OWN, other, there, 0, READ | EXECUTE);
	(void)DONE(REGION_MAP, OWN, other, there, 0, READ);
	REFUSED(WX_CONFLICT, REGION_PROTECT, OWN, other, READ | EXECUTE);
	REFUSED(BAD_ARGUMENT, REGION_PROTECT, OWN, other, 0);
	REFUSED(BAD_ARGUMENT, REGION_PROTECT, OWN, other, READ | WRITE | EXECUTE);
	REFUSED(BAD_ARGUMENT, REGION_PROTECT, OWN, other, WRITE);
	REFUSED(BAD_ARGUMENT, REGION_PROTECT, OWN, other, UINT64_MAX);
	(void)DONE(REGION_PROTECT, OWN, one, READ);
	(void)DONE(REGION_PROTECT, OWN, other, READ | EXECUTE);
	REFUSED(WX_CONFLICT, REGION_PROTECT, OWN, one, READ | WRITE);
	(void)DONE(REGION_PROTECT, OWN, one, READ | EXECUTE);
	(void)DONE(REGION_UNMAP, OWN, one);
	REFUSED(NOT_MAPPED, REGION_UNMAP, OWN, one);
	REFUSED(WX_CONFLICT, REGION_MAP, OWN, one, here, 0, READ | WRITE);
	/* The one mapping there is changes from one kind to the other. */
	(void)DONE(REGION_PROTECT, OWN, other, READ | WRITE);
	(void)DONE(REGION_MAP, OWN, one, here, 0, READ | WRITE);
	refusal_expect_victim_well();
}

static void protect_grants_no_more_than_the_capability(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t read_only = world_copy(region, READ);
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 4);

	refusal_init();
	(void)DONE(REGION_MAP, OWN, read_only, partition, 0, READ);
	REFUSED(NO_RIGHT, REGION_PROTECT, OWN, read_only, READ | WRITE);
	REFUSED(NO_RIGHT, REGION_PROTECT, OWN, read_only, READ | EXECUTE);
	(void)DONE(REGION_PROTECT, OWN, read_only, READ);
	refusal_expect_victim_well();
}

/* The log and the telemetry can be mapped to be read, whoever asks, and the log's master too. */
static void the_kernels_pages_are_never_writable(void)
{
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 8);
	const uint64_t log = world_copy(WORLD_WITNESS_LOG, RVX_RIGHTS_ALL);
	const uint64_t telemetry = world_copy(RVX_SLOT_HANDLE(RVX_BOOT_TELEMETRY), RVX_RIGHTS_ALL);
	const uint64_t image = world_copy(RVX_SLOT_HANDLE(RVX_BOOT_SYSTEM_IMAGE), RVX_RIGHTS_ALL);

	refusal_init();
	REFUSED(NO_RIGHT, REGION_MAP, OWN, telemetry, partition, 0, READ | WRITE);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, telemetry, partition, 0, READ | EXECUTE);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, image, partition, 0, READ | WRITE);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, log, partition, 0, READ | WRITE);
	REFUSED(NO_RIGHT, REGION_MAP, OWN, log, partition, 0, READ | EXECUTE);
	(void)DONE(REGION_MAP, OWN, log, partition, 0, READ);
	REFUSED(NO_RIGHT, REGION_PROTECT, OWN, log, READ | WRITE);
	refusal_expect_victim_well();
}

/*
 * Edge.
 */

static void an_end_has_one_task(void)
{
	const uint64_t edge = world_make(RVX_OBJECT_EDGE, 0);
	const uint64_t unbound = world_make(RVX_OBJECT_TASK, 0);
	struct guest guest;

	refusal_init();
	guest_make(&guest);
	refusal_state_changed();
	REFUSED(WRONG_STATE, EDGE_BIND, OWN, edge, unbound, 0);
	REFUSED(OUT_OF_RANGE, EDGE_BIND, OWN, edge, guest.task, 1u << GUEST_SLOTS_LOG2);
	REFUSED(OUT_OF_RANGE, EDGE_BIND, OWN, edge, guest.task, HUGE);
	REFUSED(OUT_OF_RANGE, EDGE_BIND, OWN, edge, guest.task, UINT64_MAX);
	(void)DONE(EDGE_BIND, OWN, edge, guest.task, (1u << GUEST_SLOTS_LOG2) - 1);
	REFUSED(OCCUPIED, EDGE_BIND, OWN, edge, guest.task, 0);
	REFUSED(OCCUPIED, EDGE_BIND, OWN, edge, WORLD_OWN_TASK, 0);
	refusal_expect_victim_well();
}

static void a_task_has_sixty_four_ends(void)
{
	struct guest guest;
	uint64_t edge = 0;
	uint32_t i;

	refusal_init();
	guest_make(&guest);
	for (i = 0; i < RVX_TASK_EDGES_MAX; i++) {
		edge = world_make(RVX_OBJECT_EDGE, 0);
		(void)DONE(EDGE_BIND, OWN, edge, guest.task, 0);
	}
	edge = world_make(RVX_OBJECT_EDGE, 0);
	refusal_state_changed();
	REFUSED(LIMIT, EDGE_BIND, OWN, edge, guest.task, 0);
	(void)DONE(EDGE_BIND, OWN, edge, WORLD_OWN_TASK, 0);
	refusal_expect_victim_well();
}

#define MESSAGE(handle, label) (handle), (label), 1, 2, 3, 4, 5, 6, 7, 8

static void only_who_is_bound_uses_an_end(void)
{
	static const uint32_t messages[] = {
		RVX_SYS_EDGE_CALL,	     RVX_SYS_EDGE_REPLY,
		RVX_SYS_EDGE_REPLY_RECV,     RVX_SYS_EDGE_CALL_EXTENDED,
		RVX_SYS_EDGE_REPLY_EXTENDED, RVX_SYS_EDGE_REPLY_RECV_EXTENDED,
	};
	const struct guest root = guest_root();
	struct guest guest, other;
	struct guest_end one = { .guest = &guest, .slot = 16 };
	struct guest_end two = { .guest = &other, .slot = 16 };
	const uint64_t loose = world_make(RVX_OBJECT_EDGE, 0);
	const uint64_t half = world_make(RVX_OBJECT_EDGE, 0);
	uint32_t i;

	(void)root;
	refusal_init();
	guest_make(&guest);
	guest_make(&other);
	(void)guest_join(&one, &two);
	(void)DONE(EDGE_BIND, OWN, half, WORLD_OWN_TASK, 0);
	for (i = 0; i < COUNT_OF(messages); i++) {
		/* Not bound to anybody; bound to others; nobody at the far end. */
		refusal_expect(__LINE__, RVX_NOT_BOUND, messages[i],
			       (const uint64_t[GATE_ARGUMENTS]){ MESSAGE(loose, 0) });
		refusal_expect(__LINE__, RVX_NOT_BOUND, messages[i],
			       (const uint64_t[GATE_ARGUMENTS]){ MESSAGE(one.bound, 0) });
		refusal_expect(__LINE__, RVX_PEER_DEAD, messages[i],
			       (const uint64_t[GATE_ARGUMENTS]){ MESSAGE(half, 0) });
	}
	REFUSED(NOT_BOUND, EDGE_SIGNAL, loose, 1, 0);
	REFUSED(NOT_BOUND, EDGE_SIGNAL, two.bound, 1, 0);
	REFUSED(PEER_DEAD, EDGE_SIGNAL, half, 1, 0);
	refusal_expect_victim_well();
}

static void signals_and_replies_are_checked(void)
{
	const struct guest root = guest_root();
	struct guest guest;
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &guest, .slot = 16 };
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t ungrantable = world_copy(region, READ);
	uint64_t edge, without_grant;

	refusal_init();
	guest_make(&guest);
	(void)guest_join(&near, &far);
	edge = near.handle;
	without_grant = world_copy(edge, RVX_RIGHTS_ALL & ~RVX_RIGHT_GRANT);
	refusal_state_changed();
	REFUSED(BAD_ARGUMENT, EDGE_SIGNAL, edge, 0, 0);
	REFUSED(BAD_ARGUMENT, EDGE_SIGNAL, edge, 1, (UINT64_C(1) << 40) + 1);
	REFUSED(BAD_ARGUMENT, EDGE_SIGNAL, edge, 1, UINT64_MAX);
	(void)DONE(EDGE_SIGNAL, edge, UINT64_MAX, UINT64_C(1) << 40);
	REFUSED(NOT_CALLING, EDGE_REPLY, MESSAGE(edge, 0));
	REFUSED(NOT_CALLING, EDGE_REPLY, MESSAGE(edge, HUGE | 1));
	REFUSED(NOT_CALLING, EDGE_REPLY_RECV, MESSAGE(edge, HUGE));
	REFUSED(NOT_CALLING, EDGE_REPLY_EXTENDED, MESSAGE(edge, HUGE));
	REFUSED(NOT_CALLING, EDGE_REPLY_RECV_EXTENDED, MESSAGE(edge, HUGE));
	REFUSED(BAD_ARGUMENT, EDGE_REPLY_EXTENDED, MESSAGE(edge, HUGE), 0, 1);
	/* A capability that is none, that cannot be given, or that nobody waits for. */
	REFUSED(INVALID_HANDLE, EDGE_CALL_EXTENDED, MESSAGE(edge, 0), RVX_HANDLE(1000, 1));
	REFUSED(STALE, EDGE_CALL_EXTENDED, MESSAGE(edge, 0), RVX_HANDLE(1, 7));
	REFUSED(NO_RIGHT, EDGE_CALL_EXTENDED, MESSAGE(edge, 0), ungrantable);
	REFUSED(NOT_DERIVABLE, EDGE_CALL_EXTENDED, MESSAGE(edge, 0), world.arena);
	REFUSED(NO_SLOT, EDGE_CALL_EXTENDED, MESSAGE(edge, 0), region);
	REFUSED(NO_RIGHT, EDGE_CALL_EXTENDED, MESSAGE(without_grant, 0), region);
	refusal_expect_victim_well();
}

/*
 * WitnessLog and Machine.
 */

static void the_log_refuses(void)
{
	static const uint64_t kinds[] = { 0,
					  RVX_WITNESS_PARTITION_CREATE,
					  RVX_WITNESS_MACHINE_OFF,
					  RVX_WITNESS_NOTE + 1,
					  RVX_EMIT_CONTINUED,
					  2 * RVX_EMIT_CONTINUED + RVX_WITNESS_NOTE,
					  HUGE + RVX_WITNESS_NOTE,
					  UINT64_MAX };
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 0);
	struct log_status status;
	uint64_t sequence;
	uint32_t i;

	refusal_init();
	for (i = 0; i < COUNT_OF(kinds); i++)
		REFUSED(NO_CREDIT, LOG_EMIT, WORLD_WITNESS_LOG, kinds[i], 1, 2, 3);
	status = log_status();
	REFUSED(LIMIT, LOG_GRANT, WORLD_WITNESS_LOG, partition, status.credits_free + 1);
	REFUSED(LIMIT, LOG_GRANT, WORLD_WITNESS_LOG, partition, HUGE);
	REFUSED(LIMIT, LOG_GRANT, WORLD_WITNESS_LOG, partition, UINT64_MAX);
	(void)DONE(LOG_GRANT, WORLD_WITNESS_LOG, partition, status.credits_free);
	REFUSED(LIMIT, LOG_GRANT, WORLD_WITNESS_LOG, WORLD_OWN_PARTITION, 16384);
	(void)DONE(LOG_GRANT, WORLD_WITNESS_LOG, partition, 0);
	EXPECT_EQUAL(status.credits_free, log_status().credits_free);
	REFUSED(OUT_OF_RANGE, LOG_ACKNOWLEDGE, WORLD_WITNESS_LOG, UINT64_MAX);
	REFUSED(OUT_OF_RANGE, LOG_ACKNOWLEDGE, WORLD_WITNESS_LOG, log_status().next + 1);
	sequence = DONE(LOG_EMIT, WORLD_WITNESS_LOG, RVX_WITNESS_NOTE, 11, 22, 33)->x[1];
	EXPECT_EQUAL(RVX_WITNESS_NOTE, log_record(sequence)->kind);
	EXPECT_EQUAL(sequence, log_record(sequence)->sequence);
	EXPECT_EQUAL(RVX_WITNESS_BY_SERVER, log_record(sequence)->flags);
	EXPECT_EQUAL(11, log_record(sequence)->object);
	EXPECT_EQUAL(22, log_record(sequence)->p0);
	EXPECT_EQUAL(33, log_record(sequence)->p1);
	EXPECT_EQUAL(sequence + 1, DONE(LOG_EMIT, WORLD_WITNESS_LOG,
					RVX_EMIT_CONTINUED + RVX_WITNESS_NOTE, 1, 2, 3)
					   ->x[1]);
	EXPECT((log_record(sequence + 1)->class_ & RVX_WITNESS_CONTINUED) != 0);
	/* What was acknowledged before is acknowledged. */
	(void)DONE(LOG_ACKNOWLEDGE, WORLD_WITNESS_LOG, 0);
	refusal_expect_victim_well();
}

static void a_walk_ends(void)
{
	const uint64_t count = snapshot_take().count;
	uint64_t i;

	refusal_init();
	refusal_state_changed();
	EXPECT(snapshot_take().count > count);
	/* The snapshot in each of these is a walk to the end: behind it there is nothing. */
	REFUSED(NOTHING, LOG_INSPECT, WORLD_WITNESS_LOG, 0);
	(void)DONE(LOG_INSPECT, WORLD_WITNESS_LOG, UINT64_MAX);
	for (i = 0; i < 4; i++)
		MUST(rvx_log_inspect(WORLD_WITNESS_LOG, 1, NULL, NULL, NULL, NULL, NULL, NULL,
				     NULL));
	refusal_expect_victim_well();
}

static void the_console_takes_one_to_sixty_four_bytes(void)
{
	const uint64_t text = 0x0a2a2a2a2a2a2023; /* "# *****\n" */

	refusal_init();
	REFUSED(BAD_ARGUMENT, MACHINE_WRITE, WORLD_MACHINE, 0, text);
	REFUSED(BAD_ARGUMENT, MACHINE_WRITE, WORLD_MACHINE, 65, text);
	REFUSED(BAD_ARGUMENT, MACHINE_WRITE, WORLD_MACHINE, HUGE + 8, text);
	REFUSED(BAD_ARGUMENT, MACHINE_WRITE, WORLD_MACHINE, UINT64_MAX, text);
	(void)DONE(MACHINE_WRITE, WORLD_MACHINE, 8, text);
	(void)DONE(MACHINE_WRITE, WORLD_MACHINE, 64, text, text, text, text, text, text, text,
		   text);
	refusal_expect_victim_well();
}

static const struct check_case cases[] = {
	CHECK_CASE(partitions_start_suspend_and_resume_once_each),
	CHECK_CASE(a_suspended_partition_does_not_run),
	CHECK_CASE(suspended_tasks_do_not_run),
	CHECK_CASE(bind_gives_a_task_one_home),
	CHECK_CASE(start_wants_an_aligned_place_to_start_at),
	CHECK_CASE(registers_are_read_and_written_while_a_task_rests),
	CHECK_CASE(start_clears_the_registers),
	CHECK_CASE(schedules_must_be_possible),
	CHECK_CASE(nobody_supervises_himself),
	CHECK_CASE(map_refuses_addresses_and_rights),
	CHECK_CASE(mappings_do_not_overlap),
	CHECK_CASE(tables_are_counted_before_a_map),
	CHECK_CASE(writable_excludes_executable_everywhere),
	CHECK_CASE(protect_grants_no_more_than_the_capability),
	CHECK_CASE(the_kernels_pages_are_never_writable),
	CHECK_CASE(an_end_has_one_task),
	CHECK_CASE(a_task_has_sixty_four_ends),
	CHECK_CASE(only_who_is_bound_uses_an_end),
	CHECK_CASE(signals_and_replies_are_checked),
	CHECK_CASE(the_log_refuses),
	CHECK_CASE(a_walk_ends),
	CHECK_CASE(the_console_takes_one_to_sixty_four_bytes),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
