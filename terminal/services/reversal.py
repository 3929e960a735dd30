"""Undoing a card payment at its terminal (REC-09): durable before the request leaves."""

from __future__ import annotations

import logging

from drivers.errors import DriverError, NotSent
from drivers.payment.base import Outcome, PaymentTerminal, Request, Result
from terminal.core import payment
from terminal.core.errors import Refused
from terminal.core.policy import Moment
from terminal.core.state import CardResult, Operator, PaymentAttempt, TerminalState
from terminal.core.tendering import card_to_reverse
from terminal.devices.host import DeviceHost
from terminal.services.at_hand import AtHand
from terminal.services.attempts import PaymentTimes, request_of
from terminal.services.session import Decision, Session
from terminal.services.settlement import Settlement

log = logging.getLogger(__name__)


class Reversals:
    """Gives charges back to the card that paid them."""

    def __init__(
        self,
        session: Session,
        poi: DeviceHost[PaymentTerminal],
        times: PaymentTimes,
        books: Settlement,
        at_hand: AtHand,
    ) -> None:
        self._session = session
        self._poi = poi
        self._times = times
        self._books = books
        self._at_hand = at_hand

    async def reverse(self, tender_n: int, by: Operator | None = None) -> Decision:
        """Undo the charge of a tender, under the rights of whoever stands there."""

        def begin(state: TerminalState, _: Moment) -> Decision:
            tender = card_to_reverse(state, tender_n, self._session.policy)
            if isinstance(tender, Refused):
                return tender
            reference = f"{state.last_attempt + 1:010d}"
            return payment.reversing(state, tender.attempt_id, "removed", reference)

        reversing, attempt_id = await self._at_hand.begin(begin, by, "RemoveTender")
        if isinstance(reversing, Refused):
            return reversing
        try:
            attempt = self._session.state.attempts[attempt_id]
            result = await self._ask_to_undo(attempt)
            settled = await self._books.settle_reversal(attempt, result)
        finally:
            self._at_hand.leave(attempt_id)
        if isinstance(settled, Refused):
            return settled
        if result.outcome is Outcome.REVERSED:
            return reversing + settled
        certain = result.outcome is Outcome.DECLINED
        return Refused("reversal_refused" if certain else "reversal_unknown")

    async def _ask_to_undo(self, attempt: PaymentAttempt) -> Result:
        request = request_of(attempt)
        card = attempt.approved or CardResult()
        transaction = card.poi_transaction_id or await self._transaction_of(request)
        reference = attempt.reversal_reference
        answer_s = self._times.answer_of(self._poi.driver.caps.answer_s)
        try:
            return await self._poi.call(
                lambda poi: poi.reversal(request, transaction, reference, answer_s)
            )
        except NotSent as error:
            return Result(Outcome.DECLINED, evidence=str(error))
        except DriverError as error:
            return Result(Outcome.UNKNOWN, evidence=str(error))

    async def _transaction_of(self, request: Request) -> str:
        """Ask for the terminal's own number of a payment that a person settled without it."""
        try:
            found = await self._poi.call(
                lambda poi: poi.transaction_status(request, self._times.enquiry_s)
            )
        except DriverError as error:
            log.info("payment terminal not asked: %s", error)
            return ""
        return found.poi_transaction_id
