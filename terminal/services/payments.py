"""Card payments: durable before the first byte, durable before the acknowledgement, never resent.

The rules R1 to R12 of the attempt's state machine live in ``core.payment``; this module moves
attempts along it by talking to the payment terminal (nexo: POI), and asks the terminal again about
every attempt whose outcome nobody knows.  Those of the cash machine are run by ``cash_machine``.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from drivers.base import Status
from drivers.cash.base import CashMachine
from drivers.errors import DriverError, NotSent
from drivers.payment.base import (
    AbortAnswer,
    NotTyped,
    Outcome,
    PaymentTerminal,
    Progress,
    Request,
    Result,
    TypedResults,
)
from terminal.core import payment
from terminal.core.authority import right, staff
from terminal.core.commands import RemoveTender, Resolve, TenderCard, TenderCashMachine
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.state import CARD_TERMINAL, CASH_MACHINE, Operator, PaymentState, TenderStatus
from terminal.devices.host import UNSEEN, DeviceBusy, DeviceHost
from terminal.services.at_hand import AtHand
from terminal.services.attempts import (
    COMMIT_TIMEOUT_S,
    NotDurable,
    PaymentTimes,
    Telling,
    request_of,
)
from terminal.services.cash_machine import CashTaking
from terminal.services.reconciliation import BooksOf, Reconciliation
from terminal.services.reversal import Reversals
from terminal.services.session import Decision, Session
from terminal.services.settlement import Settlement

log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 5.0
BASELINE_TIMEOUT_S = 5.0
ABORT_TIMEOUT_S = 3.0
ABORT_AGAIN_S = 0.25
"""Between two wishes to stop that the terminal did not take."""
OPEN = frozenset({TenderStatus.PENDING, TenderStatus.UNKNOWN})
DOUBT = frozenset({Outcome.UNKNOWN, Outcome.IN_PROGRESS})


class Payments:
    """Runs attempts at the one payment terminal of this till, and at its cash machine if any."""

    def __init__(
        self,
        session: Session,
        poi: DeviceHost[PaymentTerminal],
        times: PaymentTimes,
        on_progress: Telling,
        cash_machine: DeviceHost[CashMachine] | None = None,
    ) -> None:
        self._session = session
        self._poi = poi
        self._times = times
        self._on_progress = on_progress
        self._running: dict[str, asyncio.Task[Decision]] = {}
        self._wake = asyncio.Event()
        self._books = Settlement(session, self._wake.set)
        self._at_hand = AtHand(session)
        self._reversals = Reversals(session, poi, times, self._books, self._at_hand)
        self._reconciliation = Reconciliation(session, poi, self._at_hand)
        self._cash = CashTaking(session, cash_machine, times, self._books, on_progress)
        self._enquiry: asyncio.Task[Decision] | None = None
        self._aborter: DeviceHost[PaymentTerminal] = DeviceHost("poi-abort", poi.driver)

    # --- a payment --------------------------------------------------------------------------------

    async def pay(self, amount_minor: int, *, wait: bool) -> Decision:
        """Start a card payment (a refund when negative) of the present sale."""
        return await self._begin(TenderCard(amount_minor, CARD_TERMINAL), wait=wait)

    async def take_cash(self, amount_minor: int, *, wait: bool) -> Decision:
        """Let the cash machine take an amount for the present sale."""
        if not self._cash.is_there:
            return Refused("unknown_tender_kind", {"tender": "cash_machine"})
        return await self._begin(TenderCashMachine(amount_minor), wait=wait)

    async def _begin(self, command: TenderCard | TenderCashMachine, *, wait: bool) -> Decision:
        intended, attempt_id = await self._at_hand.begin(
            lambda state, moment: decide(state, command, self._session.policy, moment)
        )
        if isinstance(intended, Refused):
            return intended
        by_cash = isinstance(command, TenderCashMachine)
        work = self._cash.take(attempt_id) if by_cash else self._attempt(attempt_id)
        task = asyncio.ensure_future(work)
        self._running[attempt_id] = task
        task.add_done_callback(lambda done: self._ended(attempt_id, done))
        if not wait:
            return intended
        outcome = await asyncio.shield(task)
        return outcome if isinstance(outcome, Refused) else intended + outcome

    def _ended(self, attempt_id: str, task: asyncio.Task[Decision]) -> None:
        self._running.pop(attempt_id, None)
        self._at_hand.leave(attempt_id)
        self._on_progress(None)
        self._wake.set()  # what could not be written is found out by asking
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("payment task failed", exc_info=error)

    async def _attempt(self, attempt_id: str) -> Decision:
        """Take one attempt from INTENT to a final outcome or UNKNOWN."""
        events: tuple[Event, ...] = ()
        try:
            status, baseline = await self._poi.call(_open_and_read_baseline)
            self._poi.note(status)
        except DriverError as error:
            return await self._books.end(attempt_id, "not_sent", "unplugged", str(error))
        sending = await self._session.record(
            lambda state, _: payment.sending(state, attempt_id, baseline)
        )
        if isinstance(sending, Refused):
            return sending
        events += sending
        outcome = await self._send(attempt_id)
        return outcome if isinstance(outcome, Refused) else events + outcome

    async def _send(self, attempt_id: str) -> Decision:
        attempt = self._session.state.attempts[attempt_id]
        request = request_of(attempt)
        loop = asyncio.get_running_loop()
        committed: list[tuple[Event, ...]] = []
        acked = not self._poi.driver.caps.commit_by_ack

        def commit(result: Result) -> None:
            """Called on the device's thread, before the acknowledgement goes out."""
            work = self._books.approve(attempt_id, result, acked=acked)
            try:
                decided = asyncio.run_coroutine_threadsafe(work, loop).result(COMMIT_TIMEOUT_S)
            except TimeoutError as error:
                raise NotDurable("the disk did not take the approval in time") from error
            if isinstance(decided, Refused):
                raise NotDurable(decided.code)
            committed.append(decided)

        def progress(news: Progress) -> None:
            loop.call_soon_threadsafe(self._on_progress, news)

        answer_s = self._times.answer_of(self._poi.driver.caps.answer_s)
        try:
            result = await self._poi.call(
                lambda poi: poi.payment(request, commit, progress, answer_s)
            )
        except (NotSent, DeviceBusy) as error:
            return await self._books.end(attempt_id, "not_sent", "unplugged", str(error))
        except DriverError as error:
            result = Result(Outcome.UNKNOWN, evidence=str(error))
        settled = await self._books.settle(attempt_id, result)
        if isinstance(settled, Refused):
            return settled
        return tuple(event for batch in committed for event in batch) + settled

    # --- asking again -----------------------------------------------------------------------------

    @property
    def has_unknown(self) -> bool:
        """True while some attempt's outcome is not known."""
        return any(one not in self._at_hand for one in self._session.state.attempts)

    async def enquire(self, *, doubtful: bool = True, anew: bool = False) -> Decision:
        """Ask the terminal once about every attempt that nobody is working on.

        Who asks while another enquiry is under way gets its answer: a silent terminal is waited
        for once; but ``anew``, for a person who may have just plugged it in, asks again about what
        that leaves unknown.  ``doubtful`` False writes definite answers only.
        """
        if self._enquiry is None or self._enquiry.done():
            self._enquiry = asyncio.ensure_future(self._enquire_about_all(doubtful=doubtful))
            anew = False
        ended = await asyncio.shield(self._enquiry)
        if not anew or isinstance(ended, Refused) or not self.has_unknown:
            return ended
        again = await self.enquire(doubtful=doubtful)
        return again if isinstance(again, Refused) else ended + again

    async def _enquire_about_all(self, *, doubtful: bool) -> Decision:
        events: tuple[Event, ...] = ()
        for attempt_id in tuple(self._session.state.attempts):
            if attempt_id in self._at_hand:
                continue
            outcome = await self._enquire_about(attempt_id, doubtful=doubtful)
            if isinstance(outcome, Refused):
                return outcome
            events += outcome
        return events

    async def _enquire_about(self, attempt_id: str, *, doubtful: bool) -> Decision:
        attempt = self._session.state.attempts.get(attempt_id)
        if attempt is None:
            return ()
        if attempt.state is PaymentState.INTENT:
            return await self._books.end(attempt_id, "not_sent", "", "")
        by_cash = attempt.terminal_id == CASH_MACHINE
        result = await (self._cash.ask(attempt) if by_cash else self._ask(request_of(attempt)))
        if attempt_id in self._at_hand or (not doubtful and result.outcome in DOUBT):
            return ()  # what was true when it was asked may not be any more
        return await self._books.settle(attempt_id, result)

    async def _ask(self, request: Request) -> Result:
        try:
            return await self._poi.call(
                lambda poi: poi.transaction_status(request, self._times.enquiry_s)
            )
        except DriverError as error:
            return Result(Outcome.UNKNOWN, evidence=str(error))

    async def keep_enquiring(self) -> None:
        """Ask again every ``interval_s`` as long as something is unknown; runs for ever."""
        while True:
            if not self.has_unknown:
                self._wake.clear()
                if not self.has_unknown:
                    await self._wake.wait()
            await asyncio.sleep(self._times.interval_s)
            await self.enquire()

    def wake(self) -> None:
        """Something changed at the terminal: ask soon."""
        self._wake.set()

    async def recover(self) -> tuple[int, int]:
        """Settle what was in flight when the power went (rules R6, R8); (settled, still unknown).

        The terminal may still be asking a cardholder for a PIN, so it is told to stop first, and
        then asked until it answers definitely or the window has passed.
        """
        before = tuple(self._session.state.attempts)
        if not before:
            return 0, 0
        self._books.recovering = True
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._times.enquiry_window_s
        if any(one.terminal_id != CASH_MACHINE for one in self._session.state.attempts.values()):
            await self._abort_quietly()
        while True:
            await self.enquire(doubtful=False)
            left = tuple(self._session.state.attempts)
            can_tell = any(self._can_tell(attempt_id) for attempt_id in left)
            once_more_s = self._times.interval_s + self._times.enquiry_s
            if not can_tell or loop.time() + once_more_s > deadline:
                break
            await asyncio.sleep(self._times.interval_s)
        for attempt_id in left:
            await self._books.settle(attempt_id, Result(Outcome.UNKNOWN, evidence="power cut"))
        self._books.recovering = False
        self._wake.set()
        return len(before) - len(left), len(left)

    def _can_tell(self, attempt_id: str) -> bool:
        """Tell whether its terminal may ever say what became of an attempt; cash machines do."""
        caps = self._poi.driver.caps
        in_cash = self._session.state.attempts[attempt_id].terminal_id == CASH_MACHINE
        return in_cash or caps.query_by_ref or caps.query_last

    async def _abort_quietly(self) -> None:
        try:
            await self._aborter.call(lambda poi: poi.abort(ABORT_TIMEOUT_S))
        except DriverError as error:
            log.info("payment terminal not reached at start: %s", error)

    # --- undoing ----------------------------------------------------------------------------------

    async def drop(self, tender_n: int, by: Operator | None = None) -> Decision:
        """Take a tender off the present sale, whatever it takes (REC-09)."""
        sale = self._session.state.sale
        tender = sale.tender(tender_n) if sale else None
        if tender is None or not (tender.kind == "card" or tender.status in OPEN):
            return await self._session.carry_out(RemoveTender(tender_n), by)
        match tender.status:
            case TenderStatus.PENDING:
                return await self._cancel(tender.attempt_id)
            case TenderStatus.UNKNOWN:
                asked = await self.enquire(anew=True)
                sale = self._session.state.sale
                now = sale.tender(tender_n) if sale else None
                if isinstance(asked, Refused) or now is None or now.status is tender.status:
                    return asked if isinstance(asked, Refused) else Refused("payment_unknown")
                return asked
        return await self._reversals.reverse(tender_n, by)

    async def _cancel(self, attempt_id: str) -> Decision:
        """Ask for a stop and wait for the real result; if the payment wins, it is booked (R5).

        The wish may come before the payment has reached its terminal: it is repeated until it was
        taken or the payment has ended.
        """
        task = self._running.get(attempt_id)
        if task is None:
            return await self.enquire()
        if not self._cash.stop(attempt_id):
            await self._abort(attempt_id, task)
        return await asyncio.shield(task)

    async def _abort(self, attempt_id: str, task: asyncio.Task[Decision]) -> None:
        while not task.done():
            try:
                answer = await self._aborter.call(lambda poi: poi.abort(ABORT_TIMEOUT_S))
            except DriverError:
                answer = AbortAnswer.TOO_LATE
            log.info("abort of %s: %s", attempt_id, answer)
            if answer is AbortAnswer.ACCEPTED:
                break
            await asyncio.wait({task}, timeout=ABORT_AGAIN_S)

    # --- a person decides -------------------------------------------------------------------------

    async def resolve(self, command: Resolve, by: Operator | None = None) -> Decision:
        """Take a supervisor's word, unless the terminal can now say for itself."""
        state = self._session.state
        asking = state if by is None else replace(state, operator=by)
        refused = right(asking, self._session.policy, "resolve")
        asked = refused or await self.enquire(anew=True)
        if isinstance(asked, Refused):
            return asked
        decided = await self._session.carry_out(command, by)
        return decided if isinstance(decided, Refused) else asked + decided

    @property
    def typed_result(self) -> bool:
        """True when a person types what the payment terminal says."""
        return isinstance(self._poi.driver, TypedResults)

    async def answer(
        self, outcome: str, approval_code: str, by: Operator | None = None
    ) -> Decision:
        """Take what the cashier read off a terminal that is not connected.

        Only staff may: a shopper would approve his own payment.
        """
        driver = self._poi.driver
        if not isinstance(driver, TypedResults):
            return Refused("no_such_action")
        refused = None if by is not None else staff(self._session.state)
        if refused is not None:
            return refused
        task = next(iter(self._running.values()), None)
        if task is None or outcome not in set(Outcome):
            return Refused("result_not_possible")
        try:
            driver.answer(Outcome(outcome), approval_code.strip())
        except NotTyped as error:
            log.info("typed result not taken: %s", error)
            return Refused("result_not_possible")
        return await asyncio.shield(task)

    async def reconcile(self, ours: BooksOf, by: Operator | None = None) -> Decision:
        """Compare the terminal's day with the books, once nothing is in doubt (rule R11)."""
        if self.has_unknown:
            await self.enquire()
        return await self._reconciliation.run(ours, by)

    def status(self) -> Status:
        """Return what is known of the terminal."""
        return self._poi.status

    async def watch(self) -> None:
        """Ask the idle devices how they are, so that the screen tells the truth."""
        if self._running:
            return
        await self._cash.watch()
        try:
            self._poi.note(await self._poi.call(lambda poi: poi.status(self._times.enquiry_s)))
        except DriverError:
            self._poi.note(UNSEEN)

    async def close(self) -> None:
        """Stop waiting for answers; what is in flight is settled at the next start."""
        for task in tuple(self._running.values()):
            task.cancel()
        self._aborter.close()


def _open_and_read_baseline(poi: PaymentTerminal) -> tuple[Status, dict[str, str]]:
    status = poi.open(OPEN_TIMEOUT_S)
    return status, dict(poi.baseline(BASELINE_TIMEOUT_S))
