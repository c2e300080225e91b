/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The cpio reader on archives that the test writes, whole and damaged.
 */
#include "tests/lib/check.h"

#include "lib/cpio.h"

#define HEADER 110
#define MODE_FIELD 14
#define FILE_SIZE_FIELD 54
#define NAME_SIZE_FIELD 94

static uint8_t room[16384];
static size_t used;

static void start(void)
{
	memset(room, 0, sizeof(room));
	used = 0;
}

static void put_number(size_t offset, uint32_t number)
{
	char digits[9];

	snprintf(digits, sizeof(digits), "%08x", number);
	memcpy(room + offset, digits, 8);
}

/* Add an entry whose name field has `nuls` NULs. Returns where it starts. */
static size_t add_padded(const char *name, size_t nuls, const void *data, uint32_t size)
{
	const size_t entry = used;
	size_t field;

	memcpy(room + entry, "070701", 6);
	for (field = 6; field < HEADER; field += 8)
		put_number(entry + field, 0);
	put_number(entry + FILE_SIZE_FIELD, size);
	put_number(entry + NAME_SIZE_FIELD, (uint32_t)(strlen(name) + nuls));
	memcpy(room + entry + HEADER, name, strlen(name));
	used = (entry + HEADER + strlen(name) + nuls + 3) & ~(size_t)3;
	if (size > 0)
		memcpy(room + used, data, size);
	used = (used + size + 3) & ~(size_t)3;
	return entry;
}

static size_t add(const char *name, const void *data, uint32_t size)
{
	return add_padded(name, 1, data, size);
}

/* Read the first `size` bytes of the archive, in a buffer of exactly that size, to the end. */
static enum cpio_status read_all(size_t size, uint32_t *index, size_t *offset)
{
	uint8_t *archive = malloc(size + (size == 0));
	struct cpio cpio;
	struct cpio_entry entry;
	enum cpio_status status;

	memcpy(archive, room, size);
	cpio_init(&cpio, archive, size);
	do {
		status = cpio_next(&cpio, &entry);
	} while (status == CPIO_OK);
	assert_int_equal(cpio_next(&cpio, &entry), status);
	*index = cpio.index;
	*offset = cpio.offset;
	free(archive);
	return status;
}

static void expect(enum cpio_status expected, uint32_t expected_index, size_t expected_offset)
{
	uint32_t index;
	size_t offset;

	assert_string_equal(cpio_status_text(read_all(used, &index, &offset)),
			    cpio_status_text(expected));
	assert_int_equal(index, expected_index);
	assert_int_equal(offset, expected_offset);
}

static void entries_come_in_order_with_their_names_and_data(void **state)
{
	struct cpio cpio;
	struct cpio_entry entry;

	(void)state;
	start();
	add("first", "12345", 5);
	add("dir/second~!", "", 0);
	add("third", "abcd", 4);
	add("TRAILER!!!", "", 0);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_string_equal(entry.name, "first");
	assert_int_equal(entry.size, 5);
	assert_memory_equal(entry.data, "12345", 5);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_string_equal(entry.name, "dir/second~!");
	assert_int_equal(entry.size, 0);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_string_equal(entry.name, "third");
	assert_memory_equal(entry.data, "abcd", 4);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_END);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_END);
	assert_int_equal(cpio.index, 3);
}

static void an_entry_is_found_by_its_whole_name_from_where_the_reader_stands(void **state)
{
	struct cpio cpio;
	struct cpio_entry entry;

	(void)state;
	start();
	add("ab", "1", 1);
	add("abc", "2", 1);
	add("ab", "3", 1);
	add("TRAILER!!!", "", 0);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_find(&cpio, "abc", &entry), CPIO_OK);
	assert_memory_equal(entry.data, "2", 1);
	assert_int_equal(cpio_find(&cpio, "ab", &entry), CPIO_OK);
	assert_memory_equal(entry.data, "3", 1);
	assert_int_equal(cpio_find(&cpio, "ab", &entry), CPIO_END);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_find(&cpio, "a", &entry), CPIO_END);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_find(&cpio, "TRAILER!!!", &entry), CPIO_END);
}

static void names_filled_up_with_nuls_move_the_data(void **state)
{
	struct cpio cpio;
	struct cpio_entry entry;

	(void)state;
	start();
	add_padded("controld", 4096 - HEADER - 8, "data", 4);
	add("TRAILER!!!", "", 0);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_string_equal(entry.name, "controld");
	assert_ptr_equal(entry.data, room + 4096);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_END);
}

static void what_follows_the_trailer_is_ignored(void **state)
{
	(void)state;
	start();
	add("a", "1", 1);
	add("TRAILER!!!", "", 0);
	used += 300;
	memset(room + used - 300, 0xff, 300);
	expect(CPIO_END, 1, 116);
}

static void upper_case_digits_are_digits(void **state)
{
	struct cpio cpio;
	struct cpio_entry entry;
	size_t at;

	(void)state;
	start();
	at = add("a", "0123456789", 10);
	memcpy(room + at + FILE_SIZE_FIELD, "0000000A", 8);
	memcpy(room + at + MODE_FIELD, "FfAa09eE", 8);
	cpio_init(&cpio, room, used);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_int_equal(entry.size, 10);
}

