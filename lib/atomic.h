/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Accessors for 32-bit words that another core or another partition reads or writes at
 * the same time. Every name ends in its memory order; the comment at the place of use names the
 * access at the other end that it pairs with. The read-modify-write forms become exclusive
 * loads and stores, which need the MMU on: before that, use the plain loads and stores.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#include <stdint.h>

static inline uint32_t atomic32_load_relaxed(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint32_t atomic32_load_acquire(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void atomic32_store_relaxed(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline void atomic32_store_release(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline uint32_t atomic32_exchange_acquire(uint32_t *word, uint32_t value)
{
	return __atomic_exchange_n(word, value, __ATOMIC_ACQUIRE);
}

static inline uint32_t atomic32_fetch_add_relaxed(uint32_t *word, uint32_t value)
{
	return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}

static inline void atomic_fence_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
