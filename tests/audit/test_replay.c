/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replay: what each kind of record does, and what it cannot do. */
#include "tests/audit/stage.h"

#define GRANT RVX_WITNESS_CAPABILITY_GRANT
#define BEGIN RVX_WITNESS_BEGIN
#define END RVX_WITNESS_END
#define ALLOWED RVX_WITNESS_ALLOWED

static const struct world_object *object(uint32_t serial)
{
	return world_object(stage.world, id_of(serial));
}

static void the_boot_makes_roots_of_the_tree(void **state)
{
	const uint64_t place = AT(20, 1 | RVX_OBJECT_MACHINE << 8);

	(void)state;
	assert_int_equal(stage.world->capability_count, STAGE_SERIALS - 1);
	assert_int_equal(at(4)->level, 0);
	assert_int_equal(at(9)->level, 1);
	assert_true(world_is_master(at(1)));
	cannot(RVX_WITNESS_BOOT_CAPABILITY, id_of(50), place, 0, "BootCapability by a partition");
	cannot_as(RVX_WITNESS_BOOT_CAPABILITY, ALLOWED, 0, id_of(MACHINE), place, 0,
		  "object 0x400001040 exists already");
	cannot_as(RVX_WITNESS_BOOT_CAPABILITY, ALLOWED, 0, id_of(50), AT(20, 0), 0,
		  "there is no object type 0");
	cannot_as(RVX_WITNESS_BOOT_CAPABILITY, ALLOWED, 0, id_of(50), AT(20, 0xff00), 0,
		  "there is no object type 255");
	cannot_as(RVX_WITNESS_BOOT_CAPABILITY, ALLOWED, 0, id_of(50), AT(4, 0xb01), 0,
		  "table 2 slot 4 is occupied");
	cannot_as(RVX_WITNESS_BOOT_CAPABILITY, ALLOWED, 0, id_of(50), AT(20, 0x101), 99,
		  "no Untyped has size or number 99");
}

static void actors_exist_and_run(void **state)
{
	(void)state;
	cannot_as(RVX_WITNESS_NOTE, 0, 1, 0, 0, 0, "the actor, partition 0.1, never existed");
	cannot_as(RVX_WITNESS_NOTE, 0, 1u << 16, 0, 0, 0,
		  "the actor, partition 1.0, never existed");
	cannot_as(RVX_WITNESS_NOTE, 0, 1u << 16 | 2, 0, 0, 0,
		  "the actor, partition 1.2, never existed");
	cannot_as(RVX_WITNESS_NOTE, 0, 0xffffffff, 0, 0, 0,
		  "the actor, partition 65535.65535, never existed");
	cannot_as(RVX_WITNESS_NOTE, 0, 2u << 16 | 1, 0, 0, 0,
		  "the actor, partition 2.1, is created");
	does_as(RVX_WITNESS_TASK_FAULT, 0, 2u << 16 | 1, 0, 1, 0);
	does_as(RVX_WITNESS_PARTITION_DESTROY, 0, ROOT, id_of(PARTITION_2), AT(12, 0), 0);
	cannot_as(RVX_WITNESS_NOTE, 0, 2u << 16 | 1, 0, 0, 0, "the actor, partition 2.1, is gone");
	does_as(RVX_WITNESS_PROOF_REJECTED, RVX_WITNESS_DENIED, 2u << 16 | 1, 0, 0, 1);
}

static void refusals_are_denied_and_changes_are_not(void **state)
{
	(void)state;
	cannot(RVX_WITNESS_PROOF_REJECTED, 0, 0, 1, "ProofRejected that is not denied");
	cannot_as(RVX_WITNESS_PROOF_REJECTED, RVX_WITNESS_DENIED, ROOT, 0, 0, 0,
		  "ProofRejected of no refusal");
	cannot_as(GRANT, RVX_WITNESS_DENIED, ROOT, id_of(REGION), AT(20, 1), AT(9, 0),
		  "a change that is denied");
}

