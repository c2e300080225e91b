/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* WitnessLog: credits, records by servers, acknowledgement, and the state to compare with. */
#include "kernel/inspect.h"
#include "kernel/syscall.h"

enum rvx_status sys_log_grant(struct task *caller, const struct log_grant_args *args)
{
	enum rvx_status status = witness_may_set_credits(args->partition, args->credits);

	if (status != RVX_OK)
		return status;
	if (!witness_record(caller, RVX_WITNESS_CREDIT_GRANT, object_id(&args->partition->object),
			    args->credits, 0))
		return RVX_WITNESS_FULL;
	witness_credits_set(args->partition, args->credits);
	return RVX_OK;
}

enum rvx_status sys_log_emit(struct task *caller, const struct log_emit_args *args,
			     uint64_t *result)
{
	uint64_t kind = args->kind & ~(uint64_t)RVX_EMIT_CONTINUED;
	enum rvx_status status;

	if (kind > UINT16_MAX || !witness_user_kind(kind))
		return RVX_NO_CREDIT;
	status = witness_reserve(caller, 1);
	if (status != RVX_OK)
		return status;

	result[0] = witness_log.next;
	witness_emit_by_server((uint16_t)kind, kind != args->kind ? RVX_WITNESS_CONTINUED : 0,
			       caller->partition, args->object, args->p0, args->p1);
	return RVX_OK;
}

enum rvx_status sys_log_acknowledge(struct task *caller, const struct log_acknowledge_args *args,
				    uint64_t *result)
{
	(void)caller;
	if (args->sequence > witness_log.next)
		return RVX_OUT_OF_RANGE;
	witness_acknowledge(args->sequence);
	result[0] = witness_log.acknowledged;
	return RVX_OK;
}

enum rvx_status sys_log_status(struct task *caller, uint64_t *result)
{
	const struct partition *partition = caller->partition;

	result[0] = witness_log.next;
	result[1] = witness_log.acknowledged;
	result[2] = partition->credits > partition->credits_used ?
			    partition->credits - partition->credits_used :
			    0;
	result[3] = witness_credits_free();
	return RVX_OK;
}

enum rvx_status sys_log_inspect(struct task *caller, const struct log_inspect_args *args,
				uint64_t *result)
{
	const struct capability *capability;
	struct rvx_state_entry entry;

	(void)caller;
	if (args->restart != 0)
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
