# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The system manifest: from TOML to a System.

docs/manifest.md describes what can be said. `read` checks each value by itself against the tables
of keys below, then the things that several values decide together. It goes on after a problem:
values that are wrong are None from there on and are left out of the later checks.
"""

from dataclasses import dataclass, field

from . import tomlsource
from .problems import Place
from .schema import (Boolean, Checker, Choice, FileName, Key, List, Name, Number, PowerOfTwo,
                     Rights, Size, SubTable, SubTables, Title)

# Names of entries in the image. The kernel looks for the first, whatever the root's file is called.
ROOT_NAME = 'controld'
MANIFEST_NAME = 'manifest.dtb'

PARTITIONS_MAX = 1024
EDGES_MAX = 1024
REGIONS_MAX = 1024
HOLDERS_MAX = 16
EDGE_ENDS = 2

# Credits come out of the kernel's ring of 16384 records, which keeps some for itself, half for the
# root, and two for each partition.
CREDITS_SUM_MAX = 6144

# What the kernel has room for; how many the machine has is known when it runs.
CORES_MAX = 8

# Reflex partitions get at most this part of their core.
REFLEX_PERCENT = 70

REGION_SIZE_MAX = 32 << 20
STACK_SIZE_MAX = 1 << 20
TIME_MAX_US = 3_600_000_000

SLOTS_MIN, SLOTS_MAX = 256, 65536
MEMORY_MIN, MEMORY_MAX = 4096, 32 << 20

# What the supervisor does with a task that faults; the numbers of the compiled form.
ON_FAULT = ('stop', 'step', 'restart')

# Left unmapped on either side of a stack.
GUARD_SIZE = 4096

MODES = ('flow', 'reflex')

SYSTEM_KEYS = {
    'name': Key(Title()),
    'root': Key(FileName()),
}

REGION_IN_PARTITION_KEYS = {
    'name': Key(Name()),
    'size': Key(Size(REGION_SIZE_MAX)),
    'rights': Key(Rights('rw', 'r'), 'rw'),
    'shared_with': Key(Name(), optional=True),
    'shared_rights': Key(Rights('rw', 'r'), optional=True),
}

SCHEDULE_KEYS = {
    'mode': Key(Choice(*MODES), 'flow'),
    'budget_us': Key(Number(1, TIME_MAX_US, 'microseconds'), 1000),
    'period_us': Key(Number(1, TIME_MAX_US, 'microseconds'), 10000),
    'deadline_us': Key(Number(1, TIME_MAX_US, 'microseconds'), optional=True),
    'passive': Key(Boolean(), False),
    'hard': Key(Boolean(), False),
}

REGION_KEYS = {
    'name': Key(Name()),
    'size': Key(Size(REGION_SIZE_MAX)),
    'between': Key(List(Name(), 1, HOLDERS_MAX)),
    'rights': Key(List(Rights('rw', 'r'), 1, HOLDERS_MAX), optional=True),
}

EDGE_KEYS = {
    'name': Key(Name()),
    'ends': Key(List(Name(), EDGE_ENDS, EDGE_ENDS)),
    'rights': Key(List(Rights('rwg', 'rw'), EDGE_ENDS, EDGE_ENDS)),
    'badges': Key(List(Number(1, (1 << 63) - 1), EDGE_ENDS, EDGE_ENDS), optional=True),
}


def partition_keys(abi):
    """The keys of [[partition]], some of which are bounded by the ABI."""
    return {
        'name': Key(Name()),
        'image': Key(FileName()),
        'replaceable': Key(Boolean(), False),
        'window': Key(Number(1, abi['WINDOW_COUNT'] - 1), optional=True),
        'tables': Key(Number(1, abi['PARTITION_TABLES_MAX'], 'pages'), 16),
        'credits': Key(Number(1, CREDITS_SUM_MAX, 'records'), 64),
        'stack': Key(Size(STACK_SIZE_MAX), 16384),
        'slots': Key(PowerOfTwo(SLOTS_MIN, SLOTS_MAX), SLOTS_MIN),
        'memory': Key(PowerOfTwo(MEMORY_MIN, MEMORY_MAX, 'bytes'), optional=True),
        'console': Key(Boolean(), True),
        'core': Key(Number(0, CORES_MAX - 1), 0),
        'on_fault': Key(Choice(*ON_FAULT), 'stop'),
        'schedule': Key(SubTable('[partition.schedule]', SCHEDULE_KEYS), optional=True),
        'region': Key(SubTables('[[partition.region]]', REGION_IN_PARTITION_KEYS, REGIONS_MAX)),
    }


def document_keys(abi):
    """The keys of the whole document."""
    return {
        'system': Key(SubTable('[system]', SYSTEM_KEYS)),
        'partition': Key(SubTables('[[partition]]', partition_keys(abi), PARTITIONS_MAX)),
        'region': Key(SubTables('[[region]]', REGION_KEYS, REGIONS_MAX)),
        'edge': Key(SubTables('[[edge]]', EDGE_KEYS, EDGES_MAX)),
    }


@dataclass
class Image:
    """A program named in the manifest. `data` and `program` are filled in when it is loaded."""

    name: str
    place: Place
    data: bytes = None
    program: object = None


@dataclass
class Partition:
    """A [[partition]]. Index 0 is the root task's, which the kernel makes."""

    index: int
    name: str
    path: tuple
    values: dict
    image: Image = None
    window: int = None


