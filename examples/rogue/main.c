/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The rogue tries what a partition must not be able to do, one thing after the other: others'
 * memory, the kernel's and the devices', handles that it forged or that are stale, rights that it
 * lacks, privileged instructions, and more resources than it was given. Its supervisor steps over
 * its faults, so that it can go on to the next attempt.
 *
 * The manifest gives it two edges (one to report over, one to agent_b with READ only), a region
 * that it may only read, 64 KiB of memory, and the console.
 */
#include "examples/rogue/trial.h"

static const rvx_handle_t report = RVX_EDGE(0);
static const rvx_handle_t read_only_edge = RVX_EDGE(1);
static const rvx_handle_t read_only_region = RVX_REGION(0);
static const rvx_handle_t console = RVX_SLOT_HANDLE(RVX_SLOT_MACHINE);
static const rvx_handle_t memory = RVX_SLOT_HANDLE(RVX_SLOT_UNTYPED);
static const rvx_handle_t own_code = RVX_SLOT_HANDLE(RVX_SLOT_MEMORY_FIRST);

uint64_t probe_read(uint64_t address, uint64_t given);
uint64_t probe_write(uint64_t address, uint64_t value);
uint64_t probe_execute(uint64_t given, uint64_t address);
uint64_t probe_call_unknown(uint64_t given);

/* Where others are: windows by the manifest, kernel and devices by the machine. */
#define AGENT_A 0x100000000u
#define AGENT_B 0x104000000u
#define KERNEL 0x40080000u
#define UART 0x09000000u
#define GIC 0x08000000u

struct place {
	const char *name;
	uint64_t address;
};

static const struct place foreign[] = {
	{ "agent_a's program", AGENT_A },
	{ "agent_b's stack", AGENT_B + RVX_WINDOW_STACK_END - 16 },
	{ "agent_b's half of the ring", AGENT_B + RVX_WINDOW_REGIONS },
	{ "controld's program", RVX_ROOT_WINDOW *RVX_WINDOW_SIZE },
	{ "the kernel's text", KERNEL },
	{ "the end of RAM", 0x4ffff000 },
	{ "the console's device", UART },
	{ "the interrupt controller", GIC },
	{ "address 0", 0 },
	{ "the first address that is too large", UINT64_C(1) << RVX_ADDRESS_BITS },
	{ "an address of the upper half", UINT64_C(0xffff000040080000) },
};
#define FOREIGN_COUNT (sizeof(foreign) / sizeof(foreign[0]))

static void read_at(const char *name, uint64_t address)
{
	uint64_t value;

	rvx_printf("rogue: reads %s, %lx\n", name, address);
	value = probe_read(address, SENTINEL);
	trial_ends(value == SENTINEL, value);
}

static void write_at(const char *name, uint64_t address)
{
	uint64_t after;

	rvx_printf("rogue: writes %s, %lx\n", name, address);
	after = probe_write(address, SENTINEL);
	trial_ends(after == address, after);
}

static void execute_at(const char *name, uint64_t address)
{
	uint64_t value;

	rvx_printf("rogue: jumps to %s, %lx\n", name, address);
	value = probe_execute(SENTINEL, address);
	trial_ends(value == SENTINEL, value);
}

/* mov x0, #1; ret */
static uint32_t code_in_data[] = { 0xd2800020, 0xd65f03c0 };

static void try_memory(void)
{
	uint32_t i;

	for (i = 0; i < FOREIGN_COUNT; i++)
		read_at(foreign[i].name, foreign[i].address);
	for (i = 0; i < FOREIGN_COUNT; i++)
		write_at(foreign[i].name, foreign[i].address);
	execute_at(foreign[0].name, foreign[0].address);
	execute_at("the kernel's text", KERNEL);
	execute_at("an odd address", AGENT_A + 1);

	write_at("its own code", (uint64_t)probe_write);
	write_at("a region it may only read",
		 (uint64_t)rvx_region_address(RVX_SLOT_REGION_FIRST, NULL));
	execute_at("its own data", (uint64_t)code_in_data);
	execute_at("its own stack", (uint64_t)__builtin_frame_address(0) & ~UINT64_C(3));
}

