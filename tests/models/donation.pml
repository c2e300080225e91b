/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Contexts that are lent down a chain of calls, and every way in which that ends.
 *
 *   client 0 --call--> server 1 --call--> server 2         core 0; servers are passive
 *   client 3 --call--> server 1                            core 1
 *
 * Whoever runs calls, replies with a label that it once got from anybody, late or not, receives
 * again before it replied, uses up what it was lent, ends any task, restarts it in place or moves it
 * to the other core. A waiting task's deadline passes at any time.
 *
 * One entry of the kernel is one step: locks.pml shows that nobody sees half of it, evict.pml that
 * a core parks when it is asked to. Context n is the home one of task n. The edge that a caller
 * calls over is named after the caller.
 *
 * Bugs: NO_SERIAL, NO_RECLAIM, DOUBLE_RETURN, PLACE_KEEPS, PLACE_EARLY, NO_EVICT, CROSS_LEND.
 */
#ifndef CALLS
#define CALLS 3 /* of client 0 and of client 3 each; of server 1 too */
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 2
#endif
#ifndef DEATHS
#define DEATHS 1 /* or restarts */
#endif
#ifndef THROTTLES
#define THROTTLES 1
#endif
#ifndef MOVES
#define MOVES 1
#endif
#define CORES 2
#define TASKS 4
#define NONE 7

mtype = { READY, RECEIVING, CALLING, DEAD };	   /* task_state */
mtype = { NO_CALL, QUEUED, DELIVERED, UNBOUND }; /* call_state; or nobody is bound */

/* struct task */
mtype state[TASKS] = READY;
byte core_of[TASKS];
byte context[TASKS]; /* it runs on; NONE: given away, or passive and idle */
byte donor[TASKS] = NONE;
byte label[12];	   /* [server * TASKS + caller]: the serial that the server replies with */
byte operation[TASKS]; /* a structural call that it makes again: 1, 10 or 20 + task */

/* struct context; what a core runs is `running`, whose user that is */
byte user[TASKS];
bool queued[TASKS];

/* struct edge_end of each caller */
mtype call_state[TASKS] = NO_CALL;
byte serial[TASKS] = 1;
byte calls[TASKS];

/* struct core */
byte running[CORES] = NONE;
byte parked_for[CORES] = NONE;
bool parked[CORES];

byte timeouts = TIMEOUTS, deaths = DEATHS, moves = MOVES, throttles = THROTTLES;
byte unsaved = NONE; /* a task whose registers are still in a core; for a bug only */

#define PEER(task) ((task) == 1 -> 2 : 1)
#define IS_PASSIVE(task) ((task) == 1 || (task) == 2)
#define MAY_CALL(task) ((task) != 2)
#define IS_ON_LOAN(task) (context[task] != NONE && context[task] != (task))
#define LABEL(server, caller) label[(server) * TASKS + (caller)]
#define RUNS_ON(core, task) (running[core] != NONE && user[running[core]] == (task))
#define RUNS(task) RUNS_ON(core_of[task], task)

/* sched_wake */
inline wake(task)
{
	assert(context[task] != NONE && state[task] == READY);
	assert(!queued[context[task]]);
	assert(running[0] != context[task] && running[1] != context[task]);
	queued[context[task]] = true
}

/* sched_leave: off the queue, or off this core. That it is not off another one core_evict sees to. */
inline leave(task)
{
	if
	:: queued[context[task]] -> queued[context[task]] = false
	:: else ->
		assert(core_of[task] == me && running[me] == context[task]);
		running[me] = NONE
	fi
}

/*
 * wait_for_period: what a caller lent is used up. The server goes on with its own. It is in no queue
 * and runs nowhere at this moment.
 */
inline give_back_used_up(server)
{
	throttles--;
	c = context[server];
	context[server] = server;
	wake(server);
	assert(context[donor[server]] == NONE && state[donor[server]] == CALLING);
	user[c] = donor[server];
	context[donor[server]] = c;
	c = 0
}

inline make_ready(task)
{
	state[task] = READY;
	if
	:: wake(task)
	:: IS_ON_LOAN(task) && throttles > 0 -> give_back_used_up(task)
	fi
}

inline block(task, new_state)
{
	leave(task);
	state[task] = new_state
}

/* take_context_from */
inline take_context_from(server)
{
	if
	:: state[server] == READY ->
		leave(server);
		context[server] = server;
		wake(server)
	:: else -> context[server] = server
	fi
}

/* task_return_context */
inline return_context(server)
{
	c = context[server];
	take_context_from(server);
	/* A context that comes back finds its place empty. */
	assert(context[donor[server]] == NONE);
	user[c] = donor[server];
	context[donor[server]] = c;
	c = 0
}

