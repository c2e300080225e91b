/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The console server as a guest: it has the board's PL011 by a lease and prints for a client, which
 * the root is. What it prints is looked for in the serial output afterwards.
 */
#include "lib/text.h"
#include "servers/consoled/serve.h"
#include "tests/guest/check.h"
#include "tests/guest/world.h"

#include <ruvix/console.h>

#define PARENT RVX_SLOT_HANDLE(RVX_BOOT_DEVICES)
#define CONSOLE 0x09000000u
#define CONSOLE_INTERRUPT 33u
#define RW (RVX_RIGHT_READ | RVX_RIGHT_WRITE)

static rvx_handle_t lease, client;

static void serve_main(uint64_t argument)
{
	(void)argument;
	(void)consoled_serve();
}

static void server_start(uint64_t duration)
{
	const struct guest root = guest_root();
	struct guest guest;
	struct guest_end near = { .guest = &root };
	struct guest_end far = { .guest = &guest, .slot = RVX_SLOT_EDGE_FIRST };

	guest_make(&guest);
	lease = world_make(RVX_OBJECT_LEASE, 0);
	MUST(rvx_lease_grant(lease, PARENT, CONSOLE, 1, CONSOLE_INTERRUPT, duration, 0, NULL));
	MUST(rvx_lease_bind(
		guest.table,
		guest_map(&guest, lease, RVX_SLOT_LEASE_FIRST, world.base + WORLD_FREE, RW),
		guest.task));
	(void)guest_join(&near, &far);
	client = near.handle;
	guest_start(&guest, serve_main, 0);
}

/* The status that is replied; the words in `message` are the reply's. */
static enum rvx_status ask(uint32_t label, struct rvx_message *message)
{
	message->label = label;
	MUST(rvx_edge_call(client, message));
	return (enum rvx_status)(int32_t)RVX_EVENT_LABEL(message->label);
}

static enum rvx_status ask_with(uint32_t label, uint64_t word)
{
	struct rvx_message message = { .words = { word } };

	return ask(label, &message);
}

/* All of it, however little is taken at a time. */
static uint64_t say(const char *text)
{
	uint64_t length = text_length(text), said = 0;

	while (said < length) {
		struct rvx_message message = { 0 };
		uint64_t count = length - said;

		if (count > RVX_CONSOLE_BYTES_MAX)
			count = RVX_CONSOLE_BYTES_MAX;
		message.words[0] = count;
		memcpy(&message.words[1], text + said, count);
		if (!EXPECT(ask(RVX_CONSOLE_WRITE, &message) == RVX_OK))
			return said;
		said += message.words[0];
	}
	return said;
}

static void consoled_prints_for_its_client_while_its_lease_lasts(void)
{
	static const char text[] =
		"# spoken by consoled, in more than one call: "
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n";
	struct rvx_message message = { 0 };
	uint64_t said;

	server_start(RVX_LEASE_TICKS_MAX);
	EXPECT_STATUS(OK, ask_with(RVX_CONSOLE_HELLO, RVX_CONSOLE_VERSION));
	EXPECT_STATUS(WRONG_STATE, ask_with(RVX_CONSOLE_HELLO, RVX_CONSOLE_VERSION + 1));
	EXPECT_STATUS(BUSY, rvx_machine_write(WORLD_MACHINE, 1, '!', 0, 0, 0, 0, 0, 0, 0));
	said = say(text);
	EXPECT_STATUS(BAD_ARGUMENT, ask_with(RVX_CONSOLE_WRITE, 0));
	EXPECT_STATUS(BAD_ARGUMENT, ask_with(RVX_CONSOLE_WRITE, RVX_CONSOLE_BYTES_MAX + 1));
	EXPECT_STATUS(BAD_ARGUMENT, ask_with(RVX_CONSOLE_READ, UINT64_MAX));
	EXPECT_STATUS(BAD_ARGUMENT, ask_with(0, 0));
	EXPECT_STATUS(BAD_ARGUMENT, ask_with(99, 0));
	message.words[0] = RVX_CONSOLE_BYTES_MAX;
	EXPECT_STATUS(OK, ask(RVX_CONSOLE_READ, &message));
	EXPECT_EQUAL(0, message.words[0]);
	EXPECT_STATUS(OK, ask(RVX_CONSOLE_STATUS, &message));
	EXPECT_EQUAL(said, message.words[0]);
	EXPECT_EQUAL(sizeof(text) - 1, said);

	/* It is told of the end, and stays to say so. */
	MUST(rvx_lease_return(lease));
	EXPECT_STATUS(EXPIRED, ask_with(RVX_CONSOLE_WRITE, 1));
	EXPECT_STATUS(OK, ask_with(RVX_CONSOLE_READ, 1));
	check_note("spoken by the kernel");
}

static void consoled_outlives_its_lease_by_time_too(void)
{
	struct rvx_message message;

	server_start(rvx_ticks_from_us(2000));
	EXPECT_EQUAL(18, say("# before its end\n#"));
	(void)rvx_recv_until(&message, rvx_ticks_now() + rvx_ticks_from_us(4000));
	EXPECT_STATUS(EXPIRED, ask_with(RVX_CONSOLE_WRITE, 1));
	rvx_print("\n");
}

static const struct check_case cases[] = {
	CHECK_CASE(consoled_prints_for_its_client_while_its_lease_lasts),
	CHECK_CASE(consoled_outlives_its_lease_by_time_too),
};

int main(uint64_t argument)
{
	check_run((const struct rvx_boot_info *)argument, cases, sizeof(cases) / sizeof(cases[0]));
}
