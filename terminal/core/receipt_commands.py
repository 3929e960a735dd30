"""What one may ask with a receipt in hand: send it, take back what it proves was bought."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.returned import ReceiptLine


@dataclass(frozen=True, slots=True)
class TakeBackLines:
    """Take lines of a receipt back at what was paid for them; the service has verified it.

    ``receipts_seen`` is the last receipt when ``ReceiptLine.already`` was read: what was completed
    since may have taken the same lines back.
    """

    origin_receipt: str
    lines: tuple[tuple[ReceiptLine, int], ...]
    """Lines of the receipt, and how many pieces of each come back."""
    reason: str
    foreign: bool
    receipts_seen: int


@dataclass(frozen=True, slots=True)
class QueueLetter:
    """Send the receipt of the sale on the screen by e-mail; the address waits outside the journal.

    ``letter`` identifies it, ``address`` is masked; with ``printed`` it is printed as well.
    """

    letter: str
    address: str
    address_digest: str
    printed: bool
