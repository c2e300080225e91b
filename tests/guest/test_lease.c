/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Leases of real devices of QEMU's virt board: the clock (PL031), which interrupts at a match, that
 * is with the very store that lets a match that has come through, and the console (PL011).
 */
#include "tests/guest/probe.h"
#include "tests/guest/refusal.h"

#define OWN RVX_TABLE_OWN
#define PARENT RVX_SLOT_HANDLE(RVX_BOOT_DEVICES)
#define RW (RVX_RIGHT_READ | RVX_RIGHT_WRITE)

#define CLOCK 0x09010000u
#define CLOCK_INTERRUPT 34u
#define CLOCK_NOW 0x00u
#define CLOCK_MATCH 0x04u
#define CLOCK_MASK 0x10u
#define CLOCK_STATUS 0x14u
#define CLOCK_CLEAR 0x1cu
#define CLOCK_ID 0xfe0u
#define CLOCK_ID_VALUE 0x31u

#define CONSOLE 0x09000000u
#define CONSOLE_INTERRUPT 33u
#define CONSOLE_DATA 0x00u
#define CONSOLE_FLAGS 0x18u
#define CONSOLE_FULL 0x20u

#define PLACE (world.base + WORLD_FREE)
#define LEASE_SLOT 60u
#define LONG RVX_LEASE_TICKS_MAX
#define SOON_US 300u
/* From the end to the fault: the interrupt, the record, the unmap; in ticks of 16 instructions. */
#define TICK_SLACK 400u

static volatile uint32_t *reg(uint32_t offset)
{
	return (volatile uint32_t *)(PLACE + offset);
}

static rvx_handle_t lease_of(uint64_t address, uint64_t interrupt, uint64_t duration)
{
	const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);

	MUST(rvx_lease_grant(lease, PARENT, address, 1, interrupt, duration, 0, NULL));
	return lease;
}

/* The clock, mapped in the root; quiet. */
static rvx_handle_t own_clock(uint64_t duration)
{
	const rvx_handle_t lease = lease_of(CLOCK, CLOCK_INTERRUPT, duration);

	MUST(rvx_region_map(OWN, lease, WORLD_OWN_PARTITION, PLACE, RW));
	*reg(CLOCK_MASK) = 0;
	*reg(CLOCK_CLEAR) = 1;
	return lease;
}

/* Let the device want its interrupt. */
static void clock_raise(void)
{
	while (*reg(CLOCK_STATUS) == 0)
		*reg(CLOCK_MATCH) = *reg(CLOCK_NOW);
	*reg(CLOCK_MASK) = 1;
}

static void clock_lower(void)
{
	*reg(CLOCK_MASK) = 0;
	*reg(CLOCK_CLEAR) = 1;
}

static bool hear(struct rvx_message *message, uint64_t us)
{
	*message = (struct rvx_message){ 0 };
	return rvx_recv_until(message, rvx_ticks_now() + rvx_ticks_from_us(us)) == RVX_OK;
}

static void expect_interrupt(uint64_t badge, uint64_t number, uint64_t count, uint64_t ended,
			     int line)
{
	struct rvx_message message;

	if (!hear(&message, SOON_US)) {
		check_fail(line, "no interrupt came");
		return;
	}
	check_equal(badge, message.badge, line, "badge");
	check_equal(RVX_EVENT_INTERRUPT, message.label, line, "label");
	check_equal(number, message.words[0], line, "number");
	check_equal(count, message.words[1], line, "count");
	check_equal(ended, message.words[2], line, "ended");
}

static void expect_silence(int line)
{
	struct rvx_message message;

	if (hear(&message, SOON_US))
		check_fail(line, "label %lu came", message.label);
}

