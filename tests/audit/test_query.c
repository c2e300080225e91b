/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Queries: how they are written, what they find, and how records read in words. */
#include "tests/audit/builder.h"

#include "tools/audit/describe.h"
#include "tools/audit/names.h"
#include "tools/audit/query.h"

static void check_wrong(const char *text, const char *rest)
{
	struct query query;
	const char *fault = query_parse(&query, text);

	assert_non_null(fault);
	assert_string_equal(fault, rest);
}

static void a_query_names_what_it_wants(void **state)
{
	struct query query;

	(void)state;
	assert_null(query_parse(&query, ""));
	assert_null(query_parse(&query, "partition=3,kind=TaskFault,object=0x1f,from=7,to=9"));
	assert_int_equal(query.partition, 3);
	assert_int_equal(query.kind, RVX_WITNESS_TASK_FAULT);
	assert_int_equal(query.object, 0x1f);
	assert_int_equal(query.from, 7);
	assert_int_equal(query.to, 9);
	assert_null(query_parse(&query, "kind=0x66"));
	assert_int_equal(query.kind, 0x66);
	assert_null(query_parse(&query, "to=3,"));
}

static void a_wrong_query_is_named_from_where_it_is_wrong(void **state)
{
	char long_name[200];

	(void)state;
	check_wrong("what", "what");
	check_wrong("from=1,kind=Taskfault", "kind=Taskfault");
	check_wrong("from=1,from=2,to=1", "from=2,to=1");
	check_wrong("partition=65536", "partition=65536");
	check_wrong("partition=-1", "partition=-1");
	check_wrong("partition= 1", "partition= 1");
	check_wrong("object=", "object=");
	check_wrong("object=0x", "object=0x");
	check_wrong("object=18446744073709551616", "object=18446744073709551616");
	check_wrong("object=1,object=1", "object=1");
	check_wrong("kind=", "kind=");
	check_wrong(",", ",");
	memset(long_name, 'k', sizeof(long_name));
	memcpy(long_name, "kind=", 5);
	long_name[sizeof(long_name) - 1] = '\0';
	check_wrong(long_name, long_name);
}

static void a_query_finds_what_fits_all_of_it(void **state)
{
	struct rvx_witness record = {
		.kind = RVX_WITNESS_NOTE, .actor = 3u << 16 | 7, .object = 5, .time = 8
	};
	static const struct {
		const char *text;
		bool wants;
	} cases[] = {
		{ "", true },
		{ "partition=3,kind=Note,object=5,from=8,to=8", true },
		{ "partition=2", false },
		{ "partition=0", false },
		{ "kind=TaskFault", false },
		{ "object=4", false },
		{ "from=9", false },
		{ "to=7", false },
		{ "kind=Note,to=7", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct query query;

		assert_null(query_parse(&query, cases[i].text));
		assert_int_equal(query_wants(&query, &record), cases[i].wants);
	}
}

static void check_words(uint16_t kind, uint64_t p0, uint64_t p1, const char *expected)
{
	struct rvx_witness record = { .kind = kind, .p0 = p0, .p1 = p1 };
	char text[DESCRIBE_BYTES];

	assert_string_equal(describe_words(&record, text), expected);
}

static void words_say_what_a_record_says(void **state)
{
	(void)state;
	check_words(RVX_WITNESS_CAPABILITY_GRANT, RVX_WITNESS_PLACE(7, 9, 0x103),
		    RVX_WITNESS_PLACE(2, 1, 0),
		    "to table 7 slot 9 rights RW----- end 1, from table 2 slot 1");
	check_words(RVX_WITNESS_REGION_MAP, RVX_WITNESS_PLACE(7, 9, 5),
		    RVX_MAPPING(3, 0x4000000, 0x11),
		    "by table 7 slot 9, in partition 3 at 0x4000000 rights R---X--");
	check_words(RVX_WITNESS_PROOF_REJECTED, (uint64_t)18 << 32 | (uint32_t)-4, 12,
		    "first cap_copy: NO_RIGHT, count 12");
	check_words(RVX_WITNESS_PROOF_REJECTED, (uint64_t)0xffffff << 32 | 77, 1,
		    "first ?: ?, count 1");
	check_words(RVX_WITNESS_TASK_FAULT, (uint64_t)1 << 32 | 3, 0xdead,
		    "first data count 3, address 0xdead");
	check_words(RVX_WITNESS_BOOT_CAPABILITY, RVX_WITNESS_PLACE(2, 16, 0x17f), 24,
		    "at table 2 slot 16 Untyped rights RWGVXPO, size 24");
	check_words(RVX_WITNESS_BOOT_STAGE, 3, 100, "stage MmuOn, ticks 100");
	check_words(RVX_WITNESS_BOOT_STAGE, UINT64_MAX, 100, "stage ?, ticks 100");
	check_words(RVX_WITNESS_TASK_SUSPEND, 0, 0, "");
	check_words(0x7777, 1, 2, "");
}

static void every_word_of_every_kind_can_be_described(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind <= UINT16_MAX; kind++) {
		struct rvx_witness record = { .kind = (uint16_t)kind,
					      .p0 = UINT64_MAX,
					      .p1 = UINT64_MAX };
		char text[DESCRIBE_BYTES];

		if (name_of_kind((uint16_t)kind) == NULL)
			continue;
		assert_int_equal(kind_by_name(name_of_kind((uint16_t)kind)), kind);
		assert_true(strlen(describe_words(&record, text)) < DESCRIBE_BYTES);
	}
}

static void time_is_told_in_seconds_if_it_can(void **state)
{
	char text[DESCRIBE_TIME_BYTES];

	(void)state;
	assert_string_equal(describe_time(62500001, 62500000, text), "1.000000016s");
	assert_string_equal(describe_time(7, 0, text), "7");
	assert_string_equal(describe_time(UINT64_MAX, 1, text), "18446744073709551615.000000000s");
	assert_string_equal(describe_time(7, UINT64_MAX, text), "7");
	assert_string_equal(describe_actor(0, text), "kernel");
	assert_string_equal(describe_actor(0xffffffff, text), "65535.65535");
}

static void entries_of_any_bits_can_be_described(void **state)
{
	struct rvx_state_entry entry;
	char text[DESCRIBE_BYTES];

	(void)state;
	memset(&entry, 0xff, sizeof(entry));
	for (uint64_t type = 0; type < 256; type++) {
		entry.type = (uint64_t)0xffff << 8 | type;
		assert_true(strlen(describe_entry(&entry, text)) < DESCRIBE_BYTES);
	}
	assert_string_equal(describe_entry(NULL, text), "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_names_what_it_wants),
		cmocka_unit_test(a_wrong_query_is_named_from_where_it_is_wrong),
		cmocka_unit_test(a_query_finds_what_fits_all_of_it),
		cmocka_unit_test(words_say_what_a_record_says),
		cmocka_unit_test(every_word_of_every_kind_can_be_described),
		cmocka_unit_test(time_is_told_in_seconds_if_it_can),
		cmocka_unit_test(entries_of_any_bits_can_be_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
