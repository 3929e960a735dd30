"""Driver of a power monitor that pulls a pin when the mains fail."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.pins.port import PinPort
from drivers.power.base import Supply
from drivers.power.supply import HOLD_MS, SupplyFilter

FAILED = "failed"
REMAINING = "remaining_s"
LOOK_S = 0.25
"""Longest time between two looks at the pin: an edge that was missed costs no more than this."""


class PinPowerMonitor:
    """A PowerMonitor on the input ``failed``, active when the mains are gone."""

    def __init__(self, pins: PinPort, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pins = pins
        self._now = monotonic
        self._filter = SupplyFilter()

    def open(self, timeout_s: float) -> Status:
        """Take the pin. Raises Unplugged."""
        self._pins.open(timeout_s)
        self._filter = SupplyFilter()
        self._pins.read(FAILED)
        return Status(Health.READY, (), self._now())

    def read(self, timeout_s: float) -> Supply | None:
        """Return news of the supply, None when none came in time. Raises Unplugged."""
        deadline = self._now() + timeout_s
        while True:
            now = self._now()
            failed, remaining_s = self._pins.read(FAILED), self._pins.measure(REMAINING)
            news = self._filter.sample(failed, round(now * 1000), remaining_s)
            left = deadline - now
            if news is not None or left <= 0:
                return news
            soon = HOLD_MS / 1000 / 2 if self._filter.pending else LOOK_S
            self._pins.wait(min(left, soon))

    def close(self) -> None:
        """Let go of the pin; wakes a reader in another thread."""
        self._pins.close()
