"""The one source of time: wall clock, monotonic clock and trading day.

No other module reads the wall clock (the linter bans it), so that a test, a replay or a simulation
can decide what time it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What the terminal asks of time."""

    def now_ms(self) -> int:
        """Return the wall time: UTC, milliseconds since 1970-01-01. It may jump, both ways."""

    def monotonic_s(self) -> float:
        """Return seconds since some fixed moment of this run; never goes back."""

    def business_date(self, at_ms: int) -> str:
        """Return the ISO date of the trading day that a moment belongs to."""


@dataclass(frozen=True, slots=True)
class TradingDay:
    """Which date a sale belongs to: the shop's local date, changing at ``ends`` and not at 0:00."""

    timezone: ZoneInfo
    ends: time_of_day

    @classmethod
    def of(cls, timezone: str, ends: str) -> TradingDay:
        """Build from the settings: an IANA name and ``"HH:MM"``.

        Raises:
            ZoneInfoNotFoundError, ValueError: ``config`` accepts neither, so they mean a fault.
        """
        return cls(ZoneInfo(timezone), time_of_day.fromisoformat(ends))

    def date_of(self, at_ms: int) -> date:
        """Return the trading day of a moment, judged by the wall clock of the shop."""
        local = datetime.fromtimestamp(at_ms // 1000, self.timezone)
        before_end = local.time() < self.ends
        return local.date() - timedelta(days=1) if before_end else local.date()


class SystemClock:
    """The machine's own clocks."""

    def __init__(self, timezone: str = "Europe/Paris", day_ends: str = "04:00") -> None:
        self._day = TradingDay.of(timezone, day_ends)

    def now_ms(self) -> int:
        """Return the wall time of the machine."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Return the monotonic time of the machine."""
        return time.monotonic()

    def business_date(self, at_ms: int) -> str:
        """Return the ISO date of the trading day."""
        return self._day.date_of(at_ms).isoformat()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is told to move: for tests and simulations."""

    at_ms: int = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()) * 1000
    elapsed_s: float = 0
    timezone: str = "Europe/Paris"
    day_ends: str = "04:00"
    _day: TradingDay = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._day = TradingDay.of(self.timezone, self.day_ends)

    def now_ms(self) -> int:
        """Return the wall time as set."""
        return self.at_ms

    def monotonic_s(self) -> float:
        """Return the seconds advanced so far."""
        return self.elapsed_s

    def business_date(self, at_ms: int) -> str:
        """Return the ISO date of the trading day."""
        return self._day.date_of(at_ms).isoformat()

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks. ``seconds`` is not negative."""
        if seconds < 0:
            raise ValueError("time passes forwards; use set to move the wall clock back")
        self.elapsed_s += seconds
        self.at_ms += round(seconds * 1000)

    def set(self, at_ms: int) -> None:
        """Set the wall clock, as a person or a time server may, backwards included."""
        self.at_ms = at_ms
