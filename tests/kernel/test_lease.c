/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * DeviceLease: who may have a device, for how long, and what is left when it ends. The host's
 * interrupts are lines: a device wants until the test says otherwise.
 */
#include "kernel/lease.h"
#include "tests/kernel/preempt.h"
#include "tests/kernel/unit.h"

#include <ruvix/kinds.h>
#include <stdlib.h>

#define R RVX_RIGHT_READ
#define RW (RVX_RIGHT_READ | RVX_RIGHT_WRITE)
#define RX (RVX_RIGHT_READ | RVX_RIGHT_EXECUTE)
#define PARENT RVX_HANDLE(RVX_BOOT_DEVICES, 1)
#define PAGE RVX_PAGE_SIZE
#define DEVICE 0xa000000u
#define LINE 40u
#define ADDRESS 0x10000000u
#define LONG 1000000u
#define BADGE 0xbadu

static struct actor driver;
static rvx_handle_t lease; /* the master, the root's */

static int64_t grant(rvx_handle_t handle, uint64_t address, uint64_t pages, uint64_t interrupt,
		     uint64_t duration)
{
	return ROOT(RVX_SYS_LEASE_GRANT, handle, PARENT, address, pages, interrupt, duration, 0);
}

static rvx_handle_t new_lease(void)
{
	return world_retype(RVX_OBJECT_LEASE, 0);
}

static rvx_handle_t mint_for_driver(rvx_handle_t from, uint64_t rights)
{
	assert_int_equal(ROOT(RVX_SYS_CAP_MINT, 0, from, driver.table_handle, driver.next_slot++,
			      rights, BADGE, 0),
			 RVX_OK);
	return world.root->frame.x[1];
}

/* A driver, and a lease of two pages with an interrupt for LONG. */
static void build(void)
{
	world_boot();
	driver = world_actor();
	lease = new_lease();
	assert_int_equal(grant(lease, DEVICE, 2, LINE, LONG), RVX_OK);
	assert_int_equal(world.root->frame.x[1], host.now + LONG);
}

static int64_t map_at(rvx_handle_t handle, uint64_t address, uint64_t rights)
{
	return ROOT(RVX_SYS_REGION_MAP, 0, handle, driver.partition_handle, address, rights);
}

static int64_t bind(rvx_handle_t handle)
{
	return ROOT(RVX_SYS_LEASE_BIND, 0, handle, driver.task_handle);
}

static bool reaches(uint64_t address, uint64_t physical, uint32_t rights)
{
	uint32_t found;

	return host_translate(driver.partition, address, &found) == physical && found == rights;
}

static bool is_unreachable(uint64_t address)
{
	uint32_t found;

	return host_translate(driver.partition, address, &found) == UINT64_MAX;
}

/* The device wants and the core listens, as often as it is let through. */
static void want(uint32_t number)
{
	host.wanted[number] = true;
	while (host_device_wants() != 0)
		world_interrupt();
}

static uint64_t count_records(uint64_t first, uint16_t kind, const struct rvx_witness **last)
{
	uint64_t count = 0;

	for (; first < witness_log.next; first++) {
		if (world_record(first)->kind != kind)
			continue;
		count++;
		if (last != NULL)
			*last = world_record(first);
	}
	return count;
}

#define EXPECT_EVENT(interrupt, times, ended) \
	do { \
		assert_int_equal(driver.task->frame.x[0], BADGE); \
		assert_int_equal(driver.task->frame.x[1], RVX_EVENT_INTERRUPT); \
		assert_int_equal(driver.task->frame.x[2], (interrupt)); \
		assert_int_equal(driver.task->frame.x[3], (times)); \
		assert_int_equal(driver.task->frame.x[4], (ended)); \
	} while (0)

static void registers_are_reached_through_the_lease_and_nothing_beside_them(void **state)
{
	(void)state;
	build();
	assert_int_equal(map_at(lease, ADDRESS, RX), RVX_BAD_ARGUMENT);
	assert_int_equal(map_at(lease, ADDRESS + 1, RW), RVX_UNALIGNED);
	assert_int_equal(map_at(lease, ((uint64_t)1 << RVX_ADDRESS_BITS) - PAGE, RW),
			 RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_OK);
	assert_true(reaches(ADDRESS, DEVICE, RW));
	assert_true(reaches(ADDRESS + 2 * PAGE - 1, DEVICE + 2 * PAGE - 1, RW));
	assert_true(is_unreachable(ADDRESS - 1));
	assert_true(is_unreachable(ADDRESS + 2 * PAGE));
	assert_int_equal(map_at(lease, ADDRESS + 16 * PAGE, R), RVX_ALREADY_MAPPED);
	assert_int_equal(ROOT(RVX_SYS_REGION_PROTECT, 0, lease, R), RVX_WRONG_TYPE);
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, lease), RVX_OK);
	assert_true(is_unreachable(ADDRESS));
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, lease), RVX_NOT_MAPPED);
	assert_int_equal(map_at(lease, ADDRESS, R), RVX_OK);
	assert_true(reaches(ADDRESS, DEVICE, R));
}