/* task_context_holder */
inline find_holder(task)
{
	holder = task;
	do
	:: context[holder] == NONE && state[holder] == CALLING -> holder = PEER(holder)
	:: else -> break
	od
}

/* task_reclaim_context */
inline reclaim_context(task)
{
	find_holder(task);
	if
	:: holder != task ->
		c = context[holder];
		take_context_from(holder);
		holder = donor[holder];
		do
		:: holder != task ->
			context[holder] = holder; /* task_go_home */
			holder = donor[holder]
		:: else -> break
		od;
		user[c] = task;
		context[task] = c;
		c = 0
	:: else
	fi;
	holder = 0
}

/* task_lend_context */
inline lend_context(caller, server)
{
	assert(context[caller] != NONE && !queued[context[caller]]);
	user[context[caller]] = server;
	context[server] = context[caller];
	context[caller] = NONE;
	donor[server] = caller
}

inline end_of_call(caller)
{
	assert(call_state[caller] == QUEUED || call_state[caller] == DELIVERED);
	call_state[caller] = NO_CALL;
	serial[caller]++
}

/* edge_withdraw_call */
inline withdraw_call(caller)
{
	end_of_call(caller);
	reclaim_context(caller)
}

/* task_wake_with */
inline wake_with_error(task)
{
	if
	:: state[task] == CALLING -> withdraw_call(task)
	:: else
	fi;
	if
	:: context[task] == NONE -> context[task] = task
	:: else
	fi;
	make_ready(task)
}

#define WAITS_IN(caller, server) (call_state[caller] == QUEUED && PEER(caller) == (server))

/* take_call. Server 1 may have two waiting; their order is left open. */
inline take_call(server)
{
	if
	:: WAITS_IN(0, server) -> n = 0
	:: WAITS_IN(1, server) -> n = 1
	:: WAITS_IN(3, server) -> n = 3
	fi;
	call_state[n] = DELIVERED;
	if
	:: LABEL(server, n) = serial[n]
	:: LABEL(server, n) != 0 /* it will reply with an older one */
	fi;
#ifdef BUG_CROSS_LEND
	lend_context(n, server);
#else
	if
	:: core_of[n] == core_of[server] -> lend_context(n, server)
	:: else
	fi;
#endif
	n = 0
}

#define IS_PENDING(server) \
	(WAITS_IN(0, server) || WAITS_IN(1, server) || WAITS_IN(3, server))

/* inbox_receive of a passive task */
inline receive(task)
{
	if
	:: state[task] == READY ->
		if
		:: IS_ON_LOAN(task) -> return_context(task)
		:: else
		fi;
		block(task, RECEIVING)
	:: else
	fi;
	context[task] = NONE;
	if
	:: IS_PENDING(task) ->
		take_call(task);
		if
		:: context[task] == NONE -> context[task] = task
		:: else
		fi;
		make_ready(task)
	:: else
	fi
}

/* edge_call */
inline call(task)
{
	block(task, CALLING);
	call_state[task] = QUEUED;
	calls[task]++;
	if
	:: state[PEER(task)] == RECEIVING -> receive(PEER(task))
	:: else
	fi
}

/* edge_may_reply, edge_reply */
inline reply(server, caller)
{
	if
#ifdef BUG_NO_SERIAL
	:: call_state[caller] == DELIVERED ->
#else
	:: call_state[caller] == DELIVERED && LABEL(server, caller) == serial[caller] ->
#endif
		/* A late reply never answers the next call; this one is waited for. */
		assert(LABEL(server, caller) == serial[caller]);
		assert(state[caller] == CALLING);
		end_of_call(caller);
		if
#ifdef BUG_DOUBLE_RETURN
		:: donor[server] == caller -> return_context(server)
#else
		:: IS_ON_LOAN(server) && donor[server] == caller -> return_context(server)
#endif
		:: else
		fi;
		make_ready(caller)
	:: else /* STALE, NOT_CALLING, PEER_DEAD */
	fi
}

/* core_evict. A core that runs it is asked; the call is made again. */
inline evict(task)
{
	if
	:: may_go_on && core_of[task] != me && RUNS(task) ->
		may_go_on = false;
		if
		:: parked_for[me] == NONE && parked_for[core_of[task]] == NONE ->
			parked_for[core_of[task]] = me
		:: else
		fi
	:: else
	fi
}

inline evict_holder(task)
{
	find_holder(task);
	evict(holder);
	holder = 0
}

/* edge_unbind of the edge of this caller, at either end */
inline unbind(caller)
{
	if
	:: may_go_on && call_state[caller] != UNBOUND ->
#ifndef BUG_NO_EVICT
		if
		:: call_state[caller] != NO_CALL -> evict_holder(caller)
		:: else
		fi;
#endif
		if
		:: may_go_on && call_state[caller] != NO_CALL ->
			if
			:: state[caller] == CALLING -> wake_with_error(caller)
			:: else /* it is what dies, and its call was withdrawn */
			fi;
			call_state[caller] = UNBOUND
		:: may_go_on && call_state[caller] == NO_CALL -> call_state[caller] = UNBOUND
		:: else
		fi
	:: else
	fi
}

