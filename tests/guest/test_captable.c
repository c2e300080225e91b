/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Untyped and CapTable: what each call does, and what it refuses once the handles are right.
 */
#include "tests/guest/refusal.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OWN RVX_TABLE_OWN
#define SLOT_COUNT (1u << RVX_BOOT_CAPTABLE_LOG2)
#define HUGE (UINT64_C(1) << 32)
#define REGION_PAGES_MAX (1u << 18)

/* What cap_describe tells. */
struct description {
	rvx_handle_t handle;
	uint64_t type, object, badge, mapping, detail0, detail1;
};

static struct description describe(uint64_t table, uint64_t slot)
{
	struct description found = { 0 };

	MUST(rvx_cap_describe(table, slot, &found.handle, &found.type, &found.object, &found.badge,
			      &found.mapping, &found.detail0, &found.detail1));
	return found;
}

#define TYPE_WORD(type, master, end, depth, rights) \
	((uint64_t)(type) | (uint64_t)(master) << 8 | (uint64_t)(end) << 9 | \
	 (uint64_t)(depth) << 16 | (uint64_t)(rights) << 24)

static void retype_makes_each_object(void)
{
	static const struct {
		uint64_t type, size, detail0;
	} kinds[] = {
		{ RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN, RVX_UNTYPED_LOG2_MIN },
		{ RVX_OBJECT_UNTYPED, 20, 20 },
		{ RVX_OBJECT_CAPTABLE, RVX_CAPTABLE_LOG2_MIN, RVX_CAPTABLE_LOG2_MIN },
		{ RVX_OBJECT_CAPTABLE, RVX_CAPTABLE_LOG2_MAX, RVX_CAPTABLE_LOG2_MAX },
		{ RVX_OBJECT_PARTITION, 0, 0 },
		{ RVX_OBJECT_PARTITION, RVX_PARTITION_TABLES_MAX, 0 },
		{ RVX_OBJECT_TASK, 0, 0 },
		{ RVX_OBJECT_REGION, 1, 1 },
		{ RVX_OBJECT_REGION, 1000, 1000 },
		{ RVX_OBJECT_EDGE, 0, 0 },
		{ RVX_OBJECT_LEASE, 0, 0 },
	};
	uint32_t i;

	refusal_init();
	for (i = 0; i < COUNT_OF(kinds); i++) {
		const uint32_t slot = world_slot();
		const struct gate_registers *results =
			DONE(UNTYPED_RETYPE, world.arena, kinds[i].type, kinds[i].size, OWN, slot);
		struct description found = describe(OWN, slot);

		EXPECT_EQUAL(results->x[1], found.handle);
		EXPECT_EQUAL(slot, RVX_HANDLE_SLOT(found.handle));
		EXPECT_EQUAL(TYPE_WORD(kinds[i].type, 1, 0, 0, RVX_RIGHTS_ALL), found.type);
		if (kinds[i].type != RVX_OBJECT_PARTITION)
			EXPECT_EQUAL(kinds[i].detail0, found.detail0);
		EXPECT(found.object != 0);
		EXPECT_EQUAL(0, found.badge);
	}
	/* Into another table, too. */
	{
		const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);

		refusal_state_changed();
		(void)DONE(UNTYPED_RETYPE, world.arena, RVX_OBJECT_EDGE, 0, table, 15);
		EXPECT_EQUAL(RVX_HANDLE(15, 1), describe(table, 15).handle);
	}
	refusal_expect_victim_well();
}

