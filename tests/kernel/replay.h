/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The state of the system as the witness records alone tell it, by abi/witness.toml: objects,
 * capabilities with rights and parents, mappings, bindings, membership.
 */
#ifndef TESTS_KERNEL_REPLAY_H
#define TESTS_KERNEL_REPLAY_H

#include "tests/kernel/world.h"

/* Begin with nothing and no record. */
void replay_begin(void);
/* Take in all records that were written since. */
void replay_records(void);
/*
 * Compare with what the kernel tells of itself. False: it is in the middle of taking something
 * apart, where records are ahead of the state. Fails where they differ.
 */
bool replay_compare(void);

#endif
