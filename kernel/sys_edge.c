/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * CommEdge: call, reply, receive, signal, bind. Where a message carries a capability all
 * refusals, the receiver's slot included, come before anything is sent.
 */
#include "kernel/edge.h"
#include "kernel/derive.h"
#include "kernel/syscall.h"

#define BULK_BYTES_MAX ((uint64_t)1 << 40)
#define CALL_RIGHTS (RVX_RIGHT_READ | RVX_RIGHT_WRITE)

enum rvx_status sys_edge_call(struct task *caller)
{
	struct edge_end *end;
	enum rvx_status status = edge_lookup(caller, caller->frame.x[0], CALL_RIGHTS, &end);

	if (status != RVX_OK)
		return status;
	status = edge_may_call(end);
	if (status != RVX_OK)
		return status;
	edge_call(end, 0);
	return STATUS_SWITCHED;
}

static enum rvx_status reply(struct task *caller, bool reached)
{
	struct edge_end *end;
	enum rvx_status status = edge_lookup(caller, caller->frame.x[0], RVX_RIGHT_READ, &end);

	if (status != RVX_OK)
		return status;
	status = edge_may_reply(end, caller->frame.x[1]);
	if (status != RVX_OK)
		return status;
	if (!reached)
		return STATUS_MORE_LOCKS;
	edge_reply(end);
	return RVX_OK;
}

enum rvx_status sys_edge_reply(struct task *caller)
{
	return reply(caller, true);
}

enum rvx_status sys_edge_reply_recv(struct task *caller)
{
	enum rvx_status status = reply(caller, inbox_reach(caller));

	if (status != RVX_OK)
		return status;
	inbox_receive(caller, 0);
	return STATUS_SWITCHED;
}

enum rvx_status sys_recv(struct task *caller)
{
	if (!inbox_reach(caller))
		return STATUS_MORE_LOCKS;
	inbox_receive(caller, 0);
	return STATUS_SWITCHED;
}

enum rvx_status sys_recv_until(struct task *caller)
{
	if (!inbox_reach(caller))
		return STATUS_MORE_LOCKS;
	inbox_receive(caller, caller->extended[1]);
	return STATUS_SWITCHED;
}

/* Where a capability sent from `end` would go, and what. All that can be refused is refused. */
struct transfer {
	struct capability *source; /* NULL: none is carried */
	struct capability *slot;
};

static enum rvx_status transfer_check(struct task *caller, const struct edge_end *end,
				      struct transfer *transfer)
{
	uint64_t handle = caller->extended[0];
	enum rvx_status status;

	*transfer = (struct transfer){ 0 };
	if (handle == RVX_HANDLE_NONE)
		return RVX_OK;
	status = captable_find(caller->table, handle, &transfer->source);
	if (status != RVX_OK)
		return status;
	status = capability_may_derive(transfer->source);
	if (status != RVX_OK)
		return status;
	if (end->far->receive_slot == 0 ||
	    captable_free_slot(end->peer->table, end->far->receive_slot, &transfer->slot) != RVX_OK)
		return RVX_NO_SLOT;
	return witness_reserve(caller, 1);
}

static void transfer_commit(struct task *caller, const struct transfer *transfer)
{
	struct capability *source = transfer->source;
	uint32_t rights, end;

	if (source == NULL)
		return;
	rights = capability_derived_rights(source, RVX_RIGHTS_ALL);
	end = capability_end(source);
	witness_emit(RVX_WITNESS_CAPABILITY_DELEGATE, RVX_WITNESS_ALLOWED, caller->partition,
		     capability_object_id(source),
		     capability_place(transfer->slot, rights | end << 8),
		     capability_place(source, 0));
	capability_derive(transfer->slot, source, rights, end, source->u.binding.badge);
}

static uint32_t rights_with_transfer(const struct task *caller, uint32_t rights)
{
	return caller->extended[0] == RVX_HANDLE_NONE ? rights : rights | RVX_RIGHT_GRANT;
}

enum rvx_status sys_edge_call_extended(struct task *caller)
{
	struct transfer transfer;
	struct edge_end *end;
	enum rvx_status status = edge_lookup(caller, caller->frame.x[0],
					     rights_with_transfer(caller, CALL_RIGHTS), &end);

	if (status != RVX_OK)
		return status;
	status = edge_may_call(end);
	if (status != RVX_OK)
		return status;
	status = transfer_check(caller, end, &transfer);
	if (status != RVX_OK)
		return status;
	transfer_commit(caller, &transfer);
	edge_call(end, caller->extended[1]);
	return STATUS_SWITCHED;
}

static enum rvx_status reply_extended(struct task *caller, bool reached)
{
	struct transfer transfer;
	struct edge_end *end;
	enum rvx_status status = edge_lookup(caller, caller->frame.x[0],
					     rights_with_transfer(caller, RVX_RIGHT_READ), &end);

	if (status != RVX_OK)
		return status;
	status = edge_may_reply(end, caller->frame.x[1]);
	if (status != RVX_OK)
		return status;
	status = transfer_check(caller, end, &transfer);
	if (status != RVX_OK)
		return status;
	if (!reached)
		return STATUS_MORE_LOCKS;
	transfer_commit(caller, &transfer);
	edge_reply(end);
	return RVX_OK;
}

enum rvx_status sys_edge_reply_extended(struct task *caller)
{
	if (caller->extended[1] != 0)
		return RVX_BAD_ARGUMENT;
	return reply_extended(caller, true);
}

enum rvx_status sys_edge_reply_recv_extended(struct task *caller)
{
	uint64_t deadline = caller->extended[1];
	enum rvx_status status = reply_extended(caller, inbox_reach(caller));

	if (status != RVX_OK)
		return status;
	inbox_receive(caller, deadline);
	return STATUS_SWITCHED;
}

enum rvx_status sys_edge_signal(struct task *caller, const struct edge_signal_args *args)
{
	(void)caller;
	if (args->bits == 0 || args->bulk_bytes > BULK_BYTES_MAX)
		return RVX_BAD_ARGUMENT;
	edge_signal(args->edge, args->bits, args->bulk_bytes);
	return RVX_OK;
}

enum rvx_status sys_edge_bind(struct task *caller, const struct edge_bind_args *args)
{
	struct capability *capability = args->edge;
	struct edge_end *end = capability->object;
	struct task *task = args->task;

	if (end->task != NULL)
		return RVX_OCCUPIED;
	if (task->table == NULL)
		return RVX_WRONG_STATE;
	if (args->receive_slot >= task->slot_count)
		return RVX_OUT_OF_RANGE;
	if (task->end_count == RVX_TASK_EDGES_MAX)
		return RVX_LIMIT;
	if (!witness_record(caller, RVX_WITNESS_COMM_EDGE_BIND, capability_object_id(capability),
			    capability_place(capability, (uint32_t)end->index << 8),
			    object_id(&task->object)))
		return RVX_WITNESS_FULL;
	capability->u.binding.serial =
		edge_bind(end, task, capability->u.binding.badge, (uint32_t)args->receive_slot);
	return RVX_OK;
}
