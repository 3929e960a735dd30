"""The power monitor as configured, and the thread that listens to it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from drivers.base import Health
from drivers.errors import DriverError
from drivers.pins.gpio import pi_factory
from drivers.power.base import PowerMonitor, Supply
from drivers.registry import driver_class
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.backoff import BACKOFF_S
from terminal.devices.host import UNASKED, UNSEEN
from terminal.devices.pins import Wiring, wired

log = logging.getLogger(__name__)

WIRING = Wiring(inputs=("failed",), options=("active_low", "pull"))


class PowerHost:
    """A thread that reads the monitor and hands its news to the loop at once."""

    READ_S = 0.5
    OPEN_S = 2.0

    def __init__(self, driver: PowerMonitor) -> None:
        self.role = "power"
        self.driver = driver
        self.status = UNASKED
        self.deliver: Callable[[Supply | None], None] = lambda _: None
        """Told what feeds the terminal; None when the monitor went away."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="power", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen; news arrives on ``loop`` through ``deliver``."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        self._stop.set()
        self.driver.close()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * self.READ_S + self.OPEN_S)

    def _read(self) -> None:
        misses = 0
        while not self._stop.is_set():
            try:
                self.status = self.driver.open(self.OPEN_S)
                misses = 0
                while not self._stop.is_set():
                    news = self.driver.read(self.READ_S)
                    if news is not None:
                        self._tell(news)
            except DriverError as error:
                self._lost(error)
                self._stop.wait(BACKOFF_S[min(misses, len(BACKOFF_S) - 1)])
                misses += 1
        self.driver.close()

    def _lost(self, error: DriverError) -> None:
        if self.status.health is not Health.ABSENT and not self._stop.is_set():
            self.status = UNSEEN
            log.info("power monitor is away: %s", error)
            self._tell(None)

    def _tell(self, news: Supply | None) -> None:
        if not self._stop.is_set():
            self._loop.call_soon_threadsafe(self.deliver, news)


def power_monitor(
    devices: Devices,
    simulators: Mapping[str, Simulator],
    factory: Callable[[], Any] = pi_factory,
) -> PowerHost | None:
    """Return the monitor that is configured; None when there is none. Raises ConfigError."""
    if not devices.power:
        return None
    pins = wired(devices.power, simulators, WIRING, key="devices.power", factory=factory)
    return PowerHost(driver_class("pin-power")(pins.port))
