/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What a partition cannot reach: a neighbour's memory, the kernel's, nobody's, devices, and its own
 * where it has not the right. Each is tried with every kind of access.
 */
#include "tests/guest/check.h"
#include "tests/guest/probe.h"

#define SECRET UINT64_C(0x5ec2e75ec2e75ec2)
#define GARBAGE UINT64_C(0xbadbadbadbadbad0)

#define PRIVATE (world.base + WORLD_FREE)
#define BLOCK (world.base + WORLD_FREE + 2 * RVX_BLOCK_SIZE)
#define BLOCK_PAGES (RVX_BLOCK_SIZE / RVX_PAGE_SIZE)
#define PRIVATE_SLOT RVX_SLOT_REGION_FIRST + 1

static const uint64_t read_write = RVX_RIGHT_READ | RVX_RIGHT_WRITE;

/* A region whose every page begins with a word of its own. */
static rvx_handle_t region_with(uint64_t pages, uint64_t word)
{
	const uint64_t place = pages >= BLOCK_PAGES ? 2 * RVX_BLOCK_SIZE : 0;
	const uint64_t offset = WORLD_FREE + 4 * RVX_BLOCK_SIZE + place;
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, pages);
	uint64_t page;

	MUST(rvx_region_map(RVX_TABLE_OWN, region, WORLD_OWN_PARTITION, world.base + offset,
			    read_write));
	for (page = 0; page < pages; page++)
		*(volatile uint64_t *)world_address(offset + page * RVX_PAGE_SIZE) = word + page;
	MUST(rvx_region_unmap(RVX_TABLE_OWN, region));
	return region;
}

static void expect_all_refused(const struct guest *guest, uint64_t address, int line)
{
	uint32_t probe;

	for (probe = 0; probe < PROBE_COUNT; probe++)
		(void)probe_expect_fault(guest, (enum probe)probe, address, line);
}

static void a_neighbours_memory_cannot_be_reached(void)
{
	struct guest victim, rogue;

	guest_make(&victim);
	guest_make(&rogue);
	(void)guest_map(&victim, region_with(1, SECRET), PRIVATE_SLOT, PRIVATE, read_write);
	(void)guest_map(&victim, region_with(BLOCK_PAGES, SECRET), PRIVATE_SLOT + 1, BLOCK,
			read_write);
	probe_start(&victim);
	probe_start(&rogue);
	(void)probe_expect_value(&victim, PROBE_READ, PRIVATE, SECRET, __LINE__);

	board()[2] = GARBAGE;
	expect_all_refused(&rogue, PRIVATE, __LINE__);
	expect_all_refused(&rogue, BLOCK, __LINE__);
	expect_all_refused(&rogue, BLOCK + RVX_BLOCK_SIZE - RVX_PAGE_SIZE, __LINE__);
	expect_all_refused(&rogue, victim.stack_top - RVX_PAGE_SIZE, __LINE__);

	(void)probe_expect_value(&victim, PROBE_READ, PRIVATE, SECRET, __LINE__);
	(void)probe_expect_value(&victim, PROBE_READ, BLOCK + RVX_BLOCK_SIZE - RVX_PAGE_SIZE,
				 SECRET + BLOCK_PAGES - 1, __LINE__);
}

static void the_same_address_is_each_partitions_own(void)
{
	struct guest one, other;
	uint32_t i;

	guest_make(&one);
	guest_make(&other);
	(void)guest_map(&one, region_with(1, 1), PRIVATE_SLOT, PRIVATE, read_write);
	(void)guest_map(&other, region_with(1, 2), PRIVATE_SLOT, PRIVATE, read_write);
	probe_start(&one);
	probe_start(&other);
	for (i = 0; i < 8; i++) {
		(void)probe_expect_value(&one, PROBE_READ, PRIVATE, 10 * i + 1, __LINE__);
		(void)probe_expect_value(&other, PROBE_READ, PRIVATE, 10 * i + 2, __LINE__);
		board()[2] = 10 * i + 11;
		(void)probe_expect_value(&one, PROBE_WRITE, PRIVATE, 0, __LINE__);
		board()[2] = 10 * i + 12;
		(void)probe_expect_value(&other, PROBE_WRITE, PRIVATE, 0, __LINE__);
	}
}

/* The machine "virt": what is there, what is not, and where addresses end. */
static const uint64_t foreign[] = {
	0x0,
	0x1000,
	0x08000000, /* interrupt distributor */
	0x080a0000, /* redistributor */
	0x09000000, /* console */
	0x09010000, /* clock */
	0x09020000, /* configuration items, the log's secret among them */
	0x0a000000, /* virtio */
	0x3f000000,
	0x40000000, /* memory begins */
	0x40080000, /* the kernel's code */
	0x40081000,
	0x400a0000,
	0x40100000,
	0x40200000,
	0x48000000, /* the system image */
	0x4fff0000,
	0x50000000,   /* memory ends */
	0x7ffffff000, /* the last page that can be mapped */
	0x8000000000, /* beyond */
	0xfffffff000,
	0x10000000000,
	0xfffffffffff000,
	0xffff000000000000,
	0xffffffffffffff00,
};

