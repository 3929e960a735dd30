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

    def sensor(self) -> bool | None:
        """Return the level of the sensor's line, True for high; None when nothing is known.

        Which level means open depends on how the drawer is made: it is learned, never assumed.
        """


def drawer_state(sensor: bool | None, open_is_high: bool | None) -> DrawerState:
    """Return what the sensor's level means, given what was learned of it."""
    if sensor is None or open_is_high is None:
        return DrawerState.UNKNOWN
    return DrawerState.OPEN if sensor == open_is_high else DrawerState.CLOSED
