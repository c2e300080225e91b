/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* DeviceLease: who has which device, for how long. */
#include "kernel/lease.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/stage2.h"
#include "kernel/core.h"
#include "kernel/edge.h"
#include "kernel/region.h"
#include "kernel/task.h"
#include "kernel/witness.h"
#include "lib/bits.h"

/* Guarded by all locks. `device` 0: not used. */
struct grant {
	uint64_t device; /* RVX_LEASE_WORD, state GRANTED */
	uint64_t id;	 /* of the lease */
	bool ended;	 /* it waits for a reset */
	struct boot_range window;
};

static struct grant grants[CONFIG_LEASES_MAX];
static uint32_t grants_used;
uint32_t lease_windows;
/* Written under all locks, read under any: whose interrupts are. */
static struct lease *owners[CONFIG_INTERRUPTS_MAX];
static struct boot_range kept[3 * BOOT_RANGES_MAX];
static uint32_t kept_count;
static uint64_t console;
static uint32_t serials;

struct lease lease_parent;

static void keep(const struct boot_range *ranges, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		kept[kept_count++] = ranges[i];
}

void lease_init(const struct boot_machine *machine)
{
	kept_count = 0;
	keep(machine->memory, machine->memory_count);
	keep(machine->reserved, machine->reserved_count);
	keep(machine->kept, machine->kept_count);
	console = machine->console;
}

void lease_create(struct lease *lease)
{
	lease->timer.kind = TIMER_LEASE;
}

/* Devices are leased by pages: what shares a page with something that is kept is kept. */
static bool overlap(uint64_t base, uint64_t size, const struct boot_range *range)
{
	uint64_t start = align_down(range->start, RVX_PAGE_SIZE);

	return range->size != 0 && base < align_up(range->start + range->size, RVX_PAGE_SIZE) &&
	       start < base + size;
}

static uint64_t device_size(uint64_t device)
{
	return RVX_LEASE_PAGES(device) * RVX_PAGE_SIZE;
}

static bool is_leased(uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < CONFIG_LEASES_MAX; i++) {
		const struct boot_range range = { RVX_LEASE_ADDRESS(grants[i].device),
						  device_size(grants[i].device) };

		if (overlap(base, size, &range))
			return true;
	}
	return false;
}

/* A free grant, one whose interrupt it is, or NULL. */
static struct grant *find_grant(uint64_t interrupt)
{
	for (uint32_t i = 0; i < CONFIG_LEASES_MAX; i++) {
		if (interrupt == 0 ? grants[i].device == 0 :
				     RVX_LEASE_INTERRUPT(grants[i].device) == interrupt)
			return &grants[i];
	}
	return NULL;
}

enum rvx_status lease_may_grant(uint64_t base, uint64_t pages, uint64_t interrupt)
{
	uint64_t size = pages * RVX_PAGE_SIZE;

	if (!is_aligned(base, RVX_PAGE_SIZE))
		return RVX_UNALIGNED;
	if (pages == 0 || pages > RVX_LEASE_PAGES_MAX ||
	    !range_fits(base, size, (uint64_t)1 << RVX_DEVICE_BITS))
		return RVX_OUT_OF_RANGE;
	if (interrupt != 0 &&
	    (interrupt < RVX_INTERRUPT_FIRST || interrupt >= arch_interrupt_count()))
		return RVX_OUT_OF_RANGE;
	for (uint32_t i = 0; i < kept_count; i++) {
		if (overlap(base, size, &kept[i]))
			return RVX_OUT_OF_RANGE;
	}
	if (is_leased(base, size) || (interrupt != 0 && find_grant(interrupt) != NULL))
		return RVX_OCCUPIED;
	return find_grant(0) == NULL ? RVX_LIMIT : RVX_OK;
}

void lease_grant(struct lease *lease, uint64_t device, uint64_t end, const struct region *window,
		 uint32_t payer)
{
	struct grant *grant = find_grant(0);

	grants_used++;
	grant->device = device;
	grant->id = object_id(&lease->object);
	grant->ended = false;
	if (window != NULL) {
		grant->window = (struct boot_range){ window->base, window->pages * RVX_PAGE_SIZE };
		lease_windows++;
	}
	lease->device = device;
	lease->state = RVX_LEASE_GRANTED;
	lease->payer = payer;
	if (RVX_LEASE_INTERRUPT(device) != 0)
		owners[RVX_LEASE_INTERRUPT(device)] = lease;
	lease_renew(lease, end);
}

static void forget(struct grant *grant)
{
	*grant = (struct grant){ 0 };
	grants_used--;
}

