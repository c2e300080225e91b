/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * TAP: points and the plan. After the first few lines of why a case failed the rest are only
 * counted: a loop that fails a thousand times says the same thing each time.
 */
#include "tests/guest/check.h"

#include "tests/guest/world.h"

#define LINES_MAX 12u

static struct {
	uint32_t failures; /* of the case that runs */
	uint32_t failed_cases;
} check;

void check_note(const char *pattern, ...)
{
	va_list arguments;

	rvx_print("# ");
	va_start(arguments, pattern);
	rvx_printf_list(pattern, arguments);
	va_end(arguments);
	rvx_print("\n");
}

void check_fail(int line, const char *pattern, ...)
{
	va_list arguments;

	if (check.failures++ >= LINES_MAX)
		return;
	rvx_printf("#   line %d: ", line);
	va_start(arguments, pattern);
	rvx_printf_list(pattern, arguments);
	va_end(arguments);
	rvx_print("\n");
}

static _Noreturn void power_off(uint32_t status)
{
	(void)rvx_machine_off(RVX_SLOT_HANDLE(RVX_BOOT_MACHINE), status);
	rvx_print("Bail out! the machine does not power off\n");
	rvx_finish();
}

_Noreturn void check_bail_out(int line, const char *what)
{
	rvx_printf("Bail out! line %d: %s\n", line, what);
	power_off(1);
}

bool check_fact(bool fact, int line, const char *text)
{
	if (!fact)
		check_fail(line, "not so: %s", text);
	return fact;
}

bool check_equal(uint64_t expected, uint64_t actual, int line, const char *text)
{
	if (expected != actual)
		check_fail(line, "%s is %lx, expected %lx", text, (unsigned long)actual,
			   (unsigned long)expected);
	return expected == actual;
}

bool check_status(enum rvx_status expected, enum rvx_status actual, int line, const char *text)
{
	if (expected != actual)
		check_fail(line, "%s is %s, expected %s", text, rvx_status_name(actual),
			   rvx_status_name(expected));
	return expected == actual;
}

void check_must(enum rvx_status status, int line, const char *text)
{
	if (status == RVX_OK)
		return;
	rvx_printf("# %s\n", text);
	check_bail_out(line, rvx_status_name(status));
}

struct check_state check_state;

static void state_write(void)
{
	uint64_t restart;

	for (restart = 1; check_state.count < CHECK_ENTRIES_MAX; restart = 0) {
		struct rvx_state_entry entry = { 0 };
		enum rvx_status status = rvx_log_inspect(WORLD_WITNESS_LOG, restart, &entry.place,
							 &entry.object, &entry.type, &entry.mapping,
							 &entry.detail[0], &entry.detail[1], NULL);

		if (status != RVX_OK) {
			check_state.complete = status == RVX_NOTHING;
			return;
		}
		check_state.entries[check_state.count++] = entry;
	}
}

_Noreturn void check_run(const struct rvx_boot_info *boot, const struct check_case *cases,
			 uint32_t count)
{
	uint32_t i;

	rvx_print("TAP version 14\n");
	world_init(boot);
	for (i = 0; i < count; i++) {
		check.failures = 0;
		world_begin();
		cases[i].run();
		world_end();
		if (check.failures > LINES_MAX)
			check_note("  %u more", check.failures - LINES_MAX);
		check.failed_cases += check.failures != 0;
		rvx_printf("%sok %u - %s\n", check.failures != 0 ? "not " : "", i + 1,
			   cases[i].name);
	}
	rvx_printf("1..%u\n", count);
	state_write();
	power_off(check.failed_cases != 0);
}
