/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The words of the binary interface: handles, rights, object types, sizes.
 *
 *   handle    63           32 31            0
 *            +---------------+---------------+
 *            |  generation   |  slot index   |    0 is never valid
 *            +---------------+---------------+
 *
 * Time is counted in ticks of the virtual counter (CNTVCT_EL0), whose frequency
 * stands in the boot information. An absolute deadline of 0 means: none.
 */
#ifndef RUVIX_TYPES_H
#define RUVIX_TYPES_H

#include <stdint.h>

#ifdef __cplusplus
#define RVX_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define RVX_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

typedef uint64_t rvx_handle_t;
typedef uint64_t rvx_ticks_t;
typedef uint64_t rvx_object_id_t; /* retype serial << 32 | physical address >> 6 */

#define RVX_HANDLE_NONE ((rvx_handle_t)0)
#define RVX_GENERATION_MAX 0x7fffffffu

#define RVX_HANDLE(slot, generation) \
	((rvx_handle_t)(generation) << 32 | (rvx_handle_t)(uint32_t)(slot))
#define RVX_HANDLE_SLOT(handle) ((uint32_t)(handle))
#define RVX_HANDLE_GENERATION(handle) ((uint32_t)((handle) >> 32))

/* In an argument that names a capability table: the caller's own. */
#define RVX_TABLE_OWN RVX_HANDLE_NONE

/* Rights. Derivation only ever removes them. */
#define RVX_RIGHT_READ 0x01u	   /* regions: read; edges: receive and reply; tables: look */
#define RVX_RIGHT_WRITE 0x02u	   /* change the object; edges: signal, with READ also call */
#define RVX_RIGHT_GRANT 0x04u	   /* derive from it; edges: also carry capabilities */
#define RVX_RIGHT_REVOKE 0x08u	   /* revoke what was derived from it */
#define RVX_RIGHT_EXECUTE 0x10u	   /* regions: execute; tasks, partitions: start and stop */
#define RVX_RIGHT_PROVE 0x20u	   /* issue proofs */
#define RVX_RIGHT_GRANT_ONCE 0x40u /* derive; what is derived has neither grant right */
#define RVX_RIGHTS_ALL 0x7fu

enum rvx_object_type {
	RVX_OBJECT_NONE = 0, /* an empty slot */
	RVX_OBJECT_UNTYPED = 1,
	RVX_OBJECT_CAPTABLE = 2,
	RVX_OBJECT_PARTITION = 3,
	RVX_OBJECT_TASK = 4,
	RVX_OBJECT_REGION = 5,
	/* 6 is kept for ProofAuthority. */
	RVX_OBJECT_LEASE = 7,
	RVX_OBJECT_TELEMETRY = 9,    /* made at boot, never retyped */
	RVX_OBJECT_WITNESS_LOG = 10, /* made at boot, never retyped */
	RVX_OBJECT_MACHINE = 11,     /* made at boot, never retyped: console and power */
	RVX_OBJECT_EDGE = 12,	     /* this number lets one mask test type and rights */
	RVX_OBJECT_TYPE_COUNT = 13
};

/* Sizes of what retype makes, in bytes of the Untyped (whole-page objects are page aligned). */
#define RVX_PAGE_SIZE 4096u
#define RVX_BLOCK_SIZE 0x200000u
#define RVX_UNTYPED_LOG2_MIN 12u
#define RVX_UNTYPED_LOG2_MAX 38u
#define RVX_CAPTABLE_LOG2_MIN 4u
#define RVX_CAPTABLE_LOG2_MAX 16u
#define RVX_SLOT_SIZE 64u /* slot 0 of a table is never used */
#define RVX_CAPTABLE_SIZE(log2) (RVX_SLOT_SIZE + (RVX_SLOT_SIZE << (log2)))
#define RVX_PARTITION_TABLES_MAX 512u
#define RVX_PARTITION_SIZE(tables) ((2u + (tables)) * RVX_PAGE_SIZE)
#define RVX_TASK_SIZE 1536u
#define RVX_REGION_HEADER_SIZE 64u /* beside the pages of the region */
#define RVX_EDGE_SIZE 256u
#define RVX_LEASE_SIZE 256u

/* Limits. */
#define RVX_DERIVATION_DEPTH_MAX 8u
#define RVX_UNTYPED_NESTING_MAX 8u
#define RVX_TASK_EDGES_MAX 64u
#define RVX_TASK_LEASES_MAX 8u
#define RVX_LEASE_PAGES_MAX 64u
#define RVX_LEASE_TICKS_MAX ((uint64_t)1 << 40) /* of one grant or renewal */
#define RVX_LEASE_ENDLESS UINT64_MAX		/* as a duration: until it is returned */
#define RVX_INTERRUPT_FIRST 32u			/* those below belong to the cores */
#define RVX_DEVICE_BITS 40u			/* of a device's address */
#define RVX_PARTITION_TASKS_MAX 64u
#define RVX_DONATION_DEPTH_MAX 8u
#define RVX_MESSAGE_WORDS 8u
#define RVX_ADDRESS_BITS 39u
#define RVX_WINDOW_SIZE 0x4000000u /* one program, one window of 64 MiB */
#define RVX_WINDOW_COUNT 4096u

