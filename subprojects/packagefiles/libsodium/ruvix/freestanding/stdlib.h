/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What libsodium uses of <stdlib.h>: abort, which each program with libsodium has to provide. */
#ifndef RUVIX_FREESTANDING_STDLIB_H
#define RUVIX_FREESTANDING_STDLIB_H

#include <stddef.h>

_Noreturn void abort(void);

#endif
