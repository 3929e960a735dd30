"""What screens and consoles may ask of the session before it is resolved.

A request still names things by what a person types or scans (a code, a PIN); the session looks them
up and turns each into a command of ``core.commands``.  Every core command is a request as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.buyer import Party
from terminal.core.commands import Command
from terminal.services.commissioning.requests import Commissioned, OpenCommissioning
from terminal.services.restart_requests import OfRestart
from terminal.services.service_requests import OfService


@dataclass(frozen=True, slots=True)
class SignOnWithPin:
    """Sign on by operator number and PIN; ``new_pin`` is one that its owner has chosen."""

    operator_id: str
    pin: str
    new_pin: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A code was scanned or typed; ``aim`` is the symbology identifier, if the scanner sends it."""

    code: str
    aim: str = ""
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class Weigh:
    """An article sold by weight lies on the scale, which is asked for the stable net weight.

    ``weight_g`` is typed instead, by right; no other weight than the screen's ``shown_g`` is taken.
    """

    code: str
    weight_g: int | None = None
    shown_g: int | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Return an article in the present sale (SAL-10)."""

    code: str
    quantity: int
    weight_g: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenReceipt:
    """Verify a receipt by its code or its number, and show what can come back of it (RCP-04)."""

    code: str


@dataclass(frozen=True, slots=True)
class ReturnLines:
    """Take lines of a receipt back: (line, pieces) each, at what was paid for them."""

    code: str
    lines: tuple[tuple[int, int], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """Send the receipt of the sale on the screen to an address; with ``printed``, print it too."""

    address: str
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Pay:
    """Settle ``amount_minor`` by ``cash``, ``cheque`` (with number), ``card``, ``cash_machine``.

    By card or at the cash machine, the answer comes when the attempt is final or unknown; with
    ``wait`` False it comes as soon as the intent is durable.
    """

    tender: str
    amount_minor: int
    number: str = ""
    wait: bool = True


@dataclass(frozen=True, slots=True)
class DropTender:
    """Take a tender off the sale, whatever its kind: gives back, aborts, reverses or enquires."""

    tender: int


@dataclass(frozen=True, slots=True)
class EnquirePayment:
    """Ask the payment terminal again what became of an unknown payment."""


@dataclass(frozen=True, slots=True)
class AnswerManual:
    """The cashier types what a payment terminal says that is not connected.

    ``outcome`` is ``approved`` (with its authorisation number), ``declined`` or ``cancelled``.
    """

    outcome: str
    approval_code: str = ""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Close the payment terminal's day and compare its totals with our books (rule R11)."""


@dataclass(frozen=True, slots=True)
class PrintSlipAgain:
    """Print the interruption slip of the sale whose payment is in doubt, marked as a copy."""


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """Print a marked duplicate of a receipt."""

    receipt_number: str


@dataclass(frozen=True, slots=True)
class IssueVoucher:
    """Sell a voucher: with a rate single-purpose (taxed now), without it multi-purpose.

    Without a number it gets a new one.
    """

    amount_minor: int
    vat_rate_bp: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Redeem:
    """Use a voucher or a deposit by its number; without an amount, as much as can be used."""

    number: str
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class MakeInvoice:
    """Make an invoice of a finished receipt; of one that has an invoice, a marked copy of it.

    ``corrects`` names the invoice that a credit note corrects; of another till's, its date (ISO)
    has to be given as well.
    """

    receipt_number: str
    buyer: Party
    corrects: str = ""
    corrects_date: str = ""


@dataclass(frozen=True, slots=True)
class ListInvoices:
    """List the newest invoices and credit notes."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class PrintForGift:
    """Print a receipt without prices, to give away with a present."""

    receipt_number: str


@dataclass(frozen=True, slots=True)
class LearnDrawer:
    """Learn what the closed drawer's sensor means: it opens, a person closes it again."""


@dataclass(frozen=True, slots=True)
class SettlePaper:
    """Staff says what became of an ambiguous receipt: it came out, or print it (marked) again."""

    job_id: int
    came_out: bool


@dataclass(frozen=True, slots=True)
class Search:
    """Find articles by words of their label, brand or department."""

    text: str
    limit: int = 20


