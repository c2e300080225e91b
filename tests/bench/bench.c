/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The benchmark's root task: sets up tasks in two partitions, measures under an instruction clock
 * and prints "bench NAME VALUE" a line. A figure is kernel instructions + 1: from the SVC to the
 * first instruction at EL0 afterwards, here or at the far side.
 *
 * Two reads of the cycle counter with a call between them differ by the kernel's instructions
 * and two: the call and one read. So one is taken off.
 */
#include "libruvix/ruvix.h"

#include <ruvix/boot.h>
#include <ruvix/numbers.h>

#define SELF_TABLE RVX_TABLE_OWN
#define PARTITION RVX_HANDLE(RVX_BOOT_PARTITION, 1)
#define TASK RVX_HANDLE(RVX_BOOT_TASK, 1)
#define MACHINE RVX_HANDLE(RVX_BOOT_MACHINE, 1)
#define LOG RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1)
#define SHARED_ADDRESS 0x10000000u
#define SCRATCH_ADDRESS 0x20000000u
#define ROUNDS 8
#define TICK_INSTRUCTIONS 16 /* of the clock that all cores share */

void bench_server(void);
void bench_echo(void);
void bench_clock_server(void);
uint64_t bench_clock_call(uint64_t edge, uint64_t phase);
void bench_waiter(void);
void bench_yielder(void);
void bench_faulter(void);
void bench_holder(void);
void bench_restarted(void);
uint64_t bench_fault_loop(uint64_t task, uint64_t rounds);

static uint64_t memory; /* handle of the Untyped everything is made of */
static uint64_t table;	/* a large table for thousands of capabilities */
static uint64_t next_slot = 64;
static volatile uint64_t *const shared = (volatile uint64_t *)SHARED_ADDRESS;

#define CHECK(call) check((call), #call, __LINE__)

static void check(enum rvx_status status, const char *what, int line)
{
	if (status == RVX_OK)
		return;
	rvx_printf("bench: line %d: %s: %s\n", line, what, rvx_status_name(status));
	(void)rvx_machine_off(MACHINE, 1);
}

static void result(const char *name, uint64_t value)
{
	rvx_printf("bench %s %lu\n", name, value);
}

static inline uint64_t cycles(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value) : : "memory");
	return value;
}

/* The records of what was set up and measured would use up the credits. */
static void acknowledge(void)
{
	uint64_t next, acknowledged = 0;

	CHECK(rvx_log_status(LOG, &next, NULL, NULL, NULL));
	while (acknowledged < next)
		CHECK(rvx_log_acknowledge(LOG, next, &acknowledged));
}

static uint64_t make(uint64_t type, uint64_t size)
{
	uint64_t handle = 0;

	CHECK(rvx_untyped_retype(memory, type, size, SELF_TABLE, next_slot++, &handle));
	return handle;
}

struct far {
	uint64_t partition, table, task, edge;
};

