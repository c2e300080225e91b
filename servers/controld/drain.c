/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ring is read where the kernel writes it, through a read-only mapping: records below the
 * `next` that log_status told are final until they are acknowledged, and they are acknowledged
 * only when the segment that holds them is closed.
 *
 *   ring  ... | acknowledged ...... next | being written ...
 *              `--- drained here ---'
 *
 * Segments chain: each header has the hash of its records and of the header before it.
 */
#include "servers/controld/drain.h"

#include <sodium/crypto_generichash.h>

#include "servers/controld/builder.h"
#include "libruvix/ruvix.h"

#define HASH_SIZE 32u
#define TALLIES_MAX 128u

/* What was coalesced in the kernel is recorded when the record before it is acknowledged. */
#define FINISH_ROUNDS_MAX 16u
#define STATE_ATTEMPTS_MAX 4u

/* Both outlive a restart in place, with all that is written about them below. */
RVX_PERSISTENT struct controld_drain drained_log;
RVX_PERSISTENT struct controld_state drained_state;

static const rvx_handle_t own_log = RVX_SLOT_HANDLE(RVX_BOOT_WITNESS_LOG);

/* Written once by drain_init, then constant. */
static struct {
	const struct rvx_boot_info *boot;
	const struct rvx_witness *records;
	uint64_t mask;
} ring;

static struct drain_tally tallies[TALLIES_MAX];

enum rvx_status drain_init(const struct rvx_boot_info *boot)
{
	ring.boot = boot;
	ring.records = (const struct rvx_witness *)(boot->root_base + ROOT_RING);
	ring.mask = boot->ring_records - 1;
	drained_log.magic = DRAIN_LOG_MAGIC;
	drained_log.segments_max = DRAIN_SEGMENTS_MAX;
	return rvx_region_map(RVX_TABLE_OWN, own_log, RVX_SLOT_HANDLE(RVX_BOOT_PARTITION),
			      boot->root_base + ROOT_RING, RVX_RIGHT_READ);
}

static void hash(uint8_t out[HASH_SIZE], const void *data, size_t size)
{
	(void)crypto_generichash(out, HASH_SIZE, data, size, NULL, 0);
}

static void tally_add(const struct rvx_witness *record)
{
	const uint32_t number = record->actor >> 16;

	if (number >= TALLIES_MAX)
		return;
	tallies[number].records++;
	if (record->kind == RVX_WITNESS_PROOF_REJECTED)
		tallies[number].refusals += record->p1;
}

/* Make the next `count` records of the ring the next segment. There is room for it. */
static void segment_close(uint32_t count)
{
	struct rvx_segment *segment = &drained_log.segments[drained_log.segment_count];
	struct rvx_segment_header *header = &segment->header;
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct rvx_witness *record = &segment->records[i];
		const uint64_t sequence = drained_log.next_sequence + i;

		*record = ring.records[sequence & ring.mask];
		if (record->sequence != sequence)
			drained_log.is_broken = 1;
		tally_add(record);
	}

	*header = (struct rvx_segment_header){
		.magic = RVX_SEGMENT_MAGIC,
		.version = RVX_SEGMENT_VERSION,
		.count = (uint16_t)count,
		.segment = drained_log.segment_count,
		.first_sequence = drained_log.next_sequence,
		.boot = ring.boot->boot,
		.frequency = ring.boot->frequency,
	};
	memcpy(header->log_id, ring.boot->log_id, sizeof(header->log_id));
	if (drained_log.segment_count > 0)
		hash(header->previous_hash, &segment[-1].header, sizeof(segment[-1].header));
	hash(header->body_hash, segment->records, count * sizeof(segment->records[0]));

	drained_log.record_count += count;
	drained_log.next_sequence += count;
	drained_log.segment_count++;
}

/* The kernel takes back a limited number of places a call. */
static enum rvx_status acknowledge(void)
{
	uint64_t before = 0, acknowledged = 0;
	enum rvx_status status;

	do {
		before = acknowledged;
		status = rvx_log_acknowledge(own_log, drained_log.next_sequence, &acknowledged);
	} while (status == RVX_OK && acknowledged < drained_log.next_sequence &&
		 acknowledged > before);
	return status;
}

enum rvx_status drain_records(bool everything)
{
	const uint64_t before = drained_log.next_sequence;
	uint64_t next = 0, left;
	enum rvx_status status = rvx_log_status(own_log, &next, NULL, NULL, NULL);

	if (status != RVX_OK)
		return status;
	while ((left = next - drained_log.next_sequence) > 0) {
		if (left < RVX_SEGMENT_RECORDS && !everything)
			break;
		if (drained_log.segment_count == DRAIN_SEGMENTS_MAX) {
			drained_log.is_full = 1;
			break;
		}
		segment_close(left < RVX_SEGMENT_RECORDS ? (uint32_t)left : RVX_SEGMENT_RECORDS);
	}
	return drained_log.next_sequence == before ? RVX_OK : acknowledge();
}

/* Walk all capabilities once. BUSY: something changed meanwhile. */
static enum rvx_status state_walk(void)
{
	uint64_t changes = 0, first_changes = 0;
	uint64_t restart = 1;
	enum rvx_status status;
	uint32_t count;

	for (count = 0;; count++, restart = 0) {
		struct rvx_state_entry entry = { .place = 0 };

		status = rvx_log_inspect(own_log, restart, &entry.place, &entry.object, &entry.type,
					 &entry.mapping, &entry.detail[0], &entry.detail[1],
					 &changes);
		if (status == RVX_NOTHING)
			break;
		if (status != RVX_OK)
			return status;
		if (count == 0)
			first_changes = changes;
		if (changes != first_changes)
			return RVX_BUSY;
		if (count == DRAIN_ENTRIES_MAX)
			return RVX_LIMIT;
		drained_state.entries[count] = entry;
		drained_state.entry_count = count + 1;
	}
	drained_state.changes = first_changes;
	return RVX_OK;
}

static enum rvx_status state_write(void)
{
	enum rvx_status status = RVX_BUSY;
	uint32_t i;

	drained_state.magic = DRAIN_STATE_MAGIC;
	for (i = 0; i < STATE_ATTEMPTS_MAX && status == RVX_BUSY; i++)
		status = state_walk();
	drained_state.next_sequence = drained_log.next_sequence;
	drained_state.is_complete = status == RVX_OK;
	return status;
}

enum rvx_status drain_finish(void)
{
	uint64_t before;
	enum rvx_status status;
	uint32_t i;

	for (i = 0; i < FINISH_ROUNDS_MAX; i++) {
		before = drained_log.next_sequence;
		status = drain_records(true);
		if (status != RVX_OK)
			return status;
		if (drained_log.next_sequence == before)
			break;
	}
	return state_write();
}

struct drain_tally drain_tally(uint32_t partition_number)
{
	return partition_number < TALLIES_MAX ? tallies[partition_number] :
						(struct drain_tally){ .records = 0 };
}
