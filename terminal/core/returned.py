"""A line of a receipt as it can be brought back: what was paid for it, never today's price."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.money import round_half_away


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a completed sale, as its receipt proves it.

    ``paid_minor`` is what the customer paid for the whole line: its net, less its share of the
    discounts at the foot.  ``already`` counts the pieces that came back before, as far as this
    terminal knows.
    """

    n: int
    code: str
    label: str
    quantity: int
    weight_g: int
    paid_minor: int
    vat_rate_bp: int
    reference: str = ""
    brand: str = ""
    department: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    already: int = 0

    @property
    def left(self) -> int:
        """Pieces that can still come back; goods sold by weight come back whole."""
        return max(0, self.quantity - self.already)

    def worth(self, pieces: int, already: int | None = None) -> int:
        """Return what ``pieces`` more are worth after ``already`` came back, in minor units.

        Parts are differences of rounded running amounts, so that they add up to what was paid.
        """
        before = self.already if already is None else already
        upto = round_half_away(self.paid_minor * (before + pieces), self.quantity)
        return upto - round_half_away(self.paid_minor * before, self.quantity)


@dataclass(frozen=True, slots=True)
class ReceiptOffer:
    """A verified receipt, and what of it can still come back as far as is known here."""

    receipt_number: str
    completed_at_ms: int
    currency: str
    foreign: bool
    """Not in this terminal's books: what came back of it elsewhere is not known."""
    lines: tuple[ReceiptLine, ...]
    receipts_seen: int = 0
