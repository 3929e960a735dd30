"""The standing relation to a nexo terminal: how messages reach it, who it is, what it remembers.

Nothing here asks for money, so everything here may be asked again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from drivers.base import Health, Status
from drivers.card_numbers import scrub
from drivers.errors import DeviceFault, RemoteProtocolError
from drivers.payment.base import Outcome, Progress, Request, Result
from drivers.payment.judge import doubt, in_progress, judge
from drivers.payment.nexo.answers import (
    Answer,
    Found,
    NotDone,
    NotFound,
    StillRunning,
    check_header,
    read_health,
    read_result,
    read_reversal_status,
    read_status,
)
from drivers.payment.nexo.envelope import REQUEST, RESPONSE, Envelope
from drivers.payment.nexo.json_text import Tree
from drivers.payment.nexo.prompts import answer_prompt, read_prompt
from drivers.payment.nexo.requests import SERVICE_ID_MAX, Identity, Requests, Software
from drivers.payment.waits import TROUBLE, Asking, Silence, Waits
from drivers.transports.http import Connect, HttpAnswer, HttpChannel, HttpExchange

RETENTION = timedelta(hours=48)
"""How long a terminal certainly remembers; later, NotFound proves nothing (rule R9)."""
CALLS_PER_SECOND = 64
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How terminals of one make are spoken to."""

    target: str
    envelope: Envelope
    login: bool
    """A session is opened by Login before anything else, and tells the serial number."""
    version: str = "3.1"


