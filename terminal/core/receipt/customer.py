"""The customer: name and card, points, and the message (RCP-12 to RCP-14, RCP-21, RCP-22)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Block, Spacer, Text
from terminal.core.receipt.page import Page

WHOLE, LAST_FOUR, HIDDEN = "whole", "last4", "none"
"""How much of the number of a customer's card the paper shows."""


def customer(page: Page, shown: str) -> Iterator[Block]:
    """Yield who bought, when that is known."""
    who = page.sale.customer
    if who is None:
        return
    if who.name:
        yield page.labelled("customer", who.name)
    if who.card and shown != HIDDEN:
        yield page.labelled("customer_card", masked(who.card, shown))
    yield Spacer()


def masked(number: str, shown: str) -> str:
    """Return a card's number as the shop wishes it to be seen; one of four characters is whole."""
    return number if shown == WHOLE or len(number) <= 4 else f"*{number[-4:]}"


def points(page: Page) -> Iterator[Block]:
    """Yield the points section: never for a sale that was not valued, or an anonymous one."""
    valuation, who = page.sale.valuation, page.sale.customer
    if valuation is None or valuation.points is None or who is None:
        return
    said, count = valuation.points, page.figures.count
    yield Text(f"{page.word('points')} :", bold=True, under=page.under("points"))
    yield page.labelled("points_earned", count(said.earned))
    if said.used:
        yield page.labelled("points_used", count(said.used))
    yield page.labelled("points_balance", count(said.balance))
    if said.at_ms:
        yield Text(f"({page.word('points_at')} {page.figures.moment(said.at_ms)})")
    if said.until:
        until = f"{page.word('points_until')} {page.figures.day(said.until)}"
        yield Text(until, under=page.under("points_until"))
    yield Spacer()


def message(page: Page, text: str) -> Iterator[Block]:
    """Yield the line for this customer: what the valuation says, else the shop's own."""
    said = page.sale.valuation.message if page.sale.valuation else ""
    if said or text:
        yield Text(said or text)
        yield Spacer()
