/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Machine: the kernel's console and power. */
#include "kernel/arch/cpu.h"
#include "kernel/console.h"
#include "kernel/lease.h"
#include "kernel/lock.h"
#include "kernel/machine.h"
#include "kernel/root.h"
#include "kernel/syscall.h"

#include <string.h>

struct object machine_object;

/* A leaf lock: one write's characters stay together. */
static struct lock console_lock;

enum rvx_status sys_machine_write(struct task *caller, const struct machine_write_args *args)
{
	char text[RVX_MESSAGE_WORDS * sizeof(uint64_t)];

	(void)caller;
	if (args->count == 0 || args->count > sizeof(text))
		return RVX_BAD_ARGUMENT;
	if (lease_has_console())
		return RVX_BUSY;
	memcpy(text, args->w, sizeof(text));
	lock_take(&console_lock);
	console_write(text, args->count);
	lock_give(&console_lock);
	return RVX_OK;
}

enum rvx_status sys_machine_off(struct task *caller, const struct machine_off_args *args)
{
	if (!witness_record(caller, RVX_WITNESS_MACHINE_OFF, object_id(&machine_object),
			    args->status, 0))
		return RVX_WITNESS_FULL;
	arch_machine_off(args->status == 0 ? 0 : 1);
}

enum rvx_status sys_machine_heartbeat(struct task *caller,
				      const struct machine_heartbeat_args *args)
{
	(void)caller;
	root_promise(args->deadline);
	return RVX_OK;
}
