"""On a new machine every scanner is listened to, whichever it is and whenever it is plugged in."""

from __future__ import annotations

import asyncio

import pytest

from drivers.discovery import Discovered
from drivers.errors import Unplugged
from drivers.scanner.simulator import ScannerSimulator
from terminal.devices.any_scanner import MAX_LISTENED, AnyScanner, driver_of

PATIENCE_S = 60
SERIAL = Discovered("serial", "/dev/ttyACM0", 0x05F9, 0x4204)
HIDPOS = Discovered("hidraw", "/dev/hidraw2", 0x0C2E, 0x0B81, roles=("scanner",))


@pytest.mark.parametrize(
    ("device", "driver"),
    [
        (SERIAL, "serial-scanner"),
        (HIDPOS, "hidpos-scanner"),
        (Discovered("evdev", "/dev/input/event3", roles=("scanner",)), None),
        (Discovered("serial", "/dev/ttyUSB0"), None),
        (Discovered("hidraw", "/dev/hidraw0", roles=("scale",)), None),
        (Discovered("usblp", "/dev/usb/lp0", roles=("printer",)), None),
    ],
)
def test_only_what_may_be_a_scanner_with_a_line_of_its_own_is_listened_to(device, driver):
    chosen = driver_of(device)
    assert (chosen and chosen[0]) == driver


class Counter:
    """A shop's counter: simulated scanners by the file each would have, and what was heard."""

    def __init__(self, **simulators: ScannerSimulator) -> None:
        self.plugged: list[Discovered] = []
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.simulators = simulators
        self.scanners = AnyScanner(
            self.heard.put_nowait,
            lambda: list(self.plugged),
            lambda address: simulators[address.partition(":")[0]].connect(),
        )

    async def hears(self, scheme: str, code: str) -> str:
        """Scan as soon as the scanner is listened to; return what came."""
        simulator = self.simulators[scheme]

        def listened() -> bool:
            with simulator.changed:
                return simulator.changed.wait_for(
                    lambda: simulator.look()["listened_to"], PATIENCE_S
                )

        assert await asyncio.to_thread(listened)
        simulator.control("scan", code=code)
        async with asyncio.timeout(PATIENCE_S):
            return await self.heard.get()


@pytest.mark.parametrize("suffix", ["cr", "tab", "etx", "none"])
def test_a_scanner_is_heard_however_it_ends_its_codes(suffix):
    async def story():
        simulator = ScannerSimulator(personality="serial")
        simulator.control("suffix", name=suffix)
        counter = Counter(serial=simulator)
        counter.plugged.append(SERIAL)
        await counter.scanners.look()
        assert await counter.hears("serial", "REPRISE1ABC") == "REPRISE1ABC"
        await counter.scanners.close()

    asyncio.run(story())


def test_two_kinds_are_heard_and_one_that_is_pulled_out_is_let_go():
    async def story():
        counter = Counter(
            serial=ScannerSimulator(personality="serial"),
            hidraw=ScannerSimulator(personality="hidpos"),
        )
        counter.plugged += [SERIAL, HIDPOS]
        await counter.scanners.look()
        assert await counter.hears("serial", "11111") == "11111"
        assert await counter.hears("hidraw", "22222") == "22222"
        counter.plugged.remove(SERIAL)
        await counter.scanners.look()
        assert not counter.simulators["serial"].look()["listened_to"]
        assert await counter.hears("hidraw", "33333") == "33333"
        await counter.scanners.close()
        assert not counter.simulators["hidraw"].look()["listened_to"]

    asyncio.run(story())


def test_a_hub_full_of_lines_is_not_all_opened():
    opened: list[str] = []

    def connect(address: str):
        opened.append(address)
        return ScannerSimulator(personality="serial").connect()

    async def story():
        many = [Discovered("serial", f"/dev/ttyACM{n}") for n in range(3 * MAX_LISTENED)]
        scanners = AnyScanner(lambda _: None, lambda: many, connect)
        await scanners.look()
        await scanners.look()
        await scanners.close()

    asyncio.run(story())
    assert len(opened) == MAX_LISTENED


def test_a_machine_without_udev_has_only_scanners_that_type(caplog):
    def look() -> list[Discovered]:
        raise Unplugged("there is no udev")

    async def story():
        scanners = AnyScanner(lambda _: None, look)
        await scanners.look()
        await scanners.close()

    with caplog.at_level("INFO"):
        asyncio.run(story())
    assert "there is no udev" in caplog.text
