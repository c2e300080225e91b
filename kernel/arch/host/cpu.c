/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The host as a core: a clock that stands, interrupts as tests order them, memory at a fixed
 * address, and an end that leads back to the test.
 */
#define _GNU_SOURCE
#include "kernel/arch/cpu.h"
#include "kernel/arch/context.h"
#include "kernel/arch/host/host.h"
#include "kernel/core.h"
#include "kernel/task.h"

#include <ruvix/types.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VTTBR_VMID_SHIFT 48u
#define CPTR_OPEN 1u
#define CPTR_TRAPPED 2u
#define PSTATE_NZCV ((uint64_t)0xf << 28)
#define FREQUENCY 62500000u

struct host host;

/* A file full of garbage, mapped privately: each machine gets fresh pages of it when it writes. */
static int garbage_file = -1;
static jmp_buf *way_out;

static void fail(const char *what)
{
	perror(what);
	abort();
}

static void make_garbage_file(void)
{
	static char chunk[1 << 16];

	garbage_file = memfd_create("ram", 0);
	if (garbage_file < 0)
		fail("memfd_create");
	memset(chunk, HOST_GARBAGE, sizeof(chunk));
	for (uint64_t done = 0; done < HOST_RAM_SIZE_MAX / 16; done += sizeof(chunk)) {
		if (write(garbage_file, chunk, sizeof(chunk)) != (ssize_t)sizeof(chunk))
			fail("write");
	}
}

void host_init(uint64_t ram_size)
{
	const uint64_t file_size = HOST_RAM_SIZE_MAX / 16;

	if (garbage_file < 0)
		make_garbage_file();
	if (host.ram_size > ram_size)
		(void)munmap((void *)(uintptr_t)HOST_RAM_BASE, host.ram_size);
	for (uint64_t at = 0; at < ram_size; at += file_size) {
		uint64_t size = ram_size - at < file_size ? ram_size - at : file_size;
		void *wanted = (void *)(uintptr_t)(HOST_RAM_BASE + at);

		if (mmap(wanted, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
			 garbage_file, 0) != wanted)
			fail("mmap");
	}
	memset(&host, 0, sizeof(host));
	host.ram_size = ram_size;
	host.now = 1000;
	host.timer_at = UINT64_MAX;
	host.vmid_count = 256;
	arch_tlb_flush_all();
}

enum host_exit host_run(struct task *(*function)(void *), void *argument, struct task **result)
{
	jmp_buf here;
	jmp_buf *before = way_out;
	int reason = setjmp(here);

	if (reason == 0) {
		way_out = &here;
		*result = function(argument);
	} else {
		*result = NULL;
	}
	way_out = before;
	return (enum host_exit)reason;
}

static _Noreturn void leave(enum host_exit reason)
{
	if (way_out == NULL) {
		fwrite(host.console, 1, host.console_length, stderr);
		abort();
	}
	longjmp(*way_out, reason);
}

void arch_zero(void *memory, uint64_t size)
{
	if (((uintptr_t)memory | size) % 64 != 0)
		fail("arch_zero: not aligned");
	memset(memory, 0, size);
	host.zeroed_bytes += size;
}

uint64_t arch_clock_now(void)
{
	return host.now;
}

uint64_t arch_clock_frequency(void)
{
	return FREQUENCY;
}

void arch_timer_set(uint64_t ticks)
{
	host.timer_at = ticks;
	host.timer_sets++;
}

static bool timer_fires(void)
{
	return host.timer_at <= host.now;
}

uint32_t host_device_wants(void)
{
	for (uint32_t i = ARCH_INTERRUPT_DEVICE_FIRST; i < HOST_INTERRUPTS; i++) {
		if (host.wanted[i] && host.enabled[i])
			return i;
	}
	return ARCH_INTERRUPT_NONE;
}

uint32_t arch_interrupt_count(void)
{
	return HOST_INTERRUPTS;
}

void arch_interrupt_enable(uint32_t number, uint32_t core)
{
	host.enabled[number] = true;
	host.routed[number] = core;
}

void arch_interrupt_disable(uint32_t number)
{
	host.enabled[number] = false;
}

bool arch_interrupt_pending(void)
{
	host.polls++;
	if (host.interrupt_at_every_poll || host.polls == host.interrupt_at_poll)
		host.interrupt_waits = true;
	return host.interrupt_waits || timer_fires() || host_device_wants() != ARCH_INTERRUPT_NONE;
}

/* An idle core arms its timer however far: then only another core could wake this one. */
#define FOR_EVER ((uint64_t)1 << 39)

/* Sleeping takes until the timer; without one for ever, which is where a test comes back. */
void arch_interrupt_wait(void)
{
	if (host.interrupt_waits || timer_fires() || host_device_wants() != ARCH_INTERRUPT_NONE)
		return;
	if (host.timer_at - host.now >= FOR_EVER)
		leave(HOST_IDLE);
	host.now = host.timer_at;
}

uint32_t arch_interrupt_take(void)
{
	uint32_t number = host_device_wants();

	host.interrupt_waits = false;
	if (timer_fires()) {
		host.timer_at = UINT64_MAX;
		return ARCH_INTERRUPT_TIMER;
	}
	if (number != ARCH_INTERRUPT_NONE)
		arch_interrupt_disable(number);
	return number;
}

struct core *arch_core(void)
{
	return &cores[host.core];
}

void arch_core_interrupt(uint32_t id)
{
	host.core_interrupts |= 1u << id;
}

void arch_relax(void)
{
}

bool arch_fault_is_over(const struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	(void)task;
	(void)kind;
	(void)address;
	(void)syndrome;
	return false;
}

/* The root of nobody: it maps nothing, under VMID 0. */
static uint64_t empty_root[512] __attribute__((aligned(4096)));

uint64_t arch_vttbr_none(void)
{
	return (uintptr_t)empty_root;
}

void arch_address_space_set(const struct partition *partition)
{
	host.vttbr = partition != NULL ? partition->vttbr : arch_vttbr_none();
}

uint64_t arch_vttbr(uint32_t vmid, const uint64_t *root)
{
	return (uint64_t)vmid << VTTBR_VMID_SHIFT | (uintptr_t)root;
}

uint32_t arch_vmid_count(void)
{
	return host.vmid_count;
}

uint64_t arch_fp_trapped(void)
{
	return CPTR_TRAPPED;
}

uint64_t arch_fp_open(void)
{
	return CPTR_OPEN;
}

void arch_fp_access(uint64_t cptr)
{
	host.cptr = cptr;
}

void arch_fp_save(struct task *task)
{
	task->fpcr = host.fp_registers[64];
	task->fpsr = host.fp_registers[65];
	memcpy(task->v, host.fp_registers, sizeof(task->v));
}

void arch_fp_load(const struct task *task)
{
	memcpy(host.fp_registers, task->v, sizeof(task->v));
	host.fp_registers[64] = task->fpcr;
	host.fp_registers[65] = task->fpsr;
}

uint64_t arch_initial_pstate(void)
{
	return 0;
}

uint64_t arch_pstate_flags(uint64_t pstate)
{
	return pstate & PSTATE_NZCV;
}

void arch_console_put(char c)
{
	if (host.console_length < sizeof(host.console) - 1)
		host.console[host.console_length++] = c;
}

_Noreturn void arch_machine_off(uint32_t status)
{
	host.off_status = status;
	leave(HOST_OFF);
}
