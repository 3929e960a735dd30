"""What was sold since the last closure of the day, the month and the year, and since ever.

A period gathers the figures of receipts as they were printed: it adds, and never recomputes VAT.
It begins with its first receipt and ends with its closure, whatever the clock says in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from terminal.core import categories
from terminal.core.books import Books, CategoryRow, Period, VatRow
from terminal.core.frozen import replace
from terminal.core.state import Sale, TenderStatus

SCOPES = ("day", "month", "year")
_KEY_LENGTH: Mapping[str, int] = MappingProxyType({"day": 10, "month": 7, "year": 4})


def key_of(scope: str, day: str) -> str:
    """Return the period of a scope that an ISO date lies in."""
    return day[: _KEY_LENGTH[scope]]


def with_receipt(books: Books, sale: Sale, business_date: str, at_ms: int) -> Books:
    """Return the books after a completed sale of a trading day."""
    rows = categories.of_sale(sale)
    periods = {
        scope: _added(books.period(scope), sale, rows, key_of(scope, business_date), at_ms)
        for scope in SCOPES
    }
    return replace(
        books,
        **periods,
        perpetual_minor=books.perpetual_minor + sale.total_minor,
        perpetual_absolute_minor=books.perpetual_absolute_minor + abs(sale.total_minor),
        drawer_minor=books.drawer_minor + kept(sale).get("cash", 0),
    )


def _added(
    period: Period, sale: Sale, rows: tuple[CategoryRow, ...], key: str, at_ms: int
) -> Period:
    return replace(
        period,
        key=period.key or key,
        opened_at_ms=period.opened_at_ms or at_ms,
        first_receipt=period.first_receipt or sale.receipt_number,
        last_receipt=sale.receipt_number,
        count=period.count + 1,
        total_minor=period.total_minor + sale.total_minor,
        absolute_minor=period.absolute_minor + abs(sale.total_minor),
        vat=added_vat(period.vat, sale.vat),
        tenders=_added_tenders(period.tenders, sale),
        categories=categories.added(period.categories, rows),
    )


def added_vat(rows: Iterable[VatRow], more: Iterable[VatRow]) -> tuple[VatRow, ...]:
    """Add figures of VAT rate by rate, as they stand."""
    sums = {row.rate_bp: row for row in rows}
    for row in more:
        sum_ = sums.get(row.rate_bp, VatRow(row.rate_bp, 0, 0, 0))
        sums[row.rate_bp] = VatRow(
            row.rate_bp,
            sum_.net_minor + row.net_minor,
            sum_.vat_minor + row.vat_minor,
            sum_.gross_minor + row.gross_minor,
        )
    return tuple(sums[rate] for rate in sorted(sums))


def kept(sale: Sale) -> Mapping[str, int]:
    """Return what a completed sale brought in by kind of tender: change leaves as cash.

    Rounding of cash is already in what the customer handed over.
    """
    sums: dict[str, int] = {}
    for tender in sale.tenders:
        if tender.status is TenderStatus.BOOKED:
            sums[tender.kind] = sums.get(tender.kind, 0) + tender.amount_minor
    if sale.change_minor:
        sums["cash"] = sums.get("cash", 0) - sale.change_minor
    return sums


def _added_tenders(tenders: Iterable[tuple[str, int]], sale: Sale) -> tuple[tuple[str, int], ...]:
    sums = dict(tenders)
    for kind, amount in kept(sale).items():
        sums[kind] = sums.get(kind, 0) + amount
    return tuple(sorted(sums.items()))
