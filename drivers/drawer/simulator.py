"""A cash drawer made of software. Its wire is the printer's drawer connector."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.simulation import SimulatedDevice
from drivers.transports.memory import MemoryTransport


class DrawerSimulator(SimulatedDevice):
    """The simulated drawer; shares the lock of the printer it hangs on."""

    name = "drawer"

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

    def pulse(self, pin: int) -> None:
        """The solenoid pulls, whichever pin drives it; a jammed or unplugged drawer stays."""
        del pin
        if self._plugged and not self._jammed and not self._open:
            self._openings += 1
            self._move(is_open=True)

    def is_open(self) -> bool:
        """Tell what its sensor says; an unplugged sensor reads closed."""
        return self._open and self._plugged

    def attach(self, wire: MemoryTransport) -> bool:
        """Refuse: a drawer has no data line of its own."""
        del wire
        return False

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            "look": super()._knobs()["look"],
            "plug": super()._knobs()["plug"],
            "unplug": super()._knobs()["unplug"],
            "open": lambda: self._move(is_open=True),
            "close": lambda: self._move(is_open=False),
            "jam": lambda: self._jam(jammed=True),
            "unjam": lambda: self._jam(jammed=False),
        }

    def _jam(self, *, jammed: bool) -> None:
        self._jammed = jammed

    def _move(self, *, is_open: bool) -> None:
        if self._open != is_open:
            self._open = is_open
            if self.on_move is not None:
                self.on_move()

    def _visible(self) -> Mapping[str, Any]:
        return {
            "state": "open" if self._open else "closed",
            "jammed": self._jammed,
            "openings": self._openings,
        }
