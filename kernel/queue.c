/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Queue: an item rises while the one above it is later, and sinks while one below is earlier. */
#include "kernel/queue.h"
#include "kernel/panic.h"

static void put(struct queue *queue, uint64_t place, struct queue_item *item)
{
	queue->items[place] = item;
	item->place = place;
}

static void rise(struct queue *queue, uint64_t place, struct queue_item *item)
{
	while (place > 1 && queue->items[place / 2]->key > item->key) {
		put(queue, place, queue->items[place / 2]);
		place /= 2;
	}
	put(queue, place, item);
}

static void sink(struct queue *queue, uint64_t place, struct queue_item *item)
{
	const uint64_t count = queue->count, key = item->key;

	for (uint64_t below = 2 * place; below <= count; below = 2 * place) {
		struct queue_item *first = queue->items[below];

		if (below < count && queue->items[below + 1]->key < first->key)
			first = queue->items[++below];
		if (first->key >= key)
			break;
		put(queue, place, first);
		place = below;
	}
	put(queue, place, item);
}

void queue_push(struct queue *queue, struct queue_item *item)
{
	kassert(item->place == 0);
	kassert(queue->count < CONFIG_QUEUE_PLACES);
	rise(queue, ++queue->count, item);
}

void queue_remove(struct queue *queue, struct queue_item *item)
{
	uint64_t place = item->place;
	struct queue_item *last;

	kassert(place != 0);
	kassert(queue->items[place] == item);
	last = queue->items[queue->count--];
	item->place = 0;
	if (last == item)
		return;
	if (place > 1 && queue->items[place / 2]->key > last->key)
		rise(queue, place, last);
	else
		sink(queue, place, last);
}

void queue_replace_first(struct queue *queue, struct queue_item *item)
{
	kassert(queue->count > 0);
	kassert(item->place == 0);
	queue->items[1]->place = 0;
	sink(queue, 1, item);
}
