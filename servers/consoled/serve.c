/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The console server's loop. A call that asks for nothing known is answered BAD_ARGUMENT. */
#include "servers/consoled/serve.h"
#include "servers/consoled/console.h"

#include <ruvix/console.h>

#define LEASE RVX_SLOT_HANDLE(RVX_SLOT_LEASE_FIRST)

static struct console console;
static bool ended; /* the lease: its registers are gone */

static volatile uint32_t *at(void *device, uint32_t offset)
{
	return (volatile uint32_t *)((uintptr_t)device + offset);
}

static uint32_t read_register(void *device, uint32_t offset)
{
	return *at(device, offset);
}

static void write_register(void *device, uint32_t offset, uint32_t value)
{
	*at(device, offset) = value;
}

static enum rvx_status transfer(struct rvx_message *message)
{
	uint8_t bytes[RVX_CONSOLE_BYTES_MAX] = { 0 };
	const uint64_t count = message->words[0];

	if (count == 0 || count > sizeof(bytes))
		return RVX_BAD_ARGUMENT;
	if (RVX_EVENT_LABEL(message->label) == RVX_CONSOLE_READ) {
		message->words[0] = console_read(&console, bytes, (uint32_t)count);
		memcpy(&message->words[1], bytes, sizeof(bytes));
		return RVX_OK;
	}
	if (ended)
		return RVX_EXPIRED;
	memcpy(bytes, &message->words[1], sizeof(bytes));
	message->words[0] = console_write(&console, bytes, (uint32_t)count);
	return RVX_OK;
}

static uint32_t answer(void *context, rvx_handle_t edge, struct rvx_message *message)
{
	enum rvx_status status = RVX_BAD_ARGUMENT;

	(void)context;
	(void)edge;
	switch (RVX_EVENT_LABEL(message->label)) {
	case RVX_CONSOLE_HELLO:
		status = message->words[0] == RVX_CONSOLE_VERSION ? RVX_OK : RVX_WRONG_STATE;
		message->words[0] = RVX_CONSOLE_VERSION;
		break;
	case RVX_CONSOLE_WRITE:
	case RVX_CONSOLE_READ:
		status = transfer(message);
		break;
	case RVX_CONSOLE_STATUS:
		message->words[0] = console.written;
		message->words[1] = console.received;
		message->words[2] = console.lost;
		status = RVX_OK;
		break;
	default:
		break;
	}
	return rvx_label_of(status);
}

static void interrupted(void *context, uint64_t badge, const uint64_t words[RVX_MESSAGE_WORDS])
{
	(void)context;
	(void)badge;
	ended = words[2] != 0;
	if (ended)
		return;
	console_interrupt(&console);
	(void)rvx_lease_acknowledge(LEASE);
}

enum rvx_status consoled_serve(void)
{
	static const struct rvx_handlers handlers = { .call = answer, .interrupt = interrupted };
	struct console_registers registers = { .read = read_register, .write = write_register };
	uint64_t mapping = 0;
	enum rvx_status status = rvx_cap_describe(RVX_TABLE_OWN, RVX_SLOT_LEASE_FIRST, NULL, NULL,
						  NULL, NULL, &mapping, NULL, NULL);

	if (status != RVX_OK)
		return status;
	if (mapping == 0)
		return RVX_NOT_MAPPED;
	registers.device = (void *)RVX_MAPPING_ADDRESS(mapping);
	console_init(&console, &registers);
	rvx_serve(&handlers, NULL);
}
