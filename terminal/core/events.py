"""What happened: the facts the journal keeps for ever.

An event stores what was resolved (price, rate, label), never only a key, so that a sale can be
recomputed without today's catalogue.  An event class is never edited after a release: a new version
is added and ``journal.upcast`` turns the old payload into the new one.

Units: ``_minor`` integer minor units, ``_g`` grams, ``_bp`` hundredths of a percent, ``_ms``
milliseconds since 1970-01-01 UTC.  When a field is absent from an old payload its default applies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from terminal.core.errors import CoreError


class UnknownEvent(CoreError):
    """A record names an event type that this version does not know."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; ``VERSION`` is the version of the payload a class writes."""

    VERSION: ClassVar[int] = 1
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """Fields that came after a release: not written while they have their default."""


# --- terminal -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TerminalStarted(Event):
    """The program started. ``clean`` is False when the last run did not end by itself."""

    software: str
    role: str
    clean: bool


@dataclass(frozen=True, slots=True)
class TerminalStopped(Event):
    """The program ended by itself; its absence before a start means a power cut or a crash."""


@dataclass(frozen=True, slots=True)
class Recovered(Event):
    """Start-up recovery is done: what was resumed and what was settled (REC-02)."""

    sale_id: str
    lines: int
    tenders: int
    payments_settled: int
    payments_unknown: int


@dataclass(frozen=True, slots=True)
class OperatorSignedOn(Event):
    operator_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class OperatorSignedOff(Event):
    operator_id: str


