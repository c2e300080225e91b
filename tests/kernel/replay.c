/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The state by the records. Slow and simple: arrays that are searched. */
#include "tests/kernel/replay.h"
#include "kernel/inspect.h"

#include <ruvix/kinds.h>

#include <string.h>

#define CAPABILITIES_MAX 4096
#define OBJECTS_MAX 4096
#define NOBODY (-1)

struct held {
	bool there;
	uint64_t place; /* low 16 bits 0 */
	uint64_t object;
	uint32_t type, rights, end;
	bool master;
	int parent;
	uint64_t mapping; /* 0: none */
};

struct thing {
	uint64_t id; /* 0: none */
	uint32_t type;
	uint64_t detail[2]; /* as in struct rvx_state_entry */
	int binder[2];	    /* of an Edge's ends: the capability through which */
	uint32_t number;    /* of a Partition */
};

static struct held held[CAPABILITIES_MAX];
static struct thing things[OBJECTS_MAX];
static int held_count, thing_count;
static uint64_t next_record;

void replay_begin(void)
{
	memset(held, 0, sizeof(held));
	memset(things, 0, sizeof(things));
	held_count = thing_count = 0;
	next_record = 0;
}

static uint64_t place_of(uint64_t word)
{
	return word & ~(uint64_t)0xffff;
}

static int at_place(uint64_t word)
{
	for (int i = 0; i < held_count; i++) {
		if (held[i].there && held[i].place == place_of(word))
			return i;
	}
	return NOBODY;
}

static int must_be_at(uint64_t word, const struct rvx_witness *record)
{
	int found = at_place(word);

	if (found == NOBODY)
		world_fail("record %lu, kind %x: nothing at table %u, slot %u",
			   (unsigned long)record->sequence, record->kind, RVX_PLACE_TABLE(word),
			   RVX_PLACE_SLOT(word));
	return found;
}

static struct thing *thing_of(uint64_t id)
{
	for (int i = 0; i < thing_count; i++) {
		if (things[i].id == id)
			return &things[i];
	}
	return NULL;
}

static struct thing *add_thing(uint64_t id, uint32_t type)
{
	int i = 0;

	while (i < thing_count && things[i].id != 0)
		i++;
	if (i == OBJECTS_MAX)
		world_fail("replay: too many objects");
	if (i == thing_count)
		thing_count++;
	things[i] = (struct thing){ .id = id, .type = type, .binder = { NOBODY, NOBODY } };
	return &things[i];
}

static void drop(int index);

static int add_held(uint64_t place, uint64_t object, uint32_t type, uint32_t rights, int parent)
{
	int i = at_place(place);

	if (i != NOBODY)
		drop(i);
	i = 0;
	while (i < held_count && held[i].there)
		i++;
	if (i == CAPABILITIES_MAX)
		world_fail("replay: too many capabilities");
	if (i == held_count)
		held_count++;
	held[i] = (struct held){ .there = true,
				 .place = place_of(place),
				 .object = object,
				 .type = type,
				 .rights = rights,
				 .parent = parent };
	return i;
}

static void drop_children(int index)
{
	for (int i = 0; i < held_count; i++) {
		if (held[i].there && held[i].parent == index)
			drop(i);
	}
}

static void end_task(uint64_t id)
{
	for (int i = 0; i < thing_count; i++) {
		for (int end = 0; things[i].type == RVX_OBJECT_EDGE && end < 2; end++) {
			if (things[i].detail[end] == id) {
				things[i].detail[end] = 0;
				things[i].binder[end] = NOBODY;
			}
		}
		if (things[i].type == RVX_OBJECT_LEASE && things[i].detail[1] == id)
			things[i].detail[1] = 0;
		if (things[i].id == id)
			things[i].detail[0] = things[i].detail[1] = 0;
	}
}

static void end_tasks_with(int detail, uint64_t id)
{
	for (int i = 0; i < thing_count; i++) {
		if (things[i].id != 0 && things[i].type == RVX_OBJECT_TASK &&
		    things[i].detail[detail] == id)
			end_task(things[i].id);
	}
}

