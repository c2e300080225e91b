/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * audit: verifies the witness log of one boot on the host. It reads the files, finds the verdict on
 * the log, replays the records that were proved, compares the state they lead to with the one that
 * the kernel reported, and prints all of it.
 */
#include "tools/audit/audit.h"
#include "tools/audit/file.h"
#include "tools/audit/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *audit_verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_VALID:
		return "valid";
	case VERDICT_TORN_TAIL:
		return "torn tail";
	case VERDICT_TAMPERED:
		return "tampered";
	case VERDICT_GAP:
		return "gap";
	default:
		return "rolled back";
	}
}

const char *audit_source_path(const struct audit *audit, enum log_source source)
{
	switch (source) {
	case LOG_SEGMENTS:
		return audit->options.log_path;
	case LOG_TAIL:
		return audit->options.tail_path;
	default:
		return NULL;
	}
}

bool audit_is_state_equal(const struct audit *audit)
{
	return audit->state_compared && audit->comparison.fault == NULL &&
	       audit->comparison.difference_count == 0;
}

bool audit_passed(const struct audit *audit)
{
	return audit->report.verdict == VERDICT_VALID && !audit->replay_failed &&
	       (audit->options.state_path == NULL || audit_is_state_equal(audit));
}

static bool read_exact(const char *path, const char *what, uint8_t *to, size_t size)
{
	struct bytes bytes;

	if (!file_read(path, what, size, &bytes))
		return false;
	memcpy(to, bytes.data, size);
	free((void *)(uintptr_t)bytes.data);
	return true;
}

static bool read_identity(const struct options *options, struct log_identity *identity)
{
	identity->boot = options->boot;
	identity->frequency = options->frequency;
	identity->next = options->next;
	return read_exact(options->secret_path, "secret", identity->secret, CHAIN_SECRET_BYTES) &&
	       read_exact(options->log_id_path, "log id", identity->log_id, CHAIN_ID_BYTES) &&
	       read_exact(options->nonce_path, "nonce", identity->nonce, CHAIN_NONCE_BYTES);
}

static bool read_optional(const char *path, const char *what, struct bytes *bytes)
{
	*bytes = (struct bytes){ 0 };
	return path == NULL || file_read(path, what, 0, bytes);
}

static void replay_all(struct audit *audit)
{
	replay_init(&audit->replay);
	for (size_t i = 0; i < audit->report.count; i++) {
		if (!replay_apply(&audit->replay, &audit->report.records[i])) {
			audit->replay_failed = true;
			audit->replay_at = i;
			break;
		}
	}
	state_of_world(&audit->state, audit->replay.world);
}

/* What the kernel reported is of its last state: only a whole log can lead there. */
static void compare_state(struct audit *audit, struct bytes state)
{
	audit->state_compared = audit->options.state_path != NULL &&
				audit->report.verdict == VERDICT_VALID && !audit->replay_failed;
	if (audit->state_compared)
		state_compare(&audit->comparison, &audit->state, audit->replay.world, state);
}

static int run(struct audit *audit, struct bytes log, struct bytes tail, struct bytes state)
{
	bool passed;

	log_verify(&audit->report, &audit->identity, log, tail);
	summary_make(&audit->summary, audit->report.records, audit->report.count);
	replay_all(audit);
	compare_state(audit, state);
	if (audit->options.json)
		audit_print_json(audit);
	else
		audit_print_text(audit);

	passed = audit_passed(audit);
	if (audit->state_compared)
		state_comparison_fini(&audit->comparison);
	state_fini(&audit->state);
	replay_fini(&audit->replay);
	summary_fini(&audit->summary);
	log_report_fini(&audit->report);
	return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct bytes log = { 0 }, tail = { 0 }, state = { 0 };
	struct audit audit = { 0 };
	int status = AUDIT_EXIT_USAGE;

	if (!options_parse(&audit.options, argc, argv))
		return AUDIT_EXIT_USAGE;
	if (audit.options.help) {
		options_print_help();
		return EXIT_SUCCESS;
	}
	if (read_identity(&audit.options, &audit.identity) &&
	    read_optional(audit.options.log_path, "log", &log) &&
	    read_optional(audit.options.tail_path, "tail", &tail) &&
	    read_optional(audit.options.state_path, "state", &state)) {
		if (log.size != 0 || tail.size != 0)
			status = run(&audit, log, tail, state);
		else
			fputs("audit: log and tail are both empty: there is nothing to audit\n",
			      stderr);
	}
	free((void *)(uintptr_t)log.data);
	free((void *)(uintptr_t)tail.data);
	free((void *)(uintptr_t)state.data);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("audit: the result could not be written\n", stderr);
		return AUDIT_EXIT_USAGE;
	}
	return status;
}
