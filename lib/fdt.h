/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A forward-only reader of flattened device trees (version 17), used for the machine's tree and
 * for the compiled system manifest. It goes once over the tokens of the structure block, never
 * looks a path up, and reads nothing but the header, the reservation map, the structure block
 * and the names in the strings block, however large the blob says it is.
 *
 *	struct fdt fdt;
 *	struct fdt_item item;
 *	enum fdt_status status = fdt_init(&fdt, blob, size);
 *
 *	while (status == FDT_OK && (status = fdt_next(&fdt, &item)) == FDT_OK)
 *		switch (item.event) { ... }
 *	if (status != FDT_END)
 *		report(fdt_status_text(status), fdt.error_offset);
 *
 * The blob must not change while it is read. Items point into it. Copying a struct fdt saves the
 * position.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attributes.h"
#include "lib/status.h"

#define FDT_DEPTH_MAX 16

/* X(name, text). FDT_END: all nodes have been seen, and nothing was wrong. */
#define FDT_STATUS_LIST(X) \
	X(FDT_OK, "no error") \
	X(FDT_END, "end of the tree") \
	X(FDT_UNALIGNED, "blob is not 8-byte aligned") \
	X(FDT_BAD_MAGIC, "not a device tree: wrong magic number") \
	X(FDT_BAD_VERSION, "version is not compatible with 17") \
	X(FDT_BAD_TOTAL_SIZE, "total size does not fit the buffer") \
	X(FDT_BAD_RESERVATION, "reservation map is misplaced or does not end") \
	X(FDT_BAD_STRUCTURE_BLOCK, "structure block is misplaced") \
	X(FDT_BAD_STRINGS_BLOCK, "strings block is misplaced or does not end in a NUL") \
	X(FDT_BAD_TOKEN, "unknown or misplaced token") \
	X(FDT_TRUNCATED, "data ends too early") \
	X(FDT_BAD_NODE_NAME, "node without a name, or root with one") \
	X(FDT_BAD_PROPERTY_NAME, "property without a name") \
	X(FDT_PROPERTY_OUTSIDE_NODE, "property outside the root node") \
	X(FDT_PROPERTY_AFTER_NODE, "property after a child node") \
	X(FDT_TOO_DEEP, "nodes are nested too deeply") \
	X(FDT_BAD_CELLS, "#address-cells or #size-cells is not one number up to 4")

enum fdt_status {
	FDT_STATUS_LIST(STATUS_NAME) FDT_STATUS_COUNT
};

/* Numbered as the tokens of the structure block are. */
enum fdt_event {
	FDT_NODE_BEGIN = 1,
	FDT_NODE_END = 2,
	FDT_PROPERTY = 3
};

/* What fdt_next has come upon. */
struct fdt_item {
	enum fdt_event event;
	uint32_t depth;	  /* Of the node, or of the node that has the property; the root's is 1. */
	const char *name; /* Of node or property, ended by a NUL; NULL at FDT_NODE_END. */
	const uint8_t *value; /* Of a property, 4-byte aligned. */
	uint32_t size;	      /* Of the value in bytes. */
};

struct fdt {
	/* Written once by fdt_init, then constant. */
	const uint8_t *blob;
	uint32_t structure_offset;
	uint32_t structure_end;
	uint32_t strings_offset;
	uint32_t strings_size;
	uint32_t reservations_offset;
	uint32_t reservation_count;
	uint32_t total_size; /* As the header says: at most the size given to fdt_init. */

	/* The position: fdt_next moves it. Offsets count from the start of the blob. */
	uint32_t offset;
	uint32_t depth;
	bool properties_ended; /* A child was seen, or at depth 0 the root: no property may come. */

	/* What the node at each depth says about the `reg` of its children. */
	uint8_t address_cells[FDT_DEPTH_MAX + 1];
	uint8_t size_cells[FDT_DEPTH_MAX + 1];

	/* The last status, and where in the blob it arose if it is not FDT_OK. */
	enum fdt_status status;
	uint32_t error_offset;
};

/*
 * Check the header, the bounds of all blocks and the reservation map of a blob in a buffer of
 * `size` bytes, which starts at a multiple of 8, and stand before the root node. Only `fdt` may
 * be used with the other functions, and with those but fdt_next only after FDT_OK.
 */
MUST_CHECK enum fdt_status fdt_init(struct fdt *fdt, const void *blob, size_t size);

/*
 * Read the next item. After any status but FDT_OK, be it from fdt_init, the same status is returned
 * for ever.
 */
MUST_CHECK enum fdt_status fdt_next(struct fdt *fdt, struct fdt_item *item);

/*
 * Standing among the properties of a node (after its FDT_NODE_BEGIN or one of its properties),
 * look ahead for the property `name` of that node without moving. False: not among those that
 * are still to come, or what is to come is malformed, which fdt_next will report in its turn.
 */
MUST_CHECK bool fdt_property_ahead(const struct fdt *fdt, const char *name, struct fdt_item *item);

/* Entry `index` < reservation_count of the memory reservation map. */
void fdt_reservation(const struct fdt *fdt, uint32_t index, uint64_t *address, uint64_t *size);

/* Node or property name equal to `name`; for a node also when only @unit-address follows it. */
bool fdt_item_is(const struct fdt_item *item, const char *name);

/*
 * The number in the `count` 32-bit cells of a value from cell `first` on, most significant first;
 * 0 cells make 0. False: the value is shorter, or the number needs more than 64 bits.
 */
MUST_CHECK bool fdt_item_cells(const struct fdt_item *item, uint64_t first, uint32_t count,
			       uint64_t *number);

/*
 * Pair `index` of a property in the format of `reg`, read with the cell counts of the node's
 * parent. False: the value is shorter, is no whole number of pairs, or needs more than 64 bits.
 */
MUST_CHECK bool fdt_item_reg(const struct fdt *fdt, const struct fdt_item *item, uint32_t index,
			     uint64_t *address, uint64_t *size);

/* The value as one string, or NULL if it does not consist of exactly one. */
const char *fdt_item_string(const struct fdt_item *item);

/* The index of the first of `count` strings that the value, a list of strings (like `compatible`),
 * holds; `count`: none, or it is no such list. */
uint32_t fdt_item_finds(const struct fdt_item *item, const char *const *strings, uint32_t count);

/* A phrase such as "unknown or misplaced token"; never NULL. */
const char *fdt_status_text(enum fdt_status status);

#endif