static void retype_refuses_wrong_types_sizes_and_slots(void)
{
	static const uint64_t types[] = { 0,
					  6,
					  8,
					  RVX_OBJECT_TELEMETRY,
					  RVX_OBJECT_WITNESS_LOG,
					  RVX_OBJECT_MACHINE,
					  RVX_OBJECT_TYPE_COUNT,
					  15,
					  16,
					  255,
					  HUGE + RVX_OBJECT_TASK,
					  UINT64_MAX };
	static const struct {
		uint64_t type, size;
	} sizes[] = {
		{ RVX_OBJECT_UNTYPED, 0 },
		{ RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN - 1 },
		{ RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MAX + 1 },
		{ RVX_OBJECT_UNTYPED, 64 },
		{ RVX_OBJECT_UNTYPED, HUGE + RVX_UNTYPED_LOG2_MIN },
		{ RVX_OBJECT_UNTYPED, UINT64_MAX },
		{ RVX_OBJECT_CAPTABLE, 0 },
		{ RVX_OBJECT_CAPTABLE, RVX_CAPTABLE_LOG2_MIN - 1 },
		{ RVX_OBJECT_CAPTABLE, RVX_CAPTABLE_LOG2_MAX + 1 },
		{ RVX_OBJECT_CAPTABLE, HUGE + RVX_CAPTABLE_LOG2_MIN },
		{ RVX_OBJECT_CAPTABLE, UINT64_MAX },
		{ RVX_OBJECT_PARTITION, RVX_PARTITION_TABLES_MAX + 1 },
		{ RVX_OBJECT_PARTITION, HUGE },
		{ RVX_OBJECT_PARTITION, UINT64_MAX },
		{ RVX_OBJECT_REGION, 0 },
		{ RVX_OBJECT_REGION, REGION_PAGES_MAX + 1 },
		{ RVX_OBJECT_REGION, UINT64_C(1) << 52 },
		{ RVX_OBJECT_REGION, (UINT64_C(1) << 52) + 1 },
		{ RVX_OBJECT_REGION, UINT64_MAX },
		{ RVX_OBJECT_TASK, 1 },
		{ RVX_OBJECT_TASK, HUGE },
		{ RVX_OBJECT_EDGE, 1 },
		{ RVX_OBJECT_EDGE, UINT64_MAX },
	};
	const uint64_t free = world_slot();
	uint32_t i;

	refusal_init();
	for (i = 0; i < COUNT_OF(types); i++)
		REFUSED(BAD_ARGUMENT, UNTYPED_RETYPE, world.arena, types[i], 0, OWN, free);
	for (i = 0; i < COUNT_OF(sizes); i++)
		REFUSED(OUT_OF_RANGE, UNTYPED_RETYPE, world.arena, sizes[i].type, sizes[i].size,
			OWN, free);
	REFUSED(OUT_OF_RANGE, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, 0);
	REFUSED(OUT_OF_RANGE, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, SLOT_COUNT);
	REFUSED(OUT_OF_RANGE, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, HUGE + free);
	REFUSED(OUT_OF_RANGE, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, UINT64_MAX);
	REFUSED(OCCUPIED, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, RVX_BOOT_CAPTABLE);
	REFUSED(OCCUPIED, UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN,
		RVX_HANDLE_SLOT(world.arena));
	(void)DONE(UNTYPED_RETYPE, world.arena, RVX_OBJECT_TASK, 0, OWN, free);
	refusal_expect_victim_well();
}

static void retype_refuses_what_does_not_fit(void)
{
	const rvx_handle_t small = world_make(RVX_OBJECT_UNTYPED, 14); /* four pages */
	const uint64_t slots[] = { world_slot(), world_slot(), world_slot() };
	uint32_t i;

	refusal_init();
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_UNTYPED, 15, OWN, slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_UNTYPED, 38, OWN, slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_REGION, 4, OWN, slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_REGION, REGION_PAGES_MAX, OWN,
		slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_CAPTABLE, 8, OWN, slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_PARTITION, 3, OWN, slots[0]);
	/* Three pages and a header; then one table of a page does not fit, a task does. */
	(void)DONE(UNTYPED_RETYPE, small, RVX_OBJECT_REGION, 3, OWN, slots[0]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_REGION, 1, OWN, slots[1]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_CAPTABLE, 6, OWN, slots[1]);
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_UNTYPED, 12, OWN, slots[1]);
	(void)DONE(UNTYPED_RETYPE, small, RVX_OBJECT_TASK, 0, OWN, slots[1]);
	/* 4096 - 64 - 1536: nine more edges and 192 bytes. */
	for (i = 0; i < 9; i++)
		(void)DONE(UNTYPED_RETYPE, small, RVX_OBJECT_EDGE, 0, OWN, world_slot());
	REFUSED(NO_MEMORY, UNTYPED_RETYPE, small, RVX_OBJECT_EDGE, 0, OWN, slots[2]);
	refusal_expect_victim_well();
}

