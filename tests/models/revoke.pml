/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The revoke of an Untyped against the calls over what was made from it, and its reuse.
 *
 *   Untyped --> master of an edge --> the client's capability (end 0) --> a copy of it
 *           |                     +-> the server's capability (end 1)
 *           +-> master of the server's task, if that was made from it too
 *
 * Tasks: a holder of the Untyped on core 0 and another one on core 1, the client on core 0, the
 * server on core 1. A holder revokes, and may be stopped after each unit and never come back; when
 * nothing is left it retypes: the same memory is a new edge, whose capabilities stand in the same slots.
 * Meanwhile the client calls with any handle it ever got, copies its capability and deletes the
 * copy, and the server receives, replies with any handle it ever got, and runs.
 *
 * One entry of the kernel, with one unit of the revoke, is one step: that no other unit follows in
 * the same entry only adds interleavings. So only the server is seen running. Life 1 is what was
 * made first, life 2 what came after.
 *
 * Bugs: FREE_EARLY, NO_GENERATION, NO_MARK, NO_WAKE, ONE_HOLDER.
 */

mtype = { IDLE, QUEUED, DELIVERED }; /* call_state */

/* Slots of captables: the life of what they hold, 0 if empty, and the generation. */
#define MASTER 0
#define CLIENTS 1
#define SERVERS 2
#define COPY 3
#define TASK 4
#define SLOTS 5
byte life[SLOTS];
byte generation[SLOTS] = 1;
bool revoking; /* untyped.revoking */
#ifdef BUG_ONE_HOLDER
byte beginner;
#endif

/* The edge: whose memory is that of life `edge`, if not 0. */
byte edge;
bool bound[2];
mtype call_state = IDLE;
byte serial; /* of the client's end */

/* The tasks. */
bool waits;	    /* the client is CALLING */
byte call_life;	    /* over the edge of this life */
byte task_life;	    /* the server's: 0 it was destroyed */
bool from_untyped;  /* the server's task was made from the Untyped */
bool receives;	    /* the server is RECEIVING */
byte label;	    /* what the server received: serial, and of which life */
byte label_life;
bool made[SLOTS];   /* anew, for life 2 */
bool revokes[2];    /* a holder is in its call */
bool vanished;	    /* the first holder never came back */

/* Core 1. Only core 0 can want the server off it. */
bool server_runs;
bool parked_for; /* core 0 */
bool parked;
bool turn; /* for the claim: not always the server */

#define GENERATION(of_life) (of_life) /* that the slot had when it was filled for that life */

inline clear(slot)
{
	life[slot] = 0;
#ifndef BUG_NO_GENERATION
	generation[slot]++
#endif
}

/* capability_is_busy */
#ifdef BUG_NO_MARK
#define IS_BUSY false
#else
#define IS_BUSY revoking
#endif
#define IS_EMPTY \
	(life[MASTER] == 0 && life[CLIENTS] == 0 && life[SERVERS] == 0 && life[COPY] == 0 && \
	 life[TASK] == 0)

/* task_wake_with: of the client, whose call ends now, and not for the second time. */
inline end_call()
{
	assert(waits && call_life == edge);
	call_state = IDLE;
	serial++;
	waits = false;
	call_life = 0
}

/* edge_unbind of one end: a call over the edge ends with PEER_DEAD. */
inline unbind(end)
{
	if
	:: bound[end] && call_state != IDLE ->
#ifdef BUG_NO_WAKE
		call_state = IDLE
#else
		end_call()
#endif
	:: else
	fi;
	bound[end] = false
}

/* task_terminate of the server. Nothing is done if it must leave its core first. */
inline terminate(me)
{
	if
#ifdef BUG_FREE_EARLY
	:: true ->
#else
	:: server_runs && me == 0 -> parked_for = true /* core_evict */
	:: else ->
#endif
		unbind(1);
		unbind(0);
		task_life = 0;
		receives = false;
		label = 0;
		label_life = 0;
		clear(TASK)
	fi
}

/* destroy_step of some leaf */
inline unit(me)
{
	if
	:: life[COPY] != 0 -> life[COPY] = 0
	:: life[CLIENTS] != 0 && life[COPY] == 0 -> unbind(0); clear(CLIENTS)
	:: life[SERVERS] != 0 -> unbind(1); clear(SERVERS)
	:: life[MASTER] != 0 && life[CLIENTS] == 0 && life[SERVERS] == 0 && life[COPY] == 0 ->
		/* edge_destroy */
		unbind(0);
		unbind(1);
		edge = 0;
		serial = 0;
		clear(MASTER)
	:: life[TASK] != 0 -> terminate(me)
	fi
}

/* sys_cap_revoke of one of the holders, begun or made again. */
inline revoke(me)
{
	if
#ifdef BUG_ONE_HOLDER
	:: revoking && beginner != me -> revokes[me] = false /* BUSY */
	:: revoking && !IS_EMPTY && beginner == me -> unit(me)
#else
	:: revoking && !IS_EMPTY -> unit(me)
#endif
	:: !revoking && IS_EMPTY -> revokes[me] = false
	:: !revoking && !IS_EMPTY ->
		revoking = true;
#ifdef BUG_ONE_HOLDER
		beginner = me
#endif
	:: revoking && IS_EMPTY ->
		/* destroy_revoke_end: nothing of what was revoked is left, and nobody uses it. */
		revoking = false;
		revokes[me] = false;
		assert(edge == 0 && !bound[0] && !bound[1]);
		assert(!waits && call_state == IDLE);
		assert(!from_untyped || (task_life == 0 && !server_runs))
	fi;
	/* core_release */
	parked_for = parked_for && (me == 1 || revokes[0])
}

