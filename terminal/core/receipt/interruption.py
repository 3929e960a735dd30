"""The slip of a sale that was interrupted: not a receipt, it takes no number (rule R6)."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.basket import totals
from terminal.core.blocks import QR, Banner, Block, Row, Rule, Spacer, Text
from terminal.core.figures import Figures
from terminal.core.receipt.header import header, marks
from terminal.core.receipt.lines import foot_discounts, lines
from terminal.core.receipt.origin import till
from terminal.core.receipt.page import Page, ShopIdentity
from terminal.core.state import PaymentAttempt, Sale


def interruption(
    sale: Sale,
    attempt: PaymentAttempt | None,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    *,
    code: str = "",
    copy: int = 0,
    training: bool = False,
) -> tuple[Block, ...]:
    """Return the slip.

    It says what was in the basket and what was paid, and names the payment in doubt so that the
    customer holds its amount and reference (rule R6).  ``code`` is what a scanner reads to find the
    sale again; every ``copy`` but 0 is marked.
    """
    page = Page(sale, totals(sale), shop, words, figures)
    doubt: tuple[Block, ...] = ()
    if attempt is not None:
        doubt = (
            Row(page.word("payment_in_doubt"), figures.money(attempt.amount_minor), bold=True),
            page.labelled("reference", attempt.reference),
        )
    symbol = (Spacer(), Text(page.word("slip_code")), QR(code), Text(code)) if code else ()
    return (
        *header(page),
        *marks(page, copy, training=training),
        Banner(page.word("interrupted")),
        Spacer(),
        *lines(page),
        *foot_discounts(page),
        Rule(),
        Row(page.word("total"), figures.money(page.sums.total_minor), bold=True),
        Row(page.word("paid"), figures.money(page.sums.paid_minor)),
        *doubt,
        Spacer(),
        Text(page.word("interrupted_advice")),
        Spacer(),
        *till(page),
        page.labelled("sale", sale.sale_id),
        Text(figures.date_time),
        *symbol,
    )
