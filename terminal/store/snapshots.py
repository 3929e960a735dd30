"""The newest state kept beside the journal, so that a start folds only the tail.

A snapshot is a hint, never the truth: one that does not match the journal, the shape of today's
state or its own hash is ignored, and the whole journal is folded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import peewee

from terminal.core.state import SaleStatus, TerminalState
from terminal.journal.database import DATABASE_ERRORS
from terminal.journal.journal import Journal
from terminal.journal.records import Record
from terminal.store import codec
from terminal.store.tables import SnapshotRow

SNAPSHOT_EVERY = 64
"""Records between two snapshots, at least: one sale must not pay for many."""
SHAPE = f"1:{codec.fingerprint(TerminalState)}"
"""Raise the number when ``evolve`` changes its mind about records already written."""

_IN_PROGRESS = (SaleStatus.OPEN, SaleStatus.TENDERING)


@dataclass(frozen=True, slots=True)
class Snapshot:
    seq: int
    state: TerminalState


def is_between_sales(state: TerminalState) -> bool:
    """Tell whether a snapshot is cheap: no basket is open to be written with it."""
    return state.sale is None or state.sale.status not in _IN_PROGRESS


def write(database: peewee.SqliteDatabase, record: Record, state: TerminalState) -> None:
    """Keep the state after a record; the caller holds the transaction that appended it."""
    text = codec.encode(state)
    SnapshotRow.insert(
        one=1,
        seq=record.seq,
        record_hash=record.hash,
        shape=SHAPE,
        state=text,
        state_hash=hashlib.sha256(text.encode()).digest(),
    ).on_conflict_replace().execute(database)


def newest(database: peewee.SqliteDatabase, journal: Journal) -> Snapshot | None:
    """Return the snapshot, or None when there is none that can be trusted."""
    row = _row(database)
    if row is None:
        return None
    _one, seq, record_hash, shape, text, state_hash = row
    sound = (
        shape == SHAPE
        and hashlib.sha256(text.encode()).digest() == bytes(state_hash)
        and journal.stored_hash(seq) == bytes(record_hash)
    )
    if not sound:
        return None
    try:
        return Snapshot(seq, codec.decode(TerminalState, text))
    except codec.NotDecodable:
        return None


def newest_seq(database: peewee.SqliteDatabase) -> int:
    """Return the record the snapshot was taken at, 0 when there is none."""
    row = _row(database)
    return row[1] if row else 0


def _row(database: peewee.SqliteDatabase) -> tuple[Any, ...] | None:
    try:
        return next(iter(SnapshotRow.select().tuples().execute(database)), None)
    except DATABASE_ERRORS:
        return None  # a table that cannot be read is no better than an empty one
