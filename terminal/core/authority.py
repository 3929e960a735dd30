"""Who may ask for what, and what stands in the way of everybody."""

from __future__ import annotations

from terminal.core.errors import Refused
from terminal.core.payment import DOUBTFUL
from terminal.core.policy import Policy
from terminal.core.state import TerminalState

KIOSK = "kiosk"


def seller(state: TerminalState, policy: Policy) -> Refused | None:
    """Selling needs an operator at a till; at a kiosk the shopper sells to himself."""
    if state.operator is None and policy.role != KIOSK:
        return Refused("not_signed_on")
    return None


def staff(state: TerminalState) -> Refused | None:
    """Some acts need somebody of the shop, whatever the role of the terminal."""
    return Refused("not_signed_on") if state.operator is None else None


def right(state: TerminalState, policy: Policy, name: str) -> Refused | None:
    """Beyond selling, an operator needs the right; a shopper at a kiosk has none."""
    refused = seller(state, policy)
    if refused is not None:
        return refused
    role = state.operator.role if state.operator else None
    return None if policy.allows(role, name) else Refused("right_required", {"right": name})


def operator_id(state: TerminalState) -> str:
    """Return who is signed on, for the record; empty when nobody is."""
    return state.operator.operator_id if state.operator else ""


def lock(state: TerminalState) -> Refused | None:
    """A payment that is not final locks its sale (rules R6 and R7)."""
    for attempt in state.attempts.values():
        code = "payment_unknown" if attempt.state in DOUBTFUL else "payment_pending"
        return Refused(code, {"amount": attempt.amount_minor, "reference": attempt.reference})
    return None
