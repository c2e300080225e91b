/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The state of the system as the witness records alone tell it, by abi/witness.toml: objects,
 * capabilities with rights and parents, mappings, bindings, membership.
 *
 * What a revoke or destruction takes apart is gone with its end record: until then others may
 * still use, derive from and move away what was not reached yet. A slot or an end that is
 * filled anew before was emptied meanwhile, and a partition's number too.
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