static void largest_lease_is_mapped_across_two_tables(void **state)
{
	rvx_handle_t large;
	uint32_t before;

	(void)state;
	build();
	large = new_lease();
	before = driver.partition->tables_free;
	assert_int_equal(grant(large, 0xb000000, 64, 0, LONG), RVX_OK);
	assert_int_equal(map_at(large, ADDRESS + 0x200000 - 10 * PAGE, RW), RVX_OK);
	assert_true(reaches(ADDRESS + 0x200000 - 10 * PAGE, 0xb000000, RW));
	assert_true(reaches(ADDRESS + 0x200000 + 53 * PAGE, 0xb000000 + 63 * PAGE, RW));
	assert_true(driver.partition->tables_free < before);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, large), RVX_OK);
	assert_int_equal(driver.partition->tables_free, before);
}

static void what_is_not_the_parents_is_refused(void **state)
{
	const uint64_t top = (uint64_t)1 << RVX_DEVICE_BITS;
	const struct {
		uint64_t address, pages, interrupt, duration;
		enum rvx_status status;
	} wrong[] = {
		{ 0xc000001, 1, 0, LONG, RVX_UNALIGNED },
		{ 0xc000000, 0, 0, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 65, 0, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, UINT64_MAX / PAGE + 2, 0, LONG, RVX_OUT_OF_RANGE },
		{ top, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ top - PAGE, 2, 0, LONG, RVX_OUT_OF_RANGE },
		{ UINT64_MAX - PAGE + 1, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ HOST_RAM_BASE, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ HOST_RAM_BASE - PAGE, 2, 0, LONG, RVX_OUT_OF_RANGE },
		{ HOST_RAM_BASE + WORLD_RAM - PAGE, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ WORLD_KEPT, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ WORLD_KEPT + PAGE, 1, 0, LONG, RVX_OUT_OF_RANGE },
		{ WORLD_KEPT - PAGE, 2, 0, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 1, 1, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 1, 31, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 1, HOST_INTERRUPTS, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 1, ((uint64_t)1 << 32) + 41, LONG, RVX_OUT_OF_RANGE },
		{ 0xc000000, 1, 0, 0, RVX_BAD_ARGUMENT },
		{ 0xc000000, 1, 0, RVX_LEASE_TICKS_MAX + 1, RVX_OUT_OF_RANGE },
		{ DEVICE, 1, 0, LONG, RVX_OCCUPIED },
		{ DEVICE + PAGE, 1, 0, LONG, RVX_OCCUPIED },
		{ DEVICE - PAGE, 2, 0, LONG, RVX_OCCUPIED },
		{ DEVICE - 4 * PAGE, 64, 0, LONG, RVX_OCCUPIED },
		{ 0xc000000, 1, LINE, LONG, RVX_OCCUPIED },
	};
	rvx_handle_t empty, region;
	char *before, *after;

	(void)state;
	build();
	empty = new_lease();
	region = world_retype(RVX_OBJECT_REGION, 1);
	before = world_state();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(grant(empty, wrong[i].address, wrong[i].pages, wrong[i].interrupt,
				       wrong[i].duration),
				 wrong[i].status);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, lease, 0xc000000, 1, 0, LONG, 0),
			 RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, PARENT, PARENT, 0xc000000, 1, 0, LONG, 0),
			 RVX_WRONG_STATE);
	assert_int_equal(grant(lease, 0xc000000, 1, 0, LONG), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, PARENT, 0xc000000, 1, 0, LONG, lease),
			 RVX_WRONG_TYPE);
	assert_int_equal(map_at(empty, ADDRESS, RW), RVX_WRONG_STATE);
	assert_int_equal(map_at(PARENT, ADDRESS, RW), RVX_WRONG_STATE);
	assert_int_equal(bind(empty), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, empty, LONG), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, empty), RVX_WRONG_STATE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, region), RVX_WRONG_TYPE);
	after = world_state();
	world_compare(before, after, "refused");
	free(before);
	free(after);
	/* Beside what is leased, and up to the last page. */
	assert_int_equal(grant(empty, DEVICE + 2 * PAGE, 64, LINE + 1, RVX_LEASE_TICKS_MAX),
			 RVX_OK);
	assert_int_equal(grant(new_lease(), top - PAGE, 1, HOST_INTERRUPTS - 1, 1), RVX_OK);
}

