"""Driver of a payment terminal that speaks the simple POI protocol.

A payment goes out at most once.  Whatever then goes wrong is settled by asking what became of the
reference, never by sending again; what cannot be settled in time is UNKNOWN.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from drivers.base import Status
from drivers.card_numbers import scrub
from drivers.errors import DeviceFault, NotSent, RemoteProtocolError, TransportError
from drivers.payment.abort_wish import AbortWish
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    Outcome,
    Progress,
    Request,
    Result,
    Totals,
)
from drivers.payment.judge import PAID, check_sendable, doubt, in_progress, judge
from drivers.payment.simple.protocol import (
    FINAL,
    RUNNING,
    AbortReply,
    Acked,
    Closed,
    Ended,
    News,
    Refused,
)
from drivers.payment.simple.session import SimpleSession, capabilities
from drivers.payment.waits import TROUBLE, Waits, absent
from drivers.transports.base import Transport


class SimplePaymentTerminal:
    """A PaymentTerminal over the simple POI protocol; see ``PaymentTerminal`` for its calls."""

    def __init__(
        self,
        transport: Transport,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = capabilities(commit_by_ack=False)
        self._now = monotonic
        self._turn = threading.Lock()
        self._abort = AbortWish()
        self._session = SimpleSession(transport, waits, self._adopt, monotonic)

    def _adopt(self, caps: Capabilities) -> None:
        self.caps = caps

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """Connect and log in. Raises a TransportError or ProtocolError."""
        with self._turn:
            self._session.closing.clear()
            self._session.connect(self._now() + timeout_s)
            return self._session.healthy()

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; ABSENT when it does not answer."""
        with self._turn:
            deadline = self._now() + timeout_s
            try:
                state = self._session.reach(deadline)
            except TROUBLE as error:
                return absent(error, self._session.answered_at)
            return self._session.healthy(("busy",) if state.busy else ())

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return the terminal's identity, its last reference and its trace number."""
        with self._turn:
            try:
                state = self._session.reach(self._now() + timeout_s)
            except TROUBLE:
                return {}
            return {
                "terminal_id": self._session.terminal_id(),
                "last": state.last,
                "trace": state.trace,
            }

    def close(self) -> None:
        """Disconnect; wakes a call that waits in another thread."""
        self._session.closing.set()
        self._session.link.drop()

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
            self._abort.clear()
            try:
                return self._pay(request, commit, on_progress, deadline)
            finally:
                self._abort.answer(AbortAnswer.TOO_LATE)

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Undo an approved payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""
        deadline = self._now() + timeout_s
        with self._turn:
            try:
                self._session.reach(deadline)
            except TROUBLE as error:
                return Result(Outcome.DECLINED, ref, evidence=scrub(f"not sent: {error}"))
            try:
                reply = self._session.link.ask(
                    deadline,
                    "reverse",
                    ref=ref,
                    original=original.ref,
                    transaction=poi_transaction_id,
                    amount=original.amount_minor,
                    currency=original.currency,
                )
            except TROUBLE as error:
                found = self._session.enquire(
                    original, max(deadline, self._session.soon()), str(error)
                )
            else:
                if isinstance(reply, Refused):
                    return Result(
                        Outcome.DECLINED,
                        ref,
                        native_code=scrub(reply.code),
                        native_text=scrub(reply.text),
                    )
                if not isinstance(reply, Ended):
                    return doubt(original, "the terminal answered a reversal with something else")
                found = judge(original, reply.transaction)
            if found.outcome in PAID:
                return Result(Outcome.DECLINED, ref, evidence="the payment still stands")
            if found.outcome is Outcome.REVERSED:
                return found
            return doubt(original, found.evidence or "the reversal was not answered")

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Ask the terminal to stop; TOO_LATE also when it gave no answer: wait for the result."""
        deadline = self._now() + timeout_s
        return self._abort.ask(
            self._turn, deadline, self._session.waits.slice_s, self._now, self._abort_whatever_runs
        )

    def _abort_whatever_runs(self, deadline: float) -> AbortAnswer:
        """Stop a request that was begun before this program was (rule R8)."""
        try:
            self._session.reach(deadline)
            reply = self._session.link.ask(deadline, "abort", ref="")
        except TROUBLE:
            return AbortAnswer.TOO_LATE
        accepted = isinstance(reply, AbortReply) and reply.accepted
        return AbortAnswer.ACCEPTED if accepted else AbortAnswer.TOO_LATE

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Ask what became of an attempt. Never causes a charge, and never acknowledges one."""
        with self._turn:
            deadline = self._now() + timeout_s
            return self._session.enquire(request, deadline, "the terminal did not answer")

    def reconcile(self, timeout_s: float) -> Totals:
        """Close the terminal's day. Raises a TransportError, ProtocolError or DeviceFault."""
        deadline = self._now() + timeout_s
        with self._turn:
            self._session.reach(deadline)
            reply = self._session.link.ask(deadline, "close")
        if isinstance(reply, Refused):
            raise DeviceFault(scrub(f"the terminal did not close its day: {reply.code}"))
        if not isinstance(reply, Closed):
            raise RemoteProtocolError("the terminal answered close with something else")
        return Totals(scrub(reply.currency), reply.net, reply.count)

    # --- how a payment runs ---

    def _pay(
        self,
        request: Request,
        commit: Callable[[Result], None],
        on_progress: Callable[[Progress], None],
        deadline: float,
    ) -> Result:
        """Send once, wait for the result, and settle every doubt by asking."""
        try:
            state = self._session.reach(min(deadline, self._now() + self._session.waits.connect_s))
        except TROUBLE as error:
            raise NotSent(f"the terminal is not there: {error}") from error
        if state.busy:
            raise NotSent("the terminal is busy with another request")
        try:
            n = self._session.link.send(
                deadline,
                "payment",
                ref=request.ref,
                op=request.op.value,
                amount=request.amount_minor,
                currency=request.currency,
            )
        except TransportError as error:
            if error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            return self._settle(request, commit, deadline, f"lost while sending: {error}")
        try:
            reply = self._listen(n, on_progress, deadline)
            if reply is None:
                reply = self._stop(n, request.ref, on_progress)
        except TROUBLE as error:
            return self._settle(request, commit, deadline, f"the link was lost: {error}")
        if isinstance(reply, Ended):
            return self._conclude(request, judge(request, reply.transaction), commit)
        if isinstance(reply, Refused) and reply.code != "reference_used":
            return Result(
                Outcome.NOT_PROCESSED,
                request.ref,
                native_code=scrub(reply.code),
                native_text=scrub(reply.text),
            )
        return self._settle(request, commit, self._now(), "the terminal gave no result in time")

    def _listen(
        self, n: int, on_progress: Callable[[Progress], None], deadline: float
    ) -> Ended | Refused | None:
        """Wait for the end of request ``n``; passes news on, and an abort through."""
        abort_n = 0
        while True:
            if abort_n == 0 and self._abort.wanted():
                abort_n = self._session.link.send(self._session.soon(), "abort", ref="")
            now = self._now()
            reply = self._session.link.receive(min(deadline, now + self._session.waits.slice_s))
            if reply is None:
                if now >= deadline:
                    return None
            elif isinstance(reply, AbortReply) and reply.n == abort_n:
                self._abort.answer(AbortAnswer.ACCEPTED if reply.accepted else AbortAnswer.TOO_LATE)
            elif reply.n == n and isinstance(reply, News):
                on_progress(Progress(scrub(reply.kind), scrub(reply.text)))
            elif reply.n == n and isinstance(reply, Ended | Refused):
                return reply

    def _stop(
        self, n: int, ref: str, on_progress: Callable[[Progress], None]
    ) -> Ended | Refused | None:
        """Ask the terminal to stop when our time is over; the payment may still win (R5)."""
        self._session.link.send(self._session.soon(), "abort", ref=ref)
        return self._listen(n, on_progress, self._session.soon())

    def _conclude(
        self, request: Request, result: Result, commit: Callable[[Result], None]
    ) -> Result:
        """Make an approval durable, then acknowledge it, in this order."""
        if result.outcome not in PAID:
            return result
        try:
            commit(result)
        except BaseException:
            self._session.link.drop()  # without acknowledgement: the terminal may undo it
            raise
        try:
            acked = isinstance(
                self._session.link.ask(self._session.soon(), "ack", ref=request.ref), Acked
            )
        except TROUBLE:
            acked = False
        if acked or not self.caps.commit_by_ack:
            return result
        verified = self._session.enquire(
            request, self._now() + self._session.waits.recover_s, "not acked"
        )
        return (
            verified
            if verified.outcome is not Outcome.NOT_PROCESSED
            else doubt(
                request,
                "the terminal approved, was not acknowledged, and does not know it any more",
            )
        )

    # --- how doubt is settled ---

    def _settle(
        self, request: Request, commit: Callable[[Result], None], deadline: float, why: str
    ) -> Result:
        """Find out what became of a payment that may have been made."""
        until = self._now() + self._session.waits.recover_s
        while True:
            record = self._session.record(request, until, why)
            if isinstance(record, Result):
                return record
            if record.state == FINAL and record.transaction is not None:
                return self._conclude(request, judge(request, record.transaction), commit)
            if record.state != RUNNING:
                return self._session.not_found(request, record)
            if self._now() >= deadline or self._abort.wanted():
                return self._last_call(request, commit)
            self._session.closing.wait(self._session.waits.retry_s)

    def _last_call(self, request: Request, commit: Callable[[Result], None]) -> Result:
        """Abort what still runs, ask once more, and say IN_PROGRESS when it goes on."""
        try:
            self._session.link.ask(self._session.soon(), "abort", ref=request.ref)
        except TROUBLE as error:
            return doubt(request, f"the terminal still worked on it, then was lost: {error}")
        record = self._session.record(
            request, self._session.soon(), "the terminal was lost while it worked on it"
        )
        if isinstance(record, Result):
            return record
        if record.state == FINAL and record.transaction is not None:
            return self._conclude(request, judge(request, record.transaction), commit)
        if record.state == RUNNING:
            return in_progress(request)
        return self._session.not_found(request, record)
