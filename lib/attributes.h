/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The two compiler attributes that our interfaces use, by names that say what they ask for.
 */
#ifndef LIB_ATTRIBUTES_H
#define LIB_ATTRIBUTES_H

/* The caller must look at the answer. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Parameter `pattern` is a printf pattern, its arguments start at parameter `first` (0: va_list). */
#define PRINTF_LIKE(pattern, first) __attribute__((format(printf, pattern, first)))

#endif
