"""Where the paper comes from: till, number with its code, date, and the bars (RCP-23, NUM-02)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Barcode, Block, Spacer, Text
from terminal.core.numbering import grouped
from terminal.core.receipt.page import Page


def till(page: Page) -> Iterator[Block]:
    """Yield the salesperson, and register, workstation and operator (NUM-05)."""
    shop = page.shop
    where = f"{shop.till_number} - {shop.workstation} - {page.sale.operator_name}".rstrip()
    if page.sale.salesperson_id:
        yield page.labelled("salesperson", page.sale.salesperson_id)
    yield page.labelled("till", where)


def origin(page: Page, *, training: bool) -> Iterator[Block]:
    """Yield all of it, down to the bars that bring the sale back (RCP-04)."""
    number = grouped(page.sale.receipt_number)
    if training:
        number = f"{page.word('training')} {number}"
    token = f" (#{page.sale.token})" if page.sale.token else ""
    yield from till(page)
    yield page.labelled("ticket", f"{number}{token}")
    yield Text(page.figures.date_time)
    yield Spacer()
    yield Barcode(page.sale.receipt_number)
