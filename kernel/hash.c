/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kernel's one door to libsodium. */
#include "kernel/hash.h"

#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/utils.h>

_Static_assert(crypto_shorthash_siphashx24_BYTES == HASH_MAC_BYTES, "128-bit SipHash");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == HASH_KEY_BYTES, "SipHash key");

void hash_mac(uint8_t out[HASH_MAC_BYTES], const uint8_t *data, size_t size,
	      const uint8_t key[HASH_KEY_BYTES])
{
	(void)crypto_shorthash_siphashx24(out, data, size, key);
}

void hash_blake2b(uint8_t out[HASH_DIGEST_BYTES], const void *data, size_t size)
{
	(void)crypto_generichash(out, HASH_DIGEST_BYTES, data, size, NULL, 0);
}

void hash_blake2b_keyed(uint8_t out[HASH_DIGEST_BYTES], const void *data, size_t size,
			const uint8_t key[32])
{
	(void)crypto_generichash(out, HASH_DIGEST_BYTES, data, size, key, 32);
}

void hash_wipe(void *secret, size_t size)
{
	sodium_memzero(secret, size);
}
