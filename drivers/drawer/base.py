"""What a cash drawer driver offers."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class DrawerState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class CashDrawer(Protocol):
    """A drawer; UnifiedPOS treats it as a device of its own even behind a printer."""

    def kick(self, timeout_s: float) -> None:
        """Open it. Raises a DriverError."""

    def state(self) -> DrawerState: ...
