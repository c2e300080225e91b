/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Ring and doorbell. The bell is rung after the ring shows the new state, so whoever hears it
 * finds what it was rung for, and a bell that rings before its hearer waits is not lost.
 */
#include "libruvix/ruvix.h"

void *rvx_region_address(uint32_t slot)
{
	uint64_t mapping = 0;
	enum rvx_status status =
		rvx_cap_describe(RVX_TABLE_OWN, slot, NULL, NULL, NULL, NULL, &mapping, NULL, NULL);

	return status == RVX_OK ? (void *)(uintptr_t)RVX_MAPPING_ADDRESS(mapping) : NULL;
}

bool rvx_channel_init_sender(struct rvx_channel *channel, rvx_handle_t edge, void *memory,
			     uint64_t size)
{
	channel->edge = edge;
	return rvx_ring_attach_producer(&channel->ring, memory, size);
}

bool rvx_channel_init_receiver(struct rvx_channel *channel, rvx_handle_t edge, void *memory,
			       uint64_t size)
{
	channel->edge = edge;
	return rvx_ring_attach_consumer(&channel->ring, memory, size);
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
