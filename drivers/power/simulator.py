"""A reserve of power made of software: its mains fail and return at a knob."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.pins.simulated import PinnedDevice
from drivers.simulation import at_least

MAX_RESERVE_S = 86_400


class PowerSimulator(PinnedDevice):
    """The simulated reserve; ``reserve_s`` at the knob ``fail`` makes it tell what remains."""

    name = "power"
    outputs = ()

    _failed_at: float | None = None
    _reserve_s: int | None = None

    def level(self, pin: str) -> bool:
        """Return the line ``failed``."""
        del pin
        return self._failed_at is not None

    def measured(self, quantity: str) -> int | None:
        """Return the seconds that remain, when it was told how many it has."""
        del quantity
        if self._failed_at is None or self._reserve_s is None:
            return None
        return max(0, self._reserve_s - int(self.monotonic() - self._failed_at))

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "fail": self._fail, "restore": self._restore}

    def _fail(self, reserve_s: int | None = None) -> None:
        if reserve_s is not None:
            at_least("reserve_s", reserve_s, 0)
            reserve_s = min(reserve_s, MAX_RESERVE_S)
        if self._failed_at is None:
            self._failed_at = self.monotonic()
        self._reserve_s = reserve_s
        self._move()

    def _restore(self) -> None:
        self._failed_at = None
        self._move()

    def _visible(self) -> Mapping[str, Any]:
        return {
            "mains": self._failed_at is None,
            "remaining_s": self.measured("remaining_s"),
            "held": self._host is not None,
        }
