"""The cash drawer as configured: behind the printer, or on pins with a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from drivers.base import Health, Status
from drivers.drawer.base import CashDrawer, DrawerState, drawer_state
from drivers.drawer.pulse import MAX_PULSE_MS, MIN_PULSE_MS, PULSE_MS
from drivers.errors import DriverError
from drivers.pins.gpio import pi_factory
from drivers.printer.base import ReceiptPrinter
from drivers.registry import driver_class
from drivers.simulation import Simulator
from drivers.transports.address import BadAddress
from terminal.device_settings import Devices
from terminal.devices.host import UNSEEN, DeviceHost
from terminal.devices.keeper import Kept
from terminal.devices.pins import Wired, Wiring, wired
from terminal.settings import ConfigError

log = logging.getLogger(__name__)

KICK_TIMEOUT_S = 2.0
SENSOR = "sensor"
WIRING = Wiring(
    outputs=("kick",),
    options=("active_low", SENSOR, "pulse_ms", "pull"),
    more_inputs=(SENSOR,),
)


class DrawerPost:
    """The drawer, and the thread that may call it."""

    def __init__(
        self,
        drawer: CashDrawer,
        host: DeviceHost[Any],
        address: str,
        kept: DeviceHost[Kept] | None = None,
    ) -> None:
        """``host`` owns the thread; ``kept`` is given when it is the drawer's own."""
        self.address = address
        self.kept = kept
        self.open_is_high: Callable[[], bool | None] = lambda: None
        """What was learned of the sensor; the journal knows."""
        self._drawer = drawer
        self._host = host
        self._state = DrawerState.UNKNOWN

    @property
    def state(self) -> DrawerState:
        """What the sensor said at the last look."""
        return self._state

    async def kick(self, reason: str) -> None:
        """Open it, and log why or why not."""
        try:
            await self._host.call(lambda _: self._drawer.kick(KICK_TIMEOUT_S))
            log.info("drawer opened: %s", reason)
        except DriverError as error:
            log.warning("drawer not opened (%s): %s", reason, error)

    async def sensor(self) -> bool | None:
        """Return the level of the sensor's line; None when it cannot be read."""
        if self._host.status.health in (Health.ABSENT, Health.STARTING):
            return None
        try:
            return await self._host.call(lambda _: self._drawer.sensor())
        except DriverError:
            return None

    async def look(self) -> DrawerState:
        """Return what the sensor says now."""
        self._state = drawer_state(await self.sensor(), self.open_is_high())
        return self._state

    @property
    def status(self) -> Status:
        """What is known of it; a drawer behind a printer is as well as the printer's line."""
        if self._host.status.health is Health.ABSENT:
            return UNSEEN
        reasons = ("drawer_open",) if self._state is DrawerState.OPEN else ()
        if self.open_is_high() is None:
            reasons = ("drawer_not_learned",)
        return Status(Health.READY, reasons)

    def close(self) -> None:
        """Let go of pins of its own."""
        if self.kept is not None:
            self.kept.driver.close()
            self.kept.close()


def _pulse_ms(pins: Wired) -> int:
    if pins.address is None:
        return PULSE_MS
    try:
        return pins.address.whole("pulse_ms", PULSE_MS, MIN_PULSE_MS, MAX_PULSE_MS)
    except BadAddress as error:
        raise ConfigError(str(error), key="devices.drawer") from error


def cash_drawer(
    devices: Devices,
    printer: DeviceHost[ReceiptPrinter],
    simulators: Mapping[str, Simulator],
    factory: Callable[[], Any] = pi_factory,
) -> DrawerPost | None:
    """Return the drawer that is configured; None when there is none. Raises ConfigError."""
    url = devices.drawer
    if not url:
        return None
    if not url.startswith("gpio:"):
        pin = int(url.partition(":")[2]) if url.startswith("printer:") else 2
        return DrawerPost(driver_class("printer-drawer")(printer.driver, pin), printer, url)
    pins = wired(url, simulators, WIRING, key="devices.drawer", factory=factory)
    drawer = driver_class("gpio-drawer")(
        pins.port, has_sensor=SENSOR in pins.names, pulse_ms=_pulse_ms(pins)
    )
    host: DeviceHost[Any] = DeviceHost("drawer", drawer)
    return DrawerPost(drawer, host, url, kept=host)
