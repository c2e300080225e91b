/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * DeviceLease: the registers and the interrupt of a device, for a bounded time.
 *
 *           lease_grant             time, lease_return, destruction
 *   EMPTY --------------> GRANTED ---------------------------------> ENDED
 *
 * A lease is granted once. Whoever holds a capability for one that ended is told EXPIRED for ever:
 * what was handed out under one grant never reaches into the next one of the same device.
 *
 * What is given away stands in the grants, a table of the kernel's own. The grant of a device that
 * writes to memory by itself names that memory, its window, and outlives its lease: until a holder
 * of the parent lease says that the device was reset, neither its registers nor the window's memory
 * go to anybody else. Memory is judged by its addresses, so this holds even when
 * the region that was named is gone.
 *
 * A lease is mapped by one capability at a time and tells one task of its interrupts. Both are kept
 * here, under serials that the capability keeps too: so a capability that moves takes them along.
 */
#ifndef KERNEL_LEASE_H
#define KERNEL_LEASE_H

#include "kernel/boot.h"
#include "kernel/capability.h"
#include "kernel/sched.h"

struct core;
struct region;

struct lease {
	struct object object;
	/* Guarded by all locks. */
	uint64_t device; /* RVX_LEASE_WORD without the state; 0: not granted yet */
	uint64_t end;	 /* when it expires, in ticks; RVX_LEASE_ENDLESS: never */
	struct timer timer;
	struct core *core; /* in whose queue the timer is */
	uint32_t state;	   /* enum rvx_lease_state */
	uint32_t payer;	   /* whose credit the record of the end takes */
	/* Guarded by all locks: where it is mapped. */
	struct partition *partition; /* NULL: nowhere */
	struct lease *partition_next;
	uint64_t address;
	uint32_t rights;
	uint32_t map_serial;
	/* Guarded by all locks, and when the lease has ended by that of the task's core: whom it
	 * tells. */
	struct task *task; /* NULL: nobody */
	struct lease *task_next;
	uint64_t badge;
	uint32_t bind_serial;
	/* Guarded by the lock of the task's core: its place in the task's inbox. */
	bool queued;
	uint64_t count; /* interrupts since it was told last */
	struct lease *interrupt_next;
};
_Static_assert(sizeof(struct lease) <= RVX_LEASE_SIZE, "a lease fits its size");

/* Stands for all devices that are not leased. */
extern struct lease lease_parent;

/* What the parent lease does not stand for: memory, and what the kernel keeps. */
void lease_init(const struct boot_machine *machine);
void lease_create(struct lease *lease);

/* OUT_OF_RANGE: not the parent's; OCCUPIED: leased, or not reset after it was; LIMIT. */
MUST_CHECK enum rvx_status lease_may_grant(uint64_t base, uint64_t pages, uint64_t interrupt);
/* `window` NULL: none. */
void lease_grant(struct lease *lease, uint64_t device, uint64_t end, const struct region *window,
		 uint32_t payer);
/* Whether it is in force now: EXPIRED, or WRONG_STATE before its grant. */
MUST_CHECK enum rvx_status lease_check(const struct lease *lease);
void lease_renew(struct lease *lease, uint64_t end);
/* End it: record, mask the interrupt, unmap from every TLB, tell the task. */
void lease_end(struct lease *lease, uint16_t kind);
/* The timer: its time is over. */
void lease_expire(struct timer *timer);
/* The grant of a device at `base` that ended and waits for a reset: NOTHING, WRONG_STATE. */
MUST_CHECK enum rvx_status lease_may_reset(uint64_t base, uint64_t *id, uint64_t *device);
void lease_reset(uint64_t base);
/* End it if it is in force, and take it from its task. */
void lease_destroy(struct lease *lease);

/* Whether memory is somebody's window. */
bool lease_a_window_covers(uint64_t base, uint64_t size);
/* How many there are: mostly none. */
extern uint32_t lease_windows;
static inline bool lease_window_covers(uint64_t base, uint64_t size)
{
	return lease_windows != 0 && lease_a_window_covers(base, size);
}
/* Whether the registers of the kernel's console are leased: it must not print then. */
bool lease_has_console(void);

/* As region_may_map; the capability has the rights. */
MUST_CHECK enum rvx_status lease_may_map(const struct lease *lease, struct partition *partition,
					 uint64_t address, uint64_t rights);
void lease_map(struct capability *capability, struct partition *partition, uint64_t address,
	       uint32_t rights);
void lease_unmap(struct lease *lease);
/* Where this capability maps it, or 0. */
uint64_t lease_mapping_word(const struct capability *capability);

/* OCCUPIED, LIMIT: the task has RVX_TASK_LEASES_MAX. */
MUST_CHECK enum rvx_status lease_may_bind(const struct lease *lease, const struct task *task);
void lease_bind(struct capability *capability, struct task *task);
void lease_unbind(struct lease *lease);
/* What the capability held of its lease goes with it. */
void lease_let_go(const struct capability *capability);

/* A device's interrupt came to a core, whose lock is held: tell the task. False: the task has gone
 * to another core, call again with all locks. */
MUST_CHECK bool lease_interrupt(const struct core *core, uint32_t number);
/* Let the interrupt come again. */
void lease_acknowledge(const struct lease *lease);
/* The task is being told of the first in its inbox: take it out. */
void lease_told(struct task *task);

#endif
