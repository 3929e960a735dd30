"""What a valuation says of a sale: who the customer is, points, benefits, coupons, a message.

Nobody values here: a service does (the hub, or one beside the till) and says so by a command.  Not
valued is a state of its own, and a basket that changes afterwards is in it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from terminal.core.basket import totals
from terminal.core.commands import ValueSale
from terminal.core.errors import CoreError, Refused
from terminal.core.events import CouponIssued, SaleValued
from terminal.core.limits import MAX_AMOUNT_MINOR, MAX_TEXT
from terminal.core.numbering import coupon_number
from terminal.core.policy import Policy
from terminal.core.sale import Decision, in_progress
from terminal.core.state import Sale, TerminalState
from terminal.core.valued import (
    AMOUNT,
    PARTS,
    POINTS,
    TEXT,
    Benefit,
    Coupon,
    IssuedCoupon,
    Points,
    Valuation,
)
from terminal.core.wording import check_text

VALUED_BY = frozenset({"local", "hub"})
MAX_BENEFITS = 100
"""Rows of the benefits section: more is a mistake of whoever values."""
MAX_COUPONS = 10
"""Coupons issued by one sale: a metre of paper."""
MAX_USAGE = 400
"""Characters of the text that says how a coupon is used."""
MAX_POINTS = 99_999_999
LAST_MS = 253_402_300_799_999
"""31 December 9999."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def value_sale(state: TerminalState, command: ValueSale, _policy: Policy) -> Decision:
    """Record a valuation of the sale in progress; a payment that runs does not stand in its way."""
    sale = in_progress(state)
    if isinstance(sale, Refused):
        return sale
    refused = _check(command, sale, totals(sale).total_minor)
    return refused if refused is not None else (_valued(command, sale),)


def _check(command: ValueSale, sale: Sale, total_minor: int) -> Refused | None:
    """Return why a valuation cannot be recorded; one of another basket is of no use."""
    if command.sale_id not in {"", sale.sale_id}:
        return Refused("valuation_stale")
    if command.total_minor is not None and command.total_minor != total_minor:
        return Refused("valuation_stale")
    fits = (
        command.by in VALUED_BY
        and len(command.benefits) <= MAX_BENEFITS
        and len(command.coupons) <= MAX_COUPONS
        and (command.points is None or _points_fit(command.points))
        and all(map(_benefit_fits, command.benefits))
        and all(map(_coupon_fits, command.coupons))
    )
    if not fits:
        return Refused("bad_request")
    return _check_texts(command)


def _check_texts(command: ValueSale) -> Refused | None:
    short = [command.customer_name, command.customer_card, command.message]
    for benefit in command.benefits:
        short += [benefit.label, benefit.text]
    short += [coupon.text for coupon in command.coupons]
    long = [coupon.usage for coupon in command.coupons]
    return _first(check_text(text, 2 * MAX_TEXT) for text in short) or _first(
        check_text(text, MAX_USAGE) for text in long
    )


def _first(found: Iterable[Refused | None]) -> Refused | None:
    return next((one for one in found if one is not None), None)


def _points_fit(points: Points) -> bool:
    counted = (points.earned, points.used, points.balance)
    return (
        all(abs(count) <= MAX_POINTS for count in counted)
        and 0 <= points.at_ms <= LAST_MS
        and (not points.until or is_day(points.until))
    )


def _benefit_fits(benefit: Benefit) -> bool:
    limit = {AMOUNT: MAX_AMOUNT_MINOR, POINTS: MAX_POINTS, TEXT: 0}.get(benefit.kind, -1)
    return benefit.part in PARTS and bool(benefit.label) and abs(benefit.value) <= limit


def _coupon_fits(coupon: Coupon) -> bool:
    return (
        0 <= coupon.face_minor <= MAX_AMOUNT_MINOR
        and bool(coupon.face_minor or coupon.text)
        and is_day(coupon.valid_from)
        and is_day(coupon.valid_until)
        and coupon.valid_from <= coupon.valid_until
    )


def is_day(text: str) -> bool:
    """Tell whether a text is a day of the calendar, ``2021-12-05``."""
    if not (text.isascii() and _DAY.fullmatch(text)):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _valued(command: ValueSale, sale: Sale) -> SaleValued:
    """Return the event that records a valuation."""
    points = command.points
    return SaleValued(
        sale_id=sale.sale_id,
        by=command.by,
        customer_name=command.customer_name,
        customer_card=command.customer_card,
        points=() if points is None else (points.earned, points.used, points.balance, points.at_ms),
        points_until=points.until if points else "",
        benefits=tuple((b.part, b.label, b.kind, b.value, b.text) for b in command.benefits),
        coupons=tuple(
            (c.face_minor, c.text, c.valid_from, c.valid_until, c.usage) for c in command.coupons
        ),
        message=command.message,
    )


def valuation_of(event: SaleValued) -> Valuation:
    """Return what a recorded valuation says. Raises CoreError when its rows do not fit."""
    try:
        return Valuation(
            by=event.by,
            points=_points_of(event),
            benefits=tuple(Benefit(*row) for row in event.benefits),
            coupons=tuple(Coupon(*row) for row in event.coupons),
            message=event.message,
        )
    except (TypeError, ValueError) as error:
        raise CoreError(f"a valuation of sale {event.sale_id} does not fit: {error}") from error


def _points_of(event: SaleValued) -> Points | None:
    if not event.points:
        return None
    earned, used, balance, at_ms = event.points
    return Points(earned, used, balance, at_ms, event.points_until)


def issuing(state: TerminalState, sale: Sale, policy: Policy) -> tuple[CouponIssued, ...]:
    """Return the coupons that a sale issues when it completes, numbered without a gap (RCP-10).

    Their numbers are taken in the transaction that completes the sale: an abandoned one takes none.
    """
    offers = sale.valuation.coupons if sale.valuation else ()
    return tuple(
        CouponIssued(
            sale_id=sale.sale_id,
            sequence=sequence,
            number=coupon_number(policy.coupon_prefix, policy.till_number, sequence),
            face_minor=offer.face_minor,
            text=offer.text,
            valid_from=offer.valid_from,
            valid_until=offer.valid_until,
            usage=offer.usage,
        )
        for sequence, offer in enumerate(offers, start=state.last_coupon + 1)
    )


def issued(event: CouponIssued) -> IssuedCoupon:
    """Return a coupon as its event says."""
    return IssuedCoupon(
        number=event.number,
        face_minor=event.face_minor,
        text=event.text,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        usage=event.usage,
    )
