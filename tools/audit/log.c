/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The verdict on a log. */
#include "tools/audit/log.h"
#include "tools/audit/memory.h"
#include "tools/audit/segment.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	struct log_report *report;
	struct chain chain;
	size_t room; /* of report->records */
	/* A write that was cut off: it decides the verdict if nothing worse comes. */
	const char *torn; /* NULL: none */
	enum log_source torn_source;
	size_t torn_offset;
};

/* Where the walk ends. Always false, so that a check can return it. */
static bool stop(struct walk *walk, enum verdict verdict, const char *reason,
		 enum log_source source, size_t offset)
{
	struct log_report *report = walk->report;

	report->verdict = verdict;
	report->at = report->count;
	report->reason = reason;
	report->source = source;
	report->offset = offset;
	return false;
}

/* The same for what was only not written to its end: the walk goes on with the tail. */
static void tear(struct walk *walk, const char *reason, enum log_source source, size_t offset)
{
	walk->torn = reason;
	walk->torn_source = source;
	walk->torn_offset = offset;
}

static void keep(struct walk *walk, const struct rvx_witness *record)
{
	struct log_report *report = walk->report;

	if (report->count == walk->room) {
		walk->room = walk->room == 0 ? 1024 : walk->room * 2;
		report->records = memory_resize(report->records, walk->room, sizeof(*record));
	}
	report->records[report->count++] = *record;
}

/*
 * A record has a number above the expected one. Records are missing if the one that follows it
 * (NULL: none does) goes on from there; else the number itself is wrong.
 */
static enum verdict verdict_on_jump(const struct rvx_witness *record,
				    const struct rvx_witness *following)
{
	if (following == NULL || following->sequence == record->sequence + 1)
		return VERDICT_GAP;
	return VERDICT_TAMPERED;
}

static bool number_is(struct walk *walk, uint64_t expected, const struct rvx_witness *record,
		      const struct rvx_witness *following, enum log_source source, size_t offset)
{
	enum verdict verdict = VERDICT_TAMPERED;
	const char *reason = "the record has a number that was there before";

	if (record->sequence == expected)
		return true;
	if (record->sequence > expected) {
		verdict = verdict_on_jump(record, following);
		reason = verdict == VERDICT_GAP ? "records are missing before this one" :
						  "the record has the wrong number";
	}
	(void)stop(walk, verdict, reason, source, offset);
	walk->report->at = expected;
	return false;
}

/* One record that comes next. */
static bool accept(struct walk *walk, const struct rvx_witness *record, enum log_source source,
		   size_t offset)
{
	const char *reason;

	if (!chain_next(&walk->chain, record))
		return stop(walk, VERDICT_TAMPERED,
			    "the record's mac does not follow from those before it", source,
			    offset);
	reason = rules_next(&walk->report->rules, record);
	if (reason != NULL)
		return stop(walk, VERDICT_TAMPERED, reason, source, offset);
	keep(walk, record);
	return true;
}

static bool segment_records(struct walk *walk, const struct rvx_segment *segment, size_t offset)
{
	size_t count = segment->header.count;

	for (size_t i = 0; i < count; i++) {
		const struct rvx_witness *record = &segment->records[i];
		size_t at = offset + offsetof(struct rvx_segment, records) + i * sizeof(*record);

		if (!number_is(walk, walk->report->count, record, i + 1 < count ? record + 1 : NULL,
			       LOG_SEGMENTS, at) ||
		    !accept(walk, record, LOG_SEGMENTS, at))
			return false;
	}
	return true;
}

static bool sound_segment_after(struct bytes log, size_t offset)
{
	for (offset += sizeof(struct rvx_segment); offset < log.size;
	     offset += sizeof(struct rvx_segment)) {
		if (segment_is_sound(log, offset))
			return true;
	}
	return false;
}

/* Whole segments follow one that does not agree with itself: somebody changed it. */
static bool stop_in_changed_segment(struct walk *walk, const struct rvx_segment *segment,
				    size_t offset, const char *reason)
{
	size_t kept = walk->report->count;

	/* If only the hash is wrong the macs show which record was changed. */
	if (segment_header_fault(segment) == NULL && !segment_records(walk, segment, offset)) {
		walk->report->verdict = VERDICT_TAMPERED;
		return false;
	}
	walk->report->count = kept;
	return stop(walk, VERDICT_TAMPERED, reason, LOG_SEGMENTS, offset);
}

