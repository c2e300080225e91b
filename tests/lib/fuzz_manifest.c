/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Fuzzes the manifest reader: what it hands out lies within the blob and refers to partitions
 * that exist, and the counts hold.
 */
#include "tests/lib/fuzz.h"

#include "libruvix/manifest.h"

static const uint8_t *blob;
static size_t blob_size;

static void check_string(const char *string)
{
	FUZZ_CHECK(string != NULL);
	fuzz_touch(blob, blob_size, string, strlen(string) + 1);
}

static enum manifest_status read_partitions(struct manifest *manifest)
{
	struct manifest_partition partition;
	enum manifest_status status;
	uint64_t index = 0;

	while ((status = manifest_next_partition(manifest, &partition)) == MANIFEST_OK) {
		FUZZ_CHECK(partition.index == index++);
		check_string(partition.label);
		check_string(partition.image);
		FUZZ_CHECK(partition.mode < MANIFEST_MODE_COUNT);
		FUZZ_CHECK(partition.on_fault < MANIFEST_ON_FAULT_COUNT);
		if (partition.image_hash != NULL)
			fuzz_touch(blob, blob_size, partition.image_hash, MANIFEST_HASH_SIZE);
	}
	FUZZ_CHECK(status != MANIFEST_END || index == manifest->partition_count);
	return status;
}

static enum manifest_status read_regions(struct manifest *manifest)
{
	struct manifest_region region;
	enum manifest_status status;
	uint64_t index = 0, partition, rights;
	uint32_t i;

	while ((status = manifest_next_region(manifest, &region)) == MANIFEST_OK) {
		FUZZ_CHECK(region.index == index++);
		check_string(region.label);
		for (i = 0; i < region.holder_count; i++) {
			manifest_region_holder(&region, i, &partition, &rights);
			FUZZ_CHECK(partition < manifest->partition_count);
		}
	}
	FUZZ_CHECK(status != MANIFEST_END || index == manifest->region_count);
	return status;
}

static enum manifest_status read_edges(struct manifest *manifest)
{
	struct manifest_edge edge;
	enum manifest_status status;
	uint64_t index = 0;

	while ((status = manifest_next_edge(manifest, &edge)) == MANIFEST_OK) {
		FUZZ_CHECK(edge.index == index++);
		check_string(edge.label);
		FUZZ_CHECK(edge.ends[0] < manifest->partition_count);
		FUZZ_CHECK(edge.ends[1] < manifest->partition_count);
	}
	FUZZ_CHECK(status != MANIFEST_END || index == manifest->edge_count);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct manifest manifest;
	enum manifest_status status;

	blob = copy;
	blob_size = size;
	status = manifest_init(&manifest, copy, size);
	if (status == MANIFEST_OK) {
		check_string(manifest.label);
		status = read_partitions(&manifest);
	}
	if (status == MANIFEST_END)
		status = read_regions(&manifest);
	if (status == MANIFEST_END)
		status = read_edges(&manifest);
	FUZZ_CHECK(status != MANIFEST_OK);
	FUZZ_CHECK(status == MANIFEST_MALFORMED || status == MANIFEST_END ||
		   manifest.property != NULL);
	FUZZ_CHECK(status != MANIFEST_MALFORMED || manifest.fdt_status != FDT_OK);
	FUZZ_CHECK(manifest_status_text(status) != NULL);
	free(copy);
	return 0;
}
