/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * The kernel's objects and capabilities as an auditor knows them. The indexes are libc's search
 * trees; each element begins with its key.
 */
#include "tools/audit/world.h"
#include "tools/audit/memory.h"

#include <search.h>
#include <stdlib.h>

static int compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

static void *find(void *const *index, const void *key, int (*compare)(const void *, const void *))
{
	void *const *node = tfind(key, index, compare);

	return node == NULL ? NULL : *node;
}

static void add(void **index, void *element, int (*compare)(const void *, const void *))
{
	if (tsearch(element, index, compare) == NULL)
		memory_exhausted();
}

struct world *world_new(void)
{
	return memory_new(sizeof(struct world));
}

void world_free(struct world *world)
{
	struct world_operation *operation;
	struct world_grant *grant;

	while ((operation = LIST_FIRST(&world->operations)) != NULL) {
		LIST_REMOVE(operation, in_world);
		free(operation);
	}
	while ((grant = LIST_FIRST(&world->grants)) != NULL) {
		LIST_REMOVE(grant, in_world);
		free(grant);
	}
	tdestroy(world->places, free);
	tdestroy(world->objects, free);
	tdestroy(world->tables, free);
	free(world);
}

struct world_capability *world_capability(const struct world *world, uint32_t table, uint32_t slot)
{
	uint64_t place = world_place(table, slot);

	return find(&world->places, &place, compare_u64);
}

struct world_object *world_object(const struct world *world, uint64_t id)
{
	return find(&world->objects, &id, compare_u64);
}

struct world_object *world_table(const struct world *world, uint32_t serial)
{
	const struct world_table *table = find(&world->tables, &serial, compare_u32);

	return table == NULL ? NULL : table->object;
}

static struct world_table *table_of_serial(struct world *world, uint32_t serial)
{
	struct world_table *table = find(&world->tables, &serial, compare_u32);

	if (table == NULL) {
		table = memory_new(sizeof(*table));
		table->serial = serial;
		add(&world->tables, table, compare_u32);
	}
	return table;
}

static void put(struct world *world, struct world_capability *capability, uint32_t table,
		uint32_t slot)
{
	capability->place = world_place(table, slot);
	add(&world->places, capability, compare_u64);
	LIST_INSERT_HEAD(&table_of_serial(world, table)->slots, capability, in_table);
}

static void take(struct world *world, struct world_capability *capability)
{
	(void)tdelete(capability, &world->places, compare_u64);
	LIST_REMOVE(capability, in_table);
}

static struct world_capability *insert(struct world *world, struct world_object *object,
				       struct world_capability *parent, uint32_t table,
				       uint32_t slot)
{
	struct world_capability *capability = memory_new(sizeof(*capability));

	capability->object = object;
	capability->parent = parent;
	if (parent != NULL) {
		capability->level = parent->level + 1;
		LIST_INSERT_HEAD(&parent->children, capability, sibling);
	}
	LIST_INSERT_HEAD(&object->capabilities, capability, of_object);
	LIST_INSERT_HEAD(&world->all_capabilities, capability, in_world);
	put(world, capability, table, slot);
	world->capability_count++;
	return capability;
}

struct world_capability *world_create(struct world *world, uint64_t id, uint32_t type,
				      uint64_t size, uint32_t rights, uint32_t table, uint32_t slot,
				      struct world_capability *parent)
{
	struct world_object *object = memory_new(sizeof(*object));

	object->id = id;
	object->type = type;
	object->size = size;
	if (type == RVX_OBJECT_UNTYPED && parent != NULL)
		object->nesting = parent->object->nesting + 1;
	if (type == RVX_OBJECT_CAPTABLE) {
		object->slots = table_of_serial(world, world_serial(object));
		object->slots->object = object;
	}
	if (type == RVX_OBJECT_PARTITION) {
		object->number = (uint32_t)size % WORLD_PARTITIONS;
		object->generation = ++world->generation[object->number];
		world->partition[object->number] = object;
	}
	add(&world->objects, object, compare_u64);
	LIST_INSERT_HEAD(&world->all_objects, object, in_world);
	world->object_count++;
	object->master = insert(world, object, parent, table, slot);
	object->master->rights = rights;
	return object->master;
}

