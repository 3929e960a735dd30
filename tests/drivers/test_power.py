"""The power-fail line: when it is believed, and how fast."""

from __future__ import annotations

import threading

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.errors import Unplugged
from drivers.pins.gpio import GpioPins
from drivers.power.base import Supply
from drivers.power.pin_monitor import PinPowerMonitor
from drivers.power.simulator import PowerSimulator
from drivers.power.supply import HOLD_MS, SupplyFilter
from drivers.simulation import UnknownAction

MAINS, BATTERY = Supply(True), Supply(False)


@pytest.mark.parametrize(
    ("samples", "news"),
    [
        ([(False, 0)], [MAINS]),
        ([(True, 0)], [BATTERY]),
        ([(False, 0), (True, 10), (True, 10 + HOLD_MS)], [MAINS, BATTERY]),
        ([(False, 0), (True, 10), (False, 20), (True, 30), (True, 70)], [MAINS]),
        ([(True, 0), (False, 10), (False, 90), (False, 200)], [BATTERY, MAINS]),
        ([(False, 0), (True, 10), (True, 10 + HOLD_MS - 1)], [MAINS]),
    ],
)
def test_the_line_is_believed_when_it_holds(samples, news):
    supply = SupplyFilter()
    told = [supply.sample(failed, at_ms) for failed, at_ms in samples]
    assert [one for one in told if one is not None] == news


def test_the_time_that_remains_is_news_in_steps():
    supply = SupplyFilter()
    told = [supply.sample(True, n * 1000, 60 - n) for n in range(25)]
    assert [one.remaining_s for one in told if one is not None] == [60, 50, 40]


def test_mains_fail_and_return_at_the_simulator():
    simulator = PowerSimulator()
    monitor = PinPowerMonitor(simulator.pins())
    monitor.open(1)
    assert monitor.read(0) == MAINS
    assert monitor.read(0) is None
    simulator.control("fail", reserve_s=300)
    assert monitor.read(5) == Supply(False, 300)
    simulator.control("restore")
    assert monitor.read(5) == MAINS
    simulator.control("unplug")
    with pytest.raises(Unplugged):
        monitor.read(5)
    simulator.control("plug")
    monitor.open(1)
    assert monitor.read(0) == MAINS
    with pytest.raises(UnknownAction):
        simulator.control("fail", reserve_s=-1)
    monitor.close()


@pytest.mark.parametrize(
    ("active_low", "pull", "failed_is_high"),
    [
        (True, "up", False),
        (True, "none", False),
        (False, "none", True),
        (False, "down", True),
        (False, "up", True),
    ],
)
def test_the_pin_means_what_the_address_says(active_low, pull, failed_is_high):
    factory = MockFactory()
    pin = factory.pin(4)
    monitor = PinPowerMonitor(
        GpioPins(factory, {}, {"failed": 4}, active_low=active_low, pull=pull)
    )

    def drive(high: bool) -> None:
        (pin.drive_high if high else pin.drive_low)()

    monitor.open(1)
    drive(not failed_is_high)
    assert monitor.read(0) == MAINS
    drive(failed_is_high)
    assert monitor.read(5) == BATTERY
    drive(not failed_is_high)
    assert monitor.read(5) == MAINS
    monitor.close()


def test_closing_wakes_a_reader():
    simulator = PowerSimulator()
    monitor = PinPowerMonitor(simulator.pins())
    monitor.open(1)
    monitor.read(0)
    ended = threading.Event()

    def read() -> None:
        with pytest.raises(Unplugged):
            monitor.read(60)
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    monitor.close()
    thread.join(10)
    assert ended.is_set()
