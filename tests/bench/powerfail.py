"""From the power-fail line to the safe state: no new payment, recorded, the log checkpointed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle

from terminal.app import Running, build
from tests.bench import shops
from tests.bench.append import Whole
from tests.bench.measure import MS, Row, Sizes, median, percentile

GOAL_MS = 500
LINES = 10


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure, with an open sale and its lines still in the log each time."""
    samples = asyncio.run(_failures(sizes))
    yield Row("power fails to safe state, p50", median(samples) * MS, "ms")
    yield Row("power fails to safe state, p99", percentile(samples, 99) * MS, "ms", GOAL_MS,
              "the line must hold for 50 ms")  # fmt: skip


async def _failures(sizes: Sizes) -> list[float]:
    folder = shops.shop("powerfail")
    articles = cycle(shops.pieces(folder, 200))
    async with build(folder) as running:
        await running.ready()
        whole = Whole(running)
        await whole.sign_on()
        found = []
        for _ in range(max(2, sizes.starts)):
            for _ in range(LINES):
                await whole.record(next(articles))
            found.append(await _fail_once(running))
        await whole.cancel()
    return found


async def _fail_once(running: Running) -> float:
    bench, power = running.hub.bench, running._power
    begin = time.perf_counter()
    bench.control("power", "fail")
    await power.safe.wait()
    took = time.perf_counter() - begin
    assert running.state.power_failed_at_ms
    bench.control("power", "restore")
    back = asyncio.Event()
    forget = running.subscribe(lambda: running.state.power_failed_at_ms or back.set())
    while running.state.power_failed_at_ms:
        await back.wait()
    forget()
    return took
