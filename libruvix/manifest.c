/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A node is opened by moving to it and then read by looking ahead among its properties, whatever
 * their order. Leaving it takes no step of its own: the search for the next node passes over
 * everything that is not the start of one directly below the root.
 */
#include "libruvix/manifest.h"

#define NODE_DEPTH 2

static enum manifest_status fail(struct manifest *manifest, enum manifest_status status,
				 const char *property)
{
	manifest->property = property;
	manifest->fdt.error_offset = manifest->fdt.offset;
	return status;
}

/* `count` numbers of 64 bits, exactly as many as the property has. */
static enum manifest_status take_numbers(struct manifest *manifest, const char *name,
					 uint32_t count, uint64_t *numbers)
{
	struct fdt_item item;
	uint32_t i;

	if (!fdt_property_ahead(&manifest->fdt, name, &item))
		return fail(manifest, MANIFEST_MISSING, name);
	if (item.size != 8 * count)
		return fail(manifest, MANIFEST_BAD_VALUE, name);
	for (i = 0; i < count; i++)
		if (!fdt_item_cells(&item, 2 * i, 2, &numbers[i]))
			return fail(manifest, MANIFEST_BAD_VALUE, name);
	return MANIFEST_OK;
}

/* A number up to `max`. */
static enum manifest_status take_number(struct manifest *manifest, const char *name, uint64_t max,
					uint64_t *number)
{
	enum manifest_status status = take_numbers(manifest, name, 1, number);

	if (status == MANIFEST_OK && *number > max)
		return fail(manifest, MANIFEST_BAD_VALUE, name);
	return status;
}

static enum manifest_status take_flag(struct manifest *manifest, const char *name, bool *flag)
{
	uint64_t number = 0;
	enum manifest_status status = take_number(manifest, name, 1, &number);

	*flag = number == 1;
	return status;
}

static enum manifest_status take_string(struct manifest *manifest, const char *name,
					const char **string)
{
	struct fdt_item item;

	if (!fdt_property_ahead(&manifest->fdt, name, &item))
		return fail(manifest, MANIFEST_MISSING, name);
	*string = fdt_item_string(&item);
	return *string != NULL ? MANIFEST_OK : fail(manifest, MANIFEST_BAD_VALUE, name);
}

enum manifest_status manifest_init(struct manifest *manifest, const void *blob, size_t size)
{
	const uint64_t max = MANIFEST_COUNT_MAX;
	uint64_t abi[2] = { 0, 0 };
	enum manifest_status status;
	struct fdt_item root;
	uint64_t format = 0;

	*manifest = (struct manifest){ .label = NULL };
	manifest->fdt_status = fdt_init(&manifest->fdt, blob, size);
	if (manifest->fdt_status == FDT_OK)
		manifest->fdt_status = fdt_next(&manifest->fdt, &root);
	if (manifest->fdt_status != FDT_OK)
		return MANIFEST_MALFORMED;

	status = take_number(manifest, "format", UINT64_MAX, &format);
	if (status != MANIFEST_OK)
		return status;
	if (format != MANIFEST_FORMAT)
		return fail(manifest, MANIFEST_BAD_FORMAT, "format");

	status = take_string(manifest, "label", &manifest->label);
	if (status == MANIFEST_OK)
		status = take_numbers(manifest, "abi", 2, abi);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "partition-count", max, &manifest->partition_count);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "region-count", max, &manifest->region_count);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "edge-count", max, &manifest->edge_count);
	manifest->abi_major = abi[0];
	manifest->abi_minor = abi[1];
	return status;
}

static bool is_known_kind(const struct fdt_item *item)
{
	return fdt_item_is(item, "partition") || fdt_item_is(item, "region") ||
	       fdt_item_is(item, "edge");
}

/* Move into the next node of a kind. The node after the last one of the kind stays unread. */
static enum manifest_status node_open(struct manifest *manifest, const char *kind)
{
	struct fdt before;
	struct fdt_item item;

