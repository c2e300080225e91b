/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libsodium is built with NDEBUG: its assertions say nothing. */
#ifndef RUVIX_FREESTANDING_ASSERT_H
#define RUVIX_FREESTANDING_ASSERT_H

#define assert(fact) ((void)0)

#endif
