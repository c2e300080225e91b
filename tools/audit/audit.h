/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* All that an audit came to, for those who print it. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "tools/audit/log.h"
#include "tools/audit/options.h"
#include "tools/audit/replay.h"
#include "tools/audit/state.h"
#include "tools/audit/summary.h"

struct audit {
	struct options options;
	struct log_identity identity;
	struct log_report report;
	struct summary summary;
	struct replay replay;
	bool replay_failed;
	uint64_t replay_at; /* the record that is not possible */
	struct state state; /* that replay came to */
	bool state_compared;
	struct state_comparison comparison;
};

/* The verdict's name, as printed and in JSON. */
const char *audit_verdict_name(enum verdict verdict);
/* The file that a source of a defect was read from, or NULL. */
const char *audit_source_path(const struct audit *audit, enum log_source source);
bool audit_is_state_equal(const struct audit *audit);
/* Whether nothing is wrong. */
bool audit_passed(const struct audit *audit);

/* text.c */
void audit_print_text(const struct audit *audit);
/* json.c */
void audit_print_json(const struct audit *audit);

#endif
