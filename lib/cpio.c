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
#include "lib/memory.h"
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

/* Larger than a digit where the byte is none. */
static uint32_t digit_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	/* Upper case becomes lower case, and no other byte becomes a letter up to f. */
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10u : UINT32_MAX;
}

/* The numbers are 0 at first. */
static bool parse_numbers(const uint8_t *digits, uint32_t numbers[NUMBER_COUNT])
{
	uint32_t i;

	for (i = 0; i < NUMBER_COUNT * NUMBER_LENGTH; i++) {
		const uint32_t value = digit_value(digits[i]);

		if (value > 15)
			return false;
		numbers[i / NUMBER_LENGTH] = numbers[i / NUMBER_LENGTH] << 4 | value;
	}
	return true;
}

/* Whether the name field holds a name we accept and then nothing but NULs. */
static bool name_is_good(const uint8_t *name, uint32_t size)
{
	uint32_t length = 0, end;

	while (length < size && name[length] > ' ' && name[length] <= '~')
		length++;
	for (end = length; end < size && name[end] == '\0'; end++)
		;
	return length > 0 && length < end && end == size && length <= CPIO_NAME_LENGTH_MAX &&
	       name[0] != '/';
}

enum cpio_status cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
	const uint8_t *start = cpio->archive + cpio->offset;
	const size_t left = cpio->size - cpio->offset;
	uint32_t numbers[NUMBER_COUNT] = { 0 };
	uint64_t data, end;

	if (left < HEADER_LENGTH)
		return CPIO_TRUNCATED;
	if (memcmp(start, MAGIC, MAGIC_LENGTH) != 0)
		return CPIO_BAD_MAGIC;
	if (!parse_numbers(start + MAGIC_LENGTH, numbers))
		return CPIO_BAD_NUMBER;

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
	static const char *const texts[] = { CPIO_STATUS_LIST(STATUS_TEXT) };

	return status < CPIO_STATUS_COUNT ? texts[status] : "unknown status";
}
