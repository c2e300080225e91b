/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What agent_a and agent_b say to each other over their edge `talk`, and how they check it: a call
 * carries eight words that follow from a number, and the reply eight that follow from those.
 */
#ifndef EXAMPLES_TALK_H
#define EXAMPLES_TALK_H

#include "libruvix/ruvix.h"

enum talk_label {
	TALK_TURN = 1,	   /* words: any eight; reply: each of them turned */
	TALK_CHECKSUM = 2, /* reply: word 0: bytes that came through the ring, word 1: their sum */
	TALK_SIGNALS = 3,  /* reply: word 0: all bits that were signalled so far */
};

#define TALK_CALLS 256u
#define TALK_SIGNAL_COUNT 32u  /* bits 0 to 31, one signal each */
#define TALK_RING_BYTES 65536u /* through the ring `pipe`, many times its capacity */

/* What TALK_TURN does to a word. */
static inline uint64_t talk_turn(uint64_t word, uint32_t place)
{
	return ((word << 17 | word >> 47) ^ 0x9e3779b97f4a7c15u) + place;
}

/* A word, or a byte, of a sequence that never repeats within a run. */
static inline uint64_t talk_word(uint64_t number)
{
	uint64_t word = (number + 1) * 0xbf58476d1ce4e5b9u;

	return word ^ word >> 29;
}

/* A sum that notices lost, doubled and exchanged bytes. */
static inline uint64_t talk_sum(uint64_t sum, const uint8_t *bytes, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

#define TALK_SUM_START 0xcbf29ce484222325u

#endif