static void an_archive_cut_anywhere_is_refused(void **state)
{
	size_t cut, whole, offset;
	uint32_t index;

	(void)state;
	start();
	add("first", "12345", 5);
	add("second", "abcdefg", 7);
	add("TRAILER!!!", "", 0);
	whole = used;
	for (cut = 0; cut < whole; cut++) {
		const enum cpio_status status = read_all(cut, &index, &offset);

		/* Only the padding after the trailer's name may be missing. */
		if (cut < whole - 3)
			assert_int_equal(status, CPIO_TRUNCATED);
		assert_true(offset <= cut);
	}
	/* An empty archive, and one that has only lost its trailer. */
	assert_int_equal(read_all(0, &index, &offset), CPIO_TRUNCATED);
	start();
	add("first", "12345", 5);
	expect(CPIO_TRUNCATED, 1, used);
}

static void a_last_entry_may_lack_its_padding(void **state)
{
	struct cpio cpio;
	struct cpio_entry entry;
	uint8_t *archive;
	size_t size;

	(void)state;
	start();
	add("first", "12345", 5);
	size = used - 3;
	archive = malloc(size);
	memcpy(archive, room, size);
	cpio_init(&cpio, archive, size);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_OK);
	assert_int_equal(cpio_next(&cpio, &entry), CPIO_TRUNCATED);
	assert_int_equal(cpio.offset, size);
	free(archive);
}

static void another_magic_number_is_named_with_its_entry(void **state)
{
	static const char *const magics[] = { "070702", "070707", "\0\0\0\0\0\0", "07070a",
					      "170701" };
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		start();
		add("first", "12345", 5);
		at = add("second", "", 0);
		memcpy(room + at, magics[i], 6);
		add("TRAILER!!!", "", 0);
		expect(CPIO_BAD_MAGIC, 1, at);
	}
}

static void every_number_must_be_hexadecimal(void **state)
{
	static const char wrong[] = "gG/:@`\x20\0x-+\xff";
	size_t field, i, at;

	(void)state;
	for (field = 6; field < HEADER; field++)
		for (i = 0; i < sizeof(wrong) - 1; i++) {
			start();
			add("first", "12345", 5);
			at = add("second", "", 0);
			room[at + field] = (uint8_t)wrong[i];
			expect(CPIO_BAD_NUMBER, 1, at);
		}
}

static void sizes_that_leave_the_archive_are_refused(void **state)
{
	static const uint32_t sizes[] = { 100, 0x7fffffff, 0xfffffffc, 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		start();
		add("first", "12345", 5);
		put_number(FILE_SIZE_FIELD, sizes[i]);
		expect(CPIO_TRUNCATED, 0, 0);
		start();
		add("first", "12345", 5);
		put_number(NAME_SIZE_FIELD, sizes[i]);
		expect(CPIO_TRUNCATED, 0, 0);
		put_number(FILE_SIZE_FIELD, 0xffffffff);
		expect(CPIO_TRUNCATED, 0, 0);
	}
	/* One byte more than there is. */
	start();
	add("first", "1234", 4);
	put_number(FILE_SIZE_FIELD, 5);
	expect(CPIO_TRUNCATED, 0, 0);
}

static void expect_bad_name(const char *name, uint32_t field_size)
{
	start();
	add_padded(name, 8, "", 0);
	put_number(NAME_SIZE_FIELD, field_size);
	used += 300;
	expect(CPIO_BAD_NAME, 0, 0);
}

static void names_are_short_relative_printable_and_ended(void **state)
{
	char name[CPIO_NAME_LENGTH_MAX + 2];

	(void)state;
	expect_bad_name("", 0);
	expect_bad_name("", 1);
	expect_bad_name("/etc", 5);
	expect_bad_name("abc", 3);
	expect_bad_name("a b", 4);
	expect_bad_name("a\n", 3);
	expect_bad_name("a\x7f", 3);
	expect_bad_name("\xc3\xa4", 3);

	/* A name that ends with the archive, and none at all there. */
	start();
	add_padded("ab", 0, "", 0);
	expect(CPIO_BAD_NAME, 0, 0);
	start();
	add_padded("", 0, "", 0);
	used = HEADER + 2;
	expect(CPIO_BAD_NAME, 0, 0);

	/* Only NULs may follow the name. */
	start();
	add_padded("abc", 5, "", 0);
	room[HEADER + 6] = 'x';
	expect(CPIO_BAD_NAME, 0, 0);

	memset(name, 'n', sizeof(name));
	name[CPIO_NAME_LENGTH_MAX + 1] = '\0';
	expect_bad_name(name, CPIO_NAME_LENGTH_MAX + 2);
	name[CPIO_NAME_LENGTH_MAX] = '\0';
	start();
	add(name, "", 0);
	add("TRAILER!!!", "", 0);
	expect(CPIO_END, 1, used - 124);
}

static void every_status_has_a_text_of_its_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < CPIO_STATUS_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(cpio_status_text((enum cpio_status)i),
						cpio_status_text((enum cpio_status)j));
	assert_string_equal(cpio_status_text(CPIO_STATUS_COUNT), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_in_order_with_their_names_and_data),
		cmocka_unit_test(an_entry_is_found_by_its_whole_name_from_where_the_reader_stands),
		cmocka_unit_test(names_filled_up_with_nuls_move_the_data),
		cmocka_unit_test(what_follows_the_trailer_is_ignored),
		cmocka_unit_test(upper_case_digits_are_digits),
		cmocka_unit_test(an_archive_cut_anywhere_is_refused),
		cmocka_unit_test(a_last_entry_may_lack_its_padding),
		cmocka_unit_test(another_magic_number_is_named_with_its_entry),
		cmocka_unit_test(every_number_must_be_hexadecimal),
		cmocka_unit_test(sizes_that_leave_the_archive_are_refused),
		cmocka_unit_test(names_are_short_relative_printable_and_ended),
		cmocka_unit_test(every_status_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
