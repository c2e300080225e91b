/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Probes: one instruction each that may not succeed at EL0. A probe returns what it was given
 * where the instruction was stepped over. Entry: EL0, x30 the way back; only x0 and x1 are used.
 */
	.text

	.macro function name
	.balign	4
	.global	\name
	.hidden	\name
	.type	\name, %function
\name:
	bti	c
	.endm

/* uint64_t probe_read(uint64_t address, uint64_t given) */
function probe_read
	ldr	x1, [x0]
	mov	x0, x1
	ret

/* uint64_t probe_write(uint64_t address, uint64_t value): the address, plus 8 if it was written */
function probe_write
	str	x1, [x0], #8
	ret

/* uint64_t probe_execute(uint64_t given, uint64_t address) */
function probe_execute
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	blr	x1
	ldp	x29, x30, [sp], #16
	ret

/* uint64_t probe_call_unknown(uint64_t): a system call that does not exist */
function probe_call_unknown
	svc	#0xfff
	ret

/* A register read: uint64_t probe(uint64_t given) */
	.macro read_register name, register
function \name
	mrs	x0, \register
	ret
	.endm

/* Anything else: uint64_t probe(uint64_t given), which comes back if nothing is returned in x0 */
	.macro privileged name, instruction:vararg
function \name
	\instruction
	ret
	.endm

	read_register	read_sctlr_el1, sctlr_el1
	read_register	read_vbar_el1, vbar_el1
	read_register	read_ttbr0_el1, ttbr0_el1
	read_register	read_currentel, currentel
	read_register	read_mpidr_el1, mpidr_el1
	read_register	read_cntpct_el0, cntpct_el0
	read_register	read_pmccntr_el0, pmccntr_el0
	read_register	read_hcr_el2, hcr_el2
	read_register	read_vttbr_el2, vttbr_el2
	read_register	read_elr_el2, elr_el2
	read_register	read_scr_el3, scr_el3

	privileged	write_vbar_el1, msr vbar_el1, x0
	privileged	write_vbar_el2, msr vbar_el2, x0
	privileged	write_hcr_el2, msr hcr_el2, x0
	privileged	write_vttbr_el2, msr vttbr_el2, x0
	privileged	write_cntv_ctl_el0, msr cntv_ctl_el0, x0
	privileged	mask_interrupts, msr daifset, #15
	privileged	select_stack, msr spsel, #1
	privileged	flush_translations_el1, tlbi vmalle1
	privileged	flush_translations_el2, tlbi alle2
	privileged	invalidate_by_set, dc isw, x0
	privileged	invalidate_instructions, ic iallu
	privileged	translate, at s1e1r, x0
	privileged	return_from_exception, eret
	privileged	call_monitor, smc #0
	privileged	call_hypervisor, hvc #0
	privileged	call_emulator, hlt #0xf000
	privileged	break_point, brk #0xbad
	privileged	undefined, udf #0

	.section .note.GNU-stack, "", %progbits
