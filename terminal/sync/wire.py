"""What is said between a till and its head office: a batch of records, and where it may go on.

JSON both ways, a batch deflated (gzip).  A record goes up as it stands in the journal: its payload
is the text that was hashed, so that the receiver proves the chain without knowing one event.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from terminal.journal.journal import Head
from terminal.journal.records import GENESIS, MAX_PAYLOAD_CHARS, Record

VERSION = 1
MAX_RECORDS = 200
"""Of a batch: a second of a busy till's day, and a few hundred kilobytes at most."""
BATCH_CHARS = 512 * 1024
"""Payload after which a batch ends; one record alone may be longer."""
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of an inflated batch; above MAX_PAYLOAD_CHARS in UTF-8 and what surrounds it."""
MAX_ANSWER_BYTES = 65_536
HASH_BYTES = 32
_NAME = re.compile(r"[0-9A-Za-z._-]{1,20}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TYPE = re.compile(r"[A-Za-z]{1,60}")


class NotUnderstood(Exception):
    """What arrived is not what this protocol says; nothing of it was used."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that follow one another, and the record that the first of them follows."""

    shop: str
    till: str
    first: bytes
    """Hash of record 1, which names the journal; empty when it was purged."""
    after: Head
    """Number and hash of the record before the batch."""
    records: tuple[Record, ...] = ()
    """None: the till only asks where to go on."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a journal is held: ``seq`` 0 when nothing of it is."""

    seq: int
    hash: bytes


def cut(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return as many of the first records as one batch takes."""
    taken: list[Record] = []
    chars = 0
    for record in records:
        chars += len(record.payload_json)
        if taken and (chars > BATCH_CHARS or len(taken) == MAX_RECORDS):
            break
        taken.append(record)
    return tuple(taken)


def to_bytes(batch: Batch) -> bytes:
    """Return the body of a request; the same batch gives the same bytes."""
    said = {
        "version": VERSION,
        "shop": batch.shop,
        "till": batch.till,
        "first": batch.first.hex(),
        "after": batch.after.seq,
        "after_hash": batch.after.hash.hex(),
        "records": [
            [r.seq, r.at_ms, r.business_date, r.type, r.version, r.payload_json, r.hash.hex()]
            for r in batch.records
        ],
    }
    return gzip.compress(json.dumps(said, separators=(",", ":")).encode(), mtime=0)


def batch_of(body: bytes) -> Batch:
    """Read a request's body. Raises NotUnderstood; what it inflates to is bounded."""
    said = _object(_inflated(body))
    try:
        batch = Batch(
            _matching(_NAME, said["shop"]),
            _matching(_NAME, said["till"]),
            _hash(said["first"], may_be_empty=True),
            Head(_whole(said["after"]), _hash(said["after_hash"])),
        )
        rows = said["records"]
        if not isinstance(rows, list) or len(rows) > MAX_RECORDS:
            raise NotUnderstood("too many records")
        return Batch(batch.shop, batch.till, batch.first, batch.after, _records(rows, batch.after))
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(f"a batch is not like this: {error}") from error


def cursor_bytes(cursor: Cursor) -> bytes:
    """Return the body of an answer."""
    return json.dumps({"version": VERSION, "next": cursor.seq, "hash": cursor.hash.hex()}).encode()


def cursor_of(body: bytes) -> Cursor:
    """Read an answer's body. Raises NotUnderstood."""
    said = _object(body)
    try:
        return Cursor(_whole(said["next"]), _hash(said["hash"]))
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(f"an answer is not like this: {error}") from error


def _records(rows: list[Any], after: Head) -> tuple[Record, ...]:
    records, prev = [], after.hash
    for seq, at_ms, day, type_, version, payload, own in rows:
        if not isinstance(payload, str) or len(payload) > MAX_PAYLOAD_CHARS:
            raise NotUnderstood("a payload is no text, or too long")
        record = Record(
            _whole(seq),
            _whole(at_ms),
            _matching(_DAY, day),
            _matching(_TYPE, type_),
            _whole(version),
            payload,
            prev,
            _hash(own),
        )
        records.append(record)
        prev = record.hash
    return tuple(records)


def _inflated(body: bytes) -> bytes:
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        data = reader.decompress(body, MAX_BODY_BYTES)
    except zlib.error as error:
        raise NotUnderstood("a batch is deflated") from error
    if not reader.eof:
        raise NotUnderstood("a batch that is not whole, or too large")
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("this is not JSON") from error
    if not isinstance(said, dict) or said.get("version") != VERSION:
        raise NotUnderstood(f"version {VERSION} is spoken here")
    return said


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise NotUnderstood(f"{value!r} is no number that can be")
    return value


def _matching(form: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise NotUnderstood("a name or a date has another form")
    return value


def _hash(value: Any, *, may_be_empty: bool = False) -> bytes:
    if not isinstance(value, str):
        raise NotUnderstood("a hash is a text")
    found = bytes.fromhex(value)
    if len(found) != HASH_BYTES and not (may_be_empty and not found):
        raise NotUnderstood(f"a hash has {HASH_BYTES} bytes")
    return found


START = Cursor(0, GENESIS)
"""Of a journal of which nothing is held."""
