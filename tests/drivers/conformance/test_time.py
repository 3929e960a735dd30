"""C8: the wall clock says what it likes."""

from __future__ import annotations

import time

from drivers.base import Health
from drivers.simulators import Bench
from drivers.timekeeping.base import Trust, judge
from drivers.timekeeping.linux import gather
from tests.drivers.conformance.wires import Moments, Watched

HOUR_S = 3600


class _Jumping(Moments):
    """At every moment the wall clock jumps an hour forward or two back."""

    def __init__(self, monkeypatch):
        super().__init__()
        self.offset_s = HOUR_S
        self.candidate = None
        real_ns = time.time_ns
        monkeypatch.setattr(time, "time", lambda: real_ns() / 1e9 + self.offset_s)
        monkeypatch.setattr(time, "time_ns", lambda: real_ns() + int(self.offset_s * 1e9))

    def __call__(self):
        self.count += 1
        self.offset_s = -self.offset_s
        self.candidate.wall_jumps(self.offset_s)


def test_a_jump_of_the_wall_clock_changes_nothing(new_rig, monkeypatch):
    """C8: only the monotonic clock that is passed in measures; time of day is text in messages."""
    jumping = _Jumping(monkeypatch)
    rig = new_rig(lambda wire: Watched(wire, jumping))
    jumping.candidate = rig.candidate
    for _ in range(3):
        begin = rig.clock.now_s
        assert rig.opens_and_works()
        assert rig.status().health is Health.READY
        assert rig.settles()
        assert rig.clock.now_s - begin < 60
    assert jumping.count > 0


def test_a_clock_is_judged_by_what_the_machine_really_has():
    """C10 for drivers.timekeeping: it is read by files, and has no link to be unplugged."""
    bench, now_ms = Bench(), 1_800_000_000_000
    for knob, level in [("ntp", Trust.NTP), ("rtc", Trust.RTC), ("guess", Trust.GUESS)]:
        bench.control("clock", knob)
        assert judge(gather(bench.clock.told(now_ms), now_ms), now_ms).level is level
