"""What every payment terminal (nexo: POI) driver offers, whatever its protocol.

The core owns the state machine, the locks and the database; a driver owns bytes only.  Terms are
nexo's: reference (ServiceID), POITransactionID, ApprovalCode, TransactionStatus, Abort, Reversal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from drivers.base import Status


class Operation(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class Outcome(StrEnum):
    """How a request ended. UNKNOWN is an outcome, not an error."""

    APPROVED = "approved"
    PARTIAL = "partial"
    """Approved for less than asked: book what was approved."""
    DECLINED = "declined"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    """The *terminal* says that nobody presented a card in time."""
    NOT_PROCESSED = "not_processed"
    REVERSED = "reversed"
    IN_PROGRESS = "in_progress"
    UNKNOWN = "unknown"


class AbortAnswer(StrEnum):
    """Answer to a request to stop: never an outcome (rule R5)."""

    ACCEPTED = "accepted"
    TOO_LATE = "too_late"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Capabilities:
    abort: bool
    query_by_ref: bool
    query_last: bool
    reversal: bool
    refund: bool
    partial: bool
    reconcile: bool
    commit_by_ack: bool
    """The terminal undoes an approval that we do not acknowledge."""
    ref_len: int
    """Longest reference that the protocol carries; 0 when it carries none."""
    max_amount_minor: int
    answer_s: float = 200.0
    """How long the terminal may take for a result, in seconds: its own limits for a cardholder
    are 120 to 180 s.  Nobody is asked sooner unless a shop sets it so."""


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt. ``amount_minor`` is positive for payments and refunds alike."""

    attempt_id: str
    ref: str
    op: Operation
    amount_minor: int
    currency: str
    baseline: Mapping[str, str] = field(default_factory=dict)
    reversal_ref: str = ""
    """Reference of the reversal that was asked for; an enquiry is then about that one, for a
    terminal whose answer about the payment does not tell."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the terminal said, scrubbed: no more of the card than its last four digits."""

    outcome: Outcome
    ref: str = ""
    authorized_minor: int = 0
    native_code: str = ""
    native_text: str = ""
    poi_transaction_id: str = ""
    approval_code: str = ""
    terminal_id: str = ""
    brand: str = ""
    last4: str = ""
    entry_mode: str = ""
    aid: str = ""
    slip: tuple[str, ...] = ()
    """Lines of the customer's card slip (RCP-24)."""
    evidence: str = ""
    """Why it is so, for the person who must judge an UNKNOWN; scrubbed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Advisory news during a payment: ``kind`` is ``insert_card``, ``pin``, ``online``,
    ``remove_card`` or ``text``. Never decides anything."""

    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What stood at the terminal since its last close of day, for reconciliation (rule R11)."""

    currency: str
    net_minor: int
    """Payments less refunds, without what was undone."""
    count: int | None = None
    """Payments and refunds that stand; None when the terminal does not tell."""
    slip: tuple[str, ...] = ()
    """Lines of the terminal's report, scrubbed."""
    signed: bool = True
    """False: the terminal tells how much, and not which way it went."""


class NotTyped(ValueError):
    """What was typed cannot be taken, or nothing waits for it; the message says which."""


@runtime_checkable
class TypedResults(Protocol):
    """A driver whose results a person reads off the terminal and types."""

    def answer(self, outcome: Outcome, approval_code: str = "") -> None:
        """Take what was read: APPROVED with its authorisation number, DECLINED or CANCELLED.

        Never blocks; callable from any thread.

        Raises:
            NotTyped: nothing waits for a result, or this is none.
        """

    def waiting(self) -> Request | None:
        """Return the request whose result is to be typed; None when there is none."""


class PaymentTerminal(Protocol):
    """A driver. All calls block, with deadlines; one thread at a time, except ``abort``."""

    caps: Capabilities

    def open(self, timeout_s: float) -> Status:
        """Connect and log in; raises a TransportError or ProtocolError."""

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; no side effect. ABSENT when it does not answer."""

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return the terminal's last transaction marks; empty if the protocol has none."""

    def payment(
        self,
        request: Request,
        commit: Callable[[Result], None],
        on_progress: Callable[[Progress], None],
        timeout_s: float,
    ) -> Result:
        """Carry out a payment or refund; never retries.

        ``commit(result)`` is called after an approval was read and *before* the protocol's
        acknowledgement goes out; it returns only when the result is durable, and when it raises,
        the driver does not acknowledge.  Returns UNKNOWN (or IN_PROGRESS when ``timeout_s``
        passed and the terminal still works on it) on any doubt.

        Raises:
            NotSent: no byte of the request left; nothing else is ever raised.
        """

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Undo an approved payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Ask the terminal to stop the running request; callable from another thread."""

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Ask what became of an attempt; safe at any time and any number of times."""

    def reconcile(self, timeout_s: float) -> Totals:
        """Close the terminal's day and return what stood in it; only with ``caps.reconcile``.

        Raises:
            TransportError, ProtocolError: the answer is not known; asking again may find an empty
                day, as the close may have been done.
            DeviceFault: the terminal did not close, or this protocol cannot.
        """

    def close(self) -> None: ...
