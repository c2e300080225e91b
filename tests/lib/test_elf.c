/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The ELF reader on one small program: what it says of it as it is, and which status at which
 * offset it gives when one thing in it is changed.
 */
#include "tests/lib/check.h"

#include "lib/elf.h"
#include "tests/lib/elf_builder.h"

static uint8_t image[IMAGE_SIZE];

/* Read the first `size` bytes of the image in a buffer of exactly that size. */
static enum elf_status read_image(uint64_t size, struct elf *elf)
{
	uint8_t *file = malloc(size + (size == 0));
	enum elf_status status;

	memcpy(file, image, size);
	status = elf_init(elf, file, size);
	free(file);
	return status;
}

static void expect(enum elf_status expected, uint64_t offset)
{
	struct elf elf;

	assert_string_equal(elf_status_text(read_image(IMAGE_SIZE, &elf)),
			    elf_status_text(expected));
	if (expected != ELF_OK)
		assert_int_equal(elf.error_offset, offset);
}

/* What a number in the image is changed to, and what that makes of it. */
struct damage {
	uint32_t at;
	uint32_t bits;
	uint64_t value;
	enum elf_status status;
	uint64_t offset;
};

static void expect_all(const struct damage *damages, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		elf_image(image);
		if (damages[i].bits == 8)
			image[damages[i].at] = (uint8_t)damages[i].value;
		else if (damages[i].bits == 16)
			put16(image, damages[i].at, (uint16_t)damages[i].value);
		else if (damages[i].bits == 32)
			put32(image, damages[i].at, (uint32_t)damages[i].value);
		else
			put64(image, damages[i].at, damages[i].value);
		expect(damages[i].status, damages[i].offset);
	}
}

#define EXPECT_ALL(damages) expect_all(damages, sizeof(damages) / sizeof((damages)[0]))

/* A damage to a field of a program header that is reported at that header. */
#define HEADER(index, field, bits, value, status) \
	{ header_at(index, field), bits, value, status, header_at(index, 0) }

static void a_program_is_read_with_its_segments_entry_and_abi(void **state)
{
	static const struct elf_segment expected[] = {
		{ 0, IMAGE_TEXT, image, IMAGE_TEXT, ELF_READABLE },
		{ IMAGE_TEXT_ADDRESS, 16, image + IMAGE_TEXT, 16, ELF_READABLE | ELF_EXECUTABLE },
		{ IMAGE_DYNAMIC_ADDRESS, IMAGE_ZEROS, image + IMAGE_DYNAMIC,
		  IMAGE_SIZE - IMAGE_DYNAMIC, ELF_READABLE | ELF_WRITABLE },
	};
	struct elf elf;
	uint32_t i;

	(void)state;
	elf_image(image);
	assert_int_equal((uintptr_t)image % 8, 0);
	assert_int_equal(elf_init(&elf, image, IMAGE_SIZE), ELF_OK);
	assert_int_equal(elf.entry, IMAGE_TEXT_ADDRESS);
	assert_int_equal(elf.memory_size, IMAGE_DYNAMIC_ADDRESS + IMAGE_ZEROS);
	assert_int_equal(elf.abi_major, 3);
	assert_int_equal(elf.abi_minor, 14);
	assert_int_equal(elf.segment_count, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(elf.segments[i].address, expected[i].address);
		assert_int_equal(elf.segments[i].memory_size, expected[i].memory_size);
		assert_ptr_equal(elf.segments[i].data, expected[i].data);
		assert_int_equal(elf.segments[i].file_size, expected[i].file_size);
		assert_int_equal(elf.segments[i].flags, expected[i].flags);
	}
}

static void each_foreign_kind_of_file_is_named(void **state)
{
	static const struct damage damages[] = {
		{ 0, 8, 'M', ELF_NOT_ELF, 0 },	       { 1, 8, 0, ELF_NOT_ELF, 0 },
		{ 2, 8, 0, ELF_NOT_ELF, 0 },	       { 3, 8, 0, ELF_NOT_ELF, 0 },
		{ 4, 8, 1, ELF_NOT_64_BIT, 4 },	       { 5, 8, 2, ELF_NOT_LITTLE_ENDIAN, 5 },
		{ 6, 8, 0, ELF_BAD_VERSION, 6 },       { 20, 32, 2, ELF_BAD_VERSION, 20 },
		{ 18, 16, 62, ELF_WRONG_MACHINE, 18 }, { 16, 16, 1, ELF_NOT_PIE, 16 },
		{ 16, 16, 2, ELF_NOT_PIE, 16 },	       { 16, 16, 4, ELF_NOT_PIE, 16 },
	};

	(void)state;
	EXPECT_ALL(damages);
}

