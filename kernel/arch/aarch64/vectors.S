/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Entry and exit.
 *
 * While a task runs, SP_EL2 points at its struct task, whose first part is the register frame.
 * The kernel's C runs on the core's stack, and keeps x19-x28 as the C calling convention has it:
 * so a system call after which the same task goes on need not save them.
 */
#include "kernel/arch/aarch64/entry.S"

#include <ruvix/numbers.h>

/* enum trap_outcome */
#define TRAP_RETURN 0

	.section .text.vectors, "ax"

/* Go on in C on the core's stack: x0 = task. */
	.macro ENTER_C
	mov	x0, sp
	mrs	x2, tpidr_el2		/* the core; the task may have moved to another one */
	ldr	x2, [x2, #CORE_STACK_TOP]
	mov	sp, x2
	.endm

	.macro VECTOR target
	.balign	128
	b	\target
	.endm

	.balign	2048
	.global	aarch64_vectors
aarch64_vectors:
	VECTOR	kernel_exception	/* current level, SP_EL0: never */
	VECTOR	kernel_exception
	VECTOR	kernel_exception
	VECTOR	kernel_exception
	VECTOR	kernel_exception	/* current level, SP_EL2: the kernel is wrong */
	VECTOR	kernel_exception
	VECTOR	kernel_exception
	VECTOR	kernel_exception

/* From a task: EL0, its stage 2 on, sp = struct task, interrupts masked. */
	.balign	128
	stp	x16, x17, [sp, #FRAME_X(16)]
	mrs	x16, esr_el2
	mov	w17, #0x56000000	/* class SVC, 32-bit instruction; below it the number */
	subs	w16, w16, w17
#ifdef KERNEL_FASTPATH
	b.eq	aarch64_fast_call
	cmp	w16, #RVX_SYS_EDGE_REPLY_RECV
	b.eq	aarch64_fast_reply_recv
#endif
	cmp	w16, #RVX_SYS_NULL
	b.eq	null
	lsr	w17, w16, #16
	cbnz	w17, exception
	b	aarch64_system_call
	VECTOR	interrupt
	VECTOR	interrupt		/* FIQ: routed like interrupts, none is configured */
	VECTOR	kernel_exception	/* SError */
	VECTOR	kernel_exception	/* EL0 in AArch32: HCR_EL2.RW and SPSR exclude it */
	VECTOR	kernel_exception
	VECTOR	kernel_exception
	VECTOR	kernel_exception

null:
	mov	x0, xzr
	CLEAR_SCRATCH
	eret

/* w16 = number. Also where the fast path comes with what it does not do; nothing is changed yet. */
	.global	aarch64_system_call
aarch64_system_call:
	SAVE_MESSAGE
	stp	x10, x11, [sp, #TASK_EXTENDED]
	stp	x29, x30, [sp, #FRAME_X(29)]
	ENTER_C
	str	x0, [sp, #-16]!
	mov	x29, xzr
	mov	w1, w16
	bl	trap_system_call
	ldr	x1, [sp]
	mov	sp, x1
	cbnz	w0, switch		/* TRAP_RETURN is 0 */
	LOAD_MESSAGE
	ldp	x29, x30, [sp, #FRAME_X(29)]
	CLEAR_SCRATCH
	eret

switch:
	SAVE_KEPT
	stp	xzr, xzr, [sp, #FRAME_X(10)]
	stp	xzr, xzr, [sp, #FRAME_X(12)]
	stp	xzr, xzr, [sp, #FRAME_X(14)]
	stp	xzr, xzr, [sp, #FRAME_X(16)]
	str	xzr, [sp, #FRAME_X(18)]
	mov	w1, w0
	ENTER_C
	bl	trap_switch
	b	aarch64_resume

	.macro SAVE_ALL_BUT_X16_X17
	SAVE_MESSAGE
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	str	x18, [sp, #FRAME_X(18)]
	stp	x29, x30, [sp, #FRAME_X(29)]
	SAVE_KEPT
	ENTER_C
	mov	x29, xzr
	.endm

exception:
	SAVE_ALL_BUT_X16_X17
	mrs	x1, esr_el2
	mrs	x2, far_el2
	bl	aarch64_exception
	b	aarch64_resume

interrupt:
	stp	x16, x17, [sp, #FRAME_X(16)]
	SAVE_ALL_BUT_X16_X17
	bl	trap_interrupt

/* x0 = the task to run; the address space and CPTR are set. ERET clears the exclusive monitor. */
	.global	aarch64_resume
aarch64_resume:
	mov	sp, x0
	LOAD_KEPT
	LOAD_MESSAGE
	ldp	x10, x11, [sp, #FRAME_X(10)]
	ldp	x12, x13, [sp, #FRAME_X(12)]
	ldp	x14, x15, [sp, #FRAME_X(14)]
	ldp	x16, x17, [sp, #FRAME_X(16)]
	ldr	x18, [sp, #FRAME_X(18)]
	eret

/* The kernel itself took an exception: sp can be anything, so a stack of its own is used. */
kernel_exception:
	adrp	x4, panic_stack_top
	add	x4, x4, :lo12:panic_stack_top
	mov	sp, x4
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	mov	x29, xzr
	mov	x30, xzr
	b	aarch64_kernel_exception
