/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The console's queues and its device. */
#include "servers/consoled/console.h"

#define DATA 0x00u
#define FLAGS 0x18u
#define LINE_CONTROL 0x2cu
#define CONTROL 0x30u
#define LEVELS 0x34u
#define MASK 0x38u
#define CLEAR 0x44u

#define DATA_ERRORS 0xf00u /* overrun, break, parity, framing */
#define FLAGS_RECEIVE_EMPTY 0x10u
#define FLAGS_TRANSMIT_FULL 0x20u
#define LINE_8_BITS_FIFO 0x70u
#define CONTROL_ENABLE 0x301u /* UART, transmit, receive */
#define RECEIVED 0x50u	      /* a level is reached, or nothing more came for a while */
#define TRANSMITTED 0x20u
#define CLEAR_ALL 0x7ffu

static uint32_t get(const struct console *console, uint32_t offset)
{
	return console->registers.read(console->registers.device, offset);
}

static void set(const struct console *console, uint32_t offset, uint32_t value)
{
	console->registers.write(console->registers.device, offset, value);
}

static uint32_t used(const struct console_queue *queue)
{
	return queue->head - queue->tail;
}

static void push(struct console_queue *queue, uint8_t byte)
{
	queue->bytes[queue->head++ % CONSOLE_QUEUE] = byte;
}

static uint8_t pop(struct console_queue *queue)
{
	return queue->bytes[queue->tail++ % CONSOLE_QUEUE];
}

/* At most the queue; what the FIFO does not take waits for the interrupt that it has room. */
static void transmit(struct console *console)
{
	while (used(&console->transmit) != 0 && (get(console, FLAGS) & FLAGS_TRANSMIT_FULL) == 0) {
		set(console, DATA, pop(&console->transmit));
		console->written++;
	}
	set(console, MASK, used(&console->transmit) != 0 ? RECEIVED | TRANSMITTED : RECEIVED);
}

void console_init(struct console *console, const struct console_registers *registers)
{
	*console = (struct console){ .registers = *registers };
	set(console, MASK, 0);
	set(console, CLEAR, CLEAR_ALL);
	set(console, LINE_CONTROL, LINE_8_BITS_FIFO);
	set(console, LEVELS, 0);
	set(console, CONTROL, CONTROL_ENABLE);
	set(console, MASK, RECEIVED);
}

uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t count)
{
	uint32_t taken = 0;

	while (taken < count && used(&console->transmit) < CONSOLE_QUEUE)
		push(&console->transmit, bytes[taken++]);
	transmit(console);
	return taken;
}

uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t most)
{
	uint32_t given = 0;

	while (given < most && used(&console->receive) != 0)
		bytes[given++] = pop(&console->receive);
	return given;
}

void console_interrupt(struct console *console)
{
	set(console, CLEAR, CLEAR_ALL);
	/* A device that always has one more is asked again by its next interrupt. */
	for (uint32_t i = 0;
	     i < CONSOLE_FIFO_MAX && (get(console, FLAGS) & FLAGS_RECEIVE_EMPTY) == 0; i++) {
		uint32_t data = get(console, DATA);

		console->received++;
		if ((data & DATA_ERRORS) != 0 || used(&console->receive) == CONSOLE_QUEUE)
			console->lost++;
		else
			push(&console->receive, (uint8_t)data);
	}
	transmit(console);
}