/* untyped_retype, and cap_copy with edge_bind to the client and to the server. */
inline make_again()
{
	if
	:: !IS_BUSY && IS_EMPTY && !made[MASTER] ->
		/* untyped_reclaim, retype_make */
		assert(edge == 0 && !revoking);
		edge = 2;
		serial = 1;
		life[MASTER] = 2;
		made[MASTER] = true
	:: !IS_BUSY && life[MASTER] == 2 && !made[CLIENTS] ->
		assert(!bound[0] && !revoking);
		life[CLIENTS] = 2;
		bound[0] = true;
		made[CLIENTS] = true
	:: !IS_BUSY && life[MASTER] == 2 && !made[SERVERS] && task_life != 0 ->
		assert(!bound[1] && !revoking);
		life[SERVERS] = 2;
		bound[1] = true;
		made[SERVERS] = true
	:: else
	fi
}

/* captable_lookup of a handle of this life: the slot still holds what it named, or STALE. */
#define FINDS(slot, of_life) (life[slot] != 0 && generation[slot] == GENERATION(of_life))

#ifdef LIVE
#define TURN(whose) (turn == (whose))
#define MAY_MAKE (!revoking)
#else
#define TURN(whose) true
#define MAY_MAKE true
#endif

proctype holder_on_core_0()
{
end:
	do
	:: atomic { !vanished && !revokes[0] -> revokes[0] = true }
	:: atomic { !vanished && !revokes[0] -> make_again() }
	:: atomic { !vanished && revokes[0] -> revoke(0) }
	:: atomic { !vanished && revokes[0] && revoking -> vanished = true; revokes[0] = false }
	od
}

proctype holder_on_core_1()
{
end:
	do
	:: atomic { !server_runs && !parked && TURN(0) && !revokes[1] ->
		revokes[1] = true;
		turn = 1
	   }
	:: atomic { !server_runs && !parked && TURN(0) && !revokes[1] && MAY_MAKE ->
		make_again();
		turn = 1
	   }
	:: atomic { !server_runs && !parked && TURN(0) && revokes[1] -> revoke(1); turn = 1 }
	od
}

proctype client()
{
	byte h;

end:
	do
	:: atomic { !waits ->
		/* edge_call, or the fast path, with any handle it has got. */
		if
		:: h = 1
		:: made[CLIENTS] -> h = 2
		fi;
		if
		:: !FINDS(CLIENTS, h) /* STALE */
		:: FINDS(CLIENTS, h) && (!bound[0] || !bound[1]) /* NOT_BOUND, PEER_DEAD */
		:: FINDS(CLIENTS, h) && bound[0] && bound[1] ->
			assert(life[CLIENTS] == h && edge == h && task_life != 0);
			assert(call_state == IDLE);
			if
			:: receives ->
				call_state = DELIVERED;
				label = serial;
				label_life = edge;
				receives = false
			:: else -> call_state = QUEUED
			fi;
			waits = true;
			call_life = edge
		fi;
		h = 0
	   }
	:: atomic { !waits && life[CLIENTS] != 0 && life[COPY] == 0 && !IS_BUSY ->
		/* cap_copy. What is revoked only becomes less: replay drops it at the begin record. */
		assert(!revoking);
		life[COPY] = life[CLIENTS]
	   }
	:: atomic { !waits && life[COPY] != 0 && !IS_BUSY ->
		/* cap_delete */
		life[COPY] = 0
	   }
	od
}

proctype server()
{
	byte h;

end:
	do
	:: atomic { !server_runs && !parked && !parked_for && task_life != 0 && !receives &&
		    TURN(1) ->
		server_runs = true
	   }
	:: atomic { TURN(1) && !server_runs && (task_life == 0 || receives) -> turn = 0 }
	:: atomic { parked_for && !parked ->
		/* park. If it runs, until now: its task, which its registers go to, is there. */
		assert(!server_runs || task_life != 0);
		server_runs = false;
		parked = true
	   }
	:: atomic { server_runs && !parked_for ->
		/* Its time is over. */
		assert(task_life != 0);
		server_runs = false;
		turn = 0
	   }
	:: atomic { server_runs ->
		/* recv */
		assert(task_life != 0);
		if
		:: call_state == QUEUED && bound[1] ->
			call_state = DELIVERED;
			label = serial;
			label_life = edge
		:: else -> receives = true
		fi;
		server_runs = false;
		turn = 0
	   }
	:: atomic { server_runs && label != 0 ->
		/* edge_reply, with the handle by which the label came. */
		assert(task_life != 0);
		h = label_life;
		if
		:: !FINDS(SERVERS, h) /* STALE */
		:: FINDS(SERVERS, h) && (!bound[1] || !bound[0] || call_state != DELIVERED)
		:: FINDS(SERVERS, h) && bound[0] && bound[1] && call_state == DELIVERED ->
			assert(life[SERVERS] == h && edge == h);
			if
			:: label == serial -> end_call()
			:: else /* STALE */
			fi
		fi;
		h = 0;
		server_runs = false;
		turn = 0
	   }
	:: atomic { parked && (!parked_for || vanished) ->
		/* Core 0 is done, or did not come back in time. */
		parked = false;
		parked_for = false;
		turn = 0
	   }
	od
}

init
{
	atomic {
		if
		:: from_untyped = true; life[TASK] = 1
#ifndef LIVE
		:: from_untyped = false
#endif
		fi;
		life[MASTER] = 1;
		life[CLIENTS] = 1;
		life[SERVERS] = 1;
		edge = 1;
		serial = 1;
		bound[0] = true;
		bound[1] = true;
		task_life = 1;
		run holder_on_core_0();
		run holder_on_core_1();
		run client();
		run server()
	}
}

#ifdef LIVE
/* Also if who began never comes back, as long as another holder calls. */
ltl revoke_ends { [] (revoking -> <> !revoking) }
#endif
