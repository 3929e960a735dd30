"""What the tests of drivers share: a bench, a clock to be wound by hand, and wires to try."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.payment.base import Operation, Request
from drivers.payment.concert.channel import Timing
from drivers.payment.concert.simulator.caisse_ap import CaisseApSerialSimulator, CaisseApSimulator
from drivers.payment.concert.simulator.concert_e import ConcertESimulator
from drivers.payment.nexo.driver import AdyenLocalTerminal, NexoTerminal, Pace
from drivers.payment.nexo.requests import Identity
from drivers.payment.nexo.simulator import SIM_KEY, AdyenPoiSimulator, NexoPoiSimulator
from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.payment.waits import Waits
from drivers.payment.zvt.simulator.serial import ZvtSerialPoiSimulator
from drivers.payment.zvt.simulator.terminal import ZvtPoiSimulator
from drivers.printer.profiles import profile_of
from drivers.printer.simulator import printer_simulator
from drivers.registry import driver_class
from drivers.scanner.simulator import ScannerSimulator
from drivers.serve import SimulatorServer
from drivers.simulators import Bench, poi_simulator
from drivers.transports.address import open_transport
from drivers.transports.base import Transport
from drivers.transports.instant import InstantTransport, WaitingClock
from tests.timeless import no_time_passes

SHORT = Waits(connect_s=0.3, answer_s=0.15, recover_s=0.3, retry_s=0.01, slice_s=0.01)


HURRY = Timing(quiet_s=0.04, step_s=0.1, pause_s=0.01, pending_s=5.0)
QUICK_PACE = Pace(silence_s=60, poll_s=0.01)
NEXO_US = Identity("TILL-1", "P400Plus-275039202")

PATIENT = Waits(connect_s=20.0, answer_s=20.0, recover_s=20.0, retry_s=0.01)
"""For sockets, which wait for a busy machine."""


FRENCH = {
    "caisse-ap": lambda: CaisseApSimulator(quiet_s=0.005),
    "caisse-ap-serial": CaisseApSerialSimulator,
    "concert-e": ConcertESimulator,
    "concert-e-plus": ConcertESimulator,
}


PRINTERS = ("star-line", "clone-80")
"""Models that confirm otherwise than by a process id."""


@dataclass
class NexoBench:
    """A simulated nexo terminal, in one of its dialects, and drivers for it."""

    dialect: str
    memory: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.poi: NexoPoiSimulator = (
            AdyenPoiSimulator(self.memory, self.seed)
            if self.dialect == "nexo-local"
            else NexoPoiSimulator(self.memory, self.seed)
        )
        self.control = self.poi.control
        self.look = self.poi.look

    def driver(
        self,
        connect: Callable[[], Transport] | None = None,
        waits: Waits = SHORT,
        pace: Pace = QUICK_PACE,
    ) -> NexoTerminal:
        """Return a new driver, as after a restart of the till; on its own wire no time passes."""
        driver = self._made(connect or self.poi.connect, waits, pace)
        if connect is None:
            no_time_passes(driver, self.poi)
        return driver

    def live(self) -> NexoTerminal:
        """Return a driver for which time passes, for what somebody does while it waits."""
        return self._made(self.poi.connect, PATIENT, QUICK_PACE)

    def _made(self, connect: Callable[[], Transport], waits: Waits, pace: Pace) -> NexoTerminal:
        if self.dialect == "nexo-local":
            return AdyenLocalTerminal(
                connect, NEXO_US, SIM_KEY, lambda: self.now, waits=waits, pace=pace
            )
        return NexoTerminal(connect, NEXO_US, lambda: self.now, waits=waits, pace=pace)

    def ledger(self) -> dict[str, dict[str, object]]:
        """Return what the terminal really did, by reference."""
        return {entry["ref"]: entry for entry in self.control("ledger")["ledger"]}


@pytest.fixture(params=["nexo", "nexo-local"])
def nexo(request: pytest.FixtureRequest) -> NexoBench:
    return NexoBench(request.param)


@pytest.fixture
def nexo_bench() -> type[NexoBench]:
    return NexoBench


class HandClock:
    """A monotonic clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def bench() -> Bench:
    """Return a bench that has a terminal and a scanner of every other protocol as well."""
    bench = Bench()
    others = {name: simulator() for name, simulator in FRENCH.items()}
    german = {"zvt": ZvtPoiSimulator(), "zvt-serial": ZvtSerialPoiSimulator()}
    printers = {model: printer_simulator(profile=profile_of(model)) for model in PRINTERS}
    scanners = {
        f"{kind}-scanner": ScannerSimulator(personality=kind) for kind in ("hidpos", "keyboard")
    }
    bench.simulators = {**bench.simulators, **others, **german, **printers, **scanners}
    return bench


