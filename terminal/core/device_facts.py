"""What the devices around the till report, and what of it stays in the state: drawer and supply.

Each decision looks at the state first, so that a report that comes twice is recorded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    DrawerClosed,
    DrawerForced,
    DrawerLeftOpen,
    DrawerSensorLearned,
    Event,
    PowerFailed,
    PowerRestored,
)
from terminal.core.frozen import replace
from terminal.core.policy import Moment
from terminal.core.state import TerminalState

HIGH, LOW = "high", "low"
MAINS, MONITOR_LOST = "mains", "monitor_lost"


def left_open(state: TerminalState, open_ms: int) -> tuple[Event, ...]:
    """The drawer has stood open for longer than is allowed."""
    return () if state.drawer_open_since_ms else (DrawerLeftOpen(open_ms),)


def closed(state: TerminalState, open_ms: int) -> tuple[Event, ...]:
    """The drawer was closed; only the end of an alarm is worth a record."""
    return (DrawerClosed(open_ms),) if state.drawer_open_since_ms else ()


def sensor_learned(state: TerminalState, address: str, open_level: str) -> tuple[Event, ...]:
    """The level that means open is known for the drawer at this address."""
    if (state.drawer_address, state.drawer_open_level) == (address, open_level):
        return ()
    return (DrawerSensorLearned(address, open_level),)


def open_is_high(state: TerminalState, address: str) -> bool | None:
    """Return whether a high sensor means open for the drawer here; None until it is learned."""
    if state.drawer_address != address or not state.drawer_open_level:
        return None
    return state.drawer_open_level == HIGH


def power_failed(state: TerminalState, remaining_s: int | None) -> tuple[Event, ...]:
    """The mains went."""
    told = -1 if remaining_s is None else remaining_s
    return () if state.power_failed_at_ms else (PowerFailed(told),)


def power_restored(state: TerminalState, cause: str, moment: Moment) -> tuple[Event, ...]:
    """The mains are back, or nobody can say any more that they are not."""
    if not state.power_failed_at_ms:
        return ()
    return (PowerRestored(max(0, moment.at_ms - state.power_failed_at_ms), cause),)


# --- facts ----------------------------------------------------------------------------------------


def _forced(state: TerminalState, _event: DrawerForced, _moment: Moment) -> TerminalState:
    return state


def _left_open(state: TerminalState, event: DrawerLeftOpen, moment: Moment) -> TerminalState:
    at_ms = max(state.last_at_ms, moment.at_ms)
    return replace(state, drawer_open_since_ms=max(1, at_ms - event.open_ms))


def _closed(state: TerminalState, _event: DrawerClosed, _moment: Moment) -> TerminalState:
    return replace(state, drawer_open_since_ms=0)


def _learned(state: TerminalState, event: DrawerSensorLearned, _moment: Moment) -> TerminalState:
    if event.open_level not in (HIGH, LOW):
        raise IllegalEvent(f"a drawer's sensor is high or low, not {event.open_level!r}")
    return replace(state, drawer_address=event.address, drawer_open_level=event.open_level)


def _power_failed(state: TerminalState, _event: PowerFailed, moment: Moment) -> TerminalState:
    return replace(state, power_failed_at_ms=max(1, state.last_at_ms, moment.at_ms))


def _power_restored(state: TerminalState, _event: PowerRestored, _moment: Moment) -> TerminalState:
    return replace(state, power_failed_at_ms=0)


DEVICE_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    DrawerForced: _forced,
    DrawerLeftOpen: _left_open,
    DrawerClosed: _closed,
    DrawerSensorLearned: _learned,
    PowerFailed: _power_failed,
    PowerRestored: _power_restored,
}
