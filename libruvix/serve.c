/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The receive loop. Every call gets exactly one reply, whatever it asks; a reply that is refused
 * (the caller is gone, or gave up) is dropped, and the loop goes on.
 */
#include "libruvix/ruvix.h"

/* Let the handlers take the event in `message`. True: it was a call, and is now its reply. */
static bool dispatch(const struct rvx_handlers *handlers, void *context,
		     struct rvx_message *message)
{
	if (rvx_is_call(message)) {
		const uint64_t label = message->label;
		uint32_t reply = rvx_label_of(RVX_BAD_ARGUMENT);

		if (handlers->call)
			reply = handlers->call(context, message->badge, message);
		/* The serial that came goes back, whatever the handler did to the label. */
		message->label = label;
		rvx_reply_label(message, reply);
		return true;
	}

	switch (RVX_EVENT_LABEL(message->label)) {
	case RVX_EVENT_NOTIFICATION:
		if (handlers->notification)
			handlers->notification(context, message->badge, message->words[0]);
		break;
	case RVX_EVENT_FAULT:
		if (handlers->fault)
			handlers->fault(context, message->badge, message->words);
		break;
	case RVX_EVENT_INTERRUPT:
		if (handlers->interrupt)
			handlers->interrupt(context, message->badge, message->words);
		break;
	default:
		/* A kind of event that came with a newer kernel. */
		break;
	}
	return false;
}

enum rvx_status rvx_serve_once(const struct rvx_handlers *handlers, void *context,
			       rvx_ticks_t deadline)
{
	struct rvx_message message;
	enum rvx_status status = rvx_recv_until(&message, deadline);
	rvx_handle_t edge;

	if (status != RVX_OK)
		return status;
	edge = message.badge;
	if (dispatch(handlers, context, &message))
		(void)rvx_edge_reply(edge, &message);
	return RVX_OK;
}

void rvx_serve(const struct rvx_handlers *handlers, void *context)
{
	struct rvx_message message = { .badge = 0 };
	enum rvx_status status = rvx_recv(&message);

	for (;;) {
		const rvx_handle_t edge = message.badge;

		/* A refused reply has received nothing. */
		if (status == RVX_OK && dispatch(handlers, context, &message))
			status = rvx_edge_reply_recv(edge, &message);
		else
			status = rvx_recv(&message);
	}
}

static uint32_t refuse(void *context, rvx_handle_t edge, struct rvx_message *message)
{
	(void)context;
	(void)edge;
	memset(message->words, 0, sizeof(message->words));
	return rvx_label_of(RVX_PEER_DEAD);
}

void rvx_finish(void)
{
	/* On the stack: .data may not be what it was when an assertion ends here. */
	const struct rvx_handlers handlers = { .call = refuse };

	rvx_serve(&handlers, NULL);
}
