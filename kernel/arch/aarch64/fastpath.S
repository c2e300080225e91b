/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The fast path of edge_call and edge_reply_recv: the far task waits for just this, on this core.
 * To a passive server the caller's context goes along, and with the reply it comes back; a call
 * to an active one charges the caller and goes on with the server's own context, if that is the
 * earliest. Handle, label and the eight words stay in x0-x9 all the way.
 *
 * It does what edge.c does, in another order: everything that can be against it is looked
 * at first, and then the call goes the ordinary way with nothing changed. KERNEL_FASTPATH unset
 * leaves it out; all tests pass either way.
 *
 * Entry: from vectors.S with x16, x17 saved and w16 = number. Registers:
 *   x19 our end       x20 serial and state of the call   x21 far task     x22 its partition
 *   x23 its CPTR      x24 telemetry line                 x25 core         x26 "receiving, here"
 *   x27, x29 scratch  x28 the lock                       x30 badge for the far task
 *
 * No ISB after VTTBR_EL2 is written: nothing is translated by it before the exception return,
 * which synchronises. ERET also clears the exclusive monitor.
 */
#include "kernel/arch/aarch64/entry.S"

#include <ruvix/numbers.h>

/* Bits of a slot's meta word; RVX_OBJECT_EDGE is 12 so that each mask is one immediate. */
#define META_TYPE 0xf0000000
#define META_EDGE 0xc0000000
#define META_READ 0x1
#define META_WRITE 0x2
/* CALL_DELIVERED, in the word whose lower half is the serial. */
#define DELIVERED 0x200000000
/* A task's depth has this bit set when it must not lend any more: RVX_DONATION_DEPTH_MAX. */
#define DEPTH_FULL_BIT 3
/* RVX_SCHEDULE_HARD: other rules for the budget at a wake-up. */
#define SCHEDULE_HARD_BIT 2

	.section .text.fastpath, "ax"

