"""The devices of this terminal, by role: built from addresses, watched, steered when simulated."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from drivers.base import Status
from drivers.cash.base import CashMachine
from drivers.display.base import CustomerDisplay
from drivers.errors import DriverError
from drivers.hotplug import HotplugMonitor
from drivers.label.base import LabelPrinter
from drivers.lights.base import Buzz, Lights
from drivers.payment.base import PaymentTerminal
from drivers.power.base import Supply
from drivers.printer.base import ReceiptPrinter
from drivers.rfid.base import RfidReader
from drivers.scale.base import Scale
from drivers.scanner.base import Scan
from drivers.simulation import UnknownAction
from drivers.simulators import BENCH, Bench
from terminal.clock import Clock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import DrawerLeftOpen, DrawerOpened, Event
from terminal.device_settings import Devices
from terminal.devices.cash import cash_machine
from terminal.devices.display import customer_display
from terminal.devices.drawer import DrawerPost, cash_drawer
from terminal.devices.host import DeviceHost, ScannerHost
from terminal.devices.label import label_printer
from terminal.devices.lights import light_tower
from terminal.devices.paper import receipt_printer
from terminal.devices.poi import Site, payment_terminal
from terminal.devices.power import PowerHost, power_monitor
from terminal.devices.recorders import Recorders
from terminal.devices.rfid import rfid_reader
from terminal.devices.scale import bagging_scale, scale
from terminal.devices.scanner import LAYOUT_FILE, scanner
from terminal.devices.timekeeping import Evident, clock_evidence
from terminal.devices.wire import wire

log = logging.getLogger(__name__)


MAX_WHY = 300
"""Characters of a knob's refusal."""


