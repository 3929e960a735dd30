"""What all Concert terminals have in common: a request leaves once, and its answer is waited for.

The till cannot stop a terminal: the customer or the cashier presses its red key.  When our time is
up before the terminal's, the request stays pending and the channel stays open; ``IN_PROGRESS`` says
so, and the next enquiry goes on listening (rule R4).  What each protocol can find out beyond that
is for its driver to say.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.base import Health, Status
from drivers.card_numbers import scrub
from drivers.errors import DeviceFault, NotSent, TransportError, Unplugged
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    Outcome,
    Progress,
    Request,
    Result,
    Totals,
)
from drivers.payment.concert.channel import BodyRefused, Channel, Timing
from drivers.payment.judge import PAID, check_sendable, doubt, in_progress
from drivers.payment.waits import TROUBLE, Waits, absent

MAX_UNCLAIMED = 16
"""Late answers that are kept; a terminal gives one to each request that we gave up."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that left and was not answered."""

    request: Request
    since: float
    """Monotonic seconds."""


class ConcertTerminal(ABC):
    """A PaymentTerminal (see there for its calls) over one channel; one request at a time."""

    caps: Capabilities

    def __init__(
        self, channel: Channel, waits: Waits, timing: Timing, monotonic: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._waits = waits
        self._timing = timing
        self._now = monotonic
        self._turn = threading.Lock()
        self._closing = threading.Event()
        self._pending: Pending | None = None
        self._answered_at: float | None = None
        self._unclaimed: tuple[bytes, ...] = ()
        """Answers that came when nobody listened for them."""
        self._told: dict[str, Result] = {}
        """Clear answers by reference: who asks again, or pays again, is told the same."""

    # --- for each protocol to say ---

    @abstractmethod
    def _body(self, request: Request) -> bytes:
        """Return the message that asks for the money. Raises NotSent when it cannot carry it."""

    @abstractmethod
    def _judge(self, request: Request, answers: tuple[bytes, ...]) -> Result:
        """Return what the answers to ``_body`` say."""

    @abstractmethod
    def _cancellation(self, original: Request, poi_transaction_id: str, ref: str) -> bytes:
        """Return the message that undoes a payment. Raises NotSent when there is none."""

    @abstractmethod
    def _judge_cancellation(
        self, original: Request, sent: bytes, answers: tuple[bytes, ...]
    ) -> Result:
        """Return REVERSED, DECLINED (certainly not undone) or UNKNOWN."""

    @abstractmethod
    def _probe(self, deadline: float) -> str:
        """Ask who is there and return it, with no side effect. Raises one of TROUBLE."""

    @abstractmethod
    def _find_out(self, request: Request, deadline: float, why: str) -> Result:
        """Find out what became of a request that nobody will answer any more."""

    @abstractmethod
    def _names(self, request: Request, answer: bytes) -> bool:
        """Tell whether a late answer says by itself that it belongs to the request."""

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """See that the terminal answers. Raises a TransportError or ProtocolError."""
        with self._turn:
            self._closing.clear()
            deadline = self._now() + timeout_s
            try:
                return self._healthy(deadline)
            except Unplugged:  # a channel may have gone stale: begin anew
                return self._healthy(deadline)

    def status(self, timeout_s: float) -> Status:
        """Ask how the terminal is; ABSENT when it does not answer."""
        with self._turn:
            try:
                return self._healthy(self._now() + timeout_s)
            except TROUBLE as error:
                return absent(error, self._answered_at)

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return nothing: the protocol has no mark of the last transaction."""
        del timeout_s
        return {}

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Return UNSUPPORTED: only the terminal's red key stops it."""
        del timeout_s
        return AbortAnswer.UNSUPPORTED

    def reconcile(self, timeout_s: float) -> Totals:
        """Raise DeviceFault: the protocol tells no totals."""
        del timeout_s
        raise DeviceFault("the terminal tells no totals to the till")

    def close(self) -> None:
        """Disconnect; wakes a call that waits in another thread."""
        self._closing.set()
        self._channel.close()

    def _healthy(self, deadline: float) -> Status:
        """Ask, unless that would hang up on the answer that is due."""
        if self._pending is not None:
            return Status(Health.READY, ("busy",), self._answered_at)
        who = self._probe(deadline)
        self._answered_at = self._now()
        return Status(Health.READY, (), self._answered_at, scrub(who))

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
        body = self._body(request)
        with self._turn:
            self._settle_earlier()
            result = self._told.get(request.ref) or self._pay(request, body, on_progress, deadline)
            if result.outcome in PAID:
                commit(result)
            return result

    def _pay(
        self,
        request: Request,
        body: bytes,
        on_progress: Callable[[Progress], None],
        deadline: float,
    ) -> Result:
        """Send once and wait for the answer."""
        try:
            self._send(body, deadline)
        except BodyRefused as error:
            return Result(Outcome.NOT_PROCESSED, request.ref, evidence=scrub(str(error)))
        except TROUBLE as error:
            return self._recover(request, f"lost while sending: {error}")
        self._pending = Pending(request, self._now())
        on_progress(Progress("insert_card"))
        return self._hear(request, deadline)

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Undo a payment: REVERSED, DECLINED (certainly not undone) or UNKNOWN."""
        deadline = self._now() + timeout_s
        with self._turn:
            try:
                sent = self._cancellation(original, poi_transaction_id, ref)
                self._settle_earlier()
                self._send(sent, deadline)
            except (NotSent, BodyRefused) as error:
                return Result(Outcome.DECLINED, ref, evidence=scrub(f"not sent: {error}"))
            except TROUBLE as error:
                return doubt(original, f"lost while cancelling: {error}")
            try:
                answers = self._channel.receive(deadline)
            except TROUBLE as error:
                return doubt(original, f"lost while cancelling: {error}")
            finally:
                self._channel.finish()
            return self._judge_cancellation(original, sent, answers)

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Listen for an answer that is still due, then ask what the protocol lets one ask.

        Never causes a charge, and never acknowledges one.
        """
        deadline = self._now() + timeout_s
        with self._turn:
            if self._pending is None:
                return self._late(request) or self._find_out(request, deadline, "no answer came")
            if self._pending.request.ref == request.ref:
                return self._hear(request, deadline)
            return self._late(request) or doubt(request, "the terminal works on another request")

    # --- how a request runs ---

    def _send(self, body: bytes, deadline: float) -> None:
        """Open the channel and send a body, once.

        Raises NotSent when certainly no byte of it left, else one of TROUBLE.
        """
        try:
            self._channel.open(min(deadline, self._now() + self._waits.connect_s))
        except TROUBLE as error:
            raise NotSent(f"the terminal is not there: {error}") from error
        try:
            self._channel.send(body, deadline)
        except BodyRefused:
            self._channel.finish()
            raise
        except TROUBLE as error:
            self._channel.finish()
            if isinstance(error, TransportError) and error.bytes_sent == 0:
                raise NotSent(f"no byte left: {error}") from error
            raise

    def _hear(self, request: Request, deadline: float) -> Result:
        """Wait for the answer to the pending request."""
        try:
            answers = self._channel.receive(deadline)
        except TROUBLE as error:
            return self._recover(request, f"the link was lost: {error}")
        if not answers:
            if self._is_overdue():
                return self._recover(request, "the terminal gave no result")
            return in_progress(request)
        return self._take(request, answers)

    def _take(self, request: Request, answers: tuple[bytes, ...]) -> Result:
        """Judge what was answered to the pending request, which is over now."""
        self._pending = None
        self._channel.finish()
        self._answered_at = self._now()
        result = self._remember(self._judge(request, answers))
        if result.outcome is Outcome.UNKNOWN:
            self._keep(answers)  # one may belong to an earlier request
        return result

    def _recover(self, request: Request, why: str) -> Result:
        """Give up waiting, and ask instead."""
        self._pending = None
        self._channel.finish()
        return self._find_out(request, self._now() + self._waits.recover_s, why)

    def _settle_earlier(self) -> None:
        """See that no earlier request still runs: the terminal does one thing at a time (R7).

        Raises NotSent while it does.
        """
        if self._pending is None:
            return
        request = self._pending.request
        try:
            answers = self._channel.receive(self._now())
        except TROUBLE:
            self._pending = None
            self._channel.finish()
            return
        if not answers and not self._is_overdue():
            raise NotSent("the terminal still works on an earlier request")
        self._take(request, answers)

    def _keep(self, answers: tuple[bytes, ...]) -> None:
        """Keep answers that nobody waits for now."""
        self._unclaimed = (*self._unclaimed, *answers)[-MAX_UNCLAIMED:]

    def _unclaimed_of(self, request: Request) -> tuple[bytes, ...]:
        self._keep(self._channel.strays())
        return tuple(answer for answer in self._unclaimed if self._names(request, answer))

    def _late(self, request: Request) -> Result | None:
        """Return what was heard of a request; None when nothing was."""
        if request.ref in self._told:
            return self._told[request.ref]
        answers = self._unclaimed_of(request)
        return self._remember(self._judge(request, answers)) if answers else None

    def _remember(self, result: Result) -> Result:
        if result.outcome is not Outcome.UNKNOWN:
            self._told[result.ref] = result
            if len(self._told) > MAX_UNCLAIMED:
                del self._told[next(iter(self._told))]
        return result

    def _is_overdue(self) -> bool:
        pending = self._pending
        return pending is not None and self._now() - pending.since >= self._timing.pending_s