static void program_headers_must_lie_in_the_file(void **state)
{
	static const struct damage damages[] = {
		{ 32, 64, IMAGE_SIZE - 8, ELF_BAD_PROGRAM_HEADERS, 32 },
		{ 32, 64, 68, ELF_BAD_PROGRAM_HEADERS, 32 },
		{ 32, 64, UINT64_MAX - 7, ELF_BAD_PROGRAM_HEADERS, 32 },
		{ 32, 64, UINT64_C(0x100000040), ELF_BAD_PROGRAM_HEADERS, 32 },
		{ 54, 16, 64, ELF_BAD_PROGRAM_HEADERS, 54 },
		{ 56, 16, 65, ELF_BAD_PROGRAM_HEADERS, 56 },
		{ 56, 16, 12, ELF_BAD_PROGRAM_HEADERS, 32 },
		{ 56, 16, 0, ELF_NO_SEGMENTS, 32 },
	};

	(void)state;
	EXPECT_ALL(damages);
}

static void segments_that_cannot_be_loaded_as_they_are_are_refused(void **state)
{
	const struct damage damages[] = {
		HEADER(IMAGE_WRITABLE, FIELD_FILE_SIZE, 64, IMAGE_SIZE - IMAGE_DYNAMIC + 1,
		       ELF_TRUNCATED),
		HEADER(IMAGE_WRITABLE, FIELD_OFFSET, 64, UINT64_MAX - 15, ELF_TRUNCATED),
		HEADER(IMAGE_WRITABLE, FIELD_FILE_SIZE, 64, UINT64_MAX, ELF_TRUNCATED),
		HEADER(IMAGE_EXECUTABLE, FIELD_MEMORY_SIZE, 64, 15, ELF_BAD_SEGMENT_SIZE),
		HEADER(IMAGE_STACK_HEADER, FIELD_TYPE, 32, 1, ELF_BAD_SEGMENT_SIZE),
		HEADER(IMAGE_EXECUTABLE, FIELD_ADDRESS, 64, IMAGE_TEXT_ADDRESS + 8,
		       ELF_BAD_SEGMENT_ALIGNMENT),
		HEADER(IMAGE_EXECUTABLE, FIELD_FLAGS, 32, 1, ELF_SEGMENT_UNREADABLE),
		HEADER(IMAGE_EXECUTABLE, FIELD_FLAGS, 32, 0, ELF_SEGMENT_UNREADABLE),
		HEADER(IMAGE_EXECUTABLE, FIELD_FLAGS, 32, 7, ELF_SEGMENT_WRITABLE_AND_EXECUTABLE),
		HEADER(IMAGE_WRITABLE, FIELD_FLAGS, 32, 7, ELF_SEGMENT_WRITABLE_AND_EXECUTABLE),
		HEADER(IMAGE_WRITABLE, FIELD_MEMORY_SIZE, 64, ELF_WINDOW_SIZE, ELF_OUTSIDE_WINDOW),
		HEADER(IMAGE_WRITABLE, FIELD_MEMORY_SIZE, 64, UINT64_MAX, ELF_OUTSIDE_WINDOW),
		HEADER(IMAGE_WRITABLE, FIELD_ADDRESS, 64, UINT64_MAX - 0xfff + IMAGE_DYNAMIC,
		       ELF_OUTSIDE_WINDOW),
		HEADER(IMAGE_EXECUTABLE, FIELD_ADDRESS, 64, IMAGE_TEXT, ELF_SEGMENTS_OVERLAP),
		HEADER(IMAGE_WRITABLE, FIELD_ADDRESS, 64, IMAGE_DYNAMIC, ELF_SEGMENTS_OVERLAP),
	};

	(void)state;
	/* The one that grew is reported by the one it grew into. */
	elf_image(image);
	put64(image, header_at(IMAGE_READ_ONLY, FIELD_MEMORY_SIZE), 0x1001);
	expect(ELF_SEGMENTS_OVERLAP, header_at(IMAGE_EXECUTABLE, 0));
	put64(image, header_at(IMAGE_READ_ONLY, FIELD_MEMORY_SIZE), 0x1000);
	expect(ELF_OK, 0);

	EXPECT_ALL(damages);
}

