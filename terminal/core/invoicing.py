"""Invoices: a finished receipt under a number of another series, with its buyer named.

An invoice says again, for a buyer, what the receipt has said: it raises no total of the books. One
receipt has one invoice at most; a second demand gives the same one, marked and counted as a copy.
A receipt that pays out becomes a credit note, in the same series.

Numbers are the prefix, the till and a sequence without a gap, taken in the transaction that records
the invoice (NUM-01): ``FA3001-000001``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from terminal.core import authority
from terminal.core.buyer import MAX_IDENTIFIER, check_party
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import Event, InvoiceCopied, InvoiceIssued
from terminal.core.frozen import replace
from terminal.core.invoice_commands import CopyInvoice, IssueInvoice
from terminal.core.policy import Moment, Policy
from terminal.core.sale import Decision
from terminal.core.state import SaleStatus, TerminalState
from terminal.core.wording import check_key, check_text

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
SEQUENCE_DIGITS = 6
MAX_COPIES = 999
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)


def invoice_number(prefix: str, till_number: str, sequence: int) -> str:
    """Return the number of a till's invoice: at most 20 characters, as French platforms take."""
    return f"{prefix}{till_number}-{sequence:0{SEQUENCE_DIGITS}d}"


def issue(state: TerminalState, command: IssueInvoice, policy: Policy) -> Decision:
    """Number the invoice of a completed sale."""
    refused = (
        authority.right(state, policy, "invoice")
        or check_party(command.buyer)
        or check_text(command.corrects, MAX_IDENTIFIER)
        or _check_date(command)
    )
    if refused is not None:
        return refused
    sale = command.sale
    if sale.status is not SaleStatus.COMPLETED or all(line.void for line in sale.lines):
        return Refused("invoice_not_possible")
    sequence = state.last_invoice_sequence + 1
    return (
        InvoiceIssued(
            invoice_sequence=sequence,
            invoice_number=invoice_number(policy.invoice_prefix, policy.till_number, sequence),
            kind=CREDIT_NOTE if sale.total_minor < 0 else INVOICE,
            sale_id=sale.sale_id,
            receipt_number=sale.receipt_number,
            corrects=command.corrects,
            corrects_date=command.corrects_date,
            total_minor=sale.total_minor,
            vat=tuple((r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor) for r in sale.vat),
            buyer=command.buyer.values(),
            seller=dict(command.seller),
            operator_id=authority.operator_id(state),
        ),
    )


def _check_date(command: IssueInvoice) -> Refused | None:
    """A credit note names the invoice that it corrects by number and date, or none."""
    if bool(command.corrects) != bool(command.corrects_date):
        return Refused("no_such_invoice")
    dated = not command.corrects_date or _DATE.fullmatch(command.corrects_date)
    return None if dated else Refused("bad_request")


def copy(state: TerminalState, command: CopyInvoice, policy: Policy) -> Decision:
    """Count a copy of an invoice that there is already."""
    refused = authority.right(state, policy, "invoice") or check_key(
        command.invoice_number, MAX_IDENTIFIER
    )
    if refused is not None:
        return refused
    if not 0 <= command.copies_so_far < MAX_COPIES:
        return Refused("invoice_not_possible")
    return (
        InvoiceCopied(
            command.invoice_number,
            command.receipt_number,
            command.copies_so_far + 1,
            authority.operator_id(state),
        ),
    )


def _issued(state: TerminalState, event: InvoiceIssued, _moment: Moment) -> TerminalState:
    if event.invoice_sequence != state.last_invoice_sequence + 1:
        raise IllegalEvent(f"invoice {event.invoice_number} leaves a gap")
    return replace(state, last_invoice_sequence=event.invoice_sequence)


def _copied(state: TerminalState, _event: InvoiceCopied, _moment: Moment) -> TerminalState:
    return state


INVOICE_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    InvoiceIssued: _issued,
    InvoiceCopied: _copied,
}
