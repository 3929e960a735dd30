"""What a card has to take: bytes per scan and per sale of ten lines, paper included."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from terminal.app import Running, build
from terminal.core import commands as c
from terminal.core.items import Article
from terminal.services.requests import Pay
from terminal.store.store import DATABASE_NAME
from tests.bench import shops
from tests.bench.append import Whole
from tests.bench.measure import Row, Sizes

LINES = 10
KIB = 1024
SALE_GOAL_KIB = 260
PAPER_S = 30


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    scan_wal, scan_io, sale_wal, sale_io = asyncio.run(_bytes(sizes))
    yield Row("bytes per scan, into the log", scan_wal / KIB, "KiB")
    yield Row("bytes per scan, written by the process", scan_io / KIB, "KiB")
    yield Row("bytes per sale of 10 lines, into the log", sale_wal / KIB, "KiB")
    yield Row("bytes per sale of 10 lines, by the process", sale_io / KIB, "KiB", SALE_GOAL_KIB,
              "checkpoints included")  # fmt: skip


def written() -> int:
    """Return the bytes this process has caused to be sent to the disk."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


async def _bytes(sizes: Sizes) -> tuple[float, ...]:
    folder = shops.shop("wear")
    articles = cycle(shops.pieces(folder, 200))
    log = folder / f"{DATABASE_NAME}-wal"
    async with build(folder) as running:
        await running.ready()
        till = Till(running)
        await till.whole.sign_on()
        await till.sell(articles)
        await till.empty_log()
        await till.whole.record(next(articles))
        size, before = log.stat().st_size, written()
        for _ in range(sizes.rounds):
            await till.whole.record(next(articles))
        scan_log, scan_io = log.stat().st_size - size, written() - before
        await till.whole.cancel()
        await till.empty_log()
        await till.sell(articles)
        sale_log, before = log.stat().st_size, written()
        for _ in range(sizes.sales):
            await till.sell(articles)
        sale_io = written() - before
    return scan_log / sizes.rounds, scan_io / sizes.rounds, sale_log, sale_io / sizes.sales


class Till:
    """A running till that makes whole sales."""

    def __init__(self, running: Running) -> None:
        self.whole = Whole(running)
        self._running = running

    async def empty_log(self) -> None:
        await self._running._writer.ask(lambda store: store.checkpoint(truncate=True))

    async def sell(self, articles: Iterator[Article]) -> None:
        """Sell ten lines for cash, and wait until the receipt is out."""
        for _ in range(LINES):
            await self.whole.record(next(articles))
        await self._running.submit(Pay("cash", 10_000_00))
        await self._printed()
        await self.whole.session.carry_out(c.NextCustomer())

    async def _printed(self) -> None:
        changed = asyncio.Event()
        forget = self._running.subscribe(changed.set)
        async with asyncio.timeout(PAPER_S):
            while self._running.state.print_jobs:
                changed.clear()
                await changed.wait()
        forget()
