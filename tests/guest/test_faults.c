/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Faults: whatever a task does that it may not, its supervisor is told what, where and why; the
 * task stands at the instruction with its registers as they were, and goes on when it is resumed.
 */
#include "tests/guest/check.h"
#include "tests/guest/probe.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OWN RVX_TABLE_OWN
#define LIMIT_US 100000u
#define QUIET_US 2000u
#define MARK UINT64_C(0x600d600d600d600d)

/* The syndrome. */
#define SYNDROME_CLASS(syndrome) ((syndrome) >> 26 & 0x3fu)
#define SYNDROME_LONG(syndrome) ((syndrome) >> 25 & 1u)
#define CLASS_UNKNOWN 0x00u
#define CLASS_SYSTEM 0x18u
#define CLASS_INSTRUCTION_ABORT 0x20u
#define CLASS_PC_ALIGNMENT 0x22u
#define CLASS_DATA_ABORT 0x24u
#define CLASS_SP_ALIGNMENT 0x26u
#define CLASS_BREAKPOINT 0x3cu
#define ABORT_IS_WRITE(syndrome) ((syndrome) >> 6 & 1u)
#define ABORT_STATUS(syndrome) ((syndrome) & 0x3cu) /* without the level */
#define ABORT_TRANSLATION 0x04u
#define ABORT_PERMISSION 0x0cu

/* See faults.S. */
#define CLASS_ANY 0x100
#define CLASS_OPTIONAL 0x200

struct fault_try {
	int32_t code, name, kind, class_;
};
extern const struct fault_try fault_tries[], fault_tries_end[];

void fault_overflow_stack(void);
void fault_overflow_stack_push(void);
void fault_overflow_stack_leave(void);
void fault_misaligned_stack(void);
void fault_misaligned_stack_load(void);
void fault_misaligned_stack_leave(void);
void fault_load_exclusive(uint64_t address);
void fault_for_ever(uint64_t argument);
void fault_with_registers(uint64_t argument);
void fault_with_registers_place(void);
void fault_with_registers_end(void);

/* Board words. */
#define BOARD_FUNCTION 0u
#define BOARD_ARGUMENT 1u
#define BOARD_SCRATCH 64u

typedef uint64_t function(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* Calls what the board says, and tells what it returned. */
static _Noreturn void run_main(uint64_t argument)
{
	uint64_t result = argument;

	for (;;) {
		(void)guest_tell(result, 0, 0, 0);
		result = ((function *)board()[BOARD_FUNCTION])(board()[BOARD_ARGUMENT], 1, 2,
							       (uint64_t)&board()[BOARD_SCRATCH]);
	}
}

static void run_start(struct guest *guest)
{
	uint64_t words[GUEST_WORDS];

	guest_make(guest);
	guest_start(guest, run_main, 0);
	(void)guest_hear(guest, words);
}

/* Run a function in the guest; its first event is told. */
static void run(const struct guest *guest, uint64_t address, uint64_t argument,
		struct guest_fault *fault)
{
	board()[BOARD_FUNCTION] = address;
	board()[BOARD_ARGUMENT] = argument;
	*fault = (struct guest_fault){ 0 };
	guest_step(guest, 4);
	if (!guest_wait_fault(fault, LIMIT_US) || fault->badge != guest->badge)
		check_bail_out(__LINE__, "a guest neither faults nor tells");
}

static bool is_told(const struct guest_fault *fault)
{
	return fault->kind == RVX_FAULT_BREAKPOINT &&
	       (fault->syndrome & 0xffff) == GUEST_TELL_BREAKPOINT;
}

/* It goes on, comes back, and returns this. */
static void expect_returns(const struct guest *guest, uint64_t expected, int line)
{
	uint64_t words[GUEST_WORDS] = { 0 };

	if (guest_hear(guest, words) && words[0] != expected)
		check_fail(line, "it returned %lx, expected %lx", words[0], expected);
}

static void set_pc(const struct guest *guest, uint64_t pc)
{
	uint64_t sp, flags, tpidr;

	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_CONTROL, &sp, NULL, &flags, &tpidr,
				     NULL, NULL, NULL, NULL));
	MUST(rvx_task_write_registers(guest->task, RVX_REGISTERS_CONTROL, sp, pc, flags, tpidr, 0,
				      0, 0, 0));
}

