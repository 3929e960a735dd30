"""A VFS that records every operation the database makes, and can make the n-th one fail.

SQLite runs through apsw's own library here: a file recorded is never opened with the sqlite3 module
in the same process (both would drop each other's POSIX locks); what is checked are copies.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import apsw
import peewee
from playhouse.apsw_ext import APSWDatabase

from tests.crash.disk import Create, Disk, Mark, Op, Sync, Truncate, Unlink, Write

_RECORDED = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
_names = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Failure:
    """The ``nth`` write, truncate or sync fails, and with ``lasting`` all after it."""

    nth: int
    code: int
    """SQLite's result code, e.g. ``apsw.SQLITE_FULL``."""
    lasting: bool

    def hits(self, count: int) -> bool:
        return count == self.nth or (self.lasting and count > self.nth)


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation and what the scenario had said by then."""

    op: Op
    begun: int
    acked: int
    ledger: int


@dataclass
class Log:
    """What happened, in order: the database's operations and the scenario's marks."""

    initial: Mapping[str, bytes] = field(default_factory=dict)
    failure: Failure | None = None
    entries: list[Entry] = field(default_factory=list)
    begun: int = 0
    acked: int = 0
    ledger: list[str] = field(default_factory=list)
    fallible: int = 0
    """Writes, truncates and syncs so far."""

    def add(self, op: Op) -> None:
        self.entries.append(Entry(op, self.begun, self.acked, len(self.ledger)))

    def attempt(self, op: Op) -> None:
        """Record an operation that can fail, or fail it."""
        self.fallible += 1
        if self.failure is not None and self.failure.hits(self.fallible):
            raise apsw.exception_for(self.failure.code)
        self.add(op)

    def disk(self) -> Disk:
        """Return the disk as it is now."""
        disk = Disk.holding(self.initial)
        for entry in self.entries:
            disk.apply(entry.op)
        return disk


class Recorder(apsw.VFS):
    """Records the files of one directory; used as a context, for the time of a scenario."""

    def __init__(self, directory: Path, log: Log) -> None:
        self.name = f"recorder-{next(_names)}"
        self._directory = directory
        self.log = log
        self._inodes = itertools.count(len(log.initial))
        self._by_name: dict[str, int] = {}
        for inode, (name, image) in enumerate(log.initial.items()):
            (directory / name).write_bytes(image)
            self._by_name[name] = inode
        super().__init__(self.name, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unregister()

    def factory(
        self, kind: type[APSWDatabase] = APSWDatabase
    ) -> Callable[..., peewee.SqliteDatabase]:
        """Return a database class bound to this VFS, to be injected into the store."""
        return lambda name, **options: kind(name, vfs=self.name, **options)

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        if not flags[0] & _RECORDED or name is None:
            return apsw.VFSFile("", name, flags)
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        exists = path.exists()
        file = RecordedFile(self.log, name, flags)
        if not exists:
            self._by_name[path.name] = next(self._inodes)
            self.log.add(Create(path.name, self._by_name[path.name]))
        file.inode = self._by_name[path.name]
        return file

    def xDelete(self, filename, syncdir):  # noqa: N802
        super().xDelete(filename, syncdir)
        self.log.add(Unlink(os.path.basename(filename), bool(syncdir)))  # noqa: PTH119


class RecordedFile(apsw.VFSFile):
    """A file that tells the log what is done to it."""

    inode: int

    def __init__(self, log: Log, name, flags) -> None:
        super().__init__("", name, flags)
        self._log = log

    def xWrite(self, data, offset):  # noqa: N802
        self._log.attempt(Write(self.inode, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize):  # noqa: N802
        self._log.attempt(Truncate(self.inode, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags):  # noqa: N802
        self._log.attempt(Sync(self.inode))
        # Nothing is synced for real: the disk is the model's.


@dataclass
class Marks:
    """What a scenario says about itself; steps count from 1."""

    log: Log

    def begin(self, step: int) -> None:
        """A step starts: from here on it may be found done."""
        assert step == self.log.acked + 1, "steps are begun in order, after the one before is acked"
        self.log.begun = step
        self.log.add(Mark())

    def ack(self, step: int) -> None:
        """A step was acknowledged to somebody: it may never be lost again."""
        assert step == self.log.begun, "only the step begun can be acknowledged"
        self.log.acked = step
        self.log.add(Mark())

    def outside(self, fact: str) -> None:
        """Something happened that no power cut undoes: a card debited, a paper printed."""
        self.log.ledger.append(fact)
        self.log.add(Mark())