class NexoSession:
    """Questions without side effect, each on a connection of its own."""

    def __init__(
        self,
        connect: Connect,
        identity: Identity,
        dialect: Dialect,
        now: Callable[[], datetime],
        *,
        waits: Waits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = Requests(identity, dialect.version)
        self.waits = waits
        self.closing = threading.Event()
        self.answered_at: float | None = None
        """Monotonic seconds of the last answer."""
        self.running_ref = ""
        """What the terminal was last known to work on."""
        self._identity = identity
        self._dialect = dialect
        self._wall = now
        self._now = monotonic
        self._channel = HttpChannel(connect, monotonic=monotonic)
        self._asking: Asking[Answer] = Asking(waits, self.closing, monotonic)
        self._asking_reversal: Asking[Answer | bool] = Asking(waits, self.closing, monotonic)
        self._waiting: set[HttpExchange] = set()
        self._serial_number = ""
        self._calls = int(now().timestamp()) * CALLS_PER_SECOND

    # --- messages ---

    def begin(self, message: Mapping[str, Any], deadline: float) -> HttpExchange:
        """Send a request. Raises a TransportError; its ``bytes_sent`` is 0 when nothing left."""
        body = self._dialect.envelope.pack(REQUEST, message)
        exchange = self._channel.begin(
            "POST",
            self._dialect.target,
            body,
            connect_s=self.waits.connect_s,
            deadline=deadline,
        )
        self._waiting.add(exchange)
        if self.closing.is_set():
            exchange.close()
        return exchange

    def end(self, exchange: HttpExchange) -> None:
        """Wait no more for the answer to a request."""
        self._waiting.discard(exchange)
        exchange.close()

    def close(self) -> None:
        """Ask no more, and wake whoever waits for an answer."""
        self.closing.set()
        for exchange in tuple(self._waiting):
            exchange.close()

    def read(self, answer: HttpAnswer, category: str) -> tuple[str, Tree]:
        """Return ServiceID and message of an answer that is for us. Raises RemoteProtocolError."""
        if answer.status != 200:
            raise RemoteProtocolError(f"the terminal answered HTTP {answer.status}")
        message = self._dialect.envelope.unpack(RESPONSE, answer.body)
        service_id = check_header(message, self._identity, category)
        self.answered_at = self._now()
        return service_id, message

    def raw(self, message: Mapping[str, Any], deadline: float) -> HttpAnswer:
        """Send a request and return its answer unread. Raises one of TROUBLE."""
        answer = self._exchange(message, deadline)
        self.answered_at = self._now()
        return answer

    def ask(self, message: Mapping[str, Any], deadline: float) -> Tree:
        """Send a request and return its answer. Raises one of TROUBLE."""
        header = message["MessageHeader"]
        said, tree = self.read(self._exchange(message, deadline), header["MessageCategory"])
        if said != header["ServiceID"]:
            raise RemoteProtocolError("an answer to another question")
        return tree

    def _exchange(self, message: Mapping[str, Any], deadline: float) -> HttpAnswer:
        if self.closing.is_set():
            raise RemoteProtocolError("the driver is closed")
        exchange = self.begin(message, deadline)
        try:
            answer = exchange.receive(deadline)
        finally:
            self.end(exchange)
        if answer is None:
            raise RemoteProtocolError("the terminal did not answer in time")
        return answer

    def hear(self, body: bytes) -> tuple[Progress | None, bytes]:
        """Read what the terminal sent by itself, and answer it. Raises RemoteProtocolError."""
        message = self._dialect.envelope.unpack(REQUEST, body)
        if message.text("MessageHeader", "POIID") != self._identity.poi_id:
            raise RemoteProtocolError("a message from another terminal")
        answer = answer_prompt(message)
        packed = b"" if answer is None else self._dialect.envelope.pack(RESPONSE, answer)
        return read_prompt(message), packed

    def rejects(self, body: bytes) -> bool:
        """Tell whether an answer to an abort is the event that rejects it."""
        try:
            message = self._dialect.envelope.unpack(REQUEST, body)
        except RemoteProtocolError:
            return False
        return message.text("EventNotification", "EventToNotify") == "Reject"

    def service_id(self) -> str:
        """Return an identification that no message of this till had in the last days."""
        self._calls += 1
        number, digits = self._calls, ""
        while number and len(digits) < SERVICE_ID_MAX - 1:
            number, rest = divmod(number, 36)
            digits = _BASE36[rest] + digits
        return "Q" + digits

    def stamp(self) -> str:
        """Return the time as nexo writes it."""
        return self._wall().astimezone(UTC).isoformat(timespec="milliseconds")

    # --- the terminal ---

    def reach(self, deadline: float) -> Status:
        """Log in where that is the custom, and ask how the terminal is.

        Raises one of TROUBLE, and DeviceFault when the terminal wants no session with us.
        """
        deadline = min(deadline, self._now() + self.waits.connect_s + self.waits.answer_s)
        if self._dialect.login:
            message = self.ask(
                self.requests.login(self.service_id(), Software(), self.stamp()), deadline
            )
            _refuse(read_result(message, "LoginResponse"))
            self._serial_number = message.text(
                "LoginResponse", "POISystemData", "POITerminalData", "POISerialNumber"
            )
        return self.status(deadline)

    def status(self, deadline: float) -> Status:
        """Ask how the terminal is. Raises one of TROUBLE, and DeviceFault when it fails."""
        message = self.ask(self.requests.diagnosis(self.service_id()), deadline)
        _refuse(read_result(message, "DiagnosisResponse"))
        health, reasons = read_health(message)
        return Status(health, reasons, self.answered_at, f"nexo {self.terminal_id()}")

    def terminal_id(self) -> str:
        """Return who the terminal is: POIID, and the serial number where Login told it."""
        return scrub("/".join(filter(None, (self._identity.poi_id, self._serial_number))))

    def marks(self, deadline: float) -> Mapping[str, str]:
        """Return what an attempt remembers of the terminal: who, and when. Raises as ``reach``."""
        if self._dialect.login and not self._serial_number:
            self.reach(deadline)
        return {"terminal_id": self.terminal_id(), "at": self.stamp()}

    # --- what became of an attempt ---

    def enquire(self, request: Request, deadline: float, why: str) -> Result:
        """Ask until there is an answer; UNKNOWN when nobody answers."""
        if request.reversal_ref:
            return self._enquire_reversal(request, deadline, why)
        answer = self._asking.until(deadline, lambda: self.once(request, deadline))
        if isinstance(answer, Silence):
            return doubt(request, f"{why}; {answer.why}")
        return self.conclude(request, answer, deadline)

    def once(self, request: Request, deadline: float) -> Answer:
        """Ask once. Raises one of TROUBLE."""
        until = min(deadline, self._now() + self.waits.connect_s + self.waits.answer_s)
        message = self.requests.status(self.service_id(), "Payment", request.ref)
        return read_status(request, self.ask(message, until))

    def conclude(self, request: Request, answer: Answer, deadline: float) -> Result:
        """Return what an answer proves."""
        self.running_ref = request.ref if isinstance(answer, StillRunning) else ""
        match answer:
            case Found(said):
                return judge(request, said)
            case NotDone(condition, text):
                return Result(
                    Outcome.NOT_PROCESSED,
                    request.ref,
                    native_code=scrub(condition),
                    native_text=scrub(text),
                )
            case StillRunning(ref):
                if ref in ("", request.ref):
                    return in_progress(request)
                return doubt(request, "the terminal is busy with another request")
            case NotFound():
                return self._not_found(request, deadline)
        return doubt(request, answer.why)

    def _not_found(self, request: Request, deadline: float) -> Result:
        """Rule R9: not found means not processed only at the same idle terminal, soon enough."""
        try:
            status = self.reach(max(deadline, self._now() + self.waits.answer_s))
        except (*TROUBLE, DeviceFault) as error:
            return doubt(request, f"not found, and then lost: {error}")
        expected = request.baseline.get("terminal_id") or self.terminal_id()
        if expected != self.terminal_id():
            return doubt(request, f"terminal {expected} was replaced by {self.terminal_id()}")
        if status.health is not Health.READY or status.reasons:
            return doubt(request, "not found, but the terminal is not idle")
        if self._forgotten(request.baseline.get("at", "")):
            return doubt(request, "the terminal may have forgotten it by now")
        return Result(
            Outcome.NOT_PROCESSED,
            request.ref,
            evidence="the terminal is idle and does not know the reference",
        )

    def _forgotten(self, at: str) -> bool:
        try:
            return bool(at) and self._wall() - datetime.fromisoformat(at) > RETENTION
        except (ValueError, TypeError):
            return True

    def _enquire_reversal(self, request: Request, deadline: float, why: str) -> Result:
        """Ask what became of a reversal: REVERSED, DECLINED (certainly not) or UNKNOWN."""

        def once() -> Answer | bool:
            message = self.requests.status(self.service_id(), "Reversal", request.reversal_ref)
            return read_reversal_status(self.ask(message, deadline))

        answer = self._asking_reversal.until(deadline, once)
        if answer is True:
            return Result(Outcome.REVERSED, request.ref)
        if isinstance(answer, NotDone):
            return Result(Outcome.DECLINED, request.ref, native_code=scrub(answer.condition))
        if isinstance(answer, NotFound):
            found = self._not_found(request, deadline)
            if found.outcome is Outcome.NOT_PROCESSED:
                return Result(Outcome.DECLINED, request.ref, evidence=found.evidence)
            return found
        return doubt(request, f"{why}; {answer.why}" if isinstance(answer, Silence) else why)


def _refuse(why: NotDone | None) -> None:
    if why is not None:
        raise DeviceFault(scrub(f"the terminal refuses: {why.condition} {why.text}"))