static void objects_are_made_out_of_untyped(void **state)
{
	const uint64_t memory = AT(16, 0), id = id_of(50);

	(void)state;
	does(RVX_WITNESS_REGION_CREATE, id_of(12), AT(20, 0x1170), AT(16, 1));
	assert_int_equal(at(20)->object->size, 0x11170);
	assert_int_equal(at(20)->rights, ALL);
	assert_int_equal(at(20)->level, 1);
	does(RVX_WITNESS_TASK_SPAWN, id_of(13), IN_2(15, 0), memory);
	cannot(RVX_WITNESS_TASK_SPAWN, id, AT(20, 0), memory, "table 2 slot 20 is occupied");
	cannot(RVX_WITNESS_TASK_SPAWN, id, AT(0, 0), memory, "slot 0 of table 2 is never used");
	cannot(RVX_WITNESS_TASK_SPAWN, id, AT(1024, 0), memory, "table 2 has no slot 1024");
	cannot(RVX_WITNESS_TASK_SPAWN, id, IN_2(16, 0), memory, "table 10 has no slot 16");
	cannot(RVX_WITNESS_TASK_SPAWN, id, RVX_WITNESS_PLACE(9, 1, 0), memory,
	       "there is no table 9");
	cannot(RVX_WITNESS_TASK_SPAWN, id, RVX_WITNESS_PLACE(0, 2, 0), memory,
	       "a partition reached a table of the kernel's own");
	cannot(RVX_WITNESS_TASK_SPAWN, id, AT(21, 0), AT(9, 0), "a Task is made out of a Region");
	cannot(RVX_WITNESS_TASK_SPAWN, id, AT(21, 0), AT(22, 0),
	       "there is no capability in table 2 slot 22");
	cannot(RVX_WITNESS_TASK_SPAWN, id_of(12), AT(21, 0), memory,
	       "object 0xc000010c0 exists already");
	cannot(RVX_WITNESS_TASK_SPAWN, id_of(11) + 1, AT(21, 0), memory,
	       "object 0xb000010b1 has the serial of an older one");
	cannot(RVX_WITNESS_TASK_SPAWN, (uint64_t)50 << 32, AT(21, 0), memory,
	       "object 0x3200000000 lies outside its Untyped");
	cannot(RVX_WITNESS_TASK_SPAWN, id_of(MEMORY) + ((uint64_t)50 << 32) + (1 << 14), AT(21, 0),
	       memory, "object 0x3800005060 lies outside its Untyped");
	cannot(RVX_WITNESS_REGION_CREATE, id, AT(21, 0), memory, "no Region has size or number 0");
	cannot(RVX_WITNESS_CAP_TABLE_CREATE, id, AT(21, 17), memory,
	       "no CapTable has size or number 17");
	cannot(RVX_WITNESS_UNTYPED_CREATE, id, AT(21, 11), memory,
	       "no Untyped has size or number 11");
	cannot(RVX_WITNESS_PARTITION_CREATE, id, AT(21, 0), memory,
	       "no Partition has size or number 0");
	cannot(RVX_WITNESS_PARTITION_CREATE, id, AT(21, 2), memory, "partition 2 exists already");
}

static void only_the_kernel_makes_a_table_in_itself(void **state)
{
	(void)state;
	cannot(RVX_WITNESS_CAP_TABLE_CREATE, id_of(50), RVX_WITNESS_PLACE(50, 1, 4), AT(16, 0),
	       "there is no table 50");
	cannot_as(RVX_WITNESS_CAP_TABLE_CREATE, ALLOWED, 0, id_of(50), RVX_WITNESS_PLACE(50, 16, 4),
		  AT(16, 0), "table 50 has no slot 16");
}

static void untyped_nest_eight_deep(void **state)
{
	uint32_t parent = 16;

	(void)state;
	for (uint32_t i = 0; i < RVX_UNTYPED_NESTING_MAX; i++) {
		does(RVX_WITNESS_UNTYPED_CREATE, id_of(20 + i), AT(20 + i, 20 - i), AT(parent, 0));
		parent = 20 + i;
	}
	assert_int_equal(at(parent)->level, RVX_UNTYPED_NESTING_MAX);
	cannot(RVX_WITNESS_UNTYPED_CREATE, id_of(40), AT(40, 12), AT(parent, 0),
	       "Untyped are nested too deep");
	does(RVX_WITNESS_TASK_SPAWN, id_of(30), AT(41, 0), AT(parent, 0));
}

