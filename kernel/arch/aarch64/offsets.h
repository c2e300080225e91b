/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Where assembly finds what C laid out. Checked by _Static_assert in exception.c.
 */
#ifndef KERNEL_AARCH64_OFFSETS_H
#define KERNEL_AARCH64_OFFSETS_H

#define FRAME_X(n) ((n) * 8)
#define FRAME_SP 0xf8
#define FRAME_PC 0x100
#define FRAME_PSTATE 0x108
#define FRAME_TPIDR 0x110
#define TASK_EXTENDED 0x118
#define TASK_SLOTS 0x128
#define TASK_SLOT_COUNT 0x130
#define TASK_KEY 0x138
#define TASK_CONTEXT 0x140
#define TASK_PARTITION 0x148
#define TASK_CPTR 0x150
#define TASK_CORE 0x158
#define TASK_RECEIVING_KEY 0x160
#define TASK_WAITING 0x168
#define TASK_PENDING 0x170
#define TASK_DONOR 0x178
#define TASK_DEPTH 0x180
#define TASK_ZERO 0x188

#define CORE_LOCK_SERVING 0
#define CORE_LOCK_NEXT 4
#define CORE_STACK_TOP 8
#define CORE_READY_KEY 16
#define CORE_CALLING_KEY 24
#define CORE_CURRENT 32
#define CORE_FIRST_KEY 40
#define CORE_RUNNING 48
#define CORE_FIRST_TIMEOUT 64
#define CORE_TIMER_AT 72

#define PARTITION_VTTBR 32

#define SLOT_SHIFT 6
#define END_PEER 0
#define END_TASK 16
#define END_SERIAL 32
#define END_FAR 40
#define LINE_MESSAGES 0
#define CONTEXT_KEY 0
#define CONTEXT_USER 16
#define CONTEXT_DEADLINE 24
#define CONTEXT_LEFT 32
#define CONTEXT_BUDGET 48
#define CONTEXT_FLAGS 72

#endif
