"""The derived tables: answers the journal would take too long to give.

Rows never leave ``store``.  The models are bound to no database: every query names the one it runs
on, because a terminal, a verification and a rebuild may each have one open.
"""

from __future__ import annotations

import hashlib
import json

import peewee


class _Table(peewee.Model):
    class Meta:
        strict_tables = True
        legacy_table_names = False


class SaleRow(_Table):
    """A finished sale, completed or cancelled, with its whole document."""

    sale_id = peewee.TextField(primary_key=True)
    ordinal = peewee.IntegerField()
    status = peewee.TextField()
    receipt_sequence = peewee.IntegerField(unique=True, null=True)
    receipt_number = peewee.TextField(unique=True, null=True)
    business_date = peewee.TextField(index=True)
    ended_at_ms = peewee.IntegerField()
    total_minor = peewee.IntegerField()
    currency = peewee.TextField()
    operator_id = peewee.TextField()
    document = peewee.TextField()
    seq = peewee.IntegerField()

    class Meta:
        table_name = "sales"


class TenderRow(_Table):
    """A tender of a completed sale."""

    sale_id = peewee.TextField()
    n = peewee.IntegerField()
    kind = peewee.TextField()
    amount_minor = peewee.IntegerField()
    status = peewee.TextField()
    attempt_id = peewee.TextField()

    class Meta:
        table_name = "tenders"
        primary_key = peewee.CompositeKey("sale_id", "n")


class VatTotalRow(_Table):
    """The VAT of one rate of a completed sale, as printed."""

    sale_id = peewee.TextField()
    rate_bp = peewee.IntegerField()
    net_minor = peewee.IntegerField()
    vat_minor = peewee.IntegerField()
    gross_minor = peewee.IntegerField()

    class Meta:
        table_name = "vat_totals"
        primary_key = peewee.CompositeKey("sale_id", "rate_bp")


class ReturnedLineRow(_Table):
    """A line of a receipt that came back in a completed sale, and how many pieces of it."""

    sale_id = peewee.TextField()
    n = peewee.IntegerField()
    origin_receipt = peewee.TextField(index=True)
    origin_line = peewee.IntegerField()
    quantity = peewee.IntegerField()

    class Meta:
        table_name = "returned_lines"
        primary_key = peewee.CompositeKey("sale_id", "n")


class CouponRow(_Table):
    """A numbered coupon that a sale has given (``issued``) or taken (``redeemed``)."""

    number = peewee.TextField()
    kind = peewee.TextField()
    sale_id = peewee.TextField()

    class Meta:
        table_name = "coupons"
        primary_key = peewee.CompositeKey("number", "kind", "sale_id")


class PaymentRow(_Table):
    """One attempt at a payment terminal, as it stands."""

    attempt_id = peewee.TextField(primary_key=True)
    sale_id = peewee.TextField(index=True)
    tender = peewee.IntegerField()
    sequence = peewee.IntegerField()
    terminal_id = peewee.TextField()
    operation = peewee.TextField()
    amount_minor = peewee.IntegerField()
    approved_minor = peewee.IntegerField()
    currency = peewee.TextField()
    reference = peewee.TextField()
    state = peewee.TextField()
    intended_at_ms = peewee.IntegerField()
    changed_at_ms = peewee.IntegerField()

    class Meta:
        table_name = "payments"


class PaymentStepRow(_Table):
    """What happened to an attempt, one row per event."""

    seq = peewee.IntegerField(primary_key=True)
    attempt_id = peewee.TextField(index=True)
    event = peewee.TextField()
    state = peewee.TextField()
    at_ms = peewee.IntegerField()
    payload = peewee.TextField()

    class Meta:
        table_name = "payment_steps"


class PrintJobRow(_Table):
    job_id = peewee.IntegerField(primary_key=True)
    kind = peewee.TextField()
    sale_id = peewee.TextField()
    receipt_number = peewee.TextField(index=True)
    copy_number = peewee.IntegerField()
    language = peewee.TextField()
    state = peewee.TextField()
    attempt = peewee.IntegerField()
    reason = peewee.TextField()
    queued_at_ms = peewee.IntegerField()

    class Meta:
        table_name = "print_jobs"


class OutboxRow(_Table):
    """A finished sale, or a closure, that waits to go up until it is acknowledged there.

    ``sale_id`` is the sale's, or the closure's ``scope-number``.
    """

    seq = peewee.IntegerField(primary_key=True)
    kind = peewee.TextField()
    sale_id = peewee.TextField()
    at_ms = peewee.IntegerField()

    class Meta:
        table_name = "outbox"


class LetterRow(_Table):
    """A receipt that goes by e-mail; the address is in no table."""

    letter = peewee.TextField(primary_key=True)
    sale_id = peewee.TextField()
    receipt_number = peewee.TextField()
    address = peewee.TextField()
    outcome = peewee.TextField(index=True)
    attempts = peewee.IntegerField()
    reason = peewee.TextField()
    queued_at_ms = peewee.IntegerField()

    class Meta:
        table_name = "letters"


