/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The console against a device that the test is: FIFOs of 16, a line, a mask. */
#include "tests/lib/check.h"

#include "servers/consoled/console.h"

#define FIFO 16u
#define SENT_MAX 8192u

static struct uart {
	uint8_t sent[SENT_MAX]; /* what left the line */
	uint32_t sent_count, in_fifo;
	uint16_t incoming[4096];
	uint32_t incoming_first, incoming_count;
	uint32_t mask, control, line_control;
	bool always_full, never_empty;
	uint64_t accesses;
} uart;

static struct console console;

static uint32_t uart_read(void *device, uint32_t offset)
{
	struct uart *u = device;

	u->accesses++;
	if (offset == 0x18)
		return (u->always_full || u->in_fifo == FIFO ? 0x20u : 0) |
		       (!u->never_empty && u->incoming_first == u->incoming_count ? 0x10u : 0);
	assert_int_equal(offset, 0);
	if (u->never_empty)
		return 'x';
	assert_true(u->incoming_first < u->incoming_count);
	return u->incoming[u->incoming_first++];
}

static void uart_write(void *device, uint32_t offset, uint32_t value)
{
	struct uart *u = device;

	u->accesses++;
	switch (offset) {
	case 0x00:
		/* A byte for a full FIFO would be lost. */
		assert_true(u->in_fifo < FIFO);
		assert_true(u->sent_count < SENT_MAX);
		u->in_fifo++;
		u->sent[u->sent_count++] = (uint8_t)value;
		return;
	case 0x2c:
		u->line_control = value;
		return;
	case 0x30:
		u->control = value;
		return;
	case 0x38:
		u->mask = value;
		return;
	default:
		assert_true(offset == 0x34 || offset == 0x44);
		return;
	}
}

static int setup(void **state)
{
	const struct console_registers registers = { uart_read, uart_write, &uart };

	(void)state;
	uart = (struct uart){ .mask = 0x7ff };
	console_init(&console, &registers);
	return 0;
}

static void come_in(uint16_t data)
{
	uart.incoming[uart.incoming_count++] = data;
}

static void set_up_it_listens_and_is_quiet(void **state)
{
	(void)state;
	assert_int_equal(uart.control, 0x301);
	assert_int_equal(uart.line_control, 0x70);
	assert_int_equal(uart.mask, 0x50);
	assert_int_equal(uart.sent_count, 0);
}

static void what_the_fifo_does_not_take_goes_out_by_interrupts(void **state)
{
	uint8_t text[600], rounds = 0;

	(void)state;
	for (uint32_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	assert_int_equal(console_write(&console, text, sizeof(text)), sizeof(text));
	assert_int_equal(uart.sent_count, FIFO);
	while (uart.mask == 0x70) {
		uart.in_fifo = rounds % 3; /* some are still on their way */
		console_interrupt(&console);
		assert_true(++rounds < 100);
	}
	assert_int_equal(uart.mask, 0x50);
	assert_int_equal(uart.sent_count, sizeof(text));
	assert_memory_equal(uart.sent, text, sizeof(text));
	assert_int_equal(console.written, sizeof(text));
}

static void a_full_queue_takes_no_more_and_loses_nothing(void **state)
{
	uint8_t text[CONSOLE_QUEUE + 100] = { 0 };

	(void)state;
	uart.always_full = true;
	assert_int_equal(console_write(&console, text, sizeof(text)), CONSOLE_QUEUE);
	assert_int_equal(console_write(&console, text, 1), 0);
	uart.always_full = false;
	console_interrupt(&console);
	assert_int_equal(console_write(&console, text, 100), FIFO);
}

static void what_comes_in_waits_to_be_read_in_its_order(void **state)
{
	uint8_t got[80] = { 0 };

	(void)state;
	assert_int_equal(console_read(&console, got, 10), 0);
	for (uint16_t i = 0; i < 20; i++)
		come_in((uint16_t)('a' + i));
	console_interrupt(&console);
	assert_int_equal(console_read(&console, got, 5), 5);
	assert_memory_equal(got, "abcde", 5);
	assert_int_equal(console_read(&console, got, 80), 15);
	assert_memory_equal(got, "fghijklmnopqrst", 15);
	assert_int_equal(console.received, 20);
	assert_int_equal(console.lost, 0);
}

static void noise_and_what_finds_no_room_is_counted_as_lost(void **state)
{
	uint8_t got[CONSOLE_QUEUE];

	(void)state;
	for (uint16_t error = 0x100; error <= 0x800; error = (uint16_t)(error << 1))
		come_in((uint16_t)(error | 'n'));
	console_interrupt(&console);
	assert_int_equal(console.lost, 4);
	for (uint32_t i = 0; i < CONSOLE_QUEUE + 3; i++)
		come_in((uint16_t)(i & 0xff));
	while (uart.incoming_first != uart.incoming_count)
		console_interrupt(&console);
	assert_int_equal(console.lost, 7);
	assert_int_equal(console_read(&console, got, CONSOLE_QUEUE), CONSOLE_QUEUE);
	for (uint32_t i = 0; i < CONSOLE_QUEUE; i++)
		assert_int_equal(got[i], i & 0xff);
}

static void a_device_that_never_ends_is_left_after_a_fifo(void **state)
{
	(void)state;
	uart.never_empty = true;
	uart.accesses = 0;
	console_interrupt(&console);
	assert_int_equal(console.received, CONSOLE_FIFO_MAX);
	assert_true(uart.accesses < 3 * CONSOLE_FIFO_MAX);
	uart.always_full = true;
	assert_int_equal(console_write(&console, (const uint8_t *)"x", 1), 1);
	assert_int_equal(uart.sent_count, 0);
}

static void counters_go_on_over_their_end(void **state)
{
	uint8_t got[4];

	(void)state;
	console.receive.head = console.receive.tail = UINT32_MAX - 1;
	console.transmit.head = console.transmit.tail = UINT32_MAX - 1;
	for (uint16_t i = 0; i < 4; i++)
		come_in((uint16_t)('0' + i));
	console_interrupt(&console);
	assert_int_equal(console_read(&console, got, 4), 4);
	assert_memory_equal(got, "0123", 4);
	assert_int_equal(console_write(&console, (const uint8_t *)"abcd", 4), 4);
	assert_memory_equal(uart.sent, "abcd", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(set_up_it_listens_and_is_quiet, setup),
		cmocka_unit_test_setup(what_the_fifo_does_not_take_goes_out_by_interrupts, setup),
		cmocka_unit_test_setup(a_full_queue_takes_no_more_and_loses_nothing, setup),
		cmocka_unit_test_setup(what_comes_in_waits_to_be_read_in_its_order, setup),
		cmocka_unit_test_setup(noise_and_what_finds_no_room_is_counted_as_lost, setup),
		cmocka_unit_test_setup(a_device_that_never_ends_is_left_after_a_fifo, setup),
		cmocka_unit_test_setup(counters_go_on_over_their_end, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
