"""The truth: an append-only, gap-free, hash-chained table of events.

One writer, one thread: the caller opens the database in the thread that appends.  Readers use a
connection of their own (``open_database(read_only=True)``) beside the running terminal.

Records that the law allows to purge leave from the beginning only, all at once, and a *base* stays
in their place: the number and the hash of the last of them, and a document of what they came to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.journal.database import execute, scalar, transaction
from terminal.journal.errors import (
    JournalError,
    NotYetConfirmed,
    StorageCorrupt,
    StorageFailed,
    StorageNewer,
    storage_errors,
)
from terminal.journal.gate import TODAY, Gate, header, read_header
from terminal.journal.latency import CommitTimes
from terminal.journal.records import GENESIS, Record, is_sealed, sealed

APPLICATION_ID = 0x52505253
"""``RPRS`` in the header of the file: it is ours."""
SCHEMA_VERSION = 1
BASE_VERSION = 2
"""Of a journal whose first records were purged: software that knows no base must not open it."""
READ_CHUNK = 500
"""Records fetched at a time, so that reading years of history takes a bounded memory."""

_KEEPS_ALL = """CREATE TRIGGER journal_keeps_all BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'a record is never removed'); END"""
NO_GAP = """CREATE TRIGGER journal_has_no_gap BEFORE INSERT ON journal
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal)
        BEGIN SELECT RAISE(ABORT, 'a record follows the last one'); END"""
_SCHEMA = (
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        business_date TEXT NOT NULL,
        type TEXT NOT NULL,
        version INTEGER NOT NULL,
        payload TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT""",
    """CREATE TRIGGER journal_keeps_records BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'a record is never changed'); END""",
    _KEEPS_ALL,
    NO_GAP,
)
_BASE_SCHEMA = """CREATE TABLE IF NOT EXISTS journal_base (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        document TEXT NOT NULL
    ) STRICT"""
_INSERT = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT seq, at_ms, business_date, type, version, payload, hash FROM journal"

