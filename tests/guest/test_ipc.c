/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Messages: calls, replies, signals, deadlines, late replies, capabilities that travel. Guests
 * write what they see on the board: word 0 counts what stands from word 8 on.
 */
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#include "lib/atomic.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OWN RVX_TABLE_OWN
#define EDGE_SLOT RVX_SLOT_EDGE_FIRST
#define EDGE(index) RVX_EDGE(index)
#define RECEIVE_SLOT 200u
#define LOG_FIRST 8u

/* Board words that the root sets for guests. */
#define BOARD_DEADLINE 1u
#define BOARD_HANDLE 2u

static void log_add(uint64_t word)
{
	uint32_t *count = world_address(WORLD_BOARD);

	board()[LOG_FIRST + atomic32_fetch_add_relaxed(count, 1)] = word;
}

static uint64_t log_length(void)
{
	return board()[0];
}

static uint64_t log_at(uint64_t index)
{
	return board()[LOG_FIRST + index];
}

static rvx_ticks_t in_us(uint64_t us)
{
	return rvx_ticks_now() + rvx_ticks_from_us(us);
}

/* Let others run. */
static void wait_us(uint64_t us)
{
	struct rvx_message message;

	(void)rvx_recv_until(&message, in_us(us));
}

/* A guest's end: it has nothing more to do. */
static _Noreturn void park(void)
{
	struct rvx_message message;

	for (;;)
		(void)rvx_recv(&message);
}

/* Join two guests by the ends of these numbers; capabilities arrive in RECEIVE_SLOT at both. */
static void join(const struct guest *client, uint32_t client_index, const struct guest *server,
		 uint32_t server_index)
{
	struct guest_end near = {
		.guest = client,
		.slot = EDGE_SLOT + client_index,
		.receive_slot = RECEIVE_SLOT,
	};
	struct guest_end far = {
		.guest = server,
		.slot = EDGE_SLOT + server_index,
		.receive_slot = RECEIVE_SLOT,
	};

	(void)guest_join(&near, &far);
}

/* The root's handle of an edge to a guest, whose end is its `index`-th. */
static rvx_handle_t join_root(const struct guest *guest, uint32_t index)
{
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest_end far = {
		.guest = guest,
		.slot = EDGE_SLOT + index,
		.receive_slot = RECEIVE_SLOT,
	};

	(void)guest_join(&near, &far);
	return near.handle;
}

static void schedule(const struct guest *guest, uint64_t deadline_us, uint64_t flags)
{
	const uint64_t ticks = rvx_ticks_from_us(deadline_us);
	const bool reflex = (flags & RVX_SCHEDULE_REFLEX) != 0;

	MUST(rvx_task_schedule(guest->task, reflex ? ticks / 2 : ticks, ticks, ticks, flags));
}

/*
 * Plain messages.
 */

/* Sends every word and the label back turned over. */
static void mirror_main(uint64_t argument)
{
	struct rvx_message message = { 0 };
	uint32_t i;

	(void)argument;
	if (rvx_recv(&message) != RVX_OK)
		return;
	for (;;) {
		for (i = 0; i < RVX_MESSAGE_WORDS; i++)
			message.words[i] = ~message.words[i];
		rvx_reply_label(&message, ~RVX_EVENT_LABEL(message.label));
		if (rvx_edge_reply_recv(message.badge, &message) != RVX_OK)
			log_add(UINT64_MAX);
	}
}

static uint64_t pattern(uint64_t i, uint64_t word)
{
	return (i << 56 | word << 48) ^ i * UINT64_C(0x9e3779b97f4a7c15);
}

#define PATTERNS 200u

/* Calls over the edge with many patterns; tells how many came back right. */
static void patterns_main(uint64_t argument)
{
	uint64_t right = 0, i, word;

	for (i = 0; i < PATTERNS; i++) {
		const uint32_t label = (uint32_t)(i * 0x01010101);
		struct rvx_message message = { .label = label };
		bool same = true;

		for (word = 0; word < RVX_MESSAGE_WORDS; word++)
			message.words[word] = pattern(i, word);
		if (rvx_edge_call(EDGE(argument), &message) != RVX_OK)
			break;
		for (word = 0; word < RVX_MESSAGE_WORDS; word++)
			same = same && message.words[word] == ~pattern(i, word);
		right += same && RVX_EVENT_LABEL(message.label) == ~label &&
			 message.badge == EDGE(argument);
	}
	(void)guest_tell(right, 0, 0, 0);
	park();
}

