/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel's one door to libsodium: SipHash-2-4-128 for records, BLAKE2b-256 for what is
 * measured. `out` of a MAC may be the key.
 */
#ifndef KERNEL_HASH_H
#define KERNEL_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_KEY_BYTES 16
#define HASH_MAC_BYTES 16
#define HASH_DIGEST_BYTES 32

void hash_mac(uint8_t out[HASH_MAC_BYTES], const uint8_t *data, size_t size,
	      const uint8_t key[HASH_KEY_BYTES]);
void hash_blake2b(uint8_t out[HASH_DIGEST_BYTES], const void *data, size_t size);
void hash_blake2b_keyed(uint8_t out[HASH_DIGEST_BYTES], const void *data, size_t size,
			const uint8_t key[32]);
/* Overwrite a secret with stores that the compiler may not drop. */
void hash_wipe(void *secret, size_t size);

#endif