static void rights_only_shrink(void **state)
{
	(void)state;
	does(GRANT, id_of(REGION), AT(20, 0x07), AT(9, 0));
	assert_int_equal(at(20)->rights, 7);
	assert_int_equal(at(20)->depth, 1);
	assert_int_equal(at(20)->level, 2);
	assert_false(world_is_master(at(20)));
	cannot(GRANT, id_of(REGION), AT(21, 0x0f), AT(20, 0),
	       "derived with rights that the source lacks");
	cannot(GRANT, id_of(EDGE), AT(21, 1), AT(20, 0),
	       "the source is for 0x700001070, not for 0x800001080");
	cannot(GRANT, id_of(REGION), AT(21, 1), AT(22, 0),
	       "there is no capability in table 2 slot 22");
	cannot(GRANT, id_of(MEMORY), AT(21, 1), AT(16, 0), "an Untyped is derived");
	cannot(GRANT, id_of(REGION), AT(21, 0x201), AT(9, 0),
	       "the derived capability has unknown bits");
	does(GRANT, id_of(REGION), AT(21, 0x41), AT(9, 0));
	cannot(GRANT, id_of(REGION), AT(22, 0x41), AT(21, 0),
	       "derived by GRANT_ONCE with a right to grant");
	does(RVX_WITNESS_CAPABILITY_DELEGATE, id_of(REGION), IN_2(1, 0x01), AT(21, 0));
	cannot(GRANT, id_of(REGION), AT(22, 1), IN_2(1, 0),
	       "derived without the right GRANT or GRANT_ONCE");
}

static void derivation_is_eight_deep(void **state)
{
	uint32_t parent = 9;

	(void)state;
	for (uint32_t i = 0; i < RVX_DERIVATION_DEPTH_MAX; i++) {
		does(GRANT, id_of(REGION), AT(20 + i, ALL), AT(parent, 0));
		parent = 20 + i;
	}
	cannot(GRANT, id_of(REGION), AT(40, 1), AT(parent, 0), "derived too deep");
}

static void an_end_is_chosen_from_the_master_only(void **state)
{
	(void)state;
	does(GRANT, id_of(EDGE), AT(20, 0x107), AT(10, 0));
	assert_int_equal(at(20)->end, 1);
	does(GRANT, id_of(EDGE), AT(21, 0x107), AT(20, 0));
	cannot(GRANT, id_of(EDGE), AT(22, 0x007), AT(20, 0),
	       "derived with the other end of the edge");
	cannot(GRANT, id_of(REGION), AT(22, 0x101), AT(9, 0), "a Region has no end 1");
}

static void a_move_takes_everything_along(void **state)
{
	(void)state;
	does(GRANT, id_of(REGION), AT(20, 7), AT(9, 0));
	does(RVX_WITNESS_REGION_MAP, id_of(REGION), AT(9, 3), RVX_MAPPING(2, 0x1000, 3));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), IN_2(3, 0), AT(9, 0));
	assert_null(at(9));
	assert_true(world_is_master(in_2(3)));
	assert_int_equal(in_2(3)->mapping, RVX_MAPPING(2, 0x1000, 3));
	assert_ptr_equal(at(20)->parent, in_2(3));
	cannot(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), AT(9, 0), AT(9, 0),
	       "there is no capability in table 2 slot 9");
	cannot(RVX_WITNESS_CAPABILITY_MOVE, id_of(EDGE), AT(9, 0), IN_2(3, 0),
	       "what is moved is 0x700001070, not 0x800001080");
	cannot(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), AT(20, 0), IN_2(3, 0),
	       "table 2 slot 20 is occupied");
	cannot(RVX_WITNESS_CAPABILITY_MOVE, id_of(UNTYPED), AT(9, 0), RVX_WITNESS_PLACE(0, 1, 0),
	       "a partition reached a table of the kernel's own");
	does(GRANT, id_of(REGION), AT(21, 1), IN_2(3, 0));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), AT(22, 0), AT(21, 0));
	cannot(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), IN_2(4, 0), AT(22, 0),
	       "moved to another table without the right GRANT");
}

