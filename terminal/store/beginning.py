"""The base of a journal: what its purged records came to, and where the fold begins instead.

The document is JSON: number, hash, time and trading day of the last purged record, the state after
it, and the derived rows that stay for ever (closures, archives) or were not settled then.  Its
SHA-256 is in the signed record of the purge, so that a base that was forged is found.

A later version reads the bases of every version before: a field that came later has its default, as
in events; one that is taken away or changes its meaning needs a new FORMAT, and a step here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from terminal.core.state import TerminalState
from terminal.journal.errors import StorageCorrupt, StorageFailed
from terminal.journal.journal import Base
from terminal.journal.records import Record
from terminal.store import codec
from terminal.store.tables import DERIVED

FORMAT = 1
NOTHING = TerminalState()

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by the name of their table."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the fold of a journal starts from."""

    state: TerminalState
    rows: Rows
    business_date: str = ""
    at_ms: int = 0


def beginning(base: Base) -> Beginning:
    """Return what a base says; an empty state when nothing was purged.

    Raises:
        StorageFailed: it was written by newer software.
        StorageCorrupt: it cannot be read.
    """
    if not base.document:
        return Beginning(NOTHING, {})
    try:
        said = json.loads(base.document)
        if said["format"] != FORMAT:
            raise StorageFailed(f"the base of the journal has format {said['format']}")
        if (said["seq"], said["hash"]) != (base.seq, base.hash.hex()):
            raise StorageCorrupt(f"the base of the journal is not that of record {base.seq}")
        state = codec.decode(TerminalState, said["state"])
        return Beginning(state, said["rows"], said["business_date"], said["at_ms"])
    except (ValueError, TypeError, KeyError, codec.NotDecodable) as error:
        raise StorageCorrupt(f"the base of the journal cannot be read ({error})") from error


def base_of(record: Record, state: TerminalState, rows: Rows) -> Base:
    """Return the base that stands in the place of a record and all before it."""
    document = {
        "format": FORMAT,
        "seq": record.seq,
        "hash": record.hash.hex(),
        "at_ms": record.at_ms,
        "business_date": record.business_date,
        "state": codec.encode(state),
        "rows": rows,
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Base(record.seq, record.hash, text)


def sha256_of(base: Base) -> str:
    """Return the SHA-256 of a base's document, in hexadecimal."""
    return hashlib.sha256(base.document.encode()).hexdigest()


def put_rows(database: peewee.SqliteDatabase, rows: Rows) -> None:
    """Fill the empty derived tables with the rows of a base; the caller holds the transaction."""
    for model in DERIVED:
        for row in rows.get(model._meta.table_name, ()):  # noqa: SLF001 - peewee's own way to it
            model.insert(**row).execute(database)
