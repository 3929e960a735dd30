"""What is not signed while the clock is behind the last signed time.

Times never go back in the books: a record takes the time of the one before when the clock says
less.  A small step (network time, a second or two) is held so without a word.  A clock that is far
behind makes documents whose time is not true, so none is begun until it is right, or until somebody
with the right has looked at it and said so (``ClockConfirmed``).

Refused: beginning to pay a sale, a duplicate, a closure by hand.  Held, never refused: what ends a
sale for which money was taken or may have been, closures that are due, archives, and technical
events, the one that says that the clock is wrong among them.
"""

from __future__ import annotations

from terminal.core.errors import Refused
from terminal.core.events import (
    Event,
    PaymentIntended,
    PeriodClosed,
    PrintJobQueued,
    SaleCompleted,
    TenderBooked,
    TenderingStarted,
)
from terminal.core.policy import Moment
from terminal.core.state import TenderStatus, TerminalState

TOLERANCE_MS = 300_000
"""Five minutes: a receipt states its time to the minute, and people set clocks by a watch.  Above
it the clock is not out of step, it is wrong."""
BEHIND = "clock_behind"
BEGINS = (TenderingStarted, PaymentIntended, TenderBooked, SaleCompleted)
_MONEY = frozenset({TenderStatus.BOOKED, TenderStatus.PENDING, TenderStatus.UNKNOWN})


def is_stopped(state: TerminalState, moment: Moment) -> bool:
    """Tell whether the clock is too far behind, and nobody has said that it may be."""
    if moment.behind_ms <= TOLERANCE_MS:
        return False
    clock_ms = moment.at_ms - moment.behind_ms
    confirmed_ms = state.clock_confirmed_ms
    return not confirmed_ms or clock_ms < confirmed_ms - TOLERANCE_MS


def refusal(state: TerminalState, events: tuple[Event, ...], moment: Moment) -> Refused | None:
    """Return why these events must not be recorded at this moment; None when they may."""
    if not moment.behind_ms or not any(_is_document(event, state) for event in events):
        return None
    if not is_stopped(state, moment):
        return None
    return Refused(BEHIND)


def has_money(state: TerminalState) -> bool:
    """Tell whether money was taken for the sale on the screen, or may have been."""
    if state.attempts:
        return True
    sale = state.sale
    return sale is not None and any(tender.status in _MONEY for tender in sale.tenders)


def _is_document(event: Event, state: TerminalState) -> bool:
    match event:
        case PrintJobQueued(kind="duplicate"):
            return True
        case PeriodClosed():
            return bool(event.operator_id)
    return isinstance(event, BEGINS) and not has_money(state)