static void untyped_nests_eight_deep(void)
{
	rvx_handle_t untyped = world.arena; /* the first below a boot Untyped */
	uint32_t depth;

	refusal_init();
	for (depth = 1; depth < RVX_UNTYPED_NESTING_MAX; depth++)
		untyped = DONE(UNTYPED_RETYPE, untyped, RVX_OBJECT_UNTYPED, 20 - depth, OWN,
			       world_slot())
				  ->x[1];
	REFUSED(DEPTH_EXCEEDED, UNTYPED_RETYPE, untyped, RVX_OBJECT_UNTYPED, 12, OWN, world_slot());
	(void)DONE(UNTYPED_RETYPE, untyped, RVX_OBJECT_EDGE, 0, OWN, world_slot());
	refusal_expect_victim_well();
}

static void clean_takes_what_is_left_and_no_more(void)
{
	const rvx_handle_t untyped = world_make(RVX_OBJECT_UNTYPED, 16);

	refusal_init();
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, 0x10001);
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, HUGE);
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, UINT64_C(1) << 38);
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, (UINT64_C(1) << 38) + 1);
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, UINT64_MAX);
	(void)DONE(UNTYPED_CLEAN, untyped, 0);
	(void)DONE(UNTYPED_CLEAN, untyped, 1);
	(void)DONE(UNTYPED_CLEAN, untyped, 0x10000);
	(void)DONE(UNTYPED_RETYPE, untyped, RVX_OBJECT_REGION, 8, OWN, world_slot());
	REFUSED(NO_MEMORY, UNTYPED_CLEAN, untyped, 0x8000);
	(void)DONE(UNTYPED_CLEAN, untyped, 0x7000);
	refusal_expect_victim_well();
}

static void copies_have_at_most_the_sources_rights(void)
{
	const rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	uint64_t first, second;

	for (first = 0; first <= RVX_RIGHTS_ALL; first++) {
		const uint64_t slot = world.next_slot;
		rvx_handle_t source, copy;

		MUST(rvx_cap_copy(OWN, region, OWN, slot, first, &source));
		EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 0, 1, first),
			     describe(OWN, slot).type);
		for (second = 0; second <= RVX_RIGHTS_ALL; second += 9) {
			const bool can = (first & (RVX_RIGHT_GRANT | RVX_RIGHT_GRANT_ONCE)) != 0;
			uint64_t rights = first & second;
			enum rvx_status status =
				rvx_cap_copy(OWN, source, OWN, slot + 1, second, &copy);

			if (!can) {
				EXPECT_EQUAL(RVX_NO_RIGHT, status);
				continue;
			}
			MUST(status);
			/* What was derived by GRANT_ONCE alone is never derived from. */
			if ((first & RVX_RIGHT_GRANT) == 0)
				rights &= ~(uint64_t)(RVX_RIGHT_GRANT | RVX_RIGHT_GRANT_ONCE);
			EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 0, 2, rights),
				     describe(OWN, slot + 1).type);
			MUST(rvx_cap_delete(OWN, copy));
		}
		MUST(rvx_cap_delete(OWN, source));
		log_drain();
	}
	world.next_slot += 2;
}

static void copy_refuses_slots_rights_and_depth(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t free = world_slot();
	uint64_t source = region;
	uint32_t depth;

	refusal_init();
	REFUSED(OUT_OF_RANGE, CAP_COPY, OWN, region, OWN, 0, 1);
	REFUSED(OUT_OF_RANGE, CAP_COPY, OWN, region, OWN, SLOT_COUNT, 1);
	REFUSED(OUT_OF_RANGE, CAP_COPY, OWN, region, OWN, HUGE + free, 1);
	REFUSED(OUT_OF_RANGE, CAP_COPY, OWN, region, OWN, UINT64_MAX, 1);
	REFUSED(OUT_OF_RANGE, CAP_COPY, OWN, region, table, 16, 1);
	REFUSED(OCCUPIED, CAP_COPY, OWN, region, OWN, RVX_HANDLE_SLOT(region), 1);
	REFUSED(OCCUPIED, CAP_COPY, OWN, region, OWN, RVX_BOOT_TASK, 1);
	REFUSED(BAD_ARGUMENT, CAP_COPY, OWN, region, OWN, free, 0x80);
	REFUSED(BAD_ARGUMENT, CAP_COPY, OWN, region, OWN, free, HUGE);
	REFUSED(BAD_ARGUMENT, CAP_COPY, OWN, region, OWN, free, UINT64_MAX);
	REFUSED(NOT_DERIVABLE, CAP_COPY, OWN, world.arena, OWN, free, 1);
	REFUSED(NOT_DERIVABLE, CAP_COPY, OWN, world.untyped, OWN, free, 1);
	for (depth = 1; depth <= RVX_DERIVATION_DEPTH_MAX; depth++) {
		const uint64_t slot = world_slot();

		source = DONE(CAP_COPY, OWN, source, OWN, slot, RVX_RIGHTS_ALL)->x[1];
		EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 0, depth, RVX_RIGHTS_ALL),
			     describe(OWN, slot).type);
	}
	REFUSED(DEPTH_EXCEEDED, CAP_COPY, OWN, source, OWN, free, 1);
	REFUSED(DEPTH_EXCEEDED, CAP_COPY, OWN, source, table, 1, 1);
	(void)DONE(CAP_COPY, OWN, region, table, 15, 0);
	refusal_expect_victim_well();
}

