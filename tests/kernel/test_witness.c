/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The witness chain against a computation of its own, and the accounts: every record has a place
 * that was promised, nobody takes more than was granted, and a flood takes one place.
 */
#include "tests/kernel/unit.h"

#include "kernel/boot.h"
#include "kernel/view.h"

#include <ruvix/kinds.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash_siphash24.h>

#define LOG RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1)

/* The chain as ruvix/witness.h describes it, from record `first` on; the keys from the very first. */
static void check_chain(uint64_t first)
{
	static const uint8_t evolve[] = "RuVix-key-evolve";
	uint8_t input[40], secret[32], digest[32], key[16], mac[16] = { 0 }, bytes[64];
	uint64_t boot = 7;

	memset(secret, WORLD_SECRET, sizeof(secret));
	memset(input, WORLD_LOG_ID, 16);
	memcpy(input + 16, &boot, 8);
	memset(input + 24, WORLD_NONCE, 16);
	crypto_generichash(digest, 32, input, 40, secret, 32);
	memcpy(key, digest, 16);
	if (first != 0)
		memcpy(mac, world_record(first - 1)->mac, 16);
	for (uint64_t i = 0; i < witness_log.next; i++) {
		if (i >= first) {
			const struct rvx_witness *record = world_record(i);

			assert_int_equal(record->sequence, i);
			memcpy(bytes, mac, 16);
			memcpy(bytes + 16, record, 48);
			crypto_shorthash_siphashx24(mac, bytes, 64, key);
			assert_memory_equal(mac, record->mac, 16);
		}
		crypto_shorthash_siphashx24(key, evolve, 16, key);
	}
}

static int64_t note(const struct actor *actor, rvx_handle_t log)
{
	return CALL(actor->task, RVX_SYS_LOG_EMIT, log, RVX_WITNESS_NOTE, 1, 2, 3);
}

static int64_t grant(const struct actor *actor, uint64_t credits)
{
	return ROOT(RVX_SYS_LOG_GRANT, LOG, actor->partition_handle, credits);
}

static void acknowledge_all(void)
{
	uint64_t target = witness_log.next;

	while (witness_log.acknowledged < target)
		assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, target), RVX_OK);
}

static const struct rvx_witness *last(void)
{
	return world_record(witness_log.next - 1);
}

/* An actor that may write notes. */
static struct actor writer(uint32_t credits, rvx_handle_t *log)
{
	const struct actor_options options = { .credits = credits };
	struct actor actor = world_actor_with(&options);

	*log = world_give(&actor, LOG, RVX_RIGHT_WRITE | RVX_RIGHT_READ);
	return actor;
}

static void refuse_something(const struct actor *actor)
{
	assert_int_equal(CALL(actor->task, RVX_SYS_CAP_DELETE, 0, RVX_HANDLE(60, 1)),
			 RVX_INVALID_HANDLE);
}

static void chain_equals_an_independent_computation(void **state)
{
	struct actor actor;

	(void)state;
	world_boot();
	actor = world_actor();
	refuse_something(&actor);
	check_chain(0);
}

static void chain_goes_on_where_the_ring_wraps(void **state)
{
	struct actor actor;
	rvx_handle_t log;
	uint64_t first;

	(void)state;
	world_boot();
	actor = writer(4096, &log);
	world.checks = false;
	while (witness_log.next < CONFIG_RING_RECORDS + 10) {
		int64_t status = note(&actor, log);

		if (status == RVX_WITNESS_FULL)
			acknowledge_all();
		else
			assert_int_equal(status, RVX_OK);
	}
	world.checks = true;
	assert_int_equal(ROOT(RVX_SYS_NULL, 0), RVX_OK);
	first = witness_log.next - CONFIG_RING_RECORDS + 1;
	check_chain(first);
}

