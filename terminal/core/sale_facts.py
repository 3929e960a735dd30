"""What each fact of a sale changes in it: ``(sale, event) -> sale``, one function per event.

Facts come from the journal; one that does not fit the sale raises ``IllegalEvent``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terminal.core.books import VatRow
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    AgeApproved,
    DiscountGranted,
    Event,
    LineAdded,
    LineSelected,
    LineVoided,
    PriceOverridden,
    QuantityChanged,
    ReceiptChosen,
    ReceiptMailQueued,
    SaleCancelled,
    SaleCompleted,
    SaleOpened,
    SalespersonNamed,
    TenderBooked,
    TenderingLeft,
    TenderingStarted,
    TenderRemoved,
)
from terminal.core.frozen import replace
from terminal.core.policy import Moment
from terminal.core.state import Discount, Line, Sale, SaleStatus, Tender, TenderStatus

IN_PROGRESS = frozenset({SaleStatus.OPEN, SaleStatus.TENDERING})


def opened(event: SaleOpened, at_ms: int, business_date: str) -> Sale:
    """Return the sale that opens."""
    return Sale(
        sale_id=event.sale_id,
        ordinal=event.ordinal,
        status=SaleStatus.OPEN,
        currency=event.currency,
        operator_id=event.operator_id,
        operator_name=event.operator_name,
        language=event.language,
        opened_at_ms=at_ms,
        business_date=business_date,
    )


def _require(sale: Sale, *statuses: SaleStatus) -> None:
    if sale.status not in statuses:
        raise IllegalEvent(f"sale {sale.sale_id} is {sale.status}")


def _line(sale: Sale, n: int) -> Line:
    line = sale.line(n)
    if line is None or line.void:
        raise IllegalEvent(f"sale {sale.sale_id} has no line {n} that counts")
    return line


def _with_line(sale: Sale, line: Line) -> Sale:
    lines = (*sale.lines[: line.n - 1], line, *sale.lines[line.n :])
    return replace(sale, lines=lines, selected=line.n)


def with_tender(sale: Sale, tender: Tender) -> Sale:
    """Replace a tender, or add it when it is the next one."""
    if not 1 <= tender.n <= len(sale.tenders) + 1:
        raise IllegalEvent(f"sale {sale.sale_id}: tender {tender.n} leaves a gap")
    return replace(sale, tenders=(*sale.tenders[: tender.n - 1], tender, *sale.tenders[tender.n :]))


def _line_added(sale: Sale, event: LineAdded) -> Sale:
    _require(sale, SaleStatus.OPEN)
    if event.line != len(sale.lines) + 1:
        raise IllegalEvent(f"sale {sale.sale_id}: line {event.line} leaves a gap")
    line = Line(
        n=event.line,
        kind=event.kind,
        code=event.code,
        reference=event.reference,
        label=event.label,
        brand=event.brand,
        department=event.department,
        quantity=event.quantity,
        weight_g=event.weight_g,
        unit_price_minor=event.unit_price_minor,
        list_price_minor=event.unit_price_minor,
        vat_rate_bp=event.vat_rate_bp,
        attributes=event.attributes,
        minimum_age=event.minimum_age,
        return_reason=event.reason,
        weighed=event.weighed,
        origin_receipt=event.origin_receipt,
        origin_line=event.origin_line,
        category=event.category,
    )
    approved = sale.age_approved and event.minimum_age <= required_age(sale)
    return replace(sale, lines=(*sale.lines, line), selected=line.n, age_approved=approved)


def required_age(sale: Sale) -> int:
    """Return the years of age that the lines which count require; 0 when none does."""
    return max((line.minimum_age for line in sale.lines if not line.void), default=0)


def _line_selected(sale: Sale, event: LineSelected) -> Sale:
    _require(sale, *IN_PROGRESS)
    if sale.line(event.line) is None:
        raise IllegalEvent(f"sale {sale.sale_id} has no line {event.line}")
    return replace(sale, selected=event.line)


def _quantity_changed(sale: Sale, event: QuantityChanged) -> Sale:
    _require(sale, SaleStatus.OPEN)
    return _with_line(sale, replace(_line(sale, event.line), quantity=event.quantity))


def _line_voided(sale: Sale, event: LineVoided) -> Sale:
    _require(sale, SaleStatus.OPEN)
    return _with_line(sale, replace(_line(sale, event.line), void=True))


def _price_overridden(sale: Sale, event: PriceOverridden) -> Sale:
    _require(sale, SaleStatus.OPEN)
    line = _line(sale, event.line)
    return _with_line(
        sale,
        replace(line, unit_price_minor=event.unit_price_minor, price_reason=event.reason),
    )


def _discount_granted(sale: Sale, event: DiscountGranted) -> Sale:
    _require(sale, SaleStatus.OPEN)
    if event.discount != len(sale.discounts) + 1:
        raise IllegalEvent(f"sale {sale.sale_id}: discount {event.discount} leaves a gap")
    if event.line:
        _line(sale, event.line)
    discount = Discount(
        n=event.discount,
        line=event.line,
        percent_bp=event.percent_bp,
        amount_minor=event.amount_minor,
        reason=event.reason,
        coupon=event.coupon,
        authorised_by=event.authorised_by,
    )
    return replace(
        sale, discounts=(*sale.discounts, discount), selected=event.line or sale.selected
    )


def _age_approved(sale: Sale, _event: AgeApproved) -> Sale:
    _require(sale, *IN_PROGRESS)
    return replace(sale, age_approved=True)


def _salesperson_named(sale: Sale, event: SalespersonNamed) -> Sale:
    _require(sale, *IN_PROGRESS)
    return replace(sale, salesperson_id=event.salesperson_id)


def _rows(vat: tuple[tuple[int, int, int, int], ...]) -> tuple[VatRow, ...]:
    return tuple(VatRow(*row) for row in vat)


def _tendering_started(sale: Sale, event: TenderingStarted) -> Sale:
    _require(sale, SaleStatus.OPEN)
    return replace(
        sale,
        status=SaleStatus.TENDERING,
        total_minor=event.total_minor,
        vat=_rows(event.vat),
    )


def _tendering_left(sale: Sale, _event: TenderingLeft) -> Sale:
    _require(sale, SaleStatus.TENDERING)
    if any(t.status in {TenderStatus.PENDING, TenderStatus.UNKNOWN} for t in sale.tenders):
        raise IllegalEvent(f"sale {sale.sale_id} is locked by a payment")
    return replace(sale, status=SaleStatus.OPEN, total_minor=0, vat=())


def _tender_booked(sale: Sale, event: TenderBooked) -> Sale:
    _require(sale, SaleStatus.TENDERING)
    if not event.attempt_id:
        booked = Tender(
            event.tender, event.kind, event.amount_minor, TenderStatus.BOOKED, event.number
        )
        if event.tender != len(sale.tenders) + 1:
            raise IllegalEvent(f"sale {sale.sale_id}: tender {event.tender} is not the next")
        return with_tender(sale, booked)
    pending = sale.tender(event.tender)
    if pending is None or pending.attempt_id != event.attempt_id:
        raise IllegalEvent(f"sale {sale.sale_id}: no tender of payment {event.attempt_id}")
    return with_tender(
        sale,
        replace(pending, amount_minor=event.amount_minor, status=TenderStatus.BOOKED, reason=""),
    )


def _tender_removed(sale: Sale, event: TenderRemoved) -> Sale:
    _require(sale, *IN_PROGRESS)
    tender = sale.tender(event.tender)
    if tender is None or tender.status is not TenderStatus.BOOKED:
        raise IllegalEvent(f"sale {sale.sale_id}: tender {event.tender} is not booked")
    return with_tender(sale, replace(tender, status=TenderStatus.REVERSED, reason=event.reason))


def _receipt_chosen(sale: Sale, event: ReceiptChosen) -> Sale:
    _require(sale, SaleStatus.COMPLETED)
    return replace(sale, receipt_choice=event.choice)


def _mail_queued(sale: Sale, _event: ReceiptMailQueued) -> Sale:
    _require(sale, SaleStatus.COMPLETED)
    return replace(sale, letters=sale.letters + 1)


def _unvalued(change: Callable[[Sale, Any], Sale]) -> Callable[[Sale, Any], Sale]:
    """Return a change of the basket that leaves no valuation of the basket before it."""

    def changed(sale: Sale, event: Event) -> Sale:
        after = change(sale, event)
        return after if after.valuation is None else replace(after, valuation=None)

    return changed


SALE_FACTS: Mapping[type[Event], Callable[[Sale, Any], Sale]] = {
    LineAdded: _unvalued(_line_added),
    LineSelected: _line_selected,
    QuantityChanged: _unvalued(_quantity_changed),
    LineVoided: _unvalued(_line_voided),
    PriceOverridden: _unvalued(_price_overridden),
    DiscountGranted: _unvalued(_discount_granted),
    AgeApproved: _age_approved,
    SalespersonNamed: _salesperson_named,
    TenderingStarted: _tendering_started,
    TenderingLeft: _tendering_left,
    TenderRemoved: _tender_removed,
    ReceiptChosen: _receipt_chosen,
    ReceiptMailQueued: _mail_queued,
}
"""Facts that change nothing but the sale on the screen."""


def booked(sale: Sale, event: TenderBooked) -> Sale:
    """A tender counts from now on."""
    return _tender_booked(sale, event)


def completed(sale: Sale, event: SaleCompleted, moment: Moment) -> Sale:
    """The sale is a document."""
    _require(sale, SaleStatus.TENDERING)
    return replace(
        sale,
        status=SaleStatus.COMPLETED,
        receipt_sequence=event.receipt_sequence,
        receipt_number=event.receipt_number,
        token=event.token,
        seal=event.seal,
        seal_key=event.seal_key,
        fiscal_code=event.fiscal_code,
        completed_at_ms=moment.at_ms,
        total_minor=event.total_minor,
        rounding_minor=event.rounding_minor,
        change_minor=event.change_minor,
        vat=_rows(event.vat),
    )


def cancelled(sale: Sale, event: SaleCancelled) -> Sale:
    """The sale was abandoned; it stays on the screen until it is left."""
    _require(sale, *IN_PROGRESS)
    return replace(sale, status=SaleStatus.CANCELLED, cancel_reason=event.reason)


def parked(sale: Sale, label: str, moment: Moment) -> Sale:
    """The sale waits among the parked ones."""
    _require(sale, *IN_PROGRESS)
    return replace(
        sale,
        status=SaleStatus.PARKED,
        label=label,
        parked_at_ms=moment.at_ms,
        total_minor=0,
        vat=(),
    )


def apply(sale: Sale, event: Event) -> Sale:
    """Return the sale after a fact of ``SALE_FACTS``."""
    return SALE_FACTS[type(event)](sale, event)
