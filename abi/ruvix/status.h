/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Every answer of a system call, grouped by whose fault it is. Append only: a
 * number once given is never used again. x0 is negative exactly on refusal.
 */
#ifndef RUVIX_STATUS_H
#define RUVIX_STATUS_H

/* X(name, value, text) */
#define RVX_STATUS_LIST(X) \
	X(OK, 0, "done") \
	/* authority */ \
	X(INVALID_HANDLE, -1, "the handle names no capability") \
	X(STALE, -2, "the handle, serial or token is of an earlier time") \
	X(WRONG_TYPE, -3, "the capability is for an object of another type") \
	X(NO_RIGHT, -4, "the capability lacks a right that the call needs") \
	X(NOT_BOUND, -5, "the caller is not bound to this end of the edge") \
	X(NOT_DERIVABLE, -6, "this capability cannot be copied or moved there") \
	X(NO_CREDIT, -7, "the witness kind may not be emitted by a server") \
	/* argument */ \
	X(UNKNOWN_CALL, -16, "no system call has this number") \
	X(BAD_ARGUMENT, -17, "an argument is outside what the call takes") \
	X(UNALIGNED, -18, "an address or size is not aligned") \
	X(OUT_OF_RANGE, -19, "an index, address or size is out of range or wraps") \
	/* object state */ \
	X(BUSY, -32, "the object is being revoked or is in use") \
	X(HAS_CHILDREN, -33, "capabilities are derived from it: revoke first") \
	X(OCCUPIED, -34, "the slot, end or address already holds something") \
	X(NOT_MAPPED, -35, "the capability maps nothing") \
	X(ALREADY_MAPPED, -36, "the capability already maps its region") \
	X(WX_CONFLICT, -37, "a region is writable or executable, never both") \
	X(PEER_DEAD, -38, "the far end of the edge is gone") \
	X(PEER_RESTARTED, -39, "the far end was restarted before it replied") \
	X(TIMED_OUT, -40, "the deadline passed") \
	X(WRONG_STATE, -41, "the object is in a state that does not allow this") \
	X(NOT_CALLING, -42, "nobody waits for this reply") \
	X(NOTHING, -43, "there is nothing (more) to report") \
	X(EXPIRED, -44, "the lease has ended") \
	/* resource */ \
	X(NO_MEMORY, -48, "the Untyped has not enough memory left") \
	X(NO_TABLES, -49, "the partition's page-table pool is empty") \
	X(WITNESS_FULL, -50, "no witness credit left: nothing was changed") \
	X(DEPTH_EXCEEDED, -51, "derivation, nesting or donation is too deep") \
	X(LIMIT, -52, "a fixed limit of the kernel is reached") \
	X(NO_SLOT, -53, "the receiver has no free slot for the capability") \
	X(NOT_ADMITTED, -54, "the core's share for Reflex tasks would exceed its limit")

enum rvx_status {
#define RVX_STATUS_VALUE(name, value, text) RVX_##name = (value),
	RVX_STATUS_LIST(RVX_STATUS_VALUE)
#undef RVX_STATUS_VALUE
};

#endif
