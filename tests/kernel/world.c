/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The machine, its boot, entering the kernel, and building objects. Checks are in audit.c. */
#define _GNU_SOURCE
#include "tests/kernel/world.h"
#include "kernel/arch/cpu.h"
#include "kernel/boot.h"
#include "kernel/invariant.h"
#include "kernel/panic.h"
#include "kernel/syscall.h"
#include "kernel/trap.h"
#include "kernel/view.h"
#include "tests/lib/elf_builder.h"

#include <ruvix/version.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_SPACE 0x2000u
#define CPIO_HEADER 110u
#define POISON 0xdead0000beef0000u
#define ROUNDS_MAX 1000
#define ROUNDS_WITHOUT_TIME 64
#define CREDITS_DEFAULT 64
#define TABLES_DEFAULT 8
#define TABLE_LOG2 6
#define PROGRAM_COUNTER 0x4000000u

struct world world;

/* There is no heap in the kernel, and the search for leaks stumbles over memory at fixed places. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void abort_with(const char *text)
{
	fprintf(stderr, "%s\n", text);
	abort();
}

void (*world_on_failure)(const char *text) = abort_with;

void world_fail(const char *format, ...)
{
	static char text[8192];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	world_on_failure(text);
	abort();
}

/* The kernel's variables, as they were before the first boot. */
extern char __start_kernel_bss[], __stop_kernel_bss[];
extern char __start_kernel_data[], __stop_kernel_data[];
static char *saved_bss, *saved_data;

/* Between variables lie the sanitizer's red zones: byte by byte and behind its back. */
__attribute__((no_sanitize("address"))) static void copy(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = from[i];
}

static void reset_variables(void)
{
	size_t bss = (size_t)(__stop_kernel_bss - __start_kernel_bss);
	size_t data = (size_t)(__stop_kernel_data - __start_kernel_data);

	if (saved_bss == NULL) {
		saved_bss = malloc(bss);
		saved_data = malloc(data);
		copy(saved_bss, __start_kernel_bss, bss);
		copy(saved_data, __start_kernel_data, data);
	}
	copy(__start_kernel_bss, saved_bss, bss);
	copy(__start_kernel_data, saved_data, data);
}

/* The data of an entry starts at a multiple of 8, as the image tool has it. */
static size_t put_entry(char *at, size_t offset, const char *name, const void *data, size_t size)
{
	size_t header = offset, name_size = strlen(name) + 1;
	char *text = at + header;

	while ((header + CPIO_HEADER + name_size) % 8 != 0)
		name_size++;
	memset(text, 0, CPIO_HEADER + name_size);
	sprintf(text, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0u, 0100644u,
		0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)name_size, 0u);
	strcpy(text + CPIO_HEADER, name);
	if (size != 0)
		memcpy(text + CPIO_HEADER + name_size, data, size);
	return (header + CPIO_HEADER + name_size + size + 7) & ~(size_t)7;
}

static struct boot_range make_image(void)
{
	char *start = (char *)(uintptr_t)(HOST_RAM_BASE + host.ram_size - IMAGE_SPACE);
	uint8_t program[IMAGE_SIZE];
	size_t size = 0;

	elf_image(program);
	put32(program, IMAGE_NOTE + 20, RVX_ABI_MAJOR);
	put32(program, IMAGE_NOTE + 24, RVX_ABI_MINOR);
	memset(start, 0, IMAGE_SPACE);
	size = put_entry(start, size, "controld", program, sizeof(program));
	size = put_entry(start, size, "manifest.dtb", "manifest", 8);
	size = put_entry(start, size, "TRAILER!!!", NULL, 0);
	return (struct boot_range){ (uintptr_t)start, size };
}

/* Callee-saved registers of the running task stay in the core while the kernel is entered. */
struct kept {
	uint64_t x[12]; /* x19-x30 */
	uint64_t sp, pc, pstate, tpidr;
};
static struct kept live;
static const struct kept poison = {
	.x = { POISON, POISON, POISON, POISON, POISON, POISON, POISON, POISON, POISON, POISON,
	       POISON, POISON },
	.sp = POISON,
	.pc = POISON,
	.pstate = POISON,
	.tpidr = POISON,
};