	do {
		before = manifest->fdt;
		manifest->fdt_status = fdt_next(&manifest->fdt, &item);
		if (manifest->fdt_status == FDT_END)
			return MANIFEST_END;
		if (manifest->fdt_status != FDT_OK)
			return MANIFEST_MALFORMED;
	} while (item.event != FDT_NODE_BEGIN || item.depth != NODE_DEPTH || !is_known_kind(&item));

	if (fdt_item_is(&item, kind))
		return MANIFEST_OK;
	manifest->fdt = before;
	return MANIFEST_END;
}

/* Move into the next node of a kind of which there must be `count`, and number it. */
static enum manifest_status node_next(struct manifest *manifest, const char *kind, uint64_t count,
				      uint64_t *read, uint64_t *index)
{
	const enum manifest_status status = node_open(manifest, kind);

	if ((status == MANIFEST_OK && *read == count) || (status == MANIFEST_END && *read != count))
		return fail(manifest, MANIFEST_BAD_COUNT, kind);
	if (status == MANIFEST_OK)
		*index = (*read)++;
	return status;
}

static enum manifest_status take_hash(struct manifest *manifest,
				      struct manifest_partition *partition)
{
	struct fdt_item item;

	if (!fdt_property_ahead(&manifest->fdt, "image-hash", &item))
		return MANIFEST_OK;
	if (item.size != MANIFEST_HASH_SIZE)
		return fail(manifest, MANIFEST_BAD_VALUE, "image-hash");
	partition->image_hash = item.value;
	return MANIFEST_OK;
}

/* A number up to `max`, or 0 where the property is missing. */
static enum manifest_status take_optional(struct manifest *manifest, const char *name, uint64_t max,
					  uint64_t *number)
{
	struct fdt_item item;

	if (!fdt_property_ahead(&manifest->fdt, name, &item))
		return MANIFEST_OK;
	return take_number(manifest, name, max, number);
}

static enum manifest_status take_resources(struct manifest *manifest,
					   struct manifest_partition *partition)
{
	enum manifest_status status;
	uint64_t on_fault = 0;

	status = take_number(manifest, "tables", UINT64_MAX, &partition->tables);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "credits", UINT64_MAX, &partition->credits);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "stack", UINT64_MAX, &partition->stack);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "slots", UINT64_MAX, &partition->slots);
	if (status == MANIFEST_OK)
		status = take_optional(manifest, "memory", UINT64_MAX, &partition->memory);
	if (status == MANIFEST_OK)
		status = take_flag(manifest, "console", &partition->console);
	if (status == MANIFEST_OK)
		status = take_optional(manifest, "core", MANIFEST_CORES_MAX - 1, &partition->core);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "on-fault", MANIFEST_ON_FAULT_COUNT - 1, &on_fault);
	partition->on_fault = (enum manifest_on_fault)on_fault;
	return status;
}

static enum manifest_status take_schedule(struct manifest *manifest,
					  struct manifest_partition *partition)
{
	enum manifest_status status;
	uint64_t mode = 0;

	status = take_number(manifest, "mode", MANIFEST_MODE_COUNT - 1, &mode);
	partition->mode = mode == MANIFEST_REFLEX ? MANIFEST_REFLEX : MANIFEST_FLOW;
	if (status == MANIFEST_OK)
		status = take_number(manifest, "budget-ns", UINT64_MAX, &partition->budget_ns);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "period-ns", UINT64_MAX, &partition->period_ns);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "deadline-ns", UINT64_MAX, &partition->deadline_ns);
	if (status == MANIFEST_OK)
		status = take_flag(manifest, "passive", &partition->passive);
	if (status == MANIFEST_OK)
		status = take_flag(manifest, "hard", &partition->hard);
	return status;
}

enum manifest_status manifest_next_partition(struct manifest *manifest,
					     struct manifest_partition *partition)
{
	enum manifest_status status;

