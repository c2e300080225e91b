/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Several cores: tasks are placed, in every state they can be in; messages, faults and timeouts go
 * between cores; what runs on one core is stopped, ended, or loses its memory by a call on another.
 * On one core the cases hold too, but prove little.
 *
 * Words of the board, one of each for every number that a case gives to a guest:
 *
 *   0        64        128       192       256       320
 *   | hold   | counts  | status  | wrong   | seen    |
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#define OWN RVX_TABLE_OWN
#define EDGE_SLOT RVX_SLOT_EDGE_FIRST
#define EDGE(index) RVX_EDGE(index)
#define RECEIVE_SLOT 200u
#define CARRIED_SLOT 205u
#define TASKS_FIRST 210u /* slots of a guest's table for tasks of others */
#define CORES ((uint32_t)world.boot->cores)
#define GUESTS_MAX 16u

#define BOARD_HOLD(number) (0u + (number)) /* not 0: wait */
#define BOARD_COUNT(number) (64u + (number))
#define BOARD_STATUS(number) (128u + (number))
#define BOARD_WRONG(number) (192u + (number))
#define BOARD_SEEN(number) (256u + (number))

#define NOT_YET UINT64_C(0x7e5)

static const uint64_t read_write = RVX_RIGHT_READ | RVX_RIGHT_WRITE;

static rvx_ticks_t in_us(uint64_t us)
{
	return rvx_ticks_now() + rvx_ticks_from_us(us);
}

/* Let others run, here and elsewhere. Nobody may fault meanwhile. */
static void wait_us(uint64_t us)
{
	struct guest_fault fault;

	if (guest_wait_fault(&fault, us))
		check_fail(__LINE__, "guest %lu: %s at %lx, pc +%lx", fault.badge,
			   rvx_fault_name(fault.kind), fault.address, fault.pc - world.base);
	log_drain();
}

/* The emulator lets one core after the other run: all had a turn after a few such waits. */
#define WAIT_US 300u
#define WAITS_MAX 1000u

/* Wait until a word of the board has a value, at least. */
static bool comes(uint32_t word, uint64_t value, int line)
{
	uint32_t waits;

	for (waits = 0; board()[word] < value; waits++) {
		if (waits == WAITS_MAX) {
			check_fail(line, "word %u of the board is %lu for ever, not %lu", word,
				   board()[word], value);
			return false;
		}
		wait_us(WAIT_US);
	}
	return true;
}

/* Or until it has grown by so much. */
static bool grows(uint32_t word, uint64_t by, int line)
{
	return comes(word, board()[word] + by, line);
}

/* Place a task. Returns the core where it was. */
static uint64_t place_task(rvx_handle_t task, uint64_t core)
{
	const struct log_status before = log_status();
	uint64_t sequence = 0;

	MUST(rvx_task_place(task, core));
	EXPECT_EQUAL(1, log_count(before.next, RVX_WITNESS_TASK_PLACE, &sequence));
	EXPECT_EQUAL(core, log_record(sequence)->p0);
	return log_record(sequence)->p1;
}

/* With race=1 time is the host's and not fair: then the root has core 0 for itself. */
static bool is_race(void)
{
	return CORES > 1 && world_option("race", 0) != 0;
}

static uint32_t core_of(uint32_t core)
{
	return is_race() ? 1 + core % (CORES - 1) : core % CORES;
}

static void place(const struct guest *guest, uint32_t core)
{
	(void)place_task(guest->task, core_of(core));
}

static void expect_home(const struct guest *guest, uint32_t core)
{
	EXPECT_EQUAL(core_of(core), place_task(guest->task, core_of(core)));
}

/* Two guests, joined by the ends of these numbers; capabilities arrive in RECEIVE_SLOT at both. */
static rvx_handle_t join(const struct guest *one, uint32_t one_index, const struct guest *other,
			 uint32_t other_index)
{
	struct guest_end near = { .guest = one,
				  .slot = EDGE_SLOT + one_index,
				  .receive_slot = RECEIVE_SLOT };
	struct guest_end far = { .guest = other,
				 .slot = EDGE_SLOT + other_index,
				 .receive_slot = RECEIVE_SLOT };

	return guest_join(&near, &far);
}

/* The root's end of an edge to a guest. */
static rvx_handle_t join_root(const struct guest *guest, uint32_t index)
{
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = guest, .slot = EDGE_SLOT + index };

	(void)guest_join(&near, &far);
	return near.handle;
}

/* Small budgets: who runs on and on falls behind the root soon. */
static void make(struct guest *guest, uint64_t flags)
{
	const uint64_t period = rvx_ticks_from_us(10000);

	guest_make(guest);
	MUST(rvx_task_schedule(guest->task, rvx_ticks_from_us(400), period, period, flags));
	if (is_race())
		place(guest, 0);
}

/* A guest's end: it has nothing more to do. */
static _Noreturn void end(void)
{
	struct rvx_message message;

	for (;;)
		(void)rvx_recv(&message);
}

/* In a loop: the emulator, which has one thread for all cores, lets the next one go on. */
static void relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

static void count_main(uint64_t number)
{
	for (;;) {
		board()[BOARD_COUNT(number)]++;
		relax();
	}
}

/*
 * What is made in an era ends with it: for cases that make more than there is room for. A life is
 * one within it, for what a case takes away.
 */

#define ERA_LOG2 24u
#define LIFE_LOG2 21u

static struct {
	rvx_handle_t arena; /* the case's */
	rvx_handle_t untyped, life;
	uint32_t first_slot;
} era;

static void era_renew(void)
{
	MUST(rvx_cap_revoke(OWN, era.untyped, NULL));
	log_drain();
	world.arena = era.untyped;
	world.next_slot = era.first_slot;
	world.next_stack = 0;
	era.life = world_make(RVX_OBJECT_UNTYPED, LIFE_LOG2);
}

static void era_begin(void)
{
	era.arena = world.arena;
	era.untyped = world_make(RVX_OBJECT_UNTYPED, ERA_LOG2);
	era.first_slot = world.next_slot;
	era_renew();
}

static void era_end(void)
{
	era_renew();
	world.arena = era.arena;
}

