/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Tests that run as the root task, and tell what they find in TAP.
 *
 * A program is a table of cases; a case is a function whose name is the sentence it proves. Each
 * case finds the same world (tests/guest/world.h): whatever it made is revoked afterwards, and the
 * capabilities of the system must then be those it began with, or the case has failed. Points are
 * numbered, the plan comes last, the exit code is 0 only if every point is ok.
 *
 * An expectation that is not met is told in a line of its own and the case goes on; what a case
 * cannot do without, it demands (MUST), and the program gives up without it.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include "libruvix/ruvix.h"

struct check_case {
	const char *name;
	void (*run)(void);
};
#define CHECK_CASE(function) { .name = #function, .run = function }

/*
 * What the host compares the trail of witnesses with: all capabilities, written down when the last
 * case is over. The host finds it by its symbol.
 */
#define CHECK_ENTRIES_MAX 192u
struct check_state {
	uint64_t count;
	uint64_t complete; /* there were not more than fit */
	struct rvx_state_entry entries[CHECK_ENTRIES_MAX];
};
extern struct check_state check_state;

/* Run the cases in order and power off. */
_Noreturn void check_run(const struct rvx_boot_info *boot, const struct check_case *cases,
			 uint32_t count);

/* The case that runs has failed, and why. */
void check_fail(int line, const char *pattern, ...) PRINTF_LIKE(2, 3);
/* A line of explanation in the output. */
void check_note(const char *pattern, ...) PRINTF_LIKE(1, 2);
/* Give up: what comes after makes no sense. */
_Noreturn void check_bail_out(int line, const char *what);

#define EXPECT(fact) check_fact((fact), __LINE__, #fact)
#define EXPECT_EQUAL(expected, actual) \
	check_equal((uint64_t)(expected), (uint64_t)(actual), __LINE__, #actual)
#define EXPECT_STATUS(expected, call) check_status(RVX_##expected, (call), __LINE__, #call)
#define MUST(call) check_must((call), __LINE__, #call)

bool check_fact(bool fact, int line, const char *text);
bool check_equal(uint64_t expected, uint64_t actual, int line, const char *text);
bool check_status(enum rvx_status expected, enum rvx_status actual, int line, const char *text);
void check_must(enum rvx_status status, int line, const char *text);

#endif