static void expiry_takes_the_registers_away_and_tells_the_holder(void **state)
{
	const struct rvx_witness *record = NULL;
	uint64_t first, end;

	(void)state;
	build();
	end = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, mint_for_driver(lease, RW),
			      driver.task_handle),
			 RVX_OK);
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_OK);
	assert_true(reaches(ADDRESS, DEVICE, RW));
	assert_true(host.enabled[LINE]);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
	first = witness_log.next;
	world_pass(end - 1 - host.now);
	assert_true(reaches(ADDRESS, DEVICE, RW));
	world_pass(1);
	/* In the tables and in the cache of translations. */
	assert_true(is_unreachable(ADDRESS));
	assert_false(host.enabled[LINE]);
	assert_int_equal(count_records(first, RVX_WITNESS_DEVICE_LEASE_EXPIRE, &record), 1);
	assert_int_equal(record->p0, end);
	assert_int_equal(record->p1, RVX_MAPPING(driver.partition->number, ADDRESS, RW));
	assert_int_equal(task_state(driver.task), TASK_READY);
	assert_true(world_switch_to(driver.task));
	EXPECT_EVENT(LINE, 0, 1);
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_EXPIRED);
	assert_int_equal(bind(lease), RVX_EXPIRED);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, LONG), RVX_EXPIRED);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, lease), RVX_EXPIRED);
	assert_int_equal(grant(lease, DEVICE, 2, LINE, LONG), RVX_WRONG_STATE);
	/* To another one the device goes at once. */
	assert_int_equal(grant(new_lease(), DEVICE, 2, LINE, LONG), RVX_OK);
}

/* Although the granter runs on, and nobody chooses anew what runs. */
static void the_timer_knows_of_the_end_at_once(void **state)
{
	(void)state;
	build();
	assert_true(world_switch_to(world.root));
	assert_true(host.timer_at > host.now + 200);
	assert_int_equal(
		STEP(world.root, RVX_SYS_LEASE_GRANT, new_lease(), PARENT, 0xc000000, 1, 0, 200, 0),
		RVX_OK);
	assert_true(host.timer_at <= host.now + 200);
}

/* The timer's interrupt comes after the call: the call already finds the time over. */
static void a_lease_is_over_even_before_the_tick(void **state)
{
	(void)state;
	build();
	assert_int_equal(bind(lease), RVX_OK);
	assert_true(world_switch_to(world.root));
	host.now = world.root->frame.x[1] + LONG + 1000;
	assert_int_equal(STEP(world.root, RVX_SYS_LEASE_RENEW, lease, LONG), RVX_EXPIRED);
	assert_int_equal(STEP(world.root, RVX_SYS_REGION_MAP, 0, lease, driver.partition_handle,
			      ADDRESS, RW),
			 RVX_EXPIRED);
}

static void renewal_moves_the_end_and_never_back(void **state)
{
	const struct rvx_witness *record = NULL;
	uint64_t end, first;

	(void)state;
	build();
	end = world.root->frame.x[1];
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_OK);
	first = witness_log.next;
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, LONG / 2), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, 0), RVX_BAD_ARGUMENT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, RVX_LEASE_TICKS_MAX + 1),
			 RVX_OUT_OF_RANGE);
	world_pass(LONG / 2);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, LONG), RVX_OK);
	assert_true(world.root->frame.x[1] > end);
	assert_int_equal(count_records(first, RVX_WITNESS_DEVICE_LEASE_RENEW, &record), 1);
	assert_int_equal(record->p0, world.root->frame.x[1]);
	assert_int_equal(record->p1, end);
	end = world.root->frame.x[1];
	world_pass(end - host.now - 1);
	assert_true(reaches(ADDRESS, DEVICE, RW));
	world_pass(1);
	assert_true(is_unreachable(ADDRESS));
}

static void endless_lease_ends_only_when_it_is_returned(void **state)
{
	(void)state;
	build();
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, RVX_LEASE_ENDLESS), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, lease, LONG), RVX_OUT_OF_RANGE);
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_OK);
	world_pass(3 * (uint64_t)LONG);
	assert_true(reaches(ADDRESS, DEVICE, RW));
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, lease), RVX_OK);
	assert_true(is_unreachable(ADDRESS));
}

