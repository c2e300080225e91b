/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * agent_a talks, agent_b answers: calls of eight words, signals, and more bytes through a shared
 * ring than it holds. Everything that comes back is checked here, and the result reported to
 * controld.
 */
#include "examples/talk.h"

static const rvx_handle_t talk = RVX_EDGE(0);
static const rvx_handle_t report = RVX_EDGE(1);
#define PIPE_SLOT RVX_SLOT_REGION_FIRST

/* Whether agent_b turns all words of many calls as it should. */
static bool calls_are_answered(void)
{
	struct rvx_message message;
	uint64_t words[RVX_MESSAGE_WORDS];
	uint32_t i, j;

	for (i = 0; i < TALK_CALLS; i++) {
		for (j = 0; j < RVX_MESSAGE_WORDS; j++)
			words[j] = talk_word(i * RVX_MESSAGE_WORDS + j);
		memcpy(message.words, words, sizeof(words));
		message.label = TALK_TURN;
		if (rvx_edge_call(talk, &message) != RVX_OK)
			return false;
		for (j = 0; j < RVX_MESSAGE_WORDS; j++)
			if (message.words[j] != talk_turn(words[j], j))
				return false;
	}
	rvx_printf("agent_a: %u calls of 8 words, every word came back right\n", TALK_CALLS);
	return true;
}

/* Whether no bit of many signals is lost. */
static bool signals_arrive(void)
{
	struct rvx_message message = { .label = TALK_SIGNALS };
	uint32_t i;

	for (i = 0; i < TALK_SIGNAL_COUNT; i++)
		if (rvx_edge_signal(talk, UINT64_C(1) << i, 0) != RVX_OK)
			return false;
	if (rvx_edge_call(talk, &message) != RVX_OK || message.words[0] != UINT32_MAX)
		return false;
	rvx_printf("agent_a: %u signals, no bit was lost\n", TALK_SIGNAL_COUNT);
	return true;
}

/* Wait until agent_b says that there is space in the ring. */
static bool wait_for_space(void)
{
	struct rvx_message event;

	do {
		if (rvx_recv(&event) != RVX_OK)
			return false;
	} while ((event.words[0] & RVX_SIGNAL_SPACE) == 0);
	return true;
}

/* Send `size` bytes, waiting whenever the ring is full. */
static bool send_all(struct rvx_channel *channel, const uint8_t *bytes, uint32_t size)
{
	uint32_t moved;

	for (;;) {
		if (rvx_channel_send(channel, bytes, size, &moved) != RVX_OK)
			return false;
		bytes += moved;
		size -= moved;
		if (size == 0)
			return true;
		if (!wait_for_space())
			return false;
	}
}

/* Whether a stream through the shared ring arrives whole and in order. */
static bool bytes_arrive(void)
{
	struct rvx_message message = { .label = TALK_CHECKSUM };
	struct rvx_channel channel;
	uint64_t sum = TALK_SUM_START;
	uint64_t block[32];
	uint32_t sent, i;

	if (!rvx_channel_init_sender(&channel, talk, PIPE_SLOT))
		return false;
	for (sent = 0; sent < TALK_RING_BYTES; sent += sizeof(block)) {
		for (i = 0; i < 32; i++)
			block[i] = talk_word(sent + i);
		sum = talk_sum(sum, (const uint8_t *)block, sizeof(block));
		if (!send_all(&channel, (const uint8_t *)block, sizeof(block)))
			return false;
	}
	if (rvx_edge_call(talk, &message) != RVX_OK || message.words[0] != TALK_RING_BYTES ||
	    message.words[1] != sum)
		return false;
	rvx_printf("agent_a: %u KiB through the shared ring, sum %016lx\n", TALK_RING_BYTES / 1024,
		   sum);
	return true;
}

int main(uint64_t argument)
{
	bool well = calls_are_answered() && signals_arrive() && bytes_arrive();

	(void)argument;
	rvx_print(well ? "agent_a: done\n" : "agent_a: FAILED\n");
	(void)rvx_edge_signal(report, well ? RVX_REPORT_DONE : RVX_REPORT_FAILED, 0);
	return 0;
}
