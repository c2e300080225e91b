/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Records and state entries in words, on one line each. */
#ifndef AUDIT_DESCRIBE_H
#define AUDIT_DESCRIBE_H

#include <ruvix/witness.h>

#define DESCRIBE_BYTES 256u
#define DESCRIBE_TIME_BYTES 48u

/* What p0 and p1 mean for the record's kind. Returns `text`. */
const char *describe_words(const struct rvx_witness *record, char text[DESCRIBE_BYTES]);
/* Seconds, or ticks where the frequency is 0. Returns `text`. */
const char *describe_time(uint64_t ticks, uint64_t frequency, char text[DESCRIBE_TIME_BYTES]);
/* "kernel" or number.generation. Returns `text`. */
const char *describe_actor(uint32_t actor, char text[DESCRIBE_TIME_BYTES]);
/* A capability with all that is known of it; NULL: "nothing". Returns `text`. / */
const char *describe_entry(const struct rvx_state_entry *entry, char text[DESCRIBE_BYTES]);

#endif