@dataclass(frozen=True, slots=True)
class SignOnFailed(Event):
    """A wrong PIN; counted durably so that a power cut does not give new tries."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class AuthorityGiven(Event):
    """Somebody with the right allowed what follows, beside the operator who asked for it."""

    operator_id: str
    asked_by: str
    """Operator signed on; empty at a kiosk."""
    request: str
    """Name of the command that was allowed."""


@dataclass(frozen=True, slots=True)
class LanguageChosen(Event):
    language: str


@dataclass(frozen=True, slots=True)
class HelpCalled(Event):
    reason: str


@dataclass(frozen=True, slots=True)
class HelpDismissed(Event):
    operator_id: str


@dataclass(frozen=True, slots=True)
class NoticeRaised(Event):
    """Something a person must read: kind is a catalogue key ``notice.<kind>``."""

    notice_id: int
    kind: str
    details: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class NoticeAcknowledged(Event):
    notice_id: int
    operator_id: str


@dataclass(frozen=True, slots=True)
class ClockSetBack(Event):
    """The wall clock reads earlier than the last record; order is kept by ``seq``, not by time."""

    clock_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class ClockTrustChanged(Event):
    """At every start and at every change: what the wall clock is worth.

    ``level`` is ``ntp`` (set by a time server), ``rtc`` (held by a clock with a battery) or
    ``guess``; ``source`` says by what or why. ``monotonic_ms`` counts within the boot ``boot_id``,
    and ``clock_ms`` is what the wall clock said then, ahead of the record's time or behind it.
    """

    level: str
    source: str
    boot_id: str
    monotonic_ms: int
    clock_ms: int


@dataclass(frozen=True, slots=True)
class ClockJumped(Event):
    """The wall clock says ``clock_ms`` where ``expected_ms`` was due by the monotonic clock."""

    expected_ms: int
    clock_ms: int


@dataclass(frozen=True, slots=True)
class ClockConfirmed(Event):
    """Somebody says that the clock is right although the newest record is later.

    It holds until the clock has caught up, and not for a clock that is set back further.
    """

    clock_ms: int
    last_ms: int
    operator_id: str


@dataclass(frozen=True, slots=True)
class DrawerOpened(Event):
    """The drawer was told to open: ``reason`` is ``cash``, ``change``, ``refund`` or words."""

    sale_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceAdopted(Event):
    """Staff made a device this terminal's own; it serves from the next start on.

    Maker, model and serial number are what the device said of itself; empty when it says nothing.
    """

    role: str
    address: str
    maker: str
    model: str
    serial: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class DrawerForced(Event):
    """The drawer opened though nothing had told it to: with its key, or by force."""


@dataclass(frozen=True, slots=True)
class DrawerLeftOpen(Event):
    """The drawer stands open for longer than the shop allows; ``open_ms`` is how long by then."""

    open_ms: int


@dataclass(frozen=True, slots=True)
class DrawerClosed(Event):
    """A drawer that was left open was closed, after ``open_ms`` in all."""

    open_ms: int


@dataclass(frozen=True, slots=True)
class DrawerSensorLearned(Event):
    """Somebody opened and closed the drawer: ``open_level`` (``high`` or ``low``) means open.

    It holds for this ``address``: a drawer that is wired otherwise is learned anew.
    """

    address: str
    open_level: str


@dataclass(frozen=True, slots=True)
class PowerFailed(Event):
    """The mains are gone and a reserve feeds the terminal; ``remaining_s`` -1: nobody says how
    long."""

    remaining_s: int


@dataclass(frozen=True, slots=True)
class PowerRestored(Event):
    """New payments are taken again. ``cause`` is ``mains``, or ``monitor_lost`` when the device
    that saw the failure went away."""

    lasted_ms: int
    cause: str


# --- sale -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaleOpened(Event):
    sale_id: str
    ordinal: int
    currency: str
    operator_id: str
    operator_name: str
    language: str


@dataclass(frozen=True, slots=True)
class LineAdded(Event):
    """A line as sold. ``quantity`` is negative on a return; ``weight_g`` is 0 for pieces."""

    OPTIONAL: ClassVar[frozenset[str]] = frozenset(
        {"weighed", "tare_g", "scale_answer", "origin_receipt", "origin_line", "category"}
    )

    sale_id: str
    line: int
    kind: str
    """``article`` or ``deposit``."""
    code: str
    reference: str
    label: str
    brand: str
    department: str
    quantity: int
    weight_g: int
    unit_price_minor: int
    vat_rate_bp: int
    attributes: tuple[tuple[str, str], ...]
    minimum_age: int
    source: str
    """Where the price comes from: ``list``, ``embedded`` or ``open``."""
    reason: str
    """Why it was returned; empty on a sale line."""
    weighed: str = ""
    """``scale`` or ``typed``; empty for pieces, and for a weight that a label carried."""
    tare_g: int = 0
    """Tare that was taken off to come to ``weight_g``."""
    scale_answer: str = ""
    """What the scale said that priced the line, control codes as ``<1B>``."""
    origin_receipt: str = ""
    """Number of the receipt whose line comes back; empty when it comes back without one."""
    origin_line: int = 0
    """Number of that line on that receipt."""
    category: str = ""
    """Code of the tax administration: what e-reporting counts the line under."""


@dataclass(frozen=True, slots=True)
class LineSelected(Event):
    sale_id: str
    line: int


@dataclass(frozen=True, slots=True)
class QuantityChanged(Event):
    sale_id: str
    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class LineVoided(Event):
    sale_id: str
    line: int
    operator_id: str


@dataclass(frozen=True, slots=True)
class PriceOverridden(Event):
    sale_id: str
    line: int
    unit_price_minor: int
    reason: str
    authorised_by: str


@dataclass(frozen=True, slots=True)
class DiscountGranted(Event):
    """``line`` 0 means the whole ticket; a percentage has ``amount_minor`` 0 and the reverse."""

    sale_id: str
    discount: int
    line: int
    percent_bp: int
    amount_minor: int
    reason: str
    coupon: str
    authorised_by: str


@dataclass(frozen=True, slots=True)
class SaleValued(Event):
    """What a valuation said of the basket as it was then; a later one replaces it.

    It changes no amount: discounts are events of their own.
    """

    sale_id: str
    by: str
    """``local`` or ``hub``."""
    customer_name: str
    customer_card: str
    points: tuple[int, ...]
    """Earned, used, balance, time of the balance in ms; empty without points."""
    points_until: str
    """ISO day until which the points are valid; may be empty."""
    benefits: tuple[tuple[str, str, str, int, str], ...]
    """Rows (part, label, kind, value, text); see ``core.valued.Benefit``."""
    coupons: tuple[tuple[int, str, str, str, str], ...]
    """Rows (face_minor, text, first day, last day, usage) of the coupons to come."""
    message: str


@dataclass(frozen=True, slots=True)
class CouponIssued(Event):
    """A coupon got its number, in the transaction that completes the sale which gives it."""

    sale_id: str
    sequence: int
    number: str
    face_minor: int
    text: str
    valid_from: str
    valid_until: str
    usage: str


@dataclass(frozen=True, slots=True)
class AgeApproved(Event):
    sale_id: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class SalespersonNamed(Event):
    sale_id: str
    salesperson_id: str


@dataclass(frozen=True, slots=True)
class TenderingStarted(Event):
    """The customer was told what to pay: the totals promised are frozen here."""

    sale_id: str
    total_minor: int
    vat: tuple[tuple[int, int, int, int], ...]
    """Rows (rate_bp, net_minor, vat_minor, gross_minor), ascending by rate."""


@dataclass(frozen=True, slots=True)
class TenderingLeft(Event):
    """Back to the basket: another line was added, or one was changed."""

    sale_id: str


@dataclass(frozen=True, slots=True)
class TenderBooked(Event):
    """A means of payment counts for the sale. ``amount_minor`` is what was handed over."""

    sale_id: str
    tender: int
    kind: str
    """``cash``, ``cheque``, ``card`` or ``cash_machine``."""
    amount_minor: int
    number: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class TenderRemoved(Event):
    """A booked tender was given back (cash, cheque) or reversed at its terminal (card)."""

    sale_id: str
    tender: int
    reason: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class SaleCompleted(Event):
    """The sale is a document: number, totals and tenders as printed, for ever.

    ``receipt_number`` is taken here and nowhere else (NUM-01); ``token`` is the short code beside
    it (NUM-03), given by the fiscal regime.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"seal", "seal_key", "fiscal_code"})

    sale_id: str
    receipt_sequence: int
    receipt_number: str
    token: str
    total_minor: int
    rounding_minor: int
    change_minor: int
    vat: tuple[tuple[int, int, int, int], ...]
    seal: str = ""
    """Signature of the receipt's compact statement, base64url (``fiscal.statement``)."""
    seal_key: str = ""
    """Key that signed it; empty when it is this terminal's own digest."""
    fiscal_code: str = ""
    """What the law wants readable by machines on the paper; empty where it asks for nothing."""


