/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzzes the cpio reader: entries lie within the archive one behind the other, and each is found
 * by its name.
 */
#include "tests/lib/fuzz.h"

#include "lib/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *archive = fuzz_copy(data, size);
	const uint8_t *end = archive;
	struct cpio cpio, before, search;
	struct cpio_entry entry, found;
	enum cpio_status status = CPIO_OK;

	cpio_init(&cpio, archive, size);
	while (status == CPIO_OK) {
		before = cpio;
		status = cpio_next(&cpio, &entry);
		if (status != CPIO_OK)
			break;
		FUZZ_CHECK(cpio.offset > before.offset && cpio.offset <= size);
		FUZZ_CHECK(cpio.index == before.index + 1);
		fuzz_touch(archive, size, entry.name, strlen(entry.name) + 1);
		fuzz_touch(archive, size, entry.data, entry.size);
		FUZZ_CHECK((const uint8_t *)entry.name > end && entry.data > end);
		FUZZ_CHECK((entry.data - archive) % 4 == 0);
		end = entry.data + entry.size;

		search = before;
		FUZZ_CHECK(cpio_find(&search, entry.name, &found) == CPIO_OK);
		FUZZ_CHECK(found.data == entry.data && found.size == entry.size);
		cpio_init(&search, archive, size);
		FUZZ_CHECK(cpio_find(&search, entry.name, &found) == CPIO_OK);
	}
	FUZZ_CHECK(cpio_next(&cpio, &entry) == status);
	FUZZ_CHECK(cpio_status_text(status) != NULL);
	free(archive);
	return 0;
}
