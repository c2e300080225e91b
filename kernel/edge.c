/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * CommEdge: the ordinary path of message passing. The fast path of an architecture does the
 * same for the common case and must leave the same state.
 *
 * Guarded by the locks of both tasks' cores; create, bind, unbind and destroy by all locks.
 */
#include "kernel/edge.h"
#include "kernel/captable.h"
#include "kernel/config.h"
#include "kernel/core.h"
#include "kernel/lease.h"
#include "kernel/panic.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/telemetry.h"
#include "kernel/trace.h"

#define FIRST_SERIAL 1u

static inline void trace_message(const struct rvx_telemetry_line *line, enum rvx_trace_kind kind)
{
	trace(arch_core(), TRACE(kind, (uintptr_t)line));
}

static uint32_t next_serial(uint32_t serial)
{
	serial++;
	return serial == 0 ? FIRST_SERIAL : serial;
}

/* Telemetry places: in order first, then those given back. */
static uint32_t indices_used;
static uint32_t first_free;
static uint32_t next_free[CONFIG_EDGES_MAX] UNCLEARED;
static uint32_t bind_serials;

void edge_table_init(void)
{
	indices_used = 0;
	first_free = UINT32_MAX;
	bind_serials = 0;
}

uint32_t edge_index_next(void)
{
	if (first_free != UINT32_MAX)
		return first_free;
	return indices_used < CONFIG_EDGES_MAX ? indices_used : UINT32_MAX;
}

static void init_end(struct edge *edge, uint8_t index)
{
	struct edge_end *end = &edge->end[index];

	end->index = index;
	end->serial = FIRST_SERIAL;
	end->far = &edge->end[1 - index];
	end->peer = &task_nobody;
	end->line = telemetry_line((uint32_t)edge->telemetry_index, index);
	*end->line = (struct rvx_telemetry_line){ 0 };
}

struct edge *edge_create(void *memory)
{
	struct edge *edge = memory;
	uint32_t index = edge_index_next();

	kassert(index != UINT32_MAX);
	if (index == first_free)
		first_free = next_free[index];
	else
		indices_used++;
	edge->telemetry_index = index;
	init_end(edge, 0);
	init_end(edge, 1);
	return edge;
}

bool edge_destroy(struct edge *edge)
{
	for (uint32_t i = 0; i < 2; i++) {
		if (edge->end[i].task != NULL && !edge_unbind(&edge->end[i]))
			return false;
	}
	next_free[edge->telemetry_index] = first_free;
	first_free = (uint32_t)edge->telemetry_index;
	return true;
}

uint32_t edge_bind(struct edge_end *end, struct task *task, uint64_t badge, uint32_t receive_slot)
{
	kassert(end->task == NULL);
	end->task = task;
	end->receive_slot = receive_slot;
	end->bind_serial = ++bind_serials;
	end->task_next = task->ends;
	task->ends = end;
	task->end_count++;
	end->far->peer = task;
	end->far->peer_badge = badge;
	return end->bind_serial;
}

static void calls_remove(struct task *callee, struct edge_end *end)
{
	struct edge_end **link = &callee->calls;

	while (*link != end)
		link = &(*link)->call_next;
	*link = end->call_next;
	end->call_next = NULL;
	callee->pending--;
}

/* By the caller's key, behind those of the same key: at most 64 edges, so at most 64 steps. */
static void calls_insert(struct task *callee, struct edge_end *end)
{
	struct edge_end **link = &callee->calls;

	end->call_key = end->task->context->ready.key;
	while (*link != NULL && (*link)->call_key <= end->call_key)
		link = &(*link)->call_next;
	end->call_next = *link;
	*link = end;
	callee->pending++;
}

static void notified_add(struct task *task, struct edge_end *end)
{
	end->notified = true;
	end->notified_next = NULL;
	if (task->notified_last != NULL)
		task->notified_last->notified_next = end;
	else
		task->notified_first = end;
	task->notified_last = end;
	task->pending++;
}

static void notified_remove(struct task *task, struct edge_end *end)
{
	struct edge_end *before = NULL;

	for (struct edge_end *e = task->notified_first; e != end; e = e->notified_next)
		before = e;
	if (before == NULL)
		task->notified_first = end->notified_next;
	else
		before->notified_next = end->notified_next;
	if (task->notified_last == end)
		task->notified_last = before;
	end->notified = false;
	task->pending--;
}

