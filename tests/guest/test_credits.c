/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Credits: no change without a record, no record without a place. A partition that has used up its
 * credits is refused every call that would leave a record, before anything changes, until the log
 * is acknowledged; refusals themselves cannot fill the ring.
 */
#include "tests/guest/refusal.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OWN RVX_TABLE_OWN
#define EDGE_SLOT RVX_SLOT_EDGE_FIRST
#define RECEIVE_SLOT 200u
#define ATTEMPTS_MAX 64u
#define REGION_PLACE (world.base + WORLD_FREE)
#define LIMIT_US 100000u

/* Credits that leases in force keep for the records of their ends. */
static uint64_t reserved;

/* Leave the root that many credits, and no record in the ring but one. */
static uint64_t credits_leave(uint64_t left)
{
	uint64_t credits;

	log_drain();
	credits = log_status().credits;
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, WORLD_OWN_PARTITION, left + 1 + reserved));
	EXPECT_EQUAL(left, log_status().credits);
	return credits;
}

static void credits_restore(uint64_t credits)
{
	log_drain();
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, WORLD_OWN_PARTITION, credits + reserved));
	log_drain();
	EXPECT_EQUAL(credits, log_status().credits);
}

/* Refusals told from a sequence on, and in how many records. */
static uint64_t refusals_recorded(uint64_t from, uint64_t *records)
{
	const uint64_t end = log_status().next;
	uint64_t sequence, count = 0;

	*records = 0;
	for (sequence = from; sequence < end; sequence++) {
		if (log_record(sequence)->kind != RVX_WITNESS_PROOF_REJECTED)
			continue;
		count += log_record(sequence)->p1;
		++*records;
	}
	return count;
}

/*
 * Every call that records.
 */

struct attempt {
	uint32_t call;
	uint32_t records; /* that it needs credits for */
	int64_t outcome;  /* once it has them: at least this */
	uint64_t arguments[GATE_ARGUMENTS];
};

static struct {
	struct attempt attempts[ATTEMPTS_MAX];
	uint32_t count;
} plan;

