/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A small world for tests of replay. */
#include "tests/audit/stage.h"

struct replay stage;

uint64_t id_of(uint32_t serial)
{
	return (uint64_t)serial << 32 | (0x1000u + serial * 16u);
}

static bool apply(uint16_t kind, uint8_t outcome, uint32_t actor, uint64_t object, uint64_t p0,
		  uint64_t p1)
{
	const struct rvx_witness record = { .kind = kind,
					    .class_ = outcome,
					    .actor = actor,
					    .object = object,
					    .p0 = p0,
					    .p1 = p1 };

	return replay_apply(&stage, &record);
}

void does_as(uint16_t kind, uint8_t outcome, uint32_t actor, uint64_t object, uint64_t p0,
	     uint64_t p1)
{
	if (!apply(kind, outcome, actor, object, p0, p1))
		fail_msg("kind %x: %s", kind, stage.reason);
}

void cannot_as(uint16_t kind, uint8_t outcome, uint32_t actor, uint64_t object, uint64_t p0,
	       uint64_t p1, const char *reason)
{
	size_t capabilities = stage.world->capability_count, objects = stage.world->object_count;

	if (apply(kind, outcome, actor, object, p0, p1))
		fail_msg("kind %x was possible", kind);
	assert_string_equal(stage.reason, reason);
	assert_int_equal(stage.world->capability_count, capabilities);
	assert_int_equal(stage.world->object_count, objects);
}

void does(uint16_t kind, uint64_t object, uint64_t p0, uint64_t p1)
{
	does_as(kind, RVX_WITNESS_ALLOWED, ROOT, object, p0, p1);
}

void cannot(uint16_t kind, uint64_t object, uint64_t p0, uint64_t p1, const char *reason)
{
	cannot_as(kind, RVX_WITNESS_ALLOWED, ROOT, object, p0, p1, reason);
}

static void boots(uint16_t kind, uint32_t serial, uint64_t p0, uint64_t p1)
{
	does_as(kind, RVX_WITNESS_ALLOWED, 0, id_of(serial), p0, p1);
}

int stage_setup(void **state)
{
	const uint64_t own = RVX_WITNESS_PLACE(0, 1, 0);

	(void)state;
	replay_init(&stage);
	boots(RVX_WITNESS_BOOT_CAPABILITY, UNTYPED, own | ALL | RVX_OBJECT_UNTYPED << 8, 22);
	boots(RVX_WITNESS_CAP_TABLE_CREATE, TABLE, AT(1, 10), own);
	boots(RVX_WITNESS_PARTITION_CREATE, PARTITION, AT(2, 1), own);
	boots(RVX_WITNESS_BOOT_CAPABILITY, MACHINE, AT(4, ALL | RVX_OBJECT_MACHINE << 8), 0);
	boots(RVX_WITNESS_BOOT_CAPABILITY, TELEMETRY, AT(5, 0x0d | RVX_OBJECT_TELEMETRY << 8), 2);
	boots(RVX_WITNESS_BOOT_CAPABILITY, MEMORY, AT(16, ALL | RVX_OBJECT_UNTYPED << 8), 20);
	boots(RVX_WITNESS_REGION_CREATE, REGION, AT(9, 4), own);
	boots(RVX_WITNESS_COMM_EDGE_CREATE, EDGE, AT(10, 77), own);
	boots(RVX_WITNESS_TASK_SPAWN, TASK, AT(3, 0), own);
	boots(RVX_WITNESS_CAP_TABLE_CREATE, TABLE_2, AT(11, 4), own);
	boots(RVX_WITNESS_PARTITION_CREATE, PARTITION_2, AT(12, 2), own);
	boots(RVX_WITNESS_TASK_BIND, TASK, id_of(PARTITION), id_of(TABLE));
	boots(RVX_WITNESS_PARTITION_START, PARTITION, 0, 0);
	return 0;
}

int stage_teardown(void **state)
{
	(void)state;
	replay_fini(&stage);
	return 0;
}

const struct world_capability *at(uint32_t slot)
{
	return world_capability(stage.world, TABLE, slot);
}

const struct world_capability *in_2(uint32_t slot)
{
	return world_capability(stage.world, TABLE_2, slot);
}
