/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A machine with a booted kernel, in this program, and hands to play its tasks with.
 *
 * A test makes system calls as any task: the world fills the task's registers as entry code
 * does, enters the kernel, and follows whom the kernel lets run. Callee-saved registers are
 * kept out of the kernel's sight exactly where entry code keeps them. After each entry all
 * invariants are swept and the books of memory and witness records are checked anew.
 */
#ifndef TESTS_KERNEL_WORLD_H
#define TESTS_KERNEL_WORLD_H

#include "kernel/arch/host/host.h"
#include "kernel/captable.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/partition.h"
#include "kernel/region.h"
#include "kernel/task.h"
#include "kernel/witness.h"

#include <ruvix/boot.h>
#include <ruvix/numbers.h>

#include <stdio.h>

/* What world_call returns where the call did not answer in x0. */
#define WORLD_BLOCKED INT64_MIN
#define WORLD_DEAD (INT64_MIN + 1)
#define WORLD_RESTART (INT64_MIN + 2) /* world_step only: an interrupt waits */
#define WORLD_OFF (INT64_MIN + 3)

#define WORLD_RAM ((uint64_t)33 << 20)
#define WORLD_ARGUMENTS 12 /* x0-x9, and x10, x11 of extended calls */
#define WORLD_SECRET 0x5e
#define WORLD_LOG_ID 0x1d
#define WORLD_NONCE 0x0c
/* Devices: what the kernel keeps, two pages, and its console. */
#define WORLD_KEPT 0x8000000u
#define WORLD_CONSOLE 0x9000000u

struct world {
	struct task *root;
	struct task *current; /* whom the kernel let run; NULL: nobody can */
	const struct rvx_boot_info *info;
	rvx_handle_t untyped; /* the root's largest */
	uint32_t next_slot;   /* the next unused one of the root's table */
	bool checks;	      /* after each entry; cleared where a test looks at a moment between */
	bool hides_registers; /* world_state leaves them out */
	bool expects_panic;
	bool panicked;
};
extern struct world world;

/* What to do when the world finds the kernel wrong: abort, unless a test sets another. */
extern void (*world_on_failure)(const char *text);

/* A fresh machine, booted to where the root task runs. */
void world_boot(void);
void world_boot_with(uint64_t ram_size, uint32_t vmid_count);

/*
 * Make a system call as `task`, switching to it first by letting the others yield, and going on as
 * long as it is interrupted. The answer stands in task->frame.x; returned is x0.
 */
int64_t world_call(struct task *task, uint32_t number, const uint64_t x[WORLD_ARGUMENTS]);
/* One entry only, of the task that runs. */
int64_t world_step(struct task *task, uint32_t number, const uint64_t x[WORLD_ARGUMENTS]);
/* The same call again, after WORLD_RESTART. */
int64_t world_step_again(struct task *task);
#define CALL(task, number, ...) \
	world_call(task, number, (const uint64_t[WORLD_ARGUMENTS]){ __VA_ARGS__ })
#define STEP(task, number, ...) \
	world_step(task, number, (const uint64_t[WORLD_ARGUMENTS]){ __VA_ARGS__ })
#define ROOT(number, ...) CALL(world.root, number, __VA_ARGS__)

/* The other reasons to enter, of the task that runs. */
void world_yield(void);
void world_interrupt(void);
void world_fault(uint64_t kind, uint64_t address);
void world_floating_point(void);
/* Let time pass; the timer interrupts if it is due. */
void world_pass(uint64_t ticks);
/* Let others yield until `task` runs. False: it never does. */
bool world_switch_to(struct task *task);
/* The program counter of a task, wherever it is kept now. */
uint64_t world_pc(const struct task *task);

/* Everything wrong with the state of the kernel that can be seen from outside. */
void world_check(void);
_Noreturn void world_fail(const char *format, ...) PRINTF_LIKE(1, 2);

/* Objects, made by the root out of world.untyped into its next slot. */
rvx_handle_t world_retype(uint64_t type, uint64_t size);
rvx_handle_t world_retype_from(rvx_handle_t untyped, uint64_t type, uint64_t size);
uint32_t world_slot(void);
/* What a handle of the root's, or of another table, names. Must exist. */
struct capability *world_capability(rvx_handle_t handle);
struct capability *world_capability_in(const struct captable *table, rvx_handle_t handle);
void *world_object(rvx_handle_t handle);
bool world_handle_is(rvx_handle_t handle, enum rvx_status status);

/* A task with a partition and a table of its own, started; all masters are the root's. */
struct actor {
	struct task *task;
	struct partition *partition;
	struct captable *table;
	rvx_handle_t task_handle, partition_handle, table_handle;
	uint32_t next_slot; /* of its table */
};
struct actor_options {
	uint64_t flags;		  /* RVX_SCHEDULE_ */
	uint64_t budget, period;  /* 0: the defaults */
	const struct actor *mate; /* whose partition it joins */
	uint32_t tables;	  /* 0: 8 */
	uint32_t credits;	  /* 0: 64 */
	bool stopped;		  /* bound, not started */
	rvx_handle_t untyped;	  /* 0: world.untyped */
};
struct actor world_actor(void);
struct actor world_actor_with(const struct actor_options *options);
struct actor world_passive(void);

/* An edge between two actors, whose ends have all rights. */
struct link {
	rvx_handle_t edge;     /* the master, the root's */
	rvx_handle_t from, to; /* in the tables of the two */
	uint64_t from_badge, to_badge;
};
struct link world_link(struct actor *from, struct actor *to);
/* `from_slot`, `to_slot`: where capabilities arrive; 0: nowhere. */
struct link world_link_with(struct actor *from, struct actor *to, uint32_t from_slot,
			    uint32_t to_slot);
/* Give an actor a copy of one of the root's capabilities. */
rvx_handle_t world_give(struct actor *to, rvx_handle_t handle, uint64_t rights);

/*
 * The whole state, as text, one line a fact, without what depends on the time. The caller
 * frees it. Denials are left out: a refused call may leave one.
 */
char *world_state(void);
/* The same of the records from `first` on, without times and codes. */
char *world_records(uint64_t first);
/* Fails with the first lines that differ. */
void world_compare(const char *before, const char *after, const char *what);
/* Record `sequence`, which must be in the ring. */
const struct rvx_witness *world_record(uint64_t sequence);

#endif
