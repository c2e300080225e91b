/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Task: one flow of execution, its inbox and its home scheduling context.
 *
 * The register frame is first: while a task runs, SP_EL2 points at it, so that entry code
 * finds the place to save registers without looking. Offsets used by assembly stand in
 * kernel/arch/aarch64/offsets.h and are checked there.
 *
 *   key   63       24 23     16 15      8 7       0
 *        +-----------+---------+---------+---------+
 *        |     0     |  core   |  held   |  state  |   one compare says: receiving, here, not held
 *        +-----------+---------+---------+---------+
 *
 *             start            recv                 event
 *   STOPPED --------> READY <--------> RECEIVING  ---------> READY
 *                       |     call                 reply
 *                       +------------> CALLING    ---------> READY
 *                       |     fault                resume
 *                       +------------> FAULTED    ---------> READY      any --destroy--> DEAD
 *
 * READY covers running and waiting to run. A held task (suspended itself, or its partition not
 * running) changes state like any other but never enters the ready queue.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include "kernel/captable.h"
#include "kernel/partition.h"
#include "kernel/sched.h"

struct edge_end;
struct lease;
struct core;

enum task_state {
	TASK_STOPPED,
	TASK_READY,
	TASK_RECEIVING,
	TASK_CALLING, /* until the reply, whether or not the call was received yet */
	TASK_FAULTED,
	TASK_DEAD
};

#define TASK_STATE_MASK 0xffu
#define TASK_HELD_SELF 0x100u	   /* task_suspend */
#define TASK_HELD_PARTITION 0x200u /* the partition is not running */
#define TASK_HELD (TASK_HELD_SELF | TASK_HELD_PARTITION)
#define TASK_TIMEOUT 0x400u /* it is in the timer queue: whoever wakes it must take it out */
#define TASK_CORE_SHIFT 16u

struct frame {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t pstate;
	uint64_t tpidr;
};

struct task {
	/* Only the core that runs or handles the task touches these. */
	struct frame frame;
	uint64_t extended[2]; /* x10 and x11 of the call that is being handled */

	/* Guarded by the core's lock: what the fast path reads, in pairs. */
	struct capability *slots; /* of its table */
	uint64_t slot_count;
	uint64_t key;
	struct context *context; /* it runs on; NULL: given away, or passive and idle */
	struct partition *partition;
	uint64_t cptr;
	struct core *core;
	uint64_t receiving_key;	  /* its key while it waits in recv */
	struct edge_end *waiting; /* its end of the call it waits for */
	uint64_t pending;	  /* items in the inbox */
	struct task *donor;	  /* while it is on loan: the caller, who gets the context back */
	uint64_t depth;		  /* how many times its context was lent; 0 on its own */
	uint64_t zero[2];	  /* stay 0: scratch registers are cleared from here */

	/* Guarded by the core's lock: the inbox. */
	struct task *faults_first, *faults_last;
	struct edge_end *notified_first, *notified_last;
	struct edge_end *calls; /* by the callers' keys */
	struct lease *interrupts;
	struct timer timeout; /* of its wait */

	/* Guarded by all locks. */
	struct object object;
	struct captable *table;
	uint64_t trace;	       /* what the trace says when it goes on */
	struct edge_end *ends; /* bound to it */
	struct lease *leases;  /* that tell it of their interrupts, at most RVX_TASK_LEASES_MAX */
	uint32_t end_count;
	uint32_t supervise_serial; /* of the capability through which it is supervised */
	struct task *partition_next, *partition_previous;
	struct task *table_next, *table_previous;
	struct task *supervisor;
	struct task *supervised;			    /* first of those it supervises */
	struct task *supervised_next, *supervised_previous; /* among its supervisor's */
	uint64_t fault_badge;
	uint64_t start_pc, start_sp, start_argument; /* what task_start set: restarts begin there */
	uint32_t incarnation;			     /* restarts so far */
	bool passive;
	bool supervises_mate; /* when its partition's recovery began */
	bool fault_queued;

