"""Opening the database safely: settings that survive a power cut, set and read back.

SQLite's defaults lose the last acknowledged commit in every power cut; WAL with synchronous=FULL
loses none and needs one sync per commit (sqlite.org, "PRAGMA synchronous").
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee

from terminal.journal.errors import (
    StorageAbsent,
    StorageFailed,
    StorageReadOnly,
    StoreInUse,
    storage_errors,
)

DatabaseFactory = Callable[..., peewee.SqliteDatabase]

DATABASE_ERRORS = (peewee.DatabaseError, sqlite3.DatabaseError)
"""What a damaged or missing table raises: peewee's at the statement, sqlite3's at a later row."""

BUSY_TIMEOUT_S = 2
"""Longest wait for another process that writes; a scan is not held longer."""
LOCK_NAME = "writer.lock"
TRIAL_NAME = "trial"
TRIAL_BYTES = 4096

_PRAGMAS: tuple[tuple[str, str, Any], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("wal_autocheckpoint", "0", 0),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("temp_store", "MEMORY", 2),
)
_READ_ONLY_PRAGMAS = tuple(row for row in _PRAGMAS if row[0] not in {"journal_mode", "synchronous"})


def open_database(
    path: Path,
    factory: DatabaseFactory = peewee.SqliteDatabase,
    *,
    read_only: bool = False,
    create: bool = False,
) -> peewee.SqliteDatabase:
    """Open the database in the calling thread, which must be the only one to use it.

    The connection belongs to the thread that opens it; from another thread every call fails with
    peewee's InterfaceError, because connections are per thread and nothing connects by itself.
    Nothing of an existing file is overwritten, whatever its state.

    Args:
        factory: the database class; the crash explorer passes one that records.
        read_only: open beside a running terminal; never writes.
        create: make an empty file when there is none.

    Raises:
        StorageAbsent: there is no file, and ``create`` is False.
        JournalError: see ``terminal.journal.errors``.
    """
    with storage_errors(path):
        if not create and not (path.exists() and path.stat().st_size):
            raise StorageAbsent(f"{path} is missing or empty: initialise the data directory first")
        if not read_only and path.exists() and not os.access(path, os.W_OK):
            # SQLite would open it for reading alone, and the first sale would find out.
            raise StorageReadOnly(f"{path} cannot be written: check the card and its rights")
        if read_only:
            name, options = f"{path.absolute().as_uri()}?mode=ro", {"uri": True}
        else:
            name, options = str(path), {}
        database = factory(name, timeout=BUSY_TIMEOUT_S, autoconnect=False, **options)
        database.connect()
        try:
            _set_pragmas(database, path, _READ_ONLY_PRAGMAS if read_only else _PRAGMAS)
        except BaseException:
            database.close()
            raise
    return database


def _set_pragmas(
    database: peewee.SqliteDatabase, path: Path, pragmas: tuple[tuple[str, str, Any], ...]
) -> None:
    for name, value, expected in pragmas:
        execute(database, f"PRAGMA {name}={value}").fetchall()
        found = scalar(database, f"PRAGMA {name}")
        # A build without memory-mapped I/O has no mmap_size to read: none is what is wanted.
        if found != expected and not (name == "mmap_size" and found is None):
            raise StorageFailed(f"{path}: {name} is {found!r} and not {expected!r}")


def execute(database: peewee.SqliteDatabase, sql: str, params: tuple[Any, ...] = ()) -> Any:
    """Run one statement without a model and return its cursor: the hot path's way."""
    return database.execute_sql(sql, params)  # type: ignore[no-untyped-call]


def scalar(database: peewee.SqliteDatabase, sql: str, params: tuple[Any, ...] = ()) -> Any:
    """Return the first column of the first row, or None."""
    row = execute(database, sql, params).fetchone()
    return row[0] if row else None


def try_disk(data_dir: Path) -> None:
    """Write a page, make it durable, and take it away again.

    Raises:
        JournalError: the disk does not take it; the subclass says why.
    """
    path = data_dir / TRIAL_NAME
    with storage_errors(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, bytes(TRIAL_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)


@contextmanager
def data_lock(data_dir: Path) -> Iterator[None]:
    """Hold a data directory for writing; the kernel lets go when the process dies.

    Raises:
        StoreInUse: another process writes it.
        StorageReadOnly: the lock file cannot be made.
    """
    path = data_dir / LOCK_NAME
    with storage_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreInUse(f"{data_dir} is in use by another terminal process") from error
        except OSError as error:
            raise StorageReadOnly(f"{path} cannot be locked ({error})") from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def transaction(
    database: peewee.SqliteDatabase, took: Callable[[int], None] = lambda _: None
) -> Iterator[None]:
    """Write in one transaction that takes the write lock first (``BEGIN IMMEDIATE``).

    ``took`` hears how many microseconds the commit waited for the disk.
    """
    database.begin("IMMEDIATE")
    try:
        yield
        began_ns = time.perf_counter_ns()
        database.commit()
        took((time.perf_counter_ns() - began_ns) // 1000)
    except BaseException:
        _rollback(database)
        raise


def _rollback(database: peewee.SqliteDatabase) -> None:
    """Roll back after a failure; SQLite may already have done so by itself."""
    try:
        database.rollback()
    except peewee.PeeweeException:
        # "no transaction is active", or the disk is gone: the first error is the one to report,
        # and the journal refuses to go on until it is reopened.
        return
