"""A display and a drawer as processes of their own, and what the doctor says of a drawer."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.drawer.printer_kick import PrinterDrawer
from drivers.printer.escpos import EscposPrinter
from drivers.registry import driver_class
from drivers.transports.address import open_transport
from tests.flows.power import switched_on

ROOT = Path(__file__).resolve().parents[2]
TRIES, PAUSE_S = 3000, 0.02


class Alone:
    """One simulated device in another process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.address = json.loads(process.stdout.readline())["address"]

    def turn(self, action: str, **parameters: Any) -> Mapping[str, Any]:
        self._process.stdin.write(json.dumps({"action": action, **parameters}).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def until(self, key: str, value: object) -> bool:
        """Look until it is so: bytes are on their way through another process."""
        pause = threading.Event()
        return any(self.turn("look")[key] == value or pause.wait(PAUSE_S) for _ in range(TRIES))


@contextmanager
def simulated(device: str, listen: str) -> Iterator[Alone]:
    command = [sys.executable, "-m", "terminal", "simulate", device, "--listen", listen]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        try:
            yield Alone(process)
        finally:
            process.terminate()
            process.wait()
    assert process.returncode == 0


@pytest.mark.parametrize("listen", ["tcp:127.0.0.1:0", "pty:"])
@pytest.mark.parametrize("protocol", ["dm-d", "cd5220"])
def test_a_display_by_itself(listen, protocol):
    with simulated("display", listen) as alone:
        display = driver_class(protocol)(open_transport(alone.address, {}))
        display.open(5)
        display.show(("Crème brûlée    3,20", "Total         3,20 €"), 5)
        assert alone.until("rows", ["Crème brûlée    3,20", "Total         3,20 €"])
        assert alone.turn("look")["unknown"] == 0
        display.close()


def test_a_drawer_by_itself_hangs_on_a_printers_wire():
    with simulated("drawer", "tcp:127.0.0.1:0") as alone:
        alone.turn("polarity", open_is_high=False)
        printer = EscposPrinter(open_transport(alone.address, {}))
        drawer = PrinterDrawer(printer)
        printer.open(5)
        assert drawer.sensor() is True
        drawer.kick(5)
        assert alone.until("state", "open")
        printer.poll(5)
        assert drawer.sensor() is False
        alone.turn("close")
        printer.poll(5)
        assert drawer.sensor() is True
        printer.close()


def test_the_doctor_says_that_a_sensor_is_not_learned(shop):
    def drawer_lines() -> list[str]:
        command = [sys.executable, "-m", "terminal", "doctor", "--data", str(shop.data)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        return [line for line in done.stdout.decode().splitlines() if "sensor" in line]

    async def learn() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.until(lambda: till.running.surroundings.device("printer").health == "ready")
            await till.ok("learn_drawer")
            await till.until(lambda: till.running.surroundings.drawer_lesson == "close_it")
            till.knob("drawer", "close")
            await till.until(lambda: till.state.drawer_open_level)

    asyncio.run(learn_nothing(shop))
    first, advice, *_ = drawer_lines()
    assert "not learned" in first
    assert "Learn the sensor" in advice
    asyncio.run(learn())
    assert drawer_lines() == []


async def learn_nothing(shop) -> None:
    """Start once, so that there is a journal to look into."""
    async with switched_on(shop.data):
        pass
