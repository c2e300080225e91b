/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command line of audit. */
#include "tools/audit/options.h"
#include "tools/audit/log.h"

#include <getopt.h>
#include <stdio.h>

enum option_code {
	OPTION_SECRET = 1,
	OPTION_LOG_ID,
	OPTION_BOOT,
	OPTION_NONCE,
	OPTION_LOG,
	OPTION_TAIL,
	OPTION_STATE,
	OPTION_FREQUENCY,
	OPTION_NEXT,
	OPTION_QUERY,
	OPTION_PRINT_STATE,
	OPTION_JSON,
	OPTION_HELP
};

static const struct option long_options[] = {
	{ "secret", required_argument, NULL, OPTION_SECRET },
	{ "log-id", required_argument, NULL, OPTION_LOG_ID },
	{ "boot", required_argument, NULL, OPTION_BOOT },
	{ "nonce", required_argument, NULL, OPTION_NONCE },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "tail", required_argument, NULL, OPTION_TAIL },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "frequency", required_argument, NULL, OPTION_FREQUENCY },
	{ "next", required_argument, NULL, OPTION_NEXT },
	{ "query", required_argument, NULL, OPTION_QUERY },
	{ "print-state", no_argument, NULL, OPTION_PRINT_STATE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: audit --secret FILE --log-id FILE --boot N --nonce FILE [--log FILE] [--tail FILE]\n"
	"             [--state FILE] [--frequency HZ] [--next N] [--query Q] [--print-state]\n"
	"             [--json]\n"
	"\n"
	"Verifies the witness log of one boot, replays it, and tells what it says.\n"
	"\n"
	"  --secret FILE     the device secret, 32 bytes\n"
	"  --log-id FILE     the log's id, 16 bytes\n"
	"  --boot N          number of the boot\n"
	"  --nonce FILE      nonce of the boot, 16 bytes\n"
	"  --log FILE        the segments that were drained\n"
	"  --tail FILE       the records that were still in the kernel's ring\n"
	"  --state FILE      what the kernel reported of its state: compare\n"
	"  --frequency HZ    ticks a second, which the segments must state too\n"
	"  --next N          sequence that the kernel would give next: where the log must end\n"
	"  --query Q         print records: partition=N,kind=NAME,object=ID,from=TICKS,to=TICKS\n"
	"  --print-state     print the state that replay came to\n"
	"  --json            print everything as one JSON object\n"
	"\n"
	"Exit status: 0 the log is valid, its replay consistent and the state equal;\n"
	"1 it is not; 2 the command line or a file cannot be used.\n";

void options_print_help(void)
{
	fputs(help, stdout);
}

static bool wrong(const char *option, const char *argument, const char *why)
{
	fprintf(stderr, "audit: --%s %s: %s\n", option, argument, why);
	return false;
}

static bool number(const char *option, uint64_t *value)
{
	return number_parse(optarg, '\0', value) || wrong(option, optarg, "this is no number");
}

static bool query(struct options *options)
{
	const char *rest = query_parse(&options->query, optarg);

	options->has_query = true;
	return rest == NULL ||
	       wrong("query", rest,
		     "expected partition=N, kind=NAME, object=ID, from=T or to=T, each once");
}

/* One option whose argument, if it takes one, is in optarg. */
static bool take(struct options *options, int option, bool *has_boot)
{
	switch (option) {
	case OPTION_SECRET:
		options->secret_path = optarg;
		return true;
	case OPTION_LOG_ID:
		options->log_id_path = optarg;
		return true;
	case OPTION_NONCE:
		options->nonce_path = optarg;
		return true;
	case OPTION_LOG:
		options->log_path = optarg;
		return true;
	case OPTION_TAIL:
		options->tail_path = optarg;
		return true;
	case OPTION_STATE:
		options->state_path = optarg;
		return true;
	case OPTION_BOOT:
		*has_boot = true;
		return number("boot", &options->boot);
	case OPTION_FREQUENCY:
		return number("frequency", &options->frequency) &&
		       (options->frequency != 0 || wrong("frequency", optarg, "it is not 0"));
	case OPTION_NEXT:
		return number("next", &options->next);
	case OPTION_QUERY:
		return query(options);
	case OPTION_PRINT_STATE:
		options->print_state = true;
		return true;
	case OPTION_JSON:
		options->json = true;
		return true;
	case OPTION_HELP:
		options->help = true;
		return true;
	default:
		return false; /* getopt_long has said why */
	}
}

static bool missing(const char *what)
{
	fprintf(stderr, "audit: %s is missing; --help tells more\n", what);
	return false;
}

bool options_parse(struct options *options, int argc, char **argv)
{
	bool has_boot = false;
	int option;

	*options = (struct options){ .next = LOG_NEXT_UNKNOWN };
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (!take(options, option, &has_boot))
			return false;
	}
	if (options->help)
		return true;
	if (optind != argc) {
		fprintf(stderr, "audit: %s: unexpected argument\n", argv[optind]);
		return false;
	}
	if (options->secret_path == NULL)
		return missing("--secret");
	if (options->log_id_path == NULL)
		return missing("--log-id");
	if (options->nonce_path == NULL)
		return missing("--nonce");
	if (!has_boot)
		return missing("--boot");
	if (options->log_path == NULL && options->tail_path == NULL)
		return missing("--log or --tail");
	return true;
}
