/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Core locks: classes, order, and starting again from the look-up.
 *
 * Cores make calls for ever. A message goes to task 0 wherever that lives at the moment, or, as a
 * reply_recv of core 0 can, to task 0 and from task 1; `place` moves the tasks meanwhile. What a
 * lock guards is written for some time, so that two writers at once are seen.
 *
 * A ticket lock is the queue of those who have a ticket: whoever stands in front holds it. That is
 * lock_take and lock_give without the counters, whose absolute values mean nothing.
 *
 * For the claim that every call ends, the last core's structural calls have no end: they go on
 * unit by unit until somebody waits for a lock.
 *
 * Bugs: DESCENDING, KEEP_OWN, NO_LOOKUP, UNFAIR, NO_STOP.
 */
#ifndef CORES
#define CORES 3
#endif
#define TASKS 2
#define ALL ((1 << CORES) - 1)
#define BIT(core) (1 << (core))

chan lock[CORES] = [CORES] of { byte };
byte home[TASKS];     /* task->core: guarded by all locks */
bool writing[TASKS];  /* a task's inbox: guarded by its home's lock */
bool queueing[CORES]; /* a core's queues: guarded by its lock */
bool moving;	      /* `home` is being written */
bool busy;	      /* the watched core is in a call */
byte watched;

/* lock_take: a ticket, then its turn. */
inline take(core)
{
#ifdef BUG_UNFAIR
	atomic { empty(lock[core]) -> lock[core] ! me; held = held | BIT(core) }
#else
	lock[core] ! me;
	atomic { lock[core] ? [eval(me)] -> held = held | BIT(core) }
#endif
}

#define IS_MISSING(core) ((wanted & ~held & BIT(core)) != 0)
#define HAS_WANTED ((wanted & ~held) == 0)

/* core_lock of a set: in ascending order. */
inline take_wanted()
{
	do
#ifdef BUG_DESCENDING
	:: IS_MISSING(me) -> take(me)
#if CORES > 2
	:: !IS_MISSING(me) && IS_MISSING(2) -> take(2)
#endif
	:: !IS_MISSING(me) && !IS_MISSING(CORES - 1) && IS_MISSING(1) -> take(1)
	:: !IS_MISSING(me) && !IS_MISSING(CORES - 1) && !IS_MISSING(1) && IS_MISSING(0) -> take(0)
#else
	:: IS_MISSING(0) -> take(0)
	:: !IS_MISSING(0) && IS_MISSING(1) -> take(1)
#if CORES > 2
	:: !IS_MISSING(0) && !IS_MISSING(1) && IS_MISSING(2) -> take(2)
#endif
#endif
	:: HAS_WANTED -> break
	od
}

inline let_go_of(core)
{
	if
	:: held & BIT(core) -> lock[core] ? eval(me)
	:: else
	fi
}

/* Part of a step: nothing is done between letting go of one and of the next. */
inline let_go()
{
	let_go_of(0);
	let_go_of(1);
#if CORES > 2
	let_go_of(2);
#endif
	held = 0
}

/* edge_lookup and the peers' cores: whoever holds any lock may read where a task lives. */
inline look_up()
{
	assert(held != 0 && !moving);
	at0 = home[0];
	at1 = (both -> home[1] : home[0]);
	wanted = BIT(me) | BIT(at0) | BIT(at1)
}

/* edge_call, edge_reply, inbox_receive: on the tasks' inboxes and their cores' queues. */
inline write_begin()
{
	assert(!writing[0] && !queueing[at0]);
	assert(!both || (!writing[1] && !queueing[at1]));
	writing[0] = true;
	writing[1] = writing[1] || both;
	queueing[at0] = true;
	queueing[at1] = true
}

inline write_end()
{
	writing[0] = false;
	writing[1] = writing[1] && !both;
	queueing[at0] = false;
	queueing[at1] = false
}

inline begin()
{
	busy = busy || me == watched
}

inline end()
{
	busy = busy && me != watched;
	both = false;
	at0 = 0;
	at1 = 0;
	wanted = 0;
	attempt = 0
}

/* core_waits: somebody has a ticket besides the holder. */
#define HAS_WAITER(core) (len(lock[core]) > 1)
#define IS_WAITED_FOR (HAS_WAITER(0) || HAS_WAITER(1) || HAS_WAITER(CORES - 1))

proctype core(byte me)
{
	bool both;		 /* a reply_recv: task 1 too */
	byte at0, at1;		 /* where the tasks live, as looked up */
	byte wanted, held;	 /* sets of locks */
	byte attempt;

	do
	:: /* aarch64_fast_call: if the lock is free at once, and the far task is here. */
		atomic {
			empty(lock[me]) && home[0] == me -> lock[me] ! me;
			held = BIT(me);
			begin();
			look_up();
			write_begin()
		}
		d_step { write_end(); let_go(); end() }

	:: /* syscall_dispatch and dispatch_with: own, then what was found missing too, then all. */
		atomic {
			begin();
			if
			:: both = false
			:: me == 0 -> both = true
			fi;
			wanted = BIT(me)
		}
		do
		:: true ->
			take_wanted();
			atomic {
#ifdef BUG_NO_LOOKUP
				if
				:: attempt == 0 -> look_up()
				:: else
				fi
#else
				look_up()
#endif
			}
			if
			:: atomic { HAS_WANTED -> write_begin(); break }
			:: d_step {
				/* STATUS_MORE_LOCKS: nothing was changed. */
				!HAS_WANTED ->
				attempt++;
				assert(attempt < 3);
#ifndef BUG_KEEP_OWN
				let_go();
#endif
				if
				:: attempt == 1
				:: attempt == 2 -> wanted = ALL
				fi;
				/* What was found is forgotten: it is looked up again. */
#ifndef BUG_NO_LOOKUP
				at0 = 0;
				at1 = 0
#endif
			   }
			fi
		od;
		atomic { write_end(); let_go(); end() }

#ifdef LIVE
	:: /* revoke_go_on, untyped_clean: long operations. */
		atomic { me == CORES - 1 -> wanted = ALL }
		take_wanted();
		do
#ifdef BUG_NO_STOP
		:: wanted = ALL
#else
		:: !IS_WAITED_FOR /* a unit, and then it goes on */
		:: atomic { IS_WAITED_FOR -> break } /* preempt_wanted: STATUS_RESTART */
#endif
		od;
		atomic { let_go(); end() }
#endif

	:: /* A structural call: `place`. */
#ifdef LIVE
		atomic { me != CORES - 1 -> begin(); wanted = ALL }
#else
		atomic { begin(); wanted = ALL }
#endif
		take_wanted();
		atomic {
			assert(!writing[0] && !writing[1] && !moving);
			assert(!queueing[0] && !queueing[1] && !queueing[CORES - 1]);
			moving = true
		}
		atomic {
			if
			:: home[0] = (home[0] + 1) % CORES
#ifndef LIVE
			:: home[1] = (home[1] + 1) % CORES
#endif
			fi;
			moving = false;
			let_go();
			end()
		}
	od
}

init
{
	byte i;

	atomic {
#ifdef LIVE
		/* Task 1 stays where it is: three times fewer states, and the same waiting. */
		home[1] = CORES - 1;
		select (watched : 0 .. CORES - 2);
#endif
		do
		:: i < CORES -> run core(i); i++
		:: else -> break
		od
	}
}

#ifdef LIVE
/* Every call ends: no core waits for a lock for ever. */
ltl every_call_ends { [] (busy -> <> !busy) }
#endif