static void who_returns_a_lease_is_not_told_and_others_are(void **state)
{
	const struct rvx_witness *record = NULL;
	rvx_handle_t held;
	uint64_t first;

	(void)state;
	for (uint32_t by_root = 0; by_root < 2; by_root++) {
		build();
		held = mint_for_driver(lease, RW);
		assert_int_equal(
			ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, held, driver.task_handle),
			RVX_OK);
		first = witness_log.next;
		if (by_root)
			assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, lease), RVX_OK);
		else
			assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_RETURN, held), RVX_OK);
		assert_int_equal(count_records(first, RVX_WITNESS_DEVICE_LEASE_REVOKE, &record), 1);
		assert_false(host.enabled[LINE]);
		assert_int_equal(driver.task->pending, by_root);
		assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0),
				 by_root ? BADGE : WORLD_BLOCKED);
		if (by_root)
			EXPECT_EVENT(LINE, 0, 1);
		assert_null(driver.task->leases);
	}
}

static void interrupt_is_told_once_and_masked_until_it_is_acknowledged(void **state)
{
	rvx_handle_t held;

	(void)state;
	build();
	held = mint_for_driver(lease, RW);
	want(LINE);
	assert_int_equal(driver.task->pending, 0);
	assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_ACKNOWLEDGE, held), RVX_NOT_BOUND);
	assert_int_equal(ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, held, driver.task_handle),
			 RVX_OK);
	assert_int_equal(bind(lease), RVX_OCCUPIED);
	assert_int_equal(ROOT(RVX_SYS_LEASE_ACKNOWLEDGE, lease), RVX_NOT_BOUND);
	want(LINE);
	assert_false(host.enabled[LINE]);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), BADGE);
	EXPECT_EVENT(LINE, 1, 0);
	/* Still wanted: nothing comes before it is acknowledged, then it does again. */
	want(LINE);
	assert_int_equal(driver.task->pending, 0);
	assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_ACKNOWLEDGE, held), RVX_OK);
	want(LINE);
	assert_int_equal(driver.task->pending, 1);
	/* Acknowledged before it was received: one event tells of both. */
	assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_ACKNOWLEDGE, held), RVX_OK);
	want(LINE);
	assert_int_equal(driver.task->pending, 1);
	host.wanted[LINE] = false;
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), BADGE);
	EXPECT_EVENT(LINE, 2, 0);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), WORLD_BLOCKED);
}

static void a_lease_that_ended_cannot_mask_the_next_holders_interrupt(void **state)
{
	rvx_handle_t next;

	(void)state;
	build();
	assert_int_equal(bind(lease), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, lease), RVX_OK);
	next = new_lease();
	assert_int_equal(grant(next, DEVICE, 2, LINE, LONG), RVX_OK);
	assert_int_equal(bind(next), RVX_OK);
	assert_true(host.enabled[LINE]);
	/* It was not told of the end yet, so it is bound still. */
	assert_int_equal(driver.task->pending, 1);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, lease), RVX_OK);
	assert_int_equal(driver.task->pending, 0);
	assert_true(host.enabled[LINE]);
}

static void storm_of_a_device_that_nobody_has_comes_to_nothing(void **state)
{
	(void)state;
	build();
	assert_int_equal(bind(lease), RVX_OK);
	host.wanted[LINE] = host.wanted[LINE + 1] = true;
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, lease), RVX_OK);
	assert_int_equal(host_device_wants(), 0);
	/* One that is let through although nobody has it is masked where it comes. */
	host.enabled[LINE + 1] = true;
	world.checks = false;
	world_interrupt();
	world.checks = true;
	assert_false(host.enabled[LINE + 1]);
	assert_int_equal(driver.task->pending, 1);
}

static void inbox_gives_faults_then_interrupts_then_notifications_then_calls(void **state)
{
	struct actor client, faulter;
	struct link link;
	rvx_handle_t held;

	(void)state;
	build();
	client = world_actor();
	faulter = world_actor();
	link = world_link(&client, &driver);
	held = mint_for_driver(lease, RW);
	assert_int_equal(ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, held, driver.task_handle),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_TASK_SUPERVISE, faulter.task_handle, driver.task_handle),
			 RVX_OK);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, link.from, 5, 0), RVX_OK);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_CALL, link.from, 7), WORLD_BLOCKED);
	want(LINE);
	assert_true(world_switch_to(faulter.task));
	world_fault(RVX_FAULT_DATA, 0x1234);
	assert_int_equal(driver.task->pending, 4);
	assert_true(CALL(driver.task, RVX_SYS_RECV, 0) >= 0);
	assert_int_equal(driver.task->frame.x[1], RVX_EVENT_FAULT);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), BADGE);
	EXPECT_EVENT(LINE, 1, 0);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), link.to_badge);
	assert_int_equal(driver.task->frame.x[1], RVX_EVENT_NOTIFICATION);
	assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), link.to_badge);
	assert_int_equal(RVX_EVENT_LABEL(driver.task->frame.x[1]), 7);
}

