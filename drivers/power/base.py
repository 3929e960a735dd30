"""What a power monitor offers (UnifiedPOS: POSPower)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.base import Status


@dataclass(frozen=True, slots=True)
class Supply:
    """What feeds the terminal."""

    mains: bool
    remaining_s: int | None = None
    """Seconds that the reserve still lasts; None when the monitor does not tell."""


class PowerMonitor(Protocol):
    """A driver. ``read`` blocks on the device's own thread; ``close`` wakes it."""

    def open(self, timeout_s: float) -> Status:
        """Take the monitor. Raises TransportError."""

    def read(self, timeout_s: float) -> Supply | None:
        """Return the supply when there is news of it, first right after ``open``; None when none
        came in time. Raises TransportError."""

    def close(self) -> None:
        """Let go; may be called twice and from another thread."""
