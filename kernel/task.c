/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Task: states, lent contexts, supervision, the end.
 *
 * A context that is lent wanders down a chain of calls to passive servers:
 *
 *   client --call--> server 1 --call--> server 2
 *   no context         no context         client's context
 *                      donor: client      donor: server 1
 *
 * It comes back by the reply, by the server receiving again, or is reclaimed when the call ends in
 * another way: then everybody below loses it and goes on with their own.
 */
#include "kernel/task.h"
#include "kernel/arch/context.h"
#include "kernel/arch/cpu.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "kernel/root.h"
#include "kernel/trace.h"
#include "kernel/witness.h"

#include <string.h>

static uint32_t supervise_serials;

struct task task_nobody = { .key = TASK_DEAD };

static void core_set(struct task *task, struct core *core)
{
	uint64_t id = (uint64_t)core->id << TASK_CORE_SHIFT;

	task->core = core;
	task->receiving_key = TASK_RECEIVING | id;
	task->key = (task->key & (((uint64_t)1 << TASK_CORE_SHIFT) - 1)) | id;
}

struct task *task_create(void *memory)
{
	struct task *task = memory;

	task->home.owner = task;
	task->home.user = task;
	task->context = &task->home;
	task->cptr = arch_fp_trapped();
	sched_context_set(&task->home, CONFIG_DEFAULT_BUDGET, CONFIG_DEFAULT_PERIOD,
			  CONFIG_DEFAULT_PERIOD, 0);
	task->key = TASK_STOPPED;
	core_set(task, &cores[0]);
	return task;
}

void task_bind(struct task *task, struct partition *partition, struct captable *table)
{
	task->partition = partition;
	task->trace =
		TRACE(RVX_TRACE_SWITCH, (uint64_t)partition->number << 48 |
						(uint64_t)(uint16_t)task->object.serial << 32 |
						trace_task(task));
	task->partition_next = partition->tasks;
	if (partition->tasks != NULL)
		partition->tasks->partition_previous = task;
	partition->tasks = task;
	partition->task_count++;
	if (partition->state != RVX_PARTITION_RUNNING)
		task->key |= TASK_HELD_PARTITION;

	task->table = table;
	task->slots = captable_slots(table);
	task->slot_count = table->slot_count;
	task->table_next = table->tasks;
	if (table->tasks != NULL)
		table->tasks->table_previous = task;
	table->tasks = task;
}

static void unbind(struct task *task)
{
	struct partition *partition = task->partition;

	if (task->partition_next != NULL)
		task->partition_next->partition_previous = task->partition_previous;
	if (task->partition_previous != NULL)
		task->partition_previous->partition_next = task->partition_next;
	else
		partition->tasks = task->partition_next;
	partition->task_count--;

	if (task->table_next != NULL)
		task->table_next->table_previous = task->table_previous;
	if (task->table_previous != NULL)
		task->table_previous->table_next = task->table_next;
	else
		task->table->tasks = task->table_next;
	task->partition = NULL;
	task->table = NULL;
	task->slots = NULL;
	task->slot_count = 0;
}

static void registers_set(struct task *task)
{
	task->frame = (struct frame){
		.x = { task->start_argument, task->incarnation },
		.pc = task->start_pc,
		.sp = task->start_sp,
		.pstate = arch_initial_pstate(),
	};
}

void task_start(struct task *task, uint64_t pc, uint64_t sp, uint64_t argument)
{
	task->start_pc = pc;
	task->start_sp = sp;
	task->start_argument = argument;
	registers_set(task);
	task_make_ready(task);
}

void task_make_ready(struct task *task)
{
	sched_timeout_cancel(task);
	task_state_set(task, TASK_READY);
	if (!task_is_held(task))
		sched_wake(task);
}

void task_block(struct task *task, enum task_state state)
{
	sched_leave(task);
	task_state_set(task, state);
}

void task_hold(struct task *task, uint64_t hold)
{
	if (task_state(task) == TASK_READY && !task_is_held(task))
		sched_leave(task);
	task->key |= hold;
}

void task_release(struct task *task, uint64_t hold)
{
	bool was_held = task_is_held(task);

	task->key &= ~hold;
	if (was_held && !task_is_held(task) && task_state(task) == TASK_READY)
		sched_wake(task);
}

