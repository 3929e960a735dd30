"""What an ESC/POS printer says, sans-IO: the streams of answers taken apart.

Real-time answers, automatic status and replies share one line, without frames.  Which is which is
told by fixed bits of the first byte (Epson and Citizen manuals, "identification of status").
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_BLOCK = 96
"""Longest reply up to its NUL; serial numbers and firmware names have 20 to 80 characters."""
_XON, _XOFF = 0x11, 0x13
_BLOCK_HEADS = frozenset((0x35, 0x37, 0x3B, 0x3D, 0x5F))
_FIXED_BITS = 0x93


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """Four bytes of automatic status (GS a)."""

    data: bytes

    @property
    def drawer_high(self) -> bool:
        return bool(self.data[0] & 0x04)

    @property
    def offline(self) -> bool:
        return bool(self.data[0] & 0x08)

    @property
    def cover_open(self) -> bool:
        return bool(self.data[0] & 0x20)

    @property
    def recoverable(self) -> bool:
        return bool(self.data[1] & 0x44)

    @property
    def cutter_error(self) -> bool:
        return bool(self.data[1] & 0x08)

    @property
    def unrecoverable(self) -> bool:
        return bool(self.data[1] & 0x20)

    @property
    def near_end(self) -> bool:
        return bool(self.data[2] & 0x03)

    @property
    def paper_out(self) -> bool:
        return bool(self.data[2] & 0x0C)


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """One byte that answers DLE EOT; which of the four, only the one who asked knows."""

    byte: int


@dataclass(frozen=True, slots=True)
class QueuedStatus:
    """One byte that answers GS r or GS I 1 to 4."""

    byte: int


@dataclass(frozen=True, slots=True)
class Block:
    """A reply that ends with NUL: ``head`` 0x5F is an identity (GS I 66, 67, 68)."""

    head: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ProcessId:
    """What went before this marker has been printed (GS ( H, function 48)."""

    marker: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """The buffers were emptied (DLE DC4, function 8)."""


PrinterEvent = AutoStatus | RealTimeStatus | QueuedStatus | Block | ProcessId | Cleared


class StatusDemultiplexer:
    """Turns what a printer sends into events, however it is split."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.rubbish = 0
        """Bytes that fit no answer."""

    def receive(self, data: bytes) -> list[PrinterEvent]:
        """Take bytes in; return the answers that are complete now."""
        self._buffer += bytes(byte for byte in data if byte not in (_XON, _XOFF))
        events: list[PrinterEvent] = []
        start = 0
        while start < len(self._buffer):
            size, event = self._first(start)
            if size == 0:
                break
            if event is None:
                self.rubbish += size
            else:
                events.append(event)
            start += size
        del self._buffer[:start]
        return events

    def _first(self, start: int) -> tuple[int, PrinterEvent | None]:
        """Return the size and meaning of the answer at ``start``; size 0 when it goes on."""
        byte = self._buffer[start]
        if byte in _BLOCK_HEADS:
            return self._block(start)
        fixed = byte & _FIXED_BITS
        if fixed == 0x10:
            return self._auto(start)
        if fixed == 0x12:
            return 1, RealTimeStatus(byte)
        if byte & 0x90 == 0:
            return 1, QueuedStatus(byte)
        return 1, None

    def _auto(self, start: int) -> tuple[int, PrinterEvent | None]:
        data = bytes(self._buffer[start : start + 4])
        if any(byte & 0x90 for byte in data[1:]):
            return 1, None
        return (4, AutoStatus(data)) if len(data) == 4 else (0, None)

    def _block(self, start: int) -> tuple[int, PrinterEvent | None]:
        end = self._buffer.find(0, start, start + MAX_BLOCK)
        if end < 0:
            return (1, None) if len(self._buffer) - start >= MAX_BLOCK else (0, None)
        return end + 1 - start, _meaning(bytes(self._buffer[start:end]))


def _meaning(block: bytes) -> PrinterEvent:
    if len(block) == 6 and block[:2] == b"\x37\x22" and all(0x20 <= b <= 0x7E for b in block[2:]):
        return ProcessId(block[2:].decode("ascii"))
    if block == b"\x37\x25":
        return Cleared()
    return Block(block[0], block[1:])
