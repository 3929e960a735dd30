"""Cash taken by a machine: its operation is durable before it opens its mouth, and settled once.

    INTENT     nothing was asked of the machine, or it waits and takes nothing
    SENDING    durable with the machine's number of the operation, before the machine may begin
    approved   what the machine kept: inserted, less the change that it paid out by itself
    cancelled  everything was repaid

After any doubt the machine is asked about the operation by its number: what is still open is
repaid, what has ended is credited, each exactly once, as the attempt is final then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from drivers.base import Status
from drivers.cash.base import CashMachine, CashOperation, Stage
from drivers.errors import DriverError
from drivers.payment.base import Outcome, Progress, Result
from terminal.core import payment
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.state import CASH_MACHINE, PaymentAttempt
from terminal.devices.host import UNSEEN, DeviceHost
from terminal.services.attempts import (
    COMMIT_TIMEOUT_S,
    NotDurable,
    PaymentTimes,
    Telling,
)
from terminal.services.notices import NOT_PAID_OUT
from terminal.services.session import Decision, Session
from terminal.services.settlement import Settlement

BEGIN_TIMEOUT_S = 10.0
"""For the two questions that begin a deposit, with a durable write between them."""
IDLE_S = 120.0
"""Nobody put anything in for so long: what is in is repaid."""
POLL_S = 0.5
"""Between two questions about a running deposit: more often disturbs the machine."""
REPAY_TIMEOUT_S = 30.0
"""For the coins to be counted out again, when a deposit is given up."""
MAX_MISSES = 3
"""Questions without an answer in a row, until the deposit is in doubt."""
OPERATION = "operation"
"""Where an attempt's baseline holds the machine's own number."""


class CashTaking:
    """Runs attempts at the cash machine of this till; None when it has none."""

    def __init__(
        self,
        session: Session,
        machine: DeviceHost[CashMachine] | None,
        times: PaymentTimes,
        books: Settlement,
        tell: Telling,
    ) -> None:
        self._session = session
        self._machine = machine
        self._times = times
        self._books = books
        self._tell = tell
        self._stops: dict[str, asyncio.Event] = {}

    @property
    def is_there(self) -> bool:
        """Whether this till has a cash machine."""
        return self._machine is not None

    def take(self, attempt_id: str) -> Coroutine[Any, Any, Decision]:
        """Take one attempt from INTENT to a final outcome or UNKNOWN; it can be stopped at once."""
        self._stops[attempt_id] = asyncio.Event()
        return self._take(attempt_id, self._stops[attempt_id])

    async def _take(self, attempt_id: str, stop: asyncio.Event) -> Decision:
        try:
            begun = await self._begin(attempt_id, stop)
            attempt = self._session.state.attempts.get(attempt_id)
            if isinstance(begun, Refused) or attempt is None or not begun:
                return begun
            result = await self._follow(attempt, stop)
        finally:
            self._stops.pop(attempt_id, None)
        settled = await self._books.settle(attempt_id, result)
        return settled if isinstance(settled, Refused) else begun + settled

    def stop(self, attempt_id: str) -> bool:
        """Wish for an end: what is in is repaid, unless the amount was complete before.

        False when this attempt is not under way here.
        """
        stop = self._stops.get(attempt_id)
        if stop is not None:
            stop.set()
        return stop is not None

    async def ask(self, attempt: PaymentAttempt) -> Result:
        """Ask what became of an attempt; what is still open is repaid."""
        return await self._settle(attempt, self._times.enquiry_s)

    async def _settle(self, attempt: PaymentAttempt, timeout_s: float) -> Result:
        operation_id = attempt.baseline.get(OPERATION, "")
        if self._machine is None or not operation_id:
            return Result(Outcome.UNKNOWN, evidence="no cash machine is configured")
        try:
            found = await self._machine.call(lambda it: it.settle(operation_id, timeout_s))
        except DriverError as error:
            return Result(Outcome.UNKNOWN, evidence=str(error))
        return result_of(found)

    async def watch(self) -> None:
        """Ask the machine how it is, so that the screen tells the truth."""
        if self._machine is None or self._stops:
            return
        self._machine.note(await self._status(self._machine))

    async def _status(self, machine: DeviceHost[CashMachine]) -> Status:
        try:
            return await machine.call(lambda it: it.status(self._times.enquiry_s))
        except DriverError:
            return UNSEEN

    async def _begin(self, attempt_id: str, stop: asyncio.Event) -> Decision:
        """Begin the deposit; returns what made it durable, or how the attempt ended before."""
        attempt = self._session.state.attempts[attempt_id]
        if self._machine is None:
            return await self._books.end(attempt_id, "not_sent", "unplugged", "")
        loop = asyncio.get_running_loop()
        durable: list[tuple[Event, ...]] = []

        def persist(operation_id: str) -> None:
            """Called on the machine's thread, before it may take anything."""
            work = self._session.record(
                lambda state, _: payment.sending(state, attempt_id, {OPERATION: operation_id})
            )
            try:
                decided = asyncio.run_coroutine_threadsafe(work, loop).result(COMMIT_TIMEOUT_S)
            except TimeoutError as error:
                raise NotDurable("the disk did not take the operation in time") from error
            if isinstance(decided, Refused):
                raise NotDurable(decided.code)
            durable.append(decided)

        try:
            await self._machine.call(
                lambda it: it.begin_deposit(attempt.amount_minor, persist, BEGIN_TIMEOUT_S)
            )
        except DriverError as error:
            if not durable:  # the machine waits for ever: it takes nothing
                return await self._books.end(attempt_id, "not_sent", "unplugged", str(error))
            stop.set()
        return durable[0]

    async def _follow(self, attempt: PaymentAttempt, stop: asyncio.Event) -> Result:
        """Ask until the amount is in, nobody inserts anything any more, or a stop is wished."""
        operation_id = attempt.baseline[OPERATION]
        loop = asyncio.get_running_loop()
        idle_s = self._times.answer_of(IDLE_S)
        deadline = loop.time() + idle_s
        inserted = misses = 0
        while not stop.is_set() and misses < MAX_MISSES and loop.time() < deadline:
            found = await self._look(operation_id)
            misses = misses + 1 if found is None else 0
            if found is not None and found.stage is Stage.ENDED:
                return result_of(found)
            if found is not None and found.inserted_minor != inserted:
                inserted = found.inserted_minor
                deadline = loop.time() + idle_s
                self._tell(Progress("insert_cash", str(inserted)))
            # Not wait_for: in Python 3.11 it loses a cancellation that comes with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await stop.wait()
        return await self._settle(attempt, REPAY_TIMEOUT_S)

    async def _look(self, operation_id: str) -> CashOperation | None:
        machine, timeout_s = self._machine, self._times.enquiry_s
        if machine is None:
            return None
        try:
            return await machine.call(lambda it: it.operation(operation_id, timeout_s))
        except DriverError:
            return None


def result_of(found: CashOperation) -> Result:
    """Return what an operation means for an attempt: what was kept is what is paid."""
    said = f"inserted {found.inserted_minor}, paid out {found.dispensed_minor}"
    if found.stage is not Stage.ENDED:
        return Result(Outcome.IN_PROGRESS, evidence=said)
    if found.kept_minor < 0:
        return Result(Outcome.UNKNOWN, evidence=said)
    owed = (NOT_PAID_OUT, str(found.missing_minor)) if found.missing_minor else ("", "")
    return Result(
        Outcome.APPROVED if found.kept_minor else Outcome.CANCELLED,
        authorized_minor=found.kept_minor,
        native_code=owed[0],
        native_text=owed[1],
        poi_transaction_id=found.operation_id,
        terminal_id=CASH_MACHINE,
        evidence=said,
    )
