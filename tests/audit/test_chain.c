/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The chain of macs: known answers of its two functions, of the first records, and what breaks. */
#include "tests/audit/builder.h"

#include <sodium/crypto_shorthash_siphash24.h>

static void check_hex(const uint8_t *bytes, size_t size, const char *expected)
{
	char text[2 * CHAIN_HASH_BYTES + 1];

	for (size_t i = 0; i < size; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, expected);
}

static void siphash_has_the_known_answers(void **state)
{
	/* Of the SipHash authors' reference: key 00..0f, message 00, 01, 02, ... */
	static const struct {
		size_t size;
		const char *mac;
	} answers[] = {
		{ 0, "a3817f04ba25a8e66df67214c7550293" },
		{ 1, "da87c1d86b99af44347659119b22fc45" },
		{ 2, "8177228da4a45dc7fca38bdef60affe4" },
		{ 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
		{ 16, "6ee2a4ca67b054bbfd3315bf85230577" },
		{ 63, "5150d1772f50834a503e069a973fbd7c" },
	};
	uint8_t message[64], mac[CHAIN_MAC_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		crypto_shorthash_siphashx24(mac, message, answers[i].size, message);
		check_hex(mac, sizeof(mac), answers[i].mac);
	}
}

static void blake2b_has_the_known_answers(void **state)
{
	uint8_t hash[CHAIN_HASH_BYTES];

	(void)state;
	chain_hash(hash, "abc", 3);
	check_hex(hash, sizeof(hash),
		  "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
	chain_hash(hash, NULL, 0);
	check_hex(hash, sizeof(hash),
		  "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void the_first_records_have_the_macs_of_the_other_verifier(void **state)
{
	/* Computed with tests/audit/verify.py. */
	static const uint8_t secret[CHAIN_SECRET_BYTES] = { 1, 2, 3 };
	static const uint8_t log_id[CHAIN_ID_BYTES] = { 4, 5 };
	static const uint8_t nonce[CHAIN_NONCE_BYTES] = { 6 };
	static const uint8_t macs[2][CHAIN_MAC_BYTES] = {
		{ 0x38, 0x32, 0x37, 0x56, 0xb7, 0x5c, 0x67, 0xc4, 0xc1, 0x10, 0x21, 0x4b, 0xad,
		  0x94, 0xb9, 0xa5 },
		{ 0x5f, 0x90, 0x67, 0xb3, 0x95, 0xdc, 0xb5, 0x40, 0x40, 0x35, 0xd5, 0x08, 0xef,
		  0xd9, 0x4a, 0xf9 },
	};
	struct rvx_witness record = { .kind = 0x80, .class_ = 0x20, .object = 7, .p0 = 0x0504 };
	struct chain chain;

	(void)state;
	chain_init(&chain, secret, log_id, 7, nonce);
	check_hex(chain.key, sizeof(chain.key), "f3d4b343b7e4df656ea2f6c15c7d90aa");
	memcpy(record.mac, macs[0], CHAIN_MAC_BYTES);
	assert_true(chain_next(&chain, &record));
	record = (struct rvx_witness){ .sequence = 1,
				       .time = 9,
				       .kind = 0xc0,
				       .class_ = 1,
				       .flags = 1,
				       .actor = 0x10001,
				       .object = 2,
				       .p0 = 3,
				       .p1 = 4 };
	memcpy(record.mac, macs[1], CHAIN_MAC_BYTES);
	assert_true(chain_next(&chain, &record));
	check_hex(chain.key, sizeof(chain.key), "a98708b87a45616a8b878b2358eec068");
}

static void every_bit_of_a_record_counts(void **state)
{
	struct builder builder;
	struct chain chain;

	(void)state;
	builder_init(&builder);
	builder_notes(&builder, 1);
	for (size_t bit = 0; bit < 8 * sizeof(struct rvx_witness); bit++) {
		struct rvx_witness record = builder.records[1];

		chain_init(&chain, builder_identity.secret, builder_identity.log_id,
			   builder_identity.boot, builder_identity.nonce);
		assert_true(chain_next(&chain, &builder.records[0]));
		((uint8_t *)&record)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(chain_next(&chain, &record));
		/* The chain stayed where it was. */
		assert_true(chain_next(&chain, &builder.records[1]));
	}
}

static void every_part_of_the_identity_counts(void **state)
{
	struct builder builder;
	struct chain chain;

	(void)state;
	builder_init(&builder);
	builder_notes(&builder, 0);
	for (int part = 0; part < 4; part++) {
		struct log_identity other = builder_identity;

		other.secret[31] ^= part == 0;
		other.log_id[15] ^= part == 1;
		other.nonce[15] ^= part == 2;
		other.boot ^= (uint64_t)(part == 3) << 63;
		chain_init(&chain, other.secret, other.log_id, other.boot, other.nonce);
		assert_false(chain_next(&chain, &builder.records[0]));
	}
}

static void no_record_follows_but_the_next(void **state)
{
	struct builder builder;
	struct chain chain;

	(void)state;
	builder_init(&builder);
	builder_notes(&builder, 4);
	chain_init(&chain, builder_identity.secret, builder_identity.log_id, builder_identity.boot,
		   builder_identity.nonce);
	for (size_t i = 0; i < builder.count; i++) {
		for (size_t j = 0; j < builder.count; j++) {
			if (j != i)
				assert_false(chain_next(&chain, &builder.records[j]));
		}
		assert_true(chain_next(&chain, &builder.records[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_has_the_known_answers),
		cmocka_unit_test(blake2b_has_the_known_answers),
		cmocka_unit_test(the_first_records_have_the_macs_of_the_other_verifier),
		cmocka_unit_test(every_bit_of_a_record_counts),
		cmocka_unit_test(every_part_of_the_identity_counts),
		cmocka_unit_test(no_record_follows_but_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