/* From another partition and from its own. */
static void expect_patterns_mirrored(uint64_t server_flags)
{
	uint64_t words[GUEST_WORDS] = { 0 };
	struct guest client, server, beside;

	guest_make(&server);
	guest_make(&client);
	guest_make_beside(&beside, &server);
	join(&client, 0, &server, 0);
	join(&beside, 2, &server, 1);
	schedule(&server, 10000, server_flags);
	guest_start(&server, mirror_main, 0);
	guest_start(&client, patterns_main, 0);
	if (guest_hear(&client, words))
		EXPECT_EQUAL(PATTERNS, words[0]);
	guest_start(&beside, patterns_main, 2);
	if (guest_hear(&beside, words))
		EXPECT_EQUAL(PATTERNS, words[0]);
	EXPECT_EQUAL(0, log_length());
}

static void words_and_labels_arrive_whole(void)
{
	expect_patterns_mirrored(0);
}

static void words_and_labels_arrive_whole_at_a_passive_server(void)
{
	expect_patterns_mirrored(RVX_SCHEDULE_PASSIVE);
}

/*
 * Logs badge, label and first word of each event, and answers calls. With an argument it tells
 * before the first.
 */
static void log_events_main(uint64_t argument)
{
	struct rvx_message message = { 0 };

	if (argument != 0)
		(void)guest_tell(0, 0, 0, 0);
	for (;;) {
		if (rvx_recv(&message) != RVX_OK) {
			log_add(UINT64_MAX);
			continue;
		}
		log_add(message.badge);
		log_add(RVX_EVENT_LABEL(message.label));
		log_add(message.words[0]);
		if (rvx_is_call(&message) && rvx_edge_reply(message.badge, &message) != RVX_OK)
			log_add(UINT64_MAX);
	}
}

/* Calls once, over the edge of that number, and logs the answer. */
static void call_once_main(uint64_t argument)
{
	struct rvx_message message = { .label = 100 + argument };
	enum rvx_status status = rvx_edge_call_extended(EDGE(argument), &message, RVX_HANDLE_NONE,
							board()[BOARD_DEADLINE]);

	log_add((uint64_t)status);
	park();
}

static void a_call_arrives_with_the_badge_of_its_edge(void)
{
	struct guest server, clients[3];
	uint32_t i;

	guest_make(&server);
	guest_start(&server, log_events_main, 0);
	for (i = 0; i < COUNT_OF(clients); i++) {
		guest_make(&clients[i]);
		join(&clients[i], i, &server, 10 + i);
		guest_start(&clients[i], call_once_main, i);
		wait_us(1000);
		EXPECT_EQUAL(4 * (i + 1), log_length());
		EXPECT_EQUAL(EDGE(10 + i), log_at(4 * i));
		EXPECT_EQUAL(100 + i, log_at(4 * i + 1));
		EXPECT_EQUAL(RVX_OK, log_at(4 * i + 3));
	}
}

/*
 * Signals.
 */