/*
 * Instructions.
 */

/* What the syndrome of a trapped register or instruction says is in the instruction itself. */
static uint64_t system_syndrome(uint32_t instruction)
{
	const uint64_t op0 = instruction >> 19 & 3, op1 = instruction >> 16 & 7;
	const uint64_t crn = instruction >> 12 & 15, crm = instruction >> 8 & 15;
	const uint64_t op2 = instruction >> 5 & 7, target = instruction & 31;
	const uint64_t is_read = instruction >> 21 & 1;

	return op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | target << 5 | crm << 1 | is_read;
}

static bool is_right_class(const struct fault_try *try, uint64_t class_)
{
	if (try->class_ == CLASS_OPTIONAL)
		return true;
	if (try->class_ == CLASS_ANY)
		return class_ == CLASS_UNKNOWN || class_ == CLASS_SYSTEM;
	return class_ == (uint64_t)try->class_;
}

static void expect_syndrome(const struct fault_try *try, const char *name, uint32_t instruction,
			    uint64_t syndrome)
{
	const uint64_t class_ = SYNDROME_CLASS(syndrome);
	const uint64_t rest = syndrome & 0x1ffffff;

	if (!is_right_class(try, class_))
		check_fail(__LINE__, "%s: the class is %lx", name, class_);
	if (SYNDROME_LONG(syndrome) != 1)
		check_fail(__LINE__, "%s: the syndrome %lx tells of 16 bits", name, syndrome);
	if (class_ == CLASS_BREAKPOINT && rest != (instruction >> 5 & 0xffff))
		check_fail(__LINE__, "%s: the syndrome is %lx", name, syndrome);
	/* Of MSR with an immediate (op0 is 0) QEMU tells op1 and op2 the wrong way round. */
	if (class_ == CLASS_SYSTEM && (instruction >> 19 & 3) != 0 &&
	    rest != system_syndrome(instruction))
		check_fail(__LINE__, "%s: the syndrome is %lx", name, syndrome);
}

static void expect_try_faults(const struct guest *guest, const struct fault_try *try)
{
	const uint64_t code = (uint64_t)try + (uint64_t)(int64_t)try->code;
	const char *name = (const char *)try + try->name;
	struct guest_fault fault;

	run(guest, code, MARK, &fault);
	if (is_told(&fault)) {
		if (try->class_ != CLASS_OPTIONAL)
			check_fail(__LINE__, "%s does not fault", name);
		return;
	}
	if (fault.kind != (uint64_t)try->kind || fault.pc != code || fault.address != code)
		check_fail(__LINE__, "%s at %lx: %s at %lx, address %lx, syndrome %lx", name, code,
			   rvx_fault_name(fault.kind), fault.pc, fault.address, fault.syndrome);
	expect_syndrome(try, name, *(const uint32_t *)code, fault.syndrome);
	guest_step(guest, 4);
	expect_returns(guest, MARK, __LINE__);
}

static void every_instruction_that_is_not_for_tasks_faults(void)
{
	const struct fault_try *try;
	struct guest guest;

	EXPECT(fault_tries_end - fault_tries > 200);
	run_start(&guest);
	for (try = fault_tries; try < fault_tries_end; try++) {
		expect_try_faults(&guest, try);
		if ((try - fault_tries) % 64 == 0)
			log_drain();
	}
}

/* Virtual time, cache maintenance by address, and the like. */
static uint64_t allowed(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t value, sum = 0;

	(void)x1;
	(void)x2;
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
	__asm__ volatile("mrs %0, ctr_el0" : "=r"(value));
	__asm__ volatile("mrs %0, dczid_el0" : "=r"(value));
	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(value));
	sum += value;
	__asm__ volatile("msr tpidr_el0, xzr\n\tmrs %0, tpidr_el0" : "=r"(value));
	sum += value;
	__asm__ volatile("dc cvac, %0\n\tdc cvau, %0\n\tdc civac, %0\n\tic ivau, %0" : : "r"(x3));
	__asm__ volatile("dsb sy\n\tdmb sy\n\tisb" : : : "memory");
	return x0 + sum;
}

