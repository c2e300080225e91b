/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Judges many logs in one process, so that a test can try thousands. Each case on stdin is a
 * header and the bytes of log, tail and state; the answer is one line:
 *
 *   <verdict>[ at N];<consistent, or inconsistent at N: why>;<equal, differs, or ->
 */
#include "tools/audit/log.h"
#include "tools/audit/memory.h"
#include "tools/audit/replay.h"
#include "tools/audit/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_STATE UINT64_MAX
#define CASE_BYTES_MAX ((uint64_t)1 << 28)

struct test_case {
	uint64_t boot, frequency, next;
	uint64_t log_size, tail_size, state_size; /* state: NO_STATE */
	uint8_t secret[CHAIN_SECRET_BYTES];
	uint8_t log_id[CHAIN_ID_BYTES];
	uint8_t nonce[CHAIN_NONCE_BYTES];
};

static const char *const verdicts[] = {
	[VERDICT_VALID] = "valid",
	[VERDICT_TORN_TAIL] = "torn tail",
	[VERDICT_TAMPERED] = "tampered",
	[VERDICT_GAP] = "gap",
	[VERDICT_ROLLED_BACK] = "rolled back",
};

static struct bytes read_bytes(uint64_t size)
{
	uint8_t *data = size <= CASE_BYTES_MAX ? memory_new(size + 1) : NULL;

	if (data == NULL || fread(data, 1, size, stdin) != size) {
		fputs("judge: the case is cut off\n", stderr);
		exit(AUDIT_EXIT_USAGE);
	}
	return (struct bytes){ .data = data, .size = size };
}

static void bytes_free(struct bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

static const char *judge_state(struct world *world, struct bytes kernel)
{
	struct state_comparison comparison;
	struct state state;
	bool equal;

	state_of_world(&state, world);
	state_compare(&comparison, &state, world, kernel);
	equal = comparison.fault == NULL && comparison.difference_count == 0;
	state_comparison_fini(&comparison);
	state_fini(&state);
	return equal ? "equal" : "differs";
}

static void judge_replay(const struct log_report *report, const struct bytes *kernel)
{
	struct replay replay;
	size_t i = 0;

	replay_init(&replay);
	while (i < report->count && replay_apply(&replay, &report->records[i]))
		i++;
	if (i < report->count)
		printf("inconsistent at %zu: %s;-\n", i, replay.reason);
	else
		printf("consistent;%s\n",
		       kernel == NULL ? "-" : judge_state(replay.world, *kernel));
	replay_fini(&replay);
}

static void judge(const struct test_case *c)
{
	struct log_identity identity = { .boot = c->boot,
					 .frequency = c->frequency,
					 .next = c->next };
	struct bytes log = read_bytes(c->log_size), tail = read_bytes(c->tail_size);
	struct bytes state = read_bytes(c->state_size == NO_STATE ? 0 : c->state_size);
	struct log_report report;

	memcpy(identity.secret, c->secret, sizeof(identity.secret));
	memcpy(identity.log_id, c->log_id, sizeof(identity.log_id));
	memcpy(identity.nonce, c->nonce, sizeof(identity.nonce));
	log_verify(&report, &identity, log, tail);
	fputs(verdicts[report.verdict], stdout);
	if (report.verdict == VERDICT_TAMPERED || report.verdict == VERDICT_GAP)
		printf(" at %" PRIu64, report.at);
	putchar(';');
	judge_replay(&report, c->state_size == NO_STATE ? NULL : &state);
	log_report_fini(&report);
	bytes_free(log);
	bytes_free(tail);
	bytes_free(state);
}

int main(void)
{
	struct test_case c;

	while (fread(&c, sizeof(c), 1, stdin) == 1)
		judge(&c);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
