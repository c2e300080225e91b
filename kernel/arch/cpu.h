/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Contract of an architecture: the core, its clock, its interrupts, the machine around it.
 */
#ifndef KERNEL_ARCH_CPU_H
#define KERNEL_ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct task;
struct partition;
struct core;

/* The core that executes this. */
struct core *arch_core(void);
/* Interrupt another core. */
void arch_core_interrupt(uint32_t id);
/* In a loop that waits for another core: an emulator of one thread lets that one go on. */
void arch_relax(void);

/* Zero memory that no partition owns; both multiples of 64. */
void arch_zero(void *memory, uint64_t size);

/* Ticks of the counter that partitions see too. */
uint64_t arch_clock_now(void);
uint64_t arch_clock_frequency(void);
/* Interrupt this core when the counter reaches `ticks`. */
void arch_timer_set(uint64_t ticks);

/* Instructions or cycles so far, for measuring; only where the build opened the counter. */
uint64_t arch_cycles(void);

/* Whether an interrupt waits for this core (they are masked throughout the kernel). */
bool arch_interrupt_pending(void);
/* Sleep until one does. */
void arch_interrupt_wait(void);
/* Take and finish the one that waits: enum arch_interrupt, or the number of a device's, which is
 * disabled then. */
uint32_t arch_interrupt_take(void);

enum arch_interrupt {
	ARCH_INTERRUPT_NONE, /* it is gone again */
	ARCH_INTERRUPT_TIMER,
	ARCH_INTERRUPT_CORE, /* another core has something for this one */
	ARCH_INTERRUPT_DEVICE_FIRST = 32
};

/* Devices' interrupts have numbers below this. All are disabled at first; one that comes while it
 * is disabled waits, if the device still wants it then. */
uint32_t arch_interrupt_count(void);
void arch_interrupt_enable(uint32_t number, uint32_t core);
void arch_interrupt_disable(uint32_t number);

/* Make the core run in `partition`'s address space, NULL: in none. It has a vttbr. */
void arch_address_space_set(const struct partition *partition);
/* The vttbr of a partition that has no VMID now: whatever runs with it faults at once. */
uint64_t arch_vttbr_none(void);
/* A new vttbr value: VMID and stage-2 root. */
uint64_t arch_vttbr(uint32_t vmid, const uint64_t *root);
/* VMIDs the core can tell apart, 0 included. */
uint32_t arch_vmid_count(void);
/* Forget all translations of all partitions. */
void arch_tlb_flush_all(void);

/* Lazy floating point: what CPTR a task runs with, and moving the state. */
uint64_t arch_fp_trapped(void);
uint64_t arch_fp_open(void);
void arch_fp_access(uint64_t cptr);
void arch_fp_save(struct task *task);
void arch_fp_load(const struct task *task);

void arch_console_put(char c);
/* Power off; test builds hand `status` to the emulator. */
_Noreturn void arch_machine_off(uint32_t status);

#endif