static struct kept kept_of(const struct frame *frame)
{
	struct kept kept = {
		.sp = frame->sp, .pc = frame->pc, .pstate = frame->pstate, .tpidr = frame->tpidr
	};

	memcpy(kept.x, &frame->x[19], sizeof(kept.x));
	return kept;
}

static void keep(struct frame *frame, const struct kept *kept)
{
	memcpy(&frame->x[19], kept->x, sizeof(kept->x));
	frame->sp = kept->sp;
	frame->pc = kept->pc;
	frame->pstate = kept->pstate;
	frame->tpidr = kept->tpidr;
}

uint64_t world_pc(const struct task *task)
{
	return task == world.current ? live.pc : task->frame.pc;
}

static void resume(struct task *task)
{
	world.current = task;
	if (task == NULL)
		return;
	if (task_state(task) != TASK_READY || task_is_held(task))
		world_fail("the kernel lets a task run that is in state %lx",
			   (unsigned long)task->key);
	if (host.vttbr != task->partition->vttbr || host.vttbr == arch_vttbr_none())
		world_fail("the kernel lets a task run in another address space than its own");
	if (host.cptr != task->cptr)
		world_fail("the kernel lets a task run with another's floating-point access");
	live = kept_of(&task->frame);
	keep(&task->frame, &poison);
}

/* What is to be done with the kernel in one entry. */
enum reason {
	REASON_CALL,
	REASON_YIELD,
	REASON_INTERRUPT,
	REASON_FAULT,
	REASON_FP,
	REASON_CHECK,
	REASON_BOOT
};
struct entry {
	enum reason reason;
	uint32_t number;
	uint64_t kind, address;
	uint32_t outcome;
	struct boot_machine *machine;
};

static bool is_poisoned(const struct task *task)
{
	struct kept kept = kept_of(&task->frame);

	return memcmp(&kept, &poison, sizeof(kept)) == 0;
}

static struct task *enter_call(struct task *task, struct entry *entry)
{
	entry->outcome = trap_system_call(task, entry->number);
	if (entry->outcome == TRAP_RETURN) {
		if (cores[0].lock.next != cores[0].lock.serving)
			world_fail("call %u leaves the lock taken", entry->number);
		return task;
	}
	if (!is_poisoned(task))
		world_fail("call %u wrote registers that were not saved yet", entry->number);
	keep(&task->frame, &live);
	for (uint32_t i = 10; i <= 18; i++)
		task->frame.x[i] = 0;
	return trap_switch(task, entry->outcome);
}

static struct task *run(void *argument)
{
	struct entry *entry = argument;
	struct task *task = world.current;

	if (entry->reason == REASON_BOOT)
		return boot_kernel(entry->machine);
	if (entry->reason == REASON_CALL)
		return enter_call(task, entry);
	if (entry->reason == REASON_CHECK) {
		invariant_sweep();
		world_check();
		return task;
	}
	keep(&task->frame, &live);
	switch (entry->reason) {
	case REASON_YIELD:
		return trap_yield(task);
	case REASON_INTERRUPT:
		return trap_interrupt(task);
	case REASON_FAULT:
		return trap_fault(task, entry->kind, entry->address, 0x5e5e);
	default:
		return trap_floating_point(task);
	}
}

static enum host_exit enter(struct entry *entry)
{
	struct task *before = world.current, *next;
	enum host_exit how = host_run(run, entry, &next);

	if (how == HOST_OFF) {
		world.panicked = kernel_view.panicked != 0;
		world.current = NULL;
		if (world.panicked && !world.expects_panic)
			world_fail("kpanic: %s", kernel_epitaph.text);
		return how;
	}
	if (how == HOST_RETURNED && next == before && entry->reason == REASON_CALL &&
	    entry->outcome == TRAP_RETURN)
		return how;
	if (entry->reason != REASON_CHECK)
		resume(how == HOST_IDLE ? NULL : next);
	return how;
}

