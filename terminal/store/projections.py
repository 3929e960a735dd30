"""Events turned into rows, in the transaction that appends them.

A projection depends on the event, its record and the states around it, never on rows read back, so
that replaying the journal gives the same tables.  Events of a mere basket project nothing: a scan
costs one row in the journal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import peewee

from terminal.core import events as e
from terminal.core.couponing import redeemed
from terminal.core.credits import moves
from terminal.core.errors import CoreError
from terminal.core.events import Event
from terminal.core.state import PaymentState, Sale, SaleStatus, TerminalState
from terminal.journal.records import Record
from terminal.store import codec
from terminal.store.archive_rows import Archived, archive_row
from terminal.store.invoice_rows import invoice_row
from terminal.store.rows import insert, update
from terminal.store.tables import (
    ClosureRow,
    CouponRow,
    CreditRow,
    InvoiceRow,
    LetterRow,
    NoticeRow,
    OutboxRow,
    PaymentRow,
    PaymentStepRow,
    PrintJobRow,
    ReturnedLineRow,
    SaleRow,
    TenderRow,
    VatTotalRow,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One event as it was folded: what a projection may look at."""

    record: Record
    event: Event
    before: TerminalState
    after: TerminalState


class MissingSale(CoreError):
    """A sale ended that is not in the state: the journal or ``evolve`` is wrong."""


def project(database: peewee.SqliteDatabase, step: Step) -> None:
    """Write the rows of one event; the caller holds the transaction."""
    _rows(step.event, step, database)


@singledispatch
def _rows(event: Event, step: Step, database: peewee.SqliteDatabase) -> None:
    """Write the rows of one type of event; most types have none."""


# --- sales ----------------------------------------------------------------------------------------


def _finished(step: Step, sale_id: str) -> Sale:
    for state in (step.after, step.before):
        sale = state.sale
        if sale is not None and sale.sale_id == sale_id:
            return sale
        if sale_id in state.parked:
            return state.parked[sale_id]
    raise MissingSale(sale_id)


def _sale_row(database: peewee.SqliteDatabase, step: Step, sale: Sale, status: SaleStatus) -> None:
    completed = status is SaleStatus.COMPLETED
    insert(
        database,
        SaleRow,
        sale_id=sale.sale_id,
        ordinal=sale.ordinal,
        status=status.value,
        receipt_sequence=sale.receipt_sequence if completed else None,
        receipt_number=sale.receipt_number if completed else None,
        business_date=step.record.business_date,
        ended_at_ms=step.record.at_ms,
        total_minor=sale.total_minor,
        currency=sale.currency,
        operator_id=sale.operator_id,
        document=codec.encode(sale),
        seq=step.record.seq,
    )
    insert(
        database,
        OutboxRow,
        seq=step.record.seq,
        kind=status.value,
        sale_id=sale.sale_id,
        at_ms=step.record.at_ms,
    )


def _credits(database: peewee.SqliteDatabase, step: Step, sale: Sale) -> None:
    for n, move in enumerate(moves(sale)):
        insert(
            database,
            CreditRow,
            seq=step.record.seq,
            n=n,
            kind=move.kind,
            number=move.number,
            vat_rate_bp=move.vat_rate_bp,
            amount_minor=move.amount_minor,
            sale_id=sale.sale_id,
        )


@_rows.register
def _sale_completed(event: e.SaleCompleted, step: Step, database: peewee.SqliteDatabase) -> None:
    sale = _finished(step, event.sale_id)
    _sale_row(database, step, sale, SaleStatus.COMPLETED)
    for tender in sale.tenders:
        insert(
            database,
            TenderRow,
            sale_id=sale.sale_id,
            n=tender.n,
            kind=tender.kind,
            amount_minor=tender.amount_minor,
            status=tender.status.value,
            attempt_id=tender.attempt_id,
        )
    for row in sale.vat:
        insert(
            database,
            VatTotalRow,
            sale_id=sale.sale_id,
            rate_bp=row.rate_bp,
            net_minor=row.net_minor,
            vat_minor=row.vat_minor,
            gross_minor=row.gross_minor,
        )
    _credits(database, step, sale)
    for line in sale.lines:
        if line.origin_receipt and not line.void:
            insert(
                database,
                ReturnedLineRow,
                sale_id=sale.sale_id,
                n=line.n,
                origin_receipt=line.origin_receipt,
                origin_line=line.origin_line,
                quantity=-line.quantity,
            )
    coupons = [(coupon.number, "issued") for coupon in sale.coupons]
    coupons += [(number, "redeemed") for number in redeemed(sale)]
    for number, kind in coupons:
        insert(database, CouponRow, number=number, kind=kind, sale_id=sale.sale_id)


