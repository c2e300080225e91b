/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A capability slot and the derivation tree.
 *
 * A slot is 64 bytes; the first 16 are all that message passing looks at:
 *
 *    0          8        12        16     20     24   26   27      32          63
 *   +----------+--------+---------+------+------+----+----+---+---+-------------+
 *   | object   | meta   | gener.  | next | prev |indx|dpth|lvl|   | by type     |
 *   +----------+--------+---------+------+------+----+----+---+---+-------------+
 *
 *   meta   31    28 27    10    9       8     7    6        0
 *         +--------+--------+--------+-----+------+----------+
 *         |  type  |   0    |deleting| end |master|  rights  |
 *         +--------+--------+--------+-----+------+----------+
 *
 * The tree is one list in preorder over all slots of the system: the descendants of a slot
 * are those that follow it with a greater level. So inserting a child, deleting a leaf and
 * moving a slot are a few stores, whatever the tree's size. Links are slot addresses >> 6.
 *
 * An Untyped has no object beside its slot: the slot is the object, `object` is the memory.
 * That is why an Untyped cannot be copied. An edge capability's `object` is the edge's end.
 */
#ifndef KERNEL_CAPABILITY_H
#define KERNEL_CAPABILITY_H

#include "kernel/object.h"

struct partition;

#define CAPABILITY_TYPE_SHIFT 28u
#define CAPABILITY_RIGHTS 0x7fu
#define CAPABILITY_MASTER 0x80u
#define CAPABILITY_END 0x100u
#define CAPABILITY_DELETING 0x200u /* its record is written, taking it apart is under way */

typedef uint32_t slot_reference_t; /* address of a slot >> 6; 0: none */

/* Of a Region, Telemetry or WitnessLog: where it is mapped. */
struct mapping {
	struct partition *partition; /* NULL: nowhere */
	uint64_t address;
	slot_reference_t next, previous; /* among the partition's mappings */
	uint32_t pages_done; /* GROWING, SHRINKING: pages mapped now; CHANGING: pages changed */
	uint8_t rights;
	uint8_t rights_next; /* CHANGING: what they become; both kinds are counted */
	uint8_t phase;	     /* enum mapping_phase */
};

enum mapping_phase {
	MAPPING_STABLE,
	MAPPING_GROWING,
	MAPPING_SHRINKING,
	MAPPING_CHANGING
};

/* Of an Untyped. Offsets in units of 64 bytes: free memory is [low, high). */
struct untyped {
	uint32_t low;	     /* whole-page objects are taken from below */
	uint32_t high;	     /* small objects from above */
	uint32_t clean_low;  /* [low, clean_low) is known to be zero */
	uint32_t clean_high; /* [clean_high, high) too */
	uint32_t serial;     /* of its id */
	uint32_t end_payer;
	uint32_t revoke_count;
	uint8_t size_log2;
	uint8_t nesting; /* Untyped above it */
	uint8_t revoking;
	uint8_t permanent;
};

/* Of a Task, an Edge or a Lease: what a binding made through this capability is known by. */
struct binding {
	uint64_t badge;
	uint32_t serial;     /* equal to that of the end, task or lease: deleting this unbinds it */
	uint32_t map_serial; /* equal to that of the lease: deleting this unmaps it */
};

struct capability {
	void *object; /* NULL: the slot is empty */
	uint32_t meta;
	uint32_t generation; /* of what is in the slot, or was last */
	slot_reference_t next, previous;
	uint16_t index; /* of the slot in its table */
	uint8_t depth;	/* derivations from the master */
	uint8_t level;	/* in the tree */
	uint32_t reserved;
	union {
		struct mapping mapping;
		struct untyped untyped;
		struct binding binding;
	} u;
};
_Static_assert(sizeof(struct capability) == RVX_SLOT_SIZE, "a slot is one cache line");

