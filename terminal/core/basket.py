"""What a sale comes to: lines, discounts, total and VAT, derived on every change.

Rules, in order:

1. A line's gross is unit price x quantity; sold by weight it is unit price x grams / 1000, rounded
   half away from zero. A void line counts nothing.
2. A line's discounts apply in the order they were granted, each on what the ones before left.
3. A discount at the foot applies to what remains of the ticket, and is shared over the lines sold
   (not the returned ones) in proportion to what remains of them: largest remainder, ties by line.
4. No discount ever takes more than what remains: one that has become too large (a line was voided
   since) shrinks to it.
5. VAT per rate and per ticket: net = round(gross / (1 + rate)), vat = gross - net; it is never
   recomputed per line nor in period totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terminal.core import weighing
from terminal.core.books import VatRow
from terminal.core.money import round_half_away, share
from terminal.core.state import Discount, Line, Sale, TenderStatus


@dataclass(frozen=True, slots=True)
class LineTotal:
    """One line in minor units: ``net_minor = gross_minor - discount_minor``.

    ``foot_minor`` is the line's share of the discounts at the foot, which ``net_minor`` still
    contains: the line is taxed on ``net_minor - foot_minor``.
    """

    n: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    foot_minor: int = 0


@dataclass(frozen=True, slots=True)
class DiscountTotal:
    """What a discount really took, and what it left of its line or of the ticket."""

    n: int
    amount_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A sale in minor units, tax included. Negative when more is returned than sold."""

    total_minor: int
    paid_minor: int
    """Booked tenders, as handed over."""
    due_minor: int
    """What is still to be paid; below zero it is to be paid out."""
    vat: tuple[VatRow, ...]
    lines: tuple[LineTotal, ...]
    """One per line, void ones too (all zero): ``lines[n - 1]`` is line ``n``."""
    discounts: tuple[DiscountTotal, ...]
    """One per discount: ``discounts[n - 1]`` is discount ``n``."""
    article_count: int
    """Pieces sold; a weighed line is one article, a deposit none."""
    return_count: int

    def vat_tuples(self) -> tuple[tuple[int, int, int, int], ...]:
        """Return the VAT rows as events carry them."""
        return tuple((r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor) for r in self.vat)


def gross(line: Line) -> int:
    """Return a line's amount before any discount, in minor units; 0 when it is void."""
    if line.void:
        return 0
    if line.weight_g:
        amount = weighing.price_minor(line.unit_price_minor, line.weight_g)
        return -amount if line.quantity < 0 else amount
    return line.unit_price_minor * line.quantity


def vat_row(rate_bp: int, gross_minor: int) -> VatRow:
    """Split a tax-included amount of one rate; see rule 5 of this module."""
    net = round_half_away(gross_minor * 10_000, 10_000 + rate_bp)
    return VatRow(rate_bp, net, gross_minor - net, gross_minor)


def paid(sale: Sale) -> int:
    """Return the sum of the booked tenders, in minor units."""
    return sum(t.amount_minor for t in sale.tenders if t.status is TenderStatus.BOOKED)


def _reduction(discount: Discount, remaining: int) -> int:
    """Return what a discount takes of what remains, with the sign of what remains."""
    if discount.percent_bp:
        return round_half_away(remaining * discount.percent_bp, 10_000)
    taken = min(discount.amount_minor, abs(remaining))
    return -taken if remaining < 0 else taken


class _Working:
    """The running figures of one computation; lives only inside ``totals``."""

    __slots__ = ("discounts", "foot", "gross", "net")

    def __init__(self, lines: Sequence[Line], discounts: Iterable[Discount]) -> None:
        self.gross = [gross(line) for line in lines]
        self.net = list(self.gross)
        self.foot = [0] * len(lines)
        self.discounts: list[DiscountTotal] = []
        for discount in discounts:
            self._apply_at_foot(discount) if discount.line == 0 else self._apply(discount)

    def _apply(self, discount: Discount) -> None:
        i = discount.line - 1
        taken = _reduction(discount, self.net[i])
        self.net[i] -= taken
        self.discounts.append(DiscountTotal(discount.n, taken, self.net[i]))

    def _apply_at_foot(self, discount: Discount) -> None:
        left = [net - foot for net, foot in zip(self.net, self.foot, strict=True)]
        remaining = sum(left)
        taken = _reduction(discount, remaining) if remaining > 0 else 0
        if taken:
            for i, part in enumerate(share(taken, [max(0, weight) for weight in left])):
                self.foot[i] += part
        self.discounts.append(DiscountTotal(discount.n, taken, remaining - taken))


def _in_order(discounts: tuple[Discount, ...]) -> tuple[Discount, ...]:
    """Discounts of lines come before those of the foot, each kind in the order granted."""
    return tuple(sorted(discounts, key=lambda d: d.line == 0))


def _vat(lines: Sequence[Line], work: _Working) -> tuple[VatRow, ...]:
    by_rate: dict[int, int] = {}
    for i, line in enumerate(lines):
        if not line.void:
            amount = work.net[i] - work.foot[i]
            by_rate[line.vat_rate_bp] = by_rate.get(line.vat_rate_bp, 0) + amount
    return tuple(vat_row(rate, by_rate[rate]) for rate in sorted(by_rate))


def _count(lines: Iterable[Line]) -> tuple[int, int]:
    sold = returned = 0
    for line in lines:
        if line.void or line.kind != "article":
            continue
        if line.quantity < 0:
            returned -= line.quantity
        else:
            sold += line.quantity
    return sold, returned


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures that a change of a basket is judged by, in minor units."""

    total_minor: int
    paid_minor: int
    largest_minor: int
    """The largest amount of a line before discounts, whatever its sign."""


def outcome(sale: Sale) -> Outcome:
    """Compute only what decides whether a change is refused.

    Every scan asks this of the whole basket: the figures of each line, which only a screen or a
    receipt shows, would take ten times as long.
    """
    work = _Working(sale.lines, _in_order(sale.discounts))
    total = sum(work.net) - sum(work.foot)
    return Outcome(total, paid(sale), max(map(abs, work.gross), default=0))


def totals(sale: Sale) -> Totals:
    """Compute what a sale comes to from its lines, discounts and booked tenders.

    For a completed sale ``due_minor`` is 0: rounding and change are counted in.
    """
    work = _Working(sale.lines, _in_order(sale.discounts))
    vat = _vat(sale.lines, work)
    total = sum(row.gross_minor for row in vat)
    booked = paid(sale)
    sold, returned = _count(sale.lines)
    return Totals(
        total_minor=total,
        paid_minor=booked,
        due_minor=total + sale.rounding_minor + sale.change_minor - booked,
        vat=vat,
        lines=tuple(
            LineTotal(i + 1, whole, whole - net, net, foot)
            for i, (whole, net, foot) in enumerate(
                zip(work.gross, work.net, work.foot, strict=True)
            )
        ),
        discounts=tuple(sorted(work.discounts, key=lambda d: d.n)),
        article_count=sold,
        return_count=returned,
    )


def line_totals(sale: Sale) -> tuple[LineTotal, ...]:
    """Return the lines' figures alone, in line order."""
    return totals(sale).lines
