"""The goods: two rows an article, what is under them, and discounts (RCP-06 to RCP-11)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.basket import DiscountTotal
from terminal.core.blocks import Block, Row
from terminal.core.numbering import grouped, is_digits
from terminal.core.receipt.page import INDENT, Page
from terminal.core.receipt.paper import durable_years
from terminal.core.receipt.properties import ECO, TEXT
from terminal.core.state import Discount, Line
from terminal.core.weighing import TYPED


def lines(page: Page) -> Iterator[Block]:
    """Yield every line that counts, with its own discounts."""
    letters = letters_of(page)
    by_line: dict[int, list[Discount]] = {}
    for discount in page.sale.discounts:
        by_line.setdefault(discount.line, []).append(discount)
    for line in page.sale.lines:
        if line.void:
            continue
        yield from _line(page, line, letters[line.vat_rate_bp])
        yield from _beneath(page, line)
        for discount in by_line.get(line.n, ()):
            yield from _discount(page, discount, page.sums.discounts[discount.n - 1])


def goods(page: Page) -> Iterator[Block]:
    """Yield the articles without any price: what a gift receipt shows."""
    for line in page.sale.lines:
        if line.void or line.kind != "article" or line.is_return:
            continue
        count = page.figures.kilograms(line.weight_g) if line.weight_g else f"x{line.quantity}"
        yield Row(line.label, count)
        if line.reference:
            yield Row(line.reference, "", indent=INDENT)
        for rule in page.properties:
            if rule.form == TEXT and rule.key != ECO:
                yield from _written(rule.written(line, page.figures))
        yield from _guarantee(page, line)


def foot_discounts(page: Page) -> Iterator[Block]:
    """Yield the discounts on the whole sale, each with the coupon that caused it (RCP-11)."""
    for discount in page.sale.discounts:
        if discount.line == 0:
            yield from _discount(page, discount, page.sums.discounts[discount.n - 1])


def letters_of(page: Page) -> dict[int, str]:
    """Return the letter of each VAT rate, as the table at the foot explains it."""
    return {row.rate_bp: letter(i) for i, row in enumerate(page.sums.vat)}


def letter(place: int) -> str:
    """Return the letter of a row of the VAT table."""
    return chr(ord("A") + place % 26)


def _line(page: Page, line: Line, letter_: str) -> Iterator[Block]:
    gross = page.figures.amount(page.sums.lines[line.n - 1].gross_minor)
    if line.kind != "article":
        yield Row(
            f"{page.word(line.kind)} {line.label}", f"({letter_})", under=page.under(line.kind)
        )
        yield Row("", gross, indent=INDENT)
        return
    times = f"({letter_})" if line.weight_g else f"x{line.quantity} ({letter_})"
    yield Row(line.label, times)
    if line.is_gift:
        yield Row(line.reference, page.word("gift"), indent=INDENT, under=page.under("gift"))
    else:
        yield Row(line.reference, gross, indent=INDENT, middle=_unit(page, line))


def _unit(page: Page, line: Line) -> str:
    price = page.figures.amount(line.unit_price_minor)
    if not line.weight_g:
        return price
    # A weight that a person typed is marked: it must not pass for one that the scale found.
    by_hand = f"{page.word('typed_weight')} " if line.weighed == TYPED else ""
    return f"{by_hand}{page.figures.kilograms(line.weight_g)} x {price}"


def _beneath(page: Page, line: Line) -> Iterator[Block]:
    for rule in page.properties:
        if rule.key == ECO:
            yield from _eco(page, line)
        else:
            yield from _written(rule.written(line, page.figures))
    if not any(rule.key == ECO for rule in page.properties):
        yield from _eco(page, line)
    yield from _guarantee(page, line)
    if line.is_return:
        yield page.detail("return", f"({line.return_reason})")
        if line.origin_receipt:
            yield page.detail("return_of", f"{grouped(line.origin_receipt)} / {line.origin_line}")
    elif line.price_reason and not line.is_gift:
        yield page.detail("price_changed", f"({line.price_reason})")


def _written(values: Iterator[str]) -> Iterator[Block]:
    for value in values:
        yield Row(value, "", indent=INDENT)


def _eco(page: Page, line: Line) -> Iterator[Block]:
    """Yield the eco-participation, which the price includes (RCP-09)."""
    for key, value in line.attributes:
        if key == ECO and is_digits(value):
            yield page.detail("eco_included", page.figures.amount(int(value) * abs(line.quantity)))


def _guarantee(page: Page, line: Line) -> Iterator[Block]:
    """Yield how long the legal guarantee of durable goods lasts (consumer code D211-6)."""
    years = durable_years(line)
    if years and not line.is_return:
        yield page.detail(
            "legal_guarantee", f"{years} {page.word('year' if years == 1 else 'years')}"
        )


def _discount(page: Page, discount: Discount, taken: DiscountTotal) -> Iterator[Block]:
    percent = f" {page.figures.rate(discount.percent_bp)}" if discount.percent_bp else ""
    label = f"{page.word('discount')}{percent} ({discount.reason})"
    taken_off = page.figures.amount(-taken.amount_minor)
    under = page.under("discount")
    if discount.line:
        left = page.figures.amount(taken.left_minor)
        yield Row(label, left, indent=INDENT, middle=taken_off, under=under)
    else:
        yield Row(label, taken_off, under=under)
    if discount.coupon:
        yield Row(f"{page.word('coupon')} {discount.coupon}", "", indent=INDENT)
