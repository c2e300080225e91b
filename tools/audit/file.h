/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole files, read into memory. */
#ifndef AUDIT_FILE_H
#define AUDIT_FILE_H

#include "lib/attributes.h"
#include "tools/audit/bytes.h"

#include <stdbool.h>

/*
 * Reads all of `path`; the caller frees bytes->data. A file that cannot be read, or is not of
 * exactly `size` bytes (0: any size will do), is named on stderr with the reason, and the answer is
 * false: nothing is to be freed then.
 */
MUST_CHECK bool file_read(const char *path, const char *what, size_t size, struct bytes *bytes);

#endif
