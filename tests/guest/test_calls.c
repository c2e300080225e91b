/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Every system call with every handle it takes wrong in every way: no handle, another time's, of
 * another type, without a right. The table of calls is made from the ABI, so that a new call is
 * tried as soon as it is there. Handles are looked at before anything else and in the order of the
 * arguments; a refusal changes nothing but the count of refusals.
 *
 * And every number that is no call.
 */
#include "tests/guest/check.h"
#include "tests/guest/gate.h"

#include <ruvix/numbers.h>

#define HANDLES_MAX 4u

struct call_handle {
	uint8_t argument;
	uint8_t type; /* enum rvx_object_type; 0: any */
	uint8_t rights;
	uint8_t any_right; /* one of `rights` is enough */
	uint8_t optional;  /* 0 means the caller's own table */
	uint8_t in_table;  /* named in the table of the argument before */
};

struct call {
	uint32_t number;
	uint32_t handle_count;
	const char *name;
	struct call_handle handles[HANDLES_MAX];
};

#include "tests/guest/calls_table.h"

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))
#define SLOT_NEVER_USED ((1u << RVX_BOOT_CAPTABLE_LOG2) - 1)
#define SLOT_COUNT (1u << RVX_BOOT_CAPTABLE_LOG2)

/* What the cases work with: a capability with all rights for an object of each type. */
static struct {
	rvx_handle_t object[RVX_OBJECT_TYPE_COUNT]; /* 0: none */
	rvx_handle_t deleted;
	struct guest other; /* at the far end of the edge */
	struct snapshot state;
	uint64_t refusals;	 /* so far in this case */
	uint64_t refusals_first; /* sequence of the first record of the case */
} stage;

static void stage_init(void)
{
	struct guest_end near, far = { .guest = &stage.other, .slot = RVX_SLOT_EDGE_FIRST };
	const struct guest root = guest_root();

	(void)gate_init();
	guest_make(&stage.other);
	near = (struct guest_end){ .guest = &root };
	(void)guest_join(&near, &far);
	stage.object[RVX_OBJECT_UNTYPED] = world_make(RVX_OBJECT_UNTYPED, RVX_UNTYPED_LOG2_MIN);
	stage.object[RVX_OBJECT_CAPTABLE] = world_make(RVX_OBJECT_CAPTABLE, RVX_CAPTABLE_LOG2_MIN);
	stage.object[RVX_OBJECT_PARTITION] = world_make(RVX_OBJECT_PARTITION, 0);
	stage.object[RVX_OBJECT_TASK] = world_make(RVX_OBJECT_TASK, 0);
	stage.object[RVX_OBJECT_REGION] = world_make(RVX_OBJECT_REGION, 1);
	stage.object[RVX_OBJECT_EDGE] = near.handle;
	stage.object[RVX_OBJECT_TELEMETRY] = RVX_SLOT_HANDLE(RVX_BOOT_TELEMETRY);
	stage.object[RVX_OBJECT_WITNESS_LOG] = WORLD_WITNESS_LOG;
	stage.object[RVX_OBJECT_MACHINE] = WORLD_MACHINE;
	stage.object[RVX_OBJECT_LEASE] = RVX_SLOT_HANDLE(RVX_BOOT_DEVICES);
	stage.deleted = world_copy(WORLD_MACHINE, RVX_RIGHTS_ALL);
	MUST(rvx_cap_delete(RVX_TABLE_OWN, stage.deleted));
	log_drain();
	stage.refusals = 0;
	stage.refusals_first = log_status().next;
	stage.state = snapshot_take();
}

/* Refusals are recorded: at once or counted into the next record of their kind. */
static void expect_refusals_counted(void)
{
	uint64_t sequence, count = 0;

	log_drain();
	for (sequence = stage.refusals_first; sequence < log_status().next; sequence++)
		if (log_record(sequence)->kind == RVX_WITNESS_PROOF_REJECTED)
			count += log_record(sequence)->p1;
	EXPECT_EQUAL(stage.refusals, count);
}

/* The arguments with which only what a case makes wrong is wrong. */
static void arguments_fill(const struct call *call, struct gate_registers *registers)
{
	uint32_t i;

	for (i = 0; i < GATE_RESULTS; i++)
		registers->x[i] = 0x1000 + i;
	for (i = 0; i < call->handle_count; i++) {
		const struct call_handle *handle = &call->handles[i];

		registers->x[handle->argument] =
			stage.object[handle->type != RVX_OBJECT_NONE ? handle->type :
								       RVX_OBJECT_REGION];
		if (handle->optional)
			registers->x[handle->argument] = RVX_TABLE_OWN;
	}
	registers->x[10] = registers->x[11] = 0; /* no capability, no deadline */
}

static void expect_refused(const struct call *call, const struct gate_registers *arguments,
			   enum rvx_status expected, const char *why)
{
	struct gate_registers registers = *arguments;
	const int64_t status = gate_call(call->number, &registers);
	bool kept = registers.lost == 0;
	uint32_t i;