static void signals_gather_until_they_are_received(void)
{
	uint64_t words[GUEST_WORDS];
	struct guest guest;
	rvx_handle_t edge;
	uint32_t bit;

	guest_make(&guest);
	edge = join_root(&guest, 0);
	guest_start(&guest, log_events_main, 1);
	(void)guest_hear(&guest, words);
	for (bit = 0; bit < 64; bit++)
		EXPECT_STATUS(OK, rvx_edge_signal(edge, UINT64_C(1) << bit, 0));
	guest_answer(&guest, 0);
	wait_us(1000);
	EXPECT_EQUAL(3, log_length());
	EXPECT_EQUAL(EDGE(0), log_at(0));
	EXPECT_EQUAL(RVX_EVENT_NOTIFICATION, log_at(1));
	EXPECT_EQUAL(UINT64_MAX, log_at(2));
	/* Received is received. */
	EXPECT_STATUS(OK, rvx_edge_signal(edge, 5, 0));
	wait_us(1000);
	EXPECT_EQUAL(6, log_length());
	EXPECT_EQUAL(5, log_at(5));
	/* Nothing runs in a suspended partition; what is sent waits. */
	MUST(rvx_partition_suspend(guest.partition));
	EXPECT_STATUS(OK, rvx_edge_signal(edge, 6, 0));
	EXPECT_STATUS(OK, rvx_edge_signal(edge, 8, 0));
	wait_us(1000);
	EXPECT_EQUAL(6, log_length());
	MUST(rvx_partition_resume(guest.partition));
	wait_us(1000);
	EXPECT_EQUAL(6, log_at(8) & 6);
	EXPECT_EQUAL(14, log_at(8) | log_at(11));
}

static void signals_and_messages_are_counted(void)
{
	const volatile struct rvx_telemetry_line *lines = world_address(WORLD_TELEMETRY);
	const rvx_handle_t telemetry = RVX_SLOT_HANDLE(RVX_BOOT_TELEMETRY);
	const struct guest root = guest_root();
	struct guest_end near = { .guest = &root };
	struct guest guest;
	struct guest_end far = { .guest = &guest, .slot = EDGE_SLOT };
	struct rvx_message message = { 0 };
	uint64_t index = 0;
	rvx_handle_t edge;
	uint32_t i;

	MUST(rvx_region_map(OWN, telemetry, WORLD_OWN_PARTITION, world.base + WORLD_TELEMETRY,
			    RVX_RIGHT_READ));
	guest_make(&guest);
	edge = guest_join(&near, &far);
	MUST(rvx_cap_describe(OWN, RVX_HANDLE_SLOT(edge), NULL, NULL, NULL, NULL, &index, NULL,
			      NULL));
	lines += 2 * index;
	EXPECT_EQUAL(0, lines[0].messages + lines[0].signals + lines[0].bulk_bytes);
	EXPECT_EQUAL(0, lines[1].messages + lines[1].signals + lines[1].bulk_bytes);
	guest_start(&guest, mirror_main, 0);
	for (i = 0; i < 5; i++)
		EXPECT_STATUS(OK, rvx_edge_call(near.handle, &message));
	MUST(rvx_partition_suspend(guest.partition));
	for (i = 0; i < 3; i++)
		EXPECT_STATUS(OK, rvx_edge_signal(near.handle, 1, 1000));
	EXPECT_EQUAL(5, lines[0].messages);
	EXPECT_EQUAL(5, lines[1].messages);
	EXPECT_EQUAL(3, lines[0].signals);
	EXPECT_EQUAL(0, lines[1].signals);
	EXPECT_EQUAL(3000, lines[0].bulk_bytes);
	MUST(rvx_region_unmap(OWN, telemetry));
}

/*
 * Order.
 */

static void signal_main(uint64_t argument)
{
	if (rvx_edge_signal(EDGE(argument), 1, 0) != RVX_OK)
		log_add(UINT64_MAX);
	park();
}

static void break_main(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("brk #0x77");
}

