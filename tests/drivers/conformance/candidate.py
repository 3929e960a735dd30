"""What the kit has to know of a driver: one small class for each, listed in register.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from drivers.base import Health, Status
from drivers.simulation import SimulatedDevice
from drivers.transports.base import Transport

Connect = Callable[[], Transport]
Monotonic = Callable[[], float]

OPEN_S = 5.0
"""What the kit gives a driver to open."""
REAL = 20.0
"""Times as long are the waits where time is real."""


@dataclass(frozen=True)
class Truth:
    """A knob is turned, and this is what the driver must say from then on."""

    knob: str
    health: Health
    reasons: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


class Candidate(ABC):
    """A driver and its simulator. Made anew for every test, so it may remember what it did."""

    name: str
    """Its line in drivers/registry.py."""
    truths: tuple[Truth, ...] = ()
    """Knobs that change what the driver says, in an order in which a person might turn them."""
    beside: ClassVar[Mapping[str, str]] = {}
    """Every other knob, with the reason why it changes nothing that ``status`` says."""
    asks = True
    """Opening asks the device something, so that silence and nonsense are noticed there."""
    hears = True
    """The device has something to say: one that never does is not missed when it is silent."""
    serial = False
    """It may be on a serial line, which is claimed by who opens it."""
    connections = 1
    """How many connections its simulator takes at a time."""
    byte_s = 0.001
    """What a byte takes on its slowest line: 9600 baud, unless its line is another."""
    times = 1.0
    """Of the waits below, where time is real: a busy machine stands still for seconds."""
    use_s = 5.0
    """What ``use`` gives the driver altogether."""
    grace_s = 0.0
    """How long after its deadline a call may come back: what the driver waits to settle a doubt."""

    @abstractmethod
    def device(self, monotonic: Monotonic, memory: Path | None = None) -> SimulatedDevice:
        """Return a new simulator; ``memory`` is the file of what it keeps without power."""

    @abstractmethod
    def driver(self, connect: Connect, monotonic: Monotonic) -> Any:
        """Return a new driver, as after a start of the program; ``connect`` makes a transport."""

    @abstractmethod
    def use(self, driver: Any, device: SimulatedDevice) -> bool:
        """Do the one thing that the device is there for; tell whether it went well."""

    def status(self, driver: Any) -> Status:
        """Ask how the device is."""
        return driver.status(1.0 * self.times)

    def wall_jumps(self, offset_s: float) -> None:
        """The time of day is off by so much from now on; matters to who is given it."""
        del offset_s

    def configuration(self, driver: Any) -> object:
        """Return what the driver knows of its device and must know again after a replug."""
        return getattr(driver, "caps", None)

    def settle(self, driver: Any, device: SimulatedDevice) -> bool:
        """Do what is done after a cut, before anything else; tell whether the state is as it must
        be: nothing said that the device would contradict."""
        return True
