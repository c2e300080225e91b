/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What a client says to the console server, by calls over an edge. Bytes travel packed little
 * endian in words 1 to 7; word 0 is a count. Replies carry an enum rvx_status as their label.
 */
#ifndef RUVIX_CONSOLE_H
#define RUVIX_CONSOLE_H

#include <ruvix/types.h>

#define RVX_CONSOLE_VERSION 1u
#define RVX_CONSOLE_BYTES_MAX 56u /* in one call */

enum rvx_console_call {
	/* Word 0: the client's version. Reply: WRONG_STATE if it is another, word 0: the server's. */
	RVX_CONSOLE_HELLO = 1,
	/* Word 0: count, 1 to 56; then the bytes. Reply: word 0: how many were taken, from the first
	 * on: fewer where the queue is full; try again with the rest. */
	RVX_CONSOLE_WRITE = 2,
	/* Word 0: how many at most, 1 to 56. Reply: word 0: how many there were, 0: none yet; then
	 * the bytes. */
	RVX_CONSOLE_READ = 3,
	/* Reply: word 0: bytes written, 1: received, 2: of these lost for want of room or by noise. */
	RVX_CONSOLE_STATUS = 4
};

#endif