static void registers_are_reached_through_a_lease_and_nothing_beside_them(void)
{
	const rvx_handle_t lease = lease_of(CLOCK, 0, LONG);
	struct guest guest;

	guest_make(&guest);
	(void)guest_map(&guest, lease, LEASE_SLOT, PLACE, RVX_RIGHT_READ);
	probe_start(&guest);
	(void)probe_expect_value(&guest, PROBE_READ_BYTE, PLACE + CLOCK_ID, CLOCK_ID_VALUE,
				 __LINE__);
	(void)probe_expect_fault(&guest, PROBE_WRITE, PLACE + CLOCK_MASK, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_EXECUTE, PLACE, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_READ, PLACE + RVX_PAGE_SIZE, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_READ, PLACE - 8, __LINE__);
	(void)probe_expect_fault(&guest, PROBE_READ, CLOCK, __LINE__);
	MUST(rvx_region_unmap(guest.table, RVX_SLOT_HANDLE(LEASE_SLOT)));
	(void)probe_expect_fault(&guest, PROBE_READ_BYTE, PLACE + CLOCK_ID, __LINE__);
}

/* Reads the device for ever, and tells when it last began to, and could. */
static void spin_main(uint64_t argument)
{
	for (;;) {
		const uint64_t now = rvx_ticks_now();

		board()[2] = *reg(CLOCK_ID);
		board()[3] = now;
		board()[4] += argument;
	}
}

static void registers_are_gone_within_a_tick_of_the_end(void)
{
	uint64_t round, from = log_status().next;

	for (round = 0; round < 8; round++) {
		const uint64_t duration = rvx_ticks_from_us(SOON_US) + 1000 + round * 7;
		const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);
		struct guest_fault fault = { 0 };
		struct guest guest;
		uint64_t end = 0, first = 0, fault_record = 0;

		board()[2] = board()[3] = board()[4] = 0;
		guest_make(&guest);
		MUST(rvx_lease_grant(lease, PARENT, CLOCK, 1, 0, duration, 0, &end));
		(void)guest_map(&guest, lease, LEASE_SLOT, PLACE, RW);
		guest_start(&guest, spin_main, 1);
		if (!EXPECT(guest_wait_fault(&fault, 10 * SOON_US)))
			return;
		EXPECT_EQUAL(RVX_FAULT_DATA, fault.kind);
		EXPECT_EQUAL(PLACE + CLOCK_ID, fault.address);
		EXPECT_EQUAL(CLOCK_ID_VALUE, board()[2]);
		EXPECT(board()[4] > 100);
		/* It was reached until the end and no longer: the tick comes with it. */
		EXPECT(board()[3] + TICK_SLACK > end);
		EXPECT(board()[3] <= end + 1);
		EXPECT_EQUAL(1, log_count(from, RVX_WITNESS_DEVICE_LEASE_EXPIRE, &first));
		EXPECT_EQUAL(end, log_record(first)->p0);
		EXPECT(log_record(first)->time >= end);
		EXPECT(log_record(first)->time < end + TICK_SLACK);
		EXPECT_EQUAL(1, log_count(from, RVX_WITNESS_TASK_FAULT, &fault_record));
		EXPECT(log_record(fault_record)->time < end + TICK_SLACK);
		if (round == 0)
			check_note("last reached %ld ticks before the end, recorded %ld after it",
				   (long)(end - board()[3]), (long)(log_record(first)->time - end));
		from = log_status().next;
		EXPECT_STATUS(EXPIRED, rvx_lease_renew(lease, LONG, NULL));
		EXPECT_STATUS(EXPIRED, rvx_region_map(OWN, lease, WORLD_OWN_PARTITION, PLACE, RW));
	}
}

/* Whoever grants a lease may go on without a call for long: the timer must know at once. */
static void the_end_does_not_wait_for_the_next_choice_of_what_runs(void)
{
	const uint64_t from = log_status().next;
	uint64_t first = 0, end = 0;
	const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);

	MUST(rvx_lease_grant(lease, PARENT, CLOCK, 1, 0, 2000, 0, &end));
	while (rvx_ticks_now() < end + 2 * TICK_SLACK)
		continue;
	if (EXPECT_EQUAL(1, log_count(from, RVX_WITNESS_DEVICE_LEASE_EXPIRE, &first)))
		EXPECT(log_record(first)->time < end + TICK_SLACK);
}

