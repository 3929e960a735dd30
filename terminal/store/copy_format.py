"""The second copy of a journal, as it lies on a stick: lines of a chain of their own, in segments.

A copy is a folder of files ``segment-000001.rc1``, ``segment-000002.rc1`` ... that are only ever
appended to.  Each line is::

    sum SPACE body LF        sum = SHA-256( the sum of the line before || body ), 64 hex digits

and the sum before the first line of a segment is 64 zeros.  A body is JSON without line feeds:

    head     first line of a segment: format, till, shop, number and hash of the record it follows
    base     what purged records came to, when the journal begins with it
    record   one record of the journal, with the journal's own hash, and whether a transaction of
             the journal ends with it
    file     a small file beside the journal (settings, operators), whole, when it has changed

So every prefix of a segment proves itself, on a file system without a journal too (FAT, exFAT):
what a stick pulled out at any moment leaves is a prefix, and perhaps something behind it that does
not follow and is not read.  The writer goes on in a new segment then, which says what it follows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from terminal.journal.journal import Base
from terminal.journal.records import GENESIS, Record

FORMAT = "RC1"
SUFFIX = ".rc1"
FIRST_SUM = "0" * 64
SUM_CHARS = 64
SEGMENT_BYTES = 8 * 2**20
"""A segment is full then: what cannot be trusted any more is at most this much."""
MAX_LINE_BYTES = 64 * 2**20
"""Far above a base of many years; a longer line is damage and is not read into memory."""
MAX_SEGMENTS = 100_000
MAX_AT_MS = 221_845_392_000_000
"""The year 9000: a later time is damage, and no calendar has it."""
_NAME = re.compile(r"segment-(\d{6})\.rc1")


@dataclass(frozen=True, slots=True)
class Place:
    """A record of a journal: what a copy ends with."""

    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose copy it is."""

    till: str
    shop: str


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """First line of a segment."""

    owner: Owner
    follows: Place


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file beside the journal."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A record, and whether a transaction of the journal ended with it.

    What was written together is brought back together: a sale without its signature is none.
    """

    record: Record
    whole: bool = True


Body = SegmentHead | Base | Copied | CopiedFile


def copied(records: Sequence[Record], after: Record | None = None) -> list[Copied]:
    """Return records with their ends of transactions; ``after`` is the next one, when there is one.

    One transaction has one time.  Two that follow one another within a millisecond count as one:
    they come back together, which is no harm.
    """
    times = [*(record.at_ms for record in records[1:]), None if after is None else after.at_ms]
    return [Copied(one, times[n] != one.at_ms) for n, one in enumerate(records)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose sum was right, and where it ends in its file."""

    body: Body
    sum: str
    end: int


def encoded(before: str, body: Body) -> tuple[str, bytes]:
    """Return the sum of a line and its bytes."""
    text = json.dumps(_plain(body), separators=(",", ":"), ensure_ascii=False)
    own = _sum(before, text.encode())
    return own, f"{own} {text}\n".encode()


def number_of(path: Path) -> int:
    """Return the number of a segment by its name; 0 when it is none."""
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def segments(folder: Path) -> list[Path]:
    """Return the segments of a copy, in order. Raises OSError."""
    return sorted(path for path in folder.iterdir() if number_of(path))[:MAX_SEGMENTS]


def lines(file: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a segment from its beginning, up to the first that does not prove itself.

    Raises OSError.
    """
    before, end = FIRST_SUM, 0
    while raw := file.readline(MAX_LINE_BYTES):
        body = _body(before, raw)
        if body is None:
            return
        before, end = raw[:SUM_CHARS].decode("ascii"), end + len(raw)
        yield Line(body, before, end)


def record_number(raw: bytes) -> int:
    """Return the number of the record that a line seems to hold, sound or not; 0 when none."""
    try:
        said = json.loads(raw[SUM_CHARS + 1 :])
        seq = said["seq"] if said["kind"] == "record" else 0
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0
    return seq if type(seq) is int else 0


def _sum(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode("ascii") + text).hexdigest()


def _body(before: str, raw: bytes) -> Body | None:
    text = raw[SUM_CHARS + 1 : -1]
    own = raw[:SUM_CHARS]
    if raw[-1:] != b"\n" or raw[SUM_CHARS : SUM_CHARS + 1] != b" ":
        return None
    if own != _sum(before, text).encode("ascii"):
        return None
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _plain(body: Body) -> dict[str, Any]:
    match body:
        case SegmentHead(owner=owner, follows=follows):
            return {
                "kind": "head",
                "format": FORMAT,
                "till": owner.till,
                "shop": owner.shop,
                "seq": follows.seq,
                "hash": follows.hash.hex(),
            }
        case Base(seq=seq, hash=own, document=document):
            return {"kind": "base", "seq": seq, "hash": own.hex(), "document": document}
        case CopiedFile(name=name, text=text):
            return {"kind": "file", "name": name, "text": text}
    r = body.record
    return {
        "kind": "record",
        "whole": body.whole,
        "seq": r.seq,
        "at_ms": r.at_ms,
        "day": r.business_date,
        "type": r.type,
        "version": r.version,
        "payload": r.payload_json,
        "before": r.prev_hash.hex(),
        "hash": r.hash.hex(),
    }


def _read(said: dict[str, Any]) -> Body | None:
    match said["kind"]:
        case "head" if said["format"] == FORMAT:
            place = Place(_number(said["seq"]), bytes.fromhex(said["hash"]))
            return SegmentHead(Owner(_text(said["till"]), _text(said["shop"])), place)
        case "base":
            own = bytes.fromhex(said["hash"])
            return Base(_number(said["seq"]), own, _text(said["document"]))
        case "file":
            return CopiedFile(_text(said["name"]), _text(said["text"]))
        case "record":
            before, own = bytes.fromhex(said["before"]), bytes.fromhex(said["hash"])
            record = Record(
                _number(said["seq"]), _number(said["at_ms"], MAX_AT_MS), _text(said["day"]),
                _text(said["type"]), _number(said["version"]), _text(said["payload"]), before, own,
            )  # fmt: skip
            return Copied(record, bool(said["whole"]))
    return None


def _number(value: object, most: int = 2**63 - 1) -> int:
    """Return a whole number as the journal has them. Raises TypeError."""
    if type(value) is not int or not 0 <= value <= most:
        raise TypeError("no number of a record")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
