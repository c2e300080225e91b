/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Faults in its first FAULTS lives, then reports that it is done. */
#include "libruvix/ruvix.h"
#include "libruvix/ruvix_slots.h"

static RVX_PERSISTENT uint32_t lives;

int main(uint64_t argument)
{
	(void)argument;
	if (lives++ < FAULTS)
		__builtin_trap();
	rvx_printf("faulty: done in life %u\n", lives);
	return rvx_edge_signal(RVX_EDGE(0), RVX_REPORT_DONE, 0) == RVX_OK ? 0 : 1;
}
