/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The console: a PL011 (ARM DDI 0183) with a queue in each direction. Makes no system calls; the
 * registers are reached through two functions, so that a test can be the device.
 *
 *   client --> transmit queue --> FIFO --> line --> FIFO --> receive queue --> client
 *
 * Every loop over the device ends after a fixed number of accesses, whatever the device says.
 */
#ifndef CONSOLED_CONSOLE_H
#define CONSOLED_CONSOLE_H

#include <stdint.h>

#define CONSOLE_QUEUE 1024u /* bytes; a power of two */
#define CONSOLE_FIFO_MAX 32u

struct console_registers {
	uint32_t (*read)(void *device, uint32_t offset);
	void (*write)(void *device, uint32_t offset, uint32_t value);
	void *device;
};

/* Free-running counters; their difference is what is in the queue. */
struct console_queue {
	uint32_t head, tail;
	uint8_t bytes[CONSOLE_QUEUE];
};

struct console {
	struct console_registers registers;
	struct console_queue transmit, receive;
	uint64_t written, received, lost;
};

/* Set the device up: FIFOs on, interrupts for what comes in. */
void console_init(struct console *console, const struct console_registers *registers);
/* Take bytes to be written, as many as there is room for. Returns how many. */
uint32_t console_write(struct console *console, const uint8_t *bytes, uint32_t count);
/* Give bytes that came in. Returns how many. */
uint32_t console_read(struct console *console, uint8_t *bytes, uint32_t most);
/* The device interrupts: take what came in, go on writing. */
void console_interrupt(struct console *console);

#endif
