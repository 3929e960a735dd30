"""The state of one terminal: frozen values that only ``evolve`` makes.

``state = fold(journal)``: nothing here is stored as truth, everything can be rebuilt.  Collections
are bounded: finished sales, settled payments, printed jobs and read notices leave the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from terminal.core.books import Books, ChainHead, Purge, SigningKey, VatRow
from terminal.core.valued import Customer, IssuedCoupon, Valuation

_EMPTY: Mapping[Any, Any] = MappingProxyType({})

CARD_TERMINAL, CASH_MACHINE = "poi", "cash"
"""Identifications (``terminal_id``) of the two devices that take money by themselves."""


def tender_kind(terminal_id: str) -> str:
    """Return the kind of tender that a device makes: what it takes is known by who takes it."""
    return "cash_machine" if terminal_id == CASH_MACHINE else "card"


class SaleStatus(StrEnum):
    OPEN = "open"
    TENDERING = "tendering"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    PARKED = "parked"


class TenderStatus(StrEnum):
    """What a tender counts for: only BOOKED pays; PENDING and UNKNOWN lock the sale."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    BOOKED = "booked"
    DECLINED = "declined"
    REVERSED = "reversed"


class PaymentState(StrEnum):
    """One attempt at a payment terminal (nexo: POI)."""

    INTENT = "intent"
    SENDING = "sending"
    APPROVED_UNACKED = "approved_unacked"
    APPROVED = "approved"
    BOOKED = "booked"
    NOT_SENT = "not_sent"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    NOT_PROCESSED = "not_processed"
    UNKNOWN = "unknown"
    MANUAL_PAID = "manual_paid"
    MANUAL_NOT_PAID = "manual_not_paid"
    REVERSING = "reversing"
    REVERSED = "reversed"
    REVERSE_UNKNOWN = "reverse_unknown"


class PrintState(StrEnum):
    """The spooler's table: a job is DONE only when the printer has said so."""

    QUEUED = "queued"
    SENDING = "sending"
    BEGUN = "begun"
    PRINTED = "printed"
    CUT = "cut"
    DONE = "done"
    WAIT_PAPER = "wait_paper"
    WAIT_DEVICE = "wait_device"
    AMBIGUOUS = "ambiguous"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Operator:
    operator_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sale. ``quantity`` is negative on returns; weighed lines count ``weight_g``."""

    n: int
    kind: str
    code: str
    reference: str
    label: str
    brand: str
    department: str
    quantity: int
    weight_g: int
    unit_price_minor: int
    list_price_minor: int
    vat_rate_bp: int
    attributes: tuple[tuple[str, str], ...] = ()
    minimum_age: int = 0
    void: bool = False
    price_reason: str = ""
    return_reason: str = ""
    weighed: str = ""
    """``scale`` or ``typed``: how the weight was found."""
    origin_receipt: str = ""
    """Receipt whose line ``origin_line`` comes back; its price and quantity are fixed."""
    origin_line: int = 0
    category: str = ""
    """Tax category; see ``core.categories``."""

    @property
    def is_return(self) -> bool:
        """A deduction is negative too, and gives nothing back."""
        return self.quantity < 0 and self.kind == "article"

    @property
    def is_gift(self) -> bool:
        """A price set to zero by authority prints as a gift (SAL-13)."""
        return self.unit_price_minor == 0 and self.price_reason != ""


@dataclass(frozen=True, slots=True)
class Discount:
    """``line`` 0 is the foot of the ticket; either ``percent_bp`` or ``amount_minor`` is set."""

    n: int
    line: int
    percent_bp: int
    amount_minor: int
    reason: str
    coupon: str = ""
    authorised_by: str = ""


@dataclass(frozen=True, slots=True)
class CardResult:
    """What may be kept of a card payment: never more than the last four digits."""

    approval_code: str = ""
    poi_transaction_id: str = ""
    terminal_id: str = ""
    brand: str = ""
    last4: str = ""
    entry_mode: str = ""
    aid: str = ""
    slip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tender:
    n: int
    kind: str
    amount_minor: int
    status: TenderStatus
    number: str = ""
    attempt_id: str = ""
    card: CardResult | None = None
    terminal_id: str = ""
    reference: str = ""
    """The attempt's protocol reference: a booked card can still be reversed (REC-09)."""
    reason: str = ""
    """Why it is declined, reversed or unknown: a catalogue key ``payment.<reason>``."""


