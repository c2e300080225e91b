/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Calls with arguments that are wrong, and then right ones. A refusal has its exact reason, gives
 * every register back as it was, and changes no capability of the system; and a victim, who has
 * nothing to do with it, is asked at the end whether its memory and registers are whole.
 */
#ifndef TESTS_GUEST_REFUSAL_H
#define TESTS_GUEST_REFUSAL_H

#include "tests/guest/check.h"
#include "tests/guest/gate.h"

#include <ruvix/numbers.h>

/* Make gates and the victim; to be called once in a case, before REFUSED and DONE. */
void refusal_init(void);
/* Capabilities were changed in another way than by DONE. */
void refusal_state_changed(void);
/* Whether the victim is as it was. */
void refusal_expect_victim_well(void);

#define REFUSED(expected, call, ...) \
	refusal_expect(__LINE__, RVX_##expected, RVX_SYS_##call, \
		       (const uint64_t[GATE_ARGUMENTS]){ __VA_ARGS__ })
/* Make a call that must succeed. The results are x[1].. of what is returned. */
#define DONE(call, ...) \
	refusal_do(__LINE__, RVX_SYS_##call, (const uint64_t[GATE_ARGUMENTS]){ __VA_ARGS__ })

void refusal_expect(int line, enum rvx_status expected, uint32_t call, const uint64_t *arguments);
const struct gate_registers *refusal_do(int line, uint32_t call, const uint64_t *arguments);

#endif
