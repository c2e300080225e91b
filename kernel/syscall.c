/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The dispatcher: number, locks, function, one exit. A refusal is recorded there: of every
 * call that would have left a record, and of any call for want of authority.
 */
#include "kernel/syscall.h"
#include "kernel/core.h"
#include "kernel/panic.h"
#include "kernel/syscall_args.h"
#include "kernel/task.h"
#include "kernel/witness.h"

enum lock_class {
	LOCK_CORE,
	LOCK_ALL
};

struct syscall {
	/* One of the two, by class. */
	enum rvx_status (*method)(struct task *caller, const uint64_t *x, uint64_t *result);
	enum rvx_status (*message)(struct task *caller);
	uint8_t lock; /* enum lock_class */
	uint8_t records;
};

#define CALL_METHOD(name) .method = sys_##name
#define CALL_MESSAGE(name) .message = sys_##name
#define CALL_EVENT(name) .message = sys_##name

static const struct syscall syscalls[RVX_SYS_COUNT] = {
#define X(number, name, class, lock_, records_, results) \
	[number] = { CALL_##class(name), .lock = LOCK_##lock_, .records = records_ },
#include "kernel/syscall_table.h"
#undef X
};

static bool is_refusal_of_authority(enum rvx_status status)
{
	return status <= RVX_INVALID_HANDLE && status >= RVX_NO_CREDIT;
}

/* The object that the refused call was about, as far as its first handle tells. */
static uint64_t object_named(const struct task *caller)
{
	struct capability *capability;

	if (captable_find(caller->table, caller->frame.x[0], &capability) != RVX_OK)
		return 0;
	return capability_object_id(capability);
}

static void answer(struct task *caller, const struct syscall *call, uint32_t number,
		   enum rvx_status status)
{
	if (status < 0 &&
	    (call == NULL || is_refusal_of_authority(status) ||
	     (call->records != 0 && call->method != NULL)))
		witness_denied(caller->partition, object_named(caller), number, status);
	caller->frame.x[0] = (uint64_t)(int64_t)status;
}

/* A call can end its own task, or hand the core to another one. */
static bool is_running(const struct task *task)
{
	return task_state(task) == TASK_READY;
}

enum rvx_status syscall_dispatch(struct task *caller, uint32_t number)
{
	const struct syscall *call = NULL;
	struct core *core = caller->core;
	enum rvx_status status = RVX_UNKNOWN_CALL;

	if (number < RVX_SYS_COUNT &&
	    (syscalls[number].method != NULL || syscalls[number].message != NULL))
		call = &syscalls[number];

	if (call == NULL || call->lock == LOCK_ALL)
		core_lock_all();
	else
		core_lock(core);

	if (call != NULL)
		/* Arguments are copied before results are written, and results only on RVX_OK. */
		status = call->method != NULL ?
				 call->method(caller, caller->frame.x, &caller->frame.x[1]) :
				 call->message(caller);
	if (status != STATUS_RESTART && status != STATUS_SWITCHED && is_running(caller))
		answer(caller, call, number, status);

	if (call == NULL || call->lock == LOCK_ALL)
		core_unlock_others(core);
	return status;
}

enum rvx_status syscall_lookup_in(struct task *caller, uint64_t table_handle, uint32_t table_rights,
				  uint64_t handle, struct capability **capability)
{
	struct captable *table;
	enum rvx_status status =
		captable_lookup_table(caller->table, table_handle, table_rights, &table);

	if (status != RVX_OK)
		return status;
	return captable_find(table, handle, capability);
}

enum rvx_status sys_null(struct task *caller, const uint64_t *x, uint64_t *result)
{
	(void)caller;
	(void)x;
	(void)result;
	return RVX_OK;
}

enum rvx_status sys_yield(struct task *caller, const uint64_t *x, uint64_t *result)
{
	(void)x;
	(void)result;
	sched_yield(caller->core);
	return RVX_OK;
}
