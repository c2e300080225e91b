/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* DeviceLease: grant, bind, acknowledge, renew, return, reset. Mapping: sys_region.c. */
#include "kernel/arch/cpu.h"
#include "kernel/lease.h"
#include "kernel/syscall.h"

static bool record(const struct task *caller, uint16_t kind, const struct lease *lease, uint64_t p0,
		   uint64_t p1)
{
	return witness_record(caller, kind, object_id(&lease->object), p0, p1);
}

/* When a lease of that duration that begins now ends. */
static enum rvx_status end_after(uint64_t duration, uint64_t *end)
{
	if (duration == 0)
		return RVX_BAD_ARGUMENT;
	if (duration != RVX_LEASE_ENDLESS && duration > RVX_LEASE_TICKS_MAX)
		return RVX_OUT_OF_RANGE;
	*end = duration == RVX_LEASE_ENDLESS ? duration : arch_clock_now() + duration;
	return RVX_OK;
}

enum rvx_status sys_lease_grant(struct task *caller, const struct lease_grant_args *args,
				uint64_t *result)
{
	/* What the device may write to: the caller could write it itself, and nobody runs it. */
	const struct region *window = args->window != NULL ? args->window->object : NULL;
	struct lease *lease = args->lease;
	enum rvx_status status;
	uint64_t end, device;

	if (args->parent != &lease_parent || lease == &lease_parent ||
	    lease->state != RVX_LEASE_EMPTY)
		return RVX_WRONG_STATE;
	if (window != NULL && window->executable != 0)
		return RVX_WX_CONFLICT;
	status = end_after(args->duration, &end);
	if (status != RVX_OK)
		return status;
	status = lease_may_grant(args->address, args->pages, args->interrupt);
	if (status != RVX_OK)
		return status;
	/* Its own, one of the window, and that of the end. */
	status = witness_reserve(caller, window != NULL ? 3 : 2);
	if (status != RVX_OK)
		return status;

	device = RVX_LEASE_WORD(args->address, args->pages, args->interrupt, 0);
	witness_emit(RVX_WITNESS_DEVICE_LEASE_GRANT, RVX_WITNESS_ALLOWED, caller->partition,
		     object_id(&lease->object), device, end);
	if (window != NULL)
		witness_emit(RVX_WITNESS_DEVICE_LEASE_GRANT, RVX_WITNESS_CONTINUED,
			     caller->partition, object_id(&window->object), window->base,
			     window->pages);
	lease_grant(lease, device, end, window, witness_reserve_end(caller->partition));
	result[0] = end;
	return RVX_OK;
}

enum rvx_status sys_lease_bind(struct task *caller, const struct lease_bind_args *args)
{
	struct capability *capability = args->lease;
	struct lease *lease = capability->object;
	struct task *task = args->task;
	enum rvx_status status = lease_may_bind(lease, task);

	if (status != RVX_OK)
		return status;
	if (!record(caller, RVX_WITNESS_DEVICE_LEASE_BIND, lease, capability_place(capability, 0),
		    object_id(&task->object)))
		return RVX_WITNESS_FULL;
	lease_bind(capability, task);
	return RVX_OK;
}

enum rvx_status sys_lease_acknowledge(struct task *caller,
				      const struct lease_acknowledge_args *args)
{
	struct lease *lease = args->lease;
	enum rvx_status status = lease_check(lease);

	if (status != RVX_OK)
		return status;
	if (lease->task != caller)
		return RVX_NOT_BOUND;
	lease_acknowledge(lease);
	return RVX_OK;
}

enum rvx_status sys_lease_renew(struct task *caller, const struct lease_renew_args *args,
				uint64_t *result)
{
	struct lease *lease = args->lease;
	enum rvx_status status = lease_check(lease);
	uint64_t end;

	if (status != RVX_OK)
		return status;
	status = end_after(args->duration, &end);
	if (status != RVX_OK)
		return status;
	if (end < lease->end)
		return RVX_OUT_OF_RANGE;
	if (!record(caller, RVX_WITNESS_DEVICE_LEASE_RENEW, lease, end, lease->end))
		return RVX_WITNESS_FULL;
	lease_renew(lease, end);
	result[0] = end;
	return RVX_OK;
}

/* The record of the end was reserved by the grant: giving back cannot be refused for want of one. */
enum rvx_status sys_lease_return(struct task *caller, const struct lease_return_args *args)
{
	struct lease *lease = args->lease;
	enum rvx_status status = lease_check(lease);

	if (status != RVX_OK)
		return status;
	/* Nobody is told what they do themselves. */
	if (lease->task == caller)
		lease_unbind(lease);
	lease_end(lease, RVX_WITNESS_DEVICE_LEASE_REVOKE);
	return RVX_OK;
}

enum rvx_status sys_lease_reset(struct task *caller, const struct lease_reset_args *args)
{
	enum rvx_status status;
	uint64_t id, device;

	if (args->parent != &lease_parent)
		return RVX_WRONG_STATE;
	status = lease_may_reset(args->address, &id, &device);
	if (status != RVX_OK)
		return status;
	if (!witness_record(caller, RVX_WITNESS_DEVICE_LEASE_RESET, id, device, 0))
		return RVX_WITNESS_FULL;
	lease_reset(args->address);
	return RVX_OK;
}