/* X(function of instructions.S, what it is) */
#define INSTRUCTION_LIST(X) \
	X(read_sctlr_el1, "mrs sctlr_el1") \
	X(read_vbar_el1, "mrs vbar_el1") \
	X(read_ttbr0_el1, "mrs ttbr0_el1") \
	X(read_currentel, "mrs currentel") \
	X(read_mpidr_el1, "mrs mpidr_el1") \
	X(read_cntpct_el0, "mrs cntpct_el0") \
	X(read_pmccntr_el0, "mrs pmccntr_el0") \
	X(read_hcr_el2, "mrs hcr_el2") \
	X(read_vttbr_el2, "mrs vttbr_el2") \
	X(read_elr_el2, "mrs elr_el2") \
	X(read_scr_el3, "mrs scr_el3") \
	X(write_vbar_el1, "msr vbar_el1") \
	X(write_vbar_el2, "msr vbar_el2") \
	X(write_hcr_el2, "msr hcr_el2") \
	X(write_vttbr_el2, "msr vttbr_el2") \
	X(write_cntv_ctl_el0, "msr cntv_ctl_el0") \
	X(mask_interrupts, "msr daifset") \
	X(select_stack, "msr spsel") \
	X(flush_translations_el1, "tlbi vmalle1") \
	X(flush_translations_el2, "tlbi alle2") \
	X(invalidate_by_set, "dc isw") \
	X(invalidate_instructions, "ic iallu") \
	X(translate, "at s1e1r") \
	X(return_from_exception, "eret") \
	X(call_monitor, "smc") \
	X(call_hypervisor, "hvc") \
	X(call_emulator, "hlt, which calls the emulator") \
	X(break_point, "brk") \
	X(undefined, "an undefined instruction")

#define DECLARE(function, text) uint64_t function(uint64_t given);
INSTRUCTION_LIST(DECLARE)
#undef DECLARE

static void try_instruction(const char *name, uint64_t (*probe)(uint64_t))
{
	uint64_t value;

	trial_begins(name);
	value = probe(SENTINEL);
	trial_ends(value == SENTINEL, value);
}

static void try_instructions(void)
{
#define TRY(function, text) try_instruction(text, function);
	INSTRUCTION_LIST(TRY)
#undef TRY
}

/* Handles that nobody gave it. The call would stop the partition that it names. */
static void try_forged_handles(void)
{
	static const uint32_t generations[] = { 0, 1, 2, 3, RVX_GENERATION_MAX, UINT32_MAX };
	struct trial_count count = { .tries = 0 };
	uint64_t random = SENTINEL;
	uint32_t slot, i;

	for (slot = 0; slot < 300; slot++)
		for (i = 0; i < sizeof(generations) / sizeof(generations[0]); i++)
			trial_count(&count,
				    rvx_partition_suspend(RVX_HANDLE(slot, generations[i])));
	trial_count_print("handles near its own", &count);

	count = (struct trial_count){ .tries = 0 };
	for (i = 0; i < 2000; i++) {
		random = random * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;
		trial_count(&count, rvx_machine_off(random ^ random >> 31, 1));
	}
	trial_count_print("random handles", &count);
}

static void try_stale_handles(void)
{
	rvx_handle_t first = RVX_HANDLE_NONE, second = RVX_HANDLE_NONE;

	(void)rvx_untyped_retype(memory, RVX_OBJECT_REGION, 1, RVX_TABLE_OWN, RVX_SLOT_FREE,
				 &first);
	(void)rvx_cap_delete(RVX_TABLE_OWN, first);
	trial_answered("uses a handle after deleting it", rvx_region_unmap(RVX_TABLE_OWN, first));
	(void)rvx_untyped_retype(memory, RVX_OBJECT_REGION, 1, RVX_TABLE_OWN, RVX_SLOT_FREE,
				 &second);
	trial_answered("uses it when its slot is full again",
		       rvx_region_unmap(RVX_TABLE_OWN, first));
	(void)rvx_cap_delete(RVX_TABLE_OWN, second);
	trial_answered("deletes the same thing twice", rvx_cap_delete(RVX_TABLE_OWN, second));
}

