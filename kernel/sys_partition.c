/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Partition: start, suspend, resume, recover. */
#include "kernel/core.h"
#include "kernel/syscall.h"

struct transition {
	uint32_t from, to; /* enum rvx_partition_state */
	uint16_t kind;
};

static const struct transition recovered = { RVX_PARTITION_RECOVERY, RVX_PARTITION_RUNNING,
					     RVX_WITNESS_MODE_SWITCH };

/* All its tasks at once: each core that is asked parks by itself. */
static bool partition_evict(const struct partition *partition)
{
	bool done = true;

	for (struct task *task = partition->tasks; task != NULL; task = task->partition_next) {
		if (!core_evict(task))
			done = false;
	}
	return done;
}

static enum rvx_status change(struct task *caller, struct partition *partition,
			      const struct transition *transition)
{
	if (transition->kind == RVX_WITNESS_PARTITION_RESUME &&
	    partition->state == RVX_PARTITION_RECOVERY)
		transition = &recovered;
	if (partition->state != transition->from)
		return RVX_WRONG_STATE;
	if (!partition_evict(partition))
		return STATUS_RESTART;
	if (!witness_record(caller, transition->kind, object_id(&partition->object),
			    transition->kind == RVX_WITNESS_MODE_SWITCH ? transition->to : 0, 0))
		return RVX_WITNESS_FULL;
	partition_state_set(partition, transition->to);
	return RVX_OK;
}

enum rvx_status sys_partition_start(struct task *caller, const struct partition_start_args *args)
{
	static const struct transition start = { RVX_PARTITION_CREATED, RVX_PARTITION_RUNNING,
						 RVX_WITNESS_PARTITION_START };

	return change(caller, args->partition, &start);
}

enum rvx_status sys_partition_suspend(struct task *caller,
				      const struct partition_suspend_args *args)
{
	static const struct transition suspend = { RVX_PARTITION_RUNNING, RVX_PARTITION_SUSPENDED,
						   RVX_WITNESS_PARTITION_SUSPEND };

	return change(caller, args->partition, &suspend);
}

enum rvx_status sys_partition_resume(struct task *caller, const struct partition_resume_args *args)
{
	static const struct transition resume = { RVX_PARTITION_SUSPENDED, RVX_PARTITION_RUNNING,
						  RVX_WITNESS_PARTITION_RESUME };

	return change(caller, args->partition, &resume);
}

enum rvx_status sys_partition_recover(struct task *caller,
				      const struct partition_recover_args *args)
{
	static const struct transition recover = { RVX_PARTITION_RUNNING, RVX_PARTITION_RECOVERY,
						   RVX_WITNESS_MODE_SWITCH };

	return change(caller, args->partition, &recover);
}
