"""The devices of this terminal, by role: built from addresses, watched, steered when simulated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.base import Health, Status
from drivers.cash.base import CashMachine
from drivers.drawer.base import CashDrawer
from drivers.errors import DriverError
from drivers.payment.base import PaymentTerminal
from drivers.printer.base import ReceiptPrinter
from drivers.registry import driver_class
from drivers.scanner.base import Scan
from drivers.simulation import UnknownAction
from drivers.simulators import Bench
from drivers.transports.address import open_transport
from terminal.clock import Clock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import DrawerOpened, Event
from terminal.device_settings import Devices
from terminal.devices.cash import cash_machine
from terminal.devices.host import UNSEEN, DeviceHost, ScannerHost
from terminal.devices.poi import Site, payment_terminal

log = logging.getLogger(__name__)

KICK_TIMEOUT_S = 2.0


class Hub:
    """Every device of this terminal and the threads that serve them."""

    def __init__(
        self,
        printer: DeviceHost[ReceiptPrinter],
        drawer: CashDrawer,
        poi: DeviceHost[PaymentTerminal],
        scanner: ScannerHost,
        bench: Bench | None,
        *,
        cash: DeviceHost[CashMachine] | None = None,
    ) -> None:
        self.printer = printer
        self.drawer = drawer
        self.poi = poi
        self.scanner = scanner
        self.bench = bench
        self.cash = cash
        """The cash machine; None when there is none."""
        self._kicks: set[asyncio.Task[None]] = set()
        self._on_change: Callable[[], None] = lambda: None

    @staticmethod
    def addresses(devices: Devices) -> Mapping[str, str]:
        """Return the configured address of each role; a cash machine only where there is one."""
        cash = {"cash": devices.cash_machine} if devices.cash_machine else {}
        return {
            "printer": devices.receipt_printer,
            "drawer": devices.drawer,
            "poi": devices.poi,
            "scanner": devices.scanner,
            **cash,
        }

    @classmethod
    def build(cls, config: Config, folder: Path, clock: Clock) -> Hub:
        """Build drivers for the configured addresses; ``sim:`` ones get simulators.

        ``folder`` is the terminal's data folder: ``keys`` are read there, and the simulators keep
        their memory in it.  Raises ConfigError.
        """
        devices = config.devices
        urls = cls.addresses(devices)
        simulated = any(url.startswith("sim:") for url in urls.values())
        bench = (
            Bench(folder / "simulators", poi_protocol=devices.poi_protocol) if simulated else None
        )
        simulators = bench.simulators if bench else {}
        site = Site(config, folder / "keys", folder / "poi.jsonl", clock, simulators)
        transports = {
            role: open_transport(urls[role], simulators) for role in ("printer", "scanner")
        }
        printer = DeviceHost("printer", driver_class("escpos")(transports["printer"]))
        return cls(
            printer=printer,
            drawer=driver_class("printer-drawer")(printer.driver),
            poi=DeviceHost("poi", payment_terminal(site)),
            scanner=ScannerHost(driver_class("serial-scanner")(transports["scanner"])),
            bench=bench,
            cash=cash_machine(devices, simulators, folder / "keys"),
        )

    def start(
        self,
        loop: asyncio.AbstractEventLoop,
        on_scan: Callable[[Scan], None],
        on_change: Callable[[], None],
    ) -> None:
        """Begin to listen; scans arrive by ``on_scan``, changes of health by ``on_change``."""
        self._on_change = on_change
        self.scanner.deliver = on_scan
        self.scanner.start(loop)

    def hear(self, events: tuple[Event, ...]) -> None:
        """Open the drawer when the journal says that it is opened."""
        for event in events:
            if isinstance(event, DrawerOpened):
                task = asyncio.ensure_future(self._kick(event.reason))
                self._kicks.add(task)
                task.add_done_callback(self._kicks.discard)

    async def _kick(self, reason: str) -> None:
        try:
            await self.printer.call(lambda _: self.drawer.kick(KICK_TIMEOUT_S))
            log.info("drawer opened: %s", reason)
        except DriverError as error:
            log.warning("drawer not opened (%s): %s", reason, error)

    def statuses(self) -> Mapping[str, Status]:
        """Return what is known of each device."""
        printer = self.printer.status
        behind = UNSEEN if printer.health is Health.ABSENT else Status(Health.READY)
        cash = {} if self.cash is None else {"cash": self.cash.status}
        return {
            "printer": printer,
            "drawer": behind,
            "poi": self.poi.status,
            "scanner": self.scanner.status,
            **cash,
        }

    async def steer(
        self, device: str, action: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any] | Refused:
        """Turn a knob of a simulated device."""
        if self.bench is None or device not in self.bench.simulators:
            return Refused("no_such_device", {"device": device[:20]})
        bench = self.bench
        try:
            return await asyncio.get_running_loop().run_in_executor(
                None, lambda: bench.control(device, action, **parameters)
            )
        except (UnknownAction, TypeError) as error:
            return Refused("no_such_action", {"why": str(error)[:80]})

    async def close(self) -> None:
        """Let go of every device; calls in progress end by themselves."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.scanner.stop)
        self.poi.driver.close()
        self.printer.driver.close()
        self.poi.close()
        if self.cash is not None:
            self.cash.driver.close()
            self.cash.close()
        self.printer.close()
