"""A candidate of the kit with its simulator, on wires inside the process where no time passes."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.serve import SimulatorServer
from drivers.serve_line import LineServer
from drivers.simulation import SimulatedDevice
from drivers.transports.address import open_transport
from drivers.transports.base import Transport
from drivers.transports.instant import InstantTransport, WaitingClock
from tests.drivers.conformance.candidate import OPEN_S, REAL, Candidate
from tests.drivers.conformance.register import CANDIDATES

FULL = os.environ.get("REPRISE_EXPLORE") == "full"


@dataclass
class Rig:
    """One driver and its device; ``around`` is put between them."""

    candidate: Candidate
    clock: WaitingClock = field(default_factory=WaitingClock)
    around: Callable[[Transport], Transport] = lambda wire: wire

    def __post_init__(self) -> None:
        # the device does not make time pass by looking at the clock
        self.device: SimulatedDevice = self.candidate.device(lambda: self.clock.now_s)
        self.driver = self.new_driver()

    def connect(self) -> Transport:
        wire = InstantTransport(self.device.connect(), self.clock, self._due)
        return self.around(wire)

    def _due(self) -> float | None:
        with self.device.changed:
            return self.device.advance()

    def new_driver(self) -> Any:
        """Return a driver as after a start of the program."""
        return self.candidate.driver(self.connect, self.clock)

    def open(self) -> None:
        self.driver.open(OPEN_S)

    def works(self) -> bool:
        return self.candidate.use(self.driver, self.device)

    def opens_and_works(self) -> bool:
        self.open()
        return self.works()

    def status(self):
        return self.candidate.status(self.driver)

    def settles(self) -> bool:
        return self.candidate.settle(self.driver, self.device)


@pytest.fixture(params=CANDIDATES, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> type[Candidate]:
    """The class of a candidate."""
    return request.param


@pytest.fixture
def candidate(kind: type[Candidate]) -> Candidate:
    return kind()


@pytest.fixture
def new_rig(kind: type[Candidate]) -> Callable[..., Rig]:
    """Return a function that makes the candidate anew, with other wires if asked."""

    def make(around: Callable[[Transport], Transport] = lambda wire: wire, clock=None) -> Rig:
        return Rig(kind(), clock or WaitingClock(), around)

    return make


@pytest.fixture
def clock() -> WaitingClock:
    return WaitingClock()


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    return new_rig()


@pytest.fixture
def full() -> bool:
    """The long set is asked for (make explore)."""
    return FULL


@pytest.fixture
def seed(kind: type[Candidate]) -> int:
    """A number of the driver's own: chance is the same every day."""
    return zlib.crc32(kind.name.encode())


class Serving:
    """Serves a device to others: over ``tcp``, or on a ``pty``."""

    def __init__(self) -> None:
        self._servers: list[SimulatorServer | LineServer] = []

    def __call__(
        self, candidate: Candidate, device: SimulatedDevice, way: str
    ) -> Callable[[], Transport]:
        """Begin, and return what makes a transport to the device."""
        candidate.times = REAL
        self._servers.append(
            SimulatorServer(device, connections=candidate.connections)
            if way == "tcp"
            else LineServer(device)
        )
        address = self.address()
        return lambda: open_transport(address, {})

    def address(self) -> str:
        """The address of what was served last."""
        return self._servers[-1].address

    def close(self) -> None:
        for server in self._servers:
            server.close()


@pytest.fixture
def serve() -> Iterator[Serving]:
    serving = Serving()
    before = set(threading.enumerate())
    yield serving
    serving.close()
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended
