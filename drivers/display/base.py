"""What a customer display offers (UnifiedPOS: LineDisplay)."""

from __future__ import annotations

from typing import Protocol

from drivers.base import Status

COLUMNS = 20
ROWS = 2

Shown = tuple[str, str]
"""Upper and lower row; what is longer than COLUMNS is cut, what is shorter is filled."""


class CustomerDisplay(Protocol):
    """A driver. A display says nothing: READY means that the line to it is there."""

    def open(self, timeout_s: float) -> Status:
        """Connect, initialise, clear. Raises TransportError."""

    def show(self, rows: Shown, timeout_s: float) -> None:
        """Replace what stands on it. May be repeated. Raises TransportError."""

    def poll(self, timeout_s: float) -> Status:
        """Tell whether the line is still there; ABSENT when not."""

    def close(self) -> None:
        """Disconnect; what stands on the display stays. May be called twice."""
