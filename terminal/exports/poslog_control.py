"""Transactions of a POSLog that are no sale: cash movements, closures, people, the drawer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.core.events import (
    CashMoved,
    DrawerForced,
    DrawerOpened,
    Event,
    OperatorSignedOff,
    OperatorSignedOn,
    PeriodClosed,
    PrintJobQueued,
    TerminalStarted,
    TerminalStopped,
)
from terminal.exports.company import Company
from terminal.exports.ledger import Entry
from terminal.exports.xml_stream import XmlStream

TENDER_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "cash": "Cash",
        "cash_machine": "Cash",
        "cheque": "Check",
        "card": "CreditDebit",
        "voucher": "Voucher",
        "meal_voucher": "Coupon",
    }
)
OTHER_TENDER = "Reprise:Other"
"""The schema's way to name what it does not know."""
_MOMENTS: Mapping[type[Event], str] = MappingProxyType(
    {
        TerminalStarted: "POSStartup",
        TerminalStopped: "POSShutdown",
        DrawerOpened: "NoSale",
        DrawerForced: "UnauthorizedOpen",
    }
)
"""Control transactions that say only when."""


def is_control(event: Event) -> bool:
    """Tell whether an event is a transaction of its own."""
    match event:
        case DrawerOpened(sale_id=sale_id):
            return not sale_id
        case PrintJobQueued(kind=kind):
            return kind == "duplicate"
        case PeriodClosed(scope=scope):
            return scope == "day"
        case OperatorSignedOn() | OperatorSignedOff() | CashMoved():
            return True
    return type(event) in _MOMENTS


def control(xml: XmlStream, company: Company, entry: Entry) -> None:
    """Write what follows the head of the transaction."""
    event, at = entry.event, company.local(entry.at_ms).isoformat()
    if isinstance(event, PrintJobQueued):
        xml.leaf("ReceiptNumber", event.receipt_number)
    xml.leaf("TillID", company.till)
    xml.leaf("BusinessDayDate", event.period if isinstance(event, PeriodClosed) else entry.date)
    xml.leaf("EndDateTime", at)
    if isinstance(event, CashMoved):
        with xml.element("TenderControlTransaction"):
            _movement(xml, company, event, entry.seq)
        return
    with xml.element("ControlTransaction"):
        _event(xml, event, at)
    if isinstance(event, PeriodClosed):
        with xml.element("TenderControlTransaction"), xml.element("TillSettle"):
            _settle(xml, company, event)


def _event(xml: XmlStream, event: Event, at: str) -> None:
    match event:
        case OperatorSignedOn() | OperatorSignedOff():
            on = isinstance(event, OperatorSignedOn)
            with xml.element("OperatorSignOn" if on else "OperatorSignOff"):
                xml.leaf("StartDateTimestamp" if on else "EndDateTimestamp", at)
        case PrintJobQueued():
            with xml.element("ReceiptReprint", TypeCode="ReceiptReprint"):
                pass
        case PeriodClosed(period=period):
            with xml.element("BusinessEOD"):
                xml.leaf("EndDateTimestamp", at)
                xml.leaf("CloseBusinessDayDate", period)
        case _:
            xml.leaf(_MOMENTS[type(event)], at)


def _movement(xml: XmlStream, company: Company, event: CashMoved, seq: int) -> None:
    """A float is a loan to the till, a drop goes into the safe; the rest is paid in or out."""
    match event.kind:
        case "float":
            with xml.element("TenderLoan", TenderType="Cash"):
                with xml.element("Totals"):
                    _amount(xml, company, event.amount_minor)
                xml.leaf("ReasonCode", event.reason)
        case "drop":
            with xml.element("SafeDrop"):
                _amount(xml, company, event.amount_minor, "DropAmount")
                xml.leaf("EnvelopeID", event.reason)
                xml.leaf("DropNumber", seq)
        case _:
            with xml.element("PaidIn" if event.amount_minor > 0 else "PaidOut"):
                _amount(xml, company, event.amount_minor)


def _settle(xml: XmlStream, company: Company, event: PeriodClosed) -> None:
    sold = "TotalNetSalesAmount" if event.total_minor >= 0 else "TotalNetReturnAmount"
    xml.leaf("TransactionCount", event.count)
    _amount(xml, company, event.total_minor, sold)
    tax = sum(row[2] for row in event.vat)
    if tax >= 0:
        _amount(xml, company, tax, "TotalTaxAmount")
    for kind, amount in event.tenders:
        with xml.element("TenderSummary"):
            way = "Sales" if amount >= 0 else "Returns"
            _ledger(xml, company, way, TENDER_TYPES.get(kind, OTHER_TENDER), amount)
    counted = dict(event.counted).get("cash")
    with xml.element("TenderSummary"):
        held = event.expected_cash_minor if counted is None else counted
        _ledger(xml, company, "Ending", "Cash", held)
        if counted is not None and counted != event.expected_cash_minor:
            difference = counted - event.expected_cash_minor
            _ledger(xml, company, "Over" if difference > 0 else "Short", "Cash", difference)


def _ledger(xml: XmlStream, company: Company, tag: str, tender: str, minor: int) -> None:
    with xml.element(tag, TenderType=tender):
        _amount(xml, company, minor)


def _amount(xml: XmlStream, company: Company, minor: int, tag: str = "Amount") -> None:
    xml.leaf(tag, company.amount(abs(minor)), Currency=company.currency)
