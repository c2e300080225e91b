/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * An entry of a newc archive, each part starting at a multiple of 4 bytes from the archive's
 * start:
 *
 *	"070701" 13 numbers of 8 hexadecimal digits | name NUL... | file data
 *
 * The numbers that matter are the sizes of file and name; the others need only be numbers. The
 * archive ends with an entry called TRAILER!!!; what lies behind it is not looked at.
 */
#include "lib/cpio.h"

#include <stdbool.h>

#include "lib/bits.h"
#include "lib/text.h"

#define MAGIC "070701"
#define MAGIC_LENGTH 6
#define TRAILER "TRAILER!!!"
#define ALIGNMENT 4

#define NUMBER_COUNT 13
#define NUMBER_LENGTH 8
#define NUMBER_FILE_SIZE 6
#define NUMBER_NAME_SIZE 11

#define HEADER_LENGTH (MAGIC_LENGTH + NUMBER_COUNT * NUMBER_LENGTH)

void cpio_init(struct cpio *cpio, const void *archive, size_t size)
{
	*cpio = (struct cpio){ .archive = archive, .size = size };
}

static bool parse_number(const uint8_t *digits, uint32_t *number)
{
	uint32_t i;

	*number = 0;
	for (i = 0; i < NUMBER_LENGTH; i++) {
		const uint8_t digit = digits[i];
		uint32_t value;

		if (digit >= '0' && digit <= '9')
			value = digit - '0';
		else if (digit >= 'a' && digit <= 'f')
			value = digit - 'a' + 10u;
		else if (digit >= 'A' && digit <= 'F')
			value = digit - 'A' + 10u;
		else
			return false;
		*number = *number << 4 | value;
	}
	return true;
}

static enum cpio_status parse_header(const uint8_t *header, uint32_t numbers[NUMBER_COUNT])
{
	uint32_t i;

	for (i = 0; i < MAGIC_LENGTH; i++)
		if (header[i] != MAGIC[i])
			return CPIO_BAD_MAGIC;
	for (i = 0; i < NUMBER_COUNT; i++)
		if (!parse_number(header + MAGIC_LENGTH + i * NUMBER_LENGTH, &numbers[i]))
			return CPIO_BAD_NUMBER;
	return CPIO_OK;
}

/* Whether the name field holds a name we accept and then nothing but NULs. */
static bool name_is_good(const uint8_t *name, uint32_t size)
{
	uint32_t length = 0;
	uint32_t i;

	while (length < size && name[length] > ' ' && name[length] <= '~')
		length++;
	if (length == 0 || length == size || length > CPIO_NAME_LENGTH_MAX || name[0] == '/')
		return false;
	for (i = length; i < size; i++)
		if (name[i] != '\0')
			return false;
	return true;
}

enum cpio_status cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
	const uint8_t *start = cpio->archive + cpio->offset;
	const size_t left = cpio->size - cpio->offset;
	uint32_t numbers[NUMBER_COUNT];
	enum cpio_status status;
	uint64_t data, end;

	if (left < HEADER_LENGTH)
		return CPIO_TRUNCATED;
	status = parse_header(start, numbers);
	if (status != CPIO_OK)
		return status;

	/* Sums of 32-bit sizes do not overflow 64 bits. The last entry may lack its padding. */
	data = align_up((uint64_t)HEADER_LENGTH + numbers[NUMBER_NAME_SIZE], ALIGNMENT);
	end = data + numbers[NUMBER_FILE_SIZE];
	if (end > left)
		return CPIO_TRUNCATED;
	if (!name_is_good(start + HEADER_LENGTH, numbers[NUMBER_NAME_SIZE]))
		return CPIO_BAD_NAME;

	*entry = (struct cpio_entry){
		.name = (const char *)start + HEADER_LENGTH,
		.data = start + data,
		.size = numbers[NUMBER_FILE_SIZE],
	};
	if (text_is(entry->name, TRAILER))
		return CPIO_END;

	end = align_up(end, ALIGNMENT);
	cpio->offset += end < left ? (size_t)end : left;
	cpio->index++;
	return CPIO_OK;
}

enum cpio_status cpio_find(struct cpio *cpio, const char *name, struct cpio_entry *entry)
{
	enum cpio_status status;

	/* Each entry moves the offset on by at least a header: this ends. */
	do {
		status = cpio_next(cpio, entry);
	} while (status == CPIO_OK && !text_is(entry->name, name));
	return status;
}

const char *cpio_status_text(enum cpio_status status)
{
	switch (status) {
#define CPIO_STATUS_CASE(name, text) \
	case CPIO_##name: \
		return text;
		CPIO_STATUS_LIST(CPIO_STATUS_CASE)
#undef CPIO_STATUS_CASE
	case CPIO_STATUS_COUNT:
		break;
	}
	return "unknown status";
}
