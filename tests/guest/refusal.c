/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The victim answers one call at a time; all it has is on its stack and in its registers. */
#include "tests/guest/refusal.h"

#define VICTIM_WORDS 64u
#define ANSWER_LIMIT_US 100000u
#define WELL 0x600du

static struct {
	struct snapshot state;
	struct guest victim;
	rvx_handle_t to_victim;
	struct gate_registers results;
} refusal;

static uint64_t pattern(uint64_t index)
{
	return (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void victim_main(uint64_t argument)
{
	volatile uint64_t memory[VICTIM_WORDS];
	struct rvx_message message = { 0 };
	uint64_t i, wrong = 0;

	(void)argument;
	for (i = 0; i < VICTIM_WORDS; i++)
		memory[i] = pattern(i);
	if (rvx_recv(&message) != RVX_OK)
		return;
	for (;;) {
		for (i = 0; i < VICTIM_WORDS; i++)
			wrong += memory[i] != pattern(i);
		message.words[0] = wrong;
		rvx_reply_label(&message, WELL);
		if (rvx_edge_reply_recv(message.badge, &message) != RVX_OK)
			wrong++;
	}
}

void refusal_init(void)
{
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &refusal.victim, .slot = RVX_SLOT_EDGE_FIRST };

	(void)gate_init();
	guest_make(&refusal.victim);
	(void)guest_join(&near, &far);
	refusal.to_victim = near.handle;
	guest_start(&refusal.victim, victim_main, 0);
	refusal_expect_victim_well();
	refusal_state_changed();
}

void refusal_state_changed(void)
{
	refusal.state = snapshot_take();
}

void refusal_expect_victim_well(void)
{
	struct rvx_message message = { .words = { 1 } };
	const rvx_ticks_t limit = rvx_ticks_now() + rvx_ticks_from_us(ANSWER_LIMIT_US);

	if (!EXPECT_STATUS(OK, rvx_edge_call_extended(refusal.to_victim, &message, RVX_HANDLE_NONE,
						      limit)))
		return;
	EXPECT_EQUAL(WELL, RVX_EVENT_LABEL(message.label));
	EXPECT_EQUAL(0, message.words[0]);
}

static int64_t call_with(uint32_t call, const uint64_t *arguments, struct gate_registers *registers)
{
	uint32_t i;

	for (i = 0; i < GATE_ARGUMENTS; i++)
		registers->x[i] = arguments[i];
	return gate_call(call, registers);
}

void refusal_expect(int line, enum rvx_status expected, uint32_t call, const uint64_t *arguments)
{
	struct gate_registers registers;
	const int64_t status = call_with(call, arguments, &registers);
	bool kept = registers.lost == 0;
	uint32_t i;

	for (i = 1; i < GATE_RESULTS; i++)
		kept = kept && registers.x[i] == (i < 10 ? arguments[i] : 0);
	if (status != expected)
		check_fail(line, "call %u is %s, expected %s", call, rvx_status_name(status),
			   rvx_status_name(expected));
	if (!kept)
		check_fail(line, "call %u: registers are not as they were", call);
	if (!snapshot_is_equal(refusal.state, snapshot_take())) {
		check_fail(line, "call %u: the state has changed", call);
		refusal_state_changed();
	}
}

const struct gate_registers *refusal_do(int line, uint32_t call, const uint64_t *arguments)
{
	const int64_t status = call_with(call, arguments, &refusal.results);

	if (status < 0)
		check_fail(line, "call %u is %s, expected OK", call, rvx_status_name(status));
	if (refusal.results.lost != 0)
		check_fail(line, "call %u: registers are not as they were", call);
	refusal_state_changed();
	return &refusal.results;
}
