/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The witness chain and its accounts.
 *
 * The chain's key is replaced by a one-way function of itself after each record, so whoever
 * reads it later cannot make records of the past.
 */
#include "kernel/witness.h"
#include "kernel/arch/cpu.h"
#include "kernel/hash.h"
#include "kernel/lock.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "kernel/view.h"

struct witness_log witness_log;

/* Guarded by all locks. The key is the one secret of the kernel. */
static struct {
	uint8_t key[HASH_KEY_BYTES];
	struct rvx_witness *ring;
} chain;

/*
 * Who holds all locks has the ring to itself; refusals and faults are recorded by who holds one,
 * and take this lock besides.
 */
static struct lock ring_lock;

static const uint8_t evolve[HASH_MAC_BYTES + 1] = "RuVix-key-evolve";

void witness_init(void *ring, uint8_t secret[32], const uint8_t log_id[16], uint64_t boot,
		  const uint8_t nonce[16])
{
	uint8_t input[40], digest[32];

	memcpy(input, log_id, 16);
	memcpy(input + 16, &boot, 8);
	memcpy(input + 24, nonce, 16);
	hash_blake2b_keyed(digest, input, sizeof(input), secret);
	memcpy(chain.key, digest, sizeof(chain.key));
	hash_wipe(digest, sizeof(digest));
	hash_wipe(secret, 32);
	chain.ring = ring;
	witness_log = (struct witness_log){ .committed = CONFIG_KERNEL_RECORDS };
}

/* In the ring the previous mac lies right before the record: both are hashed where they are. */
static void chain_record(struct rvx_witness *record)
{
	uint8_t first[HASH_MAC_BYTES + RVX_WITNESS_SIGNED_BYTES];

	if (record != chain.ring) {
		hash_mac(record->mac, (const uint8_t *)record - HASH_MAC_BYTES, sizeof(first),
			 chain.key);
		return;
	}
	if (record->sequence == 0)
		memset(first, 0, HASH_MAC_BYTES);
	else
		memcpy(first, chain.ring[CONFIG_RING_RECORDS - 1].mac, HASH_MAC_BYTES);
	memcpy(first + HASH_MAC_BYTES, record, RVX_WITNESS_SIGNED_BYTES);
	hash_mac(record->mac, first, sizeof(first), chain.key);
}

static void append(uint16_t kind, uint8_t class_, uint8_t flags, uint32_t actor, uint64_t object,
		   uint64_t p0, uint64_t p1)
{
	uint64_t sequence = witness_log.next;
	struct rvx_witness *record = &chain.ring[sequence % CONFIG_RING_RECORDS];

	if (sequence - witness_log.acknowledged >= CONFIG_RING_RECORDS)
		kpanic("witness ring full at %lu, but every record was promised a place", sequence);
	record->sequence = sequence;
	record->time = arch_clock_now();
	record->kind = kind;
	record->class_ = class_;
	record->flags = flags;
	record->actor = actor;
	record->object = object;
	record->p0 = p0;
	record->p1 = p1;
	chain_record(record);
	hash_mac(chain.key, evolve, HASH_MAC_BYTES, chain.key);
	witness_log.next = sequence + 1;
	witness_log.changes++;
	view_update(witness_log.next, witness_log.acknowledged);
}

enum rvx_status witness_reserve(const struct task *caller, uint32_t count)
{
	const struct partition *partition = caller->partition;

	return partition->credits_used + count > partition->credits ? RVX_WITNESS_FULL : RVX_OK;
}

void witness_emit(uint16_t kind, uint8_t class_, struct partition *actor, uint64_t object,
		  uint64_t p0, uint64_t p1)
{
	if (actor == NULL) {
		witness_log.kernel_used++;
		append(kind, class_ | RVX_WITNESS_RESERVE, 0, 0, object, p0, p1);
		return;
	}
	actor->credits_used++;
	append(kind, class_ | 1, 0, partition_actor(actor), object, p0, p1);
}

bool witness_record(const struct task *caller, uint16_t kind, uint64_t object, uint64_t p0,
		    uint64_t p1)
{
	if (witness_reserve(caller, 1) != RVX_OK)
		return false;
	witness_emit(kind, RVX_WITNESS_ALLOWED, caller->partition, object, p0, p1);
	return true;
}

void witness_emit_by_server(uint16_t kind, uint8_t class_, struct partition *actor, uint64_t object,
			    uint64_t p0, uint64_t p1)
{
	actor->credits_used++;
	append(kind, class_ | 1, RVX_WITNESS_BY_SERVER, partition_actor(actor), object, p0, p1);
}

uint32_t witness_reserve_end(struct partition *payer)
{
	if (payer == NULL)
		return 0;
	payer->credits_used++;
	return partition_actor(payer);
}

void witness_emit_owed(uint16_t kind, uint8_t class_, uint32_t payer, uint64_t object, uint64_t p0,
		       uint64_t p1)
{
	append(kind, class_ | (payer == 0 ? RVX_WITNESS_RESERVE : 1), 0, payer, object, p0, p1);
}