/* Faults, then notifications, then calls, the most urgent caller's first. */
static void the_inbox_has_an_order(void)
{
	static const uint64_t deadlines_us[] = { 9000, 3000, 6000 };
	struct guest server, callers[3], reflex, signaller, broken;
	uint64_t words[GUEST_WORDS];
	uint64_t events[6][2];
	uint32_t i, found = 0;

	guest_make(&server);
	guest_start(&server, log_events_main, 1);
	(void)guest_hear(&server, words);
	for (i = 0; i < COUNT_OF(callers); i++) {
		guest_make(&callers[i]);
		schedule(&callers[i], deadlines_us[i], 0);
		join(&callers[i], i, &server, i);
		guest_start(&callers[i], call_once_main, i);
		wait_us(200);
	}
	guest_make(&reflex);
	schedule(&reflex, 20000, RVX_SCHEDULE_REFLEX);
	join(&reflex, 3, &server, 3);
	guest_start(&reflex, call_once_main, 3);
	guest_make(&signaller);
	join(&signaller, 4, &server, 4);
	guest_start(&signaller, signal_main, 4);
	guest_make(&broken);
	MUST(rvx_task_supervise(broken.task, server.task));
	guest_start(&broken, break_main, 0);
	wait_us(1000);
	EXPECT_EQUAL(0, log_length());

	guest_answer(&server, 0);
	wait_us(5000);
	/* Six events of three words; between them the answers that the callers log: zeros. */
	for (i = 0; i < log_length() && found < COUNT_OF(events); i++) {
		if (log_at(i) == RVX_OK)
			continue;
		events[found][0] = log_at(i);
		events[found++][1] = log_at(i + 1);
		i += 2;
	}
	if (!EXPECT_EQUAL(COUNT_OF(events), found))
		return;
	EXPECT_EQUAL(broken.badge, events[0][0]);
	EXPECT_EQUAL(RVX_EVENT_FAULT, events[0][1]);
	EXPECT_EQUAL(EDGE(4), events[1][0]);
	EXPECT_EQUAL(RVX_EVENT_NOTIFICATION, events[1][1]);
	EXPECT_EQUAL(EDGE(3), events[2][0]);
	EXPECT_EQUAL(EDGE(1), events[3][0]);
	EXPECT_EQUAL(EDGE(2), events[4][0]);
	EXPECT_EQUAL(EDGE(0), events[5][0]);
}

/* Answers calls and counts them; tells when there were as many as it has edges. */
static void count_main(uint64_t argument)
{
	struct rvx_message message = { 0 };
	uint64_t seen = 0, i;

	(void)guest_tell(0, 0, 0, 0);
	for (i = 0; i < argument; i++) {
		if (rvx_recv(&message) != RVX_OK || !rvx_is_call(&message))
			continue;
		seen |= UINT64_C(1) << (RVX_HANDLE_SLOT(message.badge) - EDGE_SLOT);
		if (rvx_edge_reply(message.badge, &message) != RVX_OK)
			log_add(UINT64_MAX);
	}
	(void)guest_tell(seen, 0, 0, 0);
	park();
}

static void sixty_four_callers_can_wait_for_one_server(void)
{
	uint64_t words[GUEST_WORDS] = { 0 };
	struct guest server, first, caller;
	uint32_t i;

	guest_make(&server);
	guest_start(&server, count_main, RVX_TASK_EDGES_MAX);
	(void)guest_hear(&server, words);
	guest_make(&first);
	join(&first, 0, &server, 0);
	guest_start(&first, call_once_main, 0);
	for (i = 1; i < RVX_TASK_EDGES_MAX; i++) {
		guest_make_beside(&caller, &first);
		join(&caller, i, &server, i);
		guest_start(&caller, call_once_main, i);
	}
	wait_us(5000);
	EXPECT_EQUAL(0, log_length());
	guest_answer(&server, 0);
	if (guest_hear(&server, words))
		EXPECT_EQUAL(UINT64_MAX, words[0]);
	wait_us(5000);
	EXPECT_EQUAL(RVX_TASK_EDGES_MAX, log_length());
	for (i = 0; i < RVX_TASK_EDGES_MAX; i++)
		EXPECT_EQUAL(RVX_OK, log_at(i));
}

/*
 * Deadlines.
 */

#define LATENESS_US 100u

static void expect_ended_at(rvx_ticks_t deadline, int line)
{
	const rvx_ticks_t now = rvx_ticks_now();

	if (now < deadline || now > deadline + rvx_ticks_from_us(LATENESS_US))
		check_fail(line, "it ended at %lu, the deadline was %lu", now, deadline);
}

