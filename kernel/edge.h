/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * CommEdge: a channel between exactly two tasks, one at each end.
 *
 *        task A                                        task B
 *          | end 0                                end 1 |
 *          +--[ serial, call state ]--> call -----> B's inbox
 *          +--<-- reply ---------------------------------+
 *       A's inbox <----- call ---[ serial, call state ]--+
 *
 * Each end keeps the state of the one call that its task may have outstanding, and the bits that
 * were signalled to its task. A call that was not received yet is queued in the callee's inbox by
 * linking the *caller's* end; its words wait in the caller's registers. A reply names the edge
 * and the serial of the call, which advances when the call ends in whatever way: a late
 * reply never answers the next call.
 */
#ifndef KERNEL_EDGE_H
#define KERNEL_EDGE_H

#include "kernel/capability.h"

struct task;
struct edge;

enum call_state {
	CALL_NONE,
	CALL_QUEUED,
	CALL_DELIVERED
};

struct edge_end {
	/* Guarded by the lock of the task's core, from a call to its end by the peer's too. */
	struct task *peer;   /* bound at the far end, or &task_nobody */
	uint64_t peer_badge; /* by which the peer knows this edge; the task here: far->peer_badge */
	struct task *task;   /* bound here, or NULL */
	struct rvx_telemetry_line *line; /* of what is sent from here */
	uint32_t serial;		 /* of the current or next call from here; never 0 */
	uint32_t call_state;
	struct edge_end *far;
	/* Guarded by the lock of the core in whose inbox they are: the task's, the peer's. */
	uint64_t bits; /* signalled to the task and not received */
	struct edge_end *notified_next;
	struct edge_end *call_next; /* in the callee's inbox */
	uint64_t call_key;	    /* its place there: of the caller's context when it called */
	/* Guarded by all locks. */
	struct edge_end *task_next; /* among the task's ends */
	uint32_t bind_serial;	    /* of the capability that bound this end */
	uint32_t receive_slot;	    /* where capabilities arrive in the task's table; 0: nowhere */
	bool notified;		    /* queued in the task's inbox */
	uint8_t index;		    /* 0 or 1 */
	uint8_t reserved[6];
};

struct edge {
	struct object object;
	uint64_t telemetry_index;
	struct edge_end end[2];
};
_Static_assert(sizeof(struct edge) <= RVX_EDGE_SIZE, "an edge fits its size");

static inline struct edge *edge_of_end(const struct edge_end *end)
{
	return (struct edge *)(void *)((char *)(uintptr_t)(end - end->index) -
				       offsetof(struct edge, end));
}

/* A free place in the telemetry, or UINT32_MAX. Taken only by edge_create. */
uint32_t edge_index_next(void);
struct edge *edge_create(void *memory);
void edge_table_init(void);
/* Unbind both ends and give the telemetry place back. False: a task must leave its core first. */
MUST_CHECK bool edge_destroy(struct edge *edge);

/* Bind a free end to a task that has a free place (RVX_TASK_EDGES_MAX). Returns the binding's
 * serial, which the capability keeps. */
uint32_t edge_bind(struct edge_end *end, struct task *task, uint64_t badge, uint32_t receive_slot);
/*
 * Unbind: calls over the edge in either direction end with PEER_DEAD. False: nothing was done, a
 * task that runs on what was lent must leave its core first.
 */
MUST_CHECK bool edge_unbind(struct edge_end *end);

/*
 * The end that `handle` names, if the caller is bound to it and the far end to somebody, whose
 * core's lock is held too; else STATUS_MORE_LOCKS.
 */
MUST_CHECK enum rvx_status edge_lookup(struct task *caller, rvx_handle_t handle, uint32_t rights,
				       struct edge_end **end);

/*
 * The operations of message passing, on the registers of the tasks they concern. Each leaves the
 * caller running, ready or blocked and the ready queue right.
 *
 * edge_call: BUSY, DEPTH_EXCEEDED. On RVX_OK the caller is blocked.
 * edge_reply: STALE, NOT_CALLING. The label with the serial is in the caller's x1.
 */
MUST_CHECK enum rvx_status edge_may_call(const struct edge_end *end);
void edge_call(struct edge_end *end, uint64_t deadline);
MUST_CHECK enum rvx_status edge_may_reply(const struct edge_end *end, uint64_t label);
void edge_reply(struct edge_end *end);
void edge_signal(struct edge_end *end, uint64_t bits, uint64_t bulk_bytes);

/* End the call outstanding from `end` without a reply: the callee's late reply will be stale. */
void edge_withdraw_call(struct edge_end *end);

/* Whether the locks are held that the task's next event needs: a call may wait on another core. */
bool inbox_reach(const struct task *task);
/* Give the task the next event of its inbox; block it until `deadline` if there is none. */
void inbox_receive(struct task *task, uint64_t deadline);
/* Queue a fault in its supervisor's inbox, or take it out again. */
void inbox_add_fault(struct task *supervisor, struct task *faulted);
void inbox_remove_fault(struct task *supervisor, struct task *faulted);

#endif