static void a_segment_may_end_with_the_window(void **state)
{
	(void)state;
	elf_image(image);
	put64(image, header_at(IMAGE_WRITABLE, FIELD_MEMORY_SIZE),
	      ELF_WINDOW_SIZE - IMAGE_DYNAMIC_ADDRESS);
	expect(ELF_OK, 0);
	put64(image, header_at(IMAGE_WRITABLE, FIELD_MEMORY_SIZE),
	      ELF_WINDOW_SIZE - IMAGE_DYNAMIC_ADDRESS + 1);
	expect(ELF_OUTSIDE_WINDOW, header_at(IMAGE_WRITABLE, 0));
}

static void no_more_segments_are_taken_than_fit(void **state)
{
	const uint32_t count = ELF_SEGMENTS_MAX + 1, size = 8192;
	uint8_t *file = calloc(1, size);
	struct elf elf;
	uint32_t i;

	(void)state;
	elf_image(image);
	memcpy(file, image, IMAGE_SIZE);
	/* A header table of its own behind the program, with the note first. */
	memcpy(file + 1024, image + header_at(IMAGE_NOTE_HEADER, 0), IMAGE_HEADER_SIZE);
	for (i = 0; i < count; i++) {
		const uint32_t at = 1024 + (i + 1) * IMAGE_HEADER_SIZE;

		memcpy(file + at, image + header_at(IMAGE_EXECUTABLE, 0), IMAGE_HEADER_SIZE);
		put64(file, at + FIELD_ADDRESS, IMAGE_TEXT_ADDRESS + i * 0x1000u);
	}
	put64(file, 32, 1024);
	put16(file, 56, (uint16_t)count);
	assert_int_equal(elf_init(&elf, file, size), ELF_OK);
	assert_int_equal(elf.segment_count, ELF_SEGMENTS_MAX);
	assert_int_equal(elf.segments[ELF_SEGMENTS_MAX - 1].address,
			 IMAGE_TEXT_ADDRESS + (ELF_SEGMENTS_MAX - 1) * 0x1000u);
	put16(file, 56, (uint16_t)(count + 1));
	assert_int_equal(elf_init(&elf, file, size), ELF_TOO_MANY_SEGMENTS);

	/* As many headers as are taken, most of no meaning. */
	memset(file + 1024 + count * IMAGE_HEADER_SIZE, 0, IMAGE_HEADER_SIZE);
	put16(file, 56, 64);
	assert_int_equal(elf_init(&elf, file, size), ELF_OK);
	free(file);
}

static void the_entry_point_is_an_instruction_of_the_file(void **state)
{
	static const struct damage damages[] = {
		{ 24, 64, 0, ELF_BAD_ENTRY, 24 },
		{ 24, 64, IMAGE_TEXT_ADDRESS - 4, ELF_BAD_ENTRY, 24 },
		{ 24, 64, IMAGE_TEXT_ADDRESS + 1, ELF_BAD_ENTRY, 24 },
		{ 24, 64, IMAGE_TEXT_ADDRESS + 2, ELF_BAD_ENTRY, 24 },
		{ 24, 64, IMAGE_TEXT_ADDRESS + 12, ELF_OK, 0 },
		{ 24, 64, IMAGE_TEXT_ADDRESS + 16, ELF_BAD_ENTRY, 24 },
		{ 24, 64, IMAGE_DATA_ADDRESS, ELF_BAD_ENTRY, 24 },
		{ 24, 64, UINT64_MAX - 3, ELF_BAD_ENTRY, 24 },
	};

	(void)state;
	EXPECT_ALL(damages);

	/* Memory that the file does not fill is no code. */
	elf_image(image);
	put64(image, header_at(IMAGE_EXECUTABLE, FIELD_MEMORY_SIZE), 32);
	put64(image, 24, IMAGE_TEXT_ADDRESS + 16);
	expect(ELF_BAD_ENTRY, 24);
}