static void what_is_for_tasks_does_not_fault(void)
{
	struct guest_fault fault;
	struct guest guest;

	run_start(&guest);
	run(&guest, (uint64_t)allowed, MARK, &fault);
	if (!is_told(&fault))
		check_fail(__LINE__, "%s at %lx", rvx_fault_name(fault.kind), fault.pc);
}

/*
 * Addresses.
 */

static void expect_abort(const struct guest *guest, enum probe probe, uint64_t address,
			 uint64_t class_, uint64_t status)
{
	struct guest_fault fault;
	uint64_t value;

	if (!EXPECT(probe_faults(guest, probe, address, &fault, &value)))
		return;
	if (fault.address != address || SYNDROME_CLASS(fault.syndrome) != class_ ||
	    ABORT_STATUS(fault.syndrome) != status)
		check_fail(__LINE__, "%s at %lx: address %lx, syndrome %lx", probe_name(probe),
			   address, fault.address, fault.syndrome);
	if (class_ == CLASS_DATA_ABORT)
		EXPECT_EQUAL(probe_is_store(probe), ABORT_IS_WRITE(fault.syndrome));
}

static void an_abort_tells_address_reason_and_direction(void)
{
	const uint64_t nothing = world.base + WORLD_FREE;
	const uint64_t text = probe_address(PROBE_READ);
	struct guest guest;

	guest_make(&guest);
	probe_start(&guest);
	expect_abort(&guest, PROBE_READ, nothing + 0x128, CLASS_DATA_ABORT, ABORT_TRANSLATION);
	expect_abort(&guest, PROBE_READ_BYTE, nothing + 1, CLASS_DATA_ABORT, ABORT_TRANSLATION);
	expect_abort(&guest, PROBE_WRITE, nothing + 0xff8, CLASS_DATA_ABORT, ABORT_TRANSLATION);
	expect_abort(&guest, PROBE_WRITE_BYTE, nothing + 0xfff, CLASS_DATA_ABORT,
		     ABORT_TRANSLATION);
	expect_abort(&guest, PROBE_WRITE, text & ~UINT64_C(7), CLASS_DATA_ABORT, ABORT_PERMISSION);
	expect_abort(&guest, PROBE_EXECUTE, nothing + 0x128, CLASS_INSTRUCTION_ABORT,
		     ABORT_TRANSLATION);
	expect_abort(&guest, PROBE_EXECUTE, guest.stack_top - 16, CLASS_INSTRUCTION_ABORT,
		     ABORT_PERMISSION);
}

static void a_program_counter_that_is_not_aligned_faults(void)
{
	static const uint64_t wrong[] = { 1, 2, 3 };
	struct guest_fault fault;
	struct guest guest;
	uint64_t value;
	uint32_t i;

	guest_make(&guest);
	probe_start(&guest);
	for (i = 0; i < COUNT_OF(wrong); i++) {
		const uint64_t address = probe_address(PROBE_READ) + wrong[i];

		if (!EXPECT(probe_faults(&guest, PROBE_EXECUTE, address, &fault, &value)))
			continue;
		EXPECT_EQUAL(RVX_FAULT_ALIGNMENT, fault.kind);
		EXPECT_EQUAL(address, fault.pc);
		EXPECT_EQUAL(address, fault.address);
		EXPECT_EQUAL(CLASS_PC_ALIGNMENT, SYNDROME_CLASS(fault.syndrome));
	}
}

static void an_exclusive_access_that_is_not_aligned_faults(void)
{
	const uint64_t address = world.base + WORLD_BOARD + 0x804;
	struct guest_fault fault;
	struct guest guest;

	run_start(&guest);
	run(&guest, (uint64_t)fault_load_exclusive, address, &fault);
	EXPECT_EQUAL(RVX_FAULT_ALIGNMENT, fault.kind);
	EXPECT_EQUAL(address, fault.address);
	EXPECT_EQUAL(fault_load_exclusive, fault.pc);
	EXPECT_EQUAL(CLASS_DATA_ABORT, SYNDROME_CLASS(fault.syndrome));
	guest_step(&guest, 4);
	expect_returns(&guest, address, __LINE__);
}

