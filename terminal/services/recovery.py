"""At every start: what was in flight, and how each kind is settled, before anything is sold.

There is no other way to start.  After a clean stop the same steps find nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal import __version__
from terminal.core.basket import totals
from terminal.core.events import Event, NoticeRaised, Recovered, TerminalStarted
from terminal.core.policy import Moment
from terminal.core.state import (
    PaymentAttempt,
    Sale,
    SaleStatus,
    TenderStatus,
    TerminalState,
)
from terminal.services.payments import Payments
from terminal.services.session import Decision, Session

RESUMABLE = (SaleStatus.OPEN, SaleStatus.TENDERING)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a start found and did; None of it when the last stop was clean and nothing was open."""

    power_cut: bool
    sale_id: str
    lines: int
    tenders: int
    payments_settled: int
    payments_unknown: int


async def recover(session: Session, payments: Payments) -> Recovery | None:
    """Settle what was in flight and say so; returns None when there was nothing to say."""
    power_cut = session.state.running
    role = session.policy.role
    await session.record(lambda _state, _: (TerminalStarted(__version__, role, not power_cut),))
    in_flight = tuple(session.state.attempts.values())
    settled, unknown = await payments.recover()
    await session.record(lambda state, _: _notices(state, in_flight))
    sale = session.state.sale
    resumed = sale is not None and sale.status in RESUMABLE
    if not resumed and not in_flight:
        return None
    found = Recovery(
        power_cut=power_cut,
        sale_id=sale.sale_id if sale and resumed else "",
        lines=sum(not line.void for line in sale.lines) if sale and resumed else 0,
        tenders=_booked(sale) if sale and resumed else 0,
        payments_settled=settled,
        payments_unknown=unknown,
    )
    await session.record(lambda state, moment: _recovered(state, moment, found))
    return found


def _recovered(state: TerminalState, _: Moment, found: Recovery) -> Decision:
    event = Recovered(
        found.sale_id, found.lines, found.tenders, found.payments_settled, found.payments_unknown
    )
    told = any(notice.kind == "power_cut" for notice in state.notices)
    if not (found.power_cut and found.sale_id) or told or state.sale is None:
        return (event,)
    details: dict[str, str | int] = {
        "sale_id": found.sale_id,
        "lines": found.lines,
        "total_minor": totals(state.sale).total_minor,
        "at_ms": state.sale.opened_at_ms,
    }
    return event, NoticeRaised(state.last_notice + 1, "power_cut", details)


def _notices(state: TerminalState, in_flight: tuple[PaymentAttempt, ...]) -> Decision:
    """Tell of each payment that the cut caught: kept, or not restored and why (REC-08)."""
    events: list[Event] = []
    for attempt in in_flight:
        if attempt.attempt_id in state.attempts:
            continue
        booked = _tender_status(state.sale, attempt) is TenderStatus.BOOKED
        kind = "payment_settled" if booked else "payment_not_restored"
        details: dict[str, str | int] = {
            "tender": attempt.tender,
            "sale_id": attempt.sale_id,
            "amount_minor": attempt.amount_minor,
            "at_ms": attempt.sent_at_ms or attempt.intended_at_ms,
            "state": attempt.state.value,
        }
        events.append(NoticeRaised(state.last_notice + 1 + len(events), kind, details))
    return tuple(events)


def _tender_status(sale: Sale | None, attempt: PaymentAttempt) -> TenderStatus | None:
    if sale is None or sale.sale_id != attempt.sale_id:
        return None
    tender = sale.tender(attempt.tender)
    return tender.status if tender else None


def _booked(sale: Sale) -> int:
    return sum(tender.status is TenderStatus.BOOKED for tender in sale.tenders)
