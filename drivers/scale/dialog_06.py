"""Driver of a scale that speaks Dialog 06: the scale computes the price, we only record it."""

from __future__ import annotations

import time
from binascii import crc_hqx
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from drivers.base import Status
from drivers.errors import DeviceFault, ProtocolError, RemoteProtocolError, TransportError
from drivers.scale import dialog_06_protocol as protocol
from drivers.scale.base import STALE_S, ScaleState, Weighing
from drivers.scale.line import ScaleLine, absent, health_of
from drivers.scale.readings import Readings, check_request
from drivers.transports.base import Transport

NAME = "Dialog 06"
MAX_TURNS = 8
"""Answers of one weighing: checksums and a repeated price are six."""


def program_checksum() -> int:
    """Return 16 bits over the modules that handle weights, for the scale's records."""
    checksum = 0
    for name in ("dialog_06.py", "dialog_06_protocol.py", "readings.py"):
        checksum = crc_hqx(Path(__file__).with_name(name).read_bytes(), checksum)
    return checksum


class Dialog06Scale:
    """A Scale."""

    computes_price = True
    can_zero = False

    def __init__(
        self,
        transport: Transport,
        polynomial: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``polynomial`` is the secret of the scale's maker; only some scales ask for it."""
        self._line = ScaleLine(transport, protocol.decoder(), monotonic)
        self._readings = Readings()
        self._key = None if polynomial is None else protocol.Key(polynomial, program_checksum())
        self._pending: bytes | None = None
        """Price that the scale has and has not answered yet."""

    def open(self, timeout_s: float) -> Status:
        """Connect and hear an answer. Raises TransportError or ProtocolError."""
        deadline = self._line.now() + timeout_s
        self._forget()
        self._line.open(timeout_s)
        return self._look(deadline)

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is; ABSENT when no answer comes."""
        try:
            return self._look(self._line.now() + timeout_s)
        except TransportError as error:
            return absent(self._line, error)

    def weigh(self, unit_price_minor: int | None, tare_g: int, timeout_s: float) -> Weighing:
        """Return what lies on the scale now, and what it costs."""
        check_request(unit_price_minor, tare_g)
        deadline = self._line.now() + timeout_s
        if unit_price_minor is None:
            self._look(deadline)
            return Weighing(ScaleState.NOT_READY, self._line.now())
        try:
            return self._weigh(unit_price_minor, tare_g, deadline)
        except (TransportError, ProtocolError, DeviceFault):
            self._forget()
            raise

    def zero(self, timeout_s: float) -> None:
        """Refuse: this protocol has no such command, the scale has a key for it."""
        del timeout_s
        raise DeviceFault("this scale is set to zero by its own key")

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._line.close()

    def _look(self, deadline: float) -> Status:
        answer = self._line.ask(protocol.ASK_STATUS, deadline)
        if answer["code"] is None:
            raise RemoteProtocolError("the scale does not say how it is")
        code = answer["code"].decode("ascii")
        state = protocol.CODES.get(code, ScaleState.NOT_READY)
        return health_of(state, self._line, NAME)

    def _weigh(self, unit_price_minor: int, tare_g: int, deadline: float) -> Weighing:
        question = protocol.price_record(unit_price_minor, tare_g)
        asked, self._pending = self._pending == question, None
        talk = protocol.Conversation(question, self._key, asked=asked)
        said = talk.opening()
        for _ in range(MAX_TURNS):
            answer = self._line.ask(said, deadline)
            reply = talk.heard(answer)
            if reply is None:
                break
            said = reply
        else:
            raise RemoteProtocolError("the scale talks without coming to an end")
        self._line.say(protocol.EOT, deadline)
        if talk.code in protocol.ASK_AGAIN:
            self._pending = question
        if talk.result is None:
            return self._without(talk.code, answer[0], unit_price_minor, tare_g)
        return self._priced(talk.result, unit_price_minor, tare_g)

    def _without(self, code: str, said: bytes, unit_price_minor: int, tare_g: int) -> Weighing:
        state, now = protocol.CODES[code], self._line.now()
        if state is ScaleState.SAME_WEIGHT:
            return self._readings.same(now, said, unit_price_minor=unit_price_minor, tare_g=tare_g)
        return self._readings.without_weight(state, now, said)

    def _priced(self, record: protocol.Frame, unit_price_minor: int, tare_g: int) -> Weighing:
        # A scale of this protocol gives a load out once, then says code 21: another record after a
        # while is another load, even of the same weight.
        if record["unit"] != protocol.KILOGRAMS:
            raise DeviceFault("the scale weighs in pounds: set it to kilograms")
        if int(record["price"]) != unit_price_minor:
            raise RemoteProtocolError(
                f"the scale priced by {int(record['price'])}, not by {unit_price_minor}"
            )
        now = self._line.now()
        return self._readings.stable(
            Decimal(int(record["weight"])).scaleb(-3),
            now,
            record[0],
            tare_g=tare_g,
            unit_price_minor=unit_price_minor,
            price_minor=int(record["amount"]),
            moved=self._readings.quiet_for(now) > STALE_S,
        )

    def _forget(self) -> None:
        self._readings.forget()
        self._pending = None
