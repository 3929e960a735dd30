"""Messages of Concert V3 (Caisse-AP), sans-IO: ``TAG LEN VALUE`` after one another, nothing else.

TAG is two capital letters, LEN three digits (001 to 999), VALUE so many characters.  No tag comes
twice, CZ (the protocol version) comes first.  A message says neither how long it is nor where it
ends: it is whole when its last value is, when it has an AE (an answer always does), and when
nothing follows.  Whether something follows only the line knows, so its reader is told: ``idle``
after QUIET_S without a byte, ``closed`` at the end of the connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from drivers.errors import LocalProtocolError, RemoteProtocolError

QUIET_S = 0.3
"""Silence that ends an answer; other tills wait 0.25 to 0.8 s."""
MAX_ANSWER_BYTES = 4096
"""The longest answer: a ticket (ZT) has at most 999 characters, all the rest less than 1,000."""
MAX_VALUE = 999
_HEAD = re.compile(rb"[A-Z]{2}[0-9]{3}")
_HEAD_BYTES = 5

Message = Mapping[str, str]
"""Values by tag, in the order of the wire."""


def encode(fields: Mapping[str, str]) -> bytes:
    """Return a message; ``fields`` in the order they are to be sent, CZ first.

    Raises LocalProtocolError for a value that no message can carry.
    """
    parts: list[str] = []
    for tag, value in fields.items():
        if not 0 < len(value) <= MAX_VALUE or not (value.isascii() and value.isprintable()):
            raise LocalProtocolError(f"{tag} cannot carry {len(value)} characters of this kind")
        parts.append(f"{tag}{len(value):03}{value}")
    return "".join(parts).encode("ascii")


def parse(data: bytes) -> Message:
    """Return the values of one whole message. Raises RemoteProtocolError."""
    fields: dict[str, str] = {}
    for tag, value, _ in _records(data):
        if tag in fields:
            raise RemoteProtocolError(f"{tag} comes twice in a message")
        if not fields and tag != "CZ":
            raise RemoteProtocolError(f"a message begins with {tag} and not with CZ")
        fields[tag] = value
    if sum(_HEAD_BYTES + len(value) for value in fields.values()) != len(data) or not fields:
        raise RemoteProtocolError("a message ends in the middle of a value")
    return MappingProxyType(fields)


def nested(value: str) -> Message:
    """Return the values inside a constructed tag (Z*). Raises RemoteProtocolError."""
    return MappingProxyType({tag: text for tag, text, _ in _records(value.encode("latin-1"))})


class AnswerFramer:
    """Collects the bytes of a connection into answers, however they are split or merged."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> None:
        """Take bytes in. Raises RemoteProtocolError when no answer can come of them any more."""
        self._buffer += data
        if len(self._buffer) > MAX_ANSWER_BYTES:
            raise RemoteProtocolError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        for _ in _records(bytes(self._buffer)):
            pass

    @property
    def whole(self) -> bool:
        """True when what has come so far could be all: whole values, and an AE in each answer."""
        parts = self._parts()
        return bool(parts) and all(has_status for _, has_status in parts) and self._is_even()

    def idle(self) -> tuple[bytes, ...]:
        """The line was quiet for QUIET_S: return the answers, none while they are not whole."""
        return self._take() if self.whole else ()

    def closed(self) -> tuple[bytes, ...]:
        """The connection ended: return the answers that are whole. Raises RemoteProtocolError.

        It raises when anything is left that belongs to no whole answer: it might have said more.
        """
        if self._buffer and not self.whole:
            raise RemoteProtocolError("the connection ended in the middle of an answer")
        return self._take()

    def _take(self) -> tuple[bytes, ...]:
        answers = tuple(part for part, _ in self._parts())
        self._buffer.clear()
        return answers

    def _is_even(self) -> bool:
        return sum(len(part) for part, _ in self._parts()) == len(self._buffer)

    def _parts(self) -> list[tuple[bytes, bool]]:
        """Return the answers so far, each with whether it has an AE: every CZ begins one."""
        data = bytes(self._buffer)
        parts: list[tuple[bytes, bool]] = []
        start, has_status, end = 0, False, 0
        for tag, _, after in _records(data):
            if tag == "CZ" and end:
                parts.append((data[start:end], has_status))
                start, has_status = end, False
            has_status = has_status or tag == "AE"
            end = after
        if end:
            parts.append((data[start:end], has_status))
        return parts


def _records(data: bytes) -> Iterator[tuple[str, str, int]]:
    """Yield tag, value and the place after it; stops at one that has not come whole."""
    place = 0
    while place < len(data):
        head = data[place : place + _HEAD_BYTES]
        if not _begins_well(head):
            raise RemoteProtocolError(f"no tag and length at byte {place} of a message")
        if len(head) < _HEAD_BYTES:
            return
        size = int(head[2:])
        if size == 0:
            raise RemoteProtocolError("a value of no length")
        end = place + _HEAD_BYTES + size
        if end > len(data):
            return
        value = data[place + _HEAD_BYTES : end].decode("latin-1")
        yield head[:2].decode("ascii"), value, end
        place = end


def _begins_well(head: bytes) -> bool:
    """Tell whether a tag and a length can begin so."""
    return _HEAD.fullmatch(head + b"AA000"[len(head) :]) is not None
