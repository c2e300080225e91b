/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Instructions that fault, each a function of one instruction and a return, and the table of them:
 *
 *   struct fault_try { int32_t code, name, kind, class_; }   code, name: bytes from the entry
 *
 * x0 goes in and must come back as it was. Where a processor may know the instruction, or report
 * the class in more than one way, class_ says so: FAULT_ANY_CLASS, FAULT_OPTIONAL.
 */
#define KIND_UNDEFINED 3
#define KIND_BREAKPOINT 4
#define CLASS_UNKNOWN 0x00
#define CLASS_SYSTEM 0x18
#define CLASS_BREAKPOINT 0x3c
#define CLASS_ANY 0x100
#define CLASS_OPTIONAL 0x200

	.arch_extension lse
	.arch_extension fp

	.macro TRY kind, class, instruction:vararg
	.section .text.faults, "ax", %progbits
	.balign	4
7701:	\instruction
	ret
	.section .rodata.faults_names, "a", %progbits
7702:	.asciz	"\instruction"
	.section .rodata.faults, "a", %progbits
7703:	.word	7701b - 7703b
	.word	7702b - 7703b
	.word	\kind
	.word	\class
	.endm

	.macro UNDEFINED instruction:vararg
	TRY	KIND_UNDEFINED, CLASS_UNKNOWN, \instruction
	.endm
	.macro TRAPPED instruction:vararg
	TRY	KIND_UNDEFINED, CLASS_SYSTEM, \instruction
	.endm
	.macro REFUSED instruction:vararg
	TRY	KIND_UNDEFINED, CLASS_ANY, \instruction
	.endm
	.macro OPTIONAL instruction:vararg
	TRY	KIND_UNDEFINED, CLASS_OPTIONAL, \instruction
	.endm
	.macro BREAKPOINT instruction:vararg
	TRY	KIND_BREAKPOINT, CLASS_BREAKPOINT, \instruction
	.endm

	.section .rodata.faults, "a", %progbits
	.balign	4
	.global	fault_tries
	.hidden	fault_tries
