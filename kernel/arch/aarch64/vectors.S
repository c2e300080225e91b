/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Entry and exit.
 *
 * While a task runs, SP_EL2 points at its struct task, whose first part is the register frame.
 * The kernel's C runs on the core's stack. A system call promises x19-x30, sp and the flags:
 * x10-x18 come back as zeros, so entry stores zeros for them, and the two that
 * extended calls use go to a place of their own.
 */
#include "kernel/arch/aarch64/offsets.h"

	.section .text.vectors, "ax"

/* x19-x30 and what the task sees beside general registers. x19-x22 are free afterwards. */
	.macro SAVE_KEPT
	stp	x19, x20, [sp, #FRAME_X(19)]
	stp	x21, x22, [sp, #FRAME_X(21)]
	stp	x23, x24, [sp, #FRAME_X(23)]
	stp	x25, x26, [sp, #FRAME_X(25)]
	stp	x27, x28, [sp, #FRAME_X(27)]
	stp	x29, x30, [sp, #FRAME_X(29)]
	mrs	x19, sp_el0
	mrs	x20, elr_el2
	mrs	x21, spsr_el2
	mrs	x22, tpidr_el0
	stp	x19, x20, [sp, #FRAME_SP]
	stp	x21, x22, [sp, #FRAME_PSTATE]
	.endm

	.macro RESTORE_KEPT
	ldp	x19, x20, [sp, #FRAME_SP]
	ldp	x21, x22, [sp, #FRAME_PSTATE]
	msr	sp_el0, x19
	msr	elr_el2, x20
	msr	spsr_el2, x21
	msr	tpidr_el0, x22
	ldp	x19, x20, [sp, #FRAME_X(19)]
	ldp	x21, x22, [sp, #FRAME_X(21)]
	ldp	x23, x24, [sp, #FRAME_X(23)]
	ldp	x25, x26, [sp, #FRAME_X(25)]
	ldp	x27, x28, [sp, #FRAME_X(27)]
	ldp	x29, x30, [sp, #FRAME_X(29)]
	.endm

	.macro SAVE_MESSAGE
	stp	x0, x1, [sp, #FRAME_X(0)]
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	.endm

/* Leave the frame of the task in sp, and go on in C on the core's stack: x0 = task. */
	.macro ENTER_C
	mov	x0, sp
	ldr	x2, [sp, #TASK_CORE]
	ldr	x2, [x2, #CORE_STACK_TOP]
	mov	sp, x2
	mov	x29, xzr
	mov	x30, xzr
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
	mov	w17, #0x56000000	/* class SVC, 32-bit instruction */
	subs	w16, w16, w17
	b	system_call_or_exception
	VECTOR	interrupt
	VECTOR	interrupt		/* FIQ: routed like interrupts, none is configured */
	VECTOR	kernel_exception	/* SError */
	VECTOR	kernel_exception	/* EL0 in AArch32: HCR_EL2.RW and SPSR exclude it */
	VECTOR	kernel_exception
	VECTOR	kernel_exception
	VECTOR	kernel_exception

/* w16 = immediate of SVC, or something above 0xffff; x16, x17 are saved. */
system_call_or_exception:
	lsr	w17, w16, #16
	cbnz	w17, exception

	.global	aarch64_system_call
aarch64_system_call:
	SAVE_MESSAGE
	stp	x10, x11, [sp, #TASK_EXTENDED]
	stp	xzr, xzr, [sp, #FRAME_X(10)]
	stp	xzr, xzr, [sp, #FRAME_X(12)]
	stp	xzr, xzr, [sp, #FRAME_X(14)]
	stp	xzr, xzr, [sp, #FRAME_X(16)]
	str	xzr, [sp, #FRAME_X(18)]
	SAVE_KEPT
	ENTER_C
	mov	w1, w16
	bl	trap_system_call
	b	aarch64_resume

	.macro SAVE_REST
	SAVE_MESSAGE
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	str	x18, [sp, #FRAME_X(18)]
	SAVE_KEPT
	.endm

exception:
	SAVE_REST
	ENTER_C
	mrs	x1, esr_el2
	mrs	x2, far_el2
	bl	aarch64_exception
	b	aarch64_resume

interrupt:
	stp	x16, x17, [sp, #FRAME_X(16)]
	SAVE_REST
	ENTER_C
	bl	trap_interrupt

/* x0 = the task to run; the address space and CPTR are set. */
	.global	aarch64_resume
aarch64_resume:
	mov	sp, x0
	RESTORE_KEPT
	clrex				/* no exclusive reservation crosses from task to task */
	ldp	x0, x1, [sp, #FRAME_X(0)]
	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
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
