"""The standing relation to a ZVT terminal: registered, and asked what it did last.

Over TCP every dialogue gets a connection of its own: on one that has gone stale the terminal would
approve and the cash register never hear of it.  Nothing here asks for money.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.base import Health, Status
from drivers.errors import RemoteProtocolError, TransportError, TransportTimeout
from drivers.payment.base import Outcome, Request, Result
from drivers.payment.judge import doubt, in_progress
from drivers.payment.waits import TROUBLE, Asking, Silence, Waits
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.conversation import Conversation, Ending
from drivers.payment.zvt.dialogue import Accepted, Refused
from drivers.payment.zvt.elements import digits, parse_bitmaps, parse_counted
from drivers.payment.zvt.receipts import KnownReceipts
from drivers.payment.zvt.requests import Requests
from drivers.payment.zvt.status import StatusInformation, text_of
from drivers.payment.zvt.tables import (
    ERRORS,
    NOT_POSSIBLE,
    NOT_REGISTERED,
    OK,
    PLEASE_WAIT,
    Bmp,
    Command,
)
from drivers.payment.zvt.verdict import baseline_of, judge_last
from drivers.payment.zvt.wire import ApduWire


@dataclass(frozen=True, slots=True)
class State:
    """What a terminal says of itself (05 01)."""

    code: int
    version: str

    @property
    def busy(self) -> bool:
        """True while it works on something."""
        return self.code == PLEASE_WAIT


class ZvtSession:
    """A terminal that is reached, registered and asked."""

    def __init__(
        self,
        wire: ApduWire,
        requests: Requests,
        receipts: KnownReceipts,
        waits: Waits,
        monotonic: Callable[[], float],
    ) -> None:
        self.talk = Conversation(wire, waits.answer_s, monotonic)
        self.requests = requests
        self.receipts = receipts
        self.waits = waits
        self.closing = threading.Event()
        self._wire = wire
        self.monotonic = monotonic
        self._tells_state = True
        self._repeats = True
        self.registered = False
        """False when the terminal said that it does not know us."""
        self.terminal_id = ""
        self.version = ""
        self.answered_at: float | None = None
        """Monotonic seconds of the last answer."""

    # --- the link ---

    def connect(self, deadline: float) -> None:
        """Connect, unless we are. Raises a TransportError."""
        if self.closing.is_set():
            raise TransportError("the driver is closed")
        if not self._wire.is_open:
            self.talk.open(self._capped(deadline, self.waits.connect_s))

    def state(self, deadline: float) -> State:
        """Connect, and ask how the terminal is. Raises a TransportError or ProtocolError.

        One that is silent when asked (05 01) is registered instead, which it must answer.
        """
        self.connect(deadline)
        if not self._tells_state:
            return self._register(deadline)
        half = self.monotonic() + (deadline - self.monotonic()) / 2
        try:
            return self._enquire_state(half)
        except TransportTimeout:
            self.connect(deadline)
            state = self._register(deadline)
        self._tells_state = False
        return state

    def ready(self, deadline: float, *, anew: bool = False) -> State:
        """Connect, and register unless the terminal knows us already.

        ``anew`` registers in any case: the terminal may have been switched off since.  Raises a
        TransportError or ProtocolError.
        """
        stale = self._wire.is_open
        self.connect(deadline)
        if self.registered and not anew:
            return State(OK, self.version)
        try:
            return self._register(deadline)
        except TROUBLE:
            if not stale:
                raise
        self.connect(deadline)
        return self._register(deadline)

    def leave(self) -> None:
        """A dialogue is over: a connection is closed, a serial line stays."""
        if not self._wire.lasting:
            self.talk.drop()

    def _enquire_state(self, deadline: float) -> State:
        ending = self._run(self.requests.status_enquiry(), deadline)
        if ending.error == NOT_POSSIBLE:
            return State(OK, self.version)  # it has no such command, and answered
        if ending.completed is None:
            return State(ending.error, self.version)
        data = ending.completed
        if data[:1] >= b"\xf0":
            version, data = parse_counted(data)
            self.version = text_of(version)
        return State(data[0] if data else OK, self.version)

    def _register(self, deadline: float) -> State:
        ending = self._run(self.requests.registration(), deadline)
        if ending.error == PLEASE_WAIT:
            return State(PLEASE_WAIT, self.version)
        if ending.completed is None:
            raise RemoteProtocolError(f"the terminal refused: {error_text(ending.error)}")
        told = parse_bitmaps(ending.completed)
        if Bmp.TERMINAL_ID in told:
            self.terminal_id = digits(told[Bmp.TERMINAL_ID])
        self.registered = True
        return State(OK, self.version)

    def _run(self, command: Apdu, deadline: float) -> Ending:
        ending = self.talk.run(command, self._capped(deadline, self.waits.answer_s))
        self.answered_at = self.monotonic()
        if ending.error == NOT_REGISTERED:
            self.registered = False
        return ending

    def _capped(self, deadline: float, limit_s: float) -> float:
        return min(deadline, self.monotonic() + limit_s)

    def soon(self) -> float:
        """Return the deadline of something that is answered at once."""
        return self.monotonic() + self.waits.answer_s

    # --- questions ---

    def last(self, deadline: float) -> StatusInformation | None:
        """Return the last transaction (06 20); None when the terminal does not tell it."""
        ending = self._run(self.requests.repeat_receipt(), deadline)
        if ending.error in (PLEASE_WAIT, NOT_REGISTERED):
            raise RemoteProtocolError(f"the terminal says: {error_text(ending.error)}")
        return ending.statuses[-1] if ending.completed is not None and ending.statuses else None

    def baseline(self, deadline: float) -> Mapping[str, str]:
        """Return the marks to store before a request; the terminal is ready.

        One that is silent when asked (06 20) is not asked again, and its payments cannot be proved.
        What the terminal did last is settled by now, so it may be told that we know of it (1F1F).
        """
        try:
            last = self.last(deadline) if self._repeats else None
        except TransportTimeout:
            self._repeats, last = False, None
        if last is not None:
            self.terminal_id = self.terminal_id or last.terminal_id
            self.receipts.note(self.terminal_id, last)
        return baseline_of(self.terminal_id, last)

    def enquire(self, request: Request, deadline: float, why: str) -> Result:
        """Ask what became of an attempt until somebody answers (rules R4, R8 and R9)."""
        found = Asking[Result](self.waits, self.closing, self.monotonic).until(
            deadline, lambda: self._ask_about(request, deadline)
        )
        self.leave()
        if isinstance(found, Silence):
            return doubt(request, f"{why}; {found.why}" if found.why else why)
        return found

    def _ask_about(self, request: Request, deadline: float) -> Result:
        if self.state(deadline).busy or self.ready(deadline).busy:
            return in_progress(request)
        last = self.last(deadline)
        found = judge_last(request, self.terminal_id, last)
        if last is not None and found.outcome is Outcome.APPROVED:
            self.receipts.note(self.terminal_id or last.terminal_id, last)
        return found

    def stop(self, deadline: float) -> bool:
        """Stop what runs and was begun by somebody else (06 B0); True when it is being stopped."""
        self.talk.begin(Apdu(Command.ABORT_REQUEST), deadline, again=True)
        try:
            while (event := self.talk.next(deadline)) is not None:
                if isinstance(event, Accepted | Refused):
                    return isinstance(event, Accepted)
        finally:
            self.talk.drop()  # the end of what ran is asked for, not listened to
        return False

    # --- health ---

    def health(self, state: State) -> Status:
        """Return what the terminal says of itself in our words."""
        told = "" if state.code in (OK, PLEASE_WAIT) else error_text(state.code)
        detail = " ".join(word for word in (self.version, self.terminal_id, told) if word)
        return Status(Health.READY, ("busy",) if state.busy else (), self.answered_at, detail)


def error_text(code: int) -> str:
    """Return an error of the terminal in words."""
    return ERRORS.get(code, f"error {code:02X}")