fault_tries:

	BREAKPOINT brk #0
	BREAKPOINT brk #1
	BREAKPOINT brk #0xf000
	BREAKPOINT brk #0xffff

	/* Calls to whoever is above; at EL0 they do not exist. */
	UNDEFINED hvc #0
	UNDEFINED hvc #0xffff
	UNDEFINED smc #0
	UNDEFINED smc #0xffff
	UNDEFINED hlt #0
	UNDEFINED hlt #0xf000
	UNDEFINED dcps1
	UNDEFINED dcps2
	UNDEFINED dcps3
	UNDEFINED eret
	UNDEFINED drps

	/* No instruction at all. */
	UNDEFINED udf #0
	UNDEFINED udf #0xffff
	UNDEFINED .inst 0xffffffff
	UNDEFINED .inst 0xd503f01f
	UNDEFINED .inst 0xd4000004

	/* Processor state. */
	TRAPPED msr daifset, #0xf
	TRAPPED msr daifclr, #0xf
	TRAPPED mrs x0, daif
	TRAPPED msr daif, x0
	UNDEFINED msr spsel, #0
	UNDEFINED msr spsel, #1
	UNDEFINED mrs x0, spsel
	UNDEFINED mrs x0, currentel
	UNDEFINED mrs x0, sp_el0
	UNDEFINED msr sp_el0, x0
	UNDEFINED .inst 0xd500419f /* msr pan, #1 */
	UNDEFINED .inst 0xd500417f /* msr uao, #1 */

	/* EL1. */
	.irp register, sctlr_el1, cpacr_el1, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, vbar_el1, \
		elr_el1, spsr_el1, esr_el1, far_el1, par_el1, tpidr_el1, contextidr_el1, \
		afsr0_el1, amair_el1, csselr_el1, cntkctl_el1
	UNDEFINED mrs x0, \register
	UNDEFINED msr \register, x0
	.endr
	.irp register, midr_el1, mpidr_el1, revidr_el1, aidr_el1, ccsidr_el1, clidr_el1, isr_el1, \
		id_aa64pfr0_el1, id_aa64mmfr0_el1, id_aa64isar0_el1, id_aa64dfr0_el1, id_pfr0_el1
	REFUSED mrs x0, \register
	.endr
	UNDEFINED msr tpidrro_el0, x0
	UNDEFINED mrs x0, sp_el1
	UNDEFINED msr sp_el1, x0

	/* EL2 and EL3. */
	.irp register, hcr_el2, sctlr_el2, cptr_el2, mdcr_el2, hstr_el2, vttbr_el2, vtcr_el2, \
		ttbr0_el2, tcr_el2, mair_el2, vbar_el2, elr_el2, spsr_el2, esr_el2, far_el2, \
		hpfar_el2, tpidr_el2, vpidr_el2, vmpidr_el2, cnthctl_el2, cntvoff_el2, \
		cnthp_ctl_el2, cnthp_cval_el2, sp_el2, \
		scr_el3, sctlr_el3, cptr_el3, mdcr_el3, vbar_el3, elr_el3, spsr_el3, ttbr0_el3
	UNDEFINED mrs x0, \register
	UNDEFINED msr \register, x0
	.endr

	/* Time. */
	TRAPPED mrs x0, cntpct_el0
	.irp register, cntp_ctl_el0, cntp_cval_el0, cntp_tval_el0, cntv_ctl_el0, cntv_cval_el0, \
		cntv_tval_el0
	TRAPPED mrs x0, \register
	TRAPPED msr \register, x0
	.endr
	REFUSED msr cntfrq_el0, x0

	/* Performance monitors. */
	.irp register, pmcr_el0, pmcntenset_el0, pmcntenclr_el0, pmovsclr_el0, pmselr_el0, \
		pmccntr_el0, pmxevtyper_el0, pmxevcntr_el0, pmevcntr0_el0, pmevtyper0_el0, \
		pmccfiltr_el0, pmuserenr_el0
	REFUSED mrs x0, \register
	REFUSED msr \register, x0
	.endr
	REFUSED msr pmswinc_el0, x0
	REFUSED mrs x0, pmceid0_el0
	REFUSED msr pmintenset_el1, x0

	/* Debug. */
	.irp register, mdscr_el1, dbgbvr0_el1, dbgbcr0_el1, dbgwvr0_el1, dbgwcr0_el1, osdlr_el1, \
		dbgclaimset_el1
	REFUSED mrs x0, \register
	REFUSED msr \register, x0
	.endr
	REFUSED msr oslar_el1, x0
	REFUSED mrs x0, oslsr_el1
	REFUSED mrs x0, mdrar_el1
	REFUSED mrs x0, mdccsr_el0
	REFUSED mrs x0, dbgdtrrx_el0
	REFUSED msr dbgdtrtx_el0, x0
	REFUSED mrs x0, dbgdtr_el0

	/* The interrupt controller. */
	.irp number, s3_0_c4_c6_0, s3_0_c12_c12_3, s3_0_c12_c12_4, s3_0_c12_c12_7, s3_4_c12_c9_5, \
		s3_4_c12_c11_0
	UNDEFINED mrs x0, \number
	UNDEFINED msr \number, x0
	.endr
	UNDEFINED mrs x0, s3_0_c12_c12_0
	UNDEFINED msr s3_0_c12_c12_1, x0
	UNDEFINED msr s3_0_c12_c11_5, x0

	/* Registers that nobody has. */
	UNDEFINED mrs x0, s3_7_c15_c15_7
	UNDEFINED msr s3_7_c15_c15_7, x0
	UNDEFINED mrs x0, s2_7_c15_c15_7

	/* Translations, caches by set and way, whole instruction caches. */
	UNDEFINED tlbi vmalle1
	UNDEFINED tlbi vmalle1is
	UNDEFINED tlbi vae1is, x0
	UNDEFINED tlbi aside1, x0
	UNDEFINED tlbi vmalls12e1is
	UNDEFINED tlbi ipas2e1is, x0
	UNDEFINED tlbi alle1is
	UNDEFINED tlbi alle2
	UNDEFINED tlbi vae2is, x0
	UNDEFINED tlbi alle3
	UNDEFINED dc isw, x0
	UNDEFINED dc csw, x0
	UNDEFINED dc cisw, x0
	UNDEFINED dc ivac, x0
	UNDEFINED ic iallu
	UNDEFINED ic ialluis
	UNDEFINED at s1e0r, x0
	UNDEFINED at s1e1r, x0
	UNDEFINED at s12e1w, x0
	UNDEFINED at s1e2r, x0
	UNDEFINED at s1e3w, x0

	/* What this processor does not have, or the kernel does not give. */
	OPTIONAL .inst 0x04e0e3e0 /* cntd x0 */
	OPTIONAL .inst 0x2518e3e0 /* ptrue p0.b */
	OPTIONAL .inst 0x04bf5820 /* rdsvl x0, #1 */
	OPTIONAL .inst 0xd503477f /* smstart */
	OPTIONAL ldadd x1, x2, [x3]
	OPTIONAL swpal x1, x2, [x3]
	OPTIONAL .inst 0xd9200860 /* stg x0, [x3] */
	OPTIONAL .inst 0xd53b2400 /* mrs x0, rndr */

	.section .rodata.faults, "a", %progbits
	.global	fault_tries_end
	.hidden	fault_tries_end