static void first_record_binds_boot_and_log(void **state)
{
	const struct rvx_witness *record;

	(void)state;
	world_boot();
	record = world_record(0);
	assert_int_equal(record->kind, RVX_WITNESS_BOOT_ATTESTATION);
	assert_int_equal(record->object, 7);
	assert_int_equal(record->p0, 0x1d1d1d1d1d1d1d1du);
	assert_int_equal(record->actor, 0);
	for (uint64_t i = 1; i <= RVX_STAGE_COUNT; i++) {
		uint64_t at = 0;

		while (world_record(at)->kind != RVX_WITNESS_BOOT_STAGE ||
		       world_record(at)->p0 != i - 1 + RVX_STAGE_RESET_ENTRY)
			at++;
	}
	assert_int_equal(kernel_view.next_sequence, witness_log.next);
}

static void credits_are_used_up_and_come_back_one_by_one(void **state)
{
	struct actor actor;
	rvx_handle_t log;
	char *before, *after;

	(void)state;
	world_boot();
	actor = writer(5, &log);
	for (int i = 0; i < 5; i++)
		assert_int_equal(note(&actor, log), RVX_OK);
	before = world_state();
	assert_int_equal(note(&actor, log), RVX_WITNESS_FULL);
	after = world_state();
	world_compare(before, after, "refused");
	free(before);
	free(after);
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, witness_log.next - 5), RVX_OK);
	while (witness_log.acknowledged < witness_log.next - 5)
		assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, witness_log.next - 5), RVX_OK);
	assert_int_equal(note(&actor, log), RVX_OK);
	assert_int_equal(note(&actor, log), RVX_WITNESS_FULL);
}

/* Every call that leaves a record, without a credit: nothing happens. */
static void every_recorded_call_is_refused_without_credits_before_anything_changes(void **state)
{
	struct actor a, b, stopped;
	struct link link;
	rvx_handle_t region, edge, mapped, untyped, task, moved, fresh_task;
	const struct actor_options not_started = { .stopped = true };

	(void)state;
	world_boot();
	a = world_actor();
	b = world_actor();
	stopped = world_actor_with(&not_started);
	link = world_link_with(&a, &b, 40, 40);
	region = world_retype(RVX_OBJECT_REGION, 1);
	mapped = world_retype(RVX_OBJECT_REGION, 1);
	untyped = world_retype(RVX_OBJECT_UNTYPED, 13);
	edge = world_retype(RVX_OBJECT_EDGE, 0);
	fresh_task = world_retype(RVX_OBJECT_TASK, 0);
	(void)world_give(&a, region, RVX_RIGHT_READ);
	assert_int_equal(ROOT(RVX_SYS_REGION_MAP, 0, mapped, a.partition_handle, 0x10000000, 1), 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, untyped, 0, 700), RVX_OK);
	untyped = world.root->frame.x[1];
	task = stopped.task_handle;
	moved = region;
	(void)link;
	{
		const struct {
			uint32_t number;
			uint64_t x[WORLD_ARGUMENTS];
		} calls[] = {
			{ RVX_SYS_UNTYPED_RETYPE, { untyped, RVX_OBJECT_EDGE, 0, 0, 900 } },
			{ RVX_SYS_CAP_COPY, { 0, region, 0, 900, 1 } },
			{ RVX_SYS_CAP_MINT, { 0, edge, 0, 900, 1, 5, 1 } },
			{ RVX_SYS_CAP_MOVE, { 0, moved, 0, 900 } },
			{ RVX_SYS_CAP_DELETE, { 0, untyped } },
			{ RVX_SYS_CAP_DELETE, { 0, b.table_handle } },
			{ RVX_SYS_CAP_DELETE, { 0, b.partition_handle } },
			{ RVX_SYS_CAP_REVOKE, { 0, region } },
			{ RVX_SYS_PARTITION_SUSPEND, { a.partition_handle } },
			{ RVX_SYS_TASK_BIND, { fresh_task, a.partition_handle, a.table_handle } },
			{ RVX_SYS_TASK_START, { task, 0x1000, 0x1000 } },
			{ RVX_SYS_TASK_SUSPEND, { a.task_handle } },
			{ RVX_SYS_TASK_WRITE_REGISTERS, { task, 0, 1, 2, 3 } },
			{ RVX_SYS_TASK_SCHEDULE, { task, 10, 20, 20 } },
			{ RVX_SYS_TASK_SUPERVISE, { task, a.task_handle } },
			{ RVX_SYS_TASK_PLACE, { task, 0 } },
			{ RVX_SYS_TASK_RESTART, { a.task_handle } },
			{ RVX_SYS_REGION_MAP, { 0, region, a.partition_handle, 0x20000000, 1 } },
			{ RVX_SYS_REGION_UNMAP, { 0, mapped } },
			{ RVX_SYS_REGION_PROTECT, { 0, mapped, 3 } },
			{ RVX_SYS_EDGE_BIND, { 0, edge, a.task_handle } },
			{ RVX_SYS_LOG_GRANT, { LOG, a.partition_handle, 7 } },
			{ RVX_SYS_LOG_EMIT, { LOG, RVX_WITNESS_NOTE } },
			{ RVX_SYS_MACHINE_OFF, { RVX_HANDLE(RVX_BOOT_MACHINE, 1) } },
		};
		struct partition *partition = world.root->partition;
		uint32_t credits = partition->credits;

		assert_true(world_switch_to(world.root));
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			char *before, *after;

			/* As many as are in use: as if each had been taken by a record. */
			witness_log.committed -= credits - partition->credits_used;
			partition->credits = partition->credits_used;
			before = world_state();
			assert_int_equal(world_call(world.root, calls[i].number, calls[i].x),
					 RVX_WITNESS_FULL);
			after = world_state();
			world_compare(before, after, "refused");
			free(before);
			free(after);
			partition->credits = credits;
			witness_log.committed += credits - partition->credits_used;
		}
		/* With two the long ones go, with one not. */
		witness_log.committed -= credits - partition->credits_used - 1;
		partition->credits = partition->credits_used + 1;
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, b.table_handle), RVX_WITNESS_FULL);
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_WITNESS_FULL);
		witness_log.committed += 1;
		partition->credits += 1;
		assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_OK);
		assert_int_equal(partition->credits_used, partition->credits);
	}
}