static void a_renewed_lease_goes_on_and_a_returned_one_does_not(void)
{
	const uint64_t duration = rvx_ticks_from_us(SOON_US);
	rvx_handle_t lease = own_clock(duration);
	uint64_t i, end = 0;

	for (i = 0; i < 5; i++) {
		MUST(rvx_lease_renew(lease, duration * 2, &end));
		expect_silence(__LINE__);
		EXPECT(rvx_ticks_now() + 2 * duration > end);
		EXPECT_EQUAL(CLOCK_ID_VALUE, *reg(CLOCK_ID));
	}
	EXPECT_STATUS(OUT_OF_RANGE, rvx_lease_renew(lease, duration / 2, NULL));
	MUST(rvx_lease_return(lease));
	EXPECT_STATUS(EXPIRED, rvx_lease_return(lease));
	EXPECT_STATUS(NOT_MAPPED, rvx_region_unmap(OWN, lease));
	/* The next one finds the device as it is. */
	lease = own_clock(LONG);
	EXPECT_EQUAL(CLOCK_ID_VALUE, *reg(CLOCK_ID));
	MUST(rvx_cap_delete(OWN, lease));
	lease = own_clock(LONG);
	EXPECT_EQUAL(CLOCK_ID_VALUE, *reg(CLOCK_ID));
}

static void what_is_memory_or_the_kernels_is_leased_to_nobody(void)
{
	static const uint64_t kept[] = {
		0x40000000,		/* memory: its first page, its last */
		0x4ffff000, 0x08000000, /* the interrupt controller: distributor, ITS, redistributors */
		0x0800f000, 0x08080000, 0x080a0000,
		0x08fff000, 0x09020000, /* configuration items: keys of the log are read there */
	};
	const rvx_handle_t taken = lease_of(CLOCK, CLOCK_INTERRUPT, LONG);
	const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);
	uint32_t i;

	refusal_init();
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, kept[i], 1, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, 0x3ffff000, 2, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, 0x0901f000, 2, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, UINT64_C(1) << 40, 1, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, CONSOLE, UINT64_C(1) << 52, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, CONSOLE, 65, 0, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, CONSOLE, 1, 27, LONG, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, CONSOLE, 1, 288, LONG, 0);
	REFUSED(UNALIGNED, LEASE_GRANT, lease, PARENT, CONSOLE + 4, 1, 0, LONG, 0);
	REFUSED(BAD_ARGUMENT, LEASE_GRANT, lease, PARENT, CONSOLE, 1, 0, 0, 0);
	REFUSED(OUT_OF_RANGE, LEASE_GRANT, lease, PARENT, CONSOLE, 1, 0, LONG + 1, 0);
	REFUSED(OCCUPIED, LEASE_GRANT, lease, PARENT, CLOCK, 1, 0, LONG, 0);
	REFUSED(OCCUPIED, LEASE_GRANT, lease, PARENT, CONSOLE, 17, 0, LONG, 0);
	REFUSED(OCCUPIED, LEASE_GRANT, lease, PARENT, CONSOLE, 1, CLOCK_INTERRUPT, LONG, 0);
	REFUSED(WRONG_STATE, LEASE_GRANT, taken, PARENT, CONSOLE, 1, 0, LONG, 0);
	REFUSED(WRONG_STATE, LEASE_GRANT, lease, taken, CONSOLE, 1, 0, LONG, 0);
	REFUSED(WRONG_STATE, REGION_MAP, OWN, lease, WORLD_OWN_PARTITION, PLACE, RW);
	REFUSED(BAD_ARGUMENT, REGION_MAP, OWN, taken, WORLD_OWN_PARTITION, PLACE,
		RVX_RIGHT_READ | RVX_RIGHT_EXECUTE);
	refusal_expect_victim_well();
}

