/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Each line is at most 64 bytes, so that it is printed as a whole. */
#include "examples/rogue/trial.h"

void trial_begins(const char *what)
{
	rvx_printf("rogue: %s\n", what);
}

void trial_ends(bool was_stopped, uint64_t value)
{
	if (!was_stopped)
		rvx_printf("rogue: IT WENT THROUGH: %lx\n", value);
}

void trial_answered(const char *what, enum rvx_status status)
{
	rvx_printf("rogue: %-40s %s\n", what, rvx_status_name(status));
}

void trial_count(struct trial_count *count, enum rvx_status status)
{
	count->tries++;
	switch (status) {
	case RVX_INVALID_HANDLE:
		count->invalid++;
		break;
	case RVX_STALE:
		count->stale++;
		break;
	case RVX_WRONG_TYPE:
		count->wrong_type++;
		break;
	case RVX_NO_RIGHT:
		count->no_right++;
		break;
	default:
		if (status >= RVX_OK)
			count->accepted++;
		else
			count->other++;
		break;
	}
}

void trial_count_print(const char *what, const struct trial_count *count)
{
	rvx_printf("rogue: %u %s: %u accepted\n", count->tries, what, count->accepted);
	rvx_printf("rogue:   %u invalid, %u stale, %u wrong type, %u no right, %u other\n",
		   count->invalid, count->stale, count->wrong_type, count->no_right, count->other);
}
