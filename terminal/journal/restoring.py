"""Records of a journal put into an empty database as they were: not appended, but brought back."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import peewee

from terminal.journal.database import execute, transaction
from terminal.journal.errors import StorageCorrupt, storage_errors
from terminal.journal.journal import NO_GAP, Base, cut_off, insert
from terminal.journal.records import Record, is_sealed

AT_ONCE = 5000
"""Records of one transaction: memory stays bounded, and a stick is read in one go."""


def put_back(
    database: peewee.SqliteDatabase, path: Path, base: Base, records: Iterable[Record]
) -> Base:
    """Put the records that follow a base into an empty journal; return (number, hash) of the last.

    Raises:
        StorageCorrupt: a record does not follow the one before, or is not as it was written.
        JournalError: the disk does not take them.
    """
    if base.seq:
        with storage_errors(path), transaction(database):
            cut_off(database, base)
    seq, prev = base.seq, base.hash
    following = iter(records)
    while batch := list(islice(following, AT_ONCE)):
        for record in batch:
            seq += 1
            if record.seq != seq or record.prev_hash != prev or not is_sealed(record):
                raise StorageCorrupt(f"record {seq} does not follow the one before it", seq=seq)
            prev = record.hash
        with storage_errors(path), transaction(database):
            _insert(database, batch, first=batch[0].seq == base.seq + 1)
    return Base(seq, prev)


def _insert(database: peewee.SqliteDatabase, batch: list[Record], *, first: bool) -> None:
    """Write records; the first one behind a base follows a record that is not in the table."""
    if first:
        execute(database, "DROP TRIGGER journal_has_no_gap")
    for record in batch:
        insert(database, record)
    if first:
        execute(database, NO_GAP)
