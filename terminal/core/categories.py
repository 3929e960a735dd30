"""What was sold by kind, tax category and rate: what e-reporting and the accounts ask of a day.

The category is a code of the country's tax administration, in France TLB1 (goods), TPS1 (services),
TNT1 (not taxed), TMA1 (margin).  It is data: an article names its own, or its department has one,
or the shop's default applies; the line keeps what was resolved.

A receipt's VAT is computed once per rate and never again.  Where several categories share a rate,
that row is split: each part has its own net, and the cents by which these miss the row's net go to
the largest part, the first of equal ones.  So the parts always add up to the receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from terminal.core.basket import totals, vat_row
from terminal.core.books import CategoryRow, VatRow
from terminal.core.credits import MULTI
from terminal.core.frozen import replace
from terminal.core.state import Sale

NOT_TURNOVER = frozenset({MULTI})
"""Kinds of line that are money and no sale: a voucher for several purposes is taxed when redeemed.
Source: CGI 256 ter."""

Key = tuple[str, str, int]
"""Kind of line, category, rate."""


def split(row: VatRow, parts: Sequence[int]) -> tuple[VatRow, ...]:
    """Split the VAT of one rate over the gross amounts that it is the sum of."""
    rows = [vat_row(row.rate_bp, part) for part in parts]
    missing = row.net_minor - sum(part.net_minor for part in rows)
    if missing and rows:  # without a line of the rate the sale was touched: a verification says so
        largest = max(range(len(rows)), key=lambda i: abs(rows[i].gross_minor))
        part = rows[largest]
        net = part.net_minor + missing
        rows[largest] = VatRow(part.rate_bp, net, part.gross_minor - net, part.gross_minor)
    return tuple(rows)


def of_sale(sale: Sale) -> tuple[CategoryRow, ...]:
    """Return a completed sale by kind, category and rate; each row counts one receipt."""
    gross: dict[Key, int] = {}
    for line, total in zip(sale.lines, totals(sale).lines, strict=True):
        if not line.void:
            key = (line.kind, line.category, line.vat_rate_bp)
            gross[key] = gross.get(key, 0) + total.net_minor - total.foot_minor
    found: list[CategoryRow] = []
    for row in sale.vat:
        keys = sorted(key for key in gross if key[2] == row.rate_bp)
        parts = split(row, [gross[key] for key in keys])
        found += [
            CategoryRow(
                kind, category, rate, part.net_minor, part.vat_minor, part.gross_minor, count=1
            )
            for (kind, category, rate), part in zip(keys, parts, strict=True)
        ]
    return tuple(sorted(found, key=key_of))


def key_of(row: CategoryRow) -> Key:
    """Return what tells one row from another; rows are kept in this order."""
    return (row.kind, row.category, row.rate_bp)


def added(rows: Iterable[CategoryRow], more: Iterable[CategoryRow]) -> tuple[CategoryRow, ...]:
    """Add rows to rows, as they stand."""
    sums = {key_of(row): row for row in rows}
    for row in more:
        kept = sums.get(key_of(row))
        sums[key_of(row)] = (
            row
            if kept is None
            else replace(
                kept,
                net_minor=kept.net_minor + row.net_minor,
                vat_minor=kept.vat_minor + row.vat_minor,
                gross_minor=kept.gross_minor + row.gross_minor,
                count=kept.count + row.count,
            )
        )
    return tuple(sums[key] for key in sorted(sums))
