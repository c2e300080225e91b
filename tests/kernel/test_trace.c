/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The trace: what is recorded, by whom, and the ring that it goes into. */
#include "kernel/arch/cpu.h"
#include "kernel/telemetry.h"
#include "kernel/trace.h"
#include "tests/kernel/unit.h"

#define DETAIL(record) ((record)->what & (((uint64_t)1 << RVX_TRACE_KIND_SHIFT) - 1))

static const struct rvx_trace_record *record_at(uint64_t sequence)
{
	return &trace_rings[0][sequence % CONFIG_TRACE_RECORDS];
}

/* The last record of a kind since `from`; there must be one. */
static const struct rvx_trace_record *last(enum rvx_trace_kind kind, uint64_t from)
{
	for (uint64_t i = cores[0].trace_count; i-- > from;) {
		if (record_at(i)->what >> RVX_TRACE_KIND_SHIFT == kind)
			return record_at(i);
	}
	fail_msg("no record of kind %d", (int)kind);
	return NULL;
}

static void a_switch_tells_the_task_its_partition_and_when(void **state)
{
	struct actor actor;
	const struct rvx_trace_record *record;
	uint64_t id;

	(void)state;
	world_boot();
	actor = world_actor();
	assert_true(world_switch_to(actor.task));
	record = last(RVX_TRACE_SWITCH, 0);
	id = object_id(&actor.task->object);
	assert_int_equal(record->ticks, host.now);
	assert_int_equal((uint32_t)record->what, (uint32_t)id);
	assert_int_equal(record->what >> 32 & 0xffff, id >> 32 & 0xffff);
	assert_int_equal(record->what >> 48 & 0xfff, actor.partition->number);
}

static void who_goes_on_alone_is_not_recorded_again(void **state)
{
	uint64_t before;

	(void)state;
	world_boot();
	assert_int_equal(CALL(world.root, RVX_SYS_YIELD, 0), RVX_OK);
	before = cores[0].trace_count;
	for (int i = 0; i < 3; i++)
		assert_int_equal(CALL(world.root, RVX_SYS_YIELD, 0), RVX_OK);
	assert_int_equal(cores[0].trace_count, before);
}

static void messages_tell_edge_and_direction(void **state)
{
	struct actor client, server;
	struct link edge;
	struct edge *object;
	uint64_t from, x1;

	(void)state;
	world_boot();
	client = world_actor();
	server = world_actor();
	edge = world_link(&client, &server);
	object = edge_of_end(world_object(edge.edge));
	from = cores[0].trace_count;
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_SIGNAL, edge.from, 1, 0), RVX_OK);
	assert_ptr_equal(DETAIL(last(RVX_TRACE_SIGNAL, from)), client.task->ends->line);
	assert_ptr_equal(client.task->ends->line, telemetry_line((uint32_t)object->telemetry_index,
								 client.task->ends->index));
	assert_int_equal(CALL(server.task, RVX_SYS_RECV, 0), edge.to_badge);
	assert_int_equal(CALL(client.task, RVX_SYS_EDGE_CALL, edge.from, 7), WORLD_BLOCKED);
	assert_ptr_equal(DETAIL(last(RVX_TRACE_CALL, from)), client.task->ends->line);
	assert_int_equal(CALL(server.task, RVX_SYS_RECV, 0), edge.to_badge);
	x1 = server.task->frame.x[1];
	assert_int_equal(CALL(server.task, RVX_SYS_EDGE_REPLY, edge.to, x1), RVX_OK);
	assert_ptr_equal(DETAIL(last(RVX_TRACE_REPLY, from)), server.task->ends->line);
}

static void an_interrupt_tells_which_and_of_whom(void **state)
{
	const struct rvx_trace_record *record;
	uint64_t from;

	(void)state;
	world_boot();
	from = cores[0].trace_count;
	world_pass(CONFIG_DEFAULT_BUDGET);
	record = last(RVX_TRACE_INTERRUPT, from);
	assert_int_equal(DETAIL(record) >> 32, RVX_TRACE_INTERRUPT_TIMER);
	assert_int_equal(DETAIL(record) & UINT32_MAX, trace_task(world.root));
	record = last(RVX_TRACE_POSTPONE, from);
	assert_int_equal(DETAIL(record), trace_task(world.root));
}

static void a_wait_for_a_lock_tells_which_lock(void **state)
{
	uint64_t from;

	(void)state;
	world_boot();
	from = cores[0].trace_count;
	lock_wait(&cores[1].lock, cores[1].lock.serving);
	assert_ptr_equal(DETAIL(last(RVX_TRACE_LOCK_WAIT, from)), &cores[1].lock);
}

static void fill_ring(uint32_t core)
{
	const uint64_t written = 3 * CONFIG_TRACE_RECORDS + 5;

	memset(trace_rings, HOST_GARBAGE, sizeof(trace_rings));
	core_init(&cores[core], core);
	for (uint64_t i = 0; i < written; i++)
		trace_at(&cores[core], i, ~i);
	assert_int_equal(cores[core].trace_count, written);
	for (uint64_t i = written - CONFIG_TRACE_RECORDS; i < written; i++) {
		assert_int_equal(trace_rings[core][i % CONFIG_TRACE_RECORDS].ticks, i);
		assert_int_equal(trace_rings[core][i % CONFIG_TRACE_RECORDS].what, ~i);
	}
	for (uint32_t other = 0; other < CONFIG_CORES_MAX; other++) {
		for (size_t i = 0; i < TRACE_RING_BYTES && other != core; i++)
			assert_int_equal(((const uint8_t *)trace_rings[other])[i], HOST_GARBAGE);
	}
}

/* Two neighbours, as addresses of rings differ in the bit above their size. */
static void a_full_ring_keeps_the_newest_records_and_counts_all(void **state)
{
	(void)state;
	world_boot();
	fill_ring(1);
	fill_ring(2);
	assert_int_equal(kernel_trace.rings + TRACE_RING_BYTES, (uintptr_t)trace_rings[1]);
	assert_int_equal(kernel_trace.counter + kernel_trace.counter_stride,
			 (uintptr_t)&cores[1].trace_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_tells_the_task_its_partition_and_when),
		cmocka_unit_test(who_goes_on_alone_is_not_recorded_again),
		cmocka_unit_test(messages_tell_edge_and_direction),
		cmocka_unit_test(an_interrupt_tells_which_and_of_whom),
		cmocka_unit_test(a_wait_for_a_lock_tells_which_lock),
		cmocka_unit_test(a_full_ring_keeps_the_newest_records_and_counts_all),
	};

	return unit_run(tests);
}