@_rows.register
def _sale_cancelled(event: e.SaleCancelled, step: Step, database: peewee.SqliteDatabase) -> None:
    _sale_row(database, step, _finished(step, event.sale_id), SaleStatus.CANCELLED)


@_rows.register
def _period_closed(event: e.PeriodClosed, step: Step, database: peewee.SqliteDatabase) -> None:
    record = step.record
    insert(
        database,
        ClosureRow,
        scope=event.scope,
        number=event.number,
        period=event.period,
        closed_at_ms=record.at_ms,
        document=record.payload_json,
        seq=record.seq,
        extractions=0,
    )
    closure_id = f"{event.scope}-{event.number}"
    insert(
        database, OutboxRow, seq=record.seq, kind="closure", sale_id=closure_id, at_ms=record.at_ms
    )


@_rows.register(e.ArchiveMade)
@_rows.register(e.ArchiveCopied)
def _of_archives(event: Archived, step: Step, database: peewee.SqliteDatabase) -> None:
    model, row = archive_row(event, step.record)
    insert(database, model, **row)


@_rows.register
def _invoice_issued(event: e.InvoiceIssued, step: Step, database: peewee.SqliteDatabase) -> None:
    insert(database, InvoiceRow, **invoice_row(event, step.record))


@_rows.register
def _invoice_copied(event: e.InvoiceCopied, _step: Step, database: peewee.SqliteDatabase) -> None:
    update(database, InvoiceRow.invoice_number, event.invoice_number, copies=event.copy)


@_rows.register
def _closure_extracted(
    event: e.ClosureExtracted, _step: Step, database: peewee.SqliteDatabase
) -> None:
    closure = (ClosureRow.scope == event.scope) & (ClosureRow.number == event.number)
    ClosureRow.update(extractions=event.copy + 1).where(closure).execute(database)


# --- payments -------------------------------------------------------------------------------------

PaymentMove = (
    e.PaymentSending
    | e.PaymentApproved
    | e.PaymentAcknowledged
    | e.PaymentEnded
    | e.PaymentUnknown
    | e.PaymentResolved
    | e.PaymentReversing
    | e.PaymentReversed
    | e.ReversalFailed
    | e.TenderBooked
)
_FIXED: Mapping[type[Event], PaymentState] = {
    e.PaymentSending: PaymentState.SENDING,
    e.PaymentAcknowledged: PaymentState.APPROVED,
    e.PaymentUnknown: PaymentState.UNKNOWN,
    e.PaymentReversing: PaymentState.REVERSING,
    e.PaymentReversed: PaymentState.REVERSED,
    e.TenderBooked: PaymentState.BOOKED,
}


def _state_after(event: PaymentMove) -> PaymentState:
    """Name the state an event leads to, for attempts that have left the terminal's state."""
    match event:
        case e.PaymentApproved(acked=acked):
            return PaymentState.APPROVED if acked else PaymentState.APPROVED_UNACKED
        case e.PaymentEnded(outcome=outcome):
            return PaymentState(outcome)
        case e.PaymentResolved(outcome=outcome):
            paid = outcome == "paid"
            return PaymentState.MANUAL_PAID if paid else PaymentState.MANUAL_NOT_PAID
        case e.ReversalFailed(certain=certain):
            return PaymentState.BOOKED if certain else PaymentState.REVERSE_UNKNOWN
        case _:
            return _FIXED[type(event)]


@_rows.register
def _payment_intended(
    event: e.PaymentIntended, step: Step, database: peewee.SqliteDatabase
) -> None:
    insert(
        database,
        PaymentRow,
        attempt_id=event.attempt_id,
        sale_id=event.sale_id,
        tender=event.tender,
        sequence=event.sequence,
        terminal_id=event.terminal_id,
        operation=event.operation,
        amount_minor=event.amount_minor,
        approved_minor=0,
        currency=event.currency,
        reference=event.reference,
        state=PaymentState.INTENT.value,
        intended_at_ms=step.record.at_ms,
        changed_at_ms=step.record.at_ms,
    )
    _payment_step(database, step, event.attempt_id, PaymentState.INTENT)