static void end_thing(struct thing *thing)
{
	uint64_t id = thing->id;
	uint32_t number = thing->number;

	switch (thing->type) {
	case RVX_OBJECT_CAPTABLE:
		end_tasks_with(1, id);
		for (int i = 0; i < held_count; i++) {
			if (held[i].there && RVX_PLACE_TABLE(held[i].place) == (uint32_t)(id >> 32))
				drop(i);
		}
		break;
	case RVX_OBJECT_PARTITION:
		end_tasks_with(0, id);
		for (int i = 0; i < held_count; i++) {
			if (held[i].mapping != 0 &&
			    RVX_MAPPING_PARTITION(held[i].mapping) == number)
				held[i].mapping = 0;
		}
		break;
	case RVX_OBJECT_TASK:
		end_task(id);
		break;
	default:
		break;
	}
	thing->id = 0;
}

static void drop(int index)
{
	struct held *it = &held[index];
	struct thing *thing = thing_of(it->object);

	it->there = false;
	drop_children(index);
	it->mapping = 0;
	for (int end = 0; thing != NULL && thing->type == RVX_OBJECT_EDGE && end < 2; end++) {
		if (thing->binder[end] == index) {
			thing->detail[end] = 0;
			thing->binder[end] = NOBODY;
		}
	}
	if (thing != NULL && thing->type == RVX_OBJECT_LEASE && thing->binder[0] == index) {
		thing->detail[1] = 0;
		thing->binder[0] = NOBODY;
	}
	if (it->master && thing != NULL && thing->id == it->object)
		end_thing(thing);
}

static void end_partition_numbered(uint32_t number)
{
	for (int i = 0; i < thing_count; i++) {
		if (things[i].id != 0 && things[i].type == RVX_OBJECT_PARTITION &&
		    things[i].number == number)
			end_thing(&things[i]);
	}
}

/* Where a change that ends was begun; a table's own capability can have moved into the table. */
static int begun_at(const struct rvx_witness *record)
{
	for (int i = 0; i < held_count; i++) {
		if (held[i].there && held[i].object == record->object &&
		    (held[i].place == place_of(record->p0) ||
		     (held[i].master && RVX_PLACE_SLOT(record->p0) == 0)))
			return i;
	}
	return NOBODY;
}

static void create(const struct rvx_witness *record, uint32_t type)
{
	uint32_t low = RVX_PLACE_LOW(record->p0), high = RVX_PLACE_LOW(record->p1);
	struct thing *thing;
	int made = add_held(record->p0, record->object, type, RVX_RIGHTS_ALL,
			    must_be_at(record->p1, record));

	held[made].master = true;
	if (type == RVX_OBJECT_PARTITION)
		end_partition_numbered(low);
	thing = add_thing(record->object, type);
	switch (type) {
	case RVX_OBJECT_PARTITION:
		/* The generation is not told: it is in what the partition does. */
		thing->number = low;
		break;
	case RVX_OBJECT_UNTYPED:
	case RVX_OBJECT_CAPTABLE:
		thing->detail[0] = low;
		break;
	case RVX_OBJECT_REGION:
		thing->detail[0] = (uint64_t)high << 16 | low;
		break;
	default:
		break;
	}
}

static void boot_capability(const struct rvx_witness *record)
{
	uint32_t type = RVX_PLACE_LOW(record->p0) >> 8, rights = RVX_PLACE_LOW(record->p0) & 0x7f;
	struct thing *thing = add_thing(record->object, type);
	int made = add_held(record->p0, record->object, type, rights, NOBODY);

	held[made].master = true;
	if (type == RVX_OBJECT_UNTYPED || type == RVX_OBJECT_REGION)
		thing->detail[0] = record->p1;
}

static void derive(const struct rvx_witness *record)
{
	int source = must_be_at(record->p1, record), made;

	if (held[source].object != record->object)
		world_fail("record %lu: the source is another object",
			   (unsigned long)record->sequence);
	made = add_held(record->p0, record->object, held[source].type,
			RVX_PLACE_LOW(record->p0) & 0x7f, source);
	held[made].end = RVX_PLACE_LOW(record->p0) >> 8;
}

static struct thing *must_be(uint64_t id, const struct rvx_witness *record)
{
	struct thing *thing = thing_of(id);

	if (thing == NULL)
		world_fail("record %lu, kind %x: no object %lx", (unsigned long)record->sequence,
			   record->kind, (unsigned long)id);
	return thing;
}

