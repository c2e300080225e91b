/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What third-party code expects of a C library, beyond lib/memory.c. */
#include "kernel/panic.h"

#include <stdlib.h>

_Noreturn void abort(void)
{
	kpanic("a library function was called against its contract");
}