static void what_has_children_is_not_deleted(void **state)
{
	(void)state;
	does(GRANT, id_of(REGION), AT(20, 7), AT(9, 0));
	does(GRANT, id_of(REGION), AT(21, 7), AT(20, 0));
	cannot(RVX_WITNESS_CAPABILITY_DELETE, id_of(REGION), AT(20, 0), 0,
	       "removed while others are derived from it");
	cannot(RVX_WITNESS_REGION_DESTROY, id_of(REGION), AT(9, 0), 0,
	       "removed while others are derived from it");
	does(RVX_WITNESS_CAPABILITY_DELETE, id_of(REGION), AT(21, 0), 0);
	cannot(RVX_WITNESS_CAPABILITY_DELETE, id_of(EDGE), AT(20, 0), 0,
	       "the capability in table 2 slot 20 is for 0x700001070, not for 0x800001080");
	does(RVX_WITNESS_CAPABILITY_DELETE, id_of(REGION), AT(20, 0), 0);
	cannot(RVX_WITNESS_CAPABILITY_DELETE, id_of(REGION), AT(9, 0), 0,
	       "a master is deleted, but its Region not destroyed");
	cannot(RVX_WITNESS_TASK_TERMINATE, id_of(REGION), AT(9, 0), 0,
	       "a Region is destroyed as a Task");
	does(GRANT, id_of(TASK), AT(20, 7), AT(3, 0));
	cannot(RVX_WITNESS_TASK_TERMINATE, id_of(TASK), AT(20, 0), 0,
	       "destroyed by a capability that is not the master");
	does(RVX_WITNESS_REGION_DESTROY, id_of(REGION), AT(9, 0), 0);
	assert_null(object(REGION));
}

static void a_revoke_removes_all_below(void **state)
{
	(void)state;
	does(GRANT, id_of(REGION), AT(20, 7), AT(9, 0));
	does(GRANT, id_of(REGION), IN_2(1, 7), AT(20, 0));
	does(GRANT, id_of(REGION), AT(21, 7), AT(9, 0));
	cannot(RVX_WITNESS_CAPABILITY_REVOKE, id_of(REGION), AT(20, 0), 0,
	       "revoked without the right REVOKE");
	does(RVX_WITNESS_CAPABILITY_REVOKE, id_of(REGION), AT(9, 0), 0);
	assert_non_null(at(9));
	assert_null(at(20));
	assert_null(at(21));
	assert_null(in_2(1));
}

static void a_table_takes_along_what_lies_in_it(void **state)
{
	(void)state;
	/* In TABLE_2: an Untyped with a task below it, whose capability lies elsewhere. */
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(MEMORY), IN_2(1, 0), AT(16, 0));
	does(RVX_WITNESS_TASK_SPAWN, id_of(20), AT(20, 0), IN_2(1, 0));
	does(GRANT, id_of(20), AT(21, 7), AT(20, 0));
	does(RVX_WITNESS_TASK_BIND, id_of(20), id_of(PARTITION_2), id_of(TABLE_2));
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, BEGIN, ROOT, id_of(TABLE_2), AT(11, 0), 0);
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, END, ROOT, id_of(TABLE_2), AT(11, 0), 3);
	assert_null(at(11));
	assert_null(at(20));
	assert_null(at(21));
	assert_null(object(MEMORY));
	assert_null(object(20));
	assert_int_equal(stage.world->capability_count, STAGE_SERIALS - 3);
}

