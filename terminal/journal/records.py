"""One record of the journal: its canonical bytes and the chain that ties it to all before it.

The hash of a record is::

    SHA-256( previous hash, 32 bytes
             || seq LF at_ms LF business_date LF type LF version LF     numbers in decimal
             || payload )                                              canonical JSON, UTF-8

and the hash before the first record is 32 zero bytes.  No header field holds a line feed, so the
bytes are unambiguous.  Canonical JSON: keys sorted, no spaces, no escapes beyond those JSON needs,
strings, integers, booleans and null only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terminal.core.errors import CoreError
from terminal.core.events import Event, to_payload
from terminal.core.policy import Moment

GENESIS = bytes(32)
"""The hash before the first record."""
MAX_PAYLOAD_CHARS = 256 * 1024
"""A larger payload is a fault of ours: it bounds memory and the time of one append."""


class NotCanonical(CoreError):
    """A value that has no canonical form: a float, bytes, a key that is not text, or too much."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it stands in the journal."""

    seq: int
    """1, 2, 3 ... without a gap."""
    at_ms: int
    """UTC, milliseconds since 1970-01-01."""
    business_date: str
    type: str
    version: int
    payload_json: str
    prev_hash: bytes
    hash: bytes

    def payload(self) -> dict[str, Any]:
        """Return the payload as plain values."""
        payload: dict[str, Any] = json.loads(self.payload_json)
        return payload


def _plain(value: Any) -> Any:
    """Refuse what JSON would write in more than one way; give mappings as dictionaries."""
    kind = type(value)
    if kind is str or kind is int or value is None or kind is bool:
        return value
    if kind is tuple or kind is list:
        return [_plain(item) for item in value] if value else []
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise NotCanonical(f"key {key!r} is not text")
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return str(value)
    raise NotCanonical(f"{value!r} has no canonical form")


_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value made of text, integers, booleans, null and containers.

    Raises:
        NotCanonical: a float, bytes, a lone surrogate, a non-text key, or MAX_PAYLOAD_CHARS passed.
    """
    text = _encode(_plain(value))
    if len(text) > MAX_PAYLOAD_CHARS:
        raise NotCanonical(f"a payload of {len(text)} characters is too long")
    return text


def _digest(prev_hash: bytes, text: str) -> bytes:
    try:
        return hashlib.sha256(prev_hash + text.encode()).digest()
    except UnicodeEncodeError as error:
        raise NotCanonical("text that is not Unicode") from error


def sealed(prev_hash: bytes, seq: int, event: Event, moment: Moment) -> Record:
    """Return the record of an event that follows ``prev_hash``, with its own hash.

    Raises:
        NotCanonical: the event holds a value that has no canonical form.
    """
    type_, version, payload = type(event).__name__, event.VERSION, canonical_json(to_payload(event))
    at_ms, date = moment.at_ms, moment.business_date
    own = _digest(prev_hash, f"{seq}\n{at_ms}\n{date}\n{type_}\n{version}\n{payload}")
    return Record(seq, at_ms, date, type_, version, payload, prev_hash, own)


def is_sealed(record: Record) -> bool:
    """Tell whether a record's hash is that of its contents and its predecessor."""
    r = record
    text = f"{r.seq}\n{r.at_ms}\n{r.business_date}\n{r.type}\n{r.version}\n{r.payload_json}"
    try:
        return _digest(r.prev_hash, text) == r.hash
    except NotCanonical:
        return False