void inbox_add_fault(struct task *supervisor, struct task *faulted)
{
	faulted->fault_queued = true;
	faulted->fault_next = NULL;
	faulted->fault_previous = supervisor->faults_last;
	if (supervisor->faults_last != NULL)
		supervisor->faults_last->fault_next = faulted;
	else
		supervisor->faults_first = faulted;
	supervisor->faults_last = faulted;
	supervisor->pending++;
	if (task_state(supervisor) == TASK_RECEIVING)
		inbox_receive(supervisor, 0);
}

void inbox_remove_fault(struct task *supervisor, struct task *faulted)
{
	if (!faulted->fault_queued)
		return;
	if (faulted->fault_previous != NULL)
		faulted->fault_previous->fault_next = faulted->fault_next;
	else
		supervisor->faults_first = faulted->fault_next;
	if (faulted->fault_next != NULL)
		faulted->fault_next->fault_previous = faulted->fault_previous;
	else
		supervisor->faults_last = faulted->fault_previous;
	faulted->fault_queued = false;
	supervisor->pending--;
}

/* What is not part of a message reaches nobody: scratch registers arrive as zeros. */
static void clear_scratch(struct frame *frame)
{
	for (uint32_t i = 10; i <= 18; i++)
		frame->x[i] = 0;
}

static void event_to_frame(struct task *task, uint64_t badge, uint64_t event)
{
	struct frame *frame = &task->frame;

	frame->x[0] = badge;
	frame->x[1] = event;
	for (uint32_t i = 2; i <= 18; i++)
		frame->x[i] = 0;
}

static void message_to_frame(struct frame *to, const struct frame *from, uint64_t badge,
			     uint64_t label)
{
	to->x[0] = badge;
	to->x[1] = label;
	for (uint32_t i = 2; i < 2 + RVX_MESSAGE_WORDS; i++)
		to->x[i] = from->x[i];
	clear_scratch(to);
}

static void take_fault(struct task *task)
{
	struct task *faulted = task->faults_first;
	struct frame *frame = &task->frame;

	inbox_remove_fault(task, faulted);
	event_to_frame(task, faulted->fault_badge, RVX_EVENT_FAULT);
	frame->x[2] = faulted->fault_kind;
	frame->x[3] = faulted->fault_address;
	frame->x[4] = faulted->frame.pc;
	frame->x[5] = faulted->fault_syndrome;
	frame->x[6] = faulted->frame.sp;
}

static void take_interrupt(struct task *task)
{
	const struct lease *lease = task->interrupts;

	event_to_frame(task, lease->badge, RVX_EVENT_INTERRUPT);
	task->frame.x[2] = RVX_LEASE_INTERRUPT(lease->device);
	task->frame.x[3] = lease->count;
	task->frame.x[4] = lease->state == RVX_LEASE_ENDED;
	lease_told(task);
}

static void take_notification(struct task *task)
{
	struct edge_end *end = task->notified_first;

	notified_remove(task, end);
	event_to_frame(task, end->far->peer_badge, RVX_EVENT_NOTIFICATION);
	task->frame.x[2] = end->bits;
	end->bits = 0;
}

static void take_call(struct task *task)
{
	struct edge_end *end = task->calls;

	calls_remove(task, end);
	end->call_state = CALL_DELIVERED;
	message_to_frame(&task->frame, &end->task->frame, end->peer_badge,
			 (uint64_t)end->serial << 32 | (uint32_t)end->task->frame.x[1]);
	end->line->messages++;
	if (task->passive && end->task->core == task->core)
		task_lend_context(end->task, task);
}

bool inbox_reach(const struct task *task)
{
	if (task->calls == NULL || task->faults_first != NULL || task->interrupts != NULL ||
	    task->notified_first != NULL)
		return true;
	return core_reach(task->core, task->calls->task->core);
}

void inbox_receive(struct task *task, uint64_t deadline)
{
	/* A passive task waits without a context: the next caller's will carry it. */
	if (task_state(task) == TASK_READY && (task->pending == 0 || task->passive)) {
		if (task_is_on_loan(task))
			task_return_context(task);
		task_block(task, TASK_RECEIVING);
	}
	if (task->pending == 0) {
		if (task->passive)
			task->context = NULL;
		sched_timeout_set(task, deadline);
		return;
	}

	if (task->passive)
		task->context = NULL;
	if (task->faults_first != NULL)
		take_fault(task);
	else if (task->interrupts != NULL)
		take_interrupt(task);
	else if (task->notified_first != NULL)
		take_notification(task);
	else
		take_call(task);
	if (task->context == NULL)
		task_go_home(task);
	if (task_state(task) == TASK_RECEIVING)
		task_make_ready(task);
}

