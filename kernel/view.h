/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What host tools find in the guest's RAM by symbol: `kernel_view`, and after a panic
 * `kernel_epitaph`. The kernel only ever writes them.
 */
#ifndef KERNEL_VIEW_H
#define KERNEL_VIEW_H

#include <ruvix/boot.h>

extern struct rvx_kernel_view kernel_view;

static inline void view_update(uint64_t next_sequence, uint64_t acknowledged)
{
	kernel_view.next_sequence = next_sequence;
	kernel_view.acknowledged = acknowledged;
}

#endif
