/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Taking capabilities and objects apart, in units that are each short enough to be done with
 * interrupts off. Between units the caller may stop and be called again: all state is in the
 * objects.
 *
 * Tables can lie in tables to any depth and in circles. They are emptied with a stack whose
 * links are in the tables themselves: a table found inside a dying one goes on top (its master
 * moves into its own slot 0, so that nothing above it is left behind in the table below), is
 * emptied first, and then forgotten. One such stack exists at a time; whoever needs another
 * works off the one that is there first.
 */
#ifndef KERNEL_DESTROY_H
#define KERNEL_DESTROY_H

#include "kernel/capability.h"

/*
 * One unit of removing a capability that has no children (or only dying tables below it): unmap,
 * unbind, destroy its object if it is the master. True: the slot is empty.
 */
MUST_CHECK bool destroy_step(struct capability *capability);
/* One unit of removing all descendants. True: there are none left. Adds to `*count`. */
MUST_CHECK bool destroy_children_step(struct capability *capability, uint32_t *count);

/* The revoke that this capability began is over, or it goes itself: the end record. */
void destroy_revoke_end(struct capability *capability);

void destroy_init(void);

#endif
