/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What holds between any two system calls, checked in debug builds: after every 64th entry, and by
 * host tests after every operation. Panics with what was expected and found.
 */
#ifndef KERNEL_INVARIANT_H
#define KERNEL_INVARIANT_H

void invariant_sweep(void);

#ifdef KERNEL_DEBUG
void invariant_sweep_sometimes(void);
#else
static inline void invariant_sweep_sometimes(void)
{
}
#endif

#endif
