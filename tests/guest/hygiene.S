/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Tasks without a stack: sp is their struct block (test_hygiene.c). In a loop each loads all
 * registers from block.in, does one thing, saves all registers to block.out; those that are watched
 * tell the root that they have, the others make noise for ever.
 */
#include <ruvix/numbers.h>

	.arch_extension fp

#define NZCV 248
#define TPIDR 256
#define FPCR 264
#define FPSR 272
#define TPIDRRO 280
#define V 288
#define OUT 800
#define ROUNDS 1600
#define SCRATCH 1608
#define TELL 0x7e11

	.section .text.hygiene, "ax", %progbits

	.macro LOAD
	ldr	x0, [sp, #ROUNDS]
	add	x0, x0, #1
	str	x0, [sp, #ROUNDS]
	ldr	x0, [sp, #NZCV]
	msr	nzcv, x0
	ldr	x0, [sp, #TPIDR]
	msr	tpidr_el0, x0
	ldr	x0, [sp, #FPCR]
	msr	fpcr, x0
	ldr	x0, [sp, #FPSR]
	msr	fpsr, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr	q\n, [sp, #V + 16 * \n]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [sp, #8 * \n]
	.endr
	.endm

	.macro SAVE
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	str	x\n, [sp, #OUT + 8 * \n]
	.endr
	mrs	x0, nzcv
	str	x0, [sp, #OUT + NZCV]
	mrs	x0, tpidr_el0
	str	x0, [sp, #OUT + TPIDR]
	mrs	x0, tpidrro_el0
	str	x0, [sp, #OUT + TPIDRRO]
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [sp, #OUT + V + 16 * \n]
	.endr
	mrs	x0, fpcr
	str	x0, [sp, #OUT + FPCR]
	mrs	x0, fpsr
	str	x0, [sp, #OUT + FPSR]
	.endm

	.macro FUNCTION name
	.global	hygiene_\name
	.hidden	hygiene_\name
	.type	hygiene_\name, %function
hygiene_\name:
	.endm

	.macro WATCHED name, action:vararg
	FUNCTION watched_\name
	LOAD
	\action
	SAVE
	brk	#TELL
	b	hygiene_watched_\name
	.endm

	.macro NOISE name, action:vararg
	FUNCTION noise_\name
	LOAD
	\action
	SAVE
	b	hygiene_noise_\name
	.endm

	.macro SPIN
9901:	sub	x0, x0, #1
	cbnz	x0, 9901b
	.endm

	.macro EMIT_AND_YIELD
	svc	#RVX_SYS_LOG_EMIT
	svc	#RVX_SYS_YIELD
	.endm

	.macro SIGNAL_AND_YIELD
	svc	#RVX_SYS_EDGE_SIGNAL
	ldr	x10, [sp, #8 * 10]
	ldr	x18, [sp, #8 * 18]
	svc	#RVX_SYS_YIELD
	.endm

	WATCHED	null, svc #RVX_SYS_NULL
	WATCHED	yield, svc #RVX_SYS_YIELD
	WATCHED	unknown, svc #0x7777
	WATCHED	describe, svc #RVX_SYS_CAP_DESCRIBE
	WATCHED	recv, svc #RVX_SYS_RECV
	WATCHED	recv_until, svc #RVX_SYS_RECV_UNTIL
	WATCHED	emit, EMIT_AND_YIELD
	WATCHED	fault, brk #1
	WATCHED	spin, SPIN

	NOISE	call, svc #RVX_SYS_EDGE_CALL
	NOISE	signal, SIGNAL_AND_YIELD
	NOISE	yield, svc #RVX_SYS_YIELD
	NOISE	emit, EMIT_AND_YIELD
	NOISE	spin, SPIN

/* Receives calls and answers each when it goes on; x1 of the answer is x1 of the call. */
	FUNCTION watched_serve
	LOAD
	svc	#RVX_SYS_RECV
9902:	SAVE
	ldr	x0, [sp, #OUT + 8]
	str	x0, [sp, #8]
	brk	#TELL
	LOAD
	svc	#RVX_SYS_EDGE_REPLY_RECV
	b	9902b

/* Receives a call, answers it, and waits for what comes then. */
	FUNCTION watched_answer
	LOAD
	svc	#RVX_SYS_RECV
	str	x1, [sp, #8]
	LOAD
	svc	#RVX_SYS_EDGE_REPLY_RECV
	SAVE
	brk	#TELL
	b	hygiene_watched_answer

/* Calls, and when it is answered signals the label of the answer. */
	FUNCTION noise_call_and_signal
	LOAD
	svc	#RVX_SYS_EDGE_CALL
	ldr	x10, [sp, #8 * 10]
	ldr	x18, [sp, #8 * 18]
	svc	#RVX_SYS_EDGE_SIGNAL
	b	hygiene_noise_call_and_signal

/*
 * Yields until another one was there, then revokes in.x[1] and retypes the Untyped in.x[2], itself
 * without floating point.
 */
	FUNCTION killer
	svc	#RVX_SYS_YIELD
	svc	#RVX_SYS_YIELD
	ldp	x0, x1, [sp]
	svc	#RVX_SYS_CAP_REVOKE
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldr	x4, [sp, #48]
	svc	#RVX_SYS_UNTYPED_RETYPE
	brk	#TELL
	b	hygiene_killer

/* What a task starts with. */
	FUNCTION fresh
	SAVE
	brk	#TELL
	b	hygiene_fresh

/* Whether what lies between keeps the exclusive monitor: w2 is 0 if it does. */
	.macro EXCLUSIVE name, action:vararg
	FUNCTION exclusive_\name
	add	x20, sp, #SCRATCH
	mov	x0, #0x100000
	ldxr	x1, [x20]
	\action
	stxr	w2, x1, [x20]
	brk	#TELL
	b	hygiene_exclusive_\name
	.endm

	EXCLUSIVE alone, nop
	EXCLUSIVE null, svc #RVX_SYS_NULL
	EXCLUSIVE yield, svc #RVX_SYS_YIELD
	EXCLUSIVE fault, brk #1
	EXCLUSIVE spin, SPIN

	.section .note.GNU-stack, "", %progbits