static void the_kernel_devices_and_nobodys_memory_cannot_be_reached(void)
{
	struct guest rogue;
	uint32_t i;

	guest_make(&rogue);
	probe_start(&rogue);
	board()[2] = GARBAGE;
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		expect_all_refused(&rogue, foreign[i], __LINE__);
}

/* Memory that the root holds as Untyped, and objects in it, at their physical addresses. */
static void physical_addresses_name_nothing(void)
{
	struct guest rogue;
	uint64_t object;
	uint32_t i;

	guest_make(&rogue);
	probe_start(&rogue);
	board()[2] = GARBAGE;
	for (i = 0; i < world.boot->untyped_count; i++)
		expect_all_refused(&rogue, world.boot->untyped[i].physical, __LINE__);
	for (i = RVX_BOOT_CAPTABLE; i <= RVX_BOOT_TASK; i++) {
		MUST(rvx_cap_describe(RVX_TABLE_OWN, i, NULL, NULL, &object, NULL, NULL, NULL,
				      NULL));
		expect_all_refused(&rogue, (object & UINT32_MAX) << 6, __LINE__);
	}
}

/* Which probes a mapping with these rights allows. */
static bool is_allowed(enum probe probe, uint64_t rights)
{
	if (probe == PROBE_EXECUTE)
		return (rights & RVX_RIGHT_EXECUTE) != 0;
	return !probe_is_store(probe) || (rights & RVX_RIGHT_WRITE) != 0;
}

static void expect_rights(const struct guest *guest, uint64_t address, uint64_t rights, int line)
{
	uint32_t probe;

	for (probe = 0; probe < PROBE_COUNT; probe++)
		if (!is_allowed((enum probe)probe, rights))
			(void)probe_expect_fault(guest, (enum probe)probe, address, line);
	(void)probe_expect_value(guest, PROBE_READ, address, SECRET, line);
}

static void a_mapping_allows_what_it_was_made_with(void)
{
	rvx_handle_t region = region_with(2, SECRET);
	rvx_handle_t block = region_with(BLOCK_PAGES, SECRET);
	struct guest guest;
	uint64_t text;

	guest_make(&guest);
	(void)guest_map(&guest, region, PRIVATE_SLOT, PRIVATE, RVX_RIGHT_READ);
	(void)guest_map(&guest, block, PRIVATE_SLOT + 1, BLOCK, RVX_RIGHT_READ);
	probe_start(&guest);
	board()[2] = GARBAGE;
	expect_rights(&guest, PRIVATE, RVX_RIGHT_READ, __LINE__);
	expect_rights(&guest, BLOCK, RVX_RIGHT_READ, __LINE__);

	/* A guest's own stack and data do not execute, its text cannot be written. */
	(void)probe_expect_fault(&guest, PROBE_EXECUTE, guest.stack_top - RVX_PAGE_SIZE, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_EXECUTE, (uint64_t)&world & ~UINT64_C(3), __LINE__);
	(void)probe_expect_fault(&guest, PROBE_EXECUTE, world.base + WORLD_BOARD, __LINE__);
	text = probe_address(PROBE_READ) & ~UINT64_C(63);
	(void)probe_expect_fault(&guest, PROBE_WRITE, text, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_WRITE_BYTE, text, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_ZERO_LINE, text, __LINE__);
}

/* What takes memory away from a guest. Each must be felt by the very next access. */
static void take_by_unmap(const struct guest *guest, rvx_handle_t master, rvx_handle_t given)
{
	(void)master;
	MUST(rvx_region_unmap(guest->table, given));
}

static void take_by_delete(const struct guest *guest, rvx_handle_t master, rvx_handle_t given)
{
	(void)master;
	MUST(rvx_cap_delete(guest->table, given));
}

static void take_by_revoke(const struct guest *guest, rvx_handle_t master, rvx_handle_t given)
{
	(void)guest;
	(void)given;
	MUST(rvx_cap_revoke(RVX_TABLE_OWN, master, NULL));
}

static void take_by_destroy(const struct guest *guest, rvx_handle_t master, rvx_handle_t given)
{
	(void)guest;
	(void)given;
	MUST(rvx_cap_revoke(RVX_TABLE_OWN, master, NULL));
	MUST(rvx_cap_delete(RVX_TABLE_OWN, master));
}