static void try_rights(void)
{
	struct rvx_message message = { .label = 1 };

	trial_answered("calls over an end that may only receive",
		       rvx_edge_call(read_only_edge, &message));
	trial_answered("signals over it", rvx_edge_signal(read_only_edge, 1, 0));
	trial_answered("replies to nobody", rvx_edge_reply(read_only_edge, &message));
	trial_answered("makes a read-only region writable",
		       rvx_region_protect(RVX_TABLE_OWN, read_only_region,
					  RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	trial_answered(
		"makes its code writable",
		rvx_region_protect(RVX_TABLE_OWN, own_code, RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	trial_answered("copies a capability without GRANT",
		       rvx_cap_copy(RVX_TABLE_OWN, console, RVX_TABLE_OWN, RVX_SLOT_FREE,
				    RVX_RIGHTS_ALL, NULL));
	trial_answered("revokes without REVOKE", rvx_cap_revoke(RVX_TABLE_OWN, console, NULL));
	trial_answered("powers off through the console", rvx_machine_off(console, 1));
	trial_answered("uses the console as a partition", rvx_partition_suspend(console));
	trial_answered(
		"reads the witness log",
		rvx_log_status(RVX_SLOT_HANDLE(RVX_SLOT_WITNESS_LOG), NULL, NULL, NULL, NULL));
	trial_answered("uses the root's table",
		       rvx_cap_describe(RVX_SLOT_HANDLE(RVX_SLOT_CAPTABLE), RVX_BOOT_TASK, NULL,
					NULL, NULL, NULL, NULL, NULL, NULL));
	trial_answered("makes a system call that does not exist",
		       (enum rvx_status)(int64_t)probe_call_unknown(SENTINEL));
}

/* Take memory, slots and witness credits until there is none. */
static void try_exhaustion(void)
{
	rvx_handle_t region = RVX_HANDLE_NONE, copy = RVX_HANDLE_NONE;
	enum rvx_status status = RVX_OK;
	uint32_t slot = RVX_SLOT_FREE;
	uint32_t count;

	for (count = 0; count < 1000; count++, slot++) {
		status = rvx_untyped_retype(memory, RVX_OBJECT_REGION, 1, RVX_TABLE_OWN, slot,
					    count == 0 ? &region : NULL);
		if (status != RVX_OK)
			break;
	}
	rvx_printf("rogue: takes memory: %u pages, then %s\n", count, rvx_status_name(status));

	for (count = 0; count < 1000; count++, slot++) {
		status = rvx_cap_copy(RVX_TABLE_OWN, region, RVX_TABLE_OWN, slot, RVX_RIGHT_READ,
				      count == 0 ? &copy : NULL);
		if (status != RVX_OK)
			break;
	}
	slot = RVX_HANDLE_SLOT(copy);
	rvx_printf("rogue: fills its table: %u slots, then %s\n", count, rvx_status_name(status));

	for (count = 0; count < 100000; count++) {
		status = rvx_cap_delete(RVX_TABLE_OWN, copy);
		if (status == RVX_OK)
			status = rvx_cap_copy(RVX_TABLE_OWN, region, RVX_TABLE_OWN, slot,
					      RVX_RIGHT_READ, &copy);
		if (status != RVX_OK)
			break;
	}
	rvx_printf("rogue: writes records: %u pairs, then %s\n", count, rvx_status_name(status));
}

/* Refusals must not fill the log either. */
static void try_flood(void)
{
	uint32_t i;

	for (i = 0; i < 20000; i++)
		(void)rvx_partition_suspend(RVX_HANDLE_NONE);
	rvx_printf("rogue: makes %u refused calls in a row\n", i);
}

int main(uint64_t argument)
{
	(void)argument;
	try_memory();
	try_instructions();
	try_rights();
	try_forged_handles();
	try_stale_handles();
	try_exhaustion();
	try_flood();
	rvx_print("rogue: has no more ideas\n");
	(void)rvx_edge_signal(report, RVX_REPORT_DONE, 0);
	return 0;
}
