/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What all kernel objects have in common. An object lives in memory that was retyped from
 * an Untyped, exactly as long as its master capability. Its id names it in witnesses:
 *
 *   63               32 31                       0
 *  +-------------------+--------------------------+
 *  |   retype serial   |  physical address >> 6   |
 *  +-------------------+--------------------------+
 *
 * The serial is counted over the whole boot, so that an id is never used again.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include "lib/attributes.h"

#include <ruvix/status.h>
#include <ruvix/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBJECT_ALIGNMENT 64u
#define OBJECT_ADDRESS_SHIFT 6u

/* Flags of an object. */
#define OBJECT_REVOKING 0x1u  /* a revoke is under way: derive, map and the like answer BUSY */
#define OBJECT_DYING 0x2u     /* its destruction is under way */
#define OBJECT_PERMANENT 0x4u /* made at boot: its master cannot be deleted */
#define OBJECT_EMPTIED 0x8u   /* of a dying table: its slots are empty, only the master is left */
#define OBJECT_OWES_END 0x10u /* its destruction's begin record is written, the end one is not */

struct capability;

/* What is alike in objects of one type; of those that are never retyped all is 0. */
struct object_type {
	uint16_t created, destroyed; /* kinds of the records */
	uint32_t size_min, size_max; /* as untyped_retype takes it */
	uint32_t bytes;		     /* that an object takes, where they do not follow from size */
};
extern const struct object_type object_types[RVX_OBJECT_TYPE_COUNT];

struct object {
	/* Written once by create, then constant. */
	uint32_t type;
	uint32_t serial;
	/* Guarded by all locks. */
	uint32_t flags;
	uint32_t end_payer; /* actor whose credit the end record of a revoke or destruction takes */
	uint32_t revoke_count; /* capabilities deleted so far */
	uint32_t revoker; /* the slot whose revoke is under way, as slot_reference_t; 0: none */
	struct capability *master;
};

#define CONTAINER_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

static inline uint64_t object_id_at(const void *address, uint32_t serial)
{
	return (uint64_t)serial << 32 | (uint32_t)((uintptr_t)address >> OBJECT_ADDRESS_SHIFT);
}

static inline uint64_t object_id(const struct object *object)
{
	return object_id_at(object, object->serial);
}

static inline bool object_is_busy(const struct object *object)
{
	return (object->flags & (OBJECT_REVOKING | OBJECT_DYING)) != 0;
}

/* The next retype serial, never 0. Returns 0 when all are used up: nothing can be made then. */
uint32_t object_serial_next(void);
bool object_serial_left(void);

#endif