static void a_receive_ends_at_its_deadline(void)
{
	static const uint64_t waits_us[] = { 0, 1, 50, 1000, 30000 };
	struct rvx_message message;
	struct guest guest;
	uint32_t i;

	for (i = 0; i < COUNT_OF(waits_us); i++) {
		const rvx_ticks_t deadline = in_us(waits_us[i]);

		EXPECT_STATUS(TIMED_OUT, rvx_recv_until(&message, deadline));
		expect_ended_at(deadline, __LINE__);
	}
	EXPECT_STATUS(TIMED_OUT, rvx_recv_until(&message, 1));
	/* A deadline that has passed still takes what is there. */
	guest_make(&guest);
	(void)join_root(&guest, 0);
	guest_start(&guest, signal_main, 0);
	EXPECT_STATUS(OK, rvx_recv_until(&message, in_us(10000)));
	EXPECT_EQUAL(RVX_EVENT_NOTIFICATION, message.label);
	guest_make_beside(&guest, &guest);
	(void)join_root(&guest, 1);
	guest_start(&guest, signal_main, 1);
	(void)rvx_yield();
	(void)rvx_yield();
	EXPECT_STATUS(OK, rvx_recv_until(&message, 1));
	EXPECT_EQUAL(1, message.words[0]);
	EXPECT_STATUS(TIMED_OUT, rvx_recv_until(&message, 1));
}

/* Takes calls and tells, but answers nothing, until the root says so: then with the old label. */
static void late_main(uint64_t argument)
{
	struct rvx_message old = { 0 }, new = { 0 };

	(void)argument;
	(void)rvx_recv(&old);
	(void)guest_tell(old.label, 0, 0, 0);
	log_add((uint64_t)rvx_edge_reply(old.badge, &old)); /* the call has ended */
	(void)guest_tell(0, 0, 0, 0);
	log_add((uint64_t)rvx_edge_reply(old.badge, &old)); /* the next one waits */
	(void)rvx_recv(&new);
	log_add((uint64_t)rvx_edge_reply(old.badge, &old)); /* and is taken */
	new.label += UINT64_C(1) << 32;
	log_add((uint64_t)rvx_edge_reply(new.badge, &new));
	new.label -= UINT64_C(1) << 32;
	log_add((uint64_t)rvx_edge_reply(new.badge, &new));
	log_add((uint64_t)rvx_edge_reply(new.badge, &new)); /* twice */
	(void)guest_tell(new.label - old.label, 0, 0, 0);
	park();
}

static void expect_late_replies_refused(uint64_t server_flags)
{
	static const enum rvx_status expected[] = { RVX_NOT_CALLING, RVX_NOT_CALLING,
						    RVX_STALE,	     RVX_STALE,
						    RVX_OK,	     RVX_NOT_CALLING };
	struct rvx_message message = { .label = 1 };
	uint64_t words[GUEST_WORDS] = { 0 };
	struct guest server, client;
	rvx_handle_t edge;
	rvx_ticks_t deadline;
	uint32_t i;

	guest_make(&server);
	guest_make(&client);
	schedule(&server, 10000, server_flags);
	edge = join_root(&server, 0);
	guest_start(&server, late_main, 0);
	deadline = in_us(500);
	EXPECT_STATUS(TIMED_OUT, rvx_edge_call_extended(edge, &message, 0, deadline));
	expect_ended_at(deadline, __LINE__);
	(void)guest_hear(&server, words);
	guest_answer(&server, 0);
	(void)guest_hear(&server, words);
	/* Called again: the server goes on by itself when the root, its supervisor, waits. */
	guest_answer(&server, 0);
	message = (struct rvx_message){ .label = 1, .words = { 7 } };
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, 0, in_us(10000)));
	EXPECT_EQUAL(7, message.words[0]);
	if (guest_hear(&server, words))
		EXPECT_EQUAL(1, words[0] >> 32);
	EXPECT_EQUAL(COUNT_OF(expected), log_length());
	for (i = 0; i < COUNT_OF(expected); i++)
		EXPECT_EQUAL(expected[i], log_at(i));
}

static void a_late_reply_never_answers_the_next_call(void)
{
	expect_late_replies_refused(0);
}

static void a_late_reply_of_a_passive_server_neither(void)
{
	expect_late_replies_refused(RVX_SCHEDULE_PASSIVE);
}