@dataclass(frozen=True, slots=True)
class FindWeighed:
    """Find the article of a code that is sold by weight, to put it on the scale."""

    code: str


@dataclass(frozen=True, slots=True)
class WatchScale:
    """Keep reading the scale for an article, until an empty code says to stop."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class ZeroScale:
    """Set the empty scale to zero."""


@dataclass(frozen=True, slots=True)
class ListParked:
    """List the suspended sales."""


@dataclass(frozen=True, slots=True)
class ListReceipts:
    """List the newest completed sales."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class ListClosures:
    """List the newest closures of days, months and years."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class MakeArchive:
    """Write the archive of ``2026``, ``2026-11`` or ``2026-11-28``, and copy it if wanted.

    With ``wait`` False the answer comes at once; ``ListArchives`` tells how far it is.
    """

    period: str
    copy: bool = False
    wait: bool = True


@dataclass(frozen=True, slots=True)
class CopyArchive:
    """Copy an archive to the medium that is plugged in, and read it back from there."""

    file: str
    wait: bool = True


@dataclass(frozen=True, slots=True)
class ListArchives:
    """List the newest archives, their copies, and how far the one under way is."""

    limit: int = 20


@dataclass(frozen=True, slots=True)
class SteerDevice:
    """Turn a knob of a simulated device."""

    device: str
    action: str
    parameters: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Show the page of the devices: who serves each role, how it is, and what could be adopted."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """Make a device this terminal's own; without an address the one that is offered."""

    role: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """Do not offer this device again until it is plugged in anew."""

    address: str


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Let a device test itself, and keep what it found on its line of the page."""

    role: str


@dataclass(frozen=True, slots=True)
class PrintLabel:
    """Print ``copies`` of an article's shelf label, or of a label of ``weight_g`` of it."""

    code: str
    copies: int = 1
    weight_g: int = 0


@dataclass(frozen=True, slots=True)
class ReadTray:
    """Read the RFID tags on the tray; nothing is sold yet (CHK-04)."""


@dataclass(frozen=True, slots=True)
class AddTray:
    """Sell what an inventory of the tray has shown and a person has agreed to, in one step."""

    inventory: int


@dataclass(frozen=True, slots=True)
class Authorised:
    """A request that another operator allows by number and PIN; who is signed on stays so."""

    request: Deed
    operator_id: str
    pin: str


@dataclass(frozen=True, slots=True)
class PrintClosureAgain:
    """Print the report of a closure again, as a marked and counted duplicate."""

    scope: str
    number: int


@dataclass(frozen=True, slots=True)
class ExtractClosure:
    """Hand a closure over as a file: now if it waits, else again as a marked copy (CLO-02)."""

    scope: str
    number: int


@dataclass(frozen=True, slots=True)
class LeaveTraining:
    """Sell again: from the terminal in training, between two practice sales."""


OfBooks = PrintClosureAgain | ExtractClosure | LeaveTraining
OfCards = DropTender | EnquirePayment | AnswerManual | Reconcile
"""What the payment terminal has a word in."""
OfArchives = MakeArchive | CopyArchive
OfCredit = IssueVoucher | Redeem
"""Vouchers and deposits."""
BesideSelling = Adopt | LearnDrawer | OfArchives | OfService | OfRestart | OpenCommissioning
OnPaper = PrintAgain | PrintForGift | PrintSlipAgain | SettlePaper | MakeInvoice
"""What asks for a document."""
Deed = (
    Command
    | OfCards
    | BesideSelling
    | OfBooks
    | Authorised
    | SignOnWithPin
    | Scan
    | Weigh
    | TakeBack
    | ReturnLines
    | MailReceipt
    | Pay
    | OnPaper
    | OfCredit
    | AddTray
)
"""What changes something, or is refused."""
OfScale = FindWeighed | WatchScale | ZeroScale
OfDevices = ListDevices | DeclineOffer | CheckHealth
Listing = (
    Search
    | ListParked
    | ListReceipts
    | ListClosures
    | ListArchives
    | ListInvoices
    | SteerDevice
    | PrintLabel
    | ReadTray
    | OpenReceipt
)
Question = Listing | OfScale | OfDevices | Commissioned
"""What answers with a list, and changes nothing in the journal."""
Request = Deed | Question
