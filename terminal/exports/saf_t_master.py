"""First reading for the SAF-T file: who and what occurs, and the figures of each Z report.

Its memory grows with the articles, employees and days of the period, never with its receipts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.basket import totals
from terminal.core.events import (
    CashMoved,
    DrawerForced,
    DrawerOpened,
    OperatorSignedOn,
    PeriodClosed,
    PrintJobQueued,
    SaleCancelled,
    SaleCompleted,
)
from terminal.core.state import Sale, TenderStatus
from terminal.core.weighing import price_minor
from terminal.exports import saf_t_codes as codes
from terminal.exports.ledger import Entry, Ledger, sold_lines


@dataclass
class Tally:
    """How often something happened, and what it came to."""

    number: int = 0
    amount_minor: int = 0

    def add(self, amount_minor: int) -> None:
        self.number += 1
        self.amount_minor += amount_minor


@dataclass
class Report:
    """What happened between two day closures, beyond what the closure says."""

    groups: dict[str, Tally] = field(default_factory=dict)
    """Article group -> thousandths of a piece or kilogram, and amount."""
    payments: dict[str, int] = field(default_factory=dict)
    """Kind of tender -> how many."""
    drawer: int = 0
    copies: Tally = field(default_factory=Tally)
    returns: Tally = field(default_factory=Tally)
    discounts: Tally = field(default_factory=Tally)
    cancelled: Tally = field(default_factory=Tally)
    voided: Tally = field(default_factory=Tally)
    moved: dict[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Employee:
    """An operator, as first met."""

    name: str
    role: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An article, as first met."""

    label: str
    group: str
    date: str


@dataclass
class Masters:
    """What the file names before it uses it."""

    employees: dict[str, Employee] = field(default_factory=dict)
    articles: dict[str, Listed] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    """Article group -> department."""
    rates: set[int] = field(default_factory=set)
    payments: set[str] = field(default_factory=set)
    reports: dict[int, Report] = field(default_factory=dict)
    """Number of a day closure -> what its report says besides."""


def gather(ledger: Ledger) -> Masters:
    """Read the period once."""
    found, report = Masters(), Report()
    for entry in ledger.entries():
        _meet(found, entry)
        match entry.event:
            case PeriodClosed(scope="day", number=number) as event:
                found.reports[number] = report
                found.payments |= {kind for kind, _ in event.tenders}
                report = Report()
            case SaleCompleted() if entry.sale is not None:
                _sold(found, report, entry, entry.sale)
            case SaleCancelled() if entry.sale is not None:
                report.cancelled.add(totals(entry.sale).total_minor)
            case DrawerOpened(sale_id="") | DrawerForced():
                report.drawer += 1
            case PrintJobQueued(kind="duplicate", receipt_number=number):
                report.copies.add(ledger.receipt_total(number))
            case CashMoved(kind=kind, amount_minor=amount):
                report.moved.setdefault(kind, Tally()).add(amount)
    return found


def _meet(found: Masters, entry: Entry) -> None:
    match entry.event:
        case OperatorSignedOn(operator_id=who, name=name, role=role):
            found.employees.setdefault(who, Employee(name, role, entry.at_ms))
    if entry.sale is not None and entry.sale.operator_id:
        known = Employee(entry.sale.operator_name, "", entry.at_ms)
        found.employees.setdefault(entry.sale.operator_id, known)
    if entry.operator:
        found.employees.setdefault(entry.operator, Employee(entry.operator, "", entry.at_ms))


def _sold(found: Masters, report: Report, entry: Entry, sale: Sale) -> None:
    found.rates |= {row.rate_bp for row in sale.vat}
    for sold in sold_lines(sale):
        line, paid = sold.line, sold.vat.gross_minor
        department = line.department if line.kind == "article" else line.kind
        group = codes.group(department)
        found.groups.setdefault(group, department)
        if line.kind == "article":
            listed = Listed(line.label, group, entry.date)
            found.articles.setdefault(codes.identity(line.code), listed)
        sums = report.groups.setdefault(group, Tally())
        weight = -line.weight_g if line.is_return else line.weight_g
        sums.number += weight or line.quantity * 1000
        sums.amount_minor += paid
        if line.is_return:
            report.returns.add(-paid)
        if sold.discount_minor:
            report.discounts.add(sold.discount_minor)
    for line in sale.lines:
        if line.void:
            gross = (
                price_minor(line.unit_price_minor, line.weight_g)
                if line.weight_g
                else line.unit_price_minor * abs(line.quantity)
            )
            report.voided.add(gross)
    for tender in sale.tenders:
        if tender.status is TenderStatus.BOOKED:
            found.payments.add(tender.kind)
            report.payments[tender.kind] = report.payments.get(tender.kind, 0) + 1
