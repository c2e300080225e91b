/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The core: clock, interrupts, address space, floating point, power. */
#include "kernel/arch/cpu.h"
#include "kernel/arch/aarch64/hardware.h"
#include "kernel/arch/aarch64/registers.h"
#include "kernel/arch/context.h"
#include "kernel/core.h"
#include "kernel/task.h"

#define PSCI_SYSTEM_OFF 0x84000008u
#define VTTBR_VMID_SHIFT 48u
#define VMID_COUNT_8BIT 256u

/* Timer: the EL2 physical one. */
#define CNTHP_ENABLE 1u

/* The GIC's CPU interface. */
#define INTERRUPT_CORE 0u
#define INTERRUPT_TIMER 26u
#define INTERRUPT_SPURIOUS_FIRST 1020u

#define PSTATE_EL0 0u /* AArch64, nothing masked */
#define PSTATE_NZCV ((uint64_t)0xf << 28)

void aarch64_fp_save(void *v);
void aarch64_fp_load(const void *v);

void arch_zero(void *memory, uint64_t size)
{
	char *at = memory;
	char *end = at + size;

	/* DC ZVA: the block is 64 bytes, checked at boot. */
	for (; at < end; at += 64)
		__asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
}

uint64_t arch_clock_now(void)
{
	return READ_REGISTER(cntvct_el0);
}

uint64_t arch_clock_frequency(void)
{
	return READ_REGISTER(cntfrq_el0);
}

uint64_t arch_cycles(void)
{
	return READ_REGISTER(pmccntr_el0);
}

void arch_timer_set(uint64_t ticks)
{
	WRITE_REGISTER(cnthp_cval_el2, ticks);
	WRITE_REGISTER(cnthp_ctl_el2, CNTHP_ENABLE);
}

bool arch_interrupt_pending(void)
{
	return READ_REGISTER(isr_el1) != 0;
}

void arch_interrupt_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

uint32_t arch_interrupt_take(void)
{
	uint32_t id = (uint32_t)READ_REGISTER(S3_0_C12_C12_0); /* ICC_IAR1 */

	if (id >= INTERRUPT_SPURIOUS_FIRST)
		return ARCH_INTERRUPT_NONE;
	/* The level must fall before the end of interrupt: both are off until they are set again. */
	if (id >= ARCH_INTERRUPT_DEVICE_FIRST)
		arch_interrupt_disable(id);
	else if (id == INTERRUPT_TIMER)
		WRITE_REGISTER(cnthp_ctl_el2, 0);
	isb();
	WRITE_REGISTER(S3_0_C12_C12_1, id); /* ICC_EOIR1 */
	if (id == INTERRUPT_TIMER)
		return ARCH_INTERRUPT_TIMER;
	return id == INTERRUPT_CORE ? ARCH_INTERRUPT_CORE : (uint32_t)id;
}

struct core *arch_core(void)
{
	return (struct core *)(uintptr_t)READ_REGISTER(tpidr_el2);
}

/* A target is its affinity levels 3 to 1 and a bit for level 0. */
void arch_core_interrupt(uint32_t id)
{
	uint64_t affinity = aarch64_devices.affinity[id];

	/* What was written for the other core is seen before the interrupt is. */
	__asm__ volatile("dsb ishst" : : : "memory");
	WRITE_REGISTER(S3_0_C12_C11_5,
		       (affinity >> 32 & 0xff) << 48 | (affinity >> 16 & 0xff) << 32 |
			       (affinity >> 8 & 0xff) << 16 | (uint64_t)INTERRUPT_CORE << 24 |
			       (uint64_t)1 << (affinity & 0xf));
	isb();
}

void arch_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* The stage-2 root of idle cores: it maps nothing, under VMID 0. */
static uint64_t empty_root[512] __attribute__((aligned(4096)));

uint64_t arch_vttbr_none(void)
{
	return (uintptr_t)empty_root;
}

void arch_address_space_set(const struct partition *partition)
{
	uint64_t vttbr = partition != NULL ? partition->vttbr : arch_vttbr_none();

	if (READ_REGISTER(vttbr_el2) == vttbr)
		return;
	WRITE_REGISTER(vttbr_el2, vttbr);
	isb();
}

uint64_t arch_vttbr(uint32_t vmid, const uint64_t *root)
{
	return (uint64_t)vmid << VTTBR_VMID_SHIFT | (uintptr_t)root;
}

uint32_t arch_vmid_count(void)
{
	return VMID_COUNT_8BIT;
}

void arch_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi alle1is\n\tdsb ish\n\tisb" : : : "memory");
}

uint64_t arch_fp_trapped(void)
{
	return CPTR_RES1 | CPTR_TFP;
}

uint64_t arch_fp_open(void)
{
	return CPTR_RES1;
}

void arch_fp_access(uint64_t cptr)
{
	/* Takes effect for EL0 with the exception return. */
	WRITE_REGISTER(cptr_el2, cptr);
}

void arch_fp_save(struct task *task)
{
	isb(); /* access was opened just now; FPCR and FPSR by number, as the compiler is told of no FP */
	task->fpcr = READ_REGISTER(S3_3_C4_C4_0);
	task->fpsr = READ_REGISTER(S3_3_C4_C4_1);
	aarch64_fp_save(task->v);
}

void arch_fp_load(const struct task *task)
{
	isb();
	WRITE_REGISTER(S3_3_C4_C4_0, task->fpcr);
	WRITE_REGISTER(S3_3_C4_C4_1, task->fpsr);
	aarch64_fp_load(task->v);
}

uint64_t arch_initial_pstate(void)
{
	return PSTATE_EL0;
}

uint64_t arch_pstate_flags(uint64_t pstate)
{
	return pstate & PSTATE_NZCV;
}

#ifdef KERNEL_SEMIHOSTING
#define SEMIHOSTING_EXIT 0x18u
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

/* Test builds: the emulator's exit status is ours. */
static void semihosting_exit(uint32_t status)
{
	const uint64_t block[2] = { ADP_STOPPED_APPLICATION_EXIT, status };
	register uint64_t operation __asm__("x0") = SEMIHOSTING_EXIT;
	register const uint64_t *argument __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : : "r"(operation), "r"(argument) : "memory");
}
#endif

_Noreturn void arch_machine_off(uint32_t status)
{
	register uint64_t function __asm__("x0") = PSCI_SYSTEM_OFF;

	(void)status;
#ifdef KERNEL_SEMIHOSTING
	semihosting_exit(status);
#endif
	__asm__ volatile("smc #0" : "+r"(function) : : "memory");
	for (;;)
		__asm__ volatile("wfe");
}

void arch_console_put(char c)
{
	aarch64_uart_put(c);
}
