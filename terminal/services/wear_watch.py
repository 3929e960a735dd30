"""Watches what the card has to take: bytes written, and how long its commits last.

The early warning is about change: a card that grows slow has begun to fail, or was never fit for a
till.  Nothing here is on the path of a sale, and the diary is written a few times an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terminal.appliance import wear, wear_log
from terminal.appliance.wear_log import Reading, WearLog
from terminal.clock import Clock
from terminal.core.events import SaleCompleted
from terminal.journal.latency import CommitTimes, Percentiles
from terminal.services.bus import Changed
from terminal.services.session import Session
from terminal.services.standing import Standing
from terminal.storage_settings import Storage

log = logging.getLogger(__name__)

LOOK_S = 60.0
SAVE_S = 900.0
"""Between two writings of the diary: four kilobytes, a hundred times a day."""
LONG_S = 3600.0
"""Slow for so long: a card that tidies itself up is slow for minutes."""
RISE = 4
"""Times slower than in its first week: what a worn card does before it fails."""
RISE_FLOOR_US = 20_000
"""Below this a rise means nothing: 20 ms is what a good SD card takes."""
FEWEST = 100
"""Commits that a percentile is worth something from."""
WORN_DAYS = 90
"""Days before the end of the card's life on paper that a new one is asked for."""
SLOW, WORN = "storage_slow", "storage_worn"


@dataclass(frozen=True, slots=True)
class CardFigures:
    """The card in figures, for a service screen: small, and of this moment."""

    recent: Percentiles
    today: Percentiles
    usual_p99_us: int
    """Of its first week; 0 until that is over."""
    bytes_per_day: int
    bytes_per_sale: int
    bytes_total: int
    """Counted since this diary began."""
    days_left: int | None
    """By the maker's endurance; None when it is not set or nothing was counted."""
    slow: bool


class WearWatch:
    """Keeps the diary of one card; ``run`` is a supervised task."""

    def __init__(
        self,
        session: Session,
        commit_times: CommitTimes,
        *,
        folder: Path,
        settings: Storage,
        clock: Clock,
        root: Path = Path("/"),
    ) -> None:
        self.may_write: Callable[[], bool] = lambda: True
        """False while the disk has no room for what is not a sale."""
        self._session = session
        self._times = commit_times
        self._settings = settings
        self._clock = clock
        self._root = root
        self._path = folder / wear_log.FILE
        self._folder = folder
        self._standing = Standing(session)
        self._log = WearLog()
        self._sales = 0
        self._process_mark: int | None = None
        self._saved_s: float | None = None
        self._slow_since: float | None = None
        self._loaded = False

    def hear(self, change: Changed) -> None:
        """Count sales."""
        self._sales += sum(isinstance(event, SaleCompleted) for event in change.events)

    async def run(self) -> None:
        """Look every LOOK_S seconds, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)  # a start does not wait for a diary
            await self.look()

    async def look(self, *, save: bool = False) -> None:
        """Read the counters, warn when there is cause, and now and then write the diary."""
        loop = asyncio.get_running_loop()
        now_s = self._clock.monotonic_s()
        await loop.run_in_executor(None, self._read, *self._day_and_sales())
        due = self._saved_s is None or now_s - self._saved_s >= SAVE_S
        if (due or save) and self.may_write():
            self._saved_s = now_s
            await loop.run_in_executor(None, self._save)
        await self._standing.keep(SLOW, self._slowness(now_s))
        await self._standing.keep(WORN, self._wornness())

    async def close(self) -> None:
        """Write the diary: the next start goes on from it."""
        if self.may_write():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._read, *self._day_and_sales())
            await loop.run_in_executor(None, self._save)

    def _day_and_sales(self) -> tuple[str, int]:
        sales, self._sales = self._sales, 0
        return self._session.moment().business_date, sales

    def figures(self) -> CardFigures:
        """Return the figures of this moment."""
        diary = self._log
        return CardFigures(
            recent=self._times.recent(),
            today=self._times.of_day()[1],
            usual_p99_us=diary.usual_p99_us,
            bytes_per_day=diary.per_day(),
            bytes_per_sale=diary.per_sale(),
            bytes_total=max(diary.disk_total, diary.process_total),
            days_left=self._days_left(),
            slow=self._slow_since is not None,
        )

    def _read(self, day: str, sales: int) -> None:
        if not self._loaded:
            self._log = wear_log.load(self._path)
            self._loaded = True
        written = wear.read_process(self._root) or 0
        mark, self._process_mark = self._process_mark, written
        since = written - mark if mark is not None and written >= mark else written
        reading = Reading(
            day=day,
            boot_id=wear.read_boot_id(self._root),
            disk_bytes=wear.read_disk(wear.disk_of(self._folder, self._root)),
            process_bytes=since,
            sales=sales,
        )
        diary = self._log.with_reading(reading)
        of_day, took = self._times.of_day()
        if of_day:
            figures = (took.p50_us, took.p95_us, took.p99_us, took.max_us)
            diary = diary.with_commits(of_day, took.count, figures)
        self._log = diary

    def _save(self) -> None:
        try:
            wear_log.save(self._path, self._log)
        except OSError as error:
            log.warning("the card's diary was not written: %s", error)

    def _slowness(self, now_s: float) -> dict[str, str | int] | None:
        recent, usual = self._times.recent(), self._log.usual_p99_us
        limit = self._settings.slow_commit_ms * 1000
        if usual:
            limit = min(limit, max(RISE_FLOOR_US, RISE * usual))
        if recent.count < FEWEST or recent.p99_us <= limit:
            self._slow_since = None
            return None
        if self._slow_since is None:
            self._slow_since = now_s
        if now_s - self._slow_since < LONG_S:
            return None
        details: dict[str, str | int] = {"slow_ms": max(1, recent.p99_us // 1000)}
        return details | ({"usual_ms": max(1, usual // 1000)} if usual else {})

    def _days_left(self) -> int | None:
        diary = self._log
        total = max(diary.disk_total, diary.process_total)
        return wear.days_left(diary.per_day(), total, self._settings.endurance_gb)

    def _wornness(self) -> dict[str, str | int] | None:
        left = self._days_left()
        return None if left is None or left > WORN_DAYS else {"days": left}