@dataclass(frozen=True, slots=True)
class SaleCancelled(Event):
    sale_id: str
    reason: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class SaleParked(Event):
    sale_id: str
    label: str


@dataclass(frozen=True, slots=True)
class SaleRecalled(Event):
    sale_id: str


@dataclass(frozen=True, slots=True)
class ReceiptChosen(Event):
    sale_id: str
    choice: str


@dataclass(frozen=True, slots=True)
class ReceiptMailQueued(Event):
    """A receipt is to be sent by e-mail. The address itself is never in the journal.

    ``address`` is masked, ``address_digest`` a keyed digest: enough to answer a customer who asks
    whether it was sent to this address, and nothing to write to.
    """

    sale_id: str
    letter: str
    receipt_number: str
    address: str
    address_digest: str


@dataclass(frozen=True, slots=True)
class ReceiptMailEnded(Event):
    """The mail server took the letter, or it was given up; the address is erased."""

    letter: str
    outcome: str
    """``sent`` or ``failed``."""
    attempts: int
    reason: str
    """Why it failed; ``repeated`` when a crash hid whether an earlier attempt had arrived."""


@dataclass(frozen=True, slots=True)
class SaleLeft(Event):
    """The screen of a completed or cancelled sale was left for the next customer."""

    sale_id: str


# --- payment by terminal (state machine: ``core.payment``) ----------------------------------------


