/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzzes all that audit reads. The first byte says how:
 *
 *   'l'   size of the log (u32), log, tail: judged with the key of the seeds
 *   'r'   count of records (u32), records, kernel's state: replayed without looking at macs,
 *         which no fuzzer gets past, and compared
 */
#include "tests/lib/fuzz.h"

#include "tools/audit/describe.h"
#include "tools/audit/log.h"
#include "tools/audit/query.h"
#include "tools/audit/replay.h"
#include "tools/audit/state.h"

#define HEAD_BYTES 5u

/* The identity of tests/audit/fuzz_seeds.py. */
static const struct log_identity identity = {
	.secret = { 1 },
	.log_id = { 2 },
	.nonce = { 3 },
	.boot = 4,
	.next = LOG_NEXT_UNKNOWN,
};

static void judge(const uint8_t *data, size_t size, uint32_t log_size)
{
	size_t split = log_size < size ? log_size : size;
	struct bytes log = { .data = data, .size = split };
	struct bytes tail = { .data = data + split, .size = size - split };
	struct log_report report;
	char text[DESCRIBE_BYTES];

	log_verify(&report, &identity, log, tail);
	FUZZ_CHECK(report.count * sizeof(struct rvx_witness) <= size);
	FUZZ_CHECK((report.verdict == VERDICT_VALID) == (report.reason == NULL));
	FUZZ_CHECK(report.verdict == VERDICT_TAMPERED || report.at <= report.count);
	for (size_t i = 0; i < report.count; i++) {
		FUZZ_CHECK(report.records[i].sequence == i);
		FUZZ_CHECK(strlen(describe_words(&report.records[i], text)) < sizeof(text));
	}
	log_report_fini(&report);
}

static void compare(struct world *world, struct bytes kernel)
{
	struct state_comparison comparison;
	struct state state;
	char text[DESCRIBE_BYTES];

	state_of_world(&state, world);
	FUZZ_CHECK(state.count + state.doomed_count == world->capability_count);
	state_compare(&comparison, &state, world, kernel);
	FUZZ_CHECK(comparison.difference_count <= state.count + comparison.kernel_count);
	for (size_t i = 0; i < comparison.difference_count; i++) {
		(void)describe_entry(comparison.differences[i].log, text);
		(void)describe_entry(comparison.differences[i].kernel, text);
	}
	state_comparison_fini(&comparison);

	/* A state is equal to itself. */
	kernel = (struct bytes){ .data = (const uint8_t *)state.entries,
				 .size = state.count * sizeof(state.entries[0]) };
	state_compare(&comparison, &state, world, kernel);
	FUZZ_CHECK(comparison.fault == NULL && comparison.difference_count == 0);
	state_comparison_fini(&comparison);
	state_fini(&state);
}

static void replay_records(const uint8_t *data, size_t size, uint32_t count)
{
	struct rvx_witness record;
	struct replay replay;
	size_t used = 0;

	replay_init(&replay);
	for (uint32_t i = 0; i < count && size - used >= sizeof(record); i++) {
		memcpy(&record, data + used, sizeof(record));
		used += sizeof(record);
		if (!replay_apply(&replay, &record))
			FUZZ_CHECK(replay.reason[0] != '\0');
	}
	compare(replay.world, (struct bytes){ .data = data + used, .size = size - used });
	replay_fini(&replay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t number;
	uint8_t *copy;

	if (size < HEAD_BYTES)
		return 0;
	memcpy(&number, data + 1, sizeof(number));
	copy = fuzz_copy(data + HEAD_BYTES, size - HEAD_BYTES);
	if (data[0] == 'l')
		judge(copy, size - HEAD_BYTES, number);
	if (data[0] == 'r')
		replay_records(copy, size - HEAD_BYTES, number);
	free(copy);
	return 0;
}
