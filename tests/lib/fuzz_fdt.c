/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzzes the device-tree reader: whatever the bytes are, items nest properly, lie within the
 * blob, are not more than tokens fit, and are found again by looking ahead.
 */
#include "tests/lib/fuzz.h"

#include "lib/fdt.h"

static void check_property(const struct fdt *before, const struct fdt *fdt,
			   const struct fdt_item *item)
{
	struct fdt_item ahead;
	uint64_t address, size;
	const uint32_t cells = item->size / 4;
	uint32_t i;
	const char *string = fdt_item_string(item);

	FUZZ_CHECK(fdt_property_ahead(before, item->name, &ahead));
	FUZZ_CHECK(ahead.value == item->value && ahead.size == item->size);
	FUZZ_CHECK(string == NULL || strlen(string) + 1 == item->size);
	FUZZ_CHECK(string == NULL || fdt_item_finds(item, &string, 1) == 0);
	FUZZ_CHECK(!fdt_item_cells(item, cells, 1, &address));
	FUZZ_CHECK(cells < 1 || fdt_item_cells(item, cells - 1, 1, &address));
	FUZZ_CHECK(!fdt_item_cells(item, cells - (cells > 0), 2, &address));
	FUZZ_CHECK(cells < 2 || fdt_item_cells(item, cells - 2, 2, &address));
	for (i = 0; i < 4 && fdt_item_reg(fdt, item, i, &address, &size); i++)
		;
	(void)fdt_item_finds(item, (const char *const[]){ "arm,gic-v3", "" }, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *blob = fuzz_copy(data, size);
	struct fdt fdt, before;
	struct fdt_item item;
	enum fdt_status status = fdt_init(&fdt, blob, size);
	uint32_t depth = 0;
	size_t items = 0;
	uint64_t address, length;
	uint32_t i;

	if (status == FDT_OK) {
		FUZZ_CHECK(fdt.total_size <= size);
		for (i = 0; i < fdt.reservation_count; i++)
			fdt_reservation(&fdt, i, &address, &length);
	}
	while (status == FDT_OK) {
		before = fdt;
		status = fdt_next(&fdt, &item);
		if (status != FDT_OK)
			break;
		FUZZ_CHECK(++items <= size / 4);
		FUZZ_CHECK(fdt.offset > before.offset);
		if (item.event == FDT_NODE_BEGIN)
			depth++;
		FUZZ_CHECK(depth > 0 && depth <= FDT_DEPTH_MAX && item.depth == depth);
		if (item.event == FDT_NODE_END) {
			FUZZ_CHECK(item.name == NULL);
			depth--;
			continue;
		}
		fuzz_touch(blob, size, item.name, strlen(item.name) + 1);
		(void)fdt_item_is(&item, "memory");
		if (item.event == FDT_PROPERTY) {
			fuzz_touch(blob, size, item.value, item.size);
			check_property(&before, &fdt, &item);
		}
	}
	FUZZ_CHECK(status != FDT_END || depth == 0);
	FUZZ_CHECK(fdt_next(&fdt, &item) != FDT_OK);
	FUZZ_CHECK(fdt_status_text(status) != NULL);
	free(blob);
	return 0;
}