enum rvx_status edge_lookup(struct task *caller, rvx_handle_t handle, uint32_t rights,
			    struct edge_end **end)
{
	struct capability *capability;
	const struct task *peer;
	struct core *core;
	enum rvx_status status =
		captable_lookup(caller->table, handle, RVX_OBJECT_EDGE, rights, &capability);

	if (status != RVX_OK)
		return status;
	*end = capability->object;
	if ((*end)->task != caller)
		return RVX_NOT_BOUND;
	core = (*end)->task->core;
	peer = (*end)->peer;
	/* Nobody is on no core. */
	if (peer->core == core)
		return RVX_OK;
	if (peer == &task_nobody)
		return RVX_PEER_DEAD;
	return core_reach(core, peer->core) ? RVX_OK : STATUS_MORE_LOCKS;
}

enum rvx_status edge_may_call(const struct edge_end *end)
{
	if (end->call_state != CALL_NONE)
		return RVX_BUSY;
	if (end->peer->passive && end->task->depth >= RVX_DONATION_DEPTH_MAX)
		return RVX_DEPTH_EXCEEDED;
	return RVX_OK;
}

void edge_call(struct edge_end *end, uint64_t deadline)
{
	struct task *caller = end->task;
	struct task *callee = end->peer;

	trace_message(end->line, RVX_TRACE_CALL);
	task_block(caller, TASK_CALLING);
	caller->waiting = end;
	sched_timeout_set(caller, deadline);
	end->call_state = CALL_QUEUED;
	calls_insert(callee, end);
	if (task_state(callee) == TASK_RECEIVING)
		inbox_receive(callee, 0);
}

enum rvx_status edge_may_reply(const struct edge_end *end, uint64_t label)
{
	if (end->far->call_state != CALL_DELIVERED)
		return RVX_NOT_CALLING;
	if (RVX_EVENT_SERIAL(label) != end->far->serial)
		return RVX_STALE;
	return RVX_OK;
}

static void call_end(struct edge_end *end)
{
	end->call_state = CALL_NONE;
	end->serial = next_serial(end->serial);
}

void edge_reply(struct edge_end *end)
{
	struct task *server = end->task;
	struct edge_end *calling = end->far;
	struct task *caller = calling->task;

	trace_message(end->line, RVX_TRACE_REPLY);
	message_to_frame(&caller->frame, &server->frame, end->peer_badge, server->frame.x[1]);
	end->line->messages++;
	call_end(calling);
	if (task_is_on_loan(server) && server->donor == caller)
		task_return_context(server);
	task_make_ready(caller);
}

void edge_withdraw_call(struct edge_end *end)
{
	struct task *caller = end->task;

	if (end->call_state == CALL_QUEUED)
		calls_remove(end->peer, end);
	call_end(end);
	task_reclaim_context(caller);
}

void edge_signal(struct edge_end *end, uint64_t bits, uint64_t bulk_bytes)
{
	struct edge_end *far = end->far;
	struct task *task = far->task;
	struct rvx_telemetry_line *line = end->line;

	trace(end->task->core, TRACE(RVX_TRACE_SIGNAL, (uintptr_t)line));
	far->bits |= bits;
	line->signals++;
	line->bulk_bytes += bulk_bytes;
	if (far->notified)
		return;
	notified_add(task, far);
	if (task_state(task) == TASK_RECEIVING)
		inbox_receive(task, 0);
}

static bool call_may_end(const struct edge_end *end)
{
	return end->call_state == CALL_NONE || core_evict(task_context_holder(end->task));
}

bool edge_unbind(struct edge_end *end)
{
	struct task *task = end->task;
	struct edge_end **link = &task->ends;

	if (!call_may_end(end) || !call_may_end(end->far))
		return false;
	if (end->call_state != CALL_NONE)
		task_wake_with(task, RVX_PEER_DEAD);
	if (end->far->call_state != CALL_NONE)
		task_wake_with(end->far->task, RVX_PEER_DEAD);
	if (end->notified)
		notified_remove(task, end);
	while (*link != end)
		link = &(*link)->task_next;
	*link = end->task_next;
	task->end_count--;
	end->task_next = NULL;
	end->task = NULL;
	end->bits = 0;
	end->far->peer = &task_nobody;
	end->far->peer_badge = 0;
	return true;
}
