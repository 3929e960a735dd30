"""Time: the trading day, and clocks that are told."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from terminal.clock import Clock, ManualClock, SystemClock

PARIS = ZoneInfo("Europe/Paris")


def ms(*when: int, zone: ZoneInfo = PARIS) -> int:
    return int(datetime(*when, tzinfo=zone).timestamp()) * 1000


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ((2026, 3, 2, 9, 0), "2026-03-02"),
        ((2026, 3, 3, 0, 30), "2026-03-02"),
        ((2026, 3, 3, 3, 59), "2026-03-02"),
        ((2026, 3, 3, 4, 0), "2026-03-03"),
        ((2026, 3, 29, 3, 30), "2026-03-28"),  # the night summer time begins
        ((2026, 3, 29, 4, 0), "2026-03-29"),
        ((2026, 10, 25, 3, 59), "2026-10-24"),  # the night it ends
        ((2026, 1, 1, 1, 0), "2025-12-31"),
    ],
)
def test_a_sale_after_midnight_belongs_to_the_evening_before(when, day):
    assert SystemClock("Europe/Paris", "04:00").business_date(ms(*when)) == day
    assert ManualClock().business_date(ms(*when)) == day


def test_the_trading_day_follows_the_shops_own_time():
    clock = SystemClock("Indian/Reunion", "00:00")
    assert clock.business_date(ms(2026, 3, 2, 21, 30)) == "2026-03-03"


def test_a_manual_clock_moves_only_when_told():
    clock = ManualClock(at_ms=1_000)
    assert (clock.now_ms(), clock.monotonic_s()) == (1_000, 0)
    clock.advance(2.5)
    assert (clock.now_ms(), clock.monotonic_s()) == (3_500, 2.5)
    clock.set(10)
    assert (clock.now_ms(), clock.monotonic_s()) == (10, 2.5)
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(-1)


def test_the_system_clock_counts_milliseconds_and_never_goes_back():
    clock: Clock = SystemClock()
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first
    assert clock.now_ms() > ms(2026, 1, 1)
