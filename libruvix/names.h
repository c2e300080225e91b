/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Names for the numbers of the binary interface, as people write them. Never NULL: a number that
 * has no name is "?".
 */
#ifndef LIBRUVIX_NAMES_H
#define LIBRUVIX_NAMES_H

#include <stdint.h>

/* "NO_RIGHT", and "the capability lacks a right that the call needs". */
const char *rvx_status_name(int64_t status);
const char *rvx_status_text(int64_t status);

/* "data access", of enum rvx_fault. */
const char *rvx_fault_name(uint64_t fault);

#endif
