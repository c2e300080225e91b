/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The chain of macs through the records of one boot, as ruvix/witness.h defines it:
 *
 *   secret, log id, boot, nonce --BLAKE2b--> key 0 --evolve--> key 1 --evolve--> key 2
 *                                              |                 |                 |
 *                               zeros --> mac of record 0 --> of record 1 --> of record 2
 *
 * A mac holds only if all records before it are the ones that were made.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "lib/attributes.h"

#include <ruvix/witness.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_SECRET_BYTES 32u
#define CHAIN_ID_BYTES 16u
#define CHAIN_NONCE_BYTES 16u
#define CHAIN_MAC_BYTES 16u
#define CHAIN_HASH_BYTES 32u

struct chain {
	uint8_t key[CHAIN_MAC_BYTES]; /* of the next record */
	uint8_t mac[CHAIN_MAC_BYTES]; /* of the last one */
};

void chain_init(struct chain *chain, const uint8_t *secret, const uint8_t *log_id, uint64_t boot,
		const uint8_t *nonce);
/* Whether `record` is what the kernel made next. Goes on to the one after it only if so. */
MUST_CHECK bool chain_next(struct chain *chain, const struct rvx_witness *record);

/* BLAKE2b-256 without a key. */
void chain_hash(uint8_t *hash, const void *data, size_t size);

#endif