/* All segments up to the first defect. False: the walk ends there. */
static bool walk_segments(struct walk *walk, const struct log_identity *identity, struct bytes log)
{
	struct segment_sequel sequel = { .boot = identity->boot, .frequency = identity->frequency };
	struct log_report *report = walk->report;
	struct rvx_segment segment;

	memcpy(sequel.log_id, identity->log_id, sizeof(sequel.log_id));
	for (size_t offset = 0; offset < log.size; offset += sizeof(segment)) {
		bool whole = segment_at(log, offset, &segment);
		const char *reason =
			whole ? segment_header_fault(&segment) : "the last segment is cut off";
		enum segment_defect defect;

		if (reason == NULL)
			reason = segment_body_fault(&segment);
		if (reason != NULL && !sound_segment_after(log, offset)) {
			tear(walk, reason, LOG_SEGMENTS, offset);
			return true;
		}
		if (reason != NULL)
			return stop_in_changed_segment(walk, &segment, offset, reason);
		defect = segment_follows(&segment, &sequel, &reason);
		if (defect != SEGMENT_NEXT)
			return stop(walk,
				    defect == SEGMENT_MISSING ? VERDICT_GAP : VERDICT_TAMPERED,
				    reason, LOG_SEGMENTS, offset);
		if (!segment_records(walk, &segment, offset))
			return false;
		segment_sequel_advance(&sequel, &segment);
		report->segment_count++;
		report->frequency = sequel.frequency;
	}
	return true;
}

/* The record of the tail that must be the one which the log has under that number. */
static bool same_as_kept(struct walk *walk, uint64_t sequence, const struct rvx_witness *record,
			 size_t offset)
{
	if (memcmp(record, &walk->report->records[sequence], sizeof(*record)) == 0)
		return true;
	(void)stop(walk, VERDICT_TAMPERED, "the record is another one than that of the log",
		   LOG_TAIL, offset);
	walk->report->at = sequence;
	return false;
}

static bool walk_tail(struct walk *walk, const struct rvx_witness *records, size_t count)
{
	struct log_report *report = walk->report;
	uint64_t expected = report->count;

	if (count != 0 && records[0].sequence < expected)
		expected = records[0].sequence;
	for (size_t i = 0; i < count; i++, expected++) {
		const struct rvx_witness *record = &records[i];
		size_t at = i * sizeof(*record);

		if (!number_is(walk, expected, record, i + 1 < count ? record + 1 : NULL, LOG_TAIL,
			       at))
			return false;
		if (expected < report->count) {
			if (!same_as_kept(walk, expected, record, at))
				return false;
			continue;
		}
		if (!accept(walk, record, LOG_TAIL, at))
			return false;
		report->tail_count++;
	}
	return true;
}

static bool walk_tail_bytes(struct walk *walk, struct bytes tail)
{
	size_t count = tail.size / sizeof(struct rvx_witness);
	struct rvx_witness *records = memory_new(count * sizeof(*records) + 1);
	bool complete;

	if (count != 0)
		memcpy(records, tail.data, count * sizeof(*records));
	if (tail.size % sizeof(*records) != 0)
		tear(walk, "the last record is cut off", LOG_TAIL, count * sizeof(*records));
	complete = walk_tail(walk, records, count);
	free(records);
	return complete;
}

static bool end_is(struct walk *walk, uint64_t next)
{
	struct log_report *report = walk->report;

	if (next == LOG_NEXT_UNKNOWN || next == report->count)
		return true;
	if (report->count < next)
		return stop(walk, VERDICT_GAP, "the log ends before the kernel's last record",
			    LOG_NEITHER, 0);
	(void)stop(walk, VERDICT_TAMPERED, "the log goes on after the kernel's last record",
		   LOG_NEITHER, 0);
	report->at = next;
	return false;
}

void log_verify(struct log_report *report, const struct log_identity *identity, struct bytes log,
		struct bytes tail)
{
	struct walk walk = { .report = report };

	*report = (struct log_report){ .source = LOG_NEITHER, .frequency = identity->frequency };
	chain_init(&walk.chain, identity->secret, identity->log_id, identity->boot,
		   identity->nonce);
	rules_init(&report->rules, identity->log_id, identity->boot);

	if (!walk_segments(&walk, identity, log) || !walk_tail_bytes(&walk, tail) ||
	    !end_is(&walk, identity->next))
		return;
	if (walk.torn != NULL)
		(void)stop(&walk, VERDICT_TORN_TAIL, walk.torn, walk.torn_source, walk.torn_offset);
}

void log_report_fini(struct log_report *report)
{
	rules_fini(&report->rules);
	free(report->records);
	report->records = NULL;
}