@dataclass(frozen=True, slots=True)
class PaymentIntended(Event):
    """INTENT: the attempt exists, nothing was sent. ``reference`` is 10 digits, never reused."""

    sale_id: str
    tender: int
    attempt_id: str
    sequence: int
    terminal_id: str
    operation: str
    """``payment`` or ``refund``."""
    amount_minor: int
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentSending(Event):
    """SENDING: durable before the first byte (rule R1); from here on any doubt is UNKNOWN."""

    attempt_id: str
    baseline: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PaymentApproved(Event):
    """The terminal approved. ``acked`` False: its protocol still waits for our acknowledgement."""

    attempt_id: str
    amount_minor: int
    acked: bool
    approval_code: str = ""
    poi_transaction_id: str = ""
    terminal_id: str = ""
    brand: str = ""
    last4: str = ""
    entry_mode: str = ""
    aid: str = ""
    slip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentAcknowledged(Event):
    """Our acknowledgement went out; the approval stands."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class PaymentEnded(Event):
    """A definite negative: ``not_sent``, ``declined``, ``cancelled``, ``timed_out``,
    ``not_processed`` or ``reversed`` (undone by the terminal itself)."""

    attempt_id: str
    outcome: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PaymentUnknown(Event):
    """Nobody can say yet whether the card was charged."""

    attempt_id: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PaymentResolved(Event):
    """A supervisor's word on an unknown payment: ``paid`` or ``not_paid``."""

    attempt_id: str
    outcome: str
    operator_id: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PaymentReversing(Event):
    """An approved payment is being undone; durable before the request goes out."""

    attempt_id: str
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentReversed(Event):
    attempt_id: str
    poi_transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class ReversalFailed(Event):
    """The terminal refused to undo (``certain``), or did not say: the approval is kept on books."""

    attempt_id: str
    certain: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentsReconciled(Event):
    """The terminal's day was closed and compared with our books (rule R11).

    Counts are of payments and refunds that stand since the reconciliation before, amounts are net
    of refunds. ``theirs_count`` is -1 when the terminal does not tell; ``difference_minor`` is ours
    less theirs.
    """

    terminal_id: str
    ours_count: int
    ours_minor: int
    theirs_count: int
    theirs_minor: int
    difference_minor: int


# --- paper ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrintJobQueued(Event):
    """``copy`` 0 is the original; every other one is marked and counted as a duplicate (RCP-17)."""

    job_id: int
    kind: str
    """``receipt``, ``duplicate`` or ``interruption``."""
    sale_id: str
    receipt_number: str
    copy: int
    language: str


@dataclass(frozen=True, slots=True)
class PrintJobAdvanced(Event):
    """A job moved in the spooler's table: ``state`` is a ``core.printing.PrintState`` value."""

    job_id: int
    state: str
    attempt: int
    reason: str


# --- the books ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CashMoved(Event):
    """Cash went into the drawer or out of it without a sale.

    ``kind`` is ``float`` (change to begin with), ``drop`` (to the safe), ``paid_in`` or
    ``paid_out``; ``amount_minor`` is what the drawer gained, negative when it lost.
    """

    kind: str
    amount_minor: int
    reason: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class PeriodClosed(Event):
    """A day, a month or a year is closed: its figures as printed, for ever (CLO-03).

    ``number`` counts the closures of its ``scope`` without a gap.  ``tenders`` says what each kind
    of tender should have left, ``counted`` what people counted, ``expected_cash_minor`` what the
    drawer should hold.  ``exceptions`` are (kind, reference, amount): what was open at that moment.
    ``operator_id`` is empty when the terminal closed by itself.  ``explanation`` says why what was
    counted is not what was expected.  ``categories`` are the rows of ``vat`` by kind of line and
    tax category: (kind, category, rate_bp, net_minor, vat_minor, gross_minor, receipts).
    ``movements`` say by kind what cash movements brought the drawer.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"explanation", "categories", "movements"})

    scope: str
    period: str
    number: int
    opened_at_ms: int
    first_receipt: str
    last_receipt: str
    count: int
    total_minor: int
    absolute_minor: int
    perpetual_minor: int
    perpetual_absolute_minor: int
    vat: tuple[tuple[int, int, int, int], ...]
    tenders: tuple[tuple[str, int], ...]
    counted: tuple[tuple[str, int], ...]
    expected_cash_minor: int
    exceptions: tuple[tuple[str, str, int], ...]
    operator_id: str
    explanation: str = ""
    categories: tuple[tuple[str, str, int, int, int, int, int], ...] = ()
    movements: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ClosureExtracted(Event):
    """A closure was handed over as a file (CLO-01); again on demand, as a marked copy (CLO-02).

    ``copy`` is 0 the first time.  ``sha256`` is that of the document in the file, the same in every
    copy.  ``operator_id`` is empty when the terminal handed it over by itself.
    """

    scope: str
    number: int
    copy: int
    file: str
    sha256: str
    operator_id: str


@dataclass(frozen=True, slots=True)
class TrainingBegan(Event):
    """The terminal practises from here on, in a journal of its own (NUM-06)."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class TrainingEnded(Event):
    """The terminal sells again.

    ``receipts`` counts the practice receipts so far, ``last_record`` is the signature of the newest
    record of their chain: it ties their journal to the books.
    """

    receipts: int
    last_record: str


