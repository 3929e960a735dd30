"""Driver of a scale that speaks NCI (SCP-01). It weighs; prices are computed elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from drivers.base import Status
from drivers.errors import DeviceFault, RemoteProtocolError, TransportError
from drivers.scale import nci_protocol as protocol
from drivers.scale.base import ScaleState, Weighing
from drivers.scale.line import Answer, ScaleLine, absent, health_of
from drivers.scale.readings import GRAMS, Readings, check_request
from drivers.transports.base import Transport

NAME = "NCI"


class NciScale:
    """A Scale."""

    computes_price = False
    can_zero = True

    def __init__(
        self, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = ScaleLine(transport, protocol.decoder(), monotonic)
        self._readings = Readings()

    def open(self, timeout_s: float) -> Status:
        """Connect and hear an answer. Raises TransportError or ProtocolError."""
        deadline = self._line.now() + timeout_s
        self._readings.forget()
        self._line.open(timeout_s)
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
        try:
            answer = self._line.ask(protocol.ASK_WEIGHT, self._line.now() + timeout_s)
        except TransportError:
            self._readings.forget()
            raise
        return self._meaning(answer, tare_g)

    def zero(self, timeout_s: float) -> None:
        """Set an empty scale to zero. Raises DeviceFault when it does not take it."""
        self._readings.forget()
        state = self._state(self._line.ask(protocol.ZERO, self._line.now() + timeout_s))
        if state is not ScaleState.ZERO:
            raise DeviceFault(f"the scale is {state}: it cannot be zeroed")

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._line.close()

    def _look(self, deadline: float) -> Status:
        state = self._state(self._line.ask(protocol.ASK_STATUS, deadline))
        if state is not ScaleState.STABLE:
            self._readings.forget()  # the load moves: what comes to rest is another one
        return health_of(state, self._line, NAME)

    def _state(self, answer: Answer) -> ScaleState:
        if answer["unknown"] is not None:
            raise RemoteProtocolError("the scale does not know a command of NCI")
        return protocol.state_of(answer["status"])

    def _meaning(self, answer: Answer, tare_g: int) -> Weighing:
        now, said, state = self._line.now(), answer[0], self._state(answer)
        if state is not ScaleState.STABLE:
            return self._readings.without_weight(state, now, said)
        if answer["weight"] is None:
            return self._readings.without_weight(ScaleState.NOT_READY, now, said)
        kg = protocol.kilograms(answer["weight"], answer["unit"])
        if kg is None:
            unit = answer["unit"].decode("ascii")
            raise DeviceFault(f"the scale weighs in {unit}: set it to kilograms")
        own = 0 if protocol.is_net(answer["status"]) else tare_g
        if own:
            kg -= Decimal(own) / GRAMS
        if kg < 0:
            return self._readings.without_weight(ScaleState.UNDER_ZERO, now, said)
        return self._readings.stable(kg, now, said, tare_g=own)