/* An emulator may not check it: then the load succeeds. */
static void a_stack_pointer_that_is_not_aligned_faults_where_it_is_checked(void)
{
	struct guest_fault fault;
	struct guest guest;
	uint64_t stack;

	run_start(&guest);
	run(&guest, (uint64_t)fault_misaligned_stack, MARK, &fault);
	if (is_told(&fault))
		return;
	EXPECT_EQUAL(RVX_FAULT_ALIGNMENT, fault.kind);
	EXPECT_EQUAL(fault_misaligned_stack_load, fault.pc);
	EXPECT_EQUAL(CLASS_SP_ALIGNMENT, SYNDROME_CLASS(fault.syndrome));
	EXPECT_EQUAL(8, fault.sp % 16);
	MUST(rvx_task_read_registers(guest.task, RVX_REGISTERS_X8_X15, NULL, &stack, NULL, NULL,
				     NULL, NULL, NULL, NULL));
	MUST(rvx_task_write_registers(guest.task, RVX_REGISTERS_CONTROL, stack,
				      (uint64_t)fault_misaligned_stack_leave, 0, 0, 0, 0, 0, 0));
	MUST(rvx_task_resume(guest.task));
	expect_returns(&guest, MARK, __LINE__);
}

static void a_stack_that_overflows_faults_below_its_last_page(void)
{
	struct guest_fault fault;
	struct guest guest;
	uint64_t bottom;
	uint32_t round;

	run_start(&guest);
	bottom = guest.stack_top - GUEST_STACK_PAGES * RVX_PAGE_SIZE;
	for (round = 0; round < 3; round++) {
		run(&guest, (uint64_t)fault_overflow_stack, MARK, &fault);
		EXPECT_EQUAL(RVX_FAULT_DATA, fault.kind);
		EXPECT_EQUAL(bottom - 16, fault.address);
		EXPECT_EQUAL(bottom, fault.sp);
		EXPECT_EQUAL(fault_overflow_stack_push, fault.pc);
		EXPECT_EQUAL(CLASS_DATA_ABORT, SYNDROME_CLASS(fault.syndrome));
		EXPECT_EQUAL(1, ABORT_IS_WRITE(fault.syndrome));
		set_pc(&guest, (uint64_t)fault_overflow_stack_leave);
		MUST(rvx_task_resume(guest.task));
		expect_returns(&guest, MARK, __LINE__);
	}
}

/*
 * The registers of a task that faulted.
 */

#define GROUP_SIZE 8u
#define GENERAL 31u
#define NZCV_ALL UINT64_C(0xf0000000)

static enum rvx_status group_read(const struct guest *guest, uint64_t group, uint64_t *r)
{
	return rvx_task_read_registers(guest->task, group, &r[0], &r[1], &r[2], &r[3], &r[4], &r[5],
				       &r[6], &r[7]);
}

static enum rvx_status group_write(const struct guest *guest, uint64_t group, const uint64_t *r)
{
	return rvx_task_write_registers(guest->task, group, r[0], r[1], r[2], r[3], r[4], r[5],
					r[6], r[7]);
}

