"""C6 and C7: answers in every possible piece, a slow device, and one that stalls."""

from __future__ import annotations

import contextlib

import pytest

from drivers.errors import DriverError
from drivers.transports.instant import WaitingClock
from tests.drivers.conformance.candidate import OPEN_S
from tests.drivers.conformance.wires import (
    NEVER,
    Chopped,
    FineClock,
    Moments,
    Passing,
    Stalled,
    Stream,
    Trickling,
)

MOST_CUTS = 60
SLOW_BYTE_S = 0.05


def _chopped(new_rig, out, back):
    return new_rig(lambda wire: Chopped(wire, out, back))


def _cuts(length, full):
    step = 1 if full else -(-length // MOST_CUTS)
    return range(1, length, max(1, step))


def test_answers_cut_at_every_byte_are_understood(new_rig, full):
    """C6: everything comes together as it can, but for one cut; each byte has its turn."""
    whole_out, whole_back = Stream(), Stream()
    assert _chopped(new_rig, whole_out, whole_back).opens_and_works()
    for cut in _cuts(whole_back.passed, full):
        assert _chopped(new_rig, Stream(), Stream(cut)).opens_and_works(), cut
    for cut in _cuts(whole_out.passed, full):
        assert _chopped(new_rig, Stream(cut), Stream()).opens_and_works(), cut


def test_a_byte_at_a_time_is_understood(kind, new_rig):
    """C7: as fast as the slowest line of its kind brings them."""
    clock = FineClock()
    rig = new_rig(lambda wire: Trickling(wire, clock, kind.byte_s), clock)
    assert rig.opens_and_works()


def test_a_slow_device_is_understood_or_given_up_in_time(new_rig, clock):
    """C7: 50 ms for every byte; whatever comes of it, the deadline stands."""
    rig = new_rig(lambda wire: Trickling(wire, clock, SLOW_BYTE_S), clock)
    begin = clock.now_s
    try:
        rig.open()
    except DriverError:
        rig.driver.close()
    assert clock.now_s - begin <= OPEN_S * 1.1 + rig.candidate.grace_s


@pytest.mark.parametrize("takes", [True, False], ids=["says_nothing", "takes_nothing"])
def test_a_silent_device_does_not_hold_the_thread(new_rig, clock, takes):
    """C7: a deadline is kept to a tenth, on a clock that only waiting moves."""

    def stalled(wire: Passing) -> Stalled:
        made = Stalled(wire, clock, Moments(), takes=takes)
        made.stalled = True
        return made

    rig = new_rig(stalled, clock)
    begin = clock.now_s
    try:
        served = rig.opens_and_works()
    except DriverError:
        served = False
    assert served is (takes and not rig.candidate.hears)
    limit_s = OPEN_S if rig.candidate.asks else OPEN_S + rig.candidate.use_s
    assert clock.now_s - begin <= limit_s * 1.1


class _Stall:
    """Every wire to the device stalls at one moment, those that are made later too."""

    def __init__(self, clock, takes, at=NEVER):
        self.moment = Moments(at, self._now)
        self._clock = clock
        self._takes = takes
        self._stalled = False
        self._wires = []

    def __call__(self, wire):
        self._wires.append(Stalled(wire, self._clock, self.moment, takes=self._takes))
        self._wires[-1].stalled = self._stalled
        return self._wires[-1]

    def _now(self):
        self._stalled = True
        for wire in self._wires:
            wire.stalled = True


def _elapsed(clock, call):
    begin = clock.now_s
    with contextlib.suppress(DriverError):
        call()
    return clock.now_s - begin


@pytest.mark.parametrize("takes", [True, False], ids=["says_nothing", "takes_nothing"])
def test_a_device_that_stalls_at_any_moment_is_given_up_in_time(new_rig, full, takes):
    """C7: after the deadline and what the driver may take to settle its doubts, it is back."""
    counting = _Stall(WaitingClock(), takes)
    assert new_rig(counting, counting._clock).opens_and_works()
    moments = counting.moment.count
    for point in range(0, moments, 1 if full else max(1, moments // 20)):
        clock = WaitingClock()
        rig = new_rig(_Stall(clock, takes, point), clock)
        candidate = rig.candidate
        assert _elapsed(clock, rig.open) <= OPEN_S * 1.1, point
        assert _elapsed(clock, rig.works) <= candidate.use_s * 1.1 + candidate.grace_s, point
