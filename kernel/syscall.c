/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The dispatcher: number, locks, function, one exit. A refusal is recorded there: of every
 * call that would have left a record, and of any call for want of authority.
 */
#include "kernel/syscall.h"
#include "kernel/core.h"

struct syscall {
	enum rvx_status (*function)(struct task *caller, const uint64_t *x, uint64_t *result);
	bool locks_all; /* a message does so only for a capability that it carries */
	bool is_message;
	bool is_recorded; /* a refusal of it is recorded whatever the reason */
};

/* Refusals of messages are the sender's own business, except for want of authority. */
#define METHOD_IS_RECORDED(records) ((records) != 0)
#define MESSAGE_IS_RECORDED(records) false
#define EVENT_IS_RECORDED(records) false
#define METHOD_IS_MESSAGE false
#define MESSAGE_IS_MESSAGE true
#define EVENT_IS_MESSAGE false
#define CORE_LOCKS_ALL false
#define ALL_LOCKS_ALL true

static const struct syscall syscalls[RVX_SYS_COUNT] = {
#define X(number, name, class, lock, records) \
	[number] = { enter_##name, lock##_LOCKS_ALL, class##_IS_MESSAGE, \
		     class##_IS_RECORDED(records) },
#include "kernel/syscall_table.h"
#undef X
};

static bool is_refusal_of_authority(enum rvx_status status)
{
	return status <= RVX_INVALID_HANDLE && status >= RVX_NO_CREDIT;
}

/* Record a refusal, with the object that the call was about as far as its first handle tells. */
__attribute__((noinline, cold)) static void refuse(struct task *caller, uint32_t number,
						   bool is_recorded, enum rvx_status status)
{
	struct capability *capability;
	uint64_t handle = caller->frame.x[0], object = 0;

	caller->frame.x[0] = (uint64_t)(int64_t)status;
	if (!is_recorded && !is_refusal_of_authority(status))
		return;
	if (captable_find(caller->table, handle, &capability) == RVX_OK)
		object = capability_object_id(capability);
	witness_denied(caller->partition, object, number, status);
}

__attribute__((noinline, cold)) static enum rvx_status unknown(struct task *caller, uint32_t number)
{
	core_lock_own(caller->core);
	refuse(caller, number, true, RVX_UNKNOWN_CALL);
	return RVX_UNKNOWN_CALL;
}

static inline void answer(const struct syscall *call, struct task *caller, uint32_t number,
			  enum rvx_status status)
{
	if (status == RVX_OK)
		caller->frame.x[0] = 0;
	else if (status < 0)
		refuse(caller, number, call->is_recorded, status);
}

/*
 * A call that needs more locks than its core's: all, or those that it asked for, and then all. A
 * caller that moved to another core must not run there before its registers are saved: then
 * trap_switch lets the locks go.
 */
__attribute__((noinline, cold)) static enum rvx_status dispatch_with(const struct syscall *call,
								     struct task *caller,
								     uint32_t number,
								     core_set_t set)
{
	struct core *core = caller->core;
	enum rvx_status status;

	for (;; set = core_all()) {
		core_lock(core, set);
		core->evicting = false;
		status = call->function(caller, caller->frame.x, &caller->frame.x[1]);
		if (status != STATUS_MORE_LOCKS)
			break;
		core_unlock_others(core);
		core_unlock_own(core);
	}
	answer(call, caller, number, status);
	if (core->asked && !core->evicting)
		core_release(core);
	if (caller->core == core)
		core_unlock_others(core);
	return status;
}

static inline bool carries_nothing(const struct task *caller)
{
	return caller->extended[0] == RVX_HANDLE_NONE;
}

enum rvx_status syscall_dispatch(struct core *core, struct task *caller, uint32_t number)
{
	const struct syscall *call;
	enum rvx_status status;

	if (number >= RVX_SYS_COUNT || syscalls[number].function == NULL)
		return unknown(caller, number);
	call = &syscalls[number];
	if (call->locks_all && core_count > 1 && !(call->is_message && carries_nothing(caller)))
		return dispatch_with(call, caller, number, core_all());
	core_lock_own(core);
	/* Arguments are copied before results are written, and results only on RVX_OK. */
	status = call->function(caller, caller->frame.x, &caller->frame.x[1]);
	if (status != STATUS_MORE_LOCKS) {
		answer(call, caller, number, status);
		return status;
	}
	core_unlock_own(core);
	return dispatch_with(call, caller, number, core_bit(core) | core->wanted);
}

enum rvx_status sys_null(struct task *caller)
{
	(void)caller;
	return RVX_OK;
}

enum rvx_status sys_yield(struct task *caller)
{
	sched_yield(caller->core);
	return RVX_OK;
}