# --- invoices -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InvoiceIssued(Event):
    """A finished receipt became an invoice too, or a credit note, with a number of its own.

    ``kind`` is ``invoice`` or ``credit_note``; amounts are those of the receipt, negative on a
    credit note. ``buyer`` and ``seller`` say who they were at that moment, as
    ``core.invoicing.Party`` writes them; ``corrects`` names the invoice that a credit note
    corrects, and its date (ISO), when there was one.
    """

    invoice_sequence: int
    invoice_number: str
    kind: str
    sale_id: str
    receipt_number: str
    corrects: str
    corrects_date: str
    total_minor: int
    vat: tuple[tuple[int, int, int, int], ...]
    buyer: Mapping[str, str]
    seller: Mapping[str, str]
    operator_id: str


@dataclass(frozen=True, slots=True)
class InvoiceCopied(Event):
    """An invoice was asked for again: the same one, marked and counted."""

    invoice_number: str
    receipt_number: str
    copy: int
    operator_id: str


# --- the law --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SigningKeyAdopted(Event):
    """From here on records are signed with this key: the first one, or one that replaces another.

    ``public_key`` is the SubjectPublicKeyInfo in base64; ``backend`` says where the key lives.
    """

    key_id: str
    algorithm: str
    public_key: str
    backend: str


@dataclass(frozen=True, slots=True)
class RecordSigned(Event):
    """A fiscal record, signed in the transaction of what it records.

    ``canonical`` is the text that was signed: it names the last signature and the SHA-256 of
    ``content``, the canonical JSON of what is recorded.  ``sequence`` counts the chain's records.
    """

    chain: str
    sequence: int
    document: str
    canonical: str
    content: str
    signature: str
    key_id: str


@dataclass(frozen=True, slots=True)
class ArchiveMade(Event):
    """An archive of signed records was written and read back.

    ``sha256`` is that of the file; ``last`` names the last record of each chain in it,
    ``first_seq`` and ``last_seq`` the records of the journal.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"first_seq", "last_seq"})

    first_day: str
    last_day: str
    file: str
    sha256: str
    records: int
    last: Mapping[str, int]
    first_seq: int = 0
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class ArchiveCopied(Event):
    """A copy of an archive was written to another medium, read back from it and verified.

    ``medium`` and ``serial`` are as the medium names itself; ``external`` tells that it is not the
    one the books lie on.
    """

    first_day: str
    last_day: str
    file: str
    sha256: str
    medium: str
    serial: str
    external: bool


@dataclass(frozen=True, slots=True)
class JournalPurged(Event):
    """Records left the journal; every one of them is in an archive that was read back.

    ``journal_hash`` is the hash of record ``last_seq``, ``base_sha256`` that of the document which
    stands in their place.  ``archives`` are (file, SHA-256, last receipt sequence), ``chains`` the
    (chain, sequence, signature) of the newest signed records among what left.
    """

    first_seq: int
    last_seq: int
    last_day: str
    journal_hash: str
    base_sha256: str
    archives: tuple[tuple[str, str, int], ...]
    chains: tuple[tuple[str, int, str], ...]
    perpetual_minor: int
    perpetual_absolute_minor: int


@dataclass(frozen=True, slots=True)
class SettingsNoted(Event):
    """Settings that the law asks about, as they are from this start on: who sells, who answers
    for it, and what signing and closing follow. Name -> value as it is written in TOML."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Maintained(Event):
    """Somebody worked on the till's data with a tool; ``what`` names it: ``rebuild``."""

    what: str
    details: str