/* From and into tables that are not the caller's own. */
static void copies_cross_tables(void)
{
	const uint64_t from = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t to = world_make(RVX_OBJECT_CAPTABLE, 5);
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	uint64_t source, copy;

	refusal_init();
	source = DONE(CAP_COPY, OWN, region, from, 3, RVX_RIGHTS_ALL)->x[1];
	EXPECT_EQUAL(RVX_HANDLE(3, 1), source);
	copy = DONE(CAP_COPY, from, source, to, 31, RVX_RIGHT_READ)->x[1];
	EXPECT_EQUAL(RVX_HANDLE(31, 1), copy);
	EXPECT_EQUAL(describe(OWN, RVX_HANDLE_SLOT(region)).object, describe(to, 31).object);
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 0, 2, RVX_RIGHT_READ), describe(to, 31).type);
	REFUSED(INVALID_HANDLE, CAP_COPY, to, source, OWN, world_slot(), 1);
	REFUSED(NO_RIGHT, CAP_COPY, to, copy, OWN, world_slot(), 1);
	/* Moved: the same capability in another place, its children with it. */
	source = DONE(CAP_MOVE, from, source, to, 7)->x[1];
	REFUSED(STALE, CAP_COPY, from, RVX_HANDLE(3, 1), OWN, world_slot(), 1);
	REFUSED(HAS_CHILDREN, CAP_DELETE, to, source);
	EXPECT_EQUAL(1, DONE(CAP_REVOKE, to, source)->x[1]);
	REFUSED(STALE, CAP_DELETE, to, copy);
	refusal_expect_victim_well();
}

static void mint_sets_badge_and_end(void)
{
	const uint64_t edge = world_make(RVX_OBJECT_EDGE, 0);
	const uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	const uint64_t badge = (UINT64_C(1) << 63) - 1;
	const uint64_t slots[] = { world_slot(), world_slot(), world_slot(), world_slot() };
	uint64_t end1;

	refusal_init();
	end1 = DONE(CAP_MINT, OWN, edge, OWN, slots[0], RVX_RIGHTS_ALL, badge, 1)->x[1];
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_EDGE, 0, 1, 1, RVX_RIGHTS_ALL),
		     describe(OWN, slots[0]).type);
	EXPECT_EQUAL(badge, describe(OWN, slots[0]).badge);
	/* What is derived from an end keeps it, and a copy keeps the badge. */
	(void)DONE(CAP_COPY, OWN, end1, OWN, slots[1], RVX_RIGHT_READ);
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_EDGE, 0, 1, 2, RVX_RIGHT_READ),
		     describe(OWN, slots[1]).type);
	EXPECT_EQUAL(badge, describe(OWN, slots[1]).badge);
	(void)DONE(CAP_MINT, OWN, end1, OWN, slots[2], RVX_RIGHT_WRITE, 5, 1);
	EXPECT_EQUAL(5, describe(OWN, slots[2]).badge);
	(void)DONE(CAP_MINT, OWN, task, OWN, slots[3], RVX_RIGHT_WRITE, 6, 0);
	EXPECT_EQUAL(6, describe(OWN, slots[3]).badge);
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_TASK, 0, 0, 1, RVX_RIGHT_WRITE),
		     describe(OWN, slots[3]).type);
	refusal_expect_victim_well();
}

