/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Reads what the image tool writes with the readers that kernel and servers use, for tests that
 * compare the two:
 *
 *	image_facts image FILE    prints the entries of system.img and all of its manifest
 *	image_facts programs      reads programs from standard input, each after its size in 4
 *	                          bytes, little endian, and prints a line for each: ok or why not
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cpio.h"
#include "lib/elf.h"
#include "libruvix/manifest.h"

#define PROGRAM_SIZE_MAX (1u << 20)

static void program_print(const uint8_t *data, size_t size)
{
	struct elf elf;
	const enum elf_status status = elf_init(&elf, data, size);
	uint32_t i;

	if (status != ELF_OK) {
		printf("%s at %lu\n", elf_status_text(status), elf.error_offset);
		return;
	}
	printf("ok abi %u.%u entry %#lx memory %#lx", elf.abi_major, elf.abi_minor, elf.entry,
	       elf.memory_size);
	for (i = 0; i < elf.segment_count; i++) {
		const struct elf_segment *segment = &elf.segments[i];

		printf(" [%#lx %lu %lu %lu %u]", segment->address, segment->memory_size,
		       (unsigned long)(segment->data - data), segment->file_size, segment->flags);
	}
	printf("\n");
}

static int programs_print(void)
{
	uint8_t *data = malloc(PROGRAM_SIZE_MAX);
	uint32_t size;

	while (fread(&size, sizeof(size), 1, stdin) == 1) {
		if (size > PROGRAM_SIZE_MAX || fread(data, 1, size, stdin) != size)
			break;
		program_print(data, size);
	}
	free(data);
	return feof(stdin) ? 0 : 1;
}

static int partitions_print(struct manifest *manifest)
{
	struct manifest_partition partition;
	enum manifest_status status;

	while ((status = manifest_next_partition(manifest, &partition)) == MANIFEST_OK) {
		printf("partition %lu %s image %s window %lu\n", partition.index, partition.label,
		       partition.image, partition.window);
		if (partition.index == 0)
			continue;
		printf("  size %lu hash %d tables %lu credits %lu stack %lu\n",
		       partition.image_size,
		       partition.image_hash == NULL ? -1 : partition.image_hash[0],
		       partition.tables, partition.credits, partition.stack);
		printf("  slots %lu memory %lu console %d core %lu on-fault %d\n", partition.slots,
		       partition.memory, partition.console, partition.core,
		       (int)partition.on_fault);
		printf("  mode %d budget %lu period %lu deadline %lu passive %d hard %d\n",
		       (int)partition.mode, partition.budget_ns, partition.period_ns,
		       partition.deadline_ns, partition.passive, partition.hard);
	}
	return status == MANIFEST_END;
}

static int regions_print(struct manifest *manifest)
{
	struct manifest_region region;
	enum manifest_status status;
	uint64_t partition, rights;
	uint32_t i;

	while ((status = manifest_next_region(manifest, &region)) == MANIFEST_OK) {
		printf("region %lu %s size %lu", region.index, region.label, region.size);
		for (i = 0; i < region.holder_count; i++) {
			manifest_region_holder(&region, i, &partition, &rights);
			printf(" %lu:%lu", partition, rights);
		}
		printf("\n");
	}
	return status == MANIFEST_END;
}

static int edges_print(struct manifest *manifest)
{
	struct manifest_edge edge;
	enum manifest_status status;

	while ((status = manifest_next_edge(manifest, &edge)) == MANIFEST_OK)
		printf("edge %lu %s ends %lu %lu rights %lu %lu badges %lu %lu\n", edge.index,
		       edge.label, edge.ends[0], edge.ends[1], edge.rights[0], edge.rights[1],
		       edge.badges[0], edge.badges[1]);
	return status == MANIFEST_END;
}

static int manifest_print(const uint8_t *data, size_t size)
{
	struct manifest manifest;
	const enum manifest_status status = manifest_init(&manifest, data, size);

	if (status != MANIFEST_OK) {
		printf("manifest: %s\n", manifest_status_text(status));
		return 0;
	}
	printf("manifest %s abi %lu.%lu\n", manifest.label, manifest.abi_major, manifest.abi_minor);
	return partitions_print(&manifest) && regions_print(&manifest) && edges_print(&manifest);
}

static int image_print(const uint8_t *archive, size_t size)
{
	enum cpio_status status;
	struct cpio_entry entry;
	struct cpio cpio;
	int good = 1;

	cpio_init(&cpio, archive, size);
	while ((status = cpio_next(&cpio, &entry)) == CPIO_OK) {
		printf("entry %s at %lu size %u\n", entry.name,
		       (unsigned long)(entry.data - archive), entry.size);
		if (strcmp(entry.name, "manifest.dtb") == 0)
			good = good && manifest_print(entry.data, entry.size);
		else
			program_print(entry.data, entry.size);
	}
	printf("%s\n", cpio_status_text(status));
	return good && status == CPIO_END ? 0 : 1;
}

static int image_file_print(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *archive;
	long size;
	int result = 2;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		return 2;
	rewind(file);
	archive = malloc((size_t)size + 1);
	if (fread(archive, 1, (size_t)size, file) == (size_t)size)
		result = image_print(archive, (size_t)size);
	free(archive);
	fclose(file);
	return result;
}

int main(int count, char **arguments)
{
	if (count == 3 && strcmp(arguments[1], "image") == 0)
		return image_file_print(arguments[2]);
	if (count == 2 && strcmp(arguments[1], "programs") == 0)
		return programs_print();
	fprintf(stderr, "usage: image_facts image FILE | image_facts programs\n");
	return 2;
}
