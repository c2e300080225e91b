/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Names for the numbers in records. */
#include "tools/audit/names.h"

#include <ruvix/kinds.h>
#include <ruvix/numbers.h>
#include <ruvix/status.h>
#include <ruvix/types.h>
#include <ruvix/witness.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	uint16_t kind;
	bool for_servers;
} kinds[] = {
#define X(name, number, user) { #name, number, user },
	RVX_WITNESS_KIND_LIST(X)
#undef X
};

static const char *nth(const char *const *names, size_t count, uint64_t n)
{
	return n < count && names[n] != NULL ? names[n] : "?";
}

const char *name_of_kind(uint16_t kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	return NULL;
}

bool kind_is_for_servers(uint16_t kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].for_servers;
	}
	return false;
}

uint16_t kind_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	}
	return 0;
}

const char *name_of_status(int32_t status)
{
	switch (status) {
#define X(name, value, text) \
	case value: \
		return #name;
		RVX_STATUS_LIST(X)
#undef X
	default:
		return "?";
	}
}

const char *name_of_call(uint32_t number)
{
	switch (number) {
#define X(name, value) \
	case value: \
		return #name;
		RVX_SYS_LIST(X)
#undef X
	default:
		return "?";
	}
}

const char *name_of_fault(uint64_t fault)
{
	static const char *const names[] = {
		[RVX_FAULT_DATA] = "data",	     [RVX_FAULT_INSTRUCTION] = "instruction",
		[RVX_FAULT_UNDEFINED] = "undefined", [RVX_FAULT_BREAKPOINT] = "breakpoint",
		[RVX_FAULT_ALIGNMENT] = "alignment", [RVX_FAULT_SYSTEM_CALL] = "system call",
		[RVX_FAULT_OTHER] = "other",	     [RVX_FAULT_BUDGET] = "budget",
	};

	return nth(names, COUNT(names), fault);
}

const char *name_of_stage(uint64_t stage)
{
	static const char *const names[] = {
		[RVX_STAGE_RESET_ENTRY] = "ResetEntry",
		[RVX_STAGE_HARDWARE_DETECTED] = "HardwareDetected",
		[RVX_STAGE_CONSOLE_READY] = "ConsoleReady",
		[RVX_STAGE_MMU_ON] = "MmuOn",
		[RVX_STAGE_EL2_CONFIGURED] = "El2Configured",
		[RVX_STAGE_KERNEL_OBJECTS_READY] = "KernelObjectsReady",
		[RVX_STAGE_BOOT_COMPLETE] = "BootComplete",
		[RVX_STAGE_FIRST_PARTITION_CREATED] = "FirstPartitionCreated",
	};
	_Static_assert(COUNT(names) == RVX_STAGE_COUNT, "every stage has its name");

	return nth(names, COUNT(names), stage);
}

const char *name_of_type(uint32_t type)
{
	static const char *const names[] = {
		[RVX_OBJECT_UNTYPED] = "Untyped",     [RVX_OBJECT_CAPTABLE] = "CapTable",
		[RVX_OBJECT_PARTITION] = "Partition", [RVX_OBJECT_TASK] = "Task",
		[RVX_OBJECT_REGION] = "Region",	      [RVX_OBJECT_EDGE] = "Edge",
		[RVX_OBJECT_TELEMETRY] = "Telemetry", [RVX_OBJECT_WITNESS_LOG] = "WitnessLog",
		[RVX_OBJECT_MACHINE] = "Machine",     [RVX_OBJECT_LEASE] = "Lease",
	};

	return nth(names, COUNT(names), type);
}

const char *name_of_partition_state(uint64_t state)
{
	static const char *const names[] = {
		[RVX_PARTITION_CREATED] = "created",
		[RVX_PARTITION_RUNNING] = "running",
		[RVX_PARTITION_SUSPENDED] = "suspended",
		[RVX_PARTITION_RECOVERY] = "recovering",
	};

	return nth(names, COUNT(names), state);
}

const char *name_of_outcome(uint8_t class_)
{
	switch (class_ & RVX_WITNESS_OUTCOME) {
	case RVX_WITNESS_DENIED:
		return "denied";
	case RVX_WITNESS_BEGIN:
		return "begin";
	case RVX_WITNESS_END:
		return "end";
	default:
		return "allowed";
	}
}

const char *rights_text(uint32_t rights, char text[RIGHTS_TEXT_BYTES])
{
	static const char letters[] = "RWGVXPO";

	for (uint32_t i = 0; i < RIGHTS_TEXT_BYTES - 1; i++)
		text[i] = (rights >> i & 1) != 0 ? letters[i] : '-';
	text[RIGHTS_TEXT_BYTES - 1] = '\0';
	return text;
}