static void mint_refuses_badges_ends_and_types(void)
{
	static const enum rvx_object_type types[] = { RVX_OBJECT_CAPTABLE, RVX_OBJECT_PARTITION,
						      RVX_OBJECT_REGION };
	const uint64_t edge = world_make(RVX_OBJECT_EDGE, 0);
	const uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	const uint64_t derived = world_copy(edge, RVX_RIGHTS_ALL);
	const uint64_t free = world_slot();
	uint32_t i;

	refusal_init();
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 1, UINT64_C(1) << 63, 0);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 1, UINT64_MAX, 0);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 1, 1, 2);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 1, 1, HUGE);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 1, 1, UINT64_MAX);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, edge, OWN, free, 0x80, 1, 0);
	REFUSED(BAD_ARGUMENT, CAP_MINT, OWN, task, OWN, free, 1, 1, 1);
	REFUSED(OUT_OF_RANGE, CAP_MINT, OWN, edge, OWN, 0, 1, 1, 0);
	REFUSED(OUT_OF_RANGE, CAP_MINT, OWN, edge, OWN, SLOT_COUNT, 1, 1, 0);
	REFUSED(OCCUPIED, CAP_MINT, OWN, edge, OWN, RVX_BOOT_TASK, 1, 1, 0);
	REFUSED(NOT_DERIVABLE, CAP_MINT, OWN, world.arena, OWN, free, 1, 1, 0);
	/* Only the master chooses the end. */
	REFUSED(NO_RIGHT, CAP_MINT, OWN, derived, OWN, free, 1, 1, 1);
	(void)DONE(CAP_MINT, OWN, derived, OWN, free, 1, 1, 0);
	for (i = 0; i < COUNT_OF(types); i++) {
		const uint64_t object = world_make(types[i], i == 0 ? 4 : 1);

		refusal_state_changed();
		REFUSED(WRONG_TYPE, CAP_MINT, OWN, object, OWN, world_slot(), 1, 1, 0);
	}
	REFUSED(WRONG_TYPE, CAP_MINT, OWN, WORLD_MACHINE, OWN, world_slot(), 1, 1, 0);
	REFUSED(WRONG_TYPE, CAP_MINT, OWN, WORLD_WITNESS_LOG, OWN, world_slot(), 1, 1, 0);
	refusal_expect_victim_well();
}

static void moves_carry_mastership_and_children(void)
{
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t edge = world_make(RVX_OBJECT_EDGE, 0);
	const uint64_t derived = world_copy(edge, RVX_RIGHTS_ALL);
	const uint64_t without = world_copy(edge, RVX_RIGHTS_ALL & ~RVX_RIGHT_GRANT);
	const uint64_t once = world_copy(edge, RVX_RIGHT_GRANT_ONCE);
	const uint64_t free = world_slot();
	uint64_t moved;

	refusal_init();
	REFUSED(OUT_OF_RANGE, CAP_MOVE, OWN, edge, OWN, 0);
	REFUSED(OUT_OF_RANGE, CAP_MOVE, OWN, edge, OWN, SLOT_COUNT);
	REFUSED(OUT_OF_RANGE, CAP_MOVE, OWN, edge, OWN, HUGE + free);
	REFUSED(OUT_OF_RANGE, CAP_MOVE, OWN, edge, table, 16);
	REFUSED(OCCUPIED, CAP_MOVE, OWN, edge, OWN, RVX_HANDLE_SLOT(edge));
	REFUSED(OCCUPIED, CAP_MOVE, OWN, edge, OWN, RVX_BOOT_TASK);
	REFUSED(NO_RIGHT, CAP_MOVE, OWN, without, table, 1);
	REFUSED(NO_RIGHT, CAP_MOVE, OWN, once, table, 1);
	/* Within a table nothing is passed on. */
	moved = DONE(CAP_MOVE, OWN, without, OWN, free)->x[1];
	EXPECT_EQUAL(free, RVX_HANDLE_SLOT(moved));
	REFUSED(STALE, CAP_DELETE, OWN, without);
	moved = DONE(CAP_MOVE, OWN, edge, table, 15)->x[1];
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_EDGE, 1, 0, 0, RVX_RIGHTS_ALL), describe(table, 15).type);
	REFUSED(STALE, CAP_DELETE, OWN, edge);
	REFUSED(HAS_CHILDREN, CAP_DELETE, table, moved);
	EXPECT_EQUAL(3, DONE(CAP_REVOKE, table, moved)->x[1]);
	REFUSED(STALE, CAP_DELETE, OWN, derived);
	(void)DONE(CAP_DELETE, table, moved);
	refusal_expect_victim_well();
}

