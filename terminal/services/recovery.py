"""At every start: what was in flight, and how each kind is settled, before anything is sold.

There is no other way to start.  After a clean stop the same steps find nothing to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal import __version__
from terminal.core.basket import totals
from terminal.core.events import NoticeRaised, Recovered, TerminalStarted
from terminal.core.law_facts import noted
from terminal.core.policy import Moment
from terminal.core.state import Sale, SaleStatus, TenderStatus, TerminalState
from terminal.services.clock_watch import ClockWatch
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


async def recover(
    session: Session,
    payments: Payments,
    clock: ClockWatch | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Recovery | None:
    """Settle what was in flight and say so; returns None when there was nothing to say.

    ``settings`` are those that the law asks about: a change since the last start is recorded.
    """
    power_cut = session.state.running
    role = session.policy.role
    await session.record(lambda _state, _: (TerminalStarted(__version__, role, not power_cut),))
    if settings:
        await session.record(lambda state, _: noted(state, settings))
    if clock is not None:
        await clock.stamp()
    in_flight = len(session.state.attempts)
    settled, unknown = await payments.recover()
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


def _booked(sale: Sale) -> int:
    return sum(tender.status is TenderStatus.BOOKED for tender in sale.tenders)
