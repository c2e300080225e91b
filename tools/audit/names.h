/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Names for the numbers in records, as abi/ lists them. A number that has no name gives NULL, or
 * "?" where the answer is only for people.
 */
#ifndef AUDIT_NAMES_H
#define AUDIT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

const char *name_of_kind(uint16_t kind);
/* Whether servers may emit it. */
bool kind_is_for_servers(uint16_t kind);
/* The kind of that name, or 0: there is none. */
uint16_t kind_by_name(const char *name);

const char *name_of_status(int32_t status);
const char *name_of_call(uint32_t number);
const char *name_of_fault(uint64_t fault);
const char *name_of_stage(uint64_t stage);
const char *name_of_type(uint32_t type);
const char *name_of_partition_state(uint64_t state);
const char *name_of_outcome(uint8_t class_);

#define RIGHTS_TEXT_BYTES 8u
/* One letter a right, '-' where it is missing: RWGVXPO. Returns `text`. */
const char *rights_text(uint32_t rights, char text[RIGHTS_TEXT_BYTES]);

#endif