#define ADD(call, records, ...) \
	plan_add(RVX_SYS_##call, (records), RVX_OK, (const uint64_t[GATE_ARGUMENTS]){ __VA_ARGS__ })

static void plan_add(uint32_t call, uint32_t records, int64_t outcome, const uint64_t *arguments)
{
	struct attempt *attempt;
	uint32_t i;

	if (plan.count == ATTEMPTS_MAX)
		check_bail_out(__LINE__, "more attempts than fit");
	attempt = &plan.attempts[plan.count++];
	attempt->call = call;
	attempt->records = records;
	attempt->outcome = outcome;
	for (i = 0; i < GATE_ARGUMENTS; i++)
		attempt->arguments[i] = arguments[i];
}

static rvx_handle_t region_make(void)
{
	return world_make(RVX_OBJECT_REGION, 1);
}

/* A region with a mapping in the root's own window, through the handle that is returned. */
static rvx_handle_t region_mapped(uint32_t page)
{
	const rvx_handle_t region = region_make();

	MUST(rvx_region_map(OWN, region, WORLD_OWN_PARTITION, REGION_PLACE + page * RVX_PAGE_SIZE,
			    RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	return region;
}

static void echo_main(uint64_t argument)
{
	struct rvx_message message = { 0 };

	(void)argument;
	if (rvx_recv(&message) != RVX_OK)
		return;
	while (rvx_edge_reply_recv(message.badge, &message) == RVX_OK)
		continue;
}

static void call_main(uint64_t argument)
{
	struct rvx_message message = { .label = argument };

	(void)rvx_edge_call(RVX_EDGE(0), &message);
	for (;;)
		(void)rvx_recv(&message);
}

/* A guest joined with the root; the root's handle. */
static rvx_handle_t friend_make(void (*main_)(uint64_t))
{
	const struct guest root = guest_root();
	struct guest guest;
	struct guest_end near = { .guest = &root };
	struct guest_end far = {
		.guest = &guest,
		.slot = EDGE_SLOT,
		.receive_slot = RECEIVE_SLOT,
	};

	guest_make(&guest);
	(void)guest_join(&near, &far);
	guest_start(&guest, main_, 0);
	return near.handle;
}

static void plan_messages(void)
{
	struct rvx_message message = { 0 };
	const uint64_t region = region_make();
	uint64_t edge = friend_make(echo_main);

	ADD(EDGE_CALL_EXTENDED, 1, edge, 0, 1, 2, 3, 4, 5, 6, 7, 8, region);
	edge = friend_make(call_main);
	MUST(rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(LIMIT_US)));
	ADD(EDGE_REPLY_EXTENDED, 1, edge, message.label, 1, 2, 3, 4, 5, 6, 7, 8, region);
	edge = friend_make(call_main);
	MUST(rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(LIMIT_US)));
	/* When it has replied it receives: a deadline in the past. */
	plan_add(RVX_SYS_EDGE_REPLY_RECV_EXTENDED, 1, RVX_TIMED_OUT,
		 (const uint64_t[GATE_ARGUMENTS]){ edge, message.label, 1, 2, 3, 4, 5, 6, 7, 8,
						   region, 1 });
}

static void plan_capabilities(void)
{
	const uint64_t region = region_make();
	const uint64_t parent = region_make();
	const uint64_t nobody = world_make(RVX_OBJECT_EDGE, 0);

	(void)world_copy(parent, RVX_RIGHTS_ALL);
	ADD(UNTYPED_RETYPE, 1, world.arena, RVX_OBJECT_REGION, 1, OWN, world_slot());
	ADD(UNTYPED_RETYPE, 1, world.arena, RVX_OBJECT_CAPTABLE, 4, OWN, world_slot());
	ADD(UNTYPED_RETYPE, 1, world.arena, RVX_OBJECT_PARTITION, 1, OWN, world_slot());
	ADD(CAP_COPY, 1, OWN, region, OWN, world_slot(), RVX_RIGHTS_ALL);
	ADD(CAP_MINT, 1, OWN, nobody, OWN, world_slot(), RVX_RIGHTS_ALL, 7, 1);
	ADD(CAP_MOVE, 1, OWN, region_make(), OWN, world_slot());
	ADD(CAP_DELETE, 1, OWN, world_copy(region, RVX_RIGHTS_ALL));
	ADD(CAP_DELETE, 1, OWN, region_make());
	ADD(CAP_DELETE, 1, OWN, region_mapped(0));
	ADD(CAP_DELETE, 1, OWN, world_make(RVX_OBJECT_TASK, 0));
	ADD(CAP_DELETE, 1, OWN, world_make(RVX_OBJECT_EDGE, 0));
	ADD(CAP_DELETE, 1, OWN, world_make(RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN));
	ADD(CAP_DELETE, 2, OWN, world_make(RVX_OBJECT_CAPTABLE, 4));
	ADD(CAP_DELETE, 2, OWN, world_make(RVX_OBJECT_PARTITION, 1));
	ADD(CAP_REVOKE, 2, OWN, parent);
}

static void plan_partitions_and_tasks(void)
{
	const uint64_t created = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t running = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t recovering = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t suspended = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	uint64_t tasks[4];
	uint32_t i;

	for (i = 0; i < COUNT_OF(tasks); i++)
		tasks[i] = world_make(RVX_OBJECT_TASK, 0);
	for (i = 1; i < COUNT_OF(tasks); i++)
		MUST(rvx_task_bind(tasks[i], created, table));
	for (i = 2; i < COUNT_OF(tasks); i++)
		MUST(rvx_task_start(tasks[i], 0, 0, 0));
	MUST(rvx_task_suspend(tasks[3]));
	MUST(rvx_partition_start(running));
	MUST(rvx_partition_start(recovering));
	MUST(rvx_partition_start(suspended));
	MUST(rvx_partition_suspend(suspended));
	ADD(TASK_BIND, 1, tasks[0], created, table);
	ADD(TASK_WRITE_REGISTERS, 1, tasks[1], 0, 1, 2, 3, 4, 5, 6, 7, 8);
	ADD(TASK_SCHEDULE, 1, tasks[1], 10, 10, 10, 0);
	ADD(TASK_SUPERVISE, 1, tasks[1], tasks[2]);
	ADD(TASK_PLACE, 1, tasks[1], 0);
	ADD(TASK_RESTART, 1, tasks[2]);
	ADD(TASK_START, 1, tasks[1], 0, 0, 0);
	ADD(TASK_SUSPEND, 1, tasks[2]);
	ADD(TASK_RESUME, 1, tasks[3]);
	ADD(PARTITION_RECOVER, 1, recovering);
	ADD(PARTITION_SUSPEND, 1, running);
	ADD(PARTITION_RESUME, 1, suspended);
	ADD(PARTITION_START, 1, world_make(RVX_OBJECT_PARTITION, 0));
}

#define PARENT RVX_SLOT_HANDLE(RVX_BOOT_DEVICES)
#define DEVICE 0xa000000u /* nothing is touched there */

static rvx_handle_t lease_make(uint64_t address, rvx_handle_t window)
{
	const rvx_handle_t lease = world_make(RVX_OBJECT_LEASE, 0);

	MUST(rvx_lease_grant(lease, PARENT, address, 1, 0, RVX_LEASE_ENDLESS, window, NULL));
	return lease;
}

static rvx_handle_t kept[2];

static void plan_leases(void)
{
	const rvx_handle_t waiting = lease_make(DEVICE, region_make());

	MUST(rvx_lease_return(waiting));
	kept[0] = lease_make(DEVICE + RVX_PAGE_SIZE, 0);
	kept[1] = lease_make(DEVICE + 2 * RVX_PAGE_SIZE, 0);
	reserved = 2;
	ADD(LEASE_GRANT, 3, world_make(RVX_OBJECT_LEASE, 0), PARENT, DEVICE + 3 * RVX_PAGE_SIZE, 1,
	    0, RVX_LEASE_ENDLESS, region_make());
	ADD(LEASE_BIND, 1, OWN, kept[0], WORLD_OWN_TASK);
	ADD(LEASE_RENEW, 1, kept[1], RVX_LEASE_ENDLESS);
	ADD(LEASE_RESET, 1, PARENT, DEVICE);
	ADD(CAP_DELETE, 1, OWN, world_make(RVX_OBJECT_LEASE, 0));
}

/* The memory of the case is given back only when no window lies in it. */
static void plan_clean(void)
{
	for (uint32_t i = 0; i < COUNT_OF(kept); i++)
		MUST(rvx_lease_return(kept[i]));
	reserved = 0;
	(void)rvx_lease_reset(PARENT, DEVICE);
	(void)rvx_lease_reset(PARENT, DEVICE + 3 * RVX_PAGE_SIZE);
}

static void plan_the_rest(void)
{
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 0);
	uint64_t end;

	MUST(rvx_cap_mint(OWN, world_make(RVX_OBJECT_EDGE, 0), OWN, world_slot(), RVX_RIGHTS_ALL, 1,
			  0, &end));
	ADD(REGION_MAP, 1, OWN, region_make(), WORLD_OWN_PARTITION,
	    REGION_PLACE + 9 * RVX_PAGE_SIZE, RVX_RIGHT_READ);
	ADD(REGION_UNMAP, 1, OWN, region_mapped(1));
	ADD(REGION_PROTECT, 1, OWN, region_mapped(2), RVX_RIGHT_READ);
	ADD(EDGE_BIND, 1, OWN, end, WORLD_OWN_TASK, 0);
	ADD(LOG_EMIT, 1, WORLD_WITNESS_LOG, RVX_WITNESS_NOTE, 1, 2, 3);
	ADD(LOG_GRANT, 1, WORLD_WITNESS_LOG, partition, 10);
	/* The last: it is only refused here. */
	ADD(MACHINE_OFF, 1, WORLD_MACHINE, 1);
}

