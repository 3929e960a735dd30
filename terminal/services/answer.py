"""What became of a request, and what is worth saying about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from terminal.core.errors import Refused
from terminal.core.events import (
    ArchiveCopied,
    ClockConfirmed,
    DeviceAdopted,
    Event,
    InvoiceCopied,
    InvoiceIssued,
    NoticeRaised,
    PaymentsReconciled,
    ReceiptMailQueued,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request; all of it is durable."""

    events: tuple[Event, ...] = ()
    refused: Refused | None = None
    found: Mapping[str, Any] = field(default_factory=dict)
    """Rows that answer a question: ``articles`` (Article), ``parked`` (Sale), ``receipts``
    (ReceiptSummary), what is seen of a ``device``, became of a ``label`` (Printed) or lies on the
    ``tray`` (TrayInventory); and ``told`` (Told)."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something good to say about what was done: a key of the catalogue, and its values."""

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def good_news(events: tuple[Event, ...]) -> Mapping[str, Any]:
    """Return what is worth saying of events that raise no notice."""
    told = any(isinstance(event, NoticeRaised) for event in events)
    for event in events:
        if isinstance(event, PaymentsReconciled) and not told:
            values = {"count": event.ours_count, "amount_minor": event.ours_minor}
            return {"told": Told("told.reconciled", values)}
        if isinstance(event, ReceiptMailQueued):
            return {"told": Told("told.mail_queued", {"address": event.address})}
        if isinstance(event, DeviceAdopted):
            return {"told": Told("told.adopted", {"device": event.role})}
        if isinstance(event, ArchiveCopied):
            return {"told": Told("told.archive_copied", {"medium": event.medium})}
        if isinstance(event, ClockConfirmed):
            return {"told": Told("told.clock_confirmed")}
        if isinstance(event, InvoiceIssued):
            return {"told": Told(f"told.{event.kind}", {"number": event.invoice_number})}
        if isinstance(event, InvoiceCopied):
            said: dict[str, str | int] = {"number": event.invoice_number, "copy": event.copy}
            return {"told": Told("told.invoice_copied", said)}
    return {}