static void an_interrupt_comes_once_until_it_is_acknowledged(void)
{
	const rvx_handle_t lease = own_clock(LONG);
	rvx_handle_t held = 0;

	MUST(rvx_cap_mint(OWN, lease, OWN, world_slot(), RVX_RIGHTS_ALL, 77, 0, &held));
	/* Nobody is bound: it waits in the device. */
	clock_raise();
	expect_silence(__LINE__);
	MUST(rvx_lease_bind(OWN, held, WORLD_OWN_TASK));
	expect_interrupt(77, CLOCK_INTERRUPT, 1, 0, __LINE__);
	/* The line is still up. */
	expect_silence(__LINE__);
	MUST(rvx_lease_acknowledge(held));
	expect_interrupt(77, CLOCK_INTERRUPT, 1, 0, __LINE__);
	MUST(rvx_lease_acknowledge(held));
	MUST(rvx_lease_acknowledge(held));
	expect_interrupt(77, CLOCK_INTERRUPT, 2, 0, __LINE__);
	clock_lower();
	MUST(rvx_lease_acknowledge(held));
	expect_silence(__LINE__);
	clock_raise();
	expect_interrupt(77, CLOCK_INTERRUPT, 1, 0, __LINE__);
	/* By whichever capability it is acknowledged; by nobody else. */
	clock_lower();
	MUST(rvx_lease_acknowledge(lease));
	expect_silence(__LINE__);
}

static void the_end_is_told_like_an_interrupt(void)
{
	const rvx_handle_t lease = own_clock(rvx_ticks_from_us(SOON_US / 2));
	rvx_handle_t held = 0, next;

	MUST(rvx_cap_mint(OWN, lease, OWN, world_slot(), RVX_RIGHTS_ALL, 78, 0, &held));
	MUST(rvx_lease_bind(OWN, held, WORLD_OWN_TASK));
	expect_interrupt(78, CLOCK_INTERRUPT, 0, 1, __LINE__);
	EXPECT_STATUS(EXPIRED, rvx_lease_acknowledge(held));
	expect_silence(__LINE__);
	/* Its interrupt belongs to the next holder: the old one cannot mask it by going away. */
	next = own_clock(LONG);
	MUST(rvx_lease_bind(OWN, next, WORLD_OWN_TASK));
	MUST(rvx_cap_delete(OWN, held));
	MUST(rvx_cap_delete(OWN, lease));
	clock_raise();
	expect_interrupt(0, CLOCK_INTERRUPT, 1, 0, __LINE__);
	clock_lower();
}

/* How far a loop comes in a while. */
static uint64_t work(void)
{
	const uint64_t end = rvx_ticks_now() + rvx_ticks_from_us(SOON_US);
	uint64_t count = 0;

	while (rvx_ticks_now() < end)
		count++;
	return count;
}

static void a_device_that_storms_takes_nobodys_time(void)
{
	rvx_handle_t lease = own_clock(LONG);
	uint64_t before, masked, after;

	before = work();
	MUST(rvx_lease_bind(OWN, lease, WORLD_OWN_TASK));
	clock_raise();
	masked = work();
	/* The line stays up when the lease is gone. */
	MUST(rvx_cap_delete(OWN, lease));
	after = work();
	EXPECT(masked * 100 > before * 97);
	EXPECT(after * 100 > before * 97);
	lease = own_clock(LONG);
	EXPECT_EQUAL(0, *reg(CLOCK_STATUS));
}

/* Counts interrupts, acknowledging each a while later, and hears of the end. Nobody spins for a core
 * that the emulator does not let run meanwhile. */
static void listen_main(uint64_t argument)
{
	struct rvx_message message = { .badge = argument };

	for (;;) {
		const uint64_t soon = rvx_ticks_now() + rvx_ticks_from_us(SOON_US);

		if (rvx_recv_until(&message, soon) != RVX_OK) {
			(void)rvx_lease_acknowledge(RVX_SLOT_HANDLE(LEASE_SLOT));
			continue;
		}
		board()[5] += message.words[1];
		board()[6] = message.words[2];
	}
}

static bool board_changes(uint32_t word, uint64_t before)
{
	struct rvx_message message;
	uint32_t i;

	for (i = 0; i < 1000 && board()[word] == before; i++)
		(void)hear(&message, SOON_US);
	return board()[word] != before;
}

