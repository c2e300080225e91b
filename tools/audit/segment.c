/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One segment of a drained log. */
#include "tools/audit/segment.h"

#include <string.h>

bool segment_at(struct bytes log, size_t offset, struct rvx_segment *segment)
{
	size_t left = log.size - offset;

	memset(segment, 0, sizeof(*segment));
	memcpy(segment, log.data + offset, left < sizeof(*segment) ? left : sizeof(*segment));
	return left >= sizeof(*segment);
}

const char *segment_header_fault(const struct rvx_segment *segment)
{
	const struct rvx_segment_header *header = &segment->header;

	if (header->magic != RVX_SEGMENT_MAGIC)
		return "this is no segment (wrong magic)";
	if (header->version != RVX_SEGMENT_VERSION)
		return "the segment's version is unknown";
	if (header->count == 0 || header->count > RVX_SEGMENT_RECORDS)
		return "the segment's count of records is impossible";
	if (header->reserved != 0)
		return "the segment's reserved field is not 0";
	return NULL;
}

const char *segment_body_fault(const struct rvx_segment *segment)
{
	uint8_t hash[CHAIN_HASH_BYTES];

	chain_hash(hash, segment->records, segment->header.count * sizeof(segment->records[0]));
	if (memcmp(hash, segment->header.body_hash, sizeof(hash)) != 0)
		return "the records do not have the hash that stands in the header";
	return NULL;
}

bool segment_is_sound(struct bytes log, size_t offset)
{
	struct rvx_segment segment;

	return segment_at(log, offset, &segment) && segment_header_fault(&segment) == NULL &&
	       segment_body_fault(&segment) == NULL;
}

enum segment_defect segment_follows(const struct rvx_segment *segment,
				    const struct segment_sequel *sequel, const char **why)
{
	const struct rvx_segment_header *header = &segment->header;

	if (memcmp(header->log_id, sequel->log_id, CHAIN_ID_BYTES) != 0) {
		*why = "the segment belongs to another log";
	} else if (header->boot != sequel->boot) {
		*why = "the segment belongs to another boot";
	} else if (header->frequency == 0 ||
		   (sequel->frequency != 0 && header->frequency != sequel->frequency)) {
		*why = "the segment states another frequency";
	} else if (header->segment > sequel->segment &&
		   header->first_sequence > sequel->first_sequence) {
		*why = "segments are missing before this one";
		return SEGMENT_MISSING;
	} else if (header->segment != sequel->segment) {
		*why = "the segment has the wrong number";
	} else if (header->first_sequence != sequel->first_sequence) {
		*why = "the segment states the wrong first sequence";
	} else if (memcmp(header->previous_hash, sequel->previous_hash, CHAIN_HASH_BYTES) != 0) {
		*why = "the segment does not bind the header before it";
	} else {
		return SEGMENT_NEXT;
	}
	return SEGMENT_WRONG;
}

void segment_sequel_advance(struct segment_sequel *sequel, const struct rvx_segment *segment)
{
	sequel->segment++;
	sequel->first_sequence += segment->header.count;
	sequel->frequency = segment->header.frequency;
	chain_hash(sequel->previous_hash, &segment->header, sizeof(segment->header));
}