/* A call that was not received yet is withdrawn when its time is over. */
static void a_call_that_timed_out_in_the_queue_is_not_delivered(void)
{
	struct rvx_message message = { 0 };
	uint64_t words[GUEST_WORDS];
	struct guest server;
	rvx_handle_t edge;

	guest_make(&server);
	edge = join_root(&server, 0);
	guest_start(&server, log_events_main, 1);
	(void)guest_hear(&server, words);
	EXPECT_STATUS(TIMED_OUT, rvx_edge_call_extended(edge, &message, 0, in_us(300)));
	EXPECT_STATUS(TIMED_OUT, rvx_edge_call_extended(edge, &message, 0, 1));
	guest_answer(&server, 0);
	wait_us(1000);
	EXPECT_EQUAL(0, log_length());
	message.words[0] = 3;
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, 0, in_us(1000)));
	EXPECT_EQUAL(3, log_length());
	EXPECT_EQUAL(3, log_at(2));
}

/* Takes one call, answers with a deadline for the next, logs how that ends. */
static void reply_until_main(uint64_t argument)
{
	struct rvx_message message = { 0 };

	(void)argument;
	(void)rvx_recv(&message);
	board()[BOARD_DEADLINE] = in_us(700);
	log_add((uint64_t)rvx_edge_reply_recv_extended(message.badge, &message, RVX_HANDLE_NONE,
						       board()[BOARD_DEADLINE]));
	log_add(rvx_ticks_now());
	park();
}

static void a_reply_and_receive_ends_at_its_deadline(void)
{
	struct rvx_message message = { 0 };
	struct guest server;
	rvx_handle_t edge;

	guest_make(&server);
	edge = join_root(&server, 0);
	guest_start(&server, reply_until_main, 0);
	EXPECT_STATUS(OK, rvx_edge_call(edge, &message));
	wait_us(2000);
	EXPECT_EQUAL(2, log_length());
	EXPECT_EQUAL(RVX_TIMED_OUT, log_at(0));
	EXPECT(log_at(1) >= board()[BOARD_DEADLINE]);
	EXPECT(log_at(1) < board()[BOARD_DEADLINE] + rvx_ticks_from_us(LATENESS_US));
}

/* Calls in a circle wait until their deadlines, and no longer. */
static void a_circle_of_calls_ends_at_the_deadlines(void)
{
	struct guest guests[3];
	uint32_t i, round;

	for (round = 0; round < 2; round++) {
		const uint64_t flags = round == 0 ? 0 : RVX_SCHEDULE_PASSIVE;

		board()[0] = 0;
		board()[BOARD_DEADLINE] = in_us(3000);
		for (i = 0; i < COUNT_OF(guests); i++) {
			guest_make(&guests[i]);
			schedule(&guests[i], 10000, flags);
		}
		for (i = 0; i < COUNT_OF(guests); i++)
			join(&guests[i], i, &guests[(i + 1) % COUNT_OF(guests)], 10 + i);
		for (i = 0; i < COUNT_OF(guests); i++)
			guest_start(&guests[i], call_once_main, i);
		wait_us(6000);
		EXPECT_EQUAL(COUNT_OF(guests), log_length());
		for (i = 0; i < COUNT_OF(guests); i++)
			EXPECT_EQUAL(RVX_TIMED_OUT, log_at(i));
	}
}

/* Both ends bound to one task: it waits for itself. */
static void a_task_that_calls_itself_ends_at_the_deadline(void)
{
	struct guest guest;

	guest_make(&guest);
	board()[BOARD_DEADLINE] = in_us(2000);
	join(&guest, 0, &guest, 1);
	guest_start(&guest, call_once_main, 0);
	wait_us(5000);
	EXPECT_EQUAL(1, log_length());
	EXPECT_EQUAL(RVX_TIMED_OUT, log_at(0));
	/* It still receives. */
	EXPECT_STATUS(OK, rvx_edge_signal(join_root(&guest, 5), 1, 0));
	wait_us(1000);
}

/*
 * Capabilities that travel.
 */

#define SENT_SLOT 150u