fault_tries_end:

	.section .text.fault_functions, "ax", %progbits
	.macro FUNCTION name
	.balign	4
	.global	\name
	.hidden	\name
	.type	\name, %function
\name:
	.endm

/* Push until the stack is at its end. To go on behind the fault is to leave. */
	FUNCTION fault_overflow_stack
	mov	x9, sp
	FUNCTION fault_overflow_stack_push
	stp	x29, x30, [sp, #-16]!
	b	fault_overflow_stack_push
	.size	fault_overflow_stack, . - fault_overflow_stack
	FUNCTION fault_overflow_stack_leave
	mov	sp, x9
	ret

/* Load with a stack pointer that is not a multiple of 16. */
	FUNCTION fault_misaligned_stack
	mov	x9, sp
	sub	x10, x9, #8
	mov	sp, x10
	FUNCTION fault_misaligned_stack_load
	ldr	x1, [sp]
	FUNCTION fault_misaligned_stack_leave
	mov	sp, x9
	ret

/* x0 = address: an exclusive load there. */
	FUNCTION fault_load_exclusive
	ldxr	x1, [x0]
	ret

/* Nothing but faults, of two kinds in turn; no stack is used. */
	FUNCTION fault_for_ever
	brk	#1
	b	fault_for_ever

/*
 * x0 = argument. Put the numbers of the registers into them, and fault. Where it goes on sp is
 * where all registers are to be written: x0-x30, NZCV, TPIDR_EL0.
 */
	FUNCTION fault_with_registers
	mov	x1, #0x3000
	msr	tpidr_el0, x1
	mov	w1, #0xa0000000
	msr	nzcv, x1
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #0x1000 + \n
	.endr
	FUNCTION fault_with_registers_place
	brk	#2
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	str	x\n, [sp, #8 * \n]
	.endr
	.irp	n, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29
	str	x\n, [sp, #8 * \n]
	.endr
	str	x30, [sp, #8 * 30]
	mrs	x0, nzcv
	mrs	x1, tpidr_el0
	stp	x0, x1, [sp, #8 * 31]
	FUNCTION fault_with_registers_end
	brk	#3
	b	fault_with_registers_end

	.section .note.GNU-stack, "", %progbits
