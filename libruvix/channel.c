/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Ring and doorbell. The bell is rung after the ring shows the new state, so whoever hears it
 * finds what it was rung for, and a bell that rings before its hearer waits is not lost.
 */
#include "libruvix/ruvix.h"

void *rvx_region_address(uint32_t slot, uint64_t *size)
{
	uint64_t type = 0, mapping = 0, pages = 0;
	enum rvx_status status = rvx_cap_describe(RVX_TABLE_OWN, slot, NULL, &type, NULL, NULL,
						  &mapping, &pages, NULL);

	if (status != RVX_OK || (type & 0xff) != RVX_OBJECT_REGION || mapping == 0)
		return NULL;
	if (size != NULL)
		*size = pages * RVX_PAGE_SIZE;
	return (void *)(uintptr_t)RVX_MAPPING_ADDRESS(mapping);
}

bool rvx_channel_init_sender(struct rvx_channel *channel, rvx_handle_t edge, uint32_t slot)
{
	uint64_t size = 0;
	void *memory = rvx_region_address(slot, &size);

	channel->edge = edge;
	return memory != NULL && rvx_ring_attach_producer(&channel->ring, memory, size);
}

bool rvx_channel_init_receiver(struct rvx_channel *channel, rvx_handle_t edge, uint32_t slot)
{
	uint64_t size = 0;
	void *memory = rvx_region_address(slot, &size);

	channel->edge = edge;
	return memory != NULL && rvx_ring_attach_consumer(&channel->ring, memory, size);
}

enum rvx_status rvx_channel_send(struct rvx_channel *channel, const void *data, uint32_t size,
				 uint32_t *moved)
{
	*moved = rvx_ring_push(&channel->ring, data, size);
	if (channel->ring.is_broken)
		return RVX_WRONG_STATE;
	if (*moved == 0)
		return RVX_OK;
	return rvx_edge_signal(channel->edge, RVX_SIGNAL_DATA, *moved);
}

enum rvx_status rvx_channel_receive(struct rvx_channel *channel, void *data, uint32_t size,
				    uint32_t *moved)
{
	bool wake;

	*moved = rvx_ring_pop(&channel->ring, data, size, &wake);
	if (channel->ring.is_broken)
		return RVX_WRONG_STATE;
	return wake ? rvx_edge_signal(channel->edge, RVX_SIGNAL_SPACE, 0) : RVX_OK;
}
