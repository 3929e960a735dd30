"""What a payment terminal says of one request, whatever its protocol."""

from __future__ import annotations

from dataclasses import dataclass

MAX_MINOR = 10**12
"""Largest amount that any terminal is believed, in minor units."""
PAYMENT, REFUND = "payment", "refund"
APPROVED, PARTIAL, REVERSED = "approved", "partial", "reversed"
DECLINED, CANCELLED, TIMED_OUT = "declined", "cancelled", "timed_out"
STANDING = (APPROVED, PARTIAL)
"""Outcomes that moved money."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A request and how it ended.

    A driver makes one of what it read, for ``judge``; a simulated terminal keeps one in its
    ledger.  ``ref`` is the reference that the protocol carries; where it carries none, the driver
    puts its own there and proves by other marks that the answer is this request's.
    """

    ref: str
    op: str
    amount: int
    currency: str
    outcome: str
    authorized: int = 0
    transaction: str = ""
    approval: str = ""
    terminal: str = ""
    brand: str = ""
    last4: str = ""
    entry: str = ""
    aid: str = ""
    code: str = ""
    text: str = ""
    slip: tuple[str, ...] = ()
    acked: bool = False
