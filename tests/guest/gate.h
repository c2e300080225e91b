/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * System calls by a number that is known only at run time. The number is part of the instruction,
 * so there is a page range with `svc #n; ret` for every n, written first and executable after.
 */
#ifndef TESTS_GUEST_GATE_H
#define TESTS_GUEST_GATE_H

#include "tests/guest/world.h"

#define GATE_COUNT 0x10000u
#define GATE_PAGES (GATE_COUNT * 8 / RVX_PAGE_SIZE)
#define GATE_ARGUMENTS 12u
#define GATE_RESULTS 19u

/* Registers around a call: x0 to x11 go in, x0 to x18 come out. */
struct gate_registers {
	uint64_t x[GATE_RESULTS];
	uint64_t lost; /* not 0: one of x19 to x28 did not come back as it went in */
};

/* Make the gates for the case that runs. Returns their region, to be mapped into guests. */
rvx_handle_t gate_init(void);
/* Map them into a guest, at the same addresses. */
void gate_map(const struct guest *guest, rvx_handle_t region);

/* Make a call. Returns x0. */
int64_t gate_call(uint32_t number, struct gate_registers *registers);

#endif