static void check(void)
{
	struct entry entry = { .reason = REASON_CHECK };

	if (world.checks)
		(void)enter(&entry);
}

void world_boot_with(uint64_t ram_size, uint32_t vmid_count)
{
	struct boot_machine machine = { .memory_count = 1, .core_count = 1, .boot_number = 7 };
	struct entry entry = { .reason = REASON_BOOT, .machine = &machine };

	reset_variables();
	host_init(ram_size);
	host.vmid_count = vmid_count;
	machine.memory[0] = (struct boot_range){ HOST_RAM_BASE, ram_size };
	machine.kept[0] = (struct boot_range){ WORLD_KEPT, 2 * RVX_PAGE_SIZE };
	machine.kept_count = 1;
	machine.console = WORLD_CONSOLE;
	machine.image = make_image();
	memset(machine.secret, WORLD_SECRET, sizeof(machine.secret));
	memset(machine.log_id, WORLD_LOG_ID, sizeof(machine.log_id));
	memset(machine.nonce, WORLD_NONCE, sizeof(machine.nonce));
	world = (struct world){ .checks = true };
	if (enter(&entry) != HOST_RETURNED)
		world_fail("the kernel did not boot: %s", kernel_epitaph.text);
	world.root = world.current;
	for (size_t i = 0; i < sizeof(machine.secret); i++) {
		if (machine.secret[i] != 0)
			world_fail("the secret is still there");
	}
	world.info =
		(const struct rvx_boot_info *)(uintptr_t)((struct region *)world_object(
								  RVX_HANDLE(RVX_BOOT_INFO, 1)))
			->base;
	world.next_slot = (uint32_t)world.info->free_slot;
	for (uint32_t i = 0, best = 0; i < world.info->untyped_count; i++) {
		if (world.info->untyped[i].size_log2 > best) {
			best = (uint32_t)world.info->untyped[i].size_log2;
			world.untyped = RVX_HANDLE(RVX_BOOT_UNTYPED_FIRST + i, 1);
		}
	}
	check();
}

void world_boot(void)
{
	world_boot_with(WORLD_RAM, 256);
}

bool world_switch_to(struct task *task)
{
	for (uint32_t i = 0; world.current != task; i++) {
		if (i == ROUNDS_MAX || world.current == NULL)
			return false;
		/* Who has a short period stays early however often it yields: time must pass. */
		if (i < ROUNDS_WITHOUT_TIME)
			world_yield();
		else
			world_pass(CONFIG_DEFAULT_BUDGET / 4);
	}
	return true;
}

static void enter_simply(enum reason reason)
{
	struct entry entry = { .reason = reason };

	(void)enter(&entry);
	check();
}

void world_yield(void)
{
	/* Who yields goes behind those who yielded before: that takes time. */
	host.now++;
	enter_simply(REASON_YIELD);
}

void world_interrupt(void)
{
	enter_simply(REASON_INTERRUPT);
}

void world_floating_point(void)
{
	enter_simply(REASON_FP);
}

void world_fault(uint64_t kind, uint64_t address)
{
	struct entry entry = { .reason = REASON_FAULT, .kind = kind, .address = address };

	(void)enter(&entry);
	check();
}

void world_pass(uint64_t ticks)
{
	uint64_t until = host.now + ticks;

	while (host.timer_at <= until && world.current != NULL) {
		if (host.timer_at > host.now)
			host.now = host.timer_at;
		world_interrupt();
	}
	if (host.now < until)
		host.now = until;
}

/* The call that a task makes or is in the middle of. */
static struct {
	uint32_t number;
	uint64_t x[WORLD_ARGUMENTS];
} calling;

