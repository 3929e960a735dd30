"""Driver of a payment terminal that speaks the simple POI protocol.

A payment goes out at most once.  Whatever then goes wrong is settled by asking what became of the
reference, never by sending again; what cannot be settled in time is UNKNOWN.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.base import Health, Status
from drivers.errors import NotSent, ProtocolError, TransportError
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    Operation,
    Outcome,
    Progress,
    Request,
    Result,
)
from drivers.payment.judge import doubt, judge
from drivers.payment.scrub import scrub
from drivers.payment.simple_link import SimpleLink
from drivers.payment.simple_protocol import (
    FINAL,
    RUNNING,
    AbortReply,
    Acked,
    Ended,
    Hello,
    News,
    Record,
    Refused,
    State,
)
from drivers.transports.base import Transport

REF_LEN = 32
MAX_AMOUNT_MINOR = 10**9
_TROUBLE = (TransportError, ProtocolError)
_PAID = (Outcome.APPROVED, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the driver waits, in seconds."""

    connect_s: float = 5.0
    answer_s: float = 3.0
    """For the reply to a question, an abort or an acknowledgement."""
    recover_s: float = 10.0
    """For a terminal to come back whose link was lost during a payment."""
    retry_s: float = 0.25
    slice_s: float = 0.05
    """How soon a running payment notices that somebody wants to abort it."""