/* The program's read-only parts and the shared page, mapped as they are here. */
static void map_program(uint64_t partition, uint64_t shared_region)
{
	for (uint64_t slot = RVX_BOOT_SEGMENT_FIRST; slot < RVX_BOOT_SEGMENT_FIRST + 2; slot++) {
		uint64_t copy = 0, mapping = 0, type = 0;

		CHECK(rvx_cap_describe(SELF_TABLE, slot, NULL, &type, NULL, NULL, &mapping, NULL,
				       NULL));
		CHECK(rvx_cap_copy(SELF_TABLE, RVX_HANDLE(slot, 1), SELF_TABLE, next_slot++,
				   RVX_RIGHTS_ALL, &copy));
		CHECK(rvx_region_map(SELF_TABLE, copy, partition, RVX_MAPPING_ADDRESS(mapping),
				     RVX_MAPPING_RIGHTS(mapping)));
	}
	if (shared_region != 0) {
		uint64_t copy = 0;

		CHECK(rvx_cap_copy(SELF_TABLE, shared_region, SELF_TABLE, next_slot++,
				   RVX_RIGHTS_ALL, &copy));
		CHECK(rvx_region_map(SELF_TABLE, copy, partition, SHARED_ADDRESS,
				     RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	}
}

static uint64_t make_partition(uint64_t shared_region)
{
	uint64_t partition = make(RVX_OBJECT_PARTITION, 16);

	map_program(partition, shared_region);
	CHECK(rvx_log_grant(LOG, partition, 16));
	CHECK(rvx_partition_start(partition));
	return partition;
}

static struct far start_on(uint64_t core, uint64_t partition, void (*entry)(void), uint64_t flags,
			   bool with_edge)
{
	struct far far = { .partition = partition };
	uint64_t end1 = 0;

	far.table = make(RVX_OBJECT_CAPTABLE, 4);
	far.task = make(RVX_OBJECT_TASK, 0);
	CHECK(rvx_task_bind(far.task, partition, far.table));
	CHECK(rvx_task_schedule(far.task, 62500, 625000, 625000, flags));
	if (with_edge) {
		far.edge = make(RVX_OBJECT_EDGE, 0);
		CHECK(rvx_cap_mint(SELF_TABLE, far.edge, far.table, 5, RVX_RIGHTS_ALL,
				   RVX_HANDLE(5, 1), 1, &end1));
		CHECK(rvx_edge_bind(SELF_TABLE, far.edge, TASK, 0));
		CHECK(rvx_edge_bind(far.table, end1, far.task, 0));
	}
	if (core != 0)
		CHECK(rvx_task_place(far.task, core));
	CHECK(rvx_task_start(far.task, (uint64_t)entry, 0, SHARED_ADDRESS));
	return far;
}

static struct far start(uint64_t partition, void (*entry)(void), uint64_t flags, bool with_edge)
{
	return start_on(0, partition, entry, flags, with_edge);
}

/* Let the others come to where they wait. */
static void settle(void)
{
	struct rvx_message message;

	(void)rvx_recv_until(&message, rvx_ticks_now() + 100000);
}

/* One call with stamps: `there` until the server's first instruction, `back` until ours. */
static void timed_call(uint64_t edge, uint64_t *there, uint64_t *back)
{
	register uint64_t x0 __asm__("x0") = edge;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x2 __asm__("x2");
	register uint64_t x9 __asm__("x9");
	register uint64_t x10 __asm__("x10");

	__asm__ volatile("mrs x9, pmccntr_el0\n\t"
			 "svc #0\n\t"
			 "mrs x10, pmccntr_el0"
			 : "+r"(x0), "+r"(x1), "=r"(x2), "=r"(x9), "=r"(x10)
			 :
			 : "x3", "x4", "x5", "x6", "x7", "x8", "x11", "x12", "x13", "x14", "x15",
			   "x16", "x17", "x18", "memory", "cc");
	/* The server's loop begins with a branch back. */
	*there = x2 - 1 - 1;
	*back = x10 - x9 - 1;
}

static uint64_t round_trip(uint64_t edge)
{
	register uint64_t x0 __asm__("x0") = edge;
	register uint64_t x1 __asm__("x1") = 0;
	register uint64_t x19 __asm__("x19");
	register uint64_t x10 __asm__("x10");

	__asm__ volatile("mrs x19, pmccntr_el0\n\t"
			 "svc #0\n\t"
			 "mrs x10, pmccntr_el0"
			 : "+r"(x0), "+r"(x1), "=r"(x19), "=r"(x10)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x11", "x12", "x13",
			   "x14", "x15", "x16", "x17", "x18", "memory", "cc");
	/* The echo's branch back. */
	return x10 - x19 - 1 - 1;
}

static void bench_calls(uint64_t there, uint64_t here)
{
	struct far server = start(there, bench_server, RVX_SCHEDULE_PASSIVE, true);
	struct far active = start(there, bench_server, RVX_SCHEDULE_REFLEX, true);
	struct far echo = start(there, bench_echo, RVX_SCHEDULE_PASSIVE, true);
	struct far intra = start(here, bench_echo, RVX_SCHEDULE_PASSIVE, true);
	uint64_t call = 0, reply = 0, call_active = 0, reply_active = 0, trip = 0, inside = 0;

	settle();
	for (int i = 0; i < ROUNDS; i++) {
		timed_call(server.edge, &call, &reply);
		timed_call(active.edge, &call_active, &reply_active);
		trip = round_trip(echo.edge);
		inside = round_trip(intra.edge);
	}
	result("call", call);
	result("call_active", call_active);
	result("sched_charge", call_active - call);
	result("reply_recv", reply);
	result("round_trip", trip);
	result("round_trip_intra", inside);
}

/* Cost of `call` seen from here, one statement that makes one system call with given registers. */
#define COST(variable, call) \
	do { \
		uint64_t before_ = cycles(); \
		call; \
		variable = cycles() - before_; \
	} while (0)

/*
 * A stub moves arguments into place: what its C part costs is measured with the null call's
 * number replaced, by subtracting a stub of the same shape around nothing. Raw calls avoid it.
 */
struct raw {
	uint64_t x[10];
};

static uint64_t raw_cost(uint64_t number, struct raw *raw);

#define RAW_CASE(n) \
	case n: \
		__asm__ volatile("mrs x19, pmccntr_el0\n\t" \
				 "svc #%c[number]\n\t" \
				 "mrs x10, pmccntr_el0" \
				 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), \
				   "+r"(x6), "+r"(x7), "+r"(x8), "+r"(x9), "=r"(x10), "=r"(x19) \
				 : [number] "i"(n) \
				 : "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", \
				   "memory", "cc"); \
		break;

static uint64_t raw_cost(uint64_t number, struct raw *raw)
{
	register uint64_t x0 __asm__("x0") = raw->x[0];
	register uint64_t x1 __asm__("x1") = raw->x[1];
	register uint64_t x2 __asm__("x2") = raw->x[2];
	register uint64_t x3 __asm__("x3") = raw->x[3];
	register uint64_t x4 __asm__("x4") = raw->x[4];
	register uint64_t x5 __asm__("x5") = raw->x[5];
	register uint64_t x6 __asm__("x6") = raw->x[6];
	register uint64_t x7 __asm__("x7") = raw->x[7];
	register uint64_t x8 __asm__("x8") = raw->x[8];
	register uint64_t x9 __asm__("x9") = raw->x[9];
	register uint64_t x10 __asm__("x10") = 0;
	register uint64_t x19 __asm__("x19") = 0;

	switch (number) {
		RAW_CASE(RVX_SYS_NULL)
		RAW_CASE(RVX_SYS_EDGE_SIGNAL)
		RAW_CASE(RVX_SYS_UNTYPED_RETYPE)
		RAW_CASE(RVX_SYS_CAP_COPY)
		RAW_CASE(RVX_SYS_CAP_MINT)
		RAW_CASE(RVX_SYS_CAP_DELETE)
		RAW_CASE(RVX_SYS_CAP_REVOKE)
		RAW_CASE(RVX_SYS_REGION_MAP)
		RAW_CASE(RVX_SYS_REGION_UNMAP)
		RAW_CASE(RVX_SYS_LOG_EMIT)
		RAW_CASE(RVX_SYS_LOG_STATUS)
		RAW_CASE(RVX_SYS_LEASE_GRANT)
	default:
		check(RVX_UNKNOWN_CALL, "raw_cost", __LINE__);
	}
	raw->x[0] = x0;
	raw->x[1] = x1;
	return x10 - x19 - 1;
}

/* One call that must succeed. */
static uint64_t cost(uint64_t number, struct raw raw, uint64_t *first_result)
{
	uint64_t value = raw_cost(number, &raw);

	check((enum rvx_status)(int64_t)raw.x[0], "measured call", (int)number);
	if (first_result != NULL)
		*first_result = raw.x[1];
	return value;
}

static void bench_simple(void)
{
	struct raw raw = { { 0 } };
	uint64_t emit, status;

	result("null_syscall", raw_cost(RVX_SYS_NULL, &raw));
	emit = cost(RVX_SYS_LOG_EMIT, (struct raw){ { LOG, RVX_WITNESS_NOTE, 1, 2, 3 } }, NULL);
	status = cost(RVX_SYS_LOG_STATUS, (struct raw){ { LOG } }, NULL);
	result("witness_record", emit - status);
}

static void bench_signals(uint64_t there)
{
	struct far waiter = start(there, bench_waiter, RVX_SCHEDULE_REFLEX, true);
	uint64_t own = make(RVX_OBJECT_EDGE, 0), other = 0, value = 0;
	struct rvx_message message;

	CHECK(rvx_cap_mint(SELF_TABLE, own, SELF_TABLE, next_slot++, RVX_RIGHTS_ALL, 1, 1, &other));
	CHECK(rvx_edge_bind(SELF_TABLE, own, TASK, 0));
	CHECK(rvx_edge_bind(SELF_TABLE, other, TASK, 0));
	settle();
	for (int i = 0; i < ROUNDS; i++) {
		value = cost(RVX_SYS_EDGE_SIGNAL, (struct raw){ { own, 1, 0 } }, NULL);
		CHECK(rvx_recv(&message));
	}
	result("signal_nobody", value);
	for (int i = 0; i < ROUNDS; i++) {
		/* From the stamp: the store of it, the call, and the reading at the far side. */
		register uint64_t x0 __asm__("x0") = waiter.edge;
		register uint64_t x1 __asm__("x1") = 1;
		register uint64_t x2 __asm__("x2") = 0;

		__asm__ volatile("mrs x10, pmccntr_el0\n\t"
				 "str x10, [%3]\n\t"
				 "svc #%c4"
				 : "+r"(x0), "+r"(x1), "+r"(x2)
				 : "r"(shared), "i"(RVX_SYS_EDGE_SIGNAL)
				 : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
				   "x13", "x14", "x15", "x16", "x17", "x18", "memory", "cc");
		value = shared[1] - 1 - 1;
	}
	result("signal_wake", value);
}

#define READY 64u

static void bench_yield(uint64_t there, uint64_t here)
{
	struct far first, second, more[READY];
	uint64_t before, between_two;

	shared[2] = 0;
	first = start(there, bench_yielder, 0, false);
	second = start(here, bench_yielder, 0, false);
	settle();
	before = shared[2];
	settle();
	if (shared[2] == before)
		check(RVX_WRONG_STATE, "yielders", __LINE__);
	/* The store of the stamp and the branch back are not the kernel's. */
	between_two = shared[1];
	result("yield_switch", between_two - 1 - 2);
	/* Each yields behind all others: it sinks to the end of the queue. */
	for (uint32_t i = 2; i < READY; i++)
		more[i] = start(i % 2 == 0 ? there : here, bench_yielder, 0, false);
	for (int i = 0; i < ROUNDS; i++)
		settle();
	result("sched_pick_64", shared[1] - between_two);
	for (uint32_t i = 2; i < READY; i++)
		CHECK(rvx_cap_delete(SELF_TABLE, more[i].task));
	CHECK(rvx_cap_delete(SELF_TABLE, first.task));
	CHECK(rvx_cap_delete(SELF_TABLE, second.task));
}

static void bench_fault(uint64_t there)
{
	struct far faulter = start(there, bench_faulter, RVX_SCHEDULE_REFLEX, false);
	struct rvx_message message;
	uint64_t value;

	CHECK(rvx_task_supervise(faulter.task, TASK));
	CHECK(rvx_recv(&message));
	value = bench_fault_loop(faulter.task, ROUNDS);
	/* The read and two instructions of ours are not the kernel's: calls and the fault are. */
	result("fault_round_trip", value - 1 - 1);
	CHECK(rvx_cap_delete(SELF_TABLE, faulter.task));
}

static void bench_restart(uint64_t there)
{
	struct far task = start(there, bench_restarted, RVX_SCHEDULE_REFLEX, false);
	struct rvx_message message;
	uint64_t value = 0;

	CHECK(rvx_task_supervise(task.task, TASK));
	CHECK(rvx_recv(&message));
	for (int i = 0; i < ROUNDS; i++) {
		/* From the stamp: the store of it, the call, and the reading at the far side. */
		register uint64_t x0 __asm__("x0") = task.task;

		__asm__ volatile("mrs x10, pmccntr_el0\n\t"
				 "str x10, [%1]\n\t"
				 "svc #%c2"
				 : "+r"(x0)
				 : "r"(shared), "i"(RVX_SYS_TASK_RESTART)
				 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
				   "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "memory",
				   "cc");
		check((enum rvx_status)(int64_t)x0, "restart", __LINE__);
		CHECK(rvx_recv(&message));
		value = shared[1] - 1 - 1;
	}
	result("restart_task", value);
	CHECK(rvx_cap_delete(SELF_TABLE, task.task));
}

static void bench_partition(void)
{
	uint64_t partition = 0, create, destroy;

	CHECK(rvx_untyped_clean(memory, RVX_PARTITION_SIZE(0)));
	create = cost(RVX_SYS_UNTYPED_RETYPE,
		      (struct raw){ { memory, RVX_OBJECT_PARTITION, 0, SELF_TABLE, next_slot++ } },
		      &partition);
	destroy = cost(RVX_SYS_CAP_DELETE, (struct raw){ { SELF_TABLE, partition } }, NULL);
	result("partition_create_destroy", create + destroy);
}

static void bench_maps(void)
{
	uint64_t one = make(RVX_OBJECT_REGION, 1), many = make(RVX_OBJECT_REGION, 64);
	uint64_t block = make(RVX_OBJECT_REGION, 512), rights = RVX_RIGHT_READ | RVX_RIGHT_WRITE;
	uint64_t warm = make(RVX_OBJECT_REGION, 1), single = 0, batch = 0, large = 0;

	/* A neighbour keeps the tables: their making is not measured. */
	CHECK(rvx_region_map(SELF_TABLE, warm, PARTITION, SCRATCH_ADDRESS + 0x100000, rights));
	single =
		cost(RVX_SYS_REGION_MAP,
		     (struct raw){ { SELF_TABLE, one, PARTITION, SCRATCH_ADDRESS, rights } }, NULL);
	CHECK(rvx_region_unmap(SELF_TABLE, one));
	batch = cost(RVX_SYS_REGION_MAP,
		     (struct raw){ { SELF_TABLE, many, PARTITION, SCRATCH_ADDRESS, rights } },
		     NULL);
	CHECK(rvx_region_unmap(SELF_TABLE, many));
	large = cost(RVX_SYS_REGION_MAP,
		     (struct raw){
			     { SELF_TABLE, block, PARTITION, SCRATCH_ADDRESS + 0x200000, rights } },
		     NULL);
	CHECK(rvx_region_unmap(SELF_TABLE, block));
	result("map_page", single);
	result("map_page_of_batch", (batch - single) / 63);
	result("map_2m_block", large);
}

static void bench_capabilities(void)
{
	uint64_t region = 0, clean, zeroed, copy, mint, delete, handle = 0, edge;

	CHECK(rvx_untyped_clean(memory, RVX_PAGE_SIZE));
	clean = cost(RVX_SYS_UNTYPED_RETYPE,
		     (struct raw){ { memory, RVX_OBJECT_REGION, 1, SELF_TABLE, next_slot++ } },
		     &region);
	zeroed = cost(RVX_SYS_UNTYPED_RETYPE,
		      (struct raw){ { memory, RVX_OBJECT_REGION, 1, SELF_TABLE, next_slot++ } },
		      &region);
	edge = make(RVX_OBJECT_EDGE, 0);
	copy = cost(RVX_SYS_CAP_COPY,
		    (struct raw){ { SELF_TABLE, region, SELF_TABLE, next_slot, RVX_RIGHTS_ALL } },
		    &handle);
	delete = cost(RVX_SYS_CAP_DELETE, (struct raw){ { SELF_TABLE, handle } }, NULL);
	next_slot++;
	mint = cost(
		RVX_SYS_CAP_MINT,
		(struct raw){ { SELF_TABLE, edge, SELF_TABLE, next_slot++, RVX_RIGHTS_ALL, 7, 1 } },
		NULL);
	result("retype_clean", clean);
	result("retype_zeroed", zeroed);
	result("cap_copy", copy);
	result("cap_mint", mint);
	result("cap_delete", delete);
}

/* The clock of QEMU's virt board, a PL031: it interrupts as soon as a match that has come is let
 * through, so with the store that does it. */
#define CLOCK 0x09010000u
#define CLOCK_INTERRUPT 34u
#define CLOCK_ADDRESS 0x30000000u
#define CLOCK_NOW 0x00u
#define CLOCK_MATCH 0x04u
#define CLOCK_MASK 0x10u
#define CLOCK_STATUS 0x14u
#define CLOCK_CLEAR 0x1cu
#define HOLDER_SLOT 6u /* tasks.S knows it too */

static volatile uint32_t *clock_register(uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(CLOCK_ADDRESS + offset);
}

static void bench_lease(uint64_t there)
{
	const uint64_t devices = RVX_HANDLE(RVX_BOOT_DEVICES, 1);
	struct far holder = start(there, bench_holder, RVX_SCHEDULE_REFLEX, true);
	uint64_t lease = make(RVX_OBJECT_LEASE, 0), copy = 0, value = 0;

	result("lease_grant", cost(RVX_SYS_LEASE_GRANT,
				   (struct raw){ { lease, devices, CLOCK, 1, CLOCK_INTERRUPT,
						   RVX_LEASE_TICKS_MAX, 0 } },
				   NULL));
	CHECK(rvx_region_map(SELF_TABLE, lease, PARTITION, CLOCK_ADDRESS,
			     RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	*clock_register(CLOCK_MASK) = 0;
	CHECK(rvx_cap_mint(SELF_TABLE, lease, holder.table, HOLDER_SLOT, RVX_RIGHT_WRITE, 7, 0,
			   &copy));
	CHECK(rvx_lease_bind(holder.table, copy, holder.task));
	settle();
	for (int i = 0; i < ROUNDS; i++) {
		while (*clock_register(CLOCK_STATUS) == 0)
			*clock_register(CLOCK_MATCH) = *clock_register(CLOCK_NOW);
		/* From the stamp: the store of it, the one that lets the interrupt come, and the
		 * reading in the holder. */
		__asm__ volatile("mrs x10, pmccntr_el0\n\t"
				 "str x10, [%0]\n\t"
				 "str %w1, [%2]"
				 :
				 : "r"(shared), "r"(1), "r"(clock_register(CLOCK_MASK))
				 : "x10", "memory");
		value = shared[1] - 1 - 1;
		*clock_register(CLOCK_MASK) = 0;
		*clock_register(CLOCK_CLEAR) = 1;
		/* The holder acknowledges. */
		CHECK(rvx_edge_signal(holder.edge, 1, 0));
	}
	if (shared[2] != ROUNDS)
		check(RVX_WRONG_STATE, "interrupts", __LINE__);
	result("irq_to_holder", value);
	CHECK(rvx_lease_return(lease));
}

static uint64_t copies_made;

static void copy_many(uint64_t region, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		CHECK(rvx_cap_copy(SELF_TABLE, region, table, 16 + copies_made++, RVX_RIGHTS_ALL,
				   NULL));
		if (i % 1000 == 999)
			acknowledge();
	}
	acknowledge();
}

static uint64_t revoke_cost(uint64_t region)
{
	return cost(RVX_SYS_CAP_REVOKE, (struct raw){ { SELF_TABLE, region } }, NULL);
}

static void bench_revokes(void)
{
	static const struct {
		const char *name;
		uint64_t count;
	} sizes[] = {
		{ "revoke_1", 1 },
		{ "revoke_16", 16 },
		{ "revoke_100", 100 },
		{ "revoke_10000", 10000 },
	};
	uint64_t region = make(RVX_OBJECT_REGION, 1), other = make(RVX_OBJECT_REGION, 1);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		copies_made = 0;
		copy_many(region, sizes[i].count);
		result(sizes[i].name, revoke_cost(region));
	}
	copies_made = 0;
	copy_many(other, 10000);
	copy_many(region, 1);
	result("revoke_1_among_10000", revoke_cost(region));
	CHECK(rvx_cap_revoke(SELF_TABLE, other, NULL));
}

/* With a kernel of three VMIDs: every call goes to a partition that has none. */
static void bench_vmid(uint64_t shared_region)
{
	uint64_t first = make_partition(shared_region), second = make_partition(shared_region);
	struct far a = start(first, bench_server, RVX_SCHEDULE_PASSIVE, true);
	struct far b = start(second, bench_server, RVX_SCHEDULE_PASSIVE, true);
	uint64_t there = 0, back = 0, most = 0;

	settle();
	for (int i = 0; i < ROUNDS; i++) {
		timed_call(a.edge, &there, &back);
		timed_call(b.edge, &there, &back);
		/* The first rounds write the record of a reclaim, the later ones coalesce. */
		if (i > 1 && there > most)
			most = there;
	}
	result("switch_vmid_recycled", most);
}

static void bench_cross_core(uint64_t shared_region)
{
	struct far far = start_on(1, make_partition(shared_region), bench_clock_server, 0, true);
	uint64_t ticks = 0;

	settle();
	for (uint64_t phase = 0; phase < TICK_INSTRUCTIONS; phase++)
		(void)bench_clock_call(far.edge, phase);
	for (uint64_t i = 0; i < ROUNDS * TICK_INSTRUCTIONS; i++) {
		settle();
		ticks += bench_clock_call(far.edge, i % TICK_INSTRUCTIONS);
	}
	/* Of the stamps one is inside. */
	result("call_cross_core", ticks / ROUNDS - 1);
}

int main(uint64_t argument)
{
	const struct rvx_boot_info *info = (const struct rvx_boot_info *)argument;
	uint64_t largest = 0, shared_region, there, here, before;

	for (uint64_t i = 0; i < info->untyped_count; i++) {
		if (info->untyped[i].size_log2 > largest) {
			largest = info->untyped[i].size_log2;
			memory = RVX_HANDLE(RVX_BOOT_UNTYPED_FIRST + i, 1);
		}
	}
	before = cycles();
	if (cycles() - before != 1)
		check(RVX_WRONG_STATE, "the cycle counter does not count instructions", __LINE__);
	table = make(RVX_OBJECT_CAPTABLE, 14);
	shared_region = make(RVX_OBJECT_REGION, 1);
	CHECK(rvx_region_map(SELF_TABLE, shared_region, PARTITION, SHARED_ADDRESS,
			     RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	if (info->command_line[0] == 'v') {
		bench_vmid(shared_region);
		(void)rvx_machine_off(MACHINE, 0);
	}
	if (info->command_line[0] == 'x') {
		bench_cross_core(shared_region);
		(void)rvx_machine_off(MACHINE, 0);
	}
	there = make_partition(shared_region);
	here = PARTITION;
	bench_simple();
	acknowledge();
	bench_calls(there, here);
	acknowledge();
	bench_signals(there);
	bench_yield(there, here);
	acknowledge();
	bench_fault(there);
	bench_restart(there);
	bench_partition();
	acknowledge();
	bench_maps();
	bench_capabilities();
	acknowledge();
	shared[2] = 0;
	bench_lease(there);
	acknowledge();
	bench_revokes();
	(void)rvx_machine_off(MACHINE, 0);
	return 0;
}
