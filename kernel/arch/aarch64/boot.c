/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * From the first C instruction to the portable boot: device tree, console, MMU, and every register
 * of EL1 and EL0 that is unknown after reset set to what partitions are promised.
 */
#include "kernel/boot.h"
#include "kernel/arch/aarch64/exception.h"
#include "kernel/arch/aarch64/hardware.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/panic.h"
#include "kernel/trap.h"

/* 39-bit addresses from level 1, 4 KiB, write-back, inner shareable, 40-bit physical. */
#define VTCR_VALUE ((uint64_t)1 << 31 | 25 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16)
#define CNTKCTL_VIRTUAL_COUNTER 2u
#define MDSCR_TDCC ((uint64_t)1 << 12)
/* Debug, OS lock, and performance monitor accesses of EL0 trap here. */
#define MDCR_TRAPS ((uint64_t)1 << 11 | 1 << 10 | 1 << 9 | 1 << 8 | 1 << 6 | 1 << 5)
#define DCZID_64_BYTES 4u
#define PSCI_CPU_ON 0xc4000003u

extern char image_start[], image_end[], aarch64_start_core[];

static struct boot_machine boot_machine;

#define STACK_SIZE 16384u
static char stacks[CONFIG_CORES_MAX][STACK_SIZE] __attribute__((aligned(4096))) UNCLEARED;

_Noreturn void aarch64_boot(const void *tree, uint64_t reset_time);
_Noreturn void aarch64_boot_core(struct core *core);

static void pin_el1_and_el0(void)
{
	WRITE_REGISTER(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_EL1_SA0 | SCTLR_EL1_DZE | SCTLR_EL1_UCT |
					  SCTLR_EL1_NTWE | SCTLR_EL1_UCI | SCTLR_I | SCTLR_C);
	WRITE_REGISTER(cpacr_el1, CPACR_FPEN); /* open here; CPTR_EL2 decides */
	WRITE_REGISTER(tcr_el1, 0);
	WRITE_REGISTER(ttbr0_el1, 0);
	WRITE_REGISTER(ttbr1_el1, 0);
	WRITE_REGISTER(mair_el1, 0);
	WRITE_REGISTER(contextidr_el1, 0);
	WRITE_REGISTER(tpidr_el1, 0);
	WRITE_REGISTER(tpidrro_el0, 0);
	WRITE_REGISTER(tpidr_el0, 0);
	WRITE_REGISTER(vbar_el1, 0);
	WRITE_REGISTER(cntvoff_el2, 0);
	WRITE_REGISTER(cntkctl_el1, CNTKCTL_VIRTUAL_COUNTER);
	WRITE_REGISTER(cntv_ctl_el0, 0);
	WRITE_REGISTER(cntp_ctl_el0, 0);
	WRITE_REGISTER(mdscr_el1, MDSCR_TDCC);
	WRITE_REGISTER(pmuserenr_el0, 0);
}

static void configure_el2(void)
{
	WRITE_REGISTER(vbar_el2, (uintptr_t)aarch64_vectors);
	WRITE_REGISTER(vtcr_el2, VTCR_VALUE);
	WRITE_REGISTER(cptr_el2, arch_fp_trapped());
	WRITE_REGISTER(hstr_el2, 0);
	WRITE_REGISTER(cnthctl_el2,
		       3); /* as E2H = 0 has it: EL1's own accesses, which there are none */
	WRITE_REGISTER(mdcr_el2, (READ_REGISTER(mdcr_el2) & 0x1f) | MDCR_TRAPS);
	WRITE_REGISTER(vpidr_el2, READ_REGISTER(midr_el1));
	WRITE_REGISTER(vmpidr_el2, READ_REGISTER(mpidr_el1));
	pin_el1_and_el0();
	WRITE_REGISTER(hcr_el2, HCR_VM | HCR_RW | HCR_TGE | HCR_DC | HCR_IMO | HCR_FMO | HCR_AMO);
	arch_address_space_set(NULL);
	isb();
	arch_tlb_flush_all();
}

#define PMCR_ENABLE 1u
#define PMCR_LONG ((uint64_t)1 << 6)
#define PMCCFILTR_NSH ((uint64_t)1 << 27)
#define CYCLE_COUNTER ((uint64_t)1 << 31)
#define PMUSERENR_CYCLES 5u
#ifdef KERNEL_COUNTERS
#define COUNTER_IS_OPEN true
#else
#define COUNTER_IS_OPEN false
#endif

