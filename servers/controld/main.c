/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * controld, the root task in its first thin form: builds the system that the manifest describes,
 * supervises it, and takes the witness records out of the kernel's ring while it runs. When all
 * partitions that report have reported, or the time is up, it writes down the state, prints a
 * report and powers off: 0 if every partition did what it was there for, else 1.
 */
#include "servers/controld/builder.h"
#include "servers/controld/drain.h"
#include "libruvix/ruvix.h"
#include "servers/controld/pool.h"
#include "servers/controld/report.h"
#include "servers/controld/supervise.h"

#define DRAIN_PERIOD_US 10000u
#define TIME_LIMIT_US 10000000u

static struct system the_system;

static _Noreturn void power_off(uint32_t status)
{
	(void)rvx_machine_off(RVX_SLOT_HANDLE(RVX_BOOT_MACHINE), status);
	rvx_print("controld: the machine does not power off\n");
	rvx_finish();
}

static void check(const char *step, enum rvx_status status)
{
	if (status == RVX_OK)
		return;
	rvx_printf("controld: %s: %s\n", step, rvx_status_name(status));
	power_off(1);
}

/* Handle events until the system is finished. Records are taken in whole segments after events,
 * and all of them once a period, so that no partition waits long for its credits. */
static void run(struct system *system)
{
	const rvx_ticks_t end = rvx_ticks_now() + rvx_ticks_from_us(TIME_LIMIT_US);
	rvx_ticks_t next = 0;
	enum rvx_status status;

	while (!supervise_is_finished(system) && rvx_ticks_now() < end) {
		if (rvx_ticks_now() >= next) {
			check("draining", drain_records(true));
			next = rvx_ticks_now() + rvx_ticks_from_us(DRAIN_PERIOD_US);
		}
		supervise_restart_due(system);
		status = rvx_serve_once(&supervise_handlers, system, next);
		if (status != RVX_TIMED_OUT)
			check("receiving", status);
		check("draining", drain_records(false));
	}
}

static bool is_well(const struct system *system)
{
	bool well = drained_state.is_complete && !drained_log.is_broken && !drained_log.is_full;
	uint32_t i;

	for (i = 1; i < system->child_count; i++)
		well = well && supervise_is_well(&system->child[i]);
	return well;
}

int main(uint64_t argument)
{
	const struct rvx_boot_info *boot = (const struct rvx_boot_info *)argument;
	bool built;

	rvx_assert(boot->magic == RVX_BOOT_MAGIC && boot->abi_major == RVX_ABI_MAJOR);
	pool_init(boot);
	check("mapping the witness ring", drain_init(boot));
	check("mapping the telemetry", report_init(boot));

	built = builder_build(boot, &the_system);
	if (built) {
		rvx_printf("controld: starting %u partitions\n\n", the_system.child_count - 1);
		built = builder_start(&the_system);
	}
	if (built)
		run(&the_system);

	supervise_suspend_all(&the_system);
	check("finishing the log", drain_finish());
	report_print(&the_system);
	built = built && is_well(&the_system);
	rvx_printf("controld: %s\n", built ? "all well" : "NOT WELL");
	power_off(built ? 0 : 1);
}
