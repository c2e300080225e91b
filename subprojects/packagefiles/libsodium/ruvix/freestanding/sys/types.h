/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What libsodium uses of <sys/types.h>: size_t. */
#ifndef RUVIX_FREESTANDING_SYS_TYPES_H
#define RUVIX_FREESTANDING_SYS_TYPES_H

#include <stddef.h>

#endif
