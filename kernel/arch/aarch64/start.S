/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The first instructions. The image begins with the 64-byte header of arm64 Linux images, so
 * that loaders put it where it asks, and give x0 = device tree.
 *
 * Entry: EL2, MMU and caches off, interrupts masked, x0 = device tree.
 */
#include "kernel/arch/aarch64/offsets.h"

	.section .text.start, "ax"
	.global	aarch64_start
aarch64_start:
	b	begin
	.word	0
	.quad	0x80000			/* text_offset from the start of RAM */
	.quad	image_size
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in RAM */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.word	0

begin:
	mrs	x1, cntvct_el0		/* the time of reset entry, kept for its record */
	msr	daifset, #0xf
	mrs	x2, CurrentEL
	cmp	x2, #(2 << 2)
	b.ne	wrong_level
	adrp	x3, bss_start
	add	x3, x3, :lo12:bss_start
	adrp	x4, bss_end
	add	x4, x4, :lo12:bss_end
1:	cmp	x3, x4			/* both are multiples of 64 */
	b.hs	2f
	stp	xzr, xzr, [x3, #16]
	stp	xzr, xzr, [x3, #32]
	stp	xzr, xzr, [x3, #48]
	stp	xzr, xzr, [x3], #64
	b	1b
2:	adrp	x5, boot_stack_top
	add	x5, x5, :lo12:boot_stack_top
	mov	sp, x5
	mov	x29, xzr
	mov	x30, xzr
	b	aarch64_boot

/*
 * A further core. Entry: EL2, MMU and caches off, interrupts masked, x0 = its struct core, which
 * was written by a core with caches on, and so is looked at only when this one's are on too.
 */
	.global	aarch64_start_core
aarch64_start_core:
	msr	daifset, #0xf
	mov	x19, x0
	bl	aarch64_mmu_on
	ldr	x1, [x19, #CORE_STACK_TOP]
	mov	sp, x1
	mov	x0, x19
	mov	x29, xzr
	mov	x30, xzr
	b	aarch64_boot_core

/* Turn translation and caches on. Changes x1 to x4. */
	.global	aarch64_mmu_on
aarch64_mmu_on:
	adrp	x1, aarch64_mmu
	add	x1, x1, :lo12:aarch64_mmu
	ldp	x2, x3, [x1]
	msr	mair_el2, x2
	msr	tcr_el2, x3
	ldp	x2, x3, [x1, #16]
	msr	ttbr0_el2, x2
	dsb	sy
	tlbi	alle2
	dsb	sy
	isb
	msr	sctlr_el2, x3
	isb
	ret

/* Not at EL2: nothing can be printed yet; stop where a debugger sees it. */
wrong_level:
	wfe
	b	wrong_level