/*
 * Windows.
 */

static rvx_handle_t region, windowed;

static void build_window(void)
{
	build();
	region = world_retype(RVX_OBJECT_REGION, 4);
	windowed = new_lease();
	assert_int_equal(map_at(region, ADDRESS, RW), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, windowed, PARENT, 0xd000000, 1, 0, LONG, region),
			 RVX_OK);
}

static void expect_window_is_kept(rvx_handle_t copy)
{
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, region), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_REGION_PROTECT, 0, region, R), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, world.untyped), RVX_BUSY);
	assert_int_equal(map_at(copy, ADDRESS + 16 * PAGE, RX), RVX_WX_CONFLICT);
	assert_int_equal(grant(new_lease(), 0xd000000, 1, 0, LONG), RVX_OCCUPIED);
	assert_true(reaches(ADDRESS, ((struct region *)world_object(region))->base, RW));
}

static void window_stays_as_it_is_until_the_device_was_reset(void **state)
{
	const struct rvx_witness *record = NULL;
	rvx_handle_t copy;
	uint64_t first;

	(void)state;
	for (uint32_t how = 0; how < 3; how++) {
		build_window();
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, region, 0, world_slot(), RVX_RIGHTS_ALL),
				 RVX_OK);
		copy = world.root->frame.x[1];
		expect_window_is_kept(copy);
		assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, PARENT, 0xd000000), RVX_WRONG_STATE);
		assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, PARENT, 0xd001000), RVX_NOTHING);
		assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, lease, 0xd000000), RVX_WRONG_STATE);
		if (how == 0)
			world_pass(LONG);
		else if (how == 1)
			assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, windowed), RVX_OK);
		else
			assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, windowed), RVX_OK);
		expect_window_is_kept(copy);
		/* A copy that maps nothing holds nothing up. */
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, copy), RVX_OK);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, region), RVX_BUSY);
		first = witness_log.next;
		assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, PARENT, 0xd000000), RVX_OK);
		assert_int_equal(count_records(first, RVX_WITNESS_DEVICE_LEASE_RESET, &record), 1);
		assert_int_equal(record->p0, RVX_LEASE_WORD(0xd000000, 1, 0, 0));
		assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, PARENT, 0xd000000), RVX_NOTHING);
		assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, region), RVX_OK);
		assert_int_equal(grant(new_lease(), 0xd000000, 1, 0, LONG), RVX_OK);
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, region), RVX_OK);
	}
}

static void window_must_be_writable_by_who_grants_and_run_by_nobody(void **state)
{
	rvx_handle_t readable, empty;

	(void)state;
	build();
	empty = new_lease();
	region = world_retype(RVX_OBJECT_REGION, 4);
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, region, 0, world_slot(), R), RVX_OK);
	readable = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, PARENT, 0xd000000, 1, 0, LONG, readable),
			 RVX_NO_RIGHT);
	assert_int_equal(map_at(region, ADDRESS, RX), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, PARENT, 0xd000000, 1, 0, LONG, region),
			 RVX_WX_CONFLICT);
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, region), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, PARENT, 0xd000000, 1, 0, LONG, region),
			 RVX_OK);
}

/* Whatever else ends, the memory is not given out before the reset. */
static void memory_of_a_window_outlives_its_region(void **state)
{
	rvx_handle_t untyped, table;
	uint64_t base;

	(void)state;
	build();
	untyped = world_retype(RVX_OBJECT_UNTYPED, 16);
	table = world_retype(RVX_OBJECT_CAPTABLE, 4);
	region = world_retype_from(untyped, RVX_OBJECT_REGION, 15);
	base = ((struct region *)world_object(region))->base;
	windowed = new_lease();
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, windowed, PARENT, 0xd000000, 1, 0, LONG, region),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, region, table, 1), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, table), RVX_OK);
	assert_int_equal(
		ROOT(RVX_SYS_UNTYPED_RETYPE, untyped, RVX_OBJECT_REGION, 15, 0, world_slot()),
		RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, windowed), RVX_OK);
	assert_int_equal(
		ROOT(RVX_SYS_UNTYPED_RETYPE, untyped, RVX_OBJECT_REGION, 15, 0, world_slot()),
		RVX_NO_MEMORY);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, PARENT, 0xd000000), RVX_OK);
	region = world_retype_from(untyped, RVX_OBJECT_REGION, 15);
	assert_int_equal(((struct region *)world_object(region))->base, base);
}

