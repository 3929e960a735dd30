"""The simple POI protocol, sans-IO: what our simulated payment terminal speaks.

Frame
    02 | length, 2 bytes, big-endian | body | CRC-32 of length and body, 4 bytes | 03

    The body is a JSON object in UTF-8 of at most MAX_BODY bytes.  A receiver that meets anything
    else skips one byte and looks for the next 02.

Conversation
    Every request carries ``n``, chosen by the host, and its replies carry it back.  A new
    connection ends the one before; what had not been read from that one is forgotten.

    ======== ================================== ==========================================
    request  fields                             replies
    ======== ================================== ==========================================
    hello                                       hello: terminal, model, abort ... (features)
    status                                      state: busy (a reference or ""), last, trace
    payment  ref, op, amount, currency          news (any number), then result, or refused
    ack      ref                                acked
    abort    ref ("" for whatever is running)   abort: accepted (true or false)
    enquire  ref                                record: state final, running or none; busy
    reverse  ref, original, transaction,        reversed: transaction, or refused
             amount, currency
    close                                       totals: net (signed), count, currency; or refused
    ======== ================================== ==========================================

    A result and a record carry a ``transaction``.  A terminal with ``commit_by_ack`` undoes an
    approval when the connection it was answered on ends without ``ack`` (as ZVT does, 2.2.8);
    until then its record says ``acked`` false.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from drivers.errors import LocalProtocolError, RemoteProtocolError
from drivers.payment.transaction import MAX_MINOR, Transaction

STX = 0x02
ETX = 0x03
MAX_BODY = 8192
"""Longest body: a result with a slip of 60 lines has about 4,000 bytes."""
OVERHEAD = 8
MAX_TEXT = 120
MAX_SLIP_LINES = 60
FINAL, RUNNING, NONE = "final", "running", "none"


@dataclass(frozen=True, slots=True)
class Hello:
    n: int
    terminal: str
    model: str
    commit_by_ack: bool


@dataclass(frozen=True, slots=True)
class State:
    n: int
    busy: str
    last: str
    trace: str


@dataclass(frozen=True, slots=True)
class News:
    n: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The reply ``result`` or ``reversed``."""

    n: int
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Record:
    n: int
    state: str
    busy: str
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class AbortReply:
    n: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class Acked:
    n: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The reply ``totals``: what stood since the last close of day."""

    n: int
    net: int
    count: int
    currency: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was not begun, and why: ``busy``, ``reference_used``, ``bad_request`` ..."""

    n: int
    code: str
    text: str


Reply = Hello | State | News | Ended | Record | AbortReply | Acked | Closed | Refused


def encode_frame(body: Mapping[str, Any]) -> bytes:
    """Return the frame of a message. Raises LocalProtocolError when it is too long."""
    payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if len(payload) > MAX_BODY:
        raise LocalProtocolError(f"a message of {len(payload)} bytes exceeds {MAX_BODY}")
    counted = len(payload).to_bytes(2, "big") + payload
    return bytes([STX]) + counted + zlib.crc32(counted).to_bytes(4, "big") + bytes([ETX])


class FrameDecoder:
    """Finds the messages in a stream of bytes, however it is split."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.rubbish = 0
        """Bytes that belonged to no frame."""

    def receive(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes in; return the messages that are complete now."""
        self._buffer += data
        messages: list[dict[str, Any]] = []
        start = 0
        while (start := self._next_start(start)) >= 0:
            size = int.from_bytes(self._buffer[start + 1 : start + 3], "big")
            if len(self._buffer) - start >= 3 and size > MAX_BODY:
                start, self.rubbish = start + 1, self.rubbish + 1
                continue
            if len(self._buffer) - start < max(3, size + OVERHEAD):
                break
            message = self._open(bytes(self._buffer[start : start + size + OVERHEAD]))
            if message is None:
                start, self.rubbish = start + 1, self.rubbish + 1
            else:
                messages.append(message)
                start += size + OVERHEAD
        del self._buffer[: start if start >= 0 else len(self._buffer)]
        return messages

    def _next_start(self, start: int) -> int:
        found = self._buffer.find(STX, start)
        self.rubbish += (len(self._buffer) if found < 0 else found) - start
        return found

    @staticmethod
    def _open(frame: bytes) -> dict[str, Any] | None:
        counted, check = frame[1:-5], frame[-5:-1]
        if frame[-1] != ETX or zlib.crc32(counted).to_bytes(4, "big") != check:
            return None
        try:
            message = json.loads(counted[2:])
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None


def parse_reply(body: Mapping[str, Any]) -> Reply:
    """Turn a message of the terminal into a value. Raises RemoteProtocolError."""
    n = _integer(body, "n")
    match body.get("type"):
        case "hello":
            return Hello(
                n, _text(body, "terminal"), _text(body, "model"), _truth(body, "commit_by_ack")
            )
        case "state":
            return State(n, _text(body, "busy"), _text(body, "last"), _text(body, "trace"))
        case "news":
            return News(n, _text(body, "kind"), _text(body, "text"))
        case "result" | "reversed":
            return Ended(n, parse_transaction(body.get("transaction")))
        case "record":
            return _record(n, body)
        case "abort":
            return AbortReply(n, _truth(body, "accepted"))
        case "acked":
            return Acked(n)
        case "totals":
            return Closed(n, _signed(body, "net"), _integer(body, "count"), _text(body, "currency"))
        case "refused":
            return Refused(n, _text(body, "code"), _text(body, "text"))
    raise RemoteProtocolError("a reply of an unknown type")


def parse_transaction(body: object) -> Transaction:
    """Turn a ``transaction`` into a value. Raises RemoteProtocolError."""
    if not isinstance(body, dict):
        raise RemoteProtocolError("a transaction that is not an object")
    slip = body.get("slip", [])
    if (
        not isinstance(slip, list)
        or len(slip) > MAX_SLIP_LINES
        or not all(isinstance(line, str) and len(line) <= MAX_TEXT for line in slip)
    ):
        raise RemoteProtocolError("a slip that is not a short list of short lines")
    values: dict[str, Any] = {"slip": tuple(slip)}
    for field in fields(Transaction):
        if field.name in ("amount", "authorized"):
            values[field.name] = _integer(body, field.name)
        elif field.name == "acked":
            values[field.name] = _truth(body, field.name)
        elif field.name != "slip":
            values[field.name] = _text(body, field.name)
    return Transaction(**values)


def _record(n: int, body: Mapping[str, Any]) -> Record:
    state = _text(body, "state")
    if state not in (FINAL, RUNNING, NONE):
        raise RemoteProtocolError("a record of an unknown state")
    transaction = parse_transaction(body.get("transaction")) if state == FINAL else None
    return Record(n, state, _text(body, "busy"), transaction)


def _integer(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_MINOR:
        raise RemoteProtocolError(f"{name} is not a number in range")
    return value


def _signed(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_MINOR:
        raise RemoteProtocolError(f"{name} is not a number in range")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise RemoteProtocolError(f"{name} is not a short text")
    return value


def _truth(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise RemoteProtocolError(f"{name} is neither true nor false")
    return value
