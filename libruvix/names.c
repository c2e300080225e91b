/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Made of the lists in abi/ where there is one, so that a new number has its name at once. */
#include "libruvix/names.h"

#include <ruvix/status.h>
#include <ruvix/types.h>

const char *rvx_status_name(int64_t status)
{
	switch (status) {
#define STATUS_NAME(name, value, text) \
	case value: \
		return #name;
		RVX_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
	default:
		return "?";
	}
}

const char *rvx_status_text(int64_t status)
{
	switch (status) {
#define STATUS_TEXT(name, value, text) \
	case value: \
		return text;
		RVX_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
	default:
		return "?";
	}
}

const char *rvx_fault_name(uint64_t fault)
{
	switch (fault) {
	case RVX_FAULT_DATA:
		return "data access";
	case RVX_FAULT_INSTRUCTION:
		return "instruction fetch";
	case RVX_FAULT_UNDEFINED:
		return "undefined instruction";
	case RVX_FAULT_BREAKPOINT:
		return "breakpoint";
	case RVX_FAULT_ALIGNMENT:
		return "misaligned access";
	case RVX_FAULT_SYSTEM_CALL:
		return "SMC or HVC";
	case RVX_FAULT_OTHER:
		return "other";
	case RVX_FAULT_BUDGET:
		return "budget used up";
	default:
		return "?";
	}
}