enum rvx_status lease_check(const struct lease *lease)
{
	if (lease->state == RVX_LEASE_EMPTY)
		return RVX_WRONG_STATE;
	/* Its time can be over before the timer's interrupt was taken. */
	if (lease->state == RVX_LEASE_ENDED || arch_clock_now() >= lease->end)
		return RVX_EXPIRED;
	return RVX_OK;
}

/* It ends on the core where it was renewed last: each has a place for every lease. */
void lease_renew(struct lease *lease, uint64_t end)
{
	sched_timer_cancel(lease->core, &lease->timer);
	lease->core = arch_core();
	lease->end = end;
	if (end != RVX_LEASE_ENDLESS)
		sched_timer_set(lease->core, &lease->timer, end);
}

/* After its end the interrupt can be another lease's. Nobody owns interrupt 0. */
static bool owns_interrupt(const struct lease *lease)
{
	return owners[RVX_LEASE_INTERRUPT(lease->device)] == lease;
}

static void mask(const struct lease *lease)
{
	if (owns_interrupt(lease))
		arch_interrupt_disable(RVX_LEASE_INTERRUPT(lease->device));
}

static void tell(struct lease *lease)
{
	struct task *task = lease->task;
	struct lease **link = &task->interrupts;

	if (lease->queued)
		return;
	while (*link != NULL)
		link = &(*link)->interrupt_next;
	*link = lease;
	lease->interrupt_next = NULL;
	lease->queued = true;
	task->pending++;
	if (task_state(task) == TASK_RECEIVING)
		inbox_receive(task, 0);
}

static uint64_t mapping_word(const struct lease *lease)
{
	return lease->partition == NULL ?
		       0 :
		       RVX_MAPPING(lease->partition->number, lease->address, lease->rights);
}

static struct grant *grant_at(uint64_t base)
{
	for (uint32_t i = 0; i < CONFIG_LEASES_MAX; i++) {
		if (grants[i].device != 0 && RVX_LEASE_ADDRESS(grants[i].device) == base)
			return &grants[i];
	}
	return NULL;
}

void lease_end(struct lease *lease, uint16_t kind)
{
	struct grant *grant = grant_at(RVX_LEASE_ADDRESS(lease->device));

	witness_emit_owed(kind, RVX_WITNESS_ALLOWED, lease->payer, object_id(&lease->object),
			  lease->end, mapping_word(lease));
	sched_timer_cancel(lease->core, &lease->timer);
	mask(lease);
	if (owns_interrupt(lease))
		owners[RVX_LEASE_INTERRUPT(lease->device)] = NULL;
	if (lease->partition != NULL)
		lease_unmap(lease);
	lease->state = RVX_LEASE_ENDED;
	grant->ended = true;
	if (grant->window.size == 0)
		forget(grant);
	if (lease->task != NULL)
		tell(lease);
}

void lease_expire(struct timer *timer)
{
	lease_end(CONTAINER_OF(timer, struct lease, timer), RVX_WITNESS_DEVICE_LEASE_EXPIRE);
}

enum rvx_status lease_may_reset(uint64_t base, uint64_t *id, uint64_t *device)
{
	const struct grant *grant = grant_at(base);

	if (grant == NULL)
		return RVX_NOTHING;
	if (!grant->ended)
		return RVX_WRONG_STATE;
	*id = grant->id;
	*device = grant->device;
	return RVX_OK;
}

void lease_reset(uint64_t base)
{
	forget(grant_at(base));
	lease_windows--;
}

void lease_destroy(struct lease *lease)
{
	if (lease->task != NULL)
		lease_unbind(lease);
	if (lease->state == RVX_LEASE_GRANTED)
		lease_end(lease, RVX_WITNESS_DEVICE_LEASE_REVOKE);
}

bool lease_a_window_covers(uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < CONFIG_LEASES_MAX; i++) {
		if (overlap(base, size, &grants[i].window))
			return true;
	}
	return false;
}

bool lease_has_console(void)
{
	return grants_used != 0 && is_leased(console, RVX_PAGE_SIZE);
}

enum rvx_status lease_may_map(const struct lease *lease, struct partition *partition,
			      uint64_t address, uint64_t rights)
{
	enum rvx_status status = lease_check(lease);
	uint64_t pages;

	if (status != RVX_OK)
		return status;
	if ((rights & RVX_RIGHT_EXECUTE) != 0)
		return RVX_BAD_ARGUMENT;
	pages = RVX_LEASE_PAGES(lease->device);
	if (!is_aligned(address, RVX_PAGE_SIZE))
		return RVX_UNALIGNED;
	if (!range_fits(address, pages * RVX_PAGE_SIZE, (uint64_t)1 << RVX_ADDRESS_BITS))
		return RVX_OUT_OF_RANGE;
	if (lease->partition != NULL)
		return RVX_ALREADY_MAPPED;
	if (partition->mapper != 0)
		return RVX_BUSY;
	return stage2_may_map(partition, address, RVX_LEASE_ADDRESS(lease->device), pages,
			      (uint32_t)rights | STAGE2_DEVICE);
}

