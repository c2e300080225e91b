/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Records and state entries in words. */
#include "tools/audit/describe.h"
#include "tools/audit/names.h"

#include <inttypes.h>
#include <ruvix/kinds.h>
#include <stddef.h>
#include <stdio.h>

#define NANOSECONDS 1000000000u
#define FREQUENCY_MAX 10000000000u /* above it nanoseconds would not fit */

#define PLACE_FORMAT "table %" PRIu32 " slot %" PRIu32
#define PLACE_ARGUMENTS(word) RVX_PLACE_TABLE(word), RVX_PLACE_SLOT(word)

enum form {
	FORM_NOTHING,
	FORM_NUMBER,
	FORM_HEX,
	FORM_ID,
	FORM_PLACE,
	FORM_PLACE_RIGHTS, /* and end */
	FORM_PLACE_TYPE,   /* and rights */
	FORM_PLACE_END,
	FORM_PLACE_SIZE,
	FORM_MAPPING,
	FORM_REFUSAL,
	FORM_FAULT,
	FORM_STAGE,
	FORM_DEVICE,
	FORM_PAIR /* two 32-bit numbers */
};

struct word {
	const char *label;
	enum form form;
};

static const struct {
	uint16_t kind;
	struct word p0, p1;
} words[] = {
	{ RVX_WITNESS_PARTITION_CREATE, { "at", FORM_PLACE_SIZE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_PARTITION_DESTROY, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_CAPABILITY_GRANT, { "to", FORM_PLACE_RIGHTS }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_CAPABILITY_REVOKE, { "at", FORM_PLACE }, { "deleted", FORM_NUMBER } },
	{ RVX_WITNESS_CAPABILITY_DELEGATE, { "to", FORM_PLACE_RIGHTS }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_CAPABILITY_MOVE, { "to", FORM_PLACE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_CAPABILITY_DELETE, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_UNTYPED_CREATE, { "at", FORM_PLACE_SIZE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_CAP_TABLE_CREATE, { "at", FORM_PLACE_SIZE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_CAP_TABLE_DESTROY, { "at", FORM_PLACE }, { "deleted", FORM_NUMBER } },
	{ RVX_WITNESS_UNTYPED_DESTROY, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_BOOT_CAPABILITY, { "at", FORM_PLACE_TYPE }, { "size", FORM_NUMBER } },
	{ RVX_WITNESS_REGION_CREATE, { "at", FORM_PLACE_SIZE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_REGION_DESTROY, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_REGION_MAP, { "by", FORM_PLACE }, { "in", FORM_MAPPING } },
	{ RVX_WITNESS_REGION_UNMAP, { "by", FORM_PLACE }, { "in", FORM_MAPPING } },
	{ RVX_WITNESS_REGION_PROTECT, { "by", FORM_PLACE }, { "in", FORM_MAPPING } },
	{ RVX_WITNESS_COMM_EDGE_CREATE, { "at", FORM_PLACE_SIZE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_COMM_EDGE_DESTROY, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_COMM_EDGE_BIND, { "by", FORM_PLACE_END }, { "to task", FORM_ID } },
	{ RVX_WITNESS_DEVICE_LEASE_GRANT, { "device", FORM_DEVICE }, { "until", FORM_NUMBER } },
	{ RVX_WITNESS_DEVICE_LEASE_REVOKE, { "end was", FORM_NUMBER }, { "in", FORM_MAPPING } },
	{ RVX_WITNESS_DEVICE_LEASE_EXPIRE, { "end was", FORM_NUMBER }, { "in", FORM_MAPPING } },
	{ RVX_WITNESS_DEVICE_LEASE_RENEW, { "until", FORM_NUMBER }, { "was", FORM_NUMBER } },
	{ RVX_WITNESS_DEVICE_LEASE_CREATE, { "at", FORM_PLACE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_DEVICE_LEASE_DESTROY, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_DEVICE_LEASE_BIND, { "by", FORM_PLACE }, { "to task", FORM_ID } },
	{ RVX_WITNESS_DEVICE_LEASE_RESET, { "device", FORM_DEVICE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_PROOF_REJECTED, { "first", FORM_REFUSAL }, { "count", FORM_NUMBER } },
	{ RVX_WITNESS_TASK_SPAWN, { "at", FORM_PLACE }, { "from", FORM_PLACE } },
	{ RVX_WITNESS_TASK_TERMINATE, { "at", FORM_PLACE }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_TASK_FAULT, { "first", FORM_FAULT }, { "address", FORM_HEX } },
	{ RVX_WITNESS_TASK_BIND, { "to partition", FORM_ID }, { "table", FORM_ID } },
	{ RVX_WITNESS_TASK_START, { "pc", FORM_HEX }, { "sp", FORM_HEX } },
	{ RVX_WITNESS_TASK_RESUME, { "pc", FORM_HEX }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_TASK_REGISTERS, { "group", FORM_NUMBER }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_TASK_SCHEDULE,
	  { "budget/period", FORM_PAIR },
	  { "deadline/flags", FORM_PAIR } },
	{ RVX_WITNESS_TASK_SUPERVISE, { "by task", FORM_ID }, { "badge", FORM_HEX } },
	{ RVX_WITNESS_BOOT_COMPLETE, { "ticks", FORM_NUMBER }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_BOOT_STAGE, { "stage", FORM_STAGE }, { "ticks", FORM_NUMBER } },
	{ RVX_WITNESS_MACHINE_OFF, { "status", FORM_NUMBER }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_VMID_RECLAIM, { "generation", FORM_NUMBER }, { NULL, FORM_NOTHING } },
	{ RVX_WITNESS_CREDIT_GRANT, { "credits", FORM_NUMBER }, { NULL, FORM_NOTHING } },
};

static int describe_place(char *text, size_t room, enum form form, uint64_t word)
{
	char rights[RIGHTS_TEXT_BYTES];
	uint32_t low = RVX_PLACE_LOW(word);

	switch (form) {
	case FORM_PLACE_RIGHTS:
		return snprintf(text, room, PLACE_FORMAT " rights %s end %" PRIu32,
				PLACE_ARGUMENTS(word), rights_text(low, rights), low >> 8 & 1);
	case FORM_PLACE_TYPE:
		return snprintf(text, room, PLACE_FORMAT " %s rights %s", PLACE_ARGUMENTS(word),
				name_of_type(low >> 8), rights_text(low, rights));
	case FORM_PLACE_END:
		return snprintf(text, room, PLACE_FORMAT " end %" PRIu32, PLACE_ARGUMENTS(word),
				low >> 8 & 1);
	case FORM_PLACE_SIZE:
		return snprintf(text, room, PLACE_FORMAT " [%" PRIu32 "]", PLACE_ARGUMENTS(word),
				low);
	default:
		return snprintf(text, room, PLACE_FORMAT, PLACE_ARGUMENTS(word));
	}
}

static int describe_mapping(char *text, size_t room, uint64_t word)
{
	char rights[RIGHTS_TEXT_BYTES];

	return snprintf(text, room, "partition %" PRIu32 " at 0x%" PRIx64 " rights %s",
			RVX_MAPPING_PARTITION(word), RVX_MAPPING_ADDRESS(word),
			rights_text(RVX_MAPPING_RIGHTS(word), rights));
}

static int describe_word(char *text, size_t room, enum form form, uint64_t word)
{
	uint32_t high = (uint32_t)(word >> 32), low = (uint32_t)word;

	switch (form) {
	case FORM_NUMBER:
		return snprintf(text, room, "%" PRIu64, word);
	case FORM_HEX:
	case FORM_ID:
		return snprintf(text, room, "0x%" PRIx64, word);
	case FORM_MAPPING:
		return describe_mapping(text, room, word);
	case FORM_REFUSAL:
		return snprintf(text, room, "%s: %s", name_of_call(high),
				name_of_status((int32_t)low));
	case FORM_FAULT:
		return snprintf(text, room, "%s count %" PRIu32, name_of_fault(high), low);
	case FORM_STAGE:
		return snprintf(text, room, "%s", name_of_stage(word));
	case FORM_DEVICE:
		return snprintf(text, room, "0x%" PRIx64 " pages %" PRIu32 " interrupt %" PRIu32,
				RVX_LEASE_ADDRESS(word), RVX_LEASE_PAGES(word),
				RVX_LEASE_INTERRUPT(word));
	case FORM_PAIR:
		return snprintf(text, room, "%" PRIu32 "/%" PRIu32, high, low);
	default:
		return describe_place(text, room, form, word);
	}
}

const char *describe_words(const struct rvx_witness *record, char text[DESCRIBE_BYTES])
{
	struct word p0 = { "p0", FORM_HEX }, p1 = { "p1", FORM_HEX };
	size_t used = 0;

	if (name_of_kind(record->kind) == NULL || (record->p0 | record->p1) == 0)
		p0.form = p1.form = FORM_NOTHING;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].kind == record->kind) {
			p0 = words[i].p0;
			p1 = words[i].p1;
		}
	}
	text[0] = '\0';
	if (p0.form != FORM_NOTHING) {
		used += (size_t)snprintf(text, DESCRIBE_BYTES, "%s ", p0.label);
		used += (size_t)describe_word(text + used, DESCRIBE_BYTES - used, p0.form,
					      record->p0);
	}
	if (p1.form != FORM_NOTHING) {
		used += (size_t)snprintf(text + used, DESCRIBE_BYTES - used, "%s%s ",
					 used == 0 ? "" : ", ", p1.label);
		(void)describe_word(text + used, DESCRIBE_BYTES - used, p1.form, record->p1);
	}
	return text;
}

const char *describe_time(uint64_t ticks, uint64_t frequency, char text[DESCRIBE_TIME_BYTES])
{
	if (frequency == 0 || frequency > FREQUENCY_MAX)
		(void)snprintf(text, DESCRIBE_TIME_BYTES, "%" PRIu64, ticks);
	else
		(void)snprintf(text, DESCRIBE_TIME_BYTES, "%" PRIu64 ".%09" PRIu64 "s",
			       ticks / frequency, ticks % frequency * NANOSECONDS / frequency);
	return text;
}

const char *describe_actor(uint32_t actor, char text[DESCRIBE_TIME_BYTES])
{
	if (actor == 0)
		(void)snprintf(text, DESCRIBE_TIME_BYTES, "kernel");
	else
		(void)snprintf(text, DESCRIBE_TIME_BYTES, "%" PRIu32 ".%" PRIu32, actor >> 16,
			       actor & 0xffffu);
	return text;
}

static int describe_detail(const struct rvx_state_entry *entry, char *text, size_t room)
{
	uint64_t first = entry->detail[0], second = entry->detail[1];
	int used;

	switch (entry->type & 0xffu) {
	case RVX_OBJECT_UNTYPED:
		return snprintf(text, room, " 2^%" PRIu64 " bytes", first);
	case RVX_OBJECT_CAPTABLE:
		return snprintf(text, room, " 2^%" PRIu64 " slots", first);
	case RVX_OBJECT_REGION:
		return snprintf(text, room, " %" PRIu64 " pages", first);
	case RVX_OBJECT_PARTITION:
		return snprintf(text, room, " number %" PRIu64 ".%" PRIu64 " %s", first >> 16,
				first & 0xffffu, name_of_partition_state(second));
	case RVX_OBJECT_TASK:
		return snprintf(text, room, " in partition 0x%" PRIx64 " table 0x%" PRIx64, first,
				second);
	case RVX_OBJECT_EDGE:
		return snprintf(text, room, " of tasks 0x%" PRIx64 " and 0x%" PRIx64, first,
				second);
	case RVX_OBJECT_LEASE:
		used = snprintf(text, room, " state %" PRIu32 " ", RVX_LEASE_STATE(first));
		return used + describe_word(text + used, room - (size_t)used, FORM_DEVICE, first);
	default:
		return 0;
	}
}

const char *describe_entry(const struct rvx_state_entry *entry, char text[DESCRIBE_BYTES])
{
	char rights[RIGHTS_TEXT_BYTES];
	size_t used;

	if (entry == NULL) {
		(void)snprintf(text, DESCRIBE_BYTES, "nothing");
		return text;
	}
	used = (size_t)snprintf(text, DESCRIBE_BYTES,
				"%s 0x%" PRIx64 "%s rights %s end %" PRIu32 " level %" PRIu32,
				name_of_type((uint32_t)entry->type & 0xffu), entry->object,
				(entry->type & RVX_STATE_MASTER) != 0 ? " master" : "",
				rights_text(RVX_PLACE_LOW(entry->place), rights),
				RVX_PLACE_LOW(entry->place) >> 8 & 1, RVX_STATE_LEVEL(entry->type));
	if ((entry->type & RVX_STATE_MASTER) != 0)
		used += (size_t)describe_detail(entry, text + used, DESCRIBE_BYTES - used);
	else if ((entry->detail[0] | entry->detail[1]) != 0)
		used += (size_t)snprintf(text + used, DESCRIBE_BYTES - used,
					 " detail 0x%" PRIx64 " 0x%" PRIx64, entry->detail[0],
					 entry->detail[1]);
	if (entry->mapping != 0) {
		used += (size_t)snprintf(text + used, DESCRIBE_BYTES - used, " mapped in ");
		(void)describe_mapping(text + used, DESCRIBE_BYTES - used, entry->mapping);
	}
	return text;
}