static void plan_make(void)
{
	plan.count = 0;
	refusal_init();
	plan_messages();
	plan_capabilities();
	plan_partitions_and_tasks();
	plan_leases();
	plan_the_rest();
	refusal_state_changed();
}

/* The kernel's own table of calls: a new one that records must be tried here. */
static void every_recording_call_is_in_the_plan(void)
{
	static const struct {
		const char *name;
		uint32_t number, records;
	} calls[] = {
#define X(number_, name_, class_, lock_, records_) \
	{ .name = #name_, .number = (number_), .records = (records_) },
#include "kernel/syscall_table.h"
#undef X
	};
	uint32_t i, j;

	plan_make();
	for (i = 0; i < COUNT_OF(calls); i++) {
		uint32_t most = 0;

		for (j = 0; j < plan.count; j++)
			if (plan.attempts[j].call == calls[i].number &&
			    plan.attempts[j].records > most)
				most = plan.attempts[j].records;
		if (most != calls[i].records)
			check_fail(__LINE__, "%s: tried with %u records, it may leave %u",
				   calls[i].name, most, calls[i].records);
	}
	plan_clean();
}

/* With one credit less than it needs. */
static void no_call_changes_anything_without_credits(void)
{
	uint64_t credits, first, records;
	uint32_t left, i, refused;

	plan_make();
	for (left = 0; left < 2; left++) {
		refused = 0;
		credits = credits_leave(left);
		first = log_status().next;
		for (i = 0; i < plan.count; i++) {
			const struct attempt *attempt = &plan.attempts[i];

			if (attempt->records <= left)
				continue;
			/* Of messages only refusals for want of authority are recorded. */
			if (attempt->call > RVX_SYS_RECV_UNTIL)
				refused++;
			refusal_expect(__LINE__, RVX_WITNESS_FULL, attempt->call,
				       attempt->arguments);
		}
		EXPECT_EQUAL(left, log_status().credits);
		/* All that was written is one record of refusals. */
		EXPECT_EQUAL(first + 1, log_status().next);
		credits_restore(credits);
		EXPECT_EQUAL(refused, refusals_recorded(first, &records));
		EXPECT_EQUAL(2, records);
	}
	plan_clean();
	refusal_expect_victim_well();
}

static void acknowledging_brings_credits_back(void)
{
	struct gate_registers registers;
	uint64_t credits;
	uint32_t i, j;

	plan_make();
	credits = credits_leave(0);
	/* Each as soon as there is a place, and then there is none again. */
	for (i = 0; plan.attempts[i].call != RVX_SYS_MACHINE_OFF; i++) {
		const struct attempt *attempt = &plan.attempts[i];
		int64_t status;

		log_drain();
		EXPECT_EQUAL(1, log_status().credits);
		if (attempt->records >= 2)
			credits_restore(attempt->records);
		for (j = 0; j < GATE_ARGUMENTS; j++)
			registers.x[j] = attempt->arguments[j];
		status = gate_call(attempt->call, &registers);
		if (attempt->outcome == RVX_OK ? status < 0 : status != attempt->outcome)
			check_fail(__LINE__, "attempt %u, call %u: %s", i, attempt->call,
				   rvx_status_name(status));
		EXPECT_EQUAL(0, log_status().credits);
		/* Its end takes no credit that it did not reserve. */
		if (attempt->call == RVX_SYS_LEASE_GRANT)
			MUST(rvx_lease_return(attempt->arguments[0]));
		if (attempt->records >= 2)
			credits_restore(1);
	}
	credits_restore(credits);
	plan_clean();
	refusal_expect_victim_well();
}

/*
 * Floods.
 */

#define FLOOD 10000u

static void a_flood_of_refusals_takes_few_places_and_every_refusal_counts(void)
{
	const uint64_t region = region_make();
	const uint32_t slot = world_slot();
	uint64_t credits, first, records;
	uint32_t i;

	credits = credits_leave(0);
	log_drain();
	MUST(rvx_log_emit(WORLD_WITNESS_LOG, RVX_WITNESS_NOTE, 0, 0, 0, NULL));
	first = log_status().next;
	for (i = 0; i < FLOOD; i++) {
		/* For want of a place, of a handle, of a number that is a call. */
		if (i % 2 == 0)
			EXPECT_STATUS(WITNESS_FULL, rvx_cap_copy(OWN, region, OWN, slot, 1, NULL));
		else
			EXPECT_STATUS(INVALID_HANDLE, rvx_region_unmap(OWN, RVX_HANDLE(0, 7)));
	}
	EXPECT_EQUAL(first + 1, log_status().next);
	log_drain();
	EXPECT_EQUAL(FLOOD, refusals_recorded(first, &records));
	EXPECT_EQUAL(2, records);
	EXPECT_EQUAL(((uint64_t)RVX_SYS_CAP_COPY << 32) | (uint32_t)RVX_WITNESS_FULL,
		     log_record(first)->p0);
	credits_restore(credits);
}

/*
 * Grants.
 */

static void emit_main(uint64_t argument)
{
	uint64_t i, granted = 0;

	for (;;) {
		for (i = 0; i < argument; i++)
			granted += rvx_log_emit(RVX_SLOT_HANDLE(RVX_SLOT_WITNESS_LOG),
						RVX_WITNESS_NOTE, i, 0, 0, NULL) == RVX_OK;
		argument = guest_tell(granted, 0, 0, 0);
		granted = 0;
	}
}

/* The guest tries to leave that many records; it is told how many it could. */
static void expect_emits(const struct guest *guest, uint64_t tried, uint64_t expected, int line)
{
	uint64_t words[GUEST_WORDS] = { 0 };

	guest_answer(guest, tried);
	if (guest_hear(guest, words) && words[0] != expected)
		check_fail(line, "it could leave %lu records, expected %lu", words[0], expected);
}

static void grants_are_lowered_and_raised(void)
{
	uint64_t words[GUEST_WORDS], free;
	struct guest guest;

	guest_make(&guest);
	(void)guest_give(&guest, WORLD_WITNESS_LOG, RVX_SLOT_WITNESS_LOG, RVX_RIGHT_WRITE);
	guest_start(&guest, emit_main, 0);
	(void)guest_hear(&guest, words);
	expect_emits(&guest, 300, GUEST_CREDITS, __LINE__);
	expect_emits(&guest, 1, 0, __LINE__);
	log_drain();
	expect_emits(&guest, 10, 10, __LINE__);

	/* Below what it has used: the records keep their places until they are acknowledged. */
	free = log_status().credits_free;
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, guest.partition, 4));
	EXPECT_EQUAL(free + GUEST_CREDITS - 10, log_status().credits_free);
	expect_emits(&guest, 1, 0, __LINE__);
	log_drain();
	EXPECT_EQUAL(free + GUEST_CREDITS - 4, log_status().credits_free);
	expect_emits(&guest, 10, 4, __LINE__);

	/* Higher: there is more at once. */
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, guest.partition, 7));
	EXPECT_EQUAL(free + GUEST_CREDITS - 7, log_status().credits_free);
	expect_emits(&guest, 10, 3, __LINE__);
	log_drain();
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, guest.partition, 0));
	EXPECT_EQUAL(free + GUEST_CREDITS, log_status().credits_free);
	expect_emits(&guest, 10, 0, __LINE__);
}