/* The end comes on the core where the lease was granted, the holder lives on another. */
static void leases_reach_across_cores(void)
{
	const rvx_handle_t lease = own_clock(LONG), short_one = world_make(RVX_OBJECT_LEASE, 0);
	struct guest listener, reader;
	struct guest_fault fault = { 0 };
	rvx_handle_t held = 0;
	uint64_t end = 0, count;
	uint32_t i;

	board()[4] = board()[5] = board()[6] = 0;
	guest_make(&listener);
	MUST(rvx_cap_mint(OWN, lease, listener.table, LEASE_SLOT, RVX_RIGHT_WRITE, 9, 0, &held));
	MUST(rvx_lease_bind(listener.table, held, listener.task));
	/* Bound here, it moves: the first interrupt still comes to this core. */
	MUST(rvx_task_place(listener.task, 1));
	guest_start(&listener, listen_main, 0);
	for (i = 0; i < 4; i++) {
		count = board()[5];
		clock_raise();
		EXPECT(board_changes(5, count));
		clock_lower();
	}
	MUST(rvx_lease_return(lease));
	EXPECT(board_changes(6, 0));

	guest_make(&reader);
	/* Long enough for the reader to begin on a host that is busy. */
	MUST(rvx_lease_grant(short_one, PARENT, CLOCK, 1, 0, rvx_ticks_from_us(500000), 0, &end));
	(void)guest_map(&reader, short_one, LEASE_SLOT, PLACE, RW);
	MUST(rvx_task_place(reader.task, 1));
	guest_start(&reader, spin_main, 1);
	if (EXPECT(guest_wait_fault(&fault, 20000000))) {
		EXPECT_EQUAL(RVX_FAULT_DATA, fault.kind);
		EXPECT_EQUAL(PLACE + CLOCK_ID, fault.address);
		EXPECT_EQUAL(reader.badge, fault.badge);
		EXPECT(board()[4] > 0);
	}
}

static void leases_end_with_whatever_they_hang_on(void)
{
	uint32_t how;

	for (how = 0; how < 5; how++) {
		struct guest guest;
		rvx_handle_t lease, held = 0;
		uint64_t from;

		guest_make(&guest);
		probe_start(&guest);
		lease = lease_of(CLOCK, CLOCK_INTERRUPT, LONG);
		MUST(rvx_cap_mint(OWN, lease, guest.table, LEASE_SLOT, RW, 5, 0, &held));
		MUST(rvx_region_map(guest.table, held, guest.partition, PLACE, RW));
		MUST(rvx_lease_bind(guest.table, held, guest.task));
		(void)probe_expect_value(&guest, PROBE_READ_BYTE, PLACE + CLOCK_ID, CLOCK_ID_VALUE,
					 __LINE__);
		from = log_status().next;
		if (how == 0)
			MUST(rvx_cap_delete(guest.table, held));
		else if (how == 1)
			MUST(rvx_cap_revoke(OWN, lease, NULL));
		else if (how == 2)
			MUST(rvx_lease_return(lease));
		else if (how == 3)
			MUST(rvx_cap_delete(OWN, guest.partition));
		else
			MUST(rvx_cap_delete(OWN, guest.table));
		if (how <= 2)
			(void)probe_expect_fault(&guest, PROBE_READ_BYTE, PLACE + CLOCK_ID,
						 __LINE__);
		EXPECT_EQUAL(how == 2, log_count(from, RVX_WITNESS_DEVICE_LEASE_REVOKE, NULL));
		/* It can be mapped and bound anew as long as it is in force. */
		if (how == 2) {
			EXPECT_STATUS(EXPIRED, rvx_lease_bind(OWN, lease, WORLD_OWN_TASK));
		} else {
			MUST(rvx_lease_bind(OWN, lease, WORLD_OWN_TASK));
			MUST(rvx_region_map(OWN, lease, WORLD_OWN_PARTITION, PLACE, RW));
			EXPECT_EQUAL(CLOCK_ID_VALUE, *reg(CLOCK_ID));
		}
		MUST(rvx_cap_revoke(OWN, lease, NULL));
		MUST(rvx_cap_delete(OWN, lease));
		EXPECT_EQUAL(1, log_count(from, RVX_WITNESS_DEVICE_LEASE_REVOKE, NULL));
	}
}

