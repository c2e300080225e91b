/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The probes: x0 = address, x1 = value. What is read comes back in x0. */
	.arch_extension fp
	.section .text.probe, "ax", %progbits

	.macro PROBE name, instruction:vararg
	.global	probe_\name
	.hidden	probe_\name
	.type	probe_\name, %function
probe_\name:
	\instruction
	ret
	.size	probe_\name, . - probe_\name
	.endm

	PROBE	READ, ldr x0, [x0]
	PROBE	READ_BYTE, ldrb w0, [x0]
	PROBE	READ_PAIR, ldp x0, x2, [x0]
	PROBE	READ_EXCLUSIVE, ldxr x0, [x0]
	PROBE	READ_ACQUIRE, ldar x0, [x0]
	PROBE	READ_VECTOR, ldr q0, [x0]
	PROBE	WRITE, str x1, [x0]
	PROBE	WRITE_BYTE, strb w1, [x0]
	PROBE	WRITE_PAIR, stp x1, x1, [x0]
	PROBE	WRITE_RELEASE, stlr x1, [x0]
	PROBE	WRITE_VECTOR, str q0, [x0]
	PROBE	ZERO_LINE, dc zva, x0
	PROBE	EXECUTE, br x0

	.section .note.GNU-stack, "", %progbits
