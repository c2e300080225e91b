/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A run of bytes that somebody else owns: what a file held, or a part of it. */
#ifndef AUDIT_BYTES_H
#define AUDIT_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Records and headers are taken from files as they lie there. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the host reads little endian structs");

struct bytes {
	const uint8_t *data;
	size_t size;
};

#endif