static uint64_t written(uint64_t number)
{
	return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void expect_registers_told(const struct guest *guest)
{
	uint64_t r[GROUP_SIZE], group, i;

	for (group = 0; group < RVX_REGISTERS_CONTROL; group++) {
		MUST(group_read(guest, group, r));
		for (i = 0; i < GROUP_SIZE; i++) {
			const uint64_t number = group * GROUP_SIZE + i;

			EXPECT_EQUAL(number < GENERAL ? 0x1000 + number : 0, r[i]);
		}
	}
	MUST(group_read(guest, RVX_REGISTERS_CONTROL, r));
	EXPECT_EQUAL(guest->stack_top, r[0]);
	EXPECT_EQUAL(fault_with_registers_place, r[1]);
	EXPECT_EQUAL(0xa0000000, r[2]);
	EXPECT_EQUAL(0x3000, r[3]);
	for (i = 4; i < GROUP_SIZE; i++)
		EXPECT_EQUAL(0, r[i]);
}

/* All of them, the status register with every bit: only the flags may be taken. */
static void registers_write(const struct guest *guest, uint64_t sp, uint64_t pstate)
{
	uint64_t r[GROUP_SIZE], group, i;

	for (group = 0; group < RVX_REGISTERS_CONTROL; group++) {
		for (i = 0; i < GROUP_SIZE; i++)
			r[i] = written(group * GROUP_SIZE + i);
		MUST(group_write(guest, group, r));
		MUST(group_read(guest, group, r));
		EXPECT_EQUAL(written(group * GROUP_SIZE), r[0]);
	}
	r[0] = sp;
	r[1] = (uint64_t)fault_with_registers_place + 4;
	r[2] = pstate;
	r[3] = MARK;
	MUST(group_write(guest, RVX_REGISTERS_CONTROL, r));
	MUST(group_read(guest, RVX_REGISTERS_CONTROL, r));
	EXPECT_EQUAL(pstate & NZCV_ALL, r[2]);
}

static void registers_of_a_faulted_task_are_read_and_written(void)
{
	static const uint64_t states[] = { UINT64_MAX, 0, ~NZCV_ALL, NZCV_ALL, 0x600003cd };
	volatile uint64_t *found = &board()[BOARD_SCRATCH];
	struct guest_fault fault;
	struct guest guest;
	uint64_t i;
	uint32_t round;

	for (round = 0; round < COUNT_OF(states); round++) {
		guest_make(&guest);
		guest_start(&guest, fault_with_registers, 0);
		MUST(guest_wait_fault(&fault, LIMIT_US) ? RVX_OK : RVX_TIMED_OUT);
		EXPECT_EQUAL(guest.stack_top, fault.sp);
		expect_registers_told(&guest);
		registers_write(&guest, (uint64_t)found, states[round]);
		MUST(rvx_task_resume(guest.task));
		if (!EXPECT(guest_wait_fault(&fault, LIMIT_US)))
			continue;
		EXPECT_EQUAL(RVX_FAULT_BREAKPOINT, fault.kind);
		EXPECT_EQUAL(fault_with_registers_end, fault.pc);
		EXPECT_EQUAL(found, fault.sp);
		for (i = 0; i < GENERAL; i++)
			EXPECT_EQUAL(written(i), found[i]);
		EXPECT_EQUAL(states[round] & NZCV_ALL, found[GENERAL]);
		EXPECT_EQUAL(MARK, found[GENERAL + 1]);
	}
}

/*
 * Supervisors.
 */

/* A task with no stack that does nothing but fault, whose master the case has; no supervisor. */
static void orphan_make(const struct guest *home, struct guest *orphan, rvx_handle_t *master)
{
	*orphan = *home;
	orphan->badge = world.next_badge++;
	*master = world_make(RVX_OBJECT_TASK, 0);
	MUST(rvx_cap_mint(OWN, *master, OWN, world_slot(), RVX_RIGHTS_ALL, orphan->badge, 0,
			  &orphan->task));
	MUST(rvx_task_bind(orphan->task, home->partition, home->table));
}

static void expect_quiet(int line)
{
	struct guest_fault fault;

	if (guest_wait_fault(&fault, QUIET_US))
		check_fail(line, "guest %lu: %s at %lx", fault.badge, rvx_fault_name(fault.kind),
			   fault.pc);
}

static void expect_endless_fault(const struct guest *guest, int line)
{
	struct guest_fault fault;

	if (!guest_wait_fault(&fault, LIMIT_US)) {
		check_fail(line, "no fault");
		return;
	}
	if (fault.badge != guest->badge || fault.kind != RVX_FAULT_BREAKPOINT ||
	    fault.address != (uint64_t)fault_for_ever || fault.pc != fault.address ||
	    fault.syndrome != ((uint64_t)CLASS_BREAKPOINT << 26 | 1u << 25 | 1))
		check_fail(line, "guest %lu: %s at %lx, address %lx, syndrome %lx", fault.badge,
			   rvx_fault_name(fault.kind), fault.pc, fault.address, fault.syndrome);
}

static bool is_faulted(const struct guest *guest)
{
	uint64_t pc = 0;

	return rvx_task_read_registers(guest->task, RVX_REGISTERS_CONTROL, NULL, &pc, NULL, NULL,
				       NULL, NULL, NULL, NULL) == RVX_OK &&
	       pc == (uint64_t)fault_for_ever;
}

static void a_fault_without_a_supervisor_is_told_to_the_first_there_is(void)
{
	struct guest home, orphan;
	rvx_handle_t master;
	uint64_t sequence;

	guest_make(&home);
	orphan_make(&home, &orphan, &master);
	sequence = log_status().next;
	guest_start(&orphan, fault_for_ever, 0);
	expect_quiet(__LINE__);
	EXPECT(is_faulted(&orphan));
	EXPECT_EQUAL(1, log_count(sequence, RVX_WITNESS_TASK_FAULT, &sequence));
	EXPECT_EQUAL((uint64_t)RVX_FAULT_BREAKPOINT << 32 | 1, log_record(sequence)->p0);
	EXPECT_EQUAL(fault_for_ever, log_record(sequence)->p1);
	MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
	expect_endless_fault(&orphan, __LINE__);
	/* Once: it is told, and not told again until it faults again. */
	expect_quiet(__LINE__);
	MUST(rvx_task_resume(orphan.task));
	expect_endless_fault(&orphan, __LINE__);
	/* Without anybody's knowledge it can be resumed, too. */
	MUST(rvx_task_resume(orphan.task));
	expect_endless_fault(&orphan, __LINE__);
}

static void a_fault_outlives_its_supervisor(void)
{
	struct guest home, orphan, supervisor;
	rvx_handle_t master, supervisor_master;
	uint32_t round;

	/* The supervisor ends before the fault; after it, not having been told. */
	for (round = 0; round < 2; round++) {
		guest_make(&home);
		orphan_make(&home, &orphan, &master);
		orphan_make(&home, &supervisor, &supervisor_master);
		MUST(rvx_task_supervise(orphan.task, supervisor.task));
		if (round == 1)
			guest_start(&orphan, fault_for_ever, 0);
		expect_quiet(__LINE__);
		MUST(rvx_cap_revoke(OWN, supervisor_master, NULL));
		MUST(rvx_cap_delete(OWN, supervisor_master));
		if (round == 0)
			guest_start(&orphan, fault_for_ever, 0);
		expect_quiet(__LINE__);
		EXPECT(is_faulted(&orphan));
		EXPECT_STATUS(STALE, rvx_task_supervise(orphan.task, supervisor.task));
		MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
		expect_endless_fault(&orphan, __LINE__);
	}
}

static void a_new_supervisor_takes_over_what_was_not_received(void)
{
	struct guest home, orphan, supervisor;
	rvx_handle_t master, supervisor_master;

	guest_make(&home);
	orphan_make(&home, &orphan, &master);
	orphan_make(&home, &supervisor, &supervisor_master);
	MUST(rvx_task_supervise(orphan.task, supervisor.task));
	guest_start(&orphan, fault_for_ever, 0);
	expect_quiet(__LINE__);
	MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
	expect_endless_fault(&orphan, __LINE__);
	expect_quiet(__LINE__);
}

static void the_end_of_a_faulted_task_takes_its_fault_along(void)
{
	struct guest home, orphan;
	rvx_handle_t master;

	guest_make(&home);
	orphan_make(&home, &orphan, &master);
	guest_start(&orphan, fault_for_ever, 0);
	expect_quiet(__LINE__);
	MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
	MUST(rvx_cap_revoke(OWN, master, NULL));
	MUST(rvx_cap_delete(OWN, master));
	expect_quiet(__LINE__);
}

static void park_main(uint64_t argument)
{
	struct rvx_message message;

	(void)argument;
	for (;;)
		(void)rvx_recv(&message);
}

static void only_what_faulted_or_was_suspended_can_be_resumed(void)
{
	struct guest home, orphan, parked;
	rvx_handle_t master;

	guest_make(&home);
	guest_make_beside(&parked, &home);
	orphan_make(&home, &orphan, &master);
	EXPECT_STATUS(WRONG_STATE, rvx_task_resume(orphan.task)); /* stopped */
	EXPECT_STATUS(WRONG_STATE, rvx_task_resume(WORLD_OWN_TASK));
	MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
	guest_start(&parked, park_main, 0);
	expect_quiet(__LINE__);
	EXPECT_STATUS(WRONG_STATE, rvx_task_resume(parked.task)); /* receiving */
	/* Nobody can say when a ready task runs, unless its partition does not. */
	MUST(rvx_partition_suspend(home.partition));
	guest_start(&orphan, fault_for_ever, 0);
	EXPECT_STATUS(WRONG_STATE, rvx_task_resume(orphan.task)); /* ready */
	MUST(rvx_partition_resume(home.partition));
	expect_endless_fault(&orphan, __LINE__);
	EXPECT_STATUS(WRONG_STATE, rvx_task_start(orphan.task, (uint64_t)park_main, 0, 0));
	MUST(rvx_partition_suspend(home.partition));
	EXPECT_STATUS(OK, rvx_task_resume(orphan.task));
	EXPECT_STATUS(WRONG_STATE, rvx_task_resume(orphan.task)); /* ready again */
	MUST(rvx_partition_resume(home.partition));
	expect_endless_fault(&orphan, __LINE__);

	/* Resumed before its fault was received: it is not told. */
	MUST(rvx_task_resume(orphan.task));
	MUST(rvx_yield());
	MUST(rvx_yield());
	if (EXPECT(is_faulted(&orphan))) {
		MUST(rvx_partition_suspend(home.partition));
		MUST(rvx_task_resume(orphan.task));
		expect_quiet(__LINE__);
		MUST(rvx_partition_resume(home.partition));
		expect_endless_fault(&orphan, __LINE__);
	}

	/* Suspended as well: one resume is for both. */
	MUST(rvx_task_suspend(orphan.task));
	EXPECT_STATUS(WRONG_STATE, rvx_task_suspend(orphan.task));
	EXPECT_STATUS(OK, rvx_task_resume(orphan.task));
	expect_endless_fault(&orphan, __LINE__);
}

/*
 * Floods.
 */

#define FLOOD 10000u

static uint64_t faults_recorded(uint64_t from, uint64_t *records)
{
	const uint64_t end = log_status().next;
	uint64_t sequence, count = 0;

	*records = 0;
	for (sequence = from; sequence < end; sequence++) {
		if (log_record(sequence)->kind != RVX_WITNESS_TASK_FAULT)
			continue;
		count += (uint32_t)log_record(sequence)->p0;
		++*records;
	}
	return count;
}

static void a_flood_of_faults_takes_few_places_and_every_fault_counts(void)
{
	struct guest home, orphan;
	rvx_handle_t master;
	uint64_t first, records;
	uint32_t i;

	guest_make(&home);
	orphan_make(&home, &orphan, &master);
	MUST(rvx_task_supervise(orphan.task, WORLD_OWN_TASK));
	guest_start(&orphan, fault_for_ever, 0);
	log_drain();
	expect_endless_fault(&orphan, __LINE__);
	log_drain();
	first = log_status().next;
	for (i = 0; i < FLOOD; i++) {
		MUST(rvx_task_resume(orphan.task));
		expect_endless_fault(&orphan, __LINE__);
	}
	EXPECT_EQUAL(first + 1, log_status().next);
	log_drain();
	EXPECT_EQUAL(FLOOD, faults_recorded(first, &records));
	EXPECT_EQUAL(2, records);
}

static const struct check_case cases[] = {
	CHECK_CASE(every_instruction_that_is_not_for_tasks_faults),
	CHECK_CASE(what_is_for_tasks_does_not_fault),
	CHECK_CASE(an_abort_tells_address_reason_and_direction),
	CHECK_CASE(a_program_counter_that_is_not_aligned_faults),
	CHECK_CASE(an_exclusive_access_that_is_not_aligned_faults),
	CHECK_CASE(a_stack_pointer_that_is_not_aligned_faults_where_it_is_checked),
	CHECK_CASE(a_stack_that_overflows_faults_below_its_last_page),
	CHECK_CASE(registers_of_a_faulted_task_are_read_and_written),
	CHECK_CASE(a_fault_without_a_supervisor_is_told_to_the_first_there_is),
	CHECK_CASE(a_fault_outlives_its_supervisor),
	CHECK_CASE(a_new_supervisor_takes_over_what_was_not_received),
	CHECK_CASE(the_end_of_a_faulted_task_takes_its_fault_along),
	CHECK_CASE(only_what_faulted_or_was_suspended_can_be_resumed),
	CHECK_CASE(a_flood_of_faults_takes_few_places_and_every_fault_counts),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