struct world_capability *world_derive(struct world *world, struct world_capability *source,
				      uint32_t table, uint32_t slot, uint32_t rights, uint32_t end)
{
	struct world_capability *derived = insert(world, source->object, source, table, slot);

	derived->rights = rights;
	derived->end = end;
	derived->depth = source->depth + 1;
	return derived;
}

void world_move(struct world *world, struct world_capability *capability, uint32_t table,
		uint32_t slot)
{
	take(world, capability);
	put(world, capability, table, slot);
}

void world_map(struct world_capability *capability, struct world_object *partition,
	       uint64_t mapping)
{
	world_unmap(capability);
	capability->mapped_in = partition;
	capability->mapping = mapping;
	LIST_INSERT_HEAD(&partition->mapped, capability, in_mapped);
}

void world_unmap(struct world_capability *capability)
{
	if (capability->mapped_in == NULL)
		return;
	LIST_REMOVE(capability, in_mapped);
	capability->mapped_in = NULL;
	capability->mapping = 0;
}

static void unbind_task(struct world_object *task)
{
	if (task->partition == NULL)
		return;
	LIST_REMOVE(task, in_members);
	LIST_REMOVE(task, in_users);
	task->partition = task->table = NULL;
}

void world_bind_task(struct world_object *task, struct world_object *partition,
		     struct world_object *table)
{
	task->partition = partition;
	task->table = table;
	task->was_bound = true;
	LIST_INSERT_HEAD(&partition->members, task, in_members);
	LIST_INSERT_HEAD(&table->users, task, in_users);
}

void world_end_task(struct world_object *task)
{
	unbind_task(task);
	while (!LIST_EMPTY(&task->ends))
		world_unbind_end(LIST_FIRST(&task->ends));
}

void world_bind_end(struct world_capability *through, struct world_object *task)
{
	struct world_end *end = &through->object->end[through->end];

	world_unbind_end(end);
	end->task = task;
	end->through = through;
	LIST_INSERT_HEAD(&task->ends, end, of_task);
}

void world_unbind_end(struct world_end *end)
{
	if (end->task == NULL)
		return;
	LIST_REMOVE(end, of_task);
	end->task = NULL;
	end->through = NULL;
}

/* Sets of capabilities that go together: a list that grows at its end while it is walked. */
struct set {
	struct world_capability *first, **last;
};

static void set_add(struct set *set, struct world_capability *capability)
{
	if (capability->in_set)
		return;
	capability->in_set = true;
	capability->set_next = NULL;
	*set->last = capability;
	set->last = &capability->set_next;
}

static void set_add_children(struct set *set, struct world_capability *capability)
{
	struct world_capability *child;

	LIST_FOREACH(child, &capability->children, sibling)
	set_add(set, child);
}

/* Everything that goes with what is in the set. Each capability is added once, so this ends. */
static void set_close(struct set *set)
{
	struct world_capability *capability, *slot;

	for (capability = set->first; capability != NULL; capability = capability->set_next) {
		set_add_children(set, capability);
		if (capability->object->type != RVX_OBJECT_CAPTABLE || !world_is_master(capability))
			continue;
		LIST_FOREACH(slot, &capability->object->slots->slots, in_table)
		set_add(set, slot);
	}
}

static void end_object(struct world *world, struct world_object *object)
{
	(void)tdelete(object, &world->objects, compare_u64);
	world->object_count--;
	if (object->type == RVX_OBJECT_PARTITION && world->partition[object->number] == object)
		world->partition[object->number] = NULL;
	if (object->slots != NULL)
		object->slots->object = NULL;

	while (!LIST_EMPTY(&object->mapped))
		world_unmap(LIST_FIRST(&object->mapped));
	while (!LIST_EMPTY(&object->members))
		world_end_task(LIST_FIRST(&object->members));
	while (!LIST_EMPTY(&object->users))
		world_end_task(LIST_FIRST(&object->users));
	world_end_task(object);
	world_unbind_end(&object->end[0]);
	world_unbind_end(&object->end[1]);
}