static void what_no_loader_of_ours_provides_is_refused(void **state)
{
	const struct damage damages[] = {
		HEADER(IMAGE_STACK_HEADER, FIELD_TYPE, 32, 3, ELF_NEEDS_INTERPRETER),
		HEADER(IMAGE_STACK_HEADER, FIELD_TYPE, 32, 7, ELF_HAS_THREAD_STORAGE),
		HEADER(IMAGE_STACK_HEADER, FIELD_FLAGS, 32, 7, ELF_EXECUTABLE_STACK),
		{ IMAGE_DYNAMIC, 64, 1, ELF_NEEDS_LIBRARY, IMAGE_DYNAMIC },
	};

	(void)state;
	EXPECT_ALL(damages);
}

static void headers_are_taken_for_what_they_are_and_as_many_as_there_are(void **state)
{
	(void)state;
	/* What a stack header says beside its flags does not matter. */
	elf_image(image);
	put64(image, header_at(IMAGE_STACK_HEADER, FIELD_OFFSET), 2);
	expect(ELF_OK, 0);

	/* What lies behind the last header is none. */
	elf_image(image);
	put16(image, 56, IMAGE_HEADER_COUNT - 1);
	put32(image, header_at(IMAGE_STACK_HEADER, FIELD_TYPE), 3);
	expect(ELF_OK, 0);
	put32(image, header_at(IMAGE_STACK_HEADER, FIELD_TYPE), 2);
	put64(image, header_at(IMAGE_STACK_HEADER, FIELD_ADDRESS), 4);
	expect(ELF_OK, 0);
	put32(image, header_at(IMAGE_STACK_HEADER, FIELD_TYPE), 1);
	expect(ELF_OK, 0);
}

static void the_abi_note_must_be_there_and_whole(void **state)
{
	const struct damage damages[] = {
		{ IMAGE_NOTE, 32, 5, ELF_NO_ABI_NOTE, 32 },
		{ IMAGE_NOTE + 8, 32, 2, ELF_NO_ABI_NOTE, 32 },
		{ IMAGE_NOTE + 12, 8, 'X', ELF_NO_ABI_NOTE, 32 },
		{ IMAGE_NOTE + 17, 8, 'X', ELF_NO_ABI_NOTE, 32 },
		{ IMAGE_NOTE + 4, 32, 4, ELF_BAD_NOTE, IMAGE_NOTE },
		{ IMAGE_NOTE + 4, 32, 12, ELF_BAD_NOTE, IMAGE_NOTE },
		{ IMAGE_NOTE + 4, 32, UINT32_MAX, ELF_BAD_NOTE, IMAGE_NOTE },
		{ IMAGE_NOTE, 32, UINT32_MAX, ELF_BAD_NOTE, IMAGE_NOTE },
		HEADER(IMAGE_NOTE_HEADER, FIELD_OFFSET, 64, IMAGE_NOTE + 2, ELF_BAD_NOTE),
		HEADER(IMAGE_NOTE_HEADER, FIELD_OFFSET, 64, UINT64_MAX - 3, ELF_BAD_NOTE),
		HEADER(IMAGE_NOTE_HEADER, FIELD_FILE_SIZE, 64, IMAGE_SIZE, ELF_BAD_NOTE),
	};
	struct elf elf;

	(void)state;
	EXPECT_ALL(damages);
	elf_image(image);
	put32(image, header_at(IMAGE_NOTE_HEADER, FIELD_TYPE), 0);
	expect(ELF_NO_ABI_NOTE, 32);

	/* A second one must say the same. */
	elf_image(image);
	put32(image, header_at(IMAGE_STACK_HEADER, FIELD_TYPE), 4);
	put64(image, header_at(IMAGE_STACK_HEADER, FIELD_OFFSET), IMAGE_DATA);
	put64(image, header_at(IMAGE_STACK_HEADER, FIELD_FILE_SIZE), 28);
	memcpy(image + IMAGE_DATA, image + IMAGE_NOTE, 28);
	expect(ELF_OK, 0);
	put32(image, IMAGE_DATA + 20, 4);
	expect(ELF_BAD_NOTE, IMAGE_DATA);
	put32(image, IMAGE_DATA + 20, 3);
	put32(image, IMAGE_DATA + 24, 15);
	expect(ELF_BAD_NOTE, IMAGE_DATA);

	/* Notes of others are passed over. */
	elf_image(image);
	memcpy(image + IMAGE_DATA + 20, image + IMAGE_NOTE, 28);
	put32(image, IMAGE_DATA, 4);
	put32(image, IMAGE_DATA + 4, 3);
	put64(image, header_at(IMAGE_NOTE_HEADER, FIELD_OFFSET), IMAGE_DATA);
	put64(image, header_at(IMAGE_NOTE_HEADER, FIELD_FILE_SIZE), 48);
	assert_int_equal(read_image(IMAGE_SIZE, &elf), ELF_OK);
	assert_int_equal(elf.abi_minor, 14);

	/* One that is cut after its sizes, and less than a note. */
	elf_image(image);
	memcpy(image + IMAGE_DATA, image + IMAGE_NOTE, 40);
	put64(image, header_at(IMAGE_NOTE_HEADER, FIELD_OFFSET), IMAGE_DATA);
	put64(image, header_at(IMAGE_NOTE_HEADER, FIELD_FILE_SIZE), 40);
	put32(image, IMAGE_DATA + 28, 4);
	expect(ELF_BAD_NOTE, IMAGE_DATA + 28);
	put64(image, header_at(IMAGE_NOTE_HEADER, FIELD_FILE_SIZE), 39);
	expect(ELF_OK, 0);
}

