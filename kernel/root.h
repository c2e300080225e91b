/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel's supervision of the root task, which has no supervisor above it: when it faults, or
 * does not give the heartbeat it promised, it is restarted in place. After CONFIG_ROOT_RESTARTS
 * restarts within CONFIG_ROOT_WINDOW ticks the next is a panic: the chain stays readable.
 *
 * Guarded by all locks.
 */
#ifndef KERNEL_ROOT_H
#define KERNEL_ROOT_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* Whose root is this from now on; no heartbeat is promised yet. */
void root_init(struct task *task);
/* Whether the kernel itself is the task's supervisor. */
bool root_is(const struct task *task);
/* Restart it. False: a task must leave its core first; nothing was done. */
bool root_restart(void);

/* It promises the next heartbeat before the counter reaches `ticks`; 0: no more. */
void root_promise(uint64_t ticks);
/* The promise was not kept. */
void root_missed(void);

#endif
