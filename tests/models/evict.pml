/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Taking a task off another core: core_evict and parking.
 *
 * Task n lives on core n, one more on core 1. Their programs are arbitrary: they compute, use
 * floating point, block, switch by the fast path, suspend each other and resume each other. A
 * suspension needs its victim off its core; a resumption is the unrelated structural call.
 *
 * What is done under locks is one step here: that this is so, and that who waits for a lock gets
 * it, locks.pml shows. Between two steps of a core anything can happen on the others. An interrupt
 * is taken before the next step of a task, but not inside the kernel.
 *
 * Each task has a partition of its own, which VTTBR names while the task runs.
 *
 * Bugs: ANYONE_UNPARKS, PARKED_ASKS, NO_CHECK, NO_TIMEOUT, NO_FP, CURRENT, NO_LOOK, FORGETS,
 * LATE_TABLES, PARKED_TABLES.
 */
#ifndef CORES
#define CORES 2
#endif
#ifndef TASKS
#define TASKS (CORES + 1)
#endif
#ifndef VANISHINGS
#define VANISHINGS 1 /* how often a caller does not come back */
#endif
#ifndef EARLY
#define EARLY 1 /* how often a parking ends by time though the caller is on its way */
#endif
#define ALWAYS 255
#define NOBODY 7
#define HOME(task) ((task) < CORES -> (task) : 1)

/* What a task's call is about: nothing, suspend(n), resume(n). */
#define NOTHING 0
#define SUSPEND(task) (1 + (task))
#define RESUME(task) (1 + TASKS + (task))

/* What a core does next, or is in the middle of. */
mtype = { DISPATCH, USER, KERNEL, FLOATING_POINT, BLOCK, FAST_PATH, UNLOCKED, IDLE, PARKED };

byte running[CORES] = NOBODY;	 /* core->running->user */
byte current[CORES] = NOBODY;	 /* core->current: what last entered C; for a bug only */
byte fp_owner[CORES] = NOBODY;	 /* whose floating point registers are in the unit */
byte parked_for[CORES] = NOBODY; /* the core that asked */
byte tables[CORES] = NOBODY;	 /* whose partition's tables VTTBR_EL2 names */
bool parked[CORES];
bool interrupt[CORES];
bool held[TASKS];
byte call[TASKS];
bool asked[TASKS]; /* a bug only: its call was made before */
byte vanishings = VANISHINGS, early = EARLY;
bool committed; /* the last attempt to suspend succeeded or failed, rather than asked */

/* core_release: a structural call of this core ends, and those it asked go on. */
inline end_parkings()
{
#ifdef BUG_ANYONE_UNPARKS
	for (i : 0 .. CORES - 1) {
		parked_for[i] = NOBODY
	}
#else
	for (i : 0 .. CORES - 1) {
		parked_for[i] = (parked_for[i] == me -> NOBODY : parked_for[i])
	}
#endif
	i = 0
}

inline end_call()
{
	call[running[me]] = NOTHING;
	asked[running[me]] = false;
	end_parkings()
}

#ifdef BUG_CURRENT
#define RUNS(task) (current[HOME(task)] == (task))
#else
#define RUNS(task) (running[HOME(task)] == (task))
#endif
#ifdef BUG_NO_FP
#define IS_OFF(task) (!RUNS(task))
#else
#define IS_OFF(task) (!RUNS(task) && (fp_owner[HOME(task)] != (task) || HOME(task) == me))
#endif

/* goes_on: back to the caller at once, but not if the core is to be parked. */
#define GO_ON (parked_for[me] == NOBODY -> USER : DISPATCH)

/* core_evict said yes: the task does not run, and all its registers are in its object. */
inline commit(task)
{
	if
	:: fp_owner[me] == (task) -> fp_owner[me] = NOBODY
	:: else
	fi;
	for (i : 0 .. CORES - 1) {
		assert(running[i] != (task));
		assert(fp_owner[i] != (task));
		assert(tables[i] != (task))
	}
	held[(task)] = true;
	committed = true;
	end_call()
}

/* sys_task_suspend and sys_task_resume, with all locks held. */
inline structural_call()
{
	v = (call[running[me]] - 1) % TASKS;
	if
	:: call[running[me]] > TASKS ->
		if
		:: held[v] -> held[v] = false; interrupt[HOME(v)] = HOME(v) != me
		:: else
		fi;
		end_call();
		state = GO_ON
	:: call[running[me]] <= TASKS && held[v] ->
		committed = true;
		end_call();
		state = GO_ON
#ifdef BUG_NO_CHECK
	:: call[running[me]] <= TASKS && !held[v] && (IS_OFF(v) || asked[running[me]]) ->
#else
	:: call[running[me]] <= TASKS && !held[v] && IS_OFF(v) ->
#endif
		commit(v);
		state = GO_ON
	:: else ->
		/* STATUS_RESTART: the call is made again. */
		committed = false;
		state = DISPATCH;
		if
#ifndef BUG_PARKED_ASKS
		:: parked_for[me] != NOBODY
#endif
#ifdef BUG_PARKED_ASKS
		:: true ->
			state = USER;
#else
		:: else ->
#endif
#ifdef BUG_NO_CHECK
			asked[running[me]] = true;
#endif
			if
			:: parked_for[HOME(v)] == NOBODY ->
				parked_for[HOME(v)] = me;
				interrupt[HOME(v)] = true
			:: else
			fi
		fi
	fi;
	v = 0
}

#define MAY_RUN(task) ((task) < TASKS && HOME(task) == me && !held[task])
#define EXTRA CORES