/*
 * Placement.
 */

static void a_core_that_is_not_there_is_refused(void)
{
	const uint64_t wrong[] = { CORES, CORES + 1, 8, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX };
	struct guest guest;
	uint32_t i;

	make(&guest, 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_STATUS(OUT_OF_RANGE, rvx_task_place(guest.task, wrong[i]));
	EXPECT_STATUS(
		NO_RIGHT,
		rvx_task_place(world_copy(guest.task, RVX_RIGHT_READ | RVX_RIGHT_EXECUTE), 0));
	expect_home(&guest, 0);
}

static void a_task_is_placed_stopped_running_suspended_and_held_with_its_partition(void)
{
	struct guest guest;
	uint32_t core;

	make(&guest, 0);
	for (core = 0; core < 2 * CORES; core++)
		place(&guest, core);
	guest_start(&guest, count_main, 0);
	for (core = 0; core < 2 * CORES; core++) {
		(void)grows(BOARD_COUNT(0), 1, __LINE__);
		place(&guest, core);
	}
	MUST(rvx_task_suspend(guest.task));
	for (core = 0; core < 2 * CORES; core++)
		place(&guest, core);
	MUST(rvx_partition_suspend(guest.partition));
	MUST(rvx_task_resume(guest.task));
	for (core = 0; core < 2 * CORES; core++)
		place(&guest, core);
	MUST(rvx_partition_resume(guest.partition));
	(void)grows(BOARD_COUNT(0), 1, __LINE__);
	expect_home(&guest, 2 * CORES - 1);
}

static void receive_main(uint64_t number)
{
	struct rvx_message message;

	for (;;) {
		const rvx_ticks_t deadline = board()[BOARD_HOLD(number)];

		board()[BOARD_STATUS(number)] = (uint64_t)rvx_recv_until(&message, deadline);
		board()[BOARD_SEEN(number)] = rvx_ticks_now();
		board()[BOARD_COUNT(number)]++;
		while (board()[BOARD_HOLD(number)] == deadline)
			relax();
	}
}

#define LATE_US 100u

/* Where nobody else runs, only the timer wakes the core. */
static void a_task_that_waits_takes_its_deadline_along(void)
{
	struct guest guest;
	rvx_ticks_t deadline;
	uint32_t core;

	make(&guest, 0);
	board()[BOARD_HOLD(0)] = 1;
	guest_start(&guest, receive_main, 0);
	for (core = 0; core < 2 * CORES; core++) {
		(void)comes(BOARD_COUNT(0), core + 1, __LINE__);
		deadline = in_us(3000);
		board()[BOARD_HOLD(0)] = deadline;
		wait_us(1000);
		place(&guest, core + 1);
		(void)comes(BOARD_COUNT(0), core + 2, __LINE__);
		EXPECT_STATUS(TIMED_OUT, (enum rvx_status)(int64_t)board()[BOARD_STATUS(0)]);
		EXPECT(board()[BOARD_SEEN(0)] >= deadline);
		EXPECT(board()[BOARD_SEEN(0)] < deadline + rvx_ticks_from_us(LATE_US) || is_race());
	}
}

/* A caller, two servers in a row. The second one holds the call: by a fault, or running. */
static struct chain {
	struct guest client, servers[2];
} chain;

static void chain_client_main(uint64_t number)
{
	struct rvx_message message = { .label = 1, .words = { 10 } };

	board()[BOARD_STATUS(number)] = (uint64_t)rvx_edge_call_extended(
		EDGE(0), &message, RVX_HANDLE_NONE, board()[BOARD_HOLD(number)]);
	board()[BOARD_SEEN(number)] = message.words[0];
	board()[BOARD_COUNT(number)]++;
	end();
}

static void chain_middle_main(uint64_t number)
{
	struct rvx_message message, inner = { .label = 2 };
	rvx_handle_t caller;

	board()[BOARD_COUNT(number)]++;
	(void)rvx_recv(&message);
	caller = message.badge;
	inner.words[0] = message.words[0] + 1;
	board()[BOARD_STATUS(number)] = (uint64_t)rvx_edge_call(EDGE(1), &inner);
	message.words[0] = inner.words[0] + 1;
	rvx_reply_label(&message, 1);
	(void)rvx_edge_reply(caller, &message);
	board()[BOARD_COUNT(number)]++;
	end();
}

static void chain_last_main(uint64_t number)
{
	struct rvx_message message;

	board()[BOARD_COUNT(number)]++;
	(void)rvx_recv(&message);
	if (board()[BOARD_HOLD(number)] == 1)
		(void)guest_tell(0, 0, 0, 0);
	while (board()[BOARD_HOLD(number)] > 1) {
		board()[BOARD_COUNT(number)]++;
		relax();
	}
	message.words[0]++;
	rvx_reply_label(&message, 2);
	(void)rvx_edge_reply(message.badge, &message);
	board()[BOARD_COUNT(number)]++;
	end();
}

/* hold: 1, by a fault; 2, running. The members start on core 0. */
static void chain_start(uint64_t flags, uint64_t hold, rvx_ticks_t deadline)
{
	uint64_t words[GUEST_WORDS];
	uint32_t i;

	era_renew();
	for (i = 0; i < 3; i++)
		board()[BOARD_COUNT(i)] = board()[BOARD_HOLD(i)] = 0;
	board()[BOARD_STATUS(0)] = NOT_YET;
	board()[BOARD_HOLD(0)] = deadline;
	board()[BOARD_HOLD(2)] = hold;
	make(&chain.client, 0);
	make(&chain.servers[0], flags);
	make(&chain.servers[1], flags);
	(void)join(&chain.client, 0, &chain.servers[0], 0);
	(void)join(&chain.servers[0], 1, &chain.servers[1], 0);
	guest_start(&chain.servers[1], chain_last_main, 2);
	guest_start(&chain.servers[0], chain_middle_main, 1);
	(void)comes(BOARD_COUNT(1), 1, __LINE__);
	(void)comes(BOARD_COUNT(2), 1, __LINE__);
	guest_start(&chain.client, chain_client_main, 0);
	if (hold == 1)
		(void)guest_hear(&chain.servers[1], words);
	else
		(void)comes(BOARD_COUNT(2), 2, __LINE__);
}

static void chain_let_go(uint64_t hold)
{
	board()[BOARD_HOLD(2)] = 0;
	if (hold == 1)
		guest_answer(&chain.servers[1], 0);
}

static const struct guest *chain_member(uint32_t index)
{
	return index == 0 ? &chain.client : &chain.servers[index - 1];
}

static void each_member_of_a_chain_of_calls_is_placed_in_the_middle_of_it(void)
{
	static const uint64_t flags[] = { 0, RVX_SCHEDULE_PASSIVE };
	uint32_t i, member, wait;
	uint64_t hold;

	era_begin();
	for (i = 0; i < 2; i++) {
		for (hold = 1; hold <= 2; hold++) {
			for (member = 0; member < 3; member++) {
				chain_start(flags[i], hold, 0);
				place(chain_member(member), 1);
				/* The kernel looks at its invariants now and then. */
				for (wait = 0; wait < 16; wait++)
					wait_us(10);
				place(chain_member((member + 1) % 3), 2);
				place(chain_member(member), 0);
				place(chain_member(member), CORES - 1);
				if (hold == 2)
					(void)grows(BOARD_COUNT(2), 1, __LINE__);
				chain_let_go(hold);
				(void)comes(BOARD_COUNT(0), 1, __LINE__);
				(void)comes(BOARD_COUNT(1), 2, __LINE__);
				EXPECT_EQUAL(RVX_OK, board()[BOARD_STATUS(0)]);
				EXPECT_EQUAL(13, board()[BOARD_SEEN(0)]);
			}
		}
	}
	era_end();
}

static void a_call_whose_server_was_placed_times_out_and_all_go_on(void)
{
	static const uint64_t flags[] = { 0, RVX_SCHEDULE_PASSIVE };
	uint32_t i, member;
	uint64_t hold;

	era_begin();
	for (i = 0; i < 2; i++) {
		for (hold = 1; hold <= 2; hold++) {
			for (member = 0; member < 3; member++) {
				chain_start(flags[i], hold, in_us(10000));
				place(chain_member(member), 1);
				(void)comes(BOARD_COUNT(0), 1, __LINE__);
				EXPECT_STATUS(TIMED_OUT,
					      (enum rvx_status)(int64_t)board()[BOARD_STATUS(0)]);
				EXPECT_EQUAL(1, board()[BOARD_COUNT(1)]);
				chain_let_go(hold);
				(void)comes(BOARD_COUNT(1), 2, __LINE__);
				EXPECT_EQUAL(RVX_OK, board()[BOARD_STATUS(1)]);
			}
		}
	}
	era_end();
}

static void tell_main(uint64_t number)
{
	uint64_t answer = number;

	for (;;)
		answer = guest_tell(answer + 1, 0, 0, 0);
}

static void a_faulted_task_is_placed_and_goes_on(void)
{
	uint64_t words[GUEST_WORDS], answer = 7;
	struct guest guest;
	uint32_t core;

	make(&guest, 0);
	guest_start(&guest, tell_main, answer);
	for (core = 0; core < 2 * CORES; core++) {
		if (!guest_hear(&guest, words))
			return;
		EXPECT_EQUAL(answer + 1, words[0]);
		place(&guest, core + 1);
		answer = 100 * core;
		guest_answer(&guest, answer);
	}
}

/* Its registers go along, whatever it does next. */
static void place_itself_main(uint64_t number)
{
	const uint64_t cores = board()[BOARD_HOLD(number)];
	uint64_t i;

	for (i = 0; i < 40; i++) {
		const enum rvx_status status =
			rvx_task_place(RVX_SLOT_HANDLE(TASKS_FIRST), i % cores);

		if (status != RVX_OK)
			board()[BOARD_WRONG(number)] = i + 1;
		board()[BOARD_COUNT(number)]++;
	}
	end();
}

static void a_task_places_itself(void)
{
	struct guest guests[3];
	uint32_t i;

	for (i = 0; i < 3; i++) {
		make(&guests[i], 0);
		board()[BOARD_HOLD(i)] = CORES;
		(void)guest_give(&guests[i], guests[i].task, TASKS_FIRST, RVX_RIGHTS_ALL);
		place(&guests[i], i);
	}
	for (i = 0; i < 3; i++)
		guest_start(&guests[i], place_itself_main, i);
	for (i = 0; i < 3; i++)
		(void)comes(BOARD_COUNT(i), 40, __LINE__);
	for (i = 0; i < 3; i++) {
		EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
		EXPECT_EQUAL(39 % CORES, place_task(guests[i].task, 0));
	}
}

static void the_root_places_itself_and_stays_supervisor(void)
{
	uint64_t words[GUEST_WORDS], answer = 1;
	struct guest guests[GUESTS_MAX];
	uint32_t core, i;

	for (i = 0; i < CORES; i++) {
		make(&guests[i], 0);
		place(&guests[i], i);
		guest_start(&guests[i], tell_main, answer);
		(void)guest_hear(&guests[i], words);
	}
	for (core = 1; core <= CORES; core++) {
		EXPECT_EQUAL((core - 1) % CORES, place_task(WORLD_OWN_TASK, core % CORES));
		for (i = 0; i < CORES; i++) {
			guest_answer(&guests[i], answer + core);
			if (guest_hear(&guests[i], words))
				EXPECT_EQUAL(answer + core + 1, words[0]);
		}
	}
}

/*
 * Messages.
 */

#define ROUNDS 9u
#define CARRIES 3u /* every so-manieth call of mirror_client_main carries a capability */
#define REPLY_THEN_RECEIVE 1u
#define REPLY_RECEIVE_EXTENDED 2u

static uint64_t pattern(uint64_t i, uint64_t word)
{
	return (i << 56 | word << 48) ^ i * UINT64_C(0x9e3779b97f4a7c15);
}

/* Whether a capability arrived; it is deleted. */
static uint64_t take_received(void)
{
	rvx_handle_t handle;

	if (rvx_cap_describe(OWN, RECEIVE_SLOT, &handle, NULL, NULL, NULL, NULL, NULL, NULL) !=
	    RVX_OK)
		return 0;
	return rvx_cap_delete(OWN, handle) == RVX_OK ? 1 : 2;
}

static enum rvx_status answer_and_receive(struct rvx_message *message, uint64_t how)
{
	if (how == REPLY_RECEIVE_EXTENDED)
		return rvx_edge_reply_recv_extended(message->badge, message, RVX_HANDLE_NONE,
						    in_us(60000000));
	if (how == 0)
		return rvx_edge_reply_recv(message->badge, message);
	if (rvx_edge_reply(message->badge, message) != RVX_OK)
		return RVX_STALE;
	return rvx_recv(message);
}

/* Sends words 0 to 6 back turned over, and in word 7 whether a capability came. */
static void mirror_main(uint64_t how)
{
	struct rvx_message message = { 0 };
	enum rvx_status status = rvx_recv(&message);
	uint32_t i;

	for (;;) {
		if (status != RVX_OK)
			board()[BOARD_WRONG(63)]++;
		/* Refused, the registers are as they were. */
		if (status != RVX_OK || !rvx_is_call(&message)) {
			status = rvx_recv(&message);
			continue;
		}
		for (i = 0; i < RVX_MESSAGE_WORDS; i++)
			message.words[i] = ~message.words[i];
		/* Looking takes all locks: only where one may come. */
		message.words[7] = RVX_EVENT_LABEL(message.label) % CARRIES == CARRIES - 1 ?
					   take_received() :
					   0;
		rvx_reply_label(&message, ~RVX_EVENT_LABEL(message.label));
		status = answer_and_receive(&message, how);
	}
}

/* One call: plain, with a deadline, or with one and a capability. Whether the answer is right. */
static bool call_mirror(uint64_t edge, uint64_t i, uint64_t kind)
{
	struct rvx_message message = { .label = (uint32_t)i };
	enum rvx_status status;
	uint64_t word;

	for (word = 0; word < RVX_MESSAGE_WORDS; word++)
		message.words[word] = pattern(i, word);
	if (kind == 0)
		status = rvx_edge_call(EDGE(edge), &message);
	else
		status = rvx_edge_call_extended(EDGE(edge), &message,
						kind == 1 ? RVX_HANDLE_NONE :
							    RVX_SLOT_HANDLE(CARRIED_SLOT),
						in_us(60000000));
	if (status != RVX_OK || message.words[7] != (kind == 2))
		return false;
	for (word = 0; word < 7; word++)
		if (message.words[word] != ~pattern(i, word))
			return false;
	return RVX_EVENT_LABEL(message.label) == ~(uint32_t)i;
}

static void mirror_client_main(uint64_t edge)
{
	uint64_t i = 0, right;

	for (;;) {
		const uint64_t until = i + ROUNDS;

		for (right = 0; i < until; i++)
			right += call_mirror(edge, i, i % CARRIES);
		(void)guest_tell(right, 0, 0, 0);
	}
}

static void expect_mirrored_between_all(uint64_t flags, uint64_t how)
{
	uint64_t words[GUEST_WORDS];
	struct guest client, server;
	uint32_t from, to;

	make(&server, flags);
	make(&client, 0);
	(void)join(&client, 0, &server, 0);
	(void)guest_give(&client, world.board, CARRIED_SLOT, RVX_RIGHTS_ALL);
	guest_start(&server, mirror_main, how);
	guest_start(&client, mirror_client_main, 0);
	for (from = 0; from < CORES; from++) {
		for (to = 0; to < CORES; to++) {
			if (!guest_hear(&client, words))
				return;
			EXPECT_EQUAL(ROUNDS, words[0]);
			place(&client, from);
			place(&server, to);
			log_drain();
			guest_answer(&client, 0);
		}
	}
	if (guest_hear(&client, words))
		EXPECT_EQUAL(ROUNDS, words[0]);
	EXPECT_EQUAL(0, board()[BOARD_WRONG(63)]);
}

static void calls_and_replies_go_between_all_cores(void)
{
	uint64_t how;

	for (how = 0; how < 3; how++)
		expect_mirrored_between_all(0, how);
}

static void calls_and_replies_go_to_passive_servers_on_all_cores(void)
{
	uint64_t how;

	for (how = 0; how < 3; how++)
		expect_mirrored_between_all(RVX_SCHEDULE_PASSIVE, how);
}

#define CROWD_CALLS 60u

static void crowd_client_main(uint64_t number)
{
	uint64_t i;

	for (i = 0; i < CROWD_CALLS; i++) {
		if (!call_mirror(number, i * 16 + number, i % 2))
			board()[BOARD_WRONG(number)]++;
		board()[BOARD_COUNT(number)]++;
	}
	end();
}

/* Calls wait from every core while one is answered: each reply_recv takes one of a third core. */
static void a_server_answers_callers_of_all_cores_at_once(void)
{
	static const uint64_t flags[] = { 0, RVX_SCHEDULE_PASSIVE };
	struct guest server, clients[8];
	uint32_t i, kind;

	era_begin();
	for (kind = 0; kind < 2; kind++) {
		era_renew();
		make(&server, flags[kind]);
		place(&server, 1);
		guest_start(&server, mirror_main, 0);
		for (i = 0; i < 8; i++) {
			board()[BOARD_COUNT(i)] = 0;
			make(&clients[i], 0);
			place(&clients[i], i);
			(void)join(&clients[i], i, &server, i);
		}
		for (i = 0; i < 8; i++)
			guest_start(&clients[i], crowd_client_main, i);
		for (i = 0; i < 8; i++) {
			(void)comes(BOARD_COUNT(i), CROWD_CALLS, __LINE__);
			EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
		}
		EXPECT_EQUAL(0, board()[BOARD_WRONG(63)]);
	}
	era_end();
}

static void signal_server_main(uint64_t number)
{
	struct rvx_message message;

	for (;;) {
		if (rvx_recv(&message) != RVX_OK || message.label != RVX_EVENT_NOTIFICATION)
			board()[BOARD_WRONG(number)]++;
		board()[BOARD_SEEN(number)] |= message.words[0];
		board()[BOARD_COUNT(number)]++;
	}
}

/* Nothing else runs there, so without an interrupt the core sleeps on. */
static void an_idle_core_wakes_for_a_signal(void)
{
	struct guest guests[GUESTS_MAX];
	rvx_handle_t edges[GUESTS_MAX];
	uint32_t i, bit;

	for (i = 0; i < CORES; i++) {
		make(&guests[i], 0);
		place(&guests[i], i);
		edges[i] = join_root(&guests[i], 0);
		guest_start(&guests[i], signal_server_main, i);
	}
	wait_us(2000);
	for (bit = 0; bit < 64; bit++) {
		for (i = 0; i < CORES; i++)
			EXPECT_STATUS(OK, rvx_edge_signal(edges[i], UINT64_C(1) << bit, 8));
		for (i = 0; i < CORES; i++)
			if (!comes(BOARD_COUNT(i), bit + 1, __LINE__))
				return;
	}
	for (i = 0; i < CORES; i++) {
		EXPECT_EQUAL(UINT64_MAX, board()[BOARD_SEEN(i)]);
		EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
	}
}

/* Holds the first call until a signal comes; then tries its serial in vain, also on the second. */
static void late_server_main(uint64_t number)
{
	struct rvx_message message, late;

	(void)rvx_recv(&late);
	board()[BOARD_COUNT(number)]++;
	do
		(void)rvx_recv(&message);
	while (message.label != RVX_EVENT_NOTIFICATION);
	rvx_reply_label(&late, 66);
	board()[BOARD_STATUS(number)] = (uint64_t)rvx_edge_reply(late.badge, &late);
	board()[BOARD_COUNT(number)]++;
	(void)rvx_recv(&message);
	board()[BOARD_SEEN(number)] = (uint64_t)rvx_edge_reply(late.badge, &late);
	rvx_reply_label(&message, 77);
	(void)rvx_edge_reply(message.badge, &message);
	end();
}

static void late_client_main(uint64_t number)
{
	struct rvx_message message = { .label = 5 };

	board()[BOARD_STATUS(number)] =
		(uint64_t)rvx_edge_call_extended(EDGE(0), &message, RVX_HANDLE_NONE, in_us(2000));
	board()[BOARD_COUNT(number)]++;
	while (board()[BOARD_HOLD(number)] != 0)
		relax();
	message.label = 6;
	(void)rvx_edge_call(EDGE(0), &message);
	board()[BOARD_SEEN(number)] = RVX_EVENT_LABEL(message.label);
	board()[BOARD_COUNT(number)]++;
	end();
}

static void a_late_reply_to_another_core_answers_nothing(void)
{
	static const uint64_t flags[] = { 0, RVX_SCHEDULE_PASSIVE };
	struct guest client, server;
	rvx_handle_t edge;
	uint32_t i;

	era_begin();
	for (i = 0; i < 2; i++) {
		era_renew();
		board()[BOARD_COUNT(0)] = board()[BOARD_COUNT(1)] = 0;
		board()[BOARD_HOLD(0)] = 1;
		make(&client, 0);
		make(&server, flags[i]);
		place(&client, 1);
		place(&server, 2);
		(void)join(&client, 0, &server, 0);
		edge = join_root(&server, 1);
		guest_start(&server, late_server_main, 1);
		guest_start(&client, late_client_main, 0);
		(void)comes(BOARD_COUNT(1), 1, __LINE__);
		(void)comes(BOARD_COUNT(0), 1, __LINE__);
		EXPECT_STATUS(TIMED_OUT, (enum rvx_status)(int64_t)board()[BOARD_STATUS(0)]);
		MUST(rvx_edge_signal(edge, 1, 0));
		(void)comes(BOARD_COUNT(1), 2, __LINE__);
		EXPECT_STATUS(NOT_CALLING, (enum rvx_status)(int64_t)board()[BOARD_STATUS(1)]);
		board()[BOARD_HOLD(0)] = 0;
		(void)comes(BOARD_COUNT(0), 2, __LINE__);
		EXPECT_STATUS(STALE, (enum rvx_status)(int64_t)board()[BOARD_SEEN(1)]);
		EXPECT_EQUAL(77, board()[BOARD_SEEN(0)]);
	}
	era_end();
}

/*
 * Stopping and ending what runs elsewhere.
 */

#define STOPS (is_race() ? 12u : 60u)

/* Whoever was stopped has done its last instruction when the call returns. */
static void expect_stands(uint32_t word, uint64_t us)
{
	const uint64_t count = board()[word];

	wait_us(us);
	EXPECT_EQUAL(count, board()[word]);
}

static void who_is_suspended_on_another_core_does_nothing_more(void)
{
	struct guest guest, beside;
	uint32_t i;

	make(&guest, 0);
	guest_make_beside(&beside, &guest);
	place(&guest, 1);
	place(&beside, 2);
	guest_start(&guest, count_main, 0);
	guest_start(&beside, count_main, 1);
	for (i = 0; i < STOPS; i++) {
		(void)grows(BOARD_COUNT(0), 1, __LINE__);
		MUST(rvx_task_suspend(guest.task));
		expect_stands(BOARD_COUNT(0), 20 + i);
		EXPECT_STATUS(WRONG_STATE, rvx_task_suspend(guest.task));
		MUST(rvx_task_resume(guest.task));
	}
	for (i = 0; i < STOPS; i++) {
		(void)grows(BOARD_COUNT(0), 1, __LINE__);
		(void)grows(BOARD_COUNT(1), 1, __LINE__);
		MUST(rvx_partition_suspend(guest.partition));
		expect_stands(BOARD_COUNT(0), 20 + i);
		expect_stands(BOARD_COUNT(1), 20 + i);
		MUST(rvx_partition_resume(guest.partition));
	}
}

static rvx_handle_t task_master(const struct guest *guest)
{
	rvx_handle_t master;

	MUST(rvx_cap_describe(OWN, RVX_HANDLE_SLOT(guest->task) - 1, &master, NULL, NULL, NULL,
			      NULL, NULL, NULL));
	return master;
}

static void destroy(rvx_handle_t master)
{
	MUST(rvx_cap_revoke(OWN, master, NULL));
	MUST(rvx_cap_delete(OWN, master));
}

static void end_by_task(const struct guest *guest)
{
	destroy(task_master(guest));
}

static void end_by_table(const struct guest *guest)
{
	destroy(guest->table);
}

static void end_by_partition(const struct guest *guest)
{
	destroy(guest->partition);
}

static void end_by_untyped(const struct guest *guest)
{
	(void)guest;
	MUST(rvx_cap_revoke(OWN, era.life, NULL));
}

static void (*const ends[])(const struct guest *) = { end_by_task, end_by_table, end_by_partition,
						      end_by_untyped };
#define ENDS (sizeof(ends) / sizeof(ends[0]))

static void who_is_ended_on_another_core_does_nothing_more(void)
{
	struct guest guest;
	uint32_t way, core;

	era_begin();
	for (core = 0; core < CORES; core++) {
		for (way = 0; way < ENDS; way++) {
			era_renew();
			world.arena = era.life;
			make(&guest, 0);
			place(&guest, core);
			guest_start(&guest, count_main, 0);
			(void)grows(BOARD_COUNT(0), 1, __LINE__);
			ends[way](&guest);
			expect_stands(BOARD_COUNT(0), 100);
		}
	}
	era_end();
}

#define DUELS 50u

/* Suspends the task it was given and lets it go on, until it has done so often enough. */
static void duel_main(uint64_t number)
{
	const rvx_handle_t other = RVX_SLOT_HANDLE(TASKS_FIRST);
	enum rvx_status status;

	while (board()[BOARD_HOLD(number)] != 0)
		relax();
	while (board()[BOARD_COUNT(number)] < DUELS) {
		relax();
		status = rvx_task_suspend(other);
		if (status == RVX_WITNESS_FULL)
			continue;
		if (status != RVX_OK)
			board()[BOARD_WRONG(number)] = (uint64_t)-status;
		do
			status = rvx_task_resume(other);
		while (status == RVX_WITNESS_FULL);
		if (status != RVX_OK)
			board()[BOARD_WRONG(number)] = (uint64_t)-status;
		board()[BOARD_COUNT(number)]++;
	}
	/* It runs on: it must be there to be suspended. */
	for (;;)
		relax();
}

static void duel(uint32_t count)
{
	struct guest guests[GUESTS_MAX];
	uint32_t i;

	for (i = 0; i < count; i++) {
		board()[BOARD_HOLD(i)] = 1;
		make(&guests[i], 0);
		place(&guests[i], i + 1);
	}
	for (i = 0; i < count; i++)
		(void)guest_give(&guests[i], guests[(i + 1) % count].task, TASKS_FIRST,
				 RVX_RIGHT_EXECUTE);
	for (i = 0; i < count; i++)
		guest_start(&guests[i], duel_main, i);
	for (i = 0; i < count; i++)
		board()[BOARD_HOLD(i)] = 0;
	for (i = 0; i < count; i++) {
		(void)comes(BOARD_COUNT(i), DUELS, __LINE__);
		EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
	}
}

static void two_cores_that_suspend_each_other_both_go_on(void)
{
	duel(2);
}

static void three_cores_that_suspend_each_other_in_a_circle_all_go_on(void)
{
	duel(3);
}

/* Calls without end; tells what ended it. */
static void traffic_main(uint64_t number)
{
	struct rvx_message message = { 0 };
	enum rvx_status status;

	for (;;) {
		message.label = 1;
		status = rvx_edge_call(EDGE(0), &message);
		if (status != RVX_OK)
			break;
		board()[BOARD_COUNT(number)]++;
		relax();
	}
	board()[BOARD_STATUS(number)] = (uint64_t)status;
	end();
}

/* On each core a client and a server, whom the fast path serves; those of one lose something. */
static struct {
	struct guest clients[GUESTS_MAX], servers[GUESTS_MAX];
	rvx_handle_t edge; /* of the victim */
} pairs;

static void pairs_start(uint32_t victim, uint64_t flags)
{
	uint32_t i;

	era_renew();
	for (i = 0; i < CORES; i++) {
		rvx_handle_t edge;

		board()[BOARD_STATUS(i)] = NOT_YET;
		make(&pairs.clients[i], 0);
		world.arena = i == victim ? era.life : era.untyped;
		make(&pairs.servers[i], flags);
		world.arena = era.untyped;
		edge = join(&pairs.clients[i], 0, &pairs.servers[i], 0);
		if (i == victim)
			pairs.edge = edge;
		place(&pairs.clients[i], i);
		place(&pairs.servers[i], i);
	}
	for (i = 0; i < CORES; i++) {
		guest_start(&pairs.servers[i], mirror_main, 0);
		guest_start(&pairs.clients[i], traffic_main, i);
	}
}

static void pairs_expect_all_but(uint32_t victim)
{
	uint32_t i;

	for (i = 0; i < CORES; i++) {
		if (i == victim)
			continue;
		(void)grows(BOARD_COUNT(i), 20, __LINE__);
		EXPECT_EQUAL(NOT_YET, board()[BOARD_STATUS(i)]);
	}
}

static void what_fast_calls_on_other_cores_use_is_taken_away(void)
{
	static const uint64_t flags[] = { 0, RVX_SCHEDULE_PASSIVE };
	uint32_t kind, way, victim, i;

	era_begin();
	for (kind = 0; kind < 2; kind++) {
		for (way = 0; way <= ENDS; way++) {
			victim = (way + 1) % CORES;
			pairs_start(victim, flags[kind]);
			(void)grows(BOARD_COUNT(victim), 20, __LINE__);
			pairs_expect_all_but(victim);
			if (way == ENDS)
				destroy(pairs.edge);
			else
				ends[way](&pairs.servers[victim]);
			(void)comes(BOARD_STATUS(victim), NOT_YET + 1, __LINE__);
			/* The edge's capability goes too, and may be gone before the next call. */
			if (way != ENDS || board()[BOARD_STATUS(victim)] != (uint64_t)RVX_STALE)
				EXPECT_STATUS(
					PEER_DEAD,
					(enum rvx_status)(int64_t)board()[BOARD_STATUS(victim)]);
			pairs_expect_all_but(victim);
			/* What is ended now is ended faster where nothing runs. */
			for (i = 0; i < CORES; i++)
				MUST(rvx_partition_suspend(pairs.clients[i].partition));
		}
	}
	era_end();
}

/*
 * Memory.
 */

#define SHARED (world.base + WORLD_FREE)
#define SHARED_PAGES 70u
#define SHARED_SLOT (RVX_SLOT_REGION_FIRST + 1)
#define WORD UINT64_C(0x5ec2e7000000)

/* Reads all of the pages over and over; each begins with its word. */
static void reader_main(uint64_t number)
{
	const volatile uint64_t *at = (const volatile uint64_t *)(uintptr_t)SHARED;
	uint64_t page;

	for (;;) {
		for (page = 0; page < SHARED_PAGES; page++)
			if (at[page * (RVX_PAGE_SIZE / sizeof(uint64_t))] != WORD + page)
				board()[BOARD_WRONG(number)]++;
		board()[BOARD_COUNT(number)]++;
		relax();
	}
}

static rvx_handle_t words_make(void)
{
	volatile uint64_t *at = world_address(WORLD_SCRATCH);
	rvx_handle_t region = world_make(RVX_OBJECT_REGION, SHARED_PAGES);
	uint64_t page;

	MUST(rvx_region_map(OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_SCRATCH,
			    read_write));
	for (page = 0; page < SHARED_PAGES; page++)
		at[page * (RVX_PAGE_SIZE / sizeof(uint64_t))] = WORD + page;
	MUST(rvx_region_unmap(OWN, region));
	return region;
}

static void a_change_of_rights_that_leaves_reading_disturbs_no_reader(void)
{
	struct guest guest, beside;
	struct guest_fault fault;
	rvx_handle_t given;
	uint32_t i;

	make(&guest, 0);
	guest_make_beside(&beside, &guest);
	given = guest_map(&guest, words_make(), SHARED_SLOT, SHARED, read_write);
	place(&guest, 1);
	place(&beside, 2);
	guest_start(&guest, reader_main, 0);
	guest_start(&beside, reader_main, 1);
	for (i = 0; i < STOPS; i++) {
		(void)grows(BOARD_COUNT(0), 1, __LINE__);
		MUST(rvx_region_protect(guest.table, given,
					i % 2 == 0 ? RVX_RIGHT_READ : read_write));
		log_drain();
	}
	(void)grows(BOARD_COUNT(1), 2, __LINE__);
	EXPECT(!guest_wait_fault(&fault, 100));
	EXPECT_EQUAL(0, board()[BOARD_WRONG(0)]);
	EXPECT_EQUAL(0, board()[BOARD_WRONG(1)]);
}

/* The reader faults, at the address, after the unmap; never does it read anything else. */
static void memory_that_is_unmapped_is_read_right_or_not_at_all(void)
{
	rvx_handle_t region, given, other, again;
	struct guest_fault fault;
	struct guest guest;
	uint32_t i;

	make(&guest, 0);
	region = words_make();
	other = world_make(RVX_OBJECT_REGION, SHARED_PAGES);
	given = guest_give(&guest, region, SHARED_SLOT, RVX_RIGHTS_ALL);
	again = guest_give(&guest, other, SHARED_SLOT + 1, RVX_RIGHTS_ALL);
	MUST(rvx_region_map(guest.table, given, guest.partition, SHARED, RVX_RIGHT_READ));
	place(&guest, 1);
	guest_start(&guest, reader_main, 0);
	for (i = 0; i < STOPS; i++) {
		(void)grows(BOARD_COUNT(0), 1 + i % 2, __LINE__);
		MUST(rvx_region_unmap(guest.table, given));
		if (!guest_wait_fault(&fault, 100000)) {
			check_fail(__LINE__, "round %u: what is not mapped is read", i);
			return;
		}
		EXPECT_EQUAL(RVX_FAULT_DATA, fault.kind);
		EXPECT(fault.address >= SHARED &&
		       fault.address < SHARED + SHARED_PAGES * RVX_PAGE_SIZE);
		/* What is mapped there meanwhile is forgotten like the first. */
		MUST(rvx_region_map(guest.table, again, guest.partition, SHARED, RVX_RIGHT_READ));
		MUST(rvx_region_unmap(guest.table, again));
		MUST(rvx_region_map(guest.table, given, guest.partition, SHARED, RVX_RIGHT_READ));
		MUST(rvx_task_resume(guest.task));
		log_drain();
	}
	EXPECT_EQUAL(0, board()[BOARD_WRONG(0)]);
}

/*
 * Floating point.
 */

/* Keeps a value in vector registers and says when it is another; gives the core away each time. */
static void vector_main(uint64_t number)
{
	const uint64_t value = UINT64_C(0xf10a7000) + number, control = (number % 4) << 22;
	volatile uint64_t *count = &board()[BOARD_COUNT(number)];
	uint64_t wrong = 0;

	__asm__ volatile(".arch_extension fp\n"
			 "	msr	fpcr, %3\n"
			 "	fmov	d0, %2\n"
			 "	fmov	d9, %2\n"
			 "	fmov	d31, %2\n"
			 "0:	ldr	x9, [%1]\n"
			 "	add	x9, x9, #1\n"
			 "	str	x9, [%1]\n"
			 "	tbz	x9, #0, 1f\n"
			 "	yield\n"
			 "	wfi\n"
			 "1:	fmov	x9, d0\n"
			 "	eor	%0, x9, %2\n"
			 "	fmov	x9, d9\n"
			 "	eor	x9, x9, %2\n"
			 "	orr	%0, %0, x9\n"
			 "	fmov	x9, d31\n"
			 "	eor	x9, x9, %2\n"
			 "	orr	%0, %0, x9\n"
			 "	mrs	x9, fpcr\n"
			 "	eor	x9, x9, %3\n"
			 "	orr	%0, %0, x9\n"
			 "	cbz	%0, 0b\n"
			 : "=&r"(wrong)
			 : "r"(count), "r"(value), "r"(control)
			 : "x9", "memory");
	board()[BOARD_WRONG(number)] = wrong;
	end();
}

/* Two on each core, and all of them are moved about. */
static void vector_registers_go_along_with_their_task(void)
{
	const uint32_t count = 2 * CORES;
	struct guest guests[GUESTS_MAX];
	uint32_t i, round;

	for (i = 0; i < count; i++) {
		make(&guests[i], 0);
		place(&guests[i], i);
		guest_start(&guests[i], vector_main, i);
	}
	for (round = 0; round < (is_race() ? count : 3 * count); round++) {
		for (i = 0; i < count; i++)
			(void)grows(BOARD_COUNT(i), 2, __LINE__);
		for (i = 0; i < count; i += 1 + round % 3)
			place(&guests[i], i + round);
		log_drain();
	}
	for (i = 0; i < count; i++) {
		(void)grows(BOARD_COUNT(i), 2, __LINE__);
		EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
	}
}

static uint64_t vector_register(void)
{
	uint64_t value;

	__asm__ volatile(".arch_extension fp\n\tfmov %0, d9" : "=r"(value));
	return value;
}

/*
 * The registers of who is placed are still in the core of who places it. From where the guest ran
 * to the end nothing here may touch vector registers.
 */
static void who_places_another_does_not_see_its_vector_registers(void)
{
	struct rvx_message message;
	struct guest guest;
	enum rvx_status status;
	uint64_t value;

	make(&guest, 0);
	guest_start(&guest, vector_main, 0);
	(void)grows(BOARD_COUNT(0), 2, __LINE__);
	(void)vector_register();
	(void)rvx_recv_until(&message, in_us(5000));
	status = rvx_task_place(guest.task, CORES - 1);
	value = vector_register();
	MUST(status);
	EXPECT_EQUAL(0, value);
	(void)grows(BOARD_COUNT(0), 2, __LINE__);
	EXPECT_EQUAL(0, board()[BOARD_WRONG(0)]);
}

/*
 * Address spaces.
 */

#define SPACES 8u

/* Its page has its own number in it, whatever others have at the same address. */
static void space_main(uint64_t number)
{
	const volatile uint64_t *at = (const volatile uint64_t *)(uintptr_t)SHARED;

	for (;;) {
		if (*at != WORD + number)
			board()[BOARD_WRONG(number)]++;
		board()[BOARD_COUNT(number)]++;
		if (board()[BOARD_COUNT(number)] % 2 == 0)
			(void)rvx_yield();
		relax();
	}
}

/* More of them than the kernel with three VMIDs has. */
static void partitions_of_all_cores_keep_their_memory(void)
{
	struct guest guests[SPACES];
	rvx_handle_t region;
	uint32_t i, round;

	for (i = 0; i < SPACES; i++) {
		make(&guests[i], 0);
		region = world_make(RVX_OBJECT_REGION, 1);
		MUST(rvx_region_map(OWN, region, WORLD_OWN_PARTITION, world.base + WORLD_SCRATCH,
				    read_write));
		*(volatile uint64_t *)world_address(WORLD_SCRATCH) = WORD + i;
		MUST(rvx_region_unmap(OWN, region));
		(void)guest_map(&guests[i], region, SHARED_SLOT, SHARED, RVX_RIGHT_READ);
		place(&guests[i], i);
	}
	for (i = 0; i < SPACES; i++)
		guest_start(&guests[i], space_main, i);
	for (round = 0; round < 8; round++) {
		for (i = 0; i < SPACES; i++)
			(void)grows(BOARD_COUNT(i), 4, __LINE__);
		place(&guests[round % SPACES], round + 1);
	}
	for (i = 0; i < SPACES; i++)
		EXPECT_EQUAL(0, board()[BOARD_WRONG(i)]);
}

static uint64_t credits_at_first;

static void credits_are_noted(void)
{
	credits_at_first = log_status().credits_free;
}

static void all_credits_are_back(void)
{
	EXPECT_EQUAL(credits_at_first, log_status().credits_free);
}

static const struct check_case cases[] = {
	CHECK_CASE(credits_are_noted),
	CHECK_CASE(a_core_that_is_not_there_is_refused),
	CHECK_CASE(a_task_is_placed_stopped_running_suspended_and_held_with_its_partition),
	CHECK_CASE(a_task_that_waits_takes_its_deadline_along),
	CHECK_CASE(each_member_of_a_chain_of_calls_is_placed_in_the_middle_of_it),
	CHECK_CASE(a_call_whose_server_was_placed_times_out_and_all_go_on),
	CHECK_CASE(a_faulted_task_is_placed_and_goes_on),
	CHECK_CASE(a_task_places_itself),
	CHECK_CASE(the_root_places_itself_and_stays_supervisor),
	CHECK_CASE(calls_and_replies_go_between_all_cores),
	CHECK_CASE(calls_and_replies_go_to_passive_servers_on_all_cores),
	CHECK_CASE(a_server_answers_callers_of_all_cores_at_once),
	CHECK_CASE(an_idle_core_wakes_for_a_signal),
	CHECK_CASE(a_late_reply_to_another_core_answers_nothing),
	CHECK_CASE(who_is_suspended_on_another_core_does_nothing_more),
	CHECK_CASE(who_is_ended_on_another_core_does_nothing_more),
	CHECK_CASE(two_cores_that_suspend_each_other_both_go_on),
	CHECK_CASE(three_cores_that_suspend_each_other_in_a_circle_all_go_on),
	CHECK_CASE(what_fast_calls_on_other_cores_use_is_taken_away),
	CHECK_CASE(a_change_of_rights_that_leaves_reading_disturbs_no_reader),
	CHECK_CASE(memory_that_is_unmapped_is_read_right_or_not_at_all),
	CHECK_CASE(vector_registers_go_along_with_their_task),
	CHECK_CASE(who_places_another_does_not_see_its_vector_registers),
	CHECK_CASE(partitions_of_all_cores_keep_their_memory),
	CHECK_CASE(all_credits_are_back),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