/* task_terminate: may_go_on tells whether that was all. */
inline terminate(task)
{
	evict(task);
#ifndef BUG_NO_EVICT
	evict_holder(task);
#endif
	if
	:: may_go_on ->
#ifndef BUG_NO_RECLAIM
		if
		:: state[task] == CALLING -> withdraw_call(task)
		:: else
		fi;
		if
		:: IS_ON_LOAN(task) -> return_context(task)
		:: else
		fi;
#endif
		if
		:: state[task] == READY -> leave(task)
		:: else
		fi;
		state[task] = DEAD;
		for (n : 0 .. TASKS - 1) {
			if
			:: MAY_CALL(n) && (n == task || PEER(n) == task) -> unbind(n)
			:: else
			fi
		}
		n = 0
	:: else
	fi
}

inline reclaim_for_place(task)
{
	if
	:: state[task] == CALLING -> reclaim_context(task)
	:: else
	fi
}

/* task_place */
inline place(task)
{
	evict(task);
	evict_holder(task);
	if
	:: may_go_on ->
		runnable = state[task] == READY;
#ifndef BUG_PLACE_KEEPS
		reclaim_for_place(task);
#endif
		if
		:: IS_ON_LOAN(task) -> return_context(task)
		:: else
		fi;
#ifdef BUG_PLACE_KEEPS
		reclaim_for_place(task);
#endif
		if
		:: runnable -> leave(task)
		:: else
		fi;
		core_of[task] = 1 - core_of[task];
		if
		:: runnable -> wake(task)
		:: else
		fi;
		runnable = false
	:: else
	fi
}

/* task_restart: in place, with what it was asked and did not answer ended. */
inline restart(task)
{
	evict(task);
	evict_holder(task);
	if
	:: may_go_on ->
		if
		:: state[task] == CALLING -> withdraw_call(task)
		:: else
		fi;
		for (n : 0 .. TASKS - 1) {
			if
			:: PEER(n) == task && call_state[n] == DELIVERED -> wake_with_error(n)
			:: else
			fi
		}
		n = 0;
		if
		:: state[task] == READY -> leave(task)
		:: else
		fi;
		if
		:: context[task] == NONE -> context[task] = task
		:: else
		fi;
		make_ready(task)
	:: else
	fi
}

/* A structural call of the task u: begun, or made again. */
inline structural_call()
{
	may_go_on = true;
	t = operation[u] % 10;
	if
	:: operation[u] >= 20 && state[t] != DEAD -> restart(t)
	:: operation[u] >= 10 && operation[u] < 20 && state[t] != DEAD ->
		place(t);
#ifdef BUG_PLACE_EARLY
		/* The locks were let go before trap_switch saved the caller. */
		unsaved = (may_go_on && t == u -> u : unsaved)
#endif
	:: operation[u] >= 10 && state[t] == DEAD /* WRONG_STATE */
	:: operation[u] < 10 -> t = t - 1; terminate(t)
	fi;
	if
	:: may_go_on ->
		operation[u] = 0;
		/* core_release */
		parked_for[1 - me] = (parked_for[1 - me] == me -> NONE : parked_for[1 - me])
	:: else
	fi;
	t = 0;
	may_go_on = false
}

#define HOLDS(task, which) (context[task] == (which) -> 1 : 0)
#define HOLDERS(which) (HOLDS(0, which) + HOLDS(1, which) + HOLDS(2, which) + HOLDS(3, which))

/* What is true whenever the locks are free. */
inline check()
{
	for (t : 0 .. TASKS - 1) {
		/* Context t is with one task, or with its owner, who is idle, dead or on loan. */
		assert(HOLDERS(t) <= 1);
		assert(HOLDERS(t) == 1 || IS_PASSIVE(t));
		/* Nobody is ready without a context that is in the queue or runs, here. */
		assert(state[t] != READY || context[t] != NONE);
		assert(state[t] != READY || user[context[t]] == t);
		assert(state[t] != READY ||
		       queued[context[t]] + (running[0] == context[t]) +
				       (running[1] == context[t]) == 1);
		assert(state[t] != READY || queued[context[t]] ||
		       running[core_of[t]] == context[t]);
		assert(state[t] == READY || context[t] == NONE || !queued[context[t]]);
		/* What is lent stays on its owner's core, and is with its owner if that is dead. */
		assert(!IS_ON_LOAN(t) || core_of[t] == core_of[context[t]]);
		assert(state[t] != DEAD || (context[t] == NONE || context[t] == t));
		/* A call that goes on has a caller who waits for it, and the other way round. */
		assert(!MAY_CALL(t) || (state[t] == CALLING) == (call_state[t] == QUEUED ||
							   call_state[t] == DELIVERED))
	}
	assert(running[0] == NONE || state[user[running[0]]] == READY);
	assert(running[1] == NONE || state[user[running[1]]] == READY);
	t = 0
}