static void bind_edge(const struct rvx_witness *record)
{
	struct thing *edge = must_be(record->object, record);
	uint32_t end = RVX_PLACE_LOW(record->p0) >> 8;

	edge->detail[end] = record->p1;
	edge->binder[end] = must_be_at(record->p0, record);
}

static void bind_lease(const struct rvx_witness *record)
{
	struct thing *lease = must_be(record->object, record);

	lease->detail[1] = record->p1;
	lease->binder[0] = must_be_at(record->p0, record);
}

/* The lease itself can be gone already. */
static void end_lease(uint64_t id)
{
	struct thing *lease = thing_of(id);

	for (int i = 0; i < held_count; i++) {
		if (held[i].there && held[i].object == id)
			held[i].mapping = 0;
	}
	if (lease == NULL)
		return;
	lease->detail[0] += RVX_LEASE_ENDED - RVX_LEASE_GRANTED;
	lease->detail[1] = 0;
	lease->binder[0] = NOBODY;
}

static void apply(const struct rvx_witness *record)
{
	bool is_end = (record->class_ & RVX_WITNESS_OUTCOME) == RVX_WITNESS_END;

	switch (record->kind) {
	case RVX_WITNESS_BOOT_CAPABILITY:
		boot_capability(record);
		return;
	case RVX_WITNESS_UNTYPED_CREATE:
		create(record, RVX_OBJECT_UNTYPED);
		return;
	case RVX_WITNESS_CAP_TABLE_CREATE:
		create(record, RVX_OBJECT_CAPTABLE);
		return;
	case RVX_WITNESS_PARTITION_CREATE:
		create(record, RVX_OBJECT_PARTITION);
		return;
	case RVX_WITNESS_REGION_CREATE:
		create(record, RVX_OBJECT_REGION);
		return;
	case RVX_WITNESS_TASK_SPAWN:
		create(record, RVX_OBJECT_TASK);
		return;
	case RVX_WITNESS_COMM_EDGE_CREATE:
		create(record, RVX_OBJECT_EDGE);
		return;
	case RVX_WITNESS_DEVICE_LEASE_CREATE:
		create(record, RVX_OBJECT_LEASE);
		return;
	case RVX_WITNESS_DEVICE_LEASE_GRANT:
		if ((record->class_ & RVX_WITNESS_CONTINUED) == 0)
			must_be(record->object, record)->detail[0] = record->p0 | RVX_LEASE_GRANTED;
		return;
	case RVX_WITNESS_DEVICE_LEASE_EXPIRE:
	case RVX_WITNESS_DEVICE_LEASE_REVOKE:
		end_lease(record->object);
		return;
	case RVX_WITNESS_DEVICE_LEASE_BIND:
		bind_lease(record);
		return;
	case RVX_WITNESS_CAPABILITY_GRANT:
	case RVX_WITNESS_CAPABILITY_DELEGATE:
		derive(record);
		return;
	case RVX_WITNESS_CAPABILITY_MOVE:
		held[must_be_at(record->p1, record)].place = place_of(record->p0);
		return;
	case RVX_WITNESS_CAPABILITY_REVOKE:
		if (is_end && begun_at(record) != NOBODY)
			drop_children(begun_at(record));
		return;
	case RVX_WITNESS_CAP_TABLE_DESTROY:
	case RVX_WITNESS_PARTITION_DESTROY:
		if (is_end && begun_at(record) != NOBODY)
			drop(begun_at(record));
		return;
	case RVX_WITNESS_CAPABILITY_DELETE:
	case RVX_WITNESS_UNTYPED_DESTROY:
	case RVX_WITNESS_REGION_DESTROY:
	case RVX_WITNESS_TASK_TERMINATE:
	case RVX_WITNESS_COMM_EDGE_DESTROY:
	case RVX_WITNESS_DEVICE_LEASE_DESTROY:
		drop(must_be_at(record->p0, record));
		return;
	case RVX_WITNESS_REGION_MAP:
	case RVX_WITNESS_REGION_PROTECT:
		held[must_be_at(record->p0, record)].mapping = record->p1;
		return;
	case RVX_WITNESS_REGION_UNMAP:
		held[must_be_at(record->p0, record)].mapping = 0;
		return;
	case RVX_WITNESS_COMM_EDGE_BIND:
		bind_edge(record);
		return;
	case RVX_WITNESS_TASK_BIND:
		must_be(record->object, record)->detail[0] = record->p0;
		must_be(record->object, record)->detail[1] = record->p1;
		return;
	case RVX_WITNESS_PARTITION_START:
	case RVX_WITNESS_PARTITION_RESUME:
		must_be(record->object, record)->detail[1] = RVX_PARTITION_RUNNING;
		return;
	case RVX_WITNESS_MODE_SWITCH:
		must_be(record->object, record)->detail[1] = record->p0;
		return;
	case RVX_WITNESS_PARTITION_SUSPEND:
		must_be(record->object, record)->detail[1] = RVX_PARTITION_SUSPENDED;
		return;
	default:
		return;
	}
}

