"""Driver of ZVT payment terminals, over TCP and over a serial line.

Our acknowledgement commits a payment, so an approval is durable before it goes out, and one that
was not acknowledged is reversed by the terminal.  A request goes out at most once; a doubt is
settled by asking for the terminal's last transaction (06 20) and comparing it with the baseline.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from drivers.base import Status
from drivers.card_numbers import scrub
from drivers.errors import DeviceFault, DriverError, NotSent, RemoteProtocolError
from drivers.payment.abort_wish import AbortWish
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    Operation,
    Outcome,
    Progress,
    Request,
    Result,
    Totals,
)
from drivers.payment.currency import NUMBERS
from drivers.payment.judge import PAID, check_sendable
from drivers.payment.waits import TROUBLE, Waits, absent
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.payment_run import PaymentRun
from drivers.payment.zvt.receipts import KnownReceipts
from drivers.payment.zvt.requests import MAX_AMOUNT_MINOR, Requests, ZvtSettings
from drivers.payment.zvt.reversing import reverse
from drivers.payment.zvt.session import ZvtSession, error_text
from drivers.payment.zvt.status import parse_totals
from drivers.payment.zvt.tables import NOT_REGISTERED
from drivers.payment.zvt.wire import ApduWire, BareWire, BlockWire
from drivers.transports.base import Transport

ZVT_WAITS = Waits(connect_s=5.0, answer_s=5.0)
"""T3, the time for the answer to a command, is 5 s (PA00P016)."""
CAPABILITIES = Capabilities(
    abort=True,
    query_by_ref=False,
    query_last=True,
    reversal=True,
    refund=True,
    partial=False,
    reconcile=True,
    commit_by_ack=True,
    ref_len=0,
    max_amount_minor=MAX_AMOUNT_MINOR,
)


class ZvtPaymentTerminal:
    """A PaymentTerminal over ZVT on TCP (port 20007); see ``PaymentTerminal`` for its calls.

    ``memory`` is the file that keeps the receipt number for tag 1F1F; None keeps it as long as the
    program runs, and it is read from the terminal before every payment in any case.
    """

    def __init__(
        self,
        transport: Transport,
        waits: Waits = ZVT_WAITS,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        settings: ZvtSettings = ZvtSettings(),  # noqa: B008 - frozen
        memory: Path | None = None,
    ) -> None:
        self.caps = CAPABILITIES
        self._now = monotonic
        self._turn = threading.Lock()
        self._wish = AbortWish()
        self._settings = settings
        self._session = ZvtSession(
            self._wire(transport, monotonic),
            Requests(settings),
            KnownReceipts(memory),
            waits,
            monotonic,
        )

    @staticmethod
    def _wire(transport: Transport, monotonic: Callable[[], float]) -> ApduWire:
        return BareWire(transport, monotonic)

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """Connect and register. Raises a TransportError or ProtocolError."""
        with self._turn:
            self._session.closing.clear()
            state = self._session.ready(self._now() + timeout_s, anew=True)
            self._session.leave()
            return self._session.health(state)

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; ABSENT when it does not answer."""
        with self._turn:
            try:
                state = self._session.state(self._now() + timeout_s)
            except TROUBLE as error:
                return absent(error, self._session.answered_at)
            self._session.leave()
            return self._session.health(state)

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return the terminal's identity and the numbers of its last transaction."""
        deadline = self._now() + timeout_s
        with self._turn:
            try:
                if self._session.ready(deadline).busy:
                    return {}
                return self._session.baseline(deadline)
            except TROUBLE:
                return {}
            finally:
                self._session.leave()

    def close(self) -> None:
        """Disconnect; wakes a call that waits in another thread."""
        self._session.closing.set()
        self._session.talk.drop()

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
        if request.currency not in NUMBERS:
            raise NotSent(f"the terminal knows no currency {request.currency}")
        with self._turn:
            self._wish.clear()
            try:
                return self._pay(request, commit, on_progress, deadline)
            finally:
                self._session.leave()
                self._wish.answer(AbortAnswer.TOO_LATE)

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Undo an approved payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""
        with self._turn:
            deadline = self._now() + timeout_s
            try:
                return reverse(self._session, original, poi_transaction_id, ref, deadline)
            finally:
                self._session.leave()

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Ask the terminal to stop; TOO_LATE also when it gave no answer: wait for the result."""
        return self._wish.ask(
            self._turn,
            self._now() + timeout_s,
            self._session.waits.slice_s,
            self._now,
            self._abort_whatever_runs,
        )

    def _abort_whatever_runs(self, deadline: float) -> AbortAnswer:
        """Stop a request that was begun before this program was (rule R8)."""
        try:
            if not self._session.state(deadline).busy:
                return AbortAnswer.TOO_LATE
            stopped = self._session.stop(deadline)
        except TROUBLE:
            return AbortAnswer.TOO_LATE
        finally:
            self._session.leave()
        return AbortAnswer.ACCEPTED if stopped else AbortAnswer.TOO_LATE

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Ask what became of an attempt. Never causes a charge, and never acknowledges one."""
        with self._turn:
            deadline = self._now() + timeout_s
            return self._session.enquire(request, deadline, "the terminal did not answer")

    def reconcile(self, timeout_s: float) -> Totals:
        """Close the day (06 50). Raises a TransportError, ProtocolError or DeviceFault.

        The amount of a status information (BMP 04) is a number without a sign, for a day's total as
        for a payment: a day of more refunds than payments tells how much, not which way.
        """
        deadline = self._now() + timeout_s
        with self._turn:
            try:
                self._session.ready(deadline)
                ending = self._session.talk.run(
                    self._session.requests.end_of_day(), deadline, again=False
                )
            finally:
                self._session.leave()
        if ending.completed is None:
            raise DeviceFault(f"the terminal did not close its day: {error_text(ending.error)}")
        said = next((one for one in ending.statuses if one.amount_minor is not None), None)
        if said is None or said.amount_minor is None:
            raise RemoteProtocolError("the terminal closed its day and told no total")
        return Totals(
            said.currency or self._settings.currency,
            said.amount_minor,
            parse_totals(said.totals).count if said.totals else None,
            tuple(scrub(line) for printed in ending.printed for line in printed.lines),
            signed=False,
        )

    # --- how a payment runs ---

    def _pay(
        self,
        request: Request,
        commit: Callable[[Result], None],
        on_progress: Callable[[Progress], None],
        deadline: float,
    ) -> Result:
        """Send once, listen to the end, and settle every doubt by asking."""
        request = self._prepared(request, deadline)
        session = self._session
        try:
            session.talk.begin(self._command(request), deadline, again=False)
        except DriverError as error:
            if error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            return self._settle(request, commit, None, deadline, f"lost while sending: {error}")
        run = PaymentRun(
            request,
            session.talk,
            commit,
            lambda said: session.receipts.note(session.terminal_id or said.terminal_id, said),
            on_progress,
        )
        try:
            run.listen(deadline, self._wish, session.waits.slice_s, self._now)
            if not run.ended:
                session.talk.stop()  # our time is over; the payment may still win (R5)
                run.listen(session.soon(), self._wish, session.waits.slice_s, self._now)
        except TROUBLE as error:
            if not run.ended or run.result is None:
                why = f"the link was lost: {error}"
                return self._settle(request, commit, run.committed, deadline, why)
        if run.result is not None and run.ended:
            session.registered = run.result.native_code != f"{NOT_REGISTERED:02X}"
            return run.result
        session.talk.drop()
        return self._settle(request, commit, run.committed, self._now(), run.why)

    def _prepared(self, request: Request, deadline: float) -> Request:
        """Reach the terminal, and know its last transaction before it makes another."""
        try:
            if self._session.ready(min(deadline, self._session.soon())).busy:
                raise NotSent("the terminal is busy with another request")
            if not request.baseline:
                request = replace(request, baseline=self._session.baseline(deadline))
                self._session.connect(deadline)
        except TROUBLE as error:
            raise NotSent(f"the terminal is not there: {error}") from error
        return request

    def _command(self, request: Request) -> Apdu:
        requests = self._session.requests
        if request.op is Operation.REFUND:
            return requests.refund(request.amount_minor, request.currency)
        known = self._session.receipts.to_tell(self._session.terminal_id)
        return requests.authorisation(request.amount_minor, request.currency, known)

    # --- how doubt is settled ---

    def _settle(
        self,
        request: Request,
        commit: Callable[[Result], None],
        committed: Result | None,
        deadline: float,
        why: str,
    ) -> Result:
        """Find out what became of a payment that may have been made."""
        session = self._session
        session.talk.drop()
        until = self._now() + session.waits.recover_s
        while True:
            found = session.enquire(request, until, why)
            if found.outcome is not Outcome.IN_PROGRESS:
                break
            if self._now() >= min(until, deadline) or self._wish.wanted():
                self._abort_whatever_runs(session.soon())
                found = session.enquire(request, session.soon(), why)
                break
            session.closing.wait(session.waits.retry_s)
        if found.outcome in PAID and committed is None:
            commit(found)
        if committed is not None and found.outcome in (Outcome.CANCELLED, Outcome.TIMED_OUT):
            return replace(found, outcome=Outcome.REVERSED)  # it had been approved
        return found


class ZvtSerialPaymentTerminal(ZvtPaymentTerminal):
    """The same over a serial line: 9600 or 115200 baud, 8N2 (PA00P016, 1)."""

    @staticmethod
    def _wire(transport: Transport, monotonic: Callable[[], float]) -> ApduWire:
        return BlockWire(transport, monotonic)
