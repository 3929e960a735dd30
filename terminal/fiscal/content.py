"""What a signed record is about, as plain values: the whole of it, not a selection.

Only text and integers: amounts in minor units, weights in grams, times in milliseconds UTC.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from terminal.core.basket import totals
from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    Event,
    InvoiceIssued,
    JournalPurged,
    PeriodClosed,
    to_payload,
)
from terminal.core.state import Line, Sale, Tender
from terminal.journal.records import canonical_json

_ORIGIN = ("origin_receipt", "origin_line")
_LINE = tuple(field.name for field in fields(Line) if field.name not in _ORIGIN)


def of_sale(sale: Sale) -> dict[str, Any]:
    """Return a completed sale: lines, discounts, VAT and tenders, with what each came to."""
    sums = totals(sale)
    return {
        "receipt_number": sale.receipt_number,
        "sale_id": sale.sale_id,
        "ordinal": sale.ordinal,
        "business_date": sale.business_date,
        "opened_at_ms": sale.opened_at_ms,
        "completed_at_ms": sale.completed_at_ms,
        "currency": sale.currency,
        "operator_id": sale.operator_id,
        "operator_name": sale.operator_name,
        "salesperson_id": sale.salesperson_id,
        "lines": [
            {
                **{name: _plain(getattr(line, name)) for name in _LINE},
                **({name: getattr(line, name) for name in _ORIGIN} if line.origin_receipt else {}),
                "gross_minor": sums.lines[line.n - 1].gross_minor,
                "net_minor": sums.lines[line.n - 1].net_minor,
                "foot_minor": sums.lines[line.n - 1].foot_minor,
            }
            for line in sale.lines
        ],
        "discounts": [
            {
                "n": discount.n,
                "line": discount.line,
                "percent_bp": discount.percent_bp,
                "amount_minor": sums.discounts[discount.n - 1].amount_minor,
                "reason": discount.reason,
                "coupon": discount.coupon,
                "authorised_by": discount.authorised_by,
            }
            for discount in sale.discounts
        ],
        "vat": [[row.rate_bp, row.net_minor, row.vat_minor, row.gross_minor] for row in sale.vat],
        "tenders": [_tender(tender) for tender in sale.tenders],
        "total_minor": sale.total_minor,
        "rounding_minor": sale.rounding_minor,
        "change_minor": sale.change_minor,
        **_valuation(sale),
    }


def _valuation(sale: Sale) -> dict[str, Any]:
    """Return what the receipt says beyond the goods; a sale without any of it says nothing."""
    parts = {"customer": sale.customer, "valuation": sale.valuation}
    said = {name: _fields(part) for name, part in parts.items() if part is not None}
    if sale.coupons:
        said["coupons"] = _fields(sale.coupons)
    return said


def _fields(value: Any) -> Any:
    """Return frozen values as JSON gives them back: objects, lists, text and integers."""
    if is_dataclass(value):
        return {one.name: _fields(getattr(value, one.name)) for one in fields(value)}
    return [_fields(one) for one in value] if isinstance(value, tuple) else value


def of_closure(event: PeriodClosed, at_ms: int) -> dict[str, Any]:
    """Return a closure: every figure of it, and when it was made."""
    return {name: _plain(value) for name, value in to_payload(event).items()} | {"at_ms": at_ms}


def of_archives(event: ArchiveMade | ArchiveCopied | JournalPurged, at_ms: int) -> dict[str, Any]:
    """Return what was done with archives: made, copied, or relied on by a purge.

    An archive is told by its hash: what is in it can be shown to be what was made.
    """
    told = {name: _plain(value) for name, value in to_payload(event).items()}
    if not isinstance(event, JournalPurged):
        told["period"] = f"{event.first_day}/{event.last_day}"
    return told | {"at_ms": at_ms, "event": of_event(event)}


def of_event(event: Event) -> dict[str, Any]:
    """Return an event whole, under the name of its type."""
    payload: dict[str, Any] = json.loads(canonical_json(to_payload(event)))
    return {"type": type(event).__name__, **payload}


def of_invoice(event: InvoiceIssued, at_ms: int) -> dict[str, Any]:
    """Return an invoice: every field of it, buyer and seller, and when it was issued."""
    return {name: _plain(value) for name, value in to_payload(event).items()} | {"at_ms": at_ms}


def _tender(tender: Tender) -> dict[str, Any]:
    card = tender.card
    return {
        "n": tender.n,
        "kind": tender.kind,
        "amount_minor": tender.amount_minor,
        "status": tender.status.value,
        "number": tender.number,
        "reference": tender.reference,
        "approval_code": card.approval_code if card else "",
        "brand": card.brand if card else "",
        "last4": card.last4 if card else "",
    }


def _plain(value: Any) -> Any:
    return [list(pair) for pair in value] if isinstance(value, tuple) else value