/* Benchmark builds: tasks read the cycle counter, which also counts here. */
static void open_cycle_counter(void)
{
	WRITE_REGISTER(mdcr_el2, READ_REGISTER(mdcr_el2) & 0x1f);
	WRITE_REGISTER(pmccfiltr_el0, PMCCFILTR_NSH);
	WRITE_REGISTER(pmcntenset_el0, CYCLE_COUNTER);
	WRITE_REGISTER(pmcr_el0, READ_REGISTER(pmcr_el0) | PMCR_ENABLE | PMCR_LONG);
	WRITE_REGISTER(pmuserenr_el0, PMUSERENR_CYCLES);
}

static void configure_core(struct core *core, uint64_t affinity)
{
	WRITE_REGISTER(tpidr_el2, (uintptr_t)core);
	configure_el2();
	if (COUNTER_IS_OPEN)
		open_cycle_counter();
	aarch64_interrupts_init(affinity);
}

/* Entered by aarch64_start_core on a further core. */
_Noreturn void aarch64_boot_core(struct core *core)
{
	configure_core(core, aarch64_devices.affinity[core->id]);
	aarch64_resume(trap_idle(core));
}

static void start_core(uint32_t id)
{
	register uint64_t x0 __asm__("x0") = PSCI_CPU_ON;
	register uint64_t x1 __asm__("x1") = aarch64_devices.affinity[id];
	register uintptr_t x2 __asm__("x2") = (uintptr_t)aarch64_start_core;
	register uintptr_t x3 __asm__("x3") = (uintptr_t)&cores[id];

	__asm__ volatile("dsb sy\n\tsmc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
	if (x0 != 0)
		kpanic("core %u, affinity %lx, does not start: PSCI answers %ld", id,
		       (unsigned long)aarch64_devices.affinity[id], (long)x0);
}

static void read_items(struct boot_machine *machine)
{
	struct aarch64_item items[] = {
		{ "opt/ruvix/secret", machine->secret, sizeof(machine->secret), 0 },
		{ "opt/ruvix/log-id", machine->log_id, sizeof(machine->log_id), 0 },
		{ "opt/ruvix/boot", &machine->boot_number, sizeof(machine->boot_number), 0 },
		{ "opt/ruvix/nonce", machine->nonce, sizeof(machine->nonce), 0 },
	};

	aarch64_fw_cfg_read(items, sizeof(items) / sizeof(items[0]));
}

static void stage(enum rvx_boot_stage reached)
{
	boot_machine.stage_time[reached] = arch_clock_now();
}

_Noreturn void aarch64_boot(const void *tree, uint64_t reset_time)
{
	struct boot_machine *machine = &boot_machine;
	struct task *root;

	machine->stage_time[RVX_STAGE_RESET_ENTRY] = reset_time;
	WRITE_REGISTER(vbar_el2, (uintptr_t)aarch64_vectors);
	WRITE_REGISTER(tpidr_el2, (uintptr_t)&cores[0]);
	for (uint32_t i = 0; i < CONFIG_CORES_MAX; i++)
		cores[i].stack_top = stacks[i] + STACK_SIZE;
	aarch64_hardware_read(tree, machine);
	machine->reserved[machine->reserved_count++] =
		(struct boot_range){ (uintptr_t)image_start,
				     (uintptr_t)image_end - (uintptr_t)image_start };
	stage(RVX_STAGE_HARDWARE_DETECTED);
	aarch64_uart_init();
	stage(RVX_STAGE_CONSOLE_READY);
	aarch64_map_build(machine);
	aarch64_map_enable();
	stage(RVX_STAGE_MMU_ON);
	if ((READ_REGISTER(dczid_el0) & 0x1f) != DCZID_64_BYTES)
		kpanic("this core zeroes other blocks than 64 bytes (DCZID_EL0 %lx)",
		       (unsigned long)READ_REGISTER(dczid_el0));
	aarch64_distributor_init();
	configure_core(&cores[0], aarch64_devices.affinity[0]);
	stage(RVX_STAGE_EL2_CONFIGURED);
	read_items(machine);
	root = boot_kernel(machine);
	for (uint32_t i = 1; i < core_count; i++)
		start_core(i);
	aarch64_resume(root);
}