static void what_is_taken_away_faults_at_once(void)
{
	static void (*const takers[])(const struct guest *, rvx_handle_t,
				      rvx_handle_t) = { take_by_unmap, take_by_delete,
							take_by_revoke, take_by_destroy };
	static const uint64_t sizes[] = { 1, 3, BLOCK_PAGES, BLOCK_PAGES + 5 };
	struct guest guest;
	uint32_t taker, size, slot = PRIVATE_SLOT;

	guest_make(&guest);
	probe_start(&guest);
	board()[2] = GARBAGE;
	for (taker = 0; taker < sizeof(takers) / sizeof(takers[0]); taker++) {
		for (size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
			const uint64_t last = BLOCK + (sizes[size] - 1) * RVX_PAGE_SIZE;
			rvx_handle_t master = region_with(sizes[size], SECRET);
			rvx_handle_t given = guest_map(&guest, master, slot++, BLOCK, read_write);

			/* The translations are in the TLB before they go. */
			(void)probe_expect_value(&guest, PROBE_READ, BLOCK, SECRET, __LINE__);
			(void)probe_expect_value(&guest, PROBE_READ, last, SECRET + sizes[size] - 1,
						 __LINE__);
			(void)probe_expect_fault(&guest, PROBE_READ, last + RVX_PAGE_SIZE,
						 __LINE__);
			takers[taker](&guest, master, given);
			expect_all_refused(&guest, BLOCK, __LINE__);
			expect_all_refused(&guest, last, __LINE__);
			log_drain();
		}
	}
}

static void a_change_of_rights_is_felt_at_once(void)
{
	static const uint64_t sizes[] = { 1, 70, BLOCK_PAGES };
	struct guest guest;
	uint32_t size, slot = PRIVATE_SLOT;

	guest_make(&guest);
	probe_start(&guest);
	for (size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
		const uint64_t last = BLOCK + (sizes[size] - 1) * RVX_PAGE_SIZE;
		const uint64_t word = SECRET + sizes[size] - 1;
		rvx_handle_t given = guest_map(&guest, region_with(sizes[size], SECRET), slot++,
					       BLOCK, RVX_RIGHTS_ALL & read_write);

		board()[2] = word;
		(void)probe_expect_value(&guest, PROBE_WRITE, last, 0, __LINE__);
		MUST(rvx_region_protect(guest.table, given, RVX_RIGHT_READ));
		(void)probe_expect_fault(&guest, PROBE_WRITE, BLOCK, __LINE__);
		(void)probe_expect_fault(&guest, PROBE_WRITE, last, __LINE__);
		(void)probe_expect_value(&guest, PROBE_READ, last, word, __LINE__);
		MUST(rvx_region_protect(guest.table, given, read_write));
		(void)probe_expect_value(&guest, PROBE_WRITE, last, 0, __LINE__);
		MUST(rvx_region_unmap(guest.table, given));
	}
}

#define RETURN 0xd65f03c0u
#define MOVE_X0 0xd2800000u /* mov x0, #n: n << 5 is added */

/* Code that is written, made executable, run, made writable, changed, and run again. */
static void code_can_be_changed_but_never_while_it_runs(void)
{
	const uint64_t rights = read_write | RVX_RIGHT_EXECUTE;
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	struct guest guest;
	rvx_handle_t given;
	uint32_t round;

	guest_make(&guest);
	given = guest_give(&guest, region, PRIVATE_SLOT, rights);
	MUST(rvx_region_map(guest.table, given, guest.partition, PRIVATE, read_write));
	probe_start(&guest);
	for (round = 1; round <= 4; round++) {
		board()[2] = (uint64_t)RETURN << 32 | MOVE_X0 | round << 5;
		(void)probe_expect_value(&guest, PROBE_WRITE, PRIVATE, 0, __LINE__);
		(void)probe_expect_fault(&guest, PROBE_EXECUTE, PRIVATE, __LINE__);
		MUST(rvx_region_protect(guest.table, given, RVX_RIGHT_READ | RVX_RIGHT_EXECUTE));
		(void)probe_expect_value(&guest, PROBE_EXECUTE, PRIVATE, round, __LINE__);
		(void)probe_expect_fault(&guest, PROBE_WRITE, PRIVATE, __LINE__);
		(void)probe_expect_fault(&guest, PROBE_ZERO_LINE, PRIVATE, __LINE__);
		EXPECT_STATUS(WX_CONFLICT,
			      rvx_region_map(RVX_TABLE_OWN, region, WORLD_OWN_PARTITION,
					     world.base + WORLD_SCRATCH, read_write));
		MUST(rvx_region_protect(guest.table, given, read_write));
	}
}

static const struct check_case cases[] = {
	CHECK_CASE(a_neighbours_memory_cannot_be_reached),
	CHECK_CASE(the_same_address_is_each_partitions_own),
	CHECK_CASE(the_kernel_devices_and_nobodys_memory_cannot_be_reached),
	CHECK_CASE(physical_addresses_name_nothing),
	CHECK_CASE(a_mapping_allows_what_it_was_made_with),
	CHECK_CASE(what_is_taken_away_faults_at_once),
	CHECK_CASE(a_change_of_rights_is_felt_at_once),
	CHECK_CASE(code_can_be_changed_but_never_while_it_runs),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
