"""Looks at a drawer, moment by moment."""

from __future__ import annotations

import pytest

from drivers.drawer.base import DrawerState
from terminal.services.drawer_watch import (
    KICK_WINDOW_MS,
    STUCK_MS,
    Finding,
    Watched,
    looked,
)

OPEN, CLOSED, UNKNOWN = DrawerState.OPEN, DrawerState.CLOSED, DrawerState.UNKNOWN
ALARM_MS = 60_000
KICK = "kick"


def findings(*moments, alarm_ms=ALARM_MS):
    """Play (state or kick, seconds) and return what was found, with the second."""
    watched, found = Watched(), []
    for what, at_s in moments:
        if what is KICK:
            watched = Watched(watched.state, watched.opened_at_ms, at_s * 1000, watched.alarmed)
            continue
        watched, news = looked(watched, what, at_s * 1000, alarm_ms)
        found += [(finding, open_ms // 1000, at_s) for finding, open_ms in news]
    return found


@pytest.mark.parametrize(
    ("moments", "found"),
    [
        ([(CLOSED, 0), (KICK, 1), (OPEN, 2), (CLOSED, 20)], []),
        ([(CLOSED, 0), (OPEN, 2)], [(Finding.FORCED, 0, 2)]),
        ([(CLOSED, 0), (KICK, 1), (OPEN, 10)], [(Finding.FORCED, 0, 10)]),
        ([(UNKNOWN, 0), (OPEN, 2)], []),
        ([(OPEN, 2), (UNKNOWN, 3), (OPEN, 4)], []),
        (
            [(CLOSED, 0), (KICK, 1), (OPEN, 2), (OPEN, 61), (OPEN, 62), (OPEN, 99), (CLOSED, 100)],
            [(Finding.LEFT_OPEN, 60, 62), (Finding.CLOSED, 98, 100)],
        ),
        (
            [(KICK, 0), (OPEN, 1), (OPEN, 70), (UNKNOWN, 80), (OPEN, 90), (CLOSED, 95)],
            [(Finding.LEFT_OPEN, 69, 70), (Finding.CLOSED, 94, 95)],
        ),
        (
            [(KICK, 0), (OPEN, 1), (OPEN, 70), (UNKNOWN, 80), (CLOSED, 95)],
            [(Finding.LEFT_OPEN, 69, 70), (Finding.CLOSED, 94, 95)],
        ),
        ([(CLOSED, 0), (KICK, 1), (CLOSED, 2), (CLOSED, 4), (CLOSED, 9)], [(Finding.STUCK, 0, 4)]),
        ([(CLOSED, 0), (KICK, 1), (OPEN, 2), (CLOSED, 3), (OPEN, 5)], [(Finding.FORCED, 0, 5)]),
        ([(UNKNOWN, 0), (KICK, 1), (UNKNOWN, 60)], []),
    ],
)  # fmt: skip
def test_what_is_found(moments, found):
    assert findings(*moments) == found


def test_an_alarm_of_nothing_never_comes():
    moments = [(KICK, 0), (OPEN, 1), (OPEN, 99_999), (CLOSED, 100_000)]
    assert findings(*moments, alarm_ms=0) == []


def test_a_kick_explains_an_opening_for_a_while():
    assert STUCK_MS < KICK_WINDOW_MS