void lease_map(struct capability *capability, struct partition *partition, uint64_t address,
	       uint32_t rights)
{
	struct lease *lease = capability->object;
	uint64_t base = RVX_LEASE_ADDRESS(lease->device);
	uint64_t pages = RVX_LEASE_PAGES(lease->device);

	/* At most two rounds: no more than RVX_LEASE_PAGES_MAX pages, in one or two tables. */
	for (uint64_t done = 0; done < pages;)
		done += stage2_map(partition, address + done * RVX_PAGE_SIZE,
				   base + done * RVX_PAGE_SIZE, pages - done,
				   rights | STAGE2_DEVICE);
	lease->partition = partition;
	lease->address = address;
	lease->rights = rights;
	lease->map_serial = ++serials;
	lease->partition_next = partition->leases;
	partition->leases = lease;
	capability->u.binding.map_serial = lease->map_serial;
}

void lease_unmap(struct lease *lease)
{
	struct lease **link = &lease->partition->leases;
	uint64_t pages = RVX_LEASE_PAGES(lease->device);

	while (pages != 0)
		pages -= stage2_unmap(lease->partition, lease->address, pages);
	while (*link != lease)
		link = &(*link)->partition_next;
	*link = lease->partition_next;
	lease->partition = NULL;
	lease->map_serial = 0;
}

uint64_t lease_mapping_word(const struct capability *capability)
{
	const struct lease *lease = capability->object;

	return capability->u.binding.map_serial == lease->map_serial ? mapping_word(lease) : 0;
}

enum rvx_status lease_may_bind(const struct lease *lease, const struct task *task)
{
	enum rvx_status status = lease_check(lease);
	uint32_t count = 0;

	if (status != RVX_OK)
		return status;
	if (lease->task != NULL)
		return RVX_OCCUPIED;
	if (task->partition == NULL)
		return RVX_WRONG_STATE;
	for (const struct lease *other = task->leases; other != NULL; other = other->task_next)
		count++;
	return count == RVX_TASK_LEASES_MAX ? RVX_LIMIT : RVX_OK;
}

void lease_bind(struct capability *capability, struct task *task)
{
	struct lease *lease = capability->object;

	lease->task = task;
	lease->badge = capability->u.binding.badge;
	lease->bind_serial = capability->u.binding.serial = ++serials;
	lease->count = 0;
	lease->task_next = task->leases;
	task->leases = lease;
	lease_acknowledge(lease);
}

void lease_unbind(struct lease *lease)
{
	struct task *task = lease->task;
	struct lease **link = &task->leases;

	mask(lease);
	while (*link != lease)
		link = &(*link)->task_next;
	*link = lease->task_next;
	if (lease->queued) {
		for (link = &task->interrupts; *link != lease; link = &(*link)->interrupt_next)
			;
		*link = lease->interrupt_next;
		lease->queued = false;
		task->pending--;
	}
	lease->task = NULL;
	lease->bind_serial = 0;
}

void lease_let_go(const struct capability *capability)
{
	struct lease *lease = capability->object;

	if (lease->partition != NULL && capability->u.binding.map_serial == lease->map_serial)
		lease_unmap(lease);
	if (lease->task != NULL && capability->u.binding.serial == lease->bind_serial)
		lease_unbind(lease);
}

bool lease_interrupt(const struct core *core, uint32_t number)
{
	struct lease *lease = owners[number];

	/* Taking it disabled it: a device that storms comes here once until it is acknowledged. */
	if (lease == NULL || lease->task == NULL)
		return true;
	if (lease->task->core != core && !core_holds_all(core))
		return false;
	lease->count++;
	tell(lease);
	return true;
}

void lease_acknowledge(const struct lease *lease)
{
	if (owns_interrupt(lease))
		arch_interrupt_enable(RVX_LEASE_INTERRUPT(lease->device), lease->task->core->id);
}

void lease_told(struct task *task)
{
	struct lease *lease = task->interrupts;

	task->interrupts = lease->interrupt_next;
	task->pending--;
	lease->queued = false;
	lease->count = 0;
	if (lease->state == RVX_LEASE_ENDED)
		lease_unbind(lease);
}
