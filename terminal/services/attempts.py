"""What every service that talks to a payment terminal or cash machine about an attempt needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import DriverError
from drivers.payment.base import Operation, Progress, Request
from terminal.config import Payment
from terminal.core.state import PaymentAttempt

COMMIT_TIMEOUT_S = 4.0
"""An approval must be durable well before the terminal gives up waiting (ZVT T3 is 5 s)."""

Telling = Callable[[Progress | None], None]
"""Takes news of a payment for the screen; None when it is over."""


class NotDurable(DriverError):
    """What the device said could not be written: it must not be told to go on."""

    maybe_done = True


@dataclass(frozen=True, slots=True)
class PaymentTimes:
    """How long to wait for what, in seconds."""

    answer_s: float = 0.0
    """For the terminal's result; 0 is as long as its protocol lets it take."""
    enquiry_window_s: float = 90.0
    """At start-up, before an unknown payment is handed to a person."""
    enquiry_s: float = 2.0
    """For one such answer: an idle terminal gives it at once, and a person may be waiting."""
    interval_s: float = 5.0
    """Between two enquiries about the same attempt."""

    @classmethod
    def of(cls, payment: Payment) -> PaymentTimes:
        """Return the waits that are set."""
        return cls(
            payment.answer_timeout_s,
            payment.enquiry_window_s,
            payment.enquiry_timeout_s,
            payment.status_interval_s,
        )

    def answer_of(self, protocol_s: float) -> float:
        """Return how long a result is waited for: what was set, else what the protocol may take."""
        return self.answer_s or protocol_s


def request_of(attempt: PaymentAttempt) -> Request:
    """Return the driver's view of an attempt."""
    return Request(
        attempt_id=attempt.attempt_id,
        ref=attempt.reference,
        op=Operation(attempt.operation),
        amount_minor=abs(attempt.amount_minor),
        currency=attempt.currency,
        baseline=dict(attempt.baseline),
        reversal_ref=attempt.reversal_reference,
    )
