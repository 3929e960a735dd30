"""A customer display made of software: it reads both command sets and shows what it was told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from drivers.display.interpreter import DisplayInterpreter
from drivers.simulation import SimulatedDevice


class DisplaySimulator(SimulatedDevice):
    """The simulated display; what stands on it goes with its power, not with its cable."""

    name = "display"

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(monotonic, changed)
        self._interpreter = DisplayInterpreter()

    def _receive(self, data: bytes) -> int:
        self._interpreter.receive(data)
        self.changed.notify_all()
        return len(data)

    def _stopped(self) -> None:
        self._interpreter.reset()

    def _visible(self) -> Mapping[str, Any]:
        return {
            "rows": list(self._interpreter.grid.rows),
            "page": self._interpreter.page,
            "unknown": self._interpreter.unknown,
            "unfinished": self._interpreter.unfinished,
        }
