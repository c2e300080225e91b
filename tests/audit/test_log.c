/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Verdicts on logs: what is valid, and what each way of being not says and where. */
#include "tests/audit/builder.h"

#include "tools/audit/segment.h"

#define SEGMENTS_MAX 32u
#define RECORDS 40u

/* A log of RECORDS + 1 records; tests change what they want of it before they judge it. */
struct fixture {
	struct builder builder;
	struct rvx_segment segments[SEGMENTS_MAX];
	size_t segment_count;
	struct rvx_witness tail[BUILDER_RECORDS_MAX];
	size_t tail_count;
	struct log_report report;
};

static void drain(struct fixture *f, size_t total, size_t per_segment, size_t overlap)
{
	f->segment_count = builder_segments(&f->builder, f->segments, total, per_segment);
	f->tail_count = f->builder.count - total + overlap;
	memcpy(f->tail, &f->builder.records[total - overlap], f->tail_count * sizeof(f->tail[0]));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	builder_init(&f->builder);
	builder_notes(&f->builder, RECORDS);
	drain(f, 30, 7, 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void judge_bytes(struct fixture *f, size_t log_size, size_t tail_size)
{
	struct bytes log = { .data = (const uint8_t *)f->segments, .size = log_size };
	struct bytes tail = { .data = (const uint8_t *)f->tail, .size = tail_size };

	log_report_fini(&f->report);
	log_verify(&f->report, &f->builder.identity, log, tail);
}

static void check(struct fixture *f, enum verdict verdict, uint64_t at)
{
	judge_bytes(f, f->segment_count * sizeof(f->segments[0]),
		    f->tail_count * sizeof(f->tail[0]));
	assert_int_equal(f->report.verdict, verdict);
	if (verdict != VERDICT_VALID) {
		assert_int_equal(f->report.at, at);
		assert_non_null(f->report.reason);
	}
	/* What was proved is what was recorded. */
	assert_true(f->report.count <= f->builder.count);
	assert_memory_equal(f->report.records, f->builder.records,
			    f->report.count * sizeof(f->tail[0]));
	log_report_fini(&f->report);
}

static void segments_and_tail_make_one_log(void **state)
{
	struct fixture *f = *state;

	for (size_t total = 0; total <= f->builder.count; total += 3) {
		for (size_t overlap = 0; overlap <= total; overlap += 5) {
			drain(f, total, 62, overlap);
			check(f, VERDICT_VALID, 0);
			if (total != 0) {
				drain(f, total, total / SEGMENTS_MAX + 1, overlap);
				check(f, VERDICT_VALID, 0);
			}
		}
	}
	drain(f, 30, 7, 2);
	judge_bytes(f, f->segment_count * sizeof(f->segments[0]),
		    f->tail_count * sizeof(f->tail[0]));
	assert_int_equal(f->report.count, RECORDS + 1);
	assert_int_equal(f->report.segment_count, 5);
	assert_int_equal(f->report.tail_count, RECORDS + 1 - 30);
	assert_int_equal(f->report.frequency, BUILDER_FREQUENCY);
	log_report_fini(&f->report);
}

static void a_missing_record_is_a_gap(void **state)
{
	struct fixture *f = *state;

	memmove(&f->tail[4], &f->tail[5], (f->tail_count - 5) * sizeof(f->tail[0]));
	f->tail_count--;
	check(f, VERDICT_GAP, 34);
	drain(f, 30, 7, 0);
	memmove(&f->tail[0], &f->tail[1], (f->tail_count - 1) * sizeof(f->tail[0]));
	f->tail_count--;
	check(f, VERDICT_GAP, 30);
	drain(f, 0, 7, 0);
	memmove(&f->tail[0], &f->tail[1], (f->tail_count - 1) * sizeof(f->tail[0]));
	check(f, VERDICT_GAP, 0);
}

static void a_missing_segment_is_a_gap(void **state)
{
	struct fixture *f = *state;

	memmove(&f->segments[2], &f->segments[3], 2 * sizeof(f->segments[0]));
	f->segment_count = 4;
	check(f, VERDICT_GAP, 14);
	drain(f, 30, 7, 0);
	f->segment_count = 4;
	check(f, VERDICT_GAP, 28);
}

static void a_changed_record_is_tampering_where_it_stands(void **state)
{
	struct fixture *f = *state;

	f->tail[3].p0 ^= 1;
	check(f, VERDICT_TAMPERED, 33);
	drain(f, 30, 7, 0);
	f->segments[2].records[4].object ^= 1;
	check(f, VERDICT_TAMPERED, 18);
	/* The hashes made right again do not help. */
	builder_rehash(f->segments, 2, f->segment_count);
	check(f, VERDICT_TAMPERED, 18);
}

static void a_wrong_number_is_no_gap(void **state)
{
	struct fixture *f = *state;

	f->tail[3].sequence += 4;
	check(f, VERDICT_TAMPERED, 33);
	f->tail[3].sequence = 2;
	check(f, VERDICT_TAMPERED, 33);
	f->tail[3].sequence = UINT64_MAX;
	check(f, VERDICT_TAMPERED, 33);
}

static void a_changed_hash_is_tampering_at_its_segment(void **state)
{
	struct fixture *f = *state;

	f->segments[1].header.body_hash[3] ^= 1;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[3].header.previous_hash[3] ^= 1;
	check(f, VERDICT_TAMPERED, 21);
}

static void headers_of_another_log_boot_or_clock_are_tampering(void **state)
{
	struct fixture *f = *state;

	f->segments[1].header.log_id[0] ^= 1;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[1].header.boot++;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[1].header.frequency++;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[0].header.frequency = 0;
	builder_rehash(f->segments, 0, f->segment_count);
	check(f, VERDICT_TAMPERED, 0);
	drain(f, 30, 7, 0);
	f->builder.identity.frequency = BUILDER_FREQUENCY;
	check(f, VERDICT_VALID, 0);
	f->builder.identity.frequency++;
	check(f, VERDICT_TAMPERED, 0);
}

static void a_segment_from_before_is_tampering(void **state)
{
	struct fixture *f = *state;

	f->segments[3] = f->segments[1];
	check(f, VERDICT_TAMPERED, 21);
	drain(f, 30, 7, 0);
	f->segments[3].header.first_sequence++;
	check(f, VERDICT_TAMPERED, 21);
	drain(f, 30, 7, 0);
	f->segments[3].header.segment++;
	check(f, VERDICT_TAMPERED, 21);
}

static void an_unfinished_last_segment_is_a_torn_tail(void **state)
{
	struct fixture *f = *state;
	size_t whole = f->segment_count * sizeof(f->segments[0]);

	for (size_t cut = 1; cut < sizeof(f->segments[0]); cut += 401) {
		judge_bytes(f, whole - cut, 0);
		assert_int_equal(f->report.verdict, VERDICT_TORN_TAIL);
		assert_int_equal(f->report.count, 28);
		assert_int_equal(f->report.offset, whole - sizeof(f->segments[0]));
		assert_int_equal(f->report.source, LOG_SEGMENTS);
	}
	/* The records that it should have held are still in the ring, or are missing. */
	drain(f, 30, 7, 2);
	f->segments[4].header.magic = 0;
	check(f, VERDICT_TORN_TAIL, RECORDS + 1);
	drain(f, 30, 7, 1);
	f->segments[4].header.magic = 0;
	check(f, VERDICT_GAP, 28);
	/* A whole segment after an unfinished one was put there. */
	drain(f, 30, 7, 0);
	f->segments[3].header.magic = 0;
	check(f, VERDICT_TAMPERED, 21);
}

static void impossible_headers_are_refused(void **state)
{
	struct fixture *f = *state;

	f->segments[1].header.version = 2;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[1].header.count = 0;
	check(f, VERDICT_TAMPERED, 7);
	f->segments[1].header.count = 63;
	check(f, VERDICT_TAMPERED, 7);
	f->segments[1].header.count = UINT16_MAX;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[1].header.reserved = 1;
	check(f, VERDICT_TAMPERED, 7);
	drain(f, 30, 7, 0);
	f->segments[1].header.count = 6;
	builder_rehash(f->segments, 1, f->segment_count);
	check(f, VERDICT_TAMPERED, 13);
}

static void a_cut_record_is_a_torn_tail(void **state)
{
	struct fixture *f = *state;

	judge_bytes(f, f->segment_count * sizeof(f->segments[0]),
		    f->tail_count * sizeof(f->tail[0]) - 1);
	assert_int_equal(f->report.verdict, VERDICT_TORN_TAIL);
	assert_int_equal(f->report.source, LOG_TAIL);
	assert_int_equal(f->report.count, RECORDS);
	log_report_fini(&f->report);
}

static void records_in_both_files_must_be_the_same(void **state)
{
	struct fixture *f = *state;

	drain(f, 30, 7, 6);
	f->tail[2].p1 ^= 1;
	check(f, VERDICT_TAMPERED, 26);
	drain(f, 30, 7, 6);
	f->tail[2].sequence++;
	check(f, VERDICT_TAMPERED, 26);
	/* A ring that was read before the last segments were written adds nothing. */
	drain(f, 30, 7, 20);
	f->tail_count = 10;
	check(f, VERDICT_VALID, 0);
}

static void the_end_must_be_where_the_kernel_was(void **state)
{
	struct fixture *f = *state;

	f->builder.identity.next = RECORDS + 1;
	check(f, VERDICT_VALID, 0);
	f->tail_count--;
	check(f, VERDICT_GAP, RECORDS);
	f->builder.identity.next = RECORDS;
	check(f, VERDICT_VALID, 0);
	f->builder.identity.next = RECORDS - 4;
	check(f, VERDICT_TAMPERED, RECORDS - 4);
}

static void garbage_is_no_log(void **state)
{
	struct fixture *f = *state;

	memset(f->tail, 0xff, sizeof(f->tail));
	f->segment_count = 0;
	f->tail_count = 3;
	check(f, VERDICT_TAMPERED, 0);
	f->tail_count = 0;
	f->segment_count = 2;
	memset(f->segments, 0xff, sizeof(f->segments));
	check(f, VERDICT_TORN_TAIL, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(segments_and_tail_make_one_log),
		TEST(a_missing_record_is_a_gap),
		TEST(a_missing_segment_is_a_gap),
		TEST(a_changed_record_is_tampering_where_it_stands),
		TEST(a_wrong_number_is_no_gap),
		TEST(a_changed_hash_is_tampering_at_its_segment),
		TEST(headers_of_another_log_boot_or_clock_are_tampering),
		TEST(a_segment_from_before_is_tampering),
		TEST(an_unfinished_last_segment_is_a_torn_tail),
		TEST(impossible_headers_are_refused),
		TEST(a_cut_record_is_a_torn_tail),
		TEST(records_in_both_files_must_be_the_same),
		TEST(the_end_must_be_where_the_kernel_was),
		TEST(garbage_is_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