	stage.refusals++;
	if (status != expected)
		check_fail(__LINE__, "%s: %s: %s, expected %s", call->name, why,
			   rvx_status_name(status), rvx_status_name(expected));
	for (i = 1; i < 10; i++)
		kept = kept && registers.x[i] == arguments->x[i];
	for (i = 10; i < GATE_RESULTS; i++)
		kept = kept && registers.x[i] == 0;
	if (!kept)
		check_fail(__LINE__, "%s: %s: registers are not as they were", call->name, why);
	if (!snapshot_is_equal(stage.state, snapshot_take()))
		check_fail(__LINE__, "%s: %s: the state has changed", call->name, why);
}

/* One case for every handle of every call. */
static void for_each_handle(void (*body)(const struct call *, const struct call_handle *,
					 struct gate_registers *))
{
	uint32_t i, j;

	stage_init();
	for (i = 0; i < CALL_COUNT; i++) {
		for (j = 0; j < calls[i].handle_count; j++) {
			struct gate_registers registers = { 0 };

			arguments_fill(&calls[i], &registers);
			body(&calls[i], &calls[i].handles[j], &registers);
		}
	}
	EXPECT(stage.refusals > CALL_COUNT);
	expect_refusals_counted();
}

static void try_no_handle(const struct call *call, const struct call_handle *handle,
			  struct gate_registers *registers)
{
	static const rvx_handle_t none[] = {
		RVX_HANDLE_NONE,
		RVX_HANDLE(0, 1),
		RVX_HANDLE(0, UINT32_MAX),
		RVX_HANDLE(SLOT_NEVER_USED, 0),
		RVX_HANDLE(SLOT_NEVER_USED, 1),
		RVX_HANDLE(SLOT_COUNT, 1),
		RVX_HANDLE(0x10000, 1),
		RVX_HANDLE(0x80000000, 1),
		RVX_HANDLE(UINT32_MAX, 1),
		UINT64_MAX,
		UINT64_C(1) << 63,
	};
	uint32_t i;

	for (i = handle->optional; i < sizeof(none) / sizeof(none[0]); i++) {
		registers->x[handle->argument] = none[i];
		expect_refused(call, registers, RVX_INVALID_HANDLE, "no handle");
	}
}

static void what_never_was_a_handle_is_refused(void)
{
	for_each_handle(try_no_handle);
}

static void try_stale(const struct call *call, const struct call_handle *handle,
		      struct gate_registers *registers)
{
	const rvx_handle_t good =
		stage.object[handle->type != RVX_OBJECT_NONE ? handle->type : RVX_OBJECT_REGION];
	const uint32_t slot = RVX_HANDLE_SLOT(good), generation = RVX_HANDLE_GENERATION(good);
	const rvx_handle_t stale[] = {
		RVX_HANDLE(slot, 0),
		RVX_HANDLE(slot, generation - 1),
		RVX_HANDLE(slot, generation + 1),
		RVX_HANDLE(slot, generation | 0x80000000),
		RVX_HANDLE(slot, UINT32_MAX),
		stage.deleted,
	};
	uint32_t i;

	/* With slot 0 and generation 0 it would mean the own table. */
	for (i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
		registers->x[handle->argument] = stale[i];
		expect_refused(call, registers, RVX_STALE, "stale");
	}
}

static void handles_of_another_time_are_refused(void)
{
	for_each_handle(try_stale);
}

/* Regions, telemetry, the log and leases can all be mapped. */
static bool type_fits(const struct call_handle *handle, uint32_t type)
{
	if (handle->type == RVX_OBJECT_REGION)
		return type == RVX_OBJECT_REGION || type == RVX_OBJECT_TELEMETRY ||
		       type == RVX_OBJECT_WITNESS_LOG || type == RVX_OBJECT_LEASE;
	return handle->type == RVX_OBJECT_NONE || handle->type == type;
}

static void try_wrong_type(const struct call *call, const struct call_handle *handle,
			   struct gate_registers *registers)
{
	uint32_t type;

	for (type = 1; type < RVX_OBJECT_TYPE_COUNT; type++) {
		if (stage.object[type] == 0 || type_fits(handle, type))
			continue;
		registers->x[handle->argument] = stage.object[type];
		expect_refused(call, registers, RVX_WRONG_TYPE, "wrong type");
	}
}

static void objects_of_another_type_are_refused(void)
{
	for_each_handle(try_wrong_type);
}

/* A copy of what the handle may be, with all rights but some. */
static rvx_handle_t copy_without(const struct call_handle *handle, uint32_t missing)
{
	const uint32_t type = handle->type != RVX_OBJECT_NONE ? handle->type : RVX_OBJECT_REGION;
	const uint32_t slot = world.next_slot;
	rvx_handle_t copy;

	MUST(rvx_cap_copy(RVX_TABLE_OWN, stage.object[type], RVX_TABLE_OWN, slot,
			  RVX_RIGHTS_ALL & ~missing, &copy));
	return copy;
}

static void try_without_right(const struct call *call, const struct call_handle *handle,
			      struct gate_registers *registers)
{
	uint32_t right;

