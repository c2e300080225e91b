/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The witness record: 64 bytes, little endian, one for every privileged change,
 * written before the change.
 *
 *    0        8       16 18 19 20    24       32       40       48            64
 *   +--------+--------+--+--+--+-----+--------+--------+--------+-------------+
 *   |sequence|  time  |ki|cl|fl|actor| object |   p0   |   p1   |     mac     |
 *   +--------+--------+--+--+--+-----+--------+--------+--------+-------------+
 *
 * mac = SipHash-2-4-128(key, previous mac | bytes 0..47), the previous mac of the
 * first record being 16 zero bytes. After each record the key is replaced by
 * SipHash-2-4-128(key, "RuVix-key-evolve"), 16 bytes. The first key of a boot is
 * the first 16 bytes of BLAKE2b-256 keyed with the 32-byte device secret over
 * log id (16) | boot number (u64) | nonce (16).
 *
 * Kinds and the meaning of object, p0 and p1 come from witness.toml. A place in a
 * capability table is packed in the upper 48 bits of a word:
 *
 *   63                    32 31        16 15          0
 *  +------------------------+------------+-------------+
 *  | retype serial of table | slot index | by the kind |
 *  +------------------------+------------+-------------+
 */
#ifndef RUVIX_WITNESS_H
#define RUVIX_WITNESS_H

#include <ruvix/types.h>

struct rvx_witness {
	uint64_t sequence; /* from 0 in each boot, without a gap */
	uint64_t time;	   /* ticks */
	uint16_t kind;
	uint8_t class_;
	uint8_t flags;
	uint32_t actor;	 /* partition number << 16 | its generation; 0: the kernel */
	uint64_t object; /* id */
	uint64_t p0;
	uint64_t p1;
	uint8_t mac[16];
};
RVX_STATIC_ASSERT(sizeof(struct rvx_witness) == 64, "witness record");

#define RVX_WITNESS_SIGNED_BYTES 48u

/* class_ */
#define RVX_WITNESS_TIER 0x03u /* proof tier: 0 kernel's own, 1 capability, 2, 3 */
#define RVX_WITNESS_OUTCOME 0x0cu
#define RVX_WITNESS_ALLOWED 0x00u
#define RVX_WITNESS_DENIED 0x04u
#define RVX_WITNESS_BEGIN 0x08u
#define RVX_WITNESS_END 0x0cu
#define RVX_WITNESS_CRITICAL 0x10u
#define RVX_WITNESS_RESERVE 0x20u   /* from the kernel's reserve */
#define RVX_WITNESS_CONTINUED 0x40u /* goes on from the record before */

/* flags */
#define RVX_WITNESS_BY_SERVER 0x01u /* emitted by a server about itself */

/* Added to the kind in log_emit: the record goes on from the one before. */
#define RVX_EMIT_CONTINUED 0x10000u

#define RVX_WITNESS_PLACE(table_serial, slot, low) \
	((uint64_t)(uint32_t)(table_serial) << 32 | (uint64_t)((slot) & 0xffffu) << 16 | \
	 ((uint64_t)(low) & 0xffffu))
#define RVX_PLACE_TABLE(word) ((uint32_t)((word) >> 32))
#define RVX_PLACE_SLOT(word) ((uint32_t)((word) >> 16) & 0xffffu)
#define RVX_PLACE_LOW(word) ((uint32_t)(word) & 0xffffu)

/* Where something is mapped: partition number, page address, rights in the low bits. */
#define RVX_MAPPING(partition, address, rights) \
	((uint64_t)(uint16_t)(partition) << 48 | ((uint64_t)(address) & 0xfffffffff000u) | \
	 ((uint64_t)(rights) & 0x7fu))
#define RVX_MAPPING_PARTITION(word) ((uint32_t)((word) >> 48))
#define RVX_MAPPING_ADDRESS(word) ((uint64_t)(word) & 0xfffffffff000u)
#define RVX_MAPPING_RIGHTS(word) ((uint32_t)(word) & 0x7fu)

/*
 * A segment of a drained log: header and 62 records, 4 KiB. The chain of headers
 * binds (BLAKE2b-256); the records' macs authenticate.
 */
#define RVX_SEGMENT_MAGIC 0x4745535849565552u /* "RUVIXSEG" */
#define RVX_SEGMENT_VERSION 1u
#define RVX_SEGMENT_RECORDS 62u

struct rvx_segment_header {
	uint64_t magic;
	uint16_t version;
	uint16_t count; /* of records, 1..62 */
	uint32_t reserved;
	uint64_t segment; /* from 0 in each boot */
	uint64_t first_sequence;
	uint64_t boot;
	uint64_t frequency; /* ticks a second */
	uint8_t log_id[16];
	uint8_t previous_hash[32]; /* BLAKE2b-256 of the previous header; zeros for the first */
	uint8_t body_hash[32];	   /* BLAKE2b-256 of the records */
};
RVX_STATIC_ASSERT(sizeof(struct rvx_segment_header) == 128, "segment header");

struct rvx_segment {
	struct rvx_segment_header header;
	struct rvx_witness records[RVX_SEGMENT_RECORDS];
};
RVX_STATIC_ASSERT(sizeof(struct rvx_segment) == 4096, "segment");

/*
 * One capability as log_inspect reports it. `detail` is of the object and only
 * given with its master capability, else 0:
 *   Untyped    size log2, 0
 *   CapTable   slots log2, 0
 *   Partition  number << 16 | generation, state
 *   Task       partition's id, CapTable's id (0: not bound)
 *   Region     pages, 0
 *   Edge       id of the task at end 0, at end 1 (0: not bound)
 *   Lease      RVX_LEASE_WORD, id of the task that is told (0: none)
 */
struct rvx_state_entry {
	uint64_t place;	  /* RVX_WITNESS_PLACE(table, slot, rights | end << 8) */
	uint64_t object;  /* id */
	uint64_t type;	  /* low byte: type; bit 8: master; bits 16..23: level in the tree */
	uint64_t mapping; /* RVX_MAPPING, 0: none */
	uint64_t detail[2];
	uint64_t reserved[2];
};
RVX_STATIC_ASSERT(sizeof(struct rvx_state_entry) == 64, "state entry");
#define RVX_STATE_MASTER 0x100u
#define RVX_STATE_LEVEL(type) ((uint32_t)((type) >> 16) & 0xffu)

#endif
