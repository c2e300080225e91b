/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Makes records and whole logs for the tests of audit. */
#include "tests/audit/builder.h"

#include <sodium/crypto_shorthash_siphash24.h>

const struct log_identity builder_identity = {
	.secret = { 0x5e, 0xc3, 0xe7 },
	.log_id = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	.nonce = { 77, 88, 99 },
	.boot = 5,
	.next = LOG_NEXT_UNKNOWN,
};

void builder_init(struct builder *builder)
{
	builder->identity = builder_identity;
	builder->count = 0;
	chain_init(&builder->chain, builder_identity.secret, builder_identity.log_id,
		   builder_identity.boot, builder_identity.nonce);
}

/* On its own feet: the code under test only checks macs. */
static void seal(struct chain *chain, struct rvx_witness *record)
{
	uint8_t input[CHAIN_MAC_BYTES + RVX_WITNESS_SIGNED_BYTES];
	uint8_t key[CHAIN_MAC_BYTES];

	memcpy(input, chain->mac, CHAIN_MAC_BYTES);
	memcpy(input + CHAIN_MAC_BYTES, record, RVX_WITNESS_SIGNED_BYTES);
	crypto_shorthash_siphashx24(record->mac, input, sizeof(input), chain->key);
	memcpy(chain->mac, record->mac, CHAIN_MAC_BYTES);
	crypto_shorthash_siphashx24(key, (const uint8_t *)"RuVix-key-evolve", 16, chain->key);
	memcpy(chain->key, key, sizeof(key));
}

struct rvx_witness *builder_add(struct builder *builder, uint16_t kind, uint8_t class_,
				uint32_t actor, uint64_t object, uint64_t p0, uint64_t p1)
{
	struct rvx_witness *record = &builder->records[builder->count];

	assert_true(builder->count < BUILDER_RECORDS_MAX);
	*record = (struct rvx_witness){
		.sequence = builder->count,
		.time = builder->count * 10,
		.kind = kind,
		.class_ = class_,
		.actor = actor,
		.object = object,
		.p0 = p0,
		.p1 = p1,
	};
	seal(&builder->chain, record);
	builder->count++;
	return record;
}

void builder_seal(struct builder *builder)
{
	size_t count = builder->count;

	builder_init(builder);
	for (builder->count = 0; builder->count < count; builder->count++)
		seal(&builder->chain, &builder->records[builder->count]);
}

void builder_notes(struct builder *builder, size_t count)
{
	uint64_t id[2];

	memcpy(id, builder->identity.log_id, sizeof(id));
	builder_add(builder, RVX_WITNESS_BOOT_ATTESTATION, 0, 0, builder->identity.boot, id[0],
		    id[1]);
	for (size_t i = 0; i < count; i++)
		builder_add(builder, RVX_WITNESS_NOTE, 0, 0, i, 2 * i, 3 * i);
}

void builder_rehash(struct rvx_segment *segments, size_t first, size_t count)
{
	for (size_t i = first; i < count; i++) {
		struct rvx_segment_header *header = &segments[i].header;

		chain_hash(header->body_hash, segments[i].records,
			   header->count * sizeof(struct rvx_witness));
		if (i != 0)
			chain_hash(header->previous_hash, &segments[i - 1].header, sizeof(*header));
	}
}

size_t builder_segments(const struct builder *builder, struct rvx_segment *segments, size_t total,
			size_t count)
{
	size_t made = 0;

	for (size_t first = 0; first < total; first += count, made++) {
		struct rvx_segment *segment = &segments[made];
		size_t here = total - first < count ? total - first : count;

		memset(segment, 0, sizeof(*segment));
		segment->header = (struct rvx_segment_header){
			.magic = RVX_SEGMENT_MAGIC,
			.version = RVX_SEGMENT_VERSION,
			.count = (uint16_t)here,
			.segment = made,
			.first_sequence = first,
			.boot = builder->identity.boot,
			.frequency = BUILDER_FREQUENCY,
		};
		memcpy(segment->header.log_id, builder->identity.log_id, CHAIN_ID_BYTES);
		memcpy(segment->records, &builder->records[first],
		       here * sizeof(struct rvx_witness));
	}
	builder_rehash(segments, 0, made);
	return made;
}
