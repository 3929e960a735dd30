"""The lines of a sale as the till's table shows them (SAL-04)."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.basket import LineTotal, Totals
from terminal.core.commands import SelectLine
from terminal.core.state import Discount, Line, Sale
from terminal.presenters.view import Action
from terminal.words import Words

SHOWN_ATTRIBUTES = ("colour", "size")
_DOT = " \u00b7 "
MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line, in finished words; ``tone`` is ``return``, ``gift``, ``foot`` or empty."""

    n: str = ""
    label: str = ""
    detail: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    net: str = ""
    selected: bool = False
    void: bool = False
    tone: str = ""
    press: Action = Action()


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns."""

    n: str = ""
    label: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    net: str = ""


def columns(words: Words) -> Columns:
    """Return the names of the columns."""
    return Columns(
        *(
            words.text(f"screen.till.column.{name}")
            for name in ("n", "label", "quantity", "price", "discount", "net")
        )
    )


def rows(sale: Sale, figures: Totals, words: Words) -> tuple[TableRow, ...]:
    """Return one row per line, then one per discount at the foot of the ticket (SAL-12)."""
    lines = [_row(sale, line, figures.lines[line.n - 1], words) for line in sale.lines]
    foot = [
        _foot(discount, figures.discounts[discount.n - 1].amount_minor, sale, words)
        for discount in sale.discounts
        if discount.line == 0
    ]
    return (*lines, *foot)


def discounts_of(sale: Sale, n: int) -> tuple[Discount, ...]:
    """Return the discounts of a line, in the order granted."""
    return tuple(discount for discount in sale.discounts if discount.line == n)


def attributes(line: Line, words: Words) -> str:
    """Return colour and size, and what eco-participation the price holds."""
    parts = [value for name, value in line.attributes if name in SHOWN_ATTRIBUTES and value]
    eco = next((value for name, value in line.attributes if name == "eco"), "")
    if eco.isdecimal() and int(eco):
        amount = words.format_amount(int(eco), "EUR")
        parts.append(f"{words.text('receipt.eco_included')} {amount}")
    return _DOT.join(parts)


def quantity(line: Line, words: Words) -> str:
    """Return pieces or kilograms."""
    if line.weight_g:
        return words.format_weight(-line.weight_g if line.is_return else line.weight_g)
    return words.format_quantity(line.quantity)


def _row(sale: Sale, line: Line, figure: LineTotal, words: Words) -> TableRow:
    money = words.format_amount
    price = words.text("receipt.gift") if line.is_gift else money(
        line.unit_price_minor, sale.currency
    )  # fmt: skip
    return TableRow(
        n=str(line.n),
        label=line.label
        if line.kind == "article"
        else f"{words.text(f'receipt.{line.kind}')} {line.label}",
        detail=_detail(sale, line, words),
        quantity=quantity(line, words),
        price=price,
        discount="" if line.void else _discount(sale, line, figure, words),
        net=money(figure.net_minor, sale.currency),
        selected=line.n == sale.selected,
        void=line.void,
        tone="return" if line.is_return else "gift" if line.is_gift else "",
        press=Action(line.label, "", SelectLine(line.n)),
    )


def _detail(sale: Sale, line: Line, words: Words) -> str:
    if line.void:
        return words.text("screen.till.void")
    reasons = [discount.reason for discount in discounts_of(sale, line.n)]
    parts = [
        words.text("screen.till.returned", reason=line.return_reason) if line.is_return else "",
        attributes(line, words) or ("" if reasons or line.price_reason else line.brand),
        line.price_reason,
        *reasons,
    ]
    if line.minimum_age and not sale.age_approved:
        parts.append(words.text("screen.till.age", age=line.minimum_age))
    return _DOT.join(part for part in parts if part)


def _discount(sale: Sale, line: Line, figure: LineTotal, words: Words) -> str:
    """Return a percentage as such when it is the only discount, else what was taken off."""
    granted = discounts_of(sale, line.n)
    if len(granted) == 1 and granted[0].percent_bp:
        return MINUS + words.format_rate(granted[0].percent_bp)
    if not figure.discount_minor:
        return ""
    return words.format_amount(-figure.discount_minor, sale.currency)


def _foot(discount: Discount, taken_minor: int, sale: Sale, words: Words) -> TableRow:
    rate = MINUS + words.format_rate(discount.percent_bp) if discount.percent_bp else ""
    return TableRow(
        label=words.text("screen.till.action.ticket_discount"),
        detail=discount.reason,
        discount=rate,
        net=words.format_amount(-taken_minor, sale.currency),
        tone="foot",
    )