/* Receives; logs where the capability lies; moves it on so that the next finds room. */
static void take_capabilities_main(uint64_t argument)
{
	struct rvx_message message = { 0 };
	rvx_handle_t handle, kept;
	uint64_t type, badge;
	uint32_t slot = 210;

	if (rvx_recv(&message) != RVX_OK)
		return;
	for (;;) {
		enum rvx_status status = rvx_cap_describe(OWN, RECEIVE_SLOT, &handle, &type, NULL,
							  &badge, NULL, NULL, NULL);

		log_add((uint64_t)status);
		log_add(status == RVX_OK ? type : 0);
		if (status == RVX_OK && argument != 0)
			log_add((uint64_t)rvx_cap_move(OWN, handle, OWN, slot++, &kept));
		if (rvx_edge_reply_recv(message.badge, &message) != RVX_OK)
			log_add(UINT64_MAX);
	}
}

#define TYPE_WORD(type, end, depth, rights) \
	((uint64_t)(type) | (uint64_t)(end) << 9 | (uint64_t)(depth) << 16 | \
	 (uint64_t)(rights) << 24)

static void a_call_carries_a_capability(void)
{
	const rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	const rvx_handle_t once = world_copy(region, RVX_RIGHT_READ | RVX_RIGHT_GRANT_ONCE);
	const rvx_handle_t edge_object = world_make(RVX_OBJECT_EDGE, 0);
	struct rvx_message message = { 0 };
	rvx_handle_t minted, edge;
	struct guest guest;
	uint64_t sequence;

	MUST(rvx_cap_mint(OWN, edge_object, OWN, world_slot(), RVX_RIGHTS_ALL, 77, 1, &minted));
	guest_make(&guest);
	edge = join_root(&guest, 0);
	guest_start(&guest, take_capabilities_main, 1);
	sequence = log_status().next;
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, region, 0));
	EXPECT_EQUAL(1, log_count(sequence, RVX_WITNESS_CAPABILITY_DELEGATE, &sequence));
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, once, 0));
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, minted, 0));
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, RVX_HANDLE_NONE, 0));
	EXPECT_EQUAL(11, log_length());
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 1, RVX_RIGHTS_ALL), log_at(1));
	EXPECT_EQUAL(RVX_OK, log_at(2));
	/* With GRANT_ONCE alone nothing can be passed on further. */
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_REGION, 0, 2, RVX_RIGHT_READ), log_at(4));
	EXPECT_EQUAL(TYPE_WORD(RVX_OBJECT_EDGE, 1, 2, RVX_RIGHTS_ALL), log_at(7));
	EXPECT_EQUAL(RVX_NOTHING, (int64_t)log_at(9));
	/* The giver takes them back. */
	MUST(rvx_cap_revoke(OWN, region, &sequence));
	EXPECT_EQUAL(3, sequence);
}

static void a_full_slot_refuses_before_anything_is_sent(void)
{
	const rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	struct rvx_message message = { 0 };
	struct snapshot before;
	struct guest guest;
	rvx_handle_t edge;

	guest_make(&guest);
	edge = join_root(&guest, 0);
	guest_start(&guest, take_capabilities_main, 0);
	EXPECT_STATUS(OK, rvx_edge_call_extended(edge, &message, region, 0));
	EXPECT_EQUAL(2, log_length());
	before = snapshot_take();
	EXPECT_STATUS(NO_SLOT, rvx_edge_call_extended(edge, &message, region, 0));
	EXPECT_UNCHANGED(before);
	EXPECT_EQUAL(2, log_length());
	/* A call without a capability goes through. */
	EXPECT_STATUS(OK, rvx_edge_call(edge, &message));
	EXPECT_EQUAL(4, log_length());
}

/* Answers each call with the capability in a slot of its own; every second by reply alone. */
static void give_capabilities_main(uint64_t argument)
{
	const rvx_handle_t mine = RVX_SLOT_HANDLE(SENT_SLOT);
	struct rvx_message message = { 0 };
	enum rvx_status status;
	uint32_t i;

	(void)argument;
	(void)rvx_recv(&message);
	for (i = 0;; i++) {
		if (i % 2 == 0) {
			status = rvx_edge_reply_recv_extended(message.badge, &message, mine, 0);
		} else {
			status = rvx_edge_reply_extended(message.badge, &message, mine, 0);
			if (status == RVX_OK)
				status = rvx_recv(&message);
		}
		if (status == RVX_OK)
			continue;
		/* Refused: nobody was answered. */
		log_add((uint64_t)status);
		(void)rvx_edge_reply_recv(message.badge, &message);
	}
}

