"""Driver of a scale that speaks Toledo 8217. It weighs; prices are computed elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from drivers.base import Status
from drivers.errors import DeviceFault, RemoteProtocolError, TransportError
from drivers.scale import toledo_8217_protocol as protocol
from drivers.scale.base import ScaleState, Weighing
from drivers.scale.line import Answer, ScaleLine, absent, health_of
from drivers.scale.readings import GRAMS, Readings, check_request
from drivers.transports.base import Transport

NAME = "Toledo 8217"


class Toledo8217Scale:
    """A Scale."""

    computes_price = False
    can_zero = True

    def __init__(
        self, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = ScaleLine(transport, protocol.decoder(), monotonic)
        self._readings = Readings()

    def open(self, timeout_s: float) -> Status:
        """Connect and recognise the scale. Raises TransportError or ProtocolError."""
        deadline = self._line.now() + timeout_s
        self._readings.forget()
        self._line.open(timeout_s)
        if self._line.ask(protocol.PROBE, deadline)["echo"] is None:
            raise RemoteProtocolError("what is there does not echo: no Toledo 8217")
        self._line.ask(protocol.END_PROBE, deadline)
        return self._look(deadline)

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is; ABSENT when no answer comes."""
        try:
            return self._look(self._line.now() + timeout_s)
        except TransportError as error:
            return absent(self._line, error)

    def weigh(self, unit_price_minor: int | None, tare_g: int, timeout_s: float) -> Weighing:
        """Return what lies on the scale now, tare taken off here unless the scale did it."""
        check_request(unit_price_minor, tare_g)
        return self._weigh(tare_g, self._line.now() + timeout_s)

    def zero(self, timeout_s: float) -> None:
        """Set an empty scale to zero. Raises DeviceFault when it does not take it."""
        self._readings.forget()
        answer = self._line.ask(protocol.ZERO, self._line.now() + timeout_s)
        status = answer["status"]
        if status is not None and protocol.state_of(status[0]) is not ScaleState.ZERO:
            raise DeviceFault(f"the scale is {protocol.state_of(status[0])}: it cannot be zeroed")

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._line.close()

    def _look(self, deadline: float) -> Status:
        return health_of(self._weigh(0, deadline).state, self._line, NAME)

    def _weigh(self, tare_g: int, deadline: float) -> Weighing:
        try:
            answer = self._line.ask(protocol.ASK_WEIGHT, deadline)
        except TransportError:
            self._readings.forget()
            raise
        return self._meaning(answer, tare_g)

    def _meaning(self, answer: Answer, tare_g: int) -> Weighing:
        now, said = self._line.now(), answer[0]
        if answer["weight"] is not None:
            kg = protocol.weight_of(answer["weight"])
            own = 0 if answer["net"] else tare_g
            if own:
                kg -= Decimal(own) / GRAMS
            if kg < 0:
                return self._readings.without_weight(ScaleState.UNDER_ZERO, now, said)
            return self._readings.stable(kg, now, said, tare_g=own)
        if answer["status"] is None:
            raise RemoteProtocolError("the scale answers a question that was not asked")
        status = answer["status"][0]
        state = protocol.state_of(status)
        if state is ScaleState.SAME_WEIGHT:
            own = 0 if status & protocol.NET else tare_g
            return self._readings.same(now, said, tare_g=own)
        return self._readings.without_weight(state, now, said)