/* The count of faults stands beside their kind in p0, all others are p1. */
static void sticky_emit(struct sticky *sticky, uint16_t kind, uint32_t actor, uint64_t object,
			uint64_t p0, uint64_t p1, uint32_t count)
{
	uint8_t outcome =
		kind == RVX_WITNESS_PROOF_REJECTED ? RVX_WITNESS_DENIED : RVX_WITNESS_ALLOWED;

	sticky->outstanding = true;
	if (kind == RVX_WITNESS_TASK_FAULT)
		p0 |= count;
	else
		p1 = count;
	append(kind, outcome | RVX_WITNESS_RESERVE, 0, actor, object, p0, p1);
}

/* Record an event now, or count it until the last such record was acknowledged. */
static void sticky_note(struct sticky *sticky, uint16_t kind, uint32_t actor, uint64_t object,
			uint64_t p0, uint64_t p1)
{
	lock_take(&ring_lock);
	if (!sticky->outstanding) {
		sticky_emit(sticky, kind, actor, object, p0, p1, 1);
	} else {
		if (sticky->pending == 0) {
			sticky->object = object;
			sticky->p0 = p0;
			sticky->p1 = p1;
		}
		if (sticky->pending != UINT32_MAX)
			sticky->pending++;
	}
	lock_give(&ring_lock);
}

void witness_denied(struct partition *partition, uint64_t object, uint32_t call,
		    enum rvx_status status)
{
	sticky_note(&partition->denials, RVX_WITNESS_PROOF_REJECTED, partition_actor(partition),
		    object, (uint64_t)call << 32 | (uint32_t)status, 0);
}

void witness_fault(struct task *task, uint64_t kind, uint64_t address)
{
	sticky_note(&task->partition->faults, RVX_WITNESS_TASK_FAULT,
		    partition_actor(task->partition), object_id(&task->object), kind << 32,
		    address);
}

void witness_vmid_reclaim(uint64_t generation)
{
	sticky_note(&witness_log.vmid_reclaims, RVX_WITNESS_VMID_RECLAIM, 0, 0, generation, 0);
	witness_log.vmid_reclaims.p0 = generation; /* the latest is told, not the first */
}

/* The last record of this kind was acknowledged: its place is free for what came since. */
static void sticky_acknowledged(struct sticky *sticky, uint16_t kind, uint32_t actor)
{
	uint32_t count = sticky->pending;

	sticky->outstanding = false;
	sticky->pending = 0;
	if (count != 0)
		sticky_emit(sticky, kind, actor, sticky->object, sticky->p0, sticky->p1, count);
}

static void return_place(const struct rvx_witness *record)
{
	struct partition *partition = partition_of_actor(record->actor);

	if (record->kind == RVX_WITNESS_VMID_RECLAIM) {
		sticky_acknowledged(&witness_log.vmid_reclaims, record->kind, 0);
	} else if (record->actor == 0) {
		witness_log.kernel_used--;
	} else if (partition == NULL) {
		witness_log.orphans--;
		witness_log.committed--;
	} else if (record->kind == RVX_WITNESS_PROOF_REJECTED) {
		sticky_acknowledged(&partition->denials, record->kind, record->actor);
	} else if (record->kind == RVX_WITNESS_TASK_FAULT) {
		sticky_acknowledged(&partition->faults, record->kind, record->actor);
	} else {
		/* Beyond its credits, since they were lowered: the place is nobody's then. */
		if (partition->credits_used > partition->credits)
			witness_log.committed--;
		partition->credits_used--;
	}
}

void witness_acknowledge(uint64_t sequence)
{
	for (uint32_t i = 0; i < CONFIG_CHUNK_RECORDS && witness_log.acknowledged < sequence; i++) {
		/* Counted first: what is emitted for it needs the place. */
		uint64_t place = witness_log.acknowledged++ % CONFIG_RING_RECORDS;
		struct rvx_witness record = chain.ring[place];

		return_place(&record);
	}
	view_update(witness_log.next, witness_log.acknowledged);
}

uint64_t witness_credits_free(void)
{
	return CONFIG_RING_RECORDS - witness_log.committed;
}

enum rvx_status witness_may_add_partition(void)
{
	return witness_credits_free() < CONFIG_PARTITION_RECORDS ? RVX_LIMIT : RVX_OK;
}

void witness_partition_added(void)
{
	witness_log.committed += CONFIG_PARTITION_RECORDS;
}

/* Places that its credits take: records in the ring keep theirs whatever it may have now. */
static uint64_t promised(const struct partition *partition, uint64_t credits)
{
	return credits > partition->credits_used ? credits : partition->credits_used;
}

enum rvx_status witness_may_set_credits(const struct partition *partition, uint64_t credits)
{
	uint64_t before = promised(partition, partition->credits);

	if (credits > CONFIG_RING_RECORDS ||
	    promised(partition, credits) > before + witness_credits_free())
		return RVX_LIMIT;
	return RVX_OK;
}

void witness_credits_set(struct partition *partition, uint64_t credits)
{
	witness_log.committed -= promised(partition, partition->credits);
	partition->credits = (uint32_t)credits;
	witness_log.committed += promised(partition, credits);
}

void witness_partition_removed(struct partition *partition)
{
	uint32_t left = partition->credits_used + (partition->denials.outstanding ? 1u : 0u) +
			(partition->faults.outstanding ? 1u : 0u);

	witness_log.committed -= promised(partition, partition->credits) + CONFIG_PARTITION_RECORDS;
	witness_log.committed += left;
	witness_log.orphans += left;
}
