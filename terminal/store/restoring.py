"""A store made anew from the records of its second copy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from terminal.journal.database import open_database
from terminal.journal.errors import StorageAbsent
from terminal.journal.journal import Base
from terminal.journal.records import Record
from terminal.journal.restoring import put_back
from terminal.store.replay import Evolve
from terminal.store.store import DATABASE_NAME, Store


def restore_store(
    data_dir: Path, base: Base, records: Iterable[Record], *, evolve: Evolve
) -> Store:
    """Make the store of an empty data folder; open, with its derived tables made.

    Raises:
        StorageCorrupt: a record is missing, damaged, or does not fit.
        StorageAbsent: there is no record at all.
        JournalError: the disk does not take it.
    """
    path = data_dir / DATABASE_NAME
    Store.open(data_dir, evolve=evolve, create=True).close()
    database = open_database(path)
    try:
        last = put_back(database, path, base, records)
    finally:
        database.close()
    if last.seq == base.seq:
        raise StorageAbsent("the copy holds no record")
    store = Store.open(data_dir, evolve=evolve)
    try:
        store.rebuild()
    except BaseException:
        store.close()
        raise
    return store
