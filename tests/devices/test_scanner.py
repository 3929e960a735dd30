"""The scanner as a shop sets it: which driver, which layout, and a gate that keeps nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drivers.scanner.base import LOST, Scan
from drivers.scanner.hidpos import HidPosScanner
from drivers.scanner.keyboard import KeyboardScanner
from drivers.scanner.layouts import CALIBRATION, LAYOUTS
from drivers.scanner.serial import SerialScanner
from drivers.scanner.serial_protocol import SUFFIXES
from drivers.scanner.simulator import PERSONALITIES, ScannerSimulator
from drivers.simulators import Bench
from terminal import config as configuration
from terminal.device_settings import Devices, check_scanner
from terminal.devices.hub import Hub
from terminal.devices.scanner import keep_layout, learned_layout, scanner
from terminal.settings import ConfigError

PATIENCE_S = 60


@pytest.mark.parametrize(
    ("devices", "speaks"),
    [
        (Devices(scanner="serial:/dev/ttyACM0"), "serial"),
        (Devices(scanner="tcp:10.0.0.4:4001"), "serial"),
        (Devices(scanner="hidraw:/dev/hidraw0"), "hidpos"),
        (Devices(scanner="evdev:/dev/input/event3"), "keyboard"),
        (Devices(), "serial"),
        (Devices(scanner_mode="hidpos"), "hidpos"),
        (Devices(scanner="tcp:10.0.0.4:4001", scanner_mode="keyboard"), "keyboard"),
    ],
)
def test_the_address_or_the_mode_says_what_a_scanner_speaks(devices, speaks):
    check_scanner(devices)
    assert devices.scanner_speaks == speaks


@pytest.mark.parametrize(
    ("mode", "driver"),
    [("serial", SerialScanner), ("hidpos", HidPosScanner), ("keyboard", KeyboardScanner)],
)
def test_each_way_of_speaking_has_its_driver(tmp_path, mode, driver):
    devices = Devices(scanner_mode=mode)
    bench = Bench(scanner_personality=mode)
    host = scanner(devices, bench.simulators, tmp_path / "layout")
    assert type(host.driver) is driver
    host.driver.open(1)
    bench.control("scanner", "scan", code="4006381333931")
    assert host.driver.read(1) == Scan("4006381333931")


@pytest.mark.parametrize("setting", ["hidraw:/dev/hidraw0", "evdev:/dev/input/event3"])
def test_a_mode_that_contradicts_the_address_is_refused_with_its_key(setting):
    with pytest.raises(ConfigError, match="is always") as refused:
        check_scanner(Devices(scanner=setting, scanner_mode="serial"))
    assert refused.value.key == "devices.scanner_mode"


def test_the_settings_offer_what_the_drivers_know():
    """The settings are written without loading a driver."""
    for name, known in (
        ("scanner_layout", ("auto", *LAYOUTS)),
        ("scanner_suffix", SUFFIXES),
        ("scanner_mode", ("auto", *PERSONALITIES)),
    ):
        for value in known:
            config = configuration.with_settings(
                configuration.defaults(), {f"devices.{name}": value}
            )
            assert getattr(config.devices, name) == value


@pytest.mark.parametrize(("typed", "kept"), [("0", 0), ("300", 300), ("800", 800)])
def test_the_guard_against_double_reads_is_off_or_within_bounds(typed, kept):
    settings = {"devices.scanner_same_ms": typed}
    config = configuration.with_settings(configuration.defaults(), settings)
    assert config.devices.scanner_same_ms == kept


@pytest.mark.parametrize("typed", ["299", "801", "-1", "yes"])
def test_the_guard_refuses_what_would_swallow_articles(typed):
    with pytest.raises(ConfigError, match="0, or a whole number from 300 to 800"):
        configuration.with_settings(configuration.defaults(), {"devices.scanner_same_ms": typed})


@pytest.mark.parametrize(
    ("written", "layout"), [(b"fr\n", "fr"), (b"dvorak\n", "us"), (b"\xff\xfe", "us"), (b"", "us")]
)
def test_a_layout_is_believed_only_when_it_is_one(tmp_path, written, layout):
    memory = tmp_path / "layout"
    memory.write_bytes(written)
    assert learned_layout(memory) == layout


def test_a_layout_is_kept_and_a_folder_that_is_gone_is_no_crash(tmp_path):
    assert learned_layout(tmp_path / "layout") == "us"
    keep_layout(tmp_path / "layout", "be")
    assert learned_layout(tmp_path / "layout") == "be"
    keep_layout(tmp_path / "gone" / "layout", "be")
    assert [path.name for path in tmp_path.iterdir()] == ["layout"]


def test_a_shop_without_a_scanner_has_none(tmp_path):
    host = scanner(Devices(scanner=""), {}, tmp_path / "layout")
    assert (host.driver, host.status.health, host.statistics) == (None, "absent", {"refused": 0})


class Listener:
    """A host that listens on a loop, and what it heard."""

    def __init__(self, tmp_path, personality="serial"):
        self.simulator = ScannerSimulator(personality=personality)
        devices = Devices(scanner_mode=personality)
        self.host = scanner(devices, {"scanner": self.simulator}, tmp_path / "layout")
        self.heard: asyncio.Queue[Scan | str] = asyncio.Queue()
        self.host.deliver = self.heard.put_nowait
        self.host.refuse = self.heard.put_nowait

    async def hears(self, count):
        """Wait until so much was heard, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            return [await self.heard.get() for _ in range(count)]

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.host.start(loop)
        assert await loop.run_in_executor(None, self._is_heard)
        return self

    def _is_heard(self):
        with self.simulator.changed:
            return self.simulator.changed.wait_for(
                lambda: self.simulator.look()["listened_to"], PATIENCE_S
            )

    async def __aexit__(self, *_):
        await asyncio.get_running_loop().run_in_executor(None, self.host.stop)

    def scan(self, code):
        self.simulator.control("scan", code=code)


