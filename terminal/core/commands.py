"""What one may ask of the terminal, resolved: the imperative half of ``decide``.

Everything the core cannot know (the article behind a code, whether a PIN was right) has been looked
up before and comes in with the command.  Amounts are integer minor units of the sale's currency,
weights are integer grams, rates and percentages are integer hundredths of a percent (``_bp``).
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.credit_commands import SellVoucher, UseCredit
from terminal.core.invoice_commands import CopyInvoice, IssueInvoice
from terminal.core.items import Article
from terminal.core.law_commands import BeginTraining, ConfirmClock, RecordExport
from terminal.core.receipt_commands import QueueLetter, TakeBackLines
from terminal.core.valued import Benefit, Coupon, Points
from terminal.core.weighing import Weighed


@dataclass(frozen=True, slots=True)
class SignOn:
    """Sign an operator on; the session has verified the PIN. Replaces whoever was signed on."""

    operator_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class RejectSignOn:
    """Record a wrong PIN (or an unknown operator), so that guessing is counted durably."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """Sign the operator off; an open sale stays where it is."""


@dataclass(frozen=True, slots=True)
class AddItem:
    """Add an article to the sale, opening one when none is in progress.

    ``quantity`` counts pieces (1 to MAX_QUANTITY); ``weight_g`` is set instead for articles sold by
    weight.  ``price_minor`` overrides the list price when the barcode embeds one (``source`` is
    then ``"embedded"``).  ``is_return`` makes the line negative and needs a reason.
    ``weighed`` says how a weight was found; None when a label carried it.
    """

    code: str
    article: Article
    quantity: int = 1
    weight_g: int = 0
    price_minor: int | None = None
    source: str = "list"
    is_return: bool = False
    reason: str = ""
    weighed: Weighed | None = None


@dataclass(frozen=True, slots=True)
class AddDeposit:
    """Sell a non-article line: a deposit payment on a document (SAL-14)."""

    document: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SelectLine:
    """Select a line, so that a resumed sale shows the same one (REC-03)."""

    line: int


@dataclass(frozen=True, slots=True)
class SetQuantity:
    """Change the number of pieces of a line."""

    line: int
    quantity: int


@dataclass(frozen=True, slots=True)
class VoidLine:
    """Void a line; it stays visible, struck out, and counts nothing."""

    line: int


@dataclass(frozen=True, slots=True)
class SetPrice:
    """Change a unit price by authority, with a reason. Zero makes the line a gift (SAL-13)."""

    line: int
    unit_price_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class GrantDiscount:
    """Discount a line, or the ticket when ``line`` is None; exactly one of percent and value."""

    line: int | None
    percent_bp: int | None
    amount_minor: int | None
    reason: str
    coupon: str = ""
    redeemed_in: str = ""
    """Number of the receipt that has taken this coupon before, as the session has looked up."""


@dataclass(frozen=True, slots=True)
class ValueSale:
    """Record what a valuation says of the sale in progress; it replaces an earlier one.

    ``sale_id`` and ``total_minor`` say what was valued: an answer that comes when the basket is
    another one is refused.  Left out, the sale on the screen is meant as it is.
    """

    by: str
    customer_name: str = ""
    customer_card: str = ""
    points: Points | None = None
    benefits: tuple[Benefit, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    message: str = ""
    sale_id: str = ""
    total_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ApproveAge:
    """Staff has checked the shopper's age for the age-restricted lines of the sale."""


@dataclass(frozen=True, slots=True)
class SetSalesperson:
    """Name the salesperson of the sale (SAL-09); an empty id means none."""

    salesperson_id: str


@dataclass(frozen=True, slots=True)
class TenderCash:
    """Take cash; above the amount due it gives change. Negative pays out a negative total."""

    amount_minor: int


@dataclass(frozen=True, slots=True)
class TenderCheque:
    """Take a cheque, with its number; never above the amount due."""

    amount_minor: int
    number: str


@dataclass(frozen=True, slots=True)
class TenderCard:
    """Start a card payment (negative: a refund): records the intent, never more than due."""

    amount_minor: int
    terminal_id: str


