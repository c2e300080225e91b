/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The arena is one Untyped: revoking it ends whatever a case made, in whatever state it is. What a
 * case derived from the boot's own objects into the root's table is deleted slot by slot.
 */
#include "tests/guest/world.h"

#include "tests/guest/check.h"

#define EVENT_LIMIT_US 1000000u
#define STACK_SPACING 0x10000u

struct world world;

static uint64_t random_state = 1;

static const rvx_handle_t own = RVX_TABLE_OWN;

uint32_t world_slot(void)
{
	if (world.next_slot >= 1u << RVX_BOOT_CAPTABLE_LOG2)
		check_bail_out(__LINE__, "the root's table is full");
	return world.next_slot++;
}

rvx_handle_t world_make(enum rvx_object_type type, uint64_t size)
{
	rvx_handle_t handle;

	MUST(rvx_untyped_retype(world.arena, type, size, own, world_slot(), &handle));
	return handle;
}

rvx_handle_t world_copy(rvx_handle_t source, uint64_t rights)
{
	rvx_handle_t handle;

	MUST(rvx_cap_copy(own, source, own, world_slot(), rights, &handle));
	return handle;
}

void world_seed(uint64_t seed)
{
	random_state = seed != 0 ? seed : 1;
}

/* Marsaglia's xorshift64*; the modulus is small beside 2^32, so its bias does not matter here. */
uint64_t world_random(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32) % limit;
}

/* The text behind a name at the start of a word, or NULL. */
static const char *option_text(const char *at, const char *name)
{
	while (*name != '\0' && *at == *name) {
		at++;
		name++;
	}
	return *name == '\0' && *at == '=' ? at + 1 : NULL;
}

uint64_t world_option(const char *name, uint64_t otherwise)
{
	const char *at = world.boot->command_line;
	uint64_t value = 0;

	while (*at != '\0') {
		const char *text = option_text(at, name);

		if (text != NULL) {
			for (; *text >= '0' && *text <= '9'; text++)
				value = value * 10 + (uint64_t)(*text - '0');
			return value;
		}
		while (*at != '\0' && *at != ' ')
			at++;
		while (*at == ' ')
			at++;
	}
	return otherwise;
}

/*
 * The log.
 */

struct log_status log_status(void)
{
	struct log_status status = { 0 };

	MUST(rvx_log_status(WORLD_WITNESS_LOG, &status.next, &status.acknowledged, &status.credits,
			    &status.credits_free));
	return status;
}

const volatile struct rvx_witness *log_record(uint64_t sequence)
{
	const volatile struct rvx_witness *records = world_address(WORLD_LOG);

	return &records[sequence % world.boot->ring_records];
}

void log_drain(void)
{
	struct log_status status = log_status();

	while (status.acknowledged != status.next) {
		MUST(rvx_log_acknowledge(WORLD_WITNESS_LOG, status.next, NULL));
		status = log_status();
	}
}

uint64_t log_count(uint64_t from, uint16_t kind, uint64_t *first)
{
	const uint64_t end = log_status().next;
	uint64_t count = 0;
	uint64_t sequence;

	for (sequence = from; sequence < end; sequence++) {
		if (log_record(sequence)->kind != kind)
			continue;
		if (count++ == 0 && first != NULL)
			*first = sequence;
	}
	return count;
}

/*
 * The state.
 */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

struct snapshot snapshot_take(void)
{
	struct snapshot snapshot = { 0 };
	uint64_t place, object, type, mapping, detail0, detail1;
	uint64_t restart;
	enum rvx_status status;

	for (restart = 1;; restart = 0) {
		status = rvx_log_inspect(WORLD_WITNESS_LOG, restart, &place, &object, &type,
					 &mapping, &detail0, &detail1, NULL);
		if (status == RVX_NOTHING)
			return snapshot;
		MUST(status);
		snapshot.count++;
		snapshot.hash = mix(snapshot.hash, place);
		snapshot.hash = mix(snapshot.hash, object);
		snapshot.hash = mix(snapshot.hash, type);
		snapshot.hash = mix(snapshot.hash, mapping);
		snapshot.hash = mix(snapshot.hash, detail0);
		snapshot.hash = mix(snapshot.hash, detail1);
	}
}

bool snapshot_is_equal(struct snapshot a, struct snapshot b)
{
	return a.count == b.count && a.hash == b.hash;
}

/*
 * Around a case.
 */

static struct snapshot state_before;