/* Only they run on in a partition that recovers. */
static void mark_supervisors(struct partition *partition)
{
	struct task *task;

	for (task = partition->tasks; task != NULL; task = task->partition_next)
		task->supervises_mate = false;
	for (task = partition->tasks; task != NULL; task = task->partition_next) {
		if (task->supervisor != NULL)
			task->supervisor->supervises_mate = true;
	}
}

void partition_state_set(struct partition *partition, uint32_t state)
{
	partition->state = state;
	mark_supervisors(partition);
	for (struct task *task = partition->tasks; task != NULL; task = task->partition_next) {
		if (state == RVX_PARTITION_RUNNING ||
		    (state == RVX_PARTITION_RECOVERY && task->supervises_mate))
			task_release(task, TASK_HELD_PARTITION);
		else
			task_hold(task, TASK_HELD_PARTITION);
	}
}

void task_lend_context(struct task *caller, struct task *server)
{
	struct context *context = caller->context;

	kassert(context->ready.place == 0);
	context->user = server;
	server->depth = caller->depth + 1;
	caller->context = NULL;
	server->context = context;
	server->donor = caller;
}

void task_go_home(struct task *task)
{
	task->context = &task->home;
	task->depth = 0;
}

/* The server, if it goes on, goes on with its own: a new entry of the ready queue. */
static void take_context_from(struct task *server)
{
	bool runnable = task_state(server) == TASK_READY && !task_is_held(server);

	if (runnable)
		sched_leave(server);
	task_go_home(server);
	if (runnable)
		sched_wake(server);
}

void task_return_context(struct task *server)
{
	struct task *caller = server->donor;
	struct context *context = server->context;

	take_context_from(server);
	context->user = caller;
	caller->context = context;
}

struct task *task_context_holder(struct task *task)
{
	/* Down the chain of calls to whoever has it: at most RVX_DONATION_DEPTH_MAX links. */
	while (task->context == NULL && task_state(task) == TASK_CALLING)
		task = task->waiting->peer;
	return task;
}

void task_reclaim_context(struct task *caller)
{
	struct task *holder = task_context_holder(caller);
	struct context *context = holder->context;

	if (holder == caller)
		return;
	take_context_from(holder);
	/* Whoever is in between waits for a reply and will go on with its own. */
	for (holder = holder->donor; holder != caller; holder = holder->donor)
		task_go_home(holder);
	context->user = caller;
	caller->context = context;
}

/* Contexts are lent only on one core. What it lent on comes back first: it may be another's. */
static void part_contexts(struct task *task)
{
	if (task_state(task) == TASK_CALLING)
		task_reclaim_context(task);
	if (task_is_on_loan(task))
		task_return_context(task);
}

/* Its floating point state is gone, wherever it was. */
static void fp_forget(struct task *task)
{
	if (task->core->fp_owner == task)
		task->core->fp_owner = NULL;
	task->cptr = arch_fp_trapped();
}

/* Callers that were not answered yet; what they lent comes back. */
static void callers_wake(struct task *task)
{
	for (struct edge_end *end = task->ends; end != NULL; end = end->task_next) {
		if (end->far->call_state == CALL_DELIVERED)
			task_wake_with(end->far->task, RVX_PEER_RESTARTED);
	}
}

bool task_may_restart(struct task *task)
{
	return core_evict(task) && core_evict(task_context_holder(task));
}

void task_restart(struct task *task)
{
	if (task_state(task) == TASK_CALLING)
		edge_withdraw_call(task->waiting);
	callers_wake(task);
	if (task->supervisor != NULL)
		inbox_remove_fault(task->supervisor, task);
	if (task_state(task) == TASK_READY && !task_is_held(task))
		sched_leave(task);
	fp_forget(task);
	task->fpcr = task->fpsr = 0;
	memset(task->v, 0, sizeof(task->v));
	if (task->context == NULL)
		task_go_home(task);
	if (task_state(task) == TASK_FAULTED && task->fault_kind == RVX_FAULT_BUDGET)
		task->home.deadline = 0;
	task->incarnation++;
	registers_set(task);
	task_make_ready(task);
}