@dataclass(frozen=True, slots=True)
class PaymentAttempt:
    """An attempt that is not final yet; final ones live on as tenders and in the store."""

    attempt_id: str
    sale_id: str
    tender: int
    sequence: int
    terminal_id: str
    operation: str
    amount_minor: int
    currency: str
    reference: str
    state: PaymentState
    intended_at_ms: int
    sent_at_ms: int = 0
    baseline: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    approved: CardResult | None = None
    approved_minor: int = 0
    reason: str = ""
    reversal_reference: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of tender that this attempt makes."""
        return tender_kind(self.terminal_id)


@dataclass(frozen=True, slots=True)
class Sale:
    """One retail transaction."""

    sale_id: str
    ordinal: int
    status: SaleStatus
    currency: str
    operator_id: str
    operator_name: str
    language: str
    opened_at_ms: int
    business_date: str
    salesperson_id: str = ""
    lines: tuple[Line, ...] = ()
    discounts: tuple[Discount, ...] = ()
    tenders: tuple[Tender, ...] = ()
    selected: int = 0
    """Selected line number; 0 when the basket is empty."""
    age_approved: bool = False
    label: str = ""
    parked_at_ms: int = 0
    receipt_sequence: int = 0
    receipt_number: str = ""
    token: str = ""
    fiscal_code: str = ""
    completed_at_ms: int = 0
    total_minor: int = 0
    """Total as promised: frozen by TenderingStarted and SaleCompleted; see ``core.basket``."""
    vat: tuple[VatRow, ...] = ()
    """VAT as promised, frozen with the total."""
    rounding_minor: int = 0
    change_minor: int = 0
    cancel_reason: str = ""
    receipt_choice: str = ""
    letters: int = 0
    """E-mails of the receipt that were asked for."""
    seal: str = ""
    """Signature of the receipt's compact statement, by the key ``seal_key`` (SaleCompleted)."""
    seal_key: str = ""
    customer: Customer | None = None
    valuation: Valuation | None = None
    """None: not valued, or not since the basket changed."""
    coupons: tuple[IssuedCoupon, ...] = ()
    """Coupons that the completed sale has given."""

    def line(self, n: int) -> Line | None:
        return self.lines[n - 1] if 1 <= n <= len(self.lines) else None

    def tender(self, n: int) -> Tender | None:
        return self.tenders[n - 1] if 1 <= n <= len(self.tenders) else None


@dataclass(frozen=True, slots=True)
class Notice:
    notice_id: int
    kind: str
    details: Mapping[str, str | int]
    at_ms: int


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job not yet finished."""

    job_id: int
    kind: str
    sale_id: str
    receipt_number: str
    copy: int
    language: str
    state: PrintState
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdoptedDevice:
    """The unit that staff last adopted for a role, as it named itself then."""

    address: str
    maker: str = ""
    model: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class ClockStamp:
    """What the wall clock was worth when it was last judged; see ``ClockTrustChanged``."""

    level: str
    source: str
    boot_id: str
    monotonic_ms: int
    clock_ms: int


@dataclass(frozen=True, slots=True)
class TerminalState:
    """All that the terminal knows, between two events."""

    operator: Operator | None = None
    language: str = ""
    sale: Sale | None = None
    """The sale on the screen: in progress, or just completed or cancelled until it is left."""
    parked: Mapping[str, Sale] = field(default_factory=lambda: _EMPTY)
    attempts: Mapping[str, PaymentAttempt] = field(default_factory=lambda: _EMPTY)
    """Attempts that are not final, by id; at most one per terminal (rule R7)."""
    notices: tuple[Notice, ...] = ()
    """Unread notices, oldest first."""
    print_jobs: Mapping[int, PrintJob] = field(default_factory=lambda: _EMPTY)
    """Unfinished jobs by id."""
    failed_sign_ons: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _EMPTY)
    """Operator id -> (wrong PINs in a row, time of the last one in ms)."""
    clock: ClockStamp | None = None
    """None until it was judged, and again after it was set back or jumped."""
    clock_confirmed_ms: int = 0
    """What the clock said when somebody confirmed it, behind the books as it was; 0: nobody has."""
    help_reason: str = ""
    """Why staff was called; empty when nobody waits."""
    last_ordinal: int = 0
    last_receipt_sequence: int = 0
    last_invoice_sequence: int = 0
    last_coupon: int = 0
    last_attempt: int = 0
    last_reconciled: int = 0
    """Sequence of the newest payment attempt that a reconciliation has covered."""
    last_notice: int = 0
    last_job: int = 0
    last_at_ms: int = 0
    """Time of the newest event: records never go back before it (a clock set back is marked)."""
    business_date: str = ""
    books: Books = field(default_factory=Books)
    """What the receipts since the last closures come to."""
    chains: Mapping[str, ChainHead] = field(default_factory=lambda: _EMPTY)
    """Newest signed record of each fiscal chain."""
    software: str = ""
    """Version that started last."""
    archived: Mapping[str, int] = field(default_factory=lambda: _EMPTY)
    """Chain -> last record that an archive holds."""
    signing_key: str = ""
    """Id of the key that signs; empty where the law asks for no signature."""
    signing_keys: Mapping[str, SigningKey] = field(default_factory=lambda: _EMPTY)
    """Every key that has signed, by id."""
    purges: tuple[Purge, ...] = ()
    """What left the journal, oldest first; all of it is in archives."""
    noted: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    """Settings that the law asks about, as the journal last recorded them."""
    adopted: Mapping[str, AdoptedDevice] = field(default_factory=lambda: _EMPTY)
    """Role of a device -> the unit adopted last; the settings say what is used."""
    drawer_address: str = ""
    """The drawer whose sensor was learned."""
    drawer_open_level: str = ""
    """Level of its sensor that means open: ``high`` or ``low``; empty until it is learned."""
    drawer_open_since_ms: int = 0
    """Since when the drawer has been left open, beyond what the shop allows; 0 when it is not."""
    power_failed_at_ms: int = 0
    """When the mains went, while a reserve feeds the terminal; 0 when they are there."""
    training: bool = False
    """Training began: the shop's books wait for its end."""
    running: bool = False
    """True between TerminalStarted and TerminalStopped: at a start it means a power cut."""
