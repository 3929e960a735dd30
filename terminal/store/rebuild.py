"""The derived tables made again from the journal, and the proof that they are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import peewee

from terminal.journal.database import DATABASE_ERRORS, transaction
from terminal.journal.journal import Journal
from terminal.store import snapshots
from terminal.store.beginning import Rows, beginning, put_rows
from terminal.store.projections import Step, project
from terminal.store.replay import Evolve, replay
from terminal.store.tables import DERIVED, create_tables, drop_tables

Fingerprints = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did."""

    records: int
    changed: tuple[str, ...]
    """Names of the tables that were not as the journal says, or could not be read."""
    fingerprints: Fingerprints
    """The tables as they are now."""


def fingerprints(database: peewee.SqliteDatabase) -> Fingerprints:
    """Return a SHA-256 over the rows of each derived table, by table name."""
    return {model._meta.table_name: _fingerprint(database, model) for model in DERIVED}  # noqa: SLF001


def _fingerprint(database: peewee.SqliteDatabase, model: type[peewee.Model]) -> str:
    keys: tuple[peewee.Field, ...]
    keys = model._meta.get_primary_keys()  # type: ignore[no-untyped-call]  # noqa: SLF001
    digest = hashlib.sha256()
    for row in model.select().order_by(*keys).tuples().iterator(database):
        digest.update(json.dumps(row, ensure_ascii=False).encode())
    return digest.hexdigest()


def differing(found: Fingerprints, expected: Fingerprints) -> tuple[str, ...]:
    """Return the names of the tables that differ."""
    return tuple(name for name in expected if found.get(name) != expected[name])


def rebuild(database: peewee.SqliteDatabase, journal: Journal, evolve: Evolve) -> RebuildReport:
    """Drop the derived tables and project the journal again from its base, in one transaction.

    Raises:
        StorageCorrupt: names the first bad record; the tables stay as they were.
    """
    try:
        before = fingerprints(database)
    except DATABASE_ERRORS:
        before = {}
    last: Step | None = None
    with transaction(database):
        drop_tables(database)
        create_tables(database)
        put_rows(database, beginning(journal.base).rows)
        for step in replay(journal, evolve):
            project(database, step)
            last = step
        if last is not None and snapshots.is_between_sales(last.after):
            snapshots.write(database, last.record, last.after)
    after = fingerprints(database)
    return RebuildReport(last.record.seq if last else 0, differing(before, after), after)


class Shadow:
    """The derived tables rebuilt in a temporary database, to compare with the real ones."""

    def __init__(self, rows: Rows) -> None:
        """Begin with the rows of the journal's base."""
        # Without a name SQLite makes a private temporary database: on disk only when it grows.
        self._database = peewee.SqliteDatabase("file:", uri=True, autoconnect=False)
        self._database.connect()
        create_tables(self._database)
        self._database.begin()
        put_rows(self._database, rows)

    def project(self, step: Step) -> None:
        """Project one event."""
        project(self._database, step)

    @property
    def database(self) -> peewee.SqliteDatabase:
        """Where the tables are."""
        return self._database

    def fingerprints(self) -> Fingerprints:
        """Return the fingerprints of what was projected so far."""
        return fingerprints(self._database)

    def close(self) -> None:
        """Drop the temporary database."""
        self._database.rollback()
        self._database.close()