static void a_window_is_kept_until_the_device_was_reset(void)
{
	const rvx_handle_t window = world_make(RVX_OBJECT_REGION, 4);
	const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);

	MUST(rvx_region_map(OWN, window, WORLD_OWN_PARTITION, PLACE, RW));
	MUST(rvx_lease_grant(lease, PARENT, CLOCK, 1, 0, rvx_ticks_from_us(SOON_US), window, NULL));
	EXPECT_STATUS(BUSY, rvx_region_unmap(OWN, window));
	EXPECT_STATUS(BUSY, rvx_region_protect(OWN, window, RVX_RIGHT_READ));
	EXPECT_STATUS(BUSY, rvx_cap_delete(OWN, window));
	EXPECT_STATUS(BUSY, rvx_cap_revoke(OWN, world.arena, NULL));
	EXPECT_STATUS(WRONG_STATE, rvx_lease_reset(PARENT, CLOCK));
	expect_silence(__LINE__);
	/* It has expired: whoever wants the device or the memory waits for the reset. */
	EXPECT_STATUS(EXPIRED, rvx_lease_return(lease));
	EXPECT_STATUS(BUSY, rvx_cap_revoke(OWN, world.arena, NULL));
	EXPECT_STATUS(OCCUPIED, rvx_lease_grant(world_make(RVX_OBJECT_LEASE, 0), PARENT, CLOCK, 1,
						0, LONG, 0, NULL));
	MUST(rvx_lease_reset(PARENT, CLOCK));
	MUST(rvx_region_unmap(OWN, window));
	(void)lease_of(CLOCK, 0, LONG);
}

static void the_console_prints_for_who_leases_it(void)
{
	static const char text[] = "# written through the lease\n";
	rvx_handle_t lease = lease_of(CONSOLE, CONSOLE_INTERRUPT, LONG);
	const char *c;

	MUST(rvx_region_map(OWN, lease, WORLD_OWN_PARTITION, PLACE, RW));
	EXPECT_STATUS(BUSY, rvx_machine_write(WORLD_MACHINE, 1, '#', 0, 0, 0, 0, 0, 0, 0));
	for (c = text; *c != '\0'; c++) {
		while ((*reg(CONSOLE_FLAGS) & CONSOLE_FULL) != 0)
			continue;
		*reg(CONSOLE_DATA) = (uint8_t)*c;
	}
	MUST(rvx_lease_return(lease));
	check_note("written by the kernel again");
}

static const struct check_case cases[] = {
	CHECK_CASE(registers_are_reached_through_a_lease_and_nothing_beside_them),
	CHECK_CASE(registers_are_gone_within_a_tick_of_the_end),
	CHECK_CASE(the_end_does_not_wait_for_the_next_choice_of_what_runs),
	CHECK_CASE(a_renewed_lease_goes_on_and_a_returned_one_does_not),
	CHECK_CASE(what_is_memory_or_the_kernels_is_leased_to_nobody),
	CHECK_CASE(an_interrupt_comes_once_until_it_is_acknowledged),
	CHECK_CASE(the_end_is_told_like_an_interrupt),
	CHECK_CASE(a_device_that_storms_takes_nobodys_time),
	CHECK_CASE(leases_end_with_whatever_they_hang_on),
	CHECK_CASE(a_window_is_kept_until_the_device_was_reset),
	CHECK_CASE(the_console_prints_for_who_leases_it),
};

/* Alone, without an instruction clock: a core that waits for another's lock would use up the turn of
 * both. */
static const struct check_case across_cores[] = {
	CHECK_CASE(leases_reach_across_cores),
};

int main(uint64_t argument)
{
	const struct rvx_boot_info *boot = (const struct rvx_boot_info *)argument;

	if (boot->cores > 1)
		check_run(boot, across_cores, 1);
	check_run(boot, cases, sizeof(cases) / sizeof(cases[0]));
}
