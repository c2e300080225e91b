/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What a case works with: memory that is revoked after it, partitions whose tasks run functions of
 * the test program, the witness log, and the state of all capabilities.
 *
 *   window  0        16 MiB    24      26      28      30       32 MiB             64 MiB
 *          +--------+---------+-------+-------+-------+--------+---------+--------------+
 *          | program| scratch | log   | teleme| board | gates  | stacks  | .. free ..   |
 *          +--------+---------+-------+-------+-------+--------+---------+--------------+
 *
 * A guest's partition maps the program's text and constants, which it shares with the root, at the
 * root's addresses; a copy of the root's data as it is when the guest is made; a stack; and the
 * board, a page that all see and write. A guest tells things by `guest_tell`, a breakpoint whose
 * registers the root, its supervisor, reads.
 */
#ifndef TESTS_GUEST_WORLD_H
#define TESTS_GUEST_WORLD_H

#include "libruvix/ruvix.h"

/* Places in the window. */
#define WORLD_SCRATCH 0x1000000u
#define WORLD_LOG 0x1800000u
#define WORLD_TELEMETRY 0x1a00000u
#define WORLD_BOARD 0x1c00000u
#define WORLD_GATES 0x1e00000u
#define WORLD_STACKS 0x2000000u
#define WORLD_FREE 0x3000000u

#define WORLD_ARENA_LOG2 26u
#define WORLD_OWN_TASK RVX_SLOT_HANDLE(RVX_BOOT_TASK)
#define WORLD_OWN_PARTITION RVX_SLOT_HANDLE(RVX_BOOT_PARTITION)
#define WORLD_OWN_TABLE RVX_SLOT_HANDLE(RVX_BOOT_CAPTABLE)
#define WORLD_MACHINE RVX_SLOT_HANDLE(RVX_BOOT_MACHINE)
#define WORLD_WITNESS_LOG RVX_SLOT_HANDLE(RVX_BOOT_WITNESS_LOG)

struct world {
	/* Written once by world_init, then constant. */
	const struct rvx_boot_info *boot;
	uint64_t base;	      /* of the window */
	rvx_handle_t untyped; /* the largest */
	rvx_handle_t board;   /* the region's master */
	uint32_t first_slot;  /* of the root's table that cases use */
	/* Of the case that runs. */
	rvx_handle_t arena; /* an Untyped: what is made from it ends with the case */
	uint32_t next_slot;
	uint32_t next_stack;
	uint64_t next_badge;
};
extern struct world world;

void world_init(const struct rvx_boot_info *boot);
/* Around each case. */
void world_begin(void);
void world_end(void);

/* The next slot of the root's table that the case has not used. */
uint32_t world_slot(void);
/* Make an object out of the arena. */
rvx_handle_t world_make(enum rvx_object_type type, uint64_t size);
/* A capability of the root's own with fewer rights. */
rvx_handle_t world_copy(rvx_handle_t source, uint64_t rights);
/* A number below `limit`; the same sequence in each run with one seed. */
uint64_t world_random(uint64_t limit);
void world_seed(uint64_t seed);
/* The number after `name=` on the command line, or `otherwise`. */
uint64_t world_option(const char *name, uint64_t otherwise);

static inline void *world_address(uint64_t offset)
{
	return (void *)(world.base + offset);
}

/* The page that everybody shares, for words that are stored and loaded whole. */
static inline volatile uint64_t *board(void)
{
	return world_address(WORLD_BOARD);
}

/*
 * Guests.
 */

#define GUEST_TABLES 8u
#define GUEST_SLOTS_LOG2 8u
#define GUEST_STACK_PAGES 2u
#define GUEST_CREDITS 256u

struct guest {
	rvx_handle_t table, partition, task; /* in the root's table */
	uint32_t number;		     /* of its partition */
	uint64_t badge;			     /* of its faults */
	uint64_t stack_top;
};

/*
 * A partition with one task, not started. What it has stands in the slots of ruvix_slots.h. With
 * the option spread=1 tasks go to one core after the other, else all live on core 0.
 */
void guest_make(struct guest *guest);
/* One more task in the same partition. */
void guest_make_beside(struct guest *guest, const struct guest *other);
/* Run a function, and the partition if it does not run yet. */
void guest_start(const struct guest *guest, void (*entry)(uint64_t), uint64_t argument);
/* Put what the root holds into a slot of the guest's table, with some of its rights. */
rvx_handle_t guest_give(const struct guest *guest, rvx_handle_t source, uint32_t slot,
			uint64_t rights);
/* The same with a region, and map it. */
rvx_handle_t guest_map(const struct guest *guest, rvx_handle_t region, uint32_t slot,
		       uint64_t address, uint64_t rights);
/* The root as a guest: the end of an edge can be its own. */
struct guest guest_root(void);

/*
 * An edge between two guests. Each end's capability lies in a slot of its task's table, which for
 * the root is the next one, and its badge is what the slot's first handle would be.
 */
struct guest_end {
	const struct guest *guest;
	uint32_t slot;
	uint32_t receive_slot; /* 0: none */
	rvx_handle_t handle;   /* in the guest's table */
	rvx_handle_t bound;    /* the root's, through which it was bound */
};
rvx_handle_t guest_join(struct guest_end *one, struct guest_end *other);

/* What a guest's fault says. */
struct guest_fault {
	uint64_t badge;
	uint64_t kind, address, pc, syndrome, sp;
};
/* Wait for a fault of any guest. False: none came in time. */
MUST_CHECK bool guest_wait_fault(struct guest_fault *fault, uint64_t us);
/* Let a faulted guest go on `bytes` behind where it stands. */
void guest_step(const struct guest *guest, uint64_t bytes);

#define GUEST_TELL_BREAKPOINT 0x7e11u
#define GUEST_WORDS 8u

/* In a guest: hand words to the root and wait for its answer. */
static inline uint64_t guest_tell(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;
	register uint64_t x2 __asm__("x2") = c;
	register uint64_t x3 __asm__("x3") = d;

	__asm__ volatile("brk #0x7e11" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

/* In the root: wait for what the guest tells. False: it did something else, which is a failure. */
bool guest_hear(const struct guest *guest, uint64_t words[GUEST_WORDS]);
/* Let it go on with an answer. */
void guest_answer(const struct guest *guest, uint64_t answer);

/*
 * The witness log and the state of all capabilities.
 */

struct log_status {
	uint64_t next, acknowledged, credits, credits_free;
};
struct log_status log_status(void);
/* A record that is in the ring. */
const volatile struct rvx_witness *log_record(uint64_t sequence);
/* Acknowledge all records, those included that come of it. */
void log_drain(void);
/* Records of a kind from a sequence on; `first` (NULL: not wanted) is the first one's sequence. */
uint64_t log_count(uint64_t from, uint16_t kind, uint64_t *first);

struct snapshot {
	uint64_t count;
	uint64_t hash;
};
struct snapshot snapshot_take(void);
bool snapshot_is_equal(struct snapshot a, struct snapshot b);

#define EXPECT_UNCHANGED(before) EXPECT(snapshot_is_equal((before), snapshot_take()))

#endif