class Hub:
    """Every device of this terminal and the threads that serve them."""

    def __init__(
        self,
        printer: DeviceHost[ReceiptPrinter],
        drawer: DrawerPost | None,
        poi: DeviceHost[PaymentTerminal],
        scanner: ScannerHost,
        bench: Bench | None,
        *,
        cash: DeviceHost[CashMachine] | None = None,
        display: DeviceHost[CustomerDisplay] | None = None,
        lights: DeviceHost[Lights] | None = None,
        power: PowerHost | None = None,
        scale: DeviceHost[Scale] | None = None,
        bagging_scale: DeviceHost[Scale] | None = None,
        recorders: Recorders | None = None,
        evident: Evident | None = None,
        label: DeviceHost[LabelPrinter] | None = None,
        rfid: DeviceHost[RfidReader] | None = None,
    ) -> None:
        self.printer = printer
        self.drawer = drawer
        self.poi = poi
        self.scanner = scanner
        self.bench = bench
        self.cash = cash
        """The cash machine; None when there is none, as with those that follow."""
        self.display = display
        self.lights = lights
        self.power = power
        self.scale = scale
        self.bagging_scale = bagging_scale
        self._asides: set[asyncio.Task[None]] = set()
        self.recorders = recorders or Recorders()
        self.hotplug = HotplugMonitor(self._plugged)
        self._wakers: list[Callable[[], None]] = [scanner.wake]
        self.evident = evident or clock_evidence(Devices(), bench)
        """Gathers what is known about the wall clock."""
        self.label = label
        self.rfid = rfid
        self._on_change: Callable[[], None] = lambda: None

    @staticmethod
    def addresses(devices: Devices) -> Mapping[str, str]:
        """Return the configured address of each role; of optional ones only where there is one."""
        optional = {
            "cash": devices.cash_machine,
            "customer_display": devices.customer_display,
            "lights": devices.lights,
            "power": devices.power,
            "scale": devices.scale,
            "bagging_scale": devices.bagging_scale,
            "label": devices.label_printer,
            "rfid": devices.rfid,
        }
        return {
            "printer": devices.receipt_printer,
            "drawer": devices.drawer,
            "poi": devices.poi,
            "scanner": devices.scanner,
            **{role: url for role, url in optional.items() if url},
        }

    @property
    def hosts(self) -> Mapping[str, DeviceHost[Any] | ScannerHost]:
        """What serves each device that has a thread of its own, by role."""
        kept = [one for one in vars(self).values() if isinstance(one, DeviceHost | ScannerHost)]
        return {host.role: host for host in kept}

    @classmethod
    def build(cls, config: Config, folder: Path, clock: Clock, *, remember: bool = True) -> Hub:
        """Build drivers for the configured addresses; ``sim:`` ones get simulators.

        ``folder`` is the terminal's data folder: ``keys`` are read there, and the simulators keep
        their memory in it unless they are not to ``remember``.  Raises ConfigError.
        """
        devices = config.devices
        urls = cls.addresses(devices)
        simulated = any(url.startswith("sim:") for url in urls.values())
        bench = _bench(devices, folder if remember else None) if simulated else None
        simulators = bench.simulators if bench else {}
        heard = Recorders()
        site = Site(
            config, folder / "keys", folder / "poi.jsonl", clock, simulators, heard.of("poi")
        )
        transport = wire("receipt_printer", urls["printer"], simulators, heard.of("printer"))
        printer = DeviceHost("printer", receipt_printer(devices, transport), heard.of("printer"))
        return cls(
            printer=printer,
            drawer=cash_drawer(devices, printer, simulators),
            poi=DeviceHost("poi", payment_terminal(site), heard.of("poi")),
            scanner=scanner(devices, simulators, folder / LAYOUT_FILE, heard.of("scanner")),
            bench=bench,
            cash=cash_machine(devices, simulators, folder / "keys", heard),
            scale=scale(devices, simulators, folder / "keys", heard),
            bagging_scale=bagging_scale(devices, simulators, heard),
            display=customer_display(devices, simulators, heard),
            lights=light_tower(devices, simulators),
            power=power_monitor(devices, simulators),
            recorders=heard,
            evident=clock_evidence(devices, bench),
            label=label_printer(devices, simulators, heard),
            rfid=rfid_reader(devices, simulators, heard),
        )

    def start(
        self,
        loop: asyncio.AbstractEventLoop,
        on_scan: Callable[[Scan], None],
        on_scan_refused: Callable[[str], None],
        on_change: Callable[[], None],
        on_supply: Callable[[Supply | None], None] = lambda _: None,
    ) -> None:
        """Begin to listen.

        Scans arrive by ``on_scan``, or by ``on_scan_refused`` with the code of a refusal; changes
        of health by ``on_change``, and what feeds the terminal by ``on_supply``.
        """
        self._on_change = on_change
        self._loop = loop
        self.scanner.deliver = on_scan
        self.scanner.refuse = on_scan_refused
        self.scanner.changed = on_change
        self.scanner.start(loop)
        if self.power is not None:
            self.power.deliver = on_supply
            self.power.start(loop)
        self.hotplug.start()

    def when_plugged(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` on the loop whenever something was plugged in or pulled out."""
        self._wakers.append(wake)

    def _plugged(self) -> None:
        """Called by the monitor's thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody wants to know
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        if self.hotplug.take():
            for wake in self._wakers:
                wake()

    def hear(self, events: tuple[Event, ...]) -> None:
        """Open the drawer when the journal says that it is opened."""
        for event in events:
            if isinstance(event, DrawerOpened) and self.drawer is not None:
                self._aside(self.drawer.kick(event.reason))
            elif isinstance(event, DrawerLeftOpen):
                self.buzz(Buzz.ALARM)

    def buzz(self, buzz: Buzz) -> None:
        """Sound the buzzer, where there is one and it can be reached."""
        if self.lights is not None:
            self._aside(self._buzz(self.lights, buzz))

    async def _buzz(self, lights: DeviceHost[Lights], buzz: Buzz) -> None:
        try:
            await lights.call(lambda tower: tower.buzz(buzz))
        except DriverError as error:
            log.debug("no buzz: %s", error)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.ensure_future(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def statuses(self) -> Mapping[str, Status]:
        """Return what is known of each device."""
        known = {
            "printer": self.printer.status,
            "poi": self.poi.status,
            "scanner": self.scanner.status,
        }
        optional = {
            "drawer": self.drawer,
            "cash": self.cash,
            "customer_display": self.display,
            "lights": self.lights,
            "power": self.power,
            "scale": self.scale,
            "bagging_scale": self.bagging_scale,
            "label": self.label,
            "rfid": self.rfid,
        }
        return known | {role: one.status for role, one in optional.items() if one is not None}

    async def steer(
        self, device: str, action: str, parameters: Mapping[str, Any]
    ) -> Mapping[str, Any] | Refused:
        """Turn a knob of a simulated device."""
        if self.bench is None or device not in (BENCH, *self.bench.simulators):
            return Refused("no_such_device", {"device": device[:20]})
        bench = self.bench
        try:
            return await asyncio.get_running_loop().run_in_executor(
                None, lambda: bench.control(device, action, **parameters)
            )
        except (UnknownAction, TypeError) as error:
            return Refused("no_such_action", {"why": str(error)[:MAX_WHY]})

    async def close(self) -> None:
        """Let go of every device; calls in progress end by themselves."""
        loop = asyncio.get_running_loop()
        if self.bench is not None:
            await loop.run_in_executor(None, self.bench.close)
        await loop.run_in_executor(None, self.hotplug.close)
        await loop.run_in_executor(None, self.scanner.stop)
        self.poi.driver.close()
        self.printer.driver.close()
        self.poi.close()
        if self.power is not None:
            await loop.run_in_executor(None, self.power.stop)
        for host in (
            self.cash, self.display, self.lights, self.scale, self.bagging_scale,
            self.label, self.rfid,
        ):  # fmt: skip
            if host is not None:
                host.driver.close()
                host.close()
        if self.drawer is not None:
            self.drawer.close()
        self.printer.close()


def _bench(devices: Devices, folder: Path | None) -> Bench:
    return Bench(
        folder and folder / "simulators",
        poi_protocol=devices.poi_protocol,
        scale_protocol=devices.scale_protocol,
        scanner_personality=devices.scanner_speaks,
        printer_profile=devices.printer_profile,
    )
