"""Giving the space of a purge back to the disk.

SQLite keeps the pages that a purge freed and fills them with new records, so that the file does not
grow again for a year; giving them back is a convenience, and it may fail without harm.

The file is written anew aside (``VACUUM INTO``), made durable, compared, and put in the place of
the old one by one rename: a cut leaves the one or the other, whole.  A ``VACUUM`` in place would
need the same space twice, half of it for the write-ahead log; incremental vacuum has to be chosen
when a database is made, and costs every sale a page of book-keeping.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import peewee

from terminal.journal.checkpoint import Checkpointer
from terminal.journal.database import (
    BUSY_TIMEOUT_S,
    execute,
    open_database,
    scalar,
)
from terminal.journal.errors import (
    StorageBusy,
    StorageCorrupt,
    StorageFull,
    storage_errors,
)
from terminal.journal.journal import Base, Head, Journal
from terminal.store.store import DATABASE_NAME
from terminal.whole_files import sync_directory

BESIDE = f"{DATABASE_NAME}.compact"
MARGIN = 1 << 20
"""Bytes left free on the disk beyond the new file."""


@dataclass(frozen=True, slots=True)
class _Identity:
    """What must be the same in both files."""

    application_id: int
    version: int
    head: Head
    base: Base
    records: int


def compact(data_dir: Path) -> tuple[int, int]:
    """Write the store's file anew; return its size before and after, in bytes.

    The caller holds the directory (``data_lock``), and nobody has the store open for writing.

    Raises:
        StorageFull: the disk has no room for the new file; the old one is as it was.
        StorageBusy: somebody reads the store; the old file is as it was.
        JournalError: something else; the old file is as it was.
    """
    path = data_dir / DATABASE_NAME
    before = path.stat().st_size
    for _ in steps(data_dir):
        pass
    return before, path.stat().st_size


def steps(data_dir: Path) -> Iterator[str]:
    """Do it step by step; whoever stops in between has lost nothing."""
    path, beside = data_dir / DATABASE_NAME, data_dir / BESIDE
    with storage_errors(path):
        beside.unlink(missing_ok=True)
        yield "begun"
        with closing(open_database(path)) as database:
            _check_room(database, data_dir)
            if not Checkpointer(database, path).checkpoint(truncate=True):
                raise StorageBusy(f"{path} is being read: try again when nobody reads it")
            yield "emptied"
            expected = _identity(database, path)
            _write(database, beside)
            yield "written"
        _check_alone(path)
        with closing(open_database(beside, read_only=True)) as copy:
            _check_same(copy, beside, expected)
        beside.chmod(stat.S_IMODE(path.stat().st_mode))
        yield "checked"
        _check_alone(path)
        beside.replace(path)
        yield "renamed"
        sync_directory(data_dir)


def _check_room(database: peewee.SqliteDatabase, data_dir: Path) -> None:
    pages = scalar(database, "PRAGMA page_count") - scalar(database, "PRAGMA freelist_count")
    needed = pages * scalar(database, "PRAGMA page_size") + MARGIN
    free = shutil.disk_usage(data_dir).free
    if free < needed:
        raise StorageFull(f"{data_dir} has {free} bytes free, the new file needs {needed}")


def _write(database: peewee.SqliteDatabase, beside: Path) -> None:
    try:
        execute(database, "VACUUM INTO ?", (str(beside),))
        descriptor = os.open(beside, os.O_RDONLY)  # SQLite does not sync what it writes so
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _identity(database: peewee.SqliteDatabase, path: Path) -> _Identity:
    journal = Journal(database, path)
    return _Identity(
        scalar(database, "PRAGMA application_id"),
        scalar(database, "PRAGMA user_version"),
        journal.head,
        journal.base,
        scalar(database, "SELECT count(*) FROM journal"),
    )


def _check_same(copy: peewee.SqliteDatabase, beside: Path, expected: _Identity) -> None:
    if scalar(copy, "PRAGMA quick_check(1)") != "ok" or _identity(copy, beside) != expected:
        raise StorageCorrupt(f"{beside} is not what the store holds: check the card")


def _check_alone(path: Path) -> None:
    """A log that outlives its last writer is in use by a reader: the name must stay with it."""
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise StorageBusy(f"{path} is being read: try again in {BUSY_TIMEOUT_S} seconds")