static inline struct capability *slot_at(slot_reference_t reference)
{
	return (struct capability *)((uintptr_t)reference << OBJECT_ADDRESS_SHIFT);
}

static inline slot_reference_t slot_reference(const struct capability *slot)
{
	return (slot_reference_t)((uintptr_t)slot >> OBJECT_ADDRESS_SHIFT);
}

static inline uint32_t capability_type(const struct capability *capability)
{
	return capability->meta >> CAPABILITY_TYPE_SHIFT;
}

static inline uint32_t capability_rights(const struct capability *capability)
{
	return capability->meta & CAPABILITY_RIGHTS;
}

static inline bool capability_is_master(const struct capability *capability)
{
	return (capability->meta & CAPABILITY_MASTER) != 0;
}

static inline uint32_t capability_end(const struct capability *capability)
{
	return (capability->meta & CAPABILITY_END) != 0;
}

static inline uint32_t capability_meta(uint32_t type, uint32_t rights, uint32_t flags)
{
	return type << CAPABILITY_TYPE_SHIFT | rights | flags;
}

static inline bool capability_maps(const struct capability *capability)
{
	uint32_t type = capability_type(capability);

	return type == RVX_OBJECT_REGION || type == RVX_OBJECT_TELEMETRY ||
	       type == RVX_OBJECT_WITNESS_LOG;
}

static inline bool capability_has_badge(const struct capability *capability)
{
	uint32_t type = capability_type(capability);

	return type == RVX_OBJECT_EDGE || type == RVX_OBJECT_TASK || type == RVX_OBJECT_LEASE;
}

static inline rvx_handle_t capability_handle(const struct capability *capability)
{
	return RVX_HANDLE(capability->index, capability->generation);
}

/* The object's common part; NULL for an Untyped, which is its slot. */
struct object *capability_object(const struct capability *capability);
uint64_t capability_object_id(const struct capability *capability);
/* The capability's place as witnesses name it, `low` in the low 16 bits. */
uint64_t capability_place(const struct capability *capability, uint32_t low);

/* Whether what the capability names is being revoked or destroyed, or lies in an Untyped that is. */
bool capability_is_busy(const struct capability *capability);

struct capability *capability_next(const struct capability *capability);
/* NULL at the end of all capabilities. */
struct capability *capability_first(void);
struct capability *capability_after(const struct capability *capability);
bool capability_has_children(const struct capability *capability);
/* A descendant without children, found in at most as many steps as the tree is deep; NULL: none.
 * Masters of tables whose destruction is under way are passed over. */
struct capability *capability_leaf(const struct capability *capability);

/* A walk over all capabilities that survives their coming and going. NULL at the end. */
void capability_walk_begin(void);
struct capability *capability_walk_next(void);

/*
 * Fill an empty slot. `parent` NULL: a root of the tree. Everything but the links, level and
 * depth is set by `object` and `meta`; the union is zeroed. Generation 0 becomes 1.
 */
void capability_insert(struct capability *slot, struct capability *parent, void *object,
		       uint32_t meta, bool derived);
/* Move all of `from` into the empty slot `to`; `from` is empty afterwards. */
void capability_move(struct capability *to, struct capability *from);
/* Make a capability without children, which comes first among its parent's, a sibling of it. */
void capability_raise(struct capability *capability);
/* Empty a slot that holds nothing any more, no mapping, no binding and no children, and make its
 * handles stale. */
void capability_clear(struct capability *slot);

/* A slot that a capability can be put into: empty, its generation not used up. */
static inline bool slot_is_free(const struct capability *slot)
{
	return slot->object == NULL && slot->generation < RVX_GENERATION_MAX;
}

void capability_tree_init(void);

/* Untyped being revoked: a capability for something inside their memory is busy. False: there are
 * as many as can be; then there is any. */
bool revoking_range_add(struct capability *untyped);
struct capability *revoking_range_any(void);
void revoking_range_remove(const struct capability *untyped);

#endif
