/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * How the rogue tells what it does. It judges nothing: whoever wants to know whether it was held
 * looks at its supervisor's reports of faults and at the witness log.
 */
#ifndef ROGUE_TRIAL_H
#define ROGUE_TRIAL_H

#include "libruvix/ruvix.h"

/* Comes back from a probe that was stepped over. */
#define SENTINEL 0x5afe5afe5afe5afeu

/* Say what is tried next; a fault report is expected to follow. */
void trial_begins(const char *what);
/* Say what came of it, if it was not stopped. */
void trial_ends(bool was_stopped, uint64_t value);

/* Say what a system call answered. */
void trial_answered(const char *what, enum rvx_status status);

/* How often which status was answered. */
struct trial_count {
	uint32_t tries;
	uint32_t accepted;
	uint32_t invalid;
	uint32_t stale;
	uint32_t wrong_type;
	uint32_t no_right;
	uint32_t other;
};

void trial_count(struct trial_count *count, enum rvx_status status);
void trial_count_print(const char *what, const struct trial_count *count);

#endif
