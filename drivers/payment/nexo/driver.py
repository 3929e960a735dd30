"""Driver of payment terminals that speak nexo Retailer in JSON over HTTP.

A payment goes out at most once, on a connection of its own.  Whatever then goes wrong is settled
by TransactionStatus on other connections, never by sending again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from drivers.base import Status
from drivers.card_numbers import scrub
from drivers.errors import DeviceFault, NotSent, RemoteProtocolError, TransportError
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    Outcome,
    Progress,
    Request,
    Result,
    Totals,
)
from drivers.payment.judge import PAID, check_sendable, doubt
from drivers.payment.nexo.amounts import MAX_MINOR
from drivers.payment.nexo.answers import (
    Answer,
    NotDone,
    StillRunning,
    Unclear,
    read_payment,
    read_result,
    read_reversal,
)
from drivers.payment.nexo.crypto import AdyenCipher, SecurityKey
from drivers.payment.nexo.envelope import Plain, Sealed
from drivers.payment.nexo.requests import SERVICE_ID_MAX, Identity
from drivers.payment.nexo.session import Dialect, NexoSession
from drivers.payment.nexo.totals import read_totals
from drivers.payment.waits import TROUBLE, Waits, absent
from drivers.transports.http import Connect, HttpExchange

NEXO_TARGET = "/EPASSaleToPOI/3.1"
ADYEN_TARGET = "/nexo/"
CAPS = Capabilities(
    abort=True,
    query_by_ref=True,
    query_last=True,
    reversal=True,
    refund=True,
    partial=True,
    reconcile=True,
    commit_by_ack=False,
    ref_len=SERVICE_ID_MAX,
    max_amount_minor=MAX_MINOR,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """When a silent payment is asked about, in seconds."""

    silence_s: float = 120.0
    """Adyen: enquire when the terminal has not answered after 120 s on the local network."""
    poll_s: float = 5.0
    """Between two enquiries about a payment that is still running."""


class NexoTerminal:
    """A PaymentTerminal over plain nexo; see ``PaymentTerminal`` for its calls.

    ``connect`` makes a transport to the terminal, several of which may be open at once: an abort
    travels beside the payment it stops.  ``now`` is the time of day, with its zone.
    """

    def __init__(
        self,
        connect: Connect,
        identity: Identity,
        now: Callable[[], datetime],
        *,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        pace: Pace = Pace(),
        monotonic: Callable[[], float] = time.monotonic,
        dialect: Dialect | None = None,
    ) -> None:
        self.caps = CAPS
        self._now = monotonic
        self._pace = pace
        self._turn = threading.Lock()
        self._show: Callable[[Progress], None] = _show_nowhere
        plain = Dialect(NEXO_TARGET, Plain(), login=True)
        self._session = NexoSession(
            connect, identity, dialect or plain, now, waits=waits, monotonic=monotonic
        )

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """Log in and ask how it is. Raises a TransportError, ProtocolError or DeviceFault."""
        with self._turn:
            self._session.closing.clear()
            return self._session.reach(self._now() + timeout_s)

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; ABSENT when it does not answer."""
        with self._turn:
            try:
                return self._session.status(self._now() + timeout_s)
            except (*TROUBLE, DeviceFault) as error:
                return absent(error, self._session.answered_at)

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return who the terminal is, and when we asked: what rule R9 wants to know later."""
        with self._turn:
            try:
                return self._session.marks(self._now() + timeout_s)
            except (*TROUBLE, DeviceFault):
                return {}

    def close(self) -> None:
        """Ask no more; wakes a call that waits in another thread."""
        self._session.close()

    # --- money ---

    def payment(
        self,
        request: Request,
        commit: Callable[[Result], None],
        on_progress: Callable[[Progress], None],
        timeout_s: float,
    ) -> Result:
        """Carry out a payment or refund. Raises NotSent, and what ``commit`` raises."""
        deadline = self._now() + timeout_s
        check_sendable(request, self.caps)
        with self._turn:
            self._show = on_progress
            try:
                result = self._pay(request, on_progress, deadline)
                self._session.running_ref = ""
            except NotSent:
                self._session.running_ref = ""
                raise
            finally:
                self._show = _show_nowhere
            if result.outcome in PAID:
                commit(result)
            return result

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Undo an approved payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""
        deadline = self._now() + timeout_s
        session = self._session
        with self._turn:
            message = session.requests.reversal(original, poi_transaction_id, ref, session.stamp())
            why = "the reversal was not answered"
            try:
                said = read_reversal(session.ask(message, deadline))
            except TransportError as error:
                if error.bytes_sent == 0:
                    return Result(Outcome.DECLINED, ref, evidence=scrub(f"not sent: {error}"))
                said, why = Unclear(str(error)), str(error)
            except RemoteProtocolError as error:
                said, why = Unclear(str(error)), str(error)
            if said is True:
                return Result(Outcome.REVERSED, ref)
            if isinstance(said, NotDone):
                return Result(
                    Outcome.DECLINED,
                    ref,
                    native_code=scrub(said.condition),
                    native_text=scrub(said.text),
                )
            return self._session.enquire(
                replace(original, reversal_ref=ref), self._now() + session.waits.recover_s, why
            )

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Ask the terminal to stop what runs; ACCEPTED means that it heard, TOO_LATE otherwise.

        The abort travels on another connection and may overtake the payment it is to stop: as long
        as that one is waited for, a terminal that knows nothing to stop is told again.
        """
        session = self._session
        deadline = self._now() + timeout_s
        try:
            ref = session.running_ref or self._ask_what_runs(deadline)
            if not ref:
                return AbortAnswer.TOO_LATE
            while self._send_abort(ref, deadline) is AbortAnswer.TOO_LATE:
                ended = session.running_ref != ref or self._now() >= deadline
                if ended or session.closing.wait(session.waits.retry_s):
                    return AbortAnswer.TOO_LATE
        except TROUBLE:
            return AbortAnswer.TOO_LATE
        return AbortAnswer.ACCEPTED

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Ask what became of an attempt. Never causes a charge."""
        with self._turn:
            deadline = self._now() + timeout_s
            return self._session.enquire(request, deadline, "the terminal did not answer")

    def reconcile(self, timeout_s: float) -> Totals:
        """Close the terminal's period. Raises a TransportError, ProtocolError or DeviceFault."""
        with self._turn:
            session = self._session
            message = session.ask(
                session.requests.reconciliation(session.service_id()), self._now() + timeout_s
            )
            refused = read_result(message, "ReconciliationResponse")
            if refused is not None:
                raise DeviceFault(scrub(f"not closed: {refused.condition} {refused.text}"))
            return read_totals(message)

    def hear(self, body: bytes) -> bytes:
        """Take a message that the terminal posted to us; returns its answer, empty if none is due.

        What is to be shown goes to the running payment's ``on_progress``.  Callable from another
        thread.  Raises RemoteProtocolError for what is not our terminal's.
        """
        progress, answer = self._session.hear(body)
        if progress is not None:
            self._show(progress)
        return answer

    # --- how a payment runs ---

    def _pay(
        self, request: Request, on_progress: Callable[[Progress], None], deadline: float
    ) -> Result:
        """Send once, wait for the answer, and settle every doubt by asking."""
        session = self._session
        session.running_ref = request.ref
        try:
            exchange = session.begin(session.requests.payment(request, session.stamp()), deadline)
        except TransportError as error:
            if error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            return self._settle(request, f"lost while sending: {error}")
        on_progress(Progress("insert_card"))
        try:
            answer = self._listen(exchange, request, deadline)
        except TROUBLE as error:
            return self._settle(request, f"the link was lost: {error}")
        finally:
            session.end(exchange)
        if answer is None:
            return self._settle(request, "the terminal gave no result in time")
        if isinstance(answer, NotDone) and answer.condition == "NotAllowed":
            return self._settle(request, "the terminal may have had this reference before")
        if isinstance(answer, StillRunning):
            return self._settle(request, "the terminal works on it")
        return session.conclude(request, answer, deadline)

    def _listen(self, exchange: HttpExchange, request: Request, deadline: float) -> Answer | None:
        """Wait for the answer; ask beside it when it is long in coming, stop it when time is up."""
        silent = self._now() + self._pace.silence_s
        while True:
            said = exchange.receive(min(deadline, silent))
            if said is not None:
                service_id, message = self._session.read(said, "Payment")
                return read_payment(request, service_id, message)
            if self._now() >= deadline:
                break
            beside = self._ask_beside(request, deadline)
            if beside is not None:
                return beside
            silent = self._now() + self._pace.poll_s
        soon = self._now() + self._session.waits.answer_s
        try:
            self._send_abort(request.ref, soon)
        except TROUBLE:
            return None
        said = exchange.receive(self._now() + self._session.waits.answer_s)
        if said is None:
            return None
        service_id, message = self._session.read(said, "Payment")
        return read_payment(request, service_id, message)

    def _ask_beside(self, request: Request, deadline: float) -> Answer | None:
        """Return a final answer that an enquiry gives while we still listen, None otherwise."""
        try:
            answer = self._session.once(request, deadline)
        except TROUBLE:
            return None
        return None if isinstance(answer, StillRunning | Unclear) else answer

    def _settle(self, request: Request, why: str) -> Result:
        """Find out what became of a payment that may have been made.

        The request may still lie unread in the terminal's buffer: that it does not know the payment
        counts when it says so a second time, ``poll_s`` later.
        """
        session = self._session
        until = self._now() + session.waits.recover_s
        missed = False
        while True:
            result = session.enquire(request, until, why)
            missing = result.outcome is Outcome.NOT_PROCESSED
            left = until - self._now()
            if missing and not missed and left <= 0:
                return doubt(request, f"{why}; the terminal did not know it, once")
            if (missing and missed) or not (missing or result.outcome is Outcome.IN_PROGRESS):
                return result
            if left <= 0 or session.closing.is_set():
                return result
            missed = missing
            session.closing.wait(min(self._pace.poll_s, left))

    def _ask_what_runs(self, deadline: float) -> str:
        """Ask for a request that was begun before this program was (rule R8)."""
        session = self._session
        message = session.ask(session.requests.status(session.service_id(), "", ""), deadline)
        body = message.at("TransactionStatusResponse")
        busy = body.text("Response", "ErrorCondition") in ("InProgress", "Busy")
        return body.text("MessageReference", "ServiceID") if busy else ""

    def _send_abort(self, ref: str, deadline: float) -> AbortAnswer:
        session = self._session
        message = session.requests.abort(session.service_id(), ref, "MerchantAbort")
        answer = session.raw(message, deadline)
        if answer.status not in (200, 204):
            raise RemoteProtocolError(f"the terminal answered HTTP {answer.status}")
        rejected = answer.body and session.rejects(answer.body)
        return AbortAnswer.TOO_LATE if rejected else AbortAnswer.ACCEPTED


class AdyenLocalTerminal(NexoTerminal):
    """A PaymentTerminal of Adyen on the local network: nexo, every message sealed."""

    def __init__(
        self,
        connect: Connect,
        identity: Identity,
        key: SecurityKey,
        now: Callable[[], datetime],
        *,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        pace: Pace = Pace(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``key`` is shared with the terminal. See NexoTerminal for the rest."""
        sealed = Dialect(ADYEN_TARGET, Sealed(AdyenCipher(key)), login=False, version="3.0")
        super().__init__(
            connect, identity, now, waits=waits, pace=pace, monotonic=monotonic, dialect=sealed
        )


def _show_nowhere(progress: Progress) -> None:
    """No payment is running: there is nobody to show it to."""