@dataclass(frozen=True, slots=True)
class TenderCashMachine:
    """Let the cash machine take an amount: records the intent, never more than due in cash."""

    amount_minor: int


@dataclass(frozen=True, slots=True)
class RemoveTender:
    """Give back a booked cash or cheque tender. Card tenders go through the payment service."""

    tender: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelSale:
    """Abandon the sale; it takes no receipt number."""

    reason: str


@dataclass(frozen=True, slots=True)
class ParkSale:
    """Suspend the sale for later recall."""

    label: str = ""


@dataclass(frozen=True, slots=True)
class RecallSale:
    """Take a parked sale back."""

    sale_id: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person has read a notice (REC-08)."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class Resolve:
    """A supervisor states the outcome of an unknown payment, with evidence (rule R10)."""

    tender: int
    outcome: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Reprint:
    """Print a marked, counted duplicate of a receipt; the session has checked that it exists."""

    receipt_number: str
    sale_id: str
    copies_so_far: int
    language: str


@dataclass(frozen=True, slots=True)
class PrintGift:
    """Print a receipt without prices; the session has checked that the sale exists."""

    receipt_number: str
    sale_id: str


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the interruption slip of the sale whose payment is in doubt.

    ``slips_so_far`` counts the slips of this sale that were asked for; all but the first are marked
    as copies.
    """

    slips_so_far: int


@dataclass(frozen=True, slots=True)
class ChooseReceipt:
    """How the customer has the receipt: ``print``, ``email``, ``both``, ``link`` or ``none``.

    Asked once at a kiosk; at a till further forms may follow.
    """

    choice: str


@dataclass(frozen=True, slots=True)
class NextCustomer:
    """Leave the completed or cancelled sale's screen."""


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Set the screens' language for the present customer (kiosk) or operator (till)."""

    language: str


@dataclass(frozen=True, slots=True)
class CallHelp:
    """The shopper asks for staff."""

    reason: str


@dataclass(frozen=True, slots=True)
class DismissHelp:
    """Staff has answered the call."""


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """Open the cash drawer without a sale, with a reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class AdoptDevice:
    """Record that a device becomes this terminal's own; its settings are ready to be written."""

    role: str
    address: str
    maker: str = ""
    model: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class MoveCash:
    """Put cash in or take it out: ``float``, ``drop``, ``paid_in``, ``paid_out``; positive."""

    kind: str
    amount_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """Close the ``day``, the ``month`` with its last day, or the ``year`` with both.

    ``counted`` says by kind of tender what people counted, in minor units; it may be empty.
    ``explanation`` says why it is not what was expected (CLO-03).
    """

    scope: str
    counted: tuple[tuple[str, int], ...] = ()
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class PrintReading:
    """Print what is open now (an X report); it closes nothing."""


@dataclass(frozen=True, slots=True)
class ReprintClosure:
    """Print the report of a closure again; ``copies`` were asked for before."""

    scope: str
    number: int
    copies: int


Command = (
    SignOn
    | RejectSignOn
    | SignOff
    | AddItem
    | TakeBackLines
    | AddDeposit
    | SellVoucher
    | UseCredit
    | SelectLine
    | SetQuantity
    | VoidLine
    | SetPrice
    | GrantDiscount
    | ValueSale
    | ApproveAge
    | SetSalesperson
    | TenderCash
    | TenderCheque
    | TenderCard
    | TenderCashMachine
    | RemoveTender
    | CancelSale
    | ParkSale
    | RecallSale
    | Acknowledge
    | Resolve
    | Reprint
    | PrintSlip
    | PrintGift
    | ChooseReceipt
    | QueueLetter
    | NextCustomer
    | ChooseLanguage
    | CallHelp
    | DismissHelp
    | OpenDrawer
    | ConfirmClock
    | AdoptDevice
    | MoveCash
    | ClosePeriod
    | PrintReading
    | IssueInvoice
    | CopyInvoice
    | ReprintClosure
    | BeginTraining
    | RecordExport
)