void world_init(const struct rvx_boot_info *boot)
{
	uint64_t i, largest = 0;

	world.boot = boot;
	world.base = boot->root_base;
	for (i = 1; i < boot->untyped_count; i++)
		if (boot->untyped[i].size_log2 > boot->untyped[largest].size_log2)
			largest = i;
	world.untyped = RVX_SLOT_HANDLE(RVX_BOOT_UNTYPED_FIRST + (uint32_t)largest);
	world.next_slot = (uint32_t)boot->free_slot;
	MUST(rvx_region_map(own, WORLD_WITNESS_LOG, WORLD_OWN_PARTITION, world.base + WORLD_LOG,
			    RVX_RIGHT_READ));
	/* The board is made of another Untyped, so that the largest is free of children. */
	for (i = 0; i < boot->untyped_count; i++) {
		if (i == largest)
			continue;
		if (rvx_untyped_retype(RVX_SLOT_HANDLE(RVX_BOOT_UNTYPED_FIRST + (uint32_t)i),
				       RVX_OBJECT_REGION, 1, own, world.next_slot,
				       &world.board) == RVX_OK)
			break;
	}
	world.next_slot++;
	MUST(rvx_region_map(own, world.board, WORLD_OWN_PARTITION, world.base + WORLD_BOARD,
			    RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	world.first_slot = world.next_slot;
}

void world_begin(void)
{
	uint32_t i;

	log_drain();
	state_before = snapshot_take();
	world.next_slot = world.first_slot;
	world.next_stack = 0;
	world.next_badge = 1;
	for (i = 0; i < RVX_PAGE_SIZE / sizeof(uint64_t); i++)
		board()[i] = 0;
	MUST(rvx_untyped_retype(world.untyped, RVX_OBJECT_UNTYPED, WORLD_ARENA_LOG2, own,
				world_slot(), &world.arena));
}

/* Empty a slot of the root's table, whatever is in it. */
static void slot_clear(uint32_t slot)
{
	rvx_handle_t handle;

	if (rvx_cap_describe(own, slot, &handle, NULL, NULL, NULL, NULL, NULL, NULL) != RVX_OK)
		return;
	(void)rvx_cap_revoke(own, handle, NULL);
	(void)rvx_cap_delete(own, handle);
}

void world_end(void)
{
	struct rvx_message message;
	uint32_t slot;

	log_drain();
	for (slot = world.first_slot; slot < world.next_slot; slot++) {
		slot_clear(slot);
		if (slot % 64 == 0)
			log_drain();
	}
	while (rvx_recv_until(&message, 1) == RVX_OK)
		continue;
	log_drain();
	if (!snapshot_is_equal(state_before, snapshot_take()))
		check_fail(__LINE__, "the case left capabilities behind or took some away");
}

/*
 * Guests.
 */

struct guest guest_root(void)
{
	return (struct guest){
		.table = WORLD_OWN_TABLE,
		.partition = WORLD_OWN_PARTITION,
		.task = WORLD_OWN_TASK,
	};
}

rvx_handle_t guest_give(const struct guest *guest, rvx_handle_t source, uint32_t slot,
			uint64_t rights)
{
	rvx_handle_t handle;

	MUST(rvx_cap_copy(own, source, guest->table, slot, rights, &handle));
	return handle;
}

rvx_handle_t guest_map(const struct guest *guest, rvx_handle_t region, uint32_t slot,
		       uint64_t address, uint64_t rights)
{
	rvx_handle_t handle = guest_give(guest, region, slot, rights);

	MUST(rvx_region_map(guest->table, handle, guest->partition, address, rights));
	return handle;
}

/* A fresh region with the bytes of the root's pages at `address`. */
static rvx_handle_t region_copy(uint64_t address, uint64_t pages)
{
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, pages);

	MUST(rvx_region_map(own, region, WORLD_OWN_PARTITION, world.base + WORLD_SCRATCH,
			    RVX_RIGHT_READ | RVX_RIGHT_WRITE));
	memcpy(world_address(WORLD_SCRATCH), (const void *)address, pages * RVX_PAGE_SIZE);
	MUST(rvx_region_unmap(own, region));
	return region;
}

/* The program's segments, at the root's addresses. */
static void program_map(const struct guest *guest)
{
	uint64_t mapping, pages;
	rvx_handle_t region;
	uint32_t i;

	for (i = 0; i < RVX_BOOT_SEGMENTS_MAX; i++) {
		if (rvx_cap_describe(own, RVX_BOOT_SEGMENT_FIRST + i, &region, NULL, NULL, NULL,
				     &mapping, &pages, NULL) != RVX_OK)
			continue;
		if ((RVX_MAPPING_RIGHTS(mapping) & RVX_RIGHT_WRITE) != 0)
			region = region_copy(RVX_MAPPING_ADDRESS(mapping), pages);
		(void)guest_map(guest, region, RVX_SLOT_MEMORY_FIRST + i,
				RVX_MAPPING_ADDRESS(mapping), RVX_MAPPING_RIGHTS(mapping));
	}
}

static void stack_make(struct guest *guest)
{
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, GUEST_STACK_PAGES);
	const uint32_t number = world.next_stack++;

	guest->stack_top = world.base + WORLD_STACKS + (number + 1) * STACK_SPACING;
	(void)guest_map(guest, region, RVX_SLOT_FREE + number,
			guest->stack_top - GUEST_STACK_PAGES * RVX_PAGE_SIZE,
			RVX_RIGHT_READ | RVX_RIGHT_WRITE);
}

