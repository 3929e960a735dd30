"""A cash drawer made of software, wired to a printer's drawer connector or to pins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.pins.simulated import PinnedDevice
from drivers.simulation import UnknownAction

MAX_HELD_S = 0.3
"""A pulse longer than this burns the coil; the simulated one says so instead."""


class DrawerSimulator(PinnedDevice):
    """The simulated drawer; shares the lock of the printer it hangs on."""

    name = "drawer"
    outputs = ("kick",)

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(monotonic, changed)
        self.on_move: Callable[[], None] | None = None
        """Told when it opens or closes, with the lock held: the sensor line to the printer."""
        self._open = False
        self._jammed = False
        self._openings = 0
        self._open_is_high = True
        self._fired_at: float | None = None
        self._burnt = False

    def pulse(self, pin: int) -> None:
        """The solenoid pulls, whichever pin drives it; a jammed or unplugged drawer stays."""
        del pin
        if self._plugged and not self._jammed and not self._open:
            self._openings += 1
            self._slide(is_open=True)

    def is_open(self) -> bool:
        """Tell what its sensor says; an unplugged sensor reads closed."""
        return self._open and self._plugged

    def sensor_high(self) -> bool:
        """Return the level of the sensor's line, which depends on how the drawer is made."""
        return self.is_open() == self._open_is_high

    # --- wired to pins ---

    def level(self, pin: str) -> bool:
        """Return the sensor's line, or what the solenoid is driven to."""
        return self.sensor_high() if pin == "sensor" else super().level(pin)

    def driven(self, pin: str, *, active: bool) -> None:
        """The solenoid pulls at the beginning of a pulse; one that never ends burns it."""
        super().driven(pin, active=active)
        if active:
            self._fired_at = self.monotonic()
            self.pulse(2)
        elif self._fired_at is not None:
            self._burnt = self._burnt or self.monotonic() - self._fired_at > MAX_HELD_S
            self._fired_at = None

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "open": lambda: self._slide(is_open=True),
            "close": lambda: self._slide(is_open=False),
            "jam": lambda: self._jam(jammed=True),
            "unjam": lambda: self._jam(jammed=False),
            "polarity": self._set_polarity,
        }

    def _jam(self, *, jammed: bool) -> None:
        self._jammed = jammed

    def _set_polarity(self, open_is_high: bool) -> None:
        if not isinstance(open_is_high, bool):
            raise UnknownAction("open_is_high is true or false")
        self._open_is_high = open_is_high
        self._tell()

    def _slide(self, *, is_open: bool) -> None:
        if self._open != is_open:
            self._open = is_open
            self._tell()

    def _tell(self) -> None:
        self._move()
        if self.on_move is not None:
            self.on_move()

    def _visible(self) -> Mapping[str, Any]:
        return {
            "state": "open" if self._open else "closed",
            "jammed": self._jammed,
            "openings": self._openings,
            "open_is_high": self._open_is_high,
            "burnt": self._burnt,
        }
