"""Invoices that were issued: by their own number, by their receipt's, or the newest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from terminal.core.events import InvoiceIssued, from_payload
from terminal.journal.errors import StorageCorrupt, storage_errors
from terminal.store.store import MAX_LISTED, Store
from terminal.store.tables import InvoiceRow


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice, when it was issued, and how many copies were asked for."""

    issued_at_ms: int
    copies: int
    event: InvoiceIssued


def invoice(store: Store, number: str) -> Issued | None:
    """Return an invoice by its number or by its receipt's, or None."""
    named = (InvoiceRow.invoice_number == number) | (InvoiceRow.receipt_number == number)
    return next(iter(_select(store, named, limit=1)), None)


def invoices(store: Store, limit: int) -> tuple[Issued, ...]:
    """Return the newest invoices first, at most MAX_LISTED."""
    return _select(store, InvoiceRow.seq > 0, min(limit, MAX_LISTED))


def _select(store: Store, condition: Any, limit: int) -> tuple[Issued, ...]:
    query = (
        InvoiceRow.select(InvoiceRow.issued_at_ms, InvoiceRow.copies, InvoiceRow.document)
        .where(condition)
        .order_by(InvoiceRow.seq.desc())
        .limit(limit)
    )
    with storage_errors(store.path):
        rows = list(query.tuples().execute(store.database))
    return tuple(Issued(at_ms, copies, _event(document)) for at_ms, copies, document in rows)


def _event(document: str) -> InvoiceIssued:
    event = from_payload("InvoiceIssued", json.loads(document))
    if not isinstance(event, InvoiceIssued):
        raise StorageCorrupt("an invoice cannot be read")
    return event
