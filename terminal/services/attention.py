"""Staff is called to a kiosk that cannot sell, and the call is taken back when it can again.

The screen of a closed kiosk says that somebody was told; this makes it true.
"""

from __future__ import annotations

from terminal.core.events import HelpCalled, HelpDismissed
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.services.session import Decision, Session

REASON = "payment_terminal"
LOOKS = 5
"""Looks in a row without a payment terminal before staff is called: a restart of it is none."""
BY_ITSELF = ""


class Attention:
    """Watches over an unattended terminal."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._missed = 0

    async def look(self, *, can_pay: bool) -> None:
        """Take note of whether a shopper could pay now."""
        if self._session.policy.role != "kiosk":
            return
        self._missed = 0 if can_pay else self._missed + 1
        if self._missed == LOOKS:
            await self._session.record(_call)
        elif can_pay and self._session.state.help_reason == REASON:
            await self._session.record(_take_back)


def _call(state: TerminalState, _: Moment) -> Decision:
    return () if state.help_reason else (HelpCalled(REASON),)


def _take_back(state: TerminalState, _: Moment) -> Decision:
    return (HelpDismissed(BY_ITSELF),) if state.help_reason == REASON else ()
