"""What goes on in a simulated RFID reader: ROSpecs, inventories, reports, keep-alives (LLRP)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from drivers.errors import RemoteProtocolError
from drivers.rfid import reader_side as answers
from drivers.rfid.field import Reading, TagField
from drivers.rfid.llrp_wire import Frame, Message, Parameter, first, unpacked
from drivers.rfid.reader_side import ACTIVE, DISABLED, INACTIVE, RoSpec

MAX_ROSPECS = 8
ROUND_S = 0.05
"""One inventory round."""
EPOCH_US = 1_767_225_600_000_000
"""The simulated reader was switched on at 2026-01-01: its clock is its own."""
CATCH_UP_S = 10.0
"""Rounds that nobody waited for are left out beyond this."""
Say = Callable[[bytes], None]


class Refused(Exception):
    """A request that cannot be carried out: a status code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


class ReaderEngine:
    """One client's conversation; a new client gets a new one.

    ``say`` sends bytes to the client. ``advance`` does what time has brought.
    """

    def __init__(
        self, field: TagField, monotonic: Callable[[], float], say: Say, version: int
    ) -> None:
        self.antenna = True
        self.inventories = 0
        self._field = field
        self._now = monotonic
        self._say = say
        self._version = version
        self._started_at = monotonic()
        self._rospecs: dict[int, RoSpec] = {}
        self._seen: dict[str, Reading] = {}
        self._active: RoSpec | None = None
        self._began = self._round_at = self._report_at = 0.0
        self._keep_alive_s = self._keep_alive_at = 0.0
        self._ident = 0

    @property
    def reading(self) -> bool:
        """An inventory is going on."""
        return self._active is not None

    def greet(self, code: int) -> None:
        """Say whether the connection is the client's."""
        self._notify(answers.connection_attempt(code))

    def antenna_changed(self, *, connected: bool) -> None:
        """An antenna was plugged in or pulled out."""
        self.antenna = connected
        self._notify(answers.antenna_event(connected=connected))

    def serve(self, frame: Frame) -> None:
        """Carry a message out and answer it."""
        if frame.type in (Message.KEEPALIVE_ACK, Message.ENABLE_EVENTS_AND_REPORTS):
            return
        if frame.type == Message.GET_REPORT:
            if self._active is not None:
                self._report(self._active)
            return
        act = ACTS.get(frame.type)
        if act is None:
            words = f"message {frame.type} is not known"
            body = answers.status(answers.UNSUPPORTED_MESSAGE, words)
            self._send(Message.ERROR_MESSAGE, body, frame.ident)
            return
        closes = frame.type == Message.CLOSE_CONNECTION
        kind = Message.CLOSE_CONNECTION_RESPONSE if closes else frame.type + 10
        try:
            body = answers.status() + act(self, frame.body)
        except RemoteProtocolError as error:
            body = answers.status(answers.PARAMETER_ERROR, str(error))
        except Refused as refused:
            body = answers.status(refused.code, str(refused))
        self._send(kind, body, frame.ident)
        self._begin_due()

    def complain(self, words: str) -> None:
        """Say that what came is not understood at all."""
        body = answers.status(answers.UNSUPPORTED_VERSION, words)
        self._send(Message.ERROR_MESSAGE, body, 0)

    # --- what may be asked ---

    def get_capabilities(self, _body: bytes) -> bytes:
        """Tell what it can."""
        return answers.capabilities()

    def acknowledge(self, _body: bytes) -> bytes:
        """Agree; there is nothing to tell, or to delete."""
        return b""

    def set_config(self, body: bytes) -> bytes:
        """Take the period of the keep-alives; the rest stays as it is."""
        spec = first(body[1:], Parameter.KEEPALIVE_SPEC)
        if spec is not None:
            kind, period_ms = unpacked(">BI", spec)
            self._keep_alive_s = max(0.01, period_ms / 1000) if kind == 1 else 0.0
            self._keep_alive_at = self._now() + self._keep_alive_s
        return b""

    def add_rospec(self, body: bytes) -> bytes:
        """Keep an ROSpec, disabled."""
        spec = answers.read_rospec(body)
        if spec.ident in self._rospecs or len(self._rospecs) >= MAX_ROSPECS:
            raise Refused(answers.FIELD_ERROR, f"ROSpec {spec.ident} is there, or too many")
        self._rospecs[spec.ident] = spec
        return b""

    def delete_rospec(self, body: bytes) -> bytes:
        """Forget an ROSpec, or all."""
        for spec in self._named(body):
            self._stop_if(spec)
            del self._rospecs[spec.ident]
        return b""

    def enable_rospec(self, body: bytes) -> bytes:
        """Let an ROSpec be started; one with an immediate trigger starts."""
        for spec in self._named(body):
            if spec.state == DISABLED:
                spec.state = INACTIVE
        return b""

    def disable_rospec(self, body: bytes) -> bytes:
        """Stop it and let it be started no more."""
        for spec in self._named(body):
            self._stop_if(spec)
            spec.state = DISABLED
        return b""

    def start_rospec(self, body: bytes) -> bytes:
        """Start it, behind the answer."""
        for spec in self._named(body):
            if spec.state != INACTIVE or self._active is not None:
                raise Refused(answers.INVALID, f"ROSpec {spec.ident} cannot be started now")
            spec.due = True
        return b""

    def stop_rospec(self, body: bytes) -> bytes:
        """Stop it."""
        for spec in self._named(body):
            self._stop_if(spec)
        return b""

    def get_rospecs(self, _body: bytes) -> bytes:
        """Give every ROSpec back, with its state."""
        return b"".join(
            struct.pack(">HH", Parameter.ROSPEC, 4 + len(one.raw))
            + one.raw[:5]
            + bytes([one.state])
            + one.raw[6:]
            for one in self._rospecs.values()
        )

    def close(self, _body: bytes) -> bytes:
        """The client leaves: read no more, keep nothing alive."""
        if self._active is not None:
            self._stop_if(self._active)
        self._keep_alive_s = 0.0
        return b""

    def _named(self, body: bytes) -> list[RoSpec]:
        (ident,) = unpacked(">I", body)
        if ident and ident not in self._rospecs:
            raise Refused(answers.FIELD_ERROR, f"there is no ROSpec {ident}")
        return [self._rospecs[ident]] if ident else list(self._rospecs.values())

    # --- reading ---

    def _begin_due(self) -> None:
        """Start what was asked for, or starts by itself: the answer has gone out."""
        for spec in self._rospecs.values():
            wanted = spec.due or (spec.immediate and not spec.ended and spec.state == INACTIVE)
            if wanted and self._active is None:
                self._start(spec)
            spec.due = False

    def _start(self, spec: RoSpec) -> None:
        spec.state = ACTIVE
        spec.ended = False
        self._active = spec
        self.inventories += 1
        self._seen = {}
        self._began = self._round_at = self._now()
        self._report_at = self._began + spec.round_ms / 1000
        self._notify(answers.rospec_event(answers.STARTED, spec.ident))

    def _stop_if(self, spec: RoSpec) -> None:
        if spec is not self._active:
            return
        self._active = None
        spec.state = INACTIVE
        spec.ended = True
        self._report(spec)
        self._notify(answers.rospec_event(answers.ENDED, spec.ident))

    def _report(self, spec: RoSpec) -> None:
        seen, self._seen = self._seen, {}
        for body in answers.reports(spec, seen.values()):
            self._send(Message.RO_ACCESS_REPORT, body)

    def advance(self) -> float | None:
        """Read, report and keep alive as far as is due; return the seconds until more is."""
        due = []
        now = self._now()
        if self._keep_alive_s:
            if now >= self._keep_alive_at:
                self._send(Message.KEEPALIVE, b"")
                self._keep_alive_at = now + self._keep_alive_s
            due.append(self._keep_alive_at - now)
        if self._active is not None:
            due.append(max(0.0, self._read_on(self._active, now) - now))
        return min(due, default=None)

    def _read_on(self, spec: RoSpec, now: float) -> float:
        """Do the rounds that are due; return when the next one is."""
        end = self._began + spec.duration_ms / 1000 if spec.duration_ms else None
        until = now if end is None else min(now, end)
        self._round_at = max(self._round_at, until - CATCH_UP_S)
        while self._round_at <= until:
            if self.antenna:
                self._field.round(self._at_us(), self._seen)
            self._round_at += ROUND_S
        enough = 0 < spec.report_after <= len(self._seen)
        if enough or (spec.report_each and now >= self._report_at):
            self._report(spec)
            self._report_at = now + max(ROUND_S, spec.round_ms / 1000)
        if end is not None and now >= end:
            self._stop_if(spec)
            return now + ROUND_S
        return self._round_at if end is None else min(self._round_at, end)

    # --- saying ---

    def _notify(self, inner: bytes) -> None:
        self._send(Message.READER_EVENT_NOTIFICATION, answers.event(self._at_us(), inner))

    def _send(self, kind: int, body: bytes, ident: int | None = None) -> None:
        if ident is None:
            self._ident += 1
            ident = self._ident
        self._say(Frame(self._version, kind, ident, body).spell())

    def _at_us(self) -> int:
        return EPOCH_US + round((self._now() - self._started_at) * 1_000_000)


ACTS: Mapping[int, Callable[[ReaderEngine, bytes], bytes]] = {
    Message.GET_READER_CAPABILITIES: ReaderEngine.get_capabilities,
    Message.GET_READER_CONFIG: ReaderEngine.acknowledge,
    Message.SET_READER_CONFIG: ReaderEngine.set_config,
    Message.ADD_ROSPEC: ReaderEngine.add_rospec,
    Message.DELETE_ROSPEC: ReaderEngine.delete_rospec,
    Message.ENABLE_ROSPEC: ReaderEngine.enable_rospec,
    Message.DISABLE_ROSPEC: ReaderEngine.disable_rospec,
    Message.START_ROSPEC: ReaderEngine.start_rospec,
    Message.STOP_ROSPEC: ReaderEngine.stop_rospec,
    Message.GET_ROSPECS: ReaderEngine.get_rospecs,
    Message.DELETE_ACCESSSPEC: ReaderEngine.acknowledge,
    Message.CLOSE_CONNECTION: ReaderEngine.close,
}
"""Message -> what is done; those without an answer of their own are not among them."""
