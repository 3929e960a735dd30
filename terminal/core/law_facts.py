"""What the law wants to know of the till beside its sales: its clock, its settings, its repairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core import authority
from terminal.core.errors import Refused
from terminal.core.events import BooksRestored, ClockConfirmed, Event, Maintained, SettingsNoted
from terminal.core.frozen import replace
from terminal.core.law_commands import ConfirmClock
from terminal.core.policy import Moment, Policy
from terminal.core.sale import Decision
from terminal.core.state import TerminalState


def confirm_clock(
    state: TerminalState, _command: ConfirmClock, policy: Policy, moment: Moment
) -> Decision:
    """Take somebody's word that the clock is right although the books are ahead of it."""
    refused = authority.right(state, policy, "clock")
    if refused is not None:
        return refused
    if not moment.behind_ms:
        return Refused("clock_not_behind")
    clock_ms = moment.at_ms - moment.behind_ms
    return (ClockConfirmed(clock_ms, state.last_at_ms, authority.operator_id(state)),)


def noted(state: TerminalState, values: Mapping[str, str]) -> tuple[Event, ...]:
    """Return what records the settings that the law asks about; nothing when they are as before."""
    return () if dict(state.noted) == dict(values) else (SettingsNoted(dict(values)),)


def _clock_confirmed(state: TerminalState, event: ClockConfirmed, _: Moment) -> TerminalState:
    return replace(state, clock_confirmed_ms=event.clock_ms)


def _noted(state: TerminalState, event: SettingsNoted, _moment: Moment) -> TerminalState:
    return replace(state, noted=MappingProxyType(dict(event.values)))


def _maintained(state: TerminalState, _event: Maintained, _moment: Moment) -> TerminalState:
    return state


def _restored(state: TerminalState, event: BooksRestored, _moment: Moment) -> TerminalState:
    """Leave out the numbers that the till which is no more may have used."""
    skipped = event.skipped
    return replace(
        state,
        last_ordinal=state.last_ordinal + skipped,
        last_receipt_sequence=state.last_receipt_sequence + skipped,
        last_invoice_sequence=state.last_invoice_sequence + skipped,
        last_coupon=state.last_coupon + skipped,
        last_attempt=state.last_attempt + skipped,
    )


LAW_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    ClockConfirmed: _clock_confirmed,
    SettingsNoted: _noted,
    Maintained: _maintained,
    BooksRestored: _restored,
}