static void flood_of_refusals_takes_one_place(void **state)
{
	struct actor actor;
	uint64_t first;

	(void)state;
	world_boot();
	actor = world_actor();
	first = witness_log.next;
	for (int i = 0; i < 1000; i++)
		refuse_something(&actor);
	assert_int_equal(witness_log.next, first + 1);
	assert_int_equal(last()->kind, RVX_WITNESS_PROOF_REJECTED);
	assert_int_equal(last()->class_ & RVX_WITNESS_OUTCOME, RVX_WITNESS_DENIED);
	assert_int_equal(last()->p0,
			 (uint64_t)RVX_SYS_CAP_DELETE << 32 | (uint32_t)RVX_INVALID_HANDLE);
	assert_int_equal(last()->p1, 1);
	acknowledge_all();
	/* The others come as one. */
	assert_int_equal(last()->kind, RVX_WITNESS_PROOF_REJECTED);
	assert_int_equal(last()->p1, 999);
	acknowledge_all();
	assert_int_equal(last()->p1, 999);
	refuse_something(&actor);
	assert_int_equal(last()->p1, 1);
	assert_int_equal(actor.partition->credits_used, 0);
}

static void flood_of_faults_takes_one_place(void **state)
{
	struct actor actor;
	uint64_t first;

	(void)state;
	world_boot();
	actor = world_actor();
	first = witness_log.next;
	for (uint64_t i = 0; i < 10; i++) {
		assert_true(world_switch_to(actor.task));
		world_fault(RVX_FAULT_DATA, 0x1000 + i);
		assert_int_equal(ROOT(RVX_SYS_TASK_RESUME, actor.task_handle), RVX_OK);
	}
	assert_int_equal(witness_log.next, first + 1);
	assert_int_equal(last()->p0, (uint64_t)RVX_FAULT_DATA << 32 | 1);
	assert_int_equal(last()->p1, 0x1000);
	acknowledge_all();
	assert_int_equal(last()->p0, (uint64_t)RVX_FAULT_DATA << 32 | 9);
	assert_int_equal(last()->p1, 0x1001);
}

static void refusals_name_the_object_where_the_handle_does(void **state)
{
	struct actor actor;
	rvx_handle_t region;

	(void)state;
	world_boot();
	actor = world_actor();
	region = world_give(&actor, world_retype(RVX_OBJECT_REGION, 1), RVX_RIGHT_READ);
	assert_int_equal(CALL(actor.task, RVX_SYS_TASK_SUSPEND, region), RVX_WRONG_TYPE);
	assert_int_equal(last()->object,
			 capability_object_id(world_capability_in(actor.table, region)));
	assert_int_equal(last()->actor, partition_actor(actor.partition));
}

