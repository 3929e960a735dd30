"""When a receipt must be printed, whatever the customer chooses.

France: since 1 August 2023 a receipt is printed on request only (environment code L541-15-10 IV,
D541-370 to D541-372), but always for durable goods whose receipt states the legal guarantee
(consumer code D211-6), for tickets of a scale, and for card payments cancelled or credited.
"""

from __future__ import annotations

from terminal.core.numbering import is_digits
from terminal.core.state import Line, Sale, TenderStatus
from terminal.core.weighing import SCALE

DURABLE = "durable"
"""Attribute of the catalogue: years of legal guarantee that the receipt has to state."""
MAX_YEARS_DIGITS = 2

ON_PAPER = frozenset({"print", "both"})
"""Choices of a receipt that print it."""
ALWAYS, DURABLE_GOODS, WEIGHED, CARD_UNDONE, REFUND = (
    "always",
    "durable",
    "weighed",
    "card_undone",
    "refund",
)
"""Reasons, each with words ``receipt.paper.<reason>``."""
REASONS = (ALWAYS, DURABLE_GOODS, WEIGHED, CARD_UNDONE, REFUND)


def durable_years(line: Line) -> int:
    """Return the years of legal guarantee of a line's article; 0 when it is not durable."""
    value = next((value for key, value in line.attributes if key == DURABLE), "")
    return int(value) if is_digits(value) and len(value) <= MAX_YEARS_DIGITS else 0


def paper_needed(sale: Sale, *, on_request: bool) -> str:
    """Return why a receipt must be printed; empty when the customer decides.

    ``on_request`` is the shop's rule: nothing is printed unless asked for.
    """
    if not on_request:
        return ALWAYS
    counting = [line for line in sale.lines if not line.void]
    if any(durable_years(line) and not line.is_return for line in counting):
        return DURABLE_GOODS
    if any(line.weighed == SCALE for line in counting):
        return WEIGHED
    cards = [tender for tender in sale.tenders if tender.kind == "card"]
    if any(_undone(tender.status, tender.amount_minor) for tender in cards):
        return CARD_UNDONE
    return REFUND if sale.total_minor < 0 else ""


def is_printed(sale: Sale, *, on_request: bool) -> bool:
    """Tell whether the original went to paper: by itself, or because it was chosen."""
    return sale.receipt_choice in ON_PAPER or paper_needed(sale, on_request=on_request) != ""


def _undone(status: TenderStatus, amount_minor: int) -> bool:
    return status is TenderStatus.REVERSED or (status is TenderStatus.BOOKED and amount_minor < 0)
