"""Coupons that the sale gives, each a piece of paper of its own under the receipt (RCP-10)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Align, Banner, Barcode, Block, Rule, Spacer, Text
from terminal.core.numbering import grouped
from terminal.core.receipt.page import Page
from terminal.core.state import Sale


def coupons(page: Page) -> Iterator[Block]:
    """Yield face value, text, use, validity, number and bars of each coupon."""
    sale: Sale = page.sale
    for coupon in sale.coupons:
        yield Rule()
        yield Text(
            page.word("coupon_title"), Align.CENTER, bold=True, under=page.under("coupon_title")
        )
        if coupon.face_minor:
            yield Banner(page.figures.money(coupon.face_minor))
        for text in (coupon.text, coupon.usage):
            if text:
                yield Text(text)
        first, last = page.figures.day(coupon.valid_from), page.figures.day(coupon.valid_until)
        yield Spacer()
        yield Text(
            f"{page.word('coupon_from')} {first} {page.word('coupon_until')} {last}", Align.CENTER
        )
        yield Spacer()
        yield Barcode(coupon.number, caption=False)
        yield Text(f"{page.word('coupon_number')} {grouped(coupon.number)}", Align.CENTER)