	*partition = (struct manifest_partition){ .index = 0 };
	status = node_next(manifest, "partition", manifest->partition_count,
			   &manifest->partitions_read, &partition->index);
	if (status == MANIFEST_OK)
		status = take_string(manifest, "label", &partition->label);
	if (status == MANIFEST_OK)
		status = take_string(manifest, "image", &partition->image);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "window", UINT64_MAX, &partition->window);
	if (status != MANIFEST_OK || partition->index == 0)
		return status;

	status = take_number(manifest, "image-size", UINT64_MAX, &partition->image_size);
	if (status == MANIFEST_OK)
		status = take_hash(manifest, partition);
	if (status == MANIFEST_OK)
		status = take_resources(manifest, partition);
	if (status == MANIFEST_OK)
		status = take_schedule(manifest, partition);
	return status;
}

static enum manifest_status take_holders(struct manifest *manifest, struct manifest_region *region)
{
	uint64_t partition, rights;
	uint32_t i;

	if (!fdt_property_ahead(&manifest->fdt, "holders", &region->holders))
		return fail(manifest, MANIFEST_MISSING, "holders");
	if (region->holders.size % 16 != 0)
		return fail(manifest, MANIFEST_BAD_VALUE, "holders");
	region->holder_count = region->holders.size / 16;
	for (i = 0; i < region->holder_count; i++) {
		manifest_region_holder(region, i, &partition, &rights);
		if (partition >= manifest->partition_count)
			return fail(manifest, MANIFEST_BAD_VALUE, "holders");
	}
	return MANIFEST_OK;
}

enum manifest_status manifest_next_region(struct manifest *manifest, struct manifest_region *region)
{
	enum manifest_status status;

	*region = (struct manifest_region){ .index = 0 };
	status = node_next(manifest, "region", manifest->region_count, &manifest->regions_read,
			   &region->index);
	if (status == MANIFEST_OK)
		status = take_string(manifest, "label", &region->label);
	if (status == MANIFEST_OK)
		status = take_number(manifest, "size", UINT64_MAX, &region->size);
	if (status == MANIFEST_OK)
		status = take_holders(manifest, region);
	return status;
}

void manifest_region_holder(const struct manifest_region *region, uint32_t index,
			    uint64_t *partition, uint64_t *rights)
{
	if (!fdt_item_cells(&region->holders, 4 * (uint64_t)index, 2, partition))
		*partition = 0;
	if (!fdt_item_cells(&region->holders, 4 * (uint64_t)index + 2, 2, rights))
		*rights = 0;
}

enum manifest_status manifest_next_edge(struct manifest *manifest, struct manifest_edge *edge)
{
	enum manifest_status status;

	*edge = (struct manifest_edge){ .index = 0 };
	status = node_next(manifest, "edge", manifest->edge_count, &manifest->edges_read,
			   &edge->index);
	if (status == MANIFEST_OK)
		status = take_string(manifest, "label", &edge->label);
	if (status == MANIFEST_OK)
		status = take_numbers(manifest, "ends", MANIFEST_EDGE_ENDS, edge->ends);
	if (status == MANIFEST_OK && (edge->ends[0] >= manifest->partition_count ||
				      edge->ends[1] >= manifest->partition_count))
		return fail(manifest, MANIFEST_BAD_VALUE, "ends");
	if (status == MANIFEST_OK)
		status = take_numbers(manifest, "rights", MANIFEST_EDGE_ENDS, edge->rights);
	if (status == MANIFEST_OK)
		status = take_numbers(manifest, "badges", MANIFEST_EDGE_ENDS, edge->badges);
	return status;
}

const char *manifest_status_text(enum manifest_status status)
{
	static const char *const texts[] = { MANIFEST_STATUS_LIST(STATUS_TEXT) };

	return status < MANIFEST_STATUS_COUNT ? texts[status] : "unknown status";
}
