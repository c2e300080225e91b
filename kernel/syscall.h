/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * From a system call's number to its function, and the one exit. Here is also what every function
 * of a system call needs: its arguments, its caller, the witness ring.
 *
 * Functions return a status of the ABI, or one of these, which never reach a caller.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include "kernel/syscall_args.h"
#include "kernel/task.h"
#include "kernel/witness.h"

#include <ruvix/numbers.h>

/* An interrupt waits: the call is made again by its own arguments. */
#define STATUS_RESTART ((enum rvx_status)1)
/* The caller's registers have been or will be written by somebody else. */
#define STATUS_SWITCHED ((enum rvx_status)2)
/* Nothing was changed: the core noted which locks are needed besides (core_reach). */
#define STATUS_MORE_LOCKS ((enum rvx_status)3)

/*
 * Carry out call `number` of the running task, whose x0-x11 are saved. The answer is in the frame,
 * unless STATUS_RESTART is returned. Takes the locks the call needs and leaves with the core's.
 */
enum rvx_status syscall_dispatch(struct core *core, struct task *caller, uint32_t number);

#endif
