"""Completed sales of real articles, without a terminal."""

from __future__ import annotations

import csv
from pathlib import Path

from terminal.core.basket import totals
from terminal.core.numbering import receipt_number
from terminal.core.state import Discount, Line, Sale, SaleStatus

CATALOGUE = Path(__file__).parents[2] / "terminal" / "sample" / "articles.csv"
COMPLETED_MS = 1_790_000_000_000


def of_articles(count: int) -> Sale:
    """Return a sale of the catalogue's articles, spread over it, one to three pieces each."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["unit"] == "piece"]
    step = len(rows) // count
    return completed(
        *(
            line(n + 1, rows[n * step]["code"], int(rows[n * step]["price_minor"]), 1 + n % 3,
                 rate_bp=round(float(rows[n * step]["vat_rate"]) * 100))
            for n in range(count)
        )
    )  # fmt: skip


def line(n: int, code: str, price_minor: int, quantity: int = 1, *, rate_bp: int = 2000,
         **changes: object) -> Line:  # fmt: skip
    return Line(
        n, changes.pop("kind", "article"), code, code, f"Article {code}", "", "", quantity,
        changes.pop("weight_g", 0), price_minor, price_minor, rate_bp, **changes,
    )  # fmt: skip


def completed(*lines: Line, discounts: tuple[Discount, ...] = (), till: str = "3001") -> Sale:
    sale = Sale(
        f"{till}-000014", 14, SaleStatus.COMPLETED, "EUR", "1", "Camille", "fr",
        COMPLETED_MS, "2026-09-21", lines=lines, discounts=discounts, receipt_sequence=14,
        receipt_number=receipt_number("82", till, 14), completed_at_ms=COMPLETED_MS,
    )  # fmt: skip
    sums = totals(sale)
    return Sale(
        **{name: getattr(sale, name) for name in Sale.__dataclass_fields__}
        | {"total_minor": sums.total_minor, "vat": sums.vat}
    )
