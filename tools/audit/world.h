/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel's objects and capabilities as an auditor knows them: by ids and places, not by
 * addresses and handles.
 *
 *      object <------- capability -----> place (table serial, slot)
 *        | \              |   \
 *        |  all of its    |    mapped in a partition
 *        |  capabilities  |
 *      master           parent, children: the derivation tree
 *
 * An object lives as long as its master. Removing a capability removes all that must go with it:
 * its descendants, and where a master of a table is among them whatever lies in the table, with its
 * descendants. That set is found first and taken apart then, so nothing here is recursive.
 *
 * Nothing here refuses anything: whether a step is allowed is replay's question.
 */
#ifndef AUDIT_WORLD_H
#define AUDIT_WORLD_H

#include <ruvix/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define WORLD_PARTITIONS 65536u /* numbers; 0 is the kernel */

struct world_object;

struct world_capability {
	uint64_t place; /* table serial << 32 | slot; the key of the index */
	struct world_object *object;
	uint32_t rights;
	uint32_t end;	/* of an edge */
	uint32_t depth; /* derivations from the master */
	uint32_t level; /* in the tree */
	bool doomed;	/* an operation under way removes it: it may be gone already */
	struct world_capability *parent;
	LIST_HEAD(world_children, world_capability) children;
	LIST_ENTRY(world_capability) sibling;
	LIST_ENTRY(world_capability) in_world;
	LIST_ENTRY(world_capability) in_table;
	LIST_ENTRY(world_capability) of_object;
	/* Of what can be mapped. */
	struct world_object *mapped_in; /* NULL: nowhere */
	uint64_t mapping;		/* RVX_MAPPING */
	LIST_ENTRY(world_capability) in_mapped;
	/* Of a set that is being found or taken apart. */
	struct world_capability *set_next;
	bool in_set;
};
LIST_HEAD(world_capabilities, world_capability);

/* The slots of a table, known by its serial even before the table itself is. */
struct world_table {
	uint32_t serial;	     /* the key of the index */
	struct world_object *object; /* NULL: not made yet, or gone */
	struct world_capabilities slots;
};

/* One end of an edge. */
struct world_end {
	struct world_object *task; /* NULL: not bound */
	struct world_capability *through;
	LIST_ENTRY(world_end) of_task;
};

struct world_object {
	uint64_t id; /* the key of the index */
	uint32_t type;
	uint64_t size; /* Untyped, CapTable: log2; Region: pages; 0: unknown */
	struct world_capability *master;
	struct world_capabilities capabilities;
	LIST_ENTRY(world_object) in_world;
	/* Of an Untyped. */
	uint32_t nesting;
	/* Of a CapTable. */
	struct world_table *slots;
	LIST_HEAD(world_users, world_object) users; /* tasks */
	/* Of a Partition. */
	uint32_t number;
	uint32_t generation;
	uint32_t state; /* of a Lease too */
	struct world_capabilities mapped;
	LIST_HEAD(world_members, world_object) members; /* tasks */
	/* Of a Task. It is bound once: when it is unbound (both NULL) it is dead. */
	struct world_object *partition, *table;
	bool was_bound;
	LIST_ENTRY(world_object) in_users, in_members;
	LIST_HEAD(world_ends, world_end) ends;
	/* Of an Edge; the first also of a Lease. */
	struct world_end end[2];
	/* Of a Lease. */
	uint64_t device; /* RVX_LEASE_WORD, state 0 */
};

LIST_HEAD(world_objects, world_object);

/* A device that was given away; its lease may be gone already. */
struct world_grant {
	uint64_t lease; /* id */
	uint64_t device;
	uint64_t end; /* ticks */
	bool has_window;
	bool ended; /* it waits for its reset */
	LIST_ENTRY(world_grant) in_world;
};

/* A revoke or destruction that has begun. */
struct world_operation {
	uint16_t kind;
	uint64_t object;
	struct world_capability *root; /* NULL: another operation removed it */
	bool root_too;		       /* or only what is below */
	LIST_ENTRY(world_operation) in_world;
};

struct world {
	void *places, *objects, *tables; /* indexes (tsearch) */
	struct world_objects all_objects;
	struct world_capabilities all_capabilities;
	LIST_HEAD(, world_operation) operations;
	LIST_HEAD(, world_grant) grants;
	struct world_object *partition[WORLD_PARTITIONS]; /* by number */
	uint16_t generation[WORLD_PARTITIONS];		  /* partitions made with that number */
	size_t object_count;
	size_t capability_count;
};

static inline uint64_t world_place(uint32_t table, uint32_t slot)
{
	return (uint64_t)table << 32 | slot;
}

static inline uint32_t world_serial(const struct world_object *object)
{
	return (uint32_t)(object->id >> 32);
}

static inline bool world_is_master(const struct world_capability *capability)
{
	return capability->object->master == capability;
}

static inline bool world_is_doomed(const struct world_object *object)
{
	return object->master->doomed;
}

struct world *world_new(void);
void world_free(struct world *world);

/* NULL: there is none. */
struct world_capability *world_capability(const struct world *world, uint32_t table, uint32_t slot);
struct world_object *world_object(const struct world *world, uint64_t id);
/* The CapTable made with that serial. */
struct world_object *world_table(const struct world *world, uint32_t serial);

/*
 * A new object with its master at an empty place. `parent` NULL: a root of the tree. A partition
 * gets `size` as its number.
 */
struct world_capability *world_create(struct world *world, uint64_t id, uint32_t type,
				      uint64_t size, uint32_t rights, uint32_t table, uint32_t slot,
				      struct world_capability *parent);
/* A capability derived from `source`, at an empty place. */
struct world_capability *world_derive(struct world *world, struct world_capability *source,
				      uint32_t table, uint32_t slot, uint32_t rights, uint32_t end);
void world_move(struct world *world, struct world_capability *capability, uint32_t table,
		uint32_t slot);
/* With all that must go with it. */
void world_remove(struct world *world, struct world_capability *capability);
void world_remove_children(struct world *world, struct world_capability *capability);

void world_map(struct world_capability *capability, struct world_object *partition,
	       uint64_t mapping);
void world_unmap(struct world_capability *capability);
void world_bind_task(struct world_object *task, struct world_object *partition,
		     struct world_object *table);
/* Also takes its ends from it: what happens when its partition or table is destroyed. */
void world_end_task(struct world_object *task);
void world_bind_end(struct world_capability *through, struct world_object *task);
void world_unbind_end(struct world_end *end);

/* Begin an operation; end it, which removes what it must. */
void world_begin(struct world *world, uint16_t kind, uint64_t object, struct world_capability *root,
		 bool root_too);
void world_end(struct world *world, uint16_t kind, uint64_t object);
/* The one under way, or NULL. */
struct world_operation *world_operation(const struct world *world, uint16_t kind, uint64_t object);
/* Set `doomed` of every capability anew. */
void world_mark_doomed(struct world *world);

#endif