void replay_records(void)
{
	for (; next_record < witness_log.next; next_record++)
		apply(world_record(next_record));
}

static bool is_quiet(const struct capability *at)
{
	const struct object *object = capability_object(at);

	if ((at->meta & CAPABILITY_DELETING) != 0)
		return false;
	return object != NULL ? !object_is_busy(object) : at->u.untyped.revoking == 0;
}

static void compare_one(const struct capability *at, const struct capability *parent)
{
	struct rvx_state_entry entry;
	const struct held *it;
	const struct thing *thing;
	uint64_t where = capability_place(at, 0);
	int index = at_place(where);

	inspect_capability(at, &entry);
	if (index == NOBODY)
		world_fail("replay knows nothing at table %u, slot %u: object %lx",
			   RVX_PLACE_TABLE(where), RVX_PLACE_SLOT(where),
			   (unsigned long)entry.object);
	it = &held[index];
	thing = thing_of(it->object);
	if (entry.object != it->object || (entry.type & 0xff) != it->type ||
	    ((entry.type & RVX_STATE_MASTER) != 0) != it->master ||
	    RVX_PLACE_LOW(entry.place) != (it->rights | it->end << 8))
		world_fail(
			"table %u, slot %u: object %lx, type %lx, low %x; by the records %lx, %x, %x",
			RVX_PLACE_TABLE(where), RVX_PLACE_SLOT(where), (unsigned long)entry.object,
			(unsigned long)entry.type, RVX_PLACE_LOW(entry.place),
			(unsigned long)it->object, it->type, it->rights | it->end << 8);
	if (entry.mapping != it->mapping)
		world_fail("table %u, slot %u: maps %lx, by the records %lx",
			   RVX_PLACE_TABLE(where), RVX_PLACE_SLOT(where),
			   (unsigned long)entry.mapping, (unsigned long)it->mapping);
	if ((parent == NULL) != (it->parent == NOBODY) ||
	    (parent != NULL && held[it->parent].place != capability_place(parent, 0)))
		world_fail("table %u, slot %u: has another parent by the records",
			   RVX_PLACE_TABLE(where), RVX_PLACE_SLOT(where));
	if (!it->master)
		return;
	if (it->type == RVX_OBJECT_PARTITION)
		entry.detail[0] = 0;
	if (thing == NULL || entry.detail[0] != thing->detail[0] ||
	    entry.detail[1] != thing->detail[1])
		world_fail("object %lx: details %lx %lx, by the records %lx %lx",
			   (unsigned long)entry.object, (unsigned long)entry.detail[0],
			   (unsigned long)entry.detail[1],
			   thing != NULL ? (unsigned long)thing->detail[0] : 0,
			   thing != NULL ? (unsigned long)thing->detail[1] : 0);
}

bool replay_compare(void)
{
	const struct capability *path[64];
	const struct capability *at;
	uint32_t depth = 0;
	int found = 0, known = 0;

	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		if (!is_quiet(at))
			return false;
	}
	for (at = capability_first(); at != NULL; at = capability_after(at)) {
		while (depth > 0 && path[depth - 1]->level >= at->level)
			depth--;
		compare_one(at, depth > 0 ? path[depth - 1] : NULL);
		path[depth++] = at;
		found++;
	}
	for (int i = 0; i < held_count; i++)
		known += held[i].there;
	if (found != known)
		world_fail("%d capabilities, by the records %d", found, known);
	return true;
}