static void tables_in_a_circle_go_together(void **state)
{
	(void)state;
	does(RVX_WITNESS_CAP_TABLE_CREATE, id_of(20), IN_2(1, 4), AT(16, 0));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(TABLE_2), RVX_WITNESS_PLACE(20, 1, 0), AT(11, 0));
	does(RVX_WITNESS_CAP_TABLE_DESTROY, id_of(20), IN_2(1, 0), 0);
	assert_null(object(20));
	assert_null(object(TABLE_2));
	/* And a table that holds itself. */
	does(RVX_WITNESS_CAP_TABLE_CREATE, id_of(21), AT(20, 4), AT(16, 0));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(21), RVX_WITNESS_PLACE(21, 1, 0), AT(20, 0));
	does(RVX_WITNESS_CAP_TABLE_DESTROY, id_of(21), RVX_WITNESS_PLACE(21, 1, 0), 0);
	assert_null(object(21));
}

static void a_revoke_can_take_itself(void **state)
{
	(void)state;
	/* The Untyped lies in a table that is made from it. */
	does(RVX_WITNESS_CAP_TABLE_CREATE, id_of(20), AT(20, 4), AT(16, 0));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(MEMORY), RVX_WITNESS_PLACE(20, 1, 0), AT(16, 0));
	does_as(RVX_WITNESS_CAPABILITY_REVOKE, BEGIN, ROOT, id_of(MEMORY),
		RVX_WITNESS_PLACE(20, 1, 0), 0);
	does_as(RVX_WITNESS_CAPABILITY_REVOKE, END, ROOT, id_of(MEMORY),
		RVX_WITNESS_PLACE(20, 1, 0), 2);
	assert_null(object(MEMORY));
	assert_null(object(20));
	assert_true(LIST_EMPTY(&stage.world->operations));
}

static void what_is_being_removed_may_still_be_used(void **state)
{
	(void)state;
	does(GRANT, id_of(REGION), AT(20, 7), AT(9, 0));
	does(GRANT, id_of(REGION), AT(21, 7), AT(20, 0));
	does_as(RVX_WITNESS_CAPABILITY_REVOKE, BEGIN, ROOT, id_of(REGION), AT(9, 0), 0);
	/* Slot 21 has been emptied: it can be used again. Slot 20 is still there: it is deleted. */
	does(RVX_WITNESS_TASK_SPAWN, id_of(20), AT(21, 0), AT(16, 0));
	does(RVX_WITNESS_CAPABILITY_DELETE, id_of(REGION), AT(20, 0), 0);
	cannot(RVX_WITNESS_TASK_SPAWN, id_of(22), AT(21, 0), AT(16, 0),
	       "table 2 slot 21 is occupied");
	cannot_as(RVX_WITNESS_CAPABILITY_REVOKE, END, ROOT, id_of(REGION), AT(20, 0), 1,
		  "a revoke ends at another capability than it began");
	does_as(RVX_WITNESS_CAPABILITY_REVOKE, END, ROOT, id_of(REGION), AT(9, 0), 1);
	assert_non_null(at(21));
	assert_non_null(at(9));
}

static void what_leaves_a_dying_table_lives(void **state)
{
	(void)state;
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), IN_2(1, 0), AT(9, 0));
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(EDGE), IN_2(2, 0), AT(10, 0));
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, BEGIN, ROOT, id_of(TABLE_2), AT(11, 0), 0);
	does(RVX_WITNESS_CAPABILITY_MOVE, id_of(REGION), AT(9, 0), IN_2(1, 0));
	does_as(RVX_WITNESS_CAP_TABLE_DESTROY, END, ROOT, id_of(TABLE_2), AT(11, 0), 1);
	assert_non_null(object(REGION));
	assert_null(object(EDGE));
}

static void numbers_of_partitions_come_back(void **state)
{
	(void)state;
	does(RVX_WITNESS_REGION_MAP, id_of(REGION), AT(9, 1), RVX_MAPPING(2, 0x1000, 1));
	does_as(RVX_WITNESS_PARTITION_DESTROY, BEGIN, ROOT, id_of(PARTITION_2), AT(12, 0), 0);
	/* Its number is given out again before the end record: it was gone by then. */
	does(RVX_WITNESS_PARTITION_CREATE, id_of(20), AT(20, 2), AT(16, 0));
	assert_int_equal(object(20)->generation, 2);
	assert_null(object(PARTITION_2));
	assert_null(at(9)->mapped_in);
	does_as(RVX_WITNESS_PARTITION_DESTROY, END, ROOT, id_of(PARTITION_2), AT(12, 0), 0);
	assert_non_null(object(20));
}