static void unknown_calls_are_refused_and_recorded(void **state)
{
	static const uint32_t unknown[] = { 11, 15, 24, 31, 47, RVX_SYS_COUNT, 255, 0xffff };
	struct actor actor;

	(void)state;
	world_boot();
	actor = world_actor();
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(CALL(actor.task, unknown[i], 1, 2, 3), RVX_UNKNOWN_CALL);
		assert_int_equal(last()->p0,
				 (uint64_t)unknown[i] << 32 | (uint32_t)RVX_UNKNOWN_CALL);
		acknowledge_all();
		acknowledge_all();
	}
}

static void grants_never_promise_more_than_the_ring_holds(void **state)
{
	struct actor a, b;
	uint64_t left;

	(void)state;
	world_boot();
	a = world_actor();
	b = world_actor();
	assert_int_equal(ROOT(RVX_SYS_LOG_STATUS, LOG), RVX_OK);
	left = world.root->frame.x[4];
	assert_int_equal(grant(&a, 64 + left + 1), RVX_LIMIT);
	assert_int_equal(grant(&a, UINT64_MAX), RVX_LIMIT);
	assert_int_equal(grant(&a, (uint64_t)1 << 32), RVX_LIMIT);
	assert_int_equal(grant(&a, 64 + left), RVX_OK);
	assert_int_equal(grant(&b, 65), RVX_LIMIT);
	assert_int_equal(witness_credits_free(), 0);
	/* A partition needs its two places. */
	assert_int_equal(ROOT(RVX_SYS_UNTYPED_RETYPE, world.untyped, RVX_OBJECT_PARTITION, 0, 0,
			      world_slot()),
			 RVX_LIMIT);
	assert_int_equal(grant(&a, 64 + left - 2), RVX_OK);
	(void)world_retype(RVX_OBJECT_PARTITION, 0);
	assert_int_equal(grant(&a, 0), RVX_OK);
	assert_int_equal(grant(&b, 64 + left), RVX_OK);
}

/* Fewer credits than are in use: none until so many were acknowledged. */
static void lowered_grant_holds_for_what_comes(void **state)
{
	struct actor actor;
	rvx_handle_t log;
	uint64_t committed;

	(void)state;
	world_boot();
	actor = writer(50, &log);
	committed = witness_log.committed;
	for (int i = 0; i < 40; i++)
		assert_int_equal(note(&actor, log), RVX_OK);
	assert_int_equal(grant(&actor, 3), RVX_OK);
	assert_int_equal(witness_log.committed, committed - 10);
	assert_int_equal(note(&actor, log), RVX_WITNESS_FULL);
	assert_int_equal(CALL(actor.task, RVX_SYS_LOG_STATUS, log), RVX_OK);
	assert_int_equal(actor.task->frame.x[3], 0);
	acknowledge_all();
	assert_int_equal(witness_log.committed, committed - 47);
	for (int i = 0; i < 3; i++)
		assert_int_equal(note(&actor, log), RVX_OK);
	assert_int_equal(note(&actor, log), RVX_WITNESS_FULL);
	assert_int_equal(grant(&actor, 0), RVX_OK);
	acknowledge_all();
	assert_int_equal(note(&actor, log), RVX_WITNESS_FULL);
}

static void records_of_the_dead_keep_their_places_until_acknowledged(void **state)
{
	struct actor actor;
	rvx_handle_t log;
	uint64_t free_before;

	(void)state;
	world_boot();
	free_before = witness_credits_free();
	actor = writer(50, &log);
	for (int i = 0; i < 40; i++)
		assert_int_equal(note(&actor, log), RVX_OK);
	refuse_something(&actor);
	refuse_something(&actor);
	assert_true(world_switch_to(actor.task));
	world_fault(RVX_FAULT_DATA, 0);
	assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, 0, actor.partition_handle), RVX_OK);
	assert_int_equal(witness_log.orphans, 42);
	assert_int_equal(witness_credits_free(), free_before - 42);
	/* A new partition of the same number has nothing to do with them. */
	actor = writer(50, &log);
	assert_int_equal(actor.partition->credits_used, 0);
	refuse_something(&actor);
	acknowledge_all();
	assert_int_equal(witness_log.orphans, 0);
	assert_int_equal(witness_credits_free(), free_before - 52);
}

