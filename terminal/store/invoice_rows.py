"""The rows of invoices and credit notes."""

from __future__ import annotations

from typing import Any

from terminal.core.events import InvoiceIssued
from terminal.journal.records import Record


def invoice_row(event: InvoiceIssued, record: Record) -> dict[str, Any]:
    """Return the row of an invoice that was issued; it was not copied yet."""
    return {
        "invoice_number": event.invoice_number,
        "invoice_sequence": event.invoice_sequence,
        "receipt_number": event.receipt_number,
        "issued_at_ms": record.at_ms,
        "copies": 0,
        "document": record.payload_json,
        "seq": record.seq,
    }