static void grants_never_exceed_the_ring(void)
{
	const rvx_handle_t one = world_make(RVX_OBJECT_PARTITION, 0);
	const rvx_handle_t two = world_make(RVX_OBJECT_PARTITION, 0);
	const uint64_t free = log_status().credits_free;
	const rvx_handle_t log = WORLD_WITNESS_LOG;
	struct snapshot before;

	EXPECT(free < world.boot->ring_records);
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, one, free + 1));
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, one, world.boot->ring_records + 1));
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, one, UINT64_MAX));
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, one, UINT64_C(1) << 32));
	EXPECT_STATUS(OK, rvx_log_grant(log, one, free));
	EXPECT_EQUAL(0, log_status().credits_free);
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, two, 1));
	before = snapshot_take();
	/* There is no place for another partition's own records either. */
	EXPECT_STATUS(LIMIT, rvx_untyped_retype(world.arena, RVX_OBJECT_PARTITION, 0, OWN,
						world_slot(), NULL));
	EXPECT_UNCHANGED(before);
	EXPECT_STATUS(OK, rvx_log_grant(log, one, free - 5));
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, two, 6));
	EXPECT_STATUS(OK, rvx_log_grant(log, two, 5));
	EXPECT_EQUAL(0, log_status().credits_free);
	EXPECT_STATUS(LIMIT, rvx_log_grant(log, one, free - 4));
	/* What a partition had comes back with its end. */
	MUST(rvx_cap_delete(OWN, one));
	log_drain();
	EXPECT(log_status().credits_free >= free - 5);
	EXPECT_STATUS(OK, rvx_log_grant(log, two, free));
}