static void acknowledging_goes_in_pieces_and_not_too_far(void **state)
{
	uint64_t next;

	(void)state;
	world_boot();
	for (int i = 0; i < 100; i++)
		(void)world_retype(RVX_OBJECT_EDGE, 0);
	next = witness_log.next;
	assert_true(next > 2 * CONFIG_CHUNK_RECORDS);
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, next + 1), RVX_OUT_OF_RANGE);
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, UINT64_MAX), RVX_OUT_OF_RANGE);
	assert_int_equal(witness_log.acknowledged, 0);
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, next), RVX_OK);
	assert_int_equal(world.root->frame.x[1], CONFIG_CHUNK_RECORDS);
	assert_int_equal(ROOT(RVX_SYS_LOG_ACKNOWLEDGE, LOG, 3), RVX_OK);
	assert_int_equal(world.root->frame.x[1], CONFIG_CHUNK_RECORDS);
}

static void servers_emit_their_kinds_only(void **state)
{
	uint64_t sequence;

	(void)state;
	world_boot();
	sequence = witness_log.next;
	assert_int_equal(ROOT(RVX_SYS_LOG_EMIT, LOG, RVX_WITNESS_NOTE, 5, 6, 7), RVX_OK);
	assert_int_equal(world.root->frame.x[1], sequence);
	assert_int_equal(last()->flags, RVX_WITNESS_BY_SERVER);
	assert_int_equal(last()->object, 5);
	assert_int_equal(
		ROOT(RVX_SYS_LOG_EMIT, LOG, RVX_WITNESS_MODULE_HASH | RVX_EMIT_CONTINUED, 5, 6, 7),
		RVX_OK);
	assert_true((last()->class_ & RVX_WITNESS_CONTINUED) != 0);
	assert_int_equal(ROOT(RVX_SYS_LOG_EMIT, LOG, RVX_WITNESS_TASK_FAULT, 5, 6, 7),
			 RVX_NO_CREDIT);
	assert_int_equal(ROOT(RVX_SYS_LOG_EMIT, LOG, RVX_WITNESS_NOTE | 0x20000, 5, 6, 7),
			 RVX_NO_CREDIT);
	assert_int_equal(ROOT(RVX_SYS_LOG_EMIT, LOG, (uint64_t)1 << 32 | RVX_WITNESS_NOTE, 5, 6, 7),
			 RVX_NO_CREDIT);
	assert_int_equal(ROOT(RVX_SYS_LOG_EMIT, LOG, 0, 5, 6, 7), RVX_NO_CREDIT);
}

static void rights_of_the_log_are_four_different_things(void **state)
{
	struct actor actor;

	(void)state;
	world_boot();
	actor = world_actor();
	for (uint64_t rights = 0; rights < 128; rights++) {
		rvx_handle_t log;

		actor.next_slot = 10;
		log = world_give(&actor, LOG, rights);
		world.checks = false;
		assert_int_equal(note(&actor, log),
				 (rights & RVX_RIGHT_WRITE) != 0 ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(CALL(actor.task, RVX_SYS_LOG_STATUS, log),
				 (rights & RVX_RIGHT_READ) != 0 ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(CALL(actor.task, RVX_SYS_LOG_INSPECT, log, 1),
				 (rights & RVX_RIGHT_READ) != 0 ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(CALL(actor.task, RVX_SYS_LOG_ACKNOWLEDGE, log, witness_log.next),
				 (rights & RVX_RIGHT_EXECUTE) != 0 ? RVX_OK : RVX_NO_RIGHT);
		assert_int_equal(CALL(actor.task, RVX_SYS_LOG_GRANT, log, RVX_HANDLE(1, 1), 0),
				 (rights & RVX_RIGHT_GRANT) == 0 ? RVX_NO_RIGHT :
								   RVX_INVALID_HANDLE);
		world.checks = true;
		acknowledge_all();
		assert_int_equal(ROOT(RVX_SYS_CAP_DELETE, actor.table_handle, log), RVX_OK);
	}
}

static void inspect_walks_everything_once(void **state)
{
	uint64_t count = 0, counted = 0;

	(void)state;
	world_boot();
	(void)world_actor();
	for (const struct capability *at = capability_first(); at != NULL;
	     at = capability_after(at))
		counted++;
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 1), RVX_OK);
	do {
		struct rvx_state_entry entry = { .place = world.root->frame.x[1],
						 .type = world.root->frame.x[3] };

		assert_true((entry.type & 0xff) != 0);
		count++;
	} while (ROOT(RVX_SYS_LOG_INSPECT, LOG, 0) == RVX_OK);
	assert_int_equal(count, counted);
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 0), RVX_NOTHING);
}

