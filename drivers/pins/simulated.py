"""Pins made of software: a simulated device that is wired by single lines instead of bytes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from drivers.errors import Unplugged
from drivers.simulation import SimulatedDevice
from drivers.transports.memory import MemoryTransport

MAX_MOMENTS = 500
"""Newest changes of outputs that a timeline keeps."""


class PinnedDevice(SimulatedDevice):
    """A simulated device on pins. What the host drives is kept as a timeline."""

    outputs: tuple[str, ...] = ()
    """Pins that the host drives."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(monotonic, changed)
        self._host: SimulatedPins | None = None
        self._driven = dict.fromkeys(self.outputs, False)
        self._timeline: deque[tuple[int, str, bool]] = deque(maxlen=MAX_MOMENTS)
        self._began = monotonic()
        self._moves = 0

    def pins(self) -> SimulatedPins:
        """Return the host's end of the lines; opening it takes the place of the one before."""
        return SimulatedPins(self)

    def attach(self, wire: MemoryTransport) -> bool:
        """Refuse: pins carry no bytes."""
        del wire
        return False

    def timeline(self) -> tuple[tuple[int, str, bool], ...]:
        """Return the changes of outputs: (milliseconds since the beginning, pin, active)."""
        with self.changed:
            return tuple(self._timeline)

    # --- the lines' side, with the lock held ---

    def take_pins(self, host: SimulatedPins) -> bool:
        """Let the newest host win, when the device can be reached; outputs begin inactive."""
        if not (self._plugged and self._powered):
            return False
        self._host = host
        return True

    def let_go(self, host: SimulatedPins) -> None:
        """Everything that was driven goes inactive, as pins do that nobody holds."""
        if self._host is host:
            self._host = None
            for pin in self.outputs:
                self._drive(pin, active=False)

    def holds(self, host: SimulatedPins) -> bool:
        """Tell whether the lines still lead here."""
        return self._host is host

    def level(self, pin: str) -> bool:
        """Return what a line carries; devices with inputs add theirs."""
        return self._driven[pin]

    def driven(self, pin: str, *, active: bool) -> None:
        """The host drives an output."""
        self._drive(pin, active=active)

    def measured(self, quantity: str) -> int | None:
        """Return a measured value; most devices measure nothing."""
        del quantity
        return None

    def moves(self) -> int:
        """Return a number that grows whenever an input moves."""
        return self._moves

    # --- for the devices ---

    def _drive(self, pin: str, *, active: bool) -> None:
        if self._driven[pin] != active:
            self._driven[pin] = active
            at_ms = round((self.monotonic() - self._began) * 1000)
            self._timeline.append((at_ms, pin, active))

    def _move(self) -> None:
        """An input moved: wake who waits."""
        self._moves += 1
        self.changed.notify_all()

    def _cut(self) -> None:
        host = self._host
        if host is not None:
            self.let_go(host)
        self._move()

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        knobs = super()._knobs()
        plugs = ("look", "plug", "unplug", "power_on", "power_off")
        return {name: knobs[name] for name in plugs} | {
            "timeline": lambda: {"timeline": [list(moment) for moment in self._timeline]}
        }


class SimulatedPins:
    """A PinPort to a simulated device in this process."""

    def __init__(self, device: PinnedDevice) -> None:
        self._device = device
        self._seen = 0

    def open(self, timeout_s: float) -> None:
        """Take the pins, all outputs inactive. Raises Unplugged."""
        del timeout_s  # a line inside the process is there at once
        with self._device.changed:
            if not self._device.take_pins(self):
                raise Unplugged("the simulated device is not plugged in")
            self._seen = self._device.moves()

    def write(self, pin: str, *, active: bool) -> None:
        """Drive an output. Raises Unplugged."""
        with self._device.changed:
            self._check()
            self._device.driven(pin, active=active)

    def read(self, pin: str) -> bool:
        """Return an input, or what an output is driven to. Raises Unplugged."""
        with self._device.changed:
            self._check()
            return self._device.level(pin)

    def wait(self, timeout_s: float) -> None:
        """Wait until an input has moved since the last wait, or the time is up."""
        device = self._device
        with device.changed:
            device.changed.wait_for(lambda: device.moves() != self._seen, timeout_s)
            self._seen = device.moves()

    def measure(self, quantity: str) -> int | None:
        """Return a measured value, None when the device measures nothing."""
        with self._device.changed:
            return self._device.measured(quantity)

    def close(self) -> None:
        """Let go of the pins and wake who waits."""
        with self._device.changed:
            self._device.let_go(self)
            self._seen = -1
            self._device.changed.notify_all()

    def _check(self) -> None:
        if not self._device.holds(self):
            raise Unplugged("the lines to the simulated device were cut")
