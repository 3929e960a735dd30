"""How long the disk takes for a commit: counts in buckets of fixed number, never a list that grows.

Buckets are eighths of a power of two of microseconds, so that a percentile is told at most an
eighth too high, and a count costs one addition.  What is timed is the commit itself, which waits
for the card; what the program does before it is not the card's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EIGHTHS = 8
LARGEST_BITS = 26
"""Commits of more than 2**26 us (67 s) are counted with the last bucket; the greatest is kept."""
BUCKETS = EIGHTHS * (LARGEST_BITS - 1)
WINDOW = 512
"""Commits of one half of the window: about a day of a quiet shop, an hour of a busy one."""
PER_MILLE = 1000


def bucket_of(us: int) -> int:
    """Return the bucket of a duration in microseconds."""
    if us < EIGHTHS:
        return max(0, us)
    shift = us.bit_length() - 4
    return min(BUCKETS - 1, (shift + 1) * EIGHTHS + (us >> shift) - EIGHTHS)


def upper_of(bucket: int) -> int:
    """Return the longest duration that falls into a bucket."""
    if bucket < 2 * EIGHTHS:
        return bucket
    shift = bucket // EIGHTHS - 1
    return ((bucket % EIGHTHS + EIGHTHS + 1) << shift) - 1


@dataclass(frozen=True, slots=True)
class Percentiles:
    """What some commits took, in microseconds."""

    count: int = 0
    p50_us: int = 0
    p95_us: int = 0
    p99_us: int = 0
    max_us: int = 0


class Histogram:
    """Durations counted by bucket."""

    __slots__ = ("counts", "max_us")

    def __init__(self) -> None:
        self.counts = [0] * BUCKETS
        self.max_us = 0

    def add(self, us: int) -> None:
        """Count a duration in microseconds."""
        self.counts[bucket_of(us)] += 1
        self.max_us = max(self.max_us, us)


def percentiles(histograms: Iterable[Histogram]) -> Percentiles:
    """Return the percentiles of what several histograms counted, each the bucket's upper end."""
    kept = tuple(histograms)
    counts = [sum(column) for column in zip(*(h.counts for h in kept), strict=True)]
    total = sum(counts)
    largest = max((h.max_us for h in kept), default=0)

    def at(per_mille: int) -> int:
        wanted = -(-total * per_mille // PER_MILLE)
        seen = 0
        for bucket, count in enumerate(counts):
            seen += count
            if count and seen >= wanted:
                return min(largest, upper_of(bucket))
        return 0

    return Percentiles(total, at(500), at(950), at(990), largest)


class CommitTimes:
    """What the commits of one terminal take: the newest ones, and those of the day.

    One thread counts (the writer's), any may ask: a reader sees a moment's counts, one commit more
    or less.
    """

    def __init__(self) -> None:
        self._older, self._newer = Histogram(), Histogram()
        self._in_newer = 0
        self._day, self._of_day = "", Histogram()

    def took(self, us: int, business_date: str) -> None:
        """Count a commit; a new trading day begins anew."""
        if self._in_newer >= WINDOW:
            self._older, self._newer, self._in_newer = self._newer, Histogram(), 0
        if business_date != self._day:
            self._day, self._of_day = business_date, Histogram()
        self._in_newer += 1
        self._newer.add(us)
        self._of_day.add(us)

    def recent(self) -> Percentiles:
        """Return the percentiles of the last WINDOW to twice WINDOW commits."""
        return percentiles((self._older, self._newer))

    def of_day(self) -> tuple[str, Percentiles]:
        """Return the trading day, empty before the first commit, and its percentiles."""
        day, counted = self._day, self._of_day
        return day, percentiles((counted,))
