/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Queue: a binary heap of items that stand in the structures they are about.
 *
 *                [1]              each key is at least that of the item above it, so
 *             [2]   [3]           that the first is the smallest; items of equal keys
 *           [4] [5] [6] [7]       come in no promised order
 *
 * Whoever may push has reserved a place before, so that a push cannot fail. A key does not change while its item is in a queue. Guarded by whatever
 * guards the owner.
 */
#ifndef KERNEL_QUEUE_H
#define KERNEL_QUEUE_H

#include "kernel/config.h"

#include <stdint.h>

#define QUEUE_KEY_NONE UINT64_MAX

struct queue_item {
	uint64_t key;
	uint64_t place; /* 0: in no queue */
};

struct queue {
	uint64_t count;
	struct queue_item *items[CONFIG_QUEUE_PLACES + 1]; /* [0] is not used */
};

void queue_push(struct queue *queue, struct queue_item *item);
void queue_remove(struct queue *queue, struct queue_item *item);
/* Take the first out and put `item` in. */
void queue_replace_first(struct queue *queue, struct queue_item *item);

static inline uint64_t queue_first_key(const struct queue *queue)
{
	return queue->count == 0 ? QUEUE_KEY_NONE : queue->items[1]->key;
}

#endif
