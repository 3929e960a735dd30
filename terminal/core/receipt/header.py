"""The head of the paper: who sells, and what kind of paper this is (RCP-05, RCP-17, NUM-06).

The logo stands above it; it belongs to the form that shows it, not to the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Align, Banner, Block, Spacer, Text
from terminal.core.receipt.page import Page


def header(page: Page) -> Iterator[Block]:
    """Yield name, address, telephone and registration of the shop."""
    shop = page.shop
    yield Text(shop.name, Align.CENTER, bold=True)
    for line in shop.address:
        yield Text(line, Align.CENTER)
    if shop.phone:
        yield Text(f"{page.word('phone')} {shop.phone}", Align.CENTER)
    for line in shop.registration:
        yield Text(line, Align.CENTER)
    yield Spacer()


def marks(page: Page, copy: int, *, training: bool) -> Iterator[Block]:
    """Yield what nobody must miss: that this is a test, or a duplicate and which one."""
    if training:
        yield Banner(f"*** {page.word('training')} ***", page.under("training"))
        yield Text(page.word("practice"), Align.CENTER, under=page.under("practice"))
    if copy:
        yield Banner(f"*** {page.word('duplicate')} ***", page.under("duplicate"))
        yield Text(f"{page.word('duplicate_number')} {copy}", Align.CENTER)
    if training or copy:
        yield Spacer()
