/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The guest's loop takes what to do from the board: word 0 the probe, word 1 the address, word 2
 * the value to write. A probe that faulted is ended by the root at its return address.
 */
#include "tests/guest/probe.h"

#include "tests/guest/check.h"

#define FAULT_LIMIT_US 100000u
#define LINK_REGISTER_GROUP RVX_REGISTERS_X24_X30

struct probe_kind {
	const char *name;
	bool store;
};

static const struct probe_kind kinds[PROBE_COUNT] = {
#define PROBE_KIND(name_, store_) [PROBE_##name_] = { #name_, store_ },
	PROBE_LIST(PROBE_KIND)
#undef PROBE_KIND
};

#define PROBE_DECLARE(name, store) uint64_t probe_##name(uint64_t address, uint64_t value);
PROBE_LIST(PROBE_DECLARE)
#undef PROBE_DECLARE

typedef uint64_t probe_function(uint64_t address, uint64_t value);

static probe_function *function_of(enum probe probe)
{
	static probe_function *const functions[PROBE_COUNT] = {
#define PROBE_FUNCTION(name, store) [PROBE_##name] = probe_##name,
		PROBE_LIST(PROBE_FUNCTION)
#undef PROBE_FUNCTION
	};

	return functions[probe];
}

const char *probe_name(enum probe probe)
{
	return kinds[probe].name;
}

bool probe_is_store(enum probe probe)
{
	return kinds[probe].store;
}

uint64_t probe_address(enum probe probe)
{
	return (uint64_t)function_of(probe);
}

uint64_t probe_run(enum probe probe, uint64_t address, uint64_t value)
{
	return function_of(probe)(address, value);
}

_Noreturn void probe_serve(uint64_t argument)
{
	uint64_t result = argument;

	for (;;) {
		(void)guest_tell(result, 0, 0, 0);
		result = probe_run((enum probe)board()[0], board()[1], board()[2]);
	}
}

void probe_start(const struct guest *guest)
{
	uint64_t words[GUEST_WORDS];

	guest_start(guest, probe_serve, 0);
	(void)guest_hear(guest, words);
}

/* Let the guest return from the probe that faulted: at the link register, wherever its pc went. */
static void leave_probe(const struct guest *guest)
{
	uint64_t sp, pc, flags, tpidr, link;

	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_CONTROL, &sp, &pc, &flags, &tpidr,
				     NULL, NULL, NULL, NULL));
	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_X24_X30, NULL, NULL, NULL, NULL,
				     NULL, NULL, &link, NULL));
	MUST(rvx_task_write_registers(guest->task, RVX_REGISTERS_CONTROL, sp, link, flags, tpidr, 0,
				      0, 0, 0));
	MUST(rvx_task_resume(guest->task));
}

bool probe_faults(const struct guest *guest, enum probe probe, uint64_t address,
		  struct guest_fault *fault, uint64_t *value)
{
	uint64_t words[GUEST_WORDS];
	bool faulted;

	board()[0] = probe;
	board()[1] = address;
	*fault = (struct guest_fault){ 0 };
	guest_step(guest, 4);
	if (!guest_wait_fault(fault, FAULT_LIMIT_US) || fault->badge != guest->badge)
		check_bail_out(__LINE__, "a probing guest neither faults nor tells");
	faulted = fault->kind != RVX_FAULT_BREAKPOINT;
	if (faulted) {
		leave_probe(guest);
		(void)guest_hear(guest, words);
		return true;
	}
	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_X0_X7, value, NULL, NULL, NULL,
				     NULL, NULL, NULL, NULL));
	return false;
}

bool probe_expect_fault(const struct guest *guest, enum probe probe, uint64_t address, int line)
{
	const uint64_t place = probe == PROBE_EXECUTE ? address : probe_address(probe);
	const uint64_t kind = probe == PROBE_EXECUTE ? RVX_FAULT_INSTRUCTION : RVX_FAULT_DATA;
	struct guest_fault fault;
	uint64_t value = 0;

	if (!probe_faults(guest, probe, address, &fault, &value)) {
		check_fail(line, "%s at %lx is not refused: %lx", probe_name(probe), address,
			   value);
		return false;
	}
	if (fault.kind != kind || fault.address != address || fault.pc != place) {
		check_fail(line, "%s at %lx, pc %lx: the fault is %s at %lx, pc %lx",
			   probe_name(probe), address, place, rvx_fault_name(fault.kind),
			   fault.address, fault.pc);
		return false;
	}
	return true;
}

bool probe_expect_value(const struct guest *guest, enum probe probe, uint64_t address,
			uint64_t value, int line)
{
	struct guest_fault fault;
	uint64_t found = 0;

	if (probe_faults(guest, probe, address, &fault, &found)) {
		check_fail(line, "%s at %lx is refused: %s at %lx, pc %lx", probe_name(probe),
			   address, rvx_fault_name(fault.kind), fault.address, fault.pc);
		return false;
	}
	if (!probe_is_store(probe) && found != value) {
		check_fail(line, "%s at %lx gives %lx, expected %lx", probe_name(probe), address,
			   found, value);
		return false;
	}
	return true;
}