	/* Guarded by the core's lock: the fault it waits with. */
	struct task *fault_next, *fault_previous;
	uint64_t fault_kind, fault_address, fault_syndrome;

	struct context home;

	/* Floating point state while another task owns the unit. */
	uint64_t fpcr, fpsr;
	uint64_t v[64] __attribute__((aligned(16)));
};
_Static_assert(sizeof(struct task) <= RVX_TASK_SIZE, "a task fits its size");

static inline enum task_state task_state(const struct task *task)
{
	return (enum task_state)(task->key & TASK_STATE_MASK);
}

static inline void task_state_set(struct task *task, enum task_state state)
{
	task->key = (task->key & ~(uint64_t)TASK_STATE_MASK) | state;
}

static inline bool task_is_held(const struct task *task)
{
	return (task->key & TASK_HELD) != 0;
}

/* Whether it runs, or waits, on a context that a caller lent it. */
static inline bool task_is_on_loan(const struct task *task)
{
	return task->context != NULL && task->context != &task->home;
}

/* Stands at the far end of an edge where nobody is bound: its state fits no message. */
extern struct task task_nobody;

static inline struct task *task_of(struct object *object)
{
	return CONTAINER_OF(object, struct task, object);
}

/* Make a stopped, unbound task in zeroed memory. */
struct task *task_create(void *memory);
/* Put it into a partition and give it a table. */
void task_bind(struct task *task, struct partition *partition, struct captable *table);
/* Set its registers to a fresh start and make it ready. Places in the queues are reserved. */
void task_start(struct task *task, uint64_t pc, uint64_t sp, uint64_t argument);
/*
 * Start a started task again where it was: registers are as after task_start, but x1 counts the
 * restarts; its own call ends, those that it has not answered end with PEER_RESTARTED. What waits in
 * its inbox, its table, bindings and schedule stay. task_may_restart: whether no task must leave its
 * core first.
 */
MUST_CHECK bool task_may_restart(struct task *task);
void task_restart(struct task *task);

/* State changes; each keeps the ready queue, contexts and timeouts right. A task that blocks is
 * in the inbox of nobody yet; one that becomes ready has a context. */
void task_make_ready(struct task *task);
void task_block(struct task *task, enum task_state state);
void task_hold(struct task *task, uint64_t hold);
void task_release(struct task *task, uint64_t hold);
/* Back from RECEIVING or CALLING with an error; what it waited for is withdrawn. */
void task_wake_with(struct task *task, enum rvx_status status);

/* Run on its own context from now on. */
void task_go_home(struct task *task);
/* Lend the caller's context to a server that has none, and give it back in each way it ends. */
void task_lend_context(struct task *caller, struct task *server);
void task_return_context(struct task *server);
void task_reclaim_context(struct task *caller);

/* Who has the context that a task runs on, or would: itself, or a server that it was lent to. */
struct task *task_context_holder(struct task *task);
/* Live on another core from now on, with a place in its queues; contexts on loan go back. */
void task_place(struct task *task, struct core *core);
/* Save the floating point registers that are in this core. */
void task_fp_leave(struct core *core);

/* Change a partition's state: its tasks (at most RVX_PARTITION_TASKS_MAX) are held or released. */
void partition_state_set(struct partition *partition, uint32_t state);

/* Faults go to the supervisor's inbox; without one the task stays FAULTED. The root restarts. */
void task_fault(struct task *task, uint64_t kind, uint64_t address, uint64_t syndrome);
void task_supervise(struct task *task, struct task *supervisor, uint64_t badge);
void task_unsupervise(struct task *task);

/*
 * End a task: everything it takes part in ends as for a peer that died. False: more is to be
 * done, call again (it supervises many, or must leave its core first).
 */
bool task_terminate(struct task *task);

#endif