class SimplePaymentTerminal:
    """A PaymentTerminal over the simple POI protocol; see ``PaymentTerminal`` for its calls."""

    def __init__(
        self,
        transport: Transport,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = _capabilities(commit_by_ack=False)
        self._waits = waits
        self._now = monotonic
        self._link = SimpleLink(transport, monotonic)
        self._turn = threading.Lock()
        self._closing = threading.Event()
        self._abort = _AbortBox()
        self._hello: Hello | None = None
        self._answered_at: float | None = None

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """Connect and log in. Raises a TransportError or ProtocolError."""
        with self._turn:
            self._closing.clear()
            self._connect(self._now() + timeout_s)
            return self._healthy()

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; ABSENT when it does not answer."""
        with self._turn:
            deadline = self._now() + timeout_s
            try:
                state = self._reach(deadline)
            except _TROUBLE as error:
                return Status(Health.ABSENT, ("unplugged",), self._answered_at, scrub(str(error)))
            return self._healthy(("busy",) if state.busy else ())

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return the terminal's identity, its last reference and its trace number."""
        with self._turn:
            try:
                state = self._reach(self._now() + timeout_s)
            except _TROUBLE:
                return {}
            return {"terminal_id": self._terminal_id(), "last": state.last, "trace": state.trace}

    def close(self) -> None:
        """Disconnect; wakes a call that waits in another thread."""
        self._closing.set()
        self._link.drop()

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
        _check(request)
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
                self._reach(deadline)
            except _TROUBLE as error:
                return Result(Outcome.DECLINED, ref, evidence=scrub(f"not sent: {error}"))
            try:
                reply = self._link.ask(
                    deadline, "reverse", ref=ref, original=original.ref,
                    transaction=poi_transaction_id, amount=original.amount_minor,
                    currency=original.currency,
                )
            except _TROUBLE as error:
                found = self._enquire_until(original, max(deadline, self._soon()), str(error))
            else:
                if isinstance(reply, Refused):
                    return Result(Outcome.DECLINED, ref, native_code=scrub(reply.code),
                                  native_text=scrub(reply.text))
                if not isinstance(reply, Ended):
                    return doubt(original, "the terminal answered a reversal with something else")
                found = judge(original, reply.transaction)
            if found.outcome in _PAID:
                return Result(Outcome.DECLINED, ref, evidence="the payment still stands")
            if found.outcome is Outcome.REVERSED:
                return found
            return doubt(original, found.evidence or "the reversal was not answered")

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Ask the terminal to stop; TOO_LATE also when it gave no answer: wait for the result."""
        deadline = self._now() + timeout_s
        self._abort.ask()
        while self._now() < deadline:
            if self._turn.acquire(timeout=self._waits.slice_s):
                try:
                    self._reach(deadline)
                    reply = self._link.ask(deadline, "abort", ref="")
                except _TROUBLE:
                    return AbortAnswer.TOO_LATE
                finally:
                    self._turn.release()
                accepted = isinstance(reply, AbortReply) and reply.accepted
                return AbortAnswer.ACCEPTED if accepted else AbortAnswer.TOO_LATE
            answer = self._abort.taken()
            if answer is not None:
                return answer
        return AbortAnswer.TOO_LATE

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Ask what became of an attempt. Never causes a charge, and never acknowledges one."""
        with self._turn:
            deadline = self._now() + timeout_s
            return self._enquire_until(request, deadline, "the terminal did not answer")

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
            state = self._reach(min(deadline, self._now() + self._waits.connect_s))
        except _TROUBLE as error:
            raise NotSent(f"the terminal is not there: {error}") from error
        if state.busy:
            raise NotSent("the terminal is busy with another request")
        try:
            n = self._link.send(
                deadline, "payment", ref=request.ref, op=request.op.value,
                amount=request.amount_minor, currency=request.currency,
            )
        except TransportError as error:
            if error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            return self._settle(request, commit, deadline, f"lost while sending: {error}")
        try:
            reply = self._listen(n, on_progress, deadline)
            if reply is None:
                reply = self._stop(n, request.ref, on_progress)
        except _TROUBLE as error:
            return self._settle(request, commit, deadline, f"the link was lost: {error}")
        if isinstance(reply, Ended):
            return self._conclude(request, judge(request, reply.transaction), commit)
        if isinstance(reply, Refused) and reply.code != "reference_used":
            return Result(Outcome.NOT_PROCESSED, request.ref, native_code=scrub(reply.code),
                          native_text=scrub(reply.text))
        return self._settle(request, commit, self._now(), "the terminal gave no result in time")

    def _listen(
        self, n: int, on_progress: Callable[[Progress], None], deadline: float
    ) -> Ended | Refused | None:
        """Wait for the end of request ``n``; passes news on, and an abort through."""
        abort_n = 0
        while True:
            if abort_n == 0 and self._abort.wanted():
                abort_n = self._link.send(self._soon(), "abort", ref="")
            now = self._now()
            reply = self._link.receive(min(deadline, now + self._waits.slice_s))
            if reply is None:
                if now >= deadline:
                    return None
            elif isinstance(reply, AbortReply) and reply.n == abort_n:
                self._abort.answer(
                    AbortAnswer.ACCEPTED if reply.accepted else AbortAnswer.TOO_LATE
                )
            elif reply.n == n and isinstance(reply, News):
                on_progress(Progress(scrub(reply.kind), scrub(reply.text)))
            elif reply.n == n and isinstance(reply, Ended | Refused):
                return reply

    def _stop(
        self, n: int, ref: str, on_progress: Callable[[Progress], None]
    ) -> Ended | Refused | None:
        """Ask the terminal to stop when our time is over; the payment may still win (R5)."""
        self._link.send(self._soon(), "abort", ref=ref)
        return self._listen(n, on_progress, self._soon())

    def _conclude(
        self, request: Request, result: Result, commit: Callable[[Result], None]
    ) -> Result:
        """Make an approval durable, then acknowledge it, in this order."""
        if result.outcome not in _PAID:
            return result
        try:
            commit(result)
        except BaseException:
            self._link.drop()  # without acknowledgement: the terminal may undo it
            raise
        try:
            acked = isinstance(self._link.ask(self._soon(), "ack", ref=request.ref), Acked)
        except _TROUBLE:
            acked = False
        if acked or not self.caps.commit_by_ack:
            return result
        verified = self._enquire_until(request, self._now() + self._waits.recover_s, "not acked")
        return verified if verified.outcome is not Outcome.NOT_PROCESSED else doubt(
            request, "the terminal approved, was not acknowledged, and does not know it any more")

    # --- how doubt is settled ---

    def _settle(
        self, request: Request, commit: Callable[[Result], None], deadline: float, why: str
    ) -> Result:
        """Find out what became of a payment that may have been made."""
        until = self._now() + self._waits.recover_s
        while True:
            record = self._record(request, until, why)
            if isinstance(record, Result):
                return record
            if record.state == FINAL and record.transaction is not None:
                return self._conclude(request, judge(request, record.transaction), commit)
            if record.state != RUNNING:
                return self._not_found(request, record)
            if self._now() >= deadline or self._abort.wanted():
                return self._last_call(request, commit)
            self._closing.wait(self._waits.retry_s)

    def _last_call(self, request: Request, commit: Callable[[Result], None]) -> Result:
        """Abort what still runs, ask once more, and say IN_PROGRESS when it goes on."""
        try:
            self._link.ask(self._soon(), "abort", ref=request.ref)
        except _TROUBLE as error:
            return doubt(request, f"the terminal still worked on it, then was lost: {error}")
        record = self._record(request, self._soon(), "the terminal was lost while it worked on it")
        if isinstance(record, Result):
            return record
        if record.state == FINAL and record.transaction is not None:
            return self._conclude(request, judge(request, record.transaction), commit)
        if record.state == RUNNING:
            return _in_progress(request)
        return self._not_found(request, record)

    def _enquire_until(self, request: Request, deadline: float, why: str) -> Result:
        """Ask until there is an answer; an approval that waits for ``ack`` is given back."""
        record = self._record(request, deadline, why)
        if (
            isinstance(record, Record)
            and record.transaction is not None
            and self.caps.commit_by_ack
            and not record.transaction.acked
            and record.transaction.outcome in _PAID
        ):
            self._link.drop()  # the terminal undoes it now, and can then be asked in earnest
            record = self._record(request, deadline, why)
        if isinstance(record, Result):
            return record
        if record.state == FINAL and record.transaction is not None:
            return judge(request, record.transaction)
        return _in_progress(request) if record.state == RUNNING else self._not_found(request, record)

    def _record(self, request: Request, deadline: float, why: str) -> Record | Result:
        """Ask for the record of a reference until ``deadline``; UNKNOWN when nobody answers."""
        last = ""
        while not self._closing.is_set():
            try:
                self._reach(deadline)
                reply = self._link.ask(self._capped(deadline), "enquire", ref=request.ref)
            except _TROUBLE as error:
                last = str(error)
            else:
                self._answered_at = self._now()
                if isinstance(reply, Record):
                    return reply
                last = "the terminal answered an enquiry with something else"
            if self._now() + self._waits.retry_s >= deadline:
                break
            self._closing.wait(self._waits.retry_s)
        return doubt(request, f"{why}; {last}" if last else why)

    def _not_found(self, request: Request, record: Record) -> Result:
        """Rule R9: not found means not processed only at the same, idle terminal."""
        expected = request.baseline.get("terminal_id") or self._terminal_id()
        if expected != self._terminal_id():
            return doubt(request, f"terminal {expected} was replaced by {self._terminal_id()}")
        if record.busy:
            return doubt(request, "the terminal is busy with another request")
        return Result(Outcome.NOT_PROCESSED, request.ref,
                      evidence="the terminal is idle and does not know the reference")

    # --- the link ---

    def _connect(self, deadline: float) -> None:
        self._hello = self._link.connect(deadline)
        self.caps = _capabilities(commit_by_ack=self._hello.commit_by_ack)
        self._answered_at = self._now()

    def _reach(self, deadline: float) -> State:
        """Return the terminal's state over a link that was just seen to work."""
        if self._closing.is_set():
            raise TransportError("the driver is closed")
        if self._link.connected:
            try:
                return self._state(self._capped(deadline))
            except _TROUBLE:
                self._link.drop()  # it went stale: begin anew
        self._connect(self._capped(deadline))
        return self._state(self._capped(deadline))

    def _state(self, deadline: float) -> State:
        state = self._link.ask(deadline, "status")
        if not isinstance(state, State):
            self._link.drop()
            raise ProtocolError("the terminal answered status with something else")
        self._answered_at = self._now()
        return state

    def _capped(self, deadline: float) -> float:
        return min(deadline, self._soon())

    def _soon(self) -> float:
        return self._now() + self._waits.answer_s

    def _terminal_id(self) -> str:
        return "" if self._hello is None else scrub(self._hello.terminal)

    def _healthy(self, reasons: tuple[str, ...] = ()) -> Status:
        model = "" if self._hello is None else scrub(self._hello.model)
        return Status(Health.READY, reasons, self._answered_at, f"{model} {self._terminal_id()}")


class _AbortBox:
    """Hands the wish to abort to the thread that runs the payment, and its answer back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = False
        self._answer: AbortAnswer | None = None

    def clear(self) -> None:
        with self._lock:
            self._wanted, self._answer = False, None

    def ask(self) -> None:
        with self._lock:
            self._wanted, self._answer = True, None

    def wanted(self) -> bool:
        with self._lock:
            return self._wanted

    def answer(self, answer: AbortAnswer) -> None:
        with self._lock:
            if self._wanted and self._answer is None:
                self._answer = answer

    def taken(self) -> AbortAnswer | None:
        with self._lock:
            return self._answer


def _in_progress(request: Request) -> Result:
    return Result(Outcome.IN_PROGRESS, request.ref, evidence="the terminal still works on it")


def _capabilities(*, commit_by_ack: bool) -> Capabilities:
    return Capabilities(
        abort=True, query_by_ref=True, query_last=True, reversal=True, refund=True, partial=True,
        reconcile=False, commit_by_ack=commit_by_ack, ref_len=REF_LEN,
        max_amount_minor=MAX_AMOUNT_MINOR,
    )


def _check(request: Request) -> None:
    """Refuse what the protocol cannot carry, before any byte. Raises NotSent."""
    if not 0 < request.amount_minor <= MAX_AMOUNT_MINOR:
        raise NotSent("the amount is out of the terminal's range")
    if not 0 < len(request.ref) <= REF_LEN or not request.ref.isascii():
        raise NotSent(f"the reference does not fit in {REF_LEN} ASCII characters")
    if request.op not in (Operation.PAYMENT, Operation.REFUND):
        raise NotSent("the terminal does not know this operation")
