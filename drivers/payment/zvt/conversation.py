"""Dialogues over a wire, with their times: T3 for the answer to a command, T4 for what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.errors import RemoteProtocolError, TransportError, TransportTimeout
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.dialogue import (
    Aborted,
    Completed,
    Dialogue,
    Event,
    Intermediate,
    Printed,
    Refused,
    Status,
    Strange,
    reply,
)
from drivers.payment.zvt.printing import PrintedLines
from drivers.payment.zvt.status import StatusInformation
from drivers.payment.zvt.tables import NOT_POSSIBLE
from drivers.payment.zvt.wire import ApduWire

T4_S = 180.0
MAX_T4_S = 900.0
MAX_MESSAGES = 2000
"""Messages in one dialogue: more is a terminal gone wild."""


@dataclass(slots=True)
class Ending:
    """How a dialogue without decisions went. Exactly one of the first three is told."""

    refused: int | None = None
    completed: bytes | None = None
    aborted: int | None = None
    statuses: list[StatusInformation] = field(default_factory=list)
    printed: list[PrintedLines] = field(default_factory=list)

    @property
    def error(self) -> int:
        """The error that ended it, 0 when it was completed."""
        return self.refused if self.refused is not None else self.aborted or 0


class Conversation:
    """One dialogue after the other; see ``Dialogue`` for what may follow what."""

    def __init__(self, wire: ApduWire, answer_s: float, monotonic: Callable[[], float]) -> None:
        self._wire = wire
        self._answer_s = answer_s
        self._now = monotonic
        self._dialogue = Dialogue()
        self._limit = 0.0
        self._messages = 0

    def open(self, deadline: float) -> None:
        """Connect and begin anew. Raises a TransportError."""
        self._wire.open(deadline)
        self._dialogue = Dialogue()

    def begin(self, command: Apdu, deadline: float, *, again: bool) -> None:
        """Send a command. Raises a TransportError with ``bytes_sent``, a ProtocolError."""
        while self._wire.receive(self._now()) is not None:
            self._count()  # what an earlier dialogue left behind
        self._messages = 0
        self._wire.send(self._dialogue.begin(command), deadline, again=again)
        self._limit = self._now() + self._answer_s

    def next(self, deadline: float) -> Event | None:
        """Return what comes next, None at ``deadline``; what has no meaning is answered here.

        Raises TransportTimeout when the terminal is silent for longer than T3 or T4 allows.
        """
        while True:
            apdu = self._wire.receive(min(deadline, self._limit))
            if apdu is None:
                if self._now() >= self._limit:
                    self.drop()
                    raise TransportTimeout("the terminal fell silent")
                return None
            self._count()
            try:
                event = self._dialogue.receive(apdu)
            except RemoteProtocolError:
                self.drop()
                raise
            self._limit = self._now() + _t4(event)
            if not isinstance(event, Strange):
                return event
            self.reply(NOT_POSSIBLE)

    def reply(self, code: int = 0) -> None:
        """Answer the terminal's message. Raises a TransportError."""
        self._wire.send(reply(code), self._soon(), again=True)

    def stop(self) -> None:
        """Ask the terminal to stop what runs (06 B0). Raises a TransportError."""
        self._wire.send(self._dialogue.stop(), self._soon(), again=True)

    def run(self, command: Apdu, deadline: float, *, again: bool = True) -> Ending:
        """Carry out a whole dialogue, and agree to everything that is said in it.

        Raises a TransportError or ProtocolError; the wire is dropped then.
        """
        self.begin(command, deadline, again=again)
        ending = Ending()
        while True:
            event = self.next(deadline)
            match event:
                case None:
                    self.drop()
                    raise TransportTimeout(f"the terminal did not finish {command}")
                case Refused(code):
                    ending.refused = code
                    return ending
                case Status(information):
                    ending.statuses.append(information)
                case Printed(lines):
                    ending.printed.append(lines)
                case Completed(data):
                    ending.completed = data
                case Aborted(code):
                    ending.aborted = code
                case Intermediate():
                    pass
                case _:
                    continue
            self._agree(ended=ending.completed is not None or ending.aborted is not None)
            if ending.completed is not None or ending.aborted is not None:
                return ending

    def _agree(self, *, ended: bool) -> None:
        """Answer; that the answer to the last message is lost changes nothing any more."""
        try:
            self.reply()
        except TransportError:
            if not ended:
                raise

    def drop(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._wire.drop()

    def _soon(self) -> float:
        return self._now() + self._answer_s

    def _count(self) -> None:
        self._messages += 1
        if self._messages > MAX_MESSAGES:
            self.drop()
            raise RemoteProtocolError("a dialogue without end")


def _t4(event: Event) -> float:
    if isinstance(event, Intermediate) and event.timeout_minutes:
        return min(MAX_T4_S, 60.0 * event.timeout_minutes)
    return T4_S