@dataclass(frozen=True, slots=True)
class BooksRestored(Event):
    """The books were made anew from their second copy; what came behind its end is not in them.

    ``copied_seq`` is the copy's newest record, ``copied_hash`` its hash, ``copied_at_ms`` its time.
    ``skipped`` numbers are left out of every series (receipts, invoices, coupons, payment attempts,
    sales), because the till that is no more may have given them away.
    """

    copied_seq: int
    copied_hash: str
    copied_at_ms: int
    medium: str
    skipped: int


@dataclass(frozen=True, slots=True)
class DataExported(Event):
    """A file for the accounts or an authority was written; ``sha256`` is that of the file.

    ``kind`` is ``day-journal``, ``fec``, ``saf-t`` or ``poslog``.
    """

    kind: str
    first_day: str
    last_day: str
    file: str
    sha256: str
    operator_id: str
    """Empty when it was written while the terminal stood."""


EVENTS: Mapping[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        TerminalStarted, TerminalStopped, Recovered, OperatorSignedOn, OperatorSignedOff,
        SignOnFailed, AuthorityGiven, LanguageChosen, HelpCalled, HelpDismissed, NoticeRaised,
        NoticeAcknowledged, ClockSetBack, ClockTrustChanged, ClockJumped, DrawerOpened,
        DrawerForced, DrawerLeftOpen, DrawerClosed, DrawerSensorLearned, PowerFailed, PowerRestored,
        SaleOpened, LineAdded, LineSelected, QuantityChanged,
        LineVoided, PriceOverridden, DiscountGranted, AgeApproved, SalespersonNamed,
        TenderingStarted, TenderingLeft, TenderBooked, TenderRemoved, SaleCompleted,
        SaleCancelled, SaleParked, SaleRecalled, ReceiptChosen, SaleLeft, PaymentIntended,
        PaymentSending, PaymentApproved, PaymentAcknowledged, PaymentEnded, PaymentUnknown,
        PaymentResolved, PaymentReversing, PaymentReversed, ReversalFailed, PaymentsReconciled,
        ReceiptMailQueued, ReceiptMailEnded,
        PrintJobQueued, PrintJobAdvanced, CashMoved, PeriodClosed, ClosureExtracted,
        TrainingBegan, TrainingEnded, SigningKeyAdopted, RecordSigned, ArchiveMade, ArchiveCopied,
        JournalPurged, DeviceAdopted, DataExported, SaleValued, CouponIssued, ClockConfirmed,
        SettingsNoted, Maintained, BooksRestored, InvoiceIssued, InvoiceCopied,
    )
}  # fmt: skip

_NAMES: Mapping[type[Event], tuple[str, ...]] = {
    cls: tuple(f.name for f in fields(cls)) for cls in EVENTS.values()
}
_OPTIONAL: Mapping[type[Event], Mapping[str, Any]] = {
    cls: {f.name: f.default for f in fields(cls) if f.name in cls.OPTIONAL}
    for cls in EVENTS.values()
}
_TUPLES = frozenset(
    {
        "attributes", "vat", "slip", "tenders", "counted", "exceptions", "categories", "movements",
        "points", "benefits", "coupons", "archives", "chains",
    }
)  # fmt: skip


def to_payload(event: Event) -> dict[str, Any]:
    """Return an event's fields as plain values ready for canonical JSON."""
    kind = type(event)
    payload = {name: getattr(event, name) for name in _NAMES[kind]}
    for name, default in _OPTIONAL[kind].items():
        if payload[name] == default:
            del payload[name]
    return payload


def from_payload(name: str, payload: Mapping[str, Any]) -> Event:
    """Rebuild an event from its type name and (upcast) payload.

    Raises:
        UnknownEvent: the type is not of this version.
        CoreError: the payload does not fit the type.
    """
    cls = EVENTS.get(name)
    if cls is None:
        raise UnknownEvent(name)
    values = dict(payload)
    for key in _TUPLES & values.keys():
        if isinstance(values[key], list):
            values[key] = tuple(tuple(v) if isinstance(v, list) else v for v in values[key])
    try:
        return cls(**values)
    except TypeError as error:
        raise CoreError(f"{name}: {error}") from error
