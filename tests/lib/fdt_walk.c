/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Prints what the device-tree reader hands out of a file, an item a line, for tests that compare
 * it with another account of the same tree:
 *
 *	begin DEPTH NAME | property DEPTH NAME HEX | reg DEPTH ADDRESS SIZE | end DEPTH
 *	reserve ADDRESS SIZE
 *
 * The exit status is 0 only if the tree is read to its end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/fdt.h"

static void *file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	void *data = NULL;
	long end;

	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0) {
		rewind(file);
		*size = (size_t)end;
		data = malloc(*size + (*size == 0));
		if (fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

static void property_print(const struct fdt *fdt, const struct fdt_item *item)
{
	uint64_t address, size;
	uint32_t i;

	printf("property %u %s ", item->depth, item->name);
	for (i = 0; i < item->size; i++)
		printf("%02x", item->value[i]);
	printf("\n");
	for (i = 0; fdt_item_is(item, "reg") && fdt_item_reg(fdt, item, i, &address, &size); i++)
		printf("reg %u %#lx %#lx\n", item->depth, address, size);
}

static void item_print(const struct fdt *fdt, const struct fdt_item *item)
{
	switch (item->event) {
	case FDT_NODE_BEGIN:
		printf("begin %u %s\n", item->depth, item->name);
		break;
	case FDT_PROPERTY:
		property_print(fdt, item);
		break;
	case FDT_NODE_END:
		printf("end %u\n", item->depth);
		break;
	}
}

int main(int count, char **arguments)
{
	size_t size = 0;
	void *blob = count == 2 ? file_read(arguments[1], &size) : NULL;
	enum fdt_status status;
	struct fdt_item item;
	struct fdt fdt;
	uint64_t address, length;
	uint32_t i;

	if (blob == NULL) {
		fprintf(stderr, "usage: fdt_walk FILE\n");
		return 2;
	}
	status = fdt_init(&fdt, blob, size);
	for (i = 0; status == FDT_OK && i < fdt.reservation_count; i++) {
		fdt_reservation(&fdt, i, &address, &length);
		printf("reserve %#lx %#lx\n", address, length);
	}
	while (status == FDT_OK) {
		status = fdt_next(&fdt, &item);
		if (status == FDT_OK)
			item_print(&fdt, &item);
	}
	if (status != FDT_END)
		fprintf(stderr, "%s at offset %u\n", fdt_status_text(status), fdt.error_offset);
	free(blob);
	return status == FDT_END ? 0 : 1;
}
