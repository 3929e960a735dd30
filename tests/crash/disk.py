"""A disk as a power cut finds it: what is durable, what is pending, what may survive.

The model is that of a journalling file system in ordered mode under SQLite's unix VFS: a sync of a
file makes its writes durable, and its name when it is new; names change in order; writes that were
not synced may survive or not, each on its own, and torn at any 512-byte sector.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

SECTOR = 512
ALL_SUBSETS_UP_TO = 8
"""Up to so many pending writes every combination is made."""
SAMPLES = 64
"""Random combinations beyond that, besides all prefixes, omissions and singletons."""


@dataclass(frozen=True, slots=True)
class Create:
    name: str
    inode: int


@dataclass(frozen=True, slots=True)
class Unlink:
    name: str
    durable: bool


@dataclass(frozen=True, slots=True)
class Write:
    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The scenario began or acknowledged a step: no effect on the disk."""


Op = Create | Unlink | Write | Truncate | Sync | Mark


@dataclass(frozen=True, slots=True)
class Survival:
    """Which of the pending operations reached the medium."""

    names: int
    """So many of the pending changes of names, in order."""
    writes: frozenset[int]
    torn: tuple[int, frozenset[int]] | None = None
    """A write of which only some sectors (counted from its first) survive."""


def _apply(content: bytearray, op: Write | Truncate, sectors: frozenset[int] | None) -> None:
    if isinstance(op, Truncate):
        del content[op.size :]
        content.extend(bytes(op.size - len(content)))
        return
    end = op.offset + len(op.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if sectors is None:
        content[op.offset : end] = op.data
        return
    for number, (start, stop) in enumerate(sector_spans(op)):
        if number in sectors:
            content[start:stop] = op.data[start - op.offset : stop - op.offset]


def sector_spans(op: Write) -> list[tuple[int, int]]:
    """Return the parts of a write, cut at the sectors of the medium."""
    end = op.offset + len(op.data)
    cuts = range((op.offset // SECTOR + 1) * SECTOR, end, SECTOR)
    edges = [op.offset, *cuts, end]
    return list(itertools.pairwise(edges))


@dataclass(slots=True)
class Disk:
    """Durable contents and names, and what is pending, in order."""

    content: dict[int, bytes] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending: dict[int, Write | Truncate] = field(default_factory=dict)
    pending_names: list[Create | Unlink] = field(default_factory=list)
    _count: int = 0

    @classmethod
    def holding(cls, images: Mapping[str, bytes]) -> Disk:
        disk = cls()
        for inode, (name, image) in enumerate(images.items()):
            disk.content[inode], disk.versions[inode], disk.names[name] = image, 0, inode
        return disk

    def apply(self, op: Op) -> None:
        """Take one operation of the application."""
        self._count += 1
        match op:
            case Create(inode=inode):
                self.content[inode], self.versions[inode] = b"", 0
                self.pending_names.append(op)
            case Unlink(durable=durable):
                self.pending_names.append(op)
                if durable:
                    self._flush_names()
            case Write() | Truncate():
                self.pending[self._count] = op
            case Sync(inode=inode):
                self._sync(inode)
            case Mark():
                pass

    def _sync(self, inode: int) -> None:
        content = bytearray(self.content[inode])
        for key, op in list(self.pending.items()):
            if op.inode == inode:
                _apply(content, op, None)
                del self.pending[key]
        self.content[inode] = bytes(content)
        self.versions[inode] = self._count
        if any(isinstance(op, Create) and op.inode == inode for op in self.pending_names):
            self._flush_names()

    def _flush_names(self) -> None:
        self.names = self._names_after(len(self.pending_names))
        self.pending_names.clear()

    def _names_after(self, count: int) -> dict[str, int]:
        names = dict(self.names)
        for op in self.pending_names[:count]:
            if isinstance(op, Create):
                names[op.name] = op.inode
            else:
                names.pop(op.name, None)
        return names

    def images(self, survival: Survival) -> dict[str, bytes]:
        """Return the files a machine finds when it comes back."""
        images = {}
        torn_key, sectors = survival.torn or (0, None)
        for name, inode in self._names_after(survival.names).items():
            content = bytearray(self.content[inode])
            for key, op in self.pending.items():
                if op.inode == inode and (key in survival.writes or key == torn_key):
                    _apply(content, op, sectors if key == torn_key else None)
            images[name] = bytes(content)
        return images

    def identity(self, survival: Survival) -> tuple[object, ...]:
        """Return what tells one outcome from another without building its images."""
        names = self._names_after(survival.names)
        inodes = set(names.values())
        seen = frozenset(k for k in survival.writes if self.pending[k].inode in inodes)
        torn = survival.torn
        if torn is not None and self.pending[torn[0]].inode not in inodes:
            torn = None
        return (
            tuple(sorted((name, inode, self.versions[inode]) for name, inode in names.items())),
            seen,
            torn,
        )

    def survivals(self, rng: random.Random) -> Iterator[Survival]:
        """Yield what may survive a cut now, the likeliest first."""
        keys = tuple(self.pending)
        for names in range(len(self.pending_names), -1, -1):
            for chosen in _subsets(keys, rng):
                yield Survival(names, frozenset(chosen))
            for key in keys:
                yield from self._torn(names, key, keys)

    def _torn(self, names: int, key: int, keys: tuple[int, ...]) -> Iterator[Survival]:
        op = self.pending[key]
        if not isinstance(op, Write):
            return
        count = len(sector_spans(op))
        earlier = frozenset(k for k in keys if k < key)
        others = frozenset(keys) - {key}
        for sectors in _tears(count):
            for writes in {earlier, others}:
                yield Survival(names, writes, (key, sectors))


def _subsets(keys: tuple[int, ...], rng: random.Random) -> Iterable[Iterable[int]]:
    if len(keys) <= ALL_SUBSETS_UP_TO:
        sizes = range(len(keys), -1, -1)
        return itertools.chain.from_iterable(itertools.combinations(keys, n) for n in sizes)
    prefixes = [keys[:n] for n in range(len(keys), -1, -1)]
    omissions = [keys[:n] + keys[n + 1 :] for n in range(len(keys))]
    singletons = [(key,) for key in keys]
    samples = [[key for key in keys if rng.random() < 0.5] for _ in range(SAMPLES)]
    return [*prefixes, *omissions, *singletons, *samples]


def _tears(count: int) -> Iterator[frozenset[int]]:
    """Yield sets of surviving sectors: beginnings, ends, odd and even ones."""
    if count < 2:
        return
    every = range(count)
    seen = {frozenset(every[:n]) for n in range(1, count)}
    seen |= {frozenset(every[n:]) for n in range(1, count)}
    seen |= {frozenset(every[::2]), frozenset(every[1::2])}
    yield from sorted(seen, key=sorted)
