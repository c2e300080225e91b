/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Where assembly finds what C laid out: X(name, offset, struct, member), said once. exception.c
 * makes an assertion of each line, and the assembler a symbol.
 */
#ifndef KERNEL_AARCH64_OFFSETS_H
#define KERNEL_AARCH64_OFFSETS_H

#define OFFSETS(X) \
	X(FRAME_SP, 0xf8, task, frame.sp) \
	X(FRAME_PC, 0x100, task, frame.pc) \
	X(FRAME_PSTATE, 0x108, task, frame.pstate) \
	X(FRAME_TPIDR, 0x110, task, frame.tpidr) \
	X(TASK_EXTENDED, 0x118, task, extended) \
	X(TASK_SLOTS, 0x128, task, slots) \
	X(TASK_SLOT_COUNT, 0x130, task, slot_count) \
	X(TASK_KEY, 0x138, task, key) \
	X(TASK_CONTEXT, 0x140, task, context) \
	X(TASK_PARTITION, 0x148, task, partition) \
	X(TASK_CPTR, 0x150, task, cptr) \
	X(TASK_CORE, 0x158, task, core) \
	X(TASK_RECEIVING_KEY, 0x160, task, receiving_key) \
	X(TASK_WAITING, 0x168, task, waiting) \
	X(TASK_PENDING, 0x170, task, pending) \
	X(TASK_DONOR, 0x178, task, donor) \
	X(TASK_DEPTH, 0x180, task, depth) \
	X(TASK_ZERO, 0x188, task, zero) \
	X(CORE_LOCK_SERVING, 0, core, lock.serving) \
	X(CORE_LOCK_NEXT, 4, core, lock.next) \
	X(CORE_STACK_TOP, 8, core, stack_top) \
	X(CORE_READY_KEY, 16, core, ready_key) \
	X(CORE_CALLING_KEY, 24, core, calling_key) \
	X(CORE_CURRENT, 32, core, current) \
	X(CORE_FIRST_KEY, 40, core, first_key) \
	X(CORE_RUNNING, 48, core, running) \
	X(CORE_FIRST_TIMEOUT, 64, core, first_timeout) \
	X(CORE_TIMER_AT, 72, core, timer_at) \
	X(PARTITION_VTTBR, 32, partition, vttbr) \
	X(END_PEER, 0, edge_end, peer) \
	X(END_TASK, 16, edge_end, task) \
	X(END_SERIAL, 32, edge_end, serial) \
	X(END_FAR, 40, edge_end, far) \
	X(LINE_MESSAGES, 0, rvx_telemetry_line, messages) \
	X(CONTEXT_KEY, 0, context, ready.key) \
	X(CONTEXT_USER, 16, context, user) \
	X(CONTEXT_DEADLINE, 24, context, deadline) \
	X(CONTEXT_LEFT, 32, context, left) \
	X(CONTEXT_BUDGET, 48, context, budget) \
	X(CONTEXT_FLAGS, 72, context, flags)

#define FRAME_X(n) ((n) * 8)
#define SLOT_SHIFT 6

#ifdef __ASSEMBLER__
#define OFFSET_SYMBOL(name, offset, type, member) .equ name, offset;
OFFSETS(OFFSET_SYMBOL)
#endif

#endif
