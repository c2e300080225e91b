/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzzes the ELF reader: what it accepts has everything that a loader relies on.
 */
#include "tests/lib/fuzz.h"

#include "lib/elf.h"

static void check_accepted(const struct elf *elf, const uint8_t *file, size_t size)
{
	struct elf_segment segment;
	uint64_t end = 0, offset;
	bool entry_found = false;
	uint32_t i;

	FUZZ_CHECK(elf->segment_count > 0 && elf->segment_count <= ELF_SEGMENTS_MAX);
	for (i = 0; i < elf->segment_count; i++) {
		segment = elf->segments[i];
		fuzz_touch(file, size, segment.data, segment.file_size);
		FUZZ_CHECK(segment.memory_size > 0 && segment.file_size <= segment.memory_size);
		FUZZ_CHECK(segment.memory_size <= ELF_WINDOW_SIZE);
		FUZZ_CHECK(segment.address <= ELF_WINDOW_SIZE - segment.memory_size);
		FUZZ_CHECK(end == 0 || segment.address / ELF_PAGE_SIZE > (end - 1) / ELF_PAGE_SIZE);
		offset = (uint64_t)(segment.data - file);
		FUZZ_CHECK((segment.address - offset) % ELF_PAGE_SIZE == 0);
		FUZZ_CHECK((segment.flags & ELF_READABLE) != 0);
		FUZZ_CHECK((segment.flags & ELF_WRITABLE) == 0 ||
			   (segment.flags & ELF_EXECUTABLE) == 0);
		if ((segment.flags & ELF_EXECUTABLE) != 0 && elf->entry >= segment.address &&
		    elf->entry < segment.address + segment.file_size)
			entry_found = true;
		end = segment.address + segment.memory_size;
	}
	FUZZ_CHECK(elf->memory_size == end);
	FUZZ_CHECK(entry_found && elf->entry % 4 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = fuzz_copy(data, size);
	struct elf elf;
	const enum elf_status status = elf_init(&elf, file, size);

	if (status == ELF_OK)
		check_accepted(&elf, file, size);
	FUZZ_CHECK(elf_status_text(status) != NULL);
	free(file);
	return 0;
}
