"""What a shopper photographs when a payment is in doubt: the sale, the amount, and a proof.

``RPR1/<sale>/<minor units>/<reference>/<proof>``: enough for staff to find the sale and for the
terminal to know its own slip again; nothing of the card is in it.
"""

from __future__ import annotations

from terminal.core.state import TerminalState
from terminal.fiscal.base import Regime

PREFIX = "RPR1"


def voucher(state: TerminalState, regime: Regime) -> str:
    """Return the text of the slip's code, or an empty string when no payment is in doubt."""
    sale = state.sale
    for attempt in state.attempts.values():
        if sale is None or attempt.sale_id != sale.sale_id:
            continue
        text = "/".join((PREFIX, sale.sale_id, str(attempt.amount_minor), attempt.reference))
        return f"{text}/{regime.proof(text)}"
    return ""