static void the_dynamic_section_is_loaded_aligned_and_ended(void **state)
{
	const struct damage damages[] = {
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_ADDRESS, 64, IMAGE_DYNAMIC_ADDRESS + 4,
		       ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_ADDRESS, 64, IMAGE_DATA_ADDRESS,
		       ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_ADDRESS, 64, UINT64_MAX - 7, ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_FILE_SIZE, 64, UINT64_MAX, ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_FILE_SIZE, 64, 80, ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_FILE_SIZE, 64, 95, ELF_BAD_DYNAMIC),
		HEADER(IMAGE_DYNAMIC_HEADER, FIELD_FILE_SIZE, 64, 0, ELF_BAD_DYNAMIC),
	};

	(void)state;
	EXPECT_ALL(damages);
	elf_image(image);
	put32(image, header_at(IMAGE_DYNAMIC_HEADER, FIELD_TYPE), 0);
	expect(ELF_OK, 0);
}

static void relocation_tables_of_other_kinds_are_refused(void **state)
{
	static const uint64_t tags[] = { 17, 22, 23, 36, 0x6000000f, 0x60000011, 0x6fffe000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		elf_image(image);
		put_dynamic(image, 4, tags[i], 0);
		expect(ELF_BAD_RELOCATION_TABLE, IMAGE_DYNAMIC + 64);
	}
}

