/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Saving and loading registers, for vectors.S and fastpath.S. sp = struct task throughout.
 */
#ifndef KERNEL_AARCH64_ENTRY_S
#define KERNEL_AARCH64_ENTRY_S

#include "kernel/arch/aarch64/offsets.h"

	.macro SAVE_MESSAGE
	stp	x0, x1, [sp, #FRAME_X(0)]
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	.endm

	.macro LOAD_MESSAGE
	ldp	x0, x1, [sp, #FRAME_X(0)]
	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
	.endm

/* x19-x28 and what the task sees beside general registers. x19-x22 are free afterwards. */
	.macro SAVE_KEPT
	stp	x19, x20, [sp, #FRAME_X(19)]
	stp	x21, x22, [sp, #FRAME_X(21)]
	stp	x23, x24, [sp, #FRAME_X(23)]
	stp	x25, x26, [sp, #FRAME_X(25)]
	stp	x27, x28, [sp, #FRAME_X(27)]
	mrs	x19, sp_el0
	mrs	x20, elr_el2
	mrs	x21, spsr_el2
	mrs	x22, tpidr_el0
	stp	x19, x20, [sp, #FRAME_SP]
	stp	x21, x22, [sp, #FRAME_PSTATE]
	.endm

/* x19-x30 too. */
	.macro LOAD_KEPT
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

/* A system call gives x10-x18 back as zeros: nobody's values are left in them. */
	.macro CLEAR_SCRATCH
	ldp	x10, x11, [sp, #TASK_ZERO]
	ldp	x12, x13, [sp, #TASK_ZERO]
	ldp	x14, x15, [sp, #TASK_ZERO]
	ldp	x16, x17, [sp, #TASK_ZERO]
	mov	x18, xzr
	.endm

#endif
