"""C10 for drivers.timekeeping: a clock is read by files, and has no wire to be pulled."""

from __future__ import annotations

import pytest

from drivers.simulators import Bench
from drivers.timekeeping.base import Trust, judge
from drivers.timekeeping.linux import gather

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("knob", "level"), [("ntp", Trust.NTP), ("rtc", Trust.RTC), ("guess", Trust.GUESS)]
)
def test_a_clock_is_judged_by_what_the_machine_really_has(knob, level):
    bench = Bench()
    bench.control("clock", knob)
    assert judge(gather(bench.clock.told(NOW_MS), NOW_MS), NOW_MS).level is level