static void inspect_survives_what_it_stands_at(void **state)
{
	rvx_handle_t region, second;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, region, 0, world_slot(), 1), RVX_OK);
	second = world.root->frame.x[1];
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 1), RVX_OK);
	while (RVX_PLACE_SLOT(world.root->frame.x[1]) != RVX_HANDLE_SLOT(region))
		assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 0), RVX_OK);
	/* The next one goes, and the one it moved to is found. */
	assert_int_equal(ROOT(RVX_SYS_CAP_MOVE, 0, second, 0, 800), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 0), RVX_OK);
	assert_int_equal(RVX_PLACE_SLOT(world.root->frame.x[1]), 800);
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 1), RVX_OK);
	while (RVX_PLACE_SLOT(world.root->frame.x[1]) != RVX_HANDLE_SLOT(region))
		assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 0), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_CAP_REVOKE, 0, region), RVX_OK);
	assert_int_equal(ROOT(RVX_SYS_LOG_INSPECT, LOG, 0), RVX_OK);
	assert_int_not_equal(RVX_PLACE_SLOT(world.root->frame.x[1]), 800);
}

static void every_change_of_state_is_counted(void **state)
{
	rvx_handle_t region;
	uint64_t changes, moves = 0;

	(void)state;
	world_boot();
	region = world_retype(RVX_OBJECT_REGION, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ROOT(RVX_SYS_CAP_COPY, 0, region, 0, world_slot(), 1), RVX_OK);
	assert_true(world_switch_to(world.root));
	host.interrupt_at_every_poll = true;
	changes = witness_log.changes;
	assert_int_equal(STEP(world.root, RVX_SYS_CAP_REVOKE, 0, region), WORLD_RESTART);
	do {
		/* Between any two units somebody may look: each must show. */
		assert_true(witness_log.changes > changes);
		changes = witness_log.changes;
		moves++;
		world_interrupt();
	} while (world_step_again(world.root) == WORLD_RESTART);
	assert_true(moves >= 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_equals_an_independent_computation),
		cmocka_unit_test(chain_goes_on_where_the_ring_wraps),
		cmocka_unit_test(first_record_binds_boot_and_log),
		cmocka_unit_test(credits_are_used_up_and_come_back_one_by_one),
		cmocka_unit_test(
			every_recorded_call_is_refused_without_credits_before_anything_changes),
		cmocka_unit_test(flood_of_refusals_takes_one_place),
		cmocka_unit_test(flood_of_faults_takes_one_place),
		cmocka_unit_test(refusals_name_the_object_where_the_handle_does),
		cmocka_unit_test(unknown_calls_are_refused_and_recorded),
		cmocka_unit_test(grants_never_promise_more_than_the_ring_holds),
		cmocka_unit_test(lowered_grant_holds_for_what_comes),
		cmocka_unit_test(records_of_the_dead_keep_their_places_until_acknowledged),
		cmocka_unit_test(acknowledging_goes_in_pieces_and_not_too_far),
		cmocka_unit_test(servers_emit_their_kinds_only),
		cmocka_unit_test(rights_of_the_log_are_four_different_things),
		cmocka_unit_test(inspect_walks_everything_once),
		cmocka_unit_test(inspect_survives_what_it_stands_at),
		cmocka_unit_test(every_change_of_state_is_counted),
	};

	return unit_run(tests);
}
