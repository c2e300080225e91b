/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Making the gates: written through a mapping that is made executable when they stand. */
#include "tests/guest/gate.h"

#include "tests/guest/check.h"

#define SVC 0xd4000001u
#define RET 0xd65f03c0u
#define GATE_SIZE 8u
#define SLOT_IN_GUEST (RVX_SLOT_REGION_FIRST + RVX_SLOT_REGION_COUNT - 1)

void gate_enter(uint64_t gate, struct gate_registers *registers);

rvx_handle_t gate_init(void)
{
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, GATE_PAGES);
	uint32_t *at = world_address(WORLD_GATES);
	uint32_t number;

	MUST(rvx_region_map(RVX_TABLE_OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_GATES,
			    RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	for (number = 0; number < GATE_COUNT; number++) {
		*at++ = SVC | number << 5;
		*at++ = RET;
	}
	MUST(rvx_region_protect(RVX_TABLE_OWN, region, RVX_RIGHT_READ | RVX_RIGHT_EXECUTE));
	return region;
}

void gate_map(const struct guest *guest, rvx_handle_t region)
{
	(void)guest_map(guest, region, SLOT_IN_GUEST, world.base + WORLD_GATES,
			RVX_RIGHT_READ | RVX_RIGHT_EXECUTE);
}

int64_t gate_call(uint32_t number, struct gate_registers *registers)
{
	gate_enter(world.base + WORLD_GATES + (uint64_t)number * GATE_SIZE, registers);
	return (int64_t)registers->x[0];
}