def _payment_step(
    database: peewee.SqliteDatabase, step: Step, attempt_id: str, state: PaymentState
) -> None:
    insert(
        database,
        PaymentStepRow,
        seq=step.record.seq,
        attempt_id=attempt_id,
        event=step.record.type,
        state=state.value,
        at_ms=step.record.at_ms,
        payload=step.record.payload_json,
    )


@_rows.register
def _tender_booked(event: e.TenderBooked, step: Step, database: peewee.SqliteDatabase) -> None:
    if event.attempt_id:
        _payment_moved(event, step, database)


@_rows.register(e.PaymentSending)
@_rows.register(e.PaymentApproved)
@_rows.register(e.PaymentAcknowledged)
@_rows.register(e.PaymentEnded)
@_rows.register(e.PaymentUnknown)
@_rows.register(e.PaymentResolved)
@_rows.register(e.PaymentReversing)
@_rows.register(e.PaymentReversed)
@_rows.register(e.ReversalFailed)
def _payment_moved(event: PaymentMove, step: Step, database: peewee.SqliteDatabase) -> None:
    attempt_id = event.attempt_id
    held = step.after.attempts.get(attempt_id)
    state = held.state if held is not None else _state_after(event)
    changes: dict[str, Any] = {"state": state.value, "changed_at_ms": step.record.at_ms}
    if isinstance(event, e.PaymentApproved):
        changes["approved_minor"] = event.amount_minor
    update(database, PaymentRow.attempt_id, attempt_id, **changes)
    _payment_step(database, step, attempt_id, state)


# --- paper and notices ----------------------------------------------------------------------------


@_rows.register
def _print_queued(event: e.PrintJobQueued, step: Step, database: peewee.SqliteDatabase) -> None:
    insert(
        database,
        PrintJobRow,
        job_id=event.job_id,
        kind=event.kind,
        sale_id=event.sale_id,
        receipt_number=event.receipt_number,
        copy_number=event.copy,
        language=event.language,
        state="queued",
        attempt=0,
        reason="",
        queued_at_ms=step.record.at_ms,
    )


@_rows.register
def _print_advanced(
    event: e.PrintJobAdvanced, _step: Step, database: peewee.SqliteDatabase
) -> None:
    changes = {"state": event.state, "attempt": event.attempt, "reason": event.reason}
    update(database, PrintJobRow.job_id, event.job_id, **changes)


@_rows.register
def _letter_queued(event: e.ReceiptMailQueued, step: Step, database: peewee.SqliteDatabase) -> None:
    insert(
        database,
        LetterRow,
        letter=event.letter,
        sale_id=event.sale_id,
        receipt_number=event.receipt_number,
        address=event.address,
        outcome="queued",
        attempts=0,
        reason="",
        queued_at_ms=step.record.at_ms,
    )


@_rows.register
def _letter_ended(event: e.ReceiptMailEnded, _step: Step, database: peewee.SqliteDatabase) -> None:
    changes = {"outcome": event.outcome, "attempts": event.attempts, "reason": event.reason}
    update(database, LetterRow.letter, event.letter, **changes)


@_rows.register
def _notice_raised(event: e.NoticeRaised, step: Step, database: peewee.SqliteDatabase) -> None:
    insert(
        database,
        NoticeRow,
        notice_id=event.notice_id,
        kind=event.kind,
        details=json.dumps(dict(event.details), sort_keys=True, ensure_ascii=False),
        raised_at_ms=step.record.at_ms,
        acknowledged_at_ms=None,
        acknowledged_by="",
    )


@_rows.register
def _notice_acknowledged(
    event: e.NoticeAcknowledged, step: Step, database: peewee.SqliteDatabase
) -> None:
    changes = {
        "acknowledged_at_ms": step.record.at_ms,
        "acknowledged_by": event.operator_id,
    }
    update(database, NoticeRow.notice_id, event.notice_id, **changes)
