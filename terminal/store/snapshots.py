"""The newest state kept beside the journal, so that a start folds only the tail.

A snapshot is a hint, never the truth: one that does not match the journal, the shape of today's
state or its own hash is ignored, and the whole journal is folded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import peewee

from terminal.core.state import SaleStatus, TerminalState
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


def is_due(state: TerminalState, seq: int, last_snapshot: int) -> bool:
    """Tell whether a snapshot is worth its bytes: never within a sale, and not too often."""
    between_sales = state.sale is None or state.sale.status not in _IN_PROGRESS
    return between_sales and seq - last_snapshot >= SNAPSHOT_EVERY


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
    row = SnapshotRow.select().tuples().execute(database)
    for _one, seq, record_hash, shape, text, state_hash in row:
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
    return None
