/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * One access to one address, of each kind there is. Every probe is one instruction and a return,
 * so that the place of the fault is known: the probe itself, or for PROBE_EXECUTE the address.
 */
#ifndef TESTS_GUEST_PROBE_H
#define TESTS_GUEST_PROBE_H

#include "tests/guest/world.h"

/* X(name, is a store) */
#define PROBE_LIST(X) \
	X(READ, 0) \
	X(READ_BYTE, 0) \
	X(READ_PAIR, 0) \
	X(READ_EXCLUSIVE, 0) \
	X(READ_ACQUIRE, 0) \
	X(READ_VECTOR, 0) \
	X(WRITE, 1) \
	X(WRITE_BYTE, 1) \
	X(WRITE_PAIR, 1) \
	X(WRITE_RELEASE, 1) \
	X(WRITE_VECTOR, 1) \
	X(ZERO_LINE, 1) \
	X(EXECUTE, 0)

enum probe {
#define PROBE_VALUE(name, store) PROBE_##name,
	PROBE_LIST(PROBE_VALUE)
#undef PROBE_VALUE
	PROBE_COUNT
};

const char *probe_name(enum probe probe);
bool probe_is_store(enum probe probe);
/* Where the instruction stands that accesses. Of PROBE_EXECUTE: the branch. */
uint64_t probe_address(enum probe probe);

/* Do it, here. Returns what was read, or `value` where nothing is. */
uint64_t probe_run(enum probe probe, uint64_t address, uint64_t value);

/*
 * A guest that probes as it is told, until its partition ends. Start it with probe_serve, wait for
 * its first guest_hear, then call these.
 */
_Noreturn void probe_serve(uint64_t argument);
/* Start a guest so. */
void probe_start(const struct guest *guest);
/* Probe in the guest. True: a fault came, of a kind that is told. False: *value was read. */
bool probe_faults(const struct guest *guest, enum probe probe, uint64_t address,
		  struct guest_fault *fault, uint64_t *value);
/* Expect a fault there and of the right kind; or success with a value, if it is a load. */
bool probe_expect_fault(const struct guest *guest, enum probe probe, uint64_t address, int line);
bool probe_expect_value(const struct guest *guest, enum probe probe, uint64_t address,
			uint64_t value, int line);

#endif
