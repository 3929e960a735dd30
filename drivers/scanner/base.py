"""What a barcode scanner driver delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drivers.base import Status
from drivers.scanner.symbology import Symbology, symbology_of

MAX_SCAN_CHARS = 4096
"""Longest accepted symbol; a QR code holds up to 7,089 digits and comes from strangers."""
MAX_QUEUED_SCANS = 64
"""Scans that one piece of input may hold; a wild device loses the rest."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One decoded symbol, or the news that one was lost on its way."""

    text: str
    """What was read, without AIM prefix and terminator; GS (0x1D) kept; control codes kept."""
    aim: str = ""
    """AIM symbology identifier such as ``]E0``; empty when the scanner does not send it."""
    too_long: bool = False
    """The symbol exceeded MAX_SCAN_CHARS; ``text`` holds its beginning only."""
    dropped: bool = False
    """A part of the symbol was lost: ``text`` is empty, half a code is none.  Scan again."""
    layout: str = ""
    """The keyboard layout that a calibration code showed (``layouts.LAYOUTS``)."""
    raw: bytes = field(default=b"", compare=False)
    """What came over the wire for this symbol, without frames and terminator; its beginning when
    too long."""
    device: str = field(default="", compare=False)
    """Name of the driver that read it."""

    @property
    def symbology(self) -> Symbology:
        """What was scanned, in the words of UnifiedPOS; UNKNOWN without an AIM identifier."""
        return symbology_of(self.aim)


LOST = Scan("", dropped=True)
"""A symbol of which a part is missing."""


class Scanner(Protocol):
    """A driver. ``read`` blocks on the device's own thread; ``close`` wakes it."""

    def open(self, timeout_s: float) -> Status: ...

    def read(self, timeout_s: float) -> Scan | None:
        """Return the next scan, or None when none came in time. Raises Unplugged."""

    def close(self) -> None: ...

    @property
    def statistics(self) -> Mapping[str, int]:
        """Counts since the driver was made: ``scans``, ``dropped``, ``repeated``."""


class Decoder(Protocol):
    """The sans-IO half of a driver: bytes in, scans out."""

    dropped: int
    """Symbols lost so far."""

    def receive(self, data: bytes) -> list[Scan]:
        """Take bytes in; return the scans that are complete now."""

    def pause(self) -> list[Scan]:
        """Nothing came for the gap that ends a symbol: return what that means."""

    def drop(self) -> None:
        """The line was cut: forget an unfinished symbol."""

    @property
    def unfinished(self) -> bool:
        """A symbol has begun and has not ended."""
