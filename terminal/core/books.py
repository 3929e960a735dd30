"""What the books hold beside sales: open periods, perpetual totals, chains of signed records.

Frozen values that only ``evolve`` makes, as all of the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class VatRow:
    """VAT of one rate: net = round(gross / (1 + rate)), vat = gross - net, per ticket."""

    rate_bp: int
    net_minor: int
    vat_minor: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """What was sold of one kind of line, tax category and rate; see ``core.categories``."""

    kind: str
    category: str
    """Code of the tax administration; empty on lines that were sold before there was one."""
    rate_bp: int
    net_minor: int
    vat_minor: int
    gross_minor: int
    count: int
    """Receipts that it stands on."""


@dataclass(frozen=True, slots=True)
class Period:
    """An open day, month or year. Amounts are minor units, tax included."""

    key: str = ""
    """``2026-11-22``, ``2026-11`` or ``2026``; empty before the first receipt."""
    opened_at_ms: int = 0
    first_receipt: str = ""
    last_receipt: str = ""
    count: int = 0
    """Receipts."""
    total_minor: int = 0
    """Sum of the receipts, refunds taken off."""
    absolute_minor: int = 0
    """Sum of the receipts' amounts without their signs."""
    vat: tuple[VatRow, ...] = ()
    """By rate, the sums of what the receipts say."""
    tenders: tuple[tuple[str, int], ...] = ()
    """By kind of tender, what was kept: change is taken off the cash."""
    categories: tuple[CategoryRow, ...] = ()
    """The same amounts as in ``vat``, by kind of line and tax category too."""
    movements: tuple[tuple[str, int], ...] = ()
    """By kind of cash movement, what the drawer gained."""


@dataclass(frozen=True, slots=True)
class Books:
    """The open periods, and the perpetual totals that no closure resets."""

    day: Period = field(default_factory=Period)
    month: Period = field(default_factory=Period)
    year: Period = field(default_factory=Period)
    perpetual_minor: int = 0
    """Algebraic sum of all receipts since the first."""
    perpetual_absolute_minor: int = 0
    drawer_minor: int = 0
    """Cash that the drawer should hold: since the last count, what came in less what went out."""
    numbers: Mapping[str, int] = field(default_factory=lambda: _EMPTY)
    """Scope -> number of its last closure."""
    closed: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    """Scope -> period that was closed last."""
    extracted: Mapping[str, int] = field(default_factory=lambda: _EMPTY)
    """Scope -> number of the last closure that was handed over; they go in their order."""

    def period(self, scope: str) -> Period:
        """Return the open period of a scope: ``day``, ``month`` or ``year``."""
        found: Period = getattr(self, scope)
        return found


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest signed record of a fiscal chain."""

    sequence: int
    signature: str
