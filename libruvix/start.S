/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Where a program begins, and the note that says for which ABI it was built.
 *
 * Entry: EL0, x0 the builder's argument, sp the end of the stack that the builder mapped, all
 * other registers zero, .data and .bss in any state: after an in-place restart they hold what
 * the program left there.
 */
#include <ruvix/version.h>

	.section .text.start, "ax", %progbits
	.global	_start
	.type	_start, %function
_start:
	.cfi_startproc
	.cfi_undefined x30		// a backtrace ends here
	bti	c
	mov	x29, xzr
	mov	x30, xzr
	bl	program_start		// does not return
	brk	#0
	.cfi_endproc
	.size	_start, . - _start

	.section .note.RuVix, "a", %note
	.balign	4
	.word	2f - 1f
	.word	8
	.word	RVX_NOTE_TYPE_ABI
1:	.asciz	RVX_NOTE_NAME
2:	.balign	4
	.word	RVX_ABI_MAJOR
	.word	RVX_ABI_MINOR

	.section .note.GNU-stack, "", %progbits
