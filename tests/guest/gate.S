/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * gate_enter(gate, registers): x0 to x11 from the array, through the gate, x0 to x18 back into it.
 * x19 is the array; x20 to x28 hold it too, each moved on by its number, and must be kept.
 */
	.section .text.gate_enter, "ax", %progbits
	.global	gate_enter
	.hidden	gate_enter
	.type	gate_enter, %function
gate_enter:
	bti	c
	stp	x29, x30, [sp, #-96]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x16, x0
	mov	x19, x1
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28
	add	x\n, x1, #\n
	.endr
	ldp	x0, x1, [x19, #0]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	blr	x16
	stp	x0, x1, [x19, #0]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	str	x18, [x19, #144]
	mov	x2, #0
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28
	sub	x1, x\n, x19
	cmp	x1, #\n
	cset	x1, ne
	orr	x2, x2, x1
	.endr
	str	x2, [x19, #152]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
	.size	gate_enter, . - gate_enter

	.section .note.GNU-stack, "", %progbits