class ClosureRow(_Table):
    """A closure of a day, a month or a year, as its event says."""

    scope = peewee.TextField()
    number = peewee.IntegerField()
    period = peewee.TextField()
    closed_at_ms = peewee.IntegerField()
    document = peewee.TextField()
    seq = peewee.IntegerField()
    extractions = peewee.IntegerField()
    """How often it was handed over."""

    class Meta:
        table_name = "closures"
        primary_key = peewee.CompositeKey("scope", "number")


class ArchiveRow(_Table):
    """An archive of signed records that was made here."""

    seq = peewee.IntegerField(primary_key=True)
    file = peewee.TextField()
    sha256 = peewee.TextField()
    first_day = peewee.TextField()
    last_day = peewee.TextField()
    first_seq = peewee.IntegerField()
    last_seq = peewee.IntegerField()
    records = peewee.IntegerField()
    made_at_ms = peewee.IntegerField()

    class Meta:
        table_name = "archives"


class ArchiveCopyRow(_Table):
    """A copy of an archive that was read back from its medium."""

    seq = peewee.IntegerField(primary_key=True)
    file = peewee.TextField(index=True)
    sha256 = peewee.TextField()
    medium = peewee.TextField()
    serial = peewee.TextField()
    external = peewee.IntegerField()
    copied_at_ms = peewee.IntegerField()

    class Meta:
        table_name = "archive_copies"


class InvoiceRow(_Table):
    """An invoice or credit note, as its event says; a receipt has one at most."""

    invoice_number = peewee.TextField(primary_key=True)
    invoice_sequence = peewee.IntegerField(unique=True)
    receipt_number = peewee.TextField(unique=True)
    issued_at_ms = peewee.IntegerField()
    copies = peewee.IntegerField()
    document = peewee.TextField()
    seq = peewee.IntegerField()

    class Meta:
        table_name = "invoices"


class CreditRow(_Table):
    """What a completed receipt did to a voucher or deposit: issued it, or used some of it."""

    seq = peewee.IntegerField()
    n = peewee.IntegerField()
    kind = peewee.TextField()
    number = peewee.TextField(index=True)
    vat_rate_bp = peewee.IntegerField()
    amount_minor = peewee.IntegerField()
    sale_id = peewee.TextField()

    class Meta:
        table_name = "credits"
        primary_key = peewee.CompositeKey("seq", "n")


class NoticeRow(_Table):
    notice_id = peewee.IntegerField(primary_key=True)
    kind = peewee.TextField()
    details = peewee.TextField()
    raised_at_ms = peewee.IntegerField()
    acknowledged_at_ms = peewee.IntegerField(null=True)
    acknowledged_by = peewee.TextField()

    class Meta:
        table_name = "notices"


class SnapshotRow(_Table):
    """The state after record ``seq``: spares a start from folding years of history."""

    one = peewee.IntegerField(primary_key=True, constraints=[peewee.Check("one = 1")])
    seq = peewee.IntegerField()
    record_hash = peewee.BlobField()
    shape = peewee.TextField()
    state = peewee.TextField()
    state_hash = peewee.BlobField()

    class Meta:
        table_name = "snapshot"


class DerivationRow(_Table):
    """Which version's derived tables these are, as ``shape_of_tables`` says it."""

    one = peewee.IntegerField(primary_key=True, constraints=[peewee.Check("one = 1")])
    shape = peewee.TextField()

    class Meta:
        table_name = "derivation"


DERIVED: tuple[type[peewee.Model], ...] = (
    SaleRow,
    TenderRow,
    VatTotalRow,
    ReturnedLineRow,
    CouponRow,
    PaymentRow,
    PaymentStepRow,
    PrintJobRow,
    OutboxRow,
    LetterRow,
    ClosureRow,
    ArchiveRow,
    ArchiveCopyRow,
    InvoiceRow,
    CreditRow,
    NoticeRow,
)
"""Tables that only projections write, and that a rebuild makes again."""
DERIVATION = 1
"""Raise it when a projection writes something else into the same columns."""


def shape_of_tables() -> str:
    """Return what this version derives: a number, and a hash over all tables and their columns."""
    columns = [
        [meta.table_name, *(field.column_name for field in meta.sorted_fields)]
        for meta in (model._meta for model in DERIVED)  # noqa: SLF001 - peewee's own way to it
    ]
    return f"{DERIVATION}:{hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]}"


def create_tables(database: peewee.SqliteDatabase) -> None:
    """Create the derived tables and the snapshot; the caller holds the transaction."""
    for model in (*DERIVED, SnapshotRow, DerivationRow):
        peewee.SchemaManager(model, database).create_all(safe=False)
    DerivationRow.insert(one=1, shape=shape_of_tables()).execute(database)


def drop_tables(database: peewee.SqliteDatabase) -> None:
    """Drop the derived tables and the snapshot, whatever is left of them."""
    for model in (*DERIVED, SnapshotRow, DerivationRow):
        peewee.SchemaManager(model, database).drop_all(safe=True)
