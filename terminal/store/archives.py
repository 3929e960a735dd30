"""What the books say of archives, and where in the journal a period ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import peewee

from terminal.core.periods import key_of
from terminal.journal.errors import storage_errors
from terminal.journal.records import Record
from terminal.store.store import Store
from terminal.store.tables import ArchiveCopyRow, ArchiveRow, ClosureRow

MAX_ARCHIVES = 500
"""Archives listed at a time: forty years of months."""
CLOSURE_CHAINS = ("GTJ", "GTM", "GTA")
CLOSED = frozenset({50, 60})
"""Technical events that end a closure (``fiscal.jet``)."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was read back from its medium."""

    medium: str
    serial: str
    external: bool
    copied_at_ms: int


@dataclass(frozen=True, slots=True)
class ArchiveSummary:
    """An archive that was made here, newest copy first."""

    seq: int
    """The record that says so."""
    file: str
    sha256: str
    first_day: str
    last_day: str
    first_seq: int
    last_seq: int
    records: int
    made_at_ms: int
    copies: tuple[Copy, ...] = ()


def archives(store: Store, limit: int = MAX_ARCHIVES) -> tuple[ArchiveSummary, ...]:
    """Return the newest archives first, at most MAX_ARCHIVES."""
    query = ArchiveRow.select().order_by(ArchiveRow.seq.desc())
    with storage_errors(store.path):
        rows = list(query.limit(min(limit, MAX_ARCHIVES)).dicts().execute(store.database))
        return tuple(ArchiveSummary(**row, copies=_copies(store, row["sha256"])) for row in rows)


def _copies(store: Store, sha256: str) -> tuple[Copy, ...]:
    query = (
        ArchiveCopyRow.select()
        .where(ArchiveCopyRow.sha256 == sha256)
        .order_by(ArchiveCopyRow.seq.desc())
        .tuples()
    )
    return tuple(
        Copy(medium, serial, bool(external), at_ms)
        for _, _, _, medium, serial, external, at_ms in query.execute(store.database)
    )


def end_of(store: Store, day: str) -> int:
    """Return the last record that belongs to a trading day or to one before it.

    The closure of a day is often written on a later one: it belongs to the day that it closes, with
    its signed records, and so does whatever was written before it.
    """
    last = store.journal.last_of(day)
    closure = _last_closure(store, day)
    if closure <= last:
        return last
    for record in store.journal.read(closure):
        if not _of_closure(record):
            break
        closure = record.seq
    return closure


def _last_closure(store: Store, day: str) -> int:
    """Return the record of the last closure of a period that ends with ``day`` or before it."""
    following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    condition: Any = (ClosureRow.scope == "day") & (ClosureRow.period <= day)
    for scope in ("month", "year"):
        condition |= (ClosureRow.scope == scope) & (ClosureRow.period < key_of(scope, following))
    query = ClosureRow.select(peewee.fn.MAX(ClosureRow.seq)).where(condition).tuples()
    with storage_errors(store.path):
        ((seq,),) = query.execute(store.database)
    return seq or 0


def _of_closure(record: Record) -> bool:
    if record.type != "RecordSigned":
        return False
    said = record.payload()
    if said["chain"] == "JET":
        return json.loads(said["content"])["code"] in CLOSED
    return said["chain"] in CLOSURE_CHAINS