/*
 * Ends.
 */

enum ending {
	MASTER_DELETED,
	UNTYPED_REVOKED,
	TABLE_DELETED,
	COPY_DELETED,
	MASTER_REVOKED,
	PARTITION_DELETED,
	TASK_DELETED,
	ENDINGS
};

/* How far the lease came: nothing, mapped, bound too, with an interrupt in the inbox, ended. */
#define STAGES 6u

static void destruction_in_every_state_leaves_nothing_behind(void **state)
{
	(void)state;
	for (uint32_t ending = 0; ending < ENDINGS; ending++) {
		for (uint32_t stage = 0; stage < STAGES; stage++) {
			rvx_handle_t untyped, table, mine, held = 0;
			uint64_t first;
			bool lives = ending >= COPY_DELETED, ended = stage == STAGES - 1;

			build();
			untyped = world_retype(RVX_OBJECT_UNTYPED, 14);
			table = world_retype(RVX_OBJECT_CAPTABLE, 4);
			mine = world_retype_from(untyped, RVX_OBJECT_LEASE, 0);
			if (stage > 0)
				assert_int_equal(grant(mine, 0xe000000, 3, LINE + 2, LONG / 2),
						 RVX_OK);
			held = mint_for_driver(mine, RW);
			if (stage > 1)
				assert_int_equal(ROOT(RVX_SYS_REGION_MAP, driver.table_handle, held,
						      driver.partition_handle, ADDRESS, RW),
						 RVX_OK);
			if (stage > 2)
				assert_int_equal(ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, held,
						      driver.task_handle),
						 RVX_OK);
			if (stage > 3)
				want(LINE + 2);
			if (ended)
				assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, mine), RVX_OK);
			first = witness_log.next;
			switch (ending) {
			case MASTER_DELETED:
				assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, mine),
						 RVX_HAS_CHILDREN);
				assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, mine), RVX_OK);
				assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, mine), RVX_OK);
				break;
			case UNTYPED_REVOKED:
				assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, untyped), RVX_OK);
				break;
			case TABLE_DELETED:
				assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, mine, table, 3), RVX_OK);
				assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, table), RVX_OK);
				break;
			case COPY_DELETED:
				assert_int_equal(
					ROOT(RVX_SYS_CAP_DELETE, driver.table_handle, held),
					RVX_OK);
				break;
			case MASTER_REVOKED:
				assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, mine), RVX_OK);
				break;
			case PARTITION_DELETED:
				assert_int_equal(
					ROOT(RVX_SYS_CAP_DELETE, 0, driver.partition_handle),
					RVX_OK);
				break;
			default:
				assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, driver.task_handle),
						 RVX_OK);
				break;
			}
			/* Exactly those that were in force and are gone left the record of their end. */
			assert_int_equal(
				count_records(first, RVX_WITNESS_DEVICE_LEASE_REVOKE, NULL),
				stage > 0 && !ended && !lives);
			assert_false(host.enabled[LINE + 2]);
			if (ending != PARTITION_DELETED && ending != TASK_DELETED)
				assert_true(is_unreachable(ADDRESS));
			if (ending != PARTITION_DELETED)
				assert_int_equal(driver.task->pending, 0);
			/* And the device can be had again, or is still who had it's. */
			assert_int_equal(grant(new_lease(), 0xe000000, 3, LINE + 2, LONG),
					 lives && stage > 0 && !ended ? RVX_OCCUPIED : RVX_OK);
			if (!lives || stage == 0 || ended)
				continue;
			assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, mine), RVX_OK);
		}
	}
}

