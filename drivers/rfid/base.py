"""What every RFID reader driver offers: an inventory of the tags in its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.base import Status

MAX_TAGS = 2000
"""Different tags of one inventory; a shelf beside the tray holds fewer."""
MAX_EPC_BYTES = 62
"""Longest EPC that a tag's protocol control word can announce: 31 words (Gen2, 6.3.2.1.2.2)."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A reader saw a tag ``count`` times, in one report."""

    epc: str
    """Hexadecimal, capitals."""
    antenna: int = 0
    rssi_dbm: int | None = None
    """Peak of this report; None when the reader does not tell."""
    count: int = 1
    first_us: int | None = None
    """Microseconds by the reader's own clock; good for differences, no wall time."""
    last_us: int | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of an inventory, however often it was seen."""

    epc: str
    count: int
    rssi_dbm: int | None
    """The strongest."""
    antennas: tuple[int, ...]
    first_us: int | None
    last_us: int | None


class RfidReader(Protocol):
    """A driver. All calls block, with deadlines; one thread at a time, except ``close``."""

    def open(self, timeout_s: float) -> Status:
        """Connect, be greeted, and set the reader up. Raises TransportError or ProtocolError."""

    def poll(self, timeout_s: float) -> Status:
        """Hear whether it is alive; ABSENT when it is not. Starts nothing."""

    def inventory(self, duration_s: float, timeout_s: float) -> tuple[Tag, ...]:
        """Read for ``duration_s`` and return every tag once, ordered by EPC.

        Raises:
            DeviceFault: the reader refused.
            TransportError, ProtocolError: nothing is known of the tags; reading again is harmless.
        """

    def close(self) -> None: ...
