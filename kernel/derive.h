/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Derivation of capabilities, by calls and by messages that carry one. */
#ifndef KERNEL_DERIVE_H
#define KERNEL_DERIVE_H

#include "kernel/capability.h"

/* NO_RIGHT (neither GRANT nor GRANT_ONCE), NOT_DERIVABLE, BUSY, DEPTH_EXCEEDED. */
MUST_CHECK enum rvx_status capability_may_derive(const struct capability *source);
/* What a derivation gets of the rights wanted. */
uint32_t capability_derived_rights(const struct capability *source, uint64_t wanted);
/* Fill the free slot with a child of the source. */
void capability_derive(struct capability *slot, struct capability *source, uint32_t rights,
		       uint32_t end, uint64_t badge);

#endif
