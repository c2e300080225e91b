/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The host as an architecture: the portable core and the stage-2 tables run in a program of
 * this machine, under tests, sanitizers and fuzzers.
 *
 * Physical memory is one mapping at a fixed address, low enough for the kernel's packed
 * addresses. Time stands still unless somebody moves it. Translations are cached as a real core
 * caches them, so that a forgotten flush shows. Powering off and panicking end in the place
 * that host_run was called from.
 */
#ifndef KERNEL_ARCH_HOST_H
#define KERNEL_ARCH_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct partition;
struct task;

/* AddressSanitizer leaves programs the addresses below 2 GiB. */
#define HOST_RAM_BASE 0x40000000u
#define HOST_RAM_SIZE_MAX 0x30000000u
/* What memory holds that nobody wrote: never zeros. */
#define HOST_GARBAGE 0xa5u

#define HOST_TLB_ENTRIES 4096
#define HOST_CONSOLE_SIZE 4096
#define HOST_INTERRUPTS 64

enum host_exit {
	HOST_RETURNED, /* the function came back */
	HOST_IDLE,     /* nothing can run and no timer is set */
	HOST_OFF,      /* arch_machine_off, kpanic included */
};

struct host {
	uint64_t ram_size;
	/* The clock, and when its timer fires: UINT64_MAX, never. */
	uint64_t now;
	uint64_t timer_at;
	uint64_t timer_sets;
	/* Questions whether an interrupt waits, and the one that is answered with yes; 0: none. */
	uint64_t polls;
	uint64_t interrupt_at_poll;
	bool interrupt_at_every_poll;
	bool interrupt_waits;
	/* The core that the test acts as, and those that were interrupted by another. */
	uint32_t core;
	uint32_t core_interrupts;
	/* Devices' interrupts: which devices want, which are let through, and to which core. */
	bool wanted[HOST_INTERRUPTS];
	bool enabled[HOST_INTERRUPTS];
	uint32_t routed[HOST_INTERRUPTS];
	/* What the core was told. */
	uint64_t vttbr;
	uint64_t cptr;
	uint32_t vmid_count;
	uint64_t tlb_flushes;
	uint64_t zeroed_bytes;
	uint64_t synced_bytes; /* made visible to instruction fetches */
	uint64_t fp_registers[66];
	/* The end. */
	uint32_t off_status;
	/* What was printed, cut to the size. */
	char console[HOST_CONSOLE_SIZE];
	size_t console_length;
};

extern struct host host;

/* A machine with `ram_size` bytes of garbage as memory, a multiple of the page size. */
void host_init(uint64_t ram_size);

/* The first of the devices' interrupts that is wanted and enabled; 0: none. */
uint32_t host_device_wants(void);

/* Call `function` and tell how that ended. */
enum host_exit host_run(struct task *(*function)(void *), void *argument, struct task **result);

/*
 * What an access of a partition at user level meets, by its rights: the physical address, or
 * UINT64_MAX: a fault. Goes through the cache of translations and fills it. host_walk reads the
 * tables only. `rights` is set to the RVX_RIGHT_ bits of the translation.
 */
uint64_t host_translate(const struct partition *partition, uint64_t address, uint32_t *rights);
uint64_t host_walk(const uint64_t *root, uint64_t address, uint32_t *rights);
/* Whether all that is cached of a partition still stands in its tables. */
bool host_cache_is_right(const struct partition *partition);

#endif
