/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* System registers of AArch64 and the bits we use (Arm ARM, DDI 0487, chapter D). */
#ifndef KERNEL_AARCH64_REGISTERS_H
#define KERNEL_AARCH64_REGISTERS_H

#include <stdint.h>

#define READ_REGISTER(name) \
	({ \
		uint64_t value_; \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)); \
		value_; \
	})
#define WRITE_REGISTER(name, value) \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

#define HCR_VM ((uint64_t)1 << 0)
#define HCR_FMO ((uint64_t)1 << 3)
#define HCR_IMO ((uint64_t)1 << 4)
#define HCR_AMO ((uint64_t)1 << 5)
#define HCR_DC ((uint64_t)1 << 12)
#define HCR_TGE ((uint64_t)1 << 27)
#define HCR_RW ((uint64_t)1 << 31)

#define SCTLR_M ((uint64_t)1 << 0)
#define SCTLR_C ((uint64_t)1 << 2)
#define SCTLR_SA ((uint64_t)1 << 3)
#define SCTLR_I ((uint64_t)1 << 12)
#define SCTLR_WXN ((uint64_t)1 << 19)
#define SCTLR_EL2_RES1 ((uint64_t)0x30c50830)

/*
 * SCTLR_EL1 as EL0 feels it: cache operations and WFE open, WFI trapped, sp checked for its
 * alignment, the rest as at reset.
 */
#define SCTLR_EL1_RES1 ((uint64_t)0x30500800)
#define SCTLR_EL1_SA0 ((uint64_t)1 << 4)
#define SCTLR_EL1_DZE ((uint64_t)1 << 14)
#define SCTLR_EL1_UCT ((uint64_t)1 << 15)
#define SCTLR_EL1_NTWE ((uint64_t)1 << 18)
#define SCTLR_EL1_UCI ((uint64_t)1 << 26)

#define CPTR_TFP ((uint64_t)1 << 10)
#define CPTR_RES1 ((uint64_t)0x33ff) /* TZ (SVE trapped) is bit 8, TSM bit 12: both set */
#define CPACR_FPEN ((uint64_t)3 << 20)

#define ESR_CLASS(esr) ((esr) >> 26 & 0x3fu)
#define ESR_CLASS_UNKNOWN 0x00u
#define ESR_CLASS_WFX 0x01u
#define ESR_CLASS_FP 0x07u
#define ESR_CLASS_ILLEGAL 0x0eu
#define ESR_CLASS_HVC 0x16u
#define ESR_CLASS_SMC 0x17u
#define ESR_CLASS_SYSTEM 0x18u
#define ESR_CLASS_SVE 0x19u
#define ESR_CLASS_SME 0x1du
#define ESR_CLASS_INSTRUCTION_ABORT 0x20u
#define ESR_CLASS_PC_ALIGNMENT 0x22u
#define ESR_CLASS_DATA_ABORT 0x24u
#define ESR_CLASS_SP_ALIGNMENT 0x26u
#define ESR_CLASS_BREAKPOINT 0x3cu

#define ESR_ABORT_STATUS(esr) ((esr) & 0x3fu)
#define ESR_ABORT_ALIGNMENT 0x21u
/* Translation, access flag and permission faults, whose last two bits are the level. */
#define ESR_ABORT_IS_OF_ENTRY(esr) \
	(ESR_ABORT_STATUS(esr) >= 0x04u && ESR_ABORT_STATUS(esr) <= 0x0fu)
#define ESR_ABORT_WRITE ((uint64_t)1 << 6)

#endif
