"""Driver of a drawer on pins: a solenoid, and perhaps a switch."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.drawer.pulse import PULSE_MS, PulseLimit
from drivers.errors import TransportError, TransportTimeout
from drivers.pins.port import PinPort

KICK, SENSOR = "kick", "sensor"


class GpioDrawer:
    """A CashDrawer on the output ``kick`` and, when there is one, the input ``sensor``."""

    def __init__(
        self,
        pins: PinPort,
        *,
        has_sensor: bool = True,
        pulse_ms: int = PULSE_MS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pins = pins
        self._has_sensor = has_sensor
        self._limit = PulseLimit(pulse_ms)
        self._now = monotonic
        self._sleep = sleep
        self._answered_at: float | None = None

    def open(self, timeout_s: float) -> Status:
        """Take the pins, the solenoid at rest. Raises Unplugged."""
        self._pins.open(timeout_s)
        return self.poll(timeout_s)

    def poll(self, timeout_s: float) -> Status:
        """Read the pins; ABSENT when they are not held any more."""
        del timeout_s
        try:
            self._pins.read(SENSOR if self._has_sensor else KICK)
        except TransportError:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at)
        self._answered_at = self._now()
        return Status(Health.READY, (), self._answered_at)

    def kick(self, timeout_s: float) -> None:
        """Fire once; a solenoid that has not rested enough is waited for.

        Raises:
            Unplugged: the pins are not held.
            TransportTimeout: the rest is longer than ``timeout_s``; nothing was fired.
        """
        rest_s = self._limit.wait_ms(self._now_ms()) / 1000
        if rest_s > timeout_s:
            raise TransportTimeout("the drawer's solenoid must rest")
        if rest_s > 0:
            self._sleep(rest_s)
        self._pins.write(KICK, active=True)
        try:
            self._sleep(self._limit.pulse_ms / 1000)
        finally:
            self._limit.fired(self._now_ms())
            self._pins.write(KICK, active=False)

    def sensor(self) -> bool | None:
        """Return the level of the switch; None without one, or without pins."""
        if not self._has_sensor:
            return None
        try:
            return self._pins.read(SENSOR)
        except TransportError:
            return None

    def close(self) -> None:
        """Let go of the pins: the solenoid is at rest."""
        self._pins.close()

    def _now_ms(self) -> int:
        return round(self._now() * 1000)
