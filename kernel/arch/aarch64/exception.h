/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Called by vectors.S. */
#ifndef KERNEL_AARCH64_EXCEPTION_H
#define KERNEL_AARCH64_EXCEPTION_H

#include <stdint.h>

struct task;

extern char aarch64_vectors[];

struct task *aarch64_exception(struct task *task, uint64_t syndrome, uint64_t far);
_Noreturn void aarch64_kernel_exception(uint64_t syndrome, uint64_t address, uint64_t far);
/* Load a task's registers and run it; its address space and CPTR are set. */
_Noreturn void aarch64_resume(struct task *task);

#endif