static int64_t answer(struct task *task, const struct entry *entry, enum host_exit how)
{
	if (how == HOST_OFF)
		return WORLD_OFF;
	check();
	switch (task_state(task)) {
	case TASK_DEAD:
		return WORLD_DEAD;
	case TASK_READY:
		break;
	default:
		return WORLD_BLOCKED;
	}
	if (entry->outcome == TRAP_RESTART) {
		if (memcmp(task->frame.x, calling.x, 10 * sizeof(uint64_t)) != 0)
			world_fail("call %u is to be made again with other arguments",
				   calling.number);
		return WORLD_RESTART;
	}
	return (int64_t)task->frame.x[0];
}

int64_t world_step_again(struct task *task)
{
	struct entry entry = { .reason = REASON_CALL, .number = calling.number };
	enum host_exit how;

	if (world.current != task)
		world_fail("a task calls that does not run");
	memcpy(task->frame.x, calling.x, 10 * sizeof(uint64_t));
	memcpy(task->extended, &calling.x[10], sizeof(task->extended));
	live.pc += 4;
	how = enter(&entry);
	return answer(task, &entry, how);
}

int64_t world_step(struct task *task, uint32_t number, const uint64_t x[WORLD_ARGUMENTS])
{
	calling.number = number;
	memcpy(calling.x, x, sizeof(calling.x));
	return world_step_again(task);
}

int64_t world_call(struct task *task, uint32_t number, const uint64_t x[WORLD_ARGUMENTS])
{
	int64_t result;

	if (!world_switch_to(task))
		world_fail("the task that is to make call %u never runs (state %lx)", number,
			   (unsigned long)task->key);
	result = world_step(task, number, x);
	for (uint32_t i = 0; result == WORLD_RESTART; i++) {
		if (i == ROUNDS_MAX)
			world_fail("call %u is interrupted for ever", number);
		if (host.interrupt_waits && world.current != NULL)
			world_interrupt();
		if (task_state(task) == TASK_DEAD)
			return WORLD_DEAD;
		if (!world_switch_to(task))
			world_fail("a task that was interrupted in call %u never runs again",
				   number);
		result = world_step_again(task);
	}
	return result;
}

struct capability *world_capability_in(const struct captable *table, rvx_handle_t handle)
{
	struct capability *capability;
	enum rvx_status status = captable_find(table, handle, &capability);

	if (status != RVX_OK)
		world_fail("handle %lx: status %d", (unsigned long)handle, status);
	return capability;
}

struct capability *world_capability(rvx_handle_t handle)
{
	return world_capability_in(world.root->table, handle);
}

void *world_object(rvx_handle_t handle)
{
	struct object *object = capability_object(world_capability(handle));

	if (object == NULL)
		world_fail("handle %lx is an Untyped's", (unsigned long)handle);
	return object->type == RVX_OBJECT_TASK ? (void *)task_of(object) : (void *)object;
}

bool world_handle_is(rvx_handle_t handle, enum rvx_status status)
{
	struct capability *capability;

	return captable_find(world.root->table, handle, &capability) == status;
}

uint32_t world_slot(void)
{
	if (world.next_slot == world.root->slot_count)
		world_fail("the root's table is full");
	return world.next_slot++;
}

static void must(int64_t status, const char *what)
{
	if (status < 0)
		world_fail("%s: status %ld", what, (long)status);
}

rvx_handle_t world_retype_from(rvx_handle_t untyped, uint64_t type, uint64_t size)
{
	must(ROOT(RVX_SYS_UNTYPED_RETYPE, untyped, type, size, RVX_TABLE_OWN, world_slot()),
	     "retype");
	return world.root->frame.x[1];
}

rvx_handle_t world_retype(uint64_t type, uint64_t size)
{
	return world_retype_from(world.untyped, type, size);
}

static void make_partition(struct actor *actor, const struct actor_options *options,
			   rvx_handle_t untyped)
{
	uint64_t credits = options->credits != 0 ? options->credits : CREDITS_DEFAULT;

	actor->partition_handle =
		world_retype_from(untyped, RVX_OBJECT_PARTITION,
				  options->tables != 0 ? options->tables : TABLES_DEFAULT);
	must(ROOT(RVX_SYS_LOG_GRANT, RVX_HANDLE(RVX_BOOT_WITNESS_LOG, 1), actor->partition_handle,
		  credits),
	     "log_grant");
	must(ROOT(RVX_SYS_PARTITION_START, actor->partition_handle), "partition_start");
}