/* sched_next: with the core's lock held. */
inline dispatch()
{
	if
#ifdef BUG_NO_LOOK
	:: parked_for[me] != NOBODY && was_interrupted ->
#else
	:: parked_for[me] != NOBODY ->
#endif
		/* park: floating point saved, the task in the ready queue, no address space. */
		fp_owner[me] = NOBODY;
#ifndef BUG_PARKED_TABLES
		tables[me] = NOBODY;
#endif
		running[me] = NOBODY;
		current[me] = NOBODY;
		parked[me] = true;
		state = PARKED;
#ifdef BUG_FORGETS
		end_parkings()
#endif
	:: else ->
		if
		:: MAY_RUN(me) -> running[me] = me; state = USER
#if TASKS > CORES
		:: MAY_RUN(EXTRA) -> running[me] = EXTRA; state = USER
#endif
		:: !MAY_RUN(me) && !MAY_RUN(EXTRA) -> running[me] = NOBODY; state = IDLE
		fi;
		current[me] = running[me];
		tables[me] = running[me]
	fi;
	was_interrupted = false
}

/* Whoever asked is not about to come back: no task of its core makes a call that it could go on
 * with. Then the time of the parking ends it; else at most EARLY times. */
#define ASKER parked_for[me]
#define MAKES_CALL(task) \
	((task) < TASKS && HOME(task) == ASKER && !held[task] && call[task] != NOTHING)
#define IS_FORGOTTEN (ASKER != NOBODY && !MAKES_CALL(ASKER) && !MAKES_CALL(EXTRA))

proctype core(byte me)
{
	mtype state = DISPATCH;
	bool was_interrupted;
	byte i, v;

	do
	:: atomic { state == DISPATCH -> dispatch() }

	:: atomic { state == USER && interrupt[me] ->
		/* trap_interrupt */
		assert(!held[running[me]]);
		interrupt[me] = false;
		was_interrupted = true;
		state = DISPATCH
	   }
	:: atomic { state == USER && !interrupt[me] && call[running[me]] != NOTHING ->
		/* The call is made, or made again. */
		assert(!held[running[me]]);
		current[me] = running[me];
		state = KERNEL
	   }
	:: atomic { state == USER && !interrupt[me] && call[running[me]] != NOTHING &&
		    vanishings > 0 ->
		/* The caller does not come back, and nobody tells those it asked. */
		vanishings--;
		call[running[me]] = NOTHING;
		asked[running[me]] = false
	   }
	:: atomic { state == USER && !interrupt[me] && call[running[me]] == NOTHING ->
		assert(!held[running[me]]);
		if
#if CORES == 2
		:: state = FLOATING_POINT; current[me] = running[me]
#endif
		:: state = BLOCK; current[me] = running[me]
#if TASKS > CORES
		:: me == 1 -> state = FAST_PATH
#endif
		:: select (v : 0 .. TASKS - 1);
			if
			:: HOME(v) != me -> call[running[me]] = SUSPEND(v)
			:: HOME(v) == me && v != running[me] && !held[v]
			:: held[v] || v == running[me] -> call[running[me]] = RESUME(v)
			fi;
			v = 0
		fi
	   }

	:: atomic { state == KERNEL -> structural_call() }
#if CORES == 2
	:: atomic { state == FLOATING_POINT ->
		/* trap_floating_point */
		fp_owner[me] = running[me];
		state = USER
	   }
#endif
	:: atomic { state == BLOCK ->
		/* inbox_receive, and nobody else is ready: floating point stays in the unit. */
		running[me] = NOBODY;
		current[me] = NOBODY;
		tables[me] = NOBODY;
		state = IDLE
	   }
#if TASKS > CORES
	:: atomic { state == FAST_PATH ->
		/* aarch64_fast_call: core->current is not told. */
		if
		:: !held[1] && !held[EXTRA] ->
			running[me] = (running[me] == EXTRA -> 1 : EXTRA);
#ifdef BUG_LATE_TABLES
			state = UNLOCKED
#else
			tables[me] = running[me];
			state = USER
#endif
		:: else -> state = USER
		fi
	   }
#ifdef BUG_LATE_TABLES
	:: atomic { state == UNLOCKED -> tables[me] = running[me]; state = USER }
#endif
#endif
	:: atomic { state == IDLE && (interrupt[me] || MAY_RUN(me) || MAY_RUN(EXTRA)) ->
		interrupt[me] = false;
		state = DISPATCH
	   }

	:: atomic { state == PARKED && parked_for[me] == NOBODY ->
		parked[me] = false;
		state = DISPATCH
	   }
#ifndef BUG_NO_TIMEOUT
	:: atomic { state == PARKED && (IS_FORGOTTEN || (ASKER != NOBODY && early > 0)) ->
		/* sched_tick, after CONFIG_PARK_TICKS */
		early = (IS_FORGOTTEN || early == ALWAYS -> early : early - 1);
		parked_for[me] = NOBODY
	   }
#endif
	od
}

init
{
	byte i;

	atomic {
		for (i : 0 .. CORES - 1) {
			run core(i)
		}
	}
}

#ifdef LIVE
#define SUSPENDS(task) (call[task] != NOTHING && call[task] <= TASKS && !held[task])

#if CORES == 2
ltl no_core_stays_parked { []<> !parked[0] && []<> !parked[1] }
ltl one_goes_on { []<> (committed || !(SUSPENDS(0) || SUSPENDS(1))) }
ltl each_goes_on { []<> !SUSPENDS(0) && []<> !SUSPENDS(1) }
#else
ltl no_core_stays_parked { []<> !parked[0] && []<> !parked[1] && []<> !parked[2] }
ltl one_goes_on { []<> (committed || !(SUSPENDS(0) || SUSPENDS(1) || SUSPENDS(2))) }
#endif
#endif