/*
 * Save, lock, and find our end: the slot is in the table, holds an edge, of the handle's
 * generation, with `rights`. The lock is taken only if it is free at once. x23 = who is bound.
 */
	.macro ENTER rights
	stp	x29, x30, [sp, #FRAME_X(29)]
	SAVE_KEPT
	ldp	x25, x26, [sp, #TASK_CORE]
1:	ldaxr	x28, [x25]
	eor	x29, x28, x28, ror #32
	cbnz	x29, aarch64_slow	/* somebody has a ticket */
	mov	x30, #0x100000000
	add	x29, x28, x30
	stxr	w30, x29, [x25]
	cbnz	w30, 1b
	ldp	x19, x20, [sp, #TASK_SLOTS]
	cmp	x20, w0, uxtw
	b.ls	aarch64_slow_locked
	ubfiz	x20, x0, #SLOT_SHIFT, #32
	add	x19, x19, x20
	ldp	x19, x20, [x19]
	eor	x21, x20, x0
	and	w20, w20, #(META_TYPE | \rights)
	eor	w20, w20, #(META_EDGE | \rights)
	orr	x20, x20, x21, lsr #32
	cbnz	x20, aarch64_slow_locked
	ldp	x23, x24, [x19, #END_TASK]
	.endm

/*
 * Count the message, unlock, and run the far task. Without the lock our task and its partition may be
 * taken apart: what is needed of them is looked at before. The far one runs here, which keeps it.
 */
	.macro LEAVE
	ldr	x29, [x24, #LINE_MESSAGES]
	ldr	x27, [sp, #TASK_PARTITION]
	add	x29, x29, #1
	str	x29, [x24, #LINE_MESSAGES]
	mov	x0, x30
	cmp	x27, x22
	b.eq	2f
	ldr	x29, [x22, #PARTITION_VTTBR]
	msr	vttbr_el2, x29
2:	add	w28, w28, #1
	stlr	w28, [x25]
	msr	cptr_el2, x23
	mov	sp, x21
	LOAD_KEPT
	CLEAR_SCRATCH
	eret
	.endm

	.global	aarch64_fast_call
aarch64_fast_call:
	ENTER	(META_READ | META_WRITE)
	ldp	x21, x30, [x19, #END_PEER]
	ldr	x20, [x19, #END_SERIAL]
	cmp	sp, x23			/* the end is ours */
	ldp	x23, x27, [x21, #TASK_KEY]
	ccmp	x23, x26, #0, eq	/* it receives, here, not held, without a timeout */
	b.ne	aarch64_slow_locked
	cbnz	x27, call_active	/* it has a context of its own */
	ldr	x29, [sp, #TASK_DEPTH]
	tbnz	x29, #DEPTH_FULL_BIT, aarch64_slow_locked
	add	x29, x29, #1
	ldp	x22, x23, [x21, #TASK_PARTITION]
	ldr	x27, [sp, #TASK_CONTEXT]

	/* Nothing can be against it any more. */
	str	x21, [x27, #CONTEXT_USER]
	mov	x17, sp
	stp	x17, x29, [x21, #TASK_DONOR]
	ldp	x16, x17, [x25, #CORE_READY_KEY]
	stp	x16, x27, [x21, #TASK_KEY]
	stp	x17, xzr, [sp, #TASK_KEY]
	str	x19, [sp, #TASK_WAITING]
	bfi	x1, x20, #32, #32
	orr	x20, x20, #DELIVERED
	str	x20, [x19, #END_SERIAL]
	LEAVE

/*
 * The server wakes on its own context, x27, as sched_wake and sched_next would have it. w16, the
 * number, is 0 for a call and is made again where the ordinary way is taken. x17, x26 scratch.
 * x29 = now, x22 = deadline, x23 = budget left.
 */
call_active:
	ldr	w29, [x27, #CONTEXT_FLAGS]
	tbnz	w29, #SCHEDULE_HARD_BIT, aarch64_slow_locked
	mrs	x29, cntvct_el0
	ldp	x22, x23, [x27, #CONTEXT_DEADLINE]
	ldp	x16, x17, [x27, #CONTEXT_BUDGET]	/* Q, D */
	sub	x26, x22, x29
	lsr	x22, x26, #32
	cbnz	x22, call_active_far
	mul	x23, x23, x17
	mul	x22, x26, x16
	cmp	x23, x22		/* left * D < (d - now) * Q: they last */
	b.lo	call_active_keep
call_active_renew:
	add	x22, x29, x17
	mov	x23, x16
	ldr	x17, [x27, #CONTEXT_KEY]
	and	x17, x17, #0x8000000000000000
	orr	x17, x17, x22
call_active_go:
	ldr	x16, [x25, #CORE_FIRST_KEY]
	cmp	x17, x16
	b.hs	call_active_slow	/* somebody else is as early */
	/* Renewing is right whichever way is taken now. */
	stp	x22, x23, [x27, #CONTEXT_DEADLINE]
	str	x17, [x27, #CONTEXT_KEY]
	ldp	x16, x26, [x25, #CORE_RUNNING]
	sub	x26, x29, x26
	ldp	x17, x22, [x16, #CONTEXT_LEFT]	/* and used */
	subs	x17, x17, x26
	b.le	call_active_slow	/* the caller's budget is used up */

	/* Nothing can be against it any more. */
	add	x22, x22, x26
	stp	x17, x22, [x16, #CONTEXT_LEFT]
	stp	x27, x29, [x25, #CORE_RUNNING]
	add	x29, x29, x23
	ldr	x22, [x25, #CORE_FIRST_TIMEOUT]
	cmp	x29, x22
	csel	x29, x29, x22, lo
	str	x29, [x25, #CORE_TIMER_AT]
	msr	cnthp_cval_el2, x29
	ldp	x16, x17, [x25, #CORE_READY_KEY]
	str	x16, [x21, #TASK_KEY]
	str	x17, [sp, #TASK_KEY]
	str	x19, [sp, #TASK_WAITING]
	bfi	x1, x20, #32, #32
	orr	x20, x20, #DELIVERED
	str	x20, [x19, #END_SERIAL]
	ldp	x22, x23, [x21, #TASK_PARTITION]
	LEAVE

/* The deadline has passed, or is so far away that it stays: as it is then for the key. */
call_active_far:
	tbnz	x26, #63, call_active_renew
	cbz	x26, call_active_renew
call_active_keep:
	ldp	x22, x23, [x27, #CONTEXT_DEADLINE]
	ldr	x17, [x27, #CONTEXT_KEY]
	b	call_active_go

call_active_slow:
	mov	w16, #RVX_SYS_EDGE_CALL
	b	aarch64_slow_locked

	.global	aarch64_fast_reply_recv
aarch64_fast_reply_recv:
	ENTER	META_READ
	ldr	x27, [x19, #END_FAR]
	ldp	x21, x30, [x19, #END_PEER]
	lsr	x29, x1, #32
	orr	x29, x29, #DELIVERED
	ldr	x20, [x27, #END_SERIAL]
	cmp	sp, x23			/* the end is ours */
	ldp	x23, x22, [x21, #TASK_KEY]
	ccmp	x29, x20, #0, eq	/* this very call was delivered */
	ldr	x29, [x25, #CORE_CALLING_KEY]
	ccmp	x23, x29, #0, eq	/* the caller waits here, not held, without a timeout */
	b.ne	aarch64_slow_locked
	cbnz	x22, aarch64_slow_locked	/* it kept its context, or got it back */
	ldr	x29, [sp, #TASK_PENDING]
	cbnz	x29, aarch64_slow_locked	/* something is to be received at once */
	ldr	x29, [sp, #TASK_CONTEXT]
	ldp	x22, x23, [x21, #TASK_PARTITION]

	/* Nothing can be against it any more. */
	str	x21, [x29, #CONTEXT_USER]
	ldr	x16, [x25, #CORE_READY_KEY]
	stp	x16, x29, [x21, #TASK_KEY]
	stp	x26, xzr, [sp, #TASK_KEY]
	adds	w20, w20, #1		/* the next call's serial, never 0; no call now */
	cinc	w20, w20, cs
	str	x20, [x27, #END_SERIAL]
	LEAVE

/* The ordinary way, with the caller's registers as they came. */
aarch64_slow_locked:
	add	w28, w28, #1
	stlr	w28, [x25]
aarch64_slow:
	ldp	x19, x20, [sp, #FRAME_X(19)]
	ldp	x21, x22, [sp, #FRAME_X(21)]
	ldp	x23, x24, [sp, #FRAME_X(23)]
	ldp	x25, x26, [sp, #FRAME_X(25)]
	ldp	x27, x28, [sp, #FRAME_X(27)]
	ldp	x29, x30, [sp, #FRAME_X(29)]
	b	aarch64_system_call
