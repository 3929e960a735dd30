"""When a power-fail line is believed: it must hold for a moment. No clock, no pin."""

from __future__ import annotations

from drivers.power.base import Supply

HOLD_MS = 50
"""A dip shorter than this is what the reserve is for; with the flush that follows it stays far
within the half second that a safe state may take."""
STEP_S = 10
"""How much the time that remains must change to be news."""


class SupplyFilter:
    """Turns samples of the line into news."""

    def __init__(self) -> None:
        self._told: Supply | None = None
        self._other_since_ms: int | None = None

    @property
    def pending(self) -> bool:
        """The line has moved and has not held yet: look again soon."""
        return self._other_since_ms is not None

    def sample(self, failed: bool, now_ms: int, remaining_s: int | None = None) -> Supply | None:
        """Take a sample of the line; return the supply when it is news."""
        now = Supply(not failed, remaining_s)
        told = self._told
        if told is None:
            return self._tell(now)
        if now.mains == told.mains:
            self._other_since_ms = None
            return self._tell(now) if _far(now.remaining_s, told.remaining_s) else None
        if self._other_since_ms is None:
            self._other_since_ms = now_ms
        return self._tell(now) if now_ms - self._other_since_ms >= HOLD_MS else None

    def _tell(self, supply: Supply) -> Supply:
        self._told, self._other_since_ms = supply, None
        return supply


def _far(now_s: int | None, told_s: int | None) -> bool:
    if now_s is None or told_s is None:
        return now_s is not told_s
    return abs(now_s - told_s) >= STEP_S
