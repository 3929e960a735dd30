"""An invoice's figures without VAT, from a receipt whose prices have it inside.

The receipt is the truth: per rate its base, VAT and gross amount are taken as they were printed,
and never computed again (EN 16931: BT-116, BT-117).  What lies below them is made to add up, so
that BR-CO-10 to BR-CO-16 hold to the cent:

1. Lines of a rate, discounts on the line taken off, come to ``round(sum / (1 + rate))``; the parts
   of the lines are shared by largest remainder, ties by line order (BT-131).
2. What the discounts at the foot took from a rate is that sum less the receipt's base: one
   allowance per rate (BT-92).
3. A discount on a line is the line's amount before it, less its amount (BT-136).
4. The price of one (BT-146) has four decimals; where these do not give back the line's amount, it
   is the price of the whole quantity (BT-149).

A credit note says the same with the signs turned.  All amounts are integer minor units; quantities
and prices are decimal text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from terminal.core.basket import Totals, totals
from terminal.core.books import VatRow
from terminal.core.events import InvoiceIssued
from terminal.core.invoicing import CREDIT_NOTE
from terminal.core.money import currency, round_half_away
from terminal.core.periods import kept
from terminal.core.state import Discount, Line, Sale

WHOLE_BP = 10_000
PRICE_DECIMALS = Decimal("0.0001")
PIECE, KILOGRAM = "C62", "KGM"
"""UN/ECE recommendation 20."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price without VAT of ``base`` pieces or kilograms, before discounts."""

    amount: str
    base: str = ""
    """Empty: of one."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a discount took, without VAT, at one rate."""

    amount_minor: int
    reason: str
    rate_bp: int


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line; ``net_minor`` is without VAT, ``gross_minor`` with it, discounts taken off."""

    line: Line
    quantity: str
    unit: str
    price: Price
    discount: Allowance | None
    net_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceFigures:
    """Everything that an invoice adds up."""

    currency: str
    lines: tuple[InvoiceLine, ...]
    allowances: tuple[Allowance, ...]
    """Discounts at the foot, one per rate."""
    vat: tuple[VatRow, ...]
    lines_minor: int
    allowances_minor: int
    net_minor: int
    vat_minor: int
    total_minor: int
    rounding_minor: int
    """What rounding to coins added to the total."""
    paid_minor: int
    tenders: tuple[tuple[str, int], ...]
    """By kind, what was kept of it."""


def figures(sale: Sale, event: InvoiceIssued) -> InvoiceFigures:
    """Return the figures of an invoice from the receipt that it is about."""
    sign = -1 if event.kind == CREDIT_NOTE else 1
    sums = totals(sale)
    counting = [line for line in sale.lines if not line.void]
    vat = tuple(
        VatRow(rate, sign * net, sign * tax, sign * gross) for rate, net, tax, gross in event.vat
    )
    lines: dict[int, InvoiceLine] = {}
    allowances: list[Allowance] = []
    for row in vat:
        of_rate = [line for line in counting if line.vat_rate_bp == row.rate_bp]
        whole, nets = _shared([sign * _net(sums, line) for line in of_rate], row.rate_bp)
        for line, net in zip(of_rate, nets, strict=True):
            lines[line.n] = _line(sale, sums, line, sign, net)
        if whole != row.net_minor:
            foot = (d for d in sale.discounts if d.line == 0)
            allowances.append(Allowance(whole - row.net_minor, _reasons(foot), row.rate_bp))
    ordered = tuple(lines[line.n] for line in counting)
    return InvoiceFigures(
        currency=sale.currency,
        lines=ordered,
        allowances=tuple(allowances),
        vat=vat,
        lines_minor=sum(line.net_minor for line in ordered),
        allowances_minor=sum(one.amount_minor for one in allowances),
        net_minor=sum(row.net_minor for row in vat),
        vat_minor=sum(row.vat_minor for row in vat),
        total_minor=sign * event.total_minor,
        rounding_minor=sign * sale.rounding_minor,
        paid_minor=sign * (event.total_minor + sale.rounding_minor),
        tenders=tuple((kind, sign * minor) for kind, minor in sorted(kept(sale).items()) if minor),
    )


def _net(sums: Totals, line: Line) -> int:
    """Return a line with VAT, its own discounts taken off, those at the foot not."""
    return sums.lines[line.n - 1].net_minor


def _shared(gross: list[int], rate_bp: int) -> tuple[int, list[int]]:
    """Take VAT off amounts of one rate so that the parts add up to their sum without VAT."""
    divisor = WHOLE_BP + rate_bp
    whole = round_half_away(sum(gross) * WHOLE_BP, divisor)
    parts = [amount * WHOLE_BP // divisor for amount in gross]
    rests = [amount * WHOLE_BP % divisor for amount in gross]
    order = sorted(range(len(gross)), key=lambda i: -rests[i])
    for i in order[: whole - sum(parts)]:
        parts[i] += 1
    return whole, parts


def _line(sale: Sale, sums: Totals, line: Line, sign: int, net: int) -> InvoiceLine:
    figures_ = sums.lines[line.n - 1]
    backwards = sign * line.quantity < 0
    before = round_half_away(sign * figures_.gross_minor * WHOLE_BP, WHOLE_BP + line.vat_rate_bp)
    taken = before - net
    discount = None
    if figures_.discount_minor and taken > 0 and not backwards:
        mine = (d for d in sale.discounts if d.line == line.n)
        discount = Allowance(taken, _reasons(mine), line.vat_rate_bp)
    pieces = Decimal(line.weight_g).scaleb(-3) if line.weight_g else Decimal(abs(line.quantity))
    whole = abs(net + (discount.amount_minor if discount else 0))
    return InvoiceLine(
        line=line,
        quantity=str(-pieces if backwards else pieces),
        unit=KILOGRAM if line.weight_g else PIECE,
        price=_price(whole, pieces, currency(sale.currency).exponent),
        discount=discount,
        net_minor=net,
        gross_minor=sign * figures_.net_minor,
    )


def _price(amount_minor: int, pieces: Decimal, exponent: int) -> Price:
    """Return the price of one where four decimals give the amount back, or else of all."""
    amount = Decimal(amount_minor).scaleb(-exponent)
    one = (amount / pieces).quantize(PRICE_DECIMALS, ROUND_HALF_UP)
    cent = Decimal(1).scaleb(-exponent)
    if (one * pieces).quantize(cent, ROUND_HALF_UP) == amount:
        return Price(str(one.quantize(cent) if one == one.quantize(cent) else one))
    return Price(str(amount), str(pieces))


def _reasons(discounts: Iterable[Discount]) -> str:
    found = dict.fromkeys(d.reason for d in discounts)
    return ", ".join(found)


def decimal_text(minor: int, code: str) -> str:
    """Return minor units as the decimal text that XML wants: ``-1234.50``."""
    return str(Decimal(minor).scaleb(-currency(code).exponent))


def by_kind(figures_: InvoiceFigures) -> Mapping[str, int]:
    """Return what was paid by kind of tender, the largest first."""
    return dict(sorted(figures_.tenders, key=lambda pair: -abs(pair[1])))