def test_what_is_scanned_while_the_gate_is_closed_is_never_delivered(tmp_path):
    """S5: not then, and not when the gate opens before the loop has come to it."""

    async def story():
        async with Listener(tmp_path) as listener:
            listener.scan("11111")
            assert await listener.hears(1) == [Scan("11111")]
            listener.host.gate = "question_open"
            listener.scan("22222")
            assert await listener.hears(1) == ["question_open"]
            listener.scan("33333")
            while listener.host.refused < 2:  # the loop stands still: nothing is handed over yet
                assert listener.heard.empty()
            listener.host.gate = ""
            listener.scan("44444")
            assert await listener.hears(2) == ["question_open", Scan("44444")]
            assert listener.host.statistics["refused"] == 2

    asyncio.run(story())


def test_a_symbol_of_which_a_part_is_lost_asks_for_another_try(tmp_path):
    """S3, up to the person who scanned."""

    async def story():
        async with Listener(tmp_path, "keyboard") as listener:
            listener.simulator.control("lose", pieces=2)
            listener.scan("11111")
            listener.scan("22222")
            assert await listener.hears(2) == ["rescan", Scan("22222")]
            assert listener.host.statistics["dropped"] == 1

    asyncio.run(story())


def test_the_calibration_code_is_kept_before_anybody_is_told(tmp_path):
    async def story():
        async with Listener(tmp_path, "keyboard") as listener:
            listener.simulator.control("layout", name="be")
            listener.scan(CALIBRATION)
            (scan,) = await listener.hears(1)
            assert (scan.layout, learned_layout(tmp_path / "layout")) == ("be", "be")
            listener.scan("AZQW12345-")
            assert await listener.hears(1) == [Scan("AZQW12345-")]

    asyncio.run(story())


def test_the_hub_gives_the_simulated_scanner_the_way_of_speaking_that_is_set(tmp_path):
    from terminal.clock import SystemClock

    config = configuration.defaults()
    config = replace(config, devices=replace(config.devices, scanner_mode="hidpos"))
    hub = Hub.build(config, tmp_path, SystemClock("Europe/Paris", "04:00"))
    assert hub.bench.look("scanner")["personality"] == "hidpos"
    assert type(hub.scanner.driver) is HidPosScanner
    assert LOST.dropped
