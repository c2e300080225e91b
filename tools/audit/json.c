/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What an audit came to, for programs: one JSON object. Ids, places and other words of 64 bits are
 * strings in hexadecimal, because many readers keep numbers in a double.
 */
#include "tools/audit/audit.h"
#include "tools/audit/describe.h"
#include "tools/audit/names.h"

#include <inttypes.h>
#include <stdio.h>

static void print_string(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static void print_text(const char *key, const char *text)
{
	printf("\"%s\":", key);
	if (text == NULL)
		fputs("null", stdout);
	else
		print_string(text);
	putchar(',');
}

static void print_hex(const char *key, uint64_t word)
{
	printf("\"%s\":\"0x%" PRIx64 "\",", key, word);
}

static void print_number(const char *key, uint64_t number)
{
	printf("\"%s\":%" PRIu64 ",", key, number);
}

static const char *comma(size_t index)
{
	return index == 0 ? "" : ",";
}

static void print_verdict(const struct audit *audit)
{
	const struct log_report *report = &audit->report;

	print_text("verdict", audit_verdict_name(report->verdict));
	if (report->verdict == VERDICT_TAMPERED || report->verdict == VERDICT_GAP)
		print_number("at", report->at);
	else
		fputs("\"at\":null,", stdout);
	print_text("reason", report->reason);
	print_text("file", audit_source_path(audit, report->source));
	print_number("offset", report->offset);
	print_number("boot", audit->identity.boot);
	print_number("frequency", report->frequency);
	print_number("records_proved", report->count);
	print_number("segments", report->segment_count);
	print_number("from_tail", report->tail_count);
}

static void print_kinds(const struct summary *summary)
{
	size_t printed = 0;

	fputs("\"kinds\":{", stdout);
	for (uint32_t kind = 0; kind < SUMMARY_KINDS; kind++) {
		if (summary->by_kind[kind] != 0)
			printf("%s\"%s\":%zu", comma(printed++), name_of_kind((uint16_t)kind),
			       summary->by_kind[kind]);
	}
	fputs("},", stdout);
}

static void print_actor(uint32_t actor)
{
	print_number("partition", actor >> 16);
	print_number("generation", actor & 0xffffu);
}

static void print_refused(const struct summary_list *list)
{
	fputs("\"refused\":[", stdout);
	for (size_t i = 0; i < list->count; i++) {
		const struct summary_events *events = &list->events[i];

		printf("%s{", comma(i));
		print_actor(events->actor);
		print_text("first_call", name_of_call((uint32_t)(events->first.p0 >> 32)));
		print_text("first_status", name_of_status((int32_t)(uint32_t)events->first.p0));
		printf("\"count\":%" PRIu64 "}", events->count);
	}
	fputs("],", stdout);
}

static void print_faults(const struct summary_list *list)
{
	fputs("\"faults\":[", stdout);
	for (size_t i = 0; i < list->count; i++) {
		const struct summary_events *events = &list->events[i];

		printf("%s{", comma(i));
		print_actor(events->actor);
		print_text("first_fault", name_of_fault(events->first.p0 >> 32));
		print_hex("first_address", events->first.p1);
		print_hex("first_task", events->first.object);
		printf("\"count\":%" PRIu64 "}", events->count);
	}
	fputs("],", stdout);
}

static void print_open(const struct rules *rules)
{
	fputs("\"open\":[", stdout);
	for (size_t i = 0; i < rules->open_count; i++) {
		printf("%s{", comma(i));
		print_text("kind", name_of_kind(rules->open[i].kind));
		print_hex("object", rules->open[i].object);
		printf("\"since\":%" PRIu64 "}", rules->open[i].sequence);
	}
	fputs("],", stdout);
}

static void print_replay(const struct audit *audit)
{
	fputs("\"replay\":{", stdout);
	print_number("objects", audit->replay.world->object_count);
	print_number("capabilities", audit->replay.world->capability_count);
	if (audit->replay_failed) {
		print_number("at", audit->replay_at);
		print_text("reason", audit->replay.reason);
	}
	printf("\"consistent\":%s},", audit->replay_failed ? "false" : "true");
}

static void print_entry(const struct rvx_state_entry *entry)
{
	char text[DESCRIBE_BYTES];

	if (entry == NULL) {
		fputs("null", stdout);
		return;
	}
	putchar('{');
	print_number("table", RVX_PLACE_TABLE(entry->place));
	print_number("slot", RVX_PLACE_SLOT(entry->place));
	print_number("rights", RVX_PLACE_LOW(entry->place) & RVX_RIGHTS_ALL);
	print_number("end", RVX_PLACE_LOW(entry->place) >> 8);
	print_text("type", name_of_type((uint32_t)entry->type & 0xffu));
	print_hex("object", entry->object);
	printf("\"master\":%s,", (entry->type & RVX_STATE_MASTER) != 0 ? "true" : "false");
	print_number("level", RVX_STATE_LEVEL(entry->type));
	print_hex("mapping", entry->mapping);
	print_hex("detail0", entry->detail[0]);
	print_hex("detail1", entry->detail[1]);
	fputs("\"text\":", stdout);
	print_string(describe_entry(entry, text));
	putchar('}');
}

static void print_comparison(const struct audit *audit)
{
	const struct state_comparison *comparison = &audit->comparison;

	if (!audit->state_compared) {
		fputs("\"state\":null,", stdout);
		return;
	}
	printf("\"state\":{\"equal\":%s,", audit_is_state_equal(audit) ? "true" : "false");
	print_text("fault", comparison->fault);
	print_number("not_compared", audit->state.doomed_count);
	fputs("\"differences\":[", stdout);
	for (size_t i = 0; i < comparison->difference_count; i++) {
		printf("%s{\"log\":", comma(i));
		print_entry(comparison->differences[i].log);
		fputs(",\"kernel\":", stdout);
		print_entry(comparison->differences[i].kernel);
		putchar('}');
	}
	fputs("]},", stdout);
}

static void print_state(const struct audit *audit)
{
	fputs("\"capabilities\":[", stdout);
	for (size_t i = 0; i < audit->state.count; i++) {
		fputs(comma(i), stdout);
		print_entry(&audit->state.entries[i]);
	}
	fputs("],", stdout);
}

static void print_record(const struct rvx_witness *record)
{
	char text[DESCRIBE_BYTES];

	putchar('{');
	print_number("sequence", record->sequence);
	print_number("time", record->time);
	print_text("kind", name_of_kind(record->kind));
	print_text("outcome", name_of_outcome(record->class_));
	print_number("tier", record->class_ & RVX_WITNESS_TIER);
	print_number("class", record->class_);
	print_number("flags", record->flags);
	print_actor(record->actor);
	print_hex("object", record->object);
	print_hex("p0", record->p0);
	print_hex("p1", record->p1);
	fputs("\"text\":", stdout);
	print_string(describe_words(record, text));
	putchar('}');
}

static void print_query(const struct audit *audit)
{
	size_t printed = 0;

	fputs("\"records\":[", stdout);
	for (size_t i = 0; i < audit->report.count; i++) {
		const struct rvx_witness *record = &audit->report.records[i];

		if (!query_wants(&audit->options.query, record))
			continue;
		fputs(comma(printed++), stdout);
		print_record(record);
	}
	fputs("],", stdout);
}

void audit_print_json(const struct audit *audit)
{
	putchar('{');
	print_verdict(audit);
	print_kinds(&audit->summary);
	print_refused(&audit->summary.refused);
	print_faults(&audit->summary.faults);
	print_open(&audit->report.rules);
	print_replay(audit);
	print_comparison(audit);
	if (audit->options.print_state)
		print_state(audit);
	if (audit->options.has_query)
		print_query(audit);
	fputs("\"anchored\":false,", stdout);
	printf("\"passed\":%s}\n", audit_passed(audit) ? "true" : "false");
}
