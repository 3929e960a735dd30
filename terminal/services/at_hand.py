"""Which payment attempts somebody is working on right now.

Asking the terminal about one of them would be answered truly and wrongly: a payment that has not
reached it yet "was never made", one that is being undone "still stands".
"""

from __future__ import annotations

from terminal.core.errors import Refused
from terminal.core.events import PaymentIntended, PaymentReversing
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.services.session import Decide, Decision, Session


class AtHand:
    """Attempts that are being made or undone; all others may be asked about."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids: set[str] = set()
        self.reconciling = False
        """True while the terminal closes its day: a payment begun now would be in neither day."""

    def __contains__(self, attempt_id: str) -> bool:
        return attempt_id in self._ids

    async def begin(
        self, make: Decide, by: Operator | None = None, what: str = ""
    ) -> tuple[Decision, str]:
        """Record an intent to pay or to undo; returns its events and the attempt's id.

        The attempt is at hand from before its intent is durable until ``leave``; a refusal leaves
        nothing at hand.
        """
        begun = ""

        def taken(state: TerminalState, moment: Moment) -> Decision:
            nonlocal begun
            if self.reconciling:
                return Refused("reconciling")
            decided = make(state, moment)
            for event in () if isinstance(decided, Refused) else decided:
                if isinstance(event, PaymentIntended | PaymentReversing):
                    begun = event.attempt_id
                    self._ids.add(begun)
            return decided

        recorded = await self._session.record(taken, by, what)
        if isinstance(recorded, Refused):
            self._ids.discard(begun)
        return recorded, begun

    def leave(self, attempt_id: str) -> None:
        """Nobody works on it any more."""
        self._ids.discard(attempt_id)
