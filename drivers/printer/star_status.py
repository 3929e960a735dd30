"""What a Star printer says, sans-IO: its automatic status, whose first bytes tell its length.

Star Line Mode command specification, "automatic status": the header's bits 1 to 3 and 5 count the
bytes (the version's bit 7 counts two more); each byte has its bit 0 and bit 4 fixed at 0 beyond the
header, whose bit 0 is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

FENCES = 32
"""The counter of fences goes round after so many."""
MIN_BYTES, MAX_BYTES = 7, 32
_HEADER = 0x23
"""Nine bytes: bit 5 counts eight, bit 1 one, bit 0 marks a header."""


@dataclass(frozen=True, slots=True)
class StarStatus:
    """One automatic status, header and version included."""

    data: bytes

    @property
    def offline(self) -> bool:
        return bool(self.data[2] & 0x08)

    @property
    def cover_open(self) -> bool:
        return bool(self.data[2] & 0x20)

    @property
    def drawer_high(self) -> bool:
        return bool(self.data[2] & 0x04)

    @property
    def cutter_error(self) -> bool:
        return bool(self.data[3] & 0x08)

    @property
    def unrecoverable(self) -> bool:
        return bool(self.data[3] & 0x20)

    @property
    def recoverable(self) -> bool:
        return bool(self.data[3] & 0x04 or self.data[4] & 0x0A)

    @property
    def paper_out(self) -> bool:
        return bool(self.data[5] & 0x08)

    @property
    def near_end(self) -> bool:
        return bool(self.data[5] & 0x04)

    @property
    def fences(self) -> int:
        """How many ETB were reached, modulo 32."""
        counter = self.data[7] if len(self.data) > 7 else 0
        return counter >> 2 & 0x18 | counter >> 1 & 0x07


def status_bytes(
    *,
    cover_open: bool,
    offline: bool,
    drawer_high: bool,
    cutter_error: bool,
    paper_out: bool,
    near_end: bool,
    fences: int,
) -> bytes:
    """Return the nine bytes of an automatic status."""
    counter = (fences & 0x07) << 1 | (fences & 0x18) << 2
    return bytes(
        (
            _HEADER,
            0x06,
            cover_open << 5 | offline << 3 | drawer_high << 2,
            cutter_error << 3,
            0,
            paper_out << 3 | near_end << 2,
            0,
            counter,
            0,
        )
    )


class StarDemultiplexer:
    """Turns what a Star printer sends into statuses, however it is split."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.rubbish = 0
        """Bytes that fit no status."""

    def receive(self, data: bytes) -> list[StarStatus]:
        """Take bytes in; return the statuses that are complete now."""
        self._buffer += data
        found: list[StarStatus] = []
        at = 0
        while at + 2 <= len(self._buffer):
            size = self._size(at)
            if size == 0:
                at += 1
                self.rubbish += 1
                continue
            if len(self._buffer) < at + size:
                break
            found.append(StarStatus(bytes(self._buffer[at : at + size])))
            at += size
        del self._buffer[:at]
        return found

    def _size(self, at: int) -> int:
        """Return the size of the status that begins at a place; 0 when none does."""
        first, second = self._buffer[at], self._buffer[at + 1]
        if first & 0x91 != 0x01:
            return 0
        size = (first >> 2 & 0x18 | first >> 1 & 0x07) + (second >> 6 & 0x02)
        if not MIN_BYTES <= size <= MAX_BYTES:
            return 0
        body = self._buffer[at + 1 : at + size]
        return 0 if any(byte & 0x11 for byte in body) else size
