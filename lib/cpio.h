/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A reader of cpio archives in the "newc" format (magic 070701), the form of system.img. Entries
 * are read one after the other; each is checked completely before it is handed out.
 *
 * An entry's name may be followed by more than one NUL within its name field: the image tool
 * makes the file data that follows start at a multiple of the page size that way.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attributes.h"
#include "lib/status.h"

/* Without the final NUL. */
#define CPIO_NAME_LENGTH_MAX 255

/* X(name, text). CPIO_END: the trailer was reached; from cpio_find: no entry before it has the name. */
#define CPIO_STATUS_LIST(X) \
	X(CPIO_OK, "no error") \
	X(CPIO_END, "end of the archive") \
	X(CPIO_TRUNCATED, "archive ends too early") \
	X(CPIO_BAD_MAGIC, "not a newc entry: wrong magic number") \
	X(CPIO_BAD_NUMBER, "number with a byte that is no hexadecimal digit") \
	X(CPIO_BAD_NAME, "name is empty, too long, absolute, not printable or not ended")

enum cpio_status {
	CPIO_STATUS_LIST(STATUS_NAME) CPIO_STATUS_COUNT
};

struct cpio {
	const uint8_t *archive;
	size_t size;

	/* The entry that cpio_next reads next: also the place of an error. */
	size_t offset;
	uint32_t index;
};

struct cpio_entry {
	const char *name; /* Ended by a NUL; printable ASCII without spaces, not starting with /. */
	const uint8_t *data;
	uint32_t size;
};

/* Stand before the first entry. The archive must not change while it is read. */
void cpio_init(struct cpio *cpio, const void *archive, size_t size);

/*
 * Read the next entry. After any status but CPIO_OK the same status is returned for ever, and
 * `index` and `offset` in `cpio` say which entry it is about.
 */
MUST_CHECK enum cpio_status cpio_next(struct cpio *cpio, struct cpio_entry *entry);

/* Read entries from where `cpio` stands until one is called `name`. */
MUST_CHECK enum cpio_status cpio_find(struct cpio *cpio, const char *name,
				      struct cpio_entry *entry);

/* A phrase such as "archive ends too early"; never NULL. */
const char *cpio_status_text(enum cpio_status status);

#endif
