/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * agent_b answers agent_a: the smallest server with calls, signals and a ring. It reports to
 * controld when agent_a has asked for the sum of a whole stream.
 */
#include "examples/talk.h"

static const rvx_handle_t report = RVX_EDGE(1);
#define PIPE_SLOT RVX_SLOT_REGION_FIRST

struct agent {
	struct rvx_channel pipe;
	uint64_t signals; /* all bits so far */
	uint64_t bytes;	  /* that came through the ring */
	uint64_t sum;	  /* of them */
};

/* Take what is in the ring. */
static void receive_bytes(struct agent *agent)
{
	uint8_t block[512];
	uint32_t moved;

	while (rvx_channel_receive(&agent->pipe, block, sizeof(block), &moved) == RVX_OK &&
	       moved > 0) {
		agent->sum = talk_sum(agent->sum, block, moved);
		agent->bytes += moved;
	}
}

static uint32_t answer(void *context, rvx_handle_t edge, struct rvx_message *message)
{
	struct agent *agent = context;
	uint32_t i;

	(void)edge;
	switch (RVX_EVENT_LABEL(message->label)) {
	case TALK_TURN:
		for (i = 0; i < RVX_MESSAGE_WORDS; i++)
			message->words[i] = talk_turn(message->words[i], i);
		return rvx_label_of(RVX_OK);
	case TALK_SIGNALS:
		message->words[0] = agent->signals;
		return rvx_label_of(RVX_OK);
	case TALK_CHECKSUM:
		receive_bytes(agent);
		message->words[0] = agent->bytes;
		message->words[1] = agent->sum;
		rvx_printf("agent_b: received %lu bytes in order\n", agent->bytes);
		(void)rvx_edge_signal(report, RVX_REPORT_DONE, 0);
		return rvx_label_of(RVX_OK);
	default:
		memset(message->words, 0, sizeof(message->words));
		return rvx_label_of(RVX_BAD_ARGUMENT);
	}
}

static void notified(void *context, rvx_handle_t edge, uint64_t bits)
{
	struct agent *agent = context;

	(void)edge;
	if ((bits & RVX_SIGNAL_DATA) != 0)
		receive_bytes(agent);
	agent->signals |= bits & UINT32_MAX;
}

int main(uint64_t argument)
{
	static const struct rvx_handlers handlers = { .call = answer, .notification = notified };
	static struct agent agent = { .sum = TALK_SUM_START };

	(void)argument;
	if (!rvx_channel_init_receiver(&agent.pipe, RVX_EDGE(0), PIPE_SLOT)) {
		(void)rvx_edge_signal(report, RVX_REPORT_FAILED, 0);
		return 1;
	}
	rvx_serve(&handlers, &agent);
}
