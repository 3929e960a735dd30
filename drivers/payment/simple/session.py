"""The standing relation to a terminal: who it is, whether it answers, what it remembers.

Nothing here asks for money, so everything here may be asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.card_numbers import scrub
from drivers.errors import ProtocolError, RemoteProtocolError, TransportError
from drivers.payment.base import Capabilities, Outcome, Request, Result
from drivers.payment.judge import PAID, doubt, in_progress, judge
from drivers.payment.simple.link import SimpleLink
from drivers.payment.simple.protocol import FINAL, RUNNING, Hello, Record, State
from drivers.payment.waits import TROUBLE, Asking, Silence, Waits
from drivers.transports.base import Transport

REF_LEN = 32
MAX_AMOUNT_MINOR = 10**9


class SimpleSession:
    """A link that is renewed when it went stale, and the questions without side effect."""

    def __init__(
        self,
        transport: Transport,
        waits: Waits,
        adopt: Callable[[Capabilities], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._adopt = adopt
        self.waits = waits
        self.link = SimpleLink(transport, monotonic)
        self.closing = threading.Event()
        self._now = monotonic
        self._hello: Hello | None = None
        self.answered_at: float | None = None
        """Monotonic seconds of the last answer."""

    def enquire(self, request: Request, deadline: float, why: str) -> Result:
        """Ask until there is an answer; an approval that waits for ``ack`` is given back."""
        record = self.record(request, deadline, why)
        if (
            isinstance(record, Record)
            and record.transaction is not None
            and self._commits_by_ack()
            and not record.transaction.acked
            and record.transaction.outcome in PAID
        ):
            self.link.drop()  # the terminal undoes it now, and can then be asked in earnest
            record = self.record(request, deadline, why)
        if isinstance(record, Result):
            return record
        if record.state == FINAL and record.transaction is not None:
            return judge(request, record.transaction)
        return in_progress(request) if record.state == RUNNING else self.not_found(request, record)

    def record(self, request: Request, deadline: float, why: str) -> Record | Result:
        """Ask for the record of a reference until ``deadline``; UNKNOWN when nobody answers."""
        found = Asking[Record](self.waits, self.closing, self._now).until(
            deadline, lambda: self._ask_for(request.ref, deadline)
        )
        if isinstance(found, Silence):
            return doubt(request, f"{why}; {found.why}" if found.why else why)
        return found

    def _ask_for(self, ref: str, deadline: float) -> Record:
        self.reach(deadline)
        reply = self.link.ask(self._capped(deadline), "enquire", ref=ref)
        self.answered_at = self._now()
        if not isinstance(reply, Record):
            raise RemoteProtocolError("the terminal answered an enquiry with something else")
        return reply

    def not_found(self, request: Request, record: Record) -> Result:
        """Rule R9: not found means not processed only at the same, idle terminal."""
        expected = request.baseline.get("terminal_id") or self.terminal_id()
        if expected != self.terminal_id():
            return doubt(request, f"terminal {expected} was replaced by {self.terminal_id()}")
        if record.busy:
            return doubt(request, "the terminal is busy with another request")
        return Result(
            Outcome.NOT_PROCESSED,
            request.ref,
            evidence="the terminal is idle and does not know the reference",
        )

    # --- the link ---

    def connect(self, deadline: float) -> None:
        """Connect and take over what the terminal says of itself. Raises a TransportError."""
        self._hello = self.link.connect(deadline)
        self._adopt(capabilities(commit_by_ack=self._hello.commit_by_ack))
        self.answered_at = self._now()

    def reach(self, deadline: float) -> State:
        """Return the terminal's state over a link that was just seen to work."""
        if self.closing.is_set():
            raise TransportError("the driver is closed")
        if self.link.connected:
            try:
                return self._state(self._capped(deadline))
            except TROUBLE:
                self.link.drop()  # it went stale: begin anew
        self.connect(self._capped(deadline))
        return self._state(self._capped(deadline))

    def _state(self, deadline: float) -> State:
        state = self.link.ask(deadline, "status")
        if not isinstance(state, State):
            self.link.drop()
            raise ProtocolError("the terminal answered status with something else")
        self.answered_at = self._now()
        return state

    def _capped(self, deadline: float) -> float:
        return min(deadline, self.soon())

    def _commits_by_ack(self) -> bool:
        return self._hello is not None and self._hello.commit_by_ack

    def soon(self) -> float:
        return self._now() + self.waits.answer_s

    def terminal_id(self) -> str:
        return "" if self._hello is None else scrub(self._hello.terminal)

    def healthy(self, reasons: tuple[str, ...] = ()) -> Status:
        """Return READY with the terminal's model and number."""
        model = "" if self._hello is None else scrub(self._hello.model)
        return Status(Health.READY, reasons, self.answered_at, f"{model} {self.terminal_id()}")


def capabilities(*, commit_by_ack: bool) -> Capabilities:
    return Capabilities(
        abort=True,
        query_by_ref=True,
        query_last=True,
        reversal=True,
        refund=True,
        partial=True,
        reconcile=True,
        commit_by_ack=commit_by_ack,
        ref_len=REF_LEN,
        max_amount_minor=MAX_AMOUNT_MINOR,
        answer_s=120.0,
    )
