"""The whole document, section by section, and the receipt for a gift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.basket import totals
from terminal.core.blocks import Align, Banner, Block, Rule, Section, Spacer, Text
from terminal.core.figures import Figures
from terminal.core.receipt.benefits import benefits
from terminal.core.receipt.coupons import coupons
from terminal.core.receipt.customer import LAST_FOUR, customer, message, points
from terminal.core.receipt.header import header, marks
from terminal.core.receipt.lines import foot_discounts, goods, lines
from terminal.core.receipt.origin import origin
from terminal.core.receipt.page import NotFinal, Page, ShopIdentity
from terminal.core.receipt.payment import counts, payment, vat_table
from terminal.core.receipt.properties import DEFAULT_PROPERTIES, PropertyRule
from terminal.core.receipt.slip import slips
from terminal.core.state import Sale, SaleStatus

_NONE: Mapping[str, str] = MappingProxyType({})
_TRANSLATED = frozenset(
    {"lines", "discounts", "payment", "vat", "counts", "customer", "points", "benefits"}
)
"""What a second block in the shopper's language says again: all but what is the same in both."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a receipt is written beside the sale itself."""

    copy: int = 0
    """0 for the original; others are marked as duplicates and counted (RCP-17)."""
    training: bool = False
    """Marks a test receipt (NUM-06)."""
    message: str = ""
    """A line for every customer to whom the valuation says nothing (RCP-22)."""
    properties: tuple[PropertyRule, ...] = DEFAULT_PROPERTIES
    shows_points: bool = True
    """False for a chain without points (RCP-14)."""
    card_shown: str = LAST_FOUR
    legal: tuple[Block, ...] = ()
    """What the law of the country wants under it."""
    second: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """The words of the shopper's language, beneath the fixed texts."""
    block: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """The words of the shopper's language, as a second block; instead of ``second``."""
    block_figures: Figures | None = None


_PLAIN = Receipt()


def receipt(
    sale: Sale,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    how: Receipt = _PLAIN,
) -> tuple[Section, ...]:
    """Return the receipt of a completed sale, section by section; an empty one is left out.

    Args:
        sale: the sale as completed, with its number.
        shop: the header.
        words: texts by the keys of ``RECEIPT_WORDS``.
        figures: how figures are written, and the date and time of the sale.
        how: marks, properties and languages.

    Raises:
        NotFinal: the sale is not completed.
    """
    if sale.status is not SaleStatus.COMPLETED:
        raise NotFinal(sale.sale_id)
    page = Page(sale, totals(sale), shop, words, figures, how.properties, how.second)
    made = [
        *_before(page, how),
        ("origin", origin(page, training=how.training)),
        ("legal", how.legal),
        ("slips", slips(page)),
        ("translation", _translation(page, how)),
        ("coupons", coupons(page)),
    ]
    return _sections(made)


def gift_receipt(
    sale: Sale,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    how: Receipt = _PLAIN,
) -> tuple[Section, ...]:
    """Return a receipt to give away with a present: no price, yet it can be exchanged.

    It carries the number, code and bars of the sale.  Raises NotFinal.
    """
    if sale.status is not SaleStatus.COMPLETED:
        raise NotFinal(sale.sale_id)
    page = Page(sale, totals(sale), shop, words, figures, how.properties, how.second or how.block)
    title = Banner(page.word("gift_receipt"), page.under("gift_receipt"))
    advice = Text(page.word("gift_advice"), Align.CENTER, under=page.under("gift_advice"))
    return _sections(
        [
            ("header", header(page)),
            ("marks", marks(page, 0, training=how.training)),
            ("title", (title, Spacer())),
            ("lines", goods(page)),
            ("advice", (Rule(), advice, Spacer())),
            ("origin", origin(page, training=how.training)),
        ]
    )


def _before(page: Page, how: Receipt) -> list[tuple[str, Iterable[Block]]]:
    return [
        ("header", header(page)),
        ("marks", marks(page, how.copy, training=how.training)),
        ("lines", lines(page)),
        ("discounts", foot_discounts(page)),
        ("payment", payment(page)),
        ("vat", vat_table(page)),
        ("counts", counts(page)),
        ("customer", customer(page, how.card_shown)),
        ("points", points(page) if how.shows_points else ()),
        ("benefits", benefits(page)),
        ("message", message(page, how.message)),
    ]


def _translation(page: Page, how: Receipt) -> Iterable[Block]:
    """Yield what is on the paper once more, in the shopper's words and figures."""
    if not how.block:
        return
    figures = how.block_figures or page.figures
    other = Page(page.sale, page.sums, page.shop, how.block, figures, page.properties)
    yield Rule()
    for name, blocks in _before(other, how):
        if name in _TRANSLATED:
            yield from blocks


def _sections(parts: list[tuple[str, Iterable[Block]]]) -> tuple[Section, ...]:
    made = (Section(name, tuple(blocks)) for name, blocks in parts)
    return tuple(section for section in made if section.blocks)
