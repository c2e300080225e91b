/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the records of a log must keep to beyond their macs. */
#include "tools/audit/rules.h"
#include "tools/audit/memory.h"
#include "tools/audit/names.h"

#include <ruvix/kinds.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_UNUSED 0x80u

void rules_init(struct rules *rules, const uint8_t *log_id, uint64_t boot)
{
	*rules = (struct rules){ .boot = boot };
	memcpy(rules->log_id, log_id, CHAIN_ID_BYTES);
}

void rules_fini(struct rules *rules)
{
	free(rules->open);
	rules->open = NULL;
}

static const char *attestation_fault(const struct rules *rules, const struct rvx_witness *record)
{
	uint8_t id[CHAIN_ID_BYTES];

	if (record->kind != RVX_WITNESS_BOOT_ATTESTATION)
		return record->sequence == 0 ? "the first record is no BootAttestation" : NULL;
	if (record->sequence != 0)
		return "BootAttestation stands inside a log";
	memcpy(id, &record->p0, sizeof(record->p0));
	memcpy(id + sizeof(record->p0), &record->p1, sizeof(record->p1));
	if (record->object != rules->boot)
		return "BootAttestation names another boot";
	if (memcmp(id, rules->log_id, sizeof(id)) != 0)
		return "BootAttestation names another log";
	return NULL;
}

static const char *form_fault(const struct rvx_witness *record)
{
	if (name_of_kind(record->kind) == NULL)
		return "the kind of record is unknown";
	if ((record->class_ & CLASS_UNUSED) != 0)
		return "the record's class has an unknown bit";
	if ((record->flags & ~RVX_WITNESS_BY_SERVER) != 0)
		return "the record has an unknown flag";
	if ((record->flags & RVX_WITNESS_BY_SERVER) != 0 && !kind_is_for_servers(record->kind))
		return "a server emitted a record of the kernel's kind";
	return NULL;
}

static size_t open_find(const struct rules *rules, const struct rvx_witness *record)
{
	size_t i = 0;

	while (i < rules->open_count &&
	       (rules->open[i].kind != record->kind || rules->open[i].object != record->object))
		i++;
	return i;
}

static const char *begin(struct rules *rules, const struct rvx_witness *record)
{
	if (open_find(rules, record) != rules->open_count)
		return "what had begun already begins again";
	if (rules->open_count == rules->open_room) {
		rules->open_room = rules->open_room == 0 ? 8 : rules->open_room * 2;
		rules->open = memory_resize(rules->open, rules->open_room, sizeof(*rules->open));
	}
	rules->open[rules->open_count++] = (struct rules_open){
		.sequence = record->sequence,
		.object = record->object,
		.kind = record->kind,
	};
	return NULL;
}

static const char *end(struct rules *rules, const struct rvx_witness *record)
{
	size_t i = open_find(rules, record);

	if (i == rules->open_count)
		return "the end of what had not begun";
	rules->open_count--;
	memmove(&rules->open[i], &rules->open[i + 1],
		(rules->open_count - i) * sizeof(*rules->open));
	return NULL;
}

const char *rules_next(struct rules *rules, const struct rvx_witness *record)
{
	const char *fault = form_fault(record);

	if (fault == NULL)
		fault = attestation_fault(rules, record);
	if (fault != NULL)
		return fault;
	if (record->time < rules->time)
		return "time went back";
	rules->time = record->time;

	switch (record->class_ & RVX_WITNESS_OUTCOME) {
	case RVX_WITNESS_BEGIN:
		return begin(rules, record);
	case RVX_WITNESS_END:
		return end(rules, record);
	default:
		return NULL;
	}
}