/* An Untyped cannot be copied but moves, its children's memory with it. */
static void an_untyped_moves(void)
{
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t untyped = world_make(RVX_OBJECT_UNTYPED, 16);
	uint64_t moved;

	refusal_init();
	(void)DONE(UNTYPED_RETYPE, untyped, RVX_OBJECT_TASK, 0, OWN, world_slot());
	moved = DONE(CAP_MOVE, OWN, untyped, table, 1)->x[1];
	REFUSED(STALE, UNTYPED_RETYPE, untyped, RVX_OBJECT_TASK, 0, OWN, world_slot());
	REFUSED(HAS_CHILDREN, CAP_DELETE, table, moved);
	moved = DONE(CAP_MOVE, table, moved, OWN, world_slot())->x[1];
	(void)DONE(UNTYPED_RETYPE, moved, RVX_OBJECT_TASK, 0, OWN, world_slot());
	EXPECT_EQUAL(2, DONE(CAP_REVOKE, OWN, moved)->x[1]);
	refusal_expect_victim_well();
}

static void delete_refuses_what_has_children_or_is_permanent(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t copy = world_copy(region, RVX_RIGHTS_ALL);
	uint32_t slot;

	refusal_init();
	REFUSED(HAS_CHILDREN, CAP_DELETE, OWN, region);
	REFUSED(HAS_CHILDREN, CAP_DELETE, OWN, world.arena);
	for (slot = RVX_BOOT_MACHINE; slot <= RVX_BOOT_SYSTEM_IMAGE; slot++)
		REFUSED(NOT_DERIVABLE, CAP_DELETE, OWN, RVX_SLOT_HANDLE(slot));
	for (slot = 0; slot < world.boot->untyped_count; slot++)
		REFUSED(NOT_DERIVABLE, CAP_DELETE, OWN,
			RVX_SLOT_HANDLE(RVX_BOOT_UNTYPED_FIRST + slot));
	(void)DONE(CAP_DELETE, OWN, copy);
	REFUSED(STALE, CAP_DELETE, OWN, copy);
	(void)DONE(CAP_DELETE, OWN, region);
	REFUSED(STALE, CAP_DELETE, OWN, region);
	refusal_expect_victim_well();
}

static void a_reused_slot_makes_old_handles_stale(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint32_t slot = world_slot();
	uint64_t handle, previous = 0;
	uint32_t round;

	refusal_init();
	for (round = 0; round < 8; round++) {
		handle = DONE(CAP_COPY, OWN, region, OWN, slot, RVX_RIGHTS_ALL)->x[1];
		EXPECT_EQUAL(slot, RVX_HANDLE_SLOT(handle));
		if (round > 0) {
			EXPECT_EQUAL(RVX_HANDLE_GENERATION(previous) + 1,
				     RVX_HANDLE_GENERATION(handle));
			REFUSED(STALE, CAP_COPY, OWN, previous, OWN, world_slot(), 1);
			REFUSED(STALE, CAP_DELETE, OWN, previous);
		}
		(void)DONE(CAP_DELETE, OWN, handle);
		previous = handle;
	}
	refusal_expect_victim_well();
}

static void revoke_takes_all_descendants_and_nothing_else(void)
{
	const uint64_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t beside = world_copy(region, RVX_RIGHTS_ALL);
	const uint64_t top = world_copy(region, RVX_RIGHTS_ALL);
	uint64_t child, grandchild;

	refusal_init();
	EXPECT_EQUAL(0, DONE(CAP_REVOKE, OWN, top)->x[1]);
	child = DONE(CAP_COPY, OWN, top, OWN, world_slot(), RVX_RIGHTS_ALL)->x[1];
	(void)DONE(CAP_COPY, OWN, top, OWN, world_slot(), RVX_RIGHTS_ALL);
	grandchild = DONE(CAP_COPY, OWN, child, OWN, world_slot(), RVX_RIGHTS_ALL)->x[1];
	EXPECT_EQUAL(3, DONE(CAP_REVOKE, OWN, top)->x[1]);
	REFUSED(STALE, CAP_DELETE, OWN, child);
	REFUSED(STALE, CAP_DELETE, OWN, grandchild);
	(void)DONE(CAP_COPY, OWN, beside, OWN, world_slot(), 0);
	(void)DONE(CAP_COPY, OWN, top, OWN, world_slot(), 0);
	EXPECT_EQUAL(4, DONE(CAP_REVOKE, OWN, region)->x[1]);
	EXPECT_EQUAL(0, DONE(CAP_REVOKE, OWN, region)->x[1]);
	refusal_expect_victim_well();
}