void task_place(struct task *task, struct core *core)
{
	struct core *from = task->core;
	uint64_t timeout = task->timeout.item.place != 0 ? task->timeout.item.key : 0;
	bool runnable = task_state(task) == TASK_READY && !task_is_held(task);

	part_contexts(task);
	if (runnable)
		sched_leave(task);
	if (from->running == &task->home) {
		(void)sched_charge(from);
		from->running = NULL;
	}
	if (from->fp_owner == task)
		task_fp_leave(from);
	sched_timeout_cancel(task);
	core_set(task, core);
	sched_timeout_set(task, timeout);
	if (runnable)
		sched_wake(task);
}

void task_fp_leave(struct core *core)
{
	struct task *owner = core->fp_owner;

	if (owner == NULL)
		return;
	arch_fp_access(arch_fp_open());
	arch_fp_save(owner);
	owner->cptr = arch_fp_trapped();
	core->fp_owner = NULL;
	/* Who goes on is another task, which had no access. */
	arch_fp_access(arch_fp_trapped());
}

void task_wake_with(struct task *task, enum rvx_status status)
{
	if (task_state(task) == TASK_CALLING)
		edge_withdraw_call(task->waiting);
	if (task->context == NULL)
		task_go_home(task);
	task->frame.x[0] = (uint64_t)(int64_t)status;
	for (uint32_t i = 1; i <= 18; i++)
		task->frame.x[i] = 0;
	task_make_ready(task);
}

void task_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome)
{
	task->fault_kind = kind;
	task->fault_address = address;
	task->fault_syndrome = syndrome;
	witness_fault(task, kind, address);
	task_block(task, TASK_FAULTED);
	if (task->supervisor != NULL)
		inbox_add_fault(task->supervisor, task);
	else if (root_is(task) && !root_restart())
		kpanic("the root task cannot be restarted where it faulted");
}

void task_supervise(struct task *task, struct task *supervisor, uint64_t badge)
{
	task->supervisor = supervisor;
	task->fault_badge = badge;
	task->supervise_serial = ++supervise_serials;
	task->supervised_previous = NULL;
	task->supervised_next = supervisor->supervised;
	if (supervisor->supervised != NULL)
		supervisor->supervised->supervised_previous = task;
	supervisor->supervised = task;
	/* A fault that found no supervisor is told to the first one there is. */
	if (task_state(task) == TASK_FAULTED)
		inbox_add_fault(supervisor, task);
}

void task_unsupervise(struct task *task)
{
	struct task *supervisor = task->supervisor;

	if (supervisor == NULL)
		return;
	inbox_remove_fault(supervisor, task);
	if (task->supervised_next != NULL)
		task->supervised_next->supervised_previous = task->supervised_previous;
	if (task->supervised_previous != NULL)
		task->supervised_previous->supervised_next = task->supervised_next;
	else
		supervisor->supervised = task->supervised_next;
	task->supervisor = NULL;
}

bool task_terminate(struct task *task)
{
	struct core *core = task->core;
	bool started = task_state(task) != TASK_STOPPED && task_state(task) != TASK_DEAD;

	if (!task_may_restart(task))
		return false;
	if (task_state(task) == TASK_CALLING)
		edge_withdraw_call(task->waiting);
	if (task_is_on_loan(task))
		task_return_context(task);
	if (task_state(task) == TASK_READY && !task_is_held(task))
		sched_leave(task);
	sched_timeout_cancel(task);
	task_state_set(task, TASK_DEAD);
	if (started)
		sched_withdraw(core, &task->home);
	if (core->running == &task->home)
		core->running = NULL;
	fp_forget(task);

	while (task->ends != NULL) {
		if (!edge_unbind(task->ends))
			return false;
	}
	while (task->leases != NULL)
		lease_unbind(task->leases);
	task_unsupervise(task);
	for (uint32_t i = 0; task->supervised != NULL; i++) {
		if (i == CONFIG_CHUNK_CAPABILITIES)
			return false;
		task_unsupervise(task->supervised);
	}
	if (task->partition != NULL)
		unbind(task);
	return true;
}
