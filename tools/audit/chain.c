/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The chain of macs: key derivation, evolution, the check of one record. */
#include "tools/audit/chain.h"

#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <string.h>

_Static_assert(crypto_shorthash_siphashx24_BYTES == CHAIN_MAC_BYTES, "128 bit mac");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES == CHAIN_MAC_BYTES, "128 bit key");

static const uint8_t evolve[CHAIN_MAC_BYTES + 1] = "RuVix-key-evolve";

void chain_init(struct chain *chain, const uint8_t *secret, const uint8_t *log_id, uint64_t boot,
		const uint8_t *nonce)
{
	uint8_t input[CHAIN_ID_BYTES + sizeof(boot) + CHAIN_NONCE_BYTES];
	uint8_t digest[CHAIN_HASH_BYTES];

	memcpy(input, log_id, CHAIN_ID_BYTES);
	memcpy(input + CHAIN_ID_BYTES, &boot, sizeof(boot));
	memcpy(input + CHAIN_ID_BYTES + sizeof(boot), nonce, CHAIN_NONCE_BYTES);
	(void)crypto_generichash(digest, sizeof(digest), input, sizeof(input), secret,
				 CHAIN_SECRET_BYTES);
	memcpy(chain->key, digest, sizeof(chain->key));
	memset(chain->mac, 0, sizeof(chain->mac));
}

bool chain_next(struct chain *chain, const struct rvx_witness *record)
{
	uint8_t input[CHAIN_MAC_BYTES + RVX_WITNESS_SIGNED_BYTES];
	uint8_t mac[CHAIN_MAC_BYTES], key[CHAIN_MAC_BYTES];

	memcpy(input, chain->mac, CHAIN_MAC_BYTES);
	memcpy(input + CHAIN_MAC_BYTES, record, RVX_WITNESS_SIGNED_BYTES);
	(void)crypto_shorthash_siphashx24(mac, input, sizeof(input), chain->key);
	if (memcmp(mac, record->mac, sizeof(mac)) != 0)
		return false;

	(void)crypto_shorthash_siphashx24(key, evolve, CHAIN_MAC_BYTES, chain->key);
	memcpy(chain->key, key, sizeof(chain->key));
	memcpy(chain->mac, mac, sizeof(chain->mac));
	return true;
}

void chain_hash(uint8_t *hash, const void *data, size_t size)
{
	(void)crypto_generichash(hash, CHAIN_HASH_BYTES, data, size, NULL, 0);
}