#define IS_FIRST(which) (queued[which] && core_of[user[which]] == me) /* as good as any */
#define HAS_DEADLINE(task) \
	(core_of[task] == me && (state[task] == CALLING || state[task] == RECEIVING))

proctype core(byte me)
{
	byte u, t, n, c, holder;
	bool may_go_on, runnable;

end: /* all wait, and nobody may call any more */
	do
	:: atomic { parked_for[me] != NONE && !parked[me] ->
		/* park */
		if
		:: running[me] != NONE -> queued[running[me]] = true; running[me] = NONE
		:: else
		fi;
		parked[me] = true;
		check()
	   }
	:: atomic { parked[me] ->
		/* Its asker is done, or its time has passed. */
		parked[me] = false;
		parked_for[me] = NONE
	   }

	:: atomic { running[me] != NONE && unsaved == NONE ->
		/* sched_yield, or the end of a budget: choose may take it again */
		queued[running[me]] = true;
		running[me] = NONE
	   }
	:: atomic { running[me] != NONE && unsaved == NONE && throttles > 0 &&
		    IS_ON_LOAN(user[running[me]]) ->
		/* sched_charge: a hard budget is used up */
		u = user[running[me]];
		running[me] = NONE;
		give_back_used_up(u);
		u = 0;
		check()
	   }
	:: atomic { running[me] == NONE && !parked[me] && parked_for[me] == NONE &&
		    (IS_FIRST(0) || IS_FIRST(1) || IS_FIRST(2) || IS_FIRST(3)) ->
		/* choose */
		if
		:: IS_FIRST(0) -> running[me] = 0
		:: IS_FIRST(1) -> running[me] = 1
		:: IS_FIRST(2) -> running[me] = 2
		:: IS_FIRST(3) -> running[me] = 3
		fi;
		queued[running[me]] = false;
		assert(user[running[me]] != unsaved);
		check()
	   }
#ifdef BUG_PLACE_EARLY
	:: atomic { unsaved != NONE && core_of[unsaved] != me -> unsaved = NONE }
#endif

	:: atomic { running[me] != NONE && parked_for[me] == NONE && unsaved == NONE ->
		/* syscall_dispatch, or the fast path */
		u = user[running[me]];
		if
		:: operation[u] != 0 -> structural_call()
		:: operation[u] == 0 && MAY_CALL(u) && call_state[u] == NO_CALL &&
		   calls[u] < CALLS ->
			call(u)
		:: operation[u] == 0 && IS_PASSIVE(u) &&
		   (LABEL(u, 0) != 0 || LABEL(u, 1) != 0 || LABEL(u, 3) != 0) ->
			if
			:: LABEL(u, 0) != 0 -> n = 0
			:: LABEL(u, 1) != 0 -> n = 1
			:: LABEL(u, 3) != 0 -> n = 3
			fi;
			reply(u, n);
			n = 0;
			if
			:: true
			:: state[u] == READY -> receive(u)
			fi
		:: operation[u] == 0 && IS_PASSIVE(u) -> receive(u)
		:: operation[u] == 0 && deaths > 0 ->
			deaths--;
			select (t : 0 .. TASKS - 1);
			if
			:: operation[u] = 1 + t
			:: operation[u] = 20 + t
			fi;
			structural_call()
		:: operation[u] == 0 && moves > 0 ->
			moves--;
			select (t : 0 .. TASKS - 1);
			operation[u] = 10 + t;
			structural_call()
		:: else
		fi;
		u = 0;
		check()
	   }

	:: atomic { timeouts > 0 && (HAS_DEADLINE(0) || HAS_DEADLINE(1) || HAS_DEADLINE(2) ||
				     HAS_DEADLINE(3)) ->
		/* timer_end, with the lock of the callee's core too */
		if
		:: HAS_DEADLINE(0) -> n = 0
		:: HAS_DEADLINE(1) -> n = 1
		:: HAS_DEADLINE(2) -> n = 2
		:: HAS_DEADLINE(3) -> n = 3
		fi;
		timeouts--;
		wake_with_error(n);
		n = 0;
		check()
	   }
	od
}

init
{
	byte i;

	atomic {
		for (i : 0 .. TASKS - 1) {
			context[i] = i;
			user[i] = i;
			queued[i] = true
		}
		core_of[3] = 1;
		run core(0);
		run core(1)
	}
}
