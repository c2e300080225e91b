/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the kernel tells about a capability and its object. */
#ifndef KERNEL_INSPECT_H
#define KERNEL_INSPECT_H

#include "kernel/capability.h"

#include <ruvix/witness.h>

void inspect_capability(const struct capability *capability, struct rvx_state_entry *entry);

#endif
