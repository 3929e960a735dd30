"""What a shopper photographs when a payment is in doubt: the sale, the amount, and a proof.

``RPR1/<sale>/<minor units>/<reference>/<proof>``: enough for staff to find the sale and for the
terminal to know its own slip again; nothing of the card is in it.
"""

from __future__ import annotations

import hmac

from terminal.core.errors import Refused
from terminal.core.state import Sale, TerminalState
from terminal.fiscal.base import Regime

PREFIX = "RPR1"
_PARTS = 5


def voucher(state: TerminalState, regime: Regime) -> str:
    """Return the text of the slip's code, or an empty string when no payment is in doubt."""
    sale = state.sale
    for attempt in state.attempts.values():
        if sale is not None and attempt.sale_id == sale.sale_id:
            return _proved(sale.sale_id, attempt.amount_minor, attempt.reference, regime)
    return ""


def voucher_of(sale: Sale, regime: Regime) -> str:
    """Return the code of a sale's slip: its newest card payment, settled or not; empty for none."""
    for tender in reversed(sale.tenders):
        if tender.reference:
            return _proved(sale.sale_id, abs(tender.amount_minor), tender.reference, regime)
    return ""


def is_voucher(code: str) -> bool:
    """Tell whether a scanned code claims to be a slip's."""
    return code.strip().startswith(f"{PREFIX}/")


def sale_of_voucher(code: str, regime: Regime) -> str | Refused:
    """Return the sale that a slip's code names, when this terminal made the slip."""
    text, _, proof = code.strip().rpartition("/")
    parts = text.split("/")
    if len(parts) != _PARTS - 1:
        return Refused("slip_not_genuine")
    if not hmac.compare_digest(proof.encode(), regime.proof(text).encode()):
        return Refused("slip_not_genuine")
    return parts[1]


def _proved(sale_id: str, amount_minor: int, reference: str, regime: Regime) -> str:
    text = "/".join((PREFIX, sale_id, str(amount_minor), reference))
    return f"{text}/{regime.proof(text)}"
