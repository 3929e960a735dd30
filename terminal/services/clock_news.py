"""What the wall clock did between two records: set back behind the last one, or jumped."""

from __future__ import annotations

from terminal.core.events import ClockJumped, ClockSetBack, ClockTrustChanged, Event
from terminal.core.state import TerminalState
from terminal.services.notices import with_notice

TOLERANCE_MS = 2_000
"""Network time steps the clock by less than this; a longer step back is recorded and shown."""
JUMP_MS = 300_000
"""A step of more than five minutes, either way, is recorded and shown."""


class ClockNews:
    """Compares the wall clock with the newest record and with the monotonic clock."""

    def __init__(self) -> None:
        self._behind = False
        self._seen: tuple[int, float] | None = None

    def since(self, state: TerminalState, now_ms: int, now_s: float) -> tuple[Event, ...]:
        """Return what has to be recorded before anything else, once for each step."""
        seen, self._seen = self._seen, (now_ms, now_s)
        was_behind, self._behind = self._behind, now_ms < state.last_at_ms - TOLERANCE_MS
        if self._behind:
            return () if was_behind else _set_back(state, now_ms)
        if seen is None:
            return ()
        expected_ms = seen[0] + round((now_s - seen[1]) * 1000)
        return jumped(state, expected_ms, now_ms)


def jumped(state: TerminalState, expected_ms: int, now_ms: int) -> tuple[Event, ...]:
    """Return the events of a clock that does not say what it should; none for a small step."""
    off_ms = abs(now_ms - expected_ms)
    if off_ms <= JUMP_MS:
        return ()
    details: dict[str, str | int] = {"clock_ms": now_ms, "minutes": off_ms // 60_000}
    return with_notice(state, (ClockJumped(expected_ms, now_ms),), ("clock_jumped", details))


def jumped_since_stamp(state: TerminalState, trust: ClockTrustChanged) -> tuple[Event, ...]:
    """Compare with the stamp of an earlier run in this boot: the monotonic clock went on."""
    stamp = state.clock
    if stamp is None or not stamp.boot_id or stamp.boot_id != trust.boot_id:
        return ()
    passed_ms = trust.monotonic_ms - stamp.monotonic_ms
    if passed_ms < 0 or trust.clock_ms < state.last_at_ms - TOLERANCE_MS:
        return ()  # another machine's stamp; or recorded already, as set back
    return jumped(state, stamp.clock_ms + passed_ms, trust.clock_ms)


def _set_back(state: TerminalState, now_ms: int) -> tuple[Event, ...]:
    details: dict[str, str | int] = {"clock_ms": now_ms, "last_ms": state.last_at_ms}
    fact = ClockSetBack(now_ms, state.last_at_ms)
    return with_notice(state, (fact,), ("clock_set_back", details))
