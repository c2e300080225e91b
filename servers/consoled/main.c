/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* consoled: the driver of the PL011, under a lease. */
#include "servers/consoled/serve.h"

int main(uint64_t argument)
{
	(void)argument;
	return consoled_serve() == RVX_OK ? 0 : 1;
}
