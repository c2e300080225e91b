# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Random histories of a small model kernel, and logs made from them.

The model does what docs/ and abi/ say a kernel does, with sets and dictionaries and none of the
auditor's ideas: long operations really go on in pieces, leaf by leaf, while other things
happen. So a history is a list of records that an auditor must find possible, together with
the state that the model kernel would report at its end.
"""
import dataclasses
import functools
import pathlib
import random
import re
import struct
import tomllib

import verify

ABI = pathlib.Path(__file__).resolve().parents[2] / "abi"
READ, WRITE, GRANT, REVOKE, EXECUTE, PROVE, GRANT_ONCE = (1 << bit for bit in range(7))
ALL = 0x7F


def object_types():
    text = (ABI / "ruvix/types.h").read_text()
    return {name: int(number) for name, number in
            re.findall(r"^\tRVX_OBJECT_(\w+) = (\d+)", text, re.MULTILINE)}


UNTYPED, CAPTABLE, PARTITION, TASK, REGION, EDGE, TELEMETRY, WITNESS_LOG, MACHINE = (
    object_types()[name] for name in ("UNTYPED", "CAPTABLE", "PARTITION", "TASK", "REGION", "EDGE",
                                      "TELEMETRY", "WITNESS_LOG", "MACHINE"))
MAPPABLE = (REGION, TELEMETRY, WITNESS_LOG)
CREATED, RUNNING, SUSPENDED, RECOVERY = range(4)
ALLOWED, DENIED, BEGIN, END = 0x00, 0x04, 0x08, 0x0C
RESERVE, CONTINUED, BY_SERVER = 0x20, 0x40, 0x01
DEPTH_MAX = NESTING_MAX = 8
STAGES_BEFORE_THE_CHAIN = 5
LIVE_OBJECTS_MAX = 120
FREQUENCY = 62_500_000

CREATES = {UNTYPED: "UntypedCreate", CAPTABLE: "CapTableCreate", PARTITION: "PartitionCreate",
           TASK: "TaskSpawn", REGION: "RegionCreate", EDGE: "CommEdgeCreate"}
DESTROYS = {UNTYPED: "UntypedDestroy", CAPTABLE: "CapTableDestroy",
            PARTITION: "PartitionDestroy", TASK: "TaskTerminate", REGION: "RegionDestroy",
            EDGE: "CommEdgeDestroy"}


@functools.cache
def kind_numbers():
    with open(ABI / "witness.toml", "rb") as table:
        return {kind["name"]: kind["number"] for kind in tomllib.load(table)["kinds"]}


def place(capability, low=0):
    return capability.table << 32 | capability.slot << 16 | low


@dataclasses.dataclass(eq=False)
class Thing:
    """A kernel object."""
    type: int
    serial: int
    address: int  # in units of 64 bytes
    size: int = 0
    master: "Capability" = None
    busy: bool = False
    dying: bool = False  # CapTable: it is being emptied
    nesting: int = 0  # Untyped
    used: int = 0  # Untyped, in units of 64 bytes
    number: int = 0  # Partition
    generation: int = 0
    state: int = CREATED
    partition: "Thing" = None  # Task
    table: "Thing" = None
    dead: bool = False
    bind_record: int = None
    # Edge: each (task, through, index of the record)
    ends: list = dataclasses.field(default_factory=lambda: [None, None])

    @property
    def id(self):
        return self.serial << 32 | self.address & 0xFFFFFFFF


@dataclasses.dataclass(eq=False)
class Capability:
    thing: Thing
    table: int  # serial
    slot: int
    rights: int
    end: int = 0
    parent: "Capability" = None
    level: int = 0
    depth: int = 0
    mapping: tuple = None  # (partition, address, rights)
    records: list = dataclasses.field(default_factory=list)  # that brought it where it is
    map_record: int = None

    @property
    def is_master(self):
        return self.thing.master is self


@dataclasses.dataclass(eq=False)
class Operation:
    """A revoke or destruction under way."""
    kind: str
    root: Capability
    root_too: bool
    actor: int
    thing: Thing


class Kernel:
    def __init__(self, seed, boot_number=None):
        self.random = random.Random(seed)
        self.records = []  # (time, kind, class, flags, actor, object, p0, p1)
        self.time = self.random.randrange(1000)
        self.places = {}  # (table, slot): Capability
        self.tables = {}  # serial: Thing
        self.generations = {}  # partition number: how often
        self.serial = 0
        self.operations = []
        self.boot_number = boot_number or self.random.randrange(1, 1 << 32)
        self.log_id = self.random.randbytes(16)
        self.secret = self.random.randbytes(32)
        self.nonce = self.random.randbytes(16)
        self.boot()

    # Records

    def emit(self, kind, thing=0, p0=0, p1=0, actor=None, outcome=ALLOWED, flags=0):
        self.time += self.random.choice((0, 1, 7, 200, 5000))
        if actor is None:
            actor = self.actor()
        class_ = outcome | (1 if actor else RESERVE)
        if isinstance(thing, Thing):
            thing = thing.id
        self.records.append((self.time, kind_numbers()[kind], class_, flags, actor, thing, p0, p1))

    def actor(self):
        running = [t for t in self.things(PARTITION) if t.state == RUNNING]
        partition = self.random.choice(running) if running else None
        return partition.number << 16 | partition.generation if partition else 0

    # The world

    def capabilities(self, *types):
        return [c for c in self.places.values() if not types or c.thing.type in types]

    def things(self, *types):
        return [c.thing for c in self.capabilities(*types) if c.is_master]

    def children(self, capability):
        return [c for c in self.places.values() if c.parent is capability]

    def descendants(self, capability):
        """In preorder, the capability itself not included."""
        found, work = [], [capability]
        below = {}
        for c in self.places.values():
            below.setdefault(c.parent, []).append(c)
        while work:
            for child in below.get(work.pop(), []):
                found.append(child)
                work.append(child)
        return found

    def insert(self, thing, at, rights, parent=None, end=0, derived=False):
        capability = Capability(thing, *at, rights, end, parent)
        capability.records.append(len(self.records) - 1)
        if parent:
            capability.level = parent.level + 1
            capability.depth = parent.depth + 1 if derived else 0
        assert at not in self.places
        self.places[at] = capability
        return capability

    def is_busy(self, capability):
        if capability.thing.busy:
            return True
        above = capability
        while above:
            if above.thing.type == UNTYPED and above.thing.busy:
                return True
            above = above.parent
        return False

    def free_place(self):
        """In any table that is not being destroyed."""
        tables = [t for t in self.tables.values() if not t.busy]
        for _ in range(20 if tables else 0):
            table = self.random.choice(tables)
            at = table.serial, self.random.randrange(1, min(1 << table.size, 24))
            if at not in self.places:
                return at
        return None

    def next_serial(self):
        self.serial += 1
        return self.serial

    def number_for_partition(self):
        used = {t.number for t in self.things(PARTITION)}
        return next(n for n in range(1, 4096) if n not in used)

    def make(self, type_, untyped, at, size, actor=None):
        memory = untyped.thing
        units = 1 if type_ != UNTYPED else (1 << size) // 64
        if not self.children(untyped):
            memory.used = 0
        start = -(-memory.used // units) * units
        if start + units > (1 << memory.size) // 64:
            return None
        memory.used = start + units
        thing = Thing(type_, self.next_serial(), memory.address + start, size)
        if type_ == UNTYPED:
            thing.nesting = memory.nesting + 1
        low = size
        if type_ == PARTITION:
            low = thing.number = self.number_for_partition()
            thing.generation = self.generations.get(low, 0) + 1
            self.generations[low] = thing.generation
        if type_ == EDGE:
            low = self.random.randrange(1024)
        if at is None:  # the root's table, which holds itself
            at = thing.serial, 1
        self.emit(CREATES[type_], thing, at[0] << 32 | at[1] << 16 | low & 0xFFFF,
                  place(untyped, low >> 16), actor)
        thing.master = self.insert(thing, at, ALL, untyped)
        if type_ == CAPTABLE:
            self.tables[thing.serial] = thing
        return thing

    def give(self, type_, at, rights, size, address):
        """What was there at boot."""
        thing = Thing(type_, self.next_serial(), address, size)
        self.emit("BootCapability", thing,
                  at[0] << 32 | at[1] << 16 | rights | type_ << 8, size, 0)
        thing.master = self.insert(thing, at, rights)
        return thing

    def boot(self):
        words = struct.unpack("<QQ", self.log_id)
        self.emit("BootAttestation", self.boot_number, *words, actor=0)
        for stage in range(STAGES_BEFORE_THE_CHAIN):
            self.emit("BootStage", 0, stage, self.time, actor=0)
        own = self.give(UNTYPED, (0, 1), ALL, 22, 0x1000000).master
        root = self.make(CAPTABLE, own, None, 10, 0).serial
        for slot, type_, size in ((4, MACHINE, 0), (5, WITNESS_LOG, 256), (6, TELEMETRY, 32),
                                  (7, REGION, 90)):
            rights = ALL if type_ != REGION else READ | GRANT | REVOKE
            self.give(type_, (root, slot), rights, size, 0x2000000 + slot)
        self.emit("BootComplete", 0, self.time, actor=0)
        partition = self.make(PARTITION, own, (root, 2), 64, 0)
        self.emit("CreditGrant", partition, 8192, actor=0)
        self.emit("ModuleHash", 0x6C6F72746E6F63, 1, 2, 0)
        self.emit("ModuleHash", 4096, 3, 4, 0, outcome=ALLOWED | CONTINUED)
        for slot, rights in ((9, READ | EXECUTE), (10, READ | WRITE), (8, READ)):
            region = self.make(REGION, own, (root, slot), 1 + slot, 0)
            self.map(region.master, partition, slot << 20, rights, 0)
        for slot, size in ((16, 24), (17, 30), (18, 16)):
            self.give(UNTYPED, (root, slot), ALL, size, slot << 26)
        task = self.make(TASK, own, (root, 3), 0, 0)
        self.bind_task(task, partition, self.tables[root], 0)
        self.emit("PartitionStart", partition, actor=0)
        partition.state = RUNNING
        self.emit("TaskStart", task, 0x4000000, 0x8000000, 0)
        self.root = self.tables[root], partition, task

    # What happens. Each of these does nothing where it is not possible.

    def create(self):
        untyped = [c for c in self.capabilities(UNTYPED) if c.table and not self.is_busy(c)]
        at = self.free_place()
        if not untyped or not at or len(self.things()) > LIVE_OBJECTS_MAX:
            return
        source = self.random.choice(untyped)
        type_ = self.random.choice((UNTYPED, CAPTABLE, PARTITION, TASK, TASK, REGION, REGION, EDGE,
                                    EDGE))
        size = {UNTYPED: self.random.randrange(12, 18), CAPTABLE: self.random.randrange(4, 7),
                PARTITION: 8, REGION: self.random.choice((1, 3, 600, 70000))}.get(type_, 0)
        if type_ == UNTYPED and source.thing.nesting >= NESTING_MAX:
            return
        self.make(type_, source, at, size)

    def derive(self):
        sources = [c for c in self.capabilities() if c.thing.type != UNTYPED and c.table
                   and c.rights & (GRANT | GRANT_ONCE) and not self.is_busy(c)
                   and c.depth < DEPTH_MAX]
        at = self.free_place()
        if not sources or not at:
            return
        source = self.random.choice(sources)
        rights = source.rights & self.random.choice((ALL, ALL, self.random.randrange(128)))
        if not source.rights & GRANT:
            rights &= ~(GRANT | GRANT_ONCE)
        end = source.end
        if source.thing.type == EDGE and source.is_master:
            end = self.random.randrange(2)
        kind = self.random.choice(("CapabilityGrant", "CapabilityGrant", "CapabilityDelegate"))
        self.emit(kind, source.thing, at[0] << 32 | at[1] << 16 | rights | end << 8, place(source))
        self.insert(source.thing, at, rights, source, end, derived=True)

    def move(self):
        at = self.free_place()
        movable = [c for c in self.capabilities()
                   if c.table and not self.is_busy(c) and at
                   and (c.rights & GRANT or c.table == at[0])
                   and not self.tables[c.table].busy and not self.is_root(c)]
        if not movable:
            return
        moved = self.random.choice(movable)
        self.emit("CapabilityMove", moved.thing, at[0] << 32 | at[1] << 16, place(moved))
        del self.places[moved.table, moved.slot]
        moved.records.append(len(self.records) - 1)
        moved.table, moved.slot = at
        self.places[at] = moved

    def drop(self):
        """Delete a capability without children, or destroy the object of a master."""
        leaves = [c for c in self.capabilities() if c.table and c.level and not self.is_busy(c)
                  and not self.children(c)]
        if not leaves:
            return
        leaf = self.random.choice(leaves)
        if not leaf.is_master:
            self.emit("CapabilityDelete", leaf.thing, place(leaf))
            self.remove([leaf])
            return
        if self.is_root(leaf):
            return
        kind = DESTROYS[leaf.thing.type]
        if leaf.thing.type in (CAPTABLE, PARTITION):
            self.begin(kind, leaf, True)
        else:
            self.emit(kind, leaf.thing, place(leaf))
            self.remove([leaf])

    def is_root(self, capability):
        """Masters of what the model would stop without."""
        return capability.is_master and capability.thing in self.root

    def revoke(self):
        revocable = [c for c in self.capabilities() if c.table and c.rights & REVOKE
                     and not self.is_busy(c) and self.children(c)]
        if not revocable:
            return
        root = self.random.choice(revocable)
        if root.thing.type == UNTYPED and self.random.randrange(3):
            return  # it takes very much along
        self.begin("CapabilityRevoke", root, False)

    def begin(self, kind, root, root_too):
        actor = self.actor()
        self.emit(kind, root.thing, place(root), actor=actor, outcome=BEGIN)
        root.thing.busy = True
        self.operations.append(Operation(kind, root, root_too, actor, root.thing))

    def map(self, capability, partition, address, rights, actor=None):
        self.emit("RegionMap", capability.thing, place(capability, rights),
                  partition.number << 48 | address | rights, actor)
        capability.mapping = (partition, address, rights)
        capability.map_record = len(self.records) - 1

    def mapping_fits(self, capability, partition, address, rights):
        size = max(capability.thing.size, 1) << 12
        if address + size > 1 << 39:
            return False
        for other in self.capabilities(*MAPPABLE):
            if other is capability or not other.mapping:
                continue
            where, start, others_rights = other.mapping
            if other.thing is capability.thing and (rights | others_rights) & WRITE \
                    and (rights | others_rights) & EXECUTE:
                return False
            others_size = max(other.thing.size, 1) << 12
            if where is partition and start < address + size and address < start + others_size:
                return False
        return True

    def map_somewhere(self):
        free = [c for c in self.capabilities(*MAPPABLE)
                if not c.mapping and c.rights & READ and not self.is_busy(c)]
        partitions = [t for t in self.things(PARTITION) if not self.is_busy(t.master)]
        if not free or not partitions:
            return
        capability, partition = self.random.choice(free), self.random.choice(partitions)
        address = self.random.randrange(1 << 27) << 12
        rights = READ | capability.rights & self.random.choice((0, WRITE, EXECUTE))
        if self.mapping_fits(capability, partition, address, rights):
            self.map(capability, partition, address, rights)

    def change_mapping(self):
        mapped = [c for c in self.capabilities(*MAPPABLE) if c.mapping and not self.is_busy(c)]
        if not mapped:
            return
        capability = self.random.choice(mapped)
        partition, address, rights = capability.mapping
        if self.random.randrange(3):
            rights = READ | capability.rights & self.random.choice((0, WRITE, EXECUTE))
            if self.mapping_fits(capability, partition, address, rights):
                self.emit("RegionProtect", capability.thing, place(capability, rights),
                          partition.number << 48 | address | rights)
                capability.mapping = (partition, address, rights)
            return
        self.emit("RegionUnmap", capability.thing, place(capability),
                  partition.number << 48 | address | rights)
        capability.mapping = None

    def bind_edge(self):
        free = [c for c in self.capabilities(EDGE)
                if c.rights & GRANT and not c.thing.ends[c.end] and not self.is_busy(c)]
        tasks = [t for t in self.things(TASK) if t.partition and not self.is_busy(t.master)]
        if not free or not tasks:
            return
        capability, task = self.random.choice(free), self.random.choice(tasks)
        self.emit("CommEdgeBind", capability.thing, place(capability, capability.end << 8), task.id)
        capability.thing.ends[capability.end] = (task, capability, len(self.records) - 1)

    def bind_task(self, task, partition, table, actor=None):
        self.emit("TaskBind", task, partition.id, table.id, actor)
        task.partition, task.table, task.bind_record = partition, table, len(self.records) - 1

    def bind_some_task(self):
        tasks = [t for t in self.things(TASK)
                 if not t.partition and not t.dead and not self.is_busy(t.master)]
        partitions = [t for t in self.things(PARTITION) if not self.is_busy(t.master)]
        tables = [t for t in self.things(CAPTABLE) if not self.is_busy(t.master)]
        if tasks and partitions and tables:
            self.bind_task(*(self.random.choice(c) for c in (tasks, partitions, tables)))

    def switch_partition(self):
        partition = self.random.choice(self.things(PARTITION))
        if self.is_busy(partition.master):
            return
        kind, state = {CREATED: ("PartitionStart", RUNNING),
                       RUNNING: self.random.choice([("PartitionSuspend", SUSPENDED),
                                                    ("ModeSwitch", RECOVERY)]),
                       SUSPENDED: ("PartitionResume", RUNNING),
                       RECOVERY: ("ModeSwitch", RUNNING)}[partition.state]
        if partition.state == RUNNING and sum(
                t.state == RUNNING for t in self.things(PARTITION)) == 1:
            return
        self.emit(kind, partition, state if kind == "ModeSwitch" else 0)
        partition.state = state

    def small_things(self):
        tasks = self.things(TASK)
        partition = self.random.choice(self.things(PARTITION))
        task = self.random.choice(tasks) if tasks else None
        choice = self.random.randrange(8)
        if choice == 0:
            actor = partition.number << 16 | partition.generation
            self.emit("ProofRejected", 0, 18 << 32 | -4 & 0xFFFFFFFF,
                      self.random.randrange(1, 99), actor, DENIED)
        elif choice == 1 and task:
            actor = partition.number << 16 | partition.generation
            self.emit("TaskFault", task, 1 << 32 | self.random.randrange(1, 5), 0x1234, actor)
        elif choice == 2:
            self.emit("Note", 1, 2, 3, flags=BY_SERVER)
        elif choice == 3:
            self.emit("VmidReclaim", 0, 7, actor=0)
        elif choice == 4:
            self.emit("CreditGrant", partition, 12)
        elif choice == 5 and task:
            self.emit("TaskSupervise", task, self.random.choice(tasks).id, 5)
        elif choice == 6 and task:
            self.emit("TaskSchedule", task, 1 << 32 | 2, 2 << 32)
        elif task and task.partition:
            self.emit("TaskStart", task, 0x4000000, 0x8000000)

    # Taking apart

    def end_task(self, task):
        task.partition = task.table = None
        task.dead = True
        for edge in self.things(EDGE):
            edge.ends = [end if end and end[0] is not task else None for end in edge.ends]

    def end_thing(self, thing):
        thing.dead = True
        if thing.type == PARTITION:
            for capability in self.capabilities(*MAPPABLE):
                if capability.mapping and capability.mapping[0] is thing:
                    capability.mapping = None
        for task in self.things(TASK):
            if thing in (task, task.partition, task.table):
                self.end_task(task)
        if thing.type == CAPTABLE:
            del self.tables[thing.serial]

    def remove(self, capabilities):
        capabilities = sorted(capabilities, key=place)
        for capability in capabilities:
            if capability.is_master:
                self.end_thing(capability.thing)
            ends = capability.thing.ends
            capability.thing.ends = [e if e and e[1] is not capability else None for e in ends]
            capability.mapping = None
        for capability in capabilities:
            # One operation can take the capability that another works on: that one ends too.
            for operation in [o for o in self.operations if o.root is capability]:
                self.end(operation)
            del self.places[capability.table, capability.slot]

    def reached(self, operation):
        """What the operation can remove now: below its root, and in tables that it is emptying."""
        found = self.descendants(operation.root) + [operation.root] * operation.root_too
        for table in self.tables.values():
            if not table.dying:
                continue
            for capability in self.capabilities():
                if capability.table == table.serial:
                    found += [capability] + self.descendants(capability)
        return set(found)

    def end(self, operation):
        self.operations.remove(operation)
        operation.thing.busy = False
        self.emit(operation.kind, operation.thing, place(operation.root), 3, operation.actor, END)

    def go_on(self, operation):
        """One piece of a long operation, or its end."""
        root, thing = operation.root, operation.thing
        if operation.root_too and thing.type == CAPTABLE and not thing.dying:
            thing.dying = True
            return
        reached = self.reached(operation) - ({root} if operation.root_too else set())
        inside = {c for c in reached if c.table == thing.serial} if thing.dying else set()
        if not self.descendants(root) and not inside:
            self.end(operation)
            self.remove([root] * operation.root_too)
            return
        parents = {c.parent for c in self.places.values()}
        leaves = [c for c in reached if c not in parents and not (c.is_master and c.thing.dying)]
        if not leaves:  # tables that hold each other, or themselves: they go in one piece
            self.remove(reached)
            return
        leaf = self.random.choice(sorted(leaves, key=place))
        if leaf.is_master and leaf.thing.type == CAPTABLE:
            leaf.thing.dying = leaf.thing.busy = True
        else:
            self.remove([leaf])

    # Histories

    def step(self):
        if self.operations and self.random.randrange(2):
            self.go_on(self.random.choice(self.operations))
            return
        actions = ([self.create] * 8 + [self.derive] * 8 + [self.move] * 3 + [self.drop] * 3
                   + [self.revoke] + [self.map_somewhere] * 4 + [self.change_mapping] * 3
                   + [self.bind_edge] * 4 + [self.bind_some_task] * 4 + [self.switch_partition] * 2
                   + [self.small_things])
        self.random.choice(actions)()

    def run(self, length):
        while len(self.records) < length:
            self.step()
        return self

    def finish_operations(self):
        while self.operations:
            self.go_on(self.operations[0])
        return self

    def vital_records(self):
        """Indexes of records without which the state would be another one."""
        vital = set()
        for c in self.capabilities():
            vital.update(c.records)
            if c.mapping:
                vital.add(c.map_record)
            if c.is_master and c.thing.partition:
                vital.add(c.thing.bind_record)
            if c.is_master:
                vital.update(end[2] for end in c.thing.ends if end)
        return sorted(vital)

    def state(self):
        """What the kernel reports, as bytes of struct rvx_state_entry, in an order of its own."""
        entries = []
        for c in self.capabilities():
            thing, detail = c.thing, (0, 0)
            if c.is_master:
                if thing.type in (UNTYPED, CAPTABLE, REGION, TELEMETRY, WITNESS_LOG):
                    detail = (thing.size, 0)
                if thing.type in (TELEMETRY, WITNESS_LOG):
                    detail = (0, 0)
                if thing.type == PARTITION:
                    detail = (thing.number << 16 | thing.generation, thing.state)
                if thing.type == TASK:
                    detail = tuple(t.id if t else 0 for t in (thing.partition, thing.table))
                if thing.type == EDGE:
                    detail = tuple(end[0].id if end else 0 for end in thing.ends)
            mapping = 0
            if c.mapping:
                partition, address, rights = c.mapping
                mapping = partition.number << 48 | address | rights
            entries.append(struct.pack("<8Q", place(c, c.rights | c.end << 8), thing.id,
                                       thing.type | c.is_master << 8 | c.level << 16, mapping,
                                       *detail, 0, 0))
        self.random.shuffle(entries)
        return b"".join(entries)


def seal(kernel, records, wrong_key_from=None):
    """64-byte records with sequence and mac, from `wrong_key_from` on with a forger's key."""
    key = verify.first_key(kernel.secret, kernel.log_id, kernel.boot_number, kernel.nonce)
    mac, sealed = bytes(16), []
    for sequence, fields in enumerate(records):
        if sequence == wrong_key_from:
            key = bytes(16)
        signed = verify.RECORD.pack(sequence, *fields, bytes(16))[:verify.SIGNED_BYTES]
        mac = verify.siphash128(key, mac + signed)
        key = verify.next_key(key)
        sealed.append(signed + mac)
    return sealed


def segments(kernel, sealed, counts, frequency=FREQUENCY):
    """Segments over as many records as `counts` says, one count a segment."""
    previous, first, out = bytes(32), 0, []
    for number, count in enumerate(counts):
        body = b"".join(sealed[first:first + count])
        header = verify.HEADER.pack(verify.MAGIC, 1, count, 0, number, first, kernel.boot_number,
                                    frequency, kernel.log_id, previous, verify.blake2b256(body))
        out.append((header + body).ljust(verify.SEGMENT_BYTES, b"\0"))
        previous = verify.blake2b256(header)
        first += count
    return out
