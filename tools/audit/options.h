/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command line of audit. */
#ifndef AUDIT_OPTIONS_H
#define AUDIT_OPTIONS_H

#include "lib/attributes.h"
#include "tools/audit/query.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *secret_path, *log_id_path, *nonce_path;
	const char *log_path, *tail_path; /* NULL: none */
	const char *state_path;		  /* NULL: not to be compared */
	uint64_t boot;
	uint64_t frequency; /* 0: not given */
	uint64_t next;	    /* LOG_NEXT_UNKNOWN: not given */
	bool has_query;
	struct query query;
	bool json, print_state, help;
};

/* False: the command line is wrong, which was said on stderr. */
MUST_CHECK bool options_parse(struct options *options, int argc, char **argv);
void options_print_help(void);

#endif
