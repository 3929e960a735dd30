"""What a barcode scanner driver delivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.base import Status

MAX_SCAN_CHARS = 512
"""Longest accepted symbol; a QR code holds up to 7,089 digits and comes from strangers."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One decoded symbol."""

    text: str
    """What was read, without AIM prefix and terminator; GS (0x1D) kept; control codes kept."""
    aim: str = ""
    """AIM symbology identifier such as ``]E0``; empty when the scanner does not send it."""
    too_long: bool = False
    """The symbol exceeded MAX_SCAN_CHARS; ``text`` holds its beginning only."""


class Scanner(Protocol):
    """A driver. ``read`` blocks on the device's own thread; ``close`` wakes it."""

    def open(self, timeout_s: float) -> Status: ...

    def read(self, timeout_s: float) -> Scan | None:
        """Return the next scan, or None when none came in time. Raises Unplugged."""

    def close(self) -> None: ...
