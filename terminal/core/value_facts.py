"""What a valuation and an issued coupon change in the state: one function per event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.core.errors import IllegalEvent
from terminal.core.events import CouponIssued, Event, SaleValued
from terminal.core.frozen import replace
from terminal.core.policy import Moment
from terminal.core.sale_facts import IN_PROGRESS
from terminal.core.state import Sale, SaleStatus, TerminalState
from terminal.core.valuation import issued, valuation_of
from terminal.core.valued import Customer


def _sale(state: TerminalState, sale_id: str) -> Sale:
    sale = state.sale
    if sale is None or sale.sale_id != sale_id or sale.status not in IN_PROGRESS:
        raise IllegalEvent(f"sale {sale_id} is not in progress")
    return sale


def _valued(state: TerminalState, event: SaleValued, _moment: Moment) -> TerminalState:
    sale = _sale(state, event.sale_id)
    customer = Customer(event.customer_name, event.customer_card)
    known = customer if customer != Customer() else None
    return replace(state, sale=replace(sale, customer=known, valuation=valuation_of(event)))


def _issued(state: TerminalState, event: CouponIssued, _moment: Moment) -> TerminalState:
    sale = _sale(state, event.sale_id)
    if sale.status is not SaleStatus.TENDERING:
        raise IllegalEvent(f"sale {sale.sale_id} gives a coupon before it is paid")
    if event.sequence != state.last_coupon + 1:
        raise IllegalEvent(f"coupon {event.number} leaves a gap")
    sale = replace(sale, coupons=(*sale.coupons, issued(event)))
    return replace(state, sale=sale, last_coupon=event.sequence)


VALUE_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    SaleValued: _valued,
    CouponIssued: _issued,
}