static void capability_that_moves_takes_mapping_and_binding_along(void **state)
{
	rvx_handle_t held;

	(void)state;
	build();
	held = mint_for_driver(lease, RW | RVX_RIGHT_GRANT);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, driver.table_handle, held,
			      driver.partition_handle, ADDRESS, RW),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LEASE_BIND, driver.table_handle, held, driver.task_handle),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, driver.table_handle, held, driver.table_handle, 40),
			 RVX_OK);
	held = world.root->frame.x[1];
	assert_true(reaches(ADDRESS, DEVICE, RW));
	assert_int_equal(ROOT(RVX_SYS_CAP_DESCRIBE, driver.table_handle, 40), RVX_OK);
	assert_int_equal(world.root->frame.x[4], BADGE);
	assert_int_equal(world.root->frame.x[5],
			 RVX_MAPPING(driver.partition->number, ADDRESS, RW));
	assert_int_equal(world.root->frame.x[6], RVX_LEASE_WORD(DEVICE, 2, LINE, 1));
	assert_true(world.root->frame.x[7] > host.now);
	/* The master maps and binds nothing: it is not the one to unmap. */
	assert_int_equal(ROOT(RVX_SYS_REGION_UNMAP, 0, lease), RVX_NOT_MAPPED);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, driver.table_handle, held), RVX_OK);
	assert_true(is_unreachable(ADDRESS));
	assert_null(driver.task->leases);
	assert_int_equal(bind(lease), RVX_OK);
	assert_int_equal(map_at(lease, ADDRESS, RW), RVX_OK);
}

static void a_task_hears_of_eight_leases(void **state)
{
	rvx_handle_t leases[9];

	(void)state;
	build();
	for (uint32_t i = 0; i < 9; i++) {
		leases[i] = new_lease();
		assert_int_equal(grant(leases[i], 0xc000000 + i * PAGE, 1, 44 + i, LONG), RVX_OK);
		assert_int_equal(bind(leases[i]), i < 8 ? RVX_OK : RVX_LIMIT);
	}
	for (uint32_t i = 8; i-- > 0;)
		want(44 + i);
	assert_int_equal(driver.task->pending, 8);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, leases[3]), RVX_OK);
	assert_int_equal(driver.task->pending, 7);
	assert_int_equal(bind(leases[8]), RVX_OK);
	/* In the order in which they came. */
	for (uint32_t i = 8; i-- > 0;) {
		if (i == 3)
			continue;
		assert_int_equal(CALL(driver.task, RVX_SYS_RECV, 0), 0);
		assert_int_equal(driver.task->frame.x[2], 44 + i);
	}
}

static void as_many_devices_are_leased_as_there_are_places(void **state)
{
	rvx_handle_t last = 0;

	(void)state;
	build();
	for (uint32_t i = 1; i < CONFIG_LEASES_MAX; i++) {
		last = new_lease();
		assert_int_equal(grant(last, 0xc000000 + i * PAGE, 1, 0, LONG), RVX_OK);
	}
	assert_int_equal(grant(new_lease(), 0xd000000, 1, 0, LONG), RVX_LIMIT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, last), RVX_OK);
	assert_int_equal(grant(new_lease(), 0xd000000, 1, 0, LONG), RVX_OK);
	/* All of them end, at one tick. */
	world_pass(2 * LONG);
	assert_int_equal(grant(new_lease(), 0xc000000, 64, LINE, LONG), RVX_OK);
}

/* The grant pays for the end: with the n-th credit missing nothing changes, and the end comes. */
static void the_record_of_the_end_is_reserved_by_the_grant(void **state)
{
	const rvx_handle_t log = RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1);
	rvx_handle_t parent, mine;

	(void)state;
	for (uint64_t credits = 0; credits < 4; credits++) {
		uint64_t used;

		build();
		parent = world_give(&driver, PARENT, RVX_RIGHTS_ALL);
		mine = world_give(&driver, new_lease(), RVX_RIGHTS_ALL);
		used = driver.partition->credits_used;
		assert_int_equal(
			ROOT(RVX_SYS_LOG_GRANT, log, driver.partition_handle, used + credits),
			RVX_OK);
		assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_GRANT, mine, parent, 0xd000000, 1,
				      0, LONG, 0),
				 credits < 2 ? RVX_WITNESS_FULL : RVX_OK);
		if (credits < 2)
			continue;
		assert_int_equal(driver.partition->credits_used, used + 2);
		if (credits == 2) {
			/* Without a credit left it goes, by itself or by hand. */
			assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_RENEW, mine, LONG),
					 RVX_WITNESS_FULL);
			assert_int_equal(CALL(driver.task, RVX_SYS_LEASE_RETURN, mine), RVX_OK);
		} else {
			world_pass(2 * LONG);
		}
		assert_int_equal(driver.partition->credits_used, used + 2);
		assert_int_equal(grant(new_lease(), 0xd000000, 1, 0, LONG), RVX_OK);
	}
}