struct actor world_actor_with(const struct actor_options *options)
{
	rvx_handle_t untyped = options->untyped != 0 ? options->untyped : world.untyped;
	struct actor actor = { .next_slot = 1 };

	if (options->mate != NULL)
		actor.partition_handle = options->mate->partition_handle;
	else
		make_partition(&actor, options, untyped);
	actor.table_handle = world_retype_from(untyped, RVX_OBJECT_CAPTABLE, TABLE_LOG2);
	actor.task_handle = world_retype_from(untyped, RVX_OBJECT_TASK, 0);
	actor.task = world_object(actor.task_handle);
	actor.partition = world_object(actor.partition_handle);
	actor.table = world_object(actor.table_handle);
	must(ROOT(RVX_SYS_TASK_BIND, actor.task_handle, actor.partition_handle, actor.table_handle),
	     "task_bind");
	if (options->flags != 0 || options->budget != 0) {
		uint64_t budget = options->budget != 0 ? options->budget : CONFIG_DEFAULT_BUDGET;
		uint64_t period = options->period != 0 ? options->period : CONFIG_DEFAULT_PERIOD;

		must(ROOT(RVX_SYS_TASK_SCHEDULE, actor.task_handle, budget, period, period,
			  options->flags),
		     "task_schedule");
	}
	if (!options->stopped)
		must(ROOT(RVX_SYS_TASK_START, actor.task_handle, PROGRAM_COUNTER, 0x1000, 0),
		     "task_start");
	return actor;
}

struct actor world_actor(void)
{
	const struct actor_options none = { 0 };

	return world_actor_with(&none);
}

struct actor world_passive(void)
{
	const struct actor_options passive = { .flags = RVX_SCHEDULE_PASSIVE };

	return world_actor_with(&passive);
}

static rvx_handle_t mint(struct actor *to, rvx_handle_t edge, uint64_t badge, uint32_t end)
{
	must(ROOT(RVX_SYS_CAP_MINT, RVX_TABLE_OWN, edge, to->table_handle, to->next_slot++,
		  RVX_RIGHTS_ALL, badge, end),
	     "cap_mint");
	return world.root->frame.x[1];
}

struct link world_link_with(struct actor *from, struct actor *to, uint32_t from_slot,
			    uint32_t to_slot)
{
	struct link link = { .edge = world_retype(RVX_OBJECT_EDGE, 0) };

	link.from_badge = 0x100u + RVX_HANDLE_SLOT(link.edge);
	link.to_badge = 0x200u + RVX_HANDLE_SLOT(link.edge);
	link.from = mint(from, link.edge, link.from_badge, 0);
	link.to = mint(to, link.edge, link.to_badge, 1);
	must(ROOT(RVX_SYS_EDGE_BIND, from->table_handle, link.from, from->task_handle, from_slot),
	     "edge_bind");
	must(ROOT(RVX_SYS_EDGE_BIND, to->table_handle, link.to, to->task_handle, to_slot),
	     "edge_bind");
	return link;
}

struct link world_link(struct actor *from, struct actor *to)
{
	return world_link_with(from, to, 0, 0);
}

rvx_handle_t world_give(struct actor *to, rvx_handle_t handle, uint64_t rights)
{
	must(ROOT(RVX_SYS_CAP_COPY, RVX_TABLE_OWN, handle, to->table_handle, to->next_slot++,
		  rights),
	     "cap_copy");
	return world.root->frame.x[1];
}

const struct rvx_witness *world_record(uint64_t sequence)
{
	const struct rvx_witness *ring =
		(const struct rvx_witness *)(uintptr_t)witness_log.region.base;

	if (sequence >= witness_log.next || witness_log.next - sequence > CONFIG_RING_RECORDS)
		world_fail("record %lu is not in the ring", (unsigned long)sequence);
	return &ring[sequence % CONFIG_RING_RECORDS];
}
