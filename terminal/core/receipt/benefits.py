"""The benefits that were applied: five parts in their order, an empty one left out (RCP-15)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Block, Row, Spacer, Text
from terminal.core.receipt.page import Page
from terminal.core.valued import AMOUNT, PARTS, POINTS, Benefit


def benefits(page: Page) -> Iterator[Block]:
    """Yield each part with its rows: a label, and an amount, points or an article (RCP-16)."""
    valuation = page.sale.valuation
    rows = valuation.benefits if valuation else ()
    for part in PARTS:
        of_part = [row for row in rows if row.part == part]
        if not of_part:
            continue
        key = f"benefits_{part}"
        yield Text(f"{page.word(key)} :", bold=True, under=page.under(key))
        for row in of_part:
            figure = _figure(page, row)
            yield Row(f"{row.label} :" if figure else row.label, figure)
        yield Spacer()


def _figure(page: Page, row: Benefit) -> str:
    if row.kind == AMOUNT:
        return page.figures.amount(row.value)
    return page.figures.count(row.value) if row.kind == POINTS else row.text
