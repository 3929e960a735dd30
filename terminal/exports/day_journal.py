"""The day journal: per closed day what was sold, by tax category and rate, and how it was paid.

It holds what French e-reporting of sales to consumers asks of a till (transactions: base, VAT and
count per day, category and rate; payments of services per day and rate), and what an accountant
needs beside it.  It is made from closures alone, so the same closures give the same bytes for ever.

JSON has amounts as integers of minor units; CSV (UTF-8, semicolons) with a decimal comma.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from terminal.core.books import CategoryRow
from terminal.exports.company import Company, percent
from terminal.exports.days import Day

FORMAT = "reprise-day-journal-1"
COLUMNS = (
    "date", "closure", "closed_at", "row", "kind", "category", "rate", "base", "vat", "gross",
    "count",
)  # fmt: skip


def write_json(
    out: TextIO,
    company: Company,
    days: Iterable[Day],
    period: tuple[str, str],
    services: Iterable[str],
) -> None:
    """Write the journal as JSON, a day a line."""
    services = tuple(services)
    head = {
        "format": FORMAT,
        "company": company.name,
        "number": company.number,
        "vat_number": company.vat_number,
        "till": company.till,
        "workstation": company.workstation,
        "currency": company.currency,
        "first_day": period[0],
        "last_day": period[1],
    }
    out.write(f"{_json(head)[:-1]},\n" + '"days":[')
    out.writelines(
        ("," if number else "") + "\n" + _json(_day(company, day, services))
        for number, day in enumerate(days)
    )
    out.write("\n]}\n")


def write_csv(out: TextIO, company: Company, days: Iterable[Day], services: Iterable[str]) -> None:
    """Write the journal as CSV: a row is a sale, a tender, a payment of services or a movement."""
    services = tuple(services)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for day in days:
        head = (day.date, day.event.number, _closed_at(company, day))
        for name, *fields, amounts, count in _rows(day, services):
            figures = ("" if amount is None else company.amount(amount, ",") for amount in amounts)
            writer.writerow((*head, name, *fields, *figures, count))


Amounts = tuple[int | None, int | None, int]


def _rows(day: Day, services: tuple[str, ...]) -> Iterator[tuple[str, str, str, str, Amounts, Any]]:
    """Yield (row, kind, category, rate, (base, VAT, gross), count)."""
    event = day.event
    for name, rows in (("turnover", day.turnover), ("not_turnover", day.other)):
        for row in rows:
            amounts = (row.net_minor, row.vat_minor, row.gross_minor)
            yield name, row.kind, row.category, percent(row.rate_bp), amounts, row.count
    for kind, amount in event.tenders:
        yield "tender", kind, "", "", (None, None, amount), ""
    if day.rounding_minor:
        yield "rounding", "", "", "", (None, None, day.rounding_minor), ""
    for rate, amount in day.services(services):
        yield "services_paid", "", "", percent(rate), (None, None, amount), ""
    for kind, amount in event.movements:
        yield "movement", kind, "", "", (None, None, amount), ""
    yield "cash_expected", "", "", "", (None, None, event.expected_cash_minor), ""
    if day.counted_minor is not None:
        yield "cash_counted", "", "", "", (None, None, day.counted_minor), ""
        yield "cash_difference", "", "", "", (None, None, day.difference_minor), ""
    yield "total", "", "", "", (None, None, event.total_minor), event.count


def _closed_at(company: Company, day: Day) -> str:
    """Return when the day was closed; empty when it is provisional."""
    return company.local(day.closed_at_ms).isoformat() if day.closed_at_ms else ""


def _day(company: Company, day: Day, services: tuple[str, ...]) -> dict[str, Any]:
    event = day.event
    return {
        "date": day.date,
        "closure": event.number,
        "closed_at": _closed_at(company, day),
        "provisional": not day.closed_at_ms,
        "receipts": event.count,
        "first_receipt": event.first_receipt,
        "last_receipt": event.last_receipt,
        "total_minor": event.total_minor,
        "perpetual_minor": event.perpetual_minor,
        "turnover": [_row(row) for row in day.turnover],
        "not_turnover": [_row(row) for row in day.other],
        "tenders": [{"kind": kind, "amount_minor": amount} for kind, amount in event.tenders],
        "rounding_minor": day.rounding_minor,
        "services_paid": [
            {"date": day.date, "rate": percent(rate), "amount_minor": amount}
            for rate, amount in day.services(services)
        ],
        "movements": [{"kind": kind, "amount_minor": amount} for kind, amount in event.movements],
        "cash": {
            "expected_minor": event.expected_cash_minor,
            "counted_minor": day.counted_minor,
            "difference_minor": day.difference_minor,
        },
    }


def _row(row: CategoryRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "category": row.category,
        "rate": percent(row.rate_bp),
        "base_minor": row.net_minor,
        "vat_minor": row.vat_minor,
        "gross_minor": row.gross_minor,
        "transactions": row.count,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
