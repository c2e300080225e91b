/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What the property tests share: seeds one after the other until time is up, and the seed of the
 * one that failed, whether the world or a sanitizer found it wrong.
 *
 *	test_NAME [SEED [SECONDS]]
 */
#ifndef TESTS_KERNEL_SEED_H
#define TESTS_KERNEL_SEED_H

#include "tests/kernel/world.h"

#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEED_SECONDS 15

static uint64_t seed;
static time_t seed_end;

static inline void seed_tell(void)
{
	fprintf(stderr, "this was seed %lu\n", (unsigned long)seed);
}

static inline void seed_failed(const char *text)
{
	fprintf(stderr, "%s\n", text);
	seed_tell();
	exit(1);
}

static inline void seed_begin(int count, char **arguments)
{
	seed = count > 1 ? strtoull(arguments[1], NULL, 0) : 1;
	seed_end = time(NULL) + (count > 2 ? atoi(arguments[2]) : SEED_SECONDS);
	world_on_failure = seed_failed;
	__sanitizer_set_death_callback(seed_tell);
}

/* The state of a generator for the seed: never 0, far from that of the next one. */
static inline uint64_t seed_state(void)
{
	return (seed * 0x9e3779b97f4a7c15u) | 1;
}

static inline bool seed_next(void)
{
	seed++;
	return time(NULL) < seed_end;
}

#endif