	/* An Untyped has all rights for ever: it cannot be derived. */
	if (handle->type == RVX_OBJECT_UNTYPED)
		return;
	for (right = 1; right <= RVX_RIGHTS_ALL; right <<= 1) {
		const uint32_t missing = handle->any_right ? handle->rights : right;
		rvx_handle_t copy;

		if ((handle->rights & right) == 0)
			continue;
		copy = copy_without(handle, missing);
		stage.state = snapshot_take();
		registers->x[handle->argument] = copy;
		expect_refused(call, registers, RVX_NO_RIGHT, "without a right");
		if (handle->type == RVX_OBJECT_EDGE) {
			/* Of no rights at all, too: message passing has a look-up of its own. */
			MUST(rvx_cap_delete(RVX_TABLE_OWN, copy));
			copy = copy_without(handle, RVX_RIGHTS_ALL);
			stage.state = snapshot_take();
			registers->x[handle->argument] = copy;
			expect_refused(call, registers, RVX_NO_RIGHT, "without any right");
		}
		MUST(rvx_cap_delete(RVX_TABLE_OWN, copy));
	}
	world.next_slot++;
}

static void each_missing_right_is_refused(void)
{
	for_each_handle(try_without_right);
}

/* Of two wrong handles the first is the reason. */
static void try_order(const struct call *call, const struct call_handle *handle,
		      struct gate_registers *registers)
{
	const struct call_handle *next = handle + 1;

	if (next >= &call->handles[call->handle_count])
		return;
	registers->x[handle->argument] = RVX_HANDLE(SLOT_NEVER_USED, 1);
	registers->x[next->argument] = stage.deleted;
	expect_refused(call, registers, RVX_INVALID_HANDLE, "no handle, then a stale one");
	registers->x[handle->argument] = stage.deleted;
	registers->x[next->argument] = RVX_HANDLE(SLOT_NEVER_USED, 1);
	expect_refused(call, registers, RVX_STALE, "a stale handle, then none");
}

static void handles_are_looked_at_in_order(void)
{
	uint32_t i, j;

	stage_init();
	for (i = 0; i < CALL_COUNT; i++) {
		for (j = 0; j < calls[i].handle_count; j++) {
			struct gate_registers registers = { 0 };

			arguments_fill(&calls[i], &registers);
			try_order(&calls[i], &calls[i].handles[j], &registers);
		}
	}
	expect_refusals_counted();
}

/* A handle in another table is looked for there: the root's own handle is none in it. */
static void try_in_table(const struct call *call, const struct call_handle *handle,
			 struct gate_registers *registers)
{
	if (!handle->in_table)
		return;
	registers->x[handle->argument - 1] = stage.object[RVX_OBJECT_CAPTABLE];
	expect_refused(call, registers, RVX_INVALID_HANDLE, "a handle of another table");
	registers->x[handle->argument] = RVX_HANDLE(1, 1);
	expect_refused(call, registers, RVX_INVALID_HANDLE, "an empty slot of another table");
}

static void handles_mean_nothing_in_another_table(void)
{
	uint32_t i, j;

	stage_init();
	for (i = 0; i < CALL_COUNT; i++) {
		for (j = 0; j < calls[i].handle_count; j++) {
			struct gate_registers registers = { 0 };

			arguments_fill(&calls[i], &registers);
			try_in_table(&calls[i], &calls[i].handles[j], &registers);
		}
	}
	EXPECT(stage.refusals > 0);
	expect_refusals_counted();
}

static bool is_call(uint32_t number)
{
	uint32_t i;

	for (i = 0; i < CALL_COUNT; i++)
		if (calls[i].number == number)
			return true;
	return false;
}

static void every_other_number_is_no_call(void)
{
	struct gate_registers arguments = { 0 }, registers;
	uint32_t number, i, wrong = 0;

	stage_init();
	for (i = 0; i < GATE_RESULTS; i++)
		arguments.x[i] = ~(uint64_t)i;
	for (number = 0; number < GATE_COUNT; number++) {
		if (is_call(number))
			continue;
		registers = arguments;
		wrong += gate_call(number, &registers) != RVX_UNKNOWN_CALL || registers.lost != 0;
		for (i = 1; i < 10; i++)
			wrong += registers.x[i] != arguments.x[i];
		stage.refusals++;
	}
	EXPECT_EQUAL(0, wrong);
	EXPECT_EQUAL(GATE_COUNT - CALL_COUNT, stage.refusals);
	EXPECT_UNCHANGED(stage.state);
	expect_refusals_counted();
}

static const struct check_case cases[] = {
	CHECK_CASE(what_never_was_a_handle_is_refused),
	CHECK_CASE(handles_of_another_time_are_refused),
	CHECK_CASE(objects_of_another_type_are_refused),
	CHECK_CASE(each_missing_right_is_refused),
	CHECK_CASE(handles_are_looked_at_in_order),
	CHECK_CASE(handles_mean_nothing_in_another_table),
	CHECK_CASE(every_other_number_is_no_call),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
