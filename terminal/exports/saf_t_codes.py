"""Codes of the Norwegian SAF-T Cash Register: our words for things, and the tax office's lists.

Source: Skatteetaten, code lists BasicType and PredefinedBasicID-04, -11, -12 and -13.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

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

LONGEST_ID = 35
GROUP, LINE, DISCOUNT, TRANSACTION, PAYMENT, EVENT = "04", "05", "08", "11", "12", "13"
"""Types of basics."""
OTHER_GROUP = "04999"
NOTHING = "None"
"""Type of a figure that every report must have and this one has not."""

LINES: Mapping[str, str] = MappingProxyType(
    {"SALE": "Sale line", "RETURN": "Return line", "ADVANCE": "Payment on account"}
)
DISCOUNTS: Mapping[str, str] = MappingProxyType({"DISCOUNT": "Discount"})
CASH_SALE, RETURN_SALE = "CASHSALE", "RETURNSALE"
TRANSACTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {CASH_SALE: ("11001", "Cash sale"), RETURN_SALE: ("11006", "Return payment")}
)
PAYMENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cash": ("12001", "Cash"),
        "cash_machine": ("12001", "Cash machine"),
        "card": ("12002", "Card"),
        "cheque": ("12009", "Cheque"),
        "voucher": ("12005", "Voucher"),
    }
)
OTHER_PAYMENT = "12999"
EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "START": ("13001", "Application started"),
        "STOP": ("13002", "Application stopped"),
        "SIGNON": ("13003", "Employee signed on"),
        "SIGNOFF": ("13004", "Employee signed off"),
        "DRAWEROPEN": ("13005", "Drawer opened"),
        "DRAWERCLOSE": ("13006", "Drawer closed"),
        "XREPORT": ("13008", "X report"),
        "ZREPORT": ("13009", "Z report"),
        "SUSPEND": ("13010", "Transaction suspended"),
        "RESUME": ("13011", "Transaction resumed"),
        "SALESRECEIPT": ("13012", "Sales receipt"),
        "RETURNRECEIPT": ("13013", "Return receipt"),
        "COPYRECEIPT": ("13014", "Copy of a receipt"),
        "OTHERPAPER": ("13018", "Other report or receipt"),
        "CASHOUT": ("13019", "Cash taken out"),
        "PRICE": ("13021", "Price changed"),
        "LINEVOID": ("13999", "Line voided"),
        "SALECANCELLED": ("13999", "Sale cancelled"),
        "CASHIN": ("13999", "Cash put in"),
        "EXPORT": ("13999", "Data exported"),
    }
)
_BY_TYPE: Mapping[type[Event], str] = MappingProxyType(
    {
        TerminalStarted: "START",
        TerminalStopped: "STOP",
        OperatorSignedOn: "SIGNON",
        OperatorSignedOff: "SIGNOFF",
        DrawerOpened: "DRAWEROPEN",
        DrawerForced: "DRAWEROPEN",
        DrawerClosed: "DRAWERCLOSE",
        SaleParked: "SUSPEND",
        SaleRecalled: "RESUME",
        PriceOverridden: "PRICE",
        LineVoided: "LINEVOID",
        SaleCancelled: "SALECANCELLED",
        DataExported: "EXPORT",
    }
)
_PAPER: Mapping[str, str] = MappingProxyType({"duplicate": "COPYRECEIPT", "reading": "XREPORT"})


def event_code(event: Event) -> str:
    """Return our code of an event; empty when the file says nothing of it."""
    match event:
        case SaleCompleted(total_minor=total):
            return "RETURNRECEIPT" if total < 0 else "SALESRECEIPT"
        case PrintJobQueued(kind=kind):
            return _PAPER.get(kind, "OTHERPAPER" if kind == "interruption" else "")
        case PeriodClosed(scope=scope):
            return "ZREPORT" if scope == "day" else "OTHERPAPER"
        case CashMoved(amount_minor=gained):
            return "CASHIN" if gained > 0 else "CASHOUT"
    return _BY_TYPE.get(type(event), "")


def identity(text: str) -> str:
    """Return a text as an identification of at most 35 characters, two texts never as the same."""
    if len(text) <= LONGEST_ID:
        return text
    return f"{text[: LONGEST_ID - 9]}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def group(department: str) -> str:
    """Return the article group of a department."""
    return identity(f"G {department}".strip())


def payment(kind: str) -> str:
    """Return the payment type of a kind of tender."""
    return identity(kind.upper())