static void regions_are_mapped_within_bounds(void **state)
{
	const uint16_t map = RVX_WITNESS_REGION_MAP;
	const uint64_t region = id_of(REGION);

	(void)state;
	cannot(map, region, AT(9, 1), RVX_MAPPING(3, 0x1000, 1),
	       "mapped into partition 3, which does not exist");
	cannot(map, id_of(TASK), AT(3, 1), RVX_MAPPING(1, 0x1000, 1), "a Task is mapped");
	cannot(map, region, AT(9, 7), RVX_MAPPING(1, 0x1000, 0x13),
	       "nothing is mapped with rights 0x13");
	cannot(map, region, AT(9, 2), RVX_MAPPING(1, 0x1000, 2),
	       "nothing is mapped with rights 0x2");
	cannot(map, id_of(TELEMETRY), AT(5, 3), RVX_MAPPING(1, 0x1000, 3),
	       "mapped with rights that the capability lacks");
	cannot(map, region, AT(9, 1), RVX_MAPPING(1, 0x7fffffd000, 1),
	       "mapped beyond the address space");
	cannot(map, region, AT(9, 1), RVX_MAPPING(1, 0xfffffffff000, 1),
	       "mapped beyond the address space");
	does(map, region, AT(9, 1), RVX_MAPPING(1, 0x7fffffc000, 1));
	cannot(map, region, AT(9, 1), RVX_MAPPING(2, 0x1000, 1),
	       "mapped twice through one capability");
	cannot(map, id_of(TELEMETRY), AT(5, 1), RVX_MAPPING(1, 0x7fffffb000, 1),
	       "mapped over something else at 0x7fffffc000");
	does(map, id_of(TELEMETRY), AT(5, 1), RVX_MAPPING(1, 0x7fffffa000, 1));
}

static void a_region_is_writable_or_executable(void **state)
{
	const uint16_t map = RVX_WITNESS_REGION_MAP, protect = RVX_WITNESS_REGION_PROTECT;
	const uint64_t region = id_of(REGION);

	(void)state;
	does(GRANT, region, AT(20, ALL), AT(9, 0));
	does(map, region, AT(9, 3), RVX_MAPPING(1, 0x1000, 3));
	cannot(map, region, AT(20, 0x11), RVX_MAPPING(2, 0x1000, 0x11),
	       "the region is mapped writable and executable");
	does(map, region, AT(20, 1), RVX_MAPPING(2, 0x1000, 1));
	cannot(protect, region, AT(20, 0x11), RVX_MAPPING(2, 0x1000, 0x11),
	       "the region is mapped writable and executable");
	does(protect, region, AT(9, 0x11), RVX_MAPPING(1, 0x1000, 0x11));
	does(protect, region, AT(20, 0x11), RVX_MAPPING(2, 0x1000, 0x11));
	cannot(protect, region, AT(20, 1), RVX_MAPPING(1, 0x1000, 1),
	       "another mapping is protected than there was");
	cannot(RVX_WITNESS_REGION_UNMAP, region, AT(20, 0), RVX_MAPPING(2, 0x2000, 0x11),
	       "another mapping is unmapped than there was");
	does(RVX_WITNESS_REGION_UNMAP, region, AT(20, 0), RVX_MAPPING(2, 0x1000, 0x11));
	cannot(RVX_WITNESS_REGION_UNMAP, region, AT(20, 0), RVX_MAPPING(2, 0x1000, 0x11),
	       "unmapped, but it was not mapped");
	cannot(protect, region, AT(20, 1), RVX_MAPPING(2, 0x1000, 1),
	       "protected, but it was not mapped");
}

