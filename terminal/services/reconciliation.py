"""Our card tenders against the payment terminal's own totals (rule R11).

Both sides count what stands since the last time: the terminal from its close of day, we from the
``PaymentsReconciled`` before.  A difference is an approval that one side does not have, and a
person is told.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from drivers.errors import DriverError
from drivers.payment.base import PaymentTerminal, Totals
from terminal.core.authority import lock, right
from terminal.core.errors import Refused
from terminal.core.events import PaymentsReconciled
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.devices.host import DeviceHost
from terminal.services.at_hand import AtHand
from terminal.services.notices import with_notice
from terminal.services.session import Decision, Session
from terminal.store.store import CardTotals

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 120.0
"""A terminal that sends its day to the bank first takes its time."""
COUNT_NOT_TOLD = -1
TERMINAL_ID = "poi"
"""As in ``PaymentIntended``: what other devices took is no business of this one's totals."""
BooksOf = Callable[[str, int], Awaitable[CardTotals]]
"""(terminal, sequence) -> what our books say of its attempts after that one."""


class Reconciliation:
    """Closes the day of the one payment terminal of this till."""

    def __init__(self, session: Session, poi: DeviceHost[PaymentTerminal], at_hand: AtHand) -> None:
        self._session = session
        self._poi = poi
        self._at_hand = at_hand

    async def run(self, ours: BooksOf, by: Operator | None = None) -> Decision:
        """Ask the terminal and write what came out.

        While the terminal closes, no payment begins: it would be in one day here and in another
        there.
        """
        if not self._poi.driver.caps.reconcile:
            return Refused("no_such_action")
        if self._at_hand.reconciling:
            return Refused("reconciling")
        self._at_hand.reconciling = True
        try:
            refused = await self._session.record(self._may, by, "Reconcile")
            if isinstance(refused, Refused):
                return refused
            booked = await ours(TERMINAL_ID, self._session.state.last_reconciled)
            try:
                totals = await self._poi.call(_close)
            except DriverError as error:
                log.warning("the payment terminal did not close its day: %s", error)
                return Refused("device_failed", {"device": "poi"})
            return await self._write(booked, totals, by)
        finally:
            self._at_hand.reconciling = False

    def _may(self, state: TerminalState, _: Moment) -> Decision:
        return right(state, self._session.policy, "resolve") or lock(state) or ()

    async def _write(self, ours: CardTotals, theirs: Totals, by: Operator | None) -> Decision:
        known = theirs.count is not None
        backwards = not theirs.signed and ours.net_minor < 0
        theirs_minor = -theirs.net_minor if backwards else theirs.net_minor
        event = PaymentsReconciled(
            terminal_id=TERMINAL_ID,
            ours_count=ours.count,
            ours_minor=ours.net_minor,
            theirs_count=theirs.count if theirs.count is not None else COUNT_NOT_TOLD,
            theirs_minor=theirs_minor,
            difference_minor=ours.net_minor - theirs_minor,
        )
        differs = event.difference_minor != 0 or (known and theirs.count != ours.count)
        details: dict[str, str | int] = {
            "ours_count": event.ours_count,
            "ours_minor": event.ours_minor,
            "theirs_minor": event.theirs_minor,
            "difference_minor": event.difference_minor,
        }
        if known:
            details["theirs_count"] = event.theirs_count

        def decide(state: TerminalState, _: Moment) -> Decision:
            if not differs:
                return (event,)
            return with_notice(state, (event,), ("reconciliation_difference", details))

        return await self._session.record(decide, by, "Reconcile")


def _close(poi: PaymentTerminal) -> Totals:
    poi.open(OPEN_TIMEOUT_S)
    return poi.reconcile(CLOSE_TIMEOUT_S)
