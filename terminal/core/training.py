"""Training: begun between two sales, by somebody who may (NUM-06).

What is practised is in a journal of its own; the books only say when training began and ended.
"""

from __future__ import annotations

from terminal.core import authority
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import TrainingBegan, TrainingEnded
from terminal.core.frozen import replace
from terminal.core.law_commands import BeginTraining
from terminal.core.policy import Moment, Policy
from terminal.core.sale import Decision
from terminal.core.sale_facts import IN_PROGRESS
from terminal.core.state import TerminalState


def begin(state: TerminalState, _: BeginTraining, policy: Policy) -> Decision:
    """Begin training; neither a sale nor a payment may be open."""
    refused = authority.right(state, policy, "training") or between_sales(state)
    if refused is not None:
        return refused
    return (TrainingBegan(authority.operator_id(state)),)


def between_sales(state: TerminalState) -> Refused | None:
    """Return why the terminal cannot change between shop and training now, or None."""
    if state.attempts:
        return Refused("payment_pending")
    if state.sale is not None and state.sale.status in IN_PROGRESS:
        return Refused("sale_in_progress")
    return None


def began(state: TerminalState, _event: TrainingBegan, _moment: Moment) -> TerminalState:
    """Fold the beginning. Raises IllegalEvent while something is open."""
    if state.training or between_sales(state) is not None:
        raise IllegalEvent("training begins between two sales, and once")
    return replace(state, training=True)


def ended(state: TerminalState, _event: TrainingEnded, _moment: Moment) -> TerminalState:
    """Fold the end."""
    return replace(state, training=False)
