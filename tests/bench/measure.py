"""A row of the table, how large a measurement is, and the few figures drawn from samples."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

US = 1e6
MS = 1e3
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``value`` is None when it could not be measured here; ``note`` says why."""

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    """At most this; None when the figure is only reported."""
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met; None without one."""
        return None if self.goal is None or self.value is None else self.value <= self.goal


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int
    """Appends in each way, and scans into each basket."""
    sales: int
    baskets: tuple[int, ...]
    starts: int
    history: int
    """Past sales in the database that a start must not feel."""
    audited: int
    """Past sales that are verified and rebuilt."""
    articles: int
    questions: int
    """Look-ups, and searches."""
    receipts: int
    frames: int
    idle_s: float
    signed: int
    """Signed records that are verified."""
    tickets: int
    """Receipts of a year that is closed."""


FULL = Sizes(
    600, 40, (10, 100, 1000), 11, 100_000, 10_000, 1_000_000, 5000, 200, 100, 10, 100_000, 25_000
)
QUICK = Sizes(100, 10, (10, 100, 1000), 3, 5_000, 500, 100_000, 1000, 30, 20, 2, 4_000, 1_000)
TINY = Sizes(4, 2, (2, 3), 1, 5, 5, 200, 5, 2, 2, 0.1, 20, 10)
"""Too small to mean anything: for the test that every row is there."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(samples: Sequence[float]) -> float:
    return statistics.median(samples)


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the smallest sample that this part of all of them does not pass (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio(samples: Sequence[float], controls: Sequence[float]) -> float:
    """Return the median of sample / control, each pair taken right after the other."""
    return median([a / b for a, b in zip(samples, controls, strict=True)])