static void task_make(struct guest *guest)
{
	rvx_handle_t master = world_make(RVX_OBJECT_TASK, 0);

	guest->badge = world.next_badge++;
	MUST(rvx_cap_mint(own, master, own, world_slot(), RVX_RIGHTS_ALL, guest->badge, 0,
			  &guest->task));
	MUST(rvx_task_bind(guest->task, guest->partition, guest->table));
	MUST(rvx_task_supervise(guest->task, WORLD_OWN_TASK));
	if (world_option("spread", 0) != 0)
		MUST(rvx_task_place(guest->task, guest->badge % world.boot->cores));
	stack_make(guest);
}

void guest_make(struct guest *guest)
{
	uint64_t number = 0;

	*guest = (struct guest){ 0 };
	guest->table = world_make(RVX_OBJECT_CAPTABLE, GUEST_SLOTS_LOG2);
	guest->partition = world_make(RVX_OBJECT_PARTITION, GUEST_TABLES);
	MUST(rvx_cap_describe(own, RVX_HANDLE_SLOT(guest->partition), NULL, NULL, NULL, NULL, NULL,
			      &number, NULL));
	guest->number = (uint32_t)number >> 16;
	MUST(rvx_log_grant(WORLD_WITNESS_LOG, guest->partition, GUEST_CREDITS));
	program_map(guest);
	(void)guest_map(guest, world.board, RVX_SLOT_REGION_FIRST, world.base + WORLD_BOARD,
			RVX_RIGHT_READ | RVX_RIGHT_WRITE);
	task_make(guest);
}

void guest_make_beside(struct guest *guest, const struct guest *other)
{
	*guest = *other;
	task_make(guest);
}

void guest_start(const struct guest *guest, void (*entry)(uint64_t), uint64_t argument)
{
	enum rvx_status status;

	MUST(rvx_task_start(guest->task, (uint64_t)entry, guest->stack_top, argument));
	status = rvx_partition_start(guest->partition);
	if (status != RVX_WRONG_STATE)
		MUST(status);
}

static void end_make(rvx_handle_t edge, uint32_t index, struct guest_end *end)
{
	const bool is_root = end->guest->table == WORLD_OWN_TABLE;
	const uint32_t slot = world_slot();

	if (is_root)
		end->slot = slot;
	MUST(rvx_cap_mint(own, edge, own, slot, RVX_RIGHTS_ALL, RVX_SLOT_HANDLE(end->slot), index,
			  &end->bound));
	MUST(rvx_edge_bind(own, end->bound, end->guest->task, end->receive_slot));
	end->handle = is_root ? end->bound :
				guest_give(end->guest, end->bound, end->slot, RVX_RIGHTS_ALL);
}

rvx_handle_t guest_join(struct guest_end *one, struct guest_end *other)
{
	rvx_handle_t edge = world_make(RVX_OBJECT_EDGE, 0);

	end_make(edge, 0, one);
	end_make(edge, 1, other);
	return edge;
}

bool guest_wait_fault(struct guest_fault *fault, uint64_t us)
{
	struct rvx_message message;

	if (rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(us)) != RVX_OK)
		return false;
	if (message.label != RVX_EVENT_FAULT)
		return false;
	*fault = (struct guest_fault){
		.badge = message.badge,
		.kind = message.words[0],
		.address = message.words[1],
		.pc = message.words[2],
		.syndrome = message.words[3],
		.sp = message.words[4],
	};
	return true;
}

void guest_step(const struct guest *guest, uint64_t bytes)
{
	uint64_t sp, pc, flags, tpidr;

	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_CONTROL, &sp, &pc, &flags, &tpidr,
				     NULL, NULL, NULL, NULL));
	if (bytes != 0)
		MUST(rvx_task_write_registers(guest->task, RVX_REGISTERS_CONTROL, sp, pc + bytes,
					      flags, tpidr, 0, 0, 0, 0));
	MUST(rvx_task_resume(guest->task));
}

bool guest_hear(const struct guest *guest, uint64_t words[GUEST_WORDS])
{
	struct guest_fault fault;

	if (!guest_wait_fault(&fault, EVENT_LIMIT_US)) {
		check_fail(__LINE__, "guest %lu tells nothing", guest->badge);
		return false;
	}
	if (fault.badge != guest->badge || fault.kind != RVX_FAULT_BREAKPOINT ||
	    (fault.syndrome & 0xffff) != GUEST_TELL_BREAKPOINT) {
		check_fail(__LINE__,
			   "guest %lu: %s at %lx, pc +%lx, instead of what guest %lu tells",
			   fault.badge, rvx_fault_name(fault.kind), fault.address,
			   fault.pc - world.base, guest->badge);
		return false;
	}
	MUST(rvx_task_read_registers(guest->task, RVX_REGISTERS_X0_X7, &words[0], &words[1],
				     &words[2], &words[3], &words[4], &words[5], &words[6],
				     &words[7]));
	return true;
}

void guest_answer(const struct guest *guest, uint64_t answer)
{
	MUST(rvx_task_write_registers(guest->task, RVX_REGISTERS_X0_X7, answer, 0, 0, 0, 0, 0, 0,
				      0));
	guest_step(guest, 4);
}