static void mappings_go_with_partition_and_capability(void **state)
{
	const uint64_t region = id_of(REGION);

	(void)state;
	does(GRANT, region, AT(20, ALL), AT(9, 0));
	does(RVX_WITNESS_REGION_MAP, region, AT(9, 1), RVX_MAPPING(2, 0x1000, 1));
	does(RVX_WITNESS_REGION_MAP, region, AT(20, 1), RVX_MAPPING(2, 0x9000, 1));
	does(RVX_WITNESS_CAPABILITY_DELETE, region, AT(20, 0), 0);
	does(RVX_WITNESS_PARTITION_DESTROY, id_of(PARTITION_2), AT(12, 0), 0);
	assert_null(at(9)->mapped_in);
	assert_int_equal(at(9)->mapping, 0);
}

static void tasks_are_bound_once(void **state)
{
	(void)state;
	cannot(RVX_WITNESS_TASK_BIND, id_of(TASK), id_of(PARTITION_2), id_of(TABLE_2),
	       "task 0x900001090 was bound before");
	cannot(RVX_WITNESS_TASK_BIND, id_of(EDGE), id_of(PARTITION_2), id_of(TABLE_2),
	       "there is no Task with id 0x800001080");
	does(RVX_WITNESS_TASK_SPAWN, id_of(20), AT(20, 0), AT(16, 0));
	cannot(RVX_WITNESS_TASK_START, id_of(20), 0, 0, "task 0x1400001140 is not bound");
	cannot(RVX_WITNESS_TASK_BIND, id_of(20), id_of(TABLE_2), id_of(TABLE_2),
	       "there is no Partition with id 0xa000010a0");
	cannot(RVX_WITNESS_TASK_BIND, id_of(20), id_of(PARTITION_2), id_of(PARTITION),
	       "there is no CapTable with id 0x300001030");
	does(RVX_WITNESS_TASK_BIND, id_of(20), id_of(PARTITION_2), id_of(TABLE_2));
	does(RVX_WITNESS_TASK_START, id_of(20), 0, 0);
	does(RVX_WITNESS_TASK_SUPERVISE, id_of(20), id_of(TASK), 0);
	cannot(RVX_WITNESS_TASK_SUPERVISE, id_of(20), id_of(EDGE), 0,
	       "there is no Task with id 0x800001080");
	does(RVX_WITNESS_PARTITION_DESTROY, id_of(PARTITION_2), AT(12, 0), 0);
	assert_null(object(20)->partition);
	assert_null(object(20)->table);
	cannot(RVX_WITNESS_TASK_BIND, id_of(20), id_of(PARTITION), id_of(TABLE_2),
	       "task 0x1400001140 was bound before");
}

static void ends_are_bound_through_a_capability(void **state)
{
	const uint16_t bind = RVX_WITNESS_COMM_EDGE_BIND;
	const uint64_t edge = id_of(EDGE);

	(void)state;
	does(GRANT, edge, AT(20, 0x107), AT(10, 0));
	cannot(bind, edge, AT(20, 0), id_of(TASK),
	       "another end is bound than the capability names");
	cannot(bind, edge, AT(20, 0x100), id_of(REGION), "there is no Task with id 0x700001070");
	cannot(bind, id_of(REGION), AT(9, 0), id_of(TASK), "a Region is bound as an edge");
	does(bind, edge, AT(20, 0x100), id_of(TASK));
	does(bind, edge, AT(10, 0), id_of(TASK));
	cannot(bind, edge, AT(20, 0x100), id_of(TASK), "end 1 is bound already");
	/* The binding follows the capability, and goes with it. */
	does(RVX_WITNESS_CAPABILITY_MOVE, edge, IN_2(1, 0), AT(20, 0));
	assert_ptr_equal(object(EDGE)->end[1].task, object(TASK));
	does(RVX_WITNESS_CAPABILITY_DELETE, edge, IN_2(1, 0), 0);
	assert_null(object(EDGE)->end[1].task);
	assert_ptr_equal(object(EDGE)->end[0].task, object(TASK));
}