static void the_relocation_table_lies_in_the_loaded_file(void **state)
{
	static const uint64_t wrong[][3] = {
		{ IMAGE_RELOCATIONS + 4, 48, 24 },
		{ IMAGE_TEXT, 48, 24 },
		{ UINT64_MAX - 7, 48, 24 },
		{ IMAGE_RELOCATIONS, 40, 24 },
		{ IMAGE_RELOCATIONS, 72, 24 },
		{ IMAGE_RELOCATIONS, UINT64_MAX, 24 },
		{ IMAGE_RELOCATIONS, 48, 16 },
		{ IMAGE_RELOCATIONS, 48, 0 },
		/* In the part of the memory that the file does not fill. */
		{ IMAGE_DATA_ADDRESS + 48, 24, 24 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		elf_image(image);
		put_dynamic(image, 1, 7, wrong[i][0]);
		put_dynamic(image, 2, 8, wrong[i][1]);
		put_dynamic(image, 3, 9, wrong[i][2]);
		expect(ELF_BAD_RELOCATION_TABLE, header_at(IMAGE_DYNAMIC_HEADER, 0));
	}
	/* An empty one may be anywhere. */
	elf_image(image);
	put_dynamic(image, 1, 7, UINT64_MAX);
	put_dynamic(image, 2, 8, 0);
	put_dynamic(image, 3, 9, 0);
	expect(ELF_OK, 0);
}

static void only_relative_relocations_of_writable_words_are_taken(void **state)
{
	static const uint64_t types[] = { 0,	257,  1024,
					  1025, 1026, 1028,
					  1031, 1032, UINT64_C(1) << 32 | 1027 };
	static const uint64_t places[] = { 0,
					   IMAGE_TEXT_ADDRESS,
					   IMAGE_DATA_ADDRESS + 1,
					   IMAGE_DATA_ADDRESS + 4,
					   IMAGE_DYNAMIC_ADDRESS - 8,
					   IMAGE_DYNAMIC_ADDRESS + IMAGE_ZEROS,
					   UINT64_MAX - 7,
					   UINT64_MAX };
	const uint64_t second = IMAGE_RELOCATIONS + IMAGE_RELOCATION_SIZE;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		elf_image(image);
		put_relocation(image, 1, IMAGE_DATA_ADDRESS, types[i]);
		expect(ELF_BAD_RELOCATION_TYPE, second);
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		elf_image(image);
		put_relocation(image, 1, places[i], 1027);
		expect(ELF_BAD_RELOCATION_PLACE, second);
	}
	elf_image(image);
	put_relocation(image, 1, IMAGE_DYNAMIC_ADDRESS + IMAGE_ZEROS - 8, 1027);
	expect(ELF_OK, 0);
	put_relocation(image, 0, IMAGE_DYNAMIC_ADDRESS + IMAGE_ZEROS - 8, 1027);
	expect(ELF_OK, 0);
	/* The last word but not all of it. */
	put_relocation(image, 0, IMAGE_DATA_ADDRESS, 1027);
	put64(image, header_at(IMAGE_WRITABLE, FIELD_MEMORY_SIZE), IMAGE_ZEROS - 1);
	expect(ELF_BAD_RELOCATION_PLACE, second);
}

static void an_unaligned_file_is_not_touched(void **state)
{
	uint8_t *room = malloc(8);
	struct elf elf;
	uint32_t i;

	(void)state;
	for (i = 1; i < 8; i++) {
		assert_int_equal(elf_init(&elf, room + i, IMAGE_SIZE), ELF_UNALIGNED);
		assert_int_equal(elf.error_offset, 0);
	}
	free(room);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	struct elf elf;
	uint64_t cut;

	(void)state;
	elf_image(image);
	for (cut = 0; cut < IMAGE_SIZE; cut++) {
		const enum elf_status status = read_image(cut, &elf);

		assert_int_equal(status, cut < 4	  ? ELF_NOT_ELF :
					 cut < 64	  ? ELF_TRUNCATED :
					 cut < IMAGE_NOTE ? ELF_BAD_PROGRAM_HEADERS :
							    ELF_TRUNCATED);
	}
}

static void every_status_has_a_text_of_its_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < ELF_STATUS_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(elf_status_text((enum elf_status)i),
						elf_status_text((enum elf_status)j));
	assert_string_equal(elf_status_text(ELF_STATUS_COUNT), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_read_with_its_segments_entry_and_abi),
		cmocka_unit_test(each_foreign_kind_of_file_is_named),
		cmocka_unit_test(program_headers_must_lie_in_the_file),
		cmocka_unit_test(segments_that_cannot_be_loaded_as_they_are_are_refused),
		cmocka_unit_test(a_segment_may_end_with_the_window),
		cmocka_unit_test(no_more_segments_are_taken_than_fit),
		cmocka_unit_test(the_entry_point_is_an_instruction_of_the_file),
		cmocka_unit_test(what_no_loader_of_ours_provides_is_refused),
		cmocka_unit_test(headers_are_taken_for_what_they_are_and_as_many_as_there_are),
		cmocka_unit_test(the_abi_note_must_be_there_and_whole),
		cmocka_unit_test(the_dynamic_section_is_loaded_aligned_and_ended),
		cmocka_unit_test(relocation_tables_of_other_kinds_are_refused),
		cmocka_unit_test(the_relocation_table_lies_in_the_loaded_file),
		cmocka_unit_test(only_relative_relocations_of_writable_words_are_taken),
		cmocka_unit_test(an_unaligned_file_is_not_touched),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(every_status_has_a_text_of_its_own),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