static void call_and_describe_main(uint64_t argument)
{
	struct rvx_message message = { 0 };
	rvx_handle_t handle = 0;
	uint64_t type = 0;
	uint32_t i;

	for (i = 0; i < argument; i++) {
		log_add((uint64_t)rvx_edge_call(EDGE(0), &message));
		log_add((uint64_t)rvx_cap_describe(OWN, RECEIVE_SLOT, &handle, &type, NULL, NULL,
						   NULL, NULL, NULL));
		log_add(type);
		if (i < 2)
			log_add((uint64_t)rvx_cap_delete(OWN, handle));
	}
	park();
}

static void a_reply_carries_a_capability(void)
{
	const rvx_handle_t region = world_make(RVX_OBJECT_REGION, 1);
	const uint64_t type = TYPE_WORD(RVX_OBJECT_REGION, 0, 2, RVX_RIGHT_READ | RVX_RIGHT_GRANT);
	struct guest client, server;
	uint32_t i;

	guest_make(&client);
	guest_make(&server);
	join(&client, 0, &server, 0);
	(void)guest_give(&server, region, SENT_SLOT, RVX_RIGHT_READ | RVX_RIGHT_GRANT);
	guest_start(&server, give_capabilities_main, 0);
	guest_start(&client, call_and_describe_main, 4);
	wait_us(10000);
	/* Three arrive; the fourth finds the third in its place and is answered without. */
	EXPECT_EQUAL(4 + 4 + 3 + 1 + 3, log_length());
	for (i = 0; i < 3; i++) {
		EXPECT_EQUAL(RVX_OK, log_at(4 * i));
		EXPECT_EQUAL(RVX_OK, log_at(4 * i + 1));
		EXPECT_EQUAL(type, log_at(4 * i + 2));
	}
	EXPECT_EQUAL(RVX_NO_SLOT, (int64_t)log_at(11));
	EXPECT_EQUAL(RVX_OK, log_at(12));
}

/*
 * Waiting in other ways.
 */

static void sleep_instructions_main(uint64_t argument)
{
	uint32_t i;

	(void)argument;
	for (i = 0; i < 10; i++) {
		__asm__ volatile("wfi");
		__asm__ volatile("sevl\n\twfe\n\tsev\n\twfe");
		__asm__ volatile("yield");
	}
	(void)guest_tell(i, 0, 0, 0);
	park();
}

static void wfi_and_wfe_only_yield(void)
{
	uint64_t words[GUEST_WORDS] = { 0 };
	struct guest guest;

	guest_make(&guest);
	guest_start(&guest, sleep_instructions_main, 0);
	if (guest_hear(&guest, words))
		EXPECT_EQUAL(10, words[0]);
}

static const struct check_case cases[] = {
	CHECK_CASE(words_and_labels_arrive_whole),
	CHECK_CASE(words_and_labels_arrive_whole_at_a_passive_server),
	CHECK_CASE(a_call_arrives_with_the_badge_of_its_edge),
	CHECK_CASE(signals_gather_until_they_are_received),
	CHECK_CASE(signals_and_messages_are_counted),
	CHECK_CASE(the_inbox_has_an_order),
	CHECK_CASE(sixty_four_callers_can_wait_for_one_server),
	CHECK_CASE(a_receive_ends_at_its_deadline),
	CHECK_CASE(a_late_reply_never_answers_the_next_call),
	CHECK_CASE(a_late_reply_of_a_passive_server_neither),
	CHECK_CASE(a_call_that_timed_out_in_the_queue_is_not_delivered),
	CHECK_CASE(a_reply_and_receive_ends_at_its_deadline),
	CHECK_CASE(a_circle_of_calls_ends_at_the_deadlines),
	CHECK_CASE(a_task_that_calls_itself_ends_at_the_deadline),
	CHECK_CASE(a_call_carries_a_capability),
	CHECK_CASE(a_full_slot_refuses_before_anything_is_sent),
	CHECK_CASE(a_reply_carries_a_capability),
	CHECK_CASE(wfi_and_wfe_only_yield),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
