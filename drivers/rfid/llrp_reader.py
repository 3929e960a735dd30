"""Driver of RFID readers that speak LLRP over TCP 5084 (Impinj, Zebra, and most fixed readers).

Tags are read only while an inventory was asked for: between two the field is off.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.base import Health, Status
from drivers.errors import (
    DeviceFault,
    DriverError,
    LocalProtocolError,
    ProtocolError,
    TransportError,
    TransportTimeout,
    Unplugged,
)
from drivers.rfid import llrp_messages as llrp
from drivers.rfid.base import Sighting, Tag
from drivers.rfid.inventory import Inventory
from drivers.rfid.llrp_wire import Frame, FrameReader, Message
from drivers.transports.base import Transport

READ_BYTES = 16_384
KEEP_ALIVE_MS = 1000
"""By them the reader notices that we are gone, and lets another client in."""
LATE_REPORT_S = 0.3
"""A report may come behind the event that says that the reading has ended."""
MAX_DURATION_S = 30.0
_ANSWERS = {Message.CLOSE_CONNECTION: Message.CLOSE_CONNECTION_RESPONSE}
"""Every other answer has the number of its question and ten."""


@dataclass(slots=True)
class _Heard:
    """What came in since the conversation began."""

    sightings: list[Sighting] = field(default_factory=list)
    greeting: llrp.ReaderEvent | None = None
    ended: bool = False
    overflow: bool = False


class LlrpReader:
    """An RfidReader; see there for its calls."""

    def __init__(
        self, transport: Transport, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._now = monotonic
        self._open = False
        self._answered_at: float | None = None
        self._detail = ""
        self._start_over()

    def _start_over(self) -> None:
        self._frames = FrameReader()
        self._heard = _Heard()
        self._waiting: dict[int, Frame] = {}
        self._version = 1
        self._ident = 0
        self._duration_ms = 0
        self._antennas_off: set[int] = set()

    def open(self, timeout_s: float) -> Status:
        """Connect, be greeted, and set the reader up; ABSENT with ``busy`` when another has it."""
        deadline = self._now() + timeout_s
        self.close()
        self._start_over()
        self._transport.open(timeout_s)
        try:
            greeting = self._greeting(deadline)
            if not greeting.connected:
                self._transport.close()
                reason = "busy" if greeting.busy else "no_answer"
                return Status(Health.ABSENT, (reason,), self._answered_at, self._detail)
            self._set_up(deadline)
        except DriverError:
            self._transport.close()
            raise
        self._open = True
        return self._status()

    def poll(self, timeout_s: float) -> Status:
        """Ask who it is, and hear what came meanwhile; ABSENT when it does not answer."""
        deadline = self._now() + timeout_s
        try:
            if not self._open:
                raise Unplugged("the reader is not connected")
            self._ask(Message.GET_READER_CONFIG, llrp.ask_identification(), deadline)
        except DeviceFault:
            return self._status()  # it does not tell who it is, and is there
        except TransportTimeout:
            self._give_up()
            return Status(Health.ABSENT, ("no_answer",), self._answered_at, self._detail)
        except (TransportError, ProtocolError) as error:
            self._give_up()
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, str(error))
        return self._status()

    def inventory(self, duration_s: float, timeout_s: float) -> tuple[Tag, ...]:
        """Read for ``duration_s`` and return every tag once, ordered by EPC."""
        if not 0 < duration_s <= MAX_DURATION_S:
            raise LocalProtocolError(f"a reading lasts at most {MAX_DURATION_S} s")
        deadline = self._now() + timeout_s
        try:
            return self._inventory(round(duration_s * 1000), deadline)
        except (TransportError, ProtocolError):
            self._give_up()
            raise

    def close(self) -> None:
        """Say good-bye when there is a connection, and disconnect; the ROSpec ends by itself."""
        if self._open:
            self._open = False
            farewell = Frame(self._version, Message.CLOSE_CONNECTION, self._next_ident())
            with contextlib.suppress(TransportError):  # it may have gone first
                self._transport.write(farewell.spell(), 0.2)
        self._transport.close()

    # --- conversations ---

    def _greeting(self, deadline: float) -> llrp.ReaderEvent:
        while self._heard.greeting is None:
            self._receive(deadline, "no greeting came: is this an LLRP reader?")
        return self._heard.greeting

    def _set_up(self, deadline: float) -> None:
        capabilities = self._ask(Message.GET_READER_CAPABILITIES, llrp.ask_capabilities(), deadline)
        self._detail = llrp.parse_capabilities(capabilities.body).detail
        self._ask(Message.DELETE_ROSPEC, llrp.rospec_ident(llrp.ALL_ROSPECS), deadline)
        self._ask(Message.SET_READER_CONFIG, llrp.set_config(KEEP_ALIVE_MS), deadline)

    def _inventory(self, duration_ms: int, deadline: float) -> tuple[Tag, ...]:
        if not self._open:
            raise Unplugged("the reader is not connected")
        this = llrp.rospec_ident(llrp.ROSPEC_ID)
        if self._duration_ms != duration_ms:
            if self._duration_ms:
                self._ask(Message.DELETE_ROSPEC, this, deadline)
            self._duration_ms = 0
            self._ask(Message.ADD_ROSPEC, llrp.add_rospec(duration_ms), deadline)
            self._ask(Message.ENABLE_ROSPEC, this, deadline)
            self._duration_ms = duration_ms
        self._heard = _Heard()
        self._ask(Message.START_ROSPEC, this, deadline)
        while not self._heard.ended:
            self._receive(deadline, "the reader did not end its reading")
        self._late_reports(deadline)
        if self._heard.overflow:
            raise DeviceFault("the reader lost reports: fewer tags at a time")
        inventory = Inventory()
        inventory.see(self._heard.sightings)
        if inventory.overflowed:
            raise DeviceFault("more tags than one reading may hold")
        return inventory.tags

    def _late_reports(self, deadline: float) -> None:
        if self._heard.sightings:
            return
        until = min(deadline, self._now() + LATE_REPORT_S)
        while not self._heard.sightings and self._now() < until:
            data = self._transport.read(READ_BYTES, max(0.0, until - self._now()))
            if not data:
                return
            self._take(data)

    def _ask(self, message: Message, body: bytes, deadline: float) -> Frame:
        """Send a question and return its answer, whose status is good."""
        ident = self._next_ident()
        question = Frame(self._version, message, ident, body)
        self._transport.write(question.spell(), max(0.0, deadline - self._now()))
        while ident not in self._waiting:
            self._receive(deadline, f"no answer to {message.name}")
        answer = self._waiting.pop(ident)
        llrp.check_status(message, answer.body)
        if answer.type != _ANSWERS.get(message, message + 10):
            raise DeviceFault(f"{message.name} was answered by message {answer.type}")
        return answer

    def _next_ident(self) -> int:
        self._ident = self._ident % 0xFFFF_FFFF + 1
        return self._ident

    # --- hearing ---

    def _receive(self, deadline: float, missing: str) -> None:
        left = deadline - self._now()
        data = self._transport.read(READ_BYTES, max(0.0, left))
        if not data and left <= 0:
            raise TransportTimeout(missing)
        self._take(data)

    def _take(self, data: bytes) -> None:
        for frame in self._frames.receive(data):
            self._answered_at = self._now()
            self._hear(frame)

    def _hear(self, frame: Frame) -> None:
        if frame.type == Message.KEEPALIVE:
            ack = Frame(frame.version, Message.KEEPALIVE_ACK, frame.ident)
            self._transport.write(ack.spell(), 1.0)
        elif frame.type == Message.RO_ACCESS_REPORT:
            self._heard.sightings += llrp.parse_report(frame.body)
        elif frame.type == Message.READER_EVENT_NOTIFICATION:
            self._hear_event(frame)
        elif frame.ident == self._ident and frame.type != Message.CUSTOM_MESSAGE:
            self._waiting = {frame.ident: frame}

    def _hear_event(self, frame: Frame) -> None:
        event = llrp.parse_event(frame.body)
        if event.connected is not None:
            self._heard.greeting = event
            self._version = frame.version
        if event.closing:
            raise Unplugged("the reader closes the connection")
        self._heard.ended |= event.rospec_ended
        self._heard.overflow |= event.overflow
        if event.antenna and event.antenna_connected:
            self._antennas_off.discard(event.antenna)
        elif event.antenna:
            self._antennas_off.add(event.antenna)

    def _give_up(self) -> None:
        self._open = False
        self._transport.close()

    def _status(self) -> Status:
        if self._antennas_off:
            return Status(Health.DEGRADED, ("antenna_off",), self._answered_at, self._detail)
        return Status(Health.READY, (), self._answered_at, self._detail)