/* Whoever granted it can be gone when it ends. */
static void a_lease_outlives_the_partition_that_granted_it(void **state)
{
	struct actor manager;
	rvx_handle_t parent, mine;
	uint64_t first;

	(void)state;
	build();
	manager = world_actor();
	mine = new_lease();
	parent = world_give(&manager, PARENT, RVX_RIGHTS_ALL);
	assert_int_equal(CALL(manager.task, RVX_SYS_LEASE_GRANT,
			      world_give(&manager, mine, RVX_RIGHTS_ALL), parent, 0xd000000, 1, 0,
			      LONG, 0),
			 RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, manager.partition_handle), RVX_OK);
	assert_int_equal(map_at(mine, ADDRESS, RW), RVX_OK);
	first = witness_log.next;
	world_pass(2 * LONG);
	assert_int_equal(count_records(first, RVX_WITNESS_DEVICE_LEASE_EXPIRE, NULL), 2);
	assert_true(is_unreachable(ADDRESS));
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1),
			      witness_log.next),
			 RVX_OK);
}

static void the_kernel_prints_while_nobody_leases_its_console(void **state)
{
	const rvx_handle_t machine = RVX_HANDLE(RVX_BOOT_MACHINE, 1);
	rvx_handle_t console;

	(void)state;
	build();
	console = new_lease();
	assert_int_equal(ROOT(RVX_SYS_MACHINE_WRITE, machine, 1, 'a'), RVX_OK);
	assert_int_equal(grant(console, WORLD_CONSOLE, 1, 33, LONG), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_MACHINE_WRITE, machine, 1, 'b'), RVX_BUSY);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, console), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_MACHINE_WRITE, machine, 1, 'c'), RVX_OK);
	assert_int_equal(host.console[host.console_length - 1], 'c');
	assert_int_equal(host.console[host.console_length - 2], 'a');
}

static void rights_are_needed(void **state)
{
	rvx_handle_t parent, readable, empty;

	(void)state;
	build();
	empty = new_lease();
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, PARENT, 0, world_slot(),
			      RVX_RIGHTS_ALL & ~RVX_RIGHT_GRANT),
			 RVX_OK);
	parent = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, lease, 0, world_slot(), R), RVX_OK);
	readable = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_LEASE_GRANT, empty, parent, 0xd000000, 1, 0, LONG, 0),
			 RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RESET, parent, 0xd000000), RVX_NO_RIGHT);
	assert_int_equal(map_at(readable, ADDRESS, RW), RVX_NO_RIGHT);
	assert_int_equal(bind(readable), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_ACKNOWLEDGE, readable), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RENEW, readable, LONG), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_LEASE_RETURN, readable), RVX_NO_RIGHT);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, PARENT), RVX_NOT_DERIVABLE);
	assert_int_equal(map_at(readable, ADDRESS, R), RVX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_are_reached_through_the_lease_and_nothing_beside_them),
		cmocka_unit_test(largest_lease_is_mapped_across_two_tables),
		cmocka_unit_test(what_is_not_the_parents_is_refused),
		cmocka_unit_test(expiry_takes_the_registers_away_and_tells_the_holder),
		cmocka_unit_test(the_timer_knows_of_the_end_at_once),
		cmocka_unit_test(a_lease_is_over_even_before_the_tick),
		cmocka_unit_test(renewal_moves_the_end_and_never_back),
		cmocka_unit_test(endless_lease_ends_only_when_it_is_returned),
		cmocka_unit_test(who_returns_a_lease_is_not_told_and_others_are),
		cmocka_unit_test(interrupt_is_told_once_and_masked_until_it_is_acknowledged),
		cmocka_unit_test(a_lease_that_ended_cannot_mask_the_next_holders_interrupt),
		cmocka_unit_test(storm_of_a_device_that_nobody_has_comes_to_nothing),
		cmocka_unit_test(inbox_gives_faults_then_interrupts_then_notifications_then_calls),
		cmocka_unit_test(window_stays_as_it_is_until_the_device_was_reset),
		cmocka_unit_test(window_must_be_writable_by_who_grants_and_run_by_nobody),
		cmocka_unit_test(memory_of_a_window_outlives_its_region),
		cmocka_unit_test(destruction_in_every_state_leaves_nothing_behind),
		cmocka_unit_test(capability_that_moves_takes_mapping_and_binding_along),
		cmocka_unit_test(a_task_hears_of_eight_leases),
		cmocka_unit_test(as_many_devices_are_leased_as_there_are_places),
		cmocka_unit_test(the_record_of_the_end_is_reserved_by_the_grant),
		cmocka_unit_test(a_lease_outlives_the_partition_that_granted_it),
		cmocka_unit_test(the_kernel_prints_while_nobody_leases_its_console),
		cmocka_unit_test(rights_are_needed),
	};

	return unit_run(tests);
}
