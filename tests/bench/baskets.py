"""From a scan to the published state in baskets of some lines, beyond the commit itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle, islice

from peewee import SqliteDatabase

from terminal.app import build
from tests.bench import shops
from tests.bench.append import Whole
from tests.bench.measure import MS, Row, Sizes, median, percentile

GOAL_LINES = 1000
GOAL_MS = 20.0


class TimedDatabase(SqliteDatabase):
    """Knows how long its last commit took: the disk's part of a scan."""

    last_commit_s = 0.0

    def commit(self) -> object:
        begin = time.perf_counter()
        try:
            return super().commit()
        finally:
            TimedDatabase.last_commit_s = time.perf_counter() - begin


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    for lines in sizes.baskets:
        whole, beyond = asyncio.run(_scans(lines, sizes.rounds))
        name = f"scan to state, basket of {lines:,}"
        yield Row(f"{name}, p50", median(whole) * MS, "ms")
        yield Row(f"{name}, beyond the commit, p50", median(beyond) * MS, "ms")
        goal = GOAL_MS if lines == GOAL_LINES else None
        yield Row(f"{name}, beyond the commit, p99", percentile(beyond, 99) * MS, "ms", goal)


async def _scans(lines: int, count: int) -> tuple[list[float], list[float]]:
    """Measure the scans that follow ``lines`` lines, a tenth more at most, then begin again."""
    folder = shops.shop("basket")
    articles = cycle(shops.pieces(folder, 200))
    whole_s: list[float] = []
    beyond_s: list[float] = []
    async with build(folder, database_factory=TimedDatabase) as running:
        await running.ready()
        till = Whole(running)
        await till.sign_on()
        while len(whole_s) < count:
            await till.fill(islice(articles, lines))
            for _ in range(max(1, lines // 10)):
                taken, _ = await till.submit(next(articles))
                whole_s.append(taken)
                beyond_s.append(taken - TimedDatabase.last_commit_s)
            await till.cancel()
    return whole_s, beyond_s
