/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The rules that records keep to beyond their macs. */
#include "tests/audit/builder.h"

static struct rules rules;

static int setup(void **state)
{
	(void)state;
	rules_init(&rules, builder_identity.log_id, builder_identity.boot);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rules_fini(&rules);
	return 0;
}

static struct rvx_witness attestation(void)
{
	struct rvx_witness record = { .kind = RVX_WITNESS_BOOT_ATTESTATION,
				      .object = builder_identity.boot };

	memcpy(&record.p0, builder_identity.log_id, 8);
	memcpy(&record.p1, builder_identity.log_id + 8, 8);
	return record;
}

static void check(struct rvx_witness record, const char *expected)
{
	const char *fault = rules_next(&rules, &record);

	if (expected == NULL)
		assert_null(fault);
	else
		assert_non_null(fault);
	if (expected != NULL)
		assert_string_equal(fault, expected);
}

static void a_log_begins_with_its_own_attestation(void **state)
{
	struct rvx_witness record = attestation();

	(void)state;
	check((struct rvx_witness){ .kind = RVX_WITNESS_NOTE },
	      "the first record is no BootAttestation");
	record.object++;
	check(record, "BootAttestation names another boot");
	record = attestation();
	record.p1++;
	check(record, "BootAttestation names another log");
	check(attestation(), NULL);
	record = attestation();
	record.sequence = 1;
	check(record, "BootAttestation stands inside a log");
}

static void records_have_a_known_form(void **state)
{
	(void)state;
	check(attestation(), NULL);
	check((struct rvx_witness){ .sequence = 1, .kind = 0x7777 },
	      "the kind of record is unknown");
	check((struct rvx_witness){ .sequence = 1, .kind = 0 }, "the kind of record is unknown");
	check((struct rvx_witness){ .sequence = 1, .kind = RVX_WITNESS_NOTE, .class_ = 0x80 },
	      "the record's class has an unknown bit");
	check((struct rvx_witness){ .sequence = 1, .kind = RVX_WITNESS_NOTE, .flags = 2 },
	      "the record has an unknown flag");
	check((struct rvx_witness){ .sequence = 1, .kind = RVX_WITNESS_NOTE, .flags = 1 }, NULL);
	check((struct rvx_witness){ .sequence = 2, .kind = RVX_WITNESS_TASK_START, .flags = 1 },
	      "a server emitted a record of the kernel's kind");
}

static void time_does_not_go_back(void **state)
{
	(void)state;
	check(attestation(), NULL);
	check((struct rvx_witness){ .sequence = 1, .kind = RVX_WITNESS_NOTE, .time = 9 }, NULL);
	check((struct rvx_witness){ .sequence = 2, .kind = RVX_WITNESS_NOTE, .time = 9 }, NULL);
	check((struct rvx_witness){ .sequence = 3, .kind = RVX_WITNESS_NOTE, .time = 8 },
	      "time went back");
}

static struct rvx_witness revoke(uint64_t object, uint8_t outcome)
{
	return (struct rvx_witness){ .sequence = 1,
				     .kind = RVX_WITNESS_CAPABILITY_REVOKE,
				     .object = object,
				     .class_ = outcome };
}

static void what_ends_has_begun_once(void **state)
{
	struct rvx_witness destroy = revoke(1, RVX_WITNESS_BEGIN);

	(void)state;
	check(attestation(), NULL);
	check(revoke(1, RVX_WITNESS_END), "the end of what had not begun");
	check(revoke(1, RVX_WITNESS_BEGIN), NULL);
	check(revoke(2, RVX_WITNESS_BEGIN), NULL);
	check(revoke(1, RVX_WITNESS_BEGIN), "what had begun already begins again");
	destroy.kind = RVX_WITNESS_CAP_TABLE_DESTROY;
	check(destroy, NULL);
	assert_int_equal(rules.open_count, 3);
	check(revoke(2, RVX_WITNESS_END), NULL);
	check(revoke(2, RVX_WITNESS_END), "the end of what had not begun");
	check(revoke(1, RVX_WITNESS_END), NULL);
	assert_int_equal(rules.open_count, 1);
	assert_int_equal(rules.open[0].kind, RVX_WITNESS_CAP_TABLE_DESTROY);
	for (uint64_t i = 10; i < 40; i++)
		check(revoke(i, RVX_WITNESS_BEGIN), NULL);
	for (uint64_t i = 10; i < 40; i++)
		check(revoke(i, RVX_WITNESS_END), NULL);
	assert_int_equal(rules.open_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_log_begins_with_its_own_attestation),
		TEST(records_have_a_known_form),
		TEST(time_does_not_go_back),
		TEST(what_ends_has_begun_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
