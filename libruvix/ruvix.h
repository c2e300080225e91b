/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What a RuVix program includes: system calls, the receive loop, rings with a doorbell, console
 * output, assertions. A program is one file with a `main`; no libc is needed.
 *
 *	int main(uint64_t argument)
 *	{
 *		static const struct rvx_handlers handlers = { .call = answer };
 *
 *		rvx_print("ready\n");
 *		rvx_serve(&handlers, NULL);
 *	}
 *
 * System calls are the functions of calls.h, one each, made from abi/syscalls.toml: they return
 * an enum rvx_status and put results where their last pointers say (NULL: not wanted).
 */
#ifndef LIBRUVIX_RUVIX_H
#define LIBRUVIX_RUVIX_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ruvix/kinds.h>
#include <ruvix/status.h>
#include <ruvix/types.h>
#include <ruvix/version.h>
#include <ruvix/witness.h>

#include "lib/attributes.h"
#include "lib/format.h"
#include "lib/memory.h"
#include "libruvix/calls.h"
#include "libruvix/names.h"
#include "libruvix/ring.h"
#include "libruvix/ruvix_slots.h"

/*
 * Start and end.
 */

/* The program's own. `argument` is what its builder passed; the root's is struct rvx_boot_info. */
int main(uint64_t argument);

/* Nothing more to do: answer every call with PEER_DEAD for ever. Also where main returns to. */
_Noreturn void rvx_finish(void);

/* A variable that keeps its value over a restart in place; it starts as zero. */
#define RVX_PERSISTENT __attribute__((section(".bss.persistent")))

/*
 * Console: the Machine capability in slot RVX_SLOT_MACHINE. Without one output is lost. A line of
 * at most 64 bytes is printed as a whole.
 */

void rvx_print(const char *text);
void rvx_printf(const char *pattern, ...) PRINTF_LIKE(1, 2);
void rvx_printf_list(const char *pattern, va_list arguments) PRINTF_LIKE(1, 0);

/* Stop with a report to the console and a breakpoint fault to the supervisor. */
#define rvx_assert(fact) ((fact) ? (void)0 : rvx_assert_failed(#fact, __FILE_NAME__, __LINE__))
_Noreturn void rvx_assert_failed(const char *fact, const char *file, int line);

/* What third-party libraries call when they are misused: an assertion that failed. */
_Noreturn void abort(void);

/*
 * Time, in ticks of the virtual counter.
 */

static inline rvx_ticks_t rvx_ticks_now(void)
{
	uint64_t ticks;

	/* Without the barrier the counter could be read ahead of what came before. */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

static inline uint64_t rvx_ticks_per_second(void)
{
	uint64_t frequency;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	return frequency;
}

/* `us` up to 2^36, which is 19 hours. */
static inline rvx_ticks_t rvx_ticks_from_us(uint64_t us)
{
	return us * rvx_ticks_per_second() / 1000000u;
}

/*
 * Events. A received message is a call if its serial is not 0: then `badge` tells the end it came
 * by and it must get exactly one reply. Else its label is an enum rvx_event.
 */

static inline bool rvx_is_call(const struct rvx_message *message)
{
	return RVX_EVENT_SERIAL(message->label) != 0;
}

/* Turn a call into its own reply: what is left to do is to fill in the words. */
static inline void rvx_reply_label(struct rvx_message *message, uint32_t label)
{
	message->label = (message->label & ~UINT64_C(0xffffffff)) | label;
}

/* Labels of replies are statuses, as 32-bit numbers, unless a protocol says otherwise. */
static inline uint32_t rvx_label_of(enum rvx_status status)
{
	return (uint32_t)(int32_t)status;
}

/* What a program does with its events; a handler that is NULL stands for doing nothing. */
struct rvx_handlers {
	/*
	 * A call from the far end of `edge`. The message is the request and becomes the reply: set
	 * its words and return its label. Without this handler calls are answered BAD_ARGUMENT.
	 */
	uint32_t (*call)(void *context, rvx_handle_t edge, struct rvx_message *message);
	/* Bits were signalled from the far end of `edge`. */
	void (*notification)(void *context, rvx_handle_t edge, uint64_t bits);
	/* A task this one supervises has faulted: `words` as at RVX_EVENT_FAULT, from x2 on. */
	void (*fault)(void *context, uint64_t badge, const uint64_t words[RVX_MESSAGE_WORDS]);
	/* A lease's interrupt came, or the lease ended: `words` as at RVX_EVENT_INTERRUPT. */
	void (*interrupt)(void *context, uint64_t badge, const uint64_t words[RVX_MESSAGE_WORDS]);
};

/*
 * Receive and handle events for ever. Edges' badges must be their handles, as they are where the
 * manifest gives no badges.
 */
_Noreturn void rvx_serve(const struct rvx_handlers *handlers, void *context);

/* Receive and handle one event, or return TIMED_OUT when `deadline` (0: none) has passed. */
MUST_CHECK enum rvx_status rvx_serve_once(const struct rvx_handlers *handlers, void *context,
					  rvx_ticks_t deadline);

/*
 * Memory given by the builder.
 */

/* Where the region in `slot` of the caller's table is mapped and how many bytes it has (`size`
 * may be NULL). Returns NULL if nothing is mapped through that slot. */
void *rvx_region_address(uint32_t slot, uint64_t *size);

/*
 * A channel: a ring with the edge that rings its bell. An edge serves one channel each way.
 */

#define RVX_SIGNAL_DATA (UINT64_C(1) << 63)  /* the peer pushed */
#define RVX_SIGNAL_SPACE (UINT64_C(1) << 62) /* the peer popped, and was asked to say so */

struct rvx_channel {
	struct rvx_ring ring;
	rvx_handle_t edge;
};

/* Set up a channel's sending or receiving end in the region in `slot`. False: no region is mapped
 * through that slot, or it is too small for a ring. */
MUST_CHECK bool rvx_channel_init_sender(struct rvx_channel *channel, rvx_handle_t edge,
					uint32_t slot);
MUST_CHECK bool rvx_channel_init_receiver(struct rvx_channel *channel, rvx_handle_t edge,
					  uint32_t slot);

/*
 * Send what there is space for, receive what there is; neither waits. *moved is the number of
 * bytes. RVX_SIGNAL_SPACE comes after a send of less than asked, RVX_SIGNAL_DATA after data.
 * Errors: those of edge_signal; WRONG_STATE: the peer has broken the ring.
 */
MUST_CHECK enum rvx_status rvx_channel_send(struct rvx_channel *channel, const void *data,
					    uint32_t size, uint32_t *moved);
MUST_CHECK enum rvx_status rvx_channel_receive(struct rvx_channel *channel, void *data,
					       uint32_t size, uint32_t *moved);

/*
 * What a program signals to the root task over its edge, if the manifest gives it one.
 */

#define RVX_REPORT_DONE UINT64_C(1)
#define RVX_REPORT_FAILED UINT64_C(2)

#endif
