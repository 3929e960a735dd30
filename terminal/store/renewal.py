"""Derived tables that another version of the software made: made again at the first start.

A version may derive more than the one before, and nothing has to be moved over: the journal says
it all.
"""

from __future__ import annotations

import logging
from pathlib import Path

import peewee

from terminal.journal.database import execute, transaction
from terminal.journal.errors import storage_errors
from terminal.journal.gate import Gate
from terminal.journal.journal import Journal, create_journal, raise_format
from terminal.store.rebuild import rebuild
from terminal.store.replay import Evolve
from terminal.store.tables import (
    DERIVED,
    DerivationRow,
    SnapshotRow,
    create_tables,
    shape_of_tables,
)
from terminal.whole_files import sync_directory

log = logging.getLogger(__name__)


def are_of_this_version(database: peewee.SqliteDatabase) -> bool:
    """Tell whether the derived tables are those that this version, and no other, wrote last.

    Columns alone do not say it: after a return to an older version, a table that only the newer one
    knows has the right columns and the rows of long ago.
    """
    for model in (*DERIVED, SnapshotRow, DerivationRow):
        meta = model._meta  # type: ignore[attr-defined]  # noqa: SLF001 - peewee's own way to it
        rows = execute(database, f"PRAGMA table_info({meta.table_name})").fetchall()
        if [row[1] for row in rows] != [field.column_name for field in meta.sorted_fields]:
            return False
    written = DerivationRow.select(DerivationRow.shape).tuples().execute(database)
    return [shape for (shape,) in written] == [shape_of_tables()]


def initialise(database: peewee.SqliteDatabase, path: Path) -> None:
    """Make an empty database a store, for good. Raises JournalError."""
    with storage_errors(path):
        with transaction(database):
            create_journal(database)
            create_tables(database)
        sync_directory(path.parent)


def ready(database: peewee.SqliteDatabase, path: Path, evolve: Evolve, gate: Gate) -> None:
    """Make an opened store this version's: its format, when that may be, and its derived tables.

    Raises:
        JournalError: it cannot be; nothing was changed.
    """
    with storage_errors(path):
        raise_format(database, gate)
        renew(database, Journal(database, path), evolve)


def renew(database: peewee.SqliteDatabase, journal: Journal, evolve: Evolve) -> None:
    """Make the derived tables again, in one transaction, if they are another version's.

    Raises:
        StorageCorrupt: names the first bad record; nothing was changed.
    """
    if not are_of_this_version(database):
        log.info("the derived tables are another version's and are made again")
        rebuild(database, journal, evolve)