/* Options of task_schedule. */
#define RVX_SCHEDULE_PASSIVE 0x1u /* runs on its callers' contexts */
#define RVX_SCHEDULE_REFLEX 0x2u  /* goes before every Flow task */
#define RVX_SCHEDULE_HARD 0x4u	  /* used up: waits for its period's end */
#define RVX_SCHEDULE_FAULT 0x8u	  /* used up by the task itself: RVX_FAULT_BUDGET */
#define RVX_SCHEDULE_FLAGS 0xfu

/* Groups of eight registers for task_read_registers and task_write_registers. */
#define RVX_REGISTERS_X0_X7 0u
#define RVX_REGISTERS_X8_X15 1u
#define RVX_REGISTERS_X16_X23 2u
#define RVX_REGISTERS_X24_X30 3u /* the eighth word is 0 */
#define RVX_REGISTERS_CONTROL 4u /* sp, pc, NZCV, TPIDR_EL0, then zeros */
#define RVX_REGISTER_GROUPS 5u

enum rvx_partition_state {
	RVX_PARTITION_CREATED = 0,
	RVX_PARTITION_RUNNING = 1,
	RVX_PARTITION_SUSPENDED = 2,
	RVX_PARTITION_RECOVERY = 3 /* of its tasks only the supervisors run */
};

/*
 * A lease in one word:
 *
 *   63       48 47               12 11 10      4 3  2 1   0
 *  +-----------+-------------------+--+---------+----+-----+
 *  | interrupt |  physical address |0 |  pages  | 0  |state|
 *  +-----------+-------------------+--+---------+----+-----+
 */
enum rvx_lease_state {
	RVX_LEASE_EMPTY = 0,
	RVX_LEASE_GRANTED = 1,
	RVX_LEASE_ENDED = 2
};
#define RVX_LEASE_WORD(address, pages, interrupt, state) \
	((uint64_t)(interrupt) << 48 | (uint64_t)(address) | (uint64_t)(pages) << 4 | \
	 (uint64_t)(state))
#define RVX_LEASE_INTERRUPT(word) ((uint32_t)((word) >> 48))
#define RVX_LEASE_ADDRESS(word) ((uint64_t)(word) & 0xfffffffff000u)
#define RVX_LEASE_PAGES(word) ((uint32_t)((word) >> 4) & 0x7fu)
#define RVX_LEASE_STATE(word) ((uint32_t)(word) & 3u)

/*
 * What recv returns in x1 where the event is not a call: the upper half, which
 * holds a call's serial (never 0), is 0 and the lower half is one of these.
 */
enum rvx_event {
	RVX_EVENT_NOTIFICATION = 1, /* x2: the bits */
	RVX_EVENT_FAULT = 2,	/* x2: enum rvx_fault, x3: address, x4: pc, x5: syndrome, x6: sp */
	RVX_EVENT_INTERRUPT = 3 /* of a lease; x2: its number, x3: how many came since the last
				   event (0: none), x4: 1 if the lease has ended, else 0 */
};

#define RVX_EVENT_SERIAL(x1) ((uint32_t)((x1) >> 32))
#define RVX_EVENT_LABEL(x1) ((uint32_t)(x1))

enum rvx_fault {
	RVX_FAULT_DATA = 1,	   /* stage-2 abort on a load or store */
	RVX_FAULT_INSTRUCTION = 2, /* stage-2 abort on a fetch */
	RVX_FAULT_UNDEFINED = 3,   /* undefined or trapped instruction or register */
	RVX_FAULT_BREAKPOINT = 4,  /* BRK */
	RVX_FAULT_ALIGNMENT = 5,   /* misaligned pc or sp, or misaligned access */
	RVX_FAULT_SYSTEM_CALL = 6, /* SMC or HVC, where they are not undefined: at EL0 they are */
	RVX_FAULT_OTHER = 7,
	RVX_FAULT_BUDGET = 8, /* RVX_SCHEDULE_FAULT: its budget is used up */
};

/* One line of the telemetry, at index 2 * edge index + sending end. */
struct rvx_telemetry_line {
	uint64_t messages; /* calls and replies delivered; each carries 64 bytes */
	uint64_t signals;
	uint64_t bulk_bytes; /* stated with signals by ring transfers */
	uint64_t reserved[5];
};
RVX_STATIC_ASSERT(sizeof(struct rvx_telemetry_line) == 64, "telemetry line");

#endif