/* What the capability, as such, held. */
static void let_go(struct world *world, struct world_capability *capability)
{
	struct world_operation *operation;

	world_unmap(capability);
	for (uint32_t i = 0; i < 2; i++) {
		if (capability->object->end[i].through == capability)
			world_unbind_end(&capability->object->end[i]);
	}
	LIST_FOREACH(operation, &world->operations, in_world)
	{
		if (operation->root == capability)
			operation->root = NULL;
	}
}

/* First everything is unlinked, while all of the set is still there, then it is freed. */
static void set_remove(struct world *world, struct set *set)
{
	struct world_objects dead = LIST_HEAD_INITIALIZER(dead);
	struct world_capability *capability, *next;
	struct world_object *object;

	for (capability = set->first; capability != NULL; capability = capability->set_next) {
		let_go(world, capability);
		take(world, capability);
		if (capability->parent != NULL)
			LIST_REMOVE(capability, sibling);
		LIST_REMOVE(capability, in_world);
		world->capability_count--;
		if (world_is_master(capability)) {
			end_object(world, capability->object);
			LIST_REMOVE(capability->object, in_world);
			LIST_INSERT_HEAD(&dead, capability->object, in_world);
		} else {
			LIST_REMOVE(capability, of_object);
		}
	}
	for (capability = set->first; capability != NULL; capability = next) {
		next = capability->set_next;
		free(capability);
	}
	while ((object = LIST_FIRST(&dead)) != NULL) {
		LIST_REMOVE(object, in_world);
		free(object);
	}
}

void world_remove(struct world *world, struct world_capability *capability)
{
	struct set set = { .last = &set.first };

	set_add(&set, capability);
	set_close(&set);
	set_remove(world, &set);
}

void world_remove_children(struct world *world, struct world_capability *capability)
{
	struct set set = { .last = &set.first };

	set_add_children(&set, capability);
	set_close(&set);
	set_remove(world, &set);
}

void world_begin(struct world *world, uint16_t kind, uint64_t object, struct world_capability *root,
		 bool root_too)
{
	struct world_operation *operation = memory_new(sizeof(*operation));

	operation->kind = kind;
	operation->object = object;
	operation->root = root;
	operation->root_too = root_too;
	LIST_INSERT_HEAD(&world->operations, operation, in_world);
}

struct world_operation *world_operation(const struct world *world, uint16_t kind, uint64_t object)
{
	struct world_operation *operation;

	LIST_FOREACH(operation, &world->operations, in_world)
	{
		if (operation->kind == kind && operation->object == object)
			return operation;
	}
	return NULL;
}

void world_end(struct world *world, uint16_t kind, uint64_t object)
{
	struct world_operation *operation = world_operation(world, kind, object);

	if (operation == NULL)
		return;
	if (operation->root != NULL && operation->root_too)
		world_remove(world, operation->root);
	else if (operation->root != NULL)
		world_remove_children(world, operation->root);
	LIST_REMOVE(operation, in_world);
	free(operation);
}

void world_mark_doomed(struct world *world)
{
	struct set set = { .last = &set.first };
	struct world_operation *operation;
	struct world_capability *capability;

	LIST_FOREACH(capability, &world->all_capabilities, in_world)
	capability->doomed = false;
	LIST_FOREACH(operation, &world->operations, in_world)
	{
		if (operation->root != NULL && operation->root_too)
			set_add(&set, operation->root);
		else if (operation->root != NULL)
			set_add_children(&set, operation->root);
	}
	set_close(&set);
	for (capability = set.first; capability != NULL; capability = capability->set_next) {
		capability->doomed = true;
		capability->in_set = false;
	}
}