Also = Callable[[tuple[Record, ...]], None]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest record: what the next one follows."""

    seq: int = 0
    hash: bytes = GENESIS
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What the first record follows: nothing, or all that was purged before it."""

    seq: int = 0
    """Number of the last record that was purged."""
    hash: bytes = GENESIS
    """Its hash."""
    document: str = ""
    """What the purged records came to; the store reads it."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """The first record that is not as it was written, and why."""

    seq: int
    reason: str


def create_journal(database: peewee.SqliteDatabase) -> None:
    """Create the journal in an empty database; the caller holds the transaction."""
    for statement in _SCHEMA:
        execute(database, statement)
    execute(database, f"PRAGMA application_id={APPLICATION_ID}")
    execute(database, f"PRAGMA user_version={SCHEMA_VERSION}")


def has_journal(database: peewee.SqliteDatabase, path: Path, gate: Gate = TODAY) -> bool:
    """Tell whether the database holds a journal; False when it is still empty.

    Raises:
        StorageCorrupt: the file belongs to something else.
        StorageNewer: it was written by newer software.
    """
    with storage_errors(path):
        owner = scalar(database, "PRAGMA application_id")
        version = scalar(database, "PRAGMA user_version")
        if scalar(database, "SELECT count(*) FROM sqlite_master") == 0:
            return False
    if owner != APPLICATION_ID:
        raise StorageCorrupt(f"{path} is not a store of this terminal")
    format_, tables = read_header(version)
    if format_ > gate.format or tables not in (SCHEMA_VERSION, BASE_VERSION):
        raise StorageNewer(
            f"{path} has format {version}, this software reads "
            f"{header(gate.format, BASE_VERSION)}: a newer one wrote it, update this terminal"
        )
    return True


def raise_format(database: peewee.SqliteDatabase, gate: Gate) -> None:
    """Let the journal hold what this version writes, when the version is confirmed."""
    format_, tables = read_header(scalar(database, "PRAGMA user_version"))
    if gate.raises(format_):
        with transaction(database):
            execute(database, f"PRAGMA user_version={header(gate.format, tables)}")


def cut_off(database: peewee.SqliteDatabase, base: Base) -> None:
    """Remove the records up to a base and leave the base in their place.

    The caller holds the transaction that writes the record of the purge: there is never the one
    without the other.
    """
    execute(database, _BASE_SCHEMA)
    row = (1, base.seq, base.hash, base.document)
    execute(database, "INSERT OR REPLACE INTO journal_base VALUES (?, ?, ?, ?)", row)
    execute(database, "DROP TRIGGER journal_keeps_all")
    execute(database, "DELETE FROM journal WHERE seq <= ?", (base.seq,))
    execute(database, _KEEPS_ALL)
    format_, _ = read_header(scalar(database, "PRAGMA user_version"))
    execute(database, f"PRAGMA user_version={header(format_, BASE_VERSION)}")


def insert(database: peewee.SqliteDatabase, record: Record) -> None:
    """Write a record behind the last one; the caller holds the transaction."""
    r = record
    row = (r.seq, r.at_ms, r.business_date, r.type, r.version, r.payload_json, r.hash)
    execute(database, _INSERT, row)


class Journal:
    """The journal of an open database; ``head`` is read from it here."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        self._database = database
        self._path = path
        self.gate = TODAY
        """What may be appended; whoever opens a store on trial sets another."""
        self._broken = ""
        self.commit_times = CommitTimes()
        """What its commits take; whoever opens the store again puts his own in its place."""
        with storage_errors(path):
            self._format, tables = read_header(scalar(database, "PRAGMA user_version"))
        self.base = self._read_base() if tables == BASE_VERSION else Base()
        with storage_errors(path):
            row = execute(
                database, "SELECT seq, hash, at_ms FROM journal ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        self.head = Head(*row) if row else Head(self.base.seq, self.base.hash)

    def _read_base(self) -> Base:
        with storage_errors(self._path):
            row = execute(self._database, "SELECT seq, hash, document FROM journal_base").fetchone()
        if row is None:
            raise StorageCorrupt(f"{self._path}: the base of the journal is missing")
        return Base(row[0], bytes(row[1]), row[2])

    def append(
        self, events: Sequence[Event], moment: Moment, also: Also | None = None
    ) -> tuple[Record, ...]:
        """Append events in one transaction; they are durable when this returns.

        ``also`` runs within the transaction, after the records were written: what it writes stands
        or falls with them.

        Raises:
            NotCanonical: an event holds a value that has no canonical form; nothing was written.
            NotYetConfirmed: an event is of a format that the journal has not; nothing was written.
            JournalError: nothing counts as written, and further appends are refused until the
                store was reopened and read again: after a failed sync nobody knows what the disk
                holds, so nothing may be acknowledged on top of it.
        """
        if self._broken:
            raise StorageFailed(f"{self._path} must be reopened after: {self._broken}")
        for event in events:
            if not self.gate.takes(event, self._format):
                raise NotYetConfirmed(f"{type(event).__name__} is new and the update on trial")
        records = self._seal(events, moment)
        if not records:
            return ()
        day = moment.business_date
        try:
            with (
                storage_errors(self._path),
                transaction(self._database, lambda us: self.commit_times.took(us, day)),
            ):
                for record in records:
                    insert(self._database, record)
                if also is not None:
                    also(records)
        except JournalError as error:
            self._broken = str(error)
            raise
        last = records[-1]
        self.head = Head(last.seq, last.hash, last.at_ms)
        return records

    def _seal(self, events: Sequence[Event], moment: Moment) -> tuple[Record, ...]:
        seq, prev = self.head.seq, self.head.hash
        records = []
        for event in events:
            seq += 1
            record = sealed(prev, seq, event, moment)
            prev = record.hash
            records.append(record)
        return tuple(records)

    def read(self, after_seq: int = 0) -> Iterator[Record]:
        """Yield the records after ``after_seq`` in order, as stored, unverified.

        ``prev_hash`` of each is the stored hash of the record before it.

        Raises:
            JournalError: the file could not be read.
        """
        after_seq = max(after_seq, self.base.seq)
        with storage_errors(self._path):
            prev = self.stored_hash(after_seq)
            while rows := self._rows(after_seq):
                for row in rows:
                    record = _record(row, prev)
                    yield record
                    prev = record.hash
                after_seq = rows[-1][0]

    def _rows(self, after_seq: int, limit: int = READ_CHUNK) -> list[tuple[Any, ...]]:
        sql = f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?"
        return list(execute(self._database, sql, (after_seq, max(0, limit))).fetchall())

    def newest(self, type_: str) -> Record | None:
        """Return the newest record of a type of event, unverified; None when there is none.

        Looks through the whole journal: for a technician, not for a sale.

        Raises:
            JournalError: the file could not be read.
        """
        sql = f"{_SELECT} WHERE type = ? ORDER BY seq DESC LIMIT 1"
        with storage_errors(self._path):
            row = execute(self._database, sql, (type_,)).fetchone()
        if row is None:
            return None
        seq, at_ms, date, name, version, payload, own = row
        return Record(seq, at_ms, date, name, version, payload, self.stored_hash(seq - 1), own)

    def counts(self) -> dict[str, int]:
        """Return how many records there are of each type of event.

        Looks through the whole journal: for a technician, not for a sale.

        Raises:
            JournalError: the file could not be read.
        """
        sql = "SELECT type, COUNT(*) FROM journal GROUP BY type ORDER BY type"
        with storage_errors(self._path):
            return {str(name): int(count) for name, count in execute(self._database, sql)}

    def stored_hash(self, seq: int) -> bytes:
        """Return the stored hash of a record: the base's for its number, empty for none."""
        if seq == self.base.seq:
            return self.base.hash
        with storage_errors(self._path):
            found = scalar(self._database, "SELECT hash FROM journal WHERE seq = ?", (seq,))
        return bytes(found) if found is not None else b""

    def span(self, after_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        """Return at most ``limit`` records after one and up to another: a slice of a long reading.

        Records do not change, so that slices read one after the other are one consistent whole.
        """
        after_seq = max(after_seq, self.base.seq)
        with storage_errors(self._path):
            prev, records = self.stored_hash(after_seq), []
            for row in self._rows(after_seq, min(limit, to_seq - after_seq)):
                records.append(_record(row, prev))
                prev = records[-1].hash
        return tuple(records)

    def last_of(self, business_date: str) -> int:
        """Return the number of the last record of a trading day or an earlier one.

        Trading days never go back, so that the place is found by halving.
        """
        low, high = self.base.seq, self.head.seq
        while low < high:
            middle = (low + high + 1) // 2
            with storage_errors(self._path):
                day = scalar(
                    self._database, "SELECT business_date FROM journal WHERE seq = ?", (middle,)
                )
            low, high = (middle, high) if day <= business_date else (low, middle - 1)
        return low

    def last_day(self) -> str:
        """Return the trading day of the newest record; empty when there is none."""
        with storage_errors(self._path):
            sql = "SELECT business_date FROM journal WHERE seq = ?"
            return scalar(self._database, sql, (self.head.seq,)) or ""

    def verified(self, after_seq: int = 0) -> Iterator[Record]:
        """Yield the records after ``after_seq``, each checked against the one before.

        Raises:
            StorageCorrupt: names the first record that is missing or was changed.
        """
        expected = max(after_seq, self.base.seq)
        for record in self.read(after_seq):
            expected += 1
            if record.seq != expected:
                raise StorageCorrupt(
                    f"{self._path}: record {expected} is missing, {record.seq} follows",
                    seq=expected,
                )
            if not is_sealed(record):
                raise StorageCorrupt(
                    f"{self._path}: record {record.seq} ({record.type}) is not as it was written",
                    seq=record.seq,
                )
            yield record

    def verify(self, from_seq: int = 1) -> BadRecord | None:
        """Check number, hash and chain of every record from ``from_seq``; None when all is well."""
        try:
            for _ in self.verified(from_seq - 1):
                pass
        except StorageCorrupt as error:
            if not error.seq:
                raise
            return BadRecord(error.seq, str(error))
        return None


def _record(row: tuple[Any, ...], prev: bytes) -> Record:
    seq, at_ms, date, type_, version, payload, own = row
    return Record(seq, at_ms, date, type_, version, payload, prev, own)
