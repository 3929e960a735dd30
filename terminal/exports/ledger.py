"""What the exports read: closed days, and what happened in the order of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from terminal.core.basket import LineTotal, totals
from terminal.core.books import VatRow
from terminal.core.categories import split
from terminal.core.events import (
    CashMoved,
    DataExported,
    DrawerClosed,
    DrawerForced,
    DrawerOpened,
    Event,
    LineVoided,
    OperatorSignedOff,
    OperatorSignedOn,
    PeriodClosed,
    PriceOverridden,
    PrintJobQueued,
    SaleCancelled,
    SaleCompleted,
    SaleParked,
    SaleRecalled,
    TerminalStarted,
    TerminalStopped,
)
from terminal.core.state import Line, Sale
from terminal.exports.days import Day

EXPORTED: tuple[type[Event], ...] = (
    TerminalStarted, TerminalStopped, OperatorSignedOn, OperatorSignedOff, DrawerOpened,
    DrawerForced, DrawerClosed, PriceOverridden, LineVoided, SaleCompleted, SaleCancelled,
    SaleParked, SaleRecalled, PrintJobQueued, CashMoved, PeriodClosed, DataExported,
)  # fmt: skip
"""Events that an export says something of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, and the sale it is about."""

    seq: int
    """Number of its record in the journal: unique on this workstation, and rising."""
    at_ms: int
    date: str
    """Business date."""
    event: Event
    operator: str
    """Who was signed on; empty when nobody was, as at a kiosk."""
    sale: Sale | None = None
    """The sale as it ended, when it completed or was cancelled."""
    signature: str = ""
    key_id: str = ""


class Ledger(Protocol):
    """The records of a period. Reading takes the memory of one receipt."""

    def days(self) -> Iterator[Day]:
        """Yield the closed days, in order."""

    def entries(self) -> Iterator[Entry]:
        """Yield what happened, in order; each call begins anew."""

    def receipt_total(self, receipt_number: str) -> int:
        """Return the total of a receipt, of this period or an earlier one; 0 when unknown."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a completed sale, and its part of the receipt's VAT."""

    line: Line
    total: LineTotal
    vat: VatRow
    """On what was paid for it: discounts of the line and its share of those at the foot are off."""

    @property
    def discount_minor(self) -> int:
        return self.total.gross_minor - self.vat.gross_minor


def sold_lines(sale: Sale) -> tuple[SoldLine, ...]:
    """Return the lines that count, in order; per rate their VAT adds up to the receipt's."""
    figures = totals(sale).lines
    counting = [line for line in sale.lines if not line.void]
    parts: dict[int, VatRow] = {}
    for row in sale.vat:
        lines = [line.n for line in counting if line.vat_rate_bp == row.rate_bp]
        paid = [figures[n - 1].net_minor - figures[n - 1].foot_minor for n in lines]
        parts |= dict(zip(lines, split(row, paid), strict=True))
    return tuple(SoldLine(line, figures[line.n - 1], parts[line.n]) for line in counting)


def quantity(line: Line) -> str:
    """Return pieces, or kilograms with three decimals; negative on a return."""
    if not line.weight_g:
        return str(line.quantity)
    sign = "-" if line.is_return else ""
    return f"{sign}{line.weight_g // 1000}.{line.weight_g % 1000:03}"
