"""Derived tables that another version of the software made: made again at the first start.

A version may derive more than the one before, and nothing has to be moved over: the journal says
it all.
"""

from __future__ import annotations

import logging

import peewee

from terminal.journal.database import execute
from terminal.journal.journal import Journal
from terminal.store.rebuild import rebuild
from terminal.store.replay import Evolve
from terminal.store.tables import DERIVED, SnapshotRow

log = logging.getLogger(__name__)


def are_of_this_version(database: peewee.SqliteDatabase) -> bool:
    """Tell whether the derived tables have the columns that this version writes."""
    for model in (*DERIVED, SnapshotRow):
        meta = model._meta  # type: ignore[attr-defined]  # noqa: SLF001 - peewee's own way to it
        rows = execute(database, f"PRAGMA table_info({meta.table_name})").fetchall()
        if [row[1] for row in rows] != [field.column_name for field in meta.sorted_fields]:
            return False
    return True


def renew(database: peewee.SqliteDatabase, journal: Journal, evolve: Evolve) -> None:
    """Make the derived tables again, in one transaction, if they are another version's.

    Raises:
        StorageCorrupt: names the first bad record; nothing was changed.
    """
    if not are_of_this_version(database):
        log.info("the derived tables are another version's and are made again")
        rebuild(database, journal, evolve)
