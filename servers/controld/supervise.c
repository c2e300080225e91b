/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A fault is always told. Then the child stays where it is, unless the manifest says that it is to
 * step over: past the instruction, or, if it had jumped to where nothing can be executed, back to
 * where it came from; or that it is to start again in place, after a while.
 */
#include "servers/controld/supervise.h"

#include "lib/bits.h"

#define INSTRUCTION_SIZE 4u
#define LINK_REGISTER 6u /* x30 in the group from x24 on */

/* Of a fault event, from x2 on. */
enum fault_word {
	FAULT_KIND,
	FAULT_ADDRESS,
	FAULT_PC
};

static void fault_print(const struct child *child, const uint64_t *words, const char *outcome)
{
	const bool has_address =
		words[FAULT_KIND] == RVX_FAULT_DATA || words[FAULT_KIND] == RVX_FAULT_INSTRUCTION;

	rvx_printf("    ! %s: %s", child->name, rvx_fault_name(words[FAULT_KIND]));
	if (has_address)
		rvx_printf(" at %lx", words[FAULT_ADDRESS]);
	if (words[FAULT_PC] - child->base < RVX_WINDOW_SIZE)
		rvx_printf(", pc +%lx", words[FAULT_PC] - child->base);
	rvx_printf(": %s\n", outcome);
}

/* Let a faulted child go on behind the instruction that faulted. */
static enum rvx_status step_over(const struct child *child, uint64_t fault)
{
	uint64_t sp = 0, pc = 0, flags = 0, tpidr = 0, link = 0;
	enum rvx_status status;

	status = rvx_task_read_registers(child->task, RVX_REGISTERS_CONTROL, &sp, &pc, &flags,
					 &tpidr, NULL, NULL, NULL, NULL);
	if (status == RVX_OK)
		status = rvx_task_read_registers(child->task, RVX_REGISTERS_X24_X30, NULL, NULL,
						 NULL, NULL, NULL, NULL, &link, NULL);
	if (status != RVX_OK)
		return status;

	if (fault == RVX_FAULT_INSTRUCTION || !is_aligned(pc, INSTRUCTION_SIZE))
		pc = link;
	else
		pc += INSTRUCTION_SIZE;
	status = rvx_task_write_registers(child->task, RVX_REGISTERS_CONTROL, sp, pc, flags, tpidr,
					  0, 0, 0, 0);
	return status == RVX_OK ? rvx_task_resume(child->task) : status;
}

/* Set the time at which a faulted child starts again, or give it up. */
static void restart_plan(struct child *child, const uint64_t *words)
{
	const rvx_ticks_t window = rvx_ticks_from_us(SUPERVISE_WINDOW_US);
	const rvx_ticks_t longest = rvx_ticks_from_us(SUPERVISE_BACKOFF_MAX_US);
	const rvx_ticks_t now = rvx_ticks_now();
	const uint32_t place = child->fault_count % CHILD_FAULTS_KEPT;
	const rvx_ticks_t last = child->faults[(place + CHILD_FAULTS_KEPT - 1) % CHILD_FAULTS_KEPT];
	const rvx_ticks_t oldest = child->faults[(place + 1) % CHILD_FAULTS_KEPT];

	child->faults[place] = now;
	if (child->fault_count >= CHILD_FAULTS_KEPT && now - oldest <= window) {
		child->is_stopped = true;
		fault_print(child, words, "stopped, it faulted too often");
		return;
	}
	if (child->fault_count == 1 || now - last > window)
		child->backoff = rvx_ticks_from_us(SUPERVISE_BACKOFF_MIN_US);
	else
		child->backoff = 2 * child->backoff < longest ? 2 * child->backoff : longest;
	child->restart_at = now + child->backoff;
	fault_print(child, words, "to be restarted");
}

void supervise_restart_due(struct system *system)
{
	enum rvx_status status;
	uint32_t i;

	for (i = 1; i < system->child_count; i++) {
		struct child *child = &system->child[i];

		if (child->restart_at == 0 || rvx_ticks_now() < child->restart_at)
			continue;
		child->restart_at = 0;
		status = rvx_task_restart(child->task);
		if (status != RVX_OK) {
			child->is_stopped = true;
			rvx_printf("controld: %s cannot be restarted: %s\n", child->name,
				   rvx_status_name(status));
		}
	}
}

static void on_fault(void *context, uint64_t badge, const uint64_t words[RVX_MESSAGE_WORDS])
{
	struct system *system = context;
	struct child *child = &system->child[badge];
	enum rvx_status status;

	child->fault_count++;
	if (child->on_fault == MANIFEST_RESTART) {
		restart_plan(child, words);
		return;
	}
	if (child->on_fault == MANIFEST_STOP || child->fault_count > SUPERVISE_FAULTS_MAX) {
		child->is_stopped = true;
		fault_print(child, words, "stopped");
		return;
	}
	fault_print(child, words, "stepped over");
	status = step_over(child, words[FAULT_KIND]);
	if (status != RVX_OK) {
		child->is_stopped = true;
		rvx_printf("controld: %s cannot go on: %s\n", child->name, rvx_status_name(status));
	}
}

/* The child at the far end of the root's end that has this badge; NULL: there is none. */
static struct child *child_behind(struct system *system, uint64_t badge)
{
	uint32_t i, end;

	for (i = 0; i < system->edge_count; i++)
		for (end = 0; end < 2; end++)
			if (system->edge[i].ends[end] == 0 && system->edge[i].badges[end] == badge)
				return &system->child[system->edge[i].ends[1 - end]];
	return NULL;
}

static void on_notification(void *context, rvx_handle_t badge, uint64_t bits)
{
	struct child *child = child_behind(context, badge);

	if (child != NULL)
		child->reported |= bits;
}

/* Calls to controld are answered by the loop: there is nothing that it does on request yet. */
const struct rvx_handlers supervise_handlers = {
	.notification = on_notification,
	.fault = on_fault,
};

bool supervise_is_finished(const struct system *system)
{
	uint32_t i;

	for (i = 1; i < system->child_count; i++) {
		const struct child *child = &system->child[i];

		if (child->reports && !child->is_stopped && child->reported == 0)
			return false;
	}
	return true;
}

bool supervise_is_well(const struct child *child)
{
	if (!child->is_started || child->is_stopped || child->restart_at != 0 ||
	    (child->reported & RVX_REPORT_FAILED) != 0)
		return false;
	return !child->reports || (child->reported & RVX_REPORT_DONE) != 0;
}

void supervise_suspend_all(const struct system *system)
{
	uint32_t i;

	/* One that was never started refuses, and changes nothing either. */
	for (i = 1; i < system->child_count; i++)
		(void)rvx_partition_suspend(system->child[i].partition);
}
