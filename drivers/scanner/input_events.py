"""The kernel's input events (``struct input_event``, 64 bits): 24 bytes each, sans-IO.

Two 64-bit integers of time (seconds, microseconds), type, code, value.  The kernel gives whole
records; over a socket they come as a stream, and after noise the next record is found by what none
can have: a year beyond 2100, more than a million microseconds, types that do not exist.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

EVENT_BYTES = 24
EV_SYN, EV_KEY, EV_MSC = 0x00, 0x01, 0x04
SYN_REPORT, SYN_DROPPED = 0, 3
MSC_SCAN = 4
RELEASED, PRESSED, REPEATED = range(3)
_FORM = struct.Struct("<qqHHi")
_US_PER_S = 1_000_000
_RECORD = re.compile(
    rb".{4}\0{4}.{2}[\x00-\x0f]\0{5}"
    rb"(?:\x01\0.[\x00-\x02][\x00-\x02]\0{3}|[\x00\x02-\x05\x11-\x17]\0.[\x00-\x02].{4})",
    re.DOTALL,
)


class InputEvent(NamedTuple):
    """One record; ``at_us`` is the kernel's time of it, in microseconds."""

    at_us: int
    type: int
    code: int
    value: int


def encode(event: InputEvent) -> bytes:
    """Return the 24 bytes of a record."""
    seconds, microseconds = divmod(event.at_us, _US_PER_S)
    return _FORM.pack(seconds, microseconds, event.type, event.code, event.value)


class EventReader:
    """Cuts a stream of bytes into records, however it is split."""

    def __init__(self) -> None:
        self._held = b""

    def receive(self, data: bytes) -> Iterator[InputEvent]:
        """Yield the records that are complete now; bytes that are none are passed over."""
        stream = self._held + data
        at = 0
        while True:
            found = _RECORD.match(stream, at) or _RECORD.search(stream, at)
            if found is None:
                break
            seconds, microseconds, kind, code, value = _FORM.unpack_from(stream, found.start())
            yield InputEvent(seconds * _US_PER_S + microseconds, kind, code, value)
            at = found.end()
        self._held = stream[max(at, len(stream) - EVENT_BYTES + 1) :]

    def clear(self) -> None:
        """Forget a record of which only the beginning came."""
        self._held = b""
