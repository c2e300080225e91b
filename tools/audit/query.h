/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Which records a reader wants to see: `partition=N,kind=NAME,object=ID,from=T,to=T`, each part at
 * most once and all of them together; an empty query wants all.
 */
#ifndef AUDIT_QUERY_H
#define AUDIT_QUERY_H

#include "lib/attributes.h"

#include <ruvix/witness.h>
#include <stdbool.h>

struct query {
	bool by_partition, by_kind, by_object;
	uint32_t partition; /* number of the actor; 0: the kernel */
	uint16_t kind;
	uint64_t object;
	uint64_t from, to; /* ticks, both included */
};

/* Numbers are decimal or 0x hexadecimal. NULL, or the part of `text` that is wrong. */
MUST_CHECK const char *query_parse(struct query *query, const char *text);
bool query_wants(const struct query *query, const struct rvx_witness *record);

/* A whole number in `text`, which ends at `end` or with the string. */
MUST_CHECK bool number_parse(const char *text, char end, uint64_t *number);

#endif