static void ends_are_unbound_when_the_task_ends(void **state)
{
	(void)state;
	does(RVX_WITNESS_TASK_SPAWN, id_of(20), AT(20, 0), AT(16, 0));
	cannot(RVX_WITNESS_COMM_EDGE_BIND, id_of(EDGE), AT(10, 0), id_of(20),
	       "an edge is bound to a task that is not bound");
	does(RVX_WITNESS_TASK_BIND, id_of(20), id_of(PARTITION_2), id_of(TABLE_2));
	does(RVX_WITNESS_COMM_EDGE_BIND, id_of(EDGE), AT(10, 0), id_of(20));
	does(RVX_WITNESS_CAP_TABLE_DESTROY, id_of(TABLE_2), AT(11, 0), 0);
	assert_null(object(EDGE)->end[0].task);
	assert_null(object(EDGE)->end[0].through);
	does(RVX_WITNESS_COMM_EDGE_BIND, id_of(EDGE), AT(10, 0), id_of(TASK));
	does(RVX_WITNESS_COMM_EDGE_DESTROY, id_of(EDGE), AT(10, 0), 0);
	assert_true(LIST_EMPTY(&object(TASK)->ends));
}

static void partitions_go_from_state_to_state(void **state)
{
	const uint64_t second = id_of(PARTITION_2);

	(void)state;
	cannot(RVX_WITNESS_PARTITION_SUSPEND, second, 0, 0, "partition 2 is created, not running");
	cannot(RVX_WITNESS_PARTITION_RESUME, second, 0, 0, "partition 2 is created, not suspended");
	does(RVX_WITNESS_PARTITION_START, second, 0, 0);
	cannot(RVX_WITNESS_PARTITION_START, second, 0, 0, "partition 2 is running, not created");
	does(RVX_WITNESS_PARTITION_SUSPEND, second, 0, 0);
	does(RVX_WITNESS_PARTITION_RESUME, second, 0, 0);
	cannot(RVX_WITNESS_MODE_SWITCH, second, RVX_PARTITION_RUNNING, 0,
	       "partition 2 is running, not recovering");
	cannot(RVX_WITNESS_MODE_SWITCH, second, RVX_PARTITION_SUSPENDED, 0,
	       "no partition switches to mode 2");
	does(RVX_WITNESS_MODE_SWITCH, second, RVX_PARTITION_RECOVERY, 0);
	cannot(RVX_WITNESS_PARTITION_SUSPEND, second, 0, 0,
	       "partition 2 is recovering, not running");
	does(RVX_WITNESS_MODE_SWITCH, second, RVX_PARTITION_RUNNING, 0);
	does(RVX_WITNESS_CREDIT_GRANT, second, 5, 0);
	cannot(RVX_WITNESS_CREDIT_GRANT, id_of(TASK), 5, 0,
	       "there is no Partition with id 0x900001090");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_boot_makes_roots_of_the_tree),
		TEST(actors_exist_and_run),
		TEST(refusals_are_denied_and_changes_are_not),
		TEST(objects_are_made_out_of_untyped),
		TEST(only_the_kernel_makes_a_table_in_itself),
		TEST(untyped_nest_eight_deep),
		TEST(rights_only_shrink),
		TEST(derivation_is_eight_deep),
		TEST(an_end_is_chosen_from_the_master_only),
		TEST(a_move_takes_everything_along),
		TEST(what_has_children_is_not_deleted),
		TEST(a_revoke_removes_all_below),
		TEST(a_table_takes_along_what_lies_in_it),
		TEST(tables_in_a_circle_go_together),
		TEST(a_revoke_can_take_itself),
		TEST(what_is_being_removed_may_still_be_used),
		TEST(what_leaves_a_dying_table_lives),
		TEST(numbers_of_partitions_come_back),
		TEST(regions_are_mapped_within_bounds),
		TEST(a_region_is_writable_or_executable),
		TEST(mappings_go_with_partition_and_capability),
		TEST(tasks_are_bound_once),
		TEST(ends_are_bound_through_a_capability),
		TEST(ends_are_unbound_when_the_task_ends),
		TEST(partitions_go_from_state_to_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