static void describe_tells_what_is_there(void)
{
	const uint64_t table = world_make(RVX_OBJECT_CAPTABLE, 4);
	const uint64_t region = world_make(RVX_OBJECT_REGION, 7);
	const uint64_t copy = world_copy(region, RVX_RIGHT_READ);
	const uint64_t partition = world_make(RVX_OBJECT_PARTITION, 8);
	const uint64_t task = world_make(RVX_OBJECT_TASK, 0);
	const uint64_t address = 0x7654000;
	struct description found;

	refusal_init();
	REFUSED(OUT_OF_RANGE, CAP_DESCRIBE, OWN, 0);
	REFUSED(OUT_OF_RANGE, CAP_DESCRIBE, OWN, SLOT_COUNT);
	REFUSED(OUT_OF_RANGE, CAP_DESCRIBE, OWN, HUGE + 1);
	REFUSED(OUT_OF_RANGE, CAP_DESCRIBE, OWN, UINT64_MAX);
	REFUSED(OUT_OF_RANGE, CAP_DESCRIBE, table, 16);
	REFUSED(NOTHING, CAP_DESCRIBE, table, 15);
	REFUSED(NOTHING, CAP_DESCRIBE, OWN, SLOT_COUNT - 1);
	(void)DONE(REGION_MAP, OWN, copy, partition, address, RVX_RIGHT_READ);
	(void)DONE(TASK_BIND, task, partition, table);

	found = describe(OWN, RVX_HANDLE_SLOT(copy));
	EXPECT_EQUAL(7, found.detail0);
	EXPECT_EQUAL(address | RVX_RIGHT_READ, found.mapping & 0xffffffffffff);
	EXPECT_EQUAL(describe(OWN, RVX_HANDLE_SLOT(partition)).detail0 >> 16,
		     RVX_MAPPING_PARTITION(found.mapping));
	found = describe(OWN, RVX_HANDLE_SLOT(partition));
	EXPECT_EQUAL(RVX_PARTITION_CREATED, found.detail1);
	found = describe(OWN, RVX_HANDLE_SLOT(task));
	EXPECT_EQUAL(describe(OWN, RVX_HANDLE_SLOT(partition)).object, found.detail0);
	EXPECT_EQUAL(describe(OWN, RVX_HANDLE_SLOT(table)).object, found.detail1);
	found = describe(OWN, RVX_HANDLE_SLOT(table));
	EXPECT_EQUAL(4, found.detail0);
	refusal_expect_victim_well();
}

static const struct check_case cases[] = {
	CHECK_CASE(retype_makes_each_object),
	CHECK_CASE(retype_refuses_wrong_types_sizes_and_slots),
	CHECK_CASE(retype_refuses_what_does_not_fit),
	CHECK_CASE(untyped_nests_eight_deep),
	CHECK_CASE(clean_takes_what_is_left_and_no_more),
	CHECK_CASE(copies_have_at_most_the_sources_rights),
	CHECK_CASE(copy_refuses_slots_rights_and_depth),
	CHECK_CASE(copies_cross_tables),
	CHECK_CASE(mint_sets_badge_and_end),
	CHECK_CASE(mint_refuses_badges_ends_and_types),
	CHECK_CASE(moves_carry_mastership_and_children),
	CHECK_CASE(an_untyped_moves),
	CHECK_CASE(delete_refuses_what_has_children_or_is_permanent),
	CHECK_CASE(a_reused_slot_makes_old_handles_stale),
	CHECK_CASE(revoke_takes_all_descendants_and_nothing_else),
	CHECK_CASE(describe_tells_what_is_there),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