@pytest.fixture
def poi(bench: Bench) -> Iterator[SimplePaymentTerminal]:
    """Return the driver of the bench's own payment terminal, logged in; no time passes."""
    terminal = SimplePaymentTerminal(bench.poi.connect(), SHORT)
    no_time_passes(terminal, bench.poi)
    terminal.open(1)
    yield terminal
    terminal.close()


@pytest.fixture
def live_poi(bench: Bench) -> Iterator[SimplePaymentTerminal]:
    """Return that driver where time passes, for what somebody does while it waits."""
    terminal = SimplePaymentTerminal(bench.poi.connect(), PATIENT)
    terminal.open(20)
    yield terminal
    terminal.close()


@pytest.fixture
def short_waits() -> Waits:
    return SHORT


@pytest.fixture
def patient_waits() -> Waits:
    return PATIENT


@pytest.fixture(params=["sim", "tcp"])
def wire_to(request: pytest.FixtureRequest, bench: Bench) -> Iterator[Callable[[str], Transport]]:
    """Return a function that gives a transport to a device, in the process and over TCP."""
    servers: list[SimulatorServer] = []

    def transport(name: str) -> Transport:
        if request.param == "sim":
            return open_transport(f"sim:{name}", bench.simulators)
        servers.append(SimulatorServer(bench.simulators[name]))
        return open_transport(servers[-1].address, {})

    before = set(threading.enumerate())
    yield transport
    for server in servers:
        server.close()
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended


@pytest.fixture
def sale() -> Callable[..., Request]:
    """Return a function that makes requests, each with a reference of its own."""
    made = iter(range(1, 10**6))

    def request(amount_minor: int = 1234, op: Operation = Operation.PAYMENT) -> Request:
        n = next(made)
        return Request(f"attempt-{n}", f"R{n:06}", op, amount_minor, "EUR")

    return request


@dataclass
class French:
    """A French terminal: a driver by its name in the registry, and its simulator."""

    name: str
    simulator: Any
    waits: Waits = SHORT
    timing: Timing = HURRY
    clock: WaitingClock | None = None
    """Time that passes only by waiting, for driver and simulator alike; None is the real one."""

    @property
    def caisse_ap(self) -> bool:
        """Concert V3: results say more than yes and no."""
        return self.name.startswith("caisse-ap")

    def driver(self, transport: Transport | None = None, **options: Any) -> Any:
        """Return a driver on a wire of its own, on which no time passes, or on the one given."""
        driver = self.live(transport, **options)
        if transport is None and self.clock is None:
            no_time_passes(driver, self.simulator)
        return driver

    def live(self, transport: Transport | None = None, **options: Any) -> Any:
        """Return a driver for which time passes, for what somebody does while it waits."""
        options = {"waits": self.waits, "timing": self.timing, **options}
        wire = transport or self.simulator.connect()
        if self.clock is not None:
            wire = InstantTransport(wire, self.clock, self._due)
            options["monotonic"] = self.clock
        return driver_class(self.name)(wire, **options)

    def _due(self) -> float | None:
        with self.simulator.changed:
            return self.simulator.advance()

    def control(self, action: str, **parameters: Any) -> Any:
        return self.simulator.control(action, **parameters)

    def ledger(self) -> dict[str, Any]:
        """Return what the terminal recorded, by reference."""
        return {entry["ref"]: entry for entry in self.control("ledger")["ledger"]}

    def approvals(self) -> int:
        """Count the charges that the terminal made and did not undo."""
        return sum(entry["state"] in ("approved", "partial") for entry in self.ledger().values())


@pytest.fixture(params=FRENCH)
def french(request: pytest.FixtureRequest) -> French:
    return French(request.param, FRENCH[request.param]())


@pytest.fixture(params=FRENCH)
def timeless(request: pytest.FixtureRequest) -> French:
    """Return a French terminal with the protocol's own times, at which no wait takes any."""
    clock = WaitingClock()
    waits = Waits(connect_s=5.0, answer_s=5.0, recover_s=10.0, retry_s=0.0)
    simulator = poi_simulator(request.param, monotonic=clock)
    return French(request.param, simulator, waits, Timing(), clock)


@pytest.fixture
def caisse_ap() -> French:
    return French("caisse-ap", FRENCH["caisse-ap"]())


@pytest.fixture
def concert_e_plus() -> French:
    return French("concert-e-plus", ConcertESimulator())
