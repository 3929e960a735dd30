"""What the devices around a till must do: drivers.display, drivers.lights, drivers.power, and a
drawer on pins.  Each driver against its simulator; the display on a line and over TCP as well.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Health
from drivers.drawer.gpio import GpioDrawer
from drivers.errors import DriverError, TransportError, Unplugged
from drivers.lights.base import Lamp, LampPattern
from drivers.power.base import Supply
from drivers.registry import driver_class
from drivers.serve import SimulatorServer
from drivers.serve_line import LineServer
from drivers.simulators import Bench
from drivers.transports.address import open_transport

OPEN = LampPattern(green=Lamp.ON)


class Display:
    """A display of one command set over one kind of wire."""

    role = "display"

    def __init__(self, protocol: str, wire: str) -> None:
        self.protocol, self.wire = protocol, wire
        self.server: SimulatorServer | LineServer | None = None
        self._shown = 0

    def driver(self, bench: Bench) -> Any:
        if self.wire == "sim":
            return driver_class(self.protocol)(bench.display.connect())
        self.server = (SimulatorServer if self.wire == "tcp" else LineServer)(bench.display)
        return driver_class(self.protocol)(open_transport(self.server.address, {}))

    def works(self, driver: Any, bench: Bench) -> bool:
        self._shown += 1
        said = f"text {self._shown}"
        driver.show((said, "below"), 1)
        with bench.display.changed:
            return bench.display.changed.wait_for(
                lambda: [row.rstrip() for row in bench.look("display")["rows"]] == [said, "below"],
                5,
            )

    def use(self, driver: Any) -> None:
        """Over TCP a server still answers, and what is written may still find a buffer."""
        driver.open(1)
        driver.show(("gone", ""), 1)
        if _sooner_or_later(lambda: driver.poll(0.2).health is Health.ABSENT):
            raise Unplugged("the look at the line says so")

    def close(self) -> None:
        if self.server is not None:
            self.server.close()


class Tower:
    role = "lights"

    def driver(self, bench: Bench) -> Any:
        return driver_class("light-tower")(bench.lights.pins())

    def works(self, driver: Any, bench: Bench) -> bool:
        driver.show(OPEN)
        return bool(bench.look("lights")["green"])

    def use(self, driver: Any) -> None:
        driver.show(LampPattern(red=Lamp.ON))

    def close(self) -> None: ...


class Reserve:
    role = "power"

    def driver(self, bench: Bench) -> Any:
        return driver_class("pin-power")(bench.power.pins())

    def works(self, driver: Any, bench: Bench) -> bool:
        bench.control("power", "restore")
        while driver.read(0) is not None:
            pass
        bench.control("power", "fail")
        failed = driver.read(5)
        bench.control("power", "restore")
        return failed == Supply(False) and driver.read(5) == Supply(True)

    def use(self, driver: Any) -> None:
        driver.read(0)

    def close(self) -> None: ...


class PinDrawer:
    role = "drawer"

    def driver(self, bench: Bench) -> Any:
        made = driver_class("gpio-drawer")
        assert made is GpioDrawer
        return made(bench.drawer.pins(), pulse_ms=20)

    def works(self, driver: Any, bench: Bench) -> bool:
        bench.control("drawer", "close")
        driver.kick(2)
        return bench.look("drawer")["state"] == "open" and driver.sensor() is True

    def use(self, driver: Any) -> None:
        driver.kick(2)

    def close(self) -> None: ...


KINDS: dict[str, Callable[[], Any]] = {
    **{
        f"{protocol} {wire}": lambda protocol=protocol, wire=wire: Display(protocol, wire)
        for protocol in ("dm-d", "cd5220")
        for wire in ("sim", "tcp", "pty")
    },
    "lights": Tower,
    "power": Reserve,
    "drawer": PinDrawer,
}


@pytest.fixture
def counter() -> Bench:
    return Bench()


@pytest.fixture(params=KINDS)
def kind(request) -> Iterator[Any]:
    before = set(threading.enumerate())
    kind = KINDS[request.param]()
    yield kind
    kind.close()
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended


def test_it_works(kind, counter):
    driver = kind.driver(counter)
    assert driver.open(1).health is Health.READY
    assert kind.works(driver, counter)
    driver.close()


def test_opening_and_closing_leaks_nothing(kind, counter):
    """C1: a hundred cycles, closed twice each."""
    driver = kind.driver(counter)
    driver.open(1)
    driver.close()
    descriptors, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(100):
        driver.open(1)
        driver.close()
        driver.close()
    assert abs(len(list(Path("/proc/self/fd").iterdir())) - descriptors) <= 2
    assert threading.active_count() - threads <= 2


def test_an_unplugged_device_is_noticed_and_comes_back(kind, counter):
    """C3 and C4; a line made of software stays there without its device, as a real one does."""
    driver = kind.driver(counter)
    driver.open(1)
    on_a_line = isinstance(kind, Display) and kind.wire == "pty"
    for _ in range(5):
        counter.control(kind.role, "unplug")
        if not on_a_line:
            with pytest.raises(DriverError):
                kind.use(driver)
        counter.control(kind.role, "plug")
        if on_a_line:
            assert _sooner_or_later(lambda: counter.display._wire is not None)
        driver.open(1)
        assert kind.works(driver, counter)
    driver.close()


def _sooner_or_later(there: Callable[[], bool]) -> bool:
    pause = threading.Event()
    return any(there() or pause.wait(0.02) for _ in range(3000))


@pytest.mark.parametrize("role", ["display", "lights", "drawer"])
def test_health_is_about_the_last_answer(role, counter):
    """C10: a look at an unplugged device says ABSENT, and never raises."""
    kind = {"display": lambda: Display("dm-d", "sim"), "lights": Tower, "drawer": PinDrawer}[role]()
    driver = kind.driver(counter)
    driver.open(1)
    assert driver.poll(1).health is Health.READY
    counter.control(role, "unplug")
    assert driver.poll(1).health is Health.ABSENT
    assert driver.poll(1).reasons == ("unplugged",)
    with pytest.raises(TransportError):
        driver.open(1)
    driver.close()


def test_unplugged_in_the_middle_of_a_text_it_comes_back_whole(counter):
    """C3: the cable goes at every byte of a text; the next one after the return is right."""
    for protocol in ("dm-d", "cd5220"):
        driver = driver_class(protocol)(counter.display.connect())
        for at in range(48):
            counter.control("display", "plug")
            driver.open(1)
            counter.control("display", "unplug_after", bytes=at)
            with pytest.raises(TransportError):
                _show_twice(driver)
            counter.control("display", "plug")
            driver.open(1)
            driver.show(("whole", "again"), 1)
            assert counter.look("display")["rows"] == ["whole".ljust(20), "again".ljust(20)]
        driver.close()


def _show_twice(driver: Any) -> None:
    for _ in range(2):
        driver.show(("x" * 20, "y" * 20), 1)


def test_a_display_that_talks_is_not_listened_to(counter):
    """C5: a megabyte of noise on the way back changes nothing."""
    driver = driver_class("dm-d")(counter.display.connect())
    driver.open(1)
    noise = random.Random(7).randbytes(1_000_000)
    for at in range(0, len(noise), 4096):
        with counter.display.changed:
            counter.display._say(noise[at : at + 4096])
        assert driver.poll(1).health is Health.READY
    driver.show(("still", "here"), 1)
    assert counter.look("display")["rows"][0].rstrip() == "still"
    driver.close()
