/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What holds between any two system calls, checked in debug builds: at every 64th entry, and by
 * host tests after every operation. Panics with what was expected and found. The sweep itself is
 * tests/kernel/invariant.c: other kernels neither have nor call it.
 */
#ifndef KERNEL_INVARIANT_H
#define KERNEL_INVARIANT_H

void invariant_sweep(void);

struct core;

/* Takes all locks for it; none is held. Only debug builds have it. */
void invariant_sweep_sometimes(struct core *core);

#endif
