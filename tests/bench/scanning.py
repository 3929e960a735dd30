"""From the last byte of a scan to its event on the loop, for each kind of scanner.

The scanner stands behind a socket and types, reports or sends at once; the clock runs from the
trigger until the loop has the scan, so that socket, thread and decoder are in the figure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from drivers.scanner.simulator import PERSONALITIES, ScannerSimulator
from drivers.serve import SimulatorServer
from terminal.device_settings import Devices
from terminal.devices.scanner import scanner
from tests.bench.measure import MS, Row, Sizes, median, percentile

GOAL_MS = 20
CODE, AIM = "4006381333931", "]E0"
PATIENCE_S = 10


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    for kind in PERSONALITIES:
        taken = asyncio.run(_scans(kind, sizes.rounds))
        yield Row(f"scan end to event, {kind}, p50", median(taken) * MS, "ms")
        yield Row(f"scan end to event, {kind}, p99", percentile(taken, 99) * MS, "ms", GOAL_MS)


async def _scans(kind: str, count: int) -> list[float]:
    """Return the seconds that each scan took."""
    simulator = ScannerSimulator(personality=kind)
    server = SimulatorServer(simulator)
    devices = Devices(scanner=server.address, scanner_mode=kind)
    host = scanner(devices, {}, Path("scanner-layout"))
    heard: asyncio.Queue[float] = asyncio.Queue()
    host.deliver = lambda _: heard.put_nowait(time.perf_counter())
    host.start(asyncio.get_running_loop())
    taken = []
    try:
        async with asyncio.timeout(PATIENCE_S + count):
            await asyncio.get_running_loop().run_in_executor(None, _wait_for_line, simulator)
            for _ in range(count):
                begin = time.perf_counter()
                simulator.control("scan", code=CODE, aim=AIM)
                taken.append(await heard.get() - begin)
    finally:
        await asyncio.get_running_loop().run_in_executor(None, host.stop)
        server.close()
    return taken


def _wait_for_line(simulator: ScannerSimulator) -> None:
    with simulator.changed:
        simulator.changed.wait_for(lambda: simulator.look()["listened_to"], PATIENCE_S)
