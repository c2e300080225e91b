/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The state that replay came to, and its comparison with the kernel's. */
#include "tools/audit/state.h"
#include "tools/audit/memory.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_LOW 0xffffu
#define TYPE_BITS (0xffu | RVX_STATE_MASTER | 0xff0000u)

static uint64_t id_or_zero(const struct world_object *object)
{
	return object == NULL ? 0 : object->id;
}

static void detail(const struct world_object *object, uint64_t words[2])
{
	switch (object->type) {
	case RVX_OBJECT_UNTYPED:
	case RVX_OBJECT_CAPTABLE:
	case RVX_OBJECT_REGION:
		words[0] = object->size;
		break;
	case RVX_OBJECT_PARTITION:
		words[0] = (uint64_t)object->number << 16 | object->generation;
		words[1] = object->state;
		break;
	case RVX_OBJECT_TASK:
		words[0] = id_or_zero(object->partition);
		words[1] = id_or_zero(object->table);
		break;
	case RVX_OBJECT_EDGE:
		words[0] = id_or_zero(object->end[0].task);
		words[1] = id_or_zero(object->end[1].task);
		break;
	case RVX_OBJECT_LEASE:
		words[0] = object->device | object->state;
		words[1] = id_or_zero(object->end[0].task);
		break;
	default:
		break;
	}
}

static struct rvx_state_entry entry_of(const struct world_capability *capability)
{
	const struct world_object *object = capability->object;
	struct rvx_state_entry entry = {
		.place = RVX_WITNESS_PLACE(capability->place >> 32, capability->place,
					   capability->rights | capability->end << 8),
		.object = object->id,
		.type = object->type | (uint64_t)capability->level << 16,
		.mapping = capability->mapping,
	};

	if (world_is_master(capability)) {
		entry.type |= RVX_STATE_MASTER;
		detail(object, entry.detail);
	}
	return entry;
}

static int compare_places(const void *a, const void *b)
{
	uint64_t left = ((const struct rvx_state_entry *)a)->place >> 16;
	uint64_t right = ((const struct rvx_state_entry *)b)->place >> 16;

	return left < right ? -1 : left > right;
}

void state_of_world(struct state *state, struct world *world)
{
	const struct world_capability *capability;

	*state = (struct state){ 0 };
	state->entries = memory_new((world->capability_count + 1) * sizeof(*state->entries));
	world_mark_doomed(world);
	LIST_FOREACH(capability, &world->all_capabilities, in_world)
	{
		if (capability->doomed)
			state->doomed_count++;
		else
			state->entries[state->count++] = entry_of(capability);
	}
	qsort(state->entries, state->count, sizeof(*state->entries), compare_places);
}

void state_fini(struct state *state)
{
	free(state->entries);
	state->entries = NULL;
}

/* Whether the kernel's report makes sense in itself; it is in the order in which it came. */
static const char *entry_fault(const struct rvx_state_entry *entry)
{
	if ((entry->type & ~(uint64_t)TYPE_BITS) != 0 || (entry->place & PLACE_LOW) >> 9 != 0 ||
	    (entry->place & 0x80u) != 0 || entry->reserved[0] != 0 || entry->reserved[1] != 0)
		return "the entry has bits that mean nothing";
	if ((entry->type & 0xffu) == RVX_OBJECT_NONE ||
	    (entry->type & 0xffu) >= RVX_OBJECT_TYPE_COUNT)
		return "the entry's type is unknown";
	return NULL;
}

static void read_kernel(struct state_comparison *comparison, struct bytes bytes)
{
	size_t size = sizeof(*comparison->kernel), count = bytes.size / size;

	comparison->kernel = memory_new(count * size + 1);
	comparison->kernel_count = count;
	if (count != 0)
		memcpy(comparison->kernel, bytes.data, count * size);
	for (size_t i = 0; i < count && comparison->fault == NULL; i++) {
		comparison->fault = entry_fault(&comparison->kernel[i]);
		comparison->fault_offset = i * size;
	}
	if (comparison->fault == NULL && bytes.size % size != 0) {
		comparison->fault = "the last entry is cut off";
		comparison->fault_offset = count * size;
	}
	qsort(comparison->kernel, count, size, compare_places);
	for (size_t i = 1; i < count && comparison->fault == NULL; i++) {
		if (compare_places(&comparison->kernel[i - 1], &comparison->kernel[i]) == 0) {
			comparison->fault = "two entries have one place";
			comparison->fault_offset = bytes.size;
		}
	}
}

static void differ(struct state_comparison *comparison, const struct rvx_state_entry *log,
		   const struct rvx_state_entry *kernel)
{
	comparison->differences[comparison->difference_count++] =
		(struct state_difference){ .log = log, .kernel = kernel };
}

/* Bindings and mappings change piece by piece: while a removal is under way only what the
 * capabilities themselves are can be compared. */
static bool entries_agree(const struct rvx_state_entry *ours, const struct rvx_state_entry *theirs,
			  bool all)
{
	if (all)
		return memcmp(ours, theirs, sizeof(*ours)) == 0;
	return ours->place == theirs->place && ours->object == theirs->object &&
	       ours->type == theirs->type;
}

static bool is_doomed(const struct world *world, const struct rvx_state_entry *entry)
{
	const struct world_capability *capability = world_capability(
		world, RVX_PLACE_TABLE(entry->place), RVX_PLACE_SLOT(entry->place));

	return capability != NULL && capability->doomed && capability->object->id == entry->object;
}

void state_compare(struct state_comparison *comparison, const struct state *state,
		   const struct world *world, struct bytes kernel)
{
	size_t i = 0, j = 0;

	*comparison = (struct state_comparison){ 0 };
	read_kernel(comparison, kernel);
	if (comparison->fault != NULL)
		return;
	comparison->differences = memory_new((state->count + comparison->kernel_count + 1) *
					     sizeof(*comparison->differences));
	while (i < state->count || j < comparison->kernel_count) {
		const struct rvx_state_entry *ours = i < state->count ? &state->entries[i] : NULL;
		const struct rvx_state_entry *theirs =
			j < comparison->kernel_count ? &comparison->kernel[j] : NULL;
		int order = ours == NULL ? 1 : theirs == NULL ? -1 : compare_places(ours, theirs);

		if (order == 0 && !entries_agree(ours, theirs, state->doomed_count == 0))
			differ(comparison, ours, theirs);
		if (order < 0)
			differ(comparison, ours, NULL);
		if (order > 0 && !is_doomed(world, theirs))
			differ(comparison, NULL, theirs);
		i += order <= 0;
		j += order >= 0;
	}
}

void state_comparison_fini(struct state_comparison *comparison)
{
	free(comparison->kernel);
	free(comparison->differences);
}
