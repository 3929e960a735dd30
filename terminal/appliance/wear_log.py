"""The card's diary: bytes written and commit times of each day, in one small file of bounded size.

It is kept beside the books and is none of them: a file that is missing or cannot be read begins
anew.  It is written a few times an hour, whole, so that the diary itself wears nothing out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from terminal.whole_files import write_whole

FILE = "wear.json"
VERSION = 1
MAX_DAYS = 92
"""A quarter of a year of days; what came before is in the totals."""
FIRST_DAYS = 7
"""Days from which a card's own usual commit time is learned."""
FEWEST_COMMITS = 100
"""A day with fewer says nothing of percentiles."""
MAX_BYTES = 65_536
_RUBBISH = (RecursionError, OverflowError)
"""Raised by JSON that is nested without end, and by its infinite numbers."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one trading day cost."""

    day: str
    process_bytes: int = 0
    """Caused by the terminal itself."""
    disk_bytes: int = 0
    """Written to the whole disk, by everybody."""
    sales: int = 0
    commits: int = 0
    p50_us: int = 0
    p95_us: int = 0
    p99_us: int = 0
    max_us: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters at a moment."""

    day: str
    boot_id: str
    disk_bytes: int | None
    """Since the machine started; None: there is no counter here."""
    process_bytes: int
    """Since the reading before."""
    sales: int
    """Since the reading before."""


@dataclass(frozen=True, slots=True)
class WearLog:
    """The newest days, the totals of all, and what was usual when the card was new."""

    days: tuple[Day, ...] = ()
    disk_total: int = 0
    process_total: int = 0
    first_p99_us: tuple[int, ...] = ()
    """99th percentiles of the first days, at most FIRST_DAYS."""
    boot_id: str = ""
    disk_mark: int = 0
    """The disk's counter at the newest reading of that boot."""

    def with_reading(self, reading: Reading) -> WearLog:
        """Return the diary after a reading."""
        written = self._since(reading)
        day = self._day(reading.day)
        day = replace(
            day,
            process_bytes=day.process_bytes + reading.process_bytes,
            disk_bytes=day.disk_bytes + written,
            sales=day.sales + reading.sales,
        )
        kept = self._put(day)
        mark = self.disk_mark if reading.disk_bytes is None else reading.disk_bytes
        return replace(
            kept,
            disk_total=self.disk_total + written,
            process_total=self.process_total + reading.process_bytes,
            boot_id=reading.boot_id,
            disk_mark=mark,
        )

    def with_commits(self, day: str, commits: int, took: tuple[int, int, int, int]) -> WearLog:
        """Return the diary with a day's commit times (p50, p95, p99, greatest), in microseconds.

        A terminal that starts again counts anew: the run that made more commits stands.
        """
        kept = self._day(day)
        if commits < kept.commits:
            return self
        p50, p95, p99, most = took
        most = max(most, kept.max_us)
        changed = replace(kept, commits=commits, p50_us=p50, p95_us=p95, p99_us=p99, max_us=most)
        return self._put(changed)

    @property
    def usual_p99_us(self) -> int:
        """Return the median of the first days' 99th percentiles; 0 until they are complete."""
        if len(self.first_p99_us) < FIRST_DAYS:
            return 0
        return sorted(self.first_p99_us)[FIRST_DAYS // 2]

    def per_day(self) -> int:
        """Return the bytes that the disk took on an average whole day, the terminal's at least."""
        whole = self.days[:-1] or self.days
        if not whole:
            return 0
        return sum(max(day.disk_bytes, day.process_bytes) for day in whole) // len(whole)

    def per_sale(self) -> int:
        """Return the bytes that the terminal itself wrote for an average sale; 0 without sales."""
        sales = sum(day.sales for day in self.days)
        return sum(day.process_bytes for day in self.days) // sales if sales else 0

    def _since(self, reading: Reading) -> int:
        if reading.disk_bytes is None:
            return 0
        same = reading.boot_id == self.boot_id and reading.disk_bytes >= self.disk_mark
        # Without a mark of this boot everything since its start was not counted yet.
        return reading.disk_bytes - self.disk_mark if same else reading.disk_bytes

    def _day(self, day: str) -> Day:
        return next((one for one in self.days if one.day == day), Day(day))

    def _put(self, day: Day) -> WearLog:
        others = [one for one in self.days if one.day != day.day]
        days = sorted((*others, day), key=lambda one: one.day)
        return replace(self, days=tuple(days[-MAX_DAYS:]), first_p99_us=self._learned(day.day))

    def _learned(self, today: str) -> tuple[int, ...]:
        """Return the first days' percentiles, whole days only: today is not over."""
        if len(self.first_p99_us) >= FIRST_DAYS:
            return self.first_p99_us
        whole = [d.p99_us for d in self.days if d.day < today and d.commits >= FEWEST_COMMITS]
        return tuple(whole[:FIRST_DAYS])


def load(path: Path) -> WearLog:
    """Return the diary of a file; an empty one when it cannot be read."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(MAX_BYTES))
        return _log(said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, *_RUBBISH):
        return WearLog()


def _log(said: dict[str, Any]) -> WearLog:
    if said["version"] != VERSION:
        raise ValueError("another version")
    names = {one.name for one in fields(Day)} - {"day"}
    days = [Day(str(row["day"]), **{n: int(row[n]) for n in names}) for row in said["days"]]
    return WearLog(
        tuple(days[-MAX_DAYS:]),
        int(said["disk_total"]),
        int(said["process_total"]),
        tuple(int(us) for us in said["first_p99_us"])[:FIRST_DAYS],
        str(said["boot_id"]),
        int(said["disk_mark"]),
    )


def save(path: Path, log: WearLog) -> None:
    """Put the diary in place of the file, whole or not at all. Raises OSError."""
    said = json.dumps({"version": VERSION, **asdict(log)}, separators=(",", ":"))
    write_whole(path, said.encode("ascii"), mode=None)