/* The ring filled to the last place that was promised. */
static void a_full_ring_refuses_and_goes_on(void)
{
	const uint64_t region = region_make();
	uint64_t credits, left, first, i;

	log_drain();
	credits = log_status().credits;
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, WORLD_OWN_PARTITION,
			   credits + log_status().credits_free));
	EXPECT_EQUAL(0, log_status().credits_free);
	first = log_status().acknowledged;
	left = log_status().credits;
	for (i = 0; i < left; i++)
		MUST(rvx_log_emit(WORLD_WITNESS_LOG, RVX_WITNESS_NOTE, i, 0, 0, NULL));
	EXPECT_EQUAL(0, log_status().credits);
	EXPECT_EQUAL(first, log_status().acknowledged);
	EXPECT(log_status().next - first <= world.boot->ring_records);
	EXPECT_STATUS(WITNESS_FULL,
		      rvx_log_emit(WORLD_WITNESS_LOG, RVX_WITNESS_NOTE, 0, 0, 0, NULL));
	EXPECT_STATUS(WITNESS_FULL, rvx_cap_copy(OWN, region, OWN, world_slot(), 1, NULL));
	/* One record acknowledged is one credit. */
	MUST(rvx_log_acknowledge(WORLD_WITNESS_LOG, first + 1, NULL));
	EXPECT_EQUAL(1, log_status().credits);
	EXPECT_STATUS(OK, rvx_cap_copy(OWN, region, OWN, world_slot(), 1, NULL));
	EXPECT_STATUS(WITNESS_FULL, rvx_cap_copy(OWN, region, OWN, world_slot(), 1, NULL));
	credits_restore(credits);
}

static const struct check_case cases[] = {
	CHECK_CASE(every_recording_call_is_in_the_plan),
	CHECK_CASE(no_call_changes_anything_without_credits),
	CHECK_CASE(acknowledging_brings_credits_back),
	CHECK_CASE(a_flood_of_refusals_takes_few_places_and_every_refusal_counts),
	CHECK_CASE(grants_are_lowered_and_raised),
	CHECK_CASE(grants_never_exceed_the_ring),
	CHECK_CASE(a_full_ring_refuses_and_goes_on),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
