"""Reading years of the books for an export: in order, in pieces, beside a running terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from terminal.core.events import PeriodClosed, from_payload
from terminal.core.state import Sale, SaleStatus
from terminal.journal.database import execute, scalar
from terminal.journal.errors import StorageCorrupt, storage_errors
from terminal.journal.records import Record
from terminal.store.store import Store

CHUNK = 500
"""Records, closures and sales fetched at a time: years of them take a bounded memory."""
_CLOSURES = """SELECT number, seq, closed_at_ms, document FROM closures
    WHERE scope = 'day' AND number > ? ORDER BY number LIMIT ?"""
_SALES = """SELECT seq, sale_id FROM sales
    WHERE seq > ? AND seq <= ? AND status = ? ORDER BY seq LIMIT ?"""
_RECORD = "SELECT seq, at_ms, business_date, type, version, payload, hash FROM journal WHERE"


@dataclass(frozen=True, slots=True)
class DayClosure:
    """A closure of a day, when it was made, and its place in the journal."""

    seq: int
    after_seq: int
    """Place of the closure before it: what lies between belongs to this one."""
    closed_at_ms: int
    event: PeriodClosed


@contextmanager
def at_one_moment(store: Store) -> Iterator[None]:
    """Read a store as it is now, however long that takes; it never keeps a sale waiting."""
    with storage_errors(store.path):
        store.database.begin()
    try:
        yield
    finally:
        store.database.rollback()


def day_closures(store: Store) -> Iterator[DayClosure]:
    """Yield the closures of days, oldest first."""
    number = seq = 0
    while True:
        with storage_errors(store.path):
            rows = execute(store.database, _CLOSURES, (number, CHUNK)).fetchall()
        for number, at_seq, closed_at_ms, document in rows:  # noqa: B007 - the last one goes on
            event = from_payload("PeriodClosed", json.loads(document))
            if not isinstance(event, PeriodClosed):
                raise StorageCorrupt(f"{store.path}: a closure cannot be read")
            yield DayClosure(at_seq, seq, closed_at_ms, event)
            seq = at_seq
        if len(rows) < CHUNK:
            return


def completed_sales(store: Store, after_seq: int, until_seq: int) -> Iterator[Sale]:
    """Yield the sales that completed in a part of the journal, in order."""
    while True:
        given = (after_seq, until_seq, SaleStatus.COMPLETED.value, CHUNK)
        with storage_errors(store.path):
            rows = execute(store.database, _SALES, given).fetchall()
        for _, sale_id in rows:
            sale = store.sale_by_id(sale_id)
            if sale is not None:
                yield sale
        if len(rows) < CHUNK:
            return
        after_seq = rows[-1][0]


def records(store: Store, types: Iterable[str], after_seq: int, until_seq: int) -> Iterator[Record]:
    """Yield the records of some types in a part of the journal, as stored, unverified."""
    wanted = tuple(types)
    places = ", ".join("?" * len(wanted))
    sql = f"{_RECORD} seq > ? AND seq <= ? AND type IN ({places}) ORDER BY seq LIMIT {CHUNK}"
    while True:
        with storage_errors(store.path):
            rows = execute(store.database, sql, (after_seq, until_seq, *wanted)).fetchall()
        yield from map(_record, rows)
        if len(rows) < CHUNK:
            return
        after_seq = rows[-1][0]


def record(store: Store, seq: int) -> Record | None:
    """Return one record, or None."""
    with storage_errors(store.path):
        row = execute(store.database, f"{_RECORD} seq = ?", (seq,)).fetchone()
    return None if row is None else _record(row)


def _record(row: tuple[Any, ...]) -> Record:
    """Return a record without the hash of the one before, which nobody checks here."""
    seq, at_ms, business_date, kind, version, payload, own = row
    return Record(seq, at_ms, business_date, kind, version, payload, b"", bytes(own))


def newest_seq(store: Store) -> int:
    """Return the place of the newest record."""
    with storage_errors(store.path):
        return int(scalar(store.database, "SELECT coalesce(max(seq), 0) FROM journal"))
