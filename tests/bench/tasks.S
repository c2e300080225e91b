/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The far sides of the benchmarks, in assembly so that every instruction is known. Stamps are
 * cycle counter values: calls carry theirs in x9, others leave them at `argument`, a page that
 * both sides have mapped. Each task's entry: x0 = argument.
 *
 *   argument + 0: stamp of the near side   + 8: what the far side measured   + 16: count
 */
#include <ruvix/numbers.h>

	.section .text, "ax"

/* Answers each call with x2 = instructions since the caller's stamp, x9 = stamp of the reply. */
	.global	bench_server
bench_server:
	svc	#RVX_SYS_RECV
1:	mrs	x10, pmccntr_el0
	sub	x2, x10, x9
	mrs	x9, pmccntr_el0
	svc	#RVX_SYS_EDGE_REPLY_RECV
	b	1b

/* Answers each call at once. */
	.global	bench_echo
bench_echo:
	svc	#RVX_SYS_RECV
1:	svc	#RVX_SYS_EDGE_REPLY_RECV
	b	1b

/* Answers each call with x2 = the clock all cores share, at its arrival. */
	.global	bench_clock_server
bench_clock_server:
	svc	#RVX_SYS_RECV
1:	mrs	x2, cntvct_el0
	svc	#RVX_SYS_EDGE_REPLY_RECV
	b	1b

/*
 * x0 = edge to a clock server, x1 = phase 0..15 of the clock, which ticks each 16 instructions.
 * Returns the ticks until the call arrived; their mean over all phases is exact.
 */
	.global	bench_clock_call
bench_clock_call:
	adr	x10, 2f
	sub	x10, x10, x1, lsl #2
	mrs	x11, cntvct_el0
	mov	x12, x11
1:	cmp	x12, x11
	b.ne	3f
	mrs	x12, cntvct_el0
	b	1b
3:	br	x10
	.rept	15
	nop
	.endr
2:	mrs	x9, cntvct_el0
	svc	#RVX_SYS_EDGE_CALL
	sub	x0, x2, x9
	ret

/* Receives signals and stores how long they took. */
	.global	bench_waiter
bench_waiter:
	mov	x20, x0
1:	svc	#RVX_SYS_RECV
	mrs	x10, pmccntr_el0
	ldr	x9, [x20]
	sub	x10, x10, x9
	str	x10, [x20, #8]
	b	1b

/* Yields for ever, storing how long the switch from the other one's yield took. */
	.global	bench_yielder
bench_yielder:
	mov	x20, x0
1:	mrs	x10, pmccntr_el0
	ldr	x9, [x20]
	sub	x10, x10, x9
	str	x10, [x20, #8]
	ldr	x11, [x20, #16]
	add	x11, x11, #1
	str	x11, [x20, #16]
	mrs	x9, pmccntr_el0
	str	x9, [x20]
	svc	#RVX_SYS_YIELD
	b	1b

/* Receives interrupts of a lease and stores how long they took; acknowledges when it is told to. */
	.global	bench_holder
bench_holder:
	mov	x20, x0
1:	svc	#RVX_SYS_RECV
	mrs	x10, pmccntr_el0
	cmp	w1, #3			/* RVX_EVENT_INTERRUPT */
	b.ne	2f
	ldr	x9, [x20]
	sub	x10, x10, x9
	str	x10, [x20, #8]
	ldr	x11, [x20, #16]
	add	x11, x11, #1
	str	x11, [x20, #16]
	b	1b
2:	mov	x0, #6			/* RVX_HANDLE(HOLDER_SLOT, 1) */
	movk	x0, #1, lsl #32
	svc	#RVX_SYS_LEASE_ACKNOWLEDGE
	b	1b

/* Stores how long it took to come here, and faults. */
	.global	bench_restarted
bench_restarted:
	mrs	x10, pmccntr_el0
	ldr	x9, [x0]
	sub	x10, x10, x9
	str	x10, [x0, #8]
	brk	#0

/* Faults for ever on address 0. */
	.global	bench_faulter
bench_faulter:
	mov	x20, xzr
1:	ldr	x21, [x20]
	b	1b

/*
 * uint64_t bench_fault_loop(task, rounds): resume the faulter and receive its next fault;
 * instructions of the last round: from one received fault to the next.
 */
	.global	bench_fault_loop
bench_fault_loop:
	stp	x19, x20, [sp, #-48]!
	stp	x21, x22, [sp, #16]
	stp	x29, x30, [sp, #32]
	mov	x19, x0
	mov	x20, x1
1:	mrs	x21, pmccntr_el0
	mov	x0, x19
	svc	#RVX_SYS_TASK_RESUME
	svc	#RVX_SYS_RECV
	mrs	x22, pmccntr_el0
	subs	x20, x20, #1
	b.ne	1b
	sub	x0, x22, x21
	ldp	x29, x30, [sp, #32]
	ldp	x21, x22, [sp, #16]
	ldp	x19, x20, [sp], #48
	ret
	.section .note.GNU-stack, "", %progbits