@dataclass
class Region:
    """Memory and who may use it: holders are (partition index, rights) pairs."""

    name: str
    path: tuple
    size: int
    holders: list


@dataclass
class Edge:
    """A channel between the tasks of two partitions: a pair of each thing, one for each end."""

    name: str
    path: tuple
    ends: list
    rights: list
    badges: list


@dataclass
class System:
    """All that a manifest says."""

    name: str = None
    partitions: list = field(default_factory=list)
    regions: list = field(default_factory=list)
    edges: list = field(default_factory=list)

    def images(self):
        """The programs without repetition, the root first."""
        images = {}
        for partition in self.partitions:
            if partition.image is not None:
                images.setdefault(partition.image.name, partition.image)
        return list(images.values())


class _Builder:
    """Turns checked values into a System and checks what several of them decide together."""

    def __init__(self, values, checker, abi):
        self.values, self.checker, self.abi = values, checker, abi
        self.system = System(name=values['system']['name'])
        self.by_name = {}

    def build(self):
        self._partitions()
        self._windows()
        self._schedules()
        self._credits()
        self._regions()
        self._edges()
        return self.system

    def _wrong(self, path, what, cure):
        self.checker.problems.add(self.checker.places.value(path), what, cure)

    def _line(self, path):
        return f'line {self.checker.places.key(path).line}'

    def _partitions(self):
        root_path = ('system',)
        root_file = self.values['system']['root']
        root = Partition(0, ROOT_NAME, root_path, {}, window=self.abi['ROOT_WINDOW'])
        if root_file is not None:
            root.image = Image(root_file, self.checker.places.value(root_path + ('root',)))
        self.system.partitions.append(root)
        self.by_name[root.name] = root

        for number, values in enumerate(self.values['partition']):
            path = ('partition', number)
            partition = Partition(number + 1, values['name'], path, values)
            if self._image_name_is_free(path + ('image',), values['image'], root_file):
                place = self.checker.places.value(path + ('image',))
                partition.image = Image(values['image'], place)
            self.system.partitions.append(partition)
            self._name_partition(partition)

    def _image_name_is_free(self, path, name, root_file):
        if name == MANIFEST_NAME:
            owner = 'the compiled manifest'
        elif name == ROOT_NAME and root_file not in (ROOT_NAME, None):
            owner = "the root task's program"
        else:
            return name is not None
        self._wrong(path, f"the name '{name}' belongs to {owner} in the image", 'rename the file')
        return False

    def _name_partition(self, partition):
        if partition.name is None:
            return
        other = self.by_name.setdefault(partition.name, partition)
        if other is partition:
            return
        if other.index == 0:
            self._wrong(partition.path + ('name',),
                        f"the name '{partition.name}' belongs to the root task", 'choose another')
        else:
            self._wrong(partition.path + ('name',),
                        f"there is a partition '{partition.name}' already "
                        f'({self._line(other.path)})', 'rename one of them')

    def _windows(self):
        taken = {self.abi['ROOT_WINDOW']: None}
        for partition in self.system.partitions[1:]:
            window = partition.values['window']
            if window is None:
                continue
            path = partition.path + ('window',)
            if window not in taken:
                taken[window] = partition
            elif taken[window] is None:
                self._wrong(path, f'window {window} belongs to the root task',
                            'choose another or leave it out')
            else:
                self._wrong(path, f'window {window} is taken by the partition on '
                            f'{self._line(taken[window].path)}', 'choose another or leave it out')
            partition.window = window

        free = self.abi['ROOT_WINDOW'] + 1
        for partition in self.system.partitions[1:]:
            if partition.window is None:
                while free in taken:
                    free += 1
                taken[free] = partition
                partition.window = free

    def _schedules(self):
        reflex_shares = [0] * CORES_MAX
        for partition in self.system.partitions[1:]:
            schedule, core = partition.values['schedule'], partition.values['core']
            if None in (schedule, core):
                continue
            path = partition.path + ('schedule',)
            budget, period = schedule['budget_us'], schedule['period_us']
            if schedule['deadline_us'] is None:
                schedule['deadline_us'] = period
            deadline = schedule['deadline_us']
            if None in (budget, period, deadline):
                continue
            if budget > period:
                self._wrong(path + ('budget_us',),
                            f'the budget of {budget} us is more than the period of {period} us',
                            'lower budget_us or raise period_us')
                continue
            if deadline > period:
                self._wrong(path + ('deadline_us',),
                            f'the deadline of {deadline} us is after the period of {period} us',
                            'lower deadline_us or raise period_us')
                continue
            if budget > deadline:
                self._wrong(path + ('budget_us',),
                            f'the budget of {budget} us cannot be used up by the deadline of '
                            f'{deadline} us', 'lower budget_us or raise deadline_us')
                continue
            if schedule['mode'] == 'reflex':
                reflex_shares[core] += budget / deadline
                if reflex_shares[core] * 100 > REFLEX_PERCENT + 1e-9:
                    self._wrong(path + ('budget_us',),
                                'the reflex partitions up to this one ask for '
                                f'{reflex_shares[core] * 100:.1f} % of core {core}, more '
                                f'than {REFLEX_PERCENT} %',
                                "lower a budget, raise a deadline or use mode 'flow'")

    def _credits(self):
        total = 0
        for partition in self.system.partitions[1:]:
            total += partition.values['credits'] or 0
            if total > CREDITS_SUM_MAX:
                self._wrong(partition.path + ('credits',),
                            f'the partitions up to this one ask for {total} witness credits, '
                            f'more than the {CREDITS_SUM_MAX} there are', 'lower credits')
                return

    def _partition(self, path, name):
        """The partition called `name` at `path`, or None."""
        if name in self.by_name:
            return self.by_name[name]
        if all(partition.name is not None for partition in self.system.partitions):
            self._wrong(path, f"there is no partition '{name}'",
                        self.checker.suggestion(name, self.by_name))
        return None

    def _named(self, path, what, name, seen):
        """Note a second use of a name among the things of one kind."""
        if name is None:
            return
        if name in seen:
            self._wrong(path + ('name',), f"there is {what} '{name}' already "
                        f'({self._line(seen[name])})', 'rename one of them')
        else:
            seen[name] = path

    def _regions(self):
        seen = {}
        for partition in self.system.partitions[1:]:
            for number, values in enumerate(partition.values['region']):
                path = partition.path + ('region', number)
                self._named(path, 'a region', values['name'], seen)
                self._region_in_partition(partition, path, values)
        for number, values in enumerate(self.values['region']):
            path = ('region', number)
            self._named(path, 'a region', values['name'], seen)
            self._region(path, values)
        if len(self.system.regions) > REGIONS_MAX:
            self._wrong(self.system.regions[REGIONS_MAX].path,
                        f'there are more than {REGIONS_MAX} regions', 'merge some of them')

    def _region_in_partition(self, partition, path, values):
        holders = [(partition.index, values['rights'])]
        other_rights = values['shared_rights']
        if values['shared_with'] is None:
            if other_rights is not None:
                self._wrong(path + ('shared_rights',),
                            "'shared_rights' is of no use without 'shared_with'",
                            'add or remove one of them')
        else:
            other = self._partition(path + ('shared_with',), values['shared_with'])
            if other is partition:
                self._wrong(path + ('shared_with',), 'the region is shared with its own partition',
                            "name another one or leave 'shared_with' out")
            elif other is not None:
                holders.append((other.index, other_rights or values['rights']))
        self.system.regions.append(Region(values['name'], path, values['size'], holders))

    def _region(self, path, values):
        names, rights = values['between'], values['rights']
        if names is None:
            return
        if rights is None:
            rights = ['rw'] * len(names)
        elif len(rights) != len(names):
            self._wrong(path + ('rights',),
                        f"'rights' has {len(rights)} entries for {len(names)} partitions",
                        "give one for each entry of 'between'")
            return
        holders = []
        for index, (name, letters) in enumerate(zip(names, rights)):
            entry = path + ('between', index)
            partition = self._partition(entry, name)
            if partition is None:
                continue
            if any(partition.index == holder for holder, _ in holders):
                self._wrong(entry, f"partition '{name}' is named twice", 'remove one')
            holders.append((partition.index, letters))
        self.system.regions.append(Region(values['name'], path, values['size'], holders))

    def _edges(self):
        seen = {}
        counts = {}
        badges_taken = {}
        for number, values in enumerate(self.values['edge']):
            path = ('edge', number)
            self._named(path, 'an edge', values['name'], seen)
            if values['ends'] is None:
                continue
            ends = [self._partition(path + ('ends', index), name)
                    for index, name in enumerate(values['ends'])]
            if None in ends:
                continue
            if ends[0] is ends[1]:
                self._wrong(path + ('ends', 1), f"both ends are at '{ends[0].name}'",
                            'an edge joins two partitions')
                continue
            badges = values['badges'] or [number + 1] * EDGE_ENDS
            for index, end in enumerate(ends):
                self._edge_end(path, index, end, counts)
                self._badge(path, index, end, badges[index], badges_taken)
            self.system.edges.append(Edge(values['name'], path, [end.index for end in ends],
                                          values['rights'], badges))

    def _edge_end(self, path, index, end, counts):
        counts[end.index] = counts.get(end.index, 0) + 1
        limit = self.abi['TASK_EDGES_MAX']
        if counts[end.index] == limit + 1:
            self._wrong(path + ('ends', index), f"'{end.name}' has more than {limit} edges",
                        'spread them over several partitions')

    def _badge(self, path, index, end, badge, taken):
        other = taken.setdefault((end.index, badge), path)
        if other is not path:
            self._wrong(path + ('badges', index),
                        f"badge {badge} at '{end.name}' is taken by the edge on "
                        f'{self._line(other)}', 'choose another')


def read(path, abi, problems):
    """The System that the manifest at `path` describes; only meaningful without problems."""
    parsed = tomlsource.read(path, problems)
    if parsed is None:
        return System()
    document, places = parsed
    checker = Checker(places, problems)
    values = checker.table((), 'the manifest', document_keys(abi), document)
    if values['system'] is None:
        return System()
    return _Builder(values, checker, abi).build()


def check_sizes(system, problems, abi):
    """Check, with the programs loaded, that all a partition has fits its window."""
    for partition in system.partitions[1:]:
        program = partition.image.program if partition.image else None
        stack = partition.values['stack']
        if program is None or stack is None:
            continue
        total = program.memory_size + -program.memory_size % GUARD_SIZE + stack + 2 * GUARD_SIZE
        total += sum(region.size for region in system.regions if region.size is not None
                     and any(index == partition.index for index, _ in region.holders))
        if total > abi['WINDOW_SIZE']:
            problems.add(partition.image.place,
                         f"partition '{partition.name}' needs {total} bytes with its stack and "
                         f"regions, more than its window's {abi['WINDOW_SIZE']}",
                         'make its regions smaller')
