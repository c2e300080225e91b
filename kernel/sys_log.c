/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* WitnessLog: credits, records by servers, acknowledgement, and the state to compare with. */
#include "kernel/inspect.h"
#include "kernel/syscall.h"
#include "kernel/syscall_args.h"
#include "kernel/task.h"
#include "kernel/witness.h"

static enum rvx_status lookup(struct task *caller, uint64_t handle, uint32_t rights)
{
	struct capability *capability;

	return captable_lookup(caller->table, handle, RVX_OBJECT_WITNESS_LOG, rights, &capability);
}

enum rvx_status sys_log_grant(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct log_grant_args args = log_grant_args(x);
	struct capability *capability;
	struct partition *partition;
	enum rvx_status status;

	(void)result;
	status = lookup(caller, args.log, RVX_RIGHT_GRANT);
	if (status != RVX_OK)
		return status;
	status = captable_lookup(caller->table, args.partition, RVX_OBJECT_PARTITION,
				 RVX_RIGHT_WRITE, &capability);
	if (status != RVX_OK)
		return status;
	if (capability_is_busy(capability))
		return RVX_BUSY;
	partition = capability->object;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;
	status = witness_may_set_credits(partition, args.credits);
	if (status != RVX_OK)
		return status;

	witness_emit(RVX_WITNESS_CREDIT_GRANT, RVX_WITNESS_ALLOWED, caller->partition,
		     object_id(&partition->object), args.credits, 0);
	witness_credits_set(partition, args.credits);
	return RVX_OK;
}

enum rvx_status sys_log_emit(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct log_emit_args args = log_emit_args(x);
	uint64_t kind = args.kind & ~(uint64_t)RVX_EMIT_CONTINUED;
	enum rvx_status status = lookup(caller, args.log, RVX_RIGHT_WRITE);

	if (status != RVX_OK)
		return status;
	if (kind > UINT16_MAX || !witness_user_kind(kind))
		return RVX_NO_CREDIT;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	result[0] = witness_log.next;
	witness_emit_by_server((uint16_t)kind, kind != args.kind ? RVX_WITNESS_CONTINUED : 0,
			       caller->partition, args.object, args.p0, args.p1);
	return RVX_OK;
}

enum rvx_status sys_log_acknowledge(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct log_acknowledge_args args = log_acknowledge_args(x);
	enum rvx_status status = lookup(caller, args.log, RVX_RIGHT_EXECUTE);

	if (status != RVX_OK)
		return status;
	if (args.sequence > witness_log.next)
		return RVX_OUT_OF_RANGE;
	witness_acknowledge(args.sequence);
	result[0] = witness_log.acknowledged;
	return RVX_OK;
}

enum rvx_status sys_log_status(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct partition *partition = caller->partition;
	enum rvx_status status = lookup(caller, log_status_args(x).log, RVX_RIGHT_READ);

	if (status != RVX_OK)
		return status;
	result[0] = witness_log.next;
	result[1] = witness_log.acknowledged;
	result[2] = partition->credits > partition->credits_used ?
			    partition->credits - partition->credits_used :
			    0;
	result[3] = witness_credits_free();
	return RVX_OK;
}

enum rvx_status sys_log_inspect(struct task *caller, const uint64_t *x, uint64_t *result)
{
	const struct log_inspect_args args = log_inspect_args(x);
	const struct capability *capability;
	struct rvx_state_entry entry;
	enum rvx_status status = lookup(caller, args.log, RVX_RIGHT_READ);

	if (status != RVX_OK)
		return status;
	if (args.restart != 0)
		capability_walk_begin();
	/* What has its record and is only being taken apart is not there any more. */
	do {
		capability = capability_walk_next();
		if (capability == NULL)
			return RVX_NOTHING;
	} while ((capability->meta & CAPABILITY_DELETING) != 0);
	inspect_capability(capability, &entry);
	result[0] = entry.place;
	result[1] = entry.object;
	result[2] = entry.type;
	result[3] = entry.mapping;
	result[4] = entry.detail[0];
	result[5] = entry.detail[1];
	result[6] = witness_log.changes;
	return RVX_OK;
}
