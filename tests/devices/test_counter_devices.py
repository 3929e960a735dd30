"""Display, lamps, power line and drawer as configured: on pins, and refused with their keys."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.drawer.base import DrawerState
from drivers.lights.base import Lamp, LampPattern
from drivers.pins.gpio import pi_factory
from drivers.power.base import Supply
from drivers.simulators import Bench
from terminal.config import defaults
from terminal.devices.display import customer_display
from terminal.devices.drawer import cash_drawer
from terminal.devices.host import DeviceHost
from terminal.devices.lights import light_tower
from terminal.devices.power import power_monitor
from terminal.devices.recorders import Recorders
from terminal.settings import ConfigError

DEVICES = defaults().devices
PRINTER = DeviceHost("printer", None)


@pytest.fixture
def factory():
    factory = MockFactory()
    yield factory
    factory.reset()


def on_pins(**settings: str):
    return replace(DEVICES, **settings)


@pytest.mark.parametrize(("url", "buzzer"), [("gpio:5,6,13,19", True), ("gpio:5,6,13", False)])
def test_a_tower_on_pins_has_a_buzzer_when_four_are_named(factory, url, buzzer):
    host = light_tower(on_pins(lights=url), {}, lambda: factory)
    host.driver.open(1)
    host.driver.show(LampPattern(green=Lamp.ON))
    assert [factory.pin(n).state for n in (5, 6, 13)] == [False, False, True]
    assert (factory.pin(19).function == "output") == buzzer
    host.driver.close()
    host.close()


def test_a_power_line_on_a_pin(factory):
    monitor = power_monitor(on_pins(power="gpio:4?active_low=1&pull=up"), {}, lambda: factory)
    monitor.driver.open(1)
    assert monitor.driver.read(0) == Supply(True)
    factory.pin(4).drive_low()
    assert monitor.driver.read(5) == Supply(False)
    monitor.driver.close()


@pytest.mark.parametrize("sensor", ["", "&sensor=27"])
def test_a_drawer_on_pins(factory, sensor):
    post = cash_drawer(on_pins(drawer=f"gpio:17?pulse_ms=20{sensor}"), PRINTER, {}, lambda: factory)
    post.open_is_high = lambda: True

    async def day() -> list[DrawerState]:
        post.kept.note(await post.kept.call(lambda driver: driver.open(1)))
        await post.kick("monnaie")
        seen = [await post.look()]
        if sensor:
            factory.pin(27).drive_high()
            seen.append(await post.look())
        return seen

    states = asyncio.run(day())
    assert states == ([DrawerState.CLOSED, DrawerState.OPEN] if sensor else [DrawerState.UNKNOWN])
    assert [moment.state for moment in factory.pin(17).states][-2:] == [True, False]
    assert post.status.reasons == (("drawer_open",) if sensor else ())
    post.close()


def test_a_drawer_behind_the_printer_takes_the_pin_that_is_named():
    kicked: list[int] = []

    class Printer:
        def kick(self, pin: int, timeout_s: float) -> None:
            kicked.append(pin)

        def drawer_high(self) -> bool | None:
            return None

    host = DeviceHost("printer", Printer())
    for url in ("sim:drawer", "printer:2", "printer:5"):
        post = cash_drawer(on_pins(drawer=url), host, {})
        asyncio.run(post.kick("monnaie"))
    assert kicked == [2, 2, 5]
    host.close()


NOT_HERE = "cannot be had"


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"lights": "gpio:5,6"}, "devices.lights", "3 to 4 pins"),
        ({"lights": "gpio:5,6,6"}, "devices.lights", "twice"),
        ({"lights": "gpio:5,6,13?pull=up"}, "devices.lights", "no option 'pull'"),
        ({"lights": "sim:printer"}, "devices.lights", "no simulator 'printer' on pins"),
        ({"power": "gpio:4?active_low=yes"}, "devices.power", "active_low is 0 or 1"),
        ({"power": "gpio:99"}, "devices.power", "0 to 27"),
        ({"drawer": "gpio:17?pulse_ms=9000"}, "devices.drawer", "20 to 250"),
        ({"drawer": "gpio:17?sensor=17"}, "devices.drawer", "twice"),
        ({"customer_display": "serial:ttyUSB0"}, "devices.customer_display", "under /dev"),
        ({"customer_display": "sim:nothing"}, "devices.customer_display", "no simulator"),
    ],
)
def test_a_wrong_address_is_refused_with_its_key(factory, settings, key, words):
    devices, simulators = on_pins(**settings), Bench().simulators
    make = {
        "lights": lambda: light_tower(devices, simulators, lambda: factory),
        "power": lambda: power_monitor(devices, simulators, lambda: factory),
        "drawer": lambda: cash_drawer(devices, PRINTER, simulators, lambda: factory),
        "customer_display": lambda: customer_display(devices, simulators, Recorders()),
    }[key.partition(".")[2]]
    with pytest.raises(ConfigError, match=words) as refused:
        make()
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("key", "url"),
    [("lights", "gpio:5,6,13"), ("power", "gpio:4"), ("drawer", "gpio:17")],
)
def test_a_terminal_without_pins_refuses_to_start_and_names_the_line(bare_shop, key, url):
    """Never a silent fall-back: lamps that light nowhere would be believed."""
    pi_factory.cache_clear()
    made = bare_shop.create(f"devices.{key}={url}")

    async def start() -> None:
        async with made.open():
            pass

    with pytest.raises(ConfigError, match=NOT_HERE) as refused:
        asyncio.run(start())
    assert refused.value.key == f"devices.{key}"
    assert refused.value.line > 0
