/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Reads the compiled system manifest (`manifest.dtb` in system.img; docs/manifest.md says what
 * stands in it). It is read forward, once, in three loops:
 *
 *	status = manifest_init(&manifest, blob, size);
 *	while ((status = manifest_next_partition(&manifest, &partition)) == MANIFEST_OK) ...
 *	while ((status = manifest_next_region(&manifest, &region)) == MANIFEST_OK) ...
 *	while ((status = manifest_next_edge(&manifest, &edge)) == MANIFEST_OK) ...
 *
 * A loop that ends with anything but MANIFEST_END has met a mistake. What is handed out points
 * into the blob, which must stay. Properties and nodes that the reader does not know are ignored.
 */
#ifndef LIBRUVIX_MANIFEST_H
#define LIBRUVIX_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attributes.h"
#include "lib/fdt.h"
#include "lib/status.h"

#define MANIFEST_FORMAT 1
#define MANIFEST_EDGE_ENDS 2
#define MANIFEST_HASH_SIZE 32
#define MANIFEST_CORES_MAX 8

/* More of anything is refused, so that counts can be added and multiplied. */
#define MANIFEST_COUNT_MAX 65536

/*
 * X(name, text). MALFORMED: see fdt_status. MISSING, BAD_VALUE, BAD_COUNT: `property` names the
 * property or the kind of node.
 */
#define MANIFEST_STATUS_LIST(X) \
	X(MANIFEST_OK, "no error") \
	X(MANIFEST_END, "no more of this kind") \
	X(MANIFEST_MALFORMED, "the blob is malformed") \
	X(MANIFEST_BAD_FORMAT, "the blob has a format of another version") \
	X(MANIFEST_MISSING, "a property is missing") \
	X(MANIFEST_BAD_VALUE, "a property has a value it cannot have") \
	X(MANIFEST_BAD_COUNT, "there are more or fewer nodes than the root node says")

enum manifest_status {
	MANIFEST_STATUS_LIST(STATUS_NAME) MANIFEST_STATUS_COUNT
};

struct manifest {
	/* Written once by manifest_init, then constant. */
	const char *label;
	uint64_t abi_major;
	uint64_t abi_minor;
	uint64_t partition_count; /* The root's own, which has index 0, included. */
	uint64_t region_count;
	uint64_t edge_count;

	/* The position. */
	struct fdt fdt;
	uint64_t partitions_read;
	uint64_t regions_read;
	uint64_t edges_read;

	/* About the last mistake. fdt.error_offset says where in the blob. */
	enum fdt_status fdt_status;
	const char *property;
};

enum manifest_mode {
	MANIFEST_FLOW,
	MANIFEST_REFLEX,
	MANIFEST_MODE_COUNT
};

/* What becomes of a task that faults, once that is reported. */
enum manifest_on_fault {
	MANIFEST_STOP,	  /* It stays where it is. */
	MANIFEST_STEP,	  /* It goes on behind the instruction. */
	MANIFEST_RESTART, /* It starts again in place, after a while. */
	MANIFEST_ON_FAULT_COUNT
};

struct manifest_partition {
	uint64_t index; /* What regions and edges call it. */
	const char *label;
	const char *image; /* The name of its program's entry in the archive. */
	uint64_t window;

	/* 0 for index 0, the root task, which the kernel has made already. */
	uint64_t image_size;
	const uint8_t *image_hash; /* BLAKE2b-256 of the program; NULL: not pinned. */
	uint64_t tables;
	uint64_t credits;
	uint64_t stack;
	uint64_t slots;
	uint64_t memory; /* Bytes of an Untyped of its own; 0: none. */
	bool console;
	uint64_t core; /* from 0; the machine may lack it */
	enum manifest_on_fault on_fault;
	enum manifest_mode mode;
	uint64_t budget_ns;
	uint64_t period_ns;
	uint64_t deadline_ns;
	bool passive;
	bool hard;
};

struct manifest_region {
	uint64_t index;
	const char *label;
	uint64_t size;
	uint32_t holder_count;
	struct fdt_item holders; /* For manifest_region_holder. */
};

struct manifest_edge {
	uint64_t index;
	const char *label;
	uint64_t ends[MANIFEST_EDGE_ENDS]; /* Partition indices. */
	uint64_t rights[MANIFEST_EDGE_ENDS];
	uint64_t badges[MANIFEST_EDGE_ENDS];
};

/* Check the header of a blob at a multiple of 8 and read the root node's properties. */
MUST_CHECK enum manifest_status manifest_init(struct manifest *manifest, const void *blob,
					      size_t size);

/* Read the next node of a kind. MANIFEST_END comes only if all of the kind have been read. */
MUST_CHECK enum manifest_status manifest_next_partition(struct manifest *manifest,
							struct manifest_partition *partition);
MUST_CHECK enum manifest_status manifest_next_region(struct manifest *manifest,
						     struct manifest_region *region);
MUST_CHECK enum manifest_status manifest_next_edge(struct manifest *manifest,
						   struct manifest_edge *edge);

/* Partition index and rights of holder `index` < holder_count of a region. */
void manifest_region_holder(const struct manifest_region *region, uint32_t index,
			    uint64_t *partition, uint64_t *rights);

/* A phrase such as "a property is missing"; never NULL. */
const char *manifest_status_text(enum manifest_status status);

#endif
