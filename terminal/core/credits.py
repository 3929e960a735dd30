"""Vouchers and deposits: money that the shop holds for a customer, until it is used.

    kind            sold as                               used as
    voucher_single  line, VAT at the rate known now       line ``voucher_used``, with its VAT
    voucher_multi   line, no VAT                          tender ``voucher``
    deposit         line, VAT when the money is received  line ``deposit_used``, with its VAT

Source: CGI 256 ter (single-purpose: place and rate known when it is issued, so VAT is due then and
the hand-over later is no supply; multi-purpose: VAT is due on what it pays), CGI 269 (the VAT of a
deposit is due when it is received).

A credit is issued and used by receipts that are completed: ``moves`` says what one did.  What sales
that are not completed hold of it counts as used, parked ones too.  The register is this till's own:
what it has not issued it refuses, with or without a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.core.basket import Totals, totals
from terminal.core.state import Line, Sale, TenderStatus, TerminalState

SINGLE, MULTI, DEPOSIT = "voucher_single", "voucher_multi", "deposit"
VOUCHER_USED, DEPOSIT_USED = "voucher_used", "deposit_used"
VOUCHER = "voucher"
"""Kind of tender by which a multi-purpose voucher pays."""
DEDUCTIONS: Mapping[str, str] = MappingProxyType({SINGLE: VOUCHER_USED, DEPOSIT: DEPOSIT_USED})
"""What was sold -> the line that takes it off."""
ISSUED = (SINGLE, MULTI, DEPOSIT)
USED = frozenset(DEDUCTIONS.values())


@dataclass(frozen=True, slots=True)
class Credit:
    """A voucher or deposit as the register knows it; amounts in minor units, VAT inside."""

    kind: str
    """``voucher_single``, ``voucher_multi`` or ``deposit``."""
    number: str
    vat_rate_bp: int
    issued_minor: int
    remaining_minor: int


@dataclass(frozen=True, slots=True)
class Move:
    """What a completed receipt did to a credit: issued it (above zero), or used some of it."""

    kind: str
    number: str
    vat_rate_bp: int
    amount_minor: int


def moves(sale: Sale) -> tuple[Move, ...]:
    """Return what a completed sale issued and used.

    What was issued is worth its price before discounts at the foot: a voucher of 50 sold for 45 is
    still one of 50.
    """
    return tuple(_moves(sale))


def _moves(sale: Sale) -> Iterator[Move]:
    sold = {used: kind for kind, used in DEDUCTIONS.items()}
    for line in sale.lines:
        if line.void:
            continue
        if line.kind in ISSUED:
            yield Move(line.kind, line.code, line.vat_rate_bp, line.unit_price_minor)
        elif line.kind in USED:
            yield Move(sold[line.kind], line.code, line.vat_rate_bp, -line.unit_price_minor)
    for tender in sale.tenders:
        if tender.kind == VOUCHER and tender.status is TenderStatus.BOOKED:
            yield Move(MULTI, tender.number, 0, -tender.amount_minor)


def left(state: TerminalState, credit: Credit) -> int:
    """Return what may still be used of a credit: what sales under way hold of it is taken off."""
    under_way = [*state.parked.values()]
    if state.sale is not None and not state.sale.receipt_number:
        under_way.append(state.sale)
    held = sum(
        move.amount_minor
        for sale in under_way
        for move in _moves(sale)
        if (move.kind, move.number, move.vat_rate_bp)
        == (credit.kind, credit.number, credit.vat_rate_bp)
        and move.amount_minor < 0
    )
    return credit.remaining_minor + held


def is_deduction(line: Line) -> bool:
    """Tell whether a line takes a voucher or deposit off: its amount is not for sale."""
    return line.kind in USED


def of_rate(sums: Totals, rate_bp: int) -> int:
    """Return what a sale comes to at one rate, VAT inside."""
    return next((row.gross_minor for row in sums.vat if row.rate_bp == rate_bp), 0)


def overdrawn(sale: Sale) -> bool:
    """Tell whether deductions have become larger than what they are taken off.

    Lines may be voided after a deduction: what is left would be paid out in cash.
    """
    used = [line for line in sale.lines if is_deduction(line) and not line.void]
    if not used:
        return False
    sums = totals(sale)
    rates = {line.vat_rate_bp for line in used if line.kind == VOUCHER_USED}
    return sums.total_minor < 0 or any(of_rate(sums, rate) < 0 for rate in rates)
